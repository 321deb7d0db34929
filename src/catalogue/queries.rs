//! The queries of the system catalogue, with their rows.

use crate::postgres::query::queries;
use crate::postgres::row::row;
use crate::postgres::sql::Statement;
use crate::postgres::{DatabaseError, Session};

/// A row about one declared relation.
pub(super) trait AboutRelation {
    /// The relation's object identifier.
    fn declared(&self) -> u32;
}

row! {
    /// A declared relation with itself or a partition of it.
    pub(super) struct FamilyRow {
        pub schema_name: String,
        pub table_name: String,
        pub declared: u32,
        pub member: u32,
    }
}

row! {
    /// A column of a declared relation.
    pub(super) struct ColumnRow {
        pub declared: u32,
        pub kind: String,
        pub column_name: String,
        pub printed_name: String,
        pub type_name: String,
        pub base_type: String,
        pub category: String,
        pub not_null: bool,
        pub max_length: Option<i32>,
        pub is_domain: bool,
        pub is_generated: bool,
        pub is_partition_key: bool,
        pub is_unique: bool,
        pub may_select: bool,
        pub may_update: bool,
        pub may_use_schema: bool,
    }
}

row! {
    /// The name of a table.
    pub(super) struct TableNameRow {
        pub schema_name: String,
        pub table_name: String,
    }
}

row! {
    /// A column of the database.
    pub(super) struct UserColumnRow {
        pub schema_name: String,
        pub table_name: String,
        pub kind: String,
        pub column_name: String,
        pub type_name: String,
        pub base_type: String,
        pub category: String,
        pub comment: Option<String>,
        pub is_key: bool,
        pub not_null: bool,
        pub may_select: bool,
    }
}

row! {
    /// How many of a sample of values look like what.
    #[derive(Debug, Default, Clone, PartialEq, Eq)]
    pub(super) struct SampleCounts {
        pub sampled: i64,
        pub e164: i64,
        pub digits: i64,
        pub emails: i64,
        pub addresses: i64,
        pub words: i64,
    }
}

row! {
    /// A usable index.
    pub(super) struct IndexRow {
        pub declared: u32,
        pub index_name: String,
        pub keys: Vec<String>,
    }
}

row! {
    /// A leaf partition.
    pub(super) struct LeafRow {
        pub declared: u32,
        pub leaf_schema: String,
        pub leaf_name: String,
    }
}

row! {
    /// What prevents changes of a table, apart from its columns.
    pub(super) struct TableRow {
        pub declared: u32,
        pub row_security: bool,
        pub may_be_published: bool,
        pub foreign_partitions: Option<String>,
        pub update_rules: Option<String>,
        pub heirs: Option<String>,
    }
}

row! {
    /// A trigger that fires on UPDATE.
    pub(super) struct TriggerRow {
        pub declared: u32,
        pub trigger_name: String,
    }
}

row! {
    /// A unique or exclusion index.
    pub(super) struct UniqueRow {
        pub declared: u32,
        pub index_name: String,
        pub columns: Vec<String>,
        pub identifies: bool,
    }
}

row! {
    /// A generated column.
    pub(super) struct GeneratedRow {
        pub declared: u32,
        pub column_name: String,
        pub sources: Vec<String>,
    }
}

row! {
    /// A materialised view that reads a table.
    pub(super) struct MaterialisedRow {
        pub declared: u32,
        pub view_schema: String,
        pub view_name: String,
        pub columns: Vec<String>,
    }
}

row! {
    /// A foreign key from or to a table.
    pub(super) struct ForeignKeyRow {
        pub declared: u32,
        pub constraint_name: String,
        pub other_table: String,
        pub columns: Vec<String>,
    }
}

row! {
    /// An expression that a change must satisfy: of a CHECK constraint.
    pub(super) struct CheckRow {
        pub declared: u32,
        pub name: String = "constraint_name",
        pub expression: String,
        pub columns: Option<Vec<String>>,
    }
}

