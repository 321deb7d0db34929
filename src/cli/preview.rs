//! `preview`: prints what a run would answer for each device; changes nothing.

use std::io::IsTerminal as _;
use std::path::Path;

use serde::Serialize;

use crate::catalogue::Access;
use crate::cli::arguments::{DropArgs, Format, Global};
use crate::cli::context::Context;
use crate::cli::input::Given;
use crate::cli::{CommandError, Outcome, output};
use crate::domain::database_role::DatabaseRole;
use crate::domain::request::Action;
use crate::domain::response::Response;
use crate::engine::preview::{ContactPreview, Facts, Preview, PreviewError};
use crate::service::ServiceError;
use crate::service::preview::{self, PreviewRequest, plan_key};

/// How many contacts are printed as text; JSON has all.
const PRINTED: usize = 200;

#[derive(Serialize)]
struct Shown<'a> {
    file: &'a str,
    drop: &'a str,
    notes: &'a [String],
    /// What is wrong with the file as a whole.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'a str>,
    #[serde(flatten)]
    preview: Option<&'a Preview>,
}

pub(crate) async fn preview(
    global: &Global,
    file: &Path,
    args: &DropArgs,
) -> Result<Outcome, CommandError> {
    let context = Context::open(global)?;
    let given = Given::read(&context, file, args)?;
    let (_connected, session) = context.connect_to_ledger(DatabaseRole::Care).await?;
    let catalogue = context.catalogue(&session, Access::Read).await?;
    let name_use = given.name_use(&context, &session).await?;
    let notes = given.notes(&context, &name_use);
    let key = plan_key(&session).await?;
    let previewed = match given.content.clone() {
        Err(refused) => Err(refused),
        Ok(content) => {
            let request = PreviewRequest {
                action: given.action,
                content,
            };
            let (workspace, drop) = (&context.workspace, &given.drop);
            match preview::preview(workspace, &session, &catalogue, drop, request, &key).await {
                Ok(preview) => Ok(preview),
                Err(ServiceError::Preview(PreviewError::Unreadable(problem))) => Err(problem),
                Err(error) => return Err(error.into()),
            }
        }
    };
    if global.format == Format::Json {
        output::json(&Shown {
            file: &given.file,
            drop: &given.drop.name,
            notes: &notes,
            error: previewed.as_ref().err().map(String::as_str),
            preview: previewed.as_ref().ok(),
        })?;
    } else {
        let of = match given.action {
            Action::Forget => "a FORGET",
            Action::Export => "an EXPORT",
        };
        output::line(&format!("{}: {of}; nothing was changed", given.file))?;
        for note in &notes {
            output::line(&format!("note: {note}"))?;
        }
        match &previewed {
            Ok(preview) => describe(preview)?,
            Err(problem) => output::line(&format!("no contact would be answered: {problem}"))?,
        }
    }
    let errors = previewed.map_or(1, |preview| preview.tally.error);
    Ok(match errors {
        0 => Outcome::Done,
        _ => Outcome::Errors,
    })
}

/// Prints a preview.
pub(crate) fn describe(preview: &Preview) -> Result<(), CommandError> {
    let mut request = None;
    for contact in preview.contacts.iter().take(PRINTED) {
        if request != Some(contact.request) {
            request = Some(contact.request);
            let asked = preview
                .requests
                .iter()
                .find(|r| r.request == contact.request);
            let of = |name: &str, value: Option<&String>| {
                value.map_or_else(String::new, |v| format!(", {name} {}", output::safe(v)))
            };
            let case = of("case", asked.and_then(|r| r.case.as_ref()));
            let account = of("account", asked.and_then(|r| r.account.as_ref()));
            let contacts = asked.map_or(0, |r| r.contacts);
            output::line(&format!(
                "\nrequest {request}{case}{account}: {}",
                counted(contacts as i64, "contact"),
                request = contact.request
            ))?;
        }
        describe_contact(contact)?;
    }
    let left = preview.contacts.len().saturating_sub(PRINTED);
    if left > 0 {
        let left = output::grouped(left as i64);
        output::line(&format!("\n… and {left} more; --format json has them all"))?;
    }
    let tally = preview.tally;
    output::line(&format!(
        "\na run would answer {} with SUCCESS ({} of them not found) and {} with an error",
        output::grouped(tally.success as i64),
        output::grouped(tally.not_found as i64),
        output::grouped(tally.error as i64),
    ))?;
    output::line(&format!("plan digest: {}", preview.digest))
}

