//! Staging: everything that statements join is COPYed once into temporary tables of the session.

use futures_util::join;

use super::Limits;
use crate::catalogue::Catalogue;
use crate::catalogue::plan::{Plan, Staging};
use crate::catalogue::render::{self};
use crate::domain::request::Action;
use crate::domain::scope::{Account, AccountTree, ShortCodeOwners};
use crate::domain::submission::Submission;
use crate::postgres::sql::{Statement, sql_file};
use crate::postgres::{CopyRows, DatabaseError, Session};

/// Loads the accounts that a drop may reach.
pub async fn load_accounts(
    session: &Session,
    catalogue: &Catalogue,
    listed: &[String],
) -> Result<AccountTree, DatabaseError> {
    let Some(accounts) = &catalogue.accounts else {
        return Ok(AccountTree::default());
    };
    let rows = session
        .query(&render::account_tree(accounts), &[&listed])
        .await?;
    let account = |row: &tokio_postgres::Row| Account {
        id: row.get(0),
        parent: row.get(1),
        dialling_code: row.get(2),
        trunk_prefix: row.get(3),
    };
    Ok(AccountTree::new(rows.iter().map(account).collect()))
}

/// Loads which accounts within reach own or share the short codes that a submission names.
pub async fn load_short_codes(
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
        // No text of the database can hold a NUL, so such a short code matches nothing.
        .filter(|code| !code.contains('\0'))
        .collect();
    named.sort_unstable();
    named.dedup();
    if named.is_empty() {
        return Ok(ShortCodeOwners::default());
    }
    let accounts: Vec<&str> = tree.accounts().iter().map(|a| a.id.as_str()).collect();
    let rows = session
        .query(&render::short_codes(codes), &[&accounts, &named])
        .await?;
    Ok(ShortCodeOwners::new(
        rows.iter().map(|row| (row.get(0), row.get(1))),
    ))
}

/// Makes the temporary tables that a verb needs, and fills them with what is pending.
pub(super) async fn stage(
    session: &Session,
    plan: &Plan,
    action: Action,
    submission: &Submission,
    staging: &Staging,
    limits: &Limits,
) -> Result<(), DatabaseError> {
    let definitions = definitions(plan, action, limits);
    let last: [Statement; 4] = [
        sql_file!("stage/target_index.sql").into(),
        sql_file!("stage/lookup_index.sql").into(),
        sql_file!("stage/scope_account_index.sql").into(),
        sql_file!("stage/analyze.sql").into(),
    ];
    // One behind the other, without waiting in between; what is wrong with the first makes the others fail.
    let (defined, filled) = join!(
        session.run_all(&definitions),
        fill(session, plan, submission, staging)
    );
    let staged = match defined.and(filled) {
        Ok(()) => {
            let (indexed, committed) = join!(session.run_all(&last), session.commit());
            indexed.and(committed)
        }
        failed => failed,
    };
    if staged.is_err() && !session.is_closed() {
        session.rollback().await?;
    }
    staged
}

/// In one transaction, which need not be durable: each definition writes to the system catalogue.
fn definitions(plan: &Plan, action: Action, limits: &Limits) -> Vec<Statement> {
    let mut all = vec![
        sql_file!("stage/discard.sql").into(),
        sql_file!("session/async_commit.sql").into(),
    ];
    all.extend(shared_definitions(plan));
    if limits.max_client_ids_per_device.is_some() {
        all.push(sql_file!("stage/client.sql").into());
    }
    all.extend(verb_definitions(plan, action));
    all
}

/// The temporary tables that both verbs need; where client IDs are guarded, another one for them.
pub fn shared_definitions(plan: &Plan) -> Vec<Statement> {
    let mut all: Vec<Statement> = [
        sql_file!("stage/target.sql"),
        sql_file!("stage/lookup.sql"),
        sql_file!("stage/lookup_statistics.sql"),
        sql_file!("stage/scope_account.sql"),
        sql_file!("stage/scope_code.sql"),
    ]
    .map(Statement::from)
    .into();
    all.extend(plan.staging.iter().cloned());
    all
}

/// Those of one verb.
pub fn verb_definitions(plan: &Plan, action: Action) -> Vec<Statement> {
    match action {
        Action::Forget => [
            sql_file!("stage/placeholder.sql"),
            sql_file!("stage/placeholder_index.sql"),
            sql_file!("stage/random.sql"),
            sql_file!("stage/random_index.sql"),
        ]
        .map(Statement::from)
        .into(),
        Action::Export => {
            let mut all = vec![sql_file!("stage/wanted.sql").into()];
            all.extend(plan.export_staging.iter().cloned());
            all
        }
    }
}

pub(super) async fn fill(
    session: &Session,
    plan: &Plan,
    submission: &Submission,
    staging: &Staging,
) -> Result<(), DatabaseError> {
    let mut rows = CopyRows::default();
    for (number, target) in staging.targets.iter().enumerate() {
        rows.int(number as i32)
            .int(target.device as i32)
            .int(target.scope as i32)
            .text(target.kind.as_str())
            .no();
        rows.end();
    }
    // Beyond all that is looked for.
    let beyond = staging.devices.len()..;
    for (number, (index, (device, scope))) in
        (staging.targets.len()..).zip(beyond.clone().zip(&staging.answered))
    {
        rows.int(number as i32)
            .int(index as i32)
            .int(*scope as i32)
            .text(submission.devices[*device as usize].kind().as_str())
            .yes();
        rows.end();
    }
    session
        .copy_in(&sql_file!("stage/copy_target.sql").into(), &mut rows)
        .await?;
    let answered = staging.answered.iter().map(|(device, _)| device);
    for (index, &device) in (0..).zip(staging.devices.iter().chain(answered)) {
        for lookup in staging.lookups(index, &submission.devices[device as usize], plan.nationals) {
            rows.int(lookup.device as i32)
                .small(lookup.form as i16)
                .optional_int(lookup.national.map(|n| n as i32))
                .text(&lookup.value)
                .end();
        }
        if rows.len() > COPY_AT_ONCE {
            session
                .copy_in(&sql_file!("stage/copy_lookup.sql").into(), &mut rows)
                .await?;
        }
    }
    session
        .copy_in(&sql_file!("stage/copy_lookup.sql").into(), &mut rows)
        .await?;
    for (scope, account, national) in staging.scope_accounts() {
        rows.int(scope as i32)
            .text(account)
            .optional_int(national.map(|n| n as i32))
            .end();
    }
    session
        .copy_in(&sql_file!("stage/copy_scope_account.sql").into(), &mut rows)
        .await?;
    for (number, scope) in staging.scopes.iter().enumerate() {
        for code in &scope.short_codes {
            rows.int(number as i32).text(code).end();
        }
    }
    session
        .copy_in(&sql_file!("stage/copy_scope_code.sql").into(), &mut rows)
        .await?;
    Ok(())
}

/// Bytes of staged values that are held in memory before they are sent.
const COPY_AT_ONCE: usize = 4 * 1024 * 1024;
