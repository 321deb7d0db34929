//! VERIFY and PREVIEW: what they see on every schema.

use serde_json::Value;

use super::fixture::{ADA, CONTACTS, Fixture, NOBODY, PHONE, Put};

/// The output of a command about a submitted file of the drop, and its exit code.
fn about(fixture: &Fixture, command: &str, name: &str) -> (i32, Value) {
    let path = fixture.harness.submit_path(name);
    let words = [command, path.to_str().unwrap(), "--format", "json"];
    let ended = fixture.harness.in_drop(&words);
    assert!(matches!(ended.code, 0 | 3), "{}", ended.stderr);
    (ended.code, ended.json())
}

pub fn a_forgotten_device_is_clean_until_it_comes_back(schema: &str) {
    let fixture = Fixture::new(schema);
    fixture.put(ADA);
    fixture.forget("110", CONTACTS);
    let name = "forget-20180315_0.json";
    let (code, verified) = about(&fixture, "verify", name);
    assert_eq!((code, &verified["clean"]), (0, &3.into()), "{verified}");
    // Each of them was found with the client ID.
    for contact in verified["contacts"].as_array().unwrap() {
        assert_eq!(contact["client_ids"], 1, "{verified}");
    }
    // In any form of the schema, and with a name that was not forgotten.
    fixture.put(Put {
        record: 2,
        phone: Some(PHONE),
        ..NOBODY
    });
    let (code, verified) = about(&fixture, "verify", name);
    assert_eq!((code, &verified["clean"]), (3, &2.into()), "{verified}");
    let phone = &verified["contacts"][0];
    assert_eq!(phone["verdict"], "found");
    let (_, previewed) = about(&fixture, "preview", name);
    assert_eq!(phone["columns"], previewed["contacts"][0]["columns"]);
    assert!(!phone["columns"].as_object().unwrap().is_empty());
}

pub fn a_preview_sees_what_a_forget_changes(schema: &str) {
    let fixture = Fixture::new(schema);
    fixture.put(ADA);
    fixture.put(Put {
        record: 2,
        phone: Some(PHONE),
        client: Some("C-2"),
        name: Some("Bob"),
        ..NOBODY
    });
    fixture.put(Put {
        record: 3,
        ..NOBODY
    });
    let text = format!(
        r#"{{"requests": [{{"accountid": "110", "type": "FORGET", "contacts": [{CONTACTS}]}}]}}"#
    );
    fixture.harness.submit("forget-20180315_9.json", text);
    let (code, previewed) = about(&fixture, "preview", "forget-20180315_9.json");
    assert_eq!((code, &previewed["success"]), (0, &3.into()), "{previewed}");
    let phone = &previewed["contacts"][0];
    let rows = phone["rows"].as_object().unwrap().values();
    let rows: i64 = rows.map(|n| n.as_i64().unwrap()).sum();
    assert_eq!(rows, fixture.rows_with_phone(2) as i64, "{previewed}");
    assert_eq!(phone["client_ids"], 2, "{previewed}");
    // The second phone of the first record.
    assert_eq!(phone["other_devices"], 1, "{previewed}");
    // The third record is of the same client ID and has no device.
    let kept = phone["kept_rows"].as_object().unwrap();
    assert!(!kept.is_empty(), "{previewed}");
}
