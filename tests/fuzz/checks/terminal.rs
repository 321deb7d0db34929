//! How names and values are printed: without control characters, and no two of them alike.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;

use lethe::cli::output;
use lethe::domain::text::printable;

pub fn check(data: &[u8]) {
    let shown = printable(OsStr::from_bytes(data));
    assert!(!shown.chars().any(deceives), "{shown:?}");
    assert_eq!(
        read_back(&shown),
        data,
        "what is shown tells which bytes they are"
    );
    let text = String::from_utf8_lossy(data).into_owned();
    assert!(!output::safe(&text).chars().any(deceives));
    let line = output::without_control(&text);
    assert!(
        !line
            .chars()
            .any(|c| deceives(c) && !matches!(c, '\n' | '\t')),
        "{line:?}"
    );
    let value = serde_json::json!({ text.as_str(): [text, { "a": null }] });
    let printed = output::json_text(&value).expect("a value can be printed");
    assert!(
        !printed.chars().any(|c| deceives(c) && c != '\n'),
        "{printed:?}"
    );
    let read: serde_json::Value = serde_json::from_str(&printed).expect("what is printed is JSON");
    assert_eq!(read, value);
}

/// Characters that control a terminal or change the direction of text.
fn deceives(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// The bytes that [`printable`] shows.
fn read_back(shown: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = shown;
    while let Some((before, escaped)) = rest.split_once('\\') {
        bytes.extend_from_slice(before.as_bytes());
        let hexadecimal = |digits| u32::from_str_radix(digits, 16).expect("digits in hexadecimal");
        let (escape, mut after) = escaped.split_at(1);
        let c = match escape {
            "\\" => '\\',
            "n" => '\n',
            "r" => '\r',
            "t" => '\t',
            "0" => '\0',
            "u" => {
                let (code, behind) = after[1..].split_once('}').expect("braces are closed");
                after = behind;
                char::from_u32(hexadecimal(code)).expect("a character")
            }
            "x" => {
                bytes.push(hexadecimal(&after[..2]) as u8);
                rest = &after[2..];
                continue;
            }
            other => panic!("an unknown escape {other:?}"),
        };
        bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
        rest = after;
    }
    bytes.extend_from_slice(rest.as_bytes());
    bytes
}
