//! Below SQL: a scrub of what the FORGETs of the demo left, a certificate, and a byte scan of the data files.

use std::path::{Path, PathBuf};

use serde::Serialize;

use super::data;
use super::folder::Folder;
use super::sample::{ACCOUNT, NEIGHBOUR, SAMPLE};
use super::scan::{Scanned, scan};
use super::stage::Stage;
use crate::cli::CommandError;
use crate::domain::census::{Grade, Place};
use crate::domain::level::Level;
use crate::domain::request::Action;
use crate::drop::FileName;
use crate::erasure::scrub::ScrubReport;
use crate::postgres::Session;
use crate::proof::certificate::Certificate;

/// What a scrub removed below SQL.
#[derive(Serialize)]
pub(crate) struct Below {
    pub(crate) level: Level,
    /// Devices that are searched in the data files: those of the sample without those that a suppression entry keeps.
    #[serde(skip)]
    pub(crate) devices: Vec<String>,
    pub(crate) devices_looked_for: usize,
    /// Before the first FORGET: the control.
    pub(crate) before: Scanned,
    /// After the server ended.
    pub(crate) after: Option<Scanned>,
    pub(crate) scrub: Option<ScrubReport>,
    /// Where the certificate is.
    pub(crate) certificate: PathBuf,
    pub(crate) page: PathBuf,
    #[serde(skip)]
    pub(crate) certified: Option<Certificate>,
}

impl Below {
    /// The control: before anything is forgotten the devices are in the data files.
    pub(crate) async fn begin(
        session: &Session,
        data: &Path,
        devices: &[String],
        level: Level,
    ) -> Result<Below, CommandError> {
        let devices = data::not_kept(session, devices).await?;
        session
            .run(&crate::erasure::scrub::CHECKPOINT.into())
            .await?;
        Ok(Below {
            level,
            before: scanned(data, &devices)?,
            devices_looked_for: devices.len(),
            devices,
            after: None,
            scrub: None,
            certificate: PathBuf::new(),
            page: PathBuf::new(),
            certified: None,
        })
    }

    /// The neighbour forgets the same devices, whose copies would be found too; then all changed tables are scrubbed.
    pub(crate) async fn scrub(
        &mut self,
        stage: &mut Stage<'_>,
        session: &Session,
        forget: &str,
    ) -> Result<(), CommandError> {
        let folder = stage.folder;
        let content = SAMPLE.replace(ACCOUNT, NEIGHBOUR);
        let name = stage.submit(&folder.neighbour(), Action::Forget, &content)?;
        stage.pass(&name).await?;
        // The staging of the trace.
        session.discard_temp().await?;
        self.scrub = stage.runner.scrub(self.level).await?;
        let name = FileName::parse(forget).map_err(|e| CommandError::Demo(e.to_string()))?;
        self.certified = Some(folder.certificate(&name.certificate(1))?);
        self.certificate = results(folder).join(name.certificate(1));
        self.page = results(folder).join(name.certificate_page(1));
        Ok(())
    }

    /// Reads the data files, once the server has stopped.
    pub(crate) fn end(&mut self, data: &Path) -> Result<(), CommandError> {
        self.after = Some(scanned(data, &self.devices)?);
        Ok(())
    }

    /// The checks that failed.
    pub(crate) fn failed_checks(&self) -> Vec<&'static str> {
        let grade = |place: Place| {
            let places = self.certified.iter().flat_map(|c| &c.places);
            places
                .filter(|said| said.place == place)
                .map(|said| said.grade)
                .max()
        };
        let complete = self.scrub.as_ref().is_some_and(|scrub| scrub.complete);
        let gone = self.level < Level::Two || grade(Place::Rows) == Some(Grade::Gone);
        let found = self.after.map_or(u64::MAX, |after| after.found);
        let checks = [
            (
                "the devices must be in the data files before the FORGET",
                self.before.found > 0,
            ),
            ("the scrub must be complete", complete),
            (
                "nothing that was staged may be left",
                grade(Place::Staging) == Some(Grade::Gone),
            ),
            (
                "the certificate must grade the rows as gone after a scrub of level 2",
                gone,
            ),
            (
                "no byte of the devices may be in the data files after a scrub of level 2",
                self.level < Level::Two || found == 0,
            ),
        ];
        let failed = checks.into_iter().filter(|(_, holds)| !holds);
        failed.map(|(check, _)| check).collect()
    }
}

fn results(folder: &Folder) -> PathBuf {
    folder.drop().join(crate::drop::RESULT)
}

fn scanned(data: &Path, devices: &[String]) -> Result<Scanned, CommandError> {
    scan(data, devices).map_err(|cause| CommandError::Io {
        doing: "reading the server's data files",
        cause,
    })
}
