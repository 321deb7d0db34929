//! The words of a submission: actions, products, and the answers that contacts get (contract section 3).

use std::fmt;

/// What a submission asks for; all its requests have the same action (contract section 1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Action {
    /// Replace every occurrence of the devices: "forget me".
    Forget,
    /// Hand out the records of the devices: "give me my data".
    Export,
}

impl Action {
    /// `FORGET` or `EXPORT`, as `type` in a request and in the ledger.
    pub fn as_str(self) -> &'static str {
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

/// The product that a drop belongs to; it decides what a request must name (contract section 4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Product {
    /// `accountid` is required and is the scope; short codes open the mobile channel.
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
