//! The plan digest: the result of a preview in a short code that can be approved, and the differences when it no longer
//! applies.
//!
//! Everything is keyed (HMAC-SHA-256), so that neither a device nor a submission can be guessed from it (contract section 10).
//! A [`PlanRecord`] may be stored in the ledger.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use data_encoding::{BASE32_NOPAD, HEXLOWER};
use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use crate::catalogue::Catalogue;
use crate::domain::identifier::Ordinal;
use crate::domain::request::{Action, Product};
use crate::domain::scope::Scope;

/// Letters of a digest: 80 bits. Without the key, nobody can construct a second plan with the same digest.
const LETTERS: usize = 16;

/// The result of a preview: digests of its inputs, and answers with row counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PlanRecord {
    /// The catalogue: roles, records, options.
    pub(crate) catalogue: String,
    /// The live schema of the declared tables: columns, types, constraints.
    pub(crate) schema: String,
    /// The bytes of the submission.
    pub(crate) submission: String,
    /// The accounts and short codes that its requests reach.
    pub(crate) scope: String,
    pub(crate) contacts: Vec<PlannedContact>,
}

/// What a preview depends on.
pub(super) struct PlanInputs<'a> {
    pub(super) catalogue: &'a Catalogue,
    pub(super) action: Action,
    pub(super) product: Product,
    /// The bytes of the submission.
    pub(super) content: &'a [u8],
    /// The staged scopes: of equal ones only the first.
    pub(super) scopes: &'a [Scope],
}

/// One contact with its answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PlannedContact {
    pub(crate) request: Ordinal,
    /// `None` for the answer of a malformed request as a whole.
    pub(crate) contact: Option<Ordinal>,
    pub(crate) response: String,
    /// Rows that hold the device, by `<schema>.<table>`.
    pub(crate) rows: BTreeMap<String, i64>,
}

/// How much the row count of a device in a table may differ from the approved one: by `rows`, or by `percent` of the approved
/// count, whichever is more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Tolerance {
    pub(crate) rows: i64,
    pub(crate) percent: i64,
}

impl Default for Tolerance {
    /// Ten rows or ten percent, so that a call to the consumer between approval and run does not stop the run.
    fn default() -> Tolerance {
        Tolerance {
            rows: 10,
            percent: 10,
        }
    }
}

impl Tolerance {
    fn allows(self, approved: i64, now: i64) -> bool {
        let percent = approved.saturating_mul(self.percent) / 100;
        (now - approved).abs() <= self.rows.max(percent)
    }
}

/// A difference from the approved plan. Its text names no device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "what", rename_all = "lowercase")]
pub(crate) enum Difference {
    /// The key of the digests was replaced, so nothing can be compared.
    Key,
    Submission,
    Catalogue,
    Schema,
    Scope,
    Answer {
        request: Ordinal,
        contact: Option<Ordinal>,
        approved: String,
        now: String,
    },
    Rows {
        request: Ordinal,
        contact: Option<Ordinal>,
        table: String,
        approved: i64,
        now: i64,
    },
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let whose = |request: &Ordinal, contact: &Option<Ordinal>| match contact {
            Some(contact) => format!("request {request} contact {contact}"),
            None => format!("request {request}"),
        };
        match self {
            Difference::Key => f.write_str(
                "the approval is too old: `lethe purge` has replaced the key of plan digests since",
            ),
            Difference::Submission => f.write_str("the submission is not the approved one"),
            Difference::Catalogue => f.write_str("the catalogue is not the approved one"),
            Difference::Schema => f.write_str("the tables have changed since the approval"),
            Difference::Scope => {
                f.write_str("the accounts or short codes in scope have changed since the approval")
            }
            Difference::Answer {
                request,
                contact,
                approved,
                now,
            } => write!(
                f,
                "{}: the answer would be {now:?}, but {approved:?} was approved",
                whose(request, contact)
            ),
            Difference::Rows {
                request,
                contact,
                table,
                approved,
                now,
            } => write!(
                f,
                "{}: {now} rows of {table} hold the device, but {approved} were approved",
                whose(request, contact)
            ),
        }
    }
}

