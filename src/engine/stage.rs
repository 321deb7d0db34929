//! Staging: everything that statements join is copied once into temporary tables of the session.

use futures_util::join;

use super::limits::Limits;
use super::queries;
use crate::catalogue::plan::{CREATE_LOOKUP, LOOKUPS, Plan, SET_LOOKUP_STATISTICS, Staging};
use crate::domain::lookup::lookups;
use crate::domain::request::Action;
use crate::domain::submission::Submission;
use crate::postgres::declared::commands;
use crate::postgres::sql::{SqlFile, Statement};
use crate::postgres::{BEGIN_ASYNC_COMMIT, CopyRows, DISCARD_TEMP, DatabaseError, Session};

commands! {
    CREATE_TARGETS = "stage/target.sql";
    pub(super) INDEX_TARGETS = "stage/target_index.sql";
    pub(super) INDEX_LOOKUP = "stage/lookup_index.sql";
    pub(super) INDEX_LOOKUP_VALUES = "stage/lookup_value_index.sql";
    CREATE_SCOPE_ACCOUNTS = "stage/scope_account.sql";
    pub(super) INDEX_SCOPE_ACCOUNTS = "stage/scope_account_index.sql";
    CREATE_SCOPE_CODES = "stage/scope_code.sql";
    pub(super) CREATE_CLIENTS = "stage/client.sql";
    CREATE_PLACEHOLDERS = "stage/placeholder.sql";
    INDEX_PLACEHOLDERS = "stage/placeholder_index.sql";
    CREATE_RANDOM = "stage/random.sql";
    INDEX_RANDOM = "stage/random_index.sql";
    CREATE_WANTED = "stage/wanted.sql";
    pub(super) INDEX_WANTED = "stage/wanted_index.sql";
    pub(super) ANALYZE = "stage/analyze.sql";
}

/// After the tables are filled.
pub(crate) const AFTER_FILLING: [SqlFile; 4] =
    [INDEX_TARGETS, INDEX_LOOKUP, INDEX_SCOPE_ACCOUNTS, ANALYZE];

/// Bytes of staged values that are buffered before they are sent.
const COPY_AT_ONCE: usize = 4 * 1024 * 1024;

/// Creates the temporary tables that an action needs, and fills them.
pub(super) async fn stage(
    session: &Session,
    plan: &Plan,
    action: Action,
    submission: &Submission,
    staging: &Staging,
    limits: &Limits,
) -> Result<(), DatabaseError> {
    let definitions = definitions(plan, action, limits);
    let last = AFTER_FILLING.map(Statement::from);
    // Pipelined: the next one is sent without waiting. If one fails, so do those after it.
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

/// All in one transaction, which need not be durable: each definition writes to the system catalogue.
fn definitions(plan: &Plan, action: Action, limits: &Limits) -> Vec<Statement> {
    let mut all = vec![DISCARD_TEMP.into(), BEGIN_ASYNC_COMMIT.into()];
    all.extend(shared_definitions(plan));
    if limits.max_client_ids_per_device.is_some() {
        all.push(CREATE_CLIENTS.into());
    }
    all.extend(action_definitions(plan, action));
    all
}

/// The temporary tables that both actions need, without the one for the limit of client IDs.
pub(crate) fn shared_definitions(plan: &Plan) -> Vec<Statement> {
    let mut all: Vec<Statement> = [
        CREATE_TARGETS,
        CREATE_LOOKUP,
        SET_LOOKUP_STATISTICS,
        CREATE_SCOPE_ACCOUNTS,
        CREATE_SCOPE_CODES,
    ]
    .map(Statement::from)
    .into();
    all.extend(plan.staging.iter().cloned());
    all
}

/// The temporary tables of one action.
pub(crate) fn action_definitions(plan: &Plan, action: Action) -> Vec<Statement> {
    match action {
        Action::Forget => [
            CREATE_PLACEHOLDERS,
            INDEX_PLACEHOLDERS,
            CREATE_RANDOM,
            INDEX_RANDOM,
        ]
        .map(Statement::from)
        .into(),
        Action::Export => {
            let mut all = vec![CREATE_WANTED.into()];
            all.extend(plan.export_staging.iter().cloned());
            all
        }
    }
}

/// Fills the temporary tables.
pub(super) async fn fill(
    session: &Session,
    plan: &Plan,
    submission: &Submission,
    staging: &Staging,
) -> Result<(), DatabaseError> {
    copy_targets(session, submission, staging).await?;
    copy_lookups(session, plan, submission, staging).await?;
    copy_scopes(session, staging).await
}

async fn copy_targets(
    session: &Session,
    submission: &Submission,
    staging: &Staging,
) -> Result<(), DatabaseError> {
    let mut rows = CopyRows::default();
    for (number, target) in (0..).zip(&staging.targets) {
        rows.int(number)
            .int(target.device as i32)
            .int(target.scope as i32)
            .text(target.kind.as_str())
            .no();
        rows.end();
    }
    // Numbered after the targets and devices that are looked for.
    let numbers = staging.targets.len() as i32..;
    let devices = staging.devices.len() as i32..;
    for (number, (device, answered)) in numbers.zip(devices.zip(&staging.answered)) {
        rows.int(number)
            .int(device)
            .int(answered.scope as i32)
            .text(submission.devices[answered.device as usize].kind().as_str())
            .yes();
        rows.end();
    }
    session.copy_in(&queries::TARGETS.into(), &mut rows).await?;
    Ok(())
}

async fn copy_lookups(
    session: &Session,
    plan: &Plan,
    submission: &Submission,
    staging: &Staging,
) -> Result<(), DatabaseError> {
    let copy = LOOKUPS.into();
    let mut rows = CopyRows::default();
    let answered = staging.answered.iter().map(|answered| &answered.device);
    for (index, &device) in (0..).zip(staging.devices.iter().chain(answered)) {
        let device = &submission.devices[device as usize];
        for lookup in lookups(device, plan.nationals, &staging.nationals) {
            rows.int(index)
                .small(lookup.form.number())
                .optional_int(lookup.national.map(|n| n as i32))
                .text(&lookup.value)
                .end();
        }
        if rows.len() > COPY_AT_ONCE {
            session.copy_in(&copy, &mut rows).await?;
        }
    }
    session.copy_in(&copy, &mut rows).await?;
    Ok(())
}

async fn copy_scopes(session: &Session, staging: &Staging) -> Result<(), DatabaseError> {
    let mut rows = CopyRows::default();
    for account in staging.scope_accounts() {
        rows.int(account.scope as i32)
            .text(account.account)
            .optional_int(account.national.map(|n| n as i32))
            .end();
    }
    session
        .copy_in(&queries::SCOPE_ACCOUNTS.into(), &mut rows)
        .await?;
    for (number, scope) in (0..).zip(&staging.scopes) {
        for code in &scope.short_codes {
            rows.int(number).text(code).end();
        }
    }
    session
        .copy_in(&queries::SCOPE_CODES.into(), &mut rows)
        .await?;
    Ok(())
}
