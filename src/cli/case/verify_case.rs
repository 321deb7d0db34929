//! `verify --case`: is anything left of what the FORGETs of a case named?

use serde::Serialize;

use super::{Care, carried_out};
use crate::catalogue::Catalogue;
use crate::cli::arguments::{Format, Global};
use crate::cli::context::World;
use crate::cli::verify::describe;
use crate::cli::{CommandError, Outcome, output};
use crate::domain::care::CaseId;
use crate::domain::request::Action;
use crate::domain::submission::{Document, request_case};
use crate::drop::FileName;
use crate::engine::verify::Verdict;
use crate::ledger;
use crate::postgres::Session;
use crate::service::verification::{self, Search, VerificationRequest, Verified};

/// A FORGET of the case with what is left of it.
#[derive(Serialize)]
struct Shown {
    drop: String,
    file: String,
    clean: usize,
    found: usize,
    not_looked_for: usize,
    #[serde(flatten)]
    verified: Verified,
}

/// A FORGET of the case that cannot be verified.
#[derive(Serialize)]
struct NotVerified {
    drop: String,
    file: String,
    reason: String,
}

pub async fn verify(
    global: &Global,
    world: &World,
    care: &Care,
    case: &CaseId,
    search: Search,
) -> Result<Outcome, CommandError> {
    let (_connected, session) = world.connect_to_ledger().await?;
    care.must_know(world, &session, case).await?;
    let catalogue = world.catalogue(&session).await?;
    let verifier = Verifier {
        world,
        care,
        case,
        session: &session,
        catalogue: &catalogue,
        search,
    };
    let (mut all, mut not_verified) = (Vec::new(), Vec::new());
    for done in ledger::case_submissions(&session, case).await? {
        let forgotten = done.action == Action::Forget.as_str() && done.completed_at.is_some();
        let Ok(name) = FileName::parse(&done.file) else {
            continue;
        };
        if !forgotten || done.problem.is_some() || done.purged_at.is_some() {
            continue;
        }
        match verifier.verify(&done.drop, &name).await {
            Ok(None) => {}
            Ok(Some(verified)) => all.push(Shown {
                drop: done.drop,
                file: done.file,
                clean: verified.count(Verdict::Clean),
                found: verified.count(Verdict::Found),
                not_looked_for: verified.count(Verdict::NotLookedFor),
                verified,
            }),
            // A customer may have removed its file: the others are verified all the same.
            Err(error @ (CommandError::Usage(_) | CommandError::Drop(_))) => {
                not_verified.push(NotVerified {
                    drop: done.drop,
                    file: done.file,
                    reason: error.to_string(),
                });
            }
            Err(error) => return Err(error),
        }
    }
    if all.is_empty() && not_verified.is_empty() {
        return Err(CommandError::Usage(format!(
            "no FORGET of case {case} with a device that can be looked for was carried out so far"
        )));
    }
    let found = all.iter().any(|shown| shown.found > 0);
    let outcome = match (found, not_verified.is_empty()) {
        (true, _) => Outcome::Errors,
        (false, false) => Outcome::Usage,
        (false, true) => Outcome::Done,
    };
    tell(global, case, all, not_verified)?;
    Ok(outcome)
}

fn tell(
    global: &Global,
    case: &CaseId,
    all: Vec<Shown>,
    not_verified: Vec<NotVerified>,
) -> Result<(), CommandError> {
    if global.format == Format::Json {
        #[derive(Serialize)]
        struct All<'a> {
            case: &'a str,
            submissions: Vec<Shown>,
            not_verified: Vec<NotVerified>,
        }
        return output::json(&All {
            case: case.as_str(),
            submissions: all,
            not_verified,
        });
    }
    for shown in &all {
        output::line(&shown.file)?;
        describe(&shown.verified)?;
    }
    for one in &not_verified {
        output::line(&format!(
            "{}: NOT VERIFIED: {}",
            one.file,
            output::safe(&one.reason)
        ))?;
    }
    Ok(())
}

struct Verifier<'a> {
    world: &'a World,
    care: &'a Care,
    case: &'a CaseId,
    session: &'a Session,
    catalogue: &'a Catalogue,
    search: Search,
}

impl Verifier<'_> {
    /// Verifies a FORGET that was carried out; `None`: every contact of the case was refused, so nothing was forgotten.
    async fn verify(
        &self,
        drop_name: &str,
        name: &FileName,
    ) -> Result<Option<Verified>, CommandError> {
        let (drop, folder) = self
            .care
            .drop_named(self.world, self.session, self.catalogue, drop_name)
            .await?;
        let content = carried_out(self.world, self.session, drop_name, &folder, name).await?;
        let known = ledger::known(self.session, drop_name, name.as_str()).await?;
        let request = VerificationRequest {
            action: Action::Forget,
            content: &content,
            known: known.as_ref(),
            search: self.search,
        };
        let verified = verification::verify(
            &self.world.workspace,
            self.session,
            self.catalogue,
            &drop,
            request,
        );
        let Some(mut verified) = verified.await? else {
            return Ok(None);
        };
        if drop_name != self.case.drop_name() {
            // Of a customer's file only what is of this case: the rest are other consumers.
            let document =
                Document::read(content).map_err(|e| CommandError::Usage(e.to_string()))?;
            let cases: Vec<Option<String>> = document.requests().map(request_case).collect();
            verified.verification.contacts.retain(|contact| {
                let case = cases.get(contact.request.index());
                case.is_some_and(|case| case.as_deref() == Some(self.case.as_str()))
            });
        }
        let looked_for = verified.count(Verdict::Clean) + verified.count(Verdict::Found);
        Ok((looked_for > 0).then_some(verified))
    }
}
