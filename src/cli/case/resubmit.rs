//! `case resubmit`: the contacts that were answered with an error, each corrected, as a submission of its own.

use std::path::Path;

use super::ask::Terminal;
use super::corrections::{as_list, from_list};
use super::devices::{self, Summary};
use super::open::{New, told, write};
use super::{Care, carried_out, case_id};
use crate::catalogue::Catalogue;
use crate::cli::arguments::{Global, ResubmitArgs};
use crate::cli::context::World;
use crate::cli::{CommandError, Outcome, output};
use crate::domain::care::{CaseId, Corrected, Faulty, Listed, corrected_file, faulty};
use crate::domain::device::DeviceKind;
use crate::domain::identifier::SubmissionId;
use crate::domain::request::Product;
use crate::domain::response::Response;
use crate::domain::submission::{Document, Submission};
use crate::domain::text::printable;
use crate::drop::FileName;
use crate::engine::load_accounts;
use crate::ledger::{self, CaseFile, CaseSubmission};
use crate::postgres::Session;
use crate::service::settings::DropConfig;
use crate::service::workspace::drop_name;

/// The submission that is corrected.
struct Original {
    drop: DropConfig,
    name: FileName,
    document: Document,
    faulty: Vec<Faulty>,
}

pub async fn resubmit(
    global: &Global,
    world: &World,
    care: &Care,
    args: &ResubmitArgs,
) -> Result<Outcome, CommandError> {
    let (connected, session) = world.connect_to_ledger().await?;
    let catalogue = world.catalogue(&session).await?;
    let original = original(world, care, &session, &catalogue, args).await?;
    if original.faulty.is_empty() {
        return Err(CommandError::Usage(format!(
            "no contact of {} was answered with an error that a corrected contact mends",
            original.name
        )));
    }
    if let Some(to) = &args.to {
        devices::write_list(to, &as_list(&original.faulty))?;
        output::line(&format!(
            "wrote the {} of {} to {}, to be corrected; remove the lines that are not to be submitted again. Then: lethe case resubmit {} --from {}",
            contacts(original.faulty.len()),
            original.name,
            printable(to),
            output::quoted(&args.submission.to_string_lossy()),
            output::quoted(&to.to_string_lossy()),
        ))?;
        return Ok(Outcome::Done);
    }
    let case = case_of(args, &original)?;
    let corrected = match &args.from {
        Some(from) => from_list(
            from,
            world.config.max_submission_bytes(),
            (&original.name, &original.faulty),
        )?,
        None => ask(&original)?,
    };
    if corrected.is_empty() {
        return Err(CommandError::Usage(
            "no contact is left to be submitted again; nothing was written".to_owned(),
        ));
    }
    let text = corrected_file(
        &original.document,
        &corrected,
        case.as_str(),
        original.name.action(),
        args.account.as_deref(),
        &args.short_codes,
    );
    let accounts = accounts_of(&text, &original.drop);
    check_accounts(care, &session, &catalogue, &accounts, &original.drop).await?;
    let action = original.name.action();
    let name = care
        .fresh_name(world, &session, &case, action, (None, None))
        .await?;
    drop(session);
    let listed: Vec<Listed> = corrected.into_iter().map(|c| c.device).collect();
    let summary = Summary {
        case: case.as_str(),
        action,
        accounts: &accounts,
        short_codes: &args.short_codes,
        file: name.as_str(),
    };
    devices::make_sure(args.sure, &summary, &listed)?;
    let session = connected.database.session().await?;
    let new = New {
        case: &case,
        action,
        product: original.drop.product,
        accounts: &accounts,
        received: None,
        text,
        name: &name,
    };
    let name = write(world, care, &session, new).await?;
    told(global, &case, action, &accounts, &name, &listed)?;
    Ok(Outcome::Done)
}

fn contacts(n: usize) -> String {
    match n {
        1 => "contact with an error".to_owned(),
        n => format!("{} contacts with errors", output::grouped(n as i64)),
    }
}

