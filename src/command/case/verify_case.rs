//! `verify --case`: is anything left of what the FORGETs of a case named?

use serde::Serialize;

use super::super::verify::{Search, Verified, describe, verify_of};
use super::super::world::World;
use super::super::{CommandError, Outcome, show};
use super::{Care, carried_out};
use crate::care::CaseId;
use crate::cli::{Format, Global};
use crate::drop_folder::FileName;
use crate::execute::verify::Verdict;
use crate::ledger;
use crate::request::Action;

/// A FORGET of the case with what is left of it.
#[derive(Serialize)]
struct Shown {
    drop: String,
    file: String,
    clean: usize,
    found: usize,
    not_looked_for: usize,
    #[serde(flatten)]
    verified: Verified,
}

pub async fn verify(
    global: &Global,
    world: &World,
    care: &Care,
    case: &CaseId,
    search: Search,
) -> Result<Outcome, CommandError> {
    let (_connected, session) = world.connect_to_ledger().await?;
    let catalogue = world.catalogue(&session).await?;
    let mut all = Vec::new();
    for done in ledger::case_submissions(&session, case).await? {
        let forgotten = done.action == Action::Forget.as_str() && done.completed_at.is_some();
        let Ok(name) = FileName::parse(&done.file) else {
            continue;
        };
        if !forgotten || done.problem.is_some() || done.purged_at.is_some() {
            continue;
        }
        let (drop, folder) = care
            .drop_named(world, &session, &catalogue, &done.drop)
            .await?;
        let content = carried_out(world, &session, &done.drop, &folder, &name).await?;
        let known = ledger::known(&session, &done.drop, &done.file).await?;
        let asked = (Action::Forget, content.as_slice(), known.as_ref());
        let verified = verify_of(world, &session, &catalogue, &drop, asked, search).await?;
        // `None`: every contact was refused, so nothing was forgotten.
        if let Some(verified) = verified {
            all.push(Shown {
                drop: done.drop,
                file: done.file,
                clean: verified.count(Verdict::Clean),
                found: verified.count(Verdict::Found),
                not_looked_for: verified.count(Verdict::NotLookedFor),
                verified,
            });
        }
    }
    if all.is_empty() {
        return Err(CommandError::Usage(format!(
            "no FORGET of case {case} with a device that can be looked for was carried out so far"
        )));
    }
    let outcome = all.iter().map(|shown| shown.verified.outcome()).max();
    if global.format == Format::Json {
        #[derive(Serialize)]
        struct All<'a> {
            case: &'a str,
            submissions: Vec<Shown>,
        }
        show::json(&All {
            case: case.as_str(),
            submissions: all,
        })?;
    } else {
        for shown in &all {
            show::line(&shown.file)?;
            describe(&shown.verified)?;
        }
    }
    Ok(outcome.unwrap_or(Outcome::Done))
}
