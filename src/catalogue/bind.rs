//! Holds a declaration against `pg_catalog`: every misfit is collected, and any stops the run before a write.

use std::collections::HashMap;

use futures_util::try_join;
use tokio_postgres::Row;
use toml::Spanned;

use super::declaration::{self, Mobile, PlaceholderWidth, Role, nearest};
use super::family::Families;
use super::source::{Source, digest};
use super::{
    AccountsTable, Catalogue, CatalogueError, Column, DeviceRole, Record, ShortCodesTable, Table,
    TypeShape,
};
use super::{indexes, obstacles};
use crate::domain::device::DeviceKind;
use crate::domain::text::is_label;
use crate::postgres::name::{Ident, TableName};
use crate::postgres::sql::sql_file;
use crate::postgres::{DatabaseError, Session};

/// Length of a placeholder but for its kind: `anon-<kind>-` and 26 characters (contract section 5).
const FULL_PLACEHOLDER: usize = "anon-".len() + 1 + crate::domain::placeholder::CODE;
/// Length of `[redacted]`.
const REDACTED: u32 = 10;
/// Length of a short placeholder.
const SHORT_PLACEHOLDER: u32 = crate::domain::placeholder::SHORT as u32;

/// Holds declarations against the database of `session`.
///
/// Errors: [`CatalogueError::Misfit`] with everything that does not fit; each says where in which file it is declared,
/// which table and column is meant, and what to do.
pub async fn bind(sources: &[Source], session: &Session) -> Result<Catalogue, CatalogueError> {
    let names: Vec<TableName> = sources.iter().flat_map(Source::tables).collect();
    let families = Families::look_up(&names, session).await?;
    let described = describe(&families, session).await?;
    let all_tables = if names.iter().all(|name| families.contain(name)) {
        Vec::new()
    } else {
        all_tables(session).await?
    };
    let mut binder = Binder {
        sources,
        source: 0,
        described,
        all_tables,
        declared: HashMap::new(),
        labels: HashMap::new(),
        misfits: Vec::new(),
        next_table: 0,
    };
    let mut catalogue = binder.catalogue();
    let mut misfits = binder.misfits;
    let tables: Vec<&TableName> = catalogue.tables().map(|(_, table)| &table.name).collect();
    let families = families.of(&tables);
    let (found, indexes) = try_join!(
        obstacles::find(&catalogue, &families, session),
        indexes::indexes(&families, session),
    )?;
    misfits.extend(found);
    indexes::note_served(&mut catalogue, &indexes);
    if misfits.is_empty() {
        Ok(catalogue)
    } else {
        Err(CatalogueError::Misfit(misfits))
    }
}

/// What the database says of the declared tables.
type Described = HashMap<TableName, (String, Vec<DescribedColumn>)>;

#[derive(Clone)]
struct DescribedColumn {
    name: String,
    printed: String,
    type_name: String,
    shape: TypeShape,
    not_null: bool,
    domain: bool,
    unique: bool,
    generated: bool,
    partition_key: bool,
    may_use_schema: bool,
    may_select: bool,
    may_update: bool,
}

async fn describe(families: &Families, session: &Session) -> Result<Described, DatabaseError> {
    let file = sql_file!("catalogue/columns.sql");
    let mut described = Described::new();
    for (name, row) in families.ask(session, file).await? {
        let entry = described
            .entry(name.clone())
            .or_insert_with(|| (row.get("kind"), Vec::new()));
        entry.1.push(DescribedColumn {
            name: row.get("column_name"),
            printed: row.get("printed_name"),
            type_name: row.get("type_name"),
            shape: shape(
                row.get("base_type"),
                row.get("category"),
                row.get("max_length"),
            ),
            not_null: row.get("not_null"),
            domain: row.get("is_domain"),
            unique: row.get("is_unique"),
            generated: row.get("is_generated"),
            partition_key: row.get("is_partition_key"),
            may_use_schema: row.get("may_use_schema"),
            may_select: row.get("may_select"),
            may_update: row.get("may_update"),
        });
    }
    Ok(described)
}

async fn all_tables(session: &Session) -> Result<Vec<TableName>, DatabaseError> {
    let rows = session
        .query(&sql_file!("catalogue/table_names.sql").into(), &[])
        .await?;
    let name = |row: &Row| TableName::new(row.get::<_, String>(0), row.get::<_, String>(1));
    Ok(rows.iter().map(name).collect())
}

