//! Certificates: what a census found below SQL for one submission, signed and chained, for its customer.
//!
//! A certificate says no more than was measured, and nothing that is not its reader's: no WAL position, no name of a slot, a
//! process or a host, nothing of other tenants. All of that stands in the operator's copy.

mod page;

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::erasure::census::{Census, Finding, Grade, Place, general};
use crate::proof::receipt::Document;
use crate::proof::receipt::chain::Chained;

pub use page::page;

/// The format that is written and understood.
pub const FORMAT: u32 = 1;

/// What the grades are, said in every certificate.
pub const GRADES: [(Grade, &str); 4] = [
    (
        Grade::Gone,
        "It was written anew without the old values, or there was never any. What a disk keeps of deleted files was not looked at.",
    ),
    (
        Grade::Unreachable,
        "No query returns it. Bytes of it may be left inside the data files, for whoever reads these as such.",
    ),
    (
        Grade::Unknown,
        "It could not be looked at; it is not called clean.",
    ),
    (
        Grade::MayRemain,
        "It may be there, until what is said beside it.",
    ),
];

/// A certificate without its signature. Members are written in this order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Certificate {
    /// [`FORMAT`].
    pub lethe_certificate: u32,
    /// Which drop's chain of certificates: random, tells nothing of the drop.
    pub chain: String,
    /// The place in the chain, from 1.
    pub number: u64,
    /// Hash of the certificate before it; `None` in the first.
    pub previous: Option<String>,
    /// Name of the submit file.
    pub submission: String,
    /// The how manieth certificate of this submission it is; each renews the one before.
    pub ordinal: u32,
    /// Hash of the submission's receipt, where it has one.
    pub receipt: Option<String>,
    /// When every contact had its answer.
    pub answered: Option<DateTime<Utc>>,
    /// Contacts of the submission.
    pub contacts: u64,
    /// Those of them that were answered with an error: nothing of these was erased, and it does not speak of them.
    pub errors: u64,
    /// When it was looked.
    pub taken: DateTime<Utc>,
    /// Lethe's version.
    pub lethe: String,
    /// Tables that the submission changed, without their schema.
    pub tables: Vec<String>,
    /// Whether the devices themselves were looked for in what the server keeps beside the rows.
    pub searched: bool,
    /// Each place once.
    pub places: Vec<Said>,
    pub backups: Backups,
    /// What stood in the way of the last scrub, in general words.
    pub stood_in_the_way: Vec<String>,
    /// What the grades mean.
    pub grades: BTreeMap<Grade, String>,
    /// SHA-256 of the page with the same content, in hexadecimal.
    pub page: String,
    /// Fingerprint of the public key that verifies it.
    pub key: String,
}

/// What is said of a place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Said {
    pub place: Place,
    /// The worst of its parts.
    pub grade: Grade,
    /// How many things were looked at, by their grade.
    pub parts: BTreeMap<Grade, u64>,
    /// Why.
    pub why: Vec<String>,
    /// Until when, in words.
    pub until: Vec<String>,
    /// From when on nothing of it remains, where that is known of all its parts.
    pub until_moment: Option<DateTime<Utc>>,
}

/// What backups hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Backups {
    /// Backups of rows (dumps) that were started since then hold none of the erased values in these tables.
    pub rows_clean_if_started_after: Option<DateTime<Utc>>,
    /// Backups of data files that were started since then hold none either; `None`: this was not reached.
    pub files_clean_if_started_after: Option<DateTime<Utc>>,
    /// How long the operator keeps backups, as it says.
    pub kept_for_days: Option<u64>,
    /// When the last backup from before is gone, if that is kept to.
    pub last_gone: Option<DateTime<Utc>>,
}

/// What is for the operator only, beside a certificate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OperatorCertificate {
    /// [`FORMAT`].
    pub lethe_operator_certificate: u32,
    /// Hash of the certificate.
    pub certificate: String,
    pub chain: String,
    pub number: u64,
    pub submission: String,
    pub drop: String,
    pub database: String,
    /// Version of the server.
    pub server: String,
    /// WAL from this position on holds none of the values; `None`: that was not reached.
    pub wal_clean_from: Option<String>,
    pub census: Census,
    pub key: String,
}

impl Document for Certificate {
    fn format(&self) -> u32 {
        self.lethe_certificate
    }
}

impl Chained for Certificate {
    const NOUN: &'static str = "certificate";

