//! Expressions that several statements share: keys, joins, how devices are compared and replaced, redactions.

use crate::catalogue::{
    Column, DeviceColumn, DeviceRole, EmailCase, PlaceholderWidth, Record, Role, StoredForm, Table,
    TypeOrigin, TypeShape,
};
use crate::domain::device::DeviceKind;
use crate::domain::lookup::Form;
use crate::domain::placeholder::{CODE, SHORT};
use crate::postgres::name::{Ident, Literal};
use crate::postgres::sql::{Fragment, Slot, SqlFile, Statement, Temp, fill};

pub(super) fn fragment(sql: impl Into<String>) -> Slot {
    Slot::Fragment(Fragment(sql.into()))
}

pub(super) fn ident(column: &Column) -> Slot {
    Slot::Ident(column.name.clone())
}

pub(super) fn list<T>(
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

/// The names of a table's key in its table of found rows: `k1, k2`, each after `prefix`.
pub(super) fn key_names(table: &Table, prefix: &str) -> String {
    list(1..=table.key().len(), |i| format!("{prefix}k{i}"), ", ")
}

/// The names of the root's key in a table of found rows. For the root itself, those of its key.
pub(super) fn root_names(record: &Record, table: &Table, prefix: &str) -> String {
    let letter = root_letter(record, table);
    list(
        1..=record.root.root_key.len(),
        |i| format!("{prefix}{letter}{i}"),
        ", ",
    )
}

/// The first letter of the names of the root's key in a table of found rows.
fn root_letter(record: &Record, table: &Table) -> char {
    if is_root(record, table) { 'k' } else { 'r' }
}

pub(super) fn is_root(record: &Record, table: &Table) -> bool {
    record.root.number == table.number
}

/// `alias."column" = f.r1 AND …`: joins a table of the record with found rows, by the root's key.
pub(super) fn join_root(record: &Record, joined: &Table, alias: &str, found: &Table) -> String {
    let letter = root_letter(record, found);
    let columns = joined.root_key.iter().enumerate();
    list(
        columns,
        |(i, column)| {
            format!(
                "{alias}.{column} OPERATOR(pg_catalog.=) f.{letter}{}",
                i + 1
            )
        },
        " AND ",
    )
}

/// `t."column" = c.r1 AND …`: joins a table of the record with the table of affected records.
pub(super) fn join_record(table: &Table) -> String {
    list(
        table.root_key.iter().enumerate(),
        |(i, column)| format!("t.{column} OPERATOR(pg_catalog.=) c.r{}", i + 1),
        " AND ",
    )
}

/// The expression that is compared with staged values; an index must support it.
pub(super) fn lookup_value(device: &DeviceColumn) -> String {
    lookup(device, "t.", "pg_catalog.")
}

/// The same over a bare column, as CREATE INDEX is written.
pub(super) fn lookup_key(device: &DeviceColumn) -> String {
    lookup(device, "", "")
}

fn lookup(device: &DeviceColumn, row: &str, schema: &str) -> String {
    let column = device.column;
    let name = &column.name;
    let text = match column.shape {
        TypeShape::Inet => return format!("{schema}host({row}{name})"),
        _ if column.type_name == "text" || column.type_name.starts_with("character varying") => {
            format!("{row}{name}")
        }
        _ => format!("{row}{name}::{schema}text"),
    };
    if is_any_case(device.device) {
        format!("{schema}lower({text})")
    } else {
        text
    }
}

/// Compares texts by their bytes, and folds A to Z only.
const BYTES: &str = "COLLATE pg_catalog.\"C\"";

/// Whether row `t` holds the value of `l` that its index found. The server may fold more letters than the mailbox has in common: a Kelvin sign is
/// no `k`, and `İ` no `i`. Only A to Z are folded, except in a domain that is not ASCII.
pub(super) fn is_same(device: &DeviceColumn) -> String {
    if device.column.shape == TypeShape::Inet || !is_any_case(device.device) {
        return "true".to_owned();
    }
    let folded = format!(
        "pg_catalog.lower(t.{}::pg_catalog.text {BYTES})",
        device.column.name
    );
    format!(
        "CASE WHEN l.value OPERATOR(pg_catalog.~) '[^ -~]' \
         THEN pg_catalog.split_part({folded}, '@', 1) OPERATOR(pg_catalog.=) pg_catalog.split_part(l.value {BYTES}, '@', 1) \
         ELSE {folded} OPERATOR(pg_catalog.=) l.value {BYTES} END"
    )
}

/// The expression that is equal for all stored values that share a placeholder: the value, in lower case for emails that may
/// be in any case.
pub(super) fn form_value(device: &DeviceColumn) -> String {
    let text = format!("t.{}::pg_catalog.text", device.column.name);
    // In a unique column, two spellings must not get the same placeholder.
    if is_any_case(device.device) && !device.column.unique {
        format!("pg_catalog.lower({text})")
    } else {
        text
    }
}

/// Whether emails in a column may be in any case.
fn is_any_case(device: &DeviceRole) -> bool {
    device.kinds.contains(&DeviceKind::Email) && device.case == EmailCase::Any
}

/// The forms in which a column stores devices.
pub(super) fn forms(device: &DeviceRole) -> Vec<Form> {
    let mut forms = Vec::new();
    for kind in &device.kinds {
        match kind {
            DeviceKind::Phone => {
                forms.extend(device.search.forms().iter().filter_map(|form| match form {
                    StoredForm::E164 => Some(Form::E164),
                    StoredForm::Digits => Some(Form::Digits),
                    StoredForm::National => Some(Form::National),
                    StoredForm::Email | StoredForm::Address => None,
                }))
            }
            DeviceKind::Email if device.case == EmailCase::Any => {
                forms.extend([Form::Email, Form::EmailVariant])
            }
            DeviceKind::Email => forms.push(Form::Email),
            DeviceKind::Ipaddr => forms.push(Form::Address),
        }
    }
    forms
}

/// Names and values of a row's key, and of its root's key where that is a different one, in a table of found rows.
pub(super) fn found_keys(record: &Record, table: &Table) -> (String, String) {
    let mut names = key_names(table, "");
    let mut keys = keys(table);
    if !is_root(record, table) {
        names = format!("{names}, {}", root_names(record, table, ""));
        keys = format!(
            "{keys}, {}",
            list(&table.root_key, |c| format!("t.{c}"), ", ")
        );
    }
    (names, keys)
}

/// A query for target, account and root key of the records found in some of their tables; no rows where `found` is empty.
pub(super) fn roots_found(record: &Record, found: &[&Table]) -> String {
    if found.is_empty() {
        let root = &record.root;
        let keys = root.root_key.iter().enumerate();
        let roots = list(keys, |(i, key)| format!("f.{key} AS r{}", i + 1), ", ");
        let account = &root.account().name;
        return format!(
            "SELECT 0 AS target, f.{account} AS account_id, {roots} FROM {} f WHERE false",
            root.name
        );
    }
    let of_table = |found: &&Table| {
        let letter = root_letter(record, found);
        let roots = list(
            1..=record.root.root_key.len(),
            |i| format!("f.{letter}{i} AS r{i}"),
            ", ",
        );
        let table = Temp::Found(found.number);
        format!("SELECT f.target, f.account_id, {roots} FROM {table} f")
    };
    list(found, of_table, " UNION ALL ")
}

/// Whether a device column of row `t` holds something other than a placeholder.
pub(super) fn is_real(device: &DeviceColumn) -> String {
    let name = &device.column.name;
    match device.column.shape {
        TypeShape::Inet => {
            format!("NOT (t.{name} OPERATOR(pg_catalog.<<=) pg_catalog.inet '2001:db8::/32')")
        }
        _ => format!(
            "t.{name}::pg_catalog.text OPERATOR(pg_catalog.!~) '{}'",
            placeholder_pattern(device.device)
        ),
    }
}

/// Whether a device column of row `alias` holds a placeholder; NULL where it is NULL.
pub(super) fn placeholder_in(alias: &str, device: &DeviceColumn) -> String {
    let name = &device.column.name;
    match device.column.shape {
        TypeShape::Inet => {
            format!("{alias}.{name} OPERATOR(pg_catalog.<<=) pg_catalog.inet '2001:db8::/32'")
        }
        _ => format!(
            "{alias}.{name}::pg_catalog.text OPERATOR(pg_catalog.~) '{}'",
            placeholder_pattern(device.device)
        ),
    }
}

pub(super) fn forms_literal(device: &DeviceRole) -> Slot {
    let forms = list(forms(device), |form| form.number().to_string(), ",");
    Slot::Literal(Literal::new(format!("{{{forms}}}")))
}

/// Joins the requested device `l` that a column of row `t` holds, if it holds one. `codes` joins the short codes of scope `g`, and `reached`
/// says whether the row is in scope `g`.
pub(super) fn requested(table: &Table, device: &DeviceColumn, codes: &str, reached: &str) -> Slot {
    let account = format!("t.{}::pg_catalog.text", table.account().name);
    if device.is_any_spelling() {
        return fragment(format!(
            "LEFT JOIN pg_temp.lethe_sighted l ON l.stored OPERATOR(pg_catalog.=) t.{}::pg_catalog.text AND l.account_id OPERATOR(pg_catalog.=) {account}\n \
             AND l.table_number OPERATOR(pg_catalog.=) {} AND l.slot OPERATOR(pg_catalog.=) {} AND l.certain",
            device.column.name, table.number, device.slot
        ));
    }
    let value = lookup_value(device);
    let forms = forms_literal(device.device);
    fragment(format!(
        "LEFT JOIN (lethe_lookup l\n    \
             JOIN pg_temp.lethe_target g ON g.device OPERATOR(pg_catalog.=) l.device\n    \
             JOIN pg_temp.lethe_scope_account a ON a.scope OPERATOR(pg_catalog.=) g.scope AND (l.national IS NULL OR l.national OPERATOR(pg_catalog.=) a.national)\n    \
             {codes})\n  \
           ON l.value OPERATOR(pg_catalog.=) {value} AND l.form OPERATOR(pg_catalog.=) ANY ({forms}::smallint[])\n  \
           AND a.account_id OPERATOR(pg_catalog.=) {account} AND ({}) AND ({reached})",
        is_same(device)
    ))
}

pub(super) fn note_records(file: SqlFile, record: &Record, found: &Table) -> Statement {
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
pub(super) fn placeholder(device: &DeviceColumn) -> String {
    match (device.device.placeholder, device.column.shape) {
        (PlaceholderWidth::Null, TypeShape::Inet) => "NULL::pg_catalog.inet".to_owned(),
        (_, TypeShape::Inet) => "z.address".to_owned(),
        (PlaceholderWidth::Full, _) => "'anon-' OPERATOR(pg_catalog.||) p.kind OPERATOR(pg_catalog.||) '-' OPERATOR(pg_catalog.||) z.code".to_owned(),
        (PlaceholderWidth::Short, _) => format!("pg_catalog.left(z.code, {SHORT})"),
        (PlaceholderWidth::Null, _) => "NULL::pg_catalog.text".to_owned(),
    }
}

/// A regular expression for the text placeholders in a column. Each has a letter, so no device matches. A full placeholder may
/// have been copied into a column that has short ones.
fn placeholder_pattern(device: &DeviceRole) -> String {
    let full = format!("anon-(phone|email|ipaddr)-[a-z2-7]{{{CODE}}}");
    match device.placeholder {
        PlaceholderWidth::Short => format!("^(?:{full}|(?=.*[a-z])[a-z2-7]{{{SHORT}}})$"),
        PlaceholderWidth::Full | PlaceholderWidth::Null => format!("^{full}$"),
    }
}

/// What a FORGET writes to a column that holds no device.
pub(super) struct Redaction {
    /// The new value.
    pub(super) value: String,
    /// Whether the column still has to be redacted.
    pub(super) left: String,
}

/// `None` where the column is not changed.
pub(super) fn redaction(column: &Column) -> Option<Redaction> {
    let name = &column.name;
    if let Some(value) = &column.on_forget {
        let value = format!("{}::{}", Literal::new(value), sql_type(column));
        return Some(Redaction {
            left: format!("(t.{name} OPERATOR(pg_catalog.=) {value}) IS NOT TRUE"),
            value,
        });
    }
    let Role::Pii { keep_keys } = &column.role else {
        return None;
    };
    Some(match column.shape {
        TypeShape::Text { .. } => Redaction {
            value: format!(
                "CASE WHEN t.{name} OPERATOR(pg_catalog.<>) '' THEN '[redacted]' ELSE t.{name} END"
            ),
            left: format!(
                "t.{name}::pg_catalog.text OPERATOR(pg_catalog.<>) ALL (ARRAY['', '[redacted]'])"
            ),
        },
        TypeShape::Json | TypeShape::Jsonb => redacted_json(column, keep_keys),
        TypeShape::Array => Redaction {
            value: format!(
                "CASE WHEN t.{name} IS NOT NULL THEN '{{}}'::{} END",
                sql_type(column)
            ),
            left: format!("t.{name} OPERATOR(pg_catalog.<>) '{{}}'"),
        },
        TypeShape::Inet
        | TypeShape::Number
        | TypeShape::Composite
        | TypeShape::Container
        | TypeShape::Boolean
        | TypeShape::FullText
        | TypeShape::Other => Redaction {
            value: "NULL".to_owned(),
            left: format!("t.{name} IS NOT NULL"),
        },
    })
}

/// `{}` with the keys that are kept. NULL and empty documents are not changed.
pub(super) fn redacted_json(column: &Column, keep_keys: &[String]) -> Redaction {
    let name = &column.name;
    let document = format!("t.{name}::pg_catalog.jsonb");
    let kept = keep_keys.iter().map(|key| {
        let key = Literal::new(key);
        format!(
            "CASE WHEN pg_catalog.jsonb_typeof({document}) OPERATOR(pg_catalog.=) 'object' AND pg_catalog.jsonb_exists({document}, {key}) \
             THEN pg_catalog.jsonb_build_object({key}, {document} OPERATOR(pg_catalog.->) {key}) ELSE '{{}}'::pg_catalog.jsonb END"
        )
    });
    let kept = list(
        std::iter::once("'{}'::pg_catalog.jsonb".to_owned()).chain(kept),
        |k| k,
        " OPERATOR(pg_catalog.||) ",
    );
    if column.shape == TypeShape::Json {
        return redacted_json_text(column, (!keep_keys.is_empty()).then_some(&kept));
    }
    let empty = format!(
        "{document} OPERATOR(pg_catalog.=) ANY (ARRAY['{{}}'::pg_catalog.jsonb, '[]'::pg_catalog.jsonb])"
    );
    Redaction {
        value: format!(
            "CASE WHEN t.{name} IS NULL OR {empty} THEN t.{name} ELSE ({kept})::{} END",
            sql_type(column)
        ),
        left: format!(
            "(t.{name} IS NOT NULL AND NOT ({empty}) AND {document} OPERATOR(pg_catalog.<>) ({kept}))"
        ),
    }
}

/// What json accepts and jsonb rejects: NUL and lone surrogates (as opposed to an escaped backslash and to surrogate pairs),
/// and numbers with an exponent beyond the range of numeric.
const ESCAPED_OR_PAIR: &str = r"\\\\|\\ud[89ab][0-9a-f]{2}\\ud[c-f][0-9a-f]{2}";
const REFUSED: &str = r"\\u(0000|d[89a-f])|(^|[:,[])[[:space:]]*-?[0-9.]+e[-+]?[0-9]{5,}";

/// The same for the type json, whose documents may not be valid jsonb. Nothing in them may prevent a FORGET, so a document that
/// jsonb rejects keeps no keys.
fn redacted_json_text(column: &Column, kept: Option<&String>) -> Redaction {
    let (name, type_name) = (&column.name, sql_type(column));
    let text = format!("t.{name}::pg_catalog.text");
    let empty = format!(
        "pg_catalog.translate({text}, E' \\t\\r\\n', '') OPERATOR(pg_catalog.=) ANY (ARRAY['{{}}', '[]'])"
    );
    let stays = format!("t.{name} IS NULL OR {empty}");
    let Some(kept) = kept else {
        return Redaction {
            value: format!("CASE WHEN {stays} THEN t.{name} ELSE '{{}}'::{type_name} END"),
            left: format!("(NOT ({stays}))"),
        };
    };
    let unfit = format!(
        "pg_catalog.regexp_replace({text}, {}, ' ', 'gi') OPERATOR(pg_catalog.~*) {}",
        Literal::new(ESCAPED_OR_PAIR),
        Literal::new(REFUSED)
    );
    Redaction {
        value: format!(
            "CASE WHEN {stays} THEN t.{name} WHEN {unfit} THEN '{{}}'::{type_name} ELSE ({kept})::{type_name} END"
        ),
        left: format!(
            "CASE WHEN {stays} THEN false WHEN {unfit} THEN true ELSE {text}::pg_catalog.jsonb OPERATOR(pg_catalog.<>) ({kept}) END"
        ),
    }
}

pub(super) fn redactions(table: &Table) -> Vec<(&Column, Redaction)> {
    table
        .columns
        .iter()
        .filter_map(|c| redaction(c).map(|r| (c, r)))
        .collect()
}

/// The key columns of row `t`.
pub(super) fn keys(table: &Table) -> String {
    list(table.key(), |c| format!("t.{}", c.name), ", ")
}

/// The table with the client ID, and slots for the rows `t` of a table that belong to the client ID of row `c` and have personal
/// fields; `None` where the table has no such fields or its record no client ID.
pub(super) fn personal_rows<'a>(
    record: &'a Record,
    table: &Table,
) -> Option<(&'a Table, Vec<(&'static str, Slot)>)> {
    let (with_client, client_id) = record.client_id()?;
    let mut left = redactions(table);
    left.retain(|(column, _)| matches!(column.role, Role::Pii { .. }));
    if left.is_empty() {
        return None;
    }
    let join = table.root_key.iter().zip(&with_client.root_key);
    let join = list(
        join,
        |(t, c)| format!("t.{t} OPERATOR(pg_catalog.=) c.{c}"),
        " AND ",
    );
    let left = list(left, |(_, redaction)| redaction.left, " OR ");
    let slots = vec![
        ("account", ident(table.account())),
        ("keys", fragment(keys(table))),
        ("client table", Slot::Table(with_client.name.clone())),
        ("client id", ident(client_id)),
        ("client account", ident(with_client.account())),
        ("table", Slot::Table(table.name.clone())),
        ("join", fragment(join)),
        ("left", fragment(left)),
    ];
    Some((with_client, slots))
}

