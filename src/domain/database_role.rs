//! The database roles of an installation (contract section 12).

use std::fmt;

/// A database role of an installation: what it is for. A site can give it another name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DatabaseRole {
    /// Owns the ledger; only `migrate` works with it.
    Owner,
    /// Changes data.
    Engine,
    /// Reads declared tables, and writes cases and approvals.
    Care,
    /// Reads what was done.
    Reader,
}

impl DatabaseRole {
    /// The name that it has unless a site names it otherwise.
    pub(crate) fn name(self) -> &'static str {
        match self {
            DatabaseRole::Owner => "lethe_owner",
            DatabaseRole::Engine => "lethe_engine",
            DatabaseRole::Care => "lethe_care",
            DatabaseRole::Reader => "lethe_reader",
        }
    }

    /// What the role may do. Continues "it …" and "may not …".
    pub(crate) fn duty(self) -> &'static str {
        match self {
            DatabaseRole::Owner => "migrate the ledger and change the rules for cases",
            DatabaseRole::Engine => "process submissions",
            DatabaseRole::Care => "work on cases",
            DatabaseRole::Reader => "read the ledger",
        }
    }
}

impl fmt::Display for DatabaseRole {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
