//! `purge`: removes results, submitted files, cases and keys whose retention is over.

use crate::cli::arguments::{DropArgs, Format, Global};
use crate::cli::context::Context;
use crate::cli::output::Terminal;
use crate::cli::{CommandError, Outcome, output};
use crate::domain::database_role::DatabaseRole;
use crate::service::purge::{self, PurgeScope, Purged};

pub(crate) async fn purge(global: &Global, args: &DropArgs) -> Result<Outcome, CommandError> {
    let context = Context::open(global)?;
    let drops = context.drops(args)?;
    let scope = match args.folder {
        None => PurgeScope::Everything,
        Some(_) => PurgeScope::GivenDrops,
    };
    let (_connected, session) = context.connect_to_ledger(DatabaseRole::Engine).await?;
    let terminal = Terminal::new(global.format);
    let purged = purge::purge(&context.workspace, &session, &drops, scope, &terminal).await?;
    match global.format {
        Format::Json => output::json(&purged)?,
        Format::Text | Format::Csv => describe(&purged, context.workspace.retention_days)?,
    }
    Ok(purged.outcome())
}

fn describe(purged: &Purged, retention_days: u32) -> Result<(), CommandError> {
    for name in &purged.kept {
        output::line(&format!(
            "left {name}: it differs from the file that was processed"
        ))?;
    }
    for abandoned in &purged.abandoned {
        let since = abandoned.since.map(|at| at.format("%Y-%m-%d").to_string());
        output::line(&format!(
            "left case {}: {} waits since {} and was never run; run it, or remove the file",
            abandoned.case,
            abandoned.file,
            since.unwrap_or_default()
        ))?;
    }
    output::line(&format!(
        "purged {} submissions, {} files (completed more than {retention_days} days ago)",
        output::grouped(purged.submissions as i64),
        output::grouped(purged.files as i64),
    ))
}
