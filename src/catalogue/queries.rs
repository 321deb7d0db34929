//! The queries of the system catalogue, with their rows.

use crate::postgres::declared::commands;
use crate::postgres::query::{One, queries};
use crate::postgres::row::{row, text_enum};
use strum::{EnumString, IntoStaticStr};

/// A row about one declared relation.
pub(super) trait AboutRelation {
    /// The relation's object identifier.
    fn declared(&self) -> u32;
}

row! {
    /// A declared relation with itself or a partition of it.
    pub(super) struct FamilyRow {
        pub(crate) schema_name: String,
        pub(crate) table_name: String,
        pub(crate) declared: u32,
        pub(crate) member: u32,
    }
}

row! {
    /// A column of a declared relation.
    pub(super) struct ColumnRow {
        pub(crate) declared: u32,
        pub(crate) kind: String,
        pub(crate) column_name: String,
        pub(crate) printed_name: String,
        pub(crate) type_name: String,
        pub(crate) base_type: String,
        pub(crate) is_system_type: bool,
        pub(crate) category: String,
        pub(crate) not_null: bool,
        pub(crate) max_length: Option<i32>,
        pub(crate) is_domain: bool,
        /// Its collation, if texts may be equal under it although their bytes are not.
        pub(crate) nondeterministic_collation: Option<String>,
        pub(crate) is_generated: bool,
        pub(crate) is_partition_key: bool,
        pub(crate) is_unique: bool,
        pub(crate) may_select: bool,
        pub(crate) may_update: bool,
        pub(crate) may_use_schema: bool,
    }
}

row! {
    /// The name of a table.
    pub(super) struct TableNameRow {
        pub(crate) schema_name: String,
        pub(crate) table_name: String,
    }
}

row! {
    /// A column of the database.
    pub(super) struct UserColumnRow {
        pub(crate) schema_name: String,
        pub(crate) table_name: String,
        pub(crate) relation: u32,
        pub(crate) kind: String,
        pub(crate) column_name: String,
        pub(crate) type_name: String,
        pub(crate) base_type: String,
        pub(crate) is_system_type: bool,
        pub(crate) column_type: u32,
        pub(crate) element_type: Option<String>,
        pub(crate) is_composite: bool,
        pub(crate) category: String,
        pub(crate) comment: Option<String>,
        pub(crate) is_key: bool,
        pub(crate) not_null: bool,
        pub(crate) may_select: bool,
        pub(crate) may_lock: bool,
    }
}

row! {
    /// A type whose values are printed by functions of others.
    pub(super) struct OutputFunctionsRow {
        pub(crate) column_type: u32,
        pub(crate) functions: String,
    }
}

row! {
    /// A table and one that it inherits from.
    pub(super) struct HeirRow {
        pub(crate) relation: u32,
        pub(crate) schema_name: String,
        pub(crate) table_name: String,
    }
}

row! {
    /// The estimated size of a table.
    pub(super) struct SizeRow {
        pub(crate) declared: u32,
        pub(crate) size: i64,
    }
}

row! {
    /// How many of a sample of values look like what.
    #[derive(Debug, Default, Clone, PartialEq, Eq)]
    pub(super) struct SampleCounts {
        pub(crate) sampled: i64,
        pub(crate) e164: i64,
        pub(crate) digits: i64,
        pub(crate) emails: i64,
        pub(crate) addresses: i64,
        pub(crate) words: i64,
    }
}

row! {
    /// A usable index.
    pub(super) struct IndexRow {
        pub(crate) declared: u32,
        pub(crate) index_name: String,
        pub(crate) keys: Vec<String>,
    }
}

row! {
    /// A leaf partition.
    pub(super) struct LeafRow {
        pub(crate) declared: u32,
        pub(crate) leaf_schema: String,
        pub(crate) leaf_name: String,
    }
}

row! {
    /// What prevents changes of a table, apart from its columns.
    pub(super) struct TableRow {
        pub(crate) declared: u32,
        pub(crate) row_security: bool,
        pub(crate) policies: Option<String>,
        pub(crate) may_be_published: bool,
        pub(crate) foreign_partitions: Option<String>,
        pub(crate) update_rules: Option<String>,
        pub(crate) heirs: Option<String>,
    }
}

row! {
    /// A trigger that fires on UPDATE.
    pub(super) struct TriggerRow {
        pub(crate) declared: u32,
        pub(crate) trigger_name: String,
        pub(crate) digest: String,
    }
}

row! {
    /// What decides how a table changes.
    pub(super) struct StructureRow {
        pub(crate) declared: u32,
        pub(crate) digest: String,
    }
}