impl PlanRecord {
    /// Digests the inputs of a preview.
    pub(super) fn new(
        key: &[u8; 32],
        inputs: &PlanInputs,
        contacts: Vec<PlannedContact>,
    ) -> PlanRecord {
        let PlanInputs {
            catalogue,
            action,
            product,
            content,
            scopes,
        } = inputs;
        let text = |label: &str, text: &str| HEXLOWER.encode(&code(key, label, text.as_bytes()));
        let reached: Vec<_> = scopes
            .iter()
            .map(|scope| {
                let accounts: BTreeSet<&str> = scope.accounts.iter().map(|a| &*a.id).collect();
                (accounts, &scope.short_codes)
            })
            .collect();
        PlanRecord {
            catalogue: text("catalogue", &declared(catalogue)),
            schema: text("schema", &bound(catalogue)),
            submission: HEXLOWER.encode(&code(key, "submission", content)),
            scope: text("scope", &format!("{action} {product} {reached:?}")),
            contacts,
        }
    }

    /// The digest in a form that can be typed: four groups of four letters.
    pub(crate) fn digest(&self, key: &[u8; 32]) -> String {
        // Fields and keys have a fixed order, so equal records have equal texts.
        let text = serde_json::to_vec(self).expect("texts and numbers are JSON");
        let letters = BASE32_NOPAD
            .encode(&code(key, "plan", &text))
            .to_ascii_lowercase();
        let groups: Vec<&str> = (0..LETTERS / 4)
            .map(|i| &letters[4 * i..4 * i + 4])
            .collect();
        groups.join("-")
    }

    /// The differences of `now` from this approved record. Row counts may differ within a tolerance.
    pub(crate) fn differences(&self, now: &PlanRecord, tolerance: Tolerance) -> Vec<Difference> {
        let fixed = [
            (&self.submission, &now.submission, Difference::Submission),
            (&self.catalogue, &now.catalogue, Difference::Catalogue),
            (&self.schema, &now.schema, Difference::Schema),
            (&self.scope, &now.scope, Difference::Scope),
        ];
        let mut all: Vec<Difference> = fixed
            .into_iter()
            .filter(|(approved, now, _)| approved != now)
            .map(|(_, _, difference)| difference)
            .collect();
        // All four differ only if they were digested with another key.
        if all.len() == 4 {
            return vec![Difference::Key];
        }
        // The contacts of another submission cannot be compared.
        if all.contains(&Difference::Submission) {
            return all;
        }
        for (approved, now) in self.contacts.iter().zip(&now.contacts) {
            all.extend(approved.differences(now, tolerance));
        }
        all
    }
}

impl PlannedContact {
    fn differences(&self, now: &PlannedContact, tolerance: Tolerance) -> Vec<Difference> {
        let (request, contact) = (self.request, self.contact);
        if without_numbers(&self.response) != without_numbers(&now.response) {
            return vec![Difference::Answer {
                request,
                contact,
                approved: self.response.clone(),
                now: now.response.clone(),
            }];
        }
        let tables: BTreeSet<&String> = self.rows.keys().chain(now.rows.keys()).collect();
        let count = |contact: &PlannedContact, table| contact.rows.get(table).copied().unwrap_or(0);
        tables
            .into_iter()
            .map(|table| (table, count(self, table), count(now, table)))
            .filter(|(_, approved, now)| !tolerance.allows(*approved, *now))
            .map(|(table, approved, now)| Difference::Rows {
                request,
                contact,
                table: table.clone(),
                approved,
                now,
            })
            .collect()
    }
}

/// Whether a text that was typed or pasted is this digest. Case, hyphens and blanks are ignored.
pub(crate) fn is_digest(given: &str, digest: &str) -> bool {
    let letters = |text: &str| -> String {
        text.chars()
            .filter(|c| c.is_ascii_alphanumeric())
            .map(|c| c.to_ascii_lowercase())
            .collect()
    };
    let given = letters(given);
    given.len() == LETTERS && given == letters(digest)
}

fn without_numbers(response: &str) -> String {
    response.chars().filter(|c| !c.is_ascii_digit()).collect()
}

fn code(key: &[u8; 32], label: &str, content: &[u8]) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC accepts keys of any length");
    mac.update(label.as_bytes());
    // Labels contain no NUL, so they are separated from the content.
    mac.update(&[0]);
    mac.update(content);
    mac.finalize().into_bytes().into()
}

/// The declarations of tables and columns, regardless of their order in the files. The `Debug` output of these types is part of
/// the digest: renaming a type, field or variant invalidates approvals.
fn declared(catalogue: &Catalogue) -> String {
    let mut text = format!(
        "{:?}\n{:?}\n{:?}\n",
        catalogue.accounts, catalogue.short_codes, catalogue.suppression
    );
    for record in &catalogue.records {
        text += &format!(
            "{:?} {} {:?}\n",
            record.name, record.exported, record.siblings
        );
        for table in record.tables() {
            text += &format!(
                "{:?} {:?} {:?} {:?} {:?}\n",
                table.name, table.label, table.mobile, table.accepted, table.root_key
            );
            for column in &table.columns {
                text += &format!(
                    "{:?} {:?} {:?}\n",
                    column.name, column.role, column.on_forget
                );
            }
        }
    }
    text
}

