//! What beside roles and types stands in the way: triggers, views, constraints, row security, replication, rights.

use std::collections::HashMap;

use futures_util::future::try_join_all;
use futures_util::try_join;
use tokio_postgres::Row;

use super::family::Families;
use super::{Catalogue, Column, Record, Role, Table, TypeShape};
use crate::catalogue::render::{self};
use crate::postgres::name::TableName;
use crate::postgres::sql::{Statement, sql_file};
use crate::postgres::{DatabaseError, Session};

/// Finds every obstacle; each message says where the table is declared and what to do. `families` are those of the
/// catalogue's tables.
pub(super) async fn find(
    catalogue: &Catalogue,
    families: &Families,
    session: &Session,
) -> Result<Vec<String>, DatabaseError> {
    let mut finder = Finder {
        session,
        tables: HashMap::new(),
        found: Vec::new(),
    };
    // What is no table has no columns here, and nothing more to be said of it.
    for (_, table) in catalogue.tables().filter(|(_, t)| !t.columns.is_empty()) {
        finder.tables.insert(table.name.clone(), table);
    }
    let ask = |file| families.ask(session, file);
    let rights = sql_file!("catalogue/rights.sql").into();
    let (tables, triggers, unique, generated, views, keys, checks, expressions, rights) = try_join!(
        ask(sql_file!("catalogue/tables.sql")),
        ask(sql_file!("catalogue/triggers.sql")),
        ask(sql_file!("catalogue/unique.sql")),
        ask(sql_file!("catalogue/generated.sql")),
        ask(sql_file!("catalogue/materialised.sql")),
        ask(sql_file!("catalogue/foreign_keys.sql")),
        ask(sql_file!("catalogue/checks.sql")),
        ask(sql_file!("catalogue/index_expressions.sql")),
        session.query_opt(&rights, &[]),
    )?;
    let published = |(_, row): &Answer| row.get("may_be_published");
    if tables.iter().any(published) {
        finder.publications(ask(sql_file!("catalogue/publications.sql")).await?);
    }
    finder.hindrances(tables);
    finder.triggers(triggers);
    finder.uniqueness(unique);
    finder.generated(generated);
    finder.views(views);
    finder.foreign_keys(keys);
    finder.checks(checks).await?;
    finder.index_expressions(expressions).await?;
    finder.types().await?;
    for record in &catalogue.records {
        finder.joins(record);
    }
    finder.rights(rights);
    finder.found.sort();
    Ok(finder.found)
}

/// A row of an answer, and the table that it is about.
type Answer<'a> = (&'a TableName, Row);

struct Finder<'a> {
    session: &'a Session,
    tables: HashMap<TableName, &'a Table>,
    found: Vec<String>,
}

impl<'a> Finder<'a> {
    fn obstacle(&mut self, table: &Table, message: String) {
        self.found.push(format!("{}: {message}", table.place));
    }

    /// The rows about tables that can be asked about.
    fn known(&self, answers: Vec<Answer>) -> Vec<(&'a Table, Row)> {
        let known = |(name, row)| self.tables.get(name).map(|table| (*table, row));
        answers.into_iter().filter_map(known).collect()
    }

    fn publications(&mut self, answers: Vec<Answer>) {
        for (table, row) in self.known(answers) {
            self.obstacle(
                table,
                format!(
                    "{} is published ({}) without a replica identity, so its UPDATE would fail; \
                 give it a primary key or ALTER TABLE … REPLICA IDENTITY",
                    table.name.plain(),
                    row.get::<_, String>("publications")
                ),
            );
        }
    }

    fn hindrances(&mut self, answers: Vec<Answer>) {
        for (table, row) in self.known(answers) {
            let name = table.name.plain();
            if row.get("row_security") {
                self.obstacle(table, format!(
                    "row-level security hides rows of {name} from this role; give the role BYPASSRLS, or run as the owner"
                ));
            }
            if let Some(partitions) = row.get::<_, Option<String>>("foreign_partitions") {
                self.obstacle(
                    table,
                    format!(
                        "{name} has foreign partitions ({partitions}); their rows are elsewhere"
                    ),
                );
            }
            if let Some(rules) = row.get::<_, Option<String>>("update_rules") {
                self.obstacle(
                    table,
                    format!("{name} has a rule on UPDATE ({rules}); drop it"),
                );
            }
            if let Some(heirs) = row.get::<_, Option<String>>("heirs") {
                self.obstacle(
                    table,
                    format!(
                        "{name} has tables that inherit from it ({heirs}); make them partitions"
                    ),
                );
            }
        }
    }

    fn triggers(&mut self, answers: Vec<Answer>) {
        for (table, row) in self.known(answers) {
            let trigger: String = row.get("trigger_name");
            if !table.accepted.contains(&trigger) {
                self.obstacle(table, format!(
                    "trigger {trigger} of {} fires on UPDATE and may keep old values; look at it, then name it under accepted",
                    table.name.plain()
                ));
            }
        }
    }

