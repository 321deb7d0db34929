//! Scope: which accounts and short codes a request may reach (contract section 4).

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use crate::domain::recogniser::Countries;
use crate::domain::request::Product;
use crate::domain::submission::RequestedScope;

/// One account within a drop's reach.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Account {
    pub(crate) id: String,
    pub(crate) parent: Option<String>,
    pub(crate) dialling_code: Option<String>,
    pub(crate) trunk_prefix: Option<String>,
}

impl Account {
    /// The country in which its numbers are read.
    pub(crate) fn countries(&self) -> Countries<'_> {
        let dialling_code = self.dialling_code.as_deref().unwrap_or_default();
        let trunk_prefix = self.trunk_prefix.as_deref().unwrap_or_default();
        Countries::unknown().with_account(dialling_code, trunk_prefix)
    }
}

/// All accounts that a drop may reach: those in its configuration and their descendants.
#[derive(Debug, Default)]
pub(crate) struct AccountTree {
    accounts: Vec<Account>,
    by_id: HashMap<String, usize>,
    children: HashMap<String, Vec<usize>>,
}

impl AccountTree {
    pub(crate) fn new(accounts: Vec<Account>) -> AccountTree {
        let by_id = accounts
            .iter()
            .enumerate()
            .map(|(i, a)| (a.id.clone(), i))
            .collect();
        let mut children: HashMap<String, Vec<usize>> = HashMap::new();
        for (i, account) in accounts.iter().enumerate() {
            if let Some(parent) = &account.parent {
                children.entry(parent.clone()).or_default().push(i);
            }
        }
        AccountTree {
            accounts,
            by_id,
            children,
        }
    }

    pub(crate) fn accounts(&self) -> &[Account] {
        &self.accounts
    }

    /// Whether an account is within reach.
    pub(crate) fn contains(&self, account: &str) -> bool {
        self.by_id.contains_key(account)
    }

    /// An account and its descendants, breadth first; `None` where the account is not within reach.
    fn descendants(&self, account: &str) -> Option<Vec<usize>> {
        let first = *self.by_id.get(account)?;
        let mut seen = HashSet::from([first]);
        let mut reached = vec![first];
        let mut next = 0;
        while next < reached.len() {
            for &child in self
                .children
                .get(&self.accounts[reached[next]].id)
                .into_iter()
                .flatten()
            {
                // Parents may form a cycle by mistake; each account counts once.
                if seen.insert(child) {
                    reached.push(child);
                }
            }
            next += 1;
        }
        Some(reached)
    }
}

/// The accounts that own or share each short code.
#[derive(Debug, Default)]
pub(crate) struct ShortCodeOwners(HashMap<String, HashSet<String>>);

impl ShortCodeOwners {
    /// From pairs of short code and account.
    pub(crate) fn new(pairs: impl IntoIterator<Item = (String, String)>) -> ShortCodeOwners {
        let mut owners: HashMap<String, HashSet<String>> = HashMap::new();
        for (code, account) in pairs {
            owners.entry(code).or_default().insert(account);
        }
        ShortCodeOwners(owners)
    }
}

/// A resolved scope: the rows of these accounts; in the mobile channel, only those on these short codes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Scope {
    /// Shared by all scopes of a submission that name the same account; there may be a million.
    pub(crate) accounts: Arc<[Account]>,
    pub(crate) short_codes: Vec<String>,
}

/// Resolves the scopes of requests. `None` is an unknown account: one that does not exist or that the drop may not reach; the
/// two are not distinguished.
pub(crate) fn resolve(
    requested: &[RequestedScope],
    product: Product,
    tree: &AccountTree,
    owners: &ShortCodeOwners,
) -> Vec<Option<Scope>> {
    let mut reaches: HashMap<Option<&str>, Option<Reach>> = HashMap::new();
    let mut scopes = Vec::with_capacity(requested.len());
    for requested in requested {
        let account = requested.account.as_deref();
        let reach = reaches
            .entry(account)
            .or_insert_with(|| Reach::of(account, product, tree, owners));
        scopes.push(reach.as_ref().map(|reach| reach.scope(requested)));
    }
    scopes
}

/// The reach of an account, computed once for all requests that name it.
struct Reach<'a> {
    accounts: Arc<[Account]>,
    /// The short codes that one of the accounts owns or shares.
    codes: HashSet<&'a str>,
}

