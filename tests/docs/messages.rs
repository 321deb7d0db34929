//! The form of messages and help texts, as STYLE.md has it.

use clap::{Command, CommandFactory as _};
use lethe::cli::arguments::Cli;

use crate::{error_texts, found, source};

/// The verbs that help texts begin with.
const VERBS: &[&str] = &[
    "Accept", "Add", "Allow", "Answer", "Assume", "Append", "Apply", "Approve", "Ask", "Cancel",
    "Certify", "Change", "Check", "Compare", "Confirm", "Correct", "Count", "Create", "Delete",
    "Describe", "Erase", "Estimate", "Examine", "Export", "Find", "Forget", "Generate", "Give",
    "Grant", "Handle", "Include", "Inspect", "Install", "Keep", "Let", "Limit", "List", "Look",
    "Make", "Manage", "Migrate", "Name", "Open", "Override", "Pause", "Prepare", "Preview",
    "Print", "Process", "Prove", "Purge", "Read", "Record", "Remove", "Repeat", "Replace",
    "Report", "Request", "Require", "Restrict", "Resubmit", "Rewrite", "Resume", "Run", "Scrub",
    "Search", "Select", "Set", "Show", "Skip", "Start", "Stop", "Submit", "Take", "Trace", "Treat",
    "Use", "Verify", "Wait", "Write",
];

/// The longest help text.
const HELP_WIDTH: usize = 80;

/// What is wrong with a help text; nothing where it is as it must be.
fn complaint(text: Option<&str>) -> Option<String> {
    let Some(text) = text else {
        return Some("has no help text".to_owned());
    };
    let verb = text.split(' ').next().unwrap_or_default();
    let length = text.chars().count();
    if text.contains('\n') {
        Some(format!("is more than one line: {text}"))
    } else if length > HELP_WIDTH {
        Some(format!("has {length} characters: {text}"))
    } else if text.ends_with('.') {
        Some(format!("ends with a full stop: {text}"))
    } else if !VERBS.contains(&verb) {
        Some(format!("does not begin with a verb: {text}"))
    } else {
        None
    }
}

/// What is wrong with the help texts of a command and of those below it.
fn complaints(command: &Command, name: &str, into: &mut Vec<String>) {
    let texts = |short: Option<&clap::builder::StyledStr>| short.map(ToString::to_string);
    let mut check = |name: String, short: Option<String>, long: Option<String>| {
        if let Some(complaint) = complaint(short.as_deref()) {
            into.push(format!("{name} {complaint}"));
        }
        if long.is_some() && long != short {
            into.push(format!("{name} has a second help text"));
        }
    };
    // The program itself says what it is; it does nothing by itself.
    if name != "lethe" {
        check(
            name.to_owned(),
            texts(command.get_about()),
            texts(command.get_long_about()),
        );
    }
    for argument in command.get_arguments().filter(|one| !one.is_hide_set()) {
        check(
            format!("{name} {}", argument.get_id()),
            texts(argument.get_help()),
            texts(argument.get_long_help()),
        );
    }
    for below in command.get_subcommands() {
        let name = format!("{name} {}", below.get_name());
        complaints(below, &name, into);
    }
}

#[test]
fn every_help_text_is_one_line_that_begins_with_a_verb() {
    let mut found = Vec::new();
    complaints(&Cli::command(), "lethe", &mut found);
    found::at_most(0, "help texts", &found);
}

#[test]
fn planted_help_texts_are_found() {
    for text in [
        "The configuration file",
        "Print it.",
        "Print\nit",
        "print it",
        &format!("Print {}", "x".repeat(80)),
    ] {
        assert!(complaint(Some(text)).is_some(), "{text}");
    }
    assert_eq!(complaint(Some("Print the result as JSON")), None);
    assert!(complaint(None).is_some());
}

#[test]
fn every_error_has_a_primary_and_perhaps_a_detail_and_a_hint() {
    let found = error_texts::complaints(&source::read());
    found::at_most(0, "error texts", &found);
}
