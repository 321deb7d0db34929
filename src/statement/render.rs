//! One function per templated file: which table, which columns, which conditions.

use super::{Fragment, Slot, Statement, Temp, fill, sql_file};
use crate::catalogue::{
    AccountsTable, Column, DeviceRole, EmailCase, Mobile, PhoneForm, PlaceholderWidth, Record,
    Role, ShortCodesTable, Table, TypeShape,
};
use crate::device::DeviceKind;
use crate::name::{Ident, Literal};
use crate::placeholder::SHORT;
use crate::plan::Form;
use crate::request::Product;

fn fragment(sql: impl Into<String>) -> Slot {
    Slot::Fragment(Fragment(sql.into()))
}

fn ident(column: &Column) -> Slot {
    Slot::Ident(column.name.clone())
}

fn list<T>(
    items: impl IntoIterator<Item = T>,
    show: impl Fn(T) -> String,
    separator: &str,
) -> String {
    items
        .into_iter()
        .map(show)
        .collect::<Vec<_>>()
        .join(separator)
}

/// Names of a table's key in its table of found rows: `k1, k2`, each behind `prefix`.
fn key_names(table: &Table, prefix: &str) -> String {
    list(1..=table.key().len(), |i| format!("{prefix}k{i}"), ", ")
}

/// Names of the root's key in a table of found rows: those of the key where the table is the root.
fn root_names(record: &Record, table: &Table, prefix: &str) -> String {
    let letter = if is_root(record, table) { 'k' } else { 'r' };
    list(
        1..=record.root.root_key.len(),
        |i| format!("{prefix}{letter}{i}"),
        ", ",
    )
}

fn is_root(record: &Record, table: &Table) -> bool {
    record.root.number == table.number
}

/// `alias."column" = f.r1 AND …`: a table of the record joined with rows that name their root.
fn join_root(record: &Record, joined: &Table, alias: &str, found: &Table) -> String {
    let letter = if is_root(record, found) { 'k' } else { 'r' };
    let columns = joined.root_key.iter().enumerate();
    list(
        columns,
        |(i, column)| format!("{alias}.{column} = f.{letter}{}", i + 1),
        " AND ",
    )
}

/// `t."column" = c.r1 AND …`: a table of the record joined with the record table.
fn join_record(table: &Table) -> String {
    list(
        table.root_key.iter().enumerate(),
        |(i, column)| format!("t.{column} = c.r{}", i + 1),
        " AND ",
    )
}

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

