//! Scope: whose rows a request reaches.

use super::fixture::{ADA, CONTACT, CONTACTS, Fixture, NOBODY, PHONE, Put};

pub fn a_foreign_tenant_with_the_same_device_stays(schema: &str) {
    let fixture = Fixture::new(schema);
    fixture.put(ADA);
    fixture.put(Put {
        record: 2,
        account: "900",
        ..ADA
    });
    fixture.put(Put {
        record: 3,
        account: "900",
        channel: Some("voice"),
        ..ADA
    });
    let foreign = fixture.rows(&[2, 3]);
    assert_eq!(fixture.forget("100", CONTACTS), ["SUCCESS"; 3]);
    assert_eq!(fixture.seen(&[1], "phone"), ["1 phone=anon"]);
    assert_eq!(fixture.rows(&[2, 3]), foreign);
}

/// One record with all devices in each account, by the account's number.
fn family(fixture: &Fixture) {
    for (record, account) in [(1, "100"), (2, "110"), (3, "111"), (4, "120"), (5, "900")] {
        fixture.put(Put {
            record,
            account,
            ..ADA
        });
    }
}

pub fn a_child_reaches_neither_parent_nor_sibling(schema: &str) {
    let fixture = Fixture::new(schema);
    family(&fixture);
    let others = fixture.rows(&[1, 4, 5]);
    assert_eq!(fixture.forget("110", CONTACTS), ["SUCCESS"; 3]);
    assert_eq!(
        fixture.seen(&[2, 3], "phone email ip"),
        [
            "2 phone=anon email=anon ip=anon",
            "3 phone=anon email=anon ip=anon"
        ]
    );
    assert_eq!(fixture.rows(&[1, 4, 5]), others);
}

pub fn an_enterprise_reaches_all_descendants(schema: &str) {
    let fixture = Fixture::new(schema);
    family(&fixture);
    let foreign = fixture.rows(&[5]);
    assert_eq!(fixture.forget("100", CONTACT), ["SUCCESS"]);
    assert_eq!(
        fixture.seen(&[1, 2, 3, 4], "phone name"),
        [1, 2, 3, 4].map(|record| format!("{record} phone=anon name=[redacted]"))
    );
    assert_eq!(fixture.rows(&[5]), foreign);
}

pub fn what_cannot_be_reached_is_unknown(schema: &str) {
    let mut fixture = Fixture::new(schema);
    fixture.harness.accounts = vec!["110".into()];
    family(&fixture);
    let others = fixture.rows(&[1, 4, 5]);
    let answers = fixture.forget_requests(
        &["100", "120", "900", "999", "0", "", "110'", "111"]
            .map(|account| (account, &[] as &[&str], CONTACT)),
    );
    let mut expected = vec!["ERROR: unknown account"; 8];
    expected[5] = "ERROR: accountid required";
    expected[7] = "SUCCESS";
    assert_eq!(answers, expected);
    assert_eq!(
        fixture.seen(&[2, 3], "phone"),
        ["2 phone=+442079460100", "3 phone=anon"]
    );
    assert_eq!(fixture.rows(&[1, 4, 5]), others);
}

/// Records 1 to 9, each an interaction of one kind with the same device.
fn messages(fixture: &Fixture) {
    let of = |record, account, code, channel| {
        fixture.put(Put {
            record,
            account,
            code,
            channel: Some(channel),
            phone: Some(PHONE),
            ..NOBODY
        });
    };
    of(1, "110", Some("51110"), "sms");
    of(2, "110", Some("52000"), "sms");
    of(3, "110", None, "sms");
    of(4, "110", Some("51110"), "voice");
    // A code of another tenant, and a recycled one's rows of its former owner.
    of(5, "110", Some("59000"), "sms");
    of(6, "900", Some("51110"), "sms");
    of(7, "900", Some("52000"), "sms");
    of(8, "111", Some("51110"), "sms");
    // No code is an empty one too.
    of(9, "110", Some(""), "sms");
}

fn forgotten(fixture: &Fixture) -> Vec<u32> {
    (1..=9)
        .filter(|record| {
            fixture.seen(&[*record], "phone name")
                == [format!("{record} phone=anon name=[redacted]")]
        })
        .inspect(|record| {
            assert_eq!(
                fixture.seen(&[*record], "kept"),
                [format!("{record} kept=7")]
            )
        })
        .collect()
}

/// The other rows are unchanged.
#[track_caller]
fn untouched(fixture: &Fixture, before: &[String], records: &[u32]) {
    let now = fixture.rows(records);
    assert!(now.iter().all(|row| before.contains(row)), "{now:?}");
}

pub fn without_short_codes_their_rows_are_not_searched(schema: &str) {
    let fixture = Fixture::new(schema);
    messages(&fixture);
    let before = fixture.rows(&[1, 2, 3, 4, 5, 6, 7, 8, 9]);
    assert_eq!(fixture.forget("110", CONTACT), ["SUCCESS"]);
    assert_eq!(forgotten(&fixture), [3, 4, 9]);
    untouched(&fixture, &before, &[1, 2, 5, 6, 7, 8]);
}

pub fn named_short_codes_are_reached_where_an_account_owns_them(schema: &str) {
    let fixture = Fixture::new(schema);
    messages(&fixture);
    let before = fixture.rows(&[1, 2, 3, 4, 5, 6, 7, 8, 9]);
    assert_eq!(
        fixture.forget_requests(&[("110", &["51110", "59000", "51120", "99999"], CONTACT)]),
        ["SUCCESS"]
    );
    assert_eq!(forgotten(&fixture), [1, 3, 4, 8, 9]);
    untouched(&fixture, &before, &[2, 5, 6, 7]);
    // FORGET reaches the rows on a shared code that are attributed to an account in scope.
    assert_eq!(
        fixture.forget_requests(&[("100", &["52000"], CONTACT)]),
        ["SUCCESS"]
    );
    assert_eq!(forgotten(&fixture), [1, 2, 3, 4, 8, 9]);
    untouched(&fixture, &before, &[5, 6, 7]);
}

pub fn messaging_reaches_the_named_codes_only(schema: &str) {
    let mut fixture = Fixture::new(schema);
    fixture.harness.product = "messaging".into();
    messages(&fixture);
    fixture.put(Put { record: 10, ..ADA });
    let before = fixture.rows(&[1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    assert_eq!(
        fixture.forget_requests(&[("", &["59000", "99999"], CONTACT)]),
        ["SUCCESS: not found"]
    );
    assert_eq!(
        fixture.forget_requests(&[("ignored", &["51110"], CONTACT)]),
        ["SUCCESS"]
    );
    // Of whatever channel, wherever in the drop's accounts; lists and rows without a code are not searched.
    assert_eq!(forgotten(&fixture), [1, 4, 8]);
    assert_eq!(
        fixture.seen(&[1, 4, 8], "phone"),
        ["1 phone=anon", "4 phone=anon", "8 phone=anon"]
    );
    untouched(&fixture, &before, &[2, 3, 5, 6, 7, 9, 10]);
}
