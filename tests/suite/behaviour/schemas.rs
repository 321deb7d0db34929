//! The same behaviours over schemas of different shapes (`fixtures/schemas/`): the reference schema, a wide calling
//! list, a CRM of composite keys, and one of hostile names. A behaviour is written once, and expects the same of all.

mod export;
mod fixture;
mod forget;
mod guards;
mod scope;
mod verify;

use fixture::{Fixture, Has, SCHEMAS};
use rstest::rstest;

/// Makes a test of each behaviour on each of the schemas named, and the list of them.
macro_rules! behaviours {
    ($($module:ident::$name:ident $(needs $has:ident)?: $($schema:ident)+;)+) => {
        mod on {
            $(mod $name {
                $(#[test]
                fn $schema() {
                    super::super::$module::$name(stringify!($schema));
                })+
            })+
        }

        const BEHAVIOURS: &[(&str, Option<Has>, &[&str])] = &[
            $((stringify!($name), needed!($($has)?), &[$(stringify!($schema)),+])),+
        ];
    };
}

macro_rules! needed {
    () => {
        None
    };
    ($has:ident) => {
        Some(Has::$has)
    };
}

behaviours! {
    forget::every_form_of_a_device_is_replaced_and_its_record_redacted: reference calling_list crm hostile calling_list_any crm_any hostile_any;
    forget::devices_that_were_not_requested_stay: reference calling_list crm hostile calling_list_any crm_any hostile_any;
    forget::siblings_go_where_the_catalogue_says_so: reference calling_list crm hostile calling_list_any crm_any hostile_any;
    forget::placeholders_are_no_siblings: reference calling_list crm hostile calling_list_any crm_any hostile_any;
    forget::another_record_of_the_same_client_stays: reference calling_list crm hostile calling_list_any crm_any hostile_any;
    forget::two_requested_devices_in_one_record: reference calling_list crm hostile calling_list_any crm_any hostile_any;
    forget::one_device_in_many_records_shares_one_placeholder_per_account: reference calling_list crm hostile calling_list_any crm_any hostile_any;
    forget::a_device_given_twice_gets_the_same_answer_twice: reference calling_list crm hostile calling_list_any crm_any hostile_any;
    forget::null_and_empty_personal_fields_stay: reference calling_list crm hostile calling_list_any crm_any hostile_any;
    forget::columns_are_set_and_keys_kept needs OnForget: calling_list crm hostile calling_list_any crm_any hostile_any;
    forget::a_second_forget_is_harmless: reference calling_list crm hostile calling_list_any crm_any hostile_any;
    forget::a_later_upload_works_as_ever: reference calling_list crm hostile calling_list_any crm_any hostile_any;
    forget::suppression_stays: reference calling_list crm hostile calling_list_any crm_any hostile_any;
    forget::a_client_id_can_still_be_traced: reference calling_list crm hostile calling_list_any crm_any hostile_any;
    scope::a_foreign_tenant_with_the_same_device_stays: reference calling_list crm hostile calling_list_any crm_any hostile_any;
    scope::a_child_reaches_neither_parent_nor_sibling: reference calling_list crm hostile calling_list_any crm_any hostile_any;
    scope::an_enterprise_reaches_all_descendants: reference calling_list crm hostile calling_list_any crm_any hostile_any;
    scope::what_cannot_be_reached_is_unknown: reference calling_list crm hostile calling_list_any crm_any hostile_any;
    scope::without_short_codes_their_rows_are_not_searched needs ShortCodes: reference crm hostile crm_any hostile_any;
    scope::named_short_codes_are_reached_where_an_account_owns_them needs ShortCodes: reference crm hostile crm_any hostile_any;
    scope::messaging_reaches_the_named_codes_only needs ShortCodes: reference crm hostile crm_any hostile_any;
    guards::a_legal_hold_keeps_the_device_everywhere: reference calling_list crm hostile calling_list_any crm_any hostile_any;
    guards::too_many_rows: reference calling_list crm hostile calling_list_any crm_any hostile_any;
    guards::too_many_client_ids: reference calling_list crm hostile calling_list_any crm_any hostile_any;
    guards::one_failing_device_stops_no_other: reference calling_list crm hostile calling_list_any crm_any hostile_any;
    guards::the_catalogue_fits_and_every_device_column_has_its_index needs Forms: reference calling_list crm hostile;
    export::whole_records_are_exported_as_they_stand: reference calling_list crm hostile calling_list_any crm_any hostile_any;
    export::nothing_of_a_foreign_tenant_is_exported: reference calling_list crm hostile calling_list_any crm_any hostile_any;
    export::rows_on_shared_short_codes_are_never_exported needs ShortCodes: reference crm hostile crm_any hostile_any;
    export::after_a_forget_nothing_is_found: reference calling_list crm hostile calling_list_any crm_any hostile_any;
    verify::a_forgotten_device_is_clean_until_it_comes_back: reference calling_list crm hostile calling_list_any crm_any hostile_any;
    verify::a_preview_sees_what_a_forget_changes: reference calling_list crm hostile calling_list_any crm_any hostile_any;
}

