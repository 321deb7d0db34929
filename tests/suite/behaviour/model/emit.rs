//! A scenario as PostgreSQL and Lethe read it: DDL, rows, catalogue, configuration, submission.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::columns::SCHEMAS;
use super::schema::{
    Column, Contact, Flaw, Partitions, PhoneForm, Role, Scenario, Shape, Table, Width,
};

/// A name, quoted.
pub fn ident(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

pub fn qualified(table: &Table) -> String {
    format!("{}.{}", ident(table.schema), ident(table.name))
}

fn literal(value: Option<&str>) -> String {
    value.map_or("NULL".to_owned(), |text| {
        format!("'{}'", text.replace('\'', "''"))
    })
}

fn toml(text: &str) -> String {
    toml::Value::from(text).to_string()
}

fn toml_list<'a>(texts: impl IntoIterator<Item = &'a str>) -> String {
    let texts: Vec<String> = texts.into_iter().map(toml).collect();
    format!("[{}]", texts.join(", "))
}

/// Drops every schema of a scenario.
pub fn drop_all() -> String {
    let schemas = std::iter::once("tenants").chain(SCHEMAS);
    schemas
        .map(|schema| format!("DROP SCHEMA IF EXISTS {} CASCADE;\n", ident(schema)))
        .collect()
}

/// Schemas and tables.
pub fn ddl(scenario: &Scenario) -> String {
    let mut sql = String::from(
        "SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS citext;
CREATE SCHEMA tenants;
CREATE TABLE tenants.account (id text PRIMARY KEY, parent text, dialling_code text, trunk_prefix text);
CREATE TABLE tenants.code (code text PRIMARY KEY, kind text NOT NULL);
CREATE TABLE tenants.owner (code text, account text, PRIMARY KEY (code, account));\n",
    );
    for (_, _, table) in scenario.tables() {
        writeln!(sql, "CREATE SCHEMA IF NOT EXISTS {};", ident(table.schema)).unwrap();
        sql += &table_ddl(table);
    }
    sql
}

fn table_ddl(table: &Table) -> String {
    let name = qualified(table);
    let column = |i: usize| ident(table.columns[i].name);
    let mut key: Vec<String> = table.key().into_iter().map(column).collect();
    let account = column(table.account());
    let first_key = key[0].clone();
    if table.account_in_key {
        key.insert(0, account.clone());
    }
    let columns = table.columns.iter().map(|c| {
        let not_null = if c.not_null { " NOT NULL" } else { "" };
        format!("{} {}{not_null}, ", ident(c.name), c.type_name)
    });
    let columns: String = columns.collect();
    let (by, partitions): (String, &[&str]) = match table.partitions {
        Partitions::None => (String::new(), &[]),
        Partitions::HashOfAccount => (
            format!(" PARTITION BY HASH ({account})"),
            &[
                "FOR VALUES WITH (MODULUS 2, REMAINDER 0)",
                "FOR VALUES WITH (MODULUS 2, REMAINDER 1)",
            ],
        ),
        Partitions::ListOfAccount => (
            format!(" PARTITION BY LIST ({account})"),
            &["FOR VALUES IN ('A', 'X')", "DEFAULT"],
        ),
        Partitions::RangeOfKey => (format!(" PARTITION BY RANGE ({first_key})"), &["DEFAULT"]),
    };
    let mut sql = format!(
        "CREATE TABLE {name} ({columns}PRIMARY KEY ({})){by};\n",
        key.join(", ")
    );
    let mut partitions: Vec<String> = partitions.iter().map(|p| (*p).to_owned()).collect();
    if table.partitions == Partitions::RangeOfKey {
        let middle = &super::values::keys(&table.columns[table.key()[0]].type_name)[1];
        partitions.push(format!("FOR VALUES FROM (MINVALUE) TO ('{middle}')"));
    }
    for (number, bounds) in partitions.iter().enumerate() {
        let partition = format!(
            "{}.{}",
            ident(table.schema),
            ident(&format!("{} {number}", table.name))
        );
        writeln!(
            sql,
            "CREATE TABLE {partition} PARTITION OF {name} {bounds};"
        )
        .unwrap();
    }
    for c in &table.columns {
        let Some(device) = c.device() else { continue };
        if device.unique {
            writeln!(
                sql,
                "CREATE UNIQUE INDEX ON {name} ({}, {account});",
                ident(c.name)
            )
            .unwrap();
        }
        if device.indexed {
            writeln!(sql, "CREATE INDEX ON {name} ({});", ident(c.name)).unwrap();
        }
    }
    sql
}

/// Every row.
pub fn rows(scenario: &Scenario) -> String {
    let mut sql = String::new();
    for a in &scenario.accounts {
        let values = [Some(a.id), a.parent, a.dialling_code, a.trunk_prefix].map(literal);
        writeln!(
            sql,
            "INSERT INTO tenants.account VALUES ({});",
            values.join(", ")
        )
        .unwrap();
    }
    for code in &scenario.codes {
        let kind = if code.shared { "shared" } else { "dedicated" };
        writeln!(
            sql,
            "INSERT INTO tenants.code VALUES ('{}', '{kind}');",
            code.code
        )
        .unwrap();
        for owner in &code.owners {
            writeln!(
                sql,
                "INSERT INTO tenants.owner VALUES ('{}', '{owner}');",
                code.code
            )
            .unwrap();
        }
    }
    for (r, t, table) in scenario.tables() {
        for row in &scenario.data[r][t] {
            let values: Vec<String> = row.iter().map(|v| literal(v.as_deref())).collect();
            writeln!(
                sql,
                "INSERT INTO {} VALUES ({});",
                qualified(table),
                values.join(", ")
            )
            .unwrap();
        }
    }
    sql
}

