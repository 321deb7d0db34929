//! `certificate`: what a census found of a submission, signed, for its customer; also at the end of a scrub.

use serde::Serialize;

use crate::cli::arguments::{CertificateArgs, Format, Global};
use crate::cli::context::World;
use crate::cli::subject::{Subject, changed_columns};
use crate::cli::{CommandError, Outcome, output};
use crate::domain::census::Census;
use crate::drop::FileName;
use crate::erasure::census::{self, CensusOptions};
use crate::erasure::scrub::ScrubReport;
use crate::ledger;
use crate::postgres::Session;
use crate::proof::certificate::Certificate;
use crate::proof::receipt::SigningKey;
use crate::service::pipeline::{Certified, Certifier, Made, Receipts};
use crate::service::workspace::open_drop;

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

pub async fn certificate(global: &Global, args: &CertificateArgs) -> Result<Outcome, CommandError> {
    let mut world = World::open(global)?;
    world.config.backup_retention = args.backup_retention.or(world.config.backup_retention);
    let (_connected, session) = world.connect_to_ledger().await?;
    let receipts = world.receipts(&session).await?;
    let Some(key) = &receipts.key else {
        return Err(CommandError::Usage(format!(
            "there is no key {}; a certificate that is not signed proves nothing: make a key with `lethe keygen`, or look with `lethe census`",
            world.receipt_key()?.display()
        )));
    };
    let subject = Subject::of(&world, &session, &args.submitted).await?;
    may_be_certified(&session, &subject).await?;
    let columns = changed_columns(&world, &session).await?;
    let made = certify(&world, &session, (key, &receipts), &subject, &columns).await?;
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

/// Whether something was carried out that a certificate can speak of, and there is a place for it.
async fn may_be_certified(session: &Session, subject: &Subject) -> Result<(), CommandError> {
    let facts = ledger::certificate_facts(session, subject.named.submission_id).await?;
    let file = subject.name.as_str();
    let why = match facts {
        Some(facts) if facts.folder_purged => {
            "was purged with its case, and nothing appears there any more"
        }
        Some(facts) if facts.unreadable => "could not be read, so nothing was carried out",
        Some(facts) if facts.errors >= facts.contacts => {
            "was answered with errors only, so nothing of it was erased"
        }
        _ => return Ok(()),
    };
    Err(CommandError::Usage(format!(
        "{file} {why}; `lethe census` says what is left of other submissions"
    )))
}

/// Certifies the FORGETs that changed some of these tables and of which a scrub has something new to say; how many got one
/// stands in the scrub afterwards. What cannot be published is said.
pub async fn after_a_scrub(
    world: &World,
    session: &Session,
    receipts: &Receipts,
    scrubbed: &mut ScrubReport,
    tables: &[String],
) -> Result<(), CommandError> {
    let due = ledger::certifiable(session, tables, scrubbed.level).await?;
    if due.is_empty() {
        return Ok(());
    }
    let Some(key) = &receipts.key else {
        output::note(
            "no certificates: there is no key to sign them with; `lethe keygen` makes one (docs/how-to/erasing-below-sql.md)",
        );
        return Ok(());
    };
    let columns = changed_columns(world, session).await?;
    for due in due {
        let file = format!("{}/{}", output::safe(&due.drop), output::safe(&due.file));
        let Ok(name) = FileName::parse(&due.file) else {
            continue;
        };
        let named = ledger::named(session, &due.file).await?;
        let Some(named) = named
            .into_iter()
            .find(|n| n.submission_id == due.submission_id)
        else {
            continue;
        };
        let subject = Subject::known(world, session, name, named, None).await?;
        match certify(world, session, (key, receipts), &subject, &columns).await {
            Ok(made) => scrubbed.certificates += usize::from(made.new),
            Err(error) if error.is_lost_connection() => return Err(error),
            Err(error @ CommandError::Usage(_)) => {
                output::note(&format!("no certificate for {file}: {error}"))
            }
            Err(error) => {
                output::note(&format!("error: no certificate for {file}: {error}"));
                scrubbed.uncertified = true;
            }
        }
    }
    Ok(())
}

async fn certify(
    world: &World,
    session: &Session,
    (key, receipts): (&SigningKey, &Receipts),
    subject: &Subject,
    columns: &[(String, String)],
) -> Result<Made, CommandError> {
    let Some(drop) = &subject.drop else {
        return Err(CommandError::Usage(
            "no configuration names its drop, so nobody knows where to put it".to_owned(),
        ));
    };
    let folder = open_drop(drop)?;
    let wanted = CensusOptions {
        submission_id: Some(subject.named.submission_id),
        submission: subject.submission.as_ref(),
        columns,
        backup_retention: world.config.backup_retention,
        retention_days: world.config.retention_days(),
        now: world.clock.now(),
    };
    let census: Census = census::take(session, &wanted).await?;
    let certifier = Certifier {
        session,
        key,
        store: &receipts.store,
        now: world.clock.now(),
        backup_retention: world.config.backup_retention,
    };
    let certified = Certified {
        submission_id: subject.named.submission_id,
        name: &subject.name,
        drop_name: &subject.named.drop,
        folder: &folder,
    };
    Ok(certifier.certify(&certified, &census).await?)
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
            "{} of {} contacts were answered with an error: these were not erased, and it does not speak of them",
            output::grouped(certificate.errors as i64),
            output::grouped(certificate.contacts as i64)
        ))?;
    }
    for blocker in &certificate.blockers {
        output::line(&format!("stood in the way: {blocker}"))?;
    }
    let name = certificate.file_name();
    let page = subject.name.certificate_page(certificate.ordinal);
    output::line(&match made.new {
        true => format!("{name}, {page}"),
        false => format!("{name}, {page}: they say the same already, so nothing was made"),
    })
}
