//! The catalogue as it is written: TOML without SQL, read strictly.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::{Deserializer, Error as _};
use toml::Spanned;

use crate::device::DeviceKind;

/// A catalogue file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Declaration {
    /// The schema of every table that names none itself.
    pub schema: Option<String>,
    pub accounts: Option<Accounts>,
    pub short_codes: Option<ShortCodes>,
    /// Kept by rule: no search calls what stands here a leftover.
    #[serde(default)]
    pub suppression: Vec<Suppression>,
    #[serde(default, rename = "record")]
    pub records: Vec<Record>,
}

/// Where accounts stand: one row per account, `parent` names the enterprise above.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Accounts {
    pub schema: Option<String>,
    pub table: Spanned<String>,
    pub account: Spanned<String>,
    pub parent: Option<Spanned<String>>,
    pub dialling_code: Option<Spanned<String>>,
    pub trunk_prefix: Option<Spanned<String>>,
}

/// Where short codes stand, and which of them are shared.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ShortCodes {
    pub schema: Option<String>,
    pub table: Spanned<String>,
    pub short_code: Spanned<String>,
    pub kind: Spanned<String>,
    /// The value of `kind` that means shared.
    pub shared: String,
    pub owners: ShortCodeOwners,
}

/// Which accounts own or share a short code.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ShortCodeOwners {
    pub schema: Option<String>,
    pub table: Spanned<String>,
    pub short_code: Spanned<String>,
    pub account: Spanned<String>,
}

/// A table that is kept by rule.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Suppression {
    pub schema: Option<String>,
    pub table: Spanned<String>,
}

/// A root table and its parts.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Record {
    pub name: String,
    #[serde(default = "yes")]
    pub exported: bool,
    #[serde(default)]
    pub siblings: Siblings,
    pub root: Table,
    #[serde(default, rename = "part")]
    pub parts: Vec<Table>,
}

/// What becomes of devices that were not requested, in a record in which another one was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Siblings {
    #[default]
    Keep,
    Redact,
}

fn yes() -> bool {
    true
}

/// A root or a part.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Table {
    pub schema: Option<String>,
    pub table: Spanned<String>,
    /// The name of its CSV file in an archive, without `.csv`; the table's name where absent.
    pub label: Option<String>,
    /// Columns of a part and the root's columns that they stand for, beside the account.
    #[serde(default)]
    pub join: BTreeMap<Spanned<String>, Spanned<String>>,
    #[serde(default)]
    pub mobile: Mobile,
    /// Triggers, generated columns, materialised views and foreign keys that are known, and taken to keep no old value.
    #[serde(default)]
    pub accepted: Vec<Spanned<String>>,
    pub columns: BTreeMap<Spanned<String>, Column>,
}

/// Which rows with a short code are of the mobile channel.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Mobile {
    /// `mobile = "always"`, and the default: all of them.
    #[default]
    Always,
    /// `mobile = ["sms", "mms"]`: those whose channel is one of these.
    Channels(Vec<String>),
}

impl<'de> Deserialize<'de> for Mobile {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Mobile, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Written {
            Word(String),
            Channels(Vec<String>),
        }
        match Written::deserialize(deserializer)? {
            Written::Word(word) if word == "always" => Ok(Mobile::Always),
            Written::Word(_) => Err(D::Error::custom(
                "mobile is \"always\" or an array of channels",
            )),
            Written::Channels(channels) => Ok(Mobile::Channels(channels)),
        }
    }
}

/// What a column holds, and what is done with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    pub role: Role,
    /// Set where the record is forgotten, e.g. a dial state.
    pub on_forget: Option<String>,
}

/// The role of a column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Role {
    Key,
    Account,
    ClientId,
    ShortCode,
    Channel,
    Device(DeviceRole),
    /// Redacted; of a json column these top-level keys stay.
    Pii {
        keep_keys: Vec<String>,
    },
    MediaUri,
    LegalHold,
    Keep,
}

