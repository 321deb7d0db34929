//! What in the live schema prevents a FORGET, apart from roles and types: triggers, views, constraints, row-level security,
//! replication, privileges.

use std::collections::{HashMap, HashSet};

use super::bind::Access;
use super::declaration::Role;
use super::family::Families;
use super::model::{Accepted, Catalogue, Column, Record, Review, Table, TypeShape};
use super::queries::{
    self, ExpressionRow, ForeignKeyRow, GeneratedRow, MaterialisedRow, PublicationRow, RightsRow,
    TableRow, TriggerRow, UniqueRow,
};
use crate::catalogue::render;
use crate::postgres::name::TableName;
use crate::postgres::sql::Statement;
use crate::postgres::{DatabaseError, Session};
use futures_util::future::try_join_all;
use futures_util::try_join;

/// Finds every violation. Each message names the place of the table's declaration and what to do. `families` are those of the
/// catalogue's tables.
pub(super) async fn find(
    catalogue: &Catalogue,
    families: &Families,
    session: &Session,
    access: Access,
) -> Result<Vec<String>, DatabaseError> {
    let mut finder = Finder {
        session,
        tables: HashMap::new(),
        found: Vec::new(),
    };
    // A relation that is not a usable table has no columns here; it was reported already.
    for (_, table) in catalogue.tables().filter(|(_, t)| !t.columns.is_empty()) {
        finder.tables.insert(table.name.clone(), table);
    }
    let (declared, members) = (families.declared(), families.members());
    let (tables, triggers, unique, generated, views, keys, checks, expressions, rights) = try_join!(
        queries::tables(session, declared, members),
        queries::triggers(session, declared, members),
        queries::unique(session, declared, members),
        queries::generated(session, declared, members),
        queries::materialised(session, declared, members),
        queries::foreign_keys(session, declared, members),
        queries::checks(session, declared, members),
        queries::index_expressions(session, declared, members),
        queries::rights(session),
    )?;
    if tables.iter().any(|row| row.may_be_published) {
        let publications = queries::publications(session, declared, members).await?;
        finder.publications(families.named(publications));
    }
    finder.table_properties(families.named(tables));
    finder.triggers(families.named(triggers));
    finder.uniqueness(families.named(unique));
    finder.generated(families.named(generated));
    finder.views(families.named(views));
    finder.foreign_keys(families.named(keys));
    finder.checks(families.named(checks)).await?;
    finder
        .index_expressions(families.named(expressions))
        .await?;
    finder.types().await?;
    for record in &catalogue.records {
        finder.joins(record);
    }
    if access != Access::None {
        finder.rights(rights);
    }
    finder.found.sort();
    Ok(finder.found)
}

/// The rows of a result with the tables that they are about.
type Rows<'a, R> = Vec<(&'a TableName, R)>;

struct Finder<'a> {
    session: &'a Session,
    tables: HashMap<TableName, &'a Table>,
    found: Vec<String>,
}

/// A database object that the catalogue may accept.
struct Object<'a> {
    /// As in messages.
    kind: &'a str,
    name: &'a str,
    digest: &'a str,
}

impl<'a> Finder<'a> {
    fn violation(&mut self, table: &Table, message: String) {
        self.found.push(format!("{}: {message}", table.place));
    }

    /// A violation unless the catalogue accepts the object as it is. `todo` is what to do before, and `problem` says what is wrong
    /// with an object that the catalogue does not name.
    fn review(
        &mut self,
        table: &Table,
        object: &Object<'_>,
        todo: &str,
        problem: impl FnOnce() -> String,
    ) {
        let entry = Accepted::entry(object.name, object.digest);
        let message = match table.review(object.name, object.digest) {
            Review::Accepted => return,
            Review::Missing => format!("{}; {todo}, then add {entry:?} to accepted", problem()),
            Review::Changed => format!(
                "{} {} of {} is not what was accepted; {todo}, then make its entry under accepted {entry:?}",
                object.kind,
                object.name,
                table.name.plain()
            ),
        };
        self.violation(table, message);
    }

    /// The rows about usable tables.
    fn known<R>(&self, rows: Rows<R>) -> Vec<(&'a Table, R)> {
        let known = |(name, row)| self.tables.get(name).map(|table| (*table, row));
        rows.into_iter().filter_map(known).collect()
    }

    fn publications(&mut self, rows: Rows<PublicationRow>) {
        for (table, row) in self.known(rows) {
            self.violation(
                table,
                format!(
                    "{} is published ({}) without a replica identity, so an UPDATE would fail; \
                     add a primary key or use ALTER TABLE … REPLICA IDENTITY",
                    table.name.plain(),
                    row.publications
                ),
            );
        }
    }

