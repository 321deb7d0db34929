//! `verify`: prints whether anything is left of the devices of a file after a FORGET.

use std::collections::BTreeMap;
use std::io::IsTerminal as _;
use std::path::Path;

use serde::Serialize;

use crate::catalogue::Access;
use crate::cli::arguments::{DropArgs, Format, Global};
use crate::cli::context::Context;
use crate::cli::input::{Given, GivenUse};
use crate::cli::{CommandError, Outcome, output};
use crate::domain::database_role::DatabaseRole;
use crate::domain::request::Action;
use crate::engine::value_search::Place;
use crate::engine::verify::{ContactVerdict, Verdict};
use crate::service::name_use::NameUse;
use crate::service::verification::{self, Search, Traceable, VerificationRequest, Verified};

#[derive(Serialize)]
struct Shown<'a> {
    file: &'a str,
    drop: &'a str,
    clean: usize,
    incomplete: usize,
    possible: usize,
    found: usize,
    not_looked_for: usize,
    #[serde(flatten)]
    verified: &'a Verified,
}

pub(crate) async fn verify(
    global: &Global,
    file: &Path,
    args: &DropArgs,
    search: Search<'_>,
) -> Result<Outcome, CommandError> {
    let context = Context::open(global)?;
    let given = Given::read(&context, file, args)?;
    let unusable = |detail: &str| {
        let text = format!("cannot verify {}\n  detail: {detail}", given.file);
        CommandError::Usage(text)
    };
    let content = given
        .content
        .as_ref()
        .map_err(|problem| unusable(problem))?;
    let (_connected, session) = context.connect_to_ledger(DatabaseRole::Care).await?;
    let catalogue = context.catalogue(&session, Access::Read).await?;
    let name_use = given.name_use(&context, &session).await?;
    let traceable = match (given.action, &name_use) {
        (Action::Export, _) => Traceable::Export,
        (Action::Forget, GivenUse::Incomparable) => Traceable::Incomparable,
        (Action::Forget, GivenUse::Compared(name_use)) => match name_use {
            NameUse::Free => Traceable::Unprocessed,
            NameUse::OtherContent(_) => Traceable::OtherContent,
            NameUse::SameContent(known) | NameUse::Claimed(known) | NameUse::Purged(known) => {
                Traceable::Processed(known)
            }
        },
    };
    let request = VerificationRequest {
        action: given.action,
        content,
        traceable,
        search,
    };
    let verified = verification::verify(
        &context.workspace,
        &session,
        &catalogue,
        &given.drop,
        request,
    )
    .await?;
    let verified = verified.ok_or_else(|| {
        unusable(
            "no device of it can be searched in the accounts of this drop\n  hint: `lethe check` lists what is wrong with the file",
        )
    })?;
    if global.format == Format::Json {
        output::json(&Shown {
            file: &given.file,
            drop: &given.drop.name,
            clean: verified.count(Verdict::Clean),
            incomplete: verified.count(Verdict::Incomplete),
            possible: verified.count(Verdict::Possible),
            found: verified.count(Verdict::Found),
            not_looked_for: verified.count(Verdict::NotLookedFor),
            verified: &verified,
        })?;
    } else {
        output::line(&given.file)?;
        describe(&verified)?;
    }
    Ok(verified.outcome())
}

/// How many contacts are printed as text, those with something left first; JSON has all.
const PRINTED: usize = 200;

/// Prints a verdict for each contact.
pub(crate) fn describe(verified: &Verified) -> Result<(), CommandError> {
    let contacts = &verified.verification.contacts;
    let (found, others): (Vec<_>, Vec<_>) = contacts
        .iter()
        .partition(|contact| matches!(contact.verdict, Verdict::Found | Verdict::Possible));
    for contact in found.into_iter().chain(others).take(PRINTED) {
        describe_contact(contact)?;
    }
    let left = contacts.len().saturating_sub(PRINTED);
    if left > 0 {
        let left = output::grouped(left as i64);
        output::line(&format!("… and {left} more; --format json has them all"))?;
    }
    for place in &verified.verification.given_up {
        output::line(&format!("not checked: {}", output::safe(place)))?;
    }
    for unchecked in &verified.unchecked {
        output::line(&format!("not checked: {unchecked}"))?;
    }
    for note in &verified.notes {
        output::line(&format!("note: {note}"))?;
    }
    let count = |verdict| output::grouped(verified.count(verdict) as i64);
    let if_any = |verdict, what| match verified.count(verdict) {
        0 => String::new(),
        n => format!(" {} {what},", output::grouped(n as i64)),
    };
    let incomplete = if_any(Verdict::Incomplete, "not checked completely");
    let possible = if_any(Verdict::Possible, "with something possible");
    output::line(&format!(
        "{} clean,{incomplete}{possible} {} with something left, {} not looked for",
        count(Verdict::Clean),
        count(Verdict::Found),
        count(Verdict::NotLookedFor),
    ))
}