/// What matters of a type, by what `pg_type` says of it.
pub(super) fn shape(base_type: &str, category: &str, max_length: Option<i32>) -> TypeShape {
    match (base_type, category) {
        ("json", _) => TypeShape::Json,
        ("jsonb", _) => TypeShape::Jsonb,
        ("inet" | "cidr", _) => TypeShape::Inet,
        ("bool", _) => TypeShape::Boolean,
        ("tsvector", _) => TypeShape::FullText,
        (_, "A") => TypeShape::Array,
        (_, "S") => TypeShape::Text {
            limit: max_length.and_then(|n| u32::try_from(n).ok()),
        },
        _ => TypeShape::Other,
    }
}

struct Binder<'a> {
    sources: &'a [Source],
    /// The source that is being bound.
    source: usize,
    described: Described,
    /// Every table of the database, for suggestions where one does not exist.
    all_tables: Vec<TableName>,
    /// Tables of records, and where each is declared.
    declared: HashMap<TableName, String>,
    /// Labels of exported tables, and the table that has each.
    labels: HashMap<String, String>,
    misfits: Vec<String>,
    next_table: usize,
}

impl<'a> Binder<'a> {
    /// Notes a misfit at the place where `word` stands.
    fn misfit(&mut self, word: &Spanned<String>, message: String) {
        let place = self.sources[self.source].place(word.span().start);
        self.misfits.push(format!("{place}: {message}"));
    }

    fn catalogue(&mut self) -> Catalogue {
        let mut catalogue = Catalogue {
            digest: digest(self.sources),
            accounts: None,
            short_codes: None,
            suppression: Vec::new(),
            records: Vec::new(),
        };
        let sources = self.sources;
        for (number, source) in sources.iter().enumerate() {
            self.source = number;
            let declared = &source.declaration;
            if let Some(accounts) = &declared.accounts {
                if catalogue.accounts.is_some() {
                    self.misfit(
                        &accounts.table,
                        "[accounts] is declared twice; one table holds the accounts".to_owned(),
                    );
                }
                catalogue.accounts = Some(self.accounts(accounts));
            }
            if let Some(codes) = &declared.short_codes {
                if catalogue.short_codes.is_some() {
                    self.misfit(&codes.table, "[short_codes] is declared twice".to_owned());
                }
                catalogue.short_codes = Some(self.short_codes(codes));
            }
            for kept in &declared.suppression {
                let name = self.existing(kept.schema.as_ref(), &kept.table);
                catalogue.suppression.push(name);
            }
            for record in &declared.records {
                let number = catalogue.records.len();
                let bound = self.record(record, number);
                catalogue.records.push(bound);
            }
        }
        if catalogue.accounts.is_none() {
            self.misfits.push(
                "the catalogue has no [accounts]; name the table that lists them, e.g. \
                 [accounts], table = \"account\", account = \"account_id\""
                    .to_owned(),
            );
        }
        if catalogue.records.is_empty() {
            self.misfits
                .push("the catalogue has no [[record]]: nothing could be found".to_owned());
        }
        catalogue
    }

    fn existing(&mut self, schema: Option<&String>, table: &Spanned<String>) -> TableName {
        let name = self.sources[self.source].name_of(schema, table);
        let plain = name.plain();
        match self.described.get(&name).map(|(kind, _)| kind.as_str()) {
            Some("r" | "p") if self.usable(&name) => {}
            Some("r" | "p") => self.misfit(
                table,
                format!(
                    "this role may not use schema {}, so not {plain}; see `lethe catalogue grants`",
                    name.schema.as_str()
                ),
            ),
            Some("v" | "m") => self.misfit(
                table,
                format!("{plain} is a view; declare the table behind it"),
            ),
            Some("f") => self.misfit(
                table,
                format!("{plain} is a foreign table; its rows are not in this database"),
            ),
            Some(_) => self.misfit(table, format!("{plain} is no table")),
            None => {
                let nearest = self.nearest_table(&name);
                let hint = nearest.map(|table| format!("; did you mean {table}?"));
                self.misfit(
                    table,
                    format!(
                        "table {plain} does not exist in this database{}",
                        hint.unwrap_or_default()
                    ),
                );
            }
        }
        name
    }

    fn usable(&self, table: &TableName) -> bool {
        let columns = self.described.get(table).map(|(_, columns)| columns);
        columns.is_none_or(|columns| columns.iter().all(|c| c.may_use_schema))
    }

    /// The same table in another schema, or one of nearly that name.
    fn nearest_table(&self, name: &TableName) -> Option<String> {
        let elsewhere = self.all_tables.iter().find(|t| t.table == name.table);
        let plain: Vec<String> = self.all_tables.iter().map(TableName::plain).collect();
        elsewhere
            .map(TableName::plain)
            .or_else(|| nearest(&name.plain(), plain.iter().map(String::as_str)).map(str::to_owned))
    }

