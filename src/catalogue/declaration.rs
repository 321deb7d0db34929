//! The catalogue as the DBA writes it: TOML without SQL, parsed strictly.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Serialize, Serializer};
use toml::Spanned;
use toml::ser::ValueSerializer;

use crate::domain::device::DeviceKind;

/// A catalogue file.
// The doc comments of these structures are published as docs/reference/catalogue.md.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Declaration {
    /// The schema of every table that names none itself.
    pub(crate) schema: Option<String>,
    /// The extensions whose functions, operators and types are trusted like those of the server, as far as a superuser owns them.
    /// Default: the extensions of PostgreSQL that only compute values (`bloom`, `btree_gin`, `btree_gist`, `citext`, `cube`, `dict_int`,
    /// `dict_xsyn`, `earthdistance`, `fuzzystrmatch`, `hstore`, `intarray`, `isn`, `ltree`, `pg_trgm`, `pgcrypto`, `seg`, `unaccent`, `uuid-ossp`).
    pub(crate) trusted_extensions: Option<Vec<String>>,
    /// Event triggers of the database that were reviewed, each as `<name>@sha256:<digest>`: they fire when a run creates its temporary
    /// tables. `lethe catalogue check` prints the entry of each; a change of its definition or function makes it invalid.
    #[serde(default)]
    pub(crate) accepted: Vec<String>,
    /// The table of accounts. Required, in one of the files.
    pub(crate) accounts: Option<Accounts>,
    /// The table of short codes. Required if a column has the role `short code`.
    pub(crate) short_codes: Option<ShortCodes>,
    /// Tables that are kept by rule, such as do-not-call lists. They are never changed, and no search reports their values as left
    /// over.
    #[serde(default)]
    pub(crate) suppression: Vec<Suppression>,
    /// The records. Tables are changed in this order, a record's parts before its root, so put the table that a live system updates
    /// most last.
    #[serde(default, rename = "record")]
    pub records: Vec<Record>,
}

/// The table of accounts: one row per account.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Accounts {
    /// The schema of the table. Default: the schema of the file.
    pub(crate) schema: Option<String>,
    /// The name of the table.
    #[schemars(with = "String")]
    pub(crate) table: Spanned<String>,
    /// The column with the account ID.
    #[schemars(with = "String")]
    pub(crate) account: Spanned<String>,
    /// The column with the account above. Default: accounts have no hierarchy.
    #[schemars(with = "Option<String>")]
    pub(crate) parent: Option<Spanned<String>>,
    /// The column with the country code for national phone numbers, such as `1` or `49`.
    #[schemars(with = "Option<String>")]
    pub(crate) dialling_code: Option<Spanned<String>>,
    /// The column with the trunk prefix for national phone numbers, such as `0`.
    #[schemars(with = "Option<String>")]
    pub(crate) trunk_prefix: Option<Spanned<String>>,
}

/// The table of short codes.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ShortCodes {
    /// The schema of the table. Default: the schema of the file.
    pub(crate) schema: Option<String>,
    /// The name of the table.
    #[schemars(with = "String")]
    pub(crate) table: Spanned<String>,
    /// The column with the short code.
    #[schemars(with = "String")]
    pub(crate) short_code: Spanned<String>,
    /// The column that tells shared codes from dedicated ones.
    #[schemars(with = "String")]
    pub(crate) kind: Spanned<String>,
    /// The value of `kind` that means shared.
    pub(crate) shared: String,
    /// The table of owners.
    pub(crate) owners: ShortCodeOwners,
}

/// The accounts that own or share a short code.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ShortCodeOwners {
    /// The schema of the table. Default: the schema of the file.
    pub(crate) schema: Option<String>,
    /// The name of the table.
    #[schemars(with = "String")]
    pub(crate) table: Spanned<String>,
    /// The column with the short code.
    #[schemars(with = "String")]
    pub(crate) short_code: Spanned<String>,
    /// The column with the account ID.
    #[schemars(with = "String")]
    pub(crate) account: Spanned<String>,
}

/// A table that is kept by rule.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Suppression {
    /// The schema of the table. Default: the schema of the file.
    pub(crate) schema: Option<String>,
    /// The name of the table.
    #[schemars(with = "String")]
    pub(crate) table: Spanned<String>,
}

