//! Random scenarios, derived from bytes, so that they shrink well.

use std::collections::BTreeSet;

use super::columns::table;
use super::schema::{Account, Column, Contact, Flaw, Record, Request, Row, Scenario, ShortCode};
use super::values::{self, DEVICES, REFUSED};

/// The bytes of a scenario. Any bytes are valid; a byte more or less changes what follows.
#[derive(Debug, Clone)]
pub struct Genes {
    /// By record and table.
    pub records: Vec<Vec<Vec<u8>>>,
    pub rows: Vec<Vec<u8>>,
    pub requests: Vec<Vec<u8>>,
    pub settings: Vec<u8>,
}

/// Makes choices from the bytes; once they are used up, always the first and simplest one.
pub struct Seeds<'a>(pub std::slice::Iter<'a, u8>);

impl Seeds<'_> {
    pub fn pick(&mut self, n: usize) -> usize {
        usize::from(*self.0.next().unwrap_or(&0)) % n
    }

    pub fn flip(&mut self) -> bool {
        self.pick(2) == 1
    }

    pub fn rarely(&mut self, n: usize) -> bool {
        self.pick(n) == n - 1
    }

    pub fn of<T: Clone>(&mut self, choices: &[T]) -> T {
        choices[self.pick(choices.len())].clone()
    }

    /// Some of the choices, at least one.
    pub fn some<T: Clone>(&mut self, choices: &[T]) -> Vec<T> {
        let mask = self.pick((1 << choices.len()) - 1) + 1;
        let chosen = choices
            .iter()
            .enumerate()
            .filter(|(i, _)| mask >> i & 1 == 1);
        chosen.map(|(_, choice)| choice.clone()).collect()
    }
}

/// Accounts and their parents: an enterprise of three levels, and another enterprise.
pub const TREE: [(&str, Option<&str>); 6] = [
    ("E", None),
    ("A", Some("E")),
    ("A1", Some("A")),
    ("B", Some("E")),
    ("X", None),
    ("X1", Some("X")),
];
const DIALLING: [(Option<&str>, Option<&str>); 6] = [
    (Some("1"), Some("")),
    (Some("44"), Some("0")),
    (None, None),
    (Some("1"), None),
    (Some("44"), Some("")),
    (Some(""), Some("0")),
];
pub const CODES: [&str; 3] = ["51110", "52000", "59000"];

impl Scenario {
    pub fn new(genes: &Genes) -> Scenario {
        let mut seeds = Seeds(genes.settings.iter());
        let account = |(id, parent): (&'static str, Option<&'static str>), seeds: &mut Seeds| {
            let (dialling_code, trunk_prefix) = seeds.of(&DIALLING);
            Account {
                id,
                parent,
                dialling_code,
                trunk_prefix,
            }
        };
        let names = TREE.map(|(id, _)| id);
        let mut scenario = Scenario {
            messaging: seeds.rarely(5),
            reach: seeds.of(&[
                vec!["E"],
                vec!["E"],
                vec!["E"],
                vec!["E"],
                vec!["E"],
                vec!["A"],
                vec!["A1", "B"],
                vec!["X", "A"],
            ]),
            max_rows: seeds.of(&[10_000, 10_000, 10_000, 10_000, 4, 1]),
            max_client_ids: seeds.of(&[None, None, Some(1), Some(2)]),
            devices_per_transaction: seeds.of(&[500, 500, 1, 2]),
            accounts: TREE.map(|pair| account(pair, &mut seeds)).into(),
            codes: CODES
                .map(|code| ShortCode {
                    code,
                    shared: seeds.flip(),
                    owners: seeds.some(&names),
                })
                .into(),
            records: Vec::new(),
            data: Vec::new(),
            requests: Vec::new(),
        };
        let mut used = BTreeSet::new();
        for tables in &genes.records {
            let record = record(tables, &mut used);
            scenario.data.push(vec![Vec::new(); record.tables.len()]);
            scenario.records.push(record);
        }
        scenario.unique_labels();
        for row in &genes.rows {
            scenario.add_row(&mut Seeds(row.iter()));
        }
        scenario.requests = genes
            .requests
            .iter()
            .map(|r| request(&mut Seeds(r.iter())))
            .collect();
        scenario
    }

