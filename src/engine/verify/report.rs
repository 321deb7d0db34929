//! The result of a verification.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::domain::identifier::Ordinal;
use crate::engine::value_search::Place;

/// What is left of each contact.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Verification {
    pub(crate) contacts: Vec<ContactVerdict>,
    /// Columns that were not searched completely, and why.
    pub(crate) given_up: Vec<String>,
}

impl Verification {
    /// Calls no contact clean, because something could not be checked.
    pub(crate) fn mark_incomplete(&mut self) {
        for contact in &mut self.contacts {
            if contact.verdict == Verdict::Clean {
                contact.verdict = Verdict::Incomplete;
            }
        }
    }
}

/// The result for one contact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Verdict {
    /// Nothing is left.
    Clean,
    /// Nothing was found, but not everything could be checked.
    Incomplete,
    /// Values were found that may be its device, and may be something else.
    Possible,
    /// Its device, or personal fields of a forgotten record, were found.
    Found,
    /// It was refused: there is no device or no scope to look in.
    NotLookedFor,
}

/// One contact and what was found.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct ContactVerdict {
    pub(crate) request: Ordinal,
    pub(crate) contact: Ordinal,
    pub(crate) kind: Option<&'static str>,
    /// For the terminal of the person who entered it: see [`Device::masked`](crate::domain::device::Device::masked).
    #[serde(skip)]
    pub(crate) masked: Option<String>,
    pub(crate) verdict: Verdict,
    /// The answer of the run; `None` where it is not known.
    pub(crate) answered: Option<String>,
    /// Why it was not looked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) refused: Option<String>,
    #[serde(flatten)]
    pub(crate) left: Left,
}

/// What is left of a device, within the scope of its request unless noted otherwise.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Left {
    /// Rows that hold the device in a declared column, in any form, by `<schema>.<table>.<column>`.
    pub(crate) columns: BTreeMap<String, i64>,
    /// Rows that may hold it in a declared column but could also hold something else, by `<schema>.<table>.<column>`.
    pub(crate) possible: BTreeMap<String, i64>,
    /// Where the value search found it, or what may be it, except where `columns` lists as many rows. In tables that the catalogue does
    /// not declare, rows of any scope count.
    pub(crate) places: Vec<Place>,
    /// Client IDs that were found again, and rows by which they should have been found but that no longer exist.
    pub(crate) client_ids: i64,
    pub(crate) rows_gone: i64,
    /// Rows of forgotten records of these client IDs that have personal fields, by table.
    pub(crate) unredacted: BTreeMap<String, i64>,
    /// Media objects of its recordings that are still to be deleted, according to the ledger.
    pub(crate) media_objects: i64,
    /// Rows of these client IDs that held no requested device and therefore keep their personal fields, as intended.
    pub(crate) kept_rows: BTreeMap<String, i64>,
}

impl Left {
    /// Removes the places whose rows are all in `columns` or `possible`.
    pub(super) fn forget_known_places(&mut self) {
        let (columns, possible) = (&self.columns, &self.possible);
        self.places.retain(|place| {
            let listed = match place.is_certain() {
                true => columns,
                false => possible,
            };
            let known = listed.get(&place.name());
            known.is_none_or(|rows| *rows < place.rows)
        });
    }

    pub(super) fn verdict(&self) -> Verdict {
        let found = [&self.columns, &self.unredacted];
        let is_found = found.iter().any(|counts| !counts.is_empty());
        if self.media_objects > 0 || is_found || self.places.iter().any(Place::is_certain) {
            Verdict::Found
        } else if !self.possible.is_empty() || !self.places.is_empty() {
            Verdict::Possible
        } else if self.rows_gone > 0 {
            Verdict::Incomplete
        } else {
            Verdict::Clean
        }
    }
}
