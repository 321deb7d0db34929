//! The files of `sql/`, and what is made of them: every file is valid as it stands, every rendered statement is known
//! and can be planned.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use lethe::catalogue::plan::Plan;
use lethe::catalogue::render::{self, Heirs};
use lethe::catalogue::{self, Access, Catalogue, Record, Role};
use lethe::domain::request::Product;
use lethe::postgres::Database as LetheDatabase;
use lethe::postgres::declared::{Kind, declarations};
use lethe::postgres::name::{Ident, TableName};
use lethe::postgres::sql::Statement;
use lethe::service::catalogue::statements;

use crate::support::{Database, Db, same_text};

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Every file below `sql/`, by its path there.
pub(super) fn files() -> BTreeMap<String, String> {
    let mut files = BTreeMap::new();
    let mut pending = vec![root().join("sql")];
    while let Some(folder) = pending.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                pending.push(path);
                continue;
            }
            let name = path.strip_prefix(root().join("sql")).unwrap();
            let text = fs::read_to_string(&path).unwrap();
            files.insert(name.display().to_string(), text);
        }
    }
    files
}

/// The declared files that are run as they stand. First the one that removes what others create.
pub(super) fn commands() -> Vec<&'static str> {
    let mut commands = declarations();
    commands.retain(|declared| declared.kind == Kind::Command);
    let mut paths: Vec<&str> = commands.iter().map(|declared| declared.file.path).collect();
    paths.sort_by_key(|path| *path != "stage/discard.sql");
    paths
}

/// Runs files in an order that works: `run` returns an error where a file needs another one before it, and is called again
/// for it.
pub(super) fn run_in_order(paths: Vec<&str>, mut run: impl FnMut(&str) -> Result<(), String>) {
    let mut pending = paths;
    loop {
        let mut failed = Vec::new();
        for path in &pending {
            if let Err(error) = run(path) {
                failed.push((*path, error));
            }
        }
        if failed.is_empty() {
            return;
        }
        assert!(failed.len() < pending.len(), "{failed:#?}");
        pending = failed.into_iter().map(|(path, _)| path).collect();
    }
}

#[test]
fn every_file_is_valid_as_it_stands() {
    let db = Database::new();
    db.run(
        "CREATE MATERIALIZED VIEW contact_centre.seen AS SELECT recording_id FROM contact_centre.recording;
         CREATE UNIQUE INDEX ON contact_centre.seen (recording_id)",
    );
    let files = files();
    let (demo, others): (Vec<&str>, Vec<&str>) = commands()
        .into_iter()
        .partition(|path| path.starts_with("demo/"));
    run_in_order(others, |path| run_as_it_stands(&db, path, &files[path]));
    db.run("ROLLBACK");
    db.run("DROP DATABASE as_it_stands");
    // In one transaction, as the demo runs them.
    db.run("BEGIN; TRUNCATE contact_centre.account, contact_centre.short_code CASCADE");
    run_in_order(demo, |path| {
        db.run("SAVEPOINT as_it_stands");
        let result = db.try_run(&files[path]);
        if result.is_err() {
            db.run("ROLLBACK TO as_it_stands");
        }
        result
    });
    db.run("ROLLBACK");
    let covered = commands();
    for (path, text) in &files {
        if covered.contains(&path.as_str()) {
            continue;
        }
        let statement = text
            .lines()
            .filter(|line| !line.starts_with("--"))
            .collect::<Vec<_>>()
            .join("\n");
        if statement.starts_with("COPY ") {
            // On the server's side, because a client would have to speak the COPY protocol.
            if let Some((copy, rest)) = statement.split_once("TO STDOUT") {
                db.run(&format!("{copy} TO '/dev/null' {rest}"));
                continue;
            }
            let (copy, _) = statement
                .split_once("FROM STDIN WITH (FORMAT binary)")
                .unwrap_or_else(|| {
                    panic!("sql/{path}: an error may quote rows in the text format")
                });
            db.run(&format!("{copy} FROM '/dev/null'"));
            continue;
        }
        if let Err(error) = db.try_run(&format!("PREPARE s AS {statement}; DEALLOCATE s")) {
            panic!("sql/{path}: {error}");
        }
    }
}

