//! Forms in which a phone is dialled within its own country.

use super::Phone;
use crate::domain::numbering::country_code_length;

impl Phone {
    /// The number without its country code, with each trunk prefix in use in that country (none is one of them).
    pub(crate) fn domestic_forms(&self) -> Vec<String> {
        let digits = self.digits();
        let code = &digits[..country_code_length(digits.as_bytes())];
        let trunks: &[&str] = match code {
            "1" => &["", "1"],
            "7" => &["", "8"],
            _ => &["", "0"],
        };
        let national = |trunk: &&str| self.national(code, trunk);
        trunks.iter().filter_map(national).collect()
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