    fn table_properties(&mut self, rows: Rows<TableRow>) {
        for (table, row) in self.known(rows) {
            let name = table.name.plain();
            if row.row_security {
                self.violation(table, format!(
                    "{name} has row-level security that hides rows from this role; give the role BYPASSRLS or run as the owner"
                ));
            }
            if let Some(partitions) = row.foreign_partitions {
                self.violation(
                    table,
                    format!(
                        "{name} has foreign partitions ({partitions}), whose rows are in another database; detach them"
                    ),
                );
            }
            if let Some(rules) = row.update_rules {
                self.violation(
                    table,
                    format!("{name} has a rule on UPDATE ({rules}); drop it"),
                );
            }
            if let Some(heirs) = row.heirs {
                self.violation(
                    table,
                    format!(
                        "{name} has inheritance children ({heirs}); convert them to partitions"
                    ),
                );
            }
        }
    }

    fn triggers(&mut self, rows: Rows<TriggerRow>) {
        for (table, row) in self.known(rows) {
            let object = Object {
                kind: "trigger",
                name: &row.trigger_name,
                digest: &row.digest,
            };
            self.review(table, &object, "review it", || {
                format!(
                    "trigger {} of {} fires on UPDATE and may store old values",
                    row.trigger_name,
                    table.name.plain()
                )
            });
        }
    }

