//! Names that others chose: which may name a file, and how one is shown.

use std::ffi::OsStr;
use std::fmt::Write as _;
use std::os::unix::ffi::OsStrExt as _;

/// Whether a CSV file can be named after this label, on every system where an archive may be unpacked.
pub fn is_label(label: &str) -> bool {
    let forbidden = |c: char| c.is_control() || "/\\:*?\"<>|".contains(c);
    // Systems take names of 255 bytes, with `.csv`.
    (1..=250).contains(&label.len()) && !label.contains(forbidden)
}

/// A name that anybody may have chosen, fit for a terminal or a log line: control characters, invisible and
/// direction-changing ones and bytes that are not UTF-8 are escaped, and the backslash, so that no two names look alike.
pub fn printable(name: impl AsRef<OsStr>) -> String {
    let mut shown = String::new();
    for chunk in name.as_ref().as_bytes().utf8_chunks() {
        for c in chunk.valid().chars() {
            match c {
                '\'' | '"' => shown.push(c),
                _ => shown.extend(c.escape_debug()),
            }
        }
        for byte in chunk.invalid() {
            write!(shown, "\\x{byte:02x}").expect("writing to a string succeeds");
        }
    }
    shown
}
