//! The wanted devices, arranged so that a value without any of them is passed over quickly.

use std::collections::HashMap;
use std::net::IpAddr;

use unicode_normalization::UnicodeNormalization as _;

use super::number::FEWEST_DIGITS;
use crate::domain::device::Device;
use crate::domain::numbering::{NumberingPlan, country_code_length};

/// Seven digits, four bits each.
const TAIL: u64 = (1 << (4 * FEWEST_DIGITS)) - 1;

/// The last digits of a text, four bits each; `count` is how many digits there are in all.
pub(super) fn tail_key(packed: u64, count: usize) -> u64 {
    match count < FEWEST_DIGITS {
        // A one before them, because zeros at the front count.
        true => 1 << (4 * count) | packed & ((1 << (4 * count)) - 1),
        false => TAIL + 1 + (packed & TAIL),
    }
}

fn key_of(digits: &[u8]) -> u64 {
    let last = &digits[digits.len().saturating_sub(FEWEST_DIGITS)..];
    let packed = last
        .iter()
        .fold(0, |packed, digit| packed << 4 | u64::from(digit - b'0'));
    tail_key(packed, digits.len())
}

/// A set of keys that may say that it contains one that it does not, and never the other way round.
pub(super) struct Bits {
    words: Vec<u64>,
    shift: u32,
}

impl Bits {
    fn of(keys: impl ExactSizeIterator<Item = u64>) -> Bits {
        // 64 bits for each key: one in 64 of other keys is believed to be contained.
        let bits = (keys.len() * 64).next_power_of_two().max(64);
        let mut set = Bits {
            words: vec![0; bits / 64],
            shift: 64 - bits.trailing_zeros(),
        };
        for key in keys {
            let (word, bit) = set.place(key);
            set.words[word] |= bit;
        }
        set
    }

    fn place(&self, key: u64) -> (usize, u64) {
        let hash = key.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> self.shift;
        ((hash >> 6) as usize, 1 << (hash & 63))
    }

    #[inline]
    pub(super) fn may_contain(&self, key: u64) -> bool {
        let (word, bit) = self.place(key);
        self.words[word] & bit != 0
    }
}

/// The wanted phones by their last digits.
pub(super) struct Phones {
    /// Sorted.
    tails: Vec<(u64, u32)>,
    bits: Bits,
    /// Whether a number of fewer than seven digits may be one of them.
    has_short: bool,
    digits: HashMap<u32, Box<[u8]>>,
}

impl Phones {
    fn of(phones: Vec<(u32, Box<[u8]>)>) -> Phones {
        let mut tails = Vec::with_capacity(phones.len());
        for (device, digits) in &phones {
            tails.push((key_of(digits), *device));
            let national = &digits[country_code_length(digits)..];
            // Then a country code and a trunk prefix are among the last seven digits.
            if national.len() < FEWEST_DIGITS {
                let plan = NumberingPlan::of_number(digits);
                let trunks = plan
                    .into_iter()
                    .flat_map(|plan| plan.trunks.iter().copied());
                for trunk in trunks.chain(["", "0"]) {
                    let code = &digits[..digits.len() - national.len()];
                    for code in [&b""[..], code] {
                        let written = [code, trunk.as_bytes(), national].concat();
                        tails.push((key_of(&written), *device));
                    }
                }
            }
        }
        tails.sort_unstable();
        tails.dedup();
        Phones {
            bits: Bits::of(tails.iter().map(|(key, _)| *key)),
            has_short: tails.first().is_some_and(|(key, _)| *key <= TAIL),
            tails,
            digits: phones.into_iter().collect(),
        }
    }

    /// The devices that may be spelled by the end of some digits.
    pub(super) fn ending(&self, digits: &[u8]) -> impl Iterator<Item = usize> + '_ {
        let key = key_of(digits);
        self.with_key(key).map(|(_, device)| *device as usize)
    }

    fn with_key(&self, key: u64) -> impl Iterator<Item = &(u64, u32)> {
        let first = self.tails.partition_point(|(tail, _)| *tail < key);
        self.tails[first..]
            .iter()
            .take_while(move |(tail, _)| *tail == key)
    }

    /// The digits of a device.
    pub(super) fn digits(&self, device: usize) -> &[u8] {
        let device = u32::try_from(device).expect("it is a device of this index");
        self.digits.get(&device).map_or(&[], |digits| digits)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.tails.is_empty()
    }

    /// Whether fewer than seven digits may be enough.
    pub(super) fn has_short(&self) -> bool {
        self.has_short
    }

    /// Whether digits may be the end of a wanted number: packed four bits each, and how many there are.
    #[inline]
    pub(super) fn may_end(&self, packed: u64, count: usize) -> bool {
        let has = |key| self.bits.may_contain(key) && self.with_key(key).next().is_some();
        count >= FEWEST_DIGITS && has(tail_key(packed, count))
            || self.has_short && self.may_end_short(packed, count)
    }

    /// What is before the digits may turn out to be no part of their number.
    #[cold]
    fn may_end_short(&self, packed: u64, count: usize) -> bool {
        let mut keys = (1..FEWEST_DIGITS.min(count + 1)).map(|digits| tail_key(packed, digits));
        keys.any(|key| self.with_key(key).next().is_some())
    }
}