/// Runs a file in no transaction, else in one, else in one with the savepoint that a preview returns to.
fn run_as_it_stands(db: &Db, path: &str, text: &str) -> Result<(), String> {
    // Shared by the cluster: another name serves as well.
    let text = match path {
        "session/create_database.sql" => {
            text.replace("CREATE DATABASE lethe", "CREATE DATABASE as_it_stands")
        }
        // What they create exists: it is dropped before, and all of it is rolled back.
        "ledger/migrate/create.sql" => {
            format!("BEGIN; DROP SCHEMA lethe CASCADE; {text}; ROLLBACK")
        }
        "ledger/migrate/create_table.sql" => {
            format!("BEGIN; DROP TABLE lethe.ledger_migration; {text}; ROLLBACK")
        }
        "ledger/migrate/create_lock.sql" => {
            format!("BEGIN; DROP TABLE lethe.migration_lock; {text}; ROLLBACK")
        }
        _ => text.to_owned(),
    };
    let mut result = Ok(());
    for before in ["", "BEGIN", "BEGIN; SAVEPOINT lethe_staged"] {
        db.run("ROLLBACK");
        db.run(before);
        result = db.try_run(&text);
        if result.is_ok() {
            break;
        }
    }
    result
}

#[test]
fn every_file_says_what_it_is_for() {
    for (path, text) in files() {
        let header: Vec<&str> = text
            .lines()
            .take_while(|line| line.starts_with("-- "))
            .collect();
        assert!(!header.is_empty(), "sql/{path} has no header");
        let header = header.join(" ");
        assert!(header.len() > 15, "sql/{path}: {header}");
        let statement: String = text
            .lines()
            .filter(|line| !line.trim_start().starts_with("-- "))
            .collect();
        for number in 1..=9 {
            let parameter = format!("${number}");
            assert!(
                !statement.contains(&parameter) || header.contains(&parameter),
                "sql/{path}: the header does not tell what {parameter} is"
            );
        }
        assert!(
            path.starts_with("demo/") || !statement.contains("--"),
            "sql/{path}: a comment behind code"
        );
    }
}

#[test]
fn every_cte_says_why_it_is_there() {
    let mut silent = Vec::new();
    let mut known = 0;
    for (path, text) in files() {
        let lines: Vec<&str> = text.lines().map(str::trim).collect();
        for (number, line) in lines.iter().enumerate() {
            let Some(name) = cte(line) else {
                continue;
            };
            known += 1;
            // Before it or as its first line. What the header says of parameters and rows is not about the CTE.
            let before = lines[number - 1];
            let is_header = before.contains("Zero rows") || before.contains("$1");
            let inside = lines
                .get(number + 1)
                .is_some_and(|line| line.starts_with("--"));
            if !(before.starts_with("--") && !is_header || inside) {
                silent.push(format!("{path}: {name}"));
            }
        }
    }
    assert!(known > 50, "{known} CTEs");
    assert!(silent.is_empty(), "{}", silent.join("\n"));
}

/// The name of a CTE that begins in a line: `name AS (`, `), name (column) AS MATERIALIZED (`.
fn cte(line: &str) -> Option<&str> {
    let (head, _) = line
        .split_once(" AS (")
        .or_else(|| line.split_once(" AS MATERIALIZED ("))?;
    let head = ["WITH RECURSIVE ", "WITH ", "), "]
        .iter()
        .find_map(|start| head.strip_prefix(start))
        .unwrap_or(head);
    let (name, columns) = head.split_once(" (").unwrap_or((head, ")"));
    let is_name = |c: char| c.is_ascii_lowercase() || c == '_';
    (columns.ends_with(')') && !name.is_empty() && name.chars().all(is_name)).then_some(name)
}

/// The reference catalogue, bound to a database.
pub(super) fn bound(db: &Database) -> Catalogue {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let database = LetheDatabase::connect(&db.address(), "test").await.unwrap();
        let session = database.session().await.unwrap();
        let declaration = catalogue::load(None).unwrap();
        catalogue::bind(&declaration, &session, Access::Change)
            .await
            .unwrap()
    })
}

