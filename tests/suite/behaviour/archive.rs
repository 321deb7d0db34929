//! Archives: read back with another CSV implementation and another zip reader.

use std::process::Command;

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

/// Reads an archive from its beginning, without its central directory, and prints the name and size of each file.
const JAVA: &str = r#"
import java.io.*;
import java.util.zip.*;
public class Streamed {
    public static void main(String[] arguments) throws Exception {
        try (ZipInputStream zip = new ZipInputStream(new FileInputStream(arguments[0]))) {
            for (ZipEntry entry; (entry = zip.getNextEntry()) != null; )
                System.out.println(entry.getName() + " " + zip.readAllBytes().length);
        }
    }
}
"#;

#[test]
fn readers_of_streams_open_an_archive() {
    let harness = Harness::new();
    harness.db.run(
        "INSERT INTO contact_centre.contact (contact_id, account_id, list_id, first_name) VALUES (7, '110', 1, 'Ann');
         INSERT INTO contact_centre.contact_device (contact_id, position, account_id, kind, device) VALUES (7, 1, '110', 'phone', '+16175550100');
         INSERT INTO contact_centre.contact_attempt (attempt_id, account_id, device, message_text)
         SELECT i, '110', '+16175550100', repeat(i::text, 100) FROM generate_series(1, 2000) i",
    );
    harness.submit_contacts(
        "export-20180315_1.json",
        "110",
        r#"{"phone": "+1 617 555 0100"}"#,
    );
    harness.run().ok(0);
    let path = harness.result_path("export-20180315_1-archive.zip");
    let mut sizes: Vec<String> = harness
        .archive("export-20180315_1")
        .iter()
        .map(|(name, content)| format!("{name} {}", content.len()))
        .collect();
    assert_eq!(sizes.len(), 4, "three files and the manifest: {sizes:?}");
    // Sizes in the header, no descriptor behind the data, and no Zip64 field.
    let bytes = std::fs::read(&path).unwrap();
    let mut stream = bytes.as_slice();
    let mut streamed = Vec::new();
    while let Some(mut file) = zip::read::read_zipfile_from_stream(&mut stream).unwrap() {
        let mut content = Vec::new();
        std::io::Read::read_to_end(&mut file, &mut content).unwrap();
        streamed.push(format!("{} {}", file.name().unwrap(), content.len()));
    }
    for at in memchr::memmem::find_iter(&bytes, b"PK\x03\x04") {
        let half = |offset: usize| u16::from_le_bytes([bytes[at + offset], bytes[at + offset + 1]]);
        assert!(half(4) < 45, "a reader must know Zip64");
        assert_eq!(half(6) & 8, 0, "a descriptor");
    }
    sizes.sort();
    streamed.sort();
    assert_eq!(streamed, sizes);
    if let Some(mut printed) = printed_by_java(&harness, &path) {
        printed.sort();
        assert_eq!(printed, sizes);
    }
}

/// What Java's reader of streams prints; `None` where there is no JDK.
fn printed_by_java(harness: &Harness, archive: &std::path::Path) -> Option<Vec<String>> {
    let source = harness.path("Streamed.java");
    std::fs::write(&source, JAVA).unwrap();
    let run = Command::new("java").arg(&source).arg(archive).output();
    let run = match run {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return None,
        run => run.unwrap(),
    };
    let errors = String::from_utf8_lossy(&run.stderr);
    // A runtime without a compiler cannot start a source file.
    if errors.contains("jdk.compiler") {
        return None;
    }
    assert!(run.status.success(), "{errors}");
    let printed = String::from_utf8(run.stdout).unwrap();
    Some(printed.lines().map(str::to_owned).collect())
}
