//! Devices: phones, emails and IP addresses, parsed once into their canonical form (contract section 2).
//!
//! A device is never printed: its `Debug` shows only the kind, and there is no `Display`.

mod domestic;
mod transposed;

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use idna::uts46::{AsciiDenyList, Hyphens, Uts46};
use unicode_normalization::char::is_combining_mark;

/// The three kinds of device, named as the keys of a contact.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    serde::Deserialize,
    schemars::JsonSchema,
    serde::Serialize,
    strum::EnumString,
    strum::IntoStaticStr,
)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub enum DeviceKind {
    Phone,
    Email,
    Ipaddr,
}

impl DeviceKind {
    /// The kind with this key (case-sensitive); `None` is an unsupported device type.
    pub(crate) fn from_key(key: &str) -> Option<DeviceKind> {
        match key {
            "phone" => Some(DeviceKind::Phone),
            "email" => Some(DeviceKind::Email),
            "ipaddr" => Some(DeviceKind::Ipaddr),
            _ => None,
        }
    }

    /// `phone`, `email` or `ipaddr`: the key in a submission, and part of a placeholder.
    pub fn as_str(self) -> &'static str {
        match self {
            DeviceKind::Phone => "phone",
            DeviceKind::Email => "email",
            DeviceKind::Ipaddr => "ipaddr",
        }
    }
}

impl fmt::Display for DeviceKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The value is not valid for its kind. The error has no details, so that it cannot leak the value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("incorrect device format")]
pub struct IncorrectFormat;

/// A device in canonical form.
///
/// Two spellings of one device (different case, different grouping, the punycode form of a domain) are equal.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Device {
    Phone(Phone),
    /// Boxed, because most devices are phones, of which there may be millions.
    Email(Box<Email>),
    IpAddr(IpAddr),
}

impl Device {
    /// Parses `value` as a device of `kind`. Surrounding white space is ignored.
    pub fn parse(kind: DeviceKind, value: &str) -> Result<Device, IncorrectFormat> {
        let value = value.trim();
        match kind {
            DeviceKind::Phone => Phone::parse(value).map(Device::Phone),
            DeviceKind::Email => Email::parse(value).map(|email| Device::Email(Box::new(email))),
            DeviceKind::Ipaddr => parse_address(value).map(Device::IpAddr),
        }
    }

    /// The kind of this device.
    pub fn kind(&self) -> DeviceKind {
        match self {
            Device::Phone(_) => DeviceKind::Phone,
            Device::Email(_) => DeviceKind::Email,
            Device::IpAddr(_) => DeviceKind::Ipaddr,
        }
    }
}

impl fmt::Debug for Device {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}(…)", self.kind())
    }
}

/// A phone number in international notation (ITU-T E.123), stored as the digits of its E.164 form.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Phone {
    /// ASCII digits, padded with zero bytes, so that phones are sorted by their digits.
    digits: [u8; MOST_DIGITS],
    length: u8,
}

/// Number of digits of the longest phone (E.164).
const MOST_DIGITS: usize = 15;

impl Phone {
    /// `+`, then 7 to 15 digits, the first one 1 to 9; groups may be separated by single spaces.
    fn parse(value: &str) -> Result<Phone, IncorrectFormat> {
        let groups = value.strip_prefix('+').ok_or(IncorrectFormat)?;
        let mut digits = [0; MOST_DIGITS];
        let mut length = 0;
        for group in groups.split(' ') {
            if group.is_empty() || !group.bytes().all(|b| b.is_ascii_digit()) {
                return Err(IncorrectFormat);
            }
            let room = digits.get_mut(length..length + group.len());
            room.ok_or(IncorrectFormat)?
                .copy_from_slice(group.as_bytes());
            length += group.len();
        }
        if length < 7 || digits[0] == b'0' {
            return Err(IncorrectFormat);
        }
        let length = length as u8;
        Ok(Phone { digits, length })
    }

    /// E.164: `+17815551212`.
    pub fn e164(&self) -> String {
        format!("+{}", self.digits())
    }

    /// E.164 without the plus: `17815551212`.
    pub fn digits(&self) -> &str {
        str::from_utf8(&self.digits[..usize::from(self.length)]).expect("digits are ASCII")
    }

    /// The national form in an account with this dialling code (digits; a plus is ignored) and trunk prefix; `None` where the
    /// phone has another dialling code.
    pub(crate) fn national(&self, dialling_code: &str, trunk_prefix: &str) -> Option<String> {
        let dialling_code = dialling_code.trim_start_matches('+');
        if dialling_code.is_empty() {
            return None;
        }
        let number = self.digits().strip_prefix(dialling_code)?;
        (!number.is_empty()).then(|| format!("{trunk_prefix}{number}"))
    }
}

