//! The values of random tables and of submissions: a small pool, so that they match often.

use super::schema::{Column, Role, Shape};

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    Phone,
    Email,
    Ipaddr,
}

impl Kind {
    pub fn word(self) -> &'static str {
        match self {
            Kind::Phone => "phone",
            Kind::Email => "email",
            Kind::Ipaddr => "ipaddr",
        }
    }
}

/// A device: how submissions spell it, and the canonical texts that are stored (an email's punycode form too).
pub struct Device {
    pub kind: Kind,
    pub spellings: &'static [&'static str],
    pub texts: &'static [&'static str],
}

pub const DEVICES: [Device; 7] = [
    Device {
        kind: Kind::Phone,
        spellings: &["+16175550100", "+1 617 555 0100"],
        texts: &["+16175550100"],
    },
    Device {
        kind: Kind::Phone,
        spellings: &["+44 20 7946 0100", " +442079460100"],
        texts: &["+442079460100"],
    },
    Device {
        kind: Kind::Email,
        spellings: &["ada@example.com", "ADA@example.COM"],
        texts: &["ada@example.com"],
    },
    Device {
        kind: Kind::Email,
        spellings: &["zoe@bücher.example", "Zoe@xn--bcher-kva.example"],
        texts: &["zoe@bücher.example", "zoe@xn--bcher-kva.example"],
    },
    Device {
        kind: Kind::Ipaddr,
        spellings: &["192.0.2.1", "::ffff:192.0.2.1"],
        texts: &["192.0.2.1", "::ffff:192.0.2.1"],
    },
    Device {
        kind: Kind::Ipaddr,
        spellings: &["3fff::1", "3FFF:0::1"],
        texts: &["3fff::1"],
    },
    Device {
        kind: Kind::Phone,
        spellings: &["+16175550101"],
        texts: &["+16175550101"],
    },
];

/// Contacts that are refused, with their answers.
pub const REFUSED: [(&str, &str); 4] = [
    (
        r#"{"phone": "617 555 0100"}"#,
        "ERROR: incorrect device format",
    ),
    (
        r#"{"fax": "+16175550100"}"#,
        "ERROR: unsupported device type",
    ),
    (
        r#"{"phone": "+16175550100", "email": "ada@example.com"}"#,
        "ERROR: exactly one device expected",
    ),
    (
        r#"{"ipaddr": "2001:db8::5"}"#,
        "ERROR: incorrect device format",
    ),
];

const PHONES: [&str; 9] = [
    "+16175550100",
    "16175550100",
    "6175550100",
    "+442079460100",
    "442079460100",
    "02079460100",
    "2079460100",
    "+16175550101",
    "+16175550199",
];
const EMAILS: [&str; 6] = [
    "ada@example.com",
    "Ada@Example.com",
    "ADA@EXAMPLE.COM",
    "zoe@bücher.example",
    "Zoe@xn--bcher-kva.example",
    "ann@example.com",
];
const ADDRESSES: [&str; 4] = ["192.0.2.1", "::ffff:192.0.2.1", "3fff::1", "192.0.2.9"];
const INETS: [&str; 7] = [
    "192.0.2.1",
    "192.0.2.1/24",
    "::ffff:192.0.2.1",
    "3fff::1",
    "3fff::1/64",
    "192.0.2.9",
    "2001:db8::5",
];
/// Values in no declared form: these stay, except as siblings.
const ODDITIES: [&str; 8] = [
    "",
    "n/a",
    "[redacted]",
    "anon-phone-abcdefghijklmnopqrstuvwxyz",
    "abcdefghijklm",
    " +16175550100",
    "ada@example.com ",
    "+1 617 555 0100",
];

/// The values of a type of keys, in their order.
pub fn keys(type_name: &str) -> Vec<String> {
    let of = |n: u32| match type_name {
        "uuid" => format!("00000000-0000-0000-0000-00000000000{n}"),
        "date" => format!("2018-03-0{n}"),
        "text" => format!("k{n}"),
        _ => n.to_string(),
    };
    (1..=4).map(of).collect()
}

/// All values that a column may hold, the simplest first.
pub fn pool(
    column: &Column,
    accounts: &[&'static str],
    codes: &[&'static str],
) -> Vec<Option<String>> {
    let mut texts: Vec<&str> = match &column.role {
        Role::Key | Role::RootKey => {
            let absent = (!column.not_null).then_some(None);
            return keys(&column.type_name)
                .into_iter()
                .map(Some)
                .chain(absent)
                .collect();
        }
        Role::Account => accounts.to_vec(),
        Role::ClientId => vec!["C1", "C2", "C3"],
        Role::ShortCode => [codes, &[""]].concat(),
        Role::Channel => vec!["sms", "voice", "mms", ""],
        Role::LegalHold => [vec!["f"; 11], vec!["t"]].concat(),
        Role::Device(_) if column.type_name == "inet" => INETS.to_vec(),
        Role::Device(device) => {
            let mut texts = Vec::new();
            for kind in &device.kinds {
                texts.extend(match kind {
                    Kind::Phone => PHONES.as_slice(),
                    Kind::Email => EMAILS.as_slice(),
                    Kind::Ipaddr => ADDRESSES.as_slice(),
                });
            }
            [
                &texts[..],
                &texts,
                &ODDITIES,
                &[PHONES[0], EMAILS[0], ADDRESSES[0]],
            ]
            .concat()
        }
        Role::Pii { .. } | Role::Keep => match column.shape() {
            Shape::Text => vec!["Ada", "", "[redacted]", "o'ne, \"two\"\n"],
            Shape::Array => vec!["{a,b}", "{}"],
            Shape::Json => vec![
                r#"{"a": 1, "keep": "x"}"#,
                "{}",
                "[]",
                r#"[1, "keep"]"#,
                r#""keep""#,
                "null",
                r#"{"keep": null}"#,
                r#"{"other": {"keep": 2}}"#,
            ],
            Shape::Inet | Shape::Other => match column.type_name.as_str() {
                "date" => vec!["2000-01-31", "1900-01-01"],
                "int" => vec!["42", "7"],
                "boolean" => vec!["t", "f"],
                "bytea" => vec!["\\x00ff", "\\x"],
                _ => vec!["2018-02-03 04:05:06+00"],
            },
        },
    };
    texts.retain(|text| {
        column
            .limit()
            .is_none_or(|limit| text.chars().count() <= limit)
    });
    let mut pool: Vec<Option<String>> = texts.into_iter().map(|t| Some(t.to_owned())).collect();
    if !column.not_null {
        pool.push(None);
    }
    pool
}
