//! A case from beginning to end on a terminal, including typing errors.

use std::fs;

use super::agent::{Agent, attempt, care, file, is_root, left};

const CASE: &str = "97456596893834";

#[test]
fn an_agent_takes_a_forget_from_the_case_id_to_the_confirmed_answer() {
    let harness = care("two_people = true");
    attempt(&harness, 1, "+16175550100");
    attempt(&harness, 2, "+16175550010");
    let (anna, ben) = (Agent::ANNA, Agent::BEN);

    // Anna types a phone without a country code, then correctly; when she repeats it, she first swaps two digits.
    let mut open = anna.on_terminal(
        &harness,
        &[
            "case",
            "open",
            CASE,
            "--account",
            "110",
            "--forget",
            "--confirm",
            "--received",
            "20180310",
        ],
    );
    open.answers(
        "device 1 (phone, email or IP address; Enter to finish):",
        "617 555 0100",
    );
    open.reads("write + and the country code");
    open.answers("device 1", "+1 617 555 0100");
    // A duplicate is one device.
    open.answers("device 2", "+16175550100");
    open.reads("already entered as device 1");
    open.answers("device 2", "");
    open.answers("repeat phone 1 of 1:", "+1 617 555 0010");
    open.reads("the two entries do not match");
    open.answers("repeat phone 1 of 1:", "+16175550100");
    open.reads("case 97456596893834: FORGET of 1 device, account 110");
    open.reads("+1 617 555 0100: a phone in the United States format");
    open.reads("A FORGET cannot be undone.");
    open.reads("write ");
    let named = open.reads(" into the case? [yes/no]");
    open.writes("perhaps");
    open.answers("answer yes or no", "y");
    open.answers("answer yes or no", "yes");
    open.reads(&format!("wrote {named} into case {CASE}"));
    open.ends(0);
    let file = file(&harness, CASE);
    assert_eq!(file, named, "the one that was read back");

    // It is not approved.
    let run = Agent::LETHE.on_terminal(&harness, &["case", "run", CASE, "--settle", "0s"]);
    let output = run.ends(3);
    assert!(output.contains("it is not approved"), "{output}");

    let mut preview = anna.on_terminal(&harness, &["case", "preview", CASE]);
    preview.reads("a FORGET; nothing was changed");
    preview.reads("contact 1: phone +1 617 555");
    preview.reads("contact_attempt.device 1");
    // With two digits swapped it is another consumer's.
    preview.reads("swapped digits");
    preview.reads("plan digest: ");
    let digest = preview.reads("\r\n");
    preview.reads(&format!("lethe case approve {CASE} --digest {digest}"));
    preview.ends(0);

    let wrong = "aaaa-aaaa-aaaa-aaaa";
    let output = anna
        .on_terminal(&harness, &["case", "approve", CASE, "--digest", wrong])
        .ends(3);
    assert!(output.contains("mistyped"), "{output}");
    let output = anna
        .on_terminal(&harness, &["case", "approve", CASE, "--digest", &digest])
        .ends(3);
    assert!(output.contains("have somebody else approve it"), "{output}");
    if !is_root() {
        // Only root can act as two people.
        return;
    }
    let output = ben
        .on_terminal(&harness, &["case", "approve", CASE, "--digest", &digest])
        .ends(0);
    assert!(
        output.contains("approved by 45002 (database: care_ben)"),
        "{output}"
    );

    // Another call to the consumer before the run.
    attempt(&harness, 3, "+16175550100");
    let output = Agent::LETHE
        .on_terminal(&harness, &["case", "run", CASE, "--settle", "0s"])
        .ends(3);
    assert!(
        output.contains("request 1 contact 1: 2 rows of contact_centre.contact_attempt hold the device, but 1 were approved"),
        "{output}"
    );
    assert_eq!(left(&harness).len(), 3, "nothing was changed");

    let mut preview = ben.on_terminal(&harness, &["case", "preview", CASE]);
    preview.reads("plan digest: ");
    let digest = preview.reads("\r\n");
    preview.ends(0);
    ben.on_terminal(&harness, &["case", "approve", CASE, "--digest", &digest])
        .ends(0);
    let output = Agent::LETHE
        .on_terminal(&harness, &["case", "run", CASE, "--settle", "0s"])
        .ends(0);
    assert!(output.contains("done"), "{output}");
    assert_eq!(left(&harness), ["+16175550010"]);

    let mut show = anna.on_terminal(&harness, &["case", "show", CASE]);
    show.reads("account 110, received on 2018-03-10");
    show.reads(&format!("{file}: done"));
    show.reads("by 45001 (database: care_anna)");
    show.reads("by 45002 (database: care_ben)");
    show.reads("request 1 contact 1, phone: SUCCESS");
    show.reads("execution-log.json");
    show.ends(0);
    let log = fs::read_to_string(harness.path(&format!(
        "care/{CASE}/Transfer Files/{}-execution-log.json",
        file.trim_end_matches(".json")
    )));
    assert!(log.unwrap().contains("\"SUCCESS\""));

    let mut verify = anna.on_terminal(&harness, &["verify", "--case", CASE]);
    verify.reads("request 1 contact 1: phone +1 617 555");
    verify.reads("clean (answered SUCCESS)");
    verify.reads("1 clean, 0 with something left");
    verify.ends(0);
    attempt(&harness, 4, "+16175550100");
    let output = anna
        .on_terminal(&harness, &["verify", "--case", CASE])
        .ends(3);
    assert!(output.contains("FOUND"), "{output}");

    let mut list = anna.on_terminal(&harness, &["case", "list"]);
    list.reads(CASE);
    list.reads("done");
    list.ends(0);
}