    /// Files in a folder have different names, without slashes.
    fn unique_labels(&mut self) {
        let mut seen = BTreeSet::new();
        for (number, table) in self
            .records
            .iter_mut()
            .flat_map(|r| &mut r.tables)
            .enumerate()
        {
            if table.name.contains('/') || !seen.insert(table.label().to_owned()) {
                table.label = Some(format!("label {number}"));
            }
        }
    }

    /// Adds a row unless a key or a unique index forbids it.
    fn add_row(&mut self, seeds: &mut Seeds) {
        let tables: Vec<_> = self.tables().map(|(r, t, _)| (r, t)).collect();
        let (r, t) = seeds.of(&tables);
        let table = &self.records[r].tables[t];
        let accounts = ["A", "A", "E", "A1", "B", "X", "X1"];
        let value =
            |column: &Column, seeds: &mut Seeds| seeds.of(&values::pool(column, &accounts, &CODES));
        let row: Row = table.columns.iter().map(|c| value(c, seeds)).collect();
        let rows = &mut self.data[r][t];
        // citext ignores letter case.
        let value = |row: &Row, c: usize| match table.columns[c].type_name.as_str() {
            "citext" => row[c].as_ref().map(|text| text.to_lowercase()),
            _ => row[c].clone(),
        };
        let same = |other: &Row, columns: &[usize]| {
            columns
                .iter()
                .all(|&c| other[c].is_some() && value(other, c) == value(&row, c))
        };
        let mut identities = vec![table.key()];
        if table.account_in_key {
            identities[0].push(table.account());
        }
        for (i, column) in table.columns.iter().enumerate() {
            if column.device().is_some_and(|d| d.unique) {
                identities.push(vec![i, table.account()]);
            }
        }
        if !rows
            .iter()
            .any(|other| identities.iter().any(|columns| same(other, columns)))
        {
            rows.push(row);
        }
    }
}

fn record(tables: &[Vec<u8>], used: &mut BTreeSet<(&'static str, &'static str)>) -> Record {
    let mut record = Record {
        exported: true,
        siblings: false,
        tables: Vec::new(),
    };
    for (number, bytes) in tables.iter().enumerate() {
        let mut seeds = Seeds(bytes.iter());
        if number == 0 {
            record.exported = !seeds.rarely(5);
            record.siblings = seeds.rarely(3);
        }
        let table = table(&mut seeds, &record, used);
        record.tables.push(table);
    }
    record
}

pub fn request(seeds: &mut Seeds) -> Request {
    let accounts = ["E", "E", "E", "E", "A", "A", "A", "A1", "B", "X", "nobody"];
    let cases = [None, Some("97456596893834"), Some("a/b ü"), Some("..")];
    Request {
        account: seeds.of(&accounts),
        codes: (!seeds.rarely(3)).then(|| {
            if seeds.rarely(3) {
                vec![]
            } else {
                seeds.some(&["51110", "52000", "59000", "50000"])
            }
        }),
        case: seeds.of(&cases),
        flaw: match seeds.pick(30) {
            28 => Flaw::OtherType,
            29 => Flaw::NoAccount,
            _ => Flaw::None,
        },
        contacts: (0..seeds.pick(8) + 1).map(|_| contact(seeds)).collect(),
    }
}

fn contact(seeds: &mut Seeds) -> Contact {
    if seeds.rarely(10) {
        let (json, response) = seeds.of(&REFUSED);
        return Contact::Refused { json, response };
    }
    let device = seeds.pick(DEVICES.len());
    Contact::Device {
        device,
        spelling: seeds.of(DEVICES[device].spellings),
    }
}
