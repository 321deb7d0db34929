//! docs/reference/configuration.md and catalogue.md: the keys, from the schemas of the structures that read them.

use std::fmt::Write as _;

use lethe::catalogue::Declaration;
use lethe::cli::config::Config;
use schemars::{JsonSchema, schema_for};
use serde_json::{Map, Value};

use super::super::page::read;
use super::{cell, compare, generated_from};

/// A schema with its definitions.
struct Keys {
    schema: Value,
}

impl Keys {
    fn of<T: JsonSchema>() -> Keys {
        Keys {
            schema: schema_for!(T).to_value(),
        }
    }

    /// Follows a reference, also one in an `anyOf` with null.
    fn resolved<'a>(&'a self, property: &'a Value) -> &'a Value {
        let choices = property["anyOf"].as_array().into_iter().flatten();
        let inner = choices.clone().find(|choice| choice["type"] != "null");
        let is_optional = choices.count() == 2;
        let property = inner.filter(|_| is_optional).unwrap_or(property);
        let Some(reference) = property["$ref"].as_str() else {
            return property;
        };
        let pointer = reference.trim_start_matches('#');
        self.schema.pointer(pointer).expect("a definition")
    }

    /// The table behind a property, of itself or as the items of an array.
    fn table<'a>(&'a self, property: &'a Value) -> Option<&'a Map<String, Value>> {
        let resolved = self.resolved(property);
        let items = match resolved["items"].is_object() {
            true => self.resolved(&resolved["items"]),
            false => resolved,
        };
        items["properties"].as_object()
    }

    fn type_of(&self, property: &Value) -> String {
        let resolved = self.resolved(property);
        if let Some(values) = enumerated(resolved) {
            return values.join(", ");
        }
        if self.table(property).is_some() {
            return match resolved["items"].is_object() {
                true => "array of tables",
                false => "table",
            }
            .to_owned();
        }
        let types: Vec<&str> = match &resolved["type"] {
            Value::String(one) => vec![one],
            Value::Array(all) => all.iter().filter_map(Value::as_str).collect(),
            _ => vec![],
        };
        let types: Vec<String> = types
            .into_iter()
            .filter(|name| *name != "null")
            .map(|name| match name {
                "array" => {
                    let items = self.resolved(&resolved["items"]);
                    let of = enumerated(items).map(|values| values.join(", "));
                    format!(
                        "array of {}",
                        of.unwrap_or_else(|| self.type_of(items) + "s")
                    )
                }
                "object" => "table".to_owned(),
                "string" if resolved["type"] == "string" => {
                    self.named(property).unwrap_or("string").to_owned()
                }
                name => name.to_owned(),
            })
            .collect();
        types.join(" or ")
    }

    /// The name of a definition that is a text of a certain form.
    fn named<'a>(&self, property: &'a Value) -> Option<&'a str> {
        let choices = property["anyOf"].as_array().into_iter().flatten();
        let mut all = choices.chain([property]);
        let reference = all.find_map(|choice| choice["$ref"].as_str())?;
        reference.rsplit('/').next()
    }
}

/// The values of an enumeration.
fn enumerated(schema: &Value) -> Option<Vec<String>> {
    let shown = |value: &Value| format!("`{value}`");
    if let Some(values) = schema["enum"].as_array() {
        return Some(values.iter().filter(|v| !v.is_null()).map(shown).collect());
    }
    let choices = schema["oneOf"].as_array()?;
    let mut values = Vec::new();
    for choice in choices {
        match &choice["const"] {
            Value::Null => values.extend(enumerated(choice)?),
            value => values.push(shown(value)),
        }
    }
    Some(values)
}