#[test]
fn nothing_is_written_if_the_repeated_devices_differ() {
    let harness = care("");
    let words = [
        "case",
        "open",
        "7",
        "--account",
        "110",
        "--export",
        "--confirm",
        "--email",
        "a@example.com",
    ];
    let mut open = Agent::LETHE.on_terminal(&harness, &words);
    for _ in 0..3 {
        open.answers("repeat email 1 of 1:", "b@example.com");
    }
    let output = open.ends(2);
    assert!(output.contains("nothing was written"), "{output}");
    assert!(!harness.path("care/7").exists());

    let mut open = Agent::LETHE.on_terminal(&harness, &words);
    open.answers("repeat email 1 of 1:", "A@Example.com");
    open.answers("[yes/no]", "no");
    assert!(open.ends(2).contains("nothing was written"));
    assert!(!harness.path("care/7").exists());
}

#[test]
fn nothing_is_written_if_a_question_is_not_answered() {
    let harness = care("");
    attempt(&harness, 1, "+16175550100");
    let words = ["case", "open", "7", "--account", "110", "--forget"];
    // Ctrl-C at the first question and at the last, Ctrl-D, and an empty line.
    let mut open = Agent::LETHE.on_terminal(&harness, &words);
    open.reads("device 1");
    open.presses('c');
    open.ends_interrupted();
    let mut open = Agent::LETHE.on_terminal(&harness, &words);
    open.answers("device 1", "+1 617 555 0100");
    open.answers("device 2", "");
    open.reads("[yes/no]");
    open.presses('c');
    open.ends_interrupted();
    let mut open = Agent::LETHE.on_terminal(&harness, &words);
    open.reads("Enter to finish):");
    open.presses('d');
    let output = open.ends(2);
    assert!(output.contains("\r\nerror: the input ended"), "{output:?}");
    let mut open = Agent::LETHE.on_terminal(&harness, &words);
    open.answers("device 1", "+1 617 555 0100");
    open.answers("device 2", "");
    open.answers("[yes/no]", "");
    assert!(open.ends(2).contains("nothing was written"));

    assert!(!harness.path("care/7").exists());
    for table in ["care_case", "case_file"] {
        assert_eq!(
            harness
                .db
                .one(&format!("SELECT count(*) FROM lethe.{table}")),
            "0"
        );
    }
}