/// A behaviour is skipped on a schema only where that lacks what it needs, and runs on at least two schemas.
#[test]
fn every_behaviour_runs_wherever_it_can() {
    for (name, needs, schemas) in BEHAVIOURS {
        let able: Vec<&str> = SCHEMAS
            .iter()
            .filter(|s| needs.is_none_or(|has| s.has.contains(&has)))
            .map(|s| s.name)
            .collect();
        assert_eq!(&able[..], *schemas, "{name}");
        assert!(schemas.len() >= 2, "{name}");
    }
}

/// The adapters are complete: every stored form of a record with all devices is filled.
#[test]
fn adapters_fill_every_device_column() {
    for schema in &SCHEMAS {
        let fixture = Fixture::new(schema.name);
        fixture.put(fixture::ADA);
        let empty = fixture.harness.db.rows(
            "SELECT slot, form FROM fixture.seen WHERE value IS NULL AND slot IN ('phone', 'phone2', 'email', 'ip')
             AND NOT (slot = 'phone2' AND form = 'national')",
        );
        assert!(empty.is_empty(), "{}: {empty:?}", schema.name);
    }
}

/// A declaration that would fail during a run is refused before it.
#[rstest]
#[case::a_device_has_its_placeholder(
    "calling_list",
    r#"phone_1 = { role = "device", kinds = ["phone"], forms = ["e164"] }"#,
    r#"phone_1 = { role = "device", kinds = ["phone"], forms = ["e164"], on_forget = "gone" }"#,
    "calling_list.phone_1: a device is replaced by a placeholder and cannot have on_forget"
)]
#[case::an_archive_has_one_file_of_a_name(
    "crm",
    r#"label = "visits""#,
    r#"label = "Customers""#,
    "; set another label for one of them"
)]
fn a_declaration_that_cannot_work_is_refused(
    #[case] schema: &str,
    #[case] word: &str,
    #[case] by: &str,
    #[case] message: &str,
) {
    let fixture = Fixture::with(schema, |catalogue| {
        assert!(catalogue.contains(word));
        catalogue.replace(word, by)
    });
    let check = fixture.harness.lethe(&["catalogue", "check"]);
    assert_eq!(check.code, 2, "{}", check.stdout);
    let said = format!("{}{}", check.stdout, check.stderr);
    assert!(said.contains(message), "{said}");
}

/// The type json accepts documents that jsonb rejects; none of them prevents a FORGET.
#[rstest]
#[case(r#"{"a": "\u0000", "segment": "gold"}"#, "{}")]
#[case(r#"{"segment": "\ud800 "}"#, "{}")]
#[case(r#"{"a": 1e-999999999, "segment": "gold"}"#, "{}")]
#[case(
    r#"{"a": "C:\\u0000", "segment": "\ud83d\ude00"}"#,
    r#"{"segment": "😀"}"#
)]
#[case(r#"["Ada"]"#, "{}")]
#[case(r#""Ada""#, "{}")]
#[case("null", "{}")]
#[case(" { } ", " { } ")]
#[case("[]", "[]")]
fn json_that_jsonb_refuses_is_redacted(#[case] document: &str, #[case] redacted: &str) {
    let crm = Fixture::new("crm");
    crm.put(fixture::ADA);
    let list = Fixture::new("calling_list");
    list.put(fixture::ADA);
    let set = |fixture: &Fixture, column: &str| {
        let (table, column) = column.rsplit_once('.').unwrap();
        fixture
            .harness
            .db
            .run(&format!("UPDATE {table} SET {column} = $d${document}$d$"));
        // The UPDATE above may be counted late, so rows are not.
        let (answers, _) = fixture.run("forget", &[("110", &[], fixture::CONTACTS)]);
        assert_eq!(answers, ["SUCCESS"; 3]);
        fixture
            .harness
            .db
            .one(&format!("SELECT {column} FROM {table}"))
    };
    assert_eq!(set(&crm, "crm_core.customer.profile"), redacted);
    // Without keys to keep.
    let empty = if redacted.contains("segment") {
        "{}"
    } else {
        redacted
    };
    assert_eq!(set(&list, "ocs.calling_list.import_row"), empty);
}

