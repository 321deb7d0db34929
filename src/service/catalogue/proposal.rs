//! The catalogue that discovery proposes, as TOML: entries for the tables that are not covered, with comments on what is
//! still missing.

use serde::Serialize;
use toml::ser::ValueSerializer;

use super::discovery::{AccountsTable, Discovery};
use crate::catalogue::Role;
use crate::catalogue::discover::Guess;
use crate::catalogue::user_columns::RelationKind;
use crate::domain::text::printable;
use crate::postgres::name::TableName;

/// The start of an entry: everything but its columns.
#[derive(Serialize)]
struct Entry<'a> {
    record: [Record<'a>; 1],
}

#[derive(Serialize)]
struct Record<'a> {
    name: &'a str,
    root: Root<'a>,
}

#[derive(Serialize)]
struct Root<'a> {
    schema: &'a str,
    table: &'a str,
    columns: NoColumns,
}

/// The header of a table whose lines follow.
#[derive(Serialize)]
struct NoColumns {}

/// What no look at the tables can tell.
const ACCOUNTS: &str = "
# missing: the table that lists the accounts (the tenants), for example
# [accounts]
# table = \"account\"
# account = \"account_id\"
";

impl Discovery {
    /// The entries for tables that hold personal data and are not covered; empty if there are none.
    pub(crate) fn proposal(&self) -> String {
        let mut tables: Vec<&TableName> = self.uncovered().map(|guess| &guess.name).collect();
        tables.dedup();
        let mut text = String::new();
        if !tables.is_empty() && self.accounts == AccountsTable::Missing {
            text += ACCOUNTS;
        }
        for table in tables {
            let columns = self.columns.iter().filter(|guess| guess.name == *table);
            text += "\n";
            text += &entry(table, &columns.collect::<Vec<_>>());
        }
        text
    }
}

/// One record, or a comment on a relation that no record can name.
fn entry(table: &TableName, columns: &[&Guess]) -> String {
    let name = printable(table.plain());
    match columns.first().map(|guess| guess.kind) {
        Some(RelationKind::MaterialisedView) => format!(
            "# {name} is a materialised view: REFRESH it after each FORGET, and name it under `accepted`\n\
             # of the tables that it reads\n"
        ),
        Some(RelationKind::ForeignTable) => format!(
            "# {name} is a foreign table: its rows are in another database, which needs a catalogue of its own\n"
        ),
        Some(RelationKind::Table) | None => record(table, columns),
    }
}

fn record(table: &TableName, columns: &[&Guess]) -> String {
    let name = table.table.as_str();
    let entry = Entry {
        record: [Record {
            name,
            root: Root {
                schema: table.schema.as_str(),
                table: name,
                columns: NoColumns {},
            },
        }],
    };
    let mut text = toml::to_string(&entry).expect("names are strings, which TOML can hold");
    for (role, missing) in [
        (Role::Account, "the column with the account (the tenant)"),
        (Role::Key, "the columns that identify a row"),
    ] {
        if columns.iter().all(|guess| guess.proposal != role) {
            text += &format!("# missing: {missing}\n");
        }
    }
    let (kept, others): (Vec<&Guess>, Vec<&Guess>) = columns
        .iter()
        .partition(|guess| guess.proposal == Role::Keep);
    text.extend(others.into_iter().map(line));
    if !kept.is_empty() {
        text += "# nothing suggests personal data in these; check them (the URI of a recording is \"media uri\")\n";
    }
    text.extend(kept.into_iter().map(line));
    text
}

/// The line of a column, with its options on the same line.
fn line(guess: &Guess) -> String {
    let column = std::collections::BTreeMap::from([(&guess.column, &guess.proposal)]);
    let mut text = String::new();
    column
        .serialize(ValueSerializer::new(&mut text))
        .expect("names and roles are strings and lists of strings");
    let pair = text.strip_prefix("{ ").and_then(|t| t.strip_suffix(" }"));
    format!("{}\n", pair.expect("it is an inline table of one pair"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::{DeviceRole, Source, StoredForm};
    use crate::domain::device::DeviceKind;

    fn guess(table: &TableName, column: &str, proposal: Role) -> Guess {
        Guess {
            table: table.plain(),
            name: table.clone(),
            column: column.to_owned(),
            kind: RelationKind::Table,
            type_name: "text".to_owned(),
            personal: !matches!(proposal, Role::Keep | Role::Key | Role::Account),
            proposal,
            reason: String::new(),
            covered: false,
            readable: true,
            unread: None,
        }
    }

    fn device(kinds: &[DeviceKind], forms: &[StoredForm]) -> Role {
        Role::Device(match forms {
            [] => DeviceRole::of(kinds.to_vec()),
            forms => DeviceRole::stored_in(kinds.to_vec(), forms.to_vec()),
        })
    }

    #[test]
    fn entries_are_toml_with_comments_on_what_is_missing() {
        let table = TableName::new("public", "crm");
        let phones = [StoredForm::E164, StoredForm::Digits];
        let discovery = Discovery {
            columns: vec![
                guess(&table, "id", Role::Key),
                guess(&table, "mail", device(&[DeviceKind::Email], &[])),
                guess(&table, "reach", device(&[DeviceKind::Phone], &phones)),
                guess(&table, "n", Role::Keep),
            ],
            accounts: AccountsTable::Missing,
        };
        let expected = r#"
# missing: the table that lists the accounts (the tenants), for example
# [accounts]
# table = "account"
# account = "account_id"

[[record]]
name = "crm"

[record.root]
schema = "public"
table = "crm"

[record.root.columns]
# missing: the column with the account (the tenant)
id = "key"
mail = { role = "device", kinds = ["email"] }
reach = { role = "device", kinds = ["phone"], forms = ["e164", "digits"] }
# nothing suggests personal data in these; check them (the URI of a recording is "media uri")
n = "keep"
"#;
        assert_eq!(discovery.proposal(), expected);
    }

    #[test]
    fn any_name_can_be_proposed() {
        let table = TableName::new("a.b", "line\nbreak \"quoted\" ]");
        let names = [
            "plain",
            "with space",
            "odd \"one",
            "line\n[accounts]",
            "it's",
            "ü",
            "",
        ];
        let columns = names.map(|name| guess(&table, name, Role::ClientId));
        let discovery = Discovery {
            columns: columns.into(),
            accounts: AccountsTable::Declared,
        };
        let source = Source::parse("p.toml".into(), discovery.proposal()).unwrap();
        assert_eq!(source.tables(), [table]);
        let declared = &source.declaration.records[0].root.columns;
        let mut declared: Vec<&str> = declared
            .keys()
            .map(|name| name.get_ref().as_str())
            .collect();
        declared.sort_unstable();
        let mut expected = names.to_vec();
        expected.sort_unstable();
        assert_eq!(declared, expected);
    }
}