/// How devices stand in a column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceRole {
    pub kinds: Vec<DeviceKind>,
    pub forms: Vec<PhoneForm>,
    pub case: EmailCase,
    pub placeholder: PlaceholderWidth,
}

/// A form in which phones stand (contract section 2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PhoneForm {
    E164,
    Digits,
    National,
}

/// Whether emails stand in lower case or in any case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum EmailCase {
    Exact,
    #[default]
    Any,
}

/// How much of a placeholder a column can hold (contract section 5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PlaceholderWidth {
    #[default]
    Full,
    Short,
    Null,
}

impl<'de> Deserialize<'de> for Column {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Column, D::Error> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Options {
            role: String,
            kinds: Option<Vec<DeviceKind>>,
            forms: Option<Vec<PhoneForm>>,
            case: Option<EmailCase>,
            placeholder: Option<PlaceholderWidth>,
            keep_keys: Option<Vec<String>>,
            on_forget: Option<String>,
        }
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Written {
            Word(String),
            Options(Options),
        }
        let bare = |role| Options {
            role,
            kinds: None,
            forms: None,
            case: None,
            placeholder: None,
            keep_keys: None,
            on_forget: None,
        };
        let options = match Written::deserialize(deserializer)? {
            Written::Word(word) => bare(word),
            Written::Options(options) => options,
        };
        let is_device = options.role == "device";
        if !is_device
            && (options.kinds.is_some()
                || options.forms.is_some()
                || options.case.is_some()
                || options.placeholder.is_some())
        {
            return Err(D::Error::custom(
                "kinds, forms, case and placeholder belong to the role \"device\"",
            ));
        }
        if options.role != "pii" && options.keep_keys.is_some() {
            return Err(D::Error::custom("keep_keys belongs to the role \"pii\""));
        }
        let role = match options.role.as_str() {
            "key" => Role::Key,
            "account" => Role::Account,
            "client id" => Role::ClientId,
            "short code" => Role::ShortCode,
            "channel" => Role::Channel,
            "device" => Role::Device(DeviceRole {
                kinds: options
                    .kinds
                    .filter(|kinds| !kinds.is_empty())
                    .ok_or_else(|| {
                        D::Error::custom("a device column names its kinds: phone, email, ipaddr")
                    })?,
                forms: options.forms.unwrap_or_else(|| vec![PhoneForm::E164]),
                case: options.case.unwrap_or_default(),
                placeholder: options.placeholder.unwrap_or_default(),
            }),
            "pii" => Role::Pii {
                keep_keys: options.keep_keys.unwrap_or_default(),
            },
            "media uri" => Role::MediaUri,
            "legal hold" => Role::LegalHold,
            "keep" => Role::Keep,
            _ => {
                return Err(D::Error::custom(
                    "a role is one of key, account, client id, short code, channel, device, pii, media uri, legal hold, keep",
                ));
            }
        };
        Ok(Column {
            role,
            on_forget: options.on_forget,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_a_word_or_options() {
        #[derive(Deserialize)]
        struct File {
            c: Column,
        }
        let column = |text: &str| {
            toml::from_str::<File>(text)
                .map(|f| f.c.role)
                .map_err(|e| e.message().to_owned())
        };
        assert_eq!(column("c = 'client id'"), Ok(Role::ClientId));
        assert_eq!(
            column("c = { role = 'pii', keep_keys = ['a'] }"),
            Ok(Role::Pii {
                keep_keys: vec!["a".into()]
            })
        );
        assert!(
            column("c = 'device'")
                .unwrap_err()
                .contains("names its kinds")
        );
        assert!(
            column("c = { role = 'keep', keep_keys = [] }")
                .unwrap_err()
                .contains("belongs to")
        );
        assert!(
            column("c = 'secret'")
                .unwrap_err()
                .contains("a role is one of")
        );
    }
}
