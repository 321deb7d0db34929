//! Holds a declaration against `pg_catalog`: every misfit is collected, and any stops the run before a write.

use std::collections::HashMap;

use crate::database::Session;

use super::declaration::{self, Declaration, Mobile, PlaceholderWidth, Role};
use super::{
    AccountsTable, Catalogue, CatalogueError, Column, Record, ShortCodesTable, Table, TypeShape,
};
use crate::device::DeviceKind;
use crate::name::{Ident, TableName};
use crate::statement::sql_file;

/// Length of a placeholder: `anon-<kind>-` and 26 characters (contract section 5).
const FULL_PLACEHOLDER: usize = "anon-".len() + 1 + 26;
/// Length of `[redacted]`.
const REDACTED: u32 = 10;
/// Length of a short placeholder, see [`crate::placeholder::SHORT`].
const SHORT_PLACEHOLDER: u32 = crate::placeholder::SHORT as u32;

/// What the database says of the declared tables.
type Described = HashMap<TableName, (String, Vec<DescribedColumn>)>;

struct DescribedColumn {
    name: String,
    type_name: String,
    shape: TypeShape,
    not_null: bool,
    unique: bool,
}

/// Holds `declaration` against the database of `session`.
///
/// Errors: [`CatalogueError::Misfit`] with everything that does not fit, table and column named.
pub async fn bind(
    declaration: &Declaration,
    session: &Session,
) -> Result<Catalogue, CatalogueError> {
    let described = describe(declaration, session).await?;
    let mut binder = Binder {
        default_schema: declaration.schema.as_deref(),
        described,
        misfits: Vec::new(),
    };
    let catalogue = binder.catalogue(declaration);
    if binder.misfits.is_empty() {
        Ok(catalogue)
    } else {
        Err(CatalogueError::Misfit(binder.misfits))
    }
}

fn name_of(default_schema: Option<&str>, schema: Option<&String>, table: &str) -> TableName {
    TableName::new(
        schema
            .map(String::as_str)
            .or(default_schema)
            .unwrap_or("public"),
        table,
    )
}

async fn describe(
    declaration: &Declaration,
    session: &Session,
) -> Result<Described, CatalogueError> {
    let default = declaration.schema.as_deref();
    let mut names = vec![name_of(
        default,
        declaration.accounts.schema.as_ref(),
        &declaration.accounts.table,
    )];
    if let Some(codes) = &declaration.short_codes {
        names.push(name_of(default, codes.schema.as_ref(), &codes.table));
        names.push(name_of(
            default,
            codes.owners.schema.as_ref(),
            &codes.owners.table,
        ));
    }
    names.extend(
        declaration
            .suppression
            .iter()
            .map(|s| name_of(default, s.schema.as_ref(), &s.table)),
    );
    for record in &declaration.records {
        let tables = std::iter::once(&record.root).chain(&record.parts);
        names.extend(tables.map(|t| name_of(default, t.schema.as_ref(), &t.table)));
    }
    let schemas: Vec<&str> = names.iter().map(|n| n.schema.as_str()).collect();
    let tables: Vec<&str> = names.iter().map(|n| n.table.as_str()).collect();
    let rows = session
        .query(
            &sql_file!("session/describe.sql").into(),
            &[&schemas, &tables],
        )
        .await?;
    let mut described = Described::new();
    for row in rows {
        let name = TableName::new(
            row.get::<_, String>("schema_name"),
            row.get::<_, String>("table_name"),
        );
        let entry = described
            .entry(name)
            .or_insert_with(|| (row.get("kind"), Vec::new()));
        let column: String = row.get("column_name");
        if entry.1.iter().any(|c| c.name == column) {
            continue;
        }
        entry.1.push(DescribedColumn {
            name: column,
            type_name: row.get("type_name"),
            shape: shape(
                row.get("base_type"),
                row.get("category"),
                row.get("max_length"),
            ),
            not_null: row.get("not_null"),
            unique: row.get("is_unique"),
        });
    }
    Ok(described)
}

fn shape(base_type: &str, category: &str, max_length: Option<i32>) -> TypeShape {
    match (base_type, category) {
        ("json", _) => TypeShape::Json,
        ("jsonb", _) => TypeShape::Jsonb,
        ("inet" | "cidr", _) => TypeShape::Inet,
        ("bool", _) => TypeShape::Boolean,
        (_, "A") => TypeShape::Array,
        (_, "S") => TypeShape::Text {
            limit: max_length.and_then(|n| u32::try_from(n).ok()),
        },
        _ => TypeShape::Other,
    }
}

struct Binder<'a> {
    default_schema: Option<&'a str>,
    described: Described,
    misfits: Vec<String>,
}

