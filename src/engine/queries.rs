//! The statements of the engine, with their parameters and rows.

use std::net::Ipv6Addr;

use crate::domain::identifier::Ordinal;
use crate::postgres::declared::{commands, copies};
use crate::postgres::query::{One, queries};
use crate::postgres::row::{row, text_enum};

row! {
    /// An account within reach.
    pub(super) struct AccountRow {
        pub(crate) account_id: String,
        pub(crate) parent_id: Option<String>,
        pub(crate) dialling_code: Option<String>,
        pub(crate) trunk_prefix: Option<String>,
    }
}

row! {
    /// An account that owns or shares a short code.
    pub(super) struct ShortCodeRow {
        pub(crate) short_code: String,
        pub(crate) account_id: String,
    }
}

row! {
    /// A target.
    pub(super) struct TargetRow {
        pub(crate) target: i32,
    }
}

row! {
    /// Number of rows for a target.
    pub(super) struct RowCount {
        pub(crate) target: i32,
        pub(crate) row_count: i64,
    }
}

row! {
    /// Number of rows that a change left as they were.
    pub(super) struct RowsLeft {
        pub(crate) row_count: i64,
    }
}

row! {
    /// Number of client IDs for a target.
    pub(super) struct ClientCount {
        pub(crate) target: i32,
        pub(crate) client_ids: i64,
    }
}

row! {
    /// A client ID with which a target's device was found.
    pub(super) struct FoundClientRow {
        pub(crate) target: i32,
        pub(crate) account_id: String,
        pub(crate) client_id: String,
        pub(crate) row_key: String,
    }
}

row! {
    /// A media row of a forgotten record.
    pub(super) struct FoundMediaRow {
        pub(crate) target: i32,
        pub(crate) row_key: String,
        pub(crate) media_uri: String,
    }
}

row! {
    /// The ID of the current transaction.
    pub(super) struct CurrentTransaction {
        pub(crate) xid: Option<i64>,
    }
}

row! {
    /// Bytes of WAL that the server has written.
    pub(super) struct WalPosition {
        pub(crate) written: i64,
    }
}

row! {
    /// The writing transactions of the cluster.
    pub(super) struct Writers {
        pub(crate) next_xid: i64,
        pub(crate) busy: bool,
    }
}

row! {
    /// The state of the slowest replica.
    pub(super) struct ReplicaLag {
        pub(crate) seconds: Option<f64>,
        pub(crate) position: i64,
        pub(crate) replayed: Option<i64>,
    }
}

row! {
    /// Whether this role may see the state of the replicas.
    pub(super) struct ReplicaAccess {
        pub(crate) may_see: bool,
    }
}

row! {
    /// Number of rows for a target, by device column.
    pub(super) struct ColumnCount {
        pub(crate) target: i32,
        pub(crate) slot: i16,
        pub(crate) row_count: i64,
    }
}

row! {
    /// Number of records for a target.
    pub(super) struct RecordCount {
        pub(crate) target: i32,
        pub(crate) record_count: i64,
    }
}

row! {
    /// First and last time stamp for a target.
    pub(super) struct ActivityRow {
        pub(crate) target: i32,
        pub(crate) first_moment: String,
        pub(crate) last_moment: String,
    }
}

row! {
    /// A media object for a target.
    pub(super) struct MediaUriRow {
        pub(crate) target: i32,
        pub(crate) media_uri: String,
    }
}

/// What is noted and counted for a target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::EnumString, strum::IntoStaticStr)]
#[strum(serialize_all = "lowercase")]
pub(super) enum Noted {
    /// A client ID.
    Client,
    Name,
}

text_enum! { Noted }

row! {
    /// Number of distinct noted values for a target.
    pub(super) struct NotedCount {
        pub(crate) target: i32,
        pub(crate) what: Noted,
        pub(crate) value_count: i64,
    }
}

row! {
    /// Another device in the records of a target.
    pub(super) struct OtherDevice {
        pub(crate) target: i32,
        pub(crate) account_id: String,
        pub(crate) value: String,
    }
}

row! {
    /// Number of rows with personal fields for a target.
    pub(super) struct PersonalRows {
        pub(crate) target: i32,
        pub(crate) left_rows: i64,
        pub(crate) kept_rows: i64,
    }
}

row! {
    /// Number of large objects.
    pub(super) struct LargeObjects {
        pub(crate) objects: i64,
    }
}

row! {
    /// A value that has changed since devices were recognised in it.
    pub(super) struct ChangedValue {
        pub(crate) value: i32,
        pub(crate) account_id: String,
        pub(crate) row_key: String,
        pub(crate) stored: Option<String>,
        pub(crate) country: Option<String>,
    }
}

row! {
    /// Number of rows that may hold a target's device.
    pub(super) struct PossibleCount {
        pub(crate) target: i32,
        pub(crate) table_number: i32,
        pub(crate) slot: i16,
        pub(crate) row_count: i64,
    }
}

row! {
    /// The placeholder of a device in a value.
    pub(super) struct PlaceholderRow {
        pub(crate) value: i32,
        pub(crate) slot: i16,
        pub(crate) stored: String,
        pub(crate) places: String,
        pub(crate) kind: String,
        pub(crate) code: String,
        pub(crate) address: String,
    }
}

