//! A device: what is accepted is its own canonical form, hides itself, and is never a placeholder.

use std::net::{IpAddr, Ipv6Addr};

use lethe::domain::device::{Device, DeviceKind, address_forms};

const KINDS: [DeviceKind; 3] = [DeviceKind::Phone, DeviceKind::Email, DeviceKind::Ipaddr];

pub fn check(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    for kind in KINDS {
        if let Ok(device) = Device::parse(kind, &text) {
            accepted(kind, &text, &device);
        }
        for stand_in in placeholders(data) {
            let refused = Device::parse(kind, &stand_in).is_err();
            assert!(refused, "a placeholder was accepted: {stand_in}");
        }
    }
}

fn accepted(kind: DeviceKind, text: &str, device: &Device) {
    assert_eq!(device.kind(), kind);
    assert_eq!(format!("{device:?}"), format!("{kind}(…)"));
    let around = format!("\t {text}\r\n");
    assert_eq!(
        Device::parse(kind, &around).as_ref(),
        Ok(device),
        "white space around it counts"
    );
    let canonical = match device {
        Device::Phone(phone) => {
            let written: String = text.trim().chars().filter(|c| *c != ' ').collect();
            assert_eq!(phone.e164(), written);
            assert_eq!(format!("{phone:?}"), "phone(…)");
            let digits = phone.digits();
            assert!((7..=15).contains(&digits.len()) && !digits.starts_with('0'));
            assert!(digits.bytes().all(|b| b.is_ascii_digit()));
            phone.e164()
        }
        Device::Email(email) => {
            assert_eq!(format!("{email:?}"), "email(…)");
            assert_eq!(email.forms().next(), Some(email.canonical()));
            assert!(
                email
                    .forms()
                    .all(|form| !form.chars().any(|c| c.is_control() || c.is_whitespace()))
            );
            for form in email.forms() {
                if let Ok(other) = Device::parse(kind, form) {
                    assert_eq!(&other, device, "a form of an email is another one");
                }
            }
            email.canonical().to_owned()
        }
        Device::IpAddr(address) => {
            for form in address_forms(*address) {
                assert_eq!(Device::parse(kind, &form).as_ref(), Ok(device));
            }
            address.to_string()
        }
    };
    let again = Device::parse(kind, &canonical).expect("a canonical form is a device");
    assert_eq!(&again, device);
    let same = match (&again, device) {
        (Device::Email(again), Device::Email(email)) => again.canonical() == email.canonical(),
        _ => true,
    };
    assert!(same, "a canonical form has another canonical form");
}

/// Placeholders of every width and kind, with the data as the source of randomness.
fn placeholders(data: &[u8]) -> Vec<String> {
    let at = |i: usize| data.get(i % data.len().max(1)).copied().unwrap_or_default();
    let symbols = b"abcdefghijklmnopqrstuvwxyz234567";
    let code: String = (0..26)
        .map(|i| char::from(symbols[usize::from(at(i) % 32)]))
        .collect();
    let mut octets = [0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    for (i, octet) in octets.iter_mut().enumerate().skip(4) {
        *octet = at(i - 4);
    }
    let address = Ipv6Addr::from(octets);
    let groups = address.segments().map(|group| format!("{group:04X}"));
    let [.., a, b, c, d] = octets;
    let mut all = vec![
        code[..13].to_owned(),
        IpAddr::V6(address).to_string(),
        groups.join(":"),
        format!("{}:{a}.{b}.{c}.{d}", groups[..6].join(":")),
        code.clone(),
    ];
    all.extend(KINDS.map(|kind| format!("anon-{kind}-{code}")));
    all
}
