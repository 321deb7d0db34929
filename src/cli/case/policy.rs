//! `case policy`: the rules for cases that the owner of the ledger sets.

use serde::Serialize;

use crate::cli::arguments::{Format, Global, PolicyArgs, Switch};
use crate::cli::context::Context;
use crate::cli::{CommandError, Outcome, output};
use crate::domain::database_role::DatabaseRole;
use crate::ledger::{self, Policy};

pub(crate) async fn policy(
    global: &Global,
    context: &Context,
    args: &PolicyArgs,
) -> Result<Outcome, CommandError> {
    let is_change = args.two_people.is_some() || args.count_tolerance.is_some();
    let role = match is_change {
        true => DatabaseRole::Owner,
        false => DatabaseRole::Care,
    };
    let (_connected, session) = context.connect_to_ledger(role).await?;
    if is_change {
        let two_people = args.two_people.map(|switch| switch == Switch::On);
        let tolerance = args.count_tolerance.map(i64::from);
        ledger::change_policy(&session, two_people, tolerance).await?;
    }
    print(global, &ledger::policy(&session).await?)?;
    Ok(Outcome::Done)
}

fn print(global: &Global, policy: &Policy) -> Result<(), CommandError> {
    if global.format == Format::Json {
        #[derive(Serialize)]
        struct Rules {
            two_people: bool,
            count_tolerance: i64,
        }
        return output::json(&Rules {
            two_people: policy.two_people,
            count_tolerance: policy.count_tolerance,
        });
    }
    let two = match policy.two_people {
        true => "on",
        false => "off",
    };
    output::line(&format!("two people must agree: {two}"))?;
    output::line(&format!(
        "counts may differ from the approved ones by: {} rows",
        output::grouped(policy.count_tolerance)
    ))?;
    if let (Some(at), Some(by)) = (policy.changed_at, &policy.changed_by) {
        output::line(&format!(
            "changed at {} by {}",
            at.format("%Y-%m-%d %H:%M:%S UTC"),
            output::safe(by)
        ))?;
    }
    Ok(())
}