/// Every statement that is rendered for a product: those that `catalogue sql` prints, in their order, then those of other
/// commands.
pub(super) fn rendered(catalogue: &Catalogue, product: Product) -> Vec<Statement> {
    let mut all = statements(catalogue, product, None);
    all.retain(|statement| has_slots(statement.path));
    // Siblings want the records of every kind.
    for table in catalogue.records.iter().map(render::record_table) {
        if !all.iter().any(|known| known.sql == table.sql) {
            all.insert(0, table);
        }
    }
    let [attempts, view, index] = ["contact_attempt", "seen", "recording_caller"]
        .map(|name| TableName::new("contact_centre", name));
    all.push(render::analyze_parent(&attempts));
    all.push(render::refresh(&view));
    all.push(render::refresh_concurrently(&view));
    all.push(render::reindex(&index));
    all.push(render::drop_index(&index));
    let schema = Ident::new("public");
    all.push(render::counted(&schema));
    all.push(render::search_statements(&schema));
    all.push(render::shown_statements());
    all.push(render::orphaned_shards());
    for (record, table) in catalogue.tables() {
        all.push(render::lock_for_reading(&table.name));
        let names: Vec<_> = table.columns.iter().map(|column| &column.name).collect();
        all.push(render::search_rows(&table.name, Heirs::Read, &names));
        all.push(render::vacuum(&table.name));
        all.push(render::rewrite(&table.name));
        for device in table.devices().filter(|_| plan_searches(record, product)) {
            all.push(render::siblings(record, table, &device, product));
            all.push(render::changed(table, &device, None));
        }
        if table.devices().next().is_some() && plan_searches(record, product) {
            all.push(render::placeholders(table));
        }
        let changed: Vec<_> = table.columns.iter().filter(|c| c.is_changed()).collect();
        for column in &changed {
            all.push(render::type_allows(column));
            let expression = format!("{} IS NOT NULL", column.name);
            let rows = render::written_rows(column, &Vec::new());
            all.push(render::check_allows(expression, &changed, column, &rows));
            all.push(render::sample(&table.name, &column.name, column.origin));
            all.push(render::form_sample(
                &table.name,
                &column.name,
                column.origin,
            ));
        }
        if let Some((with_client, client_id)) = record.client_id() {
            all.push(match table.number == with_client.number {
                true => render::trace_root(table, client_id),
                false => render::trace_part(table, with_client, client_id),
            });
        }
    }
    all
}

/// Whether a file is rendered before it is run.
fn has_slots(path: &str) -> bool {
    let declared = declarations();
    let file = declared.iter().find(|declared| declared.file.path == path);
    file.expect("a declared file").file.text.contains("/* ")
}

/// Creates the temporary tables of every catalogue and the guard function.
pub(super) fn create_staging(mut run: impl FnMut(&str) -> Result<(), String>) {
    let files = files();
    let mut paths = commands();
    paths.retain(|path| {
        let is_fixed = !has_slots(path);
        is_fixed && path.starts_with("stage/")
            || ["media/spelling.sql", "session/guard.sql"].contains(path)
    });
    run_in_order(paths, |path| run(&files[path]));
}

/// Whether a product searches every table of a record.
fn plan_searches(record: &Record, product: Product) -> bool {
    product == Product::Outbound || record.root.column(&Role::ShortCode).is_some()
}

#[test]
fn every_rendered_statement_is_known_and_can_be_planned() {
    let db = Database::new();
    let catalogue = bound(&db);
    let fixed = files();
    let mut rendered_from = BTreeSet::new();
    for product in [Product::Outbound, Product::Messaging] {
        create_staging(|text| db.try_run(text));
        let statements = rendered(&catalogue, product);
        let mut golden = String::new();
        for s in &statements {
            rendered_from.insert(s.path);
            golden.push_str(&format!(
                "-- {} | {}\n{}\n\n",
                s.path,
                s.about,
                s.sql.trim()
            ));
            assert!(
                !s.sql.contains("/*"),
                "{}: a slot is left\n{}",
                s.path,
                s.sql
            );
            let explained = match s.sql.find("COPY (") {
                // These cannot be planned.
                _ if s.path.starts_with("scrub/") => "SELECT 1".to_owned(),
                _ if s.sql.contains("LOCK TABLE") => format!("BEGIN; {}; ROLLBACK", s.sql),
                // These need extensions that may be missing; the tests of the census run them.
                _ if s.path.starts_with("census/") && !s.sql.contains("pg_stat_activity") => {
                    "SELECT 1".to_owned()
                }
                _ if s.path.starts_with("stage/") || s.path.contains("analyze") => s.sql.clone(),
                _ if s.sql.contains("\nEXPLAIN ") => s.sql.clone(),
                Some(start) => {
                    let inner = &s.sql[start + "COPY (".len()..s.sql.rfind(") TO STDOUT").unwrap()];
                    format!("EXPLAIN {inner}")
                }
                None => format!(
                    "PREPARE s AS {}; EXPLAIN EXECUTE s{}; DEALLOCATE s",
                    s.sql,
                    arguments(&s.sql)
                ),
            };
            if let Err(error) = db.try_run(&explained) {
                panic!("{} ({product}): {error}\n{}", s.path, s.sql);
            }
        }
        let name = format!("fixtures/rendered/{product}.sql");
        if let Err(difference) = same_text(&root().join(name), &golden) {
            panic!("{difference}");
        }
    }
    let templated: BTreeSet<&str> = fixed
        .iter()
        .filter(|(_, text)| text.contains("/* "))
        .map(|(path, _)| path.as_str())
        .collect();
    assert_eq!(
        rendered_from, templated,
        "every file with slots is rendered"
    );
}