/// A record: a root table and its parts. It is redacted and exported as a whole.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Record {
    /// The name of the record, used in messages.
    pub(crate) name: String,
    /// Whether an EXPORT hands the record out.
    #[serde(default = "yes")]
    pub(crate) exported: bool,
    /// What happens to other devices of a record in which a requested device was found.
    #[serde(default)]
    #[schemars(extend("default" = "keep"))]
    pub(crate) siblings: Siblings,
    /// The root table.
    pub root: Table,
    /// The part tables, which are joined to the root.
    #[serde(default, rename = "part")]
    pub parts: Vec<Table>,
}

/// What becomes of devices that were not requested, in a record in which another one was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Siblings {
    #[default]
    Keep,
    Redact,
}

fn yes() -> bool {
    true
}

/// A root or part table.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Table {
    /// The schema of the table. Default: the schema of the file.
    pub(crate) schema: Option<String>,
    /// The name of the table.
    #[schemars(with = "String")]
    pub table: Spanned<String>,
    /// The name of its CSV file in an archive, without `.csv`. Default: the name of the table.
    pub(crate) label: Option<String>,
    /// Of a part: its columns, and the columns of the root that they refer to. The account columns are joined implicitly.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, String>")]
    pub(crate) join: BTreeMap<Spanned<String>, Spanned<String>>,
    /// Which rows with a short code belong to the mobile channel: `"always"`, or an array of values of the `channel` column.
    #[serde(default)]
    #[schemars(extend("default" = "always"))]
    pub(crate) mobile: Mobile,
    /// Triggers, generated columns, materialised views and foreign keys that were reviewed and keep no old value, each as
    /// `<name>@sha256:<digest>`. `lethe catalogue check` prints the entry of each; a change of its definition makes it invalid. Also
    /// constraints, indexes, statistics objects and columns whose functions, operators or types others define, which were reviewed and
    /// do nothing else than compute a value; a change of any of these functions makes the entry invalid.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    pub(crate) accepted: Vec<Spanned<String>>,
    /// A role for every column of the table.
    #[schemars(with = "BTreeMap<String, Column>")]
    pub columns: BTreeMap<Spanned<String>, Column>,
}

/// Which rows with a short code are of the mobile channel.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) enum Mobile {
    /// `mobile = "always"`, and the default: all of them.
    #[default]
    Always,
    /// `mobile = ["sms", "mms"]`: those whose channel is one of these.
    Channels(Vec<String>),
}

impl JsonSchema for Mobile {
    fn schema_name() -> Cow<'static, str> {
        "mobile".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": ["string", "array"], "items": { "type": "string" } })
    }
}

impl<'de> Deserialize<'de> for Mobile {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Mobile, D::Error> {
        struct Written;
        impl<'de> Visitor<'de> for Written {
            type Value = Mobile;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("\"always\" or an array of channels")
            }

            fn visit_str<E: serde::de::Error>(self, word: &str) -> Result<Mobile, E> {
                match word {
                    "always" => Ok(Mobile::Always),
                    _ => Err(E::custom("mobile is \"always\" or an array of channels")),
                }
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut array: A) -> Result<Mobile, A::Error> {
                let mut channels = Vec::new();
                while let Some(channel) = array.next_element()? {
                    channels.push(channel);
                }
                Ok(Mobile::Channels(channels))
            }
        }
        deserializer.deserialize_any(Written)
    }
}

/// What a column holds, and what is done with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    pub(crate) role: Role,
    /// Set where the record is forgotten, e.g. a dial state.
    pub(crate) on_forget: Option<String>,
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

/// How devices are stored in a column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceRole {
    pub(crate) kinds: Vec<DeviceKind>,
    pub(crate) search: Search,
    pub(crate) case: EmailCase,
    pub(crate) placeholder: PlaceholderWidth,
    /// The column of the same table that names the country of the phones in this one.
    pub(crate) country: Option<String>,
}

/// How a column is searched (contract section 2a).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Search {
    /// For devices in any spelling, also inside larger values: every value is read.
    AnySpelling,
    /// For values that are equal to one of these forms of a device.
    Exact(Vec<StoredForm>),
}

impl Search {
    /// The declared forms; none where any spelling is searched for.
    pub(crate) fn forms(&self) -> &[StoredForm] {
        match self {
            Search::AnySpelling => &[],
            Search::Exact(forms) => forms,
        }
    }
}

