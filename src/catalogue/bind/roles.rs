//! Whether roles fit their columns and tables.

use std::borrow::Cow;

use super::describe::DescribedColumn;
use crate::catalogue::declaration::{
    DeviceRole, Mobile, PlaceholderWidth, Role, Search, StoredForm,
};
use crate::catalogue::model::{Column, Table, TypeShape};
use crate::domain::device::DeviceKind;
use crate::domain::placeholder::{CODE, SHORT};
use crate::domain::text::{is_label, printable};

/// Length of a placeholder without its kind: `anon-<kind>-` and the code (contract section 5).
const FULL_PLACEHOLDER: usize = "anon-".len() + 1 + CODE;
/// Length of `[redacted]`.
const REDACTED: u32 = 10;

/// What is wrong with a column's role or the privileges on it; reads on from the column's name.
pub(super) fn column_mismatch(
    column: &Column,
    described: &DescribedColumn,
) -> Option<Cow<'static, str>> {
    let fixed = || on_forget_mismatch(column).or_else(|| change_mismatch(column, described));
    collation_mismatch(column)
        .map(Cow::Owned)
        .or_else(|| fixed().map(Cow::Borrowed))
        .or_else(|| length_mismatch(column))
        .or_else(|| role_mismatch(column, described).map(Cow::Borrowed))
}

/// What is wrong with the collation of a column that is compared.
pub(super) fn nondeterministic(collation: &str) -> String {
    format!(
        "has the nondeterministic collation {collation}, under which different values are equal; give it a deterministic one"
    )
}

fn collation_mismatch(column: &Column) -> Option<String> {
    let is_compared = column.role != Role::Keep || column.on_forget.is_some();
    let collation = column.nondeterministic.as_ref();
    collation
        .filter(|_| is_compared)
        .map(|name| nondeterministic(name))
}

/// What is wrong with a column of national numbers where no country is known.
pub(super) const NO_COUNTRY: &str = "holds national numbers, and no account has a country code; set dialling_code under [accounts] to the column with country codes, or remove national from forms";

/// Whether national numbers are declared for a column.
pub(super) fn is_national(role: &Role) -> bool {
    matches!(role, Role::Device(device)
        if device.search.forms().contains(&StoredForm::National))
}

fn on_forget_mismatch(column: &Column) -> Option<&'static str> {
    column.on_forget.as_ref()?;
    match column.role {
        Role::Device(_) => Some("is a device and is replaced by a placeholder; remove on_forget"),
        Role::Key | Role::Account | Role::ClientId | Role::MediaUri => {
            Some("is kept, or cleared with its object; remove on_forget")
        }
        _ => None,
    }
}

/// Whether the column can be read and, where a FORGET writes it, changed.
fn change_mismatch(column: &Column, described: &DescribedColumn) -> Option<&'static str> {
    let changed = column.is_changed();
    if described.generated && changed {
        return Some(
            "is generated and cannot be changed; declare it keep and name it under accepted",
        );
    }
    if described.partition_key && changed {
        return Some(
            "is part of the partition key, so changing it would move rows or fail; partition by another column",
        );
    }
    if !described.may_select {
        return Some(
            "cannot be read by this role (no SELECT privilege); see `lethe catalogue grants`",
        );
    }
    if changed && !described.may_update {
        return Some(
            "cannot be changed by this role (no UPDATE privilege); see `lethe catalogue grants`",
        );
    }
    None
}

fn length_mismatch(column: &Column) -> Option<Cow<'static, str>> {
    let TypeShape::Text { limit: Some(limit) } = column.shape else {
        return None;
    };
    let length = column.on_forget.as_ref()?.chars().count();
    (length > limit as usize).then(|| {
        format!("holds at most {limit} characters and its on_forget value has {length}; set a shorter one").into()
    })
}

fn role_mismatch(column: &Column, described: &DescribedColumn) -> Option<&'static str> {
    match (&column.role, column.shape) {
        (Role::Pii { keep_keys }, shape)
            if !keep_keys.is_empty() && !matches!(shape, TypeShape::Json | TypeShape::Jsonb) =>
        {
            Some("is not json or jsonb, so it has no keys to keep; remove keep_keys")
        }
        (Role::Device(device), _) => device_mismatch(column, device),
        (Role::Pii { .. }, _) if column.on_forget.is_some() => None,
        (Role::Pii { .. }, TypeShape::Text { limit: Some(limit) }) if limit < REDACTED => {
            Some("is too short for [redacted]; set on_forget")
        }
        (
            Role::Pii { .. },
            TypeShape::Number
            | TypeShape::Composite
            | TypeShape::Container
            | TypeShape::Other
            | TypeShape::Inet
            | TypeShape::Boolean
            | TypeShape::FullText,
        ) if column.not_null => {
            Some("is NOT NULL and its type has no redacted value; set on_forget")
        }
        (Role::Keep, TypeShape::FullText) if !described.generated => {
            Some("is a full-text column, which keeps the words of personal fields; declare it pii")
        }
        (Role::LegalHold, shape) if shape != TypeShape::Boolean => {
            Some("is not boolean, as a legal hold must be; change its type or role")
        }
        (Role::MediaUri, shape) if !matches!(shape, TypeShape::Text { .. }) || column.not_null => {
            Some("is not a nullable text, as a media URI must be; change its type or role")
        }
        (Role::Account | Role::Key, _) if !column.not_null => {
            Some("is nullable, as a key or an account must not be; declare it NOT NULL")
        }
        _ => None,
    }
}

