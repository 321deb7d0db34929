//! Probable typing errors in devices, and devices in a form that may be shown on a terminal.

use super::{Device, DeviceKind};

impl Device {
    /// The devices that differ from this one by a transposition of two neighbouring digits, without those that are not valid.
    pub(crate) fn transposed(&self) -> Vec<Device> {
        let text = self.canonical();
        let digit = |at: usize| text.as_bytes().get(at).filter(|b| b.is_ascii_digit());
        let mut all = Vec::new();
        for at in 0..text.len() {
            let (Some(first), Some(second)) = (digit(at), digit(at + 1)) else {
                continue;
            };
            if first == second {
                continue;
            }
            let swapped = [
                &text[..at],
                &text[at + 1..at + 2],
                &text[at..=at],
                &text[at + 2..],
            ];
            let device = Device::parse(self.kind(), &swapped.concat());
            all.extend(device.ok().filter(|device| device != self));
        }
        all
    }

    /// The device with most of it hidden, so that the person who entered it can recognise it. For that person's terminal only,
    /// never for a file or a log.
    pub(crate) fn masked(&self) -> String {
        let text = self.canonical();
        match self.kind() {
            DeviceKind::Phone => {
                let (shown, hidden) = text.split_at(text.len() - 4);
                let last = &hidden[2..];
                // North American numbers are grouped by three; elsewhere the digits do not determine the grouping.
                match shown.strip_prefix("+1") {
                    Some(rest) if rest.len() == 6 => {
                        format!("+1 {} {} ••{last}", &rest[..3], &rest[3..])
                    }
                    _ => format!("{shown}••{last}"),
                }
            }
            DeviceKind::Email => {
                let (local, domain) = text.split_once('@').unwrap_or((&text, ""));
                let first: String = local.chars().take(1).collect();
                format!("{first}•••@{domain}")
            }
            DeviceKind::Ipaddr => {
                let end = text.rfind(['.', ':']).map_or(0, |at| at + 1);
                format!("{}••", &text[..end])
            }
        }
    }

    fn canonical(&self) -> String {
        match self {
            Device::Phone(phone) => phone.e164(),
            Device::Email(email) => email.canonical().to_owned(),
            Device::IpAddr(address) => address.to_string(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn transposed(kind: DeviceKind, text: &str) -> Vec<String> {
        let device = Device::parse(kind, text).unwrap();
        device.transposed().iter().map(Device::canonical).collect()
    }

    #[test]
    fn neighbouring_digits_are_transposed() {
        assert_eq!(
            transposed(DeviceKind::Phone, "+1 617 555 0100"),
            [
                "+61175550100",
                "+11675550100",
                "+16715550100",
                "+16157550100",
                "+16175505100",
                "+16175551000",
                "+16175550010"
            ]
        );
        assert_eq!(
            transposed(DeviceKind::Email, "a12b3@example.com"),
            ["a21b3@example.com"]
        );
        // A transposition that moves 0 to the front of 10 is not a valid address.
        assert_eq!(
            transposed(DeviceKind::Ipaddr, "192.0.2.10"),
            ["129.0.2.10"].map(String::from).to_vec()
        );
        assert!(transposed(DeviceKind::Phone, "+1111111").is_empty());
    }

    #[test]
    fn a_masked_device_shows_little() {
        let masked = |kind, text| Device::parse(kind, text).unwrap().masked();
        assert_eq!(masked(DeviceKind::Phone, "+16175550142"), "+1 617 555 ••42");
        assert_eq!(masked(DeviceKind::Phone, "+442079460123"), "+44207946••23");
        assert_eq!(masked(DeviceKind::Phone, "+1234567"), "+123••67");
        assert_eq!(
            masked(DeviceKind::Email, "jo@example.com"),
            "j•••@example.com"
        );
        assert_eq!(masked(DeviceKind::Ipaddr, "192.0.2.77"), "192.0.2.••");
        assert_eq!(masked(DeviceKind::Ipaddr, "3fff::77"), "3fff::••");
    }
}
