//! FORGET: replacing devices, redacting personal fields, and the media rows of forgotten records.

use super::expression::{
    form_value, found_keys, fragment, ident, identity, is_real, join_record, join_root, key_names,
    key_pairs, key_types, list, note_records, placeholder, redactions, requested, sql_type,
};
use super::find::{Reach, reach};
use crate::catalogue::{DeviceColumn, Record, Role, Table, TypeShape};
use crate::domain::device::DeviceKind;
use crate::domain::request::Product;
use crate::postgres::RowCount;
use crate::postgres::declared::{changes, commands};
use crate::postgres::name::Literal;
use crate::postgres::sql::{Fragment, Slot, SqlFile, Statement, Temp, fill, sql_file};

changes! {
    REPLACE(above: i32, up_to: i32) -> RowCount = "forget/replace.sql";
    REDACT() -> RowCount = "forget/redact.sql";
    CLEAR_MEDIA(row_key: &str) -> RowCount = "media/clear.sql";
}

commands! { LOCK = "forget/lock.sql"; }

/// Adds the other devices of affected records to the found rows.
pub fn siblings(
    record: &Record,
    table: &Table,
    device: &DeviceColumn,
    product: Product,
) -> Statement {
    let column = device.column;
    let (names, keys) = found_keys(record, table);
    let text = format!("t.{}::pg_catalog.text", column.name);
    let (root, codes, reached) = match reach(record, table, product) {
        None => (Fragment::default(), String::new(), "true".to_owned()),
        Some(Reach {
            root,
            code,
            otherwise,
        }) => (
            root,
            "LEFT JOIN pg_temp.lethe_scope_code s ON s.scope OPERATOR(pg_catalog.=) g.scope"
                .to_owned(),
            format!("s.short_code OPERATOR(pg_catalog.=) {code} OR {otherwise}"),
        ),
    };
    let kind = sibling_kind(&text, &device.device.kinds);
    let real = is_real(device);
    fill(
        sql_file!("forget/siblings.sql"),
        format!("{}.{}", table.name.plain(), column.name.as_str()),
        &[
            ("found", Slot::Temp(Temp::Found(table.number))),
            ("key names", fragment(names)),
            ("slot", Slot::Number(device.slot)),
            ("kind", fragment(kind)),
            ("account", ident(table.account())),
            ("keys", fragment(keys)),
            ("form", fragment(form_value(device))),
            ("column", ident(column)),
            ("record", Slot::Temp(Temp::Record(record.number))),
            ("table", Slot::Table(table.name.clone())),
            ("join", fragment(join_record(table))),
            ("root", Slot::Fragment(root)),
            ("requested", requested(table, device, &codes, &reached)),
            ("real", fragment(real)),
        ],
    )
}

/// The kind in a sibling's placeholder: guessed from the value, among the kinds that the column holds (and has room for).
fn sibling_kind(text: &str, kinds: &[DeviceKind]) -> String {
    let looks = [
        (DeviceKind::Email, "OPERATOR(pg_catalog.~~) '%@%'"),
        (DeviceKind::Phone, "OPERATOR(pg_catalog.~) '^[+0-9]+$'"),
        (DeviceKind::Ipaddr, "IS NOT NULL"),
    ];
    let declared: Vec<_> = looks
        .iter()
        .filter(|(kind, _)| kinds.contains(kind))
        .collect();
    match declared.as_slice() {
        [one] => Literal::new(one.0.as_str()).to_string(),
        several => {
            let arms = several
                .iter()
                .map(|(kind, look)| (Literal::new(kind.as_str()), look));
            let (last, _) = arms.clone().next_back().expect("several kinds");
            let arms = arms.take(several.len() - 1);
            let arms = list(
                arms,
                |(kind, look)| format!("WHEN {text} {look} THEN {kind}"),
                " ",
            );
            format!("CASE {arms} ELSE {last} END")
        }
    }
}

/// Assigns ordinals of placeholders to the found devices.
pub(crate) fn assign(table: &Table) -> Statement {
    fill(
        sql_file!("forget/assign.sql"),
        table.name.plain(),
        &[("found", Slot::Temp(Temp::Found(table.number)))],
    )
}

/// Returns the placeholders of what was recognised in the found values of a table.
pub fn placeholders(table: &Table) -> Statement {
    fill(
        sql_file!("forget/placeholders.sql"),
        table.name.plain(),
        &[("found", Slot::Temp(Temp::Found(table.number)))],
    )
}

/// Notes affected records for a FORGET.
pub(crate) fn forget_record(record: &Record, found: &Table) -> Statement {
    note_records(sql_file!("forget/record.sql"), record, found)
}

