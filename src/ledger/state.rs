//! The state of a submission.

use strum::{EnumString, IntoStaticStr};

use crate::postgres::row::text_enum;

/// The state of a submission.
#[derive(Debug, Clone, Copy, PartialEq, Eq, EnumString, IntoStaticStr, serde::Serialize)]
#[strum(serialize_all = "lowercase")]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// Its name is claimed; its content may not be in the spool yet.
    Received,
    /// Read, and being processed.
    Running,
    /// Every contact has its answer; results may not be published yet.
    Answered,
    /// Its results are published.
    Done,
}

text_enum! { State }
