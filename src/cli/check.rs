//! `check`: prints what would be refused, with line and column, without a database (contract section 8).

use serde::Serialize;

use crate::cli::arguments::{CheckArgs, DropArgs, Format, Global};
use crate::cli::context::Context;
use crate::cli::{CommandError, Outcome, output};
use crate::service::check::{Checked, check_file};

pub(crate) fn check(global: &Global, args: &CheckArgs) -> Result<Outcome, CommandError> {
    let context = Context::open(global)?;
    let product = match &args.drop {
        None => args.product.unwrap_or_default(),
        Some(name) => {
            let drop = DropArgs {
                folder: Some(name.clone()),
                ..DropArgs::default()
            };
            let drops = context.drops(&drop)?;
            drops.first().map(|drop| drop.product).unwrap_or_default()
        }
    };
    let checked: Vec<Checked> = args
        .files
        .iter()
        .map(|file| check_file(file, product, &context.workspace.submission))
        .collect();
    let refused = checked.iter().any(|c| !c.problems.is_empty());
    if global.format == Format::Json {
        #[derive(Serialize)]
        struct All {
            files: Vec<Checked>,
        }
        output::json(&All { files: checked })?;
    } else {
        checked.iter().try_for_each(describe)?;
    }
    Ok(if refused {
        Outcome::Errors
    } else {
        Outcome::Done
    })
}

fn describe(checked: &Checked) -> Result<(), CommandError> {
    for problem in &checked.problems {
        let place = match (problem.line, problem.column) {
            (Some(line), Some(column)) => format!("{}:{line}:{column}", checked.file),
            _ => checked.file.clone(),
        };
        let what = match (problem.request, problem.contact) {
            (Some(request), Some(contact)) => format!("request {request} contact {contact}: "),
            (Some(request), None) => format!("request {request}: "),
            _ => String::new(),
        };
        output::line(&format!("{place}: {what}{}", problem.response))?;
    }
    let contacts = output::grouped(checked.contacts as i64);
    match checked.problems.len() {
        0 => output::line(&format!(
            "{}: {contacts} contacts, nothing would be refused",
            checked.file
        )),
        1 => output::line(&format!("{}: {contacts} contacts, 1 problem", checked.file)),
        n => output::line(&format!(
            "{}: {contacts} contacts, {} problems",
            checked.file,
            output::grouped(n as i64)
        )),
    }
}