pub fn catalogue(scenario: &Scenario) -> String {
    let mut text = String::from(
        r#"schema = "tenants"
[accounts]
table = "account"
account = "id"
parent = "parent"
dialling_code = "dialling_code"
trunk_prefix = "trunk_prefix"
[short_codes]
table = "code"
short_code = "code"
kind = "kind"
shared = "shared"
owners = { table = "owner", short_code = "code", account = "account" }
"#,
    );
    for (r, record) in scenario.records.iter().enumerate() {
        writeln!(
            text,
            "[[record]]\nname = \"record {r}\"\nexported = {}",
            record.exported
        )
        .unwrap();
        if record.siblings {
            text += "siblings = \"redact\"\n";
        }
        for (t, table) in record.tables.iter().enumerate() {
            let place = if t == 0 {
                "[record.root"
            } else {
                "[[record.part"
            };
            let end = if t == 0 { "]" } else { "]]" };
            writeln!(
                text,
                "{place}{end}\nschema = {}\ntable = {}",
                toml(table.schema),
                toml(table.name)
            )
            .unwrap();
            if let Some(label) = &table.label {
                writeln!(text, "label = {}", toml(label)).unwrap();
            }
            if let Some(channels) = &table.mobile {
                writeln!(text, "mobile = {}", toml_list(channels.iter().copied())).unwrap();
            }
            if t > 0 {
                // In reverse: columns are joined by name, not by position.
                let pairs = table.root_key.iter().zip(&record.tables[0].root_key).rev();
                let pairs: Vec<String> = pairs
                    .map(|(part, root)| format!("{} = {}", toml(part), toml(root)))
                    .collect();
                writeln!(text, "join = {{ {} }}", pairs.join(", ")).unwrap();
            }
            let name = if t == 0 { "root" } else { "part" };
            writeln!(text, "[record.{name}.columns]").unwrap();
            for column in &table.columns {
                writeln!(text, "{} = {}", toml(column.name), column_options(column)).unwrap();
            }
        }
    }
    text
}

fn column_options(column: &Column) -> String {
    let mut options = Vec::new();
    let role = match &column.role {
        Role::Key => "key",
        Role::Account => "account",
        Role::RootKey | Role::Keep => "keep",
        Role::ClientId => "client id",
        Role::ShortCode => "short code",
        Role::Channel => "channel",
        Role::LegalHold => "legal hold",
        Role::Device(device) => {
            options.push(format!(
                "kinds = {}",
                toml_list(device.kinds.iter().map(|k| k.word()))
            ));
            let form = |form: &PhoneForm| match form {
                PhoneForm::E164 => "e164",
                PhoneForm::Digits => "digits",
                PhoneForm::National => "national",
            };
            // An option belongs to a kind, and is refused if the column has only other kinds.
            let has = |word: &str| device.kinds.iter().any(|kind| kind.word() == word);
            // Exact forms: what any spelling finds is the recogniser's to say.
            let phones = device.forms.iter().map(form).filter(|_| has("phone"));
            let others = [("email", "email"), ("ipaddr", "address")];
            let others = others.into_iter().filter(|(kind, _)| has(kind));
            let forms = phones.chain(others.map(|(_, form)| form));
            options.push(format!("forms = {}", toml_list(forms)));
            if has("email") {
                let case = if device.any_case { "any" } else { "exact" };
                options.push(format!("case = \"{case}\""));
            }
            match device.width {
                Width::Full => {}
                // An inet column holds an address of any width, so the option is refused there.
                Width::Short if column.shape() == Shape::Inet => {}
                Width::Short => options.push("placeholder = \"short\"".to_owned()),
                Width::Null => options.push("placeholder = \"null\"".to_owned()),
            }
            "device"
        }
        Role::Pii { keep_keys } => {
            if column.shape() == Shape::Json {
                options.push(format!(
                    "keep_keys = {}",
                    toml_list(keep_keys.iter().copied())
                ));
            }
            "pii"
        }
    };
    options.insert(0, format!("role = \"{role}\""));
    if let Some(value) = column.on_forget {
        options.push(format!("on_forget = {}", toml(value)));
    }
    format!("{{ {} }}", options.join(", "))
}

/// Lines of `lethe.toml`.
pub fn limits(scenario: &Scenario) -> String {
    let mut text = format!(
        "max_rows_per_device = {}\ndevices_per_transaction = {}\n",
        scenario.max_rows, scenario.devices_per_transaction
    );
    if let Some(limit) = scenario.max_client_ids {
        writeln!(text, "max_client_ids_per_device = {limit}").unwrap();
    }
    text
}

/// The requests as a submission of `action`.
pub fn submission(scenario: &Scenario, action: &str) -> String {
    let requests = scenario.requests.iter().map(|request| {
        let contact = |contact: &Contact| match contact {
            Contact::Device { device, spelling } => {
                json!({super::values::DEVICES[*device].kind.word(): spelling})
            }
            Contact::Refused { json, .. } => serde_json::from_str(json).unwrap(),
        };
        let other = if action == "FORGET" {
            "EXPORT"
        } else {
            "FORGET"
        };
        let mut object = json!({
            "type": if request.flaw == Flaw::OtherType { other } else { action },
            "contacts": request.contacts.iter().map(contact).collect::<Vec<Value>>(),
        });
        if request.flaw != Flaw::NoAccount {
            object["accountid"] = request.account.into();
        }
        if let Some(codes) = &request.codes {
            object["shortcodes"] = json!(codes);
        }
        if let Some(case) = request.case {
            object["requestcase"] = case.into();
        }
        object
    });
    let requests: Vec<Value> = requests.collect();
    serde_json::to_string_pretty(&json!({"requests": requests})).unwrap()
}
