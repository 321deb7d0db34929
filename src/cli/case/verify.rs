//! `verify --case`: is anything left of the devices of the case's FORGETs?

use serde::Serialize;

use crate::cli::arguments::{Format, Global};
use crate::cli::context::Context;
use crate::cli::verify::describe;
use crate::cli::{CommandError, Outcome, output};
use crate::domain::care::CaseId;
use crate::domain::database_role::DatabaseRole;
use crate::engine::verify::Verdict;
use crate::service::cases::{
    CaseContext, CaseVerification, UnverifiedSubmission, VerifiedSubmission, verify_case,
};
use crate::service::verification::{Search, Verified};

pub(crate) async fn verify(
    global: &Global,
    context: &Context,
    cases: &CaseContext<'_>,
    case: &CaseId,
    search: Search<'_>,
) -> Result<Outcome, CommandError> {
    let (_connected, session) = context.connect_to_ledger(DatabaseRole::Care).await?;
    let verification = verify_case(cases, &session, case, search).await?;
    if global.format == Format::Json {
        print_json(case, &verification)?;
    } else {
        print(&verification)?;
    }
    Ok(verification.outcome())
}

fn print(verification: &CaseVerification) -> Result<(), CommandError> {
    for submission in &verification.verified {
        output::line(&submission.file)?;
        describe(&submission.verified)?;
    }
    for submission in &verification.unverified {
        output::line(&format!(
            "{}: NOT VERIFIED: {}",
            submission.file, submission.reason
        ))?;
    }
    Ok(())
}

#[derive(Serialize)]
struct VerificationJson<'a> {
    case: &'a str,
    submissions: Vec<VerifiedJson<'a>>,
    not_verified: Vec<UnverifiedJson<'a>>,
}

#[derive(Serialize)]
struct VerifiedJson<'a> {
    drop: &'a str,
    file: &'a str,
    clean: usize,
    incomplete: usize,
    possible: usize,
    found: usize,
    not_looked_for: usize,
    #[serde(flatten)]
    verified: &'a Verified,
}

#[derive(Serialize)]
struct UnverifiedJson<'a> {
    drop: &'a str,
    file: &'a str,
    reason: &'a str,
}

impl<'a> VerifiedJson<'a> {
    fn new(submission: &'a VerifiedSubmission) -> VerifiedJson<'a> {
        let verified = &submission.verified;
        VerifiedJson {
            drop: &submission.drop,
            file: &submission.file,
            clean: verified.count(Verdict::Clean),
            incomplete: verified.count(Verdict::Incomplete),
            possible: verified.count(Verdict::Possible),
            found: verified.count(Verdict::Found),
            not_looked_for: verified.count(Verdict::NotLookedFor),
            verified,
        }
    }
}

impl<'a> UnverifiedJson<'a> {
    fn new(submission: &'a UnverifiedSubmission) -> UnverifiedJson<'a> {
        UnverifiedJson {
            drop: &submission.drop,
            file: &submission.file,
            reason: &submission.reason,
        }
    }
}

fn print_json(case: &CaseId, verification: &CaseVerification) -> Result<(), CommandError> {
    output::json(&VerificationJson {
        case: case.as_str(),
        submissions: verification
            .verified
            .iter()
            .map(VerifiedJson::new)
            .collect(),
        not_verified: verification
            .unverified
            .iter()
            .map(UnverifiedJson::new)
            .collect(),
    })
}
