//! The README's commands are run as they stand there, those of the page for DBAs are understood.

use std::collections::BTreeSet;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Output};

use clap::Parser as _;
use lethe::cli::arguments::Cli;
use lethe::cli::config::Config;

const README: &str = include_str!("../../README.md");
const DBA: &str = include_str!("../../docs/dba.md");
const RECEIPTS: &str = include_str!("../../docs/receipts.md");
const ERASURE: &str = include_str!("../../docs/erasure.md");
const CARE: &str = include_str!("../../docs/care.md");
const LETHE: &str = env!("CARGO_BIN_EXE_lethe");

/// The README's command lines.
fn commands() -> Vec<String> {
    commands_of(README)
}

/// The command lines of all `sh` blocks of a page, without their comments.
fn commands_of(page: &str) -> Vec<String> {
    let mut commands = Vec::new();
    for block in page.split("```sh\n").skip(1) {
        let block = block.split("```").next().unwrap();
        for line in block.lines() {
            let command = line.split(" #").next().unwrap().trim();
            if !command.is_empty() {
                commands.push(command.to_owned());
            }
        }
    }
    commands
}

/// Runs a line of the README in a folder that stands for the reader's, with `lethe` being the one under test.
fn run(line: &str, folder: &Path) -> Output {
    let bin = Path::new(LETHE).parent().unwrap();
    let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap());
    let line = line.replace("/srv/sftp", folder.to_str().unwrap());
    Command::new("sh")
        .args(["-c", &line])
        .env("PATH", path)
        .env_remove("LETHE_DATABASE")
        .env_remove("LETHE_CONFIG")
        .current_dir(folder)
        .output()
        .unwrap()
}

fn succeeded(line: &str, output: &Output) {
    let (out, err) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    assert!(output.status.success(), "{line}\n{out}\n{err}");
}

#[test]
fn the_commands_run_in_the_order_of_the_readme() {
    let folder = tempfile::tempdir().unwrap();
    // The server's unprivileged user must be able to pass.
    std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
    std::fs::create_dir_all(folder.path().join("acme/GDPR_Submit")).unwrap();
    let data = folder.path().join("data");
    let own = format!("data = {data:?}\nsettle = '0s'\n");
    let drop = format!(
        "[[drop]]\nname = 'acme'\npath = {:?}\naccounts = ['30003748347']\n",
        folder.path().join("acme")
    );
    let configure = |text: String| std::fs::write(folder.path().join("lethe.toml"), text).unwrap();
    let mut run_here = BTreeSet::new();
    for line in commands().iter().filter(|line| line.starts_with("lethe ")) {
        // A drop is given on the command line where none is configured.
        let given = line.contains("--drop");
        configure(if given {
            own.clone()
        } else {
            format!("{own}{drop}")
        });
        succeeded(line, &run(line, folder.path()));
        run_here.insert(line.split(' ').nth(1).unwrap().to_owned());
    }
    assert_eq!(run_here, ["migrate", "run"].map(str::to_owned).into());
}

#[test]
fn the_demo_script_runs() {
    let line = commands()
        .into_iter()
        .find(|line| line == "scripts/demo")
        .expect("the README shows it");
    let folder = tempfile::tempdir().unwrap();
    let output = Command::new(format!("{}/{line}", env!("CARGO_MANIFEST_DIR")))
        .arg("--dir")
        .arg(folder.path().join("demo"))
        .current_dir(folder.path())
        .output()
        .unwrap();
    succeeded(&line, &output);
    let shown = String::from_utf8(output.stdout).unwrap();
    for words in README
        .split("```text\n")
        .nth(1)
        .unwrap()
        .split("```")
        .next()
        .unwrap()
        .split_whitespace()
    {
        // Names, numbers and paths of the picture differ from run to run; its words do not.
        if words.len() > 4
            && words.chars().all(|c| c.is_ascii_lowercase())
            && !words.starts_with("anon")
        {
            assert!(
                shown.contains(words),
                "the README's picture of the demo says {words:?}, the demo does not"
            );
        }
    }
}

#[test]
fn the_test_script_is_shown_and_called_by_ci() {
    assert!(commands().contains(&"scripts/test".to_owned()));
    let ci = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/.ci/run")).unwrap();
    assert!(ci.contains("scripts/test"));
}