impl fmt::Debug for Phone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("phone(…)")
    }
}

/// An email address in lower case, with its domain in Unicode and in punycode.
#[derive(Clone)]
pub struct Email {
    /// As given, trimmed and lower case.
    canonical: Box<str>,
    /// The domain in ASCII; the address's identity. `None` when this is the canonical form.
    ascii: Option<Box<str>>,
    /// The domain in Unicode, `None` when this is the canonical form.
    unicode: Option<Box<str>>,
}

impl Email {
    /// A dot-atom (RFC 5322) of at most 64 octets, one `@`, and a domain of at most 255 octets.
    fn parse(value: &str) -> Result<Email, IncorrectFormat> {
        let (local, domain) = value.split_once('@').ok_or(IncorrectFormat)?;
        if local.len() > 64 || domain.len() > 255 || !is_dot_atom(local) {
            return Err(IncorrectFormat);
        }
        let local = local.to_ascii_lowercase();
        // Letter by letter, as IDNA and most servers do: a capital sigma always becomes σ.
        let domain: String = domain.chars().flat_map(char::to_lowercase).collect();
        // Lower case may be longer.
        if domain.len() > 255 || !is_domain(&domain) {
            return Err(IncorrectFormat);
        }
        let other = |form: String| (form != domain).then(|| format!("{local}@{form}").into());
        // Some letters are normalised to sequences with a blank or a bracket, which no domain may contain.
        let letters = AsciiDenyList::STD3;
        let to_ascii = |domain: &str| {
            let ascii = idna::domain_to_ascii_cow(domain.as_bytes(), letters);
            ascii.map(|ascii| ascii.into_owned()).ok()
        };
        let ascii = to_ascii(&domain);
        let (unicode, outcome) =
            Uts46::new().to_unicode(domain.as_bytes(), letters, Hyphens::Allow);
        // A decoded domain that is not valid cannot be encoded again.
        let unicode = outcome.ok().and_then(|()| {
            let is_reversible = || ascii.is_some() && to_ascii(&unicode) == ascii;
            (unicode != domain && is_reversible()).then(|| unicode.into_owned())
        });
        Ok(Email {
            canonical: format!("{local}@{domain}").into(),
            ascii: ascii.and_then(other),
            unicode: unicode.and_then(other),
        })
    }

    /// Trimmed, lower case.
    pub fn canonical(&self) -> &str {
        &self.canonical
    }

    /// Every lower-case form in which the address may be stored: canonical, punycode, Unicode. At least one.
    pub fn forms(&self) -> impl Iterator<Item = &str> {
        std::iter::once(&*self.canonical)
            .chain(self.ascii.as_deref())
            .chain(self.unicode.as_deref())
    }

    fn identity(&self) -> &str {
        self.ascii.as_deref().unwrap_or(&self.canonical)
    }
}

impl PartialEq for Email {
    fn eq(&self, other: &Email) -> bool {
        self.identity() == other.identity()
    }
}

impl Eq for Email {}

impl std::hash::Hash for Email {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.identity().hash(state);
    }
}

impl PartialOrd for Email {
    fn partial_cmp(&self, other: &Email) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Email {
    fn cmp(&self, other: &Email) -> std::cmp::Ordering {
        self.identity().cmp(other.identity())
    }
}

impl fmt::Debug for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("email(…)")
    }
}

/// RFC 5322 dot-atom-text: atoms of `atext`, separated by single dots.
fn is_dot_atom(text: &str) -> bool {
    text.split('.')
        .all(|atom| !atom.is_empty() && atom.bytes().all(is_atext))
}

/// RFC 5322 section 3.2.3.
fn is_atext(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~".contains(&byte)
}

/// Two or more labels of letters, combining marks (vowels in many scripts), digits and inner hyphens.
fn is_domain(text: &str) -> bool {
    text.contains('.') && text.split('.').all(is_label)
}

fn is_label(label: &str) -> bool {
    !label.is_empty()
        && !label.starts_with(|c| c == '-' || is_combining_mark(c))
        && !label.ends_with('-')
        && label.chars().all(|c| {
            c == '-'
                || if c.is_ascii() {
                    c.is_ascii_alphanumeric()
                } else {
                    c.is_alphanumeric() || is_combining_mark(c)
                }
        })
}

