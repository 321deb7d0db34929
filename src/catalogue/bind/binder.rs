//! Turns declarations into a catalogue, and collects what does not match the described tables.

use std::collections::HashMap;

use toml::Spanned;

use super::describe::{Described, DescribedColumn};
use super::roles::{self, nondeterministic};
use crate::catalogue::declaration::{self, Declaration, Role, Siblings, nearest};
use crate::catalogue::model::{
    Accepted, AccountsTable, Catalogue, Column, Record, ShortCodesTable, Table,
};
use crate::catalogue::source::{Source, digest};
use crate::catalogue::structure::Structure;
use crate::postgres::name::{Ident, TableName};

pub(super) struct Binder<'a> {
    sources: &'a [Source],
    /// Index of the source that is being bound.
    source: usize,
    described: Described,
    /// Every table of the database, to suggest one where the declared table does not exist.
    all_tables: Vec<TableName>,
    /// The tables of records and where each is declared.
    declared: HashMap<TableName, String>,
    /// The labels of exported tables, in lower case, with the table that has each.
    labels: HashMap<String, String>,
    /// Whether it is declared where the country codes of accounts are, in any source.
    knows_country_codes: bool,
    pub(super) mismatches: Vec<String>,
    next_table: usize,
}

impl<'a> Binder<'a> {
    pub(super) fn new(
        sources: &'a [Source],
        described: Described,
        all_tables: Vec<TableName>,
    ) -> Binder<'a> {
        let mut accounts = sources
            .iter()
            .filter_map(|source| source.declaration.accounts.as_ref());
        Binder {
            knows_country_codes: accounts.any(|accounts| accounts.dialling_code.is_some()),
            sources,
            source: 0,
            described,
            all_tables,
            declared: HashMap::new(),
            labels: HashMap::new(),
            mismatches: Vec::new(),
            next_table: 0,
        }
    }

    /// Adds a mismatch with the place of `word` in its file.
    fn mismatch(&mut self, word: &Spanned<String>, message: String) {
        let place = self.sources[self.source].place(word.span().start);
        self.mismatches.push(format!("{place}: {message}"));
    }

    /// Binds all sources.
    pub(super) fn catalogue(&mut self) -> Catalogue {
        let mut catalogue = Catalogue {
            digest: digest(self.sources),
            structure: Structure::default(),
            accounts: None,
            short_codes: None,
            suppression: Vec::new(),
            not_asked: Vec::new(),
            records: Vec::new(),
        };
        let sources = self.sources;
        for (number, source) in sources.iter().enumerate() {
            self.source = number;
            self.add_source(&source.declaration, &mut catalogue);
        }
        if catalogue.accounts.is_none() {
            self.mismatches.push(
                "the catalogue has no [accounts]; name the table that lists them, for example \
                 [accounts], table = \"account\", account = \"account_id\""
                    .to_owned(),
            );
        }
        if catalogue.records.is_empty() {
            self.mismatches.push(
                "the catalogue has no [[record]], so nothing could be found; declare at least one"
                    .to_owned(),
            );
        }
        catalogue
    }

    fn add_source(&mut self, declared: &Declaration, catalogue: &mut Catalogue) {
        if let Some(accounts) = &declared.accounts {
            if catalogue.accounts.is_some() {
                self.mismatch(
                    &accounts.table,
                    "[accounts] is declared twice; keep one".to_owned(),
                );
            }
            catalogue.accounts = Some(self.accounts(accounts));
        }
        if let Some(codes) = &declared.short_codes {
            if catalogue.short_codes.is_some() {
                self.mismatch(
                    &codes.table,
                    "[short_codes] is declared twice; keep one".to_owned(),
                );
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

    fn existing(&mut self, schema: Option<&String>, table: &Spanned<String>) -> TableName {
        let name = self.sources[self.source].name_of(schema, table);
        if let Some(message) = self.table_mismatch(&name) {
            self.mismatch(table, message);
        }
        name
    }

    /// Why a relation cannot be used as a table of the catalogue.
    fn table_mismatch(&self, name: &TableName) -> Option<String> {
        let plain = name.plain();
        let Some(relation) = self.described.get(name) else {
            let nearest = self.nearest_table(name);
            let hint = match nearest.map(|table| format!("; did you mean {table}?")) {
                None if self.sources[self.source].is_reference() => Some(
                    "; run `lethe migrate --reference`, or name the catalogue of your own tables in the configuration"
                        .to_owned(),
                ),
                hint => hint,
            };
            return Some(format!(
                "table {plain} does not exist in this database{}",
                hint.unwrap_or_default()
            ));
        };
        match relation.kind.as_str() {
            "r" | "p" if relation.is_usable() => None,
            "r" | "p" => Some(format!(
                "{plain} cannot be used by this role (no USAGE privilege on schema {}); see `lethe catalogue grants`",
                name.schema.as_str()
            )),
            "v" | "m" => Some(format!(
                "{plain} is a view; declare the underlying table instead"
            )),
            "f" => Some(format!(
                "{plain} is a foreign table, whose rows are in another database; remove it"
            )),
            _ => Some(format!("{plain} is not a table; remove it")),
        }
    }

    /// The same table in another schema, or one with a similar name.
    fn nearest_table(&self, name: &TableName) -> Option<String> {
        let elsewhere = self.all_tables.iter().find(|t| t.table == name.table);
        let plain: Vec<String> = self.all_tables.iter().map(TableName::plain).collect();
        elsewhere
            .map(TableName::plain)
            .or_else(|| nearest(&name.plain(), plain.iter().map(String::as_str)).map(str::to_owned))
    }

    /// A column of a table that belongs to no record: account parents, short code kinds.
    fn side_column(&mut self, table: &TableName, column: &Spanned<String>) -> Ident {
        if let Some(relation) = self.described.get(table) {
            let columns = relation.columns.clone();
            match columns.iter().find(|c| c.name == *column.as_ref()) {
                None => self.no_column(table, column, &columns),
                Some(found) if !found.may_select => {
                    self.mismatch(
                        column,
                        format!(
                            "{}.{} cannot be read by this role (no SELECT privilege); see `lethe catalogue grants`",
                            table.plain(),
                            found.name
                        ),
                    );
                }
                Some(found) => {
                    if let Some(collation) = &found.nondeterministic {
                        let wrong = nondeterministic(collation);
                        self.mismatch(column, format!("{}.{} {wrong}", table.plain(), found.name));
                    }
                }
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
        self.mismatch(
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
            self.mismatch(
                column,
                format!(
                    "{} is the root of a record, and only parts have a join; remove it",
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
                    self.mismatch(column, format!(
                        "{}.{} is a short code or channel of a part; only the root of a record can have one",
                        table.name.plain(),
                        column.as_ref()
                    ));
                }
            }
            parts.push(table);
        }
        if record.siblings == Siblings::Redact {
            let declared = std::iter::once(&record.root).chain(&record.parts);
            let tables = std::iter::once(&root).chain(&parts);
            let mismatches: Vec<_> = declared
                .zip(tables)
                .filter_map(|(declared, table)| {
                    Some((&declared.table, roles::sibling_mismatch(table)?))
                })
                .collect();
            for (place, message) in mismatches {
                self.mismatch(place, message);
            }
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

    /// The part's columns that refer to the root's key, in the order of that key.
    fn joined(&mut self, part: &declaration::Table, table: &Table, root: &Table) -> Vec<Ident> {
        if table.columns.is_empty() || root.columns.is_empty() {
            return Vec::new();
        }
        let mut columns = Vec::new();
        for key in &root.root_key {
            let mut join = part.join.iter();
            match join.find(|(_, root_column)| root_column.as_ref() == key.as_str()) {
                Some((column, _)) => columns.extend(self.join_column(column, table)),
                None => self.mismatch(
                    &part.table,
                    format!(
                        "{} is not joined to the key {key} of {}; add join = {{ COLUMN = \"{key}\" }} with its own column",
                        table.name.plain(),
                        root.name.plain(),
                        key = key.as_str()
                    ),
                ),
            }
        }
        for (column, root_column) in &part.join {
            let is_key = |key: &Ident| key.as_str() == root_column.as_ref();
            if !root.root_key.iter().any(is_key) {
                self.mismatch(
                    column,
                    format!(
                        "{} is not a key of {}; join names a column of the part, then a key of the root",
                        root_column.as_ref(),
                        root.name.plain()
                    ),
                );
            }
        }
        columns
    }

    /// A column by which a part is joined.
    fn join_column(&mut self, column: &Spanned<String>, table: &Table) -> Option<Ident> {
        let mut columns = table.columns.iter();
        let Some(found) = columns.find(|c| c.name.as_str() == column.as_ref()) else {
            self.mismatch(
                column,
                format!(
                    "{} has no column {}, by which it is joined; correct join",
                    table.name.plain(),
                    column.as_ref()
                ),
            );
            return None;
        };
        if let Some(collation) = &found.nondeterministic
            && found.role == Role::Keep
        {
            let wrong = nondeterministic(collation);
            self.mismatch(
                column,
                format!("{}.{} {wrong}", table.name.plain(), column.as_ref()),
            );
        }
        // A row with NULL would belong to no record: no legal hold, short code or sibling would apply to it, and no
        // EXPORT would include it.
        if table.has_devices() && !found.not_null {
            self.mismatch(
                column,
                format!(
                    "{}.{} joins devices to their record and is nullable, so a row may belong to no record; \
                     declare it NOT NULL",
                    table.name.plain(),
                    column.as_ref()
                ),
            );
        }
        Some(found.name.clone())
    }

    fn table(&mut self, table: &declaration::Table) -> Table {
        let name = self.existing(table.schema.as_ref(), &table.table);
        let number = self.next_table;
        self.next_table += 1;
        let place = self.sources[self.source].place(table.table.span().start);
        if let Some(other) = self.declared.insert(name.clone(), place) {
            self.mismatch(
                &table.table,
                format!(
                    "{} is declared twice, also at {other}; declare a table in one record only",
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
                .map(|entry| Accepted::parse(entry.as_ref()))
                .collect(),
            name,
            number,
            columns,
            root_key: Vec::new(),
            keyed: false,
        };
        if !bound.columns.is_empty() {
            for message in roles::table_mismatches(&bound) {
                self.mismatch(&table.table, message);
            }
        }
        bound
    }

    /// Each exported table needs a CSV file of its own, also on file systems that ignore case.
    fn label(&mut self, declared: &declaration::Table, table: &Table) {
        let name = table.name.plain();
        if let Some(other) = self.labels.insert(table.label.to_lowercase(), name.clone()) {
            self.mismatch(
                &declared.table,
                format!(
                    "{name} has the label {:?}, which {other} has too; set another label for one of them",
                    table.label
                ),
            );
        }
    }

    fn columns(&mut self, name: &TableName, table: &declaration::Table) -> Vec<Column> {
        // A relation that is not a usable table was reported already.
        let relation = self.described.get(name);
        let Some(relation) = relation.filter(|r| r.is_table() && r.is_usable()) else {
            return Vec::new();
        };
        let described = relation.columns.clone();
        let mut columns = Vec::new();
        for declared in table.columns.keys() {
            if !described.iter().any(|d| d.name == *declared.as_ref()) {
                self.no_column(name, declared, &described);
            }
        }
        for column in described {
            match table.columns.iter().find(|(declared, _)| *declared.as_ref() == column.name) {
                None => self.mismatch(&table.table, format!(
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
                        origin: column.origin,
                        not_null: column.not_null,
                        domain: column.domain,
                        nondeterministic: column.nondeterministic.clone(),
                        unique: column.unique,
                        served: false,
                    };
                    if !self.knows_country_codes && roles::is_national(&bound.role) {
                        let message =
                            format!("{}.{} {}", name.plain(), column.name, roles::NO_COUNTRY);
                        self.mismatch(word, message);
                    }
                    if let Some(mismatch) = roles::column_mismatch(&bound, &column) {
                        let message = format!("{}.{} {mismatch}", name.plain(), column.name);
                        self.mismatch(word, message);
                        // Without its role it causes no further mismatches.
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
}
