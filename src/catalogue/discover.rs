//! Discovery: which columns of a database look like personal data, and the catalogue entries they would get.
//!
//! A column is judged by its name, its type and a sample of its values. The server examines the sample; only counts are
//! transferred.

use std::collections::HashSet;

use super::declaration::{DeviceRole, Role, StoredForm};
use super::model::TypeShape;
use super::queries::{self, SampleCounts};
use super::reading::{Unreadable, why_unreadable};
use super::source::Source;
use super::user_columns::{RelationKind, UserColumn, user_columns};
use crate::catalogue::render;
use crate::domain::device::DeviceKind;
use crate::postgres::name::TableName;
use crate::postgres::query::One;
use crate::postgres::{DatabaseError, Session};

/// What a column probably holds.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub(crate) struct Guess {
    pub(crate) table: String,
    #[serde(skip)]
    pub(crate) name: TableName,
    pub(crate) column: String,
    pub(crate) kind: RelationKind,
    pub(crate) type_name: String,
    /// The proposed role.
    #[serde(serialize_with = "as_toml")]
    pub(crate) proposal: Role,
    /// Why: counts, never a value.
    pub(crate) reason: String,
    /// Whether the current catalogue declares its table.
    pub(crate) covered: bool,
    pub(crate) personal: bool,
    /// Whether its values were read. If not, only its name and type were judged.
    pub(crate) readable: bool,
    /// Why its values were not read.
    #[serde(skip)]
    pub(crate) unread: Option<Unread>,
}

/// Why the values of a column were not read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Unread {
    /// It belongs to a foreign table.
    Elsewhere,
    /// This role may not SELECT it.
    NoPrivilege,
    /// Reading the table would run functions of others, or not return all rows.
    Unsafe(Unreadable),
    /// The server could not return a sample, or not in time.
    Failed,
}

/// The text of a role in a catalogue.
fn as_toml<S: serde::Serializer>(role: &Role, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&role.to_toml())
}

/// Judges every column. Personal columns that the catalogue does not cover come first.
pub(crate) async fn discover(
    session: &Session,
    sources: &[Source],
) -> Result<Vec<Guess>, DatabaseError> {
    let covered: HashSet<TableName> = sources.iter().flat_map(Source::tables).collect();
    let mut guesses = Vec::new();
    for column in user_columns(session).await? {
        let sampled = matches!(
            column.shape,
            TypeShape::Text { .. } | TypeShape::Inet | TypeShape::Jsonb | TypeShape::Json
        );
        let mut unread = match column.kind {
            RelationKind::ForeignTable => Some(Unread::Elsewhere),
            _ if !column.may_select => Some(Unread::NoPrivilege),
            _ => None,
        };
        let counts = match (&unread, sampled) {
            (Some(_), _) => None,
            (None, false) => Some(SampleCounts::default()),
            (None, true) => match sample(session, &column, sources).await? {
                Ok(counts) => Some(counts),
                Err(why) => {
                    unread = Some(why);
                    None
                }
            },
        };
        let Judgement {
            proposal,
            reason,
            personal,
        } = judge(&column, counts.as_ref());
        guesses.push(Guess {
            covered: covered.contains(&column.table),
            kind: column.kind,
            readable: unread.is_none(),
            unread,
            table: column.table.plain(),
            name: column.table,
            column: column.column.as_str().to_owned(),
            type_name: column.type_name,
            proposal,
            reason,
            personal,
        });
    }
    guesses.sort_by_key(|g| (!g.personal || g.covered, g.table.clone()));
    Ok(guesses)
}

impl SampleCounts {
    /// Whether at least three in ten of the sampled values are in a count.
    fn mostly(&self, count: i64) -> bool {
        self.sampled > 0 && count * 10 >= self.sampled * 3
    }
}

/// Samples the values of a column, with a time limit: most rows of a large table may be empty in this column. The inner error
/// is why there is no sample.
async fn sample(
    session: &Session,
    column: &UserColumn,
    sources: &[Source],
) -> Result<Result<SampleCounts, Unread>, DatabaseError> {
    session.begin_sample().await?;
    let counts = sample_if_readable(session, column, sources).await;
    session.rollback().await?;
    match counts {
        Err(error) if error.is_lost_connection() && session.is_closed() => Err(error),
        Err(error) if error.is_unreadable_row() => Err(error),
        Err(_) => Ok(Err(Unread::Failed)),
        Ok(counts) => Ok(counts),
    }
}

async fn sample_if_readable(
    session: &Session,
    column: &UserColumn,
    sources: &[Source],
) -> Result<Result<SampleCounts, Unread>, DatabaseError> {
    if let Some(why) = why_unreadable(session, column, sources).await? {
        return Ok(Err(Unread::Unsafe(why)));
    }
    let statement = render::sample(&column.table, &column.column, column.origin);
    let One(counts) = queries::sample(session, &statement).await?;
    Ok(Ok(counts))
}

