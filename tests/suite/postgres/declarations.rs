//! The declarations of statements in the program: each matches its file as the server describes it.

use std::collections::BTreeSet;

use lethe::postgres::Database as LetheDatabase;
use lethe::postgres::query::{Declared, Kind, declarations};
use tokio_postgres::Client;

use super::statements::{EXECUTED, files};
use crate::support::{Database, Harness};

/// Folders of `sql/` whose files are all declared.
const DECLARED: [&str; 7] = [
    "catalogue/",
    "census/",
    "demo/",
    "ledger/",
    "media/",
    "scrub/",
    "trace/",
];

#[test]
fn every_declaration_matches_its_file() {
    let db = Database::new();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let database = LetheDatabase::connect(&db.address(), "test").await.unwrap();
        let session = database.session().await.unwrap();
        let client = session.client();
        let fixed = files();
        let staging = EXECUTED.iter().filter(|path| path.starts_with("stage/"));
        for path in staging.chain(&["media/spelling.sql", "session/guard.sql"]) {
            client.batch_execute(&fixed[*path]).await.unwrap();
        }
        let mut wrong = Vec::new();
        for declared in declarations() {
            if let Err(problem) = check(client, declared).await {
                wrong.push(format!("{}: {problem}", declared.file.path));
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    });
}

async fn check(client: &Client, declared: &Declared) -> Result<(), String> {
    let columns: BTreeSet<(String, String)> = (declared.columns)()
        .iter()
        .map(|column| (column.name.to_owned(), column.sql_type.to_string()))
        .collect();
    let text = match declared.kind {
        Kind::Command => return Ok(()),
        Kind::Fixed | Kind::Rendered => declared.file.text.to_owned(),
        Kind::CopyIn => sent(declared.file.text),
    };
    let prepared = client
        .prepare(&text)
        .await
        .map_err(|error| format!("{:?}", error.as_db_error()))?;
    let expected = (declared.parameters)();
    if prepared.params() != expected {
        return Err(format!(
            "parameters {:?}, declared {expected:?}",
            prepared.params()
        ));
    }
    let returned: BTreeSet<(String, String)> = prepared
        .columns()
        .iter()
        .map(|column| (column.name().to_owned(), column.type_().to_string()))
        .collect();
    // A function that is called for its effect returns something all the same.
    if !columns.is_empty() && columns != returned {
        return Err(format!("columns {returned:?}, declared {columns:?}"));
    }
    Ok(())
}

/// The columns of a `COPY … FROM STDIN`, as a query.
fn sent(text: &str) -> String {
    let copy = text.split("COPY ").nth(1).expect("a COPY statement");
    let (table, rest) = copy.split_once(" (").expect("a list of columns");
    let (columns, _) = rest.split_once(')').expect("a list of columns");
    format!("SELECT {columns} FROM {table}")
}

#[test]
fn every_file_is_declared() {
    let declared: BTreeSet<&str> = declarations().iter().map(|d| d.file.path).collect();
    let files = files();
    let missing: Vec<&String> = files
        .keys()
        .filter(|path| DECLARED.iter().any(|folder| path.starts_with(folder)))
        .filter(|path| !declared.contains(path.as_str()))
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
    let gone: Vec<&&str> = declared
        .iter()
        .filter(|path| !files.contains_key(**path))
        .collect();
    assert!(gone.is_empty(), "{gone:?}");
}

#[test]
fn a_ledger_of_a_newer_program_is_refused() {
    let harness = Harness::new();
    harness.db.run(
        "INSERT INTO lethe.ledger_migration (version, name, applied_on, checksum)
         SELECT 9999, 'from_the_future', applied_on, checksum FROM lethe.ledger_migration WHERE version = 1",
    );
    let history = harness.lethe(&["history"]);
    let ended = [("history", history), ("run", harness.run())];
    for (command, ended) in ended {
        let ended = ended.ok(2);
        assert!(
            ended.stderr.contains("the ledger has version 9999")
                && ended.stderr.contains("this program knows versions up to"),
            "{command}: {}",
            ended.stderr
        );
    }
}

#[test]
fn an_unknown_state_is_an_error_with_the_version_of_the_ledger() {
    let harness = Harness::new();
    harness.db.run(
        "ALTER TABLE lethe.submission DROP CONSTRAINT submission_state_check;
         INSERT INTO lethe.submission (drop_name, file_name, action, state, received_at)
         VALUES ('/srv/drop', 'forget-20180315_a.json', 'FORGET', 'archived', now())",
    );
    let ended = harness.lethe(&["history"]);
    assert_ne!(ended.code, 0);
    let newest = harness
        .db
        .one("SELECT max(version) FROM lethe.ledger_migration");
    let expected = format!(
        "\"archived\" is not a value that this version of lethe knows; the ledger has version {newest}"
    );
    assert!(ended.stderr.contains(&expected), "{}", ended.stderr);
    assert!(
        ended
            .stderr
            .contains("cannot read column state of ledger/history/list.sql"),
        "{}",
        ended.stderr
    );
}

#[test]
fn an_unknown_scrub_target_is_an_error_with_the_version_of_the_ledger() {
    let harness = Harness::new();
    harness.db.run(
        "ALTER TABLE lethe.scrub_unit DROP CONSTRAINT scrub_unit_kind_check;
         INSERT INTO lethe.submission (drop_name, file_name, action, state, received_at)
         VALUES ('/srv/drop', 'forget-20180315_a.json', 'FORGET', 'done', now());
         INSERT INTO lethe.table_count (submission_id, table_name, row_count) VALUES (1, 'contact_centre.contact', 1);
         INSERT INTO lethe.scrub (level, xid, lsn) VALUES (1, 1, '0/1');
         INSERT INTO lethe.scrub_seen (submission_id, table_name, row_count, scrub_id)
         VALUES (1, 'contact_centre.contact', 1, 1);
         INSERT INTO lethe.scrub_unit (scrub_id, kind, relation, tables, level, complete)
         VALUES (1, 'archive', 'contact_centre.contact', '{contact_centre.contact}', 1, true)",
    );
    let newest = harness
        .db
        .one("SELECT max(version) FROM lethe.ledger_migration");
    let expected = format!(
        "\"archive\" is not a value that this version of lethe knows; the ledger has version {newest}"
    );
    let ended = harness.lethe(&["scrub", "--wait", "1s"]);
    assert_ne!(ended.code, 0);
    assert!(ended.stderr.contains(&expected), "{}", ended.stderr);
    assert!(
        ended
            .stderr
            .contains("cannot read column kind of scrub/completed.sql"),
        "{}",
        ended.stderr
    );
}
