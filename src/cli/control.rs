//! `pause`, `resume`, `cancel`: what a DBA wants of a submission that is not done (contract section 8).

use serde::Serialize;

use crate::cli::arguments::{Format, Global, Submitted};
use crate::cli::context::World;
use crate::cli::{CommandError, Outcome, output};
use crate::drop::FileName;
use crate::drop::canonical;
use crate::ledger::{self, Named, State, Wish};
use crate::service::workspace::drop_name;

/// What became of the wish.
#[derive(Debug, Serialize)]
struct Steered {
    file: String,
    drop: String,
    /// `paused`, `resumed` or `cancelled`.
    state: &'static str,
    /// Whether a session is at work on it now, which sees the wish after its transaction.
    at_work: bool,
}

/// No run goes on with it until it is resumed; one that is at work ends after its transaction.
pub async fn pause(global: &Global, submitted: &Submitted) -> Result<Outcome, CommandError> {
    steer(global, submitted, Some(Wish::Pause)).await
}

/// The next run goes on.
pub async fn resume(global: &Global, submitted: &Submitted) -> Result<Outcome, CommandError> {
    steer(global, submitted, None).await
}

/// Contacts without an answer get an error; then the log is published, by the run at work or the next one.
pub async fn cancel(global: &Global, submitted: &Submitted) -> Result<Outcome, CommandError> {
    steer(global, submitted, Some(Wish::Cancel)).await
}

async fn steer(
    global: &Global,
    submitted: &Submitted,
    wish: Option<Wish>,
) -> Result<Outcome, CommandError> {
    let world = World::open(global)?;
    let (_connected, session) = world.connect_to_ledger().await?;
    let file = file_name(submitted)?;
    let found = ledger::named(&session, &file).await?;
    let named = the_one(submitted, &file, found)?;
    let place = format!("{}/{file}", output::safe(&named.drop));
    if named.wish == Some(Wish::Cancel) && wish != Some(Wish::Cancel) {
        return Err(CommandError::Usage(format!(
            "{place} is cancelled; the next run publishes its log"
        )));
    }
    let now = world.clock.now();
    let noted =
        named.wish == wish || ledger::set_wish(&session, named.submission_id, wish, now).await?;
    if !noted || matches!(named.state, State::Answered | State::Done) {
        return Err(CommandError::Usage(format!(
            "every contact of {place} has its answer already; there is nothing left to pause or cancel"
        )));
    }
    let progress = ledger::progress(&session, named.submission_id).await?;
    let at_work = progress.is_some_and(|progress| progress.at_work);
    let (state, then) = match (wish, at_work) {
        (Some(Wish::Pause), true) => ("paused", "the run at work ends after its transaction"),
        (Some(Wish::Pause), false) => ("paused", "no run goes on with it until `lethe resume`"),
        (Some(Wish::Cancel), true) => (
            "cancelled",
            "the run at work ends after its transaction and publishes the log",
        ),
        (Some(Wish::Cancel), false) => ("cancelled", "the next run publishes the log"),
        (None, _) => ("resumed", "the next run goes on"),
    };
    if global.format == Format::Json {
        output::json(&Steered {
            file,
            drop: named.drop,
            state,
            at_work,
        })?;
    } else {
        output::line(&format!("{place}: {state}; {then}"))?;
    }
    Ok(Outcome::Done)
}

/// The name of a submit file, which may be given with its folder.
pub(super) fn file_name(submitted: &Submitted) -> Result<String, CommandError> {
    let name = submitted
        .submission
        .file_name()
        .and_then(|name| name.to_str())
        .unwrap_or_default();
    FileName::parse(name)
        .map(|name| name.as_str().to_owned())
        .map_err(|_| {
            CommandError::Usage(format!(
                "{} is no name of a submit file; it is forget-<yyyymmdd>_<unique>.json or export-….json",
                crate::domain::text::printable(&submitted.submission)
            ))
        })
}

/// The submission that is meant.
pub(super) fn the_one(
    submitted: &Submitted,
    file: &str,
    found: Vec<Named>,
) -> Result<Named, CommandError> {
    let given = submitted.drop.as_ref();
    let wanted = |named: &Named| {
        given.is_none_or(|given| {
            std::path::Path::new(&named.drop) == given
                || named.drop == drop_name(given)
                || canonical(std::path::Path::new(&named.drop)) == canonical(given)
        })
    };
    let mut found: Vec<Named> = found.into_iter().filter(wanted).collect();
    match (found.pop(), found.is_empty()) {
        (Some(named), true) => Ok(named),
        (None, _) => Err(CommandError::Usage(format!(
            "no run has taken up a submission {file} so far; `lethe status` names those that are due and running"
        ))),
        (Some(last), false) => {
            let drops: Vec<String> = found
                .iter()
                .chain([&last])
                .map(|named| output::safe(&named.drop).to_string())
                .collect();
            Err(CommandError::Usage(format!(
                "several drops have a submission {file}; give --drop with one of {}",
                drops.join(", ")
            )))
        }
    }
}
