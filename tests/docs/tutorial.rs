//! The tutorial is run from its first command to its last, as one shell session, on a private server. Output that the page
//! shows is compared; `UPDATE_GOLDEN=1` rewrites it.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use private_postgres::Cluster;

use super::page::{LETHE, read, root};

const PAGE: &str = "docs/tutorial.md";
/// Printed between two blocks.
const MARK: &str = "@@ next block @@";

/// A fenced block: its language and its text.
struct Block<'a> {
    language: &'a str,
    text: &'a str,
}

fn fenced(page: &str) -> Vec<Block<'_>> {
    let inside = page.split("```").skip(1).step_by(2);
    let block = |whole| {
        let (language, text) = str::split_once(whole, '\n').unwrap();
        Block { language, text }
    };
    inside.map(block).collect()
}

/// Runs all shell blocks in one shell; returns what each printed.
fn run(blocks: &[Block], socket_folder: &Path) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
    let shell = blocks.iter().filter(|block| block.language == "sh");
    let script: Vec<&str> = shell.map(|block| block.text).collect();
    let script = script.join(&format!("echo '{MARK}'\n"));
    let bin = Path::new(LETHE).parent().unwrap();
    let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap());
    let output = Command::new("sh")
        .args(["-ec", &format!("exec 2>&1\n{script}")])
        .env("PATH", path)
        .env("PGHOST", socket_folder)
        .env("PGUSER", "tutor")
        .env_remove("PGDATABASE")
        .env_remove("LETHE_DATABASE")
        .env_remove("LETHE_NOW")
        .current_dir(folder.path())
        .output()
        .unwrap();
    let printed = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{printed}");
    let mark = format!("{MARK}\n");
    printed.split(&mark).map(str::to_owned).collect()
}

/// Text without what differs from run to run: dates, durations, placeholders, digests, and the width of tables.
fn shape(text: &str) -> Vec<String> {
    let word = |word: &str| -> String {
        if word.starts_with("anon-") {
            return "PLACEHOLDER".to_owned();
        }
        if word.len() == 19 && word.split('-').all(|part| part.len() == 4) {
            return "DIGEST".to_owned();
        }
        if word.chars().all(|c| "─═-+".contains(c)) {
            return "LINE".to_owned();
        }
        let digits = |c: char| if c.is_ascii_digit() { '0' } else { c };
        match word.contains("-2") && word.contains('_') {
            true => word.chars().map(digits).collect(),
            false => word.to_owned(),
        }
    };
    let line = |line: &str| {
        line.split_whitespace()
            .map(word)
            .collect::<Vec<_>>()
            .join(" ")
    };
    text.trim_end().lines().map(line).collect()
}

#[test]
fn every_command_of_the_tutorial_runs_and_prints_what_the_page_shows() {
    if Command::new("psql").arg("--version").output().is_err() {
        eprintln!("skipped: the tutorial uses psql, which is not installed here");
        return;
    }
    let page = read(PAGE);
    let blocks = fenced(&page);
    let cluster = Cluster::throwaway(&lethe::postgres::APPLICATION, Path::new(LETHE), &[]).unwrap();
    let created = Command::new("psql")
        .arg(cluster.connection_string("postgres"))
        .args(["--quiet", "--command", "CREATE ROLE tutor LOGIN CREATEDB"])
        .status();
    assert!(created.unwrap().success());
    let printed = run(&blocks, cluster.socket_dir());
    let mut next = printed.iter();
    let mut last = "";
    let mut wanted = page.clone();
    for block in &blocks {
        match block.language {
            "sh" => last = next.next().unwrap(),
            "text" => {
                if shape(block.text) != shape(last) {
                    let shown = format!("```text\n{}", block.text);
                    wanted = wanted.replacen(&shown, &format!("```text\n{}\n", last.trim_end()), 1);
                }
            }
            other => panic!("a block of {other:?}"),
        }
    }
    if wanted != page && std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(root().join(PAGE), &wanted).unwrap();
        return;
    }
    assert!(
        wanted == page,
        "the tutorial shows other output than its commands print; UPDATE_GOLDEN=1 rewrites it:\n{wanted}"
    );
}
