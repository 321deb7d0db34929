//! `case resubmit`: the contacts that were answered with errors, each corrected, as a new submission.

mod corrections;
mod questions;

use super::devices::{self, Summary};
use super::id::case_id;
use super::written::Written;
use crate::catalogue::Access;
use crate::cli::arguments::{Global, ResubmitArgs};
use crate::cli::context::Context;
use crate::cli::os_user::current_os_user;
use crate::cli::{CommandError, Outcome, output};
use crate::domain::care::{CaseId, CorrectedContact, EnteredDevice};
use crate::domain::database_role::DatabaseRole;
use crate::drop::FileName;
use crate::service::cases::{
    CaseContext, CaseError, CorrectionRequest, NewSubmission, Original, OriginalRequest, original,
    prepare_correction, write,
};

pub(crate) async fn resubmit(
    global: &Global,
    context: &Context,
    cases: &CaseContext<'_>,
    args: &ResubmitArgs,
) -> Result<Outcome, CommandError> {
    let (connected, session) = context.connect_to_ledger(DatabaseRole::Care).await?;
    let catalogue = context.catalogue(&session, Access::Read).await?;
    let original = original(cases, &session, &catalogue, original_request(args)?).await?;
    for file in &original.later {
        output::note(&format!(
            "note: {file} was opened after {} was processed; check whether it corrects the same contacts",
            original.name
        ));
    }
    if let Some(path) = &args.to {
        corrections::export(&original, args, path)?;
        return Ok(Outcome::Done);
    }
    let case = case_of(args, &original)?;
    let corrected = corrected(context, args, &original)?;
    let request = CorrectionRequest {
        case: &case,
        account: args.account.as_deref(),
        short_codes: &args.short_codes,
    };
    let prepared =
        prepare_correction(cases, &session, &catalogue, &original, &corrected, &request).await?;
    // No session is held while the agent types.
    drop(session);
    let devices: Vec<EnteredDevice> = corrected.into_iter().map(|c| c.device).collect();
    let summary = Summary {
        case: case.as_str(),
        action: original.name.action(),
        accounts: &prepared.accounts,
        short_codes: &args.short_codes,
        file: prepared.name.as_str(),
    };
    devices::confirm(args.sure, &summary, &devices)?;
    let session = connected.database.session().await?;
    let new = NewSubmission {
        case: &case,
        product: original.drop.product,
        accounts: &prepared.accounts,
        received: None,
        text: prepared.text,
        name: &prepared.name,
        os_user: current_os_user(),
    };
    let file = write(cases, &session, new).await?;
    let written = Written {
        case: &case,
        file: &file,
        accounts: &prepared.accounts,
        contacts: devices.len(),
    };
    written.print(global)?;
    Ok(Outcome::Done)
}

/// The argument is the name of a submit file, or a case ID.
fn original_request(args: &ResubmitArgs) -> Result<OriginalRequest<'_>, CaseError> {
    match FileName::parse(args.submission.file_name().unwrap_or_default()) {
        Ok(name) => Ok(OriginalRequest::File {
            name,
            drop: args.drop.as_deref(),
        }),
        Err(_) => Ok(OriginalRequest::LastOf(case_id(
            &args.submission.to_string_lossy(),
        )?)),
    }
}

fn case_of(args: &ResubmitArgs, original: &Original) -> Result<CaseId, CaseError> {
    match &args.case {
        Some(case) => case_id(case),
        None => original.default_case(),
    }
}

/// The corrected contacts, from a list or from the terminal.
fn corrected(
    context: &Context,
    args: &ResubmitArgs,
    original: &Original,
) -> Result<Vec<CorrectedContact>, CommandError> {
    match &args.from {
        None => questions::ask(original),
        Some(path) => {
            let limit = context.workspace.submission.max_submission_bytes;
            Ok(original.corrections(devices::from_list(path, limit)?)?)
        }
    }
}
