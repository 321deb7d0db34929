//! Actions and products (contract sections 1 and 4).

use std::fmt;

use strum::{EnumString, IntoStaticStr};

/// What a submission asks for. All its requests have the same action (contract section 1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, EnumString, IntoStaticStr, serde::Serialize)]
#[strum(serialize_all = "UPPERCASE")]
#[serde(rename_all = "UPPERCASE")]
pub enum Action {
    /// Replace every occurrence of the devices: "forget me".
    Forget,
    /// Export the records of the devices: "give me my data".
    Export,
}

impl Action {
    /// `FORGET` or `EXPORT`, as in a request's `type` and in the ledger.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Action::Forget => "FORGET",
            Action::Export => "EXPORT",
        }
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The product of a drop. It decides what a request must name (contract section 4).
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Default,
    serde::Deserialize,
    clap::ValueEnum,
    EnumString,
    IntoStaticStr,
)]
#[strum(serialize_all = "lowercase")]
#[serde(rename_all = "lowercase")]
pub enum Product {
    /// `accountid` is required and is the scope; short codes add the mobile channel.
    #[default]
    Outbound,
    /// Aggregation and mobile messaging: `shortcodes` are required and are the scope.
    Messaging,
}

impl fmt::Display for Product {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Product::Outbound => "outbound",
            Product::Messaging => "messaging",
        })
    }
}