/// Replaces the found devices of a table and redacts the same rows.
pub fn replace(table: &Table) -> Statement {
    let devices: Vec<DeviceColumn> = table.devices().collect();
    let values = devices.iter().map(old_and_new);
    let unchanged = |device: &DeviceColumn| {
        format!(
            "t.{}::pg_catalog.text OPERATOR(pg_catalog.=) r.old_{}",
            device.column.name, device.slot
        )
    };
    let several = devices.len() > 1;
    let replaced = devices.iter().map(|device| {
        let name = &device.column.name;
        let new = new_value(device);
        match several {
            true => format!(
                "{name} = CASE WHEN {} THEN {new} ELSE t.{name} END",
                unchanged(device)
            ),
            false => format!("{name} = {new}"),
        }
    });
    let rewritten = match devices.iter().any(DeviceColumn::is_any_spelling) {
        true => "LEFT JOIN pg_temp.lethe_rewritten w ON w.value OPERATOR(pg_catalog.=) f.value",
        false => "",
    };
    let redacted = redactions(table)
        .into_iter()
        .map(|(column, r)| format!("{} = {}", column.name, r.value));
    let keys = table.key();
    let join = keys.iter().enumerate();
    // In the file, a comma after the key names precedes the first value.
    let values = list(values, |v| v, "");
    fill(
        REPLACE,
        table.name.plain(),
        &[
            ("key names", fragment(key_names(table, "f."))),
            (
                "values",
                fragment(values.trim_start_matches(',').trim_start()),
            ),
            ("found", Slot::Temp(Temp::Found(table.number))),
            ("rewritten", fragment(rewritten)),
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
                    |(i, c)| format!("t.{} OPERATOR(pg_catalog.=) r.k{}", c.name, i + 1),
                    " AND ",
                )),
            ),
            ("unchanged", fragment(list(&devices, unchanged, " OR "))),
            ("as written", fragment(as_written(table))),
        ],
    )
}

/// The old and the new value of a device column of one row, from its found rows.
fn old_and_new(device: &DeviceColumn) -> String {
    let slot = device.slot;
    let mut this = format!("f.slot OPERATOR(pg_catalog.=) {slot}");
    let mut new = placeholder(device);
    if device.is_any_spelling() {
        this += " AND (f.value IS NULL OR w.value IS NOT NULL)";
        new = format!("CASE WHEN f.value IS NULL THEN {new} ELSE w.written END");
    }
    format!(
        ",\n           pg_catalog.max(f.stored) FILTER (WHERE {this}) AS old_{slot},\
         \n           pg_catalog.max({new}) FILTER (WHERE {this}) AS new_{slot}"
    )
}

/// The new value of a device column from row `r`. A value of a type that is no text was rewritten as text.
fn new_value(device: &DeviceColumn) -> String {
    let new = format!("r.new_{}", device.slot);
    match device.column.shape {
        TypeShape::Text { .. } | TypeShape::Inet => new,
        _ => format!("{new}::{}", sql_type(device.column)),
    }
}

/// Whether row `t` holds what [`replace`] writes from row `r`.
fn as_written(table: &Table) -> String {
    let devices: Vec<DeviceColumn> = table.devices().collect();
    let written = devices.iter().map(|device| {
        let (name, slot, new) = (&device.column.name, device.slot, new_value(device));
        format!(
            "(r.old_{slot} IS NULL OR CASE WHEN r.new_{slot} IS NULL THEN t.{name} IS NULL ELSE t.{name}::pg_catalog.text OPERATOR(pg_catalog.=) {new}::pg_catalog.text END)"
        )
    });
    let left = redactions(table);
    let written = written.chain(
        left.iter()
            .map(|(_, r)| format!("({}) IS NOT TRUE", r.left)),
    );
    list(written, |w| w, " AND ")
}

/// Redacts the rows of a table that belong to affected records; `None` where the table has nothing to redact.
pub fn redact(record: &Record, table: &Table) -> Option<Statement> {
    let redactions = redactions(table);
    if redactions.is_empty() {
        return None;
    }
    Some(fill(
        REDACT,
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
            (
                "root names",
                fragment(list(
                    1..=record.root.root_key.len(),
                    |i| format!("d.r{i}"),
                    ", ",
                )),
            ),
            ("record", Slot::Temp(Temp::Record(record.number))),
            ("account", ident(table.account())),
            ("join", fragment(join_record(table))),
            (
                "left",
                fragment(list(&redactions, |(_, r)| r.left.clone(), " OR ")),
            ),
            (
                "left after",
                fragment(list(&redactions, |(_, r)| r.left.clone(), " OR ")),
            ),
        ],
    ))
}

/// Takes the lock of an UPDATE on a table; `None` where a FORGET changes none of its columns.
pub fn lock(table: &Table) -> Option<Statement> {
    let column = table.columns.iter().find(|column| column.is_changed())?;
    Some(fill(
        LOCK,
        table.name.plain(),
        &[
            ("table", Slot::Table(table.name.clone())),
            ("column", ident(column)),
        ],
    ))
}

