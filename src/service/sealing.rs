//! Keeps the keys of the ledger sealed under the current secrets: after an upgrade, which finds clear keys, and after
//! `lethe keygen --ledger --rotate`.

use crate::ledger::{self, UnsealedKey};
use crate::postgres::Session;
use crate::service::ServiceError;
use crate::service::keyring::{Keyring, Owner, SecretError};
use crate::service::report::{Message, Reporter};

/// Keys that are sealed in one transaction.
const AT_ONCE: usize = 100;

/// Seals every key that is clear, or sealed under an earlier secret. The digests under these keys stay as they are.
///
/// # Errors
/// There is no ledger secret, or it is not the one that keys of customers' drops were sealed under.
pub(crate) async fn seal_keys(
    keyring: &Keyring,
    session: &Session,
    reporter: &dyn Reporter,
) -> Result<(), ServiceError> {
    keyring.refresh()?;
    let unsealed = ledger::unsealed_keys(session, &keyring.current()?).await?;
    let mut keys = Vec::new();
    let mut clear = 0;
    for key in &unsealed {
        match sealed_anew(keyring, key) {
            Ok(sealed) => keys.push((key, sealed)),
            // The hosts that process cases have their secret; this one need not.
            Err(_) if Owner::of(&key.drop_name) == Owner::Cases => {
                clear += usize::from(key.is_clear());
            }
            Err(error) => return Err(error.into()),
        }
    }
    if clear > 0 {
        reporter.report(
            Message::note("keys of cases are not sealed, so that a guess can be tested against their digests")
                .detail(format_args!("{clear} keys of an earlier version, and their secret cannot be used here"))
                .hint("run `lethe run` where cases are processed, or set path in the section [care] of lethe.toml"),
        );
    }
    if keys.is_empty() {
        return Ok(());
    }
    for some in keys.chunks(AT_ONCE) {
        session.begin().await?;
        for (key, sealed) in some {
            ledger::replace_key(session, key, sealed).await?;
        }
        session.commit().await?;
    }
    tracing::info!(
        keys = keys.len(),
        "sealed keys of the ledger under the current secret"
    );
    let left = ledger::vacuum(session, &ledger::WITH_KEYS).await?;
    report_left(&left, reporter);
    Ok(())
}

fn sealed_anew(
    keyring: &Keyring,
    unsealed: &UnsealedKey,
) -> Result<ledger::SealedKey, SecretError> {
    let key = unsealed.key().ok_or(SecretError::Damaged)?;
    keyring.seal(&unsealed.drop_name, &keyring.open(&key)?)
}

/// Reports tables of the ledger that were not vacuumed.
pub(crate) fn report_left(left: &[String], reporter: &dyn Reporter) {
    if left.is_empty() {
        return;
    }
    let tables: Vec<String> = left.iter().map(|table| format!("lethe.{table}")).collect();
    let tables = tables.join(", ");
    reporter.report(
        Message::note("deleted rows remain in the ledger's tables until they are vacuumed")
            .detail(format_args!("this role may not vacuum {tables}, or they are in use"))
            .hint("autovacuum does it; to have it done at once, let the owner of the ledger run VACUUM, or apply `lethe catalogue grants` (PostgreSQL 17 and later)"),
    );
}