fn describe_contact(contact: &ContactVerdict) -> Result<(), CommandError> {
    let kind = contact.kind.unwrap_or("no device");
    // On a terminal only: files and pipes may be read by others.
    let masked = contact.masked.as_ref();
    let masked = masked.filter(|_| std::io::stdout().is_terminal());
    let masked = masked.map_or_else(String::new, |m| format!(" {}", output::safe(m)));
    let verdict = match (contact.verdict, &contact.refused) {
        (Verdict::Clean, _) => "clean".to_owned(),
        (Verdict::Incomplete, _) => "nothing found, but not everything could be checked".to_owned(),
        (Verdict::Possible, _) => {
            "POSSIBLE: values may be it, and may be something else".to_owned()
        }
        (Verdict::Found, _) => "FOUND".to_owned(),
        (Verdict::NotLookedFor, refused) => {
            let why = refused.as_deref().unwrap_or_default();
            format!("not looked for: {why}")
        }
    };
    let answered = contact.answered.as_ref();
    let answered = answered.filter(|a| contact.refused.as_ref() != Some(*a));
    let answered = answered.map_or_else(String::new, |a| format!(" (answered {a})"));
    output::line(&format!(
        "request {} contact {}: {kind}{masked}: {verdict}{answered}",
        contact.request, contact.contact
    ))?;
    let left = &contact.left;
    if left.media_objects > 0 {
        output::line(&format!(
            "    media objects that are still to be deleted: {} (`lethe status` says why, of a case `lethe case show`)",
            output::grouped(left.media_objects)
        ))?;
    }
    describe_places(&left.places)?;
    for (what, counts) in [
        ("the device is in", &left.columns),
        (
            "may be the device, or something else; left as it is",
            &left.possible,
        ),
        ("personal fields of forgotten records", &left.unredacted),
        (
            "personal fields of the same client IDs, in records without a named device, as it is meant",
            &left.kept_rows,
        ),
    ] {
        if !counts.is_empty() {
            output::line(&format!("    {what}: {}", listed(counts)))?;
        }
    }
    Ok(())
}

/// Prints places, and after those of a column the line of the catalogue that finds them.
fn describe_places(places: &[Place]) -> Result<(), CommandError> {
    for of_column in places.chunk_by(|one, next| one.name() == next.name()) {
        for place in of_column {
            output::line(&format!("    {}", described(place)))?;
        }
        let line = of_column.iter().find_map(|one| one.catalogue_line.as_ref());
        if let Some(line) = line {
            output::line(&format!("        catalogue: {}", output::safe(line)))?;
        }
    }
    Ok(())
}

/// `found in <column>: 2 rows, national, digits`.
fn described(place: &Place) -> String {
    let what = match place.is_certain() {
        true => "found in",
        false => "possible in",
    };
    let whose = match place.declared {
        true => "",
        false => ", outside the catalogue, rows of any tenant",
    };
    format!(
        "{what} {}{whose}: {}",
        output::safe(&place.name()),
        counted(place)
    )
}

/// Rows and spellings.
fn counted(place: &Place) -> String {
    let rows = match place.rows {
        1 => "1 row".to_owned(),
        n => format!("{} rows", output::grouped(n)),
    };
    let spellings = place.spellings.iter().map(|one| <&str>::from(*one));
    format!("{rows}, {}", spellings.collect::<Vec<_>>().join(", "))
}

fn listed(counts: &BTreeMap<String, i64>) -> String {
    let one =
        |(name, n): (&String, &i64)| format!("{} {}", output::safe(name), output::grouped(*n));
    counts.iter().map(one).collect::<Vec<_>>().join(", ")
}