/// Counts the found rows of a table that still hold what [`replace`] changed.
pub(crate) fn replaced_left(table: &Table) -> Statement {
    let keys = table.key();
    let keys = keys.iter().enumerate();
    let join = list(
        keys,
        |(i, c)| format!("t.{} OPERATOR(pg_catalog.=) c.k{}", c.name, i + 1),
        " AND ",
    );
    let device = |device: DeviceColumn| {
        let (name, slot) = (&device.column.name, device.slot);
        format!(
            "c.slot OPERATOR(pg_catalog.=) {slot} AND t.{name}::pg_catalog.text OPERATOR(pg_catalog.=) c.stored"
        )
    };
    let fields = redactions(table).into_iter().map(|(_, r)| r.left);
    let left: Vec<String> = table.devices().map(device).chain(fields).collect();
    left_rows(table, Temp::Found(table.number), join, &left)
}

/// Counts the rows of affected records that still hold what [`redact`] changed; `None` where the table has nothing to redact.
pub(crate) fn redacted_left(record: &Record, table: &Table) -> Option<Statement> {
    let fields = redactions(table).into_iter().map(|(_, r)| r.left);
    let left: Vec<String> = fields.collect();
    let affected = Temp::Record(record.number);
    (!left.is_empty()).then(|| left_rows(table, affected, join_record(table), &left))
}

fn left_rows(table: &Table, affected: Temp, join: String, left: &[String]) -> Statement {
    fill(
        sql_file!("forget/left.sql"),
        table.name.plain(),
        &[
            ("affected", Slot::Temp(affected)),
            ("table", Slot::Table(table.name.clone())),
            ("account", ident(table.account())),
            ("join", fragment(join)),
            ("left", fragment(list(left, |l| l.clone(), " OR "))),
        ],
    )
}

/// Lists the media rows of affected records; `None` where the table has no media.
pub fn media(record: &Record, table: &Table, found: &Table) -> Option<Statement> {
    let uri = table.column(&Role::MediaUri)?;
    Some(fill(
        sql_file!("forget/media.sql"),
        table.name.plain(),
        &[
            ("key pairs", fragment(key_pairs(table, "t"))),
            ("found", Slot::Temp(Temp::Found(found.number))),
            ("table", Slot::Table(table.name.clone())),
            ("account", ident(table.account())),
            ("join", fragment(join_root(record, table, "t", found))),
            ("uri", ident(uri)),
        ],
    ))
}

/// Reads what decides whether the object of a media row may be deleted.
pub(crate) fn media_judge(record: &Record, table: &Table) -> Option<Statement> {
    let uri = table.column(&Role::MediaUri)?;
    Some(fill(
        sql_file!("media/judge.sql"),
        table.name.plain(),
        &[
            ("uri", ident(uri)),
            ("account", ident(table.account())),
            ("held", fragment(is_held(record, table))),
            ("key types", fragment(key_types(table))),
            ("table", Slot::Table(table.name.clone())),
            ("join", fragment(same_row(table))),
        ],
    ))
}

/// Whether a row of the record of row `t` is under legal hold.
fn is_held(record: &Record, table: &Table) -> String {
    let of_table = |holds: &Table| {
        let hold = holds.column(&Role::LegalHold)?;
        let keys = holds.root_key.iter().zip(&table.root_key);
        let keys = list(
            keys,
            |(h, t)| format!(" AND h.{h} OPERATOR(pg_catalog.=) t.{t}"),
            "",
        );
        Some(format!(
            "EXISTS (SELECT FROM {} h WHERE h.{} OPERATOR(pg_catalog.=) t.{}{keys} AND h.{})",
            holds.name,
            holds.account().name,
            table.account().name,
            hold.name
        ))
    };
    let holds: Vec<String> = record.tables().filter_map(of_table).collect();
    match holds.is_empty() {
        true => "false".to_owned(),
        false => list(holds, |held| held, " OR "),
    }
}

/// Locks a media row and reads its URI.
pub(crate) fn media_lock(table: &Table) -> Option<Statement> {
    media_row(sql_file!("media/lock.sql"), table)
}

/// Finds out which objects are still referenced by rows that are not forgotten.
pub(crate) fn media_referenced_objects(record: &Record, table: &Table) -> Option<Statement> {
    let uri = table.column(&Role::MediaUri)?;
    Some(fill(
        sql_file!("media/referenced_objects.sql"),
        table.name.plain(),
        &[
            ("table", Slot::Table(table.name.clone())),
            ("uri", ident(uri)),
            ("key pairs", fragment(key_pairs(table, "t"))),
            ("held", fragment(is_held(record, table))),
        ],
    ))
}

/// Clears the URI of a media row.
pub(crate) fn media_clear(table: &Table) -> Option<Statement> {
    media_row(CLEAR_MEDIA, table)
}

fn media_row(file: SqlFile, table: &Table) -> Option<Statement> {
    let uri = table.column(&Role::MediaUri)?;
    Some(fill(
        file,
        table.name.plain(),
        &[
            ("uri", ident(uri)),
            ("key types", fragment(key_types(table))),
            ("table", Slot::Table(table.name.clone())),
            ("join", fragment(same_row(table))),
        ],
    ))
}

/// Joins row `t` with its key in `k`.
fn same_row(table: &Table) -> String {
    list(
        identity(table),
        |c| format!("t.{0} OPERATOR(pg_catalog.=) k.{0}", c.name),
        " AND ",
    )
}
