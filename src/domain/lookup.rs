//! The values under which a device is looked up: one for each form in which a column may store it.

use std::collections::BTreeSet;

use crate::domain::device::{Device, Phone, address_forms};

/// The form of a staged value. The numbers are those of `lethe_lookup.form`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    E164 = 1,
    Digits = 2,
    National = 3,
    /// Lower case, with the domain as given, in punycode and in Unicode.
    Email = 4,
    /// An email as lower-cased by a server that knows only ASCII letters.
    EmailVariant = 5,
    Address = 6,
}

impl Form {
    /// The value of `lethe_lookup.form`.
    pub(crate) fn number(self) -> i16 {
        self as i16
    }
}

/// Whether any column of the catalogue stores phones in national form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NationalForms {
    Stored,
    None,
}

/// The country settings of an account that decide a phone's national form.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct NationalFormat {
    pub(crate) dialling_code: String,
    /// Empty where the account has none.
    pub(crate) trunk_prefix: String,
}

/// A value to look for.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Lookup {
    pub(crate) form: Form,
    /// For national forms: index into the formats given to [`lookups`].
    pub(crate) national: Option<u32>,
    pub(crate) value: String,
}

/// Every form of a device. National forms are included only where `stored` says that a column uses them, one for each
/// of `formats` that has the phone's dialling code.
pub(crate) fn lookups(
    device: &Device,
    stored: NationalForms,
    formats: &[NationalFormat],
) -> Vec<Lookup> {
    let lookup = |form, value| Lookup {
        form,
        national: None,
        value,
    };
    match device {
        Device::Phone(phone) => {
            let mut lookups = vec![
                lookup(Form::E164, phone.e164()),
                lookup(Form::Digits, phone.digits().to_owned()),
            ];
            if stored == NationalForms::Stored {
                lookups.extend(national_lookups(phone, formats));
            }
            lookups
        }
        Device::Email(email) => {
            let forms: BTreeSet<&str> = email.forms().collect();
            let variants: BTreeSet<String> = forms
                .iter()
                .flat_map(|form| ascii_lower_variants(form))
                .filter(|variant| !forms.contains(&**variant))
                .collect();
            let lookups = forms
                .iter()
                .map(|form| lookup(Form::Email, (*form).to_owned()));
            let variants = variants
                .into_iter()
                .map(|variant| lookup(Form::EmailVariant, variant));
            lookups.chain(variants).collect()
        }
        Device::IpAddr(address) => address_forms(*address)
            .into_iter()
            .map(|value| lookup(Form::Address, value))
            .collect(),
    }
}

fn national_lookups<'a>(
    phone: &'a Phone,
    formats: &'a [NationalFormat],
) -> impl Iterator<Item = Lookup> + 'a {
    (0..).zip(formats).filter_map(|(number, format)| {
        let value = phone.national(&format.dialling_code, &format.trunk_prefix)?;
        Some(Lookup {
            form: Form::National,
            national: Some(number),
            value,
        })
    })
}

/// The results of an ASCII-only `lower()` for spellings with capitals outside ASCII: all letters capital, or the first
/// letter of each label. Empty for ASCII addresses.
fn ascii_lower_variants(form: &str) -> Vec<String> {
    if form.is_ascii() {
        return Vec::new();
    }
    let upper = form.to_uppercase().to_ascii_lowercase();
    let mut title = String::with_capacity(form.len());
    let mut first = true;
    for c in form.chars() {
        if first && !c.is_ascii() {
            title.extend(c.to_uppercase())
        } else {
            title.push(c)
        }
        first = matches!(c, '.' | '@' | '-');
    }
    vec![upper, title]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::device::DeviceKind;

    #[test]
    fn national_forms_are_included_only_where_a_column_stores_them() {
        let device = Device::parse(DeviceKind::Phone, "+15555550100").unwrap();
        let formats = [NationalFormat {
            dialling_code: "1".into(),
            trunk_prefix: String::new(),
        }];
        assert_eq!(lookups(&device, NationalForms::None, &formats).len(), 2);
        let all = lookups(&device, NationalForms::Stored, &formats);
        let national = all.last().unwrap();
        assert_eq!(
            (national.form, &*national.value, national.national),
            (Form::National, "5555550100", Some(0))
        );
    }

    #[test]
    fn capitals_outside_ascii_have_variants() {
        assert_eq!(
            ascii_lower_variants("x@bücher.example"),
            ["x@bÜcher.example", "x@bücher.example"]
        );
        assert_eq!(
            ascii_lower_variants("x@öl.example"),
            ["x@Öl.example", "x@Öl.example"]
        );
        assert!(ascii_lower_variants("x@example.com").is_empty());
    }
}
