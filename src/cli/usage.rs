//! Mistakes in the command line, reported in the form of all messages.

use std::error::Error as _;
use std::ffi::OsString;

use clap::CommandFactory as _;
use clap::error::{ContextKind, ContextValue, ErrorKind};

use crate::cli::arguments::Cli;

/// The message about a command line that cannot be parsed; `None` where clap prints help or the version instead.
///
/// It repeats no value: that could be a device or a client ID.
pub fn usage_message(
    error: &clap::Error,
    arguments: impl Iterator<Item = OsString>,
) -> Option<String> {
    let command = command_of(arguments);
    let named = |kind| strings(error, kind);
    let first = |kind| named(kind).into_iter().next().unwrap_or_default();
    let (primary, detail) = match error.kind() {
        ErrorKind::DisplayHelp
        | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand
        | ErrorKind::DisplayVersion => return None,
        ErrorKind::InvalidSubcommand => match word(&first(ContextKind::InvalidSubcommand)) {
            Some(word) => (format!("{command} has no command {word}"), None),
            None => (format!("{command} has no such command"), None),
        },
        ErrorKind::UnknownArgument => match option(&first(ContextKind::InvalidArg)) {
            Some(option) => (format!("{command} has no option {option}"), None),
            None => (format!("{command} has too many arguments"), None),
        },
        ErrorKind::MissingRequiredArgument => {
            let missing = named(ContextKind::InvalidArg).join(" and ");
            (format!("{command} needs {missing}"), None)
        }
        ErrorKind::ArgumentConflict => {
            let (one, other) = (first(ContextKind::InvalidArg), named(ContextKind::PriorArg));
            let other = other.join(" and ");
            (format!("{one} cannot be used with {other}"), None)
        }
        ErrorKind::InvalidValue if first(ContextKind::InvalidValue).is_empty() => {
            let argument = first(ContextKind::InvalidArg);
            (format!("{argument} needs a value"), None)
        }
        ErrorKind::InvalidValue | ErrorKind::ValueValidation => {
            let argument = first(ContextKind::InvalidArg);
            let valid = named(ContextKind::ValidValue).join(", ");
            let detail = match error.source() {
                Some(cause) => Some(wrong_value(&cause.to_string())),
                None => Some(format!("it is one of {valid}")).filter(|_| !valid.is_empty()),
            };
            (format!("the value of {argument} is not valid"), detail)
        }
        _ => (format!("{command} cannot be called like this"), None),
    };
    let mut text = primary;
    if let Some(detail) = detail {
        text += &format!("\n  detail: {detail}");
    }
    let similar = [
        ContextKind::SuggestedSubcommand,
        ContextKind::SuggestedArg,
        ContextKind::SuggestedValue,
    ];
    let similar = similar.into_iter().flat_map(named).next();
    let similar = similar.map_or_else(String::new, |word| format!("did you mean {word}? "));
    Some(format!("{text}\n  hint: {similar}see `{command} --help`"))
}

/// The command that was meant, as far as it exists: `lethe case open`.
fn command_of(arguments: impl Iterator<Item = OsString>) -> String {
    let mut command = &Cli::command();
    let mut path = vec![command.get_name()];
    for argument in arguments {
        if let Some(found) = argument
            .to_str()
            .and_then(|word| command.find_subcommand(word))
        {
            command = found;
            path.push(found.get_name());
        }
    }
    path.join(" ")
}

fn strings(error: &clap::Error, kind: ContextKind) -> Vec<String> {
    match error.get(kind) {
        Some(ContextValue::String(text)) => vec![text.clone()],
        Some(ContextValue::Strings(all)) => all.clone(),
        _ => Vec::new(),
    }
}

/// Why a value is not valid. What clap says of a number repeats it.
fn wrong_value(cause: &str) -> String {
    let range = cause.split_once(" is not in ").map(|(_, range)| range);
    let limits = range.and_then(|range| range.split_once(".."));
    match limits.map(|(least, most)| (least, most.trim_start_matches('='))) {
        // The end of a range without one is the largest number of its type.
        Some((least, most)) if most.is_empty() || most.len() >= 10 => {
            format!("it must be {least} or more")
        }
        Some((least, most)) => format!("it must be from {least} to {most}"),
        None if cause.contains("digit") || cause.contains("integer") => {
            "it must be a whole number".to_owned()
        }
        None => cause.to_owned(),
    }
}

