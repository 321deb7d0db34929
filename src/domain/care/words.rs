//! A device in words, for the agent who typed it.

use std::net::IpAddr;

use crate::domain::device::{Device, DeviceKind, Phone};

/// Countries by dialling code.
const DIALLING_CODES: &str = include_str!("dialling_codes.txt");
/// Digits of a number of the North American plan, with the 1.
const NORTH_AMERICAN: usize = 11;

/// What a device is, without the device: `a phone in the United States format`. Nothing says whose it is.
pub fn in_words(device: &Device) -> String {
    match device {
        Device::Phone(phone) => phone_in_words(phone),
        Device::Email(_) => "an email address; capital letters make no difference".to_owned(),
        Device::IpAddr(address) => {
            let version = if address.is_ipv4() { 4 } else { 6 };
            let private = if is_private(address) {
                " of a private network, where many may have the same"
            } else {
                ""
            };
            format!("an IP address (version {version}){private}")
        }
    }
}

fn phone_in_words(phone: &Phone) -> String {
    let digits = phone.digits();
    let Some((code, country)) = country(digits) else {
        return "a phone of no country that is known here".to_owned();
    };
    if code.starts_with('1') && digits.len() != NORTH_AMERICAN {
        return format!(
            "a phone that begins like one of the {country} format, but has {} digits where those have {NORTH_AMERICAN}",
            digits.len()
        );
    }
    format!("a phone in the {country} format")
}

/// The longest dialling code that a number begins with, and the country that has it.
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

/// The kind that a text looks like, so that it need not be said.
pub fn kind_of(text: &str) -> DeviceKind {
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
    #[case("+999 5550100", "a phone of no country that is known here")]
    #[case(
        "+1 781 555 121",
        "a phone that begins like one of the United States format, but has 10 digits where those have 11"
    )]
    #[case(
        "Test@Example.com",
        "an email address; capital letters make no difference"
    )]
    #[case("192.0.2.1", "an IP address (version 4)")]
    #[case(
        "10.10.10.10",
        "an IP address (version 4) of a private network, where many may have the same"
    )]
    #[case("3fff::1", "an IP address (version 6)")]
    fn a_device_is_said_in_words(#[case] text: &str, #[case] words: &str) {
        let device = Device::parse(kind_of(text), text).unwrap();
        assert_eq!(in_words(&device), words);
    }

    #[test]
    fn the_table_is_in_order_and_names_each_code_once() {
        let lines = DIALLING_CODES.lines().filter(|line| !line.starts_with('#'));
        let codes: Vec<&str> = lines.map(|line| line.split_once(' ').unwrap().0).collect();
        assert!(
            codes
                .iter()
                .all(|code| code.bytes().all(|b| b.is_ascii_digit()))
        );
        assert!(codes.is_sorted(), "one stands twice, or out of order");
        assert!(codes.windows(2).all(|pair| pair[0] != pair[1]));
        // A country's own code is never a part of another's but within a plan.
        assert!(codes.len() > 280);
    }

    #[rstest]
    #[case("a@example.com", DeviceKind::Email)]
    #[case("617 555 1313", DeviceKind::Phone)]
    #[case("192.0.2.300", DeviceKind::Ipaddr)]
    #[case("3fff::", DeviceKind::Ipaddr)]
    fn the_kind_is_seen(#[case] text: &str, #[case] kind: DeviceKind) {
        assert_eq!(kind_of(text), kind);
    }
}
