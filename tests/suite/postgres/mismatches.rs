//! Every mismatch between catalogue and live schema stops a run before any change: `fixtures/mismatches/`, one folder for each
//! kind.
//!
//! `drift.sql` changes the reference schema, `edits.toml` the catalogue that ships with Lethe. `expected.txt` is the error of
//! `run`; `catalogue check` reports the same. `UPDATE_GOLDEN=1` rewrites it, for review as a diff.

use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::support::{Harness, in_parallel, same_text, with_digests};

/// Changes of the catalogue, in order.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Edits {
    /// Whether the entries under `accepted` get the digests that `catalogue check` prints.
    #[serde(default)]
    with_digests: bool,
    edit: Vec<Edit>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Edit {
    from: String,
    to: String,
}

#[test]
fn each_stops_the_run_before_any_change() {
    let all = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/mismatches");
    let folders: Vec<PathBuf> = fs::read_dir(&all)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    assert!(folders.len() > 40);
    in_parallel(folders, stops);
}

/// A text with `…` for each digest: servers print the query of a view in different ways.
fn without_digests(text: &str) -> String {
    let mut parts = text.split("@sha256:");
    let mut all = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        all += "@sha256:…";
        all += part.trim_start_matches(|c: char| c.is_ascii_hexdigit());
    }
    all
}

/// Runs one case; returns what differs from the expectation.
fn stops(folder: &Path) -> Vec<String> {
    let mut harness = Harness::new();
    harness.db.run(
        "INSERT INTO contact_centre.contact_attempt (attempt_id, account_id, device) VALUES (1, '110', '+16175550100')",
    );
    if let Ok(drift) = fs::read_to_string(folder.join("drift.sql")) {
        // A server without ICU has its collations all the same.
        match harness.db.try_run(&drift) {
            Err(error) if error.contains("ICU is not supported") => {
                eprintln!("skipped: {}: the server has no ICU", folder.display());
                return Vec::new();
            }
            set_up => set_up.unwrap(),
        }
    }
    let mut place = "contact_centre.toml".to_owned();
    if let Ok(edits) = fs::read_to_string(folder.join("edits.toml")) {
        let edits: Edits = toml::from_str(&edits).unwrap();
        let mut catalogue = lethe::catalogue::REFERENCE.to_owned();
        for Edit { from, to } in &edits.edit {
            assert!(catalogue.contains(from), "the catalogue has no {from}");
            catalogue = catalogue.replace(from, to);
        }
        if edits.with_digests {
            catalogue = with_digests(&catalogue, &harness.database);
        }
        let path = harness.path("catalogue.toml");
        fs::write(&path, catalogue).unwrap();
        harness.config = format!("catalogue = {path:?}");
        place = path.display().to_string();
    }
    harness.submit_contacts(
        "forget-20180315_1.json",
        "110",
        r#"{"phone": "+1 617 555 0100"}"#,
    );
    let run = harness.run();
    let check = harness.lethe(&["catalogue", "check"]);
    let reported = without_digests(&run.stderr.replace(&place, "catalogue.toml"));
    let mut wrong: Vec<String> = same_text(&folder.join("expected.txt"), &reported)
        .err()
        .into_iter()
        .collect();
    let parts = run.stderr.lines().filter_map(|line| {
        let detail = line.strip_prefix("  detail: ");
        detail.or_else(|| line.strip_prefix("  hint: "))
    });
    for line in parts {
        if !check.stdout.contains(line) {
            wrong.push(format!("check does not report: {line}\n{}", check.stdout));
        }
    }
    // Not through the parent, which may have a partition that cannot be read.
    let device = "SELECT device FROM contact_centre.contact_attempt_default";
    for (what, holds) in [
        ("run ends with 2", run.code == 2),
        ("check ends with 2", check.code == 2),
        (
            "run points to the problem",
            reported.contains("\n  detail: "),
        ),
        ("nothing is answered", harness.results().is_empty()),
        (
            "nothing is changed",
            harness.db.rows(device) == ["+16175550100"],
        ),
    ] {
        if !holds {
            wrong.push(format!("expected that {what}"));
        }
    }
    wrong
}