    /// Keys must identify rows; redacted texts must be able to become equal.
    fn uniqueness(&mut self, answers: Vec<Answer>) {
        let mut identified = std::collections::HashSet::new();
        for (table, row) in self.known(answers) {
            let columns: Vec<String> = row.get("columns");
            let identity = |c: &Column| matches!(c.role, Role::Key | Role::Account);
            let covers_identity_only = columns.iter().all(|name| {
                table
                    .columns
                    .iter()
                    .any(|c| c.name.as_str() == name && identity(c))
            });
            if row.get("identifies") && covers_identity_only {
                identified.insert(table.number);
            }
            for column in table
                .columns
                .iter()
                .filter(|c| columns.iter().any(|name| c.name.as_str() == name))
            {
                if matches!(column.role, Role::Pii { .. }) || column.on_forget.is_some() {
                    self.obstacle(table, format!(
                        "index {} makes {}.{} unique, so two rows cannot both be redacted; drop it",
                        row.get::<_, String>("index_name"),
                        table.name.plain(),
                        column.name.as_str()
                    ));
                }
            }
        }
        let tables: Vec<&Table> = self.tables.values().copied().collect();
        for table in tables
            .into_iter()
            .filter(|t| !identified.contains(&t.number))
        {
            self.obstacle(
                table,
                format!(
                    "no primary key or unique index covers the key and account columns of {} only; \
                 declare the columns of its primary key as key",
                    table.name.plain()
                ),
            );
        }
    }

    /// Generated columns that personal columns feed.
    fn generated(&mut self, answers: Vec<Answer>) {
        for (table, row) in self.known(answers) {
            let column: String = row.get("column_name");
            if feeds(table, &row.get::<_, Vec<String>>("sources"))
                && !table.accepted.contains(&column)
            {
                self.obstacle(table, format!(
                    "{}.{column} is generated from personal columns; look at what it becomes, then name it under accepted",
                    table.name.plain()
                ));
            }
        }
    }

    /// Materialised views that personal columns feed.
    fn views(&mut self, answers: Vec<Answer>) {
        for (table, row) in self.known(answers) {
            let view = format!(
                "{}.{}",
                row.get::<_, String>("view_schema"),
                row.get::<_, String>("view_name")
            );
            if feeds(table, &row.get::<_, Vec<String>>("columns"))
                && !table.accepted.contains(&view)
            {
                self.obstacle(
                    table,
                    format!(
                        "materialised view {view} keeps old values of {} until it is refreshed; \
                     see to its REFRESH after each forget, then name it under accepted",
                        table.name.plain()
                    ),
                );
            }
        }
    }

    /// CHECK constraints that would not let a placeholder or a redacted value in.
    async fn checks(&mut self, answers: Vec<Answer<'_>>) -> Result<(), DatabaseError> {
        let says = |row: &Row, table: &Table, column: &Column| {
            format!(
                "constraint {} of {} does not let {} be replaced or redacted; \
                 widen it, or say placeholder = \"null\" or on_forget",
                row.get::<_, String>("constraint_name"),
                table.name.plain(),
                column.name.as_str()
            )
        };
        self.refusals(answers, says).await
    }

    /// Expressions and predicates of indexes that a placeholder or a redacted value would break.
    async fn index_expressions(&mut self, answers: Vec<Answer<'_>>) -> Result<(), DatabaseError> {
        let says = |row: &Row, table: &Table, column: &Column| {
            format!(
                "index {} of {} has an expression that fails where {} is replaced or redacted; drop it, \
                 or say placeholder = \"null\" or on_forget",
                row.get::<_, String>("index_name"),
                table.name.plain(),
                column.name.as_str()
            )
        };
        self.refusals(answers, says).await
    }

    /// Asks expressions over columns of a table whether they take what forgetting writes.
    async fn refusals(
        &mut self,
        answers: Vec<Answer<'_>>,
        says: impl Fn(&Row, &Table, &Column) -> String,
    ) -> Result<(), DatabaseError> {
        let mut probes = Vec::new();
        for (table, row) in self.known(answers) {
            let columns: Vec<String> = row.get::<_, Option<_>>("columns").unwrap_or_default();
            let named: Vec<&Column> = table
                .columns
                .iter()
                .filter(|c| columns.iter().any(|name| c.name.as_str() == name))
                .collect();
            for column in named.iter().filter(|c| c.is_changed()) {
                probes.push(Probe {
                    statement: render::check_allows(row.get("expression"), &named, column),
                    table,
                    says: says(&row, table, column),
                });
            }
        }
        self.probe(probes).await
    }