/// Words in column names that suggest a kind or a role.
const PHONE: &[&str] = &[
    "phone", "mobile", "msisdn", "handset", "cell", "caller", "dialled", "dialed", "fax", "ani",
];
const EMAIL: &[&str] = &["email", "mail"];
const ADDRESS: &[&str] = &["ip", "ipaddr", "ip_addr", "remote_addr"];
const PERSON: &[&str] = &[
    "name",
    "first",
    "last",
    "surname",
    "street",
    "city",
    "zip",
    "postcode",
    "birth",
    "dob",
    "gender",
    "company",
    "note",
    "comment",
    "message",
    "body",
    "text",
    "subject",
    "attributes",
    "address",
    "summary",
    "transcript",
    "ssn",
    "iban",
];
/// Words in a column's comment that suggest personal data.
const COMMENTS: &[&str] = &[
    "personal", "private", "gdpr", "pii", "phone", "email", "e-mail", "address", "customer",
    "consumer",
];
const CLIENT: &[&str] = &[
    "client_id",
    "customer_id",
    "consumer_id",
    "record_id",
    "external_id",
];
const ACCOUNT: &[&str] = &["account_id", "tenant_id", "account", "tenant"];

/// A proposed role.
struct Judgement {
    proposal: Role,
    reason: String,
    personal: bool,
}

impl Judgement {
    fn personal(proposal: Role, reason: impl Into<String>) -> Judgement {
        Judgement {
            proposal,
            reason: reason.into(),
            personal: true,
        }
    }

    fn other(proposal: Role, reason: &str) -> Judgement {
        Judgement {
            personal: false,
            ..Judgement::personal(proposal, reason)
        }
    }
}

/// Redacted as a whole.
const PII: Role = Role::Pii {
    keep_keys: Vec::new(),
};

/// The first that applies: what the values look like, then keys, then names and comments, then the type. `counts`: `None`
/// where the values were not read.
fn judge(column: &UserColumn, counts: Option<&SampleCounts>) -> Judgement {
    let name = ColumnWords::new(column);
    let without_values = match counts {
        Some(_) => "by its name; it holds no values yet",
        None => "by its name; its values were not read",
    };
    let none = SampleCounts::default();
    let counts = counts.unwrap_or(&none);
    by_values(column, counts, &name)
        .or_else(|| by_key(column, &name))
        .or_else(|| by_name(column, counts, &name, without_values))
        .or_else(|| by_type(column, counts))
        .unwrap_or_else(|| Judgement::other(Role::Keep, "nothing suggests personal data"))
}

/// The words of a column's name.
struct ColumnWords(String);

impl ColumnWords {
    fn new(column: &UserColumn) -> ColumnWords {
        ColumnWords(column.column.as_str().to_lowercase())
    }

    /// Whether the name is one of some.
    fn is_one_of(&self, names: &[&str]) -> bool {
        names.contains(&self.0.as_str())
    }

    /// Whether the name has one of some words, or contains one of more than three letters.
    fn has(&self, words: &[&str]) -> bool {
        words.iter().any(|word| {
            let is_part = self.0.split('_').any(|part| part == *word);
            is_part || self.0.contains(word) && word.len() > 3
        })
    }
}

fn by_values(column: &UserColumn, counts: &SampleCounts, name: &ColumnWords) -> Option<Judgement> {
    if column.shape == TypeShape::Inet {
        return Some(Judgement::personal(
            Role::Device(DeviceRole::of(vec![DeviceKind::Ipaddr])),
            "its type is inet",
        ));
    }
    let mut kinds = Vec::new();
    let mut forms = Vec::new();
    let mut canonical = 0;
    if counts.mostly(counts.e164) || (counts.mostly(counts.digits) && name.has(PHONE)) {
        kinds.push(DeviceKind::Phone);
        forms.push(StoredForm::E164);
        canonical += counts.e164;
    }
    if counts.mostly(counts.emails) {
        kinds.push(DeviceKind::Email);
        forms.push(StoredForm::Email);
        canonical += counts.emails;
    }
    if counts.mostly(counts.addresses) {
        kinds.push(DeviceKind::Ipaddr);
        forms.push(StoredForm::Address);
        canonical += counts.addresses;
    }
    if kinds.is_empty() || !matches!(column.shape, TypeShape::Text { .. }) {
        return None;
    }
    // Of digits alone, nobody knows whether they begin with a country code.
    let device = match canonical == counts.sampled {
        true => DeviceRole::stored_in(kinds, forms),
        false => DeviceRole::of(kinds),
    };
    Some(Judgement::personal(
        Role::Device(device),
        format!(
            "of {} values {} look like E.164, {} like digits, {} like emails, {} like addresses",
            counts.sampled, counts.e164, counts.digits, counts.emails, counts.addresses
        ),
    ))
}

