//! What the case services share.

use chrono::NaiveDate;

use crate::drop::CaseFolders;
use crate::ledger::{self, Policy};
use crate::postgres::{DatabaseError, Session};
use crate::service::cases::error::CaseError;
use crate::service::settings::CareConfig;
use crate::service::workspace::Workspace;

/// The workspace, with the configuration of the cases and the open folder that holds their folders.
pub(crate) struct CaseContext<'a> {
    pub(super) workspace: &'a Workspace,
    pub(super) config: &'a CareConfig,
    pub(super) folders: CaseFolders,
}

impl<'a> CaseContext<'a> {
    /// Opens the folder of the cases. Fails if no folder is configured, or if it cannot be opened.
    pub(crate) fn open(workspace: &'a Workspace) -> Result<CaseContext<'a>, CaseError> {
        let config = workspace.care.as_ref().ok_or(CaseError::NotConfigured)?;
        let folders = CaseFolders::open(&config.path)?;
        Ok(CaseContext {
            workspace,
            config,
            folders,
        })
    }

    /// The rules that are in force: those of the ledger, which the configuration can only make stricter.
    pub(super) async fn policy(&self, session: &Session) -> Result<Policy, DatabaseError> {
        let set = ledger::policy(session).await?;
        let tolerance = self.config.count_tolerance;
        let tolerance = tolerance.map(|rows| i64::try_from(rows).unwrap_or(i64::MAX));
        Ok(Policy {
            two_people: set.two_people || self.config.two_people,
            count_tolerance: tolerance.map_or(set.count_tolerance, |t| t.min(set.count_tolerance)),
            ..set
        })
    }

    /// The current date in the time zone of the cases.
    pub(crate) fn today(&self) -> NaiveDate {
        self.workspace.clock.today(self.config.time_zone)
    }
}
