//! Staging and finding: which rows of which tables hold a device.

use super::expression::{
    form_value, forms_literal, found_keys, fragment, ident, is_root, join_root, key_names, list,
    lookup_value,
};
use super::{Fragment, Slot, Statement, Temp, fill, sql_file};
use crate::catalogue::{
    AccountsTable, Column, DeviceRole, Mobile, Record, Role, ShortCodesTable, Table,
};
use crate::name::{Ident, Literal};
use crate::request::Product;

/// The definitions of the key columns of found rows.
fn found_columns(record: &Record, table: &Table) -> String {
    let keys = table
        .key()
        .into_iter()
        .enumerate()
        .map(|(i, c)| format!("k{} {}", i + 1, c.type_name));
    let roots = record
        .root
        .key()
        .into_iter()
        .enumerate()
        .map(|(i, c)| format!("r{} {}", i + 1, c.type_name));
    let roots = roots.filter(|_| !is_root(record, table));
    list(keys.chain(roots), |definition| definition, ", ")
}

/// Makes the temporary table of found rows.
pub fn found_table(record: &Record, table: &Table) -> Statement {
    fill(
        sql_file!("stage/found.sql"),
        table.name.plain(),
        &[
            ("found", Slot::Temp(Temp::Found(table.number))),
            (
                "account type",
                Slot::Type(table.account().type_name.clone()),
            ),
            ("keys", fragment(found_columns(record, table))),
        ],
    )
}

/// Makes the temporary table of affected records.
pub fn record_table(record: &Record) -> Statement {
    let keys = record.root.key();
    let keys = keys.iter().enumerate();
    fill(
        sql_file!("stage/record.sql"),
        record.name.clone(),
        &[
            ("record", Slot::Temp(Temp::Record(record.number))),
            (
                "account type",
                Slot::Type(record.root.account().type_name.clone()),
            ),
            (
                "keys",
                fragment(list(
                    keys,
                    |(i, c)| format!("r{} {}", i + 1, c.type_name),
                    ", ",
                )),
            ),
        ],
    )
}

/// Makes the index by which an export takes the records of one request.
pub fn record_index(record: &Record) -> Statement {
    fill(
        sql_file!("stage/record_index.sql"),
        record.name.clone(),
        &[("record", Slot::Temp(Temp::Record(record.number)))],
    )
}

/// Loads the accounts below those that a drop lists.
pub fn account_tree(accounts: &AccountsTable) -> Statement {
    let optional = |column: &Option<Ident>| match column {
        Some(column) => fragment(format!("a.{column}::text")),
        None => fragment("NULL::text"),
    };
    fill(
        sql_file!("find/accounts.sql"),
        accounts.name.plain(),
        &[
            ("table", Slot::Table(accounts.name.clone())),
            ("account", Slot::Ident(accounts.account.clone())),
            ("parent", optional(&accounts.parent)),
            ("dialling code", optional(&accounts.dialling_code)),
            ("trunk prefix", optional(&accounts.trunk_prefix)),
        ],
    )
}

/// Loads which accounts own or share the named short codes.
pub fn short_codes(codes: &ShortCodesTable) -> Statement {
    fill(
        sql_file!("find/short_codes.sql"),
        codes.owners.plain(),
        &[
            (
                "owner short code",
                Slot::Ident(codes.owner_short_code.clone()),
            ),
            ("owner account", Slot::Ident(codes.owner_account.clone())),
            ("owners", Slot::Table(codes.owners.clone())),
            ("table", Slot::Table(codes.name.clone())),
            ("short code", Slot::Ident(codes.short_code.clone())),
        ],
    )
}

