//! What in the live schema prevents a FORGET, apart from roles and types: triggers, views, constraints, row-level security,
//! replication, privileges.

use std::collections::{HashMap, HashSet};

use super::bind::Access;
use super::declaration::Role;
use super::event_triggers::{self, EventTriggers};
use super::family::Families;
use super::foreign_code::foreign_code;
use super::model::{Accepted, Catalogue, Column, Record, Review, Table, TypeOrigin, TypeShape};
use super::probe::{self, Answer, Probe, Question};
use super::queries::{
    self, Evaluated, ExpressionRow, ForeignCodeRow, ForeignKeyRow, GeneratedRow, MaterialisedRow,
    PublicationRow, RightsRow, SearchPathRow, TableRow, TriggerRow, UniqueRow,
};
use super::source::Source;
use crate::catalogue::render::{self, RowValues};
use crate::postgres::name::TableName;
use crate::postgres::{DatabaseError, Session};
use futures_util::try_join;

/// What prevents a FORGET.
pub(super) struct Violations {
    /// Each names the place of the table's declaration and what to do.
    pub(super) found: Vec<String>,
    /// What was accepted and therefore not asked; a sentence each.
    pub(super) not_asked: Vec<String>,
}

/// Finds every violation. `families` are those of the catalogue's records, `all` those of all tables that `sources` declare.
pub(super) async fn find(
    catalogue: &Catalogue,
    sources: &[Source],
    families: &Families,
    all: &Families,
    session: &Session,
    access: Access,
) -> Result<Violations, DatabaseError> {
    let mut finder = Finder::new(catalogue, session, access);
    let (declared, members) = (families.declared(), families.members());
    let relations = all.relations();
    let (foreign, tables, triggers, unique, generated, views, keys, checks, expressions, rights) =
        try_join!(
            foreign_code(session, &relations, sources),
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
    if finder
        .tables
        .values()
        .any(|table| !table.accepted.is_empty())
    {
        let dependent = queries::search_path(session, declared, members).await?;
        finder.search_path(families.named(dependent));
    }
    if tables.iter().any(|row| row.may_be_published) {
        let publications = queries::publications(session, declared, members).await?;
        finder.publications(families.named(publications));
    }
    finder.foreign_code(all.named(foreign), sources, catalogue);
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
    finder.event_triggers(sources).await?;
    if access != Access::None {
        finder.rights(rights);
    }
    finder.found.sort();
    Ok(Violations {
        found: finder.found,
        not_asked: finder.not_asked,
    })
}

/// The rows of a result with the tables that they are about.
type Rows<'a, R> = Vec<(&'a TableName, R)>;

struct Finder<'a> {
    session: &'a Session,
    access: Access,
    tables: HashMap<TableName, &'a Table>,
    /// What runs functions of others, by the number of its table. It is not asked anything.
    foreign: HashSet<(usize, Evaluated, String)>,
    found: Vec<String>,
    not_asked: Vec<String>,
}

/// A database object that the catalogue may accept.
struct Object<'a> {
    /// As in messages.
    kind: &'a str,
    name: &'a str,
    digest: &'a str,
}

