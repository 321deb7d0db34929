//! Places of the server outside the changed tables: statements, logs, files, staging, large objects, comments.

use super::extensions::Extensions;
use super::ledger::Scope;
use super::offsite::{Receivers, ledger, media};
use super::queries::{self, Found, Setting, Staging};
use super::slots;
use super::survey::{Survey, allowed};
use crate::catalogue::render::{self, Settable};
use crate::domain::blocker::Blocker;
use crate::domain::census::{CleanFiles, Finding, Grade, Place};
use crate::postgres::name::Ident;
use crate::postgres::query::One;
use crate::postgres::{DatabaseError, suppressed_setting_values};

/// Settings that make the server log the statements of any client, including values.
const OTHERS: [&str; 4] = [
    "log_statement",
    "log_min_duration_statement",
    "auto_explain.log_min_duration",
    "pgaudit.log",
];

impl Survey<'_> {
    /// Findings for everything but the tables, and the current WAL position.
    pub(super) async fn cluster(
        &self,
        blockers: &[Blocker],
        scope: &Scope,
        files_clean: Option<&CleanFiles>,
    ) -> Result<(Vec<Finding>, String), DatabaseError> {
        let extensions = self.extensions().await?;
        let mut findings = self.standbys(blockers).await?;
        let receivers = match findings.iter().any(|f| f.place == Place::WalArchive) {
            true => Receivers::Some,
            false => Receivers::None,
        };
        findings.extend(blockers.iter().filter_map(slots::finding));
        findings.extend(self.shards(&extensions).await?);
        findings.extend(self.statements(&extensions).await?);
        findings.extend(self.log_settings().await?);
        findings.push(self.server_log().await?);
        findings.push(self.temp_files().await?);
        findings.extend(self.staging().await?);
        findings.extend(self.objects().await?);
        findings.push(media(scope));
        findings.push(self.submissions(scope));
        findings.push(ledger(scope));
        let (wal, shown) = self.wal(receivers).await?;
        findings.extend(wal);
        findings.push(self.backups(files_clean));
        Ok((findings, shown))
    }

    /// Statement texts that the server collects, or shows for its sessions.
    async fn statements(&self, extensions: &Extensions) -> Result<Vec<Finding>, DatabaseError> {
        let kept =
            |grade, why| Finding::new(Place::Statements, grade, why).of("pg_stat_statements");
        let shown = |grade, why| Finding::new(Place::Statements, grade, why).of("pg_stat_activity");
        let unsearched = "statement texts were not searched: the submission is not available";
        let not_seen = "this role may not see the statements of others";
        let mut findings = Vec::new();
        findings.push(match &extensions.statements_in {
            _ if !extensions.statements_kept => {
                kept(Grade::Gone, "the server collects no statement texts")
            }
            _ if self.options.submission.is_none() => {
                kept(Grade::Unknown, unsearched).way_out("lethe census --submission FILE")
            }
            None => {
                let why =
                    "the server collects statement texts, which are not visible from this database";
                kept(Grade::Unknown, why).way_out(render::INSTALL_STATEMENTS)
            }
            Some(_) if !extensions.sees_statements => {
                kept(Grade::Unknown, not_seen).way_out("GRANT pg_read_all_stats")
            }
            Some(schema) => {
                let search = render::search_statements(schema);
                match allowed(queries::search_statements(self.session, &search).await)? {
                    Some(One(Found { found: 0 })) => {
                        kept(Grade::Gone, "no statement text contains a device")
                    }
                    Some(One(Found { found })) => kept(
                        Grade::MayRemain,
                        "the text of a statement contains a device",
                    )
                    .until("the server discards them")
                    .detail(found.to_string())
                    .way_out(render::FORGET_STATEMENTS),
                    None => kept(Grade::Unknown, "they could not be read"),
                }
            }
        });
        findings.push(if self.options.submission.is_none() {
            shown(Grade::Unknown, unsearched).way_out("lethe census --submission FILE")
        } else if !extensions.sees_statements {
            shown(Grade::Unknown, not_seen).way_out("GRANT pg_read_all_stats")
        } else {
            let search = render::shown_statements();
            let One(Found { found }) = queries::search_statements(self.session, &search).await?;
            match found {
                0 => shown(
                    Grade::Gone,
                    "the last statement of no session contains a device",
                ),
                found => shown(
                    Grade::MayRemain,
                    "the last statement of a session contains a device",
                )
                .until("that session runs another, or ends")
                .detail(found.to_string()),
            }
        });
        Ok(findings)
    }

    /// Settings that this session could not change, so that an error message could quote a row in the server log.
    async fn log_settings(&self) -> Result<Vec<Finding>, DatabaseError> {
        let quiet = suppressed_setting_values();
        let names: Vec<&str> = quiet.iter().map(|(name, _)| *name).collect();
        let settings = queries::settings(self.session, &names).await?;
        let loud = settings.iter().filter(|setting| {
            quiet
                .iter()
                .any(|(quiet, value)| *quiet == setting.name && *value != setting.setting)
        });
        let finding = |setting: &Setting| {
            let name = setting.name.as_str();
            let role = Ident::new(setting.role.clone());
            let value = quiet
                .iter()
                .find(|(quiet, _)| *quiet == name)
                .map_or("", |(_, value)| value);
            let why = "this session could not set it, so the server may log values with errors or statements";
            let right = match setting.grantable {
                true => Settable::ByGrant,
                false => Settable::BySuperuser,
            };
            let line = render::suppress_logging(&role, name, value, right);
            Finding::new(Place::LogSettings, Grade::MayRemain, why)
                .of(name)
                .detail(format!("is {}", setting.setting))
                .until("the privilege or setting is granted and older log files are deleted")
                .way_out(line)
        };
        let findings: Vec<Finding> = loud.map(finding).collect();
        if findings.is_empty() {
            let why = "the erasure's sessions keep statements and errors out of the server's log";
            return Ok(vec![Finding::new(Place::LogSettings, Grade::Gone, why)]);
        }
        Ok(findings)
    }

    /// The server log itself cannot be searched.
    async fn server_log(&self) -> Result<Finding, DatabaseError> {
        let settings = queries::settings(self.session, &OTHERS).await?;
        let loud = settings.iter().filter_map(|Setting { name, setting, .. }| {
            let silent = matches!(setting.as_str(), "none" | "ddl" | "-1" | "");
            (!silent).then(|| format!("{name} = {setting}"))
        });
        let loud: Vec<String> = loud.collect();
        let why =
            "log files were not searched; they may contain statements and errors of any program";
        let finding = Finding::new(Place::ServerLog, Grade::Unknown, why)
            .until("the retention of these log files ends");
        Ok(match loud.is_empty() {
            true => finding,
            false => finding.detail(loud.join(", ")),
        })
    }

    async fn temp_files(&self) -> Result<Finding, DatabaseError> {
        let Some(One(files)) = allowed(queries::temp_files(self.session).await)? else {
            let why = "this role may not list temporary files";
            let finding = Finding::new(Place::TempFiles, Grade::Unknown, why);
            return Ok(finding.way_out("GRANT pg_monitor"));
        };
        Ok(match files.lost {
            0 => Finding::new(
                Place::TempFiles,
                Grade::Gone,
                "no file of an ended process is left",
            ),
            lost => Finding::new(
                Place::TempFiles,
                Grade::MayRemain,
                "files of ended processes were not removed",
            )
            .until("the server is restarted")
            .detail(format!("{lost} of {} files", files.files))
            .way_out("restart the server, which removes them"),
        })
    }

    /// Temporary tables of Lethe's sessions whose process has, or may have, ended.
    async fn staging(&self) -> Result<Vec<Finding>, DatabaseError> {
        let rows = queries::staging(self.session).await?;
        let finding = |staging: &Staging| {
            let (schema, tables) = (staging.schema_name.clone(), staging.tables);
            let finding = match staging.alive {
                true => Finding::new(
                    Place::Staging,
                    Grade::MayRemain,
                    "a session is processing a submission",
                )
                .until("that session ends"),
                false => Finding::new(
                    Place::Staging,
                    Grade::MayRemain,
                    "temporary tables of an ended process were not removed",
                )
                .until("the server removes them")
                .way_out(render::drop_staging(&Ident::new(schema.clone()))),
            };
            finding.of(schema).detail(format!("{tables} tables"))
        };
        let findings: Vec<Finding> = rows.iter().map(finding).collect();
        if findings.is_empty() {
            return Ok(vec![Finding::new(
                Place::Staging,
                Grade::Gone,
                "none is left",
            )]);
        }
        Ok(findings)
    }

    async fn objects(&self) -> Result<Vec<Finding>, DatabaseError> {
        let One(objects) = queries::objects(self.session).await?;
        let large = match objects.large_objects {
            0 => Finding::new(Place::LargeObjects, Grade::Gone, "there are none"),
            n => Finding::new(
                Place::LargeObjects,
                Grade::Unknown,
                "they were not searched",
            )
            .detail(n.to_string()),
        };
        let comment = |grade, why| Finding::new(Place::Comments, grade, why);
        let commented = match (objects.comments, self.options.submission) {
            (0, _) => comment(Grade::Gone, "there are none"),
            (n, None) => comment(
                Grade::Unknown,
                "they were not searched: the submission is not available",
            )
            .detail(n.to_string())
            .way_out("lethe census --submission FILE"),
            (_, Some(_)) => {
                let One(Found { found }) = queries::search_comments(self.session).await?;
                match found {
                    0 => comment(Grade::Gone, "no comment contains a device"),
                    n => comment(Grade::MayRemain, "a comment contains a device")
                        .until("the comment is changed")
                        .detail(n.to_string())
                        .way_out("COMMENT ON … IS NULL"),
                }
            }
        };
        Ok(vec![large, commented])
    }
}