/// A word that cannot be a device or an ID.
fn word(text: &str) -> Option<&str> {
    let is_word = text.bytes().all(|b| b.is_ascii_lowercase() || b == b'-');
    (is_word && !text.is_empty()).then_some(text)
}

/// The name of an option, without its value.
fn option(text: &str) -> Option<&str> {
    let name = text.split('=').next().unwrap_or_default();
    (name.starts_with('-') && word(name).is_some()).then_some(name)
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;
    use rstest::rstest;

    use super::*;

    fn message(arguments: &str) -> Option<String> {
        let arguments: Vec<OsString> = arguments.split(' ').map(OsString::from).collect();
        let error = Cli::try_parse_from(&arguments).unwrap_err();
        usage_message(&error, arguments.into_iter().skip(1))
    }

    #[rstest]
    #[case(
        "lethe stats",
        "lethe has no command stats\n  hint: did you mean status? see `lethe --help`"
    )]
    #[case(
        "lethe case opne 7",
        "lethe case has no command opne\n  hint: did you mean open? see `lethe case --help`"
    )]
    #[case(
        "lethe run --dat 20180101",
        "lethe run has no option --dat\n  hint: did you mean --date? see `lethe run --help`"
    )]
    #[case(
        "lethe history --last 3",
        "lethe history has no option --last\n  hint: see `lethe history --help`"
    )]
    #[case(
        "lethe run --date 2018-01-01",
        "the value of --date <YYYYMMDD> is not valid\n  detail: a day is given as YYYYMMDD, e.g. 20180315\n  hint: see `lethe run --help`"
    )]
    #[case(
        "lethe status --format xml",
        "the value of --format <FORMAT> is not valid\n  detail: it is one of text, json\n  hint: see `lethe status --help`"
    )]
    #[case(
        "lethe status --drop d --time-zone Mars",
        "the value of --time-zone <TZ> is not valid\n  detail: a time zone is a name such as Europe/Berlin\n  hint: see `lethe status --help`"
    )]
    #[case(
        "lethe run --workers 0",
        "the value of --workers <N> is not valid\n  detail: it must be from 1 to 16\n  hint: see `lethe run --help`"
    )]
    #[case(
        "lethe run --max-rows-per-second 0",
        "the value of --max-rows-per-second <N> is not valid\n  detail: it must be 1 or more\n  hint: see `lethe run --help`"
    )]
    #[case(
        "lethe run --workers two",
        "the value of --workers <N> is not valid\n  detail: it must be a whole number\n  hint: see `lethe run --help`"
    )]
    #[case(
        "lethe history --case",
        "--case <ID> needs a value\n  hint: see `lethe history --help`"
    )]
    #[case(
        "lethe check",
        "lethe check needs <FILE>...\n  hint: see `lethe check --help`"
    )]
    #[case(
        "lethe case open",
        "lethe case open needs <--forget|--export> and <ID>\n  hint: see `lethe case open --help`"
    )]
    #[case(
        "lethe verify f.json --case 7",
        "[FILE] cannot be used with --case <ID>\n  hint: see `lethe verify --help`"
    )]
    fn mistakes_are_reported_in_the_form_of_messages(
        #[case] arguments: &str,
        #[case] expected: &str,
    ) {
        assert_eq!(message(arguments).as_deref(), Some(expected));
    }

    #[rstest]
    #[case("lethe +16175550100")]
    #[case("lethe scrub +16175550100")]
    #[case("lethe trace --phone=+16175550100")]
    #[case("lethe trace -x+16175550100")]
    #[case("lethe trace +16175550100 --client-id C1")]
    #[case("lethe run --date +16175550100")]
    #[case("lethe run --format +16175550100")]
    #[case("lethe run --workers +16175550100")]
    #[case("lethe run --workers=ada@example.com")]
    #[case("lethe run --until ada@example.com")]
    #[case("lethe history --limit ada@example.com")]
    #[case("lethe run --offline=ada@example.com")]
    fn no_message_repeats_a_value(#[case] arguments: &str) {
        let message = message(arguments).unwrap();
        for value in ["6175550100", "ada"] {
            assert!(!message.contains(value), "{message}");
        }
    }

    #[rstest]
    #[case("lethe --help")]
    #[case("lethe case")]
    #[case("lethe --version")]
    fn help_is_not_a_mistake(#[case] arguments: &str) {
        assert_eq!(message(arguments), None);
    }
}