    /// A column beside the records: account parents, short code kinds.
    fn side_column(&mut self, table: &TableName, column: &Spanned<String>) -> Ident {
        if let Some((_, columns)) = self.described.get(table) {
            let columns = columns.clone();
            match columns.iter().find(|c| c.name == *column.as_ref()) {
                None => self.no_column(table, column, &columns),
                Some(found) if !found.may_select => {
                    self.misfit(
                        column,
                        format!("this role may not SELECT {}.{}", table.plain(), found.name),
                    );
                }
                Some(_) => {}
            }
        }
        Ident::new(column.as_ref())
    }

    fn no_column(
        &mut self,
        table: &TableName,
        column: &Spanned<String>,
        columns: &[DescribedColumn],
    ) {
        let nearest = nearest(column.as_ref(), columns.iter().map(|c| c.name.as_str()));
        let hint = nearest
            .map(|name| format!("; did you mean {name}?"))
            .unwrap_or_default();
        self.misfit(
            column,
            format!("{} has no column {}{hint}", table.plain(), column.as_ref()),
        );
    }

    fn accounts(&mut self, accounts: &declaration::Accounts) -> AccountsTable {
        let name = self.existing(accounts.schema.as_ref(), &accounts.table);
        let mut optional =
            |column: &Option<Spanned<String>>| column.as_ref().map(|c| self.side_column(&name, c));
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

    fn record(&mut self, record: &declaration::Record, number: usize) -> Record {
        let mut root = self.table(&record.root);
        if record.exported {
            self.label(&record.root, &root);
        }
        root.root_key = root.key().into_iter().map(|c| c.name.clone()).collect();
        if let Some((column, _)) = record.root.join.iter().next() {
            self.misfit(
                column,
                format!(
                    "{}: join belongs to the parts of a record, not to its root",
                    root.name.plain()
                ),
            );
        }
        let mut parts = Vec::new();
        for part in &record.parts {
            let mut table = self.table(part);
            if record.exported {
                self.label(part, &table);
            }
            table.root_key = self.joined(part, &table, &root);
            for (column, declared) in &part.columns {
                if matches!(declared.role, Role::ShortCode | Role::Channel) {
                    self.misfit(column, format!(
                        "{}.{}: a short code and a channel stand in the root of a record, not in a part",
                        table.name.plain(),
                        column.as_ref()
                    ));
                }
            }
            parts.push(table);
        }
        Record {
            name: record.name.clone(),
            number,
            exported: record.exported,
            siblings: record.siblings,
            root,
            parts,
        }
    }

    /// The part's columns that stand for the root's key, in the order of that key.
    fn joined(&mut self, part: &declaration::Table, table: &Table, root: &Table) -> Vec<Ident> {
        let mut columns = Vec::new();
        if table.columns.is_empty() || root.columns.is_empty() {
            return columns;
        }
        for key in &root.root_key {
            match part
                .join
                .iter()
                .find(|(_, root_column)| root_column.as_ref() == key.as_str())
            {
                Some((column, _)) => {
                    let found = table
                        .columns
                        .iter()
                        .find(|c| c.name.as_str() == column.as_ref());
                    let Some(found) = found else {
                        self.misfit(
                            column,
                            format!(
                                "{} has no column {} to join by",
                                table.name.plain(),
                                column.as_ref()
                            ),
                        );
                        continue;
                    };
                    // Such a row would belong to no record: no legal hold, short code or sibling would count for it,
                    // and no EXPORT would have it.
                    if table.has_devices() && !found.not_null {
                        self.misfit(
                            column,
                            format!(
                                "{}.{} joins devices to their record and may be NULL, so a row may belong to none; \
                                 declare it NOT NULL",
                                table.name.plain(),
                                column.as_ref()
                            ),
                        );
                    }
                    columns.push(found.name.clone());
                }
                None => self.misfit(
                    &part.table,
                    format!(
                        "{} is not joined to the key {key} of {}; say join = {{ COLUMN = \"{key}\" }} with its own column",
                        table.name.plain(),
                        root.name.plain(),
                        key = key.as_str()
                    ),
                ),
            }
        }
        for (column, root_column) in &part.join {
            if !root
                .root_key
                .iter()
                .any(|key| key.as_str() == root_column.as_ref())
            {
                self.misfit(
                    column,
                    format!(
                        "{} is no key of {}; join names a column of the part, then a key of the root",
                        root_column.as_ref(),
                        root.name.plain()
                    ),
                );
            }
        }
        columns
    }

    fn table(&mut self, table: &declaration::Table) -> Table {
        let name = self.existing(table.schema.as_ref(), &table.table);
        let number = self.next_table;
        self.next_table += 1;
        let place = self.sources[self.source].place(table.table.span().start);
        if let Some(other) = self.declared.insert(name.clone(), place) {
            self.misfit(
                &table.table,
                format!(
                    "{} is declared twice, also at {other}; a table belongs to one record",
                    name.plain()
                ),
            );
        }
        let columns = self.columns(&name, table);
        let bound = Table {
            label: table
                .label
                .clone()
                .unwrap_or_else(|| table.table.as_ref().clone()),
            mobile: table.mobile.clone(),
            place: self.sources[self.source].place(table.table.span().start),
            accepted: table
                .accepted
                .iter()
                .map(|word| word.as_ref().clone())
                .collect(),
            name,
            number,
            columns,
            root_key: Vec::new(),
            keyed: false,
        };
        self.check_roles(table, &bound);
        bound
    }

    /// Each exported table has a CSV file of its own; on some systems names differ by case only.
    fn label(&mut self, declared: &declaration::Table, table: &Table) {
        let name = table.name.plain();
        if let Some(other) = self.labels.insert(table.label.to_lowercase(), name.clone()) {
            self.misfit(
                &declared.table,
                format!(
                    "{name} has the label {:?} in exports, as {other} has; give one of them another with label",
                    table.label
                ),
            );
        }
    }

    fn columns(&mut self, name: &TableName, table: &declaration::Table) -> Vec<Column> {
        // What is no table was said; its columns say nothing more.
        let Some((_, described)) = self
            .described
            .get(name)
            .filter(|(kind, _)| matches!(kind.as_str(), "r" | "p") && self.usable(name))
            .cloned()
        else {
            return Vec::new();
        };
        let mut columns = Vec::new();
        for declared in table.columns.keys() {
            if !described.iter().any(|d| d.name == *declared.as_ref()) {
                self.no_column(name, declared, &described);
            }
        }
        for column in described {
            match table.columns.iter().find(|(declared, _)| *declared.as_ref() == column.name) {
                None => self.misfit(&table.table, format!(
                    "{}.{} is not in the catalogue; give it a role (keep, if it holds nothing personal)",
                    name.plain(),
                    column.name
                )),
                Some((word, declared)) => {
                    let mut bound = Column {
                        name: Ident::new(&column.name),
                        printed: column.printed.clone(),
                        role: declared.role.clone(),
                        on_forget: declared.on_forget.clone(),
                        type_name: column.type_name.clone(),
                        shape: column.shape,
                        not_null: column.not_null,
                        domain: column.domain,
                        unique: column.unique,
                        served: false,
                    };
                    if let Some(complaint) = complaint(&bound, &column) {
                        self.misfit(word, format!("{}.{} {complaint}", name.plain(), column.name));
                        // What is wrong with it was said; the other obstacles are found all the same.
                        if bound.is_changed() {
                            (bound.role, bound.on_forget) = (Role::Keep, None);
                        }
                    }
                    columns.push(bound);
                }
            }
        }
        columns
    }

    fn check_roles(&mut self, declared: &declaration::Table, table: &Table) {
        if table.columns.is_empty() {
            return;
        }
        let name = table.name.plain();
        let count = |role: &Role| table.columns.iter().filter(|c| c.role == *role).count();
        let mut complaints = Vec::new();
        if count(&Role::Account) != 1 {
            complaints.push(format!(
                "{name} needs exactly one column with the role account, within which its rows are found; \
                 a table without one needs it added"
            ));
        }
        if count(&Role::Key) == 0 {
            complaints.push(format!(
                "{name} needs a column with the role key; declare those of its primary key"
            ));
        }
        for (role, word) in [
            (Role::ShortCode, "short code"),
            (Role::Channel, "channel"),
            (Role::ClientId, "client id"),
            (Role::LegalHold, "legal hold"),
            (Role::MediaUri, "media uri"),
        ] {
            if count(&role) > 1 {
                complaints.push(format!(
                    "{name} has more than one column with the role {word}"
                ));
            }
        }
        if matches!(table.mobile, Mobile::Channels(_)) && count(&Role::Channel) == 0 {
            complaints.push(format!(
                "{name}: mobile names channels, but no column has the role channel"
            ));
        }
        if !is_label(&table.label) {
            complaints.push(format!(
                "{name}: its label cannot be a file name; give it another with label"
            ));
        }
        for complaint in complaints {
            self.misfit(&declared.table, complaint);
        }
    }
}

/// What speaks against a column's role, or its rights.
fn complaint(column: &Column, described: &DescribedColumn) -> Option<String> {
    let changed = column.is_changed();
    if column.on_forget.is_some() {
        match column.role {
            Role::Device(_) => {
                return Some(
                    "is a device and becomes its placeholder; on_forget does not go with it"
                        .to_owned(),
                );
            }
            Role::Key | Role::Account | Role::ClientId | Role::MediaUri => {
                return Some(
                    "is kept, or cleared with its object; on_forget does not go with it".to_owned(),
                );
            }
            _ => {}
        }
    }
    if described.generated && changed {
        return Some(
            "is generated and cannot be changed; declare it keep, and name it under accepted"
                .to_owned(),
        );
    }
    if described.partition_key && changed {
        return Some(
            "is part of the partition key, so that changing it would move rows or fail; partition by another column"
                .to_owned(),
        );
    }
    if !described.may_select {
        return Some("may not be SELECTed by this role; see `lethe catalogue grants`".to_owned());
    }
    if changed && !described.may_update {
        return Some("may not be UPDATEd by this role; see `lethe catalogue grants`".to_owned());
    }
    if let (Some(value), TypeShape::Text { limit: Some(limit) }) = (&column.on_forget, column.shape)
        && value.chars().count() > limit as usize
    {
        return Some(format!(
            "holds {limit} characters, fewer than its on_forget value has"
        ));
    }
    let complaint = match (&column.role, column.shape) {
        (Role::Pii { keep_keys }, shape)
            if !keep_keys.is_empty() && !matches!(shape, TypeShape::Json | TypeShape::Jsonb) =>
        {
            Some("is no json, so it has no keys to keep; leave keep_keys out")
        }
        (Role::Device(device), shape) => {
            return device_complaint(device, shape, column.not_null).map(str::to_owned);
        }
        (Role::Pii { .. }, _) if column.on_forget.is_some() => None,
        (Role::Pii { .. }, TypeShape::Text { limit: Some(limit) }) if limit < REDACTED => {
            Some("is too short for [redacted]; say on_forget")
        }
        (
            Role::Pii { .. },
            TypeShape::Other | TypeShape::Inet | TypeShape::Boolean | TypeShape::FullText,
        ) if column.not_null => {
            Some("is NOT NULL, and its type has nothing to be redacted to; say on_forget")
        }
        (Role::Keep, TypeShape::FullText) if !described.generated => {
            Some("is a full-text column, which keeps the words of personal fields; declare it pii")
        }
        (Role::LegalHold, shape) if shape != TypeShape::Boolean => {
            Some("must be boolean to be a legal hold")
        }
        (Role::MediaUri, shape) if !matches!(shape, TypeShape::Text { .. }) || column.not_null => {
            Some("must be a text that may be NULL to be a media uri")
        }
        (Role::Account | Role::Key, _) if !column.not_null => {
            Some("must be NOT NULL to be a key or the account")
        }
        _ => None,
    };
    complaint.map(str::to_owned)
}

fn device_complaint(device: &DeviceRole, shape: TypeShape, not_null: bool) -> Option<&'static str> {
    let longest = device
        .kinds
        .iter()
        .map(|kind| kind.as_str().len())
        .max()
        .unwrap_or(0);
    match (shape, device.placeholder) {
        (TypeShape::Inet, _) if device.kinds != [DeviceKind::Ipaddr] => {
            Some("is inet, which holds the kind ipaddr only")
        }
        (_, PlaceholderWidth::Null) if not_null => {
            Some("is NOT NULL, so its placeholder cannot be null")
        }
        (TypeShape::Inet, PlaceholderWidth::Short) => Some(
            "is inet, whose placeholder is an address; leave placeholder out, or say placeholder = \"null\"",
        ),
        (TypeShape::Inet, _) => None,
        (TypeShape::Text { limit: Some(limit) }, PlaceholderWidth::Full)
            if (limit as usize) < FULL_PLACEHOLDER + longest =>
        {
            Some("is too short for a placeholder; say placeholder = \"short\" or \"null\"")
        }
        (TypeShape::Text { limit: Some(limit) }, PlaceholderWidth::Short)
            if limit < SHORT_PLACEHOLDER =>
        {
            Some("is too short for a short placeholder; say placeholder = \"null\"")
        }
        (TypeShape::Text { .. }, _) => None,
        (TypeShape::Array | TypeShape::Json | TypeShape::Jsonb, _) => Some(
            "holds devices inside arrays or json, which is not supported; move them to a column or a child table",
        ),
        _ => Some("is of a type that cannot hold a placeholder"),
    }
}
