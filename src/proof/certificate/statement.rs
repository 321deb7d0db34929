//! What a certificate states: the findings of a census, place by place, without any name.

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::domain::census::{Census, Finding, Grade, Place};
use crate::domain::clock::second_after;

/// The meaning of each grade, included in every certificate.
pub(crate) const GRADES: [(Grade, &str); 4] = [
    (
        Grade::Gone,
        "It was rewritten without the old values, or there never were any. Deleted files on the disk were not examined.",
    ),
    (
        Grade::Unreachable,
        "No query returns it. Bytes of it may remain inside the data files.",
    ),
    (
        Grade::Unknown,
        "It could not be examined, so it is not called clean.",
    ),
    (
        Grade::MayRemain,
        "It may be there, until the time or event that is stated.",
    ),
];

/// The grades with their meaning.
pub(crate) fn meanings() -> BTreeMap<Grade, String> {
    GRADES
        .map(|(grade, words)| (grade, words.to_owned()))
        .into()
}

/// What a certificate states, apart from its issuer and date.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Statement {
    pub(crate) tables: Vec<String>,
    pub(crate) searched: bool,
    pub(crate) places: Vec<PlaceReport>,
    pub(crate) backups: Backups,
    pub(crate) blockers: Vec<String>,
}

/// What a certificate states about a place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PlaceReport {
    pub(crate) place: Place,
    /// The worst grade of its parts.
    pub(crate) grade: Grade,
    /// Number of examined objects by grade.
    pub(crate) parts: BTreeMap<Grade, u64>,
    /// The reasons.
    pub(crate) why: Vec<String>,
    /// Until when values may remain, in words.
    pub(crate) until: Vec<String>,
    /// When nothing of it remains; `None`: not known for all parts.
    pub(crate) until_moment: Option<DateTime<Utc>>,
}

/// What backups may hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Backups {
    /// Dumps started after this time hold none of the erased values in these tables.
    pub(crate) rows_clean_if_started_after: Option<DateTime<Utc>>,
    /// File-level backups started after this time hold none either; `None`: not reached.
    pub(crate) files_clean_if_started_after: Option<DateTime<Utc>>,
    /// How long the operator says that it keeps backups.
    pub(crate) kept_for_days: Option<u64>,
    /// When the last earlier backup is gone, provided that the retention is observed.
    pub(crate) last_gone: Option<DateTime<Utc>>,
}

impl Statement {
    /// Summarises a census without naming anything.
    pub(crate) fn of(census: &Census, backup_retention: Option<Duration>) -> Statement {
        let mut places: Vec<Place> = census.findings.iter().map(|f| f.place).collect();
        places.sort();
        places.dedup();
        let backups = census.findings.iter().find(|f| f.place == Place::Backups);
        let blockers = census.last_blockers.iter();
        let blockers = blockers.map(|blocker| blocker.general().to_owned());
        let tables = census.tables.iter().map(|name| without_schema(name));
        let days = |retention: Duration| retention.as_secs().div_ceil(24 * 3600);
        Statement {
            tables: sorted(tables),
            searched: census.searched,
            places: places
                .into_iter()
                .map(|place| PlaceReport::of(place, census))
                .collect(),
            backups: Backups {
                rows_clean_if_started_after: census.answered.map(second_after),
                files_clean_if_started_after: census
                    .files_clean
                    .as_ref()
                    .map(|c| second_after(c.since)),
                kept_for_days: backup_retention.map(days),
                last_gone: backups
                    .and_then(|finding| finding.until_moment)
                    .map(second_after),
            },
            blockers: sorted(blockers),
        }
    }
}

impl PlaceReport {
    fn of(place: Place, census: &Census) -> PlaceReport {
        let findings = census.findings.iter().filter(|f| f.place == place);
        let findings: Vec<&Finding> = findings.collect();
        let mut parts = BTreeMap::new();
        for finding in &findings {
            *parts.entry(finding.grade).or_default() += 1;
        }
        let grade = findings.iter().map(|f| f.grade).max();
        let grade = grade.unwrap_or(Grade::Unknown);
        // Reasons for "gone" are left out if another part has a worse grade.
        let reported = findings
            .iter()
            .filter(|f| f.grade > Grade::Gone || grade == Grade::Gone);
        let (mut why, mut until) = (Vec::new(), Vec::new());
        for finding in reported {
            if !why.contains(&finding.why) {
                why.push(finding.why.clone());
            }
            until.extend(finding.until.clone().filter(|u| !until.contains(u)));
        }
        let open = findings.iter().filter(|f| f.grade > Grade::Unreachable);
        let moments: Option<Vec<DateTime<Utc>>> = open.map(|f| f.until_moment).collect();
        PlaceReport {
            place,
            grade,
            parts,
            why,
            until,
            until_moment: moments
                .and_then(|moments| moments.into_iter().max())
                .map(second_after),
        }
    }

    /// Whether something may remain, or is unknown, that retention alone does not remove.
    pub(crate) fn is_open(&self) -> bool {
        self.grade > Grade::Unreachable && !self.place.passes()
    }
}

fn sorted(names: impl Iterator<Item = String>) -> Vec<String> {
    let mut names: Vec<String> = names.collect();
    names.sort();
    names.dedup();
    names
}

/// A table's name without its schema, as in receipts.
fn without_schema(name: &str) -> String {
    name.split_once('.')
        .map_or(name, |(_, table)| table)
        .to_owned()
}
