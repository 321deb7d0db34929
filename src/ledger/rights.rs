//! The rights of each role on Lethe's own tables: what its commands do, and nothing else (contract section 12).

use crate::domain::database_role::DatabaseRole;
use crate::postgres::query::{One, queries};
use crate::postgres::row::row;
use crate::postgres::{DatabaseError, Session};

/// A privilege on tables of the ledger, as in a GRANT.
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::IntoStaticStr)]
#[strum(serialize_all = "UPPERCASE")]
pub(crate) enum Privilege {
    Select,
    Insert,
    Update,
    Delete,
}

/// A privilege on a table of the ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Right {
    pub(crate) table: &'static str,
    pub(crate) privilege: Privilege,
    /// The columns that it is limited to; empty: the whole table.
    pub(crate) columns: &'static [&'static str],
}

/// The rights of a role on the ledger that are granted to it. The owner has all by owning it, so none is granted to it.
pub(crate) fn rights(role: DatabaseRole) -> Vec<Right> {
    let mut rights = Vec::new();
    for table in TABLES {
        let granted = match role {
            DatabaseRole::Owner => &[],
            DatabaseRole::Engine => table.engine,
            DatabaseRole::Care => table.care,
            DatabaseRole::Reader => table.reader,
        };
        rights.extend(granted.iter().map(|(privilege, columns)| Right {
            table: table.name,
            privilege: *privilege,
            columns,
        }));
    }
    rights
}

row! {
    /// The role of a session, and what it lacks on the ledger.
    #[derive(Debug)]
    pub(crate) struct RoleRights {
        pub(crate) role_name: String,
        /// Whether there is a ledger at all.
        pub(crate) has_ledger: bool = "ledger",
        /// Whether the role may look into it.
        pub(crate) may_use_ledger: bool,
        /// Tables on which it lacks rights of the role that was asked about.
        pub(crate) missing: Vec<String>,
    }
}

/// Which rights of `role` the role of this session lacks.
pub(crate) async fn role_rights(
    session: &Session,
    role: DatabaseRole,
) -> Result<RoleRights, DatabaseError> {
    let (mut tables, mut privileges, mut columns) = (Vec::new(), Vec::new(), Vec::new());
    let needed = match role {
        DatabaseRole::Owner => OWNED.to_vec(),
        DatabaseRole::Engine | DatabaseRole::Care | DatabaseRole::Reader => rights(role),
    };
    for right in needed {
        let privilege: &'static str = right.privilege.into();
        let limited = right
            .columns
            .iter()
            .map(|column| Some((*column).to_owned()));
        let whole = right.columns.is_empty().then_some(None);
        for column in limited.chain(whole) {
            tables.push(right.table);
            privileges.push(privilege);
            columns.push(column);
        }
    }
    let One(found) = missing(session, &tables, &privileges, &columns).await?;
    Ok(found)
}

/// Whether the role of this session has all rights of `role`.
pub(crate) async fn has_rights(
    session: &Session,
    role: DatabaseRole,
) -> Result<bool, DatabaseError> {
    Ok(role_rights(session, role).await?.missing.is_empty())
}

queries! {
    fn missing(tables: &[&str], privileges: &[&str], columns: &[Option<String>]) -> One<RoleRights> = "ledger/rights/missing.sql";
}

/// A privilege, and the columns that it is limited to; none: the whole table.
type Granted = (Privilege, &'static [&'static str]);

const SELECT: Granted = (Privilege::Select, &[]);
const INSERT: Granted = (Privilege::Insert, &[]);
const UPDATE: Granted = (Privilege::Update, &[]);
const DELETE: Granted = (Privilege::Delete, &[]);

const NOTHING: &[Granted] = &[];
const READ: &[Granted] = &[SELECT];
const ADD: &[Granted] = &[SELECT, INSERT];
const ADD_CHANGE: &[Granted] = &[SELECT, INSERT, UPDATE];
const ADD_REMOVE: &[Granted] = &[SELECT, INSERT, DELETE];
const ALL: &[Granted] = &[SELECT, INSERT, UPDATE, DELETE];

/// An agent opens a case, or adds accounts to it.
const CARE_CASE: &[Granted] = &[
    SELECT,
    INSERT,
    (Privilege::Update, &["accounts", "received_on"]),
];
/// The engine seals the key of a digest anew; what the server recorded stays.
const ENGINE_FILE: &[Granted] = &[SELECT, INSERT, (Privilege::Update, &["digest_key"]), DELETE];
/// The server itself records who opened a file; a file that could not be written is withdrawn.
const CARE_FILE: &[Granted] = &[SELECT, (Privilege::Insert, FILE), DELETE];
const FILE: &[&str] = &[
    "case_id",
    "file_name",
    "digest_key",
    "digest",
    "opened_at",
    "os_uid",
    "os_login_uid",
    "os_user",
];
/// The server itself records who approved.
const CARE_APPROVAL: &[Granted] = &[SELECT, (Privilege::Insert, APPROVAL)];
const APPROVAL: &[&str] = &[
    "case_id",
    "drop_name",
    "file_name",
    "plan",
    "approved_at",
    "os_uid",
    "os_login_uid",
    "os_user",
    "digest",
];

