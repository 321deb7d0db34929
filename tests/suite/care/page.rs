//! Runs the commands of the page for Care in order, as the users that it describes.

use std::fs;

use super::agent::{Agent, attempt, care, digest, is_root, left};
use crate::support::Harness;

const PAGE: &str = include_str!("../../../docs/how-to/care.md");

/// The command lines of the page.
fn commands() -> Vec<&'static str> {
    let blocks = PAGE.split("```sh\n").skip(1);
    let lines = blocks.flat_map(|block| block.split("```").next().unwrap().lines());
    lines.filter(|line| !line.is_empty()).collect()
}

/// A harness as the page describes it.
fn harness() -> Harness {
    let table = PAGE.split("[care]\npath = \"/srv/care\"\n").nth(1).unwrap();
    let mut lines = table.split("```").next().unwrap().to_owned();
    assert!(lines.contains("two_people = true"));
    lines = lines.replace("two_people = true", "two_people = false");
    let mut harness = care(&lines);
    harness.config = format!("settle = '0s'\n{}", harness.config);
    harness.db.run(
        "INSERT INTO contact_centre.contact_attempt (attempt_id, account_id, device) VALUES (9, '30003748348', '+17815551212')",
    );
    attempt(&harness, 1, "+17815551212");
    let list = "kind,value\nphone,+1 617 555 0100\nemail,a@example.com\n";
    fs::write(harness.path("contacts.csv"), list).unwrap();
    // A case with an error, created by hand.
    fs::create_dir(harness.path("care/97456596893836")).unwrap();
    let wrong = r#"{"requests": [{"accountid": "30003748347", "type": "EXPORT", "contacts": [{"phone": "617 555 0100"}]}]}"#;
    let path = harness.path("care/97456596893836/export-20180315_by-hand.json");
    fs::write(path, wrong).unwrap();
    Agent::LETHE
        .lethe(&harness, &["case", "run", "97456596893836"])
        .ok(3);
    // Only root can act as two people.
    if is_root() {
        harness.config = harness
            .config
            .replace("two_people = false", "two_people = true");
    }
    harness
}

#[test]
fn every_command_on_the_page_works() {
    let harness = harness();
    let who = |words: &[&str]| match words[1] {
        "approve" if is_root() => Agent::BEN,
        "open" | "preview" | "show" | "list" if is_root() => Agent::ANNA,
        _ => Agent::LETHE,
    };
    let mut run = Vec::new();
    for line in commands() {
        let digest = match line.contains("DIGEST") {
            true => digest(&harness, Agent::LETHE, "97456596893834"),
            false => String::new(),
        };
        let line = line.replace("DIGEST", &digest);
        let words: Vec<&str> = line.split(' ').skip(1).collect();
        run.push(words[..2].join(" "));
        match words.as_slice() {
            ["case", "open", .., "--confirm", "--received", _] => {
                opens(&harness, who(&words), &words)
            }
            ["case", "resubmit", _] => corrects(&harness, &words),
            _ => {
                who(&words).lethe(&harness, &words).ok(0);
            }
        }
        if line.contains("--to corrections.csv") {
            let list = fs::read_to_string(harness.path("corrections.csv")).unwrap();
            fs::write(
                harness.path("corrections.csv"),
                list.replace("617", "+1 617"),
            )
            .unwrap();
        }
    }
    for verb in [
        "open", "preview", "approve", "run", "show", "list", "resubmit",
    ] {
        assert!(run.contains(&format!("case {verb}")), "{verb}: {run:?}");
    }
    assert!(run.contains(&"verify --case".to_owned()), "{run:?}");
    assert_eq!(
        left(&harness),
        ["+17815551212"],
        "another tenant's rows are unchanged"
    );
}

/// Opens a case with the dialogue that the page shows.
fn opens(harness: &Harness, agent: Agent, words: &[&str]) {
    let mut open = agent.on_terminal(harness, words);
    for (question, answer) in [
        ("device 1", "+1 781 555 1212"),
        ("device 2", "test@test.com"),
        ("device 3", ""),
        ("repeat phone 1 of 2", "+1 781 555 1212"),
        ("repeat email 2 of 2", "test@test.com"),
    ] {
        open.answers(question, answer);
    }
    let picture = PAGE.split("```text\n").nth(1).unwrap();
    for line in picture.split("\nwrite ").next().unwrap().lines() {
        open.reads(line);
    }
    open.answers("[yes/no]", "yes");
    open.reads("next: lethe case preview 97456596893834");
    open.ends(0);
}

fn corrects(harness: &Harness, words: &[&str]) {
    let mut resubmit = Agent::LETHE.on_terminal(harness, words);
    resubmit.answers("corrected", "+1 617 555 0100");
    resubmit.answers("[yes/no]", "yes");
    resubmit.ends(0);
}