/// Makes the temporary table of found rows, and keeps its values out of statistics.
pub fn found_table(record: &Record, table: &Table) -> [Statement; 2] {
    let found = Slot::Temp(Temp::Found(table.number));
    [
        fill(
            sql_file!("stage/found.sql"),
            table.name.plain(),
            &[
                ("found", found.clone()),
                (
                    "account type",
                    Slot::Type(table.account().type_name.clone()),
                ),
                ("keys", fragment(found_columns(record, table))),
            ],
        ),
        fill(
            sql_file!("stage/found_statistics.sql"),
            table.name.plain(),
            &[("found", found)],
        ),
    ]
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

/// Counts the noted records for the planner.
pub fn analyze_record(record: &Record) -> Statement {
    fill(
        sql_file!("export/analyze_record.sql"),
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

/// The expression that a staged value is compared with; it is the one that an index must serve.
fn lookup_value(column: &Column, device: &DeviceRole) -> String {
    let name = &column.name;
    let text = match column.shape {
        TypeShape::Inet => return format!("host(t.{name})"),
        _ if column.type_name == "text" || column.type_name.starts_with("character varying") => {
            format!("t.{name}")
        }
        _ => format!("t.{name}::text"),
    };
    let any_case = device.kinds.contains(&DeviceKind::Email) && device.case == EmailCase::Any;
    if any_case {
        format!("lower({text})")
    } else {
        text
    }
}

/// What is the same for all stored values that share a placeholder: the value, but for emails in any case.
fn form_value(column: &Column, device: &DeviceRole) -> String {
    let text = format!("t.{}::text", column.name);
    let any_case = device.kinds.contains(&DeviceKind::Email) && device.case == EmailCase::Any;
    // In a unique column two spellings must not become one value.
    if any_case && !column.unique {
        format!("lower({text})")
    } else {
        text
    }
}

/// The forms in which devices stand in a column.
fn forms(device: &DeviceRole) -> Vec<Form> {
    let mut forms = Vec::new();
    for kind in &device.kinds {
        match kind {
            DeviceKind::Phone => forms.extend(device.forms.iter().map(|form| match form {
                PhoneForm::E164 => Form::E164,
                PhoneForm::Digits => Form::Digits,
                PhoneForm::National => Form::National,
            })),
            DeviceKind::Email if device.case == EmailCase::Any => {
                forms.extend([Form::Email, Form::EmailVariant])
            }
            DeviceKind::Email => forms.push(Form::Email),
            DeviceKind::Ipaddr => forms.push(Form::Address),
        }
    }
    forms
}

/// The join and the condition by which rows with a short code are reached (contract section 4).
fn reach(root: &Table, product: Product) -> (Fragment, Fragment) {
    let Some(code) = root.column(&Role::ShortCode) else {
        return (Fragment::default(), Fragment("true".to_owned()));
    };
    let code = &code.name;
    let join = format!(
        "LEFT JOIN lethe_scope_code c ON c.scope = g.scope AND c.short_code = t.{code}::text"
    );
    let mut reached = "c.short_code IS NOT NULL".to_owned();
    if product == Product::Outbound {
        // Empty is no short code either.
        reached = format!("{reached} OR coalesce(t.{code}::text, '') = ''");
        if let (Mobile::Channels(channels), Some(channel)) =
            (&root.mobile, root.column(&Role::Channel))
        {
            let names = list(channels, |c| Literal::new(c).to_string(), ", ");
            reached = format!(
                "{reached} OR coalesce(t.{}::text, '') NOT IN ({names})",
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
    let (reach, reached) = reach(table, product);
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

/// Adds the other devices of affected records to what was found.
pub fn siblings(
    record: &Record,
    table: &Table,
    slot: usize,
    column: &Column,
    device: &DeviceRole,
) -> Statement {
    let (names, keys) = found_keys(record, table);
    let text = format!("t.{}::text", column.name);
    let kind = match device.kinds.as_slice() {
        [one] => Literal::new(one.as_str()).to_string(),
        _ => format!(
            "CASE WHEN {text} LIKE '%@%' THEN 'email' WHEN {text} ~ '^[+0-9]+$' THEN 'phone' ELSE 'ipaddr' END"
        ),
    };
    let real = match column.shape {
        TypeShape::Inet => format!(
            "NOT (t.{} OPERATOR(pg_catalog.<<=) inet '2001:db8::/32')",
            column.name
        ),
        _ => format!("{text} NOT LIKE 'anon-%'"),
    };
    fill(
        sql_file!("forget/siblings.sql"),
        format!("{}.{}", table.name.plain(), column.name.as_str()),
        &[
            ("found", Slot::Temp(Temp::Found(table.number))),
            ("key names", fragment(names)),
            ("slot", Slot::Number(slot)),
            ("kind", fragment(kind)),
            ("account", ident(table.account())),
            ("keys", fragment(keys)),
            ("form", fragment(form_value(column, device))),
            ("column", ident(column)),
            ("record", Slot::Temp(Temp::Record(record.number))),
            ("table", Slot::Table(table.name.clone())),
            ("join", fragment(join_record(table))),
            ("value", fragment(lookup_value(column, device))),
            ("forms", forms_literal(device)),
            ("real", fragment(real)),
        ],
    )
}

/// Names and values of a row's key, and of its root's where that is another one, in a table of found rows.
fn found_keys(record: &Record, table: &Table) -> (String, String) {
    let mut names = key_names(table, "");
    let mut keys = list(table.key(), |c| format!("t.{}", c.name), ", ");
    if !is_root(record, table) {
        names = format!("{names}, {}", root_names(record, table, ""));
        keys = format!(
            "{keys}, {}",
            list(&table.root_key, |c| format!("t.{c}"), ", ")
        );
    }
    (names, keys)
}

fn forms_literal(device: &DeviceRole) -> Slot {
    let forms = list(forms(device), |form| (form as i16).to_string(), ",");
    Slot::Literal(Literal::new(format!("{{{forms}}}")))
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

/// Looks for legal holds on the records of found rows; `None` where the record knows none.
pub fn held(record: &Record, found: &Table) -> Option<Statement> {
    let (table, hold) = record.legal_hold()?;
    Some(fill(
        sql_file!("find/held.sql"),
        found.name.plain(),
        &[
            ("found", Slot::Temp(Temp::Found(found.number))),
            ("table", Slot::Table(table.name.clone())),
            ("account", ident(table.account())),
            ("join", fragment(join_root(record, table, "h", found))),
            ("hold", ident(hold)),
        ],
    ))
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

/// Gives ordinals of placeholders to what was found.
pub fn assign(table: &Table) -> Statement {
    fill(
        sql_file!("forget/assign.sql"),
        table.name.plain(),
        &[("found", Slot::Temp(Temp::Found(table.number)))],
    )
}

/// Notes affected records for a FORGET.
pub fn forget_record(record: &Record, found: &Table) -> Statement {
    note_records(sql_file!("forget/record.sql"), record, found)
}

/// Notes affected records for an EXPORT, by request.
pub fn export_record(record: &Record, found: &Table) -> Statement {
    note_records(sql_file!("export/record.sql"), record, found)
}

fn note_records(file: super::SqlFile, record: &Record, found: &Table) -> Statement {
    let names = list(1..=record.root.root_key.len(), |i| format!("r{i}"), ", ");
    fill(
        file,
        found.name.plain(),
        &[
            ("record", Slot::Temp(Temp::Record(record.number))),
            ("root names", fragment(names)),
            ("root keys", fragment(root_names(record, found, "f."))),
            ("found", Slot::Temp(Temp::Found(found.number))),
        ],
    )
}

/// The placeholder of a column as an expression over `p` (lethe_placeholder) and `z` (lethe_random).
fn placeholder(column: &Column, device: &DeviceRole) -> String {
    match (device.placeholder, column.shape) {
        (_, TypeShape::Inet) => "z.address".to_owned(),
        (PlaceholderWidth::Full, _) => "'anon-' || p.kind || '-' || z.code".to_owned(),
        (PlaceholderWidth::Short, _) => format!("left(z.code, {SHORT})"),
        (PlaceholderWidth::Null, _) => "NULL::text".to_owned(),
    }
}

/// What a column becomes where its record is forgotten, and when something is left to do; `None` where it stays.
struct Redaction {
    value: String,
    left: String,
}

fn redaction(column: &Column) -> Option<Redaction> {
    let name = &column.name;
    if let Some(value) = &column.on_forget {
        let value = format!("{}::{}", Literal::new(value), column.type_name);
        return Some(Redaction {
            left: format!("t.{name} IS DISTINCT FROM {value}"),
            value,
        });
    }
    let Role::Pii { keep_keys } = &column.role else {
        return None;
    };
    Some(match column.shape {
        TypeShape::Text { .. } => Redaction {
            value: format!("CASE WHEN t.{name} <> '' THEN '[redacted]' ELSE t.{name} END"),
            left: format!("t.{name}::text NOT IN ('', '[redacted]')"),
        },
        TypeShape::Json | TypeShape::Jsonb => redacted_json(column, keep_keys),
        TypeShape::Array => Redaction {
            value: format!(
                "CASE WHEN t.{name} IS NOT NULL THEN '{{}}'::{} END",
                column.type_name
            ),
            left: format!("t.{name} <> '{{}}'"),
        },
        TypeShape::Inet | TypeShape::Boolean | TypeShape::FullText | TypeShape::Other => {
            Redaction {
                value: "NULL".to_owned(),
                left: format!("t.{name} IS NOT NULL"),
            }
        }
    })
}

/// `{}` but for the keys that are kept; NULL and empty stay as they are.
fn redacted_json(column: &Column, keep_keys: &[String]) -> Redaction {
    let name = &column.name;
    let document = format!("t.{name}::jsonb");
    let kept = keep_keys.iter().map(|key| {
        let key = Literal::new(key);
        format!(
            "CASE WHEN jsonb_typeof({document}) = 'object' AND jsonb_exists({document}, {key}) \
             THEN jsonb_build_object({key}, {document} -> {key}) ELSE '{{}}'::jsonb END"
        )
    });
    let kept = list(
        std::iter::once("'{}'::jsonb".to_owned()).chain(kept),
        |k| k,
        " || ",
    );
    let empty = format!("{document} IN ('{{}}'::jsonb, '[]'::jsonb)");
    Redaction {
        value: format!(
            "CASE WHEN t.{name} IS NULL OR {empty} THEN t.{name} ELSE ({kept})::{} END",
            column.type_name
        ),
        left: format!("(t.{name} IS NOT NULL AND NOT ({empty}) AND {document} <> ({kept}))"),
    }
}

fn redactions(table: &Table) -> Vec<(&Column, Redaction)> {
    table
        .columns
        .iter()
        .filter_map(|c| redaction(c).map(|r| (c, r)))
        .collect()
}

/// Replaces the found devices of a table, and redacts the same rows.
pub fn replace(table: &Table) -> Statement {
    let devices: Vec<_> = table.devices().collect();
    let values = devices.iter().map(|(slot, column, device)| {
        format!(
            ",\n           max(f.stored) FILTER (WHERE f.slot = {slot}) AS old_{slot},\
             \n           max({}) FILTER (WHERE f.slot = {slot}) AS new_{slot}",
            placeholder(column, device)
        )
    });
    let still = |slot: usize, column: &Column| format!("t.{}::text = r.old_{slot}", column.name);
    let several = devices.len() > 1;
    let replaced = devices.iter().map(|(slot, column, _)| {
        let name = &column.name;
        if several {
            format!(
                "{name} = CASE WHEN {} THEN r.new_{slot} ELSE t.{name} END",
                still(*slot, column)
            )
        } else {
            format!("{name} = r.new_{slot}")
        }
    });
    let redacted = redactions(table)
        .into_iter()
        .map(|(column, r)| format!("{} = {}", column.name, r.value));
    let keys = table.key();
    let join = keys.iter().enumerate();
    // The leading comma of the first value follows the key names in the file.
    let values = list(values, |v| v, "");
    fill(
        sql_file!("forget/replace.sql"),
        table.name.plain(),
        &[
            ("key names", fragment(key_names(table, "f."))),
            (
                "values",
                fragment(values.trim_start_matches(',').trim_start()),
            ),
            ("found", Slot::Temp(Temp::Found(table.number))),
            ("table", Slot::Table(table.name.clone())),
            (
                "set",
                fragment(list(replaced.chain(redacted), |s| s, ",\n        ")),
            ),
            ("account", ident(table.account())),
            (
                "join",
                fragment(list(
                    join,
                    |(i, c)| format!("t.{} = r.k{}", c.name, i + 1),
                    " AND ",
                )),
            ),
            (
                "still",
                fragment(list(
                    &devices,
                    |(slot, column, _)| still(*slot, column),
                    " OR ",
                )),
            ),
        ],
    )
}

/// Redacts the rows of a table that belong to affected records; `None` where nothing in it is redacted.
pub fn redact(record: &Record, table: &Table) -> Option<Statement> {
    let redactions = redactions(table);
    if redactions.is_empty() {
        return None;
    }
    Some(fill(
        sql_file!("forget/redact.sql"),
        table.name.plain(),
        &[
            ("table", Slot::Table(table.name.clone())),
            (
                "set",
                fragment(list(
                    &redactions,
                    |(c, r)| format!("{} = {}", c.name, r.value),
                    ",\n        ",
                )),
            ),
            ("record", Slot::Temp(Temp::Record(record.number))),
            ("account", ident(table.account())),
            ("join", fragment(join_record(table))),
            (
                "left",
                fragment(list(&redactions, |(_, r)| r.left.clone(), " OR ")),
            ),
        ],
    ))
}

/// Lists the media rows of affected records.
pub fn media(record: &Record, table: &Table, found: &Table) -> Option<Statement> {
    let uri = table.column(&Role::MediaUri)?;
    let pairs = identity(table)
        .into_iter()
        .map(|c| format!("{}, t.{}", Literal::new(c.name.as_str()), c.name));
    Some(fill(
        sql_file!("forget/media.sql"),
        table.name.plain(),
        &[
            ("key pairs", fragment(list(pairs, |p| p, ", "))),
            ("found", Slot::Temp(Temp::Found(found.number))),
            ("table", Slot::Table(table.name.clone())),
            ("account", ident(table.account())),
            ("join", fragment(join_root(record, table, "t", found))),
            ("uri", ident(uri)),
        ],
    ))
}

/// Account and key.
fn identity(table: &Table) -> Vec<&Column> {
    std::iter::once(table.account())
        .chain(table.key())
        .collect()
}

/// Reads, and locks, the URI of a media row.
pub fn media_uri(table: &Table) -> Option<Statement> {
    media_row(sql_file!("media/uri.sql"), table)
}

/// Clears the URI of a media row.
pub fn media_clear(table: &Table) -> Option<Statement> {
    media_row(sql_file!("media/clear.sql"), table)
}

fn media_row(file: super::SqlFile, table: &Table) -> Option<Statement> {
    let uri = table.column(&Role::MediaUri)?;
    Some(fill(
        file,
        table.name.plain(),
        &[
            ("uri", ident(uri)),
            ("table", Slot::Table(table.name.clone())),
            (
                "join",
                fragment(list(
                    identity(table),
                    |c| format!("t.{0} = k.{0}", c.name),
                    " AND ",
                )),
            ),
        ],
    ))
}

/// Takes records on shared short codes out of found rows; `None` where the record has no short code.
pub fn exclude_shared(
    record: &Record,
    found: &Table,
    codes: &ShortCodesTable,
) -> Option<Statement> {
    let code = record.root.column(&Role::ShortCode)?;
    Some(fill(
        sql_file!("export/exclude_shared.sql"),
        found.name.plain(),
        &[
            ("found", Slot::Temp(Temp::Found(found.number))),
            ("table", Slot::Table(record.root.name.clone())),
            ("short codes", Slot::Table(codes.name.clone())),
            ("account", ident(record.root.account())),
            (
                "join",
                fragment(join_root(record, &record.root, "t", found)),
            ),
            ("code", Slot::Ident(codes.short_code.clone())),
            ("short code", ident(code)),
            ("kind", Slot::Ident(codes.kind.clone())),
            ("shared", Slot::Literal(Literal::new(&codes.shared))),
        ],
    ))
}

/// Which targets have something exportable in a table.
pub fn exportable(found: &Table) -> Statement {
    fill(
        sql_file!("export/exportable.sql"),
        found.name.plain(),
        &[("found", Slot::Temp(Temp::Found(found.number)))],
    )
}

/// Which requests have records of a kind.
pub fn export_requests(record: &Record) -> Statement {
    fill(
        sql_file!("export/requests.sql"),
        record.name.clone(),
        &[("record", Slot::Temp(Temp::Record(record.number)))],
    )
}

/// The rows of a table of the current request.
pub fn export_rows(record: &Record, table: &Table) -> Statement {
    let order = table
        .key()
        .into_iter()
        .chain(std::iter::once(table.account()));
    fill(
        sql_file!("export/rows.sql"),
        table.name.plain(),
        &[
            (
                "root names",
                fragment(list(
                    1..=record.root.root_key.len(),
                    |i| format!("c.r{i}"),
                    ", ",
                )),
            ),
            ("record", Slot::Temp(Temp::Record(record.number))),
            ("table", Slot::Table(table.name.clone())),
            ("account", ident(table.account())),
            ("join", fragment(join_record(table))),
            (
                "order",
                fragment(list(order, |c| format!("t.{}", c.name), ", ")),
            ),
        ],
    )
}

/// The rows of the table that holds a record's client ID, by the staged client ID.
pub fn trace_root(table: &Table, client_id: &Column) -> Statement {
    fill(
        sql_file!("trace/root.sql"),
        table.name.plain(),
        &[
            ("table", Slot::Table(table.name.clone())),
            ("client id", ident(client_id)),
            ("account", ident(table.account())),
            (
                "order",
                fragment(list(table.key(), |c| format!("t.{}", c.name), ", ")),
            ),
        ],
    )
}

/// The rows of another table of the same records.
pub fn trace_part(table: &Table, with_client: &Table, client_id: &Column) -> Statement {
    let join = table.root_key.iter().zip(&with_client.root_key);
    fill(
        sql_file!("trace/part.sql"),
        table.name.plain(),
        &[
            ("table", Slot::Table(table.name.clone())),
            ("client table", Slot::Table(with_client.name.clone())),
            ("client id", ident(client_id)),
            ("client account", ident(with_client.account())),
            ("account", ident(table.account())),
            (
                "join",
                fragment(list(
                    join,
                    |(part, root)| format!("t.{part} = c.{root}"),
                    " AND ",
                )),
            ),
            (
                "order",
                fragment(list(table.key(), |c| format!("t.{}", c.name), ", ")),
            ),
        ],
    )
}

/// Values that a changed column may take, as expressions.
fn samples(column: &Column) -> Vec<String> {
    match &column.role {
        _ if column.on_forget.is_some() => redaction(column).map(|r| r.value).into_iter().collect(),
        Role::Device(device) => match (device.placeholder, column.shape) {
            (_, TypeShape::Inet) => vec!["'2001:db8::1'".to_owned()],
            (PlaceholderWidth::Null, _) => vec!["NULL".to_owned()],
            (PlaceholderWidth::Short, _) => vec![format!("'{}'", "a".repeat(SHORT))],
            (PlaceholderWidth::Full, _) => {
                let code = "a".repeat(crate::placeholder::CODE);
                device
                    .kinds
                    .iter()
                    .map(|kind| format!("'anon-{kind}-{code}'"))
                    .collect()
            }
        },
        Role::Pii { .. } => match column.shape {
            TypeShape::Text { .. } => vec!["'[redacted]'".to_owned()],
            TypeShape::Json | TypeShape::Jsonb | TypeShape::Array => vec!["'{}'".to_owned()],
            _ => vec!["NULL".to_owned()],
        },
        _ => vec!["NULL".to_owned()],
    }
}

/// Asks whether a CHECK constraint lets a changed column take its values; `expression` is what `pg_get_expr` printed,
/// over the columns `named`. One row per value: false where it does not.
pub fn check_allows(expression: String, named: &[&Column], changed: &Column) -> Statement {
    let rows = samples(changed).into_iter().map(|sample| {
        let columns = named.iter().map(|column| {
            let value = if column.name == changed.name {
                sample.as_str()
            } else {
                "NULL"
            };
            format!("({value})::{} AS {}", column.type_name, column.name)
        });
        format!("SELECT {}", list(columns, |c| c, ", "))
    });
    fill(
        sql_file!("catalogue/check_allows.sql"),
        changed.name.as_str().to_owned(),
        &[
            ("expression", fragment(expression)),
            ("rows", fragment(list(rows, |r| r, " UNION ALL "))),
        ],
    )
}

/// Asks whether the type of a changed column takes its values: an error where it does not.
pub fn type_allows(column: &Column) -> Statement {
    let values = list(
        samples(column),
        |sample| format!("(({sample})::{} IS NULL)", column.type_name),
        " OR ",
    );
    fill(
        sql_file!("catalogue/type_allows.sql"),
        column.name.as_str().to_owned(),
        &[("values", fragment(values))],
    )
}

/// The expression by which a device column is searched, as the key of an index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IndexKey {
    /// As the server prints it.
    printed: String,
    /// As it is written in CREATE INDEX.
    written: String,
}

impl IndexKey {
    /// Whether the server's text of an index's first key is this one.
    pub fn is(&self, printed: &str) -> bool {
        printed == self.printed
    }

    /// The statement that makes the index beside a live system.
    pub fn create_concurrently(&self, table: &crate::name::TableName) -> String {
        format!("CREATE INDEX CONCURRENTLY ON {table} ({});", self.written)
    }

    /// The statement that makes the index of a partitioned table, taking up those of its partitions.
    pub fn create(&self, table: &crate::name::TableName) -> String {
        format!("CREATE INDEX ON {table} ({});", self.written)
    }
}

/// The key of an index that serves a device column.
pub fn index_key(column: &Column, device: &DeviceRole) -> IndexKey {
    let printed = lookup_value(column, device).replacen("t.", "", 1);
    let printed = printed.replace(&column.name.to_string(), &column.name.as_printed());
    // The server shows the cast of a varchar inside a function.
    let is_varchar = column.type_name.starts_with("character varying");
    let printed = match printed
        .strip_prefix("lower(")
        .and_then(|rest| rest.strip_suffix(')'))
    {
        Some(inside) if is_varchar => format!("lower({inside}::text)"),
        _ if printed.ends_with("::text") => format!("({printed})"),
        _ => printed,
    };
    let expression = lookup_value(column, device).replacen("t.", "", 1);
    let plain = expression == column.name.to_string();
    IndexKey {
        printed,
        written: if plain {
            expression
        } else {
            format!("({expression})")
        },
    }
}

/// The rights that a role needs for one table: to read it, and to write what forgetting changes.
pub fn table_grants(table: &Table, role: &Ident) -> Vec<String> {
    let name = &table.name;
    let mut grants = vec![format!("GRANT SELECT ON {name} TO {role};")];
    let changed = list(
        table.columns.iter().filter(|c| c.is_changed()),
        |c| c.name.to_string(),
        ", ",
    );
    if !changed.is_empty() {
        grants.push(format!("GRANT UPDATE ({changed}) ON {name} TO {role};"));
    }
    grants
}

/// The right to read a table beside the records.
pub fn read_grant(name: &crate::name::TableName, role: &Ident) -> String {
    format!("GRANT SELECT ON {name} TO {role};")
}

/// The right to use a schema.
pub fn schema_grant(schema: &Ident, role: &Ident) -> String {
    format!("GRANT USAGE ON SCHEMA {schema} TO {role};")
}

/// The rights on the database itself.
pub fn database_grant(database: &Ident, role: &Ident) -> String {
    format!("GRANT CONNECT, TEMPORARY ON DATABASE {database} TO {role};")
}

/// The rights on Lethe's own tables.
pub fn ledger_grants(role: &Ident) -> Vec<String> {
    vec![
        format!("GRANT USAGE ON SCHEMA lethe TO {role};"),
        format!("GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA lethe TO {role};"),
    ]
}

/// Samples the shape of a column's values.
pub fn sample(table: &crate::name::TableName, column: &Ident) -> Statement {
    fill(
        sql_file!("catalogue/sample.sql"),
        format!("{}.{}", table.plain(), column.as_str()),
        &[
            ("column", Slot::Ident(column.clone())),
            ("table", Slot::Table(table.clone())),
        ],
    )
}

/// Counts the rows of any text-like or inet column that hold a staged device.
pub fn value_search(table: &crate::name::TableName, column: &Ident, shape: TypeShape) -> Statement {
    let value = match shape {
        TypeShape::Inet => format!("host(t.{column})"),
        _ => format!("lower(t.{column}::text)"),
    };
    fill(
        sql_file!("catalogue/value_search.sql"),
        format!("{}.{}", table.plain(), column.as_str()),
        &[
            ("table", Slot::Table(table.clone())),
            ("value", fragment(value)),
        ],
    )
}
