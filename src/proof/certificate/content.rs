//! The signed documents: the certificate and the operator's copy. Their member names and order are a format.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::statement::{Backups, PlaceReport, Statement};
use crate::domain::census::{Census, Grade};
use crate::proof::receipt::chain::{ChainPlace, Chained};
use crate::proof::receipt::{Document, HasKey};

/// The format that is written and understood.
pub const FORMAT: u32 = 1;

/// A certificate without its signature. Members are written in this order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Certificate {
    /// [`FORMAT`].
    pub lethe_certificate: u32,
    /// The drop's chain of certificates: a random ID that reveals nothing about the drop.
    pub chain: String,
    /// The position in the chain, from 1.
    pub number: u64,
    /// Hash of the preceding certificate; `None` in the first.
    pub previous: Option<String>,
    /// Name of the submit file.
    pub submission: String,
    /// Counts the certificates of this submission from 1; each supersedes the one before.
    pub ordinal: u32,
    /// Hash of the submission's receipt; `None`: it has none.
    pub receipt: Option<String>,
    /// When the last contact was answered.
    pub answered: Option<DateTime<Utc>>,
    /// Contacts of the submission.
    pub contacts: u64,
    /// Contacts that were answered with an error. They were not erased, and the certificate does not cover them.
    pub errors: u64,
    /// When the census was taken.
    pub taken: DateTime<Utc>,
    /// Lethe's version.
    pub lethe: String,
    /// Tables that the submission changed, without their schema.
    pub tables: Vec<String>,
    /// Whether statistics, statements and comments were searched for the devices themselves.
    pub searched: bool,
    /// Each place once.
    pub places: Vec<PlaceReport>,
    pub backups: Backups,
    /// What blocked the last scrub, without names.
    #[serde(rename = "stood_in_the_way")]
    pub blockers: Vec<String>,
    /// What the grades mean.
    pub grades: BTreeMap<Grade, String>,
    /// SHA-256 of the page with the same content, in hexadecimal.
    pub page: String,
    /// Fingerprint of the public key that verifies it.
    pub key: String,
}

/// The operator's part of a certificate.
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
    /// WAL from this position on holds none of the values; `None`: not reached.
    pub wal_clean_from: Option<String>,
    pub census: Census,
    pub key: String,
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

    /// What it states.
    pub fn statement(&self) -> Statement {
        Statement {
            tables: self.tables.clone(),
            searched: self.searched,
            places: self.places.clone(),
            backups: self.backups.clone(),
            blockers: self.blockers.clone(),
        }
    }

    /// Whether nothing is left that retention alone does not remove.
    pub fn is_clean(&self) -> bool {
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
