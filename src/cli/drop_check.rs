//! `drop check`: who can use the folders of each drop.

use crate::cli::arguments::{Format, Global};
use crate::cli::context::Context;
use crate::cli::{CommandError, Outcome, output};
use crate::service::drop_check;

pub(crate) fn check(global: &Global) -> Result<Outcome, CommandError> {
    let context = Context::open(global)?;
    let drops = &context.workspace.drops;
    if drops.is_empty() {
        return Err(CommandError::Usage(
            "no drop is configured\n  hint: add a [[drop]] to the configuration file".to_owned(),
        ));
    }
    let problems = drop_check::check(drops)?;
    if global.format == Format::Json {
        output::json(&serde_json::json!({"drops": drops.len(), "problems": problems}))?;
    } else {
        for problem in &problems {
            output::line(&format!(
                "{}: {}: {}",
                problem.drop, problem.folder, problem.problem
            ))?;
            for command in &problem.commands {
                output::line(&format!("  sudo {command}"))?;
            }
        }
        output::line(&match problems.len() {
            0 => format!(
                "nothing is wrong with the folders of {}",
                several(drops.len(), "drop")
            ),
            n => several(n, "problem"),
        })?;
    }
    Ok(match problems.is_empty() {
        true => Outcome::Done,
        false => Outcome::Usage,
    })
}

fn several(count: usize, noun: &str) -> String {
    match count {
        1 => format!("1 {noun}"),
        n => format!("{n} {noun}s"),
    }
}
