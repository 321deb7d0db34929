//! The texts of errors: a primary line, then perhaps one detail and one hint.

use quote::ToTokens as _;
use syn::visit::{self, Visit};
use syn::{Attribute, LitStr};

use crate::source::{self, SourceFile};
use crate::vocabulary;

/// What is wrong with the text of an error; nothing where it is as it must be.
fn complaint(text: &str) -> Option<&'static str> {
    let mut lines = text.split('\n');
    let primary = lines.next().unwrap_or_default();
    let word = primary.split([' ', ',', ':']).next().unwrap_or_default();
    // A name may have capital letters: PostgreSQL, TLS, LETHE_NOW.
    let is_name = word
        .chars()
        .skip(1)
        .any(|c| c.is_uppercase() || c.is_ascii_digit());
    if primary.starts_with(char::is_uppercase) && !is_name {
        return Some("begins with a capital letter");
    }
    if primary.ends_with('.') {
        return Some("ends with a full stop");
    }
    if primary.contains("; ") {
        return Some("has a hint or a detail in its first line");
    }
    let mut expected = ["  detail: ", "  hint: "].as_slice();
    for line in lines {
        match expected.iter().position(|start| line.starts_with(start)) {
            Some(at) => expected = &expected[at + 1..],
            None => {
                return Some("has a line that is neither a detail nor a hint, or in another order");
            }
        }
    }
    (!vocabulary::retired(text).is_empty()).then_some("has a word that is not used any more")
}

/// The `#[error("…")]` texts of a file, with their lines.
struct Texts(Vec<(String, usize)>);

impl<'ast> Visit<'ast> for Texts {
    fn visit_attribute(&mut self, attribute: &'ast Attribute) {
        if attribute.path().is_ident("error")
            && let syn::Meta::List(list) = &attribute.meta
            && let Some(first) = list.tokens.clone().into_iter().next()
            && let Ok(text) = syn::parse2::<LitStr>(first.to_token_stream())
        {
            self.0.push((text.value(), text.span().start().line));
        }
        visit::visit_attribute(self, attribute);
    }
}

/// The texts that are not as they must be, as `file:line: complaint: text`.
pub fn complaints(files: &[SourceFile]) -> Vec<String> {
    let mut found = Vec::new();
    for file in files {
        let mut texts = Texts(Vec::new());
        texts.visit_file(&file.syntax);
        for (text, line) in texts.0 {
            if let Some(complaint) = complaint(&text) {
                found.push(format!("{}:{line}: {complaint}: {text:?}", file.path));
            }
        }
    }
    found
}

#[test]
fn planted_texts_are_found() {
    for text in [
        "The file is not readable",
        "cannot read the file.",
        "cannot read the file; chmod it",
        "cannot read the file\nchmod it",
        "cannot read the file\n  hint: chmod it\n  detail: a.json",
        "the file is no plain file",
    ] {
        let source = format!("#[error({text:?}, name)] struct E;");
        let found = complaints(&source::parse([("src/drop.rs", source)]));
        assert_eq!(found.len(), 1, "{text}");
    }
    let good = "cannot read {0}\n  detail: {1} is a folder\n  hint: name a file";
    let source = format!("enum E {{ #[error({good:?})] A, #[error(transparent)] B(F) }}");
    assert_eq!(
        complaints(&source::parse([("src/drop.rs", source)])),
        [""; 0]
    );
}
