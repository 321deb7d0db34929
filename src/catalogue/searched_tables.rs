//! The tables that a value search reads, and the columns of them that it cannot read.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::queries::{self, HeirRow};
use super::render::{self, Heirs};
use super::source::{Source, trusted_extensions};
use super::user_columns::{Examined, RelationKind, UserColumn, user_columns};
use crate::postgres::name::{Ident, TableName};
use crate::postgres::sql::Statement;
use crate::postgres::{DatabaseError, Session};

/// A table whose rows are searched.
#[derive(Debug)]
pub(crate) struct SearchedTable {
    pub(crate) name: TableName,
    /// The table that the catalogue declares: itself, or one that it inherits from. `None`: nobody declared it.
    pub(crate) declared: Option<TableName>,
    /// Estimated.
    pub(crate) bytes: u64,
    /// The columns that are read; may be empty.
    pub(crate) columns: Vec<UserColumn>,
    /// Why others are not read.
    pub(crate) unread: Vec<UnreadColumns>,
}

/// Columns that are not read.
#[derive(Debug)]
pub(crate) struct UnreadColumns {
    /// `None`: all that could hold a device.
    pub(crate) columns: Option<Vec<String>>,
    pub(crate) reason: String,
}

impl SearchedTable {
    /// Reads the rows.
    pub(crate) fn rows(&self) -> Statement {
        let is_partitioned = self.columns.iter().any(|column| column.is_partitioned);
        let heirs = match is_partitioned {
            true => Heirs::Read,
            false => Heirs::Apart,
        };
        let columns: Vec<&Ident> = self.columns.iter().map(|column| &column.column).collect();
        render::search_rows(&self.name, heirs, &columns)
    }

    /// Columns of this table that are not read, with the reason.
    pub(crate) fn describe(&self, unread: &UnreadColumns) -> String {
        let table = self.name.plain();
        match &unread.columns {
            None => format!("{table}: {}", unread.reason),
            Some(columns) => {
                let word = if columns.len() == 1 {
                    "column"
                } else {
                    "columns"
                };
                format!("{table} ({word} {}): {}", columns.join(", "), unread.reason)
            }
        }
    }
}

/// Every table of the database except those that are kept by rule, with the columns that can hold a device or its digest.
pub(crate) async fn searched_tables(
    session: &Session,
    sources: &[Source],
) -> Result<Vec<SearchedTable>, DatabaseError> {
    let kept: HashSet<TableName> = sources.iter().flat_map(Source::kept_by_rule).collect();
    let declared: HashSet<TableName> = sources.iter().flat_map(Source::tables).collect();
    let functions = queries::output_functions(session, &trusted_extensions(sources)).await?;
    let functions: HashMap<u32, String> = functions
        .into_iter()
        .map(|row| (row.column_type, row.functions))
        .collect();
    let mut ancestors: HashMap<u32, Vec<TableName>> = HashMap::new();
    for HeirRow {
        relation,
        schema_name,
        table_name,
    } in queries::heirs(session).await?
    {
        let of_relation = ancestors.entry(relation).or_default();
        of_relation.push(TableName::new(schema_name, table_name));
    }
    let mut tables: BTreeMap<TableName, Vec<UserColumn>> = BTreeMap::new();
    for column in user_columns(session).await? {
        if column.examined != Examined::Never && !kept.contains(&column.table) {
            tables.entry(column.table.clone()).or_default().push(column);
        }
    }
    let relations: Vec<u32> = tables.values().map(|columns| columns[0].relation).collect();
    let sizes = queries::sizes(session, &relations).await?;
    let sizes: HashMap<u32, i64> = sizes.iter().map(|row| (row.declared, row.size)).collect();
    let table = |(name, columns): (TableName, Vec<UserColumn>)| {
        let relation = columns[0].relation;
        let above = ancestors.get(&relation).into_iter().flatten();
        let mut all = std::iter::once(&name).chain(above);
        let declared = all.find(|name| declared.contains(name)).cloned();
        let (columns, unread) = divide(columns, &functions);
        SearchedTable {
            name,
            declared,
            bytes: sizes.get(&relation).map_or(0, |size| size.unsigned_abs()),
            columns,
            unread,
        }
    };
    Ok(tables.into_iter().map(table).collect())
}

/// Divides the columns of a table into those that are read and those that are not.
fn divide(
    columns: Vec<UserColumn>,
    functions: &HashMap<u32, String>,
) -> (Vec<UserColumn>, Vec<UnreadColumns>) {
    let count = columns.len();
    let mut read = Vec::with_capacity(count);
    let mut reasons: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for column in columns {
        let reason = match functions.get(&column.column_type) {
            _ if column.kind == RelationKind::ForeignTable => {
                Some("its rows are in another database".to_owned())
            }
            _ if !column.may_select => Some("this role has no SELECT privilege on it".to_owned()),
            Some(functions) => Some(format!(
                "printing its values runs {functions}, which others define"
            )),
            None => None,
        };
        match reason {
            None => read.push(column),
            Some(reason) => {
                let name = column.column.as_str().to_owned();
                reasons.entry(reason).or_default().push(name);
            }
        }
    }
    let unread = |(reason, columns): (String, Vec<String>)| UnreadColumns {
        columns: Some(columns).filter(|columns| columns.len() < count),
        reason,
    };
    (read, reasons.into_iter().map(unread).collect())
}