/// Account and key.
pub(super) fn identity(table: &Table) -> Vec<&Column> {
    std::iter::once(table.account())
        .chain(table.key())
        .collect()
}

/// Names and values of the key of row `alias`, as stored in the ledger.
pub(super) fn key_pairs(table: &Table, alias: &str) -> String {
    let pair = |c: &Column| format!("{}, {alias}.{}", Literal::new(c.name.as_str()), c.name);
    list(identity(table), pair, ", ")
}

/// Names and types of the key of a row, to read [`key_pairs`] back.
pub(super) fn key_types(table: &Table) -> String {
    let key_type = |c: &Column| format!("{} {}", c.name, sql_type(c));
    list(identity(table), key_type, ", ")
}

/// The text of a column of row `t`. A type of others may have a cast of its own, so its output function is asked.
pub(super) fn text_of(column: &Ident, origin: TypeOrigin) -> String {
    match origin {
        TypeOrigin::System => format!("t.{column}::pg_catalog.text"),
        TypeOrigin::Other => format!("pg_catalog.format('%s', t.{column})"),
    }
}

/// The type of a column as a statement names it, with the schema.
pub(super) fn sql_type(column: &Column) -> String {
    qualified_type(&column.type_name)
}

/// The types that the grammar itself knows, which need no schema; by their first word.
const GRAMMAR_TYPES: [&str; 12] = [
    "bigint",
    "bit",
    "boolean",
    "character",
    "double",
    "integer",
    "interval",
    "numeric",
    "real",
    "smallint",
    "time",
    "timestamp",
];

/// A type's name as `format_type` printed it with an empty search path, with the schema `pg_catalog` where it left that out.
fn qualified_type(printed: &str) -> String {
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let first = printed.split(|c| !word(c)).next().unwrap_or_default();
    let is_quoted = printed.starts_with('"') && printed != "\"char\"" && printed != "\"char\"[]";
    let has_schema = printed[first.len()..].starts_with('.');
    match GRAMMAR_TYPES.contains(&first) || is_quoted || has_schema {
        true => printed.to_owned(),
        false => format!("pg_catalog.{printed}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_of_the_system_get_their_schema() {
        for (printed, qualified) in [
            ("text", "pg_catalog.text"),
            ("inet[]", "pg_catalog.inet[]"),
            ("character varying(20)", "character varying(20)"),
            ("timestamp with time zone", "timestamp with time zone"),
            ("bpchar", "pg_catalog.bpchar"),
            ("\"char\"", "pg_catalog.\"char\""),
            ("public.citext", "public.citext"),
            ("app.text", "app.text"),
            ("\"My schema\".t", "\"My schema\".t"),
            ("times.x", "times.x"),
        ] {
            assert_eq!(qualified_type(printed), qualified);
        }
    }
}
