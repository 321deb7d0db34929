//! The floors of ARCHITECTURE.md, read from the sources: what imports what, what prints, what uses files, processes and the
//! network, where SQL is written, and how long functions are. Imports and cycles have no exceptions; output, the outside world
//! and SQL are allowed in the places that are listed here. Each rule is proven on a planted violation.

mod modules;
mod planted;
mod rules;

use std::fmt;

use crate::{found, source};

/// The modules of the library and their floors: a module imports only from floors below its own.
const FLOORS: [(&str, u8); 11] = [
    ("domain", 0),
    ("postgres", 1),
    ("catalogue", 2),
    ("drop", 2),
    ("media", 2),
    ("proof", 2),
    ("ledger", 3),
    ("engine", 4),
    ("erasure", 4),
    ("service", 5),
    ("cli", 6),
];

/// What prints.
const PRINTS: [&str; 3] = [
    "src/cli",
    "src/main.rs",
    // A process of its own, whose standard output is a pipe to the process that started it.
    "crates/private-postgres/src/keeper",
];

/// What uses files, processes, the environment and the network.
const TOUCHES_THE_WORLD: [&str; 12] = [
    // Connections to the server, and the files that libpq reads.
    "crates/pg-connect",
    // Starts servers and watches them.
    "crates/private-postgres",
    // Examines owners and modes.
    "crates/trusted-path",
    "src/postgres",
    // The folders of submissions and results, and the spool.
    "src/drop",
    // Recordings in folders and buckets.
    "src/media",
    // Keys, and the files of receipts and certificates.
    "src/proof/receipt/key",
    "src/proof/receipt/store",
    "src/proof/verification/store",
    // Reads the catalogue's files, and nothing else does.
    "src/catalogue/files",
    // Reads configuration and the files that a user names.
    "src/cli",
    // Reads its arguments and sets up the log.
    "src/main.rs",
];

/// Where SQL is written, besides the files of `sql/`. The crates have none of those.
const WRITES_SQL: [&str; 2] = ["src/catalogue/render", "crates"];

/// What uses the driver: sends statements and reads columns of rows. Everything else declares statements and takes typed rows.
const USES_THE_DRIVER: [&str; 2] = ["src/postgres", "crates"];

/// What names files of `sql/` otherwise than by declaring them: it fills their slots.
const FILLS_SLOTS: [&str; 1] = ["src/catalogue/render"];

/// Lines of a function, from its signature to the closing brace.
const LONGEST_FUNCTION: usize = 70;

/// What a rule found, and where.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
pub struct Violation {
    pub file: String,
    pub line: usize,
    pub rule: &'static str,
    pub what: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}:{}: {}: {}",
            self.file, self.line, self.rule, self.what
        )
    }
}

/// Whether a file is one of these, or in the folder of one.
pub fn is_in(file: &str, places: &[&str]) -> bool {
    places.iter().any(|place| {
        file.strip_prefix(place)
            .is_some_and(|rest| rest.is_empty() || rest == ".rs" || rest.starts_with('/'))
    })
}

/// The rules, and the violations that are left of each.
const RULES: [(&str, usize); 9] = [
    (rules::UPWARD_IMPORT, 0),
    (rules::CYCLE, 0),
    (rules::OUTPUT, 0),
    (rules::OUTSIDE_WORLD, 0),
    (rules::SQL, 0),
    (rules::UNTYPED_COLUMN, 0),
    (rules::UNDECLARED_STATEMENT, 0),
    (rules::LONG_FUNCTION, 0),
    (rules::BOOL_PARAMETER, 0),
];

#[test]
fn the_floors_hold() {
    let violations = rules::check(&source::read());
    for (rule, left) in RULES {
        let of_rule: Vec<_> = violations.iter().filter(|one| one.rule == rule).collect();
        found::at_most(left, rule, &of_rule);
    }
    let known = |rule| RULES.iter().any(|(known, _)| *known == rule);
    assert!(violations.iter().all(|violation| known(violation.rule)));
}