impl DeviceRole {
    /// Of these kinds, with the default options.
    pub(crate) fn of(kinds: Vec<DeviceKind>) -> DeviceRole {
        DeviceRole {
            kinds,
            search: Search::AnySpelling,
            case: EmailCase::default(),
            placeholder: PlaceholderWidth::default(),
            country: None,
        }
    }

    /// Of these kinds, always stored in these forms.
    pub(crate) fn stored_in(kinds: Vec<DeviceKind>, forms: Vec<StoredForm>) -> DeviceRole {
        DeviceRole {
            search: Search::Exact(forms),
            ..DeviceRole::of(kinds)
        }
    }
}

/// A form in which an application stores devices (contract section 2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum StoredForm {
    /// A phone such as `+12025550147`.
    E164,
    /// A phone such as `12025550147`.
    Digits,
    /// A phone as dialled in the country of its account, such as `2025550147`.
    National,
    /// An email, in the case that `case` says.
    Email,
    /// An IP address.
    Address,
}

impl StoredForm {
    /// The kind of device that has this form.
    pub(crate) fn kind(self) -> DeviceKind {
        match self {
            StoredForm::E164 | StoredForm::Digits | StoredForm::National => DeviceKind::Phone,
            StoredForm::Email => DeviceKind::Email,
            StoredForm::Address => DeviceKind::Ipaddr,
        }
    }
}

/// Whether emails stand in lower case or in any case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum EmailCase {
    Exact,
    #[default]
    Any,
}

/// How much of a placeholder a column can hold (contract section 5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum PlaceholderWidth {
    #[default]
    Full,
    Short,
    Null,
}

/// The words for roles; `device` needs options.
const ROLES: [&str; 10] = [
    "key",
    "account",
    "client id",
    "short code",
    "channel",
    "device",
    "pii",
    "media uri",
    "legal hold",
    "keep",
];

/// A column as it is written: a word, or a table of options.
#[derive(Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(rename = "column options")]
struct Options {
    /// The role of the column.
    #[serde(skip_serializing_if = "Option::is_none")]
    role: Option<String>,
    /// Of a `device`: the kinds of device that the column holds. Required.
    #[serde(skip_serializing_if = "Option::is_none")]
    kinds: Option<Vec<DeviceKind>>,
    /// Of a `device`: the forms in which an application always stores them. An index finds them, and values in other spellings are not
    /// found: for columns whose values are canonical without exception. Default: devices are found in any spelling and inside larger
    /// values, and every search reads the whole table. Columns of type `inet` need no forms.
    #[serde(skip_serializing_if = "Option::is_none")]
    forms: Option<Vec<StoredForm>>,
    /// Of a `device` with phones and without `forms`: the column of the same table with the country of each row, as a dialling code
    /// (`44`, `+44`) or as an ISO 3166 code (`GB`). Default: the country of the account.
    #[serde(skip_serializing_if = "Option::is_none")]
    country: Option<String>,
    /// Of a `device` with emails and with `forms`: whether they are stored in any case, or exactly in lower case.
    #[schemars(extend("default" = "any"))]
    #[serde(skip_serializing_if = "Option::is_none")]
    case: Option<EmailCase>,
    /// Of a `device`: how much of a placeholder fits into the column.
    #[schemars(extend("default" = "full"))]
    #[serde(skip_serializing_if = "Option::is_none")]
    placeholder: Option<PlaceholderWidth>,
    /// Of a json `pii` column: top-level keys that stay. Default: none.
    #[serde(skip_serializing_if = "Option::is_none")]
    keep_keys: Option<Vec<String>>,
    /// Of any column that is kept or redacted: the value that a FORGET sets.
    #[serde(skip_serializing_if = "Option::is_none")]
    on_forget: Option<String>,
}

impl JsonSchema for Column {
    fn schema_name() -> Cow<'static, str> {
        "column".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let options = generator.subschema_for::<Options>();
        json_schema!({ "anyOf": [{ "enum": ROLES }, options] })
    }
}

impl<'de> Deserialize<'de> for Column {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Column, D::Error> {
        // Not an untagged enum: its errors would have no position and no cause.
        struct Written;
        impl<'de> Visitor<'de> for Written {
            type Value = Column;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a role, e.g. \"keep\", or a table of options, e.g. { role = \"device\", kinds = [\"phone\"] }")
            }