row! {
    /// An expression that a change must satisfy: of an index.
    pub(super) struct IndexExpressionRow {
        pub declared: u32,
        pub name: String = "index_name",
        pub expression: String,
        pub columns: Option<Vec<String>>,
    }
}

row! {
    /// The publications of a table without a replica identity.
    pub(super) struct PublicationRow {
        pub declared: u32,
        pub publications: String,
    }
}

row! {
    /// The privileges of this role.
    pub(super) struct RightsRow {
        pub may_stage: bool,
        pub role_name: String,
        pub ledger: Option<String>,
    }
}

row! {
    /// Whether a value is accepted; NULL counts as yes, as in a CHECK constraint.
    pub(super) struct AllowedRow {
        pub allowed: Option<bool>,
    }
}

/// Checks whether values are accepted, by a constraint or by a type.
pub(super) async fn is_allowed(
    session: &Session,
    statement: &Statement,
) -> Result<Vec<AllowedRow>, DatabaseError> {
    match statement.path {
        "catalogue/type_allows.sql" => type_allows(session, statement).await,
        _ => check_allows(session, statement).await,
    }
}

/// The rows that are about one declared relation.
macro_rules! about_relation {
    ($($row:ident),* $(,)?) => {
        $(impl AboutRelation for $row {
            fn declared(&self) -> u32 {
                self.declared
            }
        })*
    };
}

about_relation! {
    ColumnRow, IndexRow, LeafRow, TableRow, TriggerRow, UniqueRow, GeneratedRow, MaterialisedRow, ForeignKeyRow,
    CheckRow, IndexExpressionRow, PublicationRow,
}

queries! {
    pub(super) fn family(schemas: &[&str], tables: &[&str]) -> Vec<FamilyRow> = "catalogue/family.sql";
    pub(super) fn columns(declared: &[u32], members: &[u32]) -> Vec<ColumnRow> = "catalogue/columns.sql";
    pub(super) fn table_names() -> Vec<TableNameRow> = "catalogue/table_names.sql";
    pub(super) fn user_columns() -> Vec<UserColumnRow> = "catalogue/user_columns.sql";
    pub(super) fn sample() -> Option<SampleCounts> = rendered "catalogue/sample.sql";
    pub(super) fn indexes(declared: &[u32], members: &[u32]) -> Vec<IndexRow> = "catalogue/indexes.sql";
    pub(super) fn partitions(declared: &[u32], members: &[u32]) -> Vec<LeafRow> = "catalogue/partitions.sql";
    pub(super) fn tables(declared: &[u32], members: &[u32]) -> Vec<TableRow> = "catalogue/tables.sql";
    pub(super) fn triggers(declared: &[u32], members: &[u32]) -> Vec<TriggerRow> = "catalogue/triggers.sql";
    pub(super) fn unique(declared: &[u32], members: &[u32]) -> Vec<UniqueRow> = "catalogue/unique.sql";
    pub(super) fn generated(declared: &[u32], members: &[u32]) -> Vec<GeneratedRow> = "catalogue/generated.sql";
    pub(super) fn materialised(declared: &[u32], members: &[u32]) -> Vec<MaterialisedRow> = "catalogue/materialised.sql";
    pub(super) fn foreign_keys(declared: &[u32], members: &[u32]) -> Vec<ForeignKeyRow> = "catalogue/foreign_keys.sql";
    pub(super) fn checks(declared: &[u32], members: &[u32]) -> Vec<CheckRow> = "catalogue/checks.sql";
    pub(super) fn index_expressions(declared: &[u32], members: &[u32]) -> Vec<IndexExpressionRow> = "catalogue/index_expressions.sql";
    pub(super) fn publications(declared: &[u32], members: &[u32]) -> Vec<PublicationRow> = "catalogue/publications.sql";
    fn check_allows() -> Vec<AllowedRow> = rendered "catalogue/check_allows.sql";
    fn type_allows() -> Vec<AllowedRow> = rendered "catalogue/type_allows.sql";
    pub(super) fn rights() -> Option<RightsRow> = "catalogue/rights.sql";
}