fn by_key(column: &UserColumn, name: &ColumnWords) -> Option<Judgement> {
    if name.is_one_of(ACCOUNT) && column.not_null {
        return Some(Judgement::other(Role::Account, "by its name"));
    }
    if column.is_key {
        return Some(Judgement::other(Role::Key, "part of the primary key"));
    }
    let is_client_id = name.is_one_of(CLIENT);
    is_client_id.then(|| Judgement::personal(Role::ClientId, "by its name"))
}

/// `without_values`: the reason where no value was sampled.
fn by_name(
    column: &UserColumn,
    counts: &SampleCounts,
    name: &ColumnWords,
    without_values: &str,
) -> Option<Judgement> {
    let is_text = matches!(column.shape, TypeShape::Text { .. });
    for (words, kind) in [
        (PHONE, DeviceKind::Phone),
        (EMAIL, DeviceKind::Email),
        (ADDRESS, DeviceKind::Ipaddr),
    ] {
        if is_text && counts.sampled == 0 && name.has(words) {
            return Some(Judgement::personal(
                Role::Device(DeviceRole::of(vec![kind])),
                without_values,
            ));
        }
    }
    let comment = column
        .comment
        .as_ref()
        .map(|comment| comment.to_lowercase());
    let by_comment = comment.is_some_and(|text| COMMENTS.iter().any(|word| text.contains(word)));
    let is_document = is_document(column.shape);
    let is_personal = (is_text || is_document) && (name.has(PERSON) || by_comment);
    let reason = match by_comment {
        true => "by its comment",
        false => "by its name",
    };
    (is_personal || name.has(&["birth", "dob"])).then(|| Judgement::personal(PII, reason))
}

fn by_type(column: &UserColumn, counts: &SampleCounts) -> Option<Judgement> {
    if is_document(column.shape) {
        return Some(Judgement::personal(PII, "documents may hold anything"));
    }
    counts.mostly(counts.words).then(|| {
        Judgement::personal(
            PII,
            format!(
                "of {} values {} are several words",
                counts.sampled, counts.words
            ),
        )
    })
}

fn is_document(shape: TypeShape) -> bool {
    matches!(
        shape,
        TypeShape::Json | TypeShape::Jsonb | TypeShape::FullText
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::TypeOrigin;
    use crate::catalogue::user_columns::Examined;
    use crate::postgres::name::Ident;

    fn column(name: &str, shape: TypeShape) -> UserColumn {
        UserColumn {
            table: TableName::new("s", "t"),
            relation: 0,
            column: Ident::new(name),
            kind: RelationKind::Table,
            is_partitioned: false,
            type_name: "text".into(),
            column_type: 0,
            examined: Examined::Never,
            shape,
            comment: None,
            is_key: false,
            not_null: true,
            may_select: true,
            may_lock: true,
            origin: TypeOrigin::System,
        }
    }

    fn proposal(name: &str, counts: SampleCounts) -> Role {
        let column = column(name, TypeShape::Text { limit: None });
        judge(&column, Some(&counts)).proposal
    }

    fn device(kinds: &[DeviceKind]) -> Role {
        Role::Device(DeviceRole::of(kinds.to_vec()))
    }

    #[test]
    fn values_take_precedence_over_names() {
        let counts = |e164, emails, words| SampleCounts {
            sampled: 10,
            e164,
            emails,
            words,
            ..SampleCounts::default()
        };
        assert_eq!(proposal("x", counts(9, 0, 0)), device(&[DeviceKind::Phone]));
        assert_eq!(
            proposal("name", counts(4, 4, 0)),
            device(&[DeviceKind::Phone, DeviceKind::Email])
        );
        assert_eq!(
            proposal("phone", SampleCounts::default()),
            device(&[DeviceKind::Phone])
        );
        assert_eq!(proposal("last_name", counts(0, 0, 0)), PII);
        assert_eq!(proposal("remarks", counts(0, 0, 8)), PII);
        let mut part_of_key = column("customer_id", TypeShape::Other);
        assert_eq!(judge(&part_of_key, None).proposal, Role::ClientId);
        part_of_key.is_key = true;
        assert_eq!(judge(&part_of_key, None).proposal, Role::Key);
        let born = column("birth_date", TypeShape::Other);
        assert_eq!(judge(&born, None).proposal, PII);
        assert_eq!(proposal("tenant_id", counts(0, 0, 0)), Role::Account);
        assert_eq!(proposal("disposition", counts(0, 0, 0)), Role::Keep);
        assert_eq!(proposal("description", counts(0, 0, 0)), Role::Keep);
    }
}