#[test]
fn nothing_is_written_if_a_correction_is_interrupted() {
    let harness = care("accounts = ['110']");
    fs::create_dir(harness.path("care/7")).unwrap();
    let text = r#"{"requests": [{"accountid": "110", "type": "FORGET", "contacts": [{"phone": "617"}, {"email": "x"}]}]}"#;
    fs::write(harness.path("care/7/forget-20180315_1.json"), text).unwrap();
    Agent::LETHE
        .lethe(&harness, &["case", "run", "7", "--settle", "0s"])
        .ok(3);
    let mut resubmit = Agent::LETHE.on_terminal(&harness, &["case", "resubmit", "7"]);
    resubmit.answers("corrected", "+1 617 555 0100");
    resubmit.reads("corrected");
    resubmit.presses('c');
    resubmit.ends_interrupted();
    // If all contacts are left out, nothing is submitted.
    let mut resubmit = Agent::LETHE.on_terminal(&harness, &["case", "resubmit", "7"]);
    resubmit.answers("corrected", "");
    resubmit.answers("corrected", "-");
    assert!(resubmit.ends(2).contains("no contact is left"));
    assert_eq!(harness.db.one("SELECT count(*) FROM lethe.case_file"), "0");
}

#[test]
fn a_run_in_another_terminal_is_reported() {
    let harness = care("");
    attempt(&harness, 1, "+16175550100");
    let open = [
        "case",
        "open",
        "7",
        "--account",
        "110",
        "--forget",
        "--phone",
        "+16175550100",
        "--yes",
    ];
    Agent::LETHE.lethe(&harness, &open).ok(0);
    let run = ["case", "run", "7", "--settle", "0s"];
    harness
        .db
        .run("BEGIN; UPDATE contact_centre.contact_attempt SET disposition = 'busy'");
    let first = Agent::LETHE.on_terminal(&harness, &run);
    harness.wait_until_blocked();
    let second = Agent::LETHE.lethe(&harness, &run).ok(1);
    assert!(
        second.stderr.contains("is being processed elsewhere"),
        "{}",
        second.stderr
    );
    let preview = Agent::LETHE
        .lethe(&harness, &["case", "preview", "7"])
        .ok(0);
    assert!(
        preview.stdout.contains("case 7 has no pending submissions"),
        "{}",
        preview.stdout
    );
    harness.db.run("COMMIT");
    first.ends(0);
    // A completed submission is not processed again.
    let third = Agent::LETHE.lethe(&harness, &run).ok(0);
    assert!(
        third.stdout.contains("nothing is due") && third.stderr.is_empty(),
        "{}",
        third.stderr
    );
    assert!(left(&harness).is_empty());
}

#[test]
fn a_narrow_terminal_shows_a_history_as_a_list_and_no_empty_bar() {
    let harness = care("accounts = ['110']");
    attempt(&harness, 1, "+16175550100");
    fs::create_dir(harness.path("care/7")).unwrap();
    let name = "forget-20180315_by-hand.json";
    let text = r#"{"requests": [{"requestcase": "7", "accountid": "110", "type": "FORGET", "contacts": [{"phone": "+16175550100"}]}]}"#;
    fs::write(harness.path("care/7").join(name), text).unwrap();
    let run = ["case", "run", "7", "--settle", "0s"];
    let output = Agent::LETHE.on_terminal(&harness, &run).ends(0);
    assert!(output.contains(name), "names are not wrapped: {output}");
    let output = Agent::LETHE.on_terminal(&harness, &run).ends(0);
    assert!(output.contains("nothing is due"), "{output}");
    assert!(!output.contains("0/0 devices"), "{output}");
    let output = Agent::LETHE.on_terminal(&harness, &["history"]).ends(0);
    for part in [
        &format!("{name}: done\r\n  drop case/7, case 7\r\n  received 2018-03-15 "),
        "due not known\r\n  contacts: 1, found: 1, not found: 0, errors: 0, rows: 1\r\n",
        "total: 1 submission",
    ] {
        assert!(output.contains(part), "{part}: {output}");
    }
}
