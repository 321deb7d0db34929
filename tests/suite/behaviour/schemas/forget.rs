//! FORGET: what is replaced, what is redacted, what stays.

use super::fixture::{
    ADA, ALL, CONTACT, CONTACTS, EMAIL, Fixture, NOBODY, PHONE, PHONE2, PHONE3, Put,
};

pub fn every_form_of_a_device_is_replaced_and_its_record_redacted(schema: &str) {
    let fixture = Fixture::new(schema);
    fixture.put(ADA);
    fixture.put(Put {
        record: 2,
        phone: Some(PHONE3),
        email: Some("eve@example.com"),
        ..ADA
    });
    fixture.put(Put {
        record: 3,
        phone: Some(PHONE3),
        email: None,
        ip: Some("3fff::9"),
        ..ADA
    });
    let others = fixture.rows(&[3]);
    assert_eq!(
        fixture.seen(&[1], ALL),
        [
            "1 client=C-1 phone=+442079460100 phone2=+442079460101 email=ada@example.com ip=192.0.2.9 name=Ada city=London kept=7"
        ]
    );
    assert_eq!(fixture.forget("110", CONTACTS), ["SUCCESS"; 3]);
    assert_eq!(
        fixture.seen(&[1, 2], ALL),
        [
            "1 client=C-1 phone=anon phone2=+442079460101 email=anon ip=anon name=[redacted] city=NULL kept=7",
            "2 client=C-1 phone=+442079460102 phone2=+442079460101 email=eve@example.com ip=anon name=[redacted] city=NULL kept=7",
        ]
    );
    assert_eq!(fixture.rows(&[3]), others);
    // An address in IPv6, and an email in another letter case than the stored one.
    assert_eq!(
        fixture.forget(
            "110",
            r#"{"ipaddr": "3FFF:0::9"}, {"email": "Eve@Example.com"}"#
        ),
        ["SUCCESS"; 2]
    );
    assert_eq!(
        fixture.seen(&[2, 3], "email ip name"),
        [
            "2 email=anon ip=anon name=[redacted]",
            "3 email=NULL ip=anon name=[redacted]"
        ]
    );
}

