//! `catalogue sql`: every statement of a run, to read, EXPLAIN and approve.

use crate::catalogue::Access;
use crate::cli::arguments::{Global, Verb};
use crate::cli::context::Context;
use crate::cli::{CommandError, Outcome, output};
use crate::domain::request::Product;
use crate::service::catalogue::{StatementGroup, statements};

/// Prints the statements of a verb, or of all with those on the ledger, each with its file and what it is about.
pub(crate) async fn sql(
    global: &Global,
    verb: Option<Verb>,
    product: Product,
) -> Result<Outcome, CommandError> {
    let context = Context::open(global)?;
    let connected = context.connect().await?;
    let session = connected.database.session().await?;
    let catalogue = context.catalogue(&session, Access::None).await?;
    for statement in statements(&catalogue, product, verb.map(StatementGroup::from)) {
        let about = if statement.about.is_empty() {
            String::new()
        } else {
            // The name of a table may contain line breaks, after which the comment would have ended.
            format!(": {}", output::safe(&statement.about))
        };
        output::line(&format!(
            "-- {}{about}\n{};\n",
            statement.path,
            statement.sql.trim_end().trim_end_matches(';')
        ))?;
    }
    Ok(Outcome::Done)
}

impl From<Verb> for StatementGroup {
    fn from(verb: Verb) -> StatementGroup {
        match verb {
            Verb::Forget => StatementGroup::Forget,
            Verb::Export => StatementGroup::Export,
            Verb::Find => StatementGroup::Find,
            Verb::Preview => StatementGroup::Preview,
            Verb::Verify => StatementGroup::Verify,
        }
    }
}
