//! The accepted spellings of URIs.

/// Whether a path stays below its root and means the same to every program: no empty, `.` or `..` segments, no control
/// characters, no surrounding white space.
pub(super) fn is_confined(path: &str) -> bool {
    path.trim() == path
        && !path.chars().any(char::is_control)
        && path
            .split('/')
            .all(|segment| !matches!(segment, "" | "." | ".."))
}

/// Whether it looks percent-encoded. Outside URLs it is then unclear which name is meant, and a wrong guess would call the
/// object deleted.
pub(super) fn looks_encoded(path: &str) -> bool {
    path.as_bytes().windows(3).any(|three| {
        three[0] == b'%' && three[1].is_ascii_hexdigit() && three[2].is_ascii_hexdigit()
    })
}

/// The characters, besides letters, digits and `/`, that each encoder leaves unchanged.
const LEFT: [&str; 4] = [
    // RFC 3986's unreserved ones, as S3 signs.
    "-._~",
    // JavaScript's encodeURIComponent.
    "-._~!*'()",
    // encodeURI, but for what ends a path.
    "-._~!*'();,:@&=+$",
    // A browser's address.
    "-._~!*'();,:@&=+$[]|\\^",
];

/// The ways in which a path is percent-encoded in URLs.
pub(super) fn encodings(path: &str) -> Vec<String> {
    let mut all = Vec::with_capacity(2 * LEFT.len());
    for left in LEFT {
        all.push(encode(path, left, b"0123456789ABCDEF"));
        all.push(encode(path, left, b"0123456789abcdef"));
    }
    all.sort();
    all.dedup();
    all
}

fn encode(path: &str, left: &str, digits: &[u8; 16]) -> String {
    let mut out = String::with_capacity(path.len());
    for byte in path.bytes() {
        let c = char::from(byte);
        if c.is_ascii_alphanumeric() || c == '/' || left.contains(c) {
            out.push(c);
        } else {
            out.push('%');
            out.push(char::from(digits[usize::from(byte >> 4)]));
            out.push(char::from(digits[usize::from(byte & 15)]));
        }
    }
    out
}

/// Decodes the path of a URL once; `None`: it is not a valid path, or contains an encoded slash.
pub(super) fn decode(path: &str) -> Option<String> {
    let mut out = Vec::with_capacity(path.len());
    let mut bytes = path.bytes();
    while let Some(byte) = bytes.next() {
        match byte {
            b'?' | b'#' => return None,
            b'%' => {
                let mut digit = || char::from(bytes.next()?).to_digit(16);
                let (high, low) = (digit()?, digit()?);
                let byte = (high * 16 + low) as u8;
                if byte == b'/' {
                    return None;
                }
                out.push(byte);
            }
            byte => out.push(byte),
        }
    }
    String::from_utf8(out).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_encoding_is_decoded_to_what_it_encodes() {
        for path in ["a/b.wav", "a b+c/(1)~%2F.wav", "é/ü&=$[x]|^.wav"] {
            for encoded in encodings(path) {
                // A doubly encoded slash is a name with a percent sign.
                assert_eq!(decode(&encoded).as_deref(), Some(path), "{encoded}");
            }
        }
        assert_eq!(encodings("a/b-1_2.wav"), ["a/b-1_2.wav"]);
    }
}
