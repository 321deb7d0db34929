//! Certificates: made in the transaction that appends them to the chain of the drop, and published from the ledger. None is
//! made that says the same as the last one of its submission.

use std::time::Duration;

use data_encoding::HEXLOWER;
use sha2::{Digest as _, Sha256};

use crate::domain::census::Census;
use crate::domain::clock::{Clock, ClockSource, second_of};
use crate::domain::identifier::{Ordinal, SubmissionId};
use crate::drop::{DropFolder, FileName};
use crate::ledger::{self, CertificateFacts, LedgerCertificate};
use crate::postgres::Session;
use crate::proof::certificate::{
    self, Certificate, FORMAT, OperatorCertificate, Statement, meanings, page,
};
use crate::proof::receipt::{self, CopyPlace, SigningKey, Store};
use crate::service::pipeline::error::PipelineError;

/// Certifies with the key and the folder of the operator.
pub(crate) struct Certifier<'a> {
    pub(crate) session: &'a Session,
    pub(crate) key: &'a SigningKey,
    pub(crate) store: &'a Store,
    pub(crate) clock: &'a Clock,
    pub(crate) backup_retention: Option<Duration>,
}

/// A submission with its drop.
pub(crate) struct Certified<'a> {
    pub(crate) submission_id: SubmissionId,
    pub(crate) name: &'a FileName,
    pub(crate) drop_name: &'a str,
    pub(crate) folder: &'a DropFolder,
}

/// The certificate of a submission.
#[derive(Debug)]
pub(crate) struct Made {
    pub(crate) certificate: Certificate,
    /// Whether it is new; otherwise the last one says the same.
    pub(crate) new: bool,
}

impl Certifier<'_> {
    /// Certifies what a census of a submission found.
    pub(crate) async fn certify(
        &self,
        of: &Certified<'_>,
        census: &Census,
    ) -> Result<Made, PipelineError> {
        let earlier = ledger::certificates(self.session, of.submission_id).await?;
        for left in earlier.iter().filter(|earlier| !earlier.published) {
            self.publish(of, left).await?;
        }
        self.session.begin().await?;
        let made = match self.place(of, census).await {
            Ok(made) => {
                self.session.commit().await?;
                made
            }
            Err(error) => {
                // The first error says more than that of a lost session.
                let _ = self.session.rollback().await;
                return Err(error);
            }
        };
        let (certificate, new) = made;
        if let Some(new) = &new {
            self.publish(of, new).await?;
        }
        Ok(Made {
            certificate,
            new: new.is_some(),
        })
    }

    /// Makes it and appends it to its chain, unless the last one says the same; in the caller's transaction.
    async fn place(
        &self,
        of: &Certified<'_>,
        census: &Census,
    ) -> Result<(Certificate, Option<LedgerCertificate>), PipelineError> {
        let chain_name = receipt::chain_name(of.drop_name);
        let end = ledger::hold_certificate_chain(self.session, chain_name).await?;
        let facts = ledger::certificate_facts(self.session, of.submission_id).await?;
        let (Some(end), Some(facts)) = (end, facts) else {
            return Err(PipelineError::ForeignReceipt);
        };
        let says = Statement::of(census, self.backup_retention);
        // Read under the lock of the chain: another process may have made it first.
        let earlier = ledger::certificates(self.session, of.submission_id).await?;
        let last = earlier.last().map(|last| read(&last.content)).transpose()?;
        if let Some(last) = last.filter(|last| last.statement() == says) {
            return Ok((last, None));
        }
        let ordinal = next_ordinal(&earlier);
        let mut certificate = Certificate {
            lethe_certificate: FORMAT,
            chain: end.chain.clone(),
            number: end.number.next().number(),
            previous: end.head.map(|head| HEXLOWER.encode(&head)),
            submission: of.name.as_str().to_owned(),
            ordinal: ordinal.number(),
            receipt: facts.receipt.as_deref().map(receipt::hash),
            answered: facts.answered_at.map(second_of),
            contacts: facts.contacts as u64,
            errors: facts.errors as u64,
            taken: second_of(self.clock.now()),
            clock: Some(self.clock_of(&facts)),
            server_clock: Some(second_of(facts.server_clock)),
            lethe: env!("CARGO_PKG_VERSION").to_owned(),
            tables: says.tables,
            searched: says.searched,
            places: says.places,
            backups: says.backups,
            blockers: says.blockers,
            grades: meanings(),
            page: String::new(),
            key: self.key.public().fingerprint(),
        };
        let page = page(&certificate);
        certificate.page = receipt::hash(&page);
        let content = receipt::sign(&certificate, self.key);
        let operator_copy = operator_copy(&certificate, &content, chain_name, facts, census);
        let made = LedgerCertificate {
            ordinal,
            page,
            operator_copy: receipt::sign(&operator_copy, self.key),
            published: false,
            content,
        };
        let hash = Sha256::digest(made.content.as_bytes()).into();
        let (id, level) = (of.submission_id, census.level);
        ledger::add_certificate(self.session, id, &end, level, &made, &hash).await?;
        Ok((certificate, Some(made)))
    }

    /// The clock of a certificate is the system's only if that of the submission was too.
    fn clock_of(&self, facts: &CertificateFacts) -> ClockSource {
        match self.clock.source() {
            ClockSource::LetheNow => ClockSource::LetheNow,
            ClockSource::System => facts.clock,
        }
    }

    /// Keeps the operator's copies, then publishes the page and, last, the certificate.
    async fn publish(
        &self,
        of: &Certified<'_>,
        made: &LedgerCertificate,
    ) -> Result<(), PipelineError> {
        let read = read(&made.content)?;
        let chain_name = receipt::chain_name(of.drop_name);
        let place = CopyPlace {
            chain_name,
            chain: &read.chain,
            number: read.number,
        };
        let ordinal = made.ordinal.number();
        let (name, page) = (
            of.name.certificate(ordinal),
            of.name.certificate_page(ordinal),
        );
        self.store
            .keep_as(place, &name, &made.content, &made.operator_copy)?;
        for (name, text) in [(&page, &made.page), (&name, &made.content)] {
            of.folder
                .publish(name, |out| out.write_all(text.as_bytes()))?;
            ledger::note_published(self.session, of.submission_id, name, self.clock.now()).await?;
        }
        ledger::certificate_published(
            self.session,
            of.submission_id,
            made.ordinal,
            self.clock.now(),
        )
        .await?;
        Ok(())
    }
}

/// What the operator keeps beside a certificate, whose signed text is `content`.
fn operator_copy(
    certificate: &Certificate,
    content: &str,
    chain_name: &str,
    facts: CertificateFacts,
    census: &Census,
) -> OperatorCertificate {
    OperatorCertificate {
        lethe_operator_certificate: certificate::FORMAT,
        certificate: receipt::hash(content),
        chain: certificate.chain.clone(),
        number: certificate.number,
        submission: certificate.submission.clone(),
        drop: chain_name.to_owned(),
        database: facts.database,
        server: facts.server,
        wal_clean_from: census.files_clean.as_ref().map(|c| c.position.clone()),
        census: census.clone(),
        key: certificate.key.clone(),
    }
}

fn next_ordinal(earlier: &[LedgerCertificate]) -> Ordinal {
    let last = earlier.last();
    last.map_or(Ordinal::FIRST, |last| last.ordinal.next())
}

fn read(content: &str) -> Result<Certificate, PipelineError> {
    match receipt::read(content.to_owned()) {
        Ok(signed) => Ok(signed.content),
        Err(_) => Err(PipelineError::ForeignReceipt),
    }
}