    /// The key and account columns must identify rows. Redacted columns must not be unique.
    fn uniqueness(&mut self, rows: Rows<UniqueRow>) {
        let mut identified = HashSet::new();
        for (table, row) in self.known(rows) {
            let columns = &row.columns;
            let identity = |c: &Column| matches!(c.role, Role::Key | Role::Account);
            let covers_identity_only = columns.iter().all(|name| {
                table
                    .columns
                    .iter()
                    .any(|c| c.name.as_str() == name && identity(c))
            });
            if row.identifies && covers_identity_only {
                identified.insert(table.number);
            }
            for column in table
                .columns
                .iter()
                .filter(|c| columns.iter().any(|name| c.name.as_str() == name))
            {
                if matches!(column.role, Role::Pii { .. }) || column.on_forget.is_some() {
                    self.violation(table, format!(
                        "index {} makes {}.{} unique, so two rows cannot both be redacted; drop it",
                        row.index_name,
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
            self.violation(
                table,
                format!(
                    "{} has no primary key or unique index over its key and account columns; \
                     declare the columns of its primary key as key",
                    table.name.plain()
                ),
            );
        }
    }

    /// Generated columns that are computed from personal columns.
    fn generated(&mut self, rows: Rows<GeneratedRow>) {
        for (table, row) in self.known(rows) {
            if !reads_personal(table, &row.sources) {
                continue;
            }
            let object = Object {
                kind: "generated column",
                name: &row.column_name,
                digest: &row.digest,
            };
            self.review(table, &object, "review its expression", || {
                format!(
                    "{}.{} is generated from personal columns",
                    table.name.plain(),
                    row.column_name
                )
            });
        }
    }

    /// Materialised views that read personal columns.
    fn views(&mut self, rows: Rows<MaterialisedRow>) {
        for (table, row) in self.known(rows) {
            if !reads_personal(table, &row.columns) {
                continue;
            }
            let view = format!("{}.{}", row.view_schema, row.view_name);
            let object = Object {
                kind: "materialised view",
                name: &view,
                digest: &row.digest,
            };
            let todo = "arrange for a REFRESH after each FORGET";
            self.review(table, &object, todo, || {
                format!(
                    "materialised view {view} stores old values of {} until it is refreshed",
                    table.name.plain()
                )
            });
        }
    }

    /// CHECK constraints that reject a placeholder or a redacted value.
    async fn checks(&mut self, rows: Rows<'_, ExpressionRow>) -> Result<(), DatabaseError> {
        self.evaluate(rows, |name, table, column| {
            format!(
                "constraint {name} of {} rejects what a FORGET writes to {}; \
                 widen it, or set placeholder = \"null\" or on_forget",
                table.name.plain(),
                column.name.as_str()
            )
        })
        .await
    }

    /// Index expressions and predicates that fail for a placeholder or a redacted value.
    async fn index_expressions(
        &mut self,
        rows: Rows<'_, ExpressionRow>,
    ) -> Result<(), DatabaseError> {
        self.evaluate(rows, |name, table, column| {
            format!(
                "index {name} of {} has an expression that fails for what a FORGET writes to {}; \
                 drop it, or set placeholder = \"null\" or on_forget",
                table.name.plain(),
                column.name.as_str()
            )
        })
        .await
    }

    /// Evaluates expressions over the columns of a table with the values that a FORGET writes.
    async fn evaluate(
        &mut self,
        rows: Rows<'_, ExpressionRow>,
        message: impl Fn(&str, &Table, &Column) -> String,
    ) -> Result<(), DatabaseError> {
        let mut probes = Vec::new();
        for (table, row) in self.known(rows) {
            let columns = row.columns.unwrap_or_default();
            let named: Vec<&Column> = table
                .columns
                .iter()
                .filter(|c| columns.iter().any(|name| c.name.as_str() == name))
                .collect();
            for column in named.iter().filter(|c| c.is_changed()) {
                probes.push(Probe {
                    check: Check::Expression(render::check_allows(
                        row.expression.clone(),
                        &named,
                        column,
                    )),
                    table,
                    message: message(&row.name, table, column),
                });
            }
        }
        self.probe(probes).await
    }

    /// Domains that reject what a FORGET writes, and values of `on_forget` that are not valid for their column's type.
    async fn types(&mut self) -> Result<(), DatabaseError> {
        let mut probes = Vec::new();
        for table in self.tables.values() {
            for column in &table.columns {
                if !column.is_changed() || !(column.domain || column.on_forget.is_some()) {
                    continue;
                }
                let what = if column.on_forget.is_some() {
                    "does not accept its on_forget value; set another"
                } else {
                    "does not accept a placeholder or a redacted value; change the type, or set \
                     placeholder = \"null\" or on_forget"
                };
                probes.push(Probe {
                    check: Check::Type(render::type_allows(column)),
                    table,
                    message: format!(
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

    /// Pipelines the probes and notes those that are rejected.
    async fn probe(&mut self, probes: Vec<Probe<'_>>) -> Result<(), DatabaseError> {
        let session = self.session;
        let answers = probes.iter().map(|probe| probe.check.allows(session));
        let answers = try_join_all(answers).await?;
        for (probe, _) in probes
            .into_iter()
            .zip(answers)
            .filter(|(_, allowed)| !allowed)
        {
            self.violation(probe.table, probe.message);
        }
        Ok(())
    }

    /// Changed columns that are part of a foreign key: the change would fail, or change other tables.
    fn foreign_keys(&mut self, rows: Rows<ForeignKeyRow>) {
        for (table, row) in self.known(rows) {
            let columns = &row.columns;
            let named = |c: &&Column| columns.iter().any(|name| c.name.as_str() == name);
            let changed = |c: &&Column| c.is_changed();
            let object = Object {
                kind: "foreign key",
                name: &row.constraint_name,
                digest: &row.digest,
            };
            let todo =
                "drop it, or make it DEFERRABLE INITIALLY DEFERRED over columns of the same form";
            for column in table.columns.iter().filter(named).filter(changed) {
                self.review(table, &object, todo, || {
                    format!(
                        "foreign key {} links {}.{} to {}, so it cannot be changed alone",
                        row.constraint_name,
                        table.name.plain(),
                        column.name.as_str(),
                        row.other_table
                    )
                });
            }
        }
    }

    /// The account and key of a part must have the types of its root.
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
                self.violation(
                    part,
                    format!(
                        "{}.{} is {}, but {}.{} is {}, so no index can join them; use the same type",
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

    fn rights(&mut self, row: Option<RightsRow>) {
        let Some(row) = row else { return };
        let role = row.role_name;
        if !row.may_stage {
            self.found.push(format!(
                "role {role} cannot create temporary tables; GRANT TEMPORARY ON DATABASE … TO {role}"
            ));
        }
    }
}

/// Checks whether a value is accepted.
struct Probe<'a> {
    check: Check,
    table: &'a Table,
    /// The violation where it is rejected.
    message: String,
}

/// A statement that evaluates what must accept a value.
enum Check {
    Expression(Statement),
    Type(Statement),
}

impl Check {
    /// Whether it returns no false value; a data or integrity error counts as false.
    async fn allows(&self, session: &Session) -> Result<bool, DatabaseError> {
        let rows = match self {
            Check::Expression(statement) => queries::check_allows(session, statement).await,
            Check::Type(statement) => queries::type_allows(session, statement).await,
        };
        match rows {
            Ok(rows) => Ok(rows.iter().all(|row| row.allowed != Some(false))),
            Err(error) if error.rejects_value() => Ok(false),
            Err(error) => Err(error),
        }
    }
}

/// Whether any of the named columns holds personal data.
fn reads_personal(table: &Table, sources: &[String]) -> bool {
    let personal =
        |c: &Column| matches!(c.role, Role::Device(_) | Role::Pii { .. } | Role::MediaUri);
    table
        .columns
        .iter()
        .any(|c| personal(c) && sources.iter().any(|name| c.name.as_str() == name))
}
