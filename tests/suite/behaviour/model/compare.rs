//! Compares what the engine left behind with what the model predicts.

use std::collections::{BTreeMap, HashMap};
use std::time::{Duration, Instant};

use serde_json::Value;

use super::emit::{ident, qualified};
use super::oracle::RowId;
use super::outcome::{Expected, Exported, Forgotten, Symbol};
use super::schema::{Column, Data, Row, Scenario, Shape, Table, Width};
use crate::support::{Ended, Harness};

pub type Same = Result<(), String>;

pub fn same<T: PartialEq + std::fmt::Debug>(what: &str, engine: &T, model: &T) -> Same {
    if engine == model {
        return Ok(());
    }
    Err(format!("{what}\n  engine: {engine:?}\n  model:  {model:?}"))
}

/// Every row of every table, values as PostgreSQL prints them.
pub fn read(harness: &Harness, scenario: &Scenario) -> Data {
    let mut data: Data = scenario
        .records
        .iter()
        .map(|r| vec![Vec::new(); r.tables.len()])
        .collect();
    for (r, t, table) in scenario.tables() {
        let value = |c: &Column| {
            let name = ident(c.name);
            format!("CASE WHEN {name} IS NOT NULL THEN format('%s', {name}) END")
        };
        let values: Vec<String> = table.columns.iter().map(value).collect();
        let sql = format!(
            "SELECT to_json(ARRAY[{}]::text[]) FROM {}",
            values.join(", "),
            qualified(table)
        );
        data[r][t] = harness
            .db
            .rows(&sql)
            .iter()
            .map(|row| serde_json::from_str(row).unwrap())
            .collect();
        data[r][t].sort_by_key(|row| identity(table, row));
    }
    data
}

fn identity(table: &Table, row: &Row) -> Vec<Option<String>> {
    let columns = [table.key(), vec![table.account()]].concat();
    columns.into_iter().map(|c| row[c].clone()).collect()
}

/// The row counts in the summary of the only submission.
pub fn same_rows(
    scenario: &Scenario,
    run: &Ended,
    model: &BTreeMap<(usize, usize), usize>,
) -> Same {
    let submissions = run.submissions();
    let rows = &submissions.first().ok_or("nothing was run")?["rows"];
    let engine: BTreeMap<String, usize> =
        serde_json::from_value(rows.clone()).map_err(|e| e.to_string())?;
    same("rows in the summary", &engine, &by_name(scenario, model))
}

fn by_name(
    scenario: &Scenario,
    counts: &BTreeMap<(usize, usize), usize>,
) -> BTreeMap<String, usize> {
    let name = |(r, t): (usize, usize)| scenario.records[r].tables[t].plain();
    counts.iter().map(|(table, n)| (name(*table), *n)).collect()
}

pub fn same_export(harness: &Harness, stem: &str, model: &Exported) -> Same {
    same("answers", &harness.answers(stem), &model.answers)?;
    let mut files = harness.archive(stem);
    files.remove("manifest.json").ok_or("no manifest")?;
    same("archive", &files, &model.files)
}

pub fn same_forget(harness: &Harness, scenario: &Scenario, stem: &str, model: &Forgotten) -> Same {
    same_forgotten(harness, scenario, stem, model, Drawn::default())?;
    same_updates(harness, scenario, model)
}

/// The same after a crash: rows that were rolled back count as written, and siblings in rows that are rewritten later
/// have placeholders other than the earlier ones.
pub fn same_forget_at_last(
    harness: &Harness,
    scenario: &Scenario,
    stem: &str,
    model: &Forgotten,
) -> Same {
    let drawn = Drawn {
        interrupted: true,
        ..Drawn::default()
    };
    same_forgotten(harness, scenario, stem, model, drawn)
}

