//! `case open`: a correct submission, written into the case after every device was read back.

use serde::Serialize;

use super::devices::{self, Summary};
use super::{Care, case_id, in_other_letters};
use crate::cli::arguments::{Format, Global, OpenArgs};
use crate::cli::context::World;
use crate::cli::os_user::current_os_user;
use crate::cli::{CommandError, Outcome, output};
use crate::domain::care::{CaseId, Listed, Wish, submit_file};
use crate::domain::operator::Operator;
use crate::domain::placeholder::random_key;
use crate::domain::request::{Action, Product};
use crate::domain::submission::{Contact, Document, Submission};
use crate::drop::{FileName, content_digest};
use crate::ledger;
use crate::postgres::Session;

/// What was written.
#[derive(Serialize)]
struct Opened<'a> {
    case: &'a str,
    file: &'a str,
    action: &'static str,
    accounts: &'a [String],
    contacts: usize,
}

pub async fn open(
    global: &Global,
    world: &World,
    care: &Care,
    args: &OpenArgs,
) -> Result<Outcome, CommandError> {
    let case = case_id(&args.case)?;
    let action = if args.forget {
        Action::Forget
    } else {
        Action::Export
    };
    check_day(world, care, args.received)?;
    if args.short_codes.iter().any(|code| code.trim().is_empty()) {
        return Err(CommandError::Usage(
            "a short code is not empty; leave --shortcode out where none is meant".to_owned(),
        ));
    }
    let (connected, session) = world.connect_to_ledger().await?;
    if let Some(other) = in_other_letters(&session, &case).await? {
        return Err(CommandError::Usage(format!(
            "case {} was opened before; the same ID in other letters, use that one",
            output::safe(&other)
        )));
    }
    let row = care.row(&session, &case).await?;
    let product = product(args, row.as_ref().map(|row| row.product))?;
    let accounts = match (&args.accounts[..], row) {
        ([], Some(row)) => row.accounts,
        ([], None) => {
            return Err(CommandError::Usage(
                "a new case needs --account with the account that is asked for".to_owned(),
            ));
        }
        (given, _) => each_once(given),
    };
    if product == Product::Messaging && args.short_codes.is_empty() {
        return Err(CommandError::Usage(
            "the messaging product searches short codes: give --shortcode".to_owned(),
        ));
    }
    let catalogue = world.catalogue(&session).await?;
    care.check_accounts(&session, &catalogue, &accounts).await?;
    let name = care
        .fresh_name(world, &session, &case, action, (None, None))
        .await?;
    // Nobody knows how long somebody thinks.
    drop(session);

    let listed = devices::gather(args, world.config.max_submission_bytes())?;
    let summary = Summary {
        case: case.as_str(),
        action,
        accounts: &accounts,
        short_codes: &args.short_codes,
        file: name.as_str(),
    };
    devices::make_sure(args.sure, &summary, &listed)?;
    let wish = Wish {
        case: case.as_str(),
        action,
        product,
        accounts: &accounts,
        short_codes: &args.short_codes,
    };
    let session = connected.database.session().await?;
    let new = New {
        case: &case,
        action,
        product,
        accounts: &accounts,
        received: args.received,
        text: submit_file(&wish, &listed),
        name: &name,
    };
    let name = write(world, care, &session, new).await?;
    told(global, &case, action, &accounts, &name, &listed)?;
    Ok(Outcome::Done)
}

/// Nobody can have asked on a day that is still to come: an answer would seem to be due later than it is.
fn check_day(
    world: &World,
    care: &Care,
    received: Option<chrono::NaiveDate>,
) -> Result<(), CommandError> {
    let today = world.clock.today(care.config.time_zone);
    match received {
        Some(day) if day > today => Err(CommandError::Usage(format!(
            "--received: {day} is still to come, today is {today}; give the day on which the consumer asked"
        ))),
        _ => Ok(()),
    }
}

/// The same account twice would be two requests for the same.
fn each_once(accounts: &[String]) -> Vec<String> {
    let mut once: Vec<String> = Vec::new();
    for account in accounts {
        if !once.contains(account) {
            once.push(account.clone());
        }
    }
    once
}

/// Says what was written, and what comes next.
pub fn told(
    global: &Global,
    case: &CaseId,
    action: Action,
    accounts: &[String],
    name: &FileName,
    listed: &[Listed],
) -> Result<(), CommandError> {
    if global.format == Format::Json {
        return output::json(&Opened {
            case: case.as_str(),
            file: name.as_str(),
            action: action.as_str(),
            accounts,
            contacts: listed.len(),
        });
    }
    output::line(&format!("wrote {name} into case {case}"))?;
    output::line(&format!(
        "next: lethe case preview {}",
        output::quoted(case.as_str())
    ))
}

fn product(args: &OpenArgs, of_case: Option<Product>) -> Result<Product, CommandError> {
    match (args.product, of_case) {
        (Some(given), Some(product)) if given != product => Err(CommandError::Usage(format!(
            "this case is of the product {product}; open another case for {given}"
        ))),
        (given, product) => Ok(product.or(given).unwrap_or_default()),
    }
}

/// A submission that is to be put into a case.
pub struct New<'a> {
    pub case: &'a CaseId,
    pub action: Action,
    pub product: Product,
    pub accounts: &'a [String],
    pub received: Option<chrono::NaiveDate>,
    pub text: String,
    /// As it was read back.
    pub name: &'a FileName,
}

/// Puts a submission into its case: noted in the ledger with who does so, then written as results are.
pub async fn write(
    world: &World,
    care: &Care,
    session: &Session,
    new: New<'_>,
) -> Result<FileName, CommandError> {
    as_the_engine_would(&new)?;
    let folder = care.folders.case_or_new(new.case)?;
    let name = care
        .fresh_name(
            world,
            session,
            new.case,
            new.action,
            (Some(&folder), Some(new.name)),
        )
        .await?;
    let now = world.clock.now();
    let by = Operator {
        os_user: current_os_user(),
        database_user: ledger::database_user(session).await?,
    };
    let key = random_key()?;
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
        return Err(CommandError::Usage(format!(
            "case {} was opened for another product meanwhile; nothing was written",
            new.case
        )));
    }
    let noted = ledger::add_case_file(session, new.case, name.as_str(), (&key, &digest), &by, now);
    if !noted.await? {
        return Err(CommandError::Usage(
            "somebody else just opened a submission of this case; nothing was written, try again"
                .to_owned(),
        ));
    }
    match folder.submit(&name, new.text.as_bytes()) {
        Ok(_) => Ok(name),
        Err(error) => {
            ledger::withdraw_case_file(session, new.case, name.as_str(), &digest).await?;
            Err(error.into())
        }
    }
}

/// Reads what is about to be written as a run will, and lets nothing pass that it would refuse.
fn as_the_engine_would(new: &New) -> Result<(), CommandError> {
    let refused = |why: String| CommandError::Usage(format!("{why}; nothing was written"));
    let document =
        Document::read(new.text.clone().into_bytes()).map_err(|e| refused(e.to_string()))?;
    let submission = Submission::parse(&document, new.action, new.product);
    for contact in &submission.contacts {
        if let Contact::Refused(refusal) = contact {
            return Err(refused(refusal.to_string()));
        }
    }
    if submission.contacts.is_empty() {
        return Err(refused("no device is left".to_owned()));
    }
    Ok(())
}