impl Binder<'_> {
    fn catalogue(&mut self, declaration: &Declaration) -> Catalogue {
        let accounts = self.accounts(&declaration.accounts);
        let short_codes = declaration
            .short_codes
            .as_ref()
            .map(|codes| self.short_codes(codes));
        let suppression = declaration
            .suppression
            .iter()
            .map(|s| self.existing(s.schema.as_ref(), &s.table))
            .collect();
        let mut next_table = 0;
        let mut records = Vec::new();
        for (number, record) in declaration.records.iter().enumerate() {
            records.push(self.record(record, number, &mut next_table));
        }
        if records.is_empty() {
            self.misfits
                .push("no [[record]] is declared: nothing could be found".to_owned());
        }
        Catalogue {
            accounts,
            short_codes,
            suppression,
            records,
        }
    }

    fn existing(&mut self, schema: Option<&String>, table: &str) -> TableName {
        let name = name_of(self.default_schema, schema, table);
        match self.described.get(&name).map(|(kind, _)| kind.as_str()) {
            Some("r" | "p") => {}
            Some("v" | "m") => self.misfits.push(format!(
                "{} is a view; name the table behind it",
                name.plain()
            )),
            Some("f") => self.misfits.push(format!(
                "{} is a foreign table; its rows are not in this database",
                name.plain()
            )),
            Some(_) => self.misfits.push(format!("{} is no table", name.plain())),
            None => self.misfits.push(format!(
                "table {} does not exist (or is not visible to this role)",
                name.plain()
            )),
        }
        name
    }

    /// A column that must exist beside the records: account parents, short code kinds.
    fn side_column(&mut self, table: &TableName, column: &str) -> Ident {
        if let Some((_, columns)) = self.described.get(table)
            && !columns.iter().any(|c| c.name == column)
        {
            self.misfits
                .push(format!("{} has no column {column}", table.plain()));
        }
        Ident::new(column)
    }

    fn accounts(&mut self, accounts: &declaration::Accounts) -> AccountsTable {
        let name = self.existing(accounts.schema.as_ref(), &accounts.table);
        let mut optional =
            |column: &Option<String>| column.as_ref().map(|c| self.side_column(&name, c));
        let parent = optional(&accounts.parent);
        let dialling_code = optional(&accounts.dialling_code);
        let trunk_prefix = optional(&accounts.trunk_prefix);
        let account = self.side_column(&name, &accounts.account);
        AccountsTable {
            name,
            account,
            parent,
            dialling_code,
            trunk_prefix,
        }
    }

    fn short_codes(&mut self, codes: &declaration::ShortCodes) -> ShortCodesTable {
        let name = self.existing(codes.schema.as_ref(), &codes.table);
        let owners = self.existing(codes.owners.schema.as_ref(), &codes.owners.table);
        ShortCodesTable {
            short_code: self.side_column(&name, &codes.short_code),
            kind: self.side_column(&name, &codes.kind),
            shared: codes.shared.clone(),
            owner_short_code: self.side_column(&owners, &codes.owners.short_code),
            owner_account: self.side_column(&owners, &codes.owners.account),
            name,
            owners,
        }
    }

    fn record(
        &mut self,
        record: &declaration::Record,
        number: usize,
        next_table: &mut usize,
    ) -> Record {
        let root_key: Vec<Ident> = Vec::new();
        let mut root = self.table(&record.root, root_key, next_table);
        root.root_key = root.key().into_iter().map(|c| c.name.clone()).collect();
        if !record.root.join.is_empty() {
            self.misfits.push(format!(
                "{}: a root is not joined; join belongs to the parts",
                root.name.plain()
            ));
        }
        let mut parts = Vec::new();
        for part in &record.parts {
            let mut table = self.table(part, Vec::new(), next_table);
            table.root_key = self.joined(part, &table, &root);
            for role in [Role::ShortCode, Role::Channel] {
                if let Some(column) = table.column(&role) {
                    self.misfits.push(format!(
                        "{}.{}: a short code and a channel stand in the root of a record, not in a part",
                        table.name.plain(),
                        column.name.as_str()
                    ));
                }
            }
            parts.push(table);
        }
        Record {
            name: record.name.clone(),
            number,
            exported: record.exported,
            root,
            parts,
        }
    }

    /// The part's columns that stand for the root's key, in the order of that key.
    fn joined(&mut self, part: &declaration::Table, table: &Table, root: &Table) -> Vec<Ident> {
        let mut columns = Vec::new();
        for key in &root.root_key {
            match part
                .join
                .iter()
                .find(|(_, root_column)| *root_column == key.as_str())
            {
                Some((column, _)) if table.columns.iter().any(|c| c.name.as_str() == column) => {
                    columns.push(Ident::new(column));
                }
                Some((column, _)) => self.misfits.push(format!(
                    "{} has no column {column} to join by",
                    table.name.plain()
                )),
                None => self.misfits.push(format!(
                    "{} is not joined to the key {} of {}; name its column under join",
                    table.name.plain(),
                    key.as_str(),
                    root.name.plain()
                )),
            }
        }
        columns
    }

    fn table(
        &mut self,
        table: &declaration::Table,
        root_key: Vec<Ident>,
        next_table: &mut usize,
    ) -> Table {
        let name = self.existing(table.schema.as_ref(), &table.table);
        let number = *next_table;
        *next_table += 1;
        let columns = self.columns(&name, table);
        let bound = Table {
            label: table.label.clone().unwrap_or_else(|| table.table.clone()),
            mobile: table.mobile.clone(),
            name,
            number,
            columns,
            root_key,
        };
        self.check_roles(&bound);
        bound
    }

    fn columns(&mut self, name: &TableName, table: &declaration::Table) -> Vec<Column> {
        let Some((_, described)) = self.described.remove(name) else {
            return Vec::new();
        };
        let mut columns = Vec::new();
        for declared in table.columns.keys() {
            if !described.iter().any(|d| d.name == *declared) {
                self.misfits.push(format!(
                    "{} has no column {declared}, which the catalogue declares",
                    name.plain()
                ));
            }
        }
        for column in described {
            match table.columns.get(&column.name) {
                None => self.misfits.push(format!(
                    "{}.{} is not in the catalogue; give it a role (keep, if it holds nothing personal)",
                    name.plain(),
                    column.name
                )),
                Some(declared) => columns.push(Column {
                    name: Ident::new(&column.name),
                    role: declared.role.clone(),
                    on_forget: declared.on_forget.clone(),
                    type_name: column.type_name,
                    shape: column.shape,
                    not_null: column.not_null,
                    unique: column.unique,
                }),
            }
        }
        for column in &columns {
            self.check_type(name, column);
        }
        columns
    }

    fn check_roles(&mut self, table: &Table) {
        if table.columns.is_empty() {
            return;
        }
        let count = |role: &Role| table.columns.iter().filter(|c| c.role == *role).count();
        if count(&Role::Account) != 1 {
            self.misfits.push(format!(
                "{} needs exactly one column with the role account",
                table.name.plain()
            ));
        }
        if count(&Role::Key) == 0 {
            self.misfits.push(format!(
                "{} needs a column with the role key",
                table.name.plain()
            ));
        }
        for role in [
            Role::ShortCode,
            Role::Channel,
            Role::ClientId,
            Role::LegalHold,
            Role::MediaUri,
        ] {
            if count(&role) > 1 {
                self.misfits.push(format!(
                    "{} has more than one column with the role {role:?}",
                    table.name.plain()
                ));
            }
        }
        if matches!(table.mobile, Mobile::Channels(_)) && count(&Role::Channel) == 0 {
            self.misfits.push(format!(
                "{}: mobile names channels, but no column has the role channel",
                table.name.plain()
            ));
        }
    }

    fn check_type(&mut self, table: &TableName, column: &Column) {
        let complaint = match (&column.role, column.shape) {
            (Role::Device(device), TypeShape::Inet) if device.kinds != [DeviceKind::Ipaddr] => {
                Some("an inet column holds the kind ipaddr only")
            }
            (Role::Device(_), TypeShape::Inet) => None,
            (Role::Device(device), TypeShape::Text { limit }) => {
                match (device.placeholder, limit) {
                    (PlaceholderWidth::Full, Some(limit))
                        if (limit as usize) < FULL_PLACEHOLDER + longest_kind(device) =>
                    {
                        Some(
                            "is too short for a placeholder; say placeholder = \"short\" or \"null\"",
                        )
                    }
                    (PlaceholderWidth::Short, Some(limit)) if limit < SHORT_PLACEHOLDER => {
                        Some("is too short for a short placeholder; say placeholder = \"null\"")
                    }
                    (PlaceholderWidth::Null, _) if column.not_null => {
                        Some("is NOT NULL, so its placeholder cannot be null")
                    }
                    _ => None,
                }
            }
            (Role::Device(_), TypeShape::Array | TypeShape::Json | TypeShape::Jsonb) => Some(
                "devices inside arrays or json are not supported; move them to a column or a child table",
            ),
            (Role::Device(_), _) => Some("is of a type that cannot hold a placeholder"),
            (Role::Pii { .. }, TypeShape::Text { limit: Some(limit) }) if limit < REDACTED => {
                Some("is too short for [redacted]")
            }
            (Role::Pii { .. }, TypeShape::Other | TypeShape::Inet | TypeShape::Boolean)
                if column.not_null =>
            {
                Some("is NOT NULL, and its type has nothing to be redacted to; say on_forget")
            }
            (Role::LegalHold, shape) if shape != TypeShape::Boolean => {
                Some("must be boolean to be a legal hold")
            }
            (Role::MediaUri, shape)
                if !matches!(shape, TypeShape::Text { .. }) || column.not_null =>
            {
                Some("must be a nullable text to be a media uri")
            }
            (Role::Account, _) if !column.not_null => Some("must be NOT NULL to be the account"),
            _ => None,
        };
        if let Some(complaint) = complaint {
            self.misfits.push(format!(
                "{}.{} {complaint}",
                table.plain(),
                column.name.as_str()
            ));
        }
    }
}

fn longest_kind(device: &super::DeviceRole) -> usize {
    device
        .kinds
        .iter()
        .map(|kind| kind.as_str().len())
        .max()
        .unwrap_or(0)
}
