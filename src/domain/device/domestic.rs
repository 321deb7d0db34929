//! Forms in which a phone is dialled within its own country.

use super::Phone;

impl Phone {
    /// The number without its country code, with each trunk prefix in use in that country (none is one of them).
    pub(crate) fn domestic_forms(&self) -> Vec<String> {
        let digits = self.digits();
        let code = &digits[..country_code(digits).min(digits.len())];
        let trunks: &[&str] = match code {
            "1" => &["", "1"],
            "7" => &["", "8"],
            _ => &["", "0"],
        };
        let national = |trunk: &&str| self.national(code, trunk);
        trunks.iter().filter_map(national).collect()
    }
}

/// Number of digits of the country code: one in zones 1 and 7, two for some countries, three for all others (ITU-T E.164).
fn country_code(digits: &str) -> usize {
    const TWO: [&str; 43] = [
        "20", "27", "30", "31", "32", "33", "34", "36", "39", "40", "41", "43", "44", "45", "46",
        "47", "48", "49", "51", "52", "53", "54", "55", "56", "57", "58", "60", "61", "62", "63",
        "64", "65", "66", "81", "82", "84", "86", "90", "91", "92", "93", "94", "95",
    ];
    match digits {
        d if d.starts_with('1') || d.starts_with('7') => 1,
        d if d.starts_with("98") || TWO.iter().any(|code| d.starts_with(code)) => 2,
        _ => 3,
    }
}

#[cfg(test)]
mod tests {
    use crate::domain::device::{Device, DeviceKind};

    #[test]
    fn a_phone_has_domestic_forms() {
        let forms = |text: &str| match Device::parse(DeviceKind::Phone, text) {
            Ok(Device::Phone(phone)) => phone.domestic_forms(),
            other => panic!("{other:?}"),
        };
        assert_eq!(forms("+1 617 555 0100"), ["6175550100", "16175550100"]);
        assert_eq!(forms("+44 20 7946 0100"), ["2079460100", "02079460100"]);
        assert_eq!(forms("+353 20 915 0100"), ["209150100", "0209150100"]);
    }
}
