//! Comparison of texts: placeholders get stable names, golden files are read or rewritten.

use std::collections::HashMap;
use std::fs;
use std::path::Path;

/// Whether golden files are to be rewritten.
pub fn updates_golden() -> bool {
    std::env::var_os("UPDATE_GOLDEN").is_some_and(|v| v == "1")
}

/// Compares with a golden file, or writes it. The error says where they differ.
pub fn same_text(golden: &Path, actual: &str) -> Result<(), String> {
    if updates_golden() {
        fs::create_dir_all(golden.parent().unwrap()).unwrap();
        fs::write(golden, actual).unwrap();
        return Ok(());
    }
    let expected = fs::read_to_string(golden).unwrap_or_default();
    if expected == actual {
        return Ok(());
    }
    let at = expected
        .lines()
        .zip(actual.lines())
        .position(|(e, a)| e != a)
        .unwrap_or_else(|| expected.lines().count().min(actual.lines().count()));
    let line = |text: &str| text.lines().nth(at).unwrap_or("(nothing)").to_owned();
    Err(format!(
        "{}:{}\n  expected: {}\n  actual:   {}\n--- actual ---\n{actual}",
        golden.display(),
        at + 1,
        line(&expected),
        line(actual)
    ))
}

/// Replaces placeholders by names that count them in the order of their appearance: `<phone-1>`, `<email-1>`,
/// `<ipaddr-text-1>`, and `<ipaddr-1>` for addresses of `inet` columns.
///
/// A malformed placeholder stays, so that the comparison shows it.
pub fn anonymous_names(text: &str) -> String {
    let mut names: HashMap<String, String> = HashMap::new();
    let mut counts: HashMap<&str, u32> = HashMap::new();
    let mut out = String::new();
    let mut rest = text;
    while !rest.is_empty() {
        let Some((kind, len)) = placeholder(rest) else {
            let c = rest.chars().next().unwrap();
            out.push(c);
            rest = &rest[c.len_utf8()..];
            continue;
        };
        let name = names.entry(rest[..len].to_owned()).or_insert_with(|| {
            let n = counts.entry(kind).or_default();
            *n += 1;
            format!("<{kind}-{n}>")
        });
        out.push_str(name);
        rest = &rest[len..];
    }
    out
}

/// Kind and length of the placeholder that a text begins with.
fn placeholder(text: &str) -> Option<(&'static str, usize)> {
    const CODE: usize = 26;
    for (prefix, kind) in [
        ("anon-phone-", "phone"),
        ("anon-email-", "email"),
        ("anon-ipaddr-", "ipaddr-text"),
    ] {
        if let Some(code) = text.strip_prefix(prefix) {
            let len = code
                .bytes()
                .take_while(|b| b.is_ascii_lowercase() || (b'2'..=b'7').contains(b))
                .count();
            return (len == CODE).then_some((kind, prefix.len() + CODE));
        }
    }
    let address: usize = text
        .bytes()
        .take_while(|b| b.is_ascii_hexdigit() || *b == b':')
        .count();
    let v6 = text[..address].parse::<std::net::Ipv6Addr>().ok()?;
    (v6.segments()[..2] == [0x2001, 0xdb8]).then_some(("ipaddr", address))
}