            fn visit_str<E: serde::de::Error>(self, role: &str) -> Result<Column, E> {
                Options::default().column(role).map_err(E::custom)
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Column, A::Error> {
                let options = Options::deserialize(MapAccessDeserializer::new(map))?;
                let role = options.role.clone().ok_or_else(|| {
                    A::Error::custom(
                        "the options of a column have no role; add one, e.g. role = \"device\"",
                    )
                })?;
                options.column(&role).map_err(A::Error::custom)
            }
        }
        deserializer.deserialize_any(Written)
    }
}

impl Serialize for Role {
    /// As it is written in a catalogue: a word, or a table where an option is needed.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let word = self.word();
        let options = Options::of(self);
        if options == Options::default() {
            return serializer.serialize_str(word);
        }
        let role = Some(word.to_owned());
        Options { role, ..options }.serialize(serializer)
    }
}

impl Role {
    fn word(&self) -> &'static str {
        match self {
            Role::Key => "key",
            Role::Account => "account",
            Role::ClientId => "client id",
            Role::ShortCode => "short code",
            Role::Channel => "channel",
            Role::Device(_) => "device",
            Role::Pii { .. } => "pii",
            Role::MediaUri => "media uri",
            Role::LegalHold => "legal hold",
            Role::Keep => "keep",
        }
    }

    /// As it is written in a catalogue, on one line.
    pub(crate) fn to_toml(&self) -> String {
        let mut text = String::new();
        self.serialize(ValueSerializer::new(&mut text))
            .expect("a role consists of strings and lists of strings");
        text
    }
}

impl Options {
    /// The options of a role that differ from the defaults.
    fn of(role: &Role) -> Options {
        match role {
            Role::Device(device) => {
                let default = DeviceRole::of(device.kinds.clone());
                Options {
                    kinds: Some(device.kinds.clone()),
                    forms: Some(device.search.forms().to_vec()).filter(|forms| !forms.is_empty()),
                    country: device.country.clone(),
                    case: Some(device.case).filter(|case| *case != default.case),
                    placeholder: Some(device.placeholder)
                        .filter(|placeholder| *placeholder != default.placeholder),
                    ..Options::default()
                }
            }
            Role::Pii { keep_keys } => Options {
                keep_keys: Some(keep_keys.clone()).filter(|keys| !keys.is_empty()),
                ..Options::default()
            },
            _ => Options::default(),
        }
    }

    /// The column with this role. Errors: what is wrong with its options.
    fn column(self, role: &str) -> Result<Column, String> {
        self.check(role)?;
        let role = match role {
            "key" => Role::Key,
            "account" => Role::Account,
            "client id" => Role::ClientId,
            "short code" => Role::ShortCode,
            "channel" => Role::Channel,
            "device" => Role::Device(DeviceRole {
                kinds: self.kinds.unwrap_or_default(),
                search: self.forms.map_or(Search::AnySpelling, Search::Exact),
                country: self.country,
                case: self.case.unwrap_or_default(),
                placeholder: self.placeholder.unwrap_or_default(),
            }),
            "pii" => Role::Pii {
                keep_keys: self.keep_keys.unwrap_or_default(),
            },
            "media uri" => Role::MediaUri,
            "legal hold" => Role::LegalHold,
            "keep" => Role::Keep,
            _ => {
                let nearest = nearest(role, ROLES).map(|word| format!("; did you mean {word}?"));
                return Err(format!(
                    "{role:?} is not a role{}; a role is one of {}",
                    nearest.unwrap_or_default(),
                    ROLES.join(", ")
                ));
            }
        };
        Ok(Column {
            role,
            on_forget: self.on_forget,
        })
    }

