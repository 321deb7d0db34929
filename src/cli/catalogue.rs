//! `catalogue`: does it fit this database, which statements and rights come of it.

mod discover;
mod sql;

use crate::catalogue::Catalogue;
use crate::catalogue::render::{self};
use crate::cli::arguments::{CatalogueCommand, Format, Global};
use crate::cli::context::Context;
use crate::cli::{CommandError, Outcome, output};
use crate::postgres::name::Ident;
use crate::postgres::query::{One, queries};
use crate::postgres::row::row;
use crate::postgres::{server_properties, suppressed_setting_names};
use crate::service;
use crate::service::catalogue::CatalogueCheck;

row! {
    /// The database of a session.
    struct CurrentDatabase {
        database_name: String,
    }
}

row! {
    /// A setting that only superusers may change, or roles to which they grant it.
    struct ProtectedSetting {
        name: String,
    }
}

queries! {
    fn current_database() -> One<CurrentDatabase> = "session/current_database.sql";
    fn protected_settings(names: &[&str]) -> Vec<ProtectedSetting> = "catalogue/protected_settings.sql";
}

pub(crate) async fn catalogue(
    global: &Global,
    command: CatalogueCommand,
) -> Result<Outcome, CommandError> {
    match command {
        CatalogueCommand::Check => check(global).await,
        CatalogueCommand::Sql { verb, product } => sql::sql(global, verb, product).await,
        CatalogueCommand::Discover { value_search: None } => discover::discover(global).await,
        CatalogueCommand::Discover {
            value_search: Some(file),
        } => discover::value_search(global, &file).await,
        CatalogueCommand::Grants { role } => grants(global, &role).await,
    }
}

async fn check(global: &Global) -> Result<Outcome, CommandError> {
    let context = Context::open(global)?;
    let connected = context.connect().await?;
    let session = connected.database.session().await?;
    let checked = service::catalogue::check(&context.workspace, &session).await?;
    if global.format == Format::Json {
        output::json(&checked)?;
    } else {
        describe(&checked)?;
    }
    Ok(if checked.mismatches.is_empty() {
        Outcome::Done
    } else {
        Outcome::Usage
    })
}

fn describe(checked: &CatalogueCheck) -> Result<(), CommandError> {
    if !checked.mismatches.is_empty() {
        for mismatch in &checked.mismatches {
            output::line(mismatch)?;
        }
        let n = checked.mismatches.len();
        let problems = if n == 1 {
            "1 mismatch"
        } else {
            &format!("{n} mismatches")
        };
        return output::line(&format!(
            "the catalogue does not match the live schema: {problems}; a run would stop before any change"
        ));
    }
    let mut table = output::table(&["device column", "index"]);
    for device in &checked.devices {
        let column = format!("{}.{}", device.table, device.column);
        table.add_row([
            column,
            device
                .index
                .clone()
                .unwrap_or_else(|| "no index: every search reads the table".into()),
        ]);
    }
    output::line(&table.to_string())?;
    let missing: Vec<&String> = checked.devices.iter().flat_map(|d| &d.create).collect();
    if !missing.is_empty() {
        output::line("\nto create the missing indexes without locking out writers:")?;
        for statement in missing {
            output::line(&format!("  {statement}"))?;
        }
    }
    output::line("the catalogue matches the live schema")
}

async fn grants(global: &Global, role: &str) -> Result<Outcome, CommandError> {
    let context = Context::open(global)?;
    let connected = context.connect().await?;
    let session = connected.database.session().await?;
    let catalogue = context.catalogue(&session).await?;
    let One(current) = current_database(&session).await?;
    let database = Ident::new(current.database_name);
    let role = Ident::new(role);
    output::line(&render::database_grant(&database, &role))?;
    for grant in catalogue_grants(&catalogue, &role)
        .into_iter()
        .chain(render::ledger_grants(&role))
    {
        output::line(&grant)?;
    }
    let protected = protected_settings(&session, &suppressed_setting_names()).await?;
    let protected: Vec<String> = protected.into_iter().map(|setting| setting.name).collect();
    if let Some(grant) = render::setting_grants(&protected, &role) {
        output::line(
            "-- Only a superuser can give this one; without it the server log may quote rows: what triggers say, plans of what they run.",
        )?;
        output::line(&grant)?;
    }
    let One(server) = server_properties(&session).await?;
    let version = server.version_num;
    let tables = catalogue.tables().map(|(_, table)| &table.name);
    for line in render::scrub_grants(tables, &role, version) {
        output::line(&line)?;
    }
    Ok(Outcome::Done)
}

fn catalogue_grants(catalogue: &Catalogue, role: &Ident) -> Vec<String> {
    let mut read: Vec<_> = catalogue.accounts.iter().map(|a| &a.name).collect();
    read.extend(
        catalogue
            .short_codes
            .iter()
            .flat_map(|c| [&c.name, &c.owners]),
    );
    let tables: Vec<_> = catalogue.tables().map(|(_, table)| table).collect();
    let mut schemas: Vec<&Ident> = read
        .iter()
        .map(|name| &name.schema)
        .chain(tables.iter().map(|t| &t.name.schema))
        .collect();
    schemas.sort();
    schemas.dedup();
    let schemas = schemas
        .into_iter()
        .map(|schema| render::schema_grant(schema, role));
    let read = read.into_iter().map(|name| render::read_grant(name, role));
    let tables = tables
        .into_iter()
        .flat_map(|table| render::table_grants(table, role));
    schemas.chain(read).chain(tables).collect()
}