fn describe_contact(contact: &ContactPreview) -> Result<(), CommandError> {
    let Some(ordinal) = contact.contact else {
        return output::line(&format!("  a run would answer: {}", contact.response));
    };
    let kind = contact.kind.unwrap_or("no device");
    // On a terminal only: files and pipes may be read by others.
    let masked = contact.masked.as_ref();
    let masked = masked.filter(|_| std::io::stdout().is_terminal());
    let masked = masked.map_or_else(String::new, |m| format!(" {}", output::safe(m)));
    output::line(&format!("\n  contact {ordinal}: {kind}{masked}"))?;
    line("a run would answer", &contact.response)?;
    match &contact.facts {
        Some(facts) => describe_facts(facts, &contact.response),
        None => Ok(()),
    }
}

fn describe_facts(facts: &Facts, response: &str) -> Result<(), CommandError> {
    if !facts.rows.is_empty() {
        let records = listed(&facts.records);
        line("found in records", &records)?;
        line("rows that hold it", &listed(&facts.columns))?;
    } else if Response::NotFound.to_string() == response {
        line("found in records", "none")?;
    }
    if !facts.possible.is_empty() {
        let rows = listed(&facts.possible);
        line("may be it, and stays", &rows)?;
    }
    if let (Some(first), Some(last)) = (&facts.first_activity, &facts.last_activity) {
        line("activity", &format!("first {first}, last {last}"))?;
    }
    if facts.client_ids + facts.names > 0 {
        let shared = match facts.client_ids > 1 || facts.names > 1 {
            true => ": the device may be shared",
            false => "",
        };
        let clients = counted(facts.client_ids, "client ID");
        let names = counted(facts.names, "name");
        line("belongs to", &format!("{clients}, {names}{shared}"))?;
    }
    if facts.other_devices > 0 {
        let devices = counted(facts.other_devices, "device");
        line(
            "in the same records",
            &format!("{devices} that this submission does not name"),
        )?;
    }
    if facts.held_records > 0 {
        line("legal hold", &counted(facts.held_records, "record"))?;
    }
    if facts.media.objects > 0 {
        let objects = counted(facts.media.objects, "media object");
        let bytes = output::grouped(facts.media.bytes as i64);
        let unknown = match facts.media.unknown {
            0 => String::new(),
            n => format!(" (the size of {} is not known)", output::grouped(n)),
        };
        line("recordings", &format!("{objects}, {bytes} bytes{unknown}"))?;
    }
    match facts.transposed {
        None => line("swapped digits", "not looked for in so many devices")?,
        Some(0) => {}
        Some(n) => {
            let devices = counted(n, "other device");
            line(
                "swapped digits",
                &format!("{devices} here, with two digits the other way round: is this the one?"),
            )?;
        }
    }
    if !facts.kept_rows.is_empty() {
        let rows = listed(&facts.kept_rows);
        line(
            "stays as it is",
            &format!(
                "personal fields of the same client IDs, in rows without a named device: {rows}"
            ),
        )?;
    }
    Ok(())
}

fn line(what: &str, said: &str) -> Result<(), CommandError> {
    output::line(&format!("    {what:20} {said}"))
}

fn listed(counts: &std::collections::BTreeMap<String, i64>) -> String {
    let one =
        |(name, n): (&String, &i64)| format!("{} {}", output::safe(name), output::grouped(*n));
    counts.iter().map(one).collect::<Vec<_>>().join(", ")
}

fn counted(n: i64, what: &str) -> String {
    let plural = if n == 1 { "" } else { "s" };
    format!("{} {what}{plural}", output::grouped(n))
}
