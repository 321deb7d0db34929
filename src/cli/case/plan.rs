//! `case preview` and `case approve`: what the waiting submissions of a case would find, and who agreed to it.

use serde::Serialize;

use super::Care;
use super::waiting::{Found, Place, Waiting, Whole, waiting};
use crate::catalogue::Catalogue;
use crate::cli::arguments::{Format, Global};
use crate::cli::context::World;
use crate::cli::os_user::current_os_user;
use crate::cli::preview::describe;
use crate::cli::{CommandError, Outcome, output};
use crate::domain::care::CaseId;
use crate::domain::operator::Operator;
use crate::domain::request::Action;
use crate::drop::content_digest;
use crate::engine::plan_digest::is_digest;
use crate::engine::preview::{Preview, PreviewError};
use crate::ledger::{self, CaseFile, CaseRow};
use crate::postgres::Session;
use crate::service::ServiceError;
use crate::service::preview::{self, PreviewRequest, plan_key};
use crate::service::settings::DropConfig;

/// A waiting submission with what it would find.
struct Previewed {
    waiting: Waiting,
    /// Or why a run would not take it, or answer no contact.
    preview: Result<Preview, String>,
}

#[derive(Serialize)]
struct ShownFile<'a> {
    drop: &'a str,
    file: &'a str,
    /// Requests in the same file that are of no, or another case; a run carries them out too.
    other_requests: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'a str>,
    #[serde(flatten)]
    preview: Option<&'a Preview>,
}

pub async fn preview(
    global: &Global,
    world: &World,
    care: &Care,
    case: &CaseId,
) -> Result<Outcome, CommandError> {
    let (_connected, session) = world.connect_to_ledger().await?;
    care.must_know(world, &session, case).await?;
    let all = previews(world, care, &session, case).await?;
    if global.format == Format::Json {
        #[derive(Serialize)]
        struct All<'a> {
            case: &'a str,
            submissions: Vec<ShownFile<'a>>,
        }
        output::json(&All {
            case: case.as_str(),
            submissions: all.iter().map(shown).collect(),
        })?;
    } else if all.is_empty() {
        output::line(&format!("nothing waits in case {case}"))?;
    } else {
        for previewed in &all {
            describe_one(case, previewed)?;
        }
    }
    let errors = all.iter().any(|previewed| match &previewed.preview {
        Ok(preview) => preview.tally.error > 0,
        Err(_) => true,
    });
    Ok(if errors {
        Outcome::Errors
    } else {
        Outcome::Done
    })
}

fn shown(previewed: &Previewed) -> ShownFile<'_> {
    ShownFile {
        drop: &previewed.waiting.drop,
        file: previewed.waiting.name.as_str(),
        other_requests: other_requests(&previewed.waiting),
        error: previewed.preview.as_ref().err().map(String::as_str),
        preview: previewed.preview.as_ref().ok(),
    }
}

/// Requests of a customer's file that are not of this case.
fn other_requests(waiting: &Waiting) -> usize {
    match (&waiting.place, &waiting.found) {
        (Place::Drop(_), Found::Whole(whole)) => whole.requests - whole.requests_of_case,
        _ => 0,
    }
}

fn describe_one(case: &CaseId, previewed: &Previewed) -> Result<(), CommandError> {
    let name = &previewed.waiting.name;
    let of = match name.action() {
        Action::Forget => "a FORGET",
        Action::Export => "an EXPORT",
    };
    let place = match &previewed.waiting.place {
        Place::Case => String::new(),
        Place::Drop(drop) => format!(" in drop {}", output::safe(drop)),
    };
    output::line(&format!("{name}{place}: {of}; nothing was changed"))?;
    let others = other_requests(&previewed.waiting);
    if others > 0 {
        output::line(&format!(
            "note: the file holds {} that {} not of this case; a run carries out the whole file",
            match others {
                1 => "1 request".to_owned(),
                n => format!("{n} requests"),
            },
            if others == 1 { "is" } else { "are" }
        ))?;
    }
    match &previewed.preview {
        Err(problem) => output::line(&format!("no contact would be answered: {problem}")),
        Ok(preview) => {
            describe(preview)?;
            output::line(&format!(
                "to approve it: lethe case approve {} --digest {}\n",
                output::quoted(case.as_str()),
                preview.digest
            ))
        }
    }
}

/// Previews everything of a case that waits.
async fn previews(
    world: &World,
    care: &Care,
    session: &Session,
    case: &CaseId,
) -> Result<Vec<Previewed>, CommandError> {
    let catalogue = world.catalogue(session).await?;
    let row = care.row(session, case).await?;
    let key = plan_key(session).await?;
    let mut all = Vec::new();
    for waiting in waiting(world, care, session, case).await? {
        let preview = match &waiting.found {
            Found::Unfit(problem) => Err(problem.clone()),
            Found::Whole(whole) => {
                let drop = drop_of(
                    world,
                    care,
                    session,
                    &catalogue,
                    (case, row.as_ref()),
                    &waiting,
                );
                let request = PreviewRequest {
                    action: waiting.name.action(),
                    content: whole.content.clone(),
                };
                let (workspace, drop) = (&world.workspace, drop.await?);
                match preview::preview(workspace, session, &catalogue, &drop, request, &key).await {
                    Ok(preview) => Ok(preview),
                    Err(ServiceError::Preview(PreviewError::Unreadable(problem))) => Err(problem),
                    Err(error) => return Err(error.into()),
                }
            }
        };
        all.push(Previewed { waiting, preview });
    }
    Ok(all)
}

