//! The reference is generated from the code. A test fails where a page differs; `UPDATE_GOLDEN=1` rewrites the pages.

mod answers;
mod commands;
mod exit_codes;
mod keys;
mod ledger;
pub(crate) mod messages;
mod metrics;

use super::page::root;

/// Compares a page of docs/reference with what the code says.
#[track_caller]
fn compare(name: &str, generated: &str) {
    let path = root().join("docs/reference").join(name);
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, generated).unwrap();
        return;
    }
    let page = std::fs::read_to_string(&path).unwrap_or_default();
    let differs = generated
        .lines()
        .zip(page.lines().chain(std::iter::repeat("")))
        .find(|(new, old)| new != old);
    assert!(
        page == generated,
        "docs/reference/{name} differs from the code; UPDATE_GOLDEN=1 rewrites it\n{differs:#?}"
    );
}

/// The line below the title of each page.
fn generated_from(sources: &str) -> String {
    format!("Generated from {sources}; do not edit this page.\n")
}

/// Text for a cell of a table.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ")
}
