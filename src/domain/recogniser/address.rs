//! IP addresses in a text.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::ops::Range;

use super::occurrence::{Found, Spelling, Verdict};
use crate::domain::device::{Device, DeviceKind};

/// Words after which four numbers are a version.
const VERSIONS: [&str; 6] = ["version", "ver", "v", "release", "build", "firmware"];

/// Addresses in a text that `get` knows.
pub(super) fn find<D>(text: &str, get: impl Fn(&Device) -> Option<D>, found: &mut Vec<Found<D>>) {
    let is_part = |b: &u8| b.is_ascii_hexdigit() || matches!(b, b':' | b'.');
    let bytes = text.as_bytes();
    let mut from = 0;
    while let Some(start) = bytes[from..].iter().position(is_part) {
        let start = from + start;
        let length = bytes[start..].iter().position(|b| !is_part(b));
        let end = length.map_or(bytes.len(), |length| start + length);
        token(text, start..end, &get, found);
        from = end;
    }
}

/// A run of hexadecimal digits, colons and dots.
fn token<D>(
    text: &str,
    token: Range<usize>,
    get: &impl Fn(&Device) -> Option<D>,
    found: &mut Vec<Found<D>>,
) {
    let colons = memchr::memchr_iter(b':', &text.as_bytes()[token.clone()]).count();
    if let Some(range) = (colons >= 2).then(|| version_six(text, &token)).flatten() {
        found.extend(judge(text, range, get));
        return;
    }
    // Four numbers, perhaps with a name or a port beside them.
    let mut start = token.start;
    for part in text[token.clone()].split(':') {
        let end = start + part.len();
        if part.len() >= "0.0.0.0".len() && part.contains('.') {
            let range = trimmed(text, start..end, token.end);
            if text[range.clone()].parse::<Ipv4Addr>().is_ok() {
                found.extend(judge(text, range, get));
            }
        }
        start = end + 1;
    }
}

/// Without the full stop of a sentence.
fn trimmed(text: &str, part: Range<usize>, token_end: usize) -> Range<usize> {
    let is_last = part.end == token_end;
    let is_word = text[part.end..].starts_with(|c: char| c.is_alphanumeric());
    match is_last && !is_word && text[part.clone()].ends_with('.') {
        true => part.start..part.end - 1,
        false => part,
    }
}

/// The IPv6 address that a run is: without the colon after a name and the punctuation after it.
fn version_six(text: &str, token: &Range<usize>) -> Option<Range<usize>> {
    let mut range = token.clone();
    let is_tagged = text[..range.start].len().checked_sub(3).is_some_and(|at| {
        text.get(at..range.start)
            .is_some_and(|tag| tag.eq_ignore_ascii_case("ipv"))
    });
    if is_tagged && text[range.clone()].starts_with("6:") {
        range.start += 2;
    }
    let is_one = |range: &Range<usize>| text[range.clone()].parse::<Ipv6Addr>().is_ok();
    while !is_one(&range) {
        let written = &text[range.clone()];
        if written.starts_with(':') && !written.starts_with("::") {
            range.start += 1;
        } else if written.ends_with('.') || written.ends_with(':') && !written.ends_with("::") {
            range.end -= 1;
        } else {
            return None;
        }
    }
    Some(range)
}

/// The judgement on an address with what is around it.
fn judge<D>(
    text: &str,
    range: Range<usize>,
    get: &impl Fn(&Device) -> Option<D>,
) -> Option<Found<D>> {
    let device = Device::parse(DeviceKind::Ipaddr, &text[range.clone()]).ok()?;
    let known = get(&device)?;
    let Device::IpAddr(address) = device else {
        return None;
    };
    let (before, after) = (&text[..range.start], &text[range.end..]);
    let is_word = |c: char| c == '_' || c.is_alphanumeric() && c < '\u{2e80}';
    if before.ends_with(is_word)
        || after.starts_with(is_word)
        || after.starts_with('.') && after[1..].starts_with(is_word)
    {
        return None;
    }
    let hyphen = |text: &str| {
        text.strip_prefix('-')
            .is_some_and(|rest| rest.starts_with(is_word))
    };
    let is_joined = before
        .strip_suffix('-')
        .is_some_and(|rest| rest.ends_with(is_word))
        || hyphen(after);
    let mut doubt = is_joined || address.is_ipv4() && is_version(before) || before.ends_with('.');
    let written = &text[range.clone()];
    let is_port = |rest: &str| rest.starts_with(|c: char| c.is_ascii_digit());
    let mut end = range.end;
    let mut spelling = if after
        .strip_prefix(':')
        .or(after.strip_prefix("]:"))
        .is_some_and(is_port)
    {
        Spelling::Port
    } else if address.is_ipv4() && written.contains(':') {
        Spelling::Mapped
    } else if written == address.to_string() {
        Spelling::Canonical
    } else {
        Spelling::Notation
    };
    if !is_in_path(before)
        && let Some(length) = prefix_length(after)
    {
        let is_written_as_six = written.contains(':');
        match network(address, is_written_as_six, length.bits) {
            Network::Host => {
                end += length.written;
                spelling = Spelling::Prefix;
            }
            Network::Interface => doubt = true,
            Network::Range => return None,
        }
    }
    let verdict = Verdict::certain(spelling);
    Some(Found {
        device: known,
        range: range.start..end,
        verdict: if doubt { verdict.doubtful() } else { verdict },
    })
}

/// Whether a word before four numbers says that they are a version.
fn is_version(before: &str) -> bool {
    let before = before.trim_end_matches([' ', ':', '=', '"', '\'']);
    let word = before
        .rsplit(|c: char| !c.is_ascii_alphanumeric())
        .next()
        .unwrap_or_default();
    VERSIONS
        .iter()
        .any(|version| word.eq_ignore_ascii_case(version))
}

/// Whether an address is the host of a URL, so that a slash after it begins a path.
fn is_in_path(before: &str) -> bool {
    let before = before.strip_suffix('[').unwrap_or(before);
    before.ends_with("//") || before.ends_with('@')
}

/// The length of a prefix, and of how it is written.
struct PrefixLength {
    bits: u32,
    written: usize,
}

fn prefix_length(after: &str) -> Option<PrefixLength> {
    let rest = after.strip_prefix('/')?;
    let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let ends = !rest[digits..].starts_with(|c: char| c == '/' || c == '_' || c.is_alphanumeric());
    let bits = rest[..digits]
        .parse::<u32>()
        .ok()
        .filter(|_| digits <= 3 && ends)?;
    (bits <= 128).then_some(PrefixLength {
        bits,
        written: 1 + digits,
    })
}

enum Network {
    /// One address.
    Host,
    /// An address with the network that it is in.
    Interface,
    /// A network.
    Range,
}

fn network(address: IpAddr, is_written_as_six: bool, bits: u32) -> Network {
    let (value, width) = match address {
        IpAddr::V4(v4) if is_written_as_six => (u128::from(v4.to_bits()), 128),
        IpAddr::V4(v4) => (u128::from(v4.to_bits()), 32),
        IpAddr::V6(v6) => (v6.to_bits(), 128),
    };
    let host_bits = width - bits.min(width);
    let mask = (1_u128 << host_bits.min(127)) - 1;
    match (host_bits, value & mask) {
        (0, _) => Network::Host,
        (_, 0) => Network::Range,
        _ => Network::Interface,
    }
}