fn same_forgotten(
    harness: &Harness,
    scenario: &Scenario,
    stem: &str,
    model: &Forgotten,
    mut drawn: Drawn,
) -> Same {
    same("answers", &harness.answers(stem), &model.answers)?;
    let after = read(harness, scenario);
    for (r, t, table) in scenario.tables() {
        let rows: BTreeMap<_, _> = after[r][t]
            .iter()
            .map(|row| (identity(table, row), row))
            .collect();
        let before = &scenario.data[r][t];
        same("rows that stand", &rows.len(), &before.len())?;
        for (i, row) in before.iter().enumerate() {
            let key = identity(table, row);
            let now = rows
                .get(&key)
                .ok_or_else(|| format!("{}: {key:?} is gone", table.plain()))?;
            let id: RowId = (r, t, i);
            for ((column, expected), now) in table.columns.iter().zip(&model.rows[&id]).zip(*now) {
                drawn
                    .same_cell(column, expected, now)
                    .map_err(|difference| {
                        format!(
                            "{}, row {key:?}, column {:?}: {difference}",
                            table.plain(),
                            column.name
                        )
                    })?;
            }
        }
    }
    Ok(())
}

/// How often the server wrote a row. The server reports it with a delay, when a session has ended.
fn same_updates(harness: &Harness, scenario: &Scenario, model: &Forgotten) -> Same {
    let count = |(r, t, table): (usize, usize, &Table)| {
        let name = format!("'{}'::regclass", qualified(table).replace('\'', "''"));
        format!(
            "SELECT '{r} {t} ' || sum(n_tup_upd) FROM pg_stat_user_tables
             WHERE relid = {name} OR relid IN (SELECT relid FROM pg_partition_tree({name})) HAVING sum(n_tup_upd) > 0"
        )
    };
    let sql: Vec<String> = scenario.tables().map(count).collect();
    let give_up = Instant::now() + Duration::from_secs(5);
    loop {
        let counts = harness.db.rows(&sql.join(" UNION ALL "));
        let parse = |row: &String| {
            let numbers: Vec<usize> = row.split(' ').map(|n| n.parse().unwrap()).collect();
            ((numbers[0], numbers[1]), numbers[2])
        };
        let engine: BTreeMap<(usize, usize), usize> = counts.iter().map(parse).collect();
        if engine == model.written || Instant::now() > give_up {
            return same(
                "rows written",
                &by_name(scenario, &engine),
                &by_name(scenario, &model.written),
            );
        }
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// Placeholders seen so far, by their form: each belongs to one symbol, and each symbol has one.
#[derive(Default)]
struct Drawn {
    texts: HashMap<(&'static str, Symbol), String>,
    symbols: HashMap<String, Symbol>,
    interrupted: bool,
}

impl Drawn {
    fn same_cell(&mut self, column: &Column, expected: &Expected, now: &Option<String>) -> Same {
        match (expected, now) {
            (Expected::Is(value), now) => same("value", now, value),
            (Expected::Json(value), Some(now)) => same(
                "document",
                &serde_json::from_str::<Value>(now).map_err(|e| e.to_string())?,
                value,
            ),
            (Expected::Placeholder(symbol), Some(now)) => self.placeholder(column, symbol, now),
            (expected, None) => Err(format!("value\n  engine: NULL\n  model:  {expected:?}")),
        }
    }

    fn placeholder(&mut self, column: &Column, symbol: &Symbol, now: &str) -> Same {
        let role = column.device().expect("a device column");
        let is_code = |text: &str| {
            text.bytes()
                .all(|b| b.is_ascii_lowercase() || (b'2'..=b'7').contains(&b))
        };
        let (shape, right) = match (column.shape(), role.width) {
            (Shape::Inet, _) => {
                let address = now.parse::<std::net::Ipv6Addr>();
                (
                    "inet",
                    address.is_ok_and(|a| a.segments()[..2] == [0x2001, 0xdb8]),
                )
            }
            (_, Width::Full) => {
                let code = now.strip_prefix(&format!("anon-{}-", symbol.kind.word()));
                (
                    "full",
                    code.is_some_and(|code| code.len() == 26 && is_code(code)),
                )
            }
            _ => ("short", now.len() >= 13 && is_code(now)),
        };
        if !right {
            return Err(format!(
                "{now:?} is no placeholder of this column for {symbol:?}"
            ));
        }
        if !self.interrupted || symbol.device.is_some() {
            let text = self
                .texts
                .entry((shape, symbol.clone()))
                .or_insert_with(|| now.to_owned());
            same(
                "placeholder of the same device, account and form",
                &now,
                &text.as_str(),
            )?;
        }
        let other = self
            .symbols
            .entry(now.to_owned())
            .or_insert_with(|| symbol.clone());
        same("what a placeholder stands for", symbol, other)
    }
}
