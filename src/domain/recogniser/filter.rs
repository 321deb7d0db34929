//! One pass over a text that finds where a wanted device may be. It may stop at a place without one, and never passes over one.
//!
//! Digits, letters and punctuation alternate too irregularly for a processor to predict, so bytes are classified 64 at a time, without a branch, and only
//! what is long enough to be a device is looked at byte by byte.

use super::chain::may_separate;
use super::index::Index;
use super::number::FEWEST_DIGITS;
use super::view::may_hide;

/// Bytes that are classified at a time.
const BLOCK: usize = 64;
/// Colons of an IPv6 address that is not compressed are at most so far apart.
const COLON_DISTANCE: u32 = 5;
/// Colons of such an address, if its last two groups are written as an IPv4 address.
const COLONS: usize = 6;
/// Of these, so many have another one near before them in the same block, because the address may be in two blocks.
const NEAR_COLONS: u32 = 4;
/// Dots of an IPv4 address.
const DOTS: u32 = 3;

/// Where a text may hold a device, from a place on; `None` if it does not.
pub(super) fn next_candidate(index: &Index, text: &[u8], from: usize) -> Option<usize> {
    let mut done = from;
    let mut earlier = Masks::default();
    for start in (from..text.len()).step_by(BLOCK) {
        let masks = Masks::of(&text[start..text.len().min(start + BLOCK)]);
        let in_run = match masks.runs(&earlier, index.phones.has_short()) {
            0 => None,
            runs => run(index, text, start, masks.kept, runs, &mut done),
        };
        let at_mark = match masks.marks {
            0 => None,
            marks => mark(index, text, start, marks),
        };
        let is_spread = masks.near + earlier.near >= NEAR_COLONS;
        let pairs = masks.colons & (masks.colons << 1 | earlier.colons >> (BLOCK - 1));
        let at_colon = match is_spread || pairs != 0 {
            true => colon(index, text, start, pairs),
            false => None,
        };
        let candidates = [in_run, at_mark, at_colon];
        if let Some(first) = candidates.into_iter().flatten().min() {
            return Some(first);
        }
        earlier = masks;
    }
    None
}

/// The classes of the bytes of a block, a bit for each byte.
#[derive(Default)]
struct Masks {
    /// Digits and what may be between the digits of a number, and a few others.
    kept: u64,
    /// `@`, and what may begin an escape.
    marks: u64,
    colons: u64,
    /// How many colons have another one near before them, in this block.
    near: u32,
}

impl Masks {
    /// Of at most 64 bytes.
    #[inline]
    fn of(bytes: &[u8]) -> Masks {
        let mut padded = [0; BLOCK];
        let block = match bytes.first_chunk::<BLOCK>() {
            Some(block) => block,
            None => {
                padded[..bytes.len()].copy_from_slice(bytes);
                &padded
            }
        };
        let is_mark = |byte: u8| (byte == b'@') | (byte == b'\\') | (byte == b'%') | (byte == b'&');
        let colons = bits(block, |byte| byte == b':');
        let near = match colons {
            0 => 0,
            _ => near(colons),
        };
        Masks {
            kept: bits(block, is_kept),
            marks: bits(block, is_mark),
            colons,
            near,
        }
    }

    /// The bytes that end seven kept ones in a row, or one where a number may be that short.
    #[inline]
    fn runs(&self, earlier: &Masks, has_short: bool) -> u64 {
        if has_short {
            return self.kept;
        }
        const { assert!(FEWEST_DIGITS == 7) };
        let all = u128::from(self.kept) << 64 | u128::from(earlier.kept);
        let two = all & all << 1;
        let four = two & two << 2;
        let seven = four & four << 3;
        (seven >> 64) as u64
    }
}

fn near(colons: u64) -> u32 {
    let earlier = (1..=COLON_DISTANCE).fold(0, |all, distance| all | colons << distance);
    (colons & earlier).count_ones()
}

/// What [`may_separate`] accepts, and a little more, so that few comparisons decide.
#[inline(always)]
const fn is_kept(byte: u8) -> bool {
    (byte == b' ') | (byte.wrapping_sub(b'(') < 18) | (byte.wrapping_sub(b'[') < 3) | (byte >= 0x80)
}

const _: () = {
    let mut number = 0;
    while number < 256 {
        let byte = number as u8;
        assert!(is_kept(byte) || !may_separate(byte) && !byte.is_ascii_digit());
        number += 1;
    }
};