/// A foreign key over a device column would reject every placeholder, or cascade to rows that are not counted.
#[test]
fn a_foreign_key_over_a_device_is_refused() {
    let fixture = Fixture::new("crm");
    fixture.harness.db.run(
        "ALTER TABLE crm_core.customer ADD UNIQUE (customer_id, since, org, last_caller);
         ALTER TABLE crm_net.reachability ADD CONSTRAINT by_phone FOREIGN KEY (customer, customer_since, org, phone_digits)
             REFERENCES crm_core.customer (customer_id, since, org, last_caller)",
    );
    let check = fixture.harness.lethe(&["catalogue", "check"]);
    assert_eq!(check.code, 2, "{}", check.stdout);
    for message in [
        "foreign key by_phone links crm_net.reachability.phone_digits to customer",
        "foreign key by_phone links crm_core.customer.last_caller to reachability",
    ] {
        assert!(check.stdout.contains(message), "{}", check.stdout);
    }
}

/// An index of one partition alone is just as unsuitable.
#[rstest]
#[case(
    "ALTER TABLE ocs.calling_list_120 ADD CONSTRAINT leaf CHECK (phone_1 LIKE '+%')",
    "constraint leaf of ocs.calling_list rejects what a FORGET writes to phone_1"
)]
#[case(
    "CREATE UNIQUE INDEX leaf ON ocs.calling_list_other_1 (last_name)",
    "index leaf makes ocs.calling_list.last_name unique"
)]
#[case(
    "ALTER TABLE ocs.calling_list_other_1 ADD CONSTRAINT leaf EXCLUDE USING btree (first_name WITH =)",
    "index leaf makes ocs.calling_list.first_name unique"
)]
fn violations_of_a_single_partition_are_found(#[case] change: &str, #[case] message: &str) {
    let fixture = Fixture::new("calling_list");
    fixture.harness.db.run(change);
    let check = fixture.harness.lethe(&["catalogue", "check"]);
    assert_eq!(check.code, 2, "{}", check.stdout);
    assert!(check.stdout.contains(message), "{}", check.stdout);
}

/// Two spellings of one address in a partition where it is unique get a placeholder each.
#[test]
fn spellings_get_different_placeholders_if_a_partition_makes_them_unique() {
    let fixture = Fixture::new("calling_list");
    fixture
        .harness
        .db
        .run("CREATE UNIQUE INDEX ON ocs.calling_list_120 (contact_info)");
    for record in [2, 1] {
        fixture.put(fixture::Put {
            record,
            account: "120",
            email: fixture::ADA.email,
            ..fixture::NOBODY
        });
        fixture.harness.db.run(
            "UPDATE ocs.calling_list SET contact_info = upper(contact_info), email = NULL WHERE record_id = 2",
        );
    }
    let (answers, _) = fixture.run("forget", &[("120", &[], fixture::CONTACTS)]);
    assert_eq!(
        answers,
        ["SUCCESS: not found", "SUCCESS", "SUCCESS: not found"]
    );
    assert_eq!(
        fixture.seen(&[1, 2], "email"),
        ["1 email=anon", "2 email=anon"]
    );
}

/// Short codes may be numbers in one table and texts in another.
#[test]
fn short_codes_of_different_types_are_the_same() {
    let fixture = Fixture::new("crm");
    fixture.harness.db.run(
        "DROP VIEW fixture.seen;
         ALTER TABLE crm_core.interaction ALTER sender TYPE int USING sender::int;
         ALTER TABLE crm_net.sender_org ALTER code TYPE bigint USING code::bigint;
         INSERT INTO crm_core.interaction VALUES ('2018-01-02', fixture.uuid(1), '110', 'sms', 51110),
             ('2018-01-02', fixture.uuid(2), '110', 'sms', 52000);
         INSERT INTO crm_net.party VALUES ('110', '2018-01-02', fixture.uuid(1), 'consumer', '+442079460100'),
             ('110', '2018-01-02', fixture.uuid(2), 'consumer', '+442079460100')",
    );
    let request: (&str, &[&str], &str) = ("110", &["51110", "52000"], fixture::CONTACT);
    let (answers, files) = fixture.export_requests(&[request]);
    assert_eq!(answers, ["SUCCESS"]);
    let rows = files["001/interactions.csv"].lines().count();
    assert_eq!(
        rows, 2,
        "the header, and the row that is not on the shared code"
    );
    assert_eq!(fixture.forget_requests(&[request]), ["SUCCESS"]);
    let left = fixture
        .harness
        .db
        .rows("SELECT device FROM crm_net.party WHERE device LIKE '+%'");
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn an_account_of_another_type_than_the_root_s_is_refused() {
    let fixture = Fixture::new("crm");
    fixture
        .harness
        .db
        .run("DROP VIEW fixture.seen; ALTER TABLE crm_net.party ALTER org TYPE int USING org::int");
    let check = fixture.harness.lethe(&["catalogue", "check"]);
    assert_eq!(check.code, 2, "{}", check.stdout);
    let message = "crm_net.party.org is integer, but crm_core.interaction.org is crm_core.org_id";
    assert!(check.stdout.contains(message), "{}", check.stdout);
}
