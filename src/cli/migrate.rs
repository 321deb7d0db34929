//! `migrate`: installs or upgrades the ledger, and the reference schema where it is requested.

use serde::Serialize;

use crate::cli::arguments::{Format, Global, MigrateArgs};
use crate::cli::context::Context;
use crate::cli::{CommandError, Outcome, output};
use crate::ledger::{self, Migrated, Schema};

#[derive(Serialize)]
struct Applied {
    ledger: Vec<Migrated>,
    #[serde(skip_serializing_if = "Option::is_none")]
    contact_centre: Option<Vec<Migrated>>,
}

pub async fn migrate(global: &Global, args: &MigrateArgs) -> Result<Outcome, CommandError> {
    let context = Context::open(global)?;
    let connected = context.connect().await?;
    let mut session = connected.database.session().await?;
    let ledger = ledger::migrate(&mut session, Schema::Ledger).await?;
    let contact_centre = if args.reference {
        Some(ledger::migrate(&mut session, Schema::Reference).await?)
    } else {
        None
    };
    let applied = Applied {
        ledger,
        contact_centre,
    };
    if global.format == Format::Json {
        output::json(&applied)?;
        return Ok(Outcome::Done);
    }
    describe("ledger (schema lethe)", &applied.ledger)?;
    if let Some(contact_centre) = &applied.contact_centre {
        describe("reference schema (schema contact_centre)", contact_centre)?;
    }
    Ok(Outcome::Done)
}

fn describe(what: &str, applied: &[Migrated]) -> Result<(), CommandError> {
    match applied.last() {
        None => output::line(&format!("{what}: up to date")),
        Some(last) => output::line(&format!("{what}: installed version {}", last.version)),
    }
}
