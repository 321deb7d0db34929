//! Archives: read back with another CSV implementation and another zip reader.

use sha2::Digest as _;

use crate::support::Harness;

#[test]
fn a_csv_reader_gets_every_value_back_and_the_manifest_is_true() {
    let harness = Harness::new();
    let texts = [
        "plain",
        "comma, \"quote\" and\nline\r\nbreaks",
        " leading and trailing ",
        "0042",
        "+16175550100",
        "Ωμέγα, 山田 太郎",
        "\\N",
        "\\.",
        "=1+1",
        "",
    ];
    for (i, text) in texts.iter().enumerate() {
        let quoted = text.replace('\'', "''");
        harness.db.run(&format!(
            "INSERT INTO contact_centre.contact_attempt (attempt_id, attempted_at, account_id, device, message_text)
             VALUES ({i}, '2018-02-03 04:05:06+02', '110', '+16175550100', '{quoted}')"
        ));
    }
    harness.submit_contacts(
        "export-20180315_1.json",
        "110",
        r#"{"phone": "+1 617 555 0100"}"#,
    );
    harness.run().ok(0);
    let archive = harness.archive("export-20180315_1");
    let manifest: serde_json::Value = serde_json::from_str(&archive["manifest.json"]).unwrap();
    let files = manifest["files"].as_array().unwrap();
    assert_eq!(files.len(), 1);
    let name = files[0]["name"].as_str().unwrap();
    assert_eq!(name, "001/contact-attempts.csv");
    let content = &archive[name];
    assert_eq!(files[0]["rows"], texts.len());
    let digest: String = sha2::Sha256::digest(content.as_bytes())
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    assert_eq!(files[0]["sha256"], digest.as_str());
    let mut reader = csv::Reader::from_reader(content.as_bytes());
    let header = reader.headers().unwrap().clone();
    let column = |name: &str| header.iter().position(|h| h == name).unwrap();
    let read: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    let texts_read: Vec<&str> = read
        .iter()
        .map(|row| &row[column("message_text")])
        .collect();
    assert_eq!(texts_read, texts);
    assert!(
        read.iter()
            .all(|row| &row[column("attempted_at")] == "2018-02-03 02:05:06+00"),
        "time stamps are in UTC"
    );
}

#[test]
fn every_file_of_an_archive_may_exceed_four_gigabytes() {
    let harness = Harness::new();
    harness.db.run("INSERT INTO contact_centre.contact_attempt (attempt_id, account_id, device) VALUES (1, '110', '+16175550100')");
    harness.submit_contacts(
        "export-20180315_1.json",
        "110",
        r#"{"phone": "+1 617 555 0100"}"#,
    );
    harness.run().ok(0);
    let bytes = std::fs::read(harness.result_path("export-20180315_1-archive.zip")).unwrap();
    let headers: Vec<usize> = memchr::memmem::find_iter(&bytes, b"PK\x03\x04").collect();
    assert_eq!(headers.len(), 2, "the CSV and the manifest");
    for at in headers {
        let version = u16::from_le_bytes([bytes[at + 4], bytes[at + 5]]);
        assert!(
            version >= 45,
            "a local header of version {version} knows no Zip64"
        );
    }
}