/// The drop that a waiting submission is in.
async fn drop_of(
    world: &World,
    care: &Care,
    session: &Session,
    catalogue: &Catalogue,
    (case, row): (&CaseId, Option<&CaseRow>),
    waiting: &Waiting,
) -> Result<DropConfig, CommandError> {
    let configured = world.config.drops.iter().find(|d| d.name == waiting.drop);
    match (&waiting.place, configured) {
        (Place::Drop(_), Some(drop)) => Ok(drop.clone()),
        _ => care.drop(session, catalogue, case, row).await,
    }
}

#[derive(Serialize)]
struct Approved<'a> {
    case: &'a str,
    drop: &'a str,
    file: &'a str,
    digest: &'a str,
    user: &'a str,
    database_user: &'a str,
}

pub async fn approve(
    global: &Global,
    world: &World,
    care: &Care,
    case: &CaseId,
    digest: &str,
) -> Result<Outcome, CommandError> {
    let (_connected, session) = world.connect_to_ledger().await?;
    care.must_know(world, &session, case).await?;
    let all = previews(world, care, &session, case).await?;
    let meant = all.iter().find_map(|previewed| {
        let preview = previewed.preview.as_ref().ok()?;
        is_digest(digest, &preview.digest).then_some((&previewed.waiting, preview))
    });
    let Some((waiting, preview)) = meant else {
        let why = if all.is_empty() {
            "nothing of this case waits to be approved"
        } else {
            "this is not the digest of anything that waits in this case now; something changed since that preview, or it is mistyped"
        };
        return refused(
            global,
            case,
            &format!(
                "{why}. Look again: lethe case preview {}",
                output::quoted(case.as_str())
            ),
        );
    };
    let by = Operator {
        os_user: current_os_user(),
        database_user: ledger::database_user(&session).await?,
    };
    if care.config.two_people
        && waiting.name.action() == Action::Forget
        && waiting.place == Place::Case
    {
        let Found::Whole(Whole { content, .. }) = &waiting.found else {
            unreachable!("what was previewed was read");
        };
        let files = ledger::case_files(&session, case).await?;
        if let Some(why) = not_by_another(&files, waiting.name.as_str(), content, &by) {
            return refused(global, case, &why);
        }
    }
    let plan = serde_json::to_string(&preview.plan).expect("texts and numbers are JSON");
    let place = (&*waiting.drop, waiting.name.as_str());
    ledger::approve(&session, case, place, &plan, &by, world.clock.now()).await?;
    if global.format == Format::Json {
        output::json(&Approved {
            case: case.as_str(),
            drop: &waiting.drop,
            file: waiting.name.as_str(),
            digest: &preview.digest,
            user: &by.os_user.name,
            database_user: &by.database_user,
        })?;
    } else {
        output::line(&format!(
            "{}: approved by {} (database: {})",
            waiting.name,
            output::safe(&by.os_user.name),
            output::safe(&by.database_user)
        ))?;
        output::line(&format!(
            "next: lethe case run {}",
            output::quoted(case.as_str())
        ))?;
    }
    Ok(Outcome::Done)
}

/// Why an approval by this person does not count: where two must agree, somebody else must have opened just this content.
pub fn not_by_another(
    files: &[CaseFile],
    file: &str,
    content: &[u8],
    approver: &Operator,
) -> Option<String> {
    let opened = files.iter().find(|opened| opened.file == file);
    let Some((opened, (key, digest))) = opened.and_then(|o| o.digest.map(|digest| (o, digest)))
    else {
        return Some(format!(
            "two people must agree on a FORGET, and nobody opened {file} with `lethe case open` or `resubmit`"
        ));
    };
    if content_digest(&key, content) != digest {
        return Some(format!(
            "two people must agree on a FORGET, and {file} was changed since {} opened it; open the case anew",
            output::safe(&opened.by.os_user.name)
        ));
    }
    let same = approver.shared_identity(&opened.by)?;
    Some(format!(
        "two people must agree on a FORGET, and {file} was opened by the same {same}; somebody else must approve it"
    ))
}

/// Says why nothing was approved.
fn refused(global: &Global, case: &CaseId, why: &str) -> Result<Outcome, CommandError> {
    output::note(why);
    if global.format == Format::Json {
        output::json(&serde_json::json!({ "case": case.as_str(), "refused": why }))?;
    }
    Ok(Outcome::Errors)
}