/// Null for each parameter.
fn arguments(sql: &str) -> String {
    let parameters = (1..=9).filter(|n| sql.contains(&format!("${n}"))).count();
    match parameters {
        0 => String::new(),
        n => format!("({})", vec!["NULL"; n].join(", ")),
    }
}

#[test]
fn an_index_that_leads_from_a_record_to_its_rows_is_known() {
    let db = Database::new();
    let not_led_to = || -> Vec<String> {
        let catalogue = bound(&db);
        let tables = catalogue.tables().filter(|(_, table)| !table.keyed);
        tables.map(|(_, table)| table.name.plain()).collect()
    };
    assert!(not_led_to().is_empty());
    // An index with other columns between those of the record's key does not lead to it, nor does one on the account alone.
    db.run(
        "DROP INDEX contact_centre.recording_media_recording;
         CREATE INDEX ON contact_centre.recording_media (account_id, mime_type, recording_id);
         CREATE INDEX ON contact_centre.recording_media (account_id)",
    );
    assert_eq!(not_led_to(), ["contact_centre.recording_media"]);
    db.run("CREATE INDEX ON contact_centre.recording_media (recording_id, mime_type)");
    assert!(not_led_to().is_empty());
}

#[test]
fn finding_uses_the_indexes_of_the_reference_schema() {
    let db = Database::new();
    let catalogue = bound(&db);
    db.run(
        "INSERT INTO contact_centre.contact (contact_id, account_id) SELECT i, '110' FROM generate_series(1, 20000) i;
         INSERT INTO contact_centre.contact_device (contact_id, position, account_id, kind, device)
             SELECT i, 1, '110', 'phone', '+1617' || i FROM generate_series(1, 20000) i;
         INSERT INTO contact_centre.contact_attempt (attempt_id, account_id, device, response_ip)
             SELECT i, '110', '+1617' || i, '192.0.2.1'::inet + i FROM generate_series(1, 20000) i;
         INSERT INTO contact_centre.sms_message (message_id, account_id, handset) SELECT i, '110', '+1617' || i FROM generate_series(1, 20000) i;
         INSERT INTO contact_centre.recording (recording_id, account_id, caller, dialled) SELECT i, '110', '+1617' || i, '+1212' || i FROM generate_series(1, 20000) i;
         ANALYZE contact_centre.contact, contact_centre.contact_device, contact_centre.contact_attempt, contact_centre.sms_message, contact_centre.recording",
    );
    create_staging(|text| db.try_run(text));
    let plan = Plan::new(&catalogue, Product::Outbound);
    plan.staging.iter().for_each(|s| db.run(&s.sql));
    db.run(
        "INSERT INTO lethe_target VALUES (0, 0, 0, 'phone'); INSERT INTO lethe_lookup VALUES (0, 1, NULL, '+16175');
         INSERT INTO lethe_scope_account VALUES (0, '110', NULL); ANALYZE lethe_target; ANALYZE lethe_lookup; ANALYZE lethe_scope_account;
         SET plan_cache_mode = force_custom_plan",
    );
    for s in plan
        .tables
        .iter()
        .flat_map(|t| t.matches.iter().map(|step| &step.statement))
    {
        db.run(&format!("PREPARE s AS {}", s.sql));
        let explained = db.rows("EXPLAIN EXECUTE s(0, 1)").join("\n");
        db.run("DEALLOCATE s");
        for table in [
            "contact_device",
            "contact_attempt_default",
            "sms_message",
            "recording",
        ] {
            let scanned = format!("Seq Scan on {table} ");
            assert!(!explained.contains(&scanned), "{}\n{explained}", s.about);
        }
    }
}

