//! Whose a row is, and in which country its numbers are read.

use std::collections::{BTreeSet, HashMap};

use crate::catalogue::Catalogue;
use crate::catalogue::plan::Staging;
use crate::domain::recogniser::Countries;
use crate::domain::scope::Account;
use crate::postgres::name::{Ident, TableName};

/// Which rows count for whom.
#[derive(Debug)]
pub(crate) enum Attribution {
    /// Every row, whosever it is.
    Any,
    /// Of declared tables only the rows of accounts in scope.
    Scopes(Scopes),
}

/// The accounts in scope, and the columns that say whose a row is.
#[derive(Debug, Default)]
pub(crate) struct Scopes {
    accounts: HashMap<String, Tenant>,
    columns: HashMap<TableName, Ident>,
}

/// An account that some scopes include.
#[derive(Debug)]
pub(super) struct Tenant {
    pub(super) scopes: BTreeSet<u32>,
    account: Account,
}

impl Scopes {
    /// Those of staged targets.
    pub(crate) fn new(catalogue: &Catalogue, staging: &Staging) -> Scopes {
        let mut accounts: HashMap<String, Tenant> = HashMap::new();
        let used: BTreeSet<u32> = staging.targets.iter().map(|target| target.scope).collect();
        for scope in used {
            for account in staging.scopes[scope as usize].accounts.iter() {
                let tenant = accounts.entry(account.id.clone());
                let tenant = tenant.or_insert_with(|| Tenant {
                    scopes: BTreeSet::new(),
                    account: account.clone(),
                });
                tenant.scopes.insert(scope);
            }
        }
        let records = catalogue.tables();
        let mut columns: HashMap<TableName, Ident> = records
            .map(|(_, table)| (table.name.clone(), table.account().name.clone()))
            .collect();
        let tree = catalogue.accounts.iter();
        columns.extend(tree.map(|tree| (tree.name.clone(), tree.account.clone())));
        let codes = catalogue.short_codes.iter();
        columns.extend(codes.map(|codes| (codes.owners.clone(), codes.owner_account.clone())));
        Scopes { accounts, columns }
    }

    /// The column with the account in a declared table; `None` if it has none.
    pub(super) fn account_column(&self, table: &TableName) -> Option<&Ident> {
        self.columns.get(table)
    }

    /// An account, if it is in scope.
    pub(super) fn tenant(&self, account: &str) -> Option<&Tenant> {
        self.accounts.get(account)
    }
}

impl Tenant {
    /// The country of the account.
    pub(super) fn countries(&self) -> Countries<'_> {
        self.account.countries()
    }
}