queries! {
    pub(super) fn accounts(listed: &[String]) -> Vec<AccountRow> = rendered "find/accounts.sql";
    pub(super) fn short_codes(accounts: &[&str], named: &[&str]) -> Vec<ShortCodeRow> = rendered "find/short_codes.sql";
    pub(super) fn match_rows(first: i32, end: i32) -> u64 = rendered "find/match.sql";
    pub(super) fn match_sighted(first: i32, end: i32) -> u64 = rendered "find/sighted.sql";
    pub(super) fn changed_values(first: i32, end: i32) -> Vec<ChangedValue> = rendered "find/changed.sql";
    pub(super) fn discard_sighted(values: &[i32]) = "find/discard_sighted.sql";
    pub(super) fn count_possible() -> Vec<PossibleCount> = "find/possible.sql";
    pub(super) fn count_rows() -> Vec<RowCount> = rendered "find/count.sql";
    pub(super) fn held() -> Vec<TargetRow> = rendered "find/held.sql";
    pub(super) fn note_clients() = rendered "find/clients.sql";
    pub(super) fn count_clients(limit: i64) -> Vec<ClientCount> = "find/count_clients.sql";
    pub(super) fn exclude(targets: &[i32]) = rendered "find/exclude.sql";

    pub(super) fn note_record() = rendered "forget/record.sql";
    pub(super) fn add_siblings() = rendered "forget/siblings.sql";
    pub(super) fn placeholders(above: i32, up_to: i32) -> Vec<PlaceholderRow> = rendered "forget/placeholders.sql";
    pub(super) fn assign(last: i32, floor: i32) -> u64 = rendered "forget/assign.sql";
    pub(super) fn found_clients() -> Vec<FoundClientRow> = rendered "forget/clients.sql";
    pub(super) fn found_media() -> Vec<FoundMediaRow> = rendered "forget/media.sql";
    pub(super) fn left() -> One<RowsLeft> = rendered "forget/left.sql";
    pub(super) fn settle(targets: &[i32]) = "stage/settle.sql";

    pub(super) fn exclude_shared() -> u64 = rendered "export/exclude_shared.sql";
    pub(super) fn set_current_request(request: Ordinal) = "export/current.sql";
    pub(super) fn exportable() -> Vec<TargetRow> = rendered "export/exportable.sql";

    pub(super) fn current_transaction() -> Option<CurrentTransaction> = "session/current_xid.sql";
    pub(super) fn writers() -> Option<Writers> = "session/other_writers.sql";
    pub(super) fn replica_access() -> Option<ReplicaAccess> = "session/may_see_replicas.sql";
    pub(super) fn wal_position() -> One<WalPosition> = "session/wal_position.sql";
    pub(super) fn replica_lag() -> Option<ReplicaLag> = "session/replica_lag.sql";

    pub(super) fn count_columns() -> Vec<ColumnCount> = rendered "preview/columns.sql";
    pub(super) fn count_records() -> Vec<RecordCount> = rendered "preview/records.sql";
    pub(super) fn count_held_records() -> Vec<RecordCount> = rendered "preview/held.sql";
    pub(super) fn activity() -> Vec<ActivityRow> = rendered "preview/activity.sql";
    pub(super) fn media_uris() -> Vec<MediaUriRow> = rendered "preview/media.sql";
    pub(super) fn note_found_clients() = rendered "preview/clients.sql";
    pub(super) fn note_names() = rendered "preview/names.sql";
    pub(super) fn note_others() = rendered "preview/others.sql";
    pub(super) fn count_noted() -> Vec<NotedCount> = "preview/noted.sql";
    pub(super) fn noted_others() -> Vec<OtherDevice> = "preview/noted_others.sql";
    pub(super) fn count_kept_rows() -> Vec<RowCount> = rendered "preview/kept.sql";

    pub(super) fn trace_clients(table: &str) -> u64 = rendered "verify/traced.sql";
    pub(super) fn count_traced() -> Vec<ClientCount> = "verify/count_traced.sql";
    pub(super) fn count_left(table: &str) -> Vec<PersonalRows> = rendered "verify/left.sql";
    pub(super) fn large_objects() -> One<LargeObjects> = "search/large_objects.sql";
}

commands! {
    pub(super) PROBE = "find/probe.sql";
    pub(super) END_PROBE = "find/probed.sql";
}

copies! {
    pub(super) SIGHTED(table_number: i32, slot: i16, value: i32, device: i32, certain: bool, account_id: &str, row_key: &str, form: &str, places: &str, stored: &str) = "stage/copy_sighted.sql";
    pub(super) REWRITTEN(value: i32, written: Option<&str>) = "stage/copy_rewritten.sql";
    pub(super) TARGETS(target: i32, device: i32, scope: i32, kind: &str, settled: bool) = "stage/copy_target.sql";
    pub(super) SCOPE_ACCOUNTS(scope: i32, account_id: &str, national: Option<i32>) = "stage/copy_scope_account.sql";
    pub(super) SCOPE_CODES(scope: i32, short_code: &str) = "stage/copy_scope_code.sql";
    pub(super) WANTED(request: i32, target: i32) = "stage/copy_wanted.sql";
    pub(super) RANDOM(ordinal: i32, code: &str, address: Ipv6Addr) = "stage/copy_random.sql";
    pub(super) KEPT(target: i32, table_name: &str, row_key: &str) = "stage/copy_kept.sql";
}