#[test]
fn every_command_of_the_tables_exists() {
    let named: BTreeSet<&str> = README
        .split("`lethe ")
        .skip(1)
        .filter_map(|rest| rest.split(|c: char| !c.is_ascii_lowercase()).next())
        .filter(|command| !command.is_empty())
        .collect();
    assert!(named.len() >= 6, "{named:?}");
    for command in named {
        let output = Command::new(LETHE)
            .args([command, "--help"])
            .output()
            .unwrap();
        succeeded(command, &output);
    }
}

/// The words of a command of lethe's in a line of a shell; none where it is another program's.
fn lethe_words(line: &str) -> Option<Vec<String>> {
    let command = match line.split_once(" -u ") {
        Some(("sudo", rest)) => rest.split_once(' ')?.1,
        _ => line,
    };
    let command = command.split(" > ").next()?;
    let words: Vec<String> = command
        .split(' ')
        .map(|w| w.trim_matches('"').to_owned())
        .collect();
    (words[0] == "lethe" || words[0] == "/usr/local/bin/lethe").then_some(words)
}

#[track_caller]
fn understood(words: &[String]) {
    if let Err(error) = Cli::try_parse_from(words) {
        panic!("{}\n{error}", words.join(" "));
    }
}

#[test]
fn every_command_for_the_dba_is_understood() {
    let mut subcommands = BTreeSet::new();
    let lines = commands_of(DBA);
    for words in lines.iter().filter_map(|line| lethe_words(line)) {
        understood(&words);
        subcommands.insert(words[1].clone());
    }
    for expected in ["migrate", "catalogue", "check", "status", "run", "history"] {
        assert!(subcommands.contains(expected), "{subcommands:?}");
    }
    let inline = DBA.split("`lethe ").skip(1);
    for rest in inline {
        let text = rest.split('`').next().unwrap();
        // `lethe <file> …` is the name of a session.
        if !text.starts_with('<') {
            understood(&lethe_words(&format!("lethe {text}")).unwrap());
        }
    }
    let crontab = include_str!("../../packaging/lethe.cron");
    let scheduled = |line: &&str| !line.starts_with('#');
    for line in crontab.lines().filter(scheduled) {
        let (_, command) = line.split_once(" lethe ").unwrap();
        understood(&lethe_words(command).unwrap());
    }
    let shown = DBA.split("```cron\n").nth(1).unwrap();
    let shown = shown.split("```").next().unwrap().trim();
    assert!(crontab.lines().any(|line| line == shown), "{shown}");
}

#[test]
fn every_command_about_erasure_is_understood() {
    let lines = commands_of(ERASURE);
    assert!(lines.len() > 5);
    for words in lines.iter().filter_map(|line| lethe_words(line)) {
        understood(&words);
    }
}

#[test]
fn every_command_about_receipts_is_understood() {
    let lines = commands_of(RECEIPTS);
    let words: Vec<_> = lines.iter().filter_map(|line| lethe_words(line)).collect();
    assert!(words.len() >= 6, "{words:?}");
    words.iter().for_each(|words| understood(words));
}

/// That they do what the page says is tested where a database is (tests/suite/care/page.rs).
#[test]
fn every_command_for_care_is_understood() {
    let lines = commands_of(CARE);
    assert!(lines.len() > 8, "{lines:?}");
    for line in &lines {
        understood(&lethe_words(line).unwrap_or_else(|| panic!("{line}")));
    }
    let text = CARE.split("```toml\n").nth(1).unwrap();
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), text.split("```").next().unwrap()).unwrap();
    assert!(Config::read(file.path()).unwrap().care.is_some());
}

#[test]
fn the_configuration_for_the_dba_is_one() {
    let text = DBA.split("```toml\n").nth(1).unwrap();
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), text.split("```").next().unwrap()).unwrap();
    let config = Config::read(file.path()).unwrap();
    assert_eq!(config.drops.len(), 1);
    assert!(config.metrics_file.is_some());
}

#[test]
fn every_metric_of_the_page_is_written() {
    let source = include_str!("../../src/cli/metrics.rs");
    let is_name = |c: char| c.is_ascii_lowercase() || c == '_';
    let named: BTreeSet<String> = DBA
        .match_indices("lethe_")
        .map(|(at, _)| DBA[at..].chars().take_while(|c| is_name(*c)).collect())
        .collect();
    assert!(named.len() > 10, "{named:?}");
    for name in &named {
        assert!(source.contains(&format!("\"{name}\"")), "{name}");
    }
}
