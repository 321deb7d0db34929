//! A schema of `fixtures/schemas/` that behaviours run on: its tables speak one language through its `adapter.sql`.

use std::collections::BTreeMap;
use std::fs;

use crate::support::{Harness, with_digests};

/// What some schemas have and others lack.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Has {
    ShortCodes,
    /// Columns that are set where a record is forgotten, and keys of documents that are kept.
    OnForget,
    /// Every device column is searched for exact forms, by an index.
    Forms,
}

#[derive(Debug)]
pub struct Schema {
    pub name: &'static str,
    pub has: &'static [Has],
    /// Rows that hold the phone of a record without a channel.
    rows_with_phone: usize,
    tables: &'static str,
    catalogue: &'static str,
    adapter: &'static str,
}

const SHARED: &str = include_str!("../../../../fixtures/schemas/fixture.sql");

pub const SCHEMAS: [Schema; 7] = [
    Schema {
        name: "reference",
        has: &[Has::ShortCodes, Has::Forms],
        rows_with_phone: 1,
        // The template database has it.
        tables: "",
        catalogue: lethe::catalogue::REFERENCE,
        adapter: include_str!("../../../../fixtures/schemas/reference/adapter.sql"),
    },
    Schema {
        name: "calling_list",
        has: &[Has::OnForget, Has::Forms],
        rows_with_phone: 1,
        tables: include_str!("../../../../fixtures/schemas/calling-list/schema.sql"),
        catalogue: include_str!("../../../../fixtures/schemas/calling-list/catalogue.toml"),
        adapter: include_str!("../../../../fixtures/schemas/calling-list/adapter.sql"),
    },
    Schema {
        name: "crm",
        has: &[Has::ShortCodes, Has::OnForget, Has::Forms],
        rows_with_phone: 2,
        tables: include_str!("../../../../fixtures/schemas/crm/schema.sql"),
        catalogue: include_str!("../../../../fixtures/schemas/crm/catalogue.toml"),
        adapter: include_str!("../../../../fixtures/schemas/crm/adapter.sql"),
    },
    Schema {
        name: "hostile",
        has: &[Has::ShortCodes, Has::OnForget, Has::Forms],
        rows_with_phone: 1,
        tables: include_str!("../../../../fixtures/schemas/hostile/schema.sql"),
        catalogue: include_str!("../../../../fixtures/schemas/hostile/catalogue.toml"),
        adapter: include_str!("../../../../fixtures/schemas/hostile/adapter.sql"),
    },
    // Some of them again, with their columns searched in any spelling.
    Schema {
        name: "calling_list_any",
        has: &[Has::OnForget],
        rows_with_phone: 1,
        tables: include_str!("../../../../fixtures/schemas/calling-list/schema.sql"),
        catalogue: include_str!("../../../../fixtures/schemas/calling-list/catalogue.toml"),
        adapter: include_str!("../../../../fixtures/schemas/calling-list/adapter.sql"),
    },
    Schema {
        name: "crm_any",
        has: &[Has::ShortCodes, Has::OnForget],
        rows_with_phone: 2,
        tables: include_str!("../../../../fixtures/schemas/crm/schema.sql"),
        catalogue: include_str!("../../../../fixtures/schemas/crm/catalogue.toml"),
        adapter: include_str!("../../../../fixtures/schemas/crm/adapter.sql"),
    },
    Schema {
        name: "hostile_any",
        has: &[Has::ShortCodes, Has::OnForget],
        rows_with_phone: 1,
        tables: include_str!("../../../../fixtures/schemas/hostile/schema.sql"),
        catalogue: include_str!("../../../../fixtures/schemas/hostile/catalogue.toml"),
        adapter: include_str!("../../../../fixtures/schemas/hostile/adapter.sql"),
    },
];

/// A catalogue without the declared forms.
pub fn without_forms(catalogue: &str) -> String {
    let lines = catalogue
        .lines()
        .map(|line| match line.split_once(", forms = [") {
            Some((before, after)) => {
                let (_, rest) = after.split_once(']').unwrap();
                format!("{before}{rest}")
            }
            None => line.to_owned(),
        });
    lines.collect::<Vec<_>>().join("\n")
}

/// One consumer's record; what is `None` is absent.
#[derive(Debug, Clone, Copy)]
pub struct Put<'a> {
    pub record: u32,
    pub account: &'a str,
    pub client: Option<&'a str>,
    pub phone: Option<&'a str>,
    pub phone2: Option<&'a str>,
    pub email: Option<&'a str>,
    pub ip: Option<&'a str>,
    pub name: Option<&'a str>,
    pub code: Option<&'a str>,
    pub channel: Option<&'a str>,
    pub held: bool,
}