    /// Domains that do not take what a column becomes, and values of `on_forget` that are none of its type.
    async fn types(&mut self) -> Result<(), DatabaseError> {
        let mut probes = Vec::new();
        for table in self.tables.values() {
            for column in &table.columns {
                if !column.is_changed() || !(column.domain || column.on_forget.is_some()) {
                    continue;
                }
                let what = if column.on_forget.is_some() {
                    "does not take its on_forget value; say another"
                } else {
                    "does not take a placeholder or a redacted value; change the type, or say \
                     placeholder = \"null\" or on_forget"
                };
                probes.push(Probe {
                    statement: render::type_allows(column),
                    table,
                    says: format!(
                        "type {} of {}.{} {what}",
                        column.type_name,
                        table.name.plain(),
                        column.name.as_str()
                    ),
                });
            }
        }
        self.probe(probes).await
    }

    /// Sends probes one behind the other, and notes those that are answered with no.
    async fn probe(&mut self, probes: Vec<Probe<'_>>) -> Result<(), DatabaseError> {
        let session = self.session;
        let answers = probes.iter().map(|probe| allows(session, &probe.statement));
        let answers = try_join_all(answers).await?;
        for (probe, _) in probes
            .into_iter()
            .zip(answers)
            .filter(|(_, allowed)| !allowed)
        {
            self.obstacle(probe.table, probe.says);
        }
        Ok(())
    }

    /// A device or a personal field that is a foreign key's: changing it would fail, or change other tables.
    fn foreign_keys(&mut self, answers: Vec<Answer>) {
        for (table, row) in self.known(answers) {
            let columns: Vec<String> = row.get("columns");
            let named = |c: &&Column| columns.iter().any(|name| c.name.as_str() == name);
            let changed = |c: &&Column| c.is_changed();
            let key: String = row.get("constraint_name");
            if table.accepted.contains(&key) {
                continue;
            }
            for column in table.columns.iter().filter(named).filter(changed) {
                self.obstacle(
                    table,
                    format!(
                        "foreign key {key} ties {}.{} to {}, so it cannot be changed alone; drop it, or make it \
                         DEFERRABLE INITIALLY DEFERRED over columns of one form and name it under accepted",
                        table.name.plain(),
                        column.name.as_str(),
                        row.get::<_, String>("other_table")
                    ),
                );
            }
        }
    }

    /// Account and key of a part must be of the types of its root.
    fn joins(&mut self, record: &'a Record) {
        let account = |table: &'a Table| table.column(&Role::Account);
        for part in &record.parts {
            let keys = record.root.key();
            let keys = part.root_key.iter().zip(keys).filter_map(|(name, key)| {
                let column = part.columns.iter().find(|c| c.name == *name)?;
                (column.type_name != key.type_name).then_some((column, key))
            });
            let accounts = account(part).zip(account(&record.root));
            let accounts = accounts.filter(|(column, key)| match (column.shape, key.shape) {
                (TypeShape::Text { .. }, TypeShape::Text { .. }) => false,
                _ => column.type_name != key.type_name,
            });
            for (column, key) in keys.chain(accounts) {
                self.obstacle(
                    part,
                    format!(
                        "{}.{} is {}, but {}.{} is {}; they cannot be joined by an index",
                        part.name.plain(),
                        column.name.as_str(),
                        column.type_name,
                        record.root.name.plain(),
                        key.name.as_str(),
                        key.type_name
                    ),
                );
            }
        }
    }

    fn rights(&mut self, row: Option<Row>) {
        let Some(row) = row else { return };
        let role: String = row.get("role_name");
        if let Some(tables) = row.get::<_, Option<String>>("ledger") {
            self.found.push(format!(
                "role {role} may not use all of lethe's own tables ({tables}); see `lethe catalogue grants`"
            ));
        }
        if !row.get::<_, bool>("may_stage") {
            self.found.push(format!(
                "role {role} may not make temporary tables; GRANT TEMPORARY ON DATABASE … TO {role}"
            ));
        }
    }
}

/// A question whether a value is taken, and what to say where it is not.
struct Probe<'a> {
    statement: Statement,
    table: &'a Table,
    says: String,
}

/// Whether a statement says yes; an error of the data kind is a no.
async fn allows(session: &Session, statement: &Statement) -> Result<bool, DatabaseError> {
    match session.client().query_typed(&statement.sql, &[]).await {
        Ok(rows) => Ok(rows
            .iter()
            .all(|row| row.get::<_, Option<bool>>(0) != Some(false))),
        Err(error) => match error.code() {
            Some(code) if code.code().starts_with("22") || code.code().starts_with("23") => {
                Ok(false)
            }
            _ => Err(error.into()),
        },
    }
}

/// Whether any of the named columns holds something personal.
fn feeds(table: &Table, sources: &[String]) -> bool {
    let personal =
        |c: &Column| matches!(c.role, Role::Device(_) | Role::Pii { .. } | Role::MediaUri);
    table
        .columns
        .iter()
        .any(|c| personal(c) && sources.iter().any(|name| c.name.as_str() == name))
}
