//! Emails in a text.

use std::ops::Range;

use super::occurrence::{Found, Spelling, Verdict};
use crate::domain::device::{Device, DeviceKind};

/// Before an address these end what is before it, although a local part may contain them: `to=ann@…`, `a@…/b@…`, `{a@…}`.
const ENDS: &str = "=/?&|{}*`'";
/// These may be part of another address.
const MAY_END: &str = "!#$%^~";
/// Longer local parts are refused as devices.
const LONGEST_LOCAL: usize = 64;
/// No domain is longer, in bytes of UTF-8.
const LONGEST_DOMAIN: usize = 255;

/// Emails in a text that `get` knows. Of several readings of an address, the longest that is known counts.
pub(super) fn find<D>(text: &str, get: impl Fn(&Device) -> Option<D>, found: &mut Vec<Found<D>>) {
    for at in memchr::memchr_iter(b'@', text.as_bytes()) {
        found.extend(at_sign(text, at, &get));
    }
}

fn at_sign<D>(text: &str, at: usize, get: &impl Fn(&Device) -> Option<D>) -> Option<Found<D>> {
    let first = at - local_before(&text[..at]);
    let domain = domain_after(&text[at + 1..]);
    if first == at || domain == 0 {
        return None;
    }
    let ends = [
        at + 1 + domain,
        at + 1 + before_other_script(&text[at + 1..at + 1 + domain]),
    ];
    for (end, is_cut) in ends.into_iter().zip([false, true]) {
        if is_cut && end == ends[0] {
            break;
        }
        for start in starts(text, first, at) {
            let Ok(device) = Device::parse(DeviceKind::Email, &text[start..end]) else {
                continue;
            };
            if let Some(known) = get(&device) {
                let touch = before(text, first, start)?;
                let is_doubtful = is_cut || touch == Before::Doubtful || after(text, end);
                let verdict = Verdict::certain(spelling(text, start..end, &device));
                return Some(Found {
                    device: known,
                    range: start..end,
                    verdict: if is_doubtful {
                        verdict.doubtful()
                    } else {
                        verdict
                    },
                });
            }
        }
    }
    None
}

/// The bytes at the end of a text that may be a local part.
fn local_before(text: &str) -> usize {
    let is_local = |b: &u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~.".contains(b);
    text.bytes().rev().take_while(is_local).count()
}

/// The bytes at the beginning of a text that may be a domain, without a full stop or hyphen at its end.
fn domain_after(text: &str) -> usize {
    let is_domain = |c: char| {
        c.is_ascii_alphanumeric()
            || c == '-'
            || c == '.'
            || !c.is_ascii() && !c.is_whitespace() && !is_punctuation(c)
    };
    let end = text.find(|c| !is_domain(c)).unwrap_or(text.len());
    let domain = text[..end].trim_end_matches(['.', '-']).len();
    // An address with a longer one is none, and not worth reading.
    if domain > LONGEST_DOMAIN { 0 } else { domain }
}

/// Quotes, dashes and the like that are not ASCII.
fn is_punctuation(c: char) -> bool {
    matches!(c, '\u{a1}'..='\u{a9}' | '\u{ab}'..='\u{b4}' | '\u{b6}'..='\u{b9}' | '\u{bb}'..='\u{bf}')
        || matches!(c, '\u{2010}'..='\u{206f}' | '\u{3001}' | '\u{3003}'..='\u{3020}')
}

/// Where a domain goes on in a script that is written without blanks.
fn before_other_script(domain: &str) -> usize {
    domain.find(|c| c >= '\u{2e80}').unwrap_or(domain.len())
}

/// Where the local part may begin: as early as possible, or after a character that may end what is before it.
fn starts(text: &str, first: usize, at: usize) -> impl Iterator<Item = usize> + '_ {
    let local = &text[first..at];
    let later = local
        .char_indices()
        .filter(|(_, c)| ENDS.contains(*c) || MAY_END.contains(*c));
    let all = std::iter::once(first).chain(later.map(move |(place, _)| first + place + 1));
    all.filter(move |start| (1..=LONGEST_LOCAL).contains(&(at - start)))
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Before {
    Clear,
    Doubtful,
}

/// What is before an address that begins at `start`, in a run of characters that begins at `first`; `None` if it is part of another
/// address.
fn before(text: &str, first: usize, start: usize) -> Option<Before> {
    let c = text[..start].chars().next_back();
    if start > first {
        let c = c.unwrap_or_default();
        // A quote opens if nothing is before it; otherwise it is an apostrophe, as in o'hara.
        let is_apostrophe = c == '\'' && text[..start - 1].ends_with(|c: char| c.is_alphanumeric());
        return match ENDS.contains(c) && !is_apostrophe {
            true => Some(Before::Clear),
            false => (!is_apostrophe).then_some(Before::Doubtful),
        };
    }
    match c {
        Some('@') => Some(Before::Doubtful),
        Some(c)
            if c.is_alphanumeric() || !c.is_ascii() && !c.is_whitespace() && !is_punctuation(c) =>
        {
            (c >= '\u{2e80}').then_some(Before::Doubtful)
        }
        _ => Some(Before::Clear),
    }
}

/// Whether what is after an address makes it doubtful.
fn after(text: &str, end: usize) -> bool {
    text[end..].starts_with(['_', '@'])
}

fn spelling(text: &str, range: Range<usize>, device: &Device) -> Spelling {
    let Device::Email(email) = device else {
        return Spelling::Canonical;
    };
    let (before, after) = (&text[..range.start], &text[range.end..]);
    let written = &text[range];
    let mailto = before
        .len()
        .checked_sub("mailto:".len())
        .and_then(|at| before.get(at..));
    if before.ends_with('<') && after.starts_with('>') {
        Spelling::NameAddr
    } else if mailto.is_some_and(|scheme| scheme.eq_ignore_ascii_case("mailto:")) {
        Spelling::Mailto
    } else if !written.is_ascii()
        || email.canonical().contains("@xn--")
        || email.canonical().contains(".xn--")
    {
        Spelling::Idna
    } else if written == email.canonical() {
        Spelling::Canonical
    } else {
        Spelling::LetterCase
    }
}