/// The lines of `src/` that are program: no comments, no tests.
fn program() -> Vec<(PathBuf, String)> {
    let mut pending = vec![root().join("src")];
    let mut lines = Vec::new();
    while let Some(folder) = pending.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                pending.push(path);
                continue;
            }
            let text = fs::read_to_string(&path).unwrap();
            let code = text.split("#[cfg(test)]").next().unwrap();
            let program = code.lines().filter(|l| !l.trim_start().starts_with("//"));
            lines.extend(program.map(|line| (path.clone(), line.trim().to_owned())));
        }
    }
    lines
}

#[test]
fn sql_is_in_its_files_only() {
    let statements = [
        "\"SELECT ",
        "\"UPDATE ",
        "\"INSERT ",
        "\"DELETE ",
        "\"COPY ",
        "\"CREATE ",
        "\"ALTER ",
    ];
    let found: Vec<String> = program()
        .into_iter()
        .filter(|(path, line)| {
            statements.iter().any(|word| line.contains(word)) && !is_rendering(path)
        })
        .map(|(path, line)| format!("{}: {line}", path.display()))
        .collect();
    assert!(found.is_empty(), "{}", found.join("\n"));
}

/// A table and its columns say what they mean in one word ("device", "kind") or in several ("contact_device"). The
/// former are everyday words; the latter must not be in the program, but for those that name a role (`client_id`
/// is in Lethe's own tables, too).
#[test]
fn the_program_knows_no_name_of_the_reference_schema() {
    let catalogue: toml::Table = toml::from_str(lethe::catalogue::REFERENCE).unwrap();
    let mut names = BTreeSet::new();
    let mut roles = BTreeSet::from(["account_id".to_owned()]);
    collect(&toml::Value::Table(catalogue), &mut names, &mut roles);
    assert!(names.contains("contact_device") && names.contains("attempted_at"));
    let names: Vec<&String> = names
        .iter()
        .filter(|name| name.contains('_') && !roles.contains(*name))
        .collect();
    let is_word = |line: &str, name: &str| {
        line.match_indices(name).any(|(at, _)| {
            let inside = |c: char| c.is_alphanumeric() || c == '_';
            !line[..at].ends_with(inside) && !line[at + name.len()..].starts_with(inside)
        })
    };
    let found: Vec<String> = program()
        .into_iter()
        .filter(|(_, line)| names.iter().any(|name| is_word(line, name)))
        .map(|(path, line)| format!("{}: {line}", path.display()))
        .collect();
    assert!(found.is_empty(), "{}", found.join("\n"));
    let schema = "contact_centre.";
    for (path, line) in program() {
        let rest = line.split(schema).nth(1).unwrap_or("toml");
        assert!(rest.starts_with("toml"), "{}: {line}", path.display());
    }
}

/// Every table and column that a catalogue names, and its roles as they would be written as a name.
fn collect(value: &toml::Value, names: &mut BTreeSet<String>, roles: &mut BTreeSet<String>) {
    match value {
        toml::Value::Array(all) => all.iter().for_each(|v| collect(v, names, roles)),
        toml::Value::Table(table) => {
            for (key, value) in table {
                match (key.as_str(), value.as_str()) {
                    ("table", Some(name)) => {
                        names.insert(name.to_owned());
                    }
                    ("columns", _) => {
                        let columns = value.as_table().unwrap();
                        names.extend(columns.keys().cloned());
                        let words = columns.values().filter_map(|v| v.as_str());
                        roles.extend(words.map(|role| role.replace(' ', "_")));
                    }
                    _ => {}
                }
                collect(value, names, roles);
            }
        }
        _ => {}
    }
}

fn is_rendering(path: &Path) -> bool {
    path.parent()
        .is_some_and(|folder| folder.ends_with("src/catalogue/render"))
}
