//! `census`: what may still hold old values of what was forgotten.

use serde::Serialize;

use crate::cli::arguments::{CensusArgs, Format, Global};
use crate::cli::context::Context;
use crate::cli::{CommandError, Outcome, output};
use crate::domain::blocker::Blocker;
use crate::domain::census::{Census, Finding, Grade, Place};
use crate::domain::database_role::DatabaseRole;
use crate::service;
use crate::service::subject::{Subject, changed_columns};

#[derive(Serialize)]
struct Shown<'a> {
    /// Of which submission it is; all of them where absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    submission: Option<&'a str>,
    /// Whether nothing is left that somebody should look at.
    clean: bool,
    #[serde(flatten)]
    census: &'a Census,
}

pub(crate) async fn census(global: &Global, args: &CensusArgs) -> Result<Outcome, CommandError> {
    let mut context = Context::open(global)?;
    let workspace = &mut context.workspace;
    workspace.backup_retention = args.backup_retention.or(workspace.backup_retention);
    let (_connected, session) = context.connect_to_ledger(DatabaseRole::Engine).await?;
    let subject = match &args.submission {
        None => None,
        Some(submission) => {
            let drop = args.drop.as_deref();
            Some(Subject::find(&context.workspace, &session, submission, drop).await?)
        }
    };
    let workspace = &context.workspace;
    let columns = changed_columns(workspace, &session).await?;
    let census = service::census::census(workspace, &session, subject.as_ref(), &columns).await?;
    // Without a change, nothing the server keeps can come from a FORGET.
    let untouched = census.tables.is_empty();
    let clean = untouched || census.is_clean();
    match global.format {
        Format::Json => output::json(&Shown {
            submission: subject.as_ref().map(|subject| subject.name.as_str()),
            clean,
            census: &census,
        })?,
        _ if untouched => output::line(match subject {
            Some(_) => {
                "the ledger records no row that this submission changed, so nothing of it can remain"
            }
            None => "the ledger records no FORGET that changed a row, so nothing of one can remain",
        })?,
        _ => describe(&census, subject.is_some())?,
    }
    Ok(match clean {
        true => Outcome::Done,
        false => Outcome::Errors,
    })
}

/// Findings of a place that are listed; `--format json` has all.
const TOLD: usize = 12;

fn describe(census: &Census, of_one: bool) -> Result<(), CommandError> {
    let mut places: Vec<Place> = census.findings.iter().map(|f| f.place).collect();
    places.dedup();
    for place in places {
        let there = census.findings.iter().filter(|f| f.place == place);
        let mut there: Vec<&Finding> = there.collect();
        there.sort_by_key(|finding| std::cmp::Reverse(finding.grade));
        let worst = there.first().map_or(Grade::Gone, |finding| finding.grade);
        output::line(&format!("{place}: {}", worst.words()))?;
        for finding in there.iter().take(TOLD) {
            describe_finding(finding)?;
        }
        if there.len() > TOLD {
            let more = output::grouped((there.len() - TOLD) as i64);
            output::line(&format!("  … and {more} more; --format json has them all"))?;
        }
    }
    describe_blockers(census)?;
    if of_one && !census.searched {
        output::note(
            "note: statistics, statements and comments were not searched for its devices\n  detail: the submitted file is not available",
        );
    }
    output::line(&summary(census))
}

fn describe_finding(finding: &Finding) -> Result<(), CommandError> {
    let object = finding.object.as_deref().map(output::safe);
    let object = object.map_or_else(String::new, |object| format!("{object}: "));
    let detail = finding
        .detail
        .as_deref()
        .filter(|detail| !detail.is_empty());
    let detail = detail.map_or_else(String::new, |detail| format!(" ({})", output::safe(detail)));
    let until = match (&finding.until, finding.until_moment) {
        (_, Some(moment)) => format!("; until {}", moment.format("%Y-%m-%d")),
        (Some(until), None) => format!("; until {until}"),
        (None, None) => String::new(),
    };
    let (grade, why) = (finding.grade.words(), &finding.why);
    output::line(&format!("  {grade}: {object}{why}{detail}{until}"))?;
    for way_out in &finding.way_out {
        output::line(&format!("      {}", output::safe(way_out)))?;
    }
    Ok(())
}

fn describe_blockers(census: &Census) -> Result<(), CommandError> {
    let told = |title: &str, blockers: &[Blocker]| {
        if blockers.is_empty() {
            return Ok(());
        }
        output::line(title)?;
        blockers.iter().try_for_each(|blocker| {
            output::line(&format!("  {}", output::safe(&blocker.to_string())))
        })
    };
    told("blockers of the last scrub:", &census.last_blockers)?;
    told("keeps older row versions or WAL now:", &census.blockers)
}

/// One sentence.
fn summary(census: &Census) -> String {
    let count = |wanted: &dyn Fn(&&Finding) -> bool| {
        output::grouped(census.findings.iter().filter(wanted).count() as i64)
    };
    format!(
        "{} open: {} may remain, {} unknown; {} are removed by retention; {} gone or unreachable",
        count(&|f| f.is_open()),
        count(&|f| f.is_open() && f.grade == Grade::MayRemain),
        count(&|f| f.is_open() && f.grade == Grade::Unknown),
        count(&|f| f.grade > Grade::Unreachable && f.place.passes()),
        count(&|f| f.grade <= Grade::Unreachable),
    )
}