pub fn devices_that_were_not_requested_stay(schema: &str) {
    let fixture = Fixture::new(schema);
    fixture.put(ADA);
    assert_eq!(
        fixture.forget("110", r#"{"phone": "+442079460101"}"#),
        ["SUCCESS"]
    );
    assert_eq!(
        fixture.seen(&[1], ALL),
        [
            "1 client=C-1 phone=+442079460100 phone2=anon email=ada@example.com ip=192.0.2.9 name=[redacted] city=NULL kept=7"
        ]
    );
}

fn redacts_siblings(catalogue: &str) -> String {
    catalogue
        .replace("siblings = \"keep\"\n", "")
        .replace("[[record]]\n", "[[record]]\nsiblings = \"redact\"\n")
}

pub fn siblings_go_where_the_catalogue_says_so(schema: &str) {
    let fixture = Fixture::with(schema, redacts_siblings);
    // An address of a consumer may begin as placeholders do.
    fixture.put(Put {
        email: Some("anon-ada@example.com"),
        ..ADA
    });
    fixture.put(Put {
        record: 2,
        phone: Some(PHONE3),
        ..ADA
    });
    fixture.put(Put {
        record: 3,
        account: "120",
        ..ADA
    });
    let others = fixture.rows(&[2, 3]);
    assert_eq!(fixture.forget("110", CONTACT), ["SUCCESS"]);
    assert_eq!(
        fixture.seen(&[1], ALL),
        ["1 client=C-1 phone=anon phone2=anon email=anon ip=anon name=[redacted] city=NULL kept=7"]
    );
    assert_eq!(fixture.rows(&[2, 3]), others);
}

/// A second device of a record is found when the first is a placeholder already, and leaves that as it is: the
/// record's other rows with the first device go on sharing its placeholder, also the short one.
pub fn placeholders_are_no_siblings(schema: &str) {
    let mut fixture = Fixture::with(schema, redacts_siblings);
    fixture
        .harness
        .config
        .push_str("devices_per_transaction = 1\n");
    fixture.put(ADA);
    fixture.put(Put {
        record: 3,
        phone: Some(PHONE),
        ..NOBODY
    });
    let contacts = format!(r#"{CONTACT}, {{"phone": "{PHONE2}"}}"#);
    // Redacting in the first transaction, replacing in the second: rows are written twice, and not counted here.
    let (answers, _) = fixture.run("forget", &[("110", &[], &contacts)]);
    assert_eq!(answers, ["SUCCESS"; 2]);
    assert_eq!(
        fixture.seen(&[1, 3], "phone phone2"),
        ["1 phone=anon phone2=anon", "3 phone=anon phone2=NULL"]
    );
    let shared = fixture.harness.db.rows(
        "SELECT form, count(DISTINCT value) FROM fixture.seen WHERE slot = 'phone' AND value IS NOT NULL
         GROUP BY form HAVING count(DISTINCT value) > 1",
    );
    assert!(shared.is_empty(), "{shared:?}");
}

pub fn another_record_of_the_same_client_stays(schema: &str) {
    let fixture = Fixture::new(schema);
    fixture.put(ADA);
    fixture.put(Put {
        record: 2,
        phone: Some(PHONE3),
        ..NOBODY
    });
    fixture.put(Put {
        record: 3,
        phone: Some(PHONE3),
        channel: Some("voice"),
        ..NOBODY
    });
    let others = fixture.rows(&[2, 3]);
    assert_eq!(fixture.forget("110", CONTACTS), ["SUCCESS"; 3]);
    assert_eq!(fixture.rows(&[2, 3]), others);
}

pub fn two_requested_devices_in_one_record(schema: &str) {
    let fixture = Fixture::new(schema);
    fixture.put(ADA);
    fixture.put(Put {
        record: 2,
        channel: Some("voice"),
        ..ADA
    });
    let contacts = format!("{CONTACTS}, {{\"phone\": \"+442079460101\"}}");
    assert_eq!(fixture.forget("110", &contacts), ["SUCCESS"; 4]);
    assert_eq!(
        fixture.seen(&[1, 2], "phone ip name city"),
        [
            "1 phone=anon ip=anon name=[redacted] city=NULL",
            "2 phone=anon ip=anon name=[redacted] city=NULL"
        ]
    );
    assert_eq!(
        fixture.seen(&[1], "phone2 email"),
        ["1 phone2=anon email=anon"]
    );
}

pub fn one_device_in_many_records_shares_one_placeholder_per_account(schema: &str) {
    let fixture = Fixture::new(schema);
    for (record, account) in [(2, "110"), (4, "110"), (6, "110"), (8, "120"), (10, "120")] {
        fixture.put(Put {
            record,
            account,
            phone: Some(PHONE),
            name: None,
            ..NOBODY
        });
    }
    fixture.put(Put {
        record: 12,
        phone: Some(PHONE),
        channel: Some("voice"),
        name: None,
        ..NOBODY
    });
    assert_eq!(fixture.forget("100", CONTACT), ["SUCCESS"]);
    let kinds = fixture.harness.db.rows(
        "SELECT DISTINCT account, count(DISTINCT value), count(*) > 1 FROM fixture.seen
         WHERE slot = 'phone' AND value IS NOT NULL GROUP BY account, form, record > 10 HAVING record > 10 IS FALSE ORDER BY 1",
    );
    assert_eq!(
        kinds,
        ["110|1|t", "120|1|t"],
        "one placeholder for an account and stored form"
    );
    let shared = fixture.harness.db.rows(
        "SELECT value FROM fixture.seen WHERE slot = 'phone' AND value IS NOT NULL
         GROUP BY value HAVING count(DISTINCT account) > 1",
    );
    assert!(shared.is_empty(), "accounts share none: {shared:?}");
    let neutral = fixture.seen(&[2, 4, 6, 8, 10, 12], "phone");
    assert!(
        neutral.iter().all(|line| line.ends_with("phone=anon")),
        "{neutral:?}"
    );
}

pub fn a_device_given_twice_gets_the_same_answer_twice(schema: &str) {
    let fixture = Fixture::new(schema);
    fixture.put(ADA);
    let answers = fixture.forget_requests(&[
        ("110", &[], r#"{"phone": "+442079460100"}, {"phone": "+44 20 7946 0100"}, {"phone": "+442079460109"}"#),
        ("100", &[], r#"{"phone": "+44 2079 460100"}, {"phone": "+442079460109"}"#),
    ]);
    assert_eq!(
        answers,
        [
            "SUCCESS",
            "SUCCESS",
            "SUCCESS: not found",
            "SUCCESS",
            "SUCCESS: not found"
        ]
    );
    assert_eq!(fixture.seen(&[1], "phone"), ["1 phone=anon"]);
}

pub fn null_and_empty_personal_fields_stay(schema: &str) {
    let fixture = Fixture::new(schema);
    fixture.put(Put {
        name: None,
        phone2: None,
        email: None,
        ..ADA
    });
    fixture.put(Put {
        record: 2,
        name: Some(""),
        ..ADA
    });
    fixture.put(Put {
        record: 3,
        name: None,
        channel: Some("voice"),
        ..ADA
    });
    assert_eq!(fixture.forget("110", CONTACTS), ["SUCCESS"; 3]);
    assert_eq!(
        fixture.seen(&[1, 2, 3], "phone ip name city"),
        [
            "1 phone=anon ip=anon name=NULL city=NULL",
            "2 phone=anon ip=anon name= city=NULL",
            "3 phone=anon ip=anon name=NULL city=NULL",
        ]
    );
    assert_eq!(
        fixture.seen(&[1, 2], "phone2 email"),
        [
            "1 phone2=NULL email=NULL",
            "2 phone2=+442079460101 email=anon"
        ]
    );
}

pub fn columns_are_set_and_keys_kept(schema: &str) {
    let fixture = Fixture::new(schema);
    fixture.put(ADA);
    fixture.put(Put {
        record: 2,
        phone: Some(PHONE3),
        ..NOBODY
    });
    let slots = "name city segment state";
    assert_eq!(
        fixture.seen(&[1], slots),
        ["1 name=Ada city=London segment=gold state=ready"]
    );
    assert_eq!(fixture.forget("110", CONTACT), ["SUCCESS"]);
    assert_eq!(
        fixture.seen(&[1, 2], slots),
        [
            "1 name=[redacted] city=NULL segment=gold state=withdrawn",
            "2 name=Ada city=London segment=gold state=ready",
        ]
    );
}

pub fn a_second_forget_is_harmless(schema: &str) {
    let fixture = Fixture::new(schema);
    fixture.put(ADA);
    fixture.put(Put {
        record: 2,
        channel: Some("voice"),
        ..ADA
    });
    assert_eq!(fixture.forget("110", CONTACTS), ["SUCCESS"; 3]);
    let after = fixture.rows(&[1, 2]);
    assert_eq!(fixture.forget("110", CONTACTS), ["SUCCESS: not found"; 3]);
    assert_eq!(fixture.rows(&[1, 2]), after);
    // A placeholder is not a device, and a redacted row can be found by the devices that are left in it.
    assert_eq!(
        fixture.forget("110", r#"{"phone": "+442079460101"}"#),
        ["SUCCESS"]
    );
    assert_eq!(
        fixture.seen(&[1], "phone2 email name"),
        ["1 phone2=anon email=anon name=[redacted]"]
    );
}

pub fn a_later_upload_works_as_ever(schema: &str) {
    let fixture = Fixture::new(schema);
    fixture.put(ADA);
    assert_eq!(fixture.forget("110", CONTACTS), ["SUCCESS"; 3]);
    let after = fixture.rows(&[1]);
    fixture.put(Put { record: 2, ..ADA });
    assert_eq!(
        fixture.seen(&[2], "phone email ip name"),
        ["2 phone=+442079460100 email=ada@example.com ip=192.0.2.9 name=Ada"]
    );
    assert_eq!(fixture.export("110", CONTACTS).0, ["SUCCESS"; 3]);
    assert_eq!(fixture.forget("110", CONTACTS), ["SUCCESS"; 3]);
    assert_eq!(
        fixture.seen(&[2], "phone email ip name"),
        ["2 phone=anon email=anon ip=anon name=[redacted]"]
    );
    assert_eq!(
        fixture.rows(&[1]),
        after,
        "what was forgotten before stays as it is"
    );
}

pub fn suppression_stays(schema: &str) {
    let fixture = Fixture::new(schema);
    fixture.put(ADA);
    fixture.harness.db.run(&format!(
        "SELECT fixture.suppress('110', v) FROM unnest(ARRAY['{PHONE}', '{EMAIL}', 'C-1']) v"
    ));
    let entries = || {
        fixture
            .harness
            .db
            .rows("SELECT entry FROM fixture.suppressed ORDER BY 1")
    };
    let before = entries();
    assert_eq!(before.len(), 3);
    assert_eq!(fixture.forget("110", CONTACTS), ["SUCCESS"; 3]);
    assert_eq!(fixture.forget("110", CONTACTS), ["SUCCESS: not found"; 3]);
    assert_eq!(entries(), before);
}

pub fn a_client_id_can_still_be_traced(schema: &str) {
    let fixture = Fixture::new(schema);
    fixture.put(ADA);
    fixture.put(Put {
        record: 2,
        channel: Some("voice"),
        ..ADA
    });
    fixture.put(Put {
        record: 3,
        client: Some("C-2"),
        phone: Some(PHONE2),
        ..NOBODY
    });
    fixture.put(Put {
        record: 4,
        account: "900",
        ..ADA
    });
    let trace = || {
        let words = [
            "trace",
            "--client-id",
            "C-1",
            "--account",
            "110",
            "--format",
            "json",
        ];
        let tables = fixture.harness.lethe(&words).ok(0).json();
        let count = |table: &serde_json::Value| {
            (
                table["table"].as_str().unwrap().to_owned(),
                table["rows"].as_array().unwrap().len(),
            )
        };
        let counts: Vec<_> = tables["tables"]
            .as_array()
            .unwrap()
            .iter()
            .map(count)
            .collect();
        (counts, tables.to_string())
    };
    let (before, text) = trace();
    assert!(text.contains(PHONE) && text.contains("Ada"), "{text}");
    let contacts = format!("{CONTACTS}, {{\"phone\": \"{PHONE2}\"}}");
    assert_eq!(fixture.forget("110", &contacts), ["SUCCESS"; 4]);
    let (after, text) = trace();
    assert_eq!(after, before, "the same rows");
    assert!(!before.is_empty());
    for gone in [
        "2079460100",
        "2079460101",
        "example.com",
        "192.0.2.9",
        "Ada",
        "London",
    ] {
        // Placeholders are in lower case, and spell a short name now and then.
        let stands = match gone.len() {
            0..=3 => text.contains(gone),
            _ => text.to_lowercase().contains(&gone.to_lowercase()),
        };
        assert!(!stands, "{gone} is still in {text}");
    }
    assert!(
        text.contains("[redacted]") && text.contains("C-1"),
        "{text}"
    );
}
