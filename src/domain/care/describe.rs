//! Descriptions of devices for the agent who entered them.

use std::net::IpAddr;

use crate::domain::device::{Device, DeviceKind, Phone};

/// Country names by dialling code.
const DIALLING_CODES: &str = include_str!("dialling_codes.txt");
/// Digits of a number in the North American Numbering Plan, with the country code 1.
const NORTH_AMERICAN: usize = 11;

/// Describes a device without quoting it: `a phone in the United States format`. It does not say whose device it is.
pub(crate) fn describe_device(device: &Device) -> String {
    match device {
        Device::Phone(phone) => describe_phone(phone),
        Device::Email(_) => "an email address; letter case is ignored".to_owned(),
        Device::IpAddr(address) => {
            let version = if address.is_ipv4() { 4 } else { 6 };
            let private = if is_private(address) {
                " in a private network, where several people may have the same address"
            } else {
                ""
            };
            format!("an IP address (version {version}){private}")
        }
    }
}

fn describe_phone(phone: &Phone) -> String {
    let digits = phone.digits();
    let Some((code, country)) = country(digits) else {
        return "a phone with an unknown country code".to_owned();
    };
    if code.starts_with('1') && digits.len() != NORTH_AMERICAN {
        return format!(
            "a phone with the code of {country}, but with {} digits instead of {NORTH_AMERICAN}",
            digits.len()
        );
    }
    format!("a phone in the {country} format")
}

/// The longest dialling code that the number begins with, and its country.
fn country(digits: &str) -> Option<(&'static str, &'static str)> {
    let lines = DIALLING_CODES.lines().filter(|line| !line.starts_with('#'));
    lines
        .filter_map(|line| line.split_once(' '))
        .filter(|(code, _)| digits.starts_with(code))
        .max_by_key(|(code, _)| code.len())
}

fn is_private(address: &IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => v4.is_private() || v4.is_loopback() || v4.is_link_local(),
        IpAddr::V6(v6) => v6.is_unique_local() || v6.is_loopback() || v6.is_unicast_link_local(),
    }
}

/// The kind of device that a text looks like. It need not be a correct device of that kind.
pub(crate) fn guess_kind(text: &str) -> DeviceKind {
    let text = text.trim();
    if text.contains('@') {
        DeviceKind::Email
    } else if text.parse::<IpAddr>().is_ok() || text.contains(':') || text.matches('.').count() == 3
    {
        DeviceKind::Ipaddr
    } else {
        DeviceKind::Phone
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("+1 781 555 1212", "a phone in the United States format")]
    #[case("+16175550100", "a phone in the United States format")]
    #[case("+1 416 555 0100", "a phone in the Canada format")]
    #[case("+49 30 5550100", "a phone in the Germany format")]
    #[case("+7 701 555 0100", "a phone in the Kazakhstan format")]
    #[case("+999 5550100", "a phone with an unknown country code")]
    #[case(
        "+1 781 555 121",
        "a phone with the code of United States, but with 10 digits instead of 11"
    )]
    #[case("Test@Example.com", "an email address; letter case is ignored")]
    #[case("192.0.2.1", "an IP address (version 4)")]
    #[case(
        "10.10.10.10",
        "an IP address (version 4) in a private network, where several people may have the same address"
    )]
    #[case("3fff::1", "an IP address (version 6)")]
    fn a_device_is_described(#[case] text: &str, #[case] description: &str) {
        let device = Device::parse(guess_kind(text), text).unwrap();
        assert_eq!(describe_device(&device), description);
    }

    #[test]
    fn the_dialling_codes_are_sorted_and_unique() {
        let lines = DIALLING_CODES.lines().filter(|line| !line.starts_with('#'));
        let codes: Vec<&str> = lines.map(|line| line.split_once(' ').unwrap().0).collect();
        assert!(
            codes
                .iter()
                .all(|code| code.bytes().all(|b| b.is_ascii_digit()))
        );
        assert!(codes.is_sorted(), "a code is out of order");
        assert!(codes.windows(2).all(|pair| pair[0] != pair[1]));
        assert!(codes.len() > 280);
    }

    #[rstest]
    #[case("a@example.com", DeviceKind::Email)]
    #[case("617 555 1313", DeviceKind::Phone)]
    #[case("192.0.2.300", DeviceKind::Ipaddr)]
    #[case("3fff::", DeviceKind::Ipaddr)]
    fn the_kind_is_guessed(#[case] text: &str, #[case] kind: DeviceKind) {
        assert_eq!(guess_kind(text), kind);
    }
}
