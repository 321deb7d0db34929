//! A name in `GDPR_Submit`: accepted if and only if the grammar accepts it, and its results stay in their folder.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

use lethe::domain::request::Action;
use lethe::domain::text::printable;
use lethe::drop::{DropFolder, Entry, FileName};

use super::scratch;

pub fn check(data: &[u8]) {
    let name = OsStr::from_bytes(data);
    let parsed = FileName::parse(name);
    assert_eq!(parsed.is_ok(), is_proper(data), "{}", printable(name));
    if let Ok(parsed) = &parsed {
        assert_eq!(parsed.as_str().as_bytes(), data);
        assert_eq!(
            parsed.date().format("%Y%m%d").to_string().as_bytes(),
            &data[7..15]
        );
        assert_eq!(
            parsed.action() == Action::Forget,
            data.starts_with(b"forget-")
        );
        results(parsed);
    }
    let can_stand = (1..=255).contains(&data.len()) && !data.contains(&b'/') && !data.contains(&0);
    if can_stand && data != b"." && data != b".." {
        looked_at(name, parsed.is_ok());
    }
}

/// The grammar of the contract, byte by byte.
fn is_proper(name: &[u8]) -> bool {
    let Some(rest) = name
        .strip_prefix(b"forget-")
        .or_else(|| name.strip_prefix(b"export-"))
    else {
        return false;
    };
    let Some(rest) = rest.strip_suffix(b".json") else {
        return false;
    };
    if rest.len() < 10 || rest[8] != b'_' || !rest[..8].iter().all(u8::is_ascii_digit) {
        return false;
    }
    let number = |digits: &[u8]| {
        digits
            .iter()
            .fold(0u32, |n, d| n * 10 + u32::from(d - b'0'))
    };
    let (year, month, day) = (number(&rest[..4]), number(&rest[4..6]), number(&rest[6..8]));
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => 0,
    };
    let unique = &rest[9..];
    let allowed = |c: &u8| matches!(c, b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_');
    year > 0 && (1..=days).contains(&day) && unique.len() <= 64 && unique.iter().all(allowed)
}

fn results(name: &FileName) {
    let folder = Path::new("/srv/GDPR_Result");
    for result in [
        name.execution_log(1),
        name.execution_log(2),
        name.execution_log(u32::MAX),
        name.archive(),
        name.duplicate(1),
        name.duplicate(u32::MAX),
        name.media_log(),
    ] {
        let path = folder.join(&result);
        assert_eq!(path.parent(), Some(folder));
        assert_eq!(path.file_name(), Some(OsStr::new(&result)));
        assert!(result.starts_with(name.stem()) && result.len() + "..part".len() <= 255);
        assert!(
            result
                .bytes()
                .all(|b| b.is_ascii_graphic() && b != b'/' && b != b'\\')
        );
    }
}

/// A file of this name in a drop is classified correctly, and printed without control characters.
fn looked_at(name: &OsStr, proper: bool) {
    let root = scratch().join("look");
    let submit = root.join("GDPR_Submit");
    fs::create_dir_all(&submit).expect("a scratch folder can be made");
    let file = submit.join(name);
    // Some file systems do not allow this name: then no such file exists.
    if fs::write(&file, "{}").is_err() {
        return;
    }
    let entries = DropFolder::open(&root).and_then(|drop| drop.look());
    fs::remove_file(&file).expect("it was just made");
    match entries.expect("the drop is ours").as_slice() {
        [Entry::Proper { name: seen, .. }] => {
            assert!(proper);
            assert_eq!(OsStr::new(seen.as_str()), name);
        }
        [Entry::Other { display, .. }] => {
            assert!(!proper);
            assert!(!display.chars().any(char::is_control));
        }
        other => panic!("{} entries for one file", other.len()),
    }
}
