//! Guards: what stops a device from being changed, and stops no other.

use super::fixture::{ADA, CONTACT, CONTACTS, Fixture, NOBODY, PHONE, PHONE2, PHONE3, Put};

pub fn a_legal_hold_keeps_the_device_everywhere(schema: &str) {
    let fixture = Fixture::new(schema);
    fixture.put(Put {
        record: 1,
        held: true,
        phone: Some(PHONE),
        phone2: Some(PHONE2),
        ..NOBODY
    });
    fixture.put(Put {
        record: 2,
        phone: Some(PHONE),
        email: ADA.email,
        ..NOBODY
    });
    fixture.put(Put {
        record: 3,
        phone: Some(PHONE3),
        ..NOBODY
    });
    // A hold in an account outside the scope does not count.
    fixture.put(Put {
        record: 4,
        account: "120",
        held: true,
        phone: Some(PHONE3),
        ..NOBODY
    });
    // Held by another of the record's tables, where a schema has several.
    fixture.put(Put {
        record: 6,
        held: true,
        phone: Some("+442079460106"),
        ..NOBODY
    });
    let held = fixture.rows(&[1, 4, 6]);
    let contacts = format!(
        r#"{CONTACT}, {{"phone": "{PHONE3}"}}, {{"phone": "{PHONE2}"}}, {{"email": "ada@example.com"}}, {{"phone": "+442079460106"}}"#
    );
    assert_eq!(
        fixture.forget("110", &contacts),
        [
            "ERROR: legal hold",
            "SUCCESS",
            "ERROR: legal hold",
            "SUCCESS",
            "ERROR: legal hold"
        ]
    );
    assert_eq!(fixture.rows(&[1, 4, 6]), held);
    // The email's record is redacted, the held phone in it stays.
    assert_eq!(
        fixture.seen(&[2, 3], "phone email name"),
        [
            "2 phone=+442079460100 email=anon name=[redacted]",
            "3 phone=anon email=NULL name=[redacted]"
        ]
    );
    // A legal hold does not affect an EXPORT.
    assert_eq!(fixture.export("110", CONTACT).0, ["SUCCESS"]);
}

pub fn too_many_rows(schema: &str) {
    let mut fixture = Fixture::new(schema);
    let limit = fixture.rows_with_phone(2);
    fixture
        .harness
        .config
        .push_str(&format!("max_rows_per_device = {limit}\n"));
    for record in [1, 2, 3] {
        fixture.put(Put {
            record,
            phone: Some(PHONE),
            ..NOBODY
        });
    }
    for record in [4, 5] {
        fixture.put(Put {
            record,
            phone: Some(PHONE3),
            ..NOBODY
        });
    }
    let before = fixture.rows(&[1, 2, 3]);
    let contacts = format!(r#"{CONTACT}, {{"phone": "{PHONE3}"}}"#);
    let refused = format!(
        "ERROR: too many rows ({} found, limit {limit})",
        fixture.rows_with_phone(3)
    );
    assert_eq!(fixture.forget("110", &contacts), [&refused, "SUCCESS"]);
    assert_eq!(fixture.rows(&[1, 2, 3]), before);
    assert_eq!(
        fixture.seen(&[4, 5], "phone"),
        ["4 phone=anon", "5 phone=anon"]
    );
    let (answers, files) = fixture.export("110", &contacts);
    assert_eq!(answers, [&refused, "SUCCESS: not found"]);
    assert_eq!(files.len(), 1, "the manifest only: {files:?}");
}

pub fn too_many_client_ids(schema: &str) {
    let mut fixture = Fixture::new(schema);
    fixture
        .harness
        .config
        .push_str("max_client_ids_per_device = 2\n");
    for (record, client) in [(1, "C-1"), (2, "C-2"), (3, "C-3")] {
        fixture.put(Put {
            record,
            client: Some(client),
            phone: Some(PHONE),
            ..NOBODY
        });
    }
    for (record, client) in [
        (4, Some("C-1")),
        (5, Some("C-2")),
        (6, Some("C-2")),
        (7, None),
    ] {
        fixture.put(Put {
            record,
            client,
            phone: Some(PHONE3),
            ..NOBODY
        });
    }
    let before = fixture.rows(&[1, 2, 3]);
    let contacts = format!(r#"{CONTACT}, {{"phone": "{PHONE3}"}}"#);
    assert_eq!(
        fixture.forget("110", &contacts),
        ["ERROR: too many client IDs (3 found, limit 2)", "SUCCESS"]
    );
    assert_eq!(fixture.rows(&[1, 2, 3]), before);
    assert_eq!(
        fixture.seen(&[4, 5, 6, 7], "phone"),
        [4, 5, 6, 7].map(|record| format!("{record} phone=anon"))
    );
}

pub fn one_failing_device_stops_no_other(schema: &str) {
    let fixture = Fixture::with(schema, |catalogue| {
        catalogue
            .replace(
                "[record.root]\n",
                "[record.root]\naccepted = [\"refuse\"]\n",
            )
            .replace(
                "[[record.part]]\n",
                "[[record.part]]\naccepted = [\"refuse\"]\n",
            )
    });
    fixture.put(Put {
        record: 1,
        phone: Some(PHONE),
        ..NOBODY
    });
    fixture.put(Put {
        record: 2,
        channel: Some("voice"),
        phone: Some(PHONE),
        ..NOBODY
    });
    fixture.put(Put {
        record: 3,
        phone: Some(PHONE2),
        email: ADA.email,
        ..NOBODY
    });
    fixture.put(Put {
        record: 4,
        phone: Some(PHONE3),
        ..NOBODY
    });
    fixture.refuse(1);
    let before = fixture.rows(&[1, 2]);
    // The transaction is retried in parts, so rows are written more often than they change and are not counted here.
    let contacts = format!(r#"{{"phone": "{PHONE2}"}}, {CONTACTS}, {{"phone": "{PHONE3}"}}"#);
    let (answers, _) = fixture.run("forget", &[("110", &[], &contacts)]);
    assert_eq!(
        answers,
        [
            "SUCCESS",
            "ERROR: processing failed: P0042",
            "SUCCESS",
            "SUCCESS: not found",
            "SUCCESS"
        ]
    );
    assert_eq!(fixture.rows(&[1, 2]), before, "in no table");
    assert_eq!(
        fixture.seen(&[3, 4], "phone name"),
        [
            "3 phone=anon name=[redacted]",
            "4 phone=anon name=[redacted]"
        ]
    );
}

pub fn the_catalogue_fits_and_every_device_column_has_its_index(schema: &str) {
    let fixture = Fixture::new(schema);
    let check = || {
        fixture
            .harness
            .lethe(&["catalogue", "check", "--format", "json"])
            .ok(0)
            .json()
    };
    let without_index = || {
        let checked = check();
        assert_eq!(checked["misfits"].as_array().unwrap().len(), 0, "{checked}");
        let devices = checked["devices"].as_array().unwrap().clone();
        assert!(!devices.is_empty());
        devices
            .into_iter()
            .filter(|d| d["index"].is_null())
            .collect::<Vec<_>>()
    };
    // The hostile schema leaves some out: the statements to paste make them, whatever the names.
    for device in without_index() {
        for statement in device["create"].as_array().unwrap() {
            fixture.harness.db.run(statement.as_str().unwrap());
        }
    }
    let left = without_index();
    assert!(left.is_empty(), "{left:?}");
}
