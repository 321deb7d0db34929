//! Discovery: which columns of a database look like personal data, and what a catalogue would say of them.
//!
//! A column is judged by its name, its type and the shape of a sample of its values; the sample is looked at on the
//! server, and only counts come back.

use super::TypeShape;
use super::bind::shape;
use super::source::Source;
use crate::catalogue::render::{self};
use crate::postgres::name::{Ident, TableName};
use crate::postgres::sql::sql_file;
use crate::postgres::{DatabaseError, Session};

/// A column of the database.
#[derive(Debug, Clone)]
pub struct UserColumn {
    pub table: TableName,
    pub column: Ident,
    pub kind: RelationKind,
    pub type_name: String,
    pub shape: TypeShape,
    /// Whether it is a number with room for the digits of a phone.
    pub number: bool,
    pub comment: Option<String>,
    pub is_key: bool,
    pub not_null: bool,
    pub may_select: bool,
}

/// What kind of relation a column belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RelationKind {
    Table,
    MaterialisedView,
    ForeignTable,
}

/// What a column seems to hold.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Guess {
    pub table: String,
    #[serde(skip)]
    pub name: TableName,
    pub column: String,
    pub kind: RelationKind,
    pub type_name: String,
    /// The entry that a catalogue would have, as TOML.
    pub proposal: String,
    /// Why; shapes and counts, never a value.
    pub reason: String,
    /// Whether a catalogue that is in use covers its table.
    pub covered: bool,
    pub personal: bool,
    /// Whether this role may read its values; where not, its name and type alone were judged.
    pub readable: bool,
}

/// Lists every column of every table.
pub async fn user_columns(session: &Session) -> Result<Vec<UserColumn>, DatabaseError> {
    let rows = session
        .query(&sql_file!("catalogue/user_columns.sql").into(), &[])
        .await?;
    let column = |row: &tokio_postgres::Row| UserColumn {
        table: TableName::new(
            row.get::<_, String>("schema_name"),
            row.get::<_, String>("table_name"),
        ),
        column: Ident::new(row.get::<_, String>("column_name")),
        kind: match row.get("kind") {
            "m" => RelationKind::MaterialisedView,
            "f" => RelationKind::ForeignTable,
            _ => RelationKind::Table,
        },
        type_name: row.get("type_name"),
        number: matches!(row.get("base_type"), "int8" | "numeric"),
        shape: shape(row.get("base_type"), row.get("category"), None),
        comment: row.get("comment"),
        is_key: row.get("is_key"),
        not_null: row.get("not_null"),
        may_select: row.get("may_select"),
    };
    Ok(rows.iter().map(column).collect())
}

