//! The description of a small database with its rows, limits and requests.

use super::values::Kind;

#[derive(Debug, Clone)]
pub struct Account {
    pub id: &'static str,
    pub parent: Option<&'static str>,
    pub dialling_code: Option<&'static str>,
    pub trunk_prefix: Option<&'static str>,
}

#[derive(Debug, Clone)]
pub struct ShortCode {
    pub code: &'static str,
    pub shared: bool,
    pub owners: Vec<&'static str>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PhoneForm {
    E164,
    Digits,
    National,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Width {
    Full,
    Short,
    Null,
}

#[derive(Debug, Clone)]
pub struct DeviceRole {
    pub kinds: Vec<Kind>,
    pub forms: Vec<PhoneForm>,
    pub any_case: bool,
    pub width: Width,
    /// Whether it is in a unique index with the account.
    pub unique: bool,
    pub indexed: bool,
}

#[derive(Debug, Clone)]
pub enum Role {
    Key,
    Account,
    /// A part's column that refers to a key of its root and is not a key itself.
    RootKey,
    ClientId,
    ShortCode,
    Channel,
    LegalHold,
    Device(DeviceRole),
    Pii {
        keep_keys: Vec<&'static str>,
    },
    Keep,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    Text,
    Json,
    Array,
    Inet,
    Other,
}

#[derive(Debug, Clone)]
pub struct Column {
    pub name: &'static str,
    pub type_name: String,
    pub role: Role,
    pub not_null: bool,
    pub on_forget: Option<&'static str>,
}

impl Column {
    pub fn limit(&self) -> Option<usize> {
        self.type_name
            .strip_prefix("varchar(")?
            .strip_suffix(')')?
            .parse()
            .ok()
    }

    pub fn shape(&self) -> Shape {
        match self.type_name.as_str() {
            "json" | "jsonb" => Shape::Json,
            "text[]" => Shape::Array,
            "inet" => Shape::Inet,
            "text" | "citext" => Shape::Text,
            varchar if varchar.starts_with("varchar") => Shape::Text,
            _ => Shape::Other,
        }
    }

    pub fn device(&self) -> Option<&DeviceRole> {
        match &self.role {
            Role::Device(device) => Some(device),
            _ => None,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Partitions {
    None,
    HashOfAccount,
    ListOfAccount,
    RangeOfKey,
}

/// One row, its values as PostgreSQL prints them, in the order of the columns.
pub type Row = Vec<Option<String>>;

#[derive(Debug, Clone)]
pub struct Table {
    pub schema: &'static str,
    pub name: &'static str,
    pub label: Option<String>,
    pub columns: Vec<Column>,
    /// Columns that refer to the root's key, in its order; for a root its own key.
    pub root_key: Vec<&'static str>,
    /// The channels that are mobile; empty means all.
    pub mobile: Option<Vec<&'static str>>,
    pub account_in_key: bool,
    pub partitions: Partitions,
}

impl Table {
    pub fn position(&self, name: &str) -> usize {
        self.columns
            .iter()
            .position(|c| c.name == name)
            .expect("a column of the table")
    }

    pub fn find(&self, wanted: impl Fn(&Role) -> bool) -> Option<usize> {
        self.columns.iter().position(|c| wanted(&c.role))
    }

    pub fn account(&self) -> usize {
        self.find(|role| matches!(role, Role::Account))
            .expect("every table has an account")
    }

    /// The columns of the key, in table order.
    pub fn key(&self) -> Vec<usize> {
        let is_key = |i: &usize| matches!(self.columns[*i].role, Role::Key);
        (0..self.columns.len()).filter(is_key).collect()
    }

    pub fn plain(&self) -> String {
        format!("{}.{}", self.schema, self.name)
    }

    pub fn label(&self) -> &str {
        self.label.as_deref().unwrap_or(self.name)
    }
}

#[derive(Debug, Clone)]
pub struct Record {
    pub exported: bool,
    pub siblings: bool,
    /// The root first.
    pub tables: Vec<Table>,
}

#[derive(Debug, Clone)]
pub enum Contact {
    Device {
        device: usize,
        spelling: &'static str,
    },
    Refused {
        json: &'static str,
        response: &'static str,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flaw {
    None,
    OtherType,
    NoAccount,
}

#[derive(Debug, Clone)]
pub struct Request {
    pub account: &'static str,
    pub codes: Option<Vec<&'static str>>,
    pub case: Option<&'static str>,
    pub flaw: Flaw,
    pub contacts: Vec<Contact>,
}

/// Rows by record and table.
pub type Data = Vec<Vec<Vec<Row>>>;

#[derive(Debug, Clone)]
pub struct Scenario {
    pub accounts: Vec<Account>,
    pub codes: Vec<ShortCode>,
    pub records: Vec<Record>,
    pub data: Data,
    pub messaging: bool,
    /// The accounts that the drop lists.
    pub reach: Vec<&'static str>,
    pub max_rows: usize,
    pub max_client_ids: Option<usize>,
    pub devices_per_transaction: usize,
    pub requests: Vec<Request>,
}

impl Scenario {
    pub fn tables(&self) -> impl Iterator<Item = (usize, usize, &Table)> {
        let of = |(r, record): (usize, &'_ Record)| (r, record.tables.len());
        let numbers: Vec<_> = self.records.iter().enumerate().map(of).collect();
        numbers
            .into_iter()
            .flat_map(|(r, n)| (0..n).map(move |t| (r, t)))
            .map(|(r, t)| (r, t, &self.records[r].tables[t]))
    }
}