row! {
    /// A unique or exclusion index.
    pub(super) struct UniqueRow {
        pub(crate) declared: u32,
        pub(crate) index_name: String,
        pub(crate) columns: Vec<String>,
        pub(crate) identifies: bool,
    }
}

row! {
    /// A generated column.
    pub(super) struct GeneratedRow {
        pub(crate) declared: u32,
        pub(crate) column_name: String,
        pub(crate) sources: Vec<String>,
        pub(crate) digest: String,
    }
}

row! {
    /// A materialised view that reads a table.
    pub(super) struct MaterialisedRow {
        pub(crate) declared: u32,
        pub(crate) view_schema: String,
        pub(crate) view_name: String,
        pub(crate) columns: Vec<String>,
        pub(crate) digest: String,
    }
}

row! {
    /// A foreign key from or to a table.
    pub(super) struct ForeignKeyRow {
        pub(crate) declared: u32,
        pub(crate) constraint_name: String,
        pub(crate) other_table: String,
        pub(crate) columns: Vec<String>,
        pub(crate) digest: String,
    }
}

row! {
    /// An expression that must accept what a FORGET writes: of a CHECK constraint or an index.
    pub(super) struct ExpressionRow {
        pub(crate) declared: u32,
        /// Of the constraint or the index.
        pub(crate) name: String,
        /// As `pg_get_expr` printed it.
        pub(crate) expression: String,
        /// The columns that it reads; `None`: none.
        pub(crate) columns: Option<Vec<String>>,
    }
}

row! {
    /// The publications of a table without a replica identity.
    pub(super) struct PublicationRow {
        pub(crate) declared: u32,
        pub(crate) publications: String,
    }
}

/// What the server evaluates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, EnumString, IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub(super) enum Evaluated {
    Constraint,
    Index,
    Statistics,
    Generated,
    PartitionKey,
    Column,
    /// The query of a materialised view.
    Query,
}

text_enum! { Evaluated }

row! {
    /// Something of a table that runs functions of others when it is evaluated.
    pub(super) struct ForeignCodeRow {
        pub(crate) declared: u32,
        pub(crate) kind: Evaluated,
        pub(crate) name: String,
        /// Whether reading the table may evaluate it.
        pub(crate) on_read: bool,
        /// The functions and other objects that are not trusted.
        pub(crate) reaches: String,
        /// Of the object and of what it reaches, as in an entry of `accepted`.
        pub(crate) digest: String,
    }
}

row! {
    /// A function that depends on the setting search_path.
    pub(super) struct SearchPathRow {
        pub(crate) declared: u32,
        /// What of the table runs the function, and its name.
        pub(crate) kind: String,
        pub(crate) name: String,
        /// With its schema and arguments.
        pub(crate) function_name: String,
        /// What it names without a schema, and the schemas with such names.
        pub(crate) names: String,
        pub(crate) schemas: String,
    }
}

row! {
    /// An event trigger that fires when a run stages.
    pub(super) struct EventTriggerRow {
        pub(crate) name: String,
        pub(crate) function_name: String,
        /// Of its definition and its function, as in an entry of `accepted`.
        pub(crate) digest: String,
    }
}

row! {
    /// Why a table cannot be read completely.
    pub(super) struct HindrancesRow {
        pub(crate) foreign_tables: Option<String>,
        /// The policies that apply to this role, perhaps none; `None`: row-level security does not apply.
        pub(crate) policies: Option<String>,
        /// Whether planning a SELECT may evaluate expressions.
        pub(crate) has_expressions: bool,
    }
}

row! {
    /// A value of a device column, for comparison with its forms.
    pub(super) struct FormSampleRow {
        pub(crate) value: String,
    }
}

row! {
    /// About how many rows a table has.
    pub(super) struct RowEstimate {
        pub(crate) estimate: f64,
    }
}

row! {
    /// The locks of a transaction, and those for which the server has room.
    pub(super) struct LockTable {
        pub(crate) needed: i64,
        pub(crate) available: i64,
    }
}

row! {
    /// The privileges of this role.
    pub(super) struct RightsRow {
        pub(crate) may_stage: bool,
        pub(crate) role_name: String,
    }
}