/// Judges every column; those that look personal and that no entry covers come first.
pub async fn discover(session: &Session, sources: &[Source]) -> Result<Vec<Guess>, DatabaseError> {
    let covered: std::collections::HashSet<TableName> =
        sources.iter().flat_map(Source::tables).collect();
    let mut guesses = Vec::new();
    for column in user_columns(session).await? {
        let sampled = matches!(
            column.shape,
            TypeShape::Text { .. } | TypeShape::Inet | TypeShape::Jsonb | TypeShape::Json
        );
        let local = column.kind != RelationKind::ForeignTable;
        let counts = if sampled && column.may_select && local {
            sample(session, &column).await?
        } else {
            Counts::default()
        };
        let (proposal, reason, personal) = judge(&column, &counts);
        guesses.push(Guess {
            covered: covered.contains(&column.table),
            kind: column.kind,
            readable: column.may_select && local,
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

/// The shape of sampled values.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
struct Counts {
    looked_at: i64,
    e164: i64,
    digits: i64,
    emails: i64,
    addresses: i64,
    words: i64,
}

/// Looks at some values, for a while at most: a column of a large table may be nearly empty.
async fn sample(session: &Session, column: &UserColumn) -> Result<Counts, DatabaseError> {
    session
        .run(&sql_file!("session/sample_transaction.sql").into())
        .await?;
    let row = session
        .query_opt(&render::sample(&column.table, &column.column), &[])
        .await;
    session.rollback().await?;
    let row = match row {
        Err(error) if error.is_lost_connection() && session.is_closed() => return Err(error),
        row => row.unwrap_or_default(),
    };
    Ok(row.map_or_else(Counts::default, |row| Counts {
        looked_at: row.get("looked_at"),
        e164: row.get("e164"),
        digits: row.get("digits"),
        emails: row.get("emails"),
        addresses: row.get("addresses"),
        words: row.get("words"),
    }))
}

/// Words in column names, and the kind or role that they speak for.
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
/// Words in a comment that speak for personal data.
const SPOKEN: &[&str] = &[
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

/// An entry, why, and whether it is about something personal.
fn judge(column: &UserColumn, counts: &Counts) -> (String, String, bool) {
    let name = column.column.as_str().to_lowercase();
    let named = |words: &[&str]| {
        words.iter().any(|word| {
            name.split('_').any(|part| part == *word) || name.contains(word) && word.len() > 3
        })
    };
    let mostly = |n: i64| counts.looked_at > 0 && n * 10 >= counts.looked_at * 3;
    let mut kinds = Vec::new();
    let mut forms = Vec::new();
    if column.shape == TypeShape::Inet {
        return (
            "{ role = \"device\", kinds = [\"ipaddr\"] }".to_owned(),
            "its type is inet".to_owned(),
            true,
        );
    }
    if mostly(counts.e164) || (mostly(counts.digits) && named(PHONE)) {
        kinds.push("\"phone\"");
        forms.extend(mostly(counts.e164).then_some("\"e164\""));
        forms.extend(mostly(counts.digits).then_some("\"digits\""));
    }
    if mostly(counts.emails) {
        kinds.push("\"email\"");
    }
    if mostly(counts.addresses) {
        kinds.push("\"ipaddr\"");
    }
    let shapes = format!(
        "of {} values {} look like E.164, {} like digits, {} like emails, {} like addresses",
        counts.looked_at, counts.e164, counts.digits, counts.emails, counts.addresses
    );
    if !kinds.is_empty() && matches!(column.shape, TypeShape::Text { .. }) {
        let forms = if forms.is_empty() || forms == ["\"e164\""] {
            String::new()
        } else {
            format!(", forms = [{}]", forms.join(", "))
        };
        return (
            format!(
                "{{ role = \"device\", kinds = [{}]{forms} }}",
                kinds.join(", ")
            ),
            shapes,
            true,
        );
    }
    if ACCOUNT.contains(&name.as_str()) && column.not_null {
        return ("\"account\"".to_owned(), "by its name".to_owned(), false);
    }
    if column.is_key {
        return (
            "\"key\"".to_owned(),
            "part of the primary key".to_owned(),
            false,
        );
    }
    if CLIENT.contains(&name.as_str()) {
        return ("\"client id\"".to_owned(), "by its name".to_owned(), true);
    }
    let texts = matches!(
        column.shape,
        TypeShape::Text { .. } | TypeShape::Json | TypeShape::Jsonb | TypeShape::FullText
    );
    for (words, kind) in [(PHONE, "phone"), (EMAIL, "email"), (ADDRESS, "ipaddr")] {
        if texts
            && counts.looked_at == 0
            && named(words)
            && matches!(column.shape, TypeShape::Text { .. })
        {
            return (
                format!("{{ role = \"device\", kinds = [\"{kind}\"] }}"),
                "by its name; it holds no values yet".to_owned(),
                true,
            );
        }
    }
    let spoken = column.comment.as_ref().is_some_and(|comment| {
        let comment = comment.to_lowercase();
        SPOKEN.iter().any(|word| comment.contains(word))
    });
    if texts && (named(PERSON) || spoken) || named(&["birth", "dob"]) {
        return (
            "\"pii\"".to_owned(),
            if spoken {
                "by its comment"
            } else {
                "by its name"
            }
            .to_owned(),
            true,
        );
    }
    if matches!(
        column.shape,
        TypeShape::Json | TypeShape::Jsonb | TypeShape::FullText
    ) {
        return (
            "\"pii\"".to_owned(),
            "documents may hold anything".to_owned(),
            true,
        );
    }
    if mostly(counts.words) {
        return (
            "\"pii\"".to_owned(),
            format!(
                "of {} values {} are several words",
                counts.looked_at, counts.words
            ),
            true,
        );
    }
    (
        "\"keep\"".to_owned(),
        "nothing speaks for personal data".to_owned(),
        false,
    )
}

/// Columns in which a device's value could stand.
pub fn searchable(column: &UserColumn) -> bool {
    column.number
        || matches!(
            column.shape,
            TypeShape::Text { .. }
                | TypeShape::Inet
                | TypeShape::Json
                | TypeShape::Jsonb
                | TypeShape::Array
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(name: &str, shape: TypeShape) -> UserColumn {
        UserColumn {
            table: TableName::new("s", "t"),
            column: Ident::new(name),
            kind: RelationKind::Table,
            type_name: "text".into(),
            number: false,
            shape,
            comment: None,
            is_key: false,
            not_null: true,
            may_select: true,
        }
    }

    fn proposal(name: &str, counts: Counts) -> String {
        judge(&column(name, TypeShape::Text { limit: None }), &counts).0
    }

    #[test]
    fn shapes_speak_louder_than_names() {
        let counts = |e164, emails, words| Counts {
            looked_at: 10,
            e164,
            emails,
            words,
            ..Counts::default()
        };
        assert_eq!(
            proposal("x", counts(9, 0, 0)),
            "{ role = \"device\", kinds = [\"phone\"] }"
        );
        assert_eq!(
            proposal("name", counts(4, 4, 0)),
            "{ role = \"device\", kinds = [\"phone\", \"email\"] }"
        );
        assert_eq!(
            proposal("phone", Counts::default()),
            "{ role = \"device\", kinds = [\"phone\"] }"
        );
        assert_eq!(proposal("last_name", counts(0, 0, 0)), "\"pii\"");
        assert_eq!(proposal("remarks", counts(0, 0, 8)), "\"pii\"");
        let mut part_of_key = column("customer_id", TypeShape::Other);
        assert_eq!(judge(&part_of_key, &Counts::default()).0, "\"client id\"");
        part_of_key.is_key = true;
        assert_eq!(judge(&part_of_key, &Counts::default()).0, "\"key\"");
        let born = column("birth_date", TypeShape::Other);
        assert_eq!(judge(&born, &Counts::default()).0, "\"pii\"");
        assert_eq!(proposal("tenant_id", counts(0, 0, 0)), "\"account\"");
        assert_eq!(proposal("disposition", counts(0, 0, 0)), "\"keep\"");
        assert_eq!(proposal("description", counts(0, 0, 0)), "\"keep\"");
    }
}
