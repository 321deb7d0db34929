//! The byte scan: searches the data files of a server for devices.

use std::fs;
use std::io;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

use memchr::memmem::Finder;
use serde::Serialize;

/// Below a server's data folder: tables and indexes of all databases, what they share, tablespaces, what slots have spilled.
const FOLDERS: [&str; 4] = ["base", "global", "pg_tblspc", "pg_replslot"];

/// What a scan found.
#[derive(Debug, Clone, Copy, Default, Serialize)]
pub(crate) struct Scanned {
    /// Files that were read.
    pub(crate) files: u64,
    pub(crate) bytes: u64,
    /// Files that contain a device, and the number of occurrences.
    pub(crate) holding: u64,
    pub(crate) found: u64,
}

/// Reads every data file of a server. On a running server a file may disappear meanwhile; it is left out.
pub(crate) fn scan(data: &Path, devices: &[String]) -> io::Result<Scanned> {
    let needles: Vec<Vec<u8>> = devices.iter().flat_map(|device| needles(device)).collect();
    let finders: Vec<Finder<'_>> = needles.iter().map(Finder::new).collect();
    let mut scanned = Scanned::default();
    let mut pending: Vec<PathBuf> = FOLDERS.iter().map(|folder| data.join(folder)).collect();
    while let Some(path) = pending.pop() {
        // Tablespaces are links.
        let read = fs::metadata(&path).and_then(|found| match found.is_dir() {
            true => {
                for entry in fs::read_dir(&path)? {
                    pending.push(entry?.path());
                }
                Ok(None)
            }
            false => fs::read(&path).map(Some),
        });
        match read {
            Ok(Some(mut content)) => {
                scanned.files += 1;
                scanned.bytes += content.len() as u64;
                content.make_ascii_lowercase();
                let found = finders.iter().map(|f| f.find_iter(&content).count() as u64);
                let found: u64 = found.sum();
                scanned.found += found;
                scanned.holding += u64::from(found > 0);
            }
            Ok(None) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    Ok(scanned)
}

/// The forms of a device in a file: text in lower case, a phone without its plus, an address also in the form of `inet`.
fn needles(device: &str) -> Vec<Vec<u8>> {
    let text = device.trim_start_matches('+').to_ascii_lowercase();
    let mut needles = vec![text.into_bytes()];
    if let Ok(IpAddr::V4(address)) = device.parse() {
        // Family and bits, as in a row.
        let mut stored = vec![2, 32];
        stored.extend(address.octets());
        // Files are compared in lower case, and so are these bytes.
        stored.make_ascii_lowercase();
        needles.push(stored);
    }
    needles
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn devices_are_found_in_every_form_and_folder() {
        let data = tempfile::tempdir().unwrap();
        let elsewhere = tempfile::tempdir().unwrap();
        for folder in ["base/5", "global", "pg_tblspc", "pg_wal"] {
            fs::create_dir_all(data.path().join(folder)).unwrap();
        }
        std::os::unix::fs::symlink(elsewhere.path(), data.path().join("pg_tblspc/1")).unwrap();
        let devices = ["+16175550142", "ada@example.com", "192.0.2.65"].map(str::to_owned);
        assert_eq!(scan(data.path(), &devices).unwrap().found, 0);
        fs::write(data.path().join("base/5/1"), "x+16175550142 16175550142").unwrap();
        fs::write(data.path().join("global/1"), "Ada@Example.com 6175550142").unwrap();
        fs::write(elsewhere.path().join("1"), [1, 2, 32, 192, 0, 2, 65, 9]).unwrap();
        fs::write(data.path().join("pg_wal/1"), "16175550142").unwrap();
        let scanned = scan(data.path(), &devices).unwrap();
        assert_eq!((scanned.files, scanned.holding, scanned.found), (3, 3, 4));
    }
}