/// Record 1 of account 110, without devices.
pub const NOBODY: Put = Put {
    record: 1,
    account: "110",
    client: Some("C-1"),
    phone: None,
    phone2: None,
    email: None,
    ip: None,
    name: Some("Ada"),
    code: None,
    channel: None,
    held: false,
};

pub const PHONE: &str = "+442079460100";
pub const PHONE2: &str = "+442079460101";
pub const PHONE3: &str = "+442079460102";
pub const EMAIL: &str = "ada@example.com";
pub const IP: &str = "192.0.2.9";

/// Record 1 of account 110 with a device of each kind and a second phone.
pub const ADA: Put = Put {
    phone: Some(PHONE),
    phone2: Some(PHONE2),
    email: Some(EMAIL),
    ip: Some(IP),
    ..NOBODY
};

/// Every device of [`ADA`] but the second phone, as contacts.
pub const CONTACTS: &str =
    r#"{"phone": "+44 20 7946 0100"}, {"email": "ADA@example.com"}, {"ipaddr": "192.0.2.9"}"#;
/// The phone as contacts.
pub const CONTACT: &str = r#"{"phone": "+44 20 7946 0100"}"#;

/// A harness whose database is one of the schemas.
pub struct Fixture {
    pub harness: Harness,
    pub schema: &'static Schema,
}

/// What `seen` returns if no slot is named.
pub const ALL: &str = "client phone phone2 email ip name city kept";

impl Fixture {
    pub fn new(name: &str) -> Fixture {
        Fixture::with(name, |catalogue| catalogue.to_owned())
    }

    /// With another catalogue than the schema's own.
    pub fn with(name: &str, catalogue: impl Fn(&str) -> String) -> Fixture {
        let schema = SCHEMAS.iter().find(|s| s.name == name).unwrap();
        let mut harness = Harness::new();
        for sql in [schema.tables, SHARED, schema.adapter] {
            harness.db.run(sql);
        }
        let path = harness.path("fixture.toml");
        let declared = match schema.has.contains(&Has::Forms) {
            true => schema.catalogue.to_owned(),
            false => without_forms(schema.catalogue),
        };
        fs::write(&path, catalogue(&declared)).unwrap();
        harness.config = format!("catalogue = {path:?}\n");
        harness.grant_if_it_fits();
        Fixture { harness, schema }
    }

    /// The device rows of `records` records that have the same phone.
    pub fn rows_with_phone(&self, records: usize) -> usize {
        self.schema.rows_with_phone * records
    }

    pub fn put(&self, put: Put) {
        let text = |value: Option<&str>| match value {
            Some(value) => format!("'{}'", value.replace('\'', "''")),
            None => "NULL".to_owned(),
        };
        self.harness.db.run(&format!(
            "SELECT fixture.put({}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {})",
            put.record,
            text(Some(put.account)),
            text(put.client),
            text(put.phone),
            text(put.phone2),
            text(put.email),
            text(put.ip),
            text(put.name),
            text(put.code),
            text(put.channel),
            put.held
        ));
    }

    /// Submits a FORGET of contacts, runs it and gives the answers. What the summary says was changed is what the
    /// server has written: each row once.
    #[track_caller]
    pub fn forget(&self, account: &str, contacts: &str) -> Vec<String> {
        self.forget_requests(&[(account, &[], contacts)])
    }

