//! The signed documents: the certificate and the operator's copy. Their member names and order are a format.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::statement::{Backups, PlaceReport, Statement};
use crate::domain::census::{Census, Grade};
use crate::domain::clock::ClockSource;
use crate::proof::receipt::chain::{ChainPlace, Chained};
use crate::proof::receipt::{Clocks, Document, HasKey};

/// The format that is written and understood.
pub(crate) const FORMAT: u32 = 1;

/// A certificate without its signature. Members are written in this order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Certificate {
    /// [`FORMAT`].
    pub(crate) lethe_certificate: u32,
    /// The drop's chain of certificates: a random ID that reveals nothing about the drop.
    pub(crate) chain: String,
    /// The position in the chain, from 1.
    pub(crate) number: u64,
    /// Hash of the preceding certificate; `None` in the first.
    pub(crate) previous: Option<String>,
    /// Name of the submit file.
    pub(crate) submission: String,
    /// Counts the certificates of this submission from 1; each supersedes the one before.
    pub(crate) ordinal: u32,
    /// Hash of the submission's receipt; `None`: it has none.
    pub(crate) receipt: Option<String>,
    /// When the last contact was answered.
    pub(crate) answered: Option<DateTime<Utc>>,
    /// Contacts of the submission.
    pub(crate) contacts: u64,
    /// Contacts that were answered with an error. They were not erased, and the certificate does not cover them.
    pub(crate) errors: u64,
    /// When the census was taken.
    pub(crate) taken: DateTime<Utc>,
    /// Which clock these times are by; `None` in certificates of version 0.1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) clock: Option<ClockSource>,
    /// When it was made, by the clock of the database server; `None` in certificates of version 0.1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) server_clock: Option<DateTime<Utc>>,
    /// Lethe's version.
    pub(crate) lethe: String,
    /// Tables that the submission changed, without their schema.
    pub(crate) tables: Vec<String>,
    /// Whether statistics, statements and comments were searched for the devices themselves.
    pub(crate) searched: bool,
    /// Each place once.
    pub(crate) places: Vec<PlaceReport>,
    pub(crate) backups: Backups,
    /// What blocked the last scrub, without names.
    #[serde(rename = "stood_in_the_way")]
    pub(crate) blockers: Vec<String>,
    /// What the grades mean.
    pub(crate) grades: BTreeMap<Grade, String>,
    /// SHA-256 of the page with the same content, in hexadecimal.
    pub(crate) page: String,
    /// Fingerprint of the public key that verifies it.
    pub(crate) key: String,
}

/// The operator's part of a certificate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct OperatorCertificate {
    /// [`FORMAT`].
    pub(crate) lethe_operator_certificate: u32,
    /// Hash of the certificate.
    pub(crate) certificate: String,
    pub(crate) chain: String,
    pub(crate) number: u64,
    pub(crate) submission: String,
    pub(crate) drop: String,
    pub(crate) database: String,
    /// Version of the server.
    pub(crate) server: String,
    /// WAL from this position on holds none of the values; `None`: not reached.
    pub(crate) wal_clean_from: Option<String>,
    pub(crate) census: Census,
    pub(crate) key: String,
}

impl Certificate {
    /// The name under which it is published.
    pub(crate) fn file_name(&self) -> String {
        let stem = self.submission.strip_suffix(".json");
        let stem = stem.unwrap_or(&self.submission);
        match self.ordinal {
            0 | 1 => format!("{stem}-certificate.json"),
            n => format!("{stem}-certificate-{n}.json"),
        }
    }

    /// What it states.
    pub(crate) fn statement(&self) -> Statement {
        Statement {
            tables: self.tables.clone(),
            searched: self.searched,
            places: self.places.clone(),
            backups: self.backups.clone(),
            blockers: self.blockers.clone(),
        }
    }

    /// Its clocks. The census was taken shortly before it was made.
    pub(crate) fn clocks(&self) -> Clocks {
        Clocks {
            made: self.taken,
            source: self.clock,
            server: self.server_clock,
        }
    }

    /// Whether any of its times is by `LETHE_NOW`.
    pub(crate) fn is_rehearsal(&self) -> bool {
        self.clock == Some(ClockSource::LetheNow)
    }

    /// Whether nothing is left that retention alone does not remove.
    pub(crate) fn is_clean(&self) -> bool {
        !self.places.iter().any(PlaceReport::is_open)
    }
}

impl Document for Certificate {
    fn format(&self) -> u32 {
        self.lethe_certificate
    }
}

impl HasKey for Certificate {
    fn key(&self) -> &str {
        &self.key
    }
}

impl Chained for Certificate {
    const NOUN: &'static str = "certificate";

    fn place(&self) -> ChainPlace<'_> {
        ChainPlace {
            chain: &self.chain,
            number: self.number,
            previous: self.previous.as_deref(),
        }
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

impl HasKey for OperatorCertificate {
    fn key(&self) -> &str {
        &self.key
    }
}