/// The joins and the condition by which rows with a short code are reached (contract section 4). Short code and
/// channel stand in the root, and hold for the parts of its record too.
fn reach(record: &Record, table: &Table, product: Product) -> (Fragment, Fragment) {
    let root = &record.root;
    let Some(code) = root.column(&Role::ShortCode) else {
        return (Fragment::default(), Fragment("true".to_owned()));
    };
    let code = &code.name;
    let (alias, mut join) = if is_root(record, table) {
        ("t", String::new())
    } else {
        let keys = root.root_key.iter().zip(&table.root_key);
        // A part whose root is gone has no short code.
        let join = format!(
            "LEFT JOIN {} q ON q.{} = t.{} AND {}\n",
            root.name,
            root.account().name,
            table.account().name,
            list(keys, |(key, part)| format!("q.{key} = t.{part}"), " AND ")
        );
        ("q", join)
    };
    join.push_str(&format!(
        "LEFT JOIN lethe_scope_code c ON c.scope = g.scope AND c.short_code = {alias}.{code}::text"
    ));
    let mut reached = "c.short_code IS NOT NULL".to_owned();
    if product == Product::Outbound {
        // Empty is no short code either.
        reached = format!("{reached} OR coalesce({alias}.{code}::text, '') = ''");
        if let (Mobile::Channels(channels), Some(channel)) =
            (&root.mobile, root.column(&Role::Channel))
        {
            let names = list(channels, |c| Literal::new(c).to_string(), ", ");
            reached = format!(
                "{reached} OR coalesce({alias}.{}::text, '') NOT IN ({names})",
                channel.name
            );
        }
    }
    (Fragment(join), Fragment(reached))
}

/// Finds rows by one device column.
pub fn match_column(
    record: &Record,
    table: &Table,
    slot: usize,
    column: &Column,
    device: &DeviceRole,
    product: Product,
) -> Statement {
    let (names, keys) = found_keys(record, table);
    let (reach, reached) = reach(record, table, product);
    fill(
        sql_file!("find/match.sql"),
        format!("{}.{}", table.name.plain(), column.name.as_str()),
        &[
            ("found", Slot::Temp(Temp::Found(table.number))),
            ("key names", fragment(names)),
            ("slot", Slot::Number(slot)),
            ("account", ident(table.account())),
            ("keys", fragment(keys)),
            ("form", fragment(form_value(column, device))),
            ("column", ident(column)),
            ("table", Slot::Table(table.name.clone())),
            ("value", fragment(lookup_value(column, device))),
            ("reach", Slot::Fragment(reach)),
            ("reached", Slot::Fragment(reached)),
            ("forms", forms_literal(device)),
        ],
    )
}

/// Counts found rows per target.
pub fn count(table: &Table) -> Statement {
    fill(
        sql_file!("find/count.sql"),
        table.name.plain(),
        &[
            ("key names", fragment(key_names(table, ""))),
            ("found", Slot::Temp(Temp::Found(table.number))),
        ],
    )
}

/// Looks for legal holds on the records of found rows: one statement for each table of the record that knows some.
pub fn held(record: &Record, found: &Table) -> Vec<Statement> {
    let holds = record
        .tables()
        .filter_map(|table| table.column(&Role::LegalHold).map(|hold| (table, hold)));
    let look = |(table, hold): (&Table, &Column)| {
        fill(
            sql_file!("find/held.sql"),
            found.name.plain(),
            &[
                ("found", Slot::Temp(Temp::Found(found.number))),
                ("table", Slot::Table(table.name.clone())),
                ("account", ident(table.account())),
                ("join", fragment(join_root(record, table, "h", found))),
                ("hold", ident(hold)),
            ],
        )
    };
    holds.map(look).collect()
}

/// Notes the client IDs of the records of found rows; `None` where the record knows none.
pub fn clients(record: &Record, found: &Table) -> Option<Statement> {
    let (table, client_id) = record.client_id()?;
    Some(fill(
        sql_file!("find/clients.sql"),
        found.name.plain(),
        &[
            ("found", Slot::Temp(Temp::Found(found.number))),
            ("table", Slot::Table(table.name.clone())),
            ("account", ident(table.account())),
            ("join", fragment(join_root(record, table, "c", found))),
            ("client id", ident(client_id)),
        ],
    ))
}

/// Takes refused targets out of found rows.
pub fn exclude(table: &Table) -> Statement {
    fill(
        sql_file!("find/exclude.sql"),
        table.name.plain(),
        &[("found", Slot::Temp(Temp::Found(table.number)))],
    )
}