    fn place(&self) -> (&str, u64, Option<&str>) {
        (&self.chain, self.number, self.previous.as_deref())
    }

    fn made(&self) -> DateTime<Utc> {
        self.taken
    }
}

impl Document for OperatorCertificate {
    fn format(&self) -> u32 {
        self.lethe_operator_certificate
    }
}

/// What a certificate says, beside who says it and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    pub tables: Vec<String>,
    pub searched: bool,
    pub places: Vec<Said>,
    pub backups: Backups,
    pub stood_in_the_way: Vec<String>,
}

impl Statement {
    /// Says what a census found, in words that name nothing.
    pub fn of(census: &Census, backup_retention: Option<std::time::Duration>) -> Statement {
        let mut places: Vec<Place> = census.findings.iter().map(|f| f.place).collect();
        places.sort();
        places.dedup();
        let backups = census.findings.iter().find(|f| f.place == Place::Backups);
        let mut stood: Vec<String> = census.stood.iter().map(|h| general(h).to_owned()).collect();
        stood.sort();
        stood.dedup();
        let days = |kept: std::time::Duration| kept.as_secs().div_ceil(24 * 3600);
        let mut tables: Vec<String> = census
            .tables
            .iter()
            .map(|name| without_schema(name))
            .collect();
        tables.sort();
        tables.dedup();
        Statement {
            tables,
            searched: census.searched,
            places: places
                .into_iter()
                .map(|place| Said::of(place, census))
                .collect(),
            backups: Backups {
                rows_clean_if_started_after: census.answered,
                files_clean_if_started_after: census.files_clean.as_ref().map(|c| c.since),
                kept_for_days: backup_retention.map(days),
                last_gone: backups.and_then(|finding| finding.until_moment),
            },
            stood_in_the_way: stood,
        }
    }
}

impl Said {
    fn of(place: Place, census: &Census) -> Said {
        let there: Vec<&Finding> = census
            .findings
            .iter()
            .filter(|f| f.place == place)
            .collect();
        let mut parts = BTreeMap::new();
        for finding in &there {
            *parts.entry(finding.grade).or_default() += 1;
        }
        let grade = there
            .iter()
            .map(|f| f.grade)
            .max()
            .unwrap_or(Grade::Unknown);
        // Where something is left to be said, that nothing is left elsewhere is not.
        let told = there
            .iter()
            .filter(|f| f.grade > Grade::Gone || grade == Grade::Gone);
        let (mut why, mut until) = (Vec::new(), Vec::new());
        for finding in told {
            if !why.contains(&finding.why) {
                why.push(finding.why.clone());
            }
            until.extend(finding.until.clone().filter(|u| !until.contains(u)));
        }
        let open = there.iter().filter(|f| f.grade > Grade::Unreachable);
        let moments: Option<Vec<DateTime<Utc>>> = open.map(|f| f.until_moment).collect();
        Said {
            place,
            grade,
            parts,
            why,
            until,
            until_moment: moments.and_then(|moments| moments.into_iter().max()),
        }
    }

    /// Whether something of it may be there, or is unknown, that time alone does not remove.
    pub fn is_open(&self) -> bool {
        self.grade > Grade::Unreachable && !self.place.passes()
    }
}

impl Certificate {
    /// The name under which it is published.
    pub fn file_name(&self) -> String {
        let stem = self.submission.strip_suffix(".json");
        let stem = stem.unwrap_or(&self.submission);
        match self.ordinal {
            0 | 1 => format!("{stem}-certificate.json"),
            n => format!("{stem}-certificate-{n}.json"),
        }
    }

    /// What it says.
    pub fn statement(&self) -> Statement {
        Statement {
            tables: self.tables.clone(),
            searched: self.searched,
            places: self.places.clone(),
            backups: self.backups.clone(),
            stood_in_the_way: self.stood_in_the_way.clone(),
        }
    }

    /// Whether nothing is left that time alone does not remove.
    pub fn is_clean(&self) -> bool {
        !self.places.iter().any(Said::is_open)
    }
}

/// The grades with their meaning.
pub fn meanings() -> BTreeMap<Grade, String> {
    GRADES
        .map(|(grade, words)| (grade, words.to_owned()))
        .into()
}

/// A table's name without its schema, as receipts have it.
fn without_schema(name: &str) -> String {
    name.split_once('.')
        .map_or(name, |(_, table)| table)
        .to_owned()
}
