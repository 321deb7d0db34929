//! Staging and finding: which rows of which tables hold a device.

use super::expression::{
    form_value, forms_literal, found_keys, fragment, ident, identity, is_root, is_same, join_root,
    key_names, key_types, list, lookup_value, sql_type,
};
use crate::catalogue::{
    AccountsTable, Column, DeviceColumn, Mobile, Record, Role, ShortCodesTable, Table,
};
use crate::domain::request::Product;
use crate::postgres::declared::{commands, copies_out};
use crate::postgres::name::{Ident, Literal};
use crate::postgres::sql::{Fragment, Slot, Statement, Temp, fill, sql_file};

commands! {
    FOUND_TABLE = "stage/found.sql";
    RECORD_TABLE = "stage/record.sql";
    FOUND_INDEX = "stage/found_index.sql";
}

copies_out! { SIGHT = "find/sight.sql"; }

/// The definitions of the key columns of a table of found rows.
fn found_columns(record: &Record, table: &Table) -> String {
    let keys = table
        .key()
        .into_iter()
        .enumerate()
        .map(|(i, c)| format!("k{} {}", i + 1, sql_type(c)));
    let roots = record
        .root
        .key()
        .into_iter()
        .enumerate()
        .map(|(i, c)| format!("r{} {}", i + 1, sql_type(c)));
    let roots = roots.filter(|_| !is_root(record, table));
    list(keys.chain(roots), |definition| definition, ", ")
}

/// Creates the temporary table of found rows.
pub(crate) fn found_table(record: &Record, table: &Table) -> Statement {
    fill(
        FOUND_TABLE,
        table.name.plain(),
        &[
            ("found", Slot::Temp(Temp::Found(table.number))),
            ("account type", Slot::Type(sql_type(table.account()))),
            ("keys", fragment(found_columns(record, table))),
        ],
    )
}

/// Creates the temporary table of affected records.
pub fn record_table(record: &Record) -> Statement {
    let keys = record.root.key();
    let keys = keys.iter().enumerate();
    fill(
        RECORD_TABLE,
        record.name.clone(),
        &[
            ("record", Slot::Temp(Temp::Record(record.number))),
            ("account type", Slot::Type(sql_type(record.root.account()))),
            (
                "keys",
                fragment(list(
                    keys,
                    |(i, c)| format!("r{} {}", i + 1, sql_type(c)),
                    ", ",
                )),
            ),
        ],
    )
}

/// Creates the index by which an EXPORT selects the found rows of one request.
pub(crate) fn found_index(table: &Table) -> Statement {
    fill(
        FOUND_INDEX,
        table.name.plain(),
        &[("found", Slot::Temp(Temp::Found(table.number)))],
    )
}