/// The submission that is meant, read again: its content is that which was carried out, its answers are the ledger's.
async fn original(
    world: &World,
    care: &Care,
    session: &Session,
    catalogue: &Catalogue,
    args: &ResubmitArgs,
) -> Result<Original, CommandError> {
    let (submission_id, drop_name, name, of_case) = meant(world, care, session, args).await?;
    let (drop, folder) = care
        .drop_named(world, session, catalogue, &drop_name)
        .await?;
    let content = carried_out(world, session, &drop_name, &folder, &name).await?;
    let document = Document::read_at_most(content, world.config.max_submission_values()).map_err(
        |unreadable| {
            CommandError::Usage(format!(
                "{name} could not be read, so no contact of it was answered: {unreadable}"
            ))
        },
    )?;
    let submission = Submission::parse(&document, name.action(), drop.product);
    let responses = ledger::responses(session, submission_id).await?;
    let mut faulty = faulty(&document, &submission, responses.iter());
    if let Some(case) = of_case
        && drop_name != case.drop_name()
    {
        // A customer's file may hold other consumers of other cases.
        faulty.retain(|contact| contact.case.as_deref() == Some(case.as_str()));
    }
    Ok(Original {
        drop,
        name,
        document,
        faulty,
    })
}

/// The submission of a name; of a case, which is given too then, the last one with contacts of it that were answered with
/// errors.
async fn meant(
    world: &World,
    care: &Care,
    session: &Session,
    args: &ResubmitArgs,
) -> Result<(SubmissionId, String, FileName, Option<CaseId>), CommandError> {
    let last = args.submission.file_name().unwrap_or_default();
    if let Ok(name) = FileName::parse(last) {
        let found = ledger::named(session, name.as_str()).await?;
        let wanted = |drop: &str| match &args.drop {
            Some(given) => Path::new(drop) == given || drop == drop_name(given),
            None => true,
        };
        let mut found: Vec<_> = found
            .into_iter()
            .filter(|named| wanted(&named.drop))
            .collect();
        return match (found.pop(), found.len()) {
            (Some(named), 0) if named.state == ledger::State::Done => {
                Ok((named.submission_id, named.drop, name, None))
            }
            (Some(_), 0) => Err(CommandError::Usage(format!("{name} is not done yet"))),
            (None, _) => Err(CommandError::Usage(format!(
                "no run has taken up a submission {name} so far"
            ))),
            (Some(_), _) => Err(CommandError::Usage(format!(
                "several drops have a submission {name}; give --drop"
            ))),
        };
    }
    let case = case_id(&args.submission.to_string_lossy())?;
    care.must_know(world, session, &case).await?;
    let all = ledger::case_submissions(session, &case).await?;
    let done = all.into_iter().rev().filter(|submission| {
        submission.state == ledger::State::Done
            && submission.tally.error > 0
            && submission.purged_at.is_none()
    });
    for submission in done {
        let of = (submission.drop != case.drop_name()).then(|| case.as_str());
        let answers = ledger::case_answers(session, submission.submission_id, of).await?;
        // Whatever went wrong in the case's own folder is told of the submission.
        if of.is_none() || answers.iter().any(|a| Response::is_error_text(&a.response)) {
            tell_later(session, &case, &submission).await?;
            let name = FileName::parse(&submission.file);
            let name = name.map_err(|e| CommandError::Usage(e.to_string()))?;
            return Ok((submission.submission_id, submission.drop, name, Some(case)));
        }
    }
    Err(CommandError::Usage(format!(
        "no submission of case {case} was answered with errors"
    )))
}

/// Says what was put into the case since a submission was taken up: it may correct the same contacts.
async fn tell_later(
    session: &Session,
    case: &CaseId,
    submission: &CaseSubmission,
) -> Result<(), CommandError> {
    let files = ledger::case_files(session, case).await?;
    let later = |file: &&CaseFile| file.opened_at > submission.received_at;
    for file in files.iter().filter(later) {
        output::note(&format!(
            "note: {} was put into this case since {} was carried out; look whether it corrects the same contacts",
            file.file, submission.file
        ));
    }
    Ok(())
}