/// A section with a table of keys, and one for each table below it.
fn section(page: &mut String, keys: &Keys, title: &str, schema: &Value, level: usize) {
    let resolved = keys.resolved(schema);
    let table = match resolved["items"].is_object() {
        true => keys.resolved(&resolved["items"]),
        false => resolved,
    };
    let required: Vec<&str> = table["required"]
        .as_array()
        .map(|names| names.iter().filter_map(Value::as_str).collect())
        .unwrap_or_default();
    let description = table["description"].as_str().unwrap_or_default();
    let _ = write!(
        page,
        "\n{} {title}\n\n{}\n\n| key | type | default | |\n|---|---|---|---|\n",
        "#".repeat(level),
        one_line(description)
    );
    let properties = table["properties"].as_object().expect("keys");
    for (name, property) in properties {
        let _ = writeln!(
            page,
            "| `{name}` | {} | {} | {} |",
            cell(&keys.type_of(property)),
            default(property, required.contains(&name.as_str())),
            cell(&one_line(
                property["description"].as_str().unwrap_or_default()
            ))
        );
    }
    let prefix = title.trim_matches(['`', '[', ']']);
    for (name, property) in properties {
        if keys.table(property).is_none() {
            continue;
        }
        let path = match level {
            2 => name.clone(),
            _ => format!("{prefix}.{name}"),
        };
        let is_array = keys.resolved(property)["items"].is_object();
        let title = match is_array {
            true => format!("`[[{path}]]`"),
            false => format!("`[{path}]`"),
        };
        section(page, keys, &title, property, 3);
    }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn default(property: &Value, is_required: bool) -> String {
    match &property["default"] {
        _ if is_required => "required".to_owned(),
        Value::Null => String::new(),
        Value::Array(values) if values.is_empty() => "none".to_owned(),
        Value::Object(_) => String::new(),
        Value::String(text) if text.is_empty() => String::new(),
        value => format!("`{value}`"),
    }
}

#[test]
fn the_page_lists_every_key_of_the_configuration() {
    let keys = Keys::of::<Config>();
    let mut page = format!(
        "# Configuration\n\n{}\n{}\n",
        generated_from("`src/cli/config.rs`"),
        "`lethe.toml` is a TOML file. [lethe.example.toml](../../lethe.example.toml) shows every key in context. An unknown key is an error. \
         A duration is a number with a unit (`\"5s\"`, `\"10m\"`, `\"35d\"`), at most ten years. A size is a whole number with `B`, `kB`, `MB` or `GB`. \
         A relative path begins at the folder of the file.\n\n\
         Lethe reads one file: the one that `--config` names, else the one that `LETHE_CONFIG` names, else `/etc/lethe/lethe.toml`, else \
         `$XDG_CONFIG_HOME/lethe/lethe.toml` (by default `~/.config/lethe/lethe.toml`). It never looks in the current folder. \
         [Who may write it](../how-to/dba.md#who-may-write-the-configuration) is limited.",
    );
    section(&mut page, &keys, "Keys", &keys.schema, 2);
    compare("configuration.md", &page);
}

#[test]
fn the_page_lists_every_key_of_the_catalogue() {
    let keys = Keys::of::<Declaration>();
    let mut page = format!(
        "# Catalogue\n\n{}\n{}\n",
        generated_from("`src/catalogue/declaration.rs`"),
        "A catalogue is a TOML file, or a folder of files. It declares what tables hold. Every column of a listed table has a role. \
         The catalogue of the reference schema, [catalogue.toml](../../migrations/contact_centre/catalogue.toml), is an example; \
         `lethe catalogue discover` proposes entries, and `lethe catalogue check` reports what does not fit.",
    );
    section(&mut page, &keys, "Keys", &keys.schema, 2);
    page.push_str("\n## Roles of columns\n\nA column is written as the word for its role, or as a table of options.\n\n| role | meaning |\n|---|---|\n");
    let roles = keys.schema.pointer("/$defs/column/anyOf/0/enum");
    for role in roles.and_then(Value::as_array).expect("roles") {
        let role = role.as_str().unwrap();
        let _ = writeln!(page, "| `{role}` | {} |", meaning(role));
    }
    page.push_str("\n## Options of columns\n\nFor example `{ role = \"device\", kinds = [\"phone\"], forms = [\"e164\", \"national\"] }`.\n");
    let options = keys
        .schema
        .pointer("/$defs/column options")
        .expect("options");
    let mut table = String::new();
    section(&mut table, &keys, "Options", options, 2);
    page.push_str(&table[table.find("\n| key").expect("a table")..]);
    compare("catalogue.md", &page);
}

/// What a role means. A new role needs a line here.
fn meaning(role: &str) -> &'static str {
    match role {
        "key" => "identifies the row, together with the account; kept",
        "account" => "the account to which the row belongs; NOT NULL; kept",
        "client id" => {
            "the consumer's identifier in the tenant's own systems; kept, and used by `trace`"
        }
        "short code" => {
            "decides whether a row of the mobile channel is reached; an empty one counts as none"
        }
        "channel" => "the channel of the row; `mobile` names those that are mobile",
        "device" => "phones, emails or IP addresses: found, and replaced by placeholders",
        "pii" => "a personal field: redacted when the record is forgotten",
        "media uri" => "names a media object, which is deleted",
        "legal hold" => "a boolean; where it is true nothing of the record is forgotten",
        "keep" => "stays as it is",
        role => panic!("the reference does not explain the role {role:?}"),
    }
}

#[test]
fn the_defaults_of_the_configuration_are_those_of_the_example() {
    let keys = Keys::of::<Config>();
    let example = read("lethe.example.toml");
    let properties = keys.schema["properties"].as_object().unwrap();
    let mut compared = 0;
    for (name, property) in properties {
        let default = match &property["default"] {
            Value::String(_) | Value::Number(_) => property["default"].to_string(),
            _ => continue,
        };
        let line = format!("{name} = {default}");
        let shown = |text: &str| text.trim_start_matches("# ") == line;
        assert!(example.lines().any(shown), "the example has no line {line}");
        compared += 1;
    }
    assert!(compared > 10, "{compared}");
}
