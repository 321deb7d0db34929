//! The statements of the treatment of targets, with their rows.

use crate::domain::identifier::Lsn;
use crate::postgres::declared::commands;
use crate::postgres::query::{One, queries};
use crate::postgres::row::row;

row! {
    /// What the server's settings mean for a scrub.
    pub(super) struct ServerSettings {
        /// Whether its messages are in English.
        pub(crate) english: bool,
        /// `vacuum_defer_cleanup_age`, in transactions.
        pub(crate) deferred: i64,
    }
}

row! {
    /// An invalid index that an interrupted scrub left behind.
    pub(super) struct Leftover {
        pub(crate) schema_name: String,
        pub(crate) index_name: String,
    }
}

row! {
    /// An index that VACUUM does not clean.
    pub(super) struct UnfinishedIndex {
        pub(crate) name: String,
    }
}

row! {
    /// Dead row versions of a table.
    pub(super) struct DeadRows {
        pub(crate) dead: i64,
        /// Whether the server's count includes pages that VACUUM skipped.
        pub(crate) known: bool,
    }
}

row! {
    /// Statistics that ANALYZE does not replace.
    pub(in crate::erasure) struct StaleStatistics {
        pub(crate) name: String,
        /// Whether the reason is that the table is empty; else it is STATISTICS 0.
        pub(crate) empty: bool,
    }
}

row! {
    /// Whether a checkpoint is complete.
    pub(super) struct CheckpointState {
        pub(crate) done: bool,
    }
}

row! {
    /// Whether the server is on this host.
    pub(super) struct ServerPlace {
        pub(crate) local: bool,
    }
}

queries! {
    pub(super) fn server_settings() -> One<ServerSettings> = "scrub/speaks_english.sql";
    pub(super) fn set_limits(lock: &str, statement: &str, cost_delay: &str) = "scrub/settings.sql";
    pub(super) fn leftovers() -> Vec<Leftover> = "scrub/leftovers.sql";
    pub(super) fn unfinished(table: u32) -> Vec<UnfinishedIndex> = "scrub/unfinished.sql";
    pub(super) fn dead_rows(table: u32) -> Option<DeadRows> = "scrub/dead.sql";
    pub(in crate::erasure) fn stale(table: u32) -> Vec<StaleStatistics> = "scrub/stale.sql";
    pub(super) fn checkpointed(lsn: Lsn) -> Option<CheckpointState> = "scrub/checkpointed.sql";
    pub(super) fn server_place() -> Option<ServerPlace> = "scrub/server_is_local.sql";
}

commands! {
    pub(super) ENGLISH = "scrub/english.sql";
    pub(super) OWN_LANGUAGE = "scrub/own_language.sql";
    pub(super) DEFAULTS = "scrub/defaults.sql";
    pub(crate) CHECKPOINT = "scrub/checkpoint.sql";
}
