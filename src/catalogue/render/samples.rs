//! Values with which constraints and index expressions are asked what they accept: those that a FORGET writes, those that
//! may have been there before, and those of the other columns that an expression tells apart.

use super::expression::redaction;
use crate::catalogue::{Column, PlaceholderWidth, Role, TypeShape};
use crate::domain::placeholder::{CODE, SHORT};
use crate::postgres::name::{Ident, Literal};

/// Values of some columns of a row, as expressions; the others are NULL.
pub(crate) type RowValues = Vec<(Ident, String)>;

/// The most combinations of values of other columns with which an expression is asked.
const MAX_COMBINATIONS: usize = 64;

/// Values that a FORGET may write to a column, as expressions.
pub(super) fn written(column: &Column) -> Vec<String> {
    match &column.role {
        _ if column.on_forget.is_some() => redaction(column).map(|r| r.value).into_iter().collect(),
        Role::Device(device) => match (device.placeholder, column.shape) {
            (PlaceholderWidth::Null, _) => vec!["NULL".to_owned()],
            (_, TypeShape::Inet) => vec!["'2001:db8::1'".to_owned()],
            // What is written depends on what was there before.
            (_, TypeShape::Json | TypeShape::Jsonb) => vec!["'{}'".to_owned()],
            (_, TypeShape::Array) => match ["inet", "cidr"]
                .iter()
                .any(|name| column.type_name.starts_with(name))
            {
                true => vec!["'{2001:db8::1}'".to_owned()],
                false => vec![format!("'{{anon-phone-{}}}'", "a".repeat(CODE))],
            },
            (_, TypeShape::Composite | TypeShape::Container) => vec!["NULL".to_owned()],
            (PlaceholderWidth::Short, _) => vec![format!("'{}'", "a".repeat(SHORT))],
            (PlaceholderWidth::Full, _) => {
                let code = "a".repeat(CODE);
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

/// Rows in which a FORGET has written to a column, one for each value that it may write.
pub fn written_rows(changed: &Column, others: &RowValues) -> Vec<RowValues> {
    let row = |value: String| with(others, &changed.name, value);
    written(changed).into_iter().map(row).collect()
}

/// Rows in which a column may have had this or that value before a FORGET; the expression names some.
pub(crate) fn original_rows(
    expression: &str,
    changed: &Column,
    others: &RowValues,
) -> Vec<RowValues> {
    let usual: &[&str] = match changed.shape {
        TypeShape::Text { .. } => &[
            "+12025550101",
            "12025550101",
            "2025550101",
            "(202) 555-0101",
            "ann@example.com",
            "192.0.2.1",
            "Ann",
            "Ann Lee",
            "x",
            "A1",
            "12345",
            "2000-01-01",
            "https://example.com/a",
            "{\"a\": 1}",
        ],
        TypeShape::Inet => &["192.0.2.1", "3fff::1"],
        TypeShape::Json | TypeShape::Jsonb => &["{\"a\": 1}", "[1]", "\"x\""],
        TypeShape::Array => &["{1}", "{x}"],
        TypeShape::Boolean => &["true", "false"],
        TypeShape::Number
        | TypeShape::Composite
        | TypeShape::Container
        | TypeShape::FullText
        | TypeShape::Other => &["1", "0", "2000-01-01", "12:00"],
    };
    let mut values: Vec<String> = usual.iter().map(|text| (*text).to_owned()).collect();
    values.extend(
        literals(expression)
            .into_iter()
            .filter(|text| !text.is_empty()),
    );
    let row = |text: String| with(others, &changed.name, Literal::new(text).to_string());
    values.into_iter().map(row).collect()
}

/// The row in which a column is NULL.
pub(crate) fn null_row(changed: &Column, others: &RowValues) -> RowValues {
    with(others, &changed.name, "NULL".to_owned())
}

fn with(others: &RowValues, name: &Ident, value: String) -> RowValues {
    let mut row = others.clone();
    row.push((name.clone(), value));
    row
}

/// Combinations of values of other columns that an expression may tell apart, without that of NULLs only: the constants in
/// it, what a FORGET writes, and a value of the type. Where there are too many, one column at a time has a value.
pub(crate) fn combinations(expression: &str, others: &[&Column]) -> Vec<RowValues> {
    let constants = literals(expression);
    let values: Vec<Vec<String>> = others.iter().map(|c| candidates(c, &constants)).collect();
    let count = values
        .iter()
        .try_fold(1_usize, |n, v| n.checked_mul(v.len() + 1));
    let mut rows: Vec<RowValues> = vec![Vec::new()];
    if count.is_none_or(|count| count > MAX_COMBINATIONS) {
        let one = |(column, values): (&&Column, Vec<String>)| {
            let name = column.name.clone();
            values
                .into_iter()
                .map(move |value| vec![(name.clone(), value)])
        };
        return others.iter().zip(values).flat_map(one).collect();
    }
    for (column, values) in others.iter().zip(values) {
        let extended: Vec<RowValues> = rows
            .iter()
            .flat_map(|row| {
                values
                    .iter()
                    .map(|value| with(row, &column.name, value.clone()))
            })
            .collect();
        rows.extend(extended);
    }
    rows.retain(|row| !row.is_empty());
    rows
}

/// Values of a column, as expressions. One that is not of the column's type makes the question fail, and says nothing.
fn candidates(column: &Column, constants: &[String]) -> Vec<String> {
    let is_number = |text: &String| text.parse::<f64>().is_ok();
    let is_date =
        |text: &String| text.contains('-') && text.starts_with(|c: char| c.is_ascii_digit());
    let name = column.type_name.as_str();
    let is_one_of = |names: &[&str]| names.iter().any(|start| name.starts_with(start));
    let (usual, fits): (&str, &dyn Fn(&String) -> bool) = match column.shape {
        TypeShape::Boolean => return vec!["true".to_owned(), "false".to_owned()],
        TypeShape::Text { .. } => ("x", &|_| true),
        TypeShape::Inet => ("192.0.2.1", &|text| text.contains(['.', ':'])),
        TypeShape::Json | TypeShape::Jsonb | TypeShape::Array => ("{}", &|_| false),
        _ if is_one_of(&["bigint", "integer", "smallint", "numeric", "real", "double"]) => {
            ("1", &is_number)
        }
        _ if is_one_of(&["date", "timestamp"]) => ("2000-01-01", &is_date),
        TypeShape::Number
        | TypeShape::Composite
        | TypeShape::Container
        | TypeShape::FullText
        | TypeShape::Other => ("x", &|text| !is_number(text)),
    };
    let texts = constants.iter().filter(|text| fits(text)).cloned();
    let texts = texts.chain([usual.to_owned()]);
    let mut all: Vec<String> = texts.map(|text| Literal::new(text).to_string()).collect();
    if column.is_changed() {
        all.extend(written(column));
    }
    all.sort();
    all.dedup();
    all
}

/// The texts and numbers in an expression that the server printed.
fn literals(expression: &str) -> Vec<String> {
    let mut all = Vec::new();
    let mut rest = expression;
    while let Some(start) = rest.find(|c: char| c == '\'' || c == '"' || c.is_ascii_digit()) {
        let before = rest[..start].chars().next_back();
        let found = &rest[start..];
        let end = match found.as_bytes()[0] {
            quote @ (b'\'' | b'"') => {
                let end = closing(found, char::from(quote));
                if quote == b'\'' {
                    all.push(found[1..end].replace("''", "'"));
                }
                end + 1
            }
            _ => {
                let is_part = |c: char| c.is_ascii_digit() || c == '.';
                let end = found.find(|c| !is_part(c)).unwrap_or(found.len());
                // Not the end of a name.
                if !before.is_some_and(|c| c.is_alphanumeric() || c == '_') {
                    all.push(found[..end].to_owned());
                }
                end
            }
        };
        rest = &found[end.min(found.len())..];
    }
    all.sort();
    all.dedup();
    all
}

/// Where a quoted text ends that begins with its quote; a doubled quote is part of it.
fn closing(text: &str, quote: char) -> usize {
    let mut at = 1;
    while let Some(next) = text[at..].find(quote) {
        at += next;
        if !text[at + 1..].starts_with(quote) {
            return at;
        }
        at += 2;
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn constants_are_read_from_what_the_server_prints() {
        let printed = "((kind = ANY (ARRAY['a'::text, 'it''s'::text])) OR (\"a'b\" > 5) OR (c1 ~ '^x'::text) OR (n < 2.5))";
        assert_eq!(literals(printed), ["2.5", "5", "^x", "a", "it's"]);
        assert_eq!(literals("(a IS NULL)"), Vec::<String>::new());
    }
}