/// The case that the corrected submission goes into: the one that is named, that whose folder the original lies in, or
/// that of the faulty requests.
fn case_of(args: &ResubmitArgs, original: &Original) -> Result<CaseId, CommandError> {
    if let Some(case) = &args.case {
        return case_id(case);
    }
    if let Some(case) = CaseId::of_drop(&original.drop.name) {
        return Ok(case);
    }
    if FileName::parse(args.submission.file_name().unwrap_or_default()).is_err() {
        return case_id(&args.submission.to_string_lossy());
    }
    let mut cases: Vec<&Option<String>> = original.faulty.iter().map(|f| &f.case).collect();
    cases.sort();
    cases.dedup();
    match cases.as_slice() {
        [Some(case)] => case_id(case),
        _ => Err(CommandError::Usage(
            "the contacts with errors are of several cases, or of none; give --case with the one that they shall go into"
                .to_owned(),
        )),
    }
}

/// Asks for each contact.
fn ask(original: &Original) -> Result<Vec<Corrected>, CommandError> {
    let Some(terminal) = Terminal::here() else {
        return Err(CommandError::Usage(
            "there is no terminal to correct the contacts at; write them to a file with --to, and take them back with --from"
                .to_owned(),
        ));
    };
    terminal.say(&format!(
        "{}: {}",
        original.name,
        contacts(original.faulty.len())
    ));
    let mut corrected = Vec::new();
    for contact in &original.faulty {
        if let Some(device) = ask_one(terminal, contact)? {
            corrected.push(Corrected {
                request: contact.request,
                contact: contact.contact,
                device,
            });
        }
    }
    Ok(corrected)
}

fn ask_one(terminal: Terminal, contact: &Faulty) -> Result<Option<Listed>, CommandError> {
    terminal.say(&format!(
        "request {} contact {}: {}",
        contact.request, contact.contact, contact.response
    ));
    if let Some(value) = &contact.value {
        let kind = contact.kind.as_deref().unwrap_or("device");
        terminal.say(&format!(
            "  {}: {}",
            output::safe(kind),
            output::safe(value)
        ));
    }
    let kind = contact.kind.as_deref().and_then(DeviceKind::from_key);
    let given = || {
        let device = Listed::parse(kind?, contact.value.as_deref()?)?;
        contact.is_device.then_some(device)
    };
    let question = match given() {
        Some(_) => "  corrected (Enter: the same again; - leaves it out):",
        None => "  corrected (Enter leaves it out):",
    };
    loop {
        let text = terminal.ask(question)?;
        match (text.as_str(), given()) {
            ("-", _) | ("", None) => return Ok(None),
            ("", Some(same)) => return Ok(Some(same)),
            _ => {}
        }
        match devices::take(&text) {
            Ok(device) => return Ok(Some(device)),
            Err(hint) => terminal.say(&format!("  {hint}")),
        }
    }
}

/// The accounts that a corrected submission asks for; of the messaging product those that its drop may reach.
fn accounts_of(text: &str, drop: &DropConfig) -> Vec<String> {
    if drop.product == Product::Messaging {
        return drop.accounts.clone();
    }
    let file: serde_json::Value = serde_json::from_str(text).expect("written a moment ago");
    let requests = file["requests"].as_array().cloned().unwrap_or_default();
    let mut accounts: Vec<String> = requests
        .iter()
        .filter_map(|request| request["accountid"].as_str().map(str::to_owned))
        .collect();
    accounts.sort();
    accounts.dedup();
    accounts
}

/// A case reaches no more by a correction than [care] accounts, or where it names none the original's drop, allows.
async fn check_accounts(
    care: &Care,
    session: &Session,
    catalogue: &Catalogue,
    accounts: &[String],
    drop: &DropConfig,
) -> Result<(), CommandError> {
    if care.config.accounts.is_some() || CaseId::of_drop(&drop.name).is_some() {
        return care.check_accounts(session, catalogue, accounts).await;
    }
    let tree = load_accounts(session, catalogue, &drop.accounts).await?;
    match accounts.iter().find(|account| !tree.contains(account)) {
        None => Ok(()),
        Some(account) => Err(CommandError::Usage(format!(
            "unknown account, or none that drop {} may reach: {}; give the right one with --account. Nothing was written",
            output::safe(&drop.name),
            printable(account)
        ))),
    }
}