    fn check(&self, role: &str) -> Result<(), String> {
        let kinds = self.kinds.as_deref().unwrap_or_default();
        let of_device = self.kinds.is_some()
            || self.forms.is_some()
            || self.country.is_some()
            || self.case.is_some()
            || self.placeholder.is_some();
        let wrong = match role {
            "device" if kinds.is_empty() => {
                "a device column has no kinds; add them, e.g. kinds = [\"phone\"] (phone, email, ipaddr)"
            }
            "device" if self.forms.as_ref().is_some_and(Vec::is_empty) => {
                "forms is empty; name at least one of e164, digits, national, email, address, or remove it to search in any spelling"
            }
            "device"
                if self
                    .forms
                    .iter()
                    .flatten()
                    .any(|form| !kinds.contains(&form.kind())) =>
            {
                "forms has a form of a kind that this column does not hold: e164, digits and national are forms of phone, email of email, address of ipaddr"
            }
            "device"
                if self.forms.as_ref().is_some_and(|forms| {
                    kinds.contains(&DeviceKind::Phone)
                        && forms.iter().all(|form| form.kind() != DeviceKind::Phone)
                }) =>
            {
                "forms has no form of phone, which is among the kinds; add e164, digits or national"
            }
            "device" if self.country.is_some() && !kinds.contains(&DeviceKind::Phone) => {
                "country applies to phones, and the kinds of this column do not include phone"
            }
            "device" if self.country.is_some() && self.forms.is_some() => {
                "country applies to columns that are searched in any spelling; remove forms or country"
            }
            "device" if self.case.is_some() && !kinds.contains(&DeviceKind::Email) => {
                "case applies to emails, and the kinds of this column do not include email"
            }
            "device" if self.on_forget.is_some() => {
                "a device is replaced by a placeholder and cannot have on_forget; set placeholder = \"null\" to clear it"
            }
            "key" | "account" | "client id" if self.on_forget.is_some() => {
                "keys, accounts and client IDs are never changed and cannot have on_forget"
            }
            role if role != "device" && of_device => {
                "kinds, forms, country, case and placeholder are options of the role \"device\""
            }
            role if role != "pii" && self.keep_keys.is_some() => {
                "keep_keys is an option of the role \"pii\""
            }
            _ => return Ok(()),
        };
        Err(wrong.to_owned())
    }
}

/// The word most similar to one that may be misspelt; `None` where none is similar.
pub(super) fn nearest<'a>(word: &str, words: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    words
        .into_iter()
        .map(|candidate| (strsim::damerau_levenshtein(candidate, word), candidate))
        .min()
        .filter(|(distance, candidate)| *distance <= 3 && *distance < candidate.chars().count())
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Deserialize)]
    struct File {
        c: Column,
    }

    #[test]
    fn a_role_is_written_as_it_is_parsed() {
        let device = DeviceRole::of(vec![DeviceKind::Phone, DeviceKind::Email]);
        let special = DeviceRole {
            search: Search::Exact(vec![StoredForm::National, StoredForm::Digits]),
            case: EmailCase::Exact,
            placeholder: PlaceholderWidth::Short,
            ..device.clone()
        };
        let keep_keys = vec!["a \"b\"".to_owned(), "c\nd".to_owned()];
        let written = [
            (Role::Key, "\"key\""),
            (Role::Account, "\"account\""),
            (Role::ClientId, "\"client id\""),
            (Role::ShortCode, "\"short code\""),
            (Role::Channel, "\"channel\""),
            (
                Role::Device(device),
                "{ role = \"device\", kinds = [\"phone\", \"email\"] }",
            ),
            (
                Role::Device(special),
                "{ role = \"device\", kinds = [\"phone\", \"email\"], forms = [\"national\", \"digits\"], \
                 case = \"exact\", placeholder = \"short\" }",
            ),
            (Role::Pii { keep_keys: vec![] }, "\"pii\""),
            (Role::MediaUri, "\"media uri\""),
            (Role::LegalHold, "\"legal hold\""),
            (Role::Keep, "\"keep\""),
        ];
        assert_eq!(written.len(), ROLES.len() + 1, "every role, device twice");
        let parsed = |role: &Role| {
            let file: File = toml::from_str(&format!("c = {}", role.to_toml())).unwrap();
            file.c.role
        };
        for (role, text) in written {
            assert_eq!(role.to_toml(), text);
            assert_eq!(parsed(&role), role);
        }
        let role = Role::Pii { keep_keys };
        assert_eq!(parsed(&role), role);
    }

    #[test]
    fn columns_are_a_role_or_options() {
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
        assert!(column("c = 'device'").unwrap_err().contains("has no kinds"));
        assert!(
            column("c = { role = 'keep', keep_keys = [] }")
                .unwrap_err()
                .contains("an option of")
        );
        assert!(
            column("c = 'secret'")
                .unwrap_err()
                .contains("a role is one of")
        );
        assert!(
            column("c = 'client_id'")
                .unwrap_err()
                .contains("did you mean client id?")
        );
    }
}
