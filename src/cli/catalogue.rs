//! `catalogue`: does it fit this database, which statements and rights come of it.

mod discover;
mod sql;

use crate::catalogue::Access;
use crate::cli::arguments::{CatalogueCommand, Format, Global, GrantsArgs};
use crate::cli::context::Context;
use crate::cli::{CommandError, Outcome, output};
use crate::domain::database_role::DatabaseRole;
use crate::service;
use crate::service::catalogue::CatalogueCheck;

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
        CatalogueCommand::Grants(args) => grants(global, &args).await,
    }
}

async fn check(global: &Global) -> Result<Outcome, CommandError> {
    let context = Context::open(global)?;
    let (_connected, session) = context.connect_as(DatabaseRole::Engine).await?;
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
        let index = device.index.clone();
        let index = index.unwrap_or_else(|| match device.scanned_bytes {
            Some(bytes) => {
                let megabytes = output::grouped(bytes / 1_000_000 + 1);
                format!("any spelling: every search reads the table ({megabytes} MB)")
            }
            None => "no index: every search reads the table".into(),
        });
        table.add_row([column, index]);
    }
    output::line(&table.to_string())?;
    let missing: Vec<&String> = checked.devices.iter().flat_map(|d| &d.create).collect();
    if !missing.is_empty() {
        output::line("\nto create the missing indexes without locking out writers:")?;
        for statement in missing {
            output::line(&format!("  {statement}"))?;
        }
    }
    for warning in &checked.warnings {
        let (primary, hint) = warning.split_once("; ").unwrap_or((warning, ""));
        output::line(&format!("warning: {primary}\n  hint: {hint}"))?;
    }
    for note in &checked.not_asked {
        output::line(&format!("note: {}", output::safe(note)))?;
    }
    output::line("the catalogue matches the live schema")
}

/// Prints the privileges of one role, the engine, or of all four.
async fn grants(global: &Global, args: &GrantsArgs) -> Result<Outcome, CommandError> {
    let context = Context::open(global)?;
    let connected = context.connect().await?;
    let session = connected.database.session().await?;
    let catalogue = context.catalogue(&session, Access::None).await?;
    let roles = match &args.role {
        Some(role) => vec![(DatabaseRole::Engine, role.as_str())],
        None => vec![
            (DatabaseRole::Owner, args.owner.as_str()),
            (DatabaseRole::Engine, args.engine.as_str()),
            (DatabaseRole::Care, args.care.as_str()),
            (DatabaseRole::Reader, args.reader.as_str()),
        ],
    };
    for grants in service::catalogue::grants(&session, &catalogue, &roles).await? {
        output::line(&format!("-- The role that may {}:", grants.role.duty()))?;
        for grant in &grants.required {
            output::line(grant)?;
        }
        if let Some(grant) = &grants.settings {
            output::line(
                "-- Only a superuser can give this one; without it the server log may quote rows: what triggers say, plans of what they run.",
            )?;
            output::line(grant)?;
        }
        for line in &grants.optional {
            output::line(line)?;
        }
    }
    Ok(Outcome::Done)
}
