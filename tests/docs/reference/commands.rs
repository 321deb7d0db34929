//! docs/reference/commands.md: the command line, walked.

use std::fmt::Write as _;

use clap::{Arg, ArgAction, Command, CommandFactory as _};
use lethe::cli::arguments::Cli;

use super::{cell, compare, generated_from};

#[test]
fn the_page_lists_every_command_and_option() {
    let mut cli = Cli::command();
    cli.build();
    let mut page = format!(
        "# Commands\n\n{}\n{}\n",
        generated_from("`lethe --help`"),
        "Every command also takes the [global options](#global-options). [Exit codes](exit-codes.md) are the same for all commands."
    );
    let commands: Vec<&Command> = visible(&cli).collect();
    page.push_str("\n| command | |\n|---|---|\n");
    for command in &commands {
        let name = command.get_name();
        let _ = writeln!(
            page,
            "| [`lethe {name}`](#lethe-{name}) | {} |",
            about(command)
        );
    }
    for command in commands {
        describe(&mut page, command, "lethe");
    }
    page.push_str("\n## Global options\n\n");
    options(
        &mut page,
        cli.get_arguments().filter(|arg| arg.is_global_set()),
    );
    environment(&mut page, &cli);
    compare("commands.md", &page);
}

fn visible(command: &Command) -> impl Iterator<Item = &Command> {
    let all = command.get_subcommands();
    all.filter(|command| !command.is_hide_set() && command.get_name() != "help")
}

fn about(command: &Command) -> String {
    let about = command.get_about().map(ToString::to_string);
    cell(&about.unwrap_or_default())
}

/// A section for a command and one for each of its subcommands.
fn describe(page: &mut String, command: &Command, above: &str) {
    let name = format!("{above} {}", command.get_name());
    let _ = write!(page, "\n## {name}\n\n{}\n", paragraphs(command));
    let subcommands: Vec<&Command> = visible(command).collect();
    if subcommands.is_empty() {
        let _ = write!(page, "\n```text\n{}\n```\n", usage(command, &name));
        let own = command.get_arguments().filter(|arg| is_own(arg));
        let own: Vec<&Arg> = own.collect();
        if !own.is_empty() {
            page.push('\n');
            options(page, own.into_iter());
        }
    }
    for subcommand in subcommands {
        describe(page, subcommand, &name);
    }
}

fn paragraphs(command: &Command) -> String {
    let text = command.get_long_about().or_else(|| command.get_about());
    let text = text.map(ToString::to_string).unwrap_or_default();
    text.trim_end_matches('.').to_owned() + "."
}

fn usage(command: &Command, name: &str) -> String {
    let usage = command.clone().render_usage().to_string();
    let usage = usage.trim_start_matches("Usage: ");
    let rest = usage.find(command.get_name()).map_or(usage, |at| {
        usage[at + command.get_name().len()..].trim_start()
    });
    let lines = rest.lines().map(str::trim).collect::<Vec<_>>().join(" ");
    format!("{name} {lines}").trim_end().to_owned()
}

/// Whether the option belongs to this command: not global, unless the command replaces it, and not `--help`.
fn is_own(arg: &Arg) -> bool {
    let is_help = matches!(
        arg.get_action(),
        ArgAction::Help | ArgAction::HelpShort | ArgAction::HelpLong | ArgAction::Version
    );
    !is_help && !arg.is_global_set() && !arg.is_hide_set()
}

fn options<'a>(page: &mut String, args: impl Iterator<Item = &'a Arg>) {
    page.push_str("| option | | default |\n|---|---|---|\n");
    for arg in args {
        let help = arg.get_help().map(ToString::to_string).unwrap_or_default();
        let _ = writeln!(
            page,
            "| `{}` | {} | {} |",
            cell(&spelling(arg)),
            cell(&help),
            default(arg)
        );
    }
}

fn spelling(arg: &Arg) -> String {
    let long = arg.get_long().map(|long| format!("--{long}"));
    let short = arg.get_short().map(|short| format!("-{short}"));
    let flag = [short, long].into_iter().flatten().collect::<Vec<_>>();
    let values = match arg.get_action() {
        ArgAction::Set | ArgAction::Append => arg.get_value_names().unwrap_or_default(),
        _ => &[],
    };
    let values = values.iter().map(|value| match flag.is_empty() {
        true => format!("<{value}>"),
        false => value.to_string(),
    });
    let mut words = vec![flag.join(", ")];
    words.extend(values);
    words.join(" ").trim().to_owned()
}

fn default(arg: &Arg) -> String {
    let values = arg.get_default_values().iter();
    let values = values.filter_map(|value| value.to_str());
    // A flag's default is that it is absent.
    let shown = values.filter(|value| *value != "false" && *value != "0");
    let shown: Vec<String> = shown.map(|value| format!("`{value}`")).collect();
    shown.join(", ")
}

fn environment(page: &mut String, cli: &Command) {
    page.push_str("\n## Environment\n\n| variable | |\n|---|---|\n");
    for arg in cli.get_arguments() {
        if let (Some(variable), Some(long)) = (arg.get_env(), arg.get_long()) {
            let variable = variable.to_str().unwrap();
            let _ = writeln!(page, "| `{variable}` | as `--{long}` |");
        }
    }
    page.push_str(
        "| `LETHE_PG_BIN` | the folder of PostgreSQL's server programs, for private clusters |\n\
         | `LETHE_NOW` | an RFC 3339 time stamp that replaces the clock, for rehearsals |\n\
         | `NO_COLOR` | no colours |\n\
         | `PG…` | libpq's variables, such as `PGHOST`, `PGPASSFILE` and `PGSERVICE` |\n",
    );
}
