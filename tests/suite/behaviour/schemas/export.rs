//! EXPORT: whole records with their current values, and nothing else.

use std::collections::BTreeMap;

use super::fixture::{ADA, CONTACT, CONTACTS, Fixture, NOBODY, PHONE, PHONE3, Put, list};

/// What the tables hold of records, by label: the header, then the rows in order of their key; NULL as nothing.
fn expected(fixture: &Fixture, records: &[u32]) -> BTreeMap<String, Vec<String>> {
    let db = &fixture.harness.db;
    let mut all = BTreeMap::new();
    for table in fixture.tables() {
        if table.label == "-" {
            continue;
        }
        let columns = db.rows(&format!(
            "SELECT attname FROM pg_attribute WHERE attrelid = '{}'::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum",
            table.source.replace('\'', "''")
        ));
        let fields: Vec<String> = columns
            .iter()
            .map(|c| format!("format('%s', t.\"{}\")", c.replace('"', "\"\"")))
            .collect();
        let mut lines = vec![columns.join("|")];
        lines.extend(db.rows(&format!(
            "SELECT {} FROM {} t WHERE {} = ANY ('{}') ORDER BY {}",
            fields.join(", "),
            table.source,
            table.record,
            list(records),
            table.ordering
        )));
        if lines.len() > 1 {
            all.insert(format!("001/{}.csv", table.label), lines);
        }
    }
    all
}

/// What an archive holds, read with another implementation of CSV.
fn exported(files: &BTreeMap<String, String>) -> BTreeMap<String, Vec<String>> {
    let mut all = BTreeMap::new();
    for (name, text) in files.iter().filter(|(name, _)| *name != "manifest.json") {
        let mut reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .from_reader(text.as_bytes());
        let line = |record: csv::StringRecord| record.iter().collect::<Vec<_>>().join("|");
        let lines: Vec<String> = reader.records().map(|r| line(r.unwrap())).collect();
        assert!(!text.contains("\r\n"), "{name}");
        all.insert(name.clone(), lines);
    }
    let manifest: serde_json::Value = serde_json::from_str(&files["manifest.json"]).unwrap();
    let named: BTreeMap<String, usize> = manifest["files"]
        .as_array()
        .unwrap()
        .iter()
        .map(|f| {
            (
                f["name"].as_str().unwrap().to_owned(),
                f["rows"].as_u64().unwrap() as usize,
            )
        })
        .collect();
    let counted = all
        .iter()
        .map(|(name, lines)| (name.clone(), lines.len() - 1))
        .collect();
    assert_eq!(named, counted, "the manifest");
    all
}

pub fn whole_records_are_exported_as_they_stand(schema: &str) {
    let fixture = Fixture::new(schema);
    fixture.put(Put {
        name: Some("A \"\n,é\\"),
        ..ADA
    });
    fixture.put(Put {
        record: 2,
        name: None,
        ip: None,
        channel: Some("voice"),
        ..ADA
    });
    fixture.put(Put {
        record: 3,
        name: Some(""),
        client: Some("007"),
        phone: Some(PHONE3),
        ..ADA
    });
    fixture.put(Put {
        record: 4,
        phone: Some(PHONE3),
        ..NOBODY
    });
    let before = fixture.rows(&[1, 2, 3, 4]);
    let (answers, files) = fixture.export("110", CONTACTS);
    assert_eq!(answers, ["SUCCESS"; 3]);
    let expected = expected(&fixture, &[1, 2, 3]);
    assert!(!expected.is_empty());
    assert_eq!(exported(&files), expected);
    assert_eq!(
        fixture.rows(&[1, 2, 3, 4]),
        before,
        "an export changes nothing"
    );
}

pub fn nothing_of_a_foreign_tenant_is_exported(schema: &str) {
    let fixture = Fixture::new(schema);
    fixture.put(ADA);
    fixture.put(Put {
        record: 2,
        account: "900",
        name: Some("Zoe"),
        ..ADA
    });
    fixture.put(Put {
        record: 3,
        account: "900",
        name: Some("Zoe"),
        channel: Some("voice"),
        ..ADA
    });
    fixture.put(Put {
        record: 4,
        account: "120",
        name: Some("Kim"),
        ..ADA
    });
    let (answers, files) = fixture.export("110", CONTACTS);
    assert_eq!(answers, ["SUCCESS"; 3]);
    assert_eq!(exported(&files), expected(&fixture, &[1]));
    assert!(
        files
            .values()
            .all(|text| !text.contains("Zoe") && !text.contains("Kim")),
        "{files:?}"
    );
    // A device that only another tenant has is not in the archive.
    fixture.put(Put {
        record: 5,
        account: "900",
        phone: Some(PHONE3),
        ..NOBODY
    });
    let (answers, files) = fixture.export("100", &format!(r#"{{"phone": "{PHONE3}"}}"#));
    assert_eq!(answers, ["SUCCESS: not found"]);
    assert_eq!(files.len(), 1);
}

pub fn rows_on_shared_short_codes_are_never_exported(schema: &str) {
    let fixture = Fixture::new(schema);
    let message = |record, code, phone| {
        fixture.put(Put {
            record,
            code,
            channel: Some("sms"),
            phone: Some(phone),
            ..NOBODY
        });
    };
    message(1, Some("51110"), PHONE);
    message(2, Some("52000"), PHONE);
    message(3, None, PHONE);
    message(4, Some("52000"), PHONE3);
    let contacts = format!(r#"{CONTACT}, {{"phone": "{PHONE3}"}}"#);
    let codes: &[&str] = &["51110", "52000"];
    let (answers, files) = fixture.export_requests(&[("110", codes, &contacts)]);
    assert_eq!(answers, ["SUCCESS", "SUCCESS: not found"]);
    assert_eq!(exported(&files), expected(&fixture, &[1, 3]));
    assert_eq!(
        fixture.forget_requests(&[("110", codes, &contacts)]),
        ["SUCCESS"; 2]
    );
    assert_eq!(
        fixture.seen(&[2, 4], "phone name"),
        [
            "2 phone=anon name=[redacted]",
            "4 phone=anon name=[redacted]"
        ]
    );
}

pub fn after_a_forget_nothing_is_found(schema: &str) {
    let fixture = Fixture::new(schema);
    fixture.put(ADA);
    fixture.put(Put {
        record: 2,
        channel: Some("voice"),
        ..ADA
    });
    fixture.put(Put {
        record: 3,
        phone: Some(PHONE3),
        ..NOBODY
    });
    assert_eq!(fixture.export("110", CONTACTS).0, ["SUCCESS"; 3]);
    assert_eq!(fixture.forget("110", CONTACTS), ["SUCCESS"; 3]);
    let (answers, files) = fixture.export("110", CONTACTS);
    assert_eq!(answers, ["SUCCESS: not found"; 3]);
    assert_eq!(files.keys().collect::<Vec<_>>(), ["manifest.json"]);
    let stored = fixture.rows(&[1, 2]).join("\n").to_lowercase();
    for gone in ["2079460100", EMAIL_DOMAIN, "192.0.2.9"] {
        assert!(!stored.contains(gone), "{gone} is still in {stored}");
    }
}

const EMAIL_DOMAIN: &str = "ada@example.com";
