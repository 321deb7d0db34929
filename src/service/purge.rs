//! Purge: removes results, submitted files, cases and keys whose retention is over (contract section 7).

mod cases;
mod drops;
mod purged;

use chrono::TimeDelta;

use crate::domain::care::CaseId;
use crate::domain::placeholder::random_key;
use crate::domain::text::printable;
use crate::ledger;
use crate::postgres::Session;
use crate::service::ServiceError;
use crate::service::report::{Message, Reporter};
use crate::service::sealing::report_left;
use crate::service::settings::DropConfig;
use crate::service::workspace::Workspace;

use cases::{purge_approvals, purge_cases};
use drops::{Purge, purge_drop};
pub(crate) use purged::Purged;

/// What a purge is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PurgeScope {
    /// All configured drops, and all cases.
    Everything,
    /// The given drops only.
    GivenDrops,
}

/// Purges drops, and cases where the scope includes them. What cannot be removed is reported and counted; it does not stop
/// the rest.
pub(crate) async fn purge(
    workspace: &Workspace,
    session: &Session,
    drops: &[DropConfig],
    scope: PurgeScope,
    reporter: &dyn Reporter,
) -> Result<Purged, ServiceError> {
    let now = workspace.clock.now();
    let task = Purge {
        workspace,
        session,
        reporter,
        before: now - TimeDelta::days(workspace.retention_days.into()),
    };
    let mut purged = Purged::default();
    for drop in drops {
        purge_drop(&task, drop, &mut purged).await?;
    }
    if scope == PurgeScope::Everything {
        purge_cases(&task, &mut purged).await?;
        purge_approvals(&task, &mut purged).await?;
    }
    let key = random_key()?;
    ledger::renew_plan_key(session, task.before, now, &key).await?;
    if scope == PurgeScope::Everything {
        report_unknown_drops(&task, &mut purged).await?;
    }
    if purged.changed_ledger {
        purged.not_vacuumed = ledger::vacuum(session, &ledger::PURGED).await?;
        report_left(&purged.not_vacuumed, reporter);
    }
    Ok(purged)
}

/// Names the drops that have something to purge and are not configured.
async fn report_unknown_drops(task: &Purge<'_>, purged: &mut Purged) -> Result<(), ServiceError> {
    for (name, submissions) in ledger::purgeable_drops(task.session, task.before).await? {
        let hint = match CaseId::of_drop(&name) {
            Some(_) => "set [care] path",
            None => "give it with --drop and --account",
        };
        let shown = printable(&name);
        task.reporter.report(
            Message::warning(format_args!(
                "{submissions} submissions of drop {shown} are due to be purged, but no configuration names it"
            ))
            .hint(hint),
        );
        purged.unknown_drops.push(name);
    }
    Ok(())
}
