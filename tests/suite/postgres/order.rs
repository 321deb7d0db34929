//! `catalogue sql` prints what a run executes, in the order in which it executes it.

use std::collections::BTreeSet;
use std::fs;

use crate::support::{Ended, Harness};

/// A consumer with two client IDs, a recording with media, and another one under legal hold.
const ROWS: &str = "
INSERT INTO contact_centre.contact (contact_id, account_id, client_id, first_name, last_name) VALUES
    (1, '110', 'C-1', 'Ann', 'Lee'), (2, '110', 'C-2', 'Ann', 'Lee'), (3, '110', 'C-1', 'Ann', 'Lee');
INSERT INTO contact_centre.contact_device (contact_id, position, account_id, kind, device) VALUES
    (1, 1, '110', 'phone', '+16175550142'), (1, 2, '110', 'email', 'ann@example.com'), (2, 1, '110', 'phone', '+16175550142'),
    (3, 1, '110', 'phone', '+16175550199');
INSERT INTO contact_centre.contact_attempt (attempt_id, account_id, client_id, channel, first_name, device) VALUES
    (1, '110', 'C-1', 'voice', 'Ann', '+16175550142'), (2, '110', 'C-1', 'voice', 'Ann', '+16175550198');
INSERT INTO contact_centre.recording (recording_id, account_id, client_id, caller, legal_hold) VALUES
    ('R1', '110', 'C-1', '+16175550142', false), ('R2', '110', 'C-3', '+16175550143', true);
INSERT INTO contact_centre.recording_media (media_id, recording_id, account_id, media_uri) VALUES ('M1', 'R1', '110', 'a.wav');";
const CONTACTS: &str = r#"{"phone": "+1 617 555 0142"}, {"phone": "+1 617 555 0143"}"#;
/// With a short code that the account owns.
const FORGET: &str = r#"{"requests": [{"accountid": "110", "shortcodes": ["51110"], "type": "FORGET", "contacts": [
    {"phone": "+1 617 555 0142"}, {"phone": "+1 617 555 0143"}]}]}"#;

/// A statement: its file, and the table or column that it is about.
type Listed = (String, String);

/// The statements of a verb.
fn printed(harness: &Harness, verb: &str) -> Vec<Listed> {
    let text = harness
        .lethe(&["catalogue", "sql", "--verb", verb])
        .ok(0)
        .stdout;
    let header = |line: &str| {
        let (path, about) = line.strip_prefix("-- ")?.split_once(".sql")?;
        let is_path = !path.contains(' ');
        let about = about.strip_prefix(": ").unwrap_or(about);
        is_path.then(|| (format!("{path}.sql"), about.to_owned()))
    };
    text.lines().filter_map(header).collect()
}

/// The statements that a command executed, in order, each at its first execution.
fn executed(ended: &Ended) -> Vec<Listed> {
    let mut all = Vec::new();
    for line in ended.stderr.lines() {
        let Ok(line) = serde_json::from_str::<serde_json::Value>(line) else {
            continue;
        };
        let fields = &line["fields"];
        if let (Some(file), Some(about)) = (fields["file"].as_str(), fields["about"].as_str()) {
            let statement = (file.to_owned(), about.to_owned());
            if !all.contains(&statement) {
                all.push(statement);
            }
        }
    }
    assert!(!all.is_empty(), "{}", ended.stderr);
    all
}

#[test]
fn statements_are_printed_in_the_order_in_which_they_run() {
    let mut harness = Harness::new();
    harness.db.run(ROWS);
    fs::write(harness.path("media/a.wav"), "12345").unwrap();
    harness.config = "max_client_ids_per_device = 5\n[media]\nfolder = '{dir}/media'\n".into();
    harness.options = ["-vvv", "--log-format", "json"].map(str::to_owned).into();
    let verbs = ["find", "forget", "export", "preview", "verify"];
    let [find, forget, export, preview, verify] = verbs.map(|verb| printed(&harness, verb));
    harness.submit("forget-20180315_1.json", FORGET);
    let file = harness.submit_path("forget-20180315_1.json");
    let file = file.to_str().unwrap();
    let previewed = executed(&harness.in_drop(&["preview", file]));
    // Another writer, so that devices are searched for again.
    harness.db.run("BEGIN; SELECT pg_current_xact_id()");
    let forgot = executed(&harness.run());
    harness.db.run("COMMIT");
    let verified = executed(&harness.in_drop(&["verify", file, "--value-search"]));
    harness.db.run("INSERT INTO contact_centre.contact_device (contact_id, position, account_id, kind, device) VALUES (1, 7, '110', 'phone', '+16175550142')");
    harness.submit_contacts("export-20180315_1.json", "110", CONTACTS);
    let exported = executed(&harness.run());
    for (verb, executed, listed) in [
        ("find", &forgot, &find),
        ("find", &exported, &find),
        ("forget", &forgot, &forget),
        ("export", &exported, &export),
        ("preview", &previewed, &preview),
        ("verify", &verified, &verify),
    ] {
        // A verb lists a statement of `find` that it repeats where it repeats it.
        let is_own = |statement: &&Listed| verb == "find" || !find.contains(statement);
        let mut order = executed
            .iter()
            .filter(|s| listed.contains(s))
            .filter(is_own);
        let mut listed = listed.iter();
        let misplaced = order.find(|statement| !listed.any(|other| other == *statement));
        assert_eq!(misplaced, None, "{verb}: {executed:#?}");
    }
    let printed: BTreeSet<Listed> = [find, forget, export, preview, verify]
        .concat()
        .into_iter()
        .collect();
    let executed: BTreeSet<Listed> = [previewed, forgot, verified, exported]
        .concat()
        .into_iter()
        .collect();
    let folders = [
        "export/", "find/", "forget/", "media/", "preview/", "stage/", "verify/",
    ];
    let unprinted = executed
        .difference(&printed)
        .filter(|(path, _)| folders.iter().any(|folder| path.starts_with(folder)));
    assert_eq!(unprinted.collect::<Vec<_>>(), [] as [&Listed; 0]);
    let unused = printed
        .difference(&executed)
        .filter(|(_, about)| about.is_empty());
    assert_eq!(unused.collect::<Vec<_>>(), [] as [&Listed; 0]);
}