/// The live schema of the same columns, as far as it affects the result; indexes do not.
fn bound(catalogue: &Catalogue) -> String {
    let mut text = String::new();
    for (_, table) in catalogue.tables() {
        text += &format!("{:?}\n", table.name);
        for column in &table.columns {
            text += &format!(
                "{:?} {} {:?} {} {} {}\n",
                column.name,
                column.type_name,
                column.shape,
                column.not_null,
                column.domain,
                column.unique
            );
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: [u8; 32] = [7; 32];

    fn record(response: &str, rows: &[(&str, i64)]) -> PlanRecord {
        PlanRecord {
            catalogue: "c".into(),
            schema: "s".into(),
            submission: "f".into(),
            scope: "a".into(),
            contacts: vec![PlannedContact {
                request: Ordinal::FIRST,
                contact: Some(Ordinal::FIRST.next()),
                response: response.into(),
                rows: rows.iter().map(|(t, n)| ((*t).to_owned(), *n)).collect(),
            }],
        }
    }

    #[test]
    fn a_digest_can_be_typed() {
        let plan = record("SUCCESS", &[("s.t", 3)]);
        let digest = plan.digest(&KEY);
        assert_eq!(digest.len(), 19, "{digest}");
        assert!(is_digest(&digest.to_uppercase().replace('-', " "), &digest));
        assert!(!is_digest(&digest[..18], &digest));
        assert!(!is_digest("", ""));
        assert_ne!(digest, plan.digest(&[8; 32]));
        assert_ne!(digest, record("SUCCESS", &[("s.t", 4)]).digest(&KEY));
        let again: PlanRecord =
            serde_json::from_str(&serde_json::to_string(&plan).unwrap()).unwrap();
        assert_eq!(again.digest(&KEY), digest);
    }

    #[test]
    fn counts_may_differ_within_the_tolerance() {
        let tolerance = Tolerance {
            rows: 2,
            percent: 10,
        };
        let differ = |approved: &[(&str, i64)], now: &[(&str, i64)]| {
            let differences =
                record("SUCCESS", approved).differences(&record("SUCCESS", now), tolerance);
            differences
                .iter()
                .map(ToString::to_string)
                .collect::<Vec<_>>()
        };
        assert!(differ(&[("t", 3)], &[("t", 5)]).is_empty());
        assert!(differ(&[("t", 100)], &[("t", 90)]).is_empty());
        assert!(differ(&[("t", 100)], &[("t", 100), ("u", 2)]).is_empty());
        assert_eq!(
            differ(&[("t", 3)], &[("u", 3)]),
            [
                "request 1 contact 2: 0 rows of t hold the device, but 3 were approved",
                "request 1 contact 2: 3 rows of u hold the device, but 0 were approved"
            ]
        );
        assert_eq!(differ(&[("t", 100)], &[("t", 111)]).len(), 1);
    }

    #[test]
    fn differences_are_named() {
        let approved = record("SUCCESS", &[]);
        let mut now = record("ERROR: legal hold", &[]);
        let differences = approved.differences(&now, Tolerance::default());
        assert_eq!(
            differences[0].to_string(),
            "request 1 contact 2: the answer would be \"ERROR: legal hold\", but \"SUCCESS\" was approved"
        );
        now.catalogue = "other".into();
        now.schema = "other".into();
        now.scope = "other".into();
        let differences = approved.differences(&now, Tolerance::default());
        assert_eq!(
            differences[..3],
            [Difference::Catalogue, Difference::Schema, Difference::Scope]
        );
        now.submission = "other".into();
        let differences = approved.differences(&now, Tolerance::default());
        assert_eq!(differences, [Difference::Key]);
        now.scope = approved.scope.clone();
        let differences = approved.differences(&now, Tolerance::default());
        assert_eq!(differences[0], Difference::Submission);
        assert!(
            !differences
                .iter()
                .any(|d| matches!(d, Difference::Answer { .. }))
        );
        let many = |n| record(&format!("ERROR: too many rows ({n} found, limit 2)"), &[]);
        assert!(
            many(3)
                .differences(&many(4), Tolerance::default())
                .is_empty()
        );
    }
}