impl<'a> Finder<'a> {
    fn new(catalogue: &'a Catalogue, session: &'a Session, access: Access) -> Finder<'a> {
        // A relation that is not a usable table has no columns here; it was reported already.
        let usable = catalogue.tables().filter(|(_, t)| !t.columns.is_empty());
        Finder {
            session,
            access,
            tables: usable.map(|(_, t)| (t.name.clone(), t)).collect(),
            foreign: HashSet::new(),
            found: Vec::new(),
            not_asked: Vec::new(),
        }
    }

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

    /// What runs functions that others define. Accepted or not, it is never asked what it accepts.
    fn foreign_code(
        &mut self,
        rows: Rows<ForeignCodeRow>,
        sources: &[Source],
        catalogue: &Catalogue,
    ) {
        let places: HashMap<TableName, String> = sources.iter().flat_map(Source::places).collect();
        for (name, row) in rows {
            let Some(table) = self.tables.get(name).copied() else {
                // Nothing reads a suppression table.
                if catalogue.suppression.contains(name) {
                    continue;
                }
                if row.on_read || row.kind == Evaluated::Column && catalogue.reads(name, &row.name)
                {
                    self.found.push(format!(
                        "{}: {} of {} runs {}, which others define; \
                         drop it, or name its extension under trusted_extensions",
                        places.get(name).map_or("", String::as_str),
                        row.object(),
                        name.plain(),
                        row.reaches
                    ));
                }
                continue;
            };
            let column = table.columns.iter().find(|c| c.name.as_str() == row.name);
            let is_kept = |c: &Column| c.role == Role::Keep && c.on_forget.is_none();
            if row.kind == Evaluated::Column && column.is_none_or(is_kept) {
                continue;
            }
            let object = format!("{} of {}", row.object(), table.name.plain());
            let entry = Accepted::entry(&row.name, &row.digest);
            match table.review(&row.name, &row.digest) {
                Review::Accepted => self.not_asked.push(format!(
                    "{object} is accepted and runs {}: it was not asked whether it accepts what a FORGET writes",
                    row.reaches
                )),
                Review::Missing => self.violation(
                    table,
                    format!(
                        "{object} runs {}, which others define, so it is not asked what it accepts; \
                         review that, then add {entry:?} to accepted",
                        row.reaches
                    ),
                ),
                Review::Changed => self.violation(
                    table,
                    format!(
                        "{object} runs {}, which others define, and is not what was accepted; \
                         review that, then make its entry under accepted {entry:?}",
                        row.reaches
                    ),
                ),
            }
            self.foreign.insert((table.number, row.kind, row.name));
        }
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
                let policies = row.policies.as_deref().unwrap_or("no policy");
                self.violation(table, format!(
                    "{name} has row-level security that hides rows from this role ({policies}); give the role BYPASSRLS or run as the owner"
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

    /// Accepted functions that would not find what they name, as the search_path of a run is empty.
    fn search_path(&mut self, rows: Rows<SearchPathRow>) {
        for (table, row) in self.known(rows) {
            if !table.accepts(&row.name) {
                continue;
            }
            self.violation(
                table,
                format!(
                    "{} {} of {} runs {}, which depends on search_path: it names {} without a schema, and that of a run is empty; \
                     qualify the names, or ALTER FUNCTION {} SET search_path = {}, pg_temp",
                    row.kind,
                    row.name,
                    table.name.plain(),
                    row.function_name,
                    row.names,
                    row.function_name,
                    row.schemas
                ),
            );
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
        self.evaluate(Evaluated::Constraint, rows, |name, table, column| {
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
        self.evaluate(Evaluated::Index, rows, |name, table, column| {
            format!(
                "index {name} of {} has an expression that fails for what a FORGET writes to {}; \
                 drop it, or set placeholder = \"null\" or on_forget",
                table.name.plain(),
                column.name.as_str()
            )
        })
        .await
    }

    /// Whether something of a table may be asked: everything it runs is trusted.
    fn may_ask(&self, table: &Table, kind: Evaluated, name: &str) -> bool {
        let key = |kind, name: &str| (table.number, kind, name.to_owned());
        !self.foreign.contains(&key(kind, name))
    }

    /// Evaluates expressions over the columns of a table with the values that a FORGET writes. The other columns are NULL at
    /// first, then have values that the expression may tell apart.
    async fn evaluate(
        &mut self,
        kind: Evaluated,
        rows: Rows<'_, ExpressionRow>,
        message: impl Fn(&str, &Table, &Column) -> String,
    ) -> Result<(), DatabaseError> {
        let mut asked = Vec::new();
        for (table, row) in self.known(rows) {
            let columns = row.columns.unwrap_or_default();
            let named: Vec<&Column> = table
                .columns
                .iter()
                .filter(|c| columns.iter().any(|name| c.name.as_str() == name))
                .collect();
            let types_may_be_asked = named
                .iter()
                .all(|c| self.may_ask(table, Evaluated::Column, c.name.as_str()));
            if !types_may_be_asked || !self.may_ask(table, kind, &row.name) {
                continue;
            }
            let object = match kind {
                Evaluated::Index => "index",
                _ => "constraint",
            };
            let expression = Expression {
                about: format!("{object} {} of {}", row.name, table.name.plain()),
                text: row.expression,
                named,
                table,
            };
            let changed = expression.named.iter().filter(|c| c.is_changed());
            for column in changed {
                let message = message(&row.name, table, column);
                asked.extend(expression.asked(column, &message));
            }
        }
        self.ask(asked).await
    }

    /// Domains that reject what a FORGET writes, and values of `on_forget` that are not valid for their column's type.
    async fn types(&mut self) -> Result<(), DatabaseError> {
        let mut asked = Vec::new();
        for table in self.tables.values() {
            for column in &table.columns {
                // An element of an array becomes a placeholder. Those of types of others may be rows, of which nothing is known.
                let has_elements = column.shape == TypeShape::Array
                    && column.origin == TypeOrigin::System
                    && matches!(column.role, Role::Device(_));
                let is_asked = column.domain || column.on_forget.is_some() || has_elements;
                if !column.is_changed()
                    || !is_asked
                    || !self.may_ask(table, Evaluated::Column, column.name.as_str())
                {
                    continue;
                }
                let what = if column.on_forget.is_some() {
                    "does not accept its on_forget value; set another"
                } else {
                    "does not accept a placeholder or a redacted value; change the type, or set \
                     placeholder = \"null\" or on_forget"
                };
                let about = format!(
                    "type {} of {}.{}",
                    column.type_name,
                    table.name.plain(),
                    column.name.as_str()
                );
                asked.push(Asked {
                    message: format!("{about} {what}"),
                    probe: Probe {
                        question: Question::Type(render::type_allows(column)),
                        about,
                    },
                    table,
                    before: None,
                });
            }
        }
        self.ask(asked).await
    }

    /// Asks, and notes what is rejected or cannot be evaluated. Without access to rows nothing is evaluated.
    async fn ask(&mut self, asked: Vec<Asked<'a>>) -> Result<(), DatabaseError> {
        if self.access == Access::None {
            return Ok(());
        }
        let answers = probe::ask(self.session, asked.iter().map(|a| &a.probe)).await?;
        let mut noted: HashSet<String> = HashSet::new();
        let refused = asked.into_iter().zip(answers);
        let refused = refused.filter(|(_, answer)| *answer != Answer::Accepts);
        let (certain, possible): (Vec<_>, Vec<_>) =
            refused.partition(|(asked, _)| asked.before.is_none());
        for (asked, answer) in certain.into_iter().chain(possible) {
            if noted.contains(&asked.message) || !self.is_possible(&asked).await? {
                continue;
            }
            match answer {
                Answer::Failed(error) => self.violation(
                    asked.table,
                    format!(
                        "{} cannot be evaluated with what a FORGET writes: {error}; \
                         correct or drop it, or set placeholder = \"null\" or on_forget",
                        asked.probe.about
                    ),
                ),
                _ => self.violation(asked.table, asked.message.clone()),
            }
            noted.insert(asked.message);
        }
        Ok(())
    }

    /// Whether a row like the one that was rejected can have been in the table, with some value where a FORGET writes.
    async fn is_possible(&self, asked: &Asked<'_>) -> Result<bool, DatabaseError> {
        let Some(before) = &asked.before else {
            return Ok(true);
        };
        let answers = probe::ask(self.session, before).await?;
        Ok(answers.contains(&Answer::Accepts))
    }

    /// Event triggers that fire when a run stages. Those that the catalogue accepts are tried.
    async fn event_triggers(&mut self, sources: &[Source]) -> Result<(), DatabaseError> {
        let EventTriggers { problems, accepted } =
            event_triggers::review(self.session, sources).await?;
        self.found.extend(problems);
        if accepted.is_empty() || self.access == Access::None {
            return Ok(());
        }
        self.session.begin().await?;
        let staged = self.session.run(&queries::STAGE_PROBE.into()).await;
        self.session.rollback().await?;
        match staged {
            Err(error) if error.is_lost_connection() => return Err(error),
            Err(error) => {
                let names: Vec<&str> = accepted.iter().map(|row| row.name.as_str()).collect();
                self.found.push(format!(
                    "a run cannot create its temporary tables: {error} (event triggers: {}); \
                     correct their functions, or disable them",
                    names.join(", ")
                ));
            }
            Ok(()) => {}
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

/// A probe, and the violation where it is rejected.
struct Asked<'a> {
    probe: Probe,
    table: &'a Table,
    message: String,
    /// Questions about the same row before a FORGET: it can exist if one is answered yes. `None`: it can.
    before: Option<Vec<Probe>>,
}

/// An expression over columns of a table.
struct Expression<'a> {
    text: String,
    named: Vec<&'a Column>,
    table: &'a Table,
    about: String,
}

impl<'a> Expression<'a> {
    /// What is asked about a column that a FORGET changes.
    fn asked(&self, changed: &Column, message: &str) -> Vec<Asked<'a>> {
        let others: Vec<&Column> = self
            .named
            .iter()
            .copied()
            .filter(|c| c.name != changed.name)
            .collect();
        let none = RowValues::new();
        let one = |row: &RowValues, before| Asked {
            probe: self.probe(changed, &self.text, &render::written_rows(changed, row)),
            table: self.table,
            message: message.to_owned(),
            before,
        };
        let mut all = vec![one(&none, None)];
        for row in render::combinations(&self.text, &others) {
            let mut before: Vec<Probe> = render::original_rows(&self.text, changed, &row)
                .into_iter()
                .map(|original| self.probe(changed, &self.text, &[original]))
                .collect();
            // NULL where the column decides: some value may have been accepted, though none of these.
            let undecided = format!("({}) IS NULL", self.text);
            before.push(self.probe(changed, &undecided, &[render::null_row(changed, &row)]));
            all.push(one(&row, Some(before)));
        }
        all
    }

    fn probe(&self, changed: &Column, expression: &str, rows: &[RowValues]) -> Probe {
        let statement = render::check_allows(expression.to_owned(), &self.named, changed, rows);
        Probe {
            question: Question::Expression(statement),
            about: self.about.clone(),
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
