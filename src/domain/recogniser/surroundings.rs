//! What is before and after a phone number, and how sure that leaves it.

use std::ops::Range;

use super::chain::Chain;

/// What touches one end of a number.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Touch {
    /// Nothing that a number could not have beside it.
    Clear,
    /// The number may be part of a word, an amount or an address.
    Doubtful,
    /// The digits are part of an identifier.
    Identifier,
}

/// Words that are written directly before a number.
const LABELS: [&str; 17] = [
    "call",
    "cell",
    "f",
    "fax",
    "m",
    "mob",
    "mobile",
    "p",
    "ph",
    "phone",
    "sms",
    "t",
    "tel",
    "telephone",
    "text",
    "wa",
    "whatsapp",
];

/// Schemes of URIs whose path is a phone number.
const SCHEMES: [&str; 14] = [
    "callto:",
    "fax:",
    "h323:",
    "im:",
    "modem:",
    "sip:",
    "sips:",
    "skype:",
    "sms:",
    "smsto:",
    "tel:",
    "viber:",
    "wa.me/",
    "whatsapp:",
];

/// Hosts whose user names are phone numbers.
const HOSTS: [&str; 3] = ["@c.us", "@s.whatsapp.net", "@lid.whatsapp.net"];

/// What is before a number.
pub(super) fn before(text: &str, start: usize) -> Touch {
    let Some(c) = text[..start].chars().next_back() else {
        return Touch::Clear;
    };
    let earlier = || text[..start - c.len_utf8()].chars().next_back();
    match c {
        '#' | '$' | '€' | '£' | '¥' | '@' => Touch::Doubtful,
        '-' if earlier().is_some_and(char::is_alphanumeric) => Touch::Doubtful,
        c if is_word(c) => {
            let word = text[..start]
                .rsplit(|c| !is_word(c))
                .next()
                .unwrap_or_default();
            let is_label = || LABELS.iter().any(|label| word.eq_ignore_ascii_case(label));
            match word.chars().all(char::is_alphabetic) {
                true if is_label() => Touch::Clear,
                true => Touch::Doubtful,
                false => Touch::Identifier,
            }
        }
        _ => Touch::Clear,
    }
}

/// What is after a number. An extension and the host of a URI are not looked at here.
pub(super) fn after(text: &str, end: usize) -> Touch {
    let rest = &text[end..];
    let mut chars = rest.chars();
    match chars.next() {
        Some('-') if chars.next().is_some_and(char::is_alphabetic) => Touch::Doubtful,
        Some(c) if is_word(c) => {
            let word = rest.split(|c| !is_word(c)).next().unwrap_or_default();
            match word.chars().all(char::is_alphabetic) {
                true => Touch::Doubtful,
                false => Touch::Identifier,
            }
        }
        _ => Touch::Clear,
    }
}

/// What makes a word together with digits. Scripts that are written without blanks do not.
fn is_word(c: char) -> bool {
    c == '_' || c.is_alphanumeric() && c < '\u{2e80}'
}

/// Whether the scheme of a URI is directly before a number.
pub(super) fn has_scheme(text: &str, start: usize) -> bool {
    let before = text[..start].trim_end_matches("//");
    SCHEMES.iter().any(|scheme| ends_with(before, scheme))
}

fn ends_with(text: &str, end: &str) -> bool {
    let at = text.len().checked_sub(end.len());
    let tail = at.and_then(|at| text.get(at..));
    let at_word = || at.is_some_and(|at| !text[..at].ends_with(is_word));
    tail.is_some_and(|tail| tail.eq_ignore_ascii_case(end)) && at_word()
}

/// Whether the host of a URI follows, or only looks like one.
pub(super) fn host(text: &str, end: usize) -> Option<Touch> {
    let rest = &text[end..];
    let is_one = HOSTS.iter().any(|host| {
        let head = rest.get(..host.len());
        let after = rest.as_bytes().get(host.len());
        head.is_some_and(|head| head.eq_ignore_ascii_case(host))
            && after.is_none_or(|b| !b.is_ascii_alphanumeric() && !b"-_".contains(b))
    });
    rest.starts_with('@').then_some(match is_one {
        true => Touch::Clear,
        false => Touch::Doubtful,
    })
}

/// Whether an extension follows: `;ext=5`, `x5`, `ext. 5`, `#5`.
pub(super) fn has_extension(text: &str, end: usize) -> bool {
    let rest = text[end..].trim_start_matches([' ', ',']);
    let is_number = |rest: &str| {
        let rest = rest.trim_start_matches(['.', ':', ' ', '=']);
        rest.bytes().next().is_some_and(|b| b.is_ascii_digit())
    };
    let marks = ["extension", "extn", "ext", "x", "#", ";ext", ";isub"];
    marks.iter().any(|mark| {
        let head = rest.get(..mark.len());
        head.is_some_and(|head| head.eq_ignore_ascii_case(mark)) && is_number(&rest[mark.len()..])
    })
}

/// Whether some groups contain a date, such as 2025-11-30 or 30.11.2025.
pub(super) fn has_date(text: &str, chain: &Chain, span: &Range<usize>) -> bool {
    let number = |group: usize| {
        text[chain.groups[group].range.clone()]
            .parse::<u32>()
            .unwrap_or(0)
    };
    let length = |group: usize| chain.groups[group].range.len();
    (span.start..span.end).skip(2).any(|last| {
        let (first, second) = (last - 2, last - 1);
        let gap = chain.gap_before(text, second);
        let is_year = |group| length(group) == 4 && (1900..2100).contains(&number(group));
        let is_day = |group| length(group) <= 2 && (1..=31).contains(&number(group));
        ["-", "/", "."].contains(&gap)
            && gap == chain.gap_before(text, last)
            && is_day(second)
            && (is_year(first) && is_day(last) || is_day(first) && is_year(last))
    })
}

/// Whether digits without a separator are a date, such as 20251130.
pub(super) fn is_compact_date(digits: &[u8]) -> bool {
    let number = |range: Range<usize>| {
        let digits = digits[range].iter();
        digits.fold(0, |number, digit| number * 10 + u32::from(digit - b'0'))
    };
    digits.len() == 8
        && (1900..2100).contains(&number(0..4))
        && (1..=12).contains(&number(4..6))
        && (1..=31).contains(&number(6..8))
}

/// Whether a range is part of a UUID.
pub(super) fn is_in_uuid(text: &str, range: &Range<usize>) -> bool {
    let is_part = |b: &u8| b.is_ascii_hexdigit() || *b == b'-';
    let bytes = text.as_bytes();
    let before = bytes[..range.start]
        .iter()
        .rev()
        .take_while(|b| is_part(b))
        .count();
    let after = bytes[range.end..].iter().take_while(|b| is_part(b)).count();
    let token = &bytes[range.start - before..range.end + after];
    token.len() == 36 && [8, 13, 18, 23].iter().all(|at| token[*at] == b'-')
}