/// IPv4 dotted quad without leading zeros, or IPv6; a mapped address is its IPv4.
///
/// 2001:db8::/32 (RFC 3849) is refused, because placeholders are in it.
fn parse_address(value: &str) -> Result<IpAddr, IncorrectFormat> {
    let address = value
        .parse::<IpAddr>()
        .map_err(|_| IncorrectFormat)?
        .to_canonical();
    match address {
        IpAddr::V6(v6) if v6.segments()[..2] == [0x2001, 0x0db8] => Err(IncorrectFormat),
        _ => Ok(address),
    }
}

/// The forms in which PostgreSQL's `host()` prints an address: an IPv4 address may be stored as its mapped IPv6 address, and
/// `inet` prints the last 32 bits of an IPv6 address in `::/96` as a dotted quad.
pub fn address_forms(address: IpAddr) -> Vec<String> {
    let mut forms = vec![address.to_string()];
    match address {
        IpAddr::V4(v4) => forms.push(format!("::ffff:{v4}")),
        IpAddr::V6(v6) => forms.extend(compatible_quad(v6).map(|v4| format!("::{v4}"))),
    }
    forms
}

/// The IPv4 part of an IPv4-compatible address (`::a.b.c.d`).
fn compatible_quad(v6: Ipv6Addr) -> Option<Ipv4Addr> {
    let octets = v6.octets();
    let compatible = octets[..12].iter().all(|&o| o == 0) && octets[12..14] != [0, 0];
    compatible.then(|| Ipv4Addr::new(octets[12], octets[13], octets[14], octets[15]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("+1 781 555 1212", "+17815551212")]
    #[case("+17815551212", "+17815551212")]
    #[case("  +44 20 7946 0123\t", "+442079460123")]
    #[case("+1 2 3 4 5 6 7", "+1234567")]
    #[case("+123456789012345", "+123456789012345")]
    fn phones_are_canonical(#[case] given: &str, #[case] canonical: &str) {
        let Ok(Device::Phone(phone)) = Device::parse(DeviceKind::Phone, given) else {
            panic!("refused")
        };
        assert_eq!(phone.e164(), canonical);
        assert_eq!(format!("+{}", phone.digits()), canonical);
    }

    #[rstest]
    #[case("617 555 1313")]
    #[case("17815551212")]
    #[case("")]
    #[case("+")]
    #[case("+123456")]
    #[case("+1234567890123456")]
    #[case("+0 781 555 1212")]
    #[case("+1  781 555 1212")]
    #[case("+ 1 781 555 1212")]
    #[case("+1 (781) 555 1212")]
    #[case("+1-781-555-1212")]
    #[case("+1.781.555.1212")]
    #[case("+1 781 555 CALL")]
    #[case("+1\t781 555 1212")]
    #[case("+1 781\u{a0}555 1212")]
    #[case("+1781555121\u{0}2")]
    #[case("+١٧٨١٥٥٥١٢١٢")]
    #[case("++17815551212")]
    #[case("+1 781 555 1212 ext 3")]
    #[case("anon-phone-abcdefghijklmnopqrstuvwxyz")]
    fn wrong_phones_are_refused(#[case] given: &str) {
        assert_eq!(
            Device::parse(DeviceKind::Phone, given),
            Err(IncorrectFormat)
        );
    }

    #[rstest]
    #[case("1", "1", Some("17815551212"))]
    #[case("+1", "", Some("7815551212"))]
    #[case("44", "0", None)]
    #[case("", "0", None)]
    #[case("17815551212", "0", None)]
    fn national_forms(#[case] code: &str, #[case] trunk: &str, #[case] form: Option<&str>) {
        let Ok(Device::Phone(phone)) = Device::parse(DeviceKind::Phone, "+1 781 555 1212") else {
            panic!("refused")
        };
        assert_eq!(phone.national(code, trunk).as_deref(), form);
    }

    #[rstest]
    #[case("Test@Test.COM ", "test@test.com")]
    #[case("o'hara+list@sub.example.com", "o'hara+list@sub.example.com")]
    #[case("{a}|~^b@1.2", "{a}|~^b@1.2")]
    #[case("x@BÜCHER.example", "x@bücher.example")]
    #[case("x@ΟΔΟΣ.example", "x@οδοσ.example")]
    #[case("x@İ.example", "x@i\u{307}.example")]
    #[case("x@हिन्दी.example", "x@हिन्दी.example")]
    #[case("x@சிங்கப்பூர்.example", "x@சிங்கப்பூர்.example")]
    fn emails_are_canonical(#[case] given: &str, #[case] canonical: &str) {
        let Ok(Device::Email(email)) = Device::parse(DeviceKind::Email, given) else {
            panic!("refused")
        };
        assert_eq!(email.canonical(), canonical);
    }

    #[rstest]
    #[case("test")]
    #[case("test@test")]
    #[case("a@b@example.com")]
    #[case("@example.com")]
    #[case("a@")]
    #[case(".a@example.com")]
    #[case("a.@example.com")]
    #[case("a..b@example.com")]
    #[case("a b@example.com")]
    #[case("\"a b\"@example.com")]
    #[case("a@example.com.")]
    #[case("a@.example.com")]
    #[case("a@-x.example.com")]
    #[case("a@x-.example.com")]
    #[case("a@exa_mple.com")]
    #[case("a@\u{301}example.com")]
    #[case("a@[192.0.2.1]")]
    #[case("ä@example.com")]
    #[case("a(c)@example.com")]
    #[case("anon-email-abcdefghijklmnopqrstuvwxyz")]
    fn wrong_emails_are_refused(#[case] given: &str) {
        assert_eq!(
            Device::parse(DeviceKind::Email, given),
            Err(IncorrectFormat)
        );
    }

    #[test]
    fn email_lengths_are_64_and_255() {
        let parse = |local: usize, domain: usize| {
            let address = format!("{}@{}.com", "l".repeat(local), "d".repeat(domain - 4));
            Device::parse(DeviceKind::Email, &address).is_ok()
        };
        assert!(parse(64, 255));
        assert!(!parse(65, 255));
        assert!(!parse(64, 256));
        let growing = format!("l@{}.com", "İ".repeat(125));
        assert!(Device::parse(DeviceKind::Email, &growing).is_err());
    }

    #[test]
    fn an_email_and_its_punycode_form_are_one_device() {
        let unicode = Device::parse(DeviceKind::Email, "x@bücher.example").unwrap();
        let punycode = Device::parse(DeviceKind::Email, "X@xn--bcher-kva.example").unwrap();
        assert_eq!(unicode, punycode);
        for device in [unicode, punycode] {
            let Device::Email(email) = device else {
                panic!("an email")
            };
            let mut forms: Vec<_> = email.forms().collect();
            forms.sort_unstable();
            assert_eq!(forms, ["x@bücher.example", "x@xn--bcher-kva.example"]);
        }
    }

    #[rstest]
    #[case("x@z\u{37a}.example")]
    #[case("x@⑴.example")]
    #[case("x@xn--xn--zzzzziiiimpbcb-zvv.example")]
    fn what_no_domain_can_be_has_no_other_form(#[case] given: &str) {
        let Ok(Device::Email(email)) = Device::parse(DeviceKind::Email, given) else {
            panic!("refused")
        };
        assert_eq!(email.forms().collect::<Vec<_>>(), [given]);
    }

    #[rstest]
    #[case("10.10.10.10", "10.10.10.10")]
    #[case("::ffff:192.0.2.1", "192.0.2.1")]
    #[case("3FFF:0:0:0::1", "3fff::1")]
    fn addresses_are_canonical(#[case] given: &str, #[case] canonical: &str) {
        let Ok(Device::IpAddr(address)) = Device::parse(DeviceKind::Ipaddr, given) else {
            panic!("refused")
        };
        assert_eq!(address.to_string(), canonical);
    }

    #[rstest]
    #[case("10.10.10")]
    #[case("10.10.10.010")]
    #[case("10.10.10.256")]
    #[case("10.10.10.10/32")]
    #[case("2001:db8::1")]
    #[case("2001:DB8:1234::")]
    #[case("fe80::1%eth0")]
    #[case("1")]
    #[case("anon-ipaddr-abcdefghijklmnopqrstuvwxyz")]
    fn wrong_addresses_are_refused(#[case] given: &str) {
        assert_eq!(
            Device::parse(DeviceKind::Ipaddr, given),
            Err(IncorrectFormat)
        );
    }

    #[rstest]
    #[case("192.0.2.1", &["192.0.2.1", "::ffff:192.0.2.1"])]
    #[case("3fff::1", &["3fff::1"])]
    #[case("::192.0.2.1", &["::c000:201", "::192.0.2.1"])]
    #[case("::1", &["::1"])]
    fn addresses_are_looked_for_as_inet_prints_them(#[case] given: &str, #[case] forms: &[&str]) {
        assert_eq!(address_forms(given.parse().unwrap()), forms);
    }

    #[test]
    fn debug_hides_the_value() {
        for (kind, value) in [
            (DeviceKind::Phone, "+15555550100"),
            (DeviceKind::Email, "a@example.com"),
            (DeviceKind::Ipaddr, "192.0.2.1"),
        ] {
            assert_eq!(
                format!("{:?}", Device::parse(kind, value).unwrap()),
                format!("{kind}(…)")
            );
        }
    }
}