/// Bytes before the `@` of an email that are compared in the first pass.
const LOCAL: usize = 7;

/// The wanted emails.
pub(super) struct Emails {
    by_device: HashMap<Device, u32>,
    bits: Bits,
    /// Bit n: a local part has n bytes; the last one: or more.
    lengths: u16,
}

impl Emails {
    fn of(by_device: HashMap<Device, u32>) -> Emails {
        let mut keys = Vec::new();
        let mut lengths = 0;
        for device in by_device.keys() {
            let Device::Email(email) = device else {
                continue;
            };
            for form in email.forms() {
                let at = form.find('@').unwrap_or_default();
                let length = at.min(LOCAL);
                lengths |= 1 << length;
                keys.extend(email_key(form.as_bytes(), at, length));
                // The first letter of a domain may be stored apart from its marks.
                let domain: String = form[at + 1..].nfd().collect();
                let decomposed = format!("{}@{domain}", &form[..at]);
                keys.extend(email_key(decomposed.as_bytes(), at, length));
            }
        }
        Emails {
            by_device,
            bits: Bits::of(keys.into_iter()),
            lengths,
        }
    }

    pub(super) fn get(&self, device: &Device) -> Option<usize> {
        self.by_device.get(device).map(|device| *device as usize)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.by_device.is_empty()
    }

    /// Whether the address around an `@` may be a wanted one.
    pub(super) fn may_be_at(&self, text: &[u8], at: usize) -> bool {
        let has_length = |length: &usize| self.lengths & (1 << length) != 0 && *length <= at;
        let lengths = (1..=LOCAL).rev().filter(has_length);
        let mut keys = lengths.map(|length| email_key(text, at, length));
        // A domain outside ASCII may have several forms.
        keys.any(|key| key.is_none_or(|key| self.bits.may_contain(key)))
    }
}

/// Some bytes before an `@` and one after it, in lower case; `None` where they are not all ASCII.
fn email_key(text: &[u8], at: usize, length: usize) -> Option<u64> {
    let local = text[at - length..at].iter();
    let domain = *text.get(at + 1)?;
    let fold = |key: u64, byte: &u8| key << 8 | u64::from(byte.to_ascii_lowercase());
    domain
        .is_ascii()
        .then(|| local.chain([&domain]).fold(0, fold))
}

/// The wanted addresses.
pub(super) struct Addresses {
    by_device: HashMap<Device, u32>,
    quads: Bits,
    has_quads: bool,
}

impl Addresses {
    fn of(by_device: HashMap<Device, u32>) -> Addresses {
        let quads: Vec<u64> = by_device
            .keys()
            .filter_map(|device| match device {
                Device::IpAddr(IpAddr::V4(address)) => Some(u64::from(address.to_bits())),
                // `::a.b.c.d` and the like have a quad in them.
                Device::IpAddr(IpAddr::V6(address)) => Some(u64::from(address.to_bits() as u32)),
                _ => None,
            })
            .collect();
        Addresses {
            has_quads: !quads.is_empty(),
            quads: Bits::of(quads.into_iter()),
            by_device,
        }
    }

    pub(super) fn get(&self, device: &Device) -> Option<usize> {
        self.by_device.get(device).map(|device| *device as usize)
    }

    pub(super) fn is_empty(&self) -> bool {
        !self.has_quads
    }

    /// Whether four numbers with dots between them may be a wanted address, or the end of one.
    #[inline]
    pub(super) fn may_be(&self, quad: u32) -> bool {
        self.quads.may_contain(u64::from(quad))
    }
}

/// All wanted devices.
pub(super) struct Index {
    pub(super) phones: Phones,
    pub(super) emails: Emails,
    pub(super) addresses: Addresses,
}

impl Index {
    pub(super) fn of(devices: &[Device]) -> Index {
        let mut phones = Vec::new();
        let mut emails = HashMap::new();
        let mut addresses = HashMap::new();
        for (number, device) in (0..).zip(devices) {
            match device {
                Device::Phone(phone) => phones.push((number, phone.digits().as_bytes().into())),
                Device::Email(_) => {
                    emails.entry(device.clone()).or_insert(number);
                }
                Device::IpAddr(_) => {
                    addresses.entry(device.clone()).or_insert(number);
                }
            }
        }
        // Of equal devices the first one is meant.
        phones.sort_by(|(a, one), (b, other): &(u32, Box<[u8]>)| (one, a).cmp(&(other, b)));
        phones.dedup_by(|(_, later), (_, first)| later == first);
        Index {
            phones: Phones::of(phones),
            emails: Emails::of(emails),
            addresses: Addresses::of(addresses),
        }
    }
}
