//! Certificates: of one FORGET, and of all that a scrub has something new to report about.

use crate::domain::text::printable;
use crate::erasure::scrub::ScrubReport;
use crate::ledger::{self, Certifiable};
use crate::postgres::Session;
use crate::proof::receipt::{SigningKey, Store};
use crate::service::ServiceError;
use crate::service::census::census;
use crate::service::pipeline::{Certified, Certifier, Made, PipelineError, Receipts};
use crate::service::report::{Message, Reporter};
use crate::service::subject::{Subject, changed_columns};
use crate::service::workspace::{Workspace, open_drop};

/// Issues certificates with a key.
struct Issuer<'a> {
    workspace: &'a Workspace,
    session: &'a Session,
    key: &'a SigningKey,
    store: &'a Store,
    /// The columns that FORGETs change.
    columns: &'a [(String, String)],
}

/// What a scrub did.
pub(crate) struct Scrubbed<'a> {
    /// The tables about which it has something new to report.
    pub tables: &'a [String],
    /// The columns that FORGETs change.
    pub columns: &'a [(String, String)],
    pub report: &'a mut ScrubReport,
}

/// Certifies a FORGET. If nothing changed since its last certificate, that one is returned.
pub(crate) async fn certify(
    workspace: &Workspace,
    session: &Session,
    receipts: &Receipts,
    subject: &Subject,
) -> Result<Made, ServiceError> {
    let key = check_key(workspace, receipts)?;
    check_certifiable(session, subject).await?;
    let issuer = Issuer {
        workspace,
        session,
        key,
        store: &receipts.store,
        columns: &changed_columns(workspace, session).await?,
    };
    issuer.certify(subject).await
}

/// Certifies the FORGETs that changed some of these tables and about which a scrub has something new to report. The report
/// then says how many certificates were issued, and whether any failed.
///
/// # Errors
/// An error that concerns one submission is reported, and the others are certified. Any other error ends it.
pub(crate) async fn certify_after_scrub(
    workspace: &Workspace,
    session: &Session,
    receipts: &Receipts,
    scrubbed: Scrubbed<'_>,
    reporter: &dyn Reporter,
) -> Result<(), ServiceError> {
    let Scrubbed {
        tables,
        columns,
        report,
    } = scrubbed;
    let due = ledger::certifiable(session, tables, report.level).await?;
    if due.is_empty() {
        return Ok(());
    }
    let Some(key) = &receipts.key else {
        reporter.report(
            Message::note("no certificates are issued")
                .detail("there is no key to sign them with")
                .hint("`lethe keygen` makes one (docs/how-to/erasing-below-sql.md)"),
        );
        return Ok(());
    };
    let issuer = Issuer {
        workspace,
        session,
        key,
        store: &receipts.store,
        columns,
    };
    for due in due {
        let file = format!("{}/{}", printable(&due.drop), due.file);
        match issuer.certify_due(&due).await {
            Ok(None) => {}
            Ok(Some(made)) => report.certificates += usize::from(made.new),
            Err(error @ ServiceError::Usage(_)) => {
                let message = Message::note(format!("no certificate for {file}"));
                reporter.report(message.detail(error));
            }
            Err(error) if is_about_submission(&error) => {
                let message = Message::error(format!("no certificate for {file}"));
                reporter.report(message.detail(error));
                report.uncertified = true;
            }
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Whether an error concerns the drop or the documents of one submission, so that others can still be certified.
fn is_about_submission(error: &ServiceError) -> bool {
    matches!(
        error,
        ServiceError::Drop(_)
            | ServiceError::Pipeline(
                PipelineError::Drop(_) | PipelineError::Publish(_) | PipelineError::ForeignReceipt
            )
    )
}

/// The key that signs certificates.
pub(crate) fn check_key<'a>(
    workspace: &Workspace,
    receipts: &'a Receipts,
) -> Result<&'a SigningKey, ServiceError> {
    match &receipts.key {
        Some(key) => Ok(key),
        None => Err(ServiceError::Usage(format!(
            "cannot sign certificates\n  detail: there is no key {}\n  hint: make a key with `lethe keygen`, or use `lethe census`",
            workspace.receipt_key()?.display()
        ))),
    }
}

/// Whether something was carried out that a certificate can cover, and whether it can be published.
async fn check_certifiable(session: &Session, subject: &Subject) -> Result<(), ServiceError> {
    let facts = ledger::certificate_facts(session, subject.named.submission_id).await?;
    let why = match facts {
        Some(facts) if facts.folder_purged => {
            "was purged with its case, so a certificate cannot be published"
        }
        Some(facts) if facts.unreadable => "could not be read, so nothing was carried out",
        Some(facts) if facts.errors >= facts.contacts => {
            "was answered with errors only, so nothing was erased"
        }
        _ => return Ok(()),
    };
    Err(ServiceError::Usage(format!(
        "{} {why}\n  hint: `lethe census` shows what is left of other submissions",
        subject.name
    )))
}

impl Issuer<'_> {
    /// Certifies a FORGET after a scrub; `None`: the ledger does not know it any more.
    async fn certify_due(&self, due: &Certifiable) -> Result<Option<Made>, ServiceError> {
        let found = ledger::named(self.session, due.file.as_str()).await?;
        let mut found = found.into_iter();
        let Some(named) = found.find(|n| n.submission_id == due.submission_id) else {
            return Ok(None);
        };
        let subject =
            Subject::known(self.workspace, self.session, due.file.clone(), named, None).await?;
        self.certify(&subject).await.map(Some)
    }

    async fn certify(&self, subject: &Subject) -> Result<Made, ServiceError> {
        let Some(drop) = &subject.drop else {
            return Err(ServiceError::Usage(
                "the folder of its drop is not known\n  hint: configure the drop".to_owned(),
            ));
        };
        let folder = open_drop(drop)?;
        let (workspace, session) = (self.workspace, self.session);
        let census = census(workspace, session, Some(subject), self.columns).await?;
        let certifier = Certifier {
            session: self.session,
            key: self.key,
            store: self.store,
            clock: &self.workspace.clock,
            backup_retention: self.workspace.backup_retention,
        };
        let certified = Certified {
            submission_id: subject.named.submission_id,
            name: &subject.name,
            drop_name: &subject.named.drop,
            folder: &folder,
        };
        Ok(certifier.certify(&certified, &census).await?)
    }
}
