//! `case open`: a new submission, written into the case after its devices are confirmed.

use super::devices::{self, Summary};
use super::id::case_id;
use super::written::Written;
use crate::cli::arguments::{Global, OpenArgs};
use crate::cli::context::Context;
use crate::cli::os_user::current_os_user;
use crate::cli::{CommandError, Outcome};
use crate::domain::care::{Draft, submit_file};
use crate::domain::database_role::DatabaseRole;
use crate::domain::request::Action;
use crate::service::cases::{CaseContext, NewSubmission, OpenRequest, prepare_opening, write};

pub(crate) async fn open(
    global: &Global,
    context: &Context,
    cases: &CaseContext<'_>,
    args: &OpenArgs,
) -> Result<Outcome, CommandError> {
    let case = case_id(&args.case)?;
    let action = match args.forget {
        true => Action::Forget,
        false => Action::Export,
    };
    let request = OpenRequest {
        case: &case,
        action,
        product: args.product,
        accounts: &args.accounts,
        short_codes: &args.short_codes,
        received: args.received,
    };
    request.check(cases)?;
    let (connected, session) = context.connect_to_ledger(DatabaseRole::Care).await?;
    let prepared = prepare_opening(cases, &session, &request).await?;
    // No session is held while the agent types.
    drop(session);

    let limit = context.workspace.submission.max_submission_bytes;
    let devices = devices::gather(args, limit)?;
    let summary = Summary {
        case: case.as_str(),
        action,
        accounts: &prepared.accounts,
        short_codes: &args.short_codes,
        file: prepared.name.as_str(),
    };
    devices::confirm(args.sure, &summary, &devices)?;
    let draft = Draft {
        case: case.as_str(),
        action,
        product: prepared.product,
        accounts: &prepared.accounts,
        short_codes: &args.short_codes,
    };
    let session = connected.database.session().await?;
    let new = NewSubmission {
        case: &case,
        product: prepared.product,
        accounts: &prepared.accounts,
        received: args.received,
        text: submit_file(&draft, &devices),
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
