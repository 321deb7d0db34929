//! An archive: it is read back equal for any cases, labels and rows, and no name in it leaves its folder.
//!
//! The data is text that a person can write: files are separated by `\x1d`, and each is a case, a label and parts of a
//! CSV, separated by `\x1e`.

use std::cell::RefCell;
use std::collections::HashSet;
use std::fs;
use std::io::{Cursor, Read as _};
use std::path::Component;

use hmac::{Hmac, KeyInit as _, Mac as _};
use lethe::domain::text::is_label;
use lethe::drop::DropFolder;
use lethe::engine::archive::{Archive, request_folder};
use sha2::{Digest as _, Sha256};
use zip::ZipArchive;

use super::json::Json;
use super::scratch;

const NAME: &str = "export-20180315_1-archive.zip";
const KEY: [u8; 32] = [7; 32];

thread_local! {
    static RUNTIME: tokio::runtime::Runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .expect("a runtime needs nothing");
    static DROP: RefCell<Option<DropFolder>> = const { RefCell::new(None) };
}

/// A CSV file for the archive.
struct Given {
    name: String,
    parts: Vec<Vec<u8>>,
    /// Its values, if it was written from values.
    cells: Option<Vec<[Vec<u8>; 3]>>,
}

pub fn check(data: &[u8]) {
    let mut given = Vec::new();
    for (number, file) in data.split(|b| *b == 0x1d).take(8).enumerate() {
        let mut fields = file.split(|b| *b == 0x1e).map(<[u8]>::to_vec);
        let case = fields.next().filter(|case| !case.is_empty());
        let case = case.map(|case| String::from_utf8_lossy(&case).into_owned());
        let label = fields
            .next()
            .map(|label| String::from_utf8_lossy(&label).into_owned());
        let label = label
            .filter(|label| is_label(label))
            .unwrap_or("contacts".to_owned());
        let parts: Vec<Vec<u8>> = fields.collect();
        let name = |ordinal| format!("{}/{label}.csv", request_folder(ordinal, case.as_deref()));
        let cells: Vec<[Vec<u8>; 3]> = parts.as_chunks().0.to_vec();
        let (before, after) = (name(2 * number + 1), name(2 * number + 2));
        given.push(Given {
            name: before,
            parts,
            cells: None,
        });
        given.push(Given {
            name: after,
            parts: copied(&cells),
            cells: Some(cells),
        });
    }
    let zip = written(&given);
    read_back(&zip, &given);
}

/// Rows as COPY writes them, each by itself, below a header.
fn copied(cells: &[[Vec<u8>; 3]]) -> Vec<Vec<u8>> {
    let mut parts = vec![b"a,b,\"c\n\"\n".to_vec()];
    for row in cells {
        let mut line = Vec::new();
        for (i, cell) in row.iter().enumerate() {
            if i > 0 {
                line.push(b',');
            }
            let quoted =
                cell.is_empty() || cell == b"\\." || cell.iter().any(|b| b",\"\r\n".contains(b));
            if quoted {
                line.push(b'"');
            }
            for byte in cell {
                line.extend_from_slice(if *byte == b'"' {
                    b"\"\""
                } else {
                    std::slice::from_ref(byte)
                });
            }
            if quoted {
                line.push(b'"');
            }
        }
        line.push(b'\n');
        parts.push(line);
    }
    parts
}

/// The archive of these files as Lethe writes it, with the rows that it counted.
fn written(given: &[Given]) -> Vec<u8> {
    let root = scratch().join(format!("archive-{:?}", std::thread::current().id()));
    let pending = DROP.with_borrow_mut(|drop| {
        let drop = drop.get_or_insert_with(|| {
            fs::create_dir_all(root.join("GDPR_Submit")).expect("the scratch folder takes folders");
            DropFolder::open(&root).expect("the drop is ours")
        });
        drop.begin(NAME).expect("the drop is ours")
    });
    let written = RUNTIME.with(|runtime| {
        runtime.block_on(async {
            let mut archive = Archive::create(pending, &KEY);
            for file in given {
                archive.start(file.name.clone()).await?;
                for part in &file.parts {
                    archive.write(part).await?;
                    archive.flush().await?;
                }
                let rows = archive.end().await?;
                assert_eq!(rows, expected(file).map_or(0, |(rows, _)| rows));
            }
            archive.finish().await
        })
    });
    let written = written.expect("the scratch folder takes files");
    written.file.publish().expect("nothing is in the way");
    let path = root.join("GDPR_Result").join(NAME);
    let zip = fs::read(&path).expect("it was just published");
    fs::remove_file(&path).expect("it was just published");
    let mut mac = Hmac::<Sha256>::new_from_slice(&KEY).expect("HMAC takes keys of any length");
    mac.update(&zip);
    assert_eq!(mac.finalize().into_bytes()[..], written.digest);
    zip
}

