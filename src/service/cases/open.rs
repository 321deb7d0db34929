//! Opening a case: a new submission is checked, and written once its devices are confirmed.

use chrono::NaiveDate;

use super::accounts::check_accounts;
use super::context::CaseContext;
use super::error::CaseError;
use super::file_name::{confirmed_name, new_name};
use super::known::require_same_spelling;
use crate::catalogue::Access;
use crate::domain::care::CaseId;
use crate::domain::operator::{Operator, OsUser};
use crate::domain::request::{Action, Product};
use crate::domain::submission::{Contact, Document, Submission};
use crate::drop::{FileName, content_digest};
use crate::ledger::{self, CaseRow, DrawnKey};
use crate::postgres::Session;

/// What a case is to be opened with.
pub(crate) struct OpenRequest<'a> {
    pub(crate) case: &'a CaseId,
    pub(crate) action: Action,
    /// `None` is the product of the case, or the default product for a new case.
    pub(crate) product: Option<Product>,
    /// Empty for the accounts of a case that is open already.
    pub(crate) accounts: &'a [String],
    pub(crate) short_codes: &'a [String],
    /// The day on which the consumer asked.
    pub(crate) received: Option<NaiveDate>,
}

/// A checked request, with the name that the submission gets.
pub(crate) struct PreparedOpening {
    pub(crate) product: Product,
    /// Each once.
    pub(crate) accounts: Vec<String>,
    pub(crate) name: FileName,
}

/// Checks a request without writing anything.
pub(crate) async fn prepare_opening(
    context: &CaseContext<'_>,
    session: &Session,
    request: &OpenRequest<'_>,
) -> Result<PreparedOpening, CaseError> {
    require_same_spelling(session, request.case).await?;
    let row = ledger::case(session, request.case).await?;
    let product = product(request.product, row.as_ref())?;
    let accounts = accounts(request.accounts, row)?;
    if product == Product::Messaging && request.short_codes.is_empty() {
        return Err(CaseError::ShortCodeRequired);
    }
    let catalogue = context.workspace.catalogue(session, Access::Read).await?;
    check_accounts(context, session, &catalogue, &accounts).await?;
    let name = new_name(context, session, request.case, request.action).await?;
    Ok(PreparedOpening {
        product,
        accounts,
        name,
    })
}

impl OpenRequest<'_> {
    /// Checks what can be checked without a database: the day of the request, which would make an answer appear due too late
    /// if it were in the future, and the short codes.
    pub(crate) fn check(&self, context: &CaseContext<'_>) -> Result<(), CaseError> {
        let today = context.today();
        if let Some(received) = self.received
            && received > today
        {
            return Err(CaseError::ReceivedInFuture { received, today });
        }
        match self.short_codes.iter().any(|code| code.trim().is_empty()) {
            true => Err(CaseError::EmptyShortCode),
            false => Ok(()),
        }
    }
}

fn product(requested: Option<Product>, row: Option<&CaseRow>) -> Result<Product, CaseError> {
    match (requested, row.map(|row| row.product)) {
        (Some(requested), Some(case)) if requested != case => {
            Err(CaseError::OtherProduct { case, requested })
        }
        (requested, case) => Ok(case.or(requested).unwrap_or_default()),
    }
}

/// The requested accounts, or those of the case. Each is kept once: a duplicate would become a second request.
fn accounts(requested: &[String], row: Option<CaseRow>) -> Result<Vec<String>, CaseError> {
    if requested.is_empty() {
        return row
            .map(|row| row.accounts)
            .ok_or(CaseError::AccountRequired);
    }
    let mut accounts: Vec<String> = Vec::new();
    for account in requested {
        if !accounts.contains(account) {
            accounts.push(account.clone());
        }
    }
    Ok(accounts)
}

/// A submission that is to be written into the folder of a case.
pub(crate) struct NewSubmission<'a> {
    pub(crate) case: &'a CaseId,
    pub(crate) product: Product,
    pub(crate) accounts: &'a [String],
    /// The day on which the consumer asked.
    pub(crate) received: Option<NaiveDate>,
    pub(crate) text: String,
    /// The name that was confirmed.
    pub(crate) name: &'a FileName,
    /// Who opens it.
    pub(crate) os_user: OsUser,
}

/// Records a submission in the ledger, then writes it into the folder of its case as results are published. Returns its
/// name, which differs from the confirmed one if that was used in the meantime.
pub(crate) async fn write(
    context: &CaseContext<'_>,
    session: &Session,
    new: NewSubmission<'_>,
) -> Result<FileName, CaseError> {
    check_text(&new)?;
    let folder = context.folders.case_or_new(new.case)?;
    let name = confirmed_name(context, session, new.case, &folder, new.name).await?;
    let now = context.workspace.clock.now();
    let operator = Operator {
        os_user: new.os_user,
        database_user: ledger::database_user(session).await?,
    };
    let keyring = &context.workspace.keyring;
    let DrawnKey { key, sealed } = keyring.draw(&new.case.drop_name())?;
    let digest = content_digest(&key, new.text.as_bytes());
    let opened = ledger::open_case(
        session,
        new.case,
        new.product,
        new.accounts,
        new.received,
        now,
    );
    if !opened.await? {
        return Err(CaseError::ProductChanged(new.case.clone()));
    }
    let recorded = ledger::add_case_file(
        session,
        new.case,
        name.as_str(),
        (&sealed, &digest),
        &operator,
        now,
    );
    if !recorded.await? {
        return Err(CaseError::ConcurrentOpening);
    }
    match folder.submit(&name, new.text.as_bytes()) {
        Ok(_) => Ok(name),
        Err(error) => {
            ledger::withdraw_case_file(session, new.case, name.as_str(), &digest).await?;
            Err(error.into())
        }
    }
}

/// Parses the text as a run will, and rejects what a run would refuse.
fn check_text(new: &NewSubmission) -> Result<(), CaseError> {
    let document = Document::read(new.text.clone().into_bytes())
        .map_err(|error| CaseError::WouldBeRefused(error.to_string()))?;
    let submission = Submission::parse(&document, new.name.action(), new.product);
    for contact in &submission.contacts {
        if let Contact::Refused(refusal) = contact {
            return Err(CaseError::WouldBeRefused(refusal.to_string()));
        }
    }
    match submission.contacts.is_empty() {
        true => Err(CaseError::NoDevice),
        false => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_is_requested_once() {
        let requested = ["110", "120", "110"].map(str::to_owned);
        assert_eq!(accounts(&requested, None).unwrap(), ["110", "120"]);
        assert!(matches!(
            accounts(&[], None),
            Err(CaseError::AccountRequired)
        ));
    }
}
