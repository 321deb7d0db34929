//! Loads the accounts and short codes from which scopes are resolved.

use super::queries::{self, AccountRow};
use crate::catalogue::{Catalogue, render};
use crate::domain::scope::{Account, AccountTree, ShortCodeOwners};
use crate::domain::submission::Submission;
use crate::postgres::{DatabaseError, Session};

/// Loads the accounts that a drop may reach; `listed` are those in its configuration.
pub(crate) async fn load_accounts(
    session: &Session,
    catalogue: &Catalogue,
    listed: &[String],
) -> Result<AccountTree, DatabaseError> {
    let Some(accounts) = &catalogue.accounts else {
        return Ok(AccountTree::default());
    };
    let rows = queries::accounts(session, &render::account_tree(accounts), listed).await?;
    let account = |row: AccountRow| Account {
        id: row.account_id,
        parent: row.parent_id,
        dialling_code: row.dialling_code,
        trunk_prefix: row.trunk_prefix,
    };
    Ok(AccountTree::new(rows.into_iter().map(account).collect()))
}

/// Loads which accounts within reach own or share the short codes that a submission names.
pub(crate) async fn load_short_codes(
    session: &Session,
    catalogue: &Catalogue,
    tree: &AccountTree,
    submission: &Submission,
) -> Result<ShortCodeOwners, DatabaseError> {
    let Some(codes) = &catalogue.short_codes else {
        return Ok(ShortCodeOwners::default());
    };
    let mut named: Vec<&str> = submission
        .scopes
        .iter()
        .flat_map(|scope| &scope.short_codes)
        .map(String::as_str)
        // A text in the database cannot contain NUL, so such a short code matches nothing.
        .filter(|code| !code.contains('\0'))
        .collect();
    named.sort_unstable();
    named.dedup();
    if named.is_empty() {
        return Ok(ShortCodeOwners::default());
    }
    let accounts: Vec<&str> = tree.accounts().iter().map(|a| a.id.as_str()).collect();
    let statement = render::short_codes(codes);
    let rows = queries::short_codes(session, &statement, &accounts, &named).await?;
    let pairs = rows.into_iter().map(|row| (row.short_code, row.account_id));
    Ok(ShortCodeOwners::new(pairs))
}