    #[track_caller]
    pub fn forget_requests(&self, requests: &[(&str, &[&str], &str)]) -> Vec<String> {
        let before = self.written();
        let (answers, summary) = self.run("forget", requests);
        let mut expected = before;
        for (table, rows) in summary["rows"].as_object().unwrap() {
            *expected.entry(table.clone()).or_default() += rows.as_i64().unwrap();
        }
        expected.retain(|_, rows| *rows > 0);
        let give_up = std::time::Instant::now() + std::time::Duration::from_secs(5);
        while self.written() != expected && std::time::Instant::now() < give_up {
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
        assert_eq!(self.written(), expected, "each row is written once");
        answers
    }

    /// Submits an EXPORT of contacts, runs it, and gives answers and the archive's files.
    #[track_caller]
    pub fn export(&self, account: &str, contacts: &str) -> (Vec<String>, BTreeMap<String, String>) {
        self.export_requests(&[(account, &[], contacts)])
    }

    #[track_caller]
    pub fn export_requests(
        &self,
        requests: &[(&str, &[&str], &str)],
    ) -> (Vec<String>, BTreeMap<String, String>) {
        let (answers, summary) = self.run("export", requests);
        let file = summary["file"].as_str().unwrap();
        (
            answers,
            self.harness.archive(file.trim_end_matches(".json")),
        )
    }

    /// Answers and the summary of the submission.
    #[track_caller]
    pub fn run(
        &self,
        action: &str,
        requests: &[(&str, &[&str], &str)],
    ) -> (Vec<String>, serde_json::Value) {
        let number = fs::read_dir(self.harness.path("drop/GDPR_Submit"))
            .unwrap()
            .count();
        let stem = format!("{action}-20180315_{number}");
        let verb = action.to_uppercase();
        let requests: Vec<String> = requests
            .iter()
            .map(|(account, codes, contacts)| {
                format!(r#"{{"accountid": "{account}", "shortcodes": {codes:?}, "type": "{verb}", "contacts": [{contacts}]}}"#)
            })
            .collect();
        self.harness.submit(
            &format!("{stem}.json"),
            format!(r#"{{"requests": [{}]}}"#, requests.join(", ")),
        );
        let ended = self.harness.run();
        assert!(
            matches!(ended.code, 0 | 3),
            "exit code {}\n{}\n{}",
            ended.code,
            ended.stdout,
            ended.stderr
        );
        let summary = ended
            .submissions()
            .into_iter()
            .find(|s| s["file"] == format!("{stem}.json"))
            .unwrap();
        (self.harness.answers(&stem), summary)
    }

    /// The values in the named slots of records, all stored forms together and placeholders by their shape:
    /// `1 phone=anon name=[redacted]`.
    #[track_caller]
    pub fn seen(&self, records: &[u32], slots: &str) -> Vec<String> {
        let slots: Vec<&str> = slots.split_whitespace().collect();
        records
            .iter()
            .map(|record| {
                let fields = slots.iter().map(|slot| {
                    let values = self.harness.db.one(&format!(
                        "SELECT coalesce(string_agg(DISTINCT fixture.neutral(slot, value), '+'), 'NULL')
                         FROM fixture.seen WHERE record = {record} AND slot = '{slot}'"
                    ));
                    format!("{slot}={values}")
                });
                format!("{record} {}", fields.collect::<Vec<_>>().join(" "))
            })
            .collect()
    }

    /// Every row of the records in every table, unchanged.
    #[track_caller]
    pub fn rows(&self, records: &[u32]) -> Vec<String> {
        let mut all = Vec::new();
        for table in self.tables() {
            all.extend(self.harness.db.rows(&format!(
                "SELECT '{}', to_jsonb(t.*) FROM {} t WHERE {} = ANY ('{}') ORDER BY to_jsonb(t.*)::text",
                table.label, table.source, table.record, list(records)
            )));
        }
        all
    }

    /// The tables of the schema.
    pub fn tables(&self) -> Vec<TableOf> {
        let columns = ["source", "record", "ordering", "coalesce(label, '-')"];
        let column = |sql: &str| {
            self.harness
                .db
                .rows(&format!("SELECT {sql} FROM fixture.holds ORDER BY source"))
        };
        let [source, record, ordering, label] = columns.map(column);
        (0..source.len())
            .map(|i| TableOf {
                source: source[i].clone(),
                record: record[i].clone(),
                ordering: ordering[i].clone(),
                label: label[i].clone(),
            })
            .collect()
    }

    /// Makes every UPDATE of a record fail; the catalogue must accept the trigger `refuse`.
    pub fn refuse(&self, record: u32) {
        for table in self.tables() {
            let record_of = table.record.replace("t.", "OLD.");
            self.harness.db.run(&format!(
                "CREATE TRIGGER refuse BEFORE UPDATE ON {} FOR EACH ROW WHEN ({record_of} = {record}) EXECUTE FUNCTION fixture.refuse()",
                table.source
            ));
        }
        let path = self.harness.path("fixture.toml");
        let catalogue = fs::read_to_string(&path).unwrap();
        fs::write(&path, with_digests(&catalogue, &self.harness.db.address())).unwrap();
    }

    /// Row versions that UPDATEs have written, by `<schema>.<table>`; partitions count for their table.
    fn written(&self) -> BTreeMap<String, i64> {
        let rows = self.harness.db.rows(
            "SELECT sum(s.n_tup_upd), n.nspname || '.' || c.relname
             FROM pg_stat_user_tables s
             JOIN pg_class c ON c.oid = coalesce(pg_partition_root(s.relid), s.relid)
             JOIN pg_namespace n ON n.oid = c.relnamespace
             WHERE n.nspname NOT IN ('lethe', 'fixture') AND NOT s.relid IN (SELECT 'contact_centre.account'::regclass)
             GROUP BY 2 HAVING sum(s.n_tup_upd) > 0",
        );
        let pair = |row: &String| {
            let (n, table) = row.split_once('|').unwrap();
            (table.to_owned(), n.parse().unwrap())
        };
        rows.iter().map(pair).collect()
    }
}

/// A table of a schema, as SQL.
pub struct TableOf {
    pub source: String,
    pub record: String,
    pub ordering: String,
    pub label: String,
}

pub fn list(records: &[u32]) -> String {
    let numbers: Vec<String> = records.iter().map(u32::to_string).collect();
    format!("{{{}}}", numbers.join(","))
}
