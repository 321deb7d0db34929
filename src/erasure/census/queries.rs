//! The statements of a census about the server, with their rows.

use chrono::{DateTime, Utc};

use crate::domain::identifier::Lsn;
use crate::postgres::query::{One, queries};
use crate::postgres::row::row;

row! {
    /// How many were found.
    pub(super) struct Found {
        pub(crate) found: i64,
    }
}

row! {
    /// How many plain views depend on tables.
    pub(super) struct ViewCount {
        pub(crate) views: i64,
    }
}

row! {
    /// How many orphaned shards are left.
    pub(super) struct ShardCount {
        pub(crate) shards: i64,
    }
}

row! {
    /// Counted dead row versions.
    pub(super) struct DeadCount {
        pub(crate) dead: i64,
    }
}

row! {
    /// A setting of the server as it is for this session.
    pub(super) struct Setting {
        pub(crate) name: String,
        pub(crate) setting: String,
        /// Whether a superuser can grant the privilege to change it.
        pub(crate) grantable: bool,
        /// This role.
        pub(crate) role: String,
    }
}

row! {
    /// Temporary files.
    pub(super) struct TempFiles {
        pub(crate) files: i64,
        /// Those whose process has ended.
        pub(crate) lost: i64,
    }
}

row! {
    /// A schema with temporary tables of a session of Lethe.
    pub(super) struct Staging {
        pub(crate) schema_name: String,
        pub(crate) tables: i64,
        /// Whether the session may still exist.
        pub(crate) alive: bool,
    }
}

row! {
    /// Number of large objects and of comments.
    pub(super) struct Objects {
        pub(crate) large_objects: i64,
        pub(crate) comments: i64,
    }
}

row! {
    /// A connected replica or receiver of WAL.
    pub(super) struct Standby {
        pub(crate) pid: i32,
        pub(crate) name: String,
        /// Whether this role may see its progress.
        pub(crate) visible: bool,
        /// The WAL position that it has replayed, in bytes; `None`: it replays nothing.
        pub(crate) replayed: Option<Lsn>,
    }
}

row! {
    /// The consumer of a replication slot.
    pub(super) struct SlotConsumer {
        pub(crate) name: String,
        pub(crate) logical: bool,
    }
}

row! {
    /// The current WAL position and the state of archiving.
    pub(super) struct WalState {
        /// The position as the server writes it.
        pub(crate) shown: String,
        pub(crate) archived: bool,
        pub(crate) last_archived_wal: Option<String>,
        pub(crate) failed_count: i64,
    }
}

row! {
    /// The WAL files of the server; `None`: there are none.
    pub(super) struct WalFiles {
        /// The first position, in bytes.
        pub(crate) oldest: Option<Lsn>,
        /// The earliest time of modification.
        pub(crate) written: Option<DateTime<Utc>>,
    }
}

row! {
    /// The server's statistics of a relation.
    pub(super) struct Relation {
        pub(crate) oid: u32,
        pub(crate) method: Option<String>,
        pub(crate) dead: i64,
        pub(crate) toast_dead: i64,
        pub(crate) toast: Option<u32>,
    }
}

row! {
    /// Statistics that this role may not see.
    pub(super) struct UnreadableStatistics {
        pub(crate) name: String,
    }
}

row! {
    /// Statistics that contain a device.
    pub(super) struct FoundStatistics {
        pub(crate) name: String,
        pub(crate) relation: u32,
    }
}

row! {
    /// A trigger or rule of a table.
    pub(super) struct Trigger {
        pub(crate) table_name: String,
        pub(crate) name: String,
        pub(crate) function_name: String,
        /// Whether its function writes to no table.
        pub(crate) quiet: bool,
        /// The tables that it writes to.
        pub(crate) targets: Vec<String>,
    }
}

row! {
    /// A publication with the number of changed tables that it publishes.
    pub(super) struct Publication {
        pub(crate) publication: String,
        pub(crate) tables: i64,
    }
}

row! {
    /// The extensions of the database as the server names them.
    pub(super) struct ExtensionRow {
        pub(crate) statements_in: Option<String>,
        pub(crate) statements_kept: bool,
        pub(crate) counting_in: Option<String>,
        pub(crate) citus: bool,
        pub(crate) cleanup: bool,
        pub(crate) sees_statements: bool,
    }
}

queries! {
    pub(super) fn extensions() -> One<ExtensionRow> = "census/extensions.sql";
    pub(super) fn search_statements() -> One<Found> = rendered "census/search_statements.sql";
    pub(super) fn search_comments() -> One<Found> = "census/search_comments.sql";
    pub(super) fn search_statistics(relations: &[u32]) -> Vec<FoundStatistics> = "census/search_statistics.sql";
    pub(super) fn unreadable_statistics(relations: &[u32]) -> Vec<UnreadableStatistics> = "census/unreadable_statistics.sql";
    pub(super) fn settings(names: &[&str]) -> Vec<Setting> = "census/settings.sql";
    pub(super) fn temp_files() -> One<TempFiles> = "census/temp_files.sql";
    pub(super) fn staging() -> Vec<Staging> = "census/staging.sql";
    pub(super) fn objects() -> One<Objects> = "census/objects.sql";
    pub(super) fn standbys() -> Vec<Standby> = "census/standbys.sql";
    pub(super) fn slot_consumers() -> Vec<SlotConsumer> = "census/slot_consumers.sql";
    pub(super) fn orphaned_shards() -> One<ShardCount> = rendered "census/shards.sql";
    pub(super) fn wal_state() -> One<WalState> = "census/wal.sql";
    pub(super) fn wal_files() -> One<WalFiles> = "census/wal_files.sql";
    pub(super) fn relations(oids: &[u32]) -> Vec<Relation> = "census/relations.sql";
    pub(super) fn count_dead(relation: u32) -> One<DeadCount> = rendered "census/count_dead.sql";
    pub(super) fn dependent_views(tables: &[u32]) -> One<ViewCount> = "census/dependent_views.sql";
    pub(super) fn triggers(tables: &[u32]) -> Vec<Trigger> = "census/triggers.sql";
    pub(super) fn publications(tables: &[u32]) -> Vec<Publication> = "census/publications.sql";
}
