//! Takes a submitted file: its name is claimed in the ledger, its content is copied into the spool.

use crate::domain::identifier::{Ordinal, SubmissionId};
use crate::domain::submission::{Document, MAX_NESTING};
use crate::drop::{FileName, Fingerprint, Refusal, TakeError};
use crate::engine::execution_log;
use crate::ledger::{self, DrawnKey, State};
use crate::postgres::fault::point;
use crate::service::name_use::NameUse;
use crate::service::pipeline::context::{SubmissionContext, TakenSubmission};
use crate::service::pipeline::error::PipelineError;

/// What a due file is.
#[derive(Debug)]
pub(crate) enum Pickup {
    /// This process is to process it.
    Taken(TakenSubmission),
    /// The same name with the same content was processed before: nothing happens.
    DoneBefore,
    /// Another process processes it.
    Elsewhere,
    /// The same name with other content; the answer's file name.
    Duplicate(String),
    Unsettled,
    Gone,
    Refused(Refusal),
}

impl SubmissionContext<'_> {
    /// Takes a due file that has settled as `fingerprint` says.
    pub(crate) async fn pick_up(
        &self,
        name: &FileName,
        fingerprint: &Fingerprint,
    ) -> Result<Pickup, PipelineError> {
        let known = ledger::known(self.session, &self.drop.config.name, name.as_str()).await?;
        let limit = self.settings.max_submission_bytes;
        let digest = |key: &[u8; 32]| self.drop.folder.digest(name, fingerprint, limit, key);
        match NameUse::of(known, self.keyring, digest)? {
            Ok(NameUse::Free) => self.pick_up_new(name, fingerprint).await,
            Ok(NameUse::Claimed(known)) => {
                self.take_again(name, fingerprint, known.submission_id)
                    .await
            }
            Ok(NameUse::SameContent(_)) => Ok(Pickup::DoneBefore),
            Ok(NameUse::OtherContent(known) | NameUse::Purged(known)) => {
                self.answer_duplicate(name, fingerprint, known.submission_id)
                    .await
            }
            Err(TakeError::Refused(refusal)) => Ok(Pickup::Refused(refusal)),
            Err(TakeError::Unsettled) => Ok(Pickup::Unsettled),
            Err(TakeError::Gone) => Ok(Pickup::Gone),
            Err(error) => Err(error.into()),
        }
    }

    async fn pick_up_new(
        &self,
        name: &FileName,
        fingerprint: &Fingerprint,
    ) -> Result<Pickup, PipelineError> {
        let drawn = self.keyring.draw(&self.drop.config.name)?;
        let now = self.clock.now();
        point!(self.session, "claim.before");
        let claimed = ledger::claim(
            self.session,
            &self.drop.config.name,
            name.as_str(),
            name.action(),
            &drawn.sealed,
            now,
        )
        .await?;
        point!(self.session, "claim.after");
        let Some(submission_id) = claimed else {
            return Ok(Pickup::Elsewhere);
        };
        self.take(
            TakenSubmission {
                submission_id,
                name: name.clone(),
                key: drawn.key,
            },
            fingerprint,
        )
        .await
    }

    /// Copies the file into the spool; a file that cannot be taken gives its name back.
    async fn take(
        &self,
        taken: TakenSubmission,
        fingerprint: &Fingerprint,
    ) -> Result<Pickup, PipelineError> {
        let id = taken.submission_id;
        let spooled = self.drop.folder.take(
            &taken.name,
            fingerprint,
            self.settings.max_submission_bytes,
            &self.stores.spool,
            id,
        );
        let refused = match spooled {
            Ok(_) => match Document::check_nesting(&self.read_spool(id)?) {
                Ok(()) => None,
                Err(_) => Some(Pickup::Refused(Refusal::TooDeep {
                    limit: MAX_NESTING as u32,
                })),
            },
            Err(TakeError::Refused(refusal)) => Some(Pickup::Refused(refusal)),
            Err(TakeError::Unsettled) => Some(Pickup::Unsettled),
            Err(TakeError::Gone) => Some(Pickup::Gone),
            Err(error) => {
                self.withdraw(id).await?;
                return Err(error.into());
            }
        };
        if let Some(refused) = refused {
            self.withdraw(id).await?;
            return Ok(refused);
        }
        let digest = self.stores.spool.digest(id, &taken.key)?;
        point!(self.session, "digest.before");
        ledger::set_digest(self.session, id, &digest).await?;
        point!(self.session, "digest.after");
        Ok(Pickup::Taken(taken))
    }

    /// Withdraws a submission that was not processed at all: its name is free again, its file stays.
    pub(crate) async fn withdraw(&self, submission_id: SubmissionId) -> Result<(), PipelineError> {
        self.stores.spool.remove(submission_id)?;
        point!(self.session, "withdraw.before");
        ledger::withdraw(self.session, submission_id).await?;
        point!(self.session, "withdraw.after");
        Ok(ledger::unlock(self.session, submission_id).await?)
    }

    /// A process ended between claiming the name and taking the content.
    async fn take_again(
        &self,
        name: &FileName,
        fingerprint: &Fingerprint,
        submission_id: SubmissionId,
    ) -> Result<Pickup, PipelineError> {
        if !ledger::lock(self.session, submission_id).await? {
            return Ok(Pickup::Elsewhere);
        }
        self.withdraw(submission_id).await?;
        self.pick_up_new(name, fingerprint).await
    }

    /// Answers other content under a used name, once per content.
    async fn answer_duplicate(
        &self,
        name: &FileName,
        fingerprint: &Fingerprint,
        submission_id: SubmissionId,
    ) -> Result<Pickup, PipelineError> {
        let limit = self.settings.max_submission_bytes;
        let earlier = ledger::duplicates(self.session, submission_id).await?;
        for duplicate in &earlier {
            let Some(digest) = &duplicate.digest else {
                continue;
            };
            let (key, digest) = self.keyring.open_digest(digest)?;
            if self.drop.folder.digest(name, fingerprint, limit, &key)? == digest {
                return self
                    .publish_duplicate(name, submission_id, duplicate.ordinal, duplicate.answered)
                    .await;
            }
        }
        let ordinal = earlier
            .last()
            .map_or(Ordinal::FIRST, |last| last.ordinal.next());
        let DrawnKey { key, sealed } = self.keyring.draw(&self.drop.config.name)?;
        let digest = self.drop.folder.digest(name, fingerprint, limit, &key)?;
        point!(self.session, "duplicate.before");
        let sealed = sealed.bytes();
        ledger::add_duplicate(self.session, submission_id, ordinal, sealed, &digest).await?;
        point!(self.session, "duplicate.after");
        self.publish_duplicate(name, submission_id, ordinal, false)
            .await
    }

    async fn publish_duplicate(
        &self,
        name: &FileName,
        submission_id: SubmissionId,
        ordinal: Ordinal,
        answered: bool,
    ) -> Result<Pickup, PipelineError> {
        let result = name.duplicate(ordinal.number());
        if !answered {
            self.drop
                .folder
                .publish(&result, |out| execution_log::write_duplicate(out))?;
            point!(self.session, "duplicate.published");
            // Noted first: once it counts as answered it is not visited again, and purge removes noted files only.
            let now = self.clock.now();
            ledger::note_result(self.session, submission_id, &result, None, Some(now)).await?;
            point!(self.session, "duplicate.noted");
            ledger::answer_duplicate(self.session, submission_id, ordinal, now).await?;
        }
        Ok(Pickup::Duplicate(result))
    }

    /// Takes over a submission that another run began; `None`: another process has it, or nothing of it was taken.
    pub(crate) async fn resume(
        &self,
        submission_id: SubmissionId,
        name: &FileName,
    ) -> Result<Option<TakenSubmission>, PipelineError> {
        if !ledger::lock(self.session, submission_id).await? {
            return Ok(None);
        }
        let known = ledger::known(self.session, &self.drop.config.name, name.as_str()).await?;
        let Some(known) = known else {
            ledger::unlock(self.session, submission_id).await?;
            return Ok(None);
        };
        if known.state == State::Done {
            ledger::unlock(self.session, submission_id).await?;
            return Ok(None);
        }
        let Some(digest) = &known.digest else {
            // Its content was never taken: the file, if it is still there, is taken as a new one.
            self.withdraw(submission_id).await?;
            return Ok(None);
        };
        let (key, digest) = self.keyring.open_digest(digest)?;
        let taken = TakenSubmission {
            submission_id,
            name: name.clone(),
            key,
        };
        match self.spool_holds(submission_id, &key, &digest)? {
            true => Ok(Some(taken)),
            false => self.take_back(taken, &digest).await.map(Some),
        }
    }

    /// Whether the spool has the content that was taken.
    fn spool_holds(
        &self,
        submission_id: SubmissionId,
        key: &[u8; 32],
        digest: &[u8; 32],
    ) -> Result<bool, PipelineError> {
        let id = submission_id;
        Ok(self.stores.spool.contains(id)? && self.stores.spool.digest(id, key)? == *digest)
    }

    /// The spool has no copy (another host may have it): the file in the drop is used if it is the same.
    async fn take_back(
        &self,
        taken: TakenSubmission,
        digest: &[u8; 32],
    ) -> Result<TakenSubmission, PipelineError> {
        let look = self.drop.folder.look()?;
        let fingerprint = look.iter().find_map(|entry| match entry {
            crate::drop::Entry::Proper {
                name,
                state: crate::drop::State::Plain(fingerprint),
            } if *name == taken.name => Some(*fingerprint),
            _ => None,
        });
        let lost = |taken| Err(PipelineError::Lost(Box::new(taken)));
        let Some(fingerprint) = fingerprint else {
            return lost(taken);
        };
        let limit = self.settings.max_submission_bytes;
        // A file that is too large, or changes, is not the same either.
        match self.drop.folder.take(
            &taken.name,
            &fingerprint,
            limit,
            &self.stores.spool,
            taken.submission_id,
        ) {
            Ok(_) => {}
            Err(TakeError::Refused(_) | TakeError::Unsettled | TakeError::Gone) => {
                return lost(taken);
            }
            Err(error) => return Err(error.into()),
        }
        if self.stores.spool.digest(taken.submission_id, &taken.key)? != *digest {
            self.stores.spool.remove(taken.submission_id)?;
            return lost(taken);
        }
        Ok(taken)
    }
}
