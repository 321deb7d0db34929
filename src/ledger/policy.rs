//! The rules for cases that the owner of the ledger sets (contract section 12).

use chrono::{DateTime, Utc};

use crate::postgres::query::queries;
use crate::postgres::row::row;
use crate::postgres::{DatabaseError, Session};

row! {
    /// The rules for cases. A configuration can only make them stricter.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub(crate) struct Policy {
        /// Whether a submission of a case needs the approval of a second person.
        pub(crate) two_people: bool,
        /// By how many rows each count may differ from what was approved, at most.
        pub(crate) count_tolerance: i64,
        /// When and by whom it was last changed; `None`: it was not.
        pub(crate) changed_at: Option<DateTime<Utc>>,
        pub(crate) changed_by: Option<String>,
    }
}

impl Policy {
    /// The strictest rules.
    const STRICTEST: Policy = Policy {
        two_people: true,
        count_tolerance: 0,
        changed_at: None,
        changed_by: None,
    };
}

/// The rules that are in force; the strictest where somebody has deleted them.
pub(crate) async fn policy(session: &Session) -> Result<Policy, DatabaseError> {
    Ok(read(session).await?.unwrap_or(Policy::STRICTEST))
}

queries! {
    fn read() -> Option<Policy> = "ledger/policy/read.sql";
    /// Changes the rules that are given; `None` leaves a rule as it is.
    pub(crate) fn change_policy(two_people: Option<bool>, count_tolerance: Option<i64>) = "ledger/policy/change.sql";
}
