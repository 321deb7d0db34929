//! Searches files for bytes, as somebody who has the disk could.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// What is searched for, by name.
#[derive(Debug, Clone)]
pub struct Needle {
    pub name: &'static str,
    pub bytes: Vec<u8>,
}

impl Needle {
    pub fn new(name: &'static str, bytes: impl AsRef<[u8]>) -> Needle {
        let bytes = bytes.as_ref().to_vec();
        assert!(bytes.len() > 3, "shorter ones are everywhere");
        Needle { name, bytes }
    }
}

/// The needles found in a file or anywhere below a folder, each with the file, as `<needle> in <path>`. Links are followed, as
/// tablespaces are links. A file that does not exist, or is removed meanwhile, holds nothing.
pub fn found(place: &Path, needles: &[Needle]) -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    let Ok(about) = fs::metadata(place) else {
        return all;
    };
    if about.is_dir() {
        for entry in fs::read_dir(place).unwrap() {
            all.append(&mut found(&entry.unwrap().path(), needles));
        }
    } else if about.is_file()
        && let Ok(bytes) = fs::read(place)
    {
        let names = in_bytes(&bytes, needles).into_iter();
        all.extend(names.map(|name| format!("{name} in {}", place.display())));
    }
    all
}

/// The needles found in some bytes.
pub fn in_bytes(bytes: &[u8], needles: &[Needle]) -> BTreeSet<&'static str> {
    let mut begins: [Vec<&Needle>; 256] = std::array::from_fn(|_| Vec::new());
    for needle in needles {
        begins[usize::from(needle.bytes[0])].push(needle);
    }
    let mut all = BTreeSet::new();
    for (at, byte) in bytes.iter().enumerate() {
        for needle in &begins[usize::from(*byte)] {
            if bytes[at..].starts_with(&needle.bytes) {
                all.insert(needle.name);
            }
        }
    }
    all
}