/// Loads the accounts that a drop lists and their descendants.
pub(crate) fn account_tree(accounts: &AccountsTable) -> Statement {
    let optional = |column: &Option<Ident>| match column {
        Some(column) => fragment(format!("a.{column}::pg_catalog.text")),
        None => fragment("NULL::pg_catalog.text"),
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

/// Loads which accounts own or share some short codes.
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

/// How a record with a short code is reached (contract section 4). Parts have the short code and channel of their root.
pub(super) struct Reach {
    /// For a part, the join with the root.
    pub(super) root: Fragment,
    /// The short code as an expression.
    pub(super) code: String,
    /// The condition under which a record is reached without its short code; `false` if never.
    pub(super) otherwise: String,
}

/// `None` where the record has no short code.
pub(super) fn reach(record: &Record, table: &Table, product: Product) -> Option<Reach> {
    let root = &record.root;
    let code = root.column(&Role::ShortCode)?;
    let (join, alias) = if is_root(record, table) {
        (String::new(), "t")
    } else {
        let keys = root.root_key.iter().zip(&table.root_key);
        let keys = list(
            keys,
            |(key, part)| format!(" AND b.{key} OPERATOR(pg_catalog.=) t.{part}"),
            "",
        );
        let (account, of_part) = (&root.account().name, &table.account().name);
        let join = format!(
            "LEFT JOIN {} b ON b.{account} OPERATOR(pg_catalog.=) t.{of_part}{keys}",
            root.name
        );
        (join, "b")
    };
    let code = format!("{alias}.{}::pg_catalog.text", code.name);
    let mut otherwise = "false".to_owned();
    if product == Product::Outbound {
        // An empty short code is none.
        otherwise = format!("coalesce({code}, '') OPERATOR(pg_catalog.=) ''");
        if let (Mobile::Channels(channels), Some(channel)) =
            (&root.mobile, root.column(&Role::Channel))
        {
            let names = list(channels, |c| Literal::new(c).to_string(), ", ");
            otherwise = format!(
                "{otherwise} OR coalesce({alias}.{}::pg_catalog.text, '') OPERATOR(pg_catalog.<>) ALL (ARRAY[{names}])",
                channel.name
            );
        }
    }
    Some(Reach {
        root: Fragment(join),
        code,
        otherwise,
    })
}

/// Finds the rows that hold a device in one column, in one of its forms.
pub(crate) fn match_column(
    record: &Record,
    table: &Table,
    device: &DeviceColumn,
    product: Product,
) -> Statement {
    let column = device.column;
    let (names, keys) = found_keys(record, table);
    let (reach, reached) = reach_slots(record, table, product);
    fill(
        sql_file!("find/match.sql"),
        format!("{}.{}", table.name.plain(), column.name.as_str()),
        &[
            ("found", Slot::Temp(Temp::Found(table.number))),
            ("key names", fragment(names)),
            ("slot", Slot::Number(device.slot)),
            ("account", ident(table.account())),
            ("keys", fragment(keys)),
            ("form", fragment(form_value(device))),
            ("column", ident(column)),
            ("table", Slot::Table(table.name.clone())),
            ("value", fragment(lookup_value(device))),
            ("reach", reach),
            ("reached", reached),
            ("same", fragment(is_same(device))),
            ("forms", forms_literal(device.device)),
        ],
    )
}

/// The joins and the condition under which a row is in scope.
fn reach_slots(record: &Record, table: &Table, product: Product) -> (Slot, Slot) {
    let (reach, reached) = match reach(record, table, product) {
        None => (String::new(), "true".to_owned()),
        Some(Reach {
            root,
            code,
            otherwise,
        }) => {
            let root = if root.0.is_empty() {
                root.0
            } else {
                format!("{}\n", root.0)
            };
            let join = format!(
                "{root}LEFT JOIN pg_temp.lethe_scope_code c ON c.scope OPERATOR(pg_catalog.=) g.scope AND c.short_code OPERATOR(pg_catalog.=) {code}"
            );
            let reached = match otherwise.as_str() {
                "false" => "c.short_code IS NOT NULL".to_owned(),
                otherwise => format!("c.short_code IS NOT NULL OR {otherwise}"),
            };
            (join, reached)
        }
    };
    (fragment(reach), fragment(reached))
}

/// Reads the account, the key, and these columns of a table, in this order.
pub(crate) fn sight(table: &Table, columns: &[&Column], present: &[&Column]) -> Statement {
    let all = identity(table).into_iter().chain(columns.iter().copied());
    let is_present = |c: &&Column| format!("t.{} IS NOT NULL", c.name);
    fill(
        SIGHT,
        table.name.plain(),
        &[
            ("values", fragment(list(all, stored_text, ", "))),
            ("table", Slot::Table(table.name.clone())),
            ("present", fragment(list(present, is_present, " OR "))),
        ],
    )
}

/// The text of a column of row `t`, as [`changed`] and [`match_sighted`] compare it.
fn stored_text(column: &Column) -> String {
    format!("t.{}::pg_catalog.text", column.name)
}

/// Finds the rows whose value in one column was recognised.
pub(crate) fn match_sighted(
    record: &Record,
    table: &Table,
    device: &DeviceColumn,
    product: Product,
) -> Statement {
    let (names, keys) = found_keys(record, table);
    let (reach, reached) = reach_slots(record, table, product);
    let mut slots = sighted_slots(table, device);
    slots.extend([
        ("found", Slot::Temp(Temp::Found(table.number))),
        ("key names", fragment(names)),
        ("account", ident(table.account())),
        ("keys", fragment(keys)),
        ("reach", reach),
        ("reached", reached),
    ]);
    fill(
        sql_file!("find/sighted.sql"),
        format!("{}.{}", table.name.plain(), device.column.name.as_str()),
        &slots,
    )
}

/// Returns the values of one column that have changed since they were recognised.
pub fn changed(table: &Table, device: &DeviceColumn, country: Option<&Column>) -> Statement {
    let mut slots = sighted_slots(table, device);
    let country = country.map(stored_text);
    let country = country.unwrap_or_else(|| "NULL::pg_catalog.text".to_owned());
    slots.push(("country", fragment(country)));
    fill(
        sql_file!("find/changed.sql"),
        format!("{}.{}", table.name.plain(), device.column.name.as_str()),
        &slots,
    )
}

/// What joins row `t` of a table with what was recognised in one of its columns.
fn sighted_slots(table: &Table, device: &DeviceColumn) -> Vec<(&'static str, Slot)> {
    let same = |c: &Column| format!("t.{0} OPERATOR(pg_catalog.=) k.{0}", c.name);
    vec![
        ("slot", Slot::Number(device.slot)),
        ("number", Slot::Number(table.number)),
        ("column", ident(device.column)),
        ("table", Slot::Table(table.name.clone())),
        ("key types", fragment(key_types(table))),
        ("join", fragment(list(identity(table), same, " AND "))),
    ]
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

/// Finds the targets whose records are under legal hold: one statement for each table of the record with that role.
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

/// Notes the client IDs of the records of found rows; `None` where the record has none.
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

/// Removes refused targets from the found rows.
pub(crate) fn exclude(table: &Table) -> Statement {
    fill(
        sql_file!("find/exclude.sql"),
        table.name.plain(),
        &[("found", Slot::Temp(Temp::Found(table.number)))],
    )
}