/// A reader counts media objects, ...
const READ_MEDIA: &[Granted] = &[(
    Privilege::Select,
    &[
        "submission_id",
        "table_name",
        "row_key",
        "deleted_at",
        "failure",
    ],
)];
/// ... compares the ends of chains with copies, ...
const READ_CHAIN: &[Granted] = &[(Privilege::Select, &["chain_id", "number", "head"])];
/// ... and sees which cases are overdue, but not who works on them.
const READ_CASE: &[Granted] = &[(Privilege::Select, &["case_id", "received_on"])];
const READ_FILE: &[Granted] = &[(Privilege::Select, &["case_id", "file_name"])];

/// A table of the ledger with the rights that are granted on it.
struct TableRights {
    name: &'static str,
    engine: &'static [Granted],
    care: &'static [Granted],
    reader: &'static [Granted],
}

const fn table(
    name: &'static str,
    engine: &'static [Granted],
    care: &'static [Granted],
    reader: &'static [Granted],
) -> TableRights {
    TableRights {
        name,
        engine,
        care,
        reader,
    }
}

/// What only the owner may do, by which it is known.
const OWNED: [Right; 1] = [Right {
    table: "policy",
    privilege: Privilege::Update,
    columns: &[],
}];

/// Every table of the ledger, with the rights of engine, Care and reader: each may do what those after it may. Nobody but the owner
/// writes the migrations.
const TABLES: &[TableRights] = &[
    table("ledger", READ, NOTHING, NOTHING),
    table("ledger_migration", READ, READ, READ),
    table("contact_centre_migration", NOTHING, NOTHING, NOTHING),
    table("migration_lock", NOTHING, NOTHING, NOTHING),
    table("lock", ALL, READ, READ),
    table("submission", ALL, READ, READ),
    table("request", ADD_REMOVE, READ, READ),
    table("contact", ALL, READ, READ),
    table("table_count", ALL, READ, READ),
    table("duplicate", ADD_CHANGE, NOTHING, NOTHING),
    table("result", ADD_CHANGE, READ, NOTHING),
    table("media", ALL, READ, READ_MEDIA),
    table("plan_key", ADD_REMOVE, READ, NOTHING),
    table("policy", READ, READ, NOTHING),
    table("found_client", ADD_REMOVE, READ, NOTHING),
    table("receipt_chain", ADD_CHANGE, READ_CHAIN, READ_CHAIN),
    table("receipt", ADD, NOTHING, NOTHING),
    table("care_case", ALL, CARE_CASE, READ_CASE),
    table("case_file", ENGINE_FILE, CARE_FILE, READ_FILE),
    table("case_approval", ADD_REMOVE, CARE_APPROVAL, NOTHING),
    table("scrub", ADD_CHANGE, NOTHING, NOTHING),
    table("scrub_seen", ADD_CHANGE, NOTHING, NOTHING),
    table("scrub_unit", ADD_CHANGE, NOTHING, NOTHING),
    table("scrub_holder", ADD, NOTHING, NOTHING),
    table("certificate_chain", ADD_CHANGE, READ_CHAIN, READ_CHAIN),
    table("certificate", ADD_CHANGE, NOTHING, NOTHING),
    table("changed_relation", ADD_CHANGE, NOTHING, NOTHING),
];

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether a right is among others, as a whole or column by column.
    fn covers(rights: &[Right], right: &Right) -> bool {
        rights.iter().any(|other| {
            let of_all = other.columns.is_empty();
            let of_these = !right.columns.is_empty()
                && right.columns.iter().all(|c| other.columns.contains(c));
            other.table == right.table && other.privilege == right.privilege && (of_all || of_these)
        })
    }

    #[test]
    fn the_engine_may_do_what_care_may_and_care_what_a_reader_may() {
        let [engine, care, reader] = [
            DatabaseRole::Engine,
            DatabaseRole::Care,
            DatabaseRole::Reader,
        ]
        .map(rights);
        assert!(!reader.is_empty());
        for (stronger, weaker) in [(&engine, &care), (&care, &reader)] {
            for right in weaker {
                assert!(covers(stronger, right), "{right:?}");
            }
        }
    }

    #[test]
    fn what_only_the_owner_may_do_is_granted_to_nobody() {
        for role in [
            DatabaseRole::Engine,
            DatabaseRole::Care,
            DatabaseRole::Reader,
        ] {
            let rights = rights(role);
            assert!(OWNED.iter().all(|right| !covers(&rights, right)), "{role}");
        }
    }

    #[test]
    fn care_and_readers_write_no_submission_answer_or_outbox() {
        for role in [DatabaseRole::Care, DatabaseRole::Reader] {
            let written: Vec<&str> = rights(role)
                .iter()
                .filter(|right| right.privilege != Privilege::Select)
                .map(|right| right.table)
                .collect();
            let is_about_cases = |table: &&str| table.starts_with("case_") || *table == "care_case";
            assert!(written.iter().all(is_about_cases), "{written:?}");
        }
    }
}
