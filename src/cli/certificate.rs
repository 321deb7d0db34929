//! `certificate`: what a census found of a submission, signed, for its customer; also at the end of a scrub.

use serde::Serialize;

use crate::cli::arguments::{CertificateArgs, Format, Global};
use crate::cli::context::Context;
use crate::cli::{CommandError, Outcome, output};
use crate::domain::database_role::DatabaseRole;
use crate::proof::certificate::Certificate;
use crate::service::certificate::{certify, check_key};
use crate::service::pipeline::Made;
use crate::service::subject::Subject;

#[derive(Serialize)]
struct Shown<'a> {
    file: String,
    page: String,
    /// Whether it is new; otherwise the last one says the same.
    new: bool,
    /// Whether nothing is left that time alone does not remove.
    clean: bool,
    certificate: &'a Certificate,
}

pub(crate) async fn certificate(
    global: &Global,
    args: &CertificateArgs,
) -> Result<Outcome, CommandError> {
    let mut context = Context::open(global)?;
    let workspace = &mut context.workspace;
    workspace.backup_retention = args.backup_retention.or(workspace.backup_retention);
    let (_connected, session) = context.connect_to_ledger(DatabaseRole::Engine).await?;
    let workspace = &context.workspace;
    let receipts = workspace.receipts(&session).await?;
    // Without a key, this is the error, whatever the submission.
    check_key(workspace, &receipts)?;
    let submitted = &args.submitted;
    let drop = submitted.drop.as_deref();
    let subject = Subject::find(workspace, &session, &submitted.submission, drop).await?;
    let made = certify(workspace, &session, &receipts, &subject).await?;
    let certificate = &made.certificate;
    match global.format {
        Format::Json => output::json(&Shown {
            file: certificate.file_name(),
            page: subject.name.certificate_page(certificate.ordinal),
            new: made.new,
            clean: certificate.is_clean(),
            certificate,
        })?,
        _ => describe(&subject, &made)?,
    }
    Ok(match certificate.is_clean() {
        true => Outcome::Done,
        false => Outcome::Errors,
    })
}

fn describe(subject: &Subject, made: &Made) -> Result<(), CommandError> {
    let certificate = &made.certificate;
    let mut table = output::table(&["where", "grade", "until"]);
    for said in &certificate.places {
        let until = match said.until_moment {
            Some(moment) => moment.format("%Y-%m-%d").to_string(),
            None => said.until.join("; "),
        };
        table.add_row([said.place.words(), said.grade.words(), until.as_str()]);
    }
    output::line(&table.to_string())?;
    if certificate.errors > 0 {
        output::line(&format!(
            "{} of {} contacts were answered with an error: these were not erased, and the certificate does not cover them",
            output::grouped(certificate.errors as i64),
            output::grouped(certificate.contacts as i64)
        ))?;
    }
    for blocker in &certificate.blockers {
        output::line(&format!("blocker of the last scrub: {blocker}"))?;
    }
    let name = certificate.file_name();
    let page = subject.name.certificate_page(certificate.ordinal);
    output::line(&match made.new {
        true => format!("{name}, {page}"),
        false => {
            format!("{name}, {page}: nothing has changed since, so no new certificate was made")
        }
    })
}
