//! Names chosen by others: whether they are valid file names, and how to print them.

use std::ffi::OsStr;
use std::fmt::Write as _;
use std::os::unix::ffi::OsStrExt as _;

/// Whether a label can be the name of a CSV file on every system where an archive may be unpacked.
pub fn is_label(label: &str) -> bool {
    let forbidden = |c: char| c.is_control() || "/\\:*?\"<>|".contains(c);
    // File systems accept names of 255 bytes, including `.csv`.
    (1..=250).contains(&label.len()) && !label.contains(forbidden)
}

/// A name in a form that is safe for a terminal or a log: control, invisible and bidirectional characters and bytes that are not
/// UTF-8 are escaped. So is the backslash, so that different names are printed differently.
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
