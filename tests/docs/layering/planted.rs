//! Each rule finds a violation that is planted for it, and nothing in what is allowed.

use super::rules::check;
use crate::source::parse;

/// What the rules say of these sources, as `file:line: rule`.
fn found(sources: &[(&str, &str)]) -> Vec<String> {
    let violations = check(&parse(sources.iter().copied()));
    violations
        .iter()
        .map(|violation| format!("{}:{}: {}", violation.file, violation.line, violation.rule))
        .collect()
}

#[track_caller]
fn finds(expected: &[&str], sources: &[(&str, &str)]) {
    assert_eq!(found(sources), expected);
}

const LIBRARY: (&str, &str) = (
    "src/lib.rs",
    "pub mod cli; pub mod domain; pub mod engine; pub mod erasure; pub mod ledger; pub mod postgres;",
);

#[test]
fn imports_from_above_and_from_the_same_floor() {
    let (engine, erasure) = (
        ("src/engine.rs", "pub fn run() {}"),
        (
            "src/erasure.rs",
            "use crate::engine::run; pub fn scrub() { run() }",
        ),
    );
    finds(
        &["src/erasure.rs:1: upward import"],
        &[LIBRARY, engine, erasure],
    );
    let below = ("src/domain.rs", "\npub fn f() { crate::engine::run() }");
    finds(
        &["src/domain.rs:2: upward import"],
        &[LIBRARY, engine, below],
    );
    // Within a macro, an attribute, and by a name in between.
    for text in [
        "fn f() { assert!(crate::engine::run() == ()) }",
        "#[arg(value_parser = crate::engine::run)] struct S;",
        "use crate::engine as upstairs; fn f() { upstairs::run() }",
        "fn f() { use crate::engine::run; run() }",
        "pub use crate::engine::run;",
    ] {
        finds(
            &["src/ledger.rs:1: upward import"],
            &[LIBRARY, engine, ("src/ledger.rs", text)],
        );
    }
    let above = ("src/cli.rs", "use crate::engine::run; fn f() { run() }");
    finds(&[], &[LIBRARY, engine, above]);
    let unknown = ("src/other.rs", "use crate::engine::run;");
    finds(
        &["src/other.rs:1: upward import"],
        &[LIBRARY, engine, unknown],
    );
}

#[test]
fn what_a_facade_passes_on_counts_as_the_module_that_is_named() {
    let sources = [
        LIBRARY,
        ("src/domain.rs", "pub struct Device;"),
        ("src/engine.rs", "pub use crate::domain::Device;"),
        ("src/ledger.rs", "use crate::engine::Device;"),
    ];
    finds(&["src/ledger.rs:1: upward import"], &sources);
}

#[test]
fn cycles_between_files() {
    let child = ("src/engine/find.rs", "use super::Plan; pub struct Found;");
    let parent = (
        "src/engine.rs",
        "mod find;\npub use find::Found;\npub struct Plan(Found);",
    );
    let both = [
        "src/engine.rs:3: cycle between files",
        "src/engine/find.rs:1: cycle between files",
    ];
    finds(&both, &[LIBRARY, parent, child]);
    // A facade that only re-exports is none.
    let facade = (
        "src/engine.rs",
        "mod find; mod plan; pub use find::Found; pub use plan::Plan;",
    );
    let plan = ("src/engine/plan.rs", "pub struct Plan;");
    finds(&[], &[LIBRARY, facade, plan, child]);
    // Through the facade, among three.
    let plan = (
        "src/engine/plan.rs",
        "use super::stage::stage; pub struct Plan;",
    );
    let stage = (
        "src/engine/stage.rs",
        "pub fn stage() { crate::engine::Found; }",
    );
    let three = [
        "src/engine/find.rs:1: cycle between files",
        "src/engine/plan.rs:1: cycle between files",
        "src/engine/stage.rs:1: cycle between files",
    ];
    let facade = (
        "src/engine.rs",
        "mod find; mod plan; mod stage; pub use find::*; pub use plan::*;",
    );
    finds(&three, &[LIBRARY, facade, plan, child, stage]);
}

