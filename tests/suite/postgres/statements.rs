//! The files of `sql/`, and what is made of them: every file is valid as it stands, every rendered statement is known
//! and can be planned.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use lethe::catalogue::plan::{Plan, PreviewSteps, VerifySteps};
use lethe::catalogue::render::{self};
use lethe::catalogue::{self, Access, Catalogue, Record, Role};
use lethe::domain::request::Product;
use lethe::postgres::Database as LetheDatabase;
use lethe::postgres::name::{Ident, TableName};
use lethe::postgres::sql::Statement;

use crate::support::{Database, same_text};

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

/// Definitions and settings in an order that works; what cannot be prepared is executed.
pub(super) const EXECUTED: [&str; 77] = [
    "ledger/schema/create.sql",
    "session/settings.sql",
    "session/suppress_logging.sql",
    "stage/discard.sql",
    "stage/target.sql",
    "stage/target_index.sql",
    "stage/lookup.sql",
    "session/guard.sql",
    "session/raise_fault.sql",
    "stage/lookup_statistics.sql",
    "stage/lookup_index.sql",
    "stage/lookup_value_index.sql",
    "stage/scope_account.sql",
    "stage/scope_account_index.sql",
    "stage/scope_code.sql",
    "stage/wanted.sql",
    "stage/placeholder.sql",
    "stage/placeholder_index.sql",
    "stage/random.sql",
    "stage/random_index.sql",
    "stage/client.sql",
    "stage/noted.sql",
    "stage/kept.sql",
    "stage/traced.sql",
    "stage/trace.sql",
    "stage/trace_statistics.sql",
    "media/spelling.sql",
    "stage/found.sql",
    "stage/record.sql",
    "stage/found_index.sql",
    "stage/wanted_index.sql",
    "stage/analyze.sql",
    "stage/analyze_lookup.sql",
    "preview/analyze_found.sql",
    "preview/analyze_noted.sql",
    "verify/analyze_kept.sql",
    "verify/analyze_traced.sql",
    "export/rows.sql",
    // In no transaction.
    "scrub/vacuum.sql",
    "scrub/rewrite.sql",
    "scrub/analyze.sql",
    "scrub/reindex.sql",
    "scrub/drop_index.sql",
    "scrub/refresh_concurrently.sql",
    "scrub/refresh.sql",
    "scrub/english.sql",
    "scrub/own_language.sql",
    "scrub/defaults.sql",
    "scrub/checkpoint.sql",
    // In one transaction, as the demo runs them.
    "demo/accounts.sql",
    "demo/short_codes.sql",
    "demo/short_code_accounts.sql",
    "demo/lists.sql",
    "demo/people.sql",
    "demo/sample_people.sql",
    "demo/contacts.sql",
    "demo/devices.sql",
    "demo/attempts.sql",
    "demo/messages.sql",
    "demo/recordings.sql",
    "demo/media.sql",
    "demo/suppression.sql",
    "demo/analyze.sql",
    // Last: these open or need a transaction.
    "session/export_transaction.sql",
    "session/async_commit.sql",
    "session/begin.sql",
    "session/commit.sql",
    "session/rollback.sql",
    "session/search_transaction.sql",
    "session/sample_transaction.sql",
    "session/forget_transaction.sql",
    "forget/hash.sql",
    "find/probe.sql",
    "find/probed.sql",
    "preview/savepoint.sql",
    "preview/take_back.sql",
    // In no transaction and in no database that exists.
    "session/create_database.sql",
];

