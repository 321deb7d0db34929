//! What the demo did and found, and which of its checks failed.

use std::path::PathBuf;

use serde::Serialize;

use super::below::Below;
use super::data::{self, Held, Suppressed, TableRows};
use super::folder::{Answer, Archive, Folder, MediaFile};
use super::sample::ACCOUNT;
use super::stage::Answered;
use crate::cli::CommandError;
use crate::postgres::Session;
use crate::service::trace::TracedTable;

/// What the demo did and found; `--format json` prints it.
#[derive(Serialize)]
pub(crate) struct Facts {
    pub(crate) folder: PathBuf,
    pub(crate) server: Server,
    /// Rows of the sample data.
    pub(crate) tables: Vec<TableRows>,
    /// Rows that hold a device of the sample.
    pub(crate) found: Found,
    pub(crate) forget: Answered,
    pub(crate) export: Answered,
    pub(crate) archive: Archive,
    pub(crate) neighbour: Neighbour,
    pub(crate) suppression: Suppression,
    pub(crate) media: Media,
    pub(crate) trace: Trace,
    /// What a scrub removed below SQL.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) scrub: Option<Below>,
    /// Empty: everything is as expected.
    pub(crate) failed_checks: Vec<&'static str>,
}

#[derive(Serialize)]
pub(crate) struct Server {
    pub(crate) version: String,
    pub(crate) socket_folder: PathBuf,
}

#[derive(Serialize)]
pub(crate) struct Found {
    pub(crate) before: i64,
    pub(crate) after: i64,
    pub(crate) by_table: Vec<FoundTable>,
}

#[derive(Serialize)]
pub(crate) struct FoundTable {
    pub(crate) table: String,
    pub(crate) before: i64,
    pub(crate) after: i64,
}

/// The other enterprise.
#[derive(Serialize)]
pub(crate) struct Neighbour {
    pub(crate) rows: i64,
    /// Rows that hold a device of the sample.
    pub(crate) holding_before: i64,
    pub(crate) holding_after: i64,
    pub(crate) unchanged: bool,
}

#[derive(Serialize)]
pub(crate) struct Suppression {
    pub(crate) entries: i64,
    pub(crate) holding_before: i64,
    pub(crate) holding_after: i64,
    pub(crate) unchanged: bool,
}

/// Files of recordings with a phone of the sample.
#[derive(Serialize)]
pub(crate) struct Media {
    pub(crate) before: usize,
    pub(crate) after: usize,
    pub(crate) neighbour_before: usize,
    pub(crate) neighbour_after: usize,
}

#[derive(Serialize)]
pub(crate) struct Trace {
    pub(crate) client_id: &'static str,
    pub(crate) tables: Vec<TracedTable>,
}

/// The counts that must change, or must not.
pub(crate) struct Snapshot {
    pub(crate) tables: Vec<TableRows>,
    pub(crate) held: Vec<Held>,
    pub(crate) suppressed: Suppressed,
}

impl Snapshot {
    pub(crate) async fn take(
        session: &Session,
        devices: &[String],
    ) -> Result<Snapshot, CommandError> {
        Ok(Snapshot {
            tables: data::tables(session, ACCOUNT).await?,
            held: data::held(session, ACCOUNT, devices).await?,
            suppressed: data::suppressed(session, devices).await?,
        })
    }
}

pub(crate) fn found(before: &[Held], after: &[Held]) -> Found {
    let sum = |held: &[Held]| held.iter().map(|h| h.rows).sum();
    let by_table = before.iter().zip(after).map(|(before, after)| FoundTable {
        table: before.table.clone(),
        before: before.rows,
        after: after.rows,
    });
    Found {
        before: sum(before),
        after: sum(after),
        by_table: by_table.collect(),
    }
}

pub(crate) fn neighbour(before: &Snapshot, after: &Snapshot) -> Neighbour {
    let holding = |snapshot: &Snapshot| snapshot.held.iter().map(|h| h.neighbour_rows).sum();
    let (holding_before, holding_after) = (holding(before), holding(after));
    let same = |(before, after): (&TableRows, &TableRows)| {
        before.neighbour_rows == after.neighbour_rows
            && before.neighbour_digest == after.neighbour_digest
    };
    Neighbour {
        rows: before.tables.iter().map(|t| t.neighbour_rows).sum(),
        holding_before,
        holding_after,
        unchanged: holding_before == holding_after
            && before.tables.iter().zip(&after.tables).all(same),
    }
}

pub(crate) fn suppression(before: &Suppressed, after: &Suppressed) -> Suppression {
    Suppression {
        entries: after.entries,
        holding_before: before.holding,
        holding_after: after.holding,
        unchanged: before == after,
    }
}

impl Folder {
    pub(crate) fn compare_media(&self, files: &[MediaFile]) -> Media {
        let there = |own: bool| files.iter().filter(move |f| f.is_own == own);
        let left = |own: bool| there(own).filter(|f| self.has_media(f)).count();
        Media {
            before: there(true).count(),
            after: left(true),
            neighbour_before: there(false).count(),
            neighbour_after: left(false),
        }
    }
}

/// The checks that failed.
pub(crate) fn failed_checks(
    facts: &Facts,
    devices: &[String],
) -> Result<Vec<&'static str>, CommandError> {
    let traced = serde_json::to_string(&facts.trace.tables).map_err(|e| CommandError::Io {
        doing: "reading the trace",
        cause: e.into(),
    })?;
    let traced = traced.to_lowercase();
    let refused = |answered: &Answered| {
        let errors = answered
            .responses
            .iter()
            .filter(|a| a.response.starts_with("ERROR"));
        errors.map(|a| a.response.as_str()).collect::<Vec<_>>()
            == ["ERROR: incorrect device format"]
    };
    let nothing =
        |a: &Answer| a.response == "SUCCESS: not found" || a.response.starts_with("ERROR");
    let media = &facts.media;
    let checks = [
        (
            "rows must hold the sample's devices before the FORGET",
            facts.found.before > 0,
        ),
        ("no row may hold them after it", facts.found.after == 0),
        (
            "the phone in a wrong format must be the only error",
            refused(&facts.forget) && refused(&facts.export),
        ),
        (
            "the export must find nothing",
            facts.export.responses.iter().all(nothing),
        ),
        (
            "the archive must hold no rows",
            facts.archive.files == 0 && facts.export.report.rows.is_empty(),
        ),
        (
            "the client ID must still be traceable",
            !facts.trace.tables.is_empty() && traced.contains("[redacted]"),
        ),
        (
            "the trace must show no device of the sample",
            !devices.iter().any(|d| traced.contains(d.as_str())),
        ),
        (
            "the other enterprise's rows must be unchanged",
            facts.neighbour.unchanged && facts.neighbour.holding_after > 0,
        ),
        (
            "suppression entries must be unchanged",
            facts.suppression.unchanged && facts.suppression.holding_after > 0,
        ),
        (
            "the media of the recordings must be deleted",
            media.before > 0 && media.after == 0,
        ),
        (
            "the other enterprise's media must be kept",
            media.neighbour_after == media.neighbour_before,
        ),
    ];
    Ok(checks
        .into_iter()
        .filter(|(_, holds)| !holds)
        .map(|(check, _)| check)
        .collect())
}