/// The rows and the content of a file, if it has something below its header.
fn expected(file: &Given) -> Option<(u64, Vec<u8>)> {
    let content = file.parts.concat();
    let mut quoted = false;
    let mut lines = 0;
    let mut header = content.len();
    for (at, byte) in content.iter().enumerate() {
        quoted ^= *byte == b'"';
        if *byte == b'\n' && !quoted {
            lines += 1;
            header = header.min(at + 1);
        }
    }
    (header < content.len()).then(|| (lines - 1, content))
}

fn read_back(zip: &[u8], given: &[Given]) {
    let mut zip = ZipArchive::new(Cursor::new(zip)).expect("an archive is a zip");
    let mut names = HashSet::new();
    let mut manifest = Vec::new();
    let mut left = given.iter();
    let last = zip.len() - 1;
    for i in 0..=last {
        let mut entry = zip.by_index(i).expect("an entry can be read");
        let name = entry.name().expect("a name is UTF-8").into_owned();
        stays_inside(&name);
        assert!(entry.is_file() && entry.unix_mode().is_some_and(|mode| mode & 0o7777 == 0o640));
        assert!(
            entry
                .enclosed_name()
                .is_some_and(|path| path.to_str() == Some(&name))
        );
        assert!(names.insert(name.to_lowercase()), "a name stands twice");
        let mut content = Vec::new();
        entry.read_to_end(&mut content).expect("an entry is whole");
        if i == last {
            assert_eq!(name, "manifest.json");
            let text = std::str::from_utf8(&content).expect("a manifest is UTF-8");
            let files = Json::Object(vec![(Json::text("files"), Json::Array(manifest))]);
            return assert_eq!(Json::read(text, 3), Some(files));
        }
        // In the given order; files without rows are left out.
        let (file, (rows, expected)) = left
            .by_ref()
            .find_map(|file| expected(file).map(|expected| (file, expected)))
            .expect("an entry was given");
        assert_eq!(file.name, name);
        assert!(content == expected, "{name} is another");
        let digest = data_encoding::HEXLOWER.encode(&Sha256::digest(&content));
        manifest.push(Json::Object(vec![
            (Json::text("name"), Json::Text(name)),
            (Json::text("rows"), Json::Word(rows.to_string())),
            (Json::text("sha256"), Json::Text(digest)),
        ]));
        if let Some(cells) = &file.cells {
            assert_eq!(rows, cells.len() as u64);
            let mut reader = csv::Reader::from_reader(content.as_slice());
            assert_eq!(
                reader.byte_headers().expect("a header"),
                vec!["a", "b", "c\n"]
            );
            let read = reader.byte_records().map(|row| row.expect("a row"));
            assert!(read.eq(cells.iter().map(|row| csv::ByteRecord::from(row.to_vec()))));
        }
    }
}

/// Whether a name stays within the folder that it is unpacked in, on every system.
fn stays_inside(name: &str) {
    let path = std::path::Path::new(name);
    assert!(
        path.components()
            .all(|part| matches!(part, Component::Normal(_))),
        "{name:?}"
    );
    assert!(
        name.split('/')
            .all(|part| !part.is_empty() && part != "." && part != ".."),
        "{name:?}"
    );
    assert!(
        !name.contains(['\\', ':', '*', '?', '"', '<', '>', '|']),
        "{name:?}"
    );
    assert!(!name.chars().any(char::is_control), "{name:?}");
    assert!(name.split('/').all(|part| part.len() <= 255), "{name:?}");
}