#[test]
fn every_file_is_valid_as_it_stands() {
    let db = Database::new();
    db.run(
        "CREATE MATERIALIZED VIEW contact_centre.seen AS SELECT recording_id FROM contact_centre.recording;
         CREATE UNIQUE INDEX ON contact_centre.seen (recording_id)",
    );
    let files = files();
    let mut covered: BTreeSet<&str> = BTreeSet::new();
    for path in EXECUTED {
        let text = files
            .get(path)
            .unwrap_or_else(|| panic!("sql/{path} is gone; take it out of this list"));
        let text = match path {
            // Shared by the cluster, so it gets another name and is dropped again.
            "session/create_database.sql" => {
                db.run("ROLLBACK");
                text.replace("CREATE DATABASE lethe", "CREATE DATABASE as_it_stands")
            }
            "demo/accounts.sql" => {
                db.run("BEGIN; TRUNCATE contact_centre.account, contact_centre.short_code CASCADE");
                text.clone()
            }
            "session/export_transaction.sql"
            | "session/async_commit.sql"
            | "session/begin.sql"
            | "session/search_transaction.sql"
            | "session/sample_transaction.sql" => {
                db.run("ROLLBACK");
                text.clone()
            }
            "session/forget_transaction.sql" => {
                db.run("ROLLBACK; BEGIN");
                text.clone()
            }
            "export/rows.sql" => text.replace("TO STDOUT", "TO '/dev/null'"),
            _ => text.clone(),
        };
        assert!(covered.insert(path), "sql/{path} stands twice in this list");
        if let Err(error) = db.try_run(&text) {
            panic!("sql/{path}: {error}");
        }
    }
    db.run("ROLLBACK");
    db.run("DROP DATABASE as_it_stands");
    for (path, text) in &files {
        if covered.contains(path.as_str()) {
            continue;
        }
        let statement = text
            .lines()
            .filter(|line| !line.starts_with("--"))
            .collect::<Vec<_>>()
            .join("\n");
        if statement.starts_with("COPY ") {
            // On the server's side, because a client would have to speak the COPY protocol.
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

/// The reference catalogue, bound to a database.
fn bound(db: &Database) -> Catalogue {
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

/// Every statement that is rendered for a product, in the order of the plan.
fn rendered(catalogue: &Catalogue, product: Product) -> Vec<Statement> {
    let plan = Plan::new(catalogue, product);
    let mut all: Vec<Statement> = catalogue
        .accounts
        .iter()
        .map(render::account_tree)
        .collect();
    all.extend(catalogue.short_codes.as_ref().map(render::short_codes));
    all.extend(plan.staging);
    // Siblings need the records of every kind.
    for table in catalogue.records.iter().map(render::record_table) {
        if !all.iter().any(|known| known.sql == table.sql) {
            all.push(table);
        }
    }
    all.extend(plan.export_staging);
    for table in plan.tables {
        all.extend(table.matches.into_iter().map(|step| step.statement));
        all.push(table.count);
        all.extend(table.held);
        all.extend(table.clients);
        all.push(table.exclude);
    }
    for record in plan.forget {
        all.extend(record.records);
        all.extend(record.siblings);
        all.extend(record.assign);
        all.extend(record.changes.into_iter().map(|change| change.statement));
        all.extend(record.clients.into_iter().map(|step| step.statement));
        all.extend(record.media.into_iter().map(|step| step.statement));
    }
    for record in plan.export {
        for found in record.found {
            all.extend(found.exclude_shared);
            all.push(found.exportable);
        }
        all.extend(record.rows.into_iter().map(|step| step.statement));
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
    let preview = PreviewSteps::new(catalogue, product);
    let columns = preview.columns.into_iter();
    let (counts, analyze): (Vec<_>, Vec<_>) = columns.map(|c| (c.count, c.analyze)).unzip();
    all.extend(counts);
    all.extend(analyze);
    for record in preview.records {
        all.push(record.count);
        all.extend(record.activity);
        all.extend(record.notes);
        all.extend(record.held);
        all.extend(record.media);
    }
    all.extend(preview.kept.into_iter().map(|step| step.statement));
    let verify = VerifySteps::new(catalogue);
    all.extend(verify.traced.into_iter().map(|step| step.statement));
    all.extend(verify.left.into_iter().map(|left| left.statement));
    all.extend(verify.values.into_iter().map(|step| step.statement));
    for (record, table) in catalogue.tables() {
        all.extend(render::media_uri(table));
        all.extend(render::media_referenced_objects(table));
        all.extend(render::media_lock(table));
        all.extend(render::media_clear(table));
        all.push(render::vacuum(&table.name));
        all.push(render::rewrite(&table.name));
        for device in table.devices().filter(|_| plan_searches(record, product)) {
            all.push(render::siblings(record, table, &device, product));
        }
        let changed: Vec<_> = table.columns.iter().filter(|c| c.is_changed()).collect();
        for column in &changed {
            all.push(render::type_allows(column));
            let expression = format!("{} IS NOT NULL", column.name);
            all.push(render::check_allows(expression, &changed, column));
            all.push(render::sample(&table.name, &column.name));
            all.push(render::verify::undeclared(
                &table.name,
                &column.name,
                column.shape,
            ));
            all.push(render::value_search(
                &table.name,
                &column.name,
                column.shape,
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
        db.run("DISCARD TEMP");
        let stages = |path: &&&str| path.starts_with("stage/") || **path == "media/spelling.sql";
        for path in EXECUTED.iter().filter(stages) {
            let text = &fixed[*path];
            if !text.contains("/* ") && !path.contains("analyze") {
                db.run(text);
            }
        }
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
                // These need extensions that may be missing; the tests of the census run them.
                _ if s.path.starts_with("census/") && !s.sql.contains("pg_stat_activity") => {
                    "SELECT 1".to_owned()
                }
                _ if s.path.starts_with("stage/") || s.path.contains("analyze") => s.sql.clone(),
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
    let fixed = files();
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
    for path in EXECUTED.iter().filter(|p| p.starts_with("stage/")) {
        if !fixed[*path].contains("/* ") && !path.contains("analyze") {
            db.run(&fixed[*path]);
        }
    }
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