fn device_mismatch(column: &Column, device: &DeviceRole) -> Option<&'static str> {
    let kinds = device.kinds.iter().map(|kind| kind.as_str().len());
    let full = FULL_PLACEHOLDER + kinds.max().unwrap_or(0);
    match (column.shape, device.placeholder) {
        (TypeShape::Inet, _) if device.kinds != [DeviceKind::Ipaddr] => {
            Some("is inet, which can hold only the kind ipaddr; correct kinds")
        }
        (_, PlaceholderWidth::Null) if column.not_null => Some(
            "is NOT NULL, so its placeholder cannot be null; set placeholder to \"short\" or \"full\"",
        ),
        (TypeShape::Inet, PlaceholderWidth::Short) => Some(
            "is inet, whose placeholder is an address; remove placeholder or set it to \"null\"",
        ),
        (TypeShape::Inet, _) => None,
        (TypeShape::Text { limit: Some(limit) }, PlaceholderWidth::Full)
            if (limit as usize) < full =>
        {
            Some("is too short for a placeholder; set placeholder to \"short\" or \"null\"")
        }
        (TypeShape::Text { limit: Some(limit) }, PlaceholderWidth::Short)
            if (limit as usize) < SHORT =>
        {
            Some("is too short for a short placeholder; set placeholder to \"null\"")
        }
        (TypeShape::Text { .. }, _) => None,
        (
            TypeShape::Array
            | TypeShape::Json
            | TypeShape::Jsonb
            | TypeShape::Composite
            | TypeShape::Container,
            _,
        ) if device.search != Search::AnySpelling => Some(
            "holds more than a device alone, so it cannot be searched for exact forms; remove forms",
        ),
        (
            TypeShape::Array
            | TypeShape::Json
            | TypeShape::Jsonb
            | TypeShape::Composite
            | TypeShape::Container,
            _,
        ) => None,
        (TypeShape::Number, PlaceholderWidth::Null) => None,
        (TypeShape::Number, _) => {
            Some("is a number, which cannot hold a placeholder; set placeholder to \"null\"")
        }
        (TypeShape::Boolean | TypeShape::FullText | TypeShape::Other, _) => {
            Some("has a type that cannot hold a device; change its role")
        }
    }
}

/// What is wrong with the devices of a record of which all are redacted: a value is replaced as a whole then.
pub(super) fn sibling_mismatch(table: &Table) -> Option<String> {
    let is_whole = |shape| {
        matches!(
            shape,
            TypeShape::Text { .. } | TypeShape::Inet | TypeShape::Number
        )
    };
    let column = table
        .devices()
        .find(|device| !is_whole(device.column.shape))?
        .column;
    Some(format!(
        "{}.{} holds more than a device alone, and siblings = \"redact\" replaces whole values; set siblings = \"keep\" or the role pii",
        table.name.plain(),
        column.name.as_str()
    ))
}

/// What is wrong with the roles of a table as a whole.
pub(super) fn table_mismatches(table: &Table) -> Vec<String> {
    let name = table.name.plain();
    let count = |role: &Role| table.columns.iter().filter(|c| c.role == *role).count();
    let mut mismatches = Vec::new();
    if count(&Role::Account) != 1 {
        mismatches.push(format!(
            "{name} does not have exactly one column with the role account, within which its rows are found; \
             add one to a table without it"
        ));
    }
    if count(&Role::Key) == 0 {
        mismatches.push(format!(
            "{name} has no column with the role key; declare those of its primary key"
        ));
    }
    for (role, word) in [
        (Role::ShortCode, "short code"),
        (Role::Channel, "channel"),
        (Role::ClientId, "client id"),
        (Role::LegalHold, "legal hold"),
        (Role::MediaUri, "media uri"),
    ] {
        if count(&role) > 1 {
            mismatches.push(format!(
                "{name} has more than one column with the role {word}; keep one"
            ));
        }
    }
    for device in table.devices() {
        let named = device.device.country.as_ref();
        let has = |name: &&String| table.columns.iter().any(|c| c.name.as_str() == **name);
        if let Some(country) = named.filter(|name| !has(name)) {
            mismatches.push(format!(
                "{name} has no column {}, which {} names as its country; correct country",
                printable(country),
                device.column.name.as_str()
            ));
        }
    }
    if matches!(table.mobile, Mobile::Channels(_)) && count(&Role::Channel) == 0 {
        mismatches.push(format!(
            "{name} has no column with the role channel, but mobile lists channels; declare one or remove mobile"
        ));
    }
    if !is_label(&table.label) {
        mismatches.push(format!(
            "{name} has a label that is not a valid file name; set another label"
        ));
    }
    mismatches
}