#[test]
fn output_outside_the_command_line() {
    for text in [
        "fn f() { println!(\"text\") }",
        "fn f() { std::io::stderr().flush(); }",
        "use std::io; fn f() { io::stdout(); }",
        "use indicatif::ProgressBar;",
    ] {
        finds(&["src/engine.rs:1: output"], &[("src/engine.rs", text)]);
        finds(&[], &[("src/cli/run.rs", text), ("src/main.rs", text)]);
    }
}

#[test]
fn the_outside_world() {
    for text in [
        "use std::fs;",
        "use std::{env, fmt};",
        "fn f() { std::process::abort() }",
        "use tokio as runtime; fn f() { runtime::net::lookup_host(a) }",
        "fn f() { path.exists() }",
    ] {
        finds(
            &["src/engine.rs:1: outside world"],
            &[("src/engine.rs", text)],
        );
        finds(
            &[],
            &[
                ("src/drop/take.rs", text),
                ("src/proof/receipt/key.rs", text),
                ("crates/pg-connect/src/tls.rs", text),
            ],
        );
    }
}

#[test]
fn sql_outside_its_homes() {
    for text in [
        "\"SELECT 1\"",
        "\"\\n  UPDATE a SET b = 1\"",
        "format!(\" FROM {b}\")",
        "r#\"WITH a AS (b) c\"#",
    ] {
        let text = format!("fn f() {{ {text}; }}");
        finds(&["src/engine.rs:1: SQL"], &[("src/engine.rs", &text)]);
        finds(&[], &[("src/catalogue/render/find.rs", &text)]);
    }
    finds(
        &[],
        &[(
            "src/engine.rs",
            "fn f() { \"Select a file\"; \"ANALYZE leaves 2\"; \"GRANT pg_monitor\"; }",
        )],
    );
}

#[test]
fn columns_outside_the_typed_layer() {
    for text in [
        "row.get(0)",
        "first_row.get(0)",
        "row.get::<_, i64>(\"a\")",
        "rows[0].try_get(1)",
    ] {
        let text = format!("fn f() {{ {text}; }}");
        finds(
            &["src/ledger.rs:1: untyped column"],
            &[("src/ledger.rs", &text)],
        );
        finds(&[], &[("src/postgres/row.rs", &text)]);
    }
}

#[test]
fn statements_that_are_not_declared() {
    for text in [
        "session.query(&statement, &[&1])",
        "client.batch_execute(text)",
        "session.client()",
        "let file = sql_file!(\"find/held.sql\")",
        "let file = crate::postgres::sql::sql_file!(\"find/held.sql\")",
        "let none: Option<tokio_postgres::Row> = None",
    ] {
        let text = format!("fn f() {{ {text}; }}");
        finds(
            &["src/ledger.rs:1: undeclared statement"],
            &[("src/ledger.rs", &text)],
        );
        finds(&[], &[("src/postgres/session.rs", &text)]);
    }
    let filled = "fn f() { fill(sql_file!(\"find/held.sql\"), about, &[]) }";
    finds(&[], &[("src/catalogue/render/find.rs", filled)]);
}

#[test]
fn long_functions() {
    let text = |lines: usize| format!("/// Text.\nfn f() {{\n{}}}", "    f();\n".repeat(lines));
    finds(&[], &[("src/engine.rs", &text(68))]);
    finds(
        &["src/engine.rs:2: long function"],
        &[("src/engine.rs", &text(69))],
    );
}

#[test]
fn bool_parameters_of_public_functions() {
    for text in [
        "pub fn f(a: u8, b: bool) {}",
        "impl S { pub(crate) fn f(&self, b: bool) {} }",
        "pub trait T { fn f(&self, b: bool); }",
    ] {
        finds(
            &["src/engine.rs:1: bool parameter"],
            &[("src/engine.rs", text)],
        );
    }
    finds(
        &[],
        &[("src/engine.rs", "fn f(b: bool) {} pub fn g() -> bool {}")],
    );
}

#[test]
fn tests_are_exempt() {
    let text = "#[cfg(test)] mod tests { use std::fs; #[test] fn f() { println!(\"SELECT 1\") } }";
    let declared = ("src/engine.rs", "#[cfg(test)] mod tests;");
    finds(
        &[],
        &[
            ("src/ledger.rs", text),
            declared,
            ("src/engine/tests.rs", "use std::fs;"),
        ],
    );
}