row! {
    /// Whether a value is accepted; NULL counts as yes, as in a CHECK constraint.
    pub(super) struct AllowedRow {
        pub(crate) allowed: Option<bool>,
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
    ColumnRow, IndexRow, LeafRow, SizeRow, TableRow, TriggerRow, UniqueRow, GeneratedRow, MaterialisedRow, ForeignKeyRow,
    ExpressionRow, PublicationRow, StructureRow, ForeignCodeRow, SearchPathRow,
}

queries! {
    pub(super) fn family(schemas: &[&str], tables: &[&str]) -> Vec<FamilyRow> = "catalogue/family.sql";
    pub(super) fn columns(declared: &[u32], members: &[u32]) -> Vec<ColumnRow> = "catalogue/columns.sql";
    pub(super) fn table_names() -> Vec<TableNameRow> = "catalogue/table_names.sql";
    pub(super) fn user_columns() -> Vec<UserColumnRow> = "catalogue/user_columns.sql";
    pub(super) fn output_functions(trusted: &[&str]) -> Vec<OutputFunctionsRow> = "catalogue/output_functions.sql";
    pub(super) fn heirs() -> Vec<HeirRow> = "catalogue/heirs.sql";
    pub(super) fn sizes(tables: &[u32]) -> Vec<SizeRow> = "catalogue/sizes.sql";
    pub(super) fn sample() -> One<SampleCounts> = rendered "catalogue/sample.sql";
    pub(super) fn form_sample(percent: f64) -> Vec<FormSampleRow> = rendered "catalogue/form_sample.sql";
    pub(super) fn row_estimate(table: u32) -> One<RowEstimate> = "catalogue/row_estimate.sql";
    pub(super) fn indexes(declared: &[u32], members: &[u32]) -> Vec<IndexRow> = "catalogue/indexes.sql";
    pub(super) fn partitions(declared: &[u32], members: &[u32]) -> Vec<LeafRow> = "catalogue/partitions.sql";
    pub(super) fn tables(declared: &[u32], members: &[u32]) -> Vec<TableRow> = "catalogue/tables.sql";
    pub(super) fn triggers(declared: &[u32], members: &[u32]) -> Vec<TriggerRow> = "catalogue/triggers.sql";
    pub(super) fn unique(declared: &[u32], members: &[u32]) -> Vec<UniqueRow> = "catalogue/unique.sql";
    pub(super) fn generated(declared: &[u32], members: &[u32]) -> Vec<GeneratedRow> = "catalogue/generated.sql";
    pub(super) fn materialised(declared: &[u32], members: &[u32]) -> Vec<MaterialisedRow> = "catalogue/materialised.sql";
    pub(super) fn foreign_keys(declared: &[u32], members: &[u32]) -> Vec<ForeignKeyRow> = "catalogue/foreign_keys.sql";
    pub(super) fn checks(declared: &[u32], members: &[u32]) -> Vec<ExpressionRow> = "catalogue/checks.sql";
    pub(super) fn index_expressions(declared: &[u32], members: &[u32]) -> Vec<ExpressionRow> = "catalogue/index_expressions.sql";
    pub(super) fn publications(declared: &[u32], members: &[u32]) -> Vec<PublicationRow> = "catalogue/publications.sql";
    pub(super) fn structure(declared: &[u32]) -> Vec<StructureRow> = "catalogue/structure.sql";
    pub(super) fn lock_table(declared: &[u32], members: &[u32]) -> One<LockTable> = "catalogue/lock_table.sql";
    pub(super) fn foreign_code(tables: &[u32], trusted: &[&str]) -> Vec<ForeignCodeRow> = "catalogue/foreign_code.sql";
    pub(super) fn search_path(declared: &[u32], members: &[u32]) -> Vec<SearchPathRow> = "catalogue/search_path.sql";
    pub(super) fn event_triggers() -> Vec<EventTriggerRow> = "catalogue/event_triggers.sql";
    pub(super) fn hindrances(table: u32) -> One<HindrancesRow> = "catalogue/hindrances.sql";
    pub(super) fn check_allows() -> Vec<AllowedRow> = rendered "catalogue/check_allows.sql";
    pub(super) fn type_allows() -> Vec<AllowedRow> = rendered "catalogue/type_allows.sql";
    pub(super) fn rights() -> Option<RightsRow> = "catalogue/rights.sql";
}

commands! {
    /// Run in a transaction that is rolled back.
    pub(super) STAGE_PROBE = "catalogue/stage_probe.sql";
    pub(super) QUICK_PLAN = "catalogue/quick_plan.sql";
    pub(super) USUAL_PLAN = "catalogue/usual_plan.sql";
    /// Run in a transaction.
    pub(super) KEEP_PLAN = "catalogue/keep_plan.sql";
    pub(super) PLAN_ANEW = "catalogue/plan_anew.sql";
}
