//! Random tables and their columns, within what a catalogue allows.

use std::collections::BTreeSet;

use super::random::Seeds;
use super::schema::{Column, DeviceRole, Partitions, PhoneForm, Record, Role, Shape, Table, Width};
use super::values::Kind;

pub const SCHEMAS: [&str; 4] = ["m", "we ird\"; drop", "Mixed", "select"];
const TABLES: [&str; 6] = [
    "people",
    "select",
    "a$$b",
    "x--y; z",
    "тенант",
    "e/*mail*/'\"%",
];
const COLUMNS: [&str; 24] = [
    "a",
    "k1",
    "r1",
    "t",
    "target",
    "device",
    "stored",
    "form",
    "account_id",
    "slot",
    "old_1",
    "new_1",
    "kind",
    "K 1",
    "o'ne",
    "qu\"ote",
    "e/*m*/",
    "--x",
    "адрес",
    "$1",
    "select",
    "z",
    "{}",
    "value",
];
const KEY_TYPES: [&str; 6] = ["int", "bigint", "text", "uuid", "date", "smallint"];
const PII_TYPES: [&str; 11] = [
    "text",
    "varchar(10)",
    "varchar",
    "jsonb",
    "json",
    "text[]",
    "date",
    "int",
    "boolean",
    "bytea",
    "timestamptz",
];

/// A random table: the root if the record has none yet, otherwise a part.
pub fn table(
    seeds: &mut Seeds,
    record: &Record,
    used: &mut BTreeSet<(&'static str, &'static str)>,
) -> Table {
    let root = record.tables.first();
    let first_name = seeds.pick(COLUMNS.len());
    let mut names = (0..COLUMNS.len()).map(|i| COLUMNS[(first_name + i) % COLUMNS.len()]);
    let mut columns = Vec::new();
    let mut root_key = Vec::new();
    let mut add = |type_name: &str, not_null, role| {
        let name = names.next().expect("more names than columns");
        columns.push(Column {
            name,
            type_name: type_name.to_owned(),
            role,
            not_null,
            on_forget: None,
        });
        name
    };
    add(
        seeds.of(&["text", "varchar(20)", "varchar"]),
        true,
        Role::Account,
    );
    match root {
        None => {
            for _ in 0..seeds.pick(3) + 1 {
                root_key.push(add(seeds.of(&KEY_TYPES), true, Role::Key));
            }
        }
        Some(root) => {
            add(seeds.of(&KEY_TYPES), true, Role::Key);
            let is_key = seeds.flip();
            for key in root.key() {
                let role = if is_key { Role::Key } else { Role::RootKey };
                root_key.push(add(&root.columns[key].type_name, true, role));
            }
        }
    }
    if root.is_none() && seeds.rarely(3) {
        add(seeds.of(&["text", "varchar(10)"]), false, Role::ShortCode);
        if seeds.flip() {
            add("text", false, Role::Channel);
        }
    }
    if seeds.rarely(4) {
        add("boolean", seeds.flip(), Role::LegalHold);
    }
    let client_id = |role: &Role| matches!(role, Role::ClientId);
    if !record.tables.iter().any(|t| t.find(client_id).is_some()) && seeds.flip() {
        add("text", false, Role::ClientId);
    }
    let devices = if seeds.rarely(5) {
        0
    } else {
        1 + seeds.pick(3)
    };
    let others = seeds.pick(5);
    let has_channel = columns.iter().any(|c| matches!(c.role, Role::Channel));
    let partitions = seeds.of(&[
        Partitions::None,
        Partitions::None,
        Partitions::None,
        Partitions::HashOfAccount,
        Partitions::ListOfAccount,
        Partitions::RangeOfKey,
    ]);
    for _ in 0..devices {
        columns.push(device_column(
            seeds,
            names.next().expect("a name"),
            partitions,
        ));
    }
    for _ in 0..others {
        columns.push(other_column(seeds, names.next().expect("a name")));
    }
    // Only a part without devices may have rows without a record.
    if devices == 0 && seeds.flip() {
        for column in columns
            .iter_mut()
            .filter(|c| matches!(c.role, Role::RootKey))
        {
            column.not_null = false;
        }
    }
    let turn = seeds.pick(columns.len());
    columns.rotate_left(turn);
    // The root's key has the order of the table.
    if root.is_none() {
        root_key = columns
            .iter()
            .filter(|c| matches!(c.role, Role::Key))
            .map(|c| c.name)
            .collect();
    }
    let (schema, first_name) = (seeds.pick(SCHEMAS.len()), seeds.pick(TABLES.len()));
    let name = (0..)
        .map(|i| {
            (
                SCHEMAS[(schema + i / TABLES.len()) % SCHEMAS.len()],
                TABLES[(first_name + i) % TABLES.len()],
            )
        })
        .find(|name| used.insert(*name))
        .expect("fewer tables than names");
    Table {
        schema: name.0,
        name: name.1,
        label: None,
        root_key,
        mobile: (has_channel && seeds.flip()).then(|| vec!["sms", "mms"]),
        account_in_key: seeds.pick(3) != 2
            || matches!(
                partitions,
                Partitions::HashOfAccount | Partitions::ListOfAccount
            ),
        partitions,
        columns,
    }
}

