//! The declarations of statements in the program: each matches its file as the server describes it.

use std::collections::{BTreeMap, BTreeSet};

use lethe::domain::request::Product;
use lethe::postgres::declared::{Declared, Kind, declarations};
use lethe::postgres::sql::Statement;
use lethe::postgres::{Database as LetheDatabase, Session};
use tokio::runtime::Runtime;

use super::statements::{bound, create_staging, files, rendered};
use crate::support::{Database, Harness};

#[test]
fn every_declaration_matches_its_file() {
    let db = Database::new();
    let server = Server::connect(&db);
    create_staging(|text| server.run(text));
    for path in ["stage/found.sql", "stage/record.sql"] {
        server.run(&files()[path]).unwrap();
    }
    let mut wrong = Vec::new();
    for declared in declarations() {
        if let Err(problem) = server.check(declared, declared.file.text) {
            wrong.push(format!("{}: {problem}", declared.file.path));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The declaration is that of the sample in the file; what is rendered for a catalogue has the same parameters and columns.
#[test]
fn every_rendered_statement_matches_its_declaration() {
    let db = Database::new();
    let server = Server::connect(&db);
    let catalogue = bound(&db);
    let declarations: BTreeMap<&str, &Declared> = declarations()
        .into_iter()
        .map(|declared| (declared.file.path, declared))
        .collect();
    let mut checked = BTreeSet::new();
    let mut wrong = Vec::new();
    for product in [Product::Outbound, Product::Messaging] {
        create_staging(|text| server.run(text));
        for statement in rendered(&catalogue, product) {
            let declared = declarations[statement.path];
            match declared.kind {
                Kind::Command if statement.path.starts_with("stage/") => {
                    server.run(&statement.sql).unwrap();
                }
                Kind::Command => continue,
                // Its view belongs to an extension.
                Kind::Rendered if is_of_an_extension(&statement.sql) => continue,
                _ => {
                    if let Err(problem) = server.check(declared, &statement.sql) {
                        let Statement { path, about, .. } = statement;
                        wrong.push(format!("{path} of {about}: {problem}"));
                    }
                }
            }
            checked.insert(declared.file.path);
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let missing: Vec<&&str> = declarations
        .iter()
        .filter(|(_, declared)| matches!(declared.kind, Kind::Rendered | Kind::CopyOut))
        .map(|(path, _)| path)
        .filter(|path| !checked.contains(*path) && !OF_EXTENSIONS.contains(path))
        .collect();
    assert!(missing.is_empty(), "no sample of {missing:?}");
}

/// Queries of extensions that the server of the tests may not have.
const OF_EXTENSIONS: [&str; 2] = ["census/count_dead.sql", "census/shards.sql"];

fn is_of_an_extension(sql: &str) -> bool {
    let words = ["pgstattuple", "pg_stat_statements", "pg_dist_cleanup"];
    words.iter().any(|word| sql.contains(word))
}

/// A session with Lethe's settings.
struct Server {
    runtime: Runtime,
    session: Session,
}

impl Server {
    fn connect(db: &Database) -> Server {
        let runtime = Runtime::new().unwrap();
        let session = runtime.block_on(async {
            let database = LetheDatabase::connect(&db.address(), "test").await.unwrap();
            database.session().await.unwrap()
        });
        Server { runtime, session }
    }

    fn run(&self, text: &str) -> Result<(), String> {
        let ran = self
            .runtime
            .block_on(self.session.client().batch_execute(text));
        ran.map_err(|error| format!("{:?}", error.as_db_error()))
    }

    /// Compares the types of a statement with its declaration.
    fn check(&self, declared: &Declared, text: &str) -> Result<(), String> {
        let text = match declared.kind {
            Kind::Command => return Ok(()),
            Kind::Fixed | Kind::Rendered => text.to_owned(),
            Kind::CopyIn => sent(text),
            Kind::CopyOut => copied(text),
        };
        let prepared = self
            .runtime
            .block_on(self.session.client().prepare(&text))
            .map_err(|error| format!("{:?}", error.as_db_error()))?;
        let expected = (declared.parameters)();
        if prepared.params() != expected {
            return Err(format!(
                "parameters {:?}, declared {expected:?}",
                prepared.params()
            ));
        }
        let columns: BTreeSet<(String, String)> = (declared.columns)()
            .iter()
            .map(|column| (column.name.to_owned(), column.sql_type.to_string()))
            .collect();
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
}

/// The columns of a `COPY … FROM STDIN`, as a query.
fn sent(text: &str) -> String {
    let copy = text.split("COPY ").nth(1).expect("a COPY statement");
    let (table, rest) = copy.split_once(" (").expect("a list of columns");
    let (columns, _) = rest.split_once(')').expect("a list of columns");
    format!("SELECT {columns} FROM {table}")
}

/// The query of a `COPY (…) TO STDOUT`.
fn copied(text: &str) -> String {
    let (_, query) = text.split_once("COPY (").expect("a COPY statement");
    let (query, _) = query
        .split_once(") TO STDOUT")
        .expect("a COPY to the client");
    query.to_owned()
}

#[test]
fn every_file_is_declared_once() {
    let declared: Vec<&str> = declarations().iter().map(|d| d.file.path).collect();
    let files = files();
    let missing: Vec<&String> = files
        .keys()
        .filter(|path| !declared.contains(&path.as_str()))
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
    let gone = declared.iter().filter(|path| !files.contains_key(**path));
    assert_eq!(gone.collect::<Vec<_>>(), [] as [&&str; 0]);
    let pairs = declared.windows(2);
    let twice: Vec<&str> = pairs
        .filter(|pair| pair[0] == pair[1])
        .map(|pair| pair[0])
        .collect();
    // Also in a transaction of its own, with asynchronous commit.
    assert_eq!(twice, ["ledger/submission/set_result.sql"]);
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