/// The bytes of a class as bits, the first one lowest.
#[inline(always)]
fn bits(block: &[u8; BLOCK], is_in_class: impl Fn(u8) -> bool) -> u64 {
    let mut class = [0; BLOCK];
    for (one, byte) in class.iter_mut().zip(block) {
        *one = u8::from(is_in_class(*byte));
    }
    let mut bits = 0;
    for (place, eight) in class.as_chunks::<8>().0.iter().enumerate() {
        // The product has the lowest bit of each byte in its highest byte.
        let eight = u64::from_le_bytes(*eight).wrapping_mul(0x0102_0408_1020_4080) >> 56;
        bits |= eight << (8 * place);
    }
    bits
}

/// The first candidate in runs of kept bytes that have one of these bits.
fn run(
    index: &Index,
    text: &[u8],
    start: usize,
    kept: u64,
    mut runs: u64,
    done: &mut usize,
) -> Option<usize> {
    while runs != 0 {
        let bit = runs.trailing_zeros();
        let at = start + bit as usize;
        // The bits up to the end of the run.
        let length = (!(kept >> bit)).trailing_zeros();
        runs &= u64::MAX.checked_shl(bit + length).unwrap_or(0);
        if at < *done {
            continue;
        }
        let mut end = text.len().min(at + length as usize);
        if bit + length == BLOCK as u32 {
            end += text[end..]
                .iter()
                .take_while(|byte| is_kept(**byte))
                .count();
        }
        let before = text[*done..at]
            .iter()
            .rev()
            .take_while(|byte| is_kept(**byte))
            .count();
        if let Some(candidate) = digits(index, &text[..end], at - before) {
            return Some(candidate);
        }
        *done = end;
    }
    None
}

/// The first group of digits that may end a device, from a place on.
fn digits(index: &Index, text: &[u8], from: usize) -> Option<usize> {
    let (phones, addresses) = (&index.phones, &index.addresses);
    let (has_phones, has_addresses) = (!phones.is_empty(), !addresses.is_empty());
    let (mut packed, mut count) = (0_u64, 0_usize);
    let (mut quad, mut dots) = (0_u32, 0_u32);
    let mut at = from;
    while let Some(gap) = text[at..].iter().position(u8::is_ascii_digit) {
        let separators = &text[at..at + gap];
        if !separators.iter().all(|byte| may_separate(*byte)) {
            count = 0;
        }
        dots = if separators == b"." { dots + 1 } else { 0 };
        at += gap;
        let start = at;
        while let Some(digit) = text
            .get(at)
            .map(|byte| byte.wrapping_sub(b'0'))
            .filter(|digit| *digit < 10)
        {
            packed = packed << 4 | u64::from(digit);
            at += 1;
        }
        count += at - start;
        if has_phones && phones.may_end(packed, count) {
            return Some(at);
        }
        quad = quad << 8 | octet(packed, at - start);
        if dots >= DOTS && has_addresses && addresses.may_be(quad) {
            return Some(at);
        }
    }
    None
}

/// The value of the last digits; of more than three digits it does not matter.
#[inline]
fn octet(packed: u64, digits: usize) -> u32 {
    let digit = |place: u32| (packed >> (4 * place) & 15) as u32;
    match digits {
        1 => digit(0),
        2 => digit(1) * 10 + digit(0),
        _ => digit(2) * 100 + digit(1) * 10 + digit(0),
    }
}

/// The first `@` of a wanted email, or escape.
fn mark(index: &Index, text: &[u8], start: usize, mut marks: u64) -> Option<usize> {
    while marks != 0 {
        let at = start + marks.trailing_zeros() as usize;
        marks &= marks - 1;
        let is_one = match text[at] {
            b'@' => !index.emails.is_empty() && index.emails.may_be_at(text, at),
            _ => may_hide(text, at),
        };
        if is_one {
            return Some(at);
        }
    }
    None
}

/// The first place where colons are as in an IPv6 address: two together, or six near one another.
#[cold]
fn colon(index: &Index, text: &[u8], start: usize, pairs: u64) -> Option<usize> {
    if index.addresses.is_empty() {
        return None;
    }
    let pair = (pairs != 0).then(|| start + pairs.trailing_zeros() as usize);
    let first = start.saturating_sub(BLOCK);
    let end = text.len().min(start + BLOCK);
    let spread = spread_out(&text[first..end]).map(|at| first + at);
    [pair, spread].into_iter().flatten().min()
}

/// The place of the last of six colons that are near one another.
fn spread_out(text: &[u8]) -> Option<usize> {
    let (mut last, mut count) = (0, 0);
    memchr::memchr_iter(b':', text).find(|at| {
        count = if at - last <= COLON_DISTANCE as usize {
            count + 1
        } else {
            1
        };
        last = *at;
        count >= COLONS
    })
}
