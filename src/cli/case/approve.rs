//! `case approve`: approves a pending submission by the digest of its preview.

use serde::Serialize;

use crate::cli::arguments::{Format, Global};
use crate::cli::context::Context;
use crate::cli::os_user::current_os_user;
use crate::cli::{CommandError, Outcome, output};
use crate::domain::care::CaseId;
use crate::domain::database_role::DatabaseRole;
use crate::service::cases::{
    Approval, ApprovalRefusal, CaseContext, Decision, DualControlViolation, approve as decide,
    require_known,
};

pub(crate) async fn approve(
    global: &Global,
    context: &Context,
    cases: &CaseContext<'_>,
    case: &CaseId,
    digest: &str,
) -> Result<Outcome, CommandError> {
    let (_connected, session) = context.connect_to_ledger(DatabaseRole::Care).await?;
    require_known(cases, &session, case).await?;
    match decide(cases, &session, case, digest, current_os_user()).await? {
        Decision::Approved(approval) => {
            print(global, case, &approval)?;
            Ok(Outcome::Done)
        }
        Decision::Refused(refusal) => {
            let refused = refusal.to_string();
            output::note(&format!(
                "error: nothing was approved\n  detail: {refused}\n  hint: {}",
                hint(case, &refusal)
            ));
            if global.format == Format::Json {
                output::json(&serde_json::json!({ "case": case.as_str(), "refused": refused }))?;
            }
            Ok(Outcome::Errors)
        }
    }
}

fn hint(case: &CaseId, refusal: &ApprovalRefusal) -> String {
    use DualControlViolation::{Changed, NotOpened, OtherContent, SameOperator};
    match refusal {
        ApprovalRefusal::NothingPending
        | ApprovalRefusal::UnknownDigest
        | ApprovalRefusal::DualControl(OtherContent { .. }) => {
            format!("run `lethe case preview {}`", output::quoted(case.as_str()))
        }
        ApprovalRefusal::DualControl(NotOpened { .. } | Changed { .. }) => {
            "open the case again with `lethe case open`".to_owned()
        }
        ApprovalRefusal::DualControl(SameOperator { .. }) => {
            "have somebody else approve it".to_owned()
        }
    }
}

#[derive(Serialize)]
struct ApprovalJson<'a> {
    case: &'a str,
    drop: &'a str,
    file: &'a str,
    digest: &'a str,
    user: &'a str,
    database_user: &'a str,
}

fn print(global: &Global, case: &CaseId, approval: &Approval) -> Result<(), CommandError> {
    let user = &approval.operator.os_user.name;
    let database_user = &approval.operator.database_user;
    if global.format == Format::Json {
        return output::json(&ApprovalJson {
            case: case.as_str(),
            drop: &approval.drop,
            file: approval.file.as_str(),
            digest: &approval.digest,
            user,
            database_user,
        });
    }
    output::line(&format!(
        "{}: approved by {} (database: {})",
        approval.file,
        output::safe(user),
        output::safe(database_user)
    ))?;
    output::line(&format!(
        "next: lethe case run {}",
        output::quoted(case.as_str())
    ))
}