fn device_column(seeds: &mut Seeds, name: &'static str, partitions: Partitions) -> Column {
    use Kind::{Email, Ipaddr, Phone};
    let kinds = seeds.of(&[
        vec![Phone],
        vec![Phone],
        vec![Email],
        vec![Ipaddr],
        vec![Phone, Email],
        vec![Phone, Email, Ipaddr],
        vec![Ipaddr, Email],
    ]);
    let width = seeds.of(&[Width::Full, Width::Full, Width::Short, Width::Null]);
    let inet = kinds == [Ipaddr] && seeds.flip();
    // `anon-<kind>-` and 26 characters: exactly what the longest kind needs.
    let longest = kinds.iter().map(|k| k.word().len()).max().expect("a kind");
    let exact = format!("varchar({})", "anon--".len() + longest + 26);
    let type_name = match width {
        _ if inet => "inet".to_owned(),
        Width::Full => seeds.of(&[
            "text".to_owned(),
            exact,
            "varchar".to_owned(),
            "citext".to_owned(),
        ]),
        Width::Short => seeds.of(&[
            "text".to_owned(),
            "varchar(13)".to_owned(),
            "varchar(16)".to_owned(),
        ]),
        Width::Null => seeds.of(&["text".to_owned(), "varchar(13)".to_owned()]),
    };
    Column {
        name,
        type_name,
        not_null: width != Width::Null && seeds.rarely(3),
        on_forget: None,
        role: Role::Device(DeviceRole {
            kinds,
            forms: seeds.some(&[PhoneForm::E164, PhoneForm::Digits, PhoneForm::National]),
            any_case: seeds.pick(3) != 2,
            width,
            // A unique index of a partitioned table must hold its partition key.
            unique: seeds.rarely(5) && partitions != Partitions::RangeOfKey,
            indexed: seeds.flip(),
        }),
    }
}

fn other_column(seeds: &mut Seeds, name: &'static str) -> Column {
    let type_name = seeds.of(&PII_TYPES).to_owned();
    let mut column = Column {
        name,
        type_name,
        role: Role::Keep,
        not_null: false,
        on_forget: None,
    };
    let value = match column.type_name.as_str() {
        "text" | "varchar" | "varchar(10)" => Some("it's gone"),
        "int" => Some("7"),
        "date" => Some("1900-01-01"),
        _ => None,
    };
    if seeds.rarely(5) {
        column.on_forget = value;
    }
    if !seeds.rarely(4) {
        let keep_keys = if column.shape() == Shape::Json && seeds.flip() {
            vec!["keep", "no'ne"]
        } else {
            vec![]
        };
        column.role = Role::Pii { keep_keys };
    }
    let redactable =
        !matches!(column.shape(), Shape::Inet | Shape::Other) || column.on_forget.is_some();
    column.not_null = redactable && seeds.rarely(3);
    column
}