impl<'a> Reach<'a> {
    fn of(
        account: Option<&str>,
        product: Product,
        tree: &AccountTree,
        owners: &'a ShortCodeOwners,
    ) -> Option<Reach<'a>> {
        let accounts: Arc<[Account]> = match (product, account) {
            (Product::Outbound, Some(account)) => {
                let reached = tree.descendants(account)?.into_iter();
                reached.map(|i| tree.accounts[i].clone()).collect()
            }
            (Product::Outbound, None) => return None,
            (Product::Messaging, _) => tree.accounts.as_slice().into(),
        };
        let ids: BTreeSet<&str> = accounts.iter().map(|a| a.id.as_str()).collect();
        let owned = owners.0.iter().filter(|(_, owners)| {
            let mut owners = owners.iter();
            owners.any(|account| ids.contains(account.as_str()))
        });
        let codes = owned.map(|(code, _)| code.as_str()).collect();
        Some(Reach { accounts, codes })
    }

    fn scope(&self, requested: &RequestedScope) -> Scope {
        let counts = |code: &&String| self.codes.contains(code.as_str());
        let codes = requested.short_codes.iter().filter(counts);
        Scope {
            accounts: self.accounts.clone(),
            short_codes: codes.cloned().collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account(id: &str, parent: Option<&str>) -> Account {
        Account {
            id: id.into(),
            parent: parent.map(Into::into),
            dialling_code: None,
            trunk_prefix: None,
        }
    }

    fn tree() -> AccountTree {
        AccountTree::new(vec![
            account("E", None),
            account("A", Some("E")),
            account("B", Some("E")),
            account("A1", Some("A")),
        ])
    }

    fn reached(account: &str) -> Option<Vec<String>> {
        let requested = RequestedScope {
            account: Some(account.into()),
            short_codes: vec![],
        };
        let owners = ShortCodeOwners::default();
        let scopes = resolve(&[requested], Product::Outbound, &tree(), &owners);
        let scope = scopes[0].as_ref()?;
        Some(scope.accounts.iter().map(|a| a.id.clone()).collect())
    }

    #[test]
    fn an_account_reaches_itself_and_its_descendants() {
        assert_eq!(reached("E").unwrap(), ["E", "A", "B", "A1"]);
        assert_eq!(reached("A").unwrap(), ["A", "A1"]);
        assert_eq!(reached("A1").unwrap(), ["A1"]);
        assert_eq!(reached("other"), None);
    }

    #[test]
    fn requests_of_one_account_share_what_it_reaches() {
        let requested = ["7", "8"].map(|code| RequestedScope {
            account: Some("E".into()),
            short_codes: vec![code.into()],
        });
        let owners = ShortCodeOwners::default();
        let scopes = resolve(&requested, Product::Outbound, &tree(), &owners);
        let [Some(one), Some(other)] = scopes.as_slice() else {
            panic!("{scopes:?}");
        };
        assert!(Arc::ptr_eq(&one.accounts, &other.accounts));
        assert_eq!(one, other);
    }

    #[test]
    fn a_circle_of_parents_ends() {
        let circle = AccountTree::new(vec![account("A", Some("B")), account("B", Some("A"))]);
        assert_eq!(circle.descendants("A").unwrap().len(), 2);
    }

    #[test]
    fn a_short_code_counts_where_an_account_in_scope_owns_or_shares_it() {
        let owners = ShortCodeOwners::new([
            ("1".into(), "A1".into()),
            ("2".into(), "B".into()),
            ("3".into(), "E".into()),
        ]);
        let requested = |account: Option<&str>| RequestedScope {
            account: account.map(Into::into),
            short_codes: ["1", "2", "3", "4"].map(Into::into).to_vec(),
        };
        let codes = |account, product| {
            resolve(&[requested(account)], product, &tree(), &owners)
                .remove(0)
                .unwrap()
                .short_codes
        };
        assert_eq!(codes(Some("A"), Product::Outbound), ["1"]);
        assert_eq!(codes(Some("B"), Product::Outbound), ["2"]);
        assert_eq!(codes(Some("E"), Product::Outbound), ["1", "2", "3"]);
        assert_eq!(codes(None, Product::Messaging), ["1", "2", "3"]);
    }
}
