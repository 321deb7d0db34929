//! Submitted files and results: names, dates, settling, duplicates, links, modes, retention.

use std::fs;
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _, PermissionsExt as _, symlink};
use std::os::unix::net::UnixListener;
use std::time::Duration;

use rstest::rstest;
use serde_json::Value;

use crate::support::Harness;

const EMPTY: &str = r#"{"requests": [{"accountid": "110", "type": "FORGET", "contacts": []}]}"#;

fn phones(last: &[u32]) -> String {
    let contacts: Vec<String> = last
        .iter()
        .map(|n| format!(r#"{{"phone": "+1617555{n:04}"}}"#))
        .collect();
    format!(
        r#"{{"requests": [{{"accountid": "110", "type": "FORGET", "contacts": [{}]}}]}}"#,
        contacts.join(", ")
    )
}

/// The names in a list of `status`.
fn named(status: &Value, list: &str) -> Vec<String> {
    let files = status["drops"][0][list].as_array().unwrap();
    files
        .iter()
        .map(|f| f["file"].as_str().unwrap().to_owned())
        .collect()
}

fn status(harness: &Harness) -> Value {
    harness
        .in_drop(&["status", "--format", "json"])
        .ok(0)
        .json()
}

#[test]
fn names_and_values_cannot_control_a_terminal() {
    let harness = Harness::new();
    let forged = "x\n  done: 1\n    forget-20180315_9.json";
    let names = [
        forged,
        "\u{1b}[2J\u{1b}]0;owned\u{7}.json",
        "\u{9b}31m.json",
        "gpj.\u{202e}txt",
        "forget-20180315_1.json\r",
    ];
    names.iter().for_each(|name| harness.submit(name, EMPTY));
    harness.db.run(
        "INSERT INTO contact_centre.contact_attempt (attempt_id, account_id, client_id, message_text)
         VALUES (1, '110', 'c-1', E'\\x1b[2J\\n\\u009b31m\\u202e')",
    );
    for command in [
        ["status"].as_slice(),
        &["run"],
        &["trace", "--client-id", "c-1"],
    ] {
        for format in ["text", "json"] {
            let words = [command, &["--format", format]].concat();
            let ended = match command[0] {
                "trace" => harness.lethe(&words),
                _ => harness.in_drop(&words),
            };
            let said = format!("{}{}", ended.stdout, ended.stderr);
            let obeyed = |c: char| c.is_control() && c != '\n' || c == '\u{202e}';
            assert!(!said.contains(obeyed), "{command:?}: {said:?}");
            let is_forged = |line: &str| line.trim() == "forget-20180315_9.json";
            assert!(!said.lines().any(is_forged), "{said}");
        }
    }
    let text = harness.in_drop(&["status"]).ok(0).stdout;
    assert!(text.contains("left untouched: 5"), "{text}");
    assert!(
        text.contains(r"x\n  done: 1\n    forget-20180315_9.json"),
        "{text}"
    );
}

#[test]
fn files_with_other_names_are_left_untouched_and_listed() {
    let harness = Harness::new();
    let wrong = [
        "Forget-20180315_1.json",
        "forget-20180315_1.JSON",
        "forget-20180315-1.json",
        "forget-20180315_.json",
        "forget-20180315_1.json.tmp",
        ".forget-20180315_1.json",
        "forget-2018315_1.json",
        "forget-20180229_1.json",
        "forget-20181301_1.json",
        "delete-20180315_1.json",
        "forget-20180315_a b.json",
        "forget-20180315_é.json",
        "forget-20180315_1.2.json",
        "readme.txt",
    ];
    wrong.iter().for_each(|name| harness.submit(name, EMPTY));
    let long = format!("forget-20180315_{}.json", "x".repeat(65));
    harness.submit(&long, EMPTY);
    let fits = format!("forget-20180315_{}.json", "aZ0-_bcd".repeat(8));
    harness.submit(&fits, EMPTY);
    let run = harness.run().ok(0);
    assert_eq!(run.states(), [(fits.clone(), "done".to_owned())]);
    let mut ignored = named(&status(&harness), "ignored");
    ignored.sort();
    let mut expected: Vec<String> = wrong
        .iter()
        .map(|n| (*n).to_owned())
        .chain([long])
        .collect();
    expected.sort();
    assert_eq!(ignored, expected);
    for name in expected {
        assert_eq!(
            fs::read_to_string(harness.submit_path(&name)).unwrap(),
            EMPTY
        );
    }
    assert_eq!(
        harness.results(),
        [fits.replace(".json", "-execution-log.json")]
    );
}

#[rstest]
#[case("2018-03-15T03:59:58Z", "America/New_York", "20180314")]
#[case("2018-03-15T04:00:00Z", "America/New_York", "20180315")]
#[case("2018-03-14T10:59:58Z", "Pacific/Auckland", "20180314")]
#[case("2018-03-14T23:30:00Z", "UTC", "20180314")]
#[case("2018-03-15T00:30:00+02:00", "UTC", "20180314")]
#[case("2018-12-31T23:59:30Z", "Asia/Kolkata", "20190101")]
fn only_files_of_today_in_the_drops_time_zone_are_run(
    #[case] now: &str,
    #[case] zone: &str,
    #[case] today: &str,
) {
    let mut harness = Harness::new();
    harness.now = now.into();
    harness.time_zone = zone.into();
    for date in ["20180313", "20180314", "20180315", "20181231", "20190101"] {
        harness.submit(&format!("forget-{date}_1.json"), EMPTY);
    }
    let run = harness.run().ok(0);
    assert_eq!(
        run.states(),
        [(format!("forget-{today}_1.json"), "done".to_owned())]
    );
    let status = status(&harness);
    assert_eq!(named(&status, "missed").len(), 4);
    assert_eq!(named(&status, "done"), [format!("forget-{today}_1.json")]);
}

#[test]
fn a_missed_file_is_named_with_a_command_that_works() {
    let mut harness = Harness::new();
    // A folder that a shell would split into several words.
    let odd = harness.path("it's a $HOME drop");
    fs::rename(harness.drop_folder(), &odd).unwrap();
    symlink(&odd, harness.drop_folder()).unwrap();
    harness.accounts = vec!["110".into(), "120".into()];
    harness.submit("forget-20180314_1.json", EMPTY);
    let words = ["status", "--format", "json", "--drop"];
    let odd_text = odd.display().to_string();
    let status = harness
        .lethe(
            &[
                &words[..],
                &[&odd_text, "--account", "110", "--account", "120"],
            ]
            .concat(),
        )
        .ok(0)
        .json();
    let missed = &status["drops"][0]["missed"][0];
    assert_eq!(missed["file"], "forget-20180314_1.json");
    let command = missed["command"].as_str().unwrap();
    assert!(
        command.starts_with("lethe run --date 20180314 "),
        "{command}"
    );
    let bin = harness.path("bin");
    fs::create_dir(&bin).unwrap();
    symlink(crate::support::LETHE, bin.join("lethe")).unwrap();
    // The database is named in the environment, as a DBA would do.
    let ended = std::process::Command::new("sh")
        .args(["-c", &format!("{command} --settle 0s --format json")])
        .env(
            "PATH",
            format!("{}:{}", bin.display(), std::env::var("PATH").unwrap()),
        )
        .env("LETHE_DATABASE", &harness.database)
        .env("LETHE_NOW", &harness.now)
        .current_dir(harness.dir.path())
        .output()
        .unwrap();
    assert!(
        ended.status.success(),
        "{command}: {}",
        String::from_utf8_lossy(&ended.stderr)
    );
    assert!(
        harness
            .results()
            .contains(&"forget-20180314_1-execution-log.json".to_owned())
    );
    let after = harness
        .lethe(
            &[
                &words[..],
                &[&odd_text, "--account", "110", "--account", "120"],
            ]
            .concat(),
        )
        .json();
    assert_eq!(named(&after, "done"), ["forget-20180314_1.json"]);
}

#[test]
fn a_drop_of_the_configuration_is_missed_with_a_command_that_works() {
    let mut harness = Harness::new();
    harness.config = "[[drop]]\nname = \"acme drop\"\npath = \"{dir}/drop\"\naccounts = [\"110\"]\ntime_zone = \"Asia/Tokyo\"".into();
    harness.submit("forget-20180314_1.json", EMPTY);
    let status = harness.lethe(&["status", "--format", "json"]).ok(0).json();
    assert_eq!(status["drops"][0]["drop"], "acme drop");
    let command = status["drops"][0]["missed"][0]["command"].as_str().unwrap();
    let bin = harness.path("bin");
    fs::create_dir(&bin).unwrap();
    symlink(crate::support::LETHE, bin.join("lethe")).unwrap();
    let ended = std::process::Command::new("sh")
        .args(["-c", &format!("{command} --settle 0s")])
        .env(
            "PATH",
            format!("{}:{}", bin.display(), std::env::var("PATH").unwrap()),
        )
        .env("LETHE_DATABASE", &harness.database)
        .env("LETHE_NOW", &harness.now)
        .current_dir(harness.dir.path())
        .output()
        .unwrap();
    assert!(
        ended.status.success(),
        "{command}: {}",
        String::from_utf8_lossy(&ended.stderr)
    );
    assert_eq!(harness.results(), ["forget-20180314_1-execution-log.json"]);
}

#[test]
fn a_name_can_be_used_once() {
    let harness = Harness::new();
    let name = "forget-20180315_1.json";
    harness.submit(name, phones(&[100]));
    harness.run().ok(0);
    let log = harness.result("forget-20180315_1-execution-log.json");
    // The same content again: nothing happens.
    let again = harness.run().ok(0);
    assert!(again.submissions().is_empty());
    fs::remove_file(harness.submit_path(name)).unwrap();
    harness.submit(name, phones(&[100]));
    assert!(harness.run().ok(0).submissions().is_empty());
    assert_eq!(harness.results(), ["forget-20180315_1-execution-log.json"]);
    // Other content: answered once for each.
    let answer = |n: u32| format!("forget-20180315_1-duplicate-{n}.json");
    harness.submit(name, phones(&[101]));
    let run = harness.run().ok(3);
    assert_eq!(run.states(), [(name.to_owned(), "duplicate".to_owned())]);
    assert_eq!(run.submissions()[0]["results"][0], answer(1));
    assert_eq!(named(&status(&harness), "duplicate"), [name]);
    let text: Value = serde_json::from_str(&harness.result(&answer(1))).unwrap();
    assert_eq!(
        text,
        serde_json::json!({"error": "a submission of this name was already processed; submit it under a new name"})
    );
    let mode = fs::metadata(harness.result_path(&answer(1)))
        .unwrap()
        .mode();
    assert_eq!(mode & 0o7777, 0o640);
    harness.run().ok(3);
    harness.submit(name, phones(&[102]));
    harness.run().ok(3);
    harness.submit(name, phones(&[101]));
    harness.run().ok(3);
    assert_eq!(
        harness.results(),
        [
            answer(1),
            answer(2),
            "forget-20180315_1-execution-log.json".to_owned()
        ]
    );
    // An answer that was fetched and deleted is not published again.
    fs::remove_file(harness.result_path(&answer(1))).unwrap();
    harness.run().ok(3);
    assert_eq!(harness.results().len(), 2);
    // The first content still counts as processed.
    harness.submit(name, phones(&[100]));
    assert!(harness.run().ok(0).submissions().is_empty());
    assert_eq!(harness.result("forget-20180315_1-execution-log.json"), log);
}

#[test]
fn nothing_in_the_result_folder_is_overwritten() {
    let harness = Harness::new();
    fs::create_dir(harness.path("drop/GDPR_Result")).unwrap();
    fs::write(
        harness.result_path("forget-20180315_1-execution-log.json"),
        "mine",
    )
    .unwrap();
    harness.submit("forget-20180315_1.json", EMPTY);
    let ended = harness.run();
    assert_eq!(
        harness.result("forget-20180315_1-execution-log.json"),
        "mine"
    );
    assert_eq!(ended.code, 1, "{}", ended.stderr);
    fs::remove_file(harness.result_path("forget-20180315_1-execution-log.json")).unwrap();
    harness.run().ok(0);
    assert!(
        harness
            .result("forget-20180315_1-execution-log.json")
            .contains("requests")
    );
}

#[test]
fn only_regular_files_are_processed() {
    let mut harness = Harness::new();
    harness.config = "max_submission_bytes = 2000".into();
    let name = |n: u32| format!("forget-20180315_{n}.json");
    let target = harness.path("target");
    fs::write(&target, phones(&[100])).unwrap();
    symlink(&target, harness.submit_path(&name(1))).unwrap();
    symlink("/nowhere", harness.submit_path(&name(2))).unwrap();
    fs::hard_link(&target, harness.submit_path(&name(3))).unwrap();
    nix::unistd::mkfifo(
        &harness.submit_path(&name(4)),
        nix::sys::stat::Mode::S_IRWXU,
    )
    .unwrap();
    fs::create_dir(harness.submit_path(&name(5))).unwrap();
    let _socket = UnixListener::bind(harness.submit_path(&name(6))).unwrap();
    harness.submit(&name(7), format!("{}{}", phones(&[100]), " ".repeat(2000)));
    let deep = |levels: usize| {
        format!(
            r#"{{"requests": [{{"x": {}{}}}]}}"#,
            "[".repeat(levels - 3),
            "]".repeat(levels - 3)
        )
    };
    harness.submit(&name(8), deep(33));
    harness.submit(&name(9), deep(32));
    harness.submit(&name(10), "[".repeat(1900));
    let run = harness.run().ok(3);
    let refused: Vec<String> = [1, 10, 2, 3, 4, 5, 6, 7, 8].map(name).to_vec();
    let states = run.states();
    let state = |file: &String| &states.iter().find(|(f, _)| f == file).unwrap().1;
    for file in &refused {
        assert_eq!(state(file), "refused", "{file}");
        assert!(
            run.stderr.contains(file.as_str()),
            "{file} is named on standard error"
        );
    }
    assert_eq!(harness.results(), ["forget-20180315_9-execution-log.json"]);
    assert_eq!(harness.db.one("SELECT count(*) FROM lethe.submission"), "1");
    let shown = named(&status(&harness), "refused");
    for file in &refused {
        assert!(
            shown.contains(file),
            "{file} is not named in status: {shown:?}"
        );
    }
    // Unchanged.
    assert!(
        fs::symlink_metadata(harness.submit_path(&name(1)))
            .unwrap()
            .is_symlink()
    );
    assert!(
        fs::symlink_metadata(harness.submit_path(&name(4)))
            .unwrap()
            .file_type()
            .is_fifo()
    );
    assert_eq!(fs::read_to_string(&target).unwrap(), phones(&[100]));
    // A refused file does not use its name: once corrected, it is processed.
    fs::remove_file(harness.submit_path(&name(3))).unwrap();
    harness.submit(&name(3), phones(&[100]));
    let states = harness.run().ok(3).states();
    assert!(states.contains(&(name(3), "done".to_owned())), "{states:?}");
}

#[test]
fn a_file_that_changes_while_it_settles_is_left_and_reported() {
    let harness = Harness::new();
    let path = harness.submit_path("forget-20180315_1.json");
    fs::write(&path, &phones(&[100])[..20]).unwrap();
    harness.submit("forget-20180315_2.json", EMPTY);
    let stop = std::sync::atomic::AtomicBool::new(false);
    let run = std::thread::scope(|scope| {
        scope.spawn(|| {
            while !stop.load(std::sync::atomic::Ordering::Relaxed) {
                let mut text = fs::read(&path).unwrap();
                text.push(b' ');
                fs::write(&path, text).unwrap();
                std::thread::sleep(Duration::from_millis(5));
            }
        });
        let run = harness.in_drop(&["run", "--settle", "300ms", "--format", "json"]);
        stop.store(true, std::sync::atomic::Ordering::Relaxed);
        run
    })
    .ok(0);
    let mut states = run.states();
    states.sort();
    assert_eq!(
        states,
        [
            ("forget-20180315_1.json".to_owned(), "unsettled".to_owned()),
            ("forget-20180315_2.json".to_owned(), "done".to_owned())
        ]
    );
    assert!(run.stderr.contains("forget-20180315_1.json"));
    assert_eq!(named(&status(&harness), "due"), ["forget-20180315_1.json"]);
    fs::write(&path, phones(&[100])).unwrap();
    let states = harness
        .in_drop(&["run", "--settle", "50ms", "--format", "json"])
        .ok(0)
        .states();
    assert_eq!(
        states,
        [("forget-20180315_1.json".to_owned(), "done".to_owned())]
    );
}

#[test]
fn results_have_their_mode_and_the_spool_is_empty_afterwards() {
    let harness = Harness::new();
    harness.submit("forget-20180315_1.json", phones(&[100]));
    harness.submit_contacts(
        "export-20180315_1.json",
        "110",
        r#"{"phone": "+1 617 555 0100"}"#,
    );
    harness.submit("forget-20180315_2.json", "{");
    harness.run().ok(3);
    assert_eq!(
        harness.results(),
        [
            "export-20180315_1-archive.zip",
            "export-20180315_1-execution-log.json",
            "forget-20180315_1-execution-log.json",
            "forget-20180315_2-execution-log.json"
        ]
    );
    for name in harness.results() {
        let found = fs::metadata(harness.result_path(&name)).unwrap();
        assert_eq!(found.mode() & 0o7777, 0o640, "{name}");
        assert_eq!(found.nlink(), 1, "{name}");
    }
    let spool = harness.spool();
    assert_eq!(
        fs::metadata(&spool).unwrap().permissions().mode() & 0o7777,
        0o700
    );
    let left: Vec<_> = fs::read_dir(&spool)
        .unwrap()
        .map(|e| e.unwrap().file_name())
        .collect();
    assert!(left.is_empty(), "{left:?}");
    for file in ["forget-20180315_1.json", "export-20180315_1.json"] {
        assert!(
            harness.submit_path(file).exists(),
            "the file stays until purge"
        );
    }
}

#[test]
fn the_log_is_indented_by_two_and_begins_with_the_requests() {
    let harness = Harness::new();
    harness.submit(
        "forget-20180315_1.json",
        "\u{feff}{\"requests\":[{\"accountid\":\"110\",\"type\":\"FORGET\",\"contacts\":[{\"phone\":\"+16175550100\"}]}]}",
    );
    harness.run().ok(0);
    let contact = "{\n          \"phone\": \"+16175550100\"";
    let request = |contact: &str| {
        format!(
            "[\n    {{\n      \"accountid\": \"110\",\n      \"type\": \"FORGET\",\n      \"contacts\": [\n        {contact}\n        }}\n      ]\n    }}\n  ]"
        )
    };
    let answered = format!("{contact},\n          \"response\": \"SUCCESS: not found\"");
    let expected = format!(
        "{{\n  \"requests\": {},\n  \"result\": {},\n  \"clock\": \"LETHE_NOW\"\n}}\n",
        request(contact),
        request(&answered)
    );
    assert_eq!(
        harness.result("forget-20180315_1-execution-log.json"),
        expected
    );
}

#[test]
fn a_file_that_its_owner_deletes_during_a_run_still_gets_its_log() {
    let harness = Harness::new();
    harness.db.run("INSERT INTO contact_centre.contact_attempt (attempt_id, account_id, device) VALUES (1, '110', '+16175550100')");
    harness.submit("forget-20180315_1.json", phones(&[100]));
    harness
        .db
        .run("BEGIN; UPDATE contact_centre.contact_attempt SET disposition = 'busy'");
    let mut run = harness.start_run();
    harness.wait_until_blocked();
    fs::remove_file(harness.submit_path("forget-20180315_1.json")).unwrap();
    let spooled: Vec<_> = fs::read_dir(harness.spool())
        .unwrap()
        .map(|e| e.unwrap().path())
        .collect();
    assert_eq!(spooled.len(), 1);
    assert_eq!(fs::metadata(&spooled[0]).unwrap().mode() & 0o7777, 0o600);
    harness.db.run("COMMIT");
    assert_eq!(run.wait().unwrap().code(), Some(0));
    assert_eq!(harness.answers("forget-20180315_1"), ["SUCCESS"]);
}

#[test]
fn retention_ends_after_the_configured_days() {
    let mut harness = Harness::new();
    harness.submit("forget-20180315_1.json", phones(&[100]));
    harness.submit_contacts(
        "export-20180315_1.json",
        "110",
        r#"{"phone": "+1 617 555 0100"}"#,
    );
    harness.run().ok(0);
    harness.submit("forget-20180315_2.json", EMPTY);
    harness.now = "2018-03-30T11:00:00Z".into();
    let purged = harness.in_drop(&["purge", "--format", "json"]).ok(0).json();
    assert_eq!(purged["submissions"], 0);
    harness.now = "2018-03-30T13:00:00Z".into();
    let purged = harness.in_drop(&["purge", "--format", "json"]).ok(0).json();
    assert_eq!(
        (&purged["submissions"], &purged["files"]),
        (&2.into(), &5.into())
    );
    assert_eq!(harness.results(), Vec::<String>::new());
    assert!(!harness.submit_path("forget-20180315_1.json").exists());
    assert!(harness.submit_path("forget-20180315_2.json").exists());
    let left = "SELECT (SELECT count(*) FROM lethe.request), (SELECT count(*) FROM lethe.contact),
                (SELECT count(*) FROM lethe.submission WHERE digest IS NOT NULL OR digest_key IS NOT NULL),
                (SELECT count(*) FROM lethe.result WHERE digest IS NOT NULL)";
    assert_eq!(harness.db.one(left), "0|0|0|0");
    harness.in_drop(&["purge"]).ok(0);
    // The name stays used.
    harness.submit("forget-20180315_1.json", phones(&[100]));
    harness.now = "2018-03-15T13:00:00Z".into();
    let states = harness.run().states();
    assert!(
        states.contains(&("forget-20180315_1.json".to_owned(), "duplicate".to_owned())),
        "{states:?}"
    );
    harness.config = "retention_days = 31".into();
    harness.in_drop(&["purge"]).ok(2);
}

#[rstest]
#[case::no_drop(&["run", "--settle", "0s"], 2)]
#[case::unknown_drop(&["run", "--drop", "nobody"], 2)]
#[case::missing_folder(&["run", "--drop", "/nowhere/at/all", "--account", "1"], 2)]
#[case::unknown_command(&["forget"], 2)]
#[case::wrong_date(&["run", "--date", "20180230"], 2)]
#[case::nothing_in_history(&["history"], 0)]
fn usage_has_its_exit_code(#[case] words: &[&str], #[case] code: i32) {
    Harness::new().lethe(words).ok(code);
}

#[test]
fn each_reason_why_a_connection_cannot_be_used_has_its_message() {
    let mut harness = Harness::new();
    let good = harness.database.clone();
    harness.database = good.replace("dbname='test_", "dbname='no_such_");
    let ended = harness.run().ok(2);
    assert!(ended.stdout.is_empty() && !ended.stderr.is_empty());
    harness.database = "host=/nowhere user=lethe dbname=x".into();
    harness.run().ok(1);
    harness.database = "not an address".into();
    harness.run().ok(2);
    harness.database = good;
    harness.db.run("DROP SCHEMA lethe CASCADE");
    let ended = harness.run().ok(2);
    assert!(ended.stderr.contains("lethe migrate"), "{}", ended.stderr);
    harness.as_administrator(&["migrate"]).ok(0);
    harness.grant();
    harness.run().ok(0);
    harness.now = "yesterday".into();
    harness.run().ok(2);
}

#[test]
fn json_is_alone_on_standard_output_and_history_reports_what_was_done() {
    let harness = Harness::new();
    harness.submit(
        "forget-20180315_1.json",
        r#"{"requests": [{"requestcase": "4711", "accountid": "110", "type": "FORGET", "contacts": [{"phone": "+1 617 555 0100"}, {"phone": "1"}]}]}"#,
    );
    let run = harness.run_with(&["-vvv"]).ok(3);
    let expected = serde_json::json!([{
        "file": "forget-20180315_1.json", "action": "FORGET", "state": "done", "contacts": 2, "success": 1,
        "not_found": 1, "error": 1, "rows": {}, "results": ["forget-20180315_1-execution-log.json"]
    }]);
    assert_eq!(Value::from(run.submissions()), expected);
    let history = |words: &[&str]| {
        let all = [&["history", "--format", "json"], words].concat();
        harness.lethe(&all).ok(0).json()["submissions"]
            .as_array()
            .unwrap()
            .len()
    };
    assert_eq!(history(&[]), 1);
    assert_eq!(history(&["--case", "4711"]), 1);
    assert_eq!(history(&["--case", "471"]), 0);
    assert_eq!(history(&["--from", "20180315", "--to", "20180315"]), 1);
    assert_eq!(history(&["--from", "20180316"]), 0);
    assert_eq!(history(&["--to", "20180314"]), 0);
    let drop = harness.drop_folder();
    assert_eq!(history(&["--drop", drop.to_str().unwrap()]), 1);
    let nothing = harness.in_drop(&["run", "--settle", "0s"]).ok(0);
    assert!(
        nothing.stderr.is_empty(),
        "quiet when not a terminal: {}",
        nothing.stderr
    );
}

#[test]
fn a_read_only_database_answers_nothing_and_loses_nothing() {
    let harness = Harness::new();
    harness.db.run(&format!(
        "ALTER ROLE lethe_engine IN DATABASE {} SET default_transaction_read_only = on",
        harness.db.name()
    ));
    harness.submit("forget-20180315_1.json", EMPTY);
    let ended = harness.run();
    assert_eq!(ended.code, 2, "{}", ended.stderr);
    assert!(harness.results().is_empty());
    harness.db.run(&format!(
        "ALTER ROLE lethe_engine IN DATABASE {} RESET ALL",
        harness.db.name()
    ));
    harness.run().ok(0);
}

#[test]
fn a_watching_run_processes_new_files_and_ends_on_a_signal() {
    let mut harness = Harness::new();
    harness.config = "watch_interval = \"50ms\"".into();
    let mut run = harness
        .command(&["run", "--settle", "0s", "--watch"])
        .args(harness.drop_options())
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap();
    for n in [1, 2] {
        fs::write(harness.path("upload"), EMPTY).unwrap();
        fs::rename(
            harness.path("upload"),
            harness.submit_path(&format!("forget-20180315_{n}.json")),
        )
        .unwrap();
        let log = harness.result_path(&format!("forget-20180315_{n}-execution-log.json"));
        let give_up = std::time::Instant::now() + Duration::from_secs(10);
        while !log.exists() {
            assert!(std::time::Instant::now() < give_up, "no log of file {n}");
            std::thread::sleep(Duration::from_millis(10));
        }
    }
    let pid = nix::unistd::Pid::from_raw(run.id() as i32);
    nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGTERM).unwrap();
    assert_eq!(run.wait().unwrap().code(), Some(0));
}

#[test]
fn invalid_utf8_is_reported_with_its_position() {
    let harness = Harness::new();
    harness.submit("forget-20180315_1.json", b"{\"requests\":\n [\"\xff\"]}");
    harness.submit("forget-20180315_2.json", b"\xef\xbb\xbf{\"requests\": [7]}");
    harness.run().ok(3);
    let log = harness.log("forget-20180315_1");
    assert_eq!(log["requests"], serde_json::json!([]));
    assert_eq!(log["result"], serde_json::json!([]));
    let error = log["error"].as_str().unwrap();
    assert!(
        error.contains("UTF-8") && error.contains("line 2 column 4"),
        "{error}"
    );
    assert_eq!(
        harness.answers("forget-20180315_2"),
        ["ERROR: malformed request"]
    );
}

#[test]
fn migrating_twice_has_the_effect_of_migrating_once() {
    let harness = Harness::new();
    let before = harness.dump();
    let again = harness
        .as_administrator(&["migrate", "--reference", "--format", "json"])
        .ok(0)
        .json();
    assert_eq!(
        again,
        serde_json::json!({"ledger": [], "contact_centre": []})
    );
    assert_eq!(harness.dump(), before);
}

#[test]
fn a_configured_folder_cannot_have_a_second_name() {
    let mut harness = Harness::new();
    let folder = harness.drop_folder().display().to_string();
    let drop = |name: &str| {
        format!("[[drop]]\nname = \"{name}\"\npath = \"{folder}\"\naccounts = [\"100\"]\n")
    };
    harness.config = drop("a");
    let refused = harness.in_drop(&["run"]).ok(2);
    assert!(
        refused.stderr.contains("is the configured drop \"a\""),
        "{}",
        refused.stderr
    );
    harness.config = drop("a") + &drop("b");
    let refused = harness.lethe(&["run"]).ok(2);
    assert!(
        refused.stderr.contains("are the same folder"),
        "{}",
        refused.stderr
    );
}

#[test]
fn a_file_under_a_purged_name_is_purged_in_its_turn() {
    let mut harness = Harness::new();
    harness.submit_contacts(
        "forget-20180315_1.json",
        "110",
        r#"{"phone": "+1 617 555 0100"}"#,
    );
    harness.run().ok(0);
    harness.now = "2018-04-15T12:00:00Z".into();
    harness.in_drop(&["purge"]).ok(0);
    assert!(harness.results().is_empty());
    // The clock of every process starts at this time; later times must be set explicitly.
    harness.now = "2018-04-15T13:00:00Z".into();
    harness.submit_contacts(
        "forget-20180315_1.json",
        "110",
        r#"{"phone": "+1 617 555 0101"}"#,
    );
    harness.run_with(&["--date", "20180315"]).ok(3);
    assert_eq!(harness.results(), ["forget-20180315_1-duplicate-1.json"]);
    harness.in_drop(&["purge"]).ok(0);
    assert_eq!(harness.results().len(), 1, "not yet");
    harness.now = "2018-05-15T12:00:00Z".into();
    harness.in_drop(&["purge"]).ok(0);
    assert!(harness.results().is_empty());
    assert!(!harness.submit_path("forget-20180315_1.json").exists());
}
