//! A customer who tries to learn about, reach or hinder another: nothing that is returned depends on the data of others.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::symlink;

use serde_json::json;

use crate::support::Harness;

/// The data of enterprise 100.
const OWN: &str = "
    INSERT INTO contact_centre.contact (contact_id, account_id, client_id, first_name) VALUES (1, '110', 'C-1', 'Ada'), (2, '120', 'C-2', 'Eva');
    INSERT INTO contact_centre.contact_device (contact_id, position, account_id, kind, device) VALUES
        (1, 1, '110', 'phone', '+16175550100'), (2, 1, '120', 'email', 'ada@example.com');
    INSERT INTO contact_centre.contact_attempt (attempt_id, account_id, device, message_text) VALUES (1, '110', '+16175550100', 'ours'), (2, '110', '+16175550100', 'ours');
    INSERT INTO contact_centre.sms_message (message_id, account_id, short_code, handset, body) VALUES
        (1, '110', '51110', '+16175550100', 'ours'), (2, '110', '52000', '+16175550100', 'ours');
    INSERT INTO contact_centre.recording (recording_id, account_id, caller) VALUES ('R-1', '110', '+16175550100');
    INSERT INTO contact_centre.recording_media (media_id, recording_id, account_id, media_uri) VALUES
        ('M-1', 'R-1', '110', 'a.wav'), ('M-2', 'R-1', '110', 'theirs.wav')";

/// The data of others about the same people: more rows and client IDs than the guards allow, legal holds, short codes that are
/// shared or were recycled, objects of the same names.
const THEIRS: &str = "
    INSERT INTO contact_centre.contact (contact_id, account_id, client_id, first_name) SELECT 100 + n, '900', 'C-' || n, 'Zoe' FROM generate_series(1, 30) n;
    INSERT INTO contact_centre.contact_device (contact_id, position, account_id, kind, device)
        SELECT 100 + n, 1, '900', 'phone', '+16175550100' FROM generate_series(1, 30) n;
    INSERT INTO contact_centre.contact_device (contact_id, position, account_id, kind, device)
        SELECT 100 + n, 2, '900', 'email', 'ada@example.com' FROM generate_series(1, 30) n;
    INSERT INTO contact_centre.contact_attempt (attempt_id, account_id, device, message_text)
        SELECT 100 + n, '910', '+1617555' || lpad((n % 20 + 100)::text, 4, '0'), 'theirs' FROM generate_series(1, 60) n;
    INSERT INTO contact_centre.sms_message (message_id, account_id, short_code, handset, body)
        SELECT 100 + n, '900', (ARRAY['51110', '52000', '59000', '22222'])[n % 4 + 1], '+16175550100', 'theirs' FROM generate_series(1, 40) n;
    INSERT INTO contact_centre.recording (recording_id, account_id, caller, legal_hold)
        SELECT 'T-' || n, '900', '+1617555' || lpad((n % 20 + 100)::text, 4, '0'), true FROM generate_series(1, 20) n;
    INSERT INTO contact_centre.recording_media (media_id, recording_id, account_id, media_uri) SELECT 'T-' || n, 'T-' || n, '900', 'theirs.wav' FROM generate_series(1, 20) n;
    INSERT INTO contact_centre.suppression_entry (entry_id, account_id, kind, value) VALUES (1, '900', 'device', '+16175550100')";

/// Every request that a customer can think of: accounts and codes of others or invented ones, devices of all kinds, known and not.
fn probes(action: &str) -> String {
    let mut contacts: Vec<String> = (100..120)
        .map(|n| format!(r#"{{"phone": "+1617555{n:04}"}}"#))
        .collect();
    contacts.push(r#"{"email": "ada@example.com"}"#.to_owned());
    contacts.push(r#"{"ipaddr": "192.0.2.1"}"#.to_owned());
    let contacts = contacts.join(",");
    let accounts = [
        "100",
        "110",
        "120",
        "900",
        "910",
        "30003748347",
        "999",
        "",
        "%",
        "1' OR '1'='1",
        "110,900",
    ];
    let codes = ["", r#""51110","52000","59000","22222","00000""#];
    let mut requests = Vec::new();
    for account in accounts {
        for codes in codes {
            requests.push(format!(
                r#"{{"requestcase": "{}", "accountid": "{account}", "shortcodes": [{codes}], "type": "{action}", "contacts": [{contacts}]}}"#,
                requests.len()
            ));
        }
    }
    format!(r#"{{"requests": [{}]}}"#, requests.join(","))
}

/// Everything that a customer gets back, by name, without what always differs (random placeholders).
fn answers(harness: &Harness) -> BTreeMap<String, String> {
    let mut all = BTreeMap::new();
    for name in harness.results() {
        if let Some(stem) = name.strip_suffix("-archive.zip") {
            for (file, text) in harness.archive(stem) {
                all.insert(format!("{name}/{file}"), text);
            }
        } else {
            all.insert(name.clone(), harness.result(&name));
        }
    }
    all
}

fn with_guards(product: &str) -> Harness {
    let mut harness = Harness::new();
    harness.product = product.into();
    harness.config = "max_rows_per_device = 20\nmax_client_ids_per_device = 3\nmedia_wait = \"5s\"\n[media]\nfolder = \"{dir}/media\"".into();
    for object in ["a.wav", "theirs.wav"] {
        fs::write(harness.path("media").join(object), "sound").unwrap();
    }
    harness.db.run(OWN);
    harness
}

fn theirs(harness: &Harness) -> BTreeMap<String, Vec<String>> {
    let mut dump = harness.dump();
    for rows in dump.values_mut() {
        rows.retain(|row| row.contains(r#""account_id":"9"#));
    }
    dump
}

#[test]
fn nothing_that_is_returned_depends_on_the_data_of_others() {
    for product in ["outbound", "messaging"] {
        let alone = with_guards(product);
        let crowded = with_guards(product);
        crowded.db.run(THEIRS);
        let before = theirs(&crowded);
        assert!(before.values().map(Vec::len).sum::<usize>() > 200);
        for harness in [&alone, &crowded] {
            for (name, action) in [
                ("export-20180315_1.json", "EXPORT"),
                ("forget-20180315_2.json", "FORGET"),
                ("export-20180315_3.json", "EXPORT"),
            ] {
                harness.submit(name, probes(action));
            }
            let run = harness.run().ok(3);
            assert!(run.states().iter().all(|(_, state)| state == "done"));
        }
        let (one, other) = (answers(&alone), answers(&crowded));
        assert_eq!(
            one.keys().collect::<Vec<_>>(),
            other.keys().collect::<Vec<_>>()
        );
        for (name, text) in &one {
            assert_eq!(text, &other[name], "{product}: {name}");
            assert!(
                !text.contains("theirs\"") && !text.contains("Zoe"),
                "{name}"
            );
        }
        let found = one
            .values()
            .filter(|text| text.contains("\"response\": \"SUCCESS\""))
            .count();
        assert!(found > 0, "something is found at all");
        if product == "outbound" {
            assert!(one.contains_key("export-20180315_1-archive.zip/001-0/contact-attempts.csv"));
        }
        assert_eq!(theirs(&crowded), before, "{product}");
        assert!(
            crowded.path("media/theirs.wav").exists(),
            "another's row names it"
        );
        assert_eq!(crowded.path("media/a.wav").exists(), product == "messaging");
    }
}

#[test]
fn the_data_of_others_looks_as_if_it_did_not_exist() {
    let harness = Harness::new();
    harness.db.run(THEIRS);
    let log_of = |account: &str, code: &str, number: usize| {
        for action in ["forget", "export"] {
            let name = format!("{action}-20180315_{number}.json");
            harness.submit(&name, format!(
                r#"{{"requests": [{{"accountid": "{account}", "shortcodes": ["{code}"], "type": "{}", "contacts": [{{"phone": "+1 617 555 0100"}}]}}]}}"#,
                action.to_uppercase()
            ));
        }
        harness.run();
        ["forget", "export"].map(|action| {
            let log = harness.result(&format!("{action}-20180315_{number}-execution-log.json"));
            log.replace(&format!("\"{account}\""), "\"ACCOUNT\"")
                .replace(&format!("\"{code}\""), "\"CODE\"")
        })
    };
    let unknown = log_of("no-such", "00000", 1);
    assert!(unknown[0].contains("ERROR: unknown account"));
    for (number, account) in (2..).zip(["900", "910", "30003748347"]) {
        assert_eq!(log_of(account, "00000", number), unknown, "{account}");
    }
    // In the customer's own account: a code of another, one that is shared with others, one that was theirs, and none.
    let unknown = log_of("110", "00000", 10);
    assert!(unknown[0].contains("SUCCESS: not found"));
    for (number, code) in (11..).zip(["59000", "52000", "51110", "22222"]) {
        assert_eq!(log_of("110", code, number), unknown, "{code}");
    }
}

/// Two drops of two customers.
fn two_customers() -> Harness {
    let mut harness = Harness::new();
    harness.config = "[[drop]]\nname = \"north\"\npath = \"{dir}/drop\"\naccounts = [\"100\"]\n\
                    [[drop]]\nname = \"south\"\npath = \"{dir}/south\"\naccounts = [\"900\"]"
        .into();
    fs::create_dir_all(harness.path("south/GDPR_Submit")).unwrap();
    harness
}

fn forget(account: &str, last: u32) -> String {
    format!(
        r#"{{"requests": [{{"requestcase": "case of {account}", "accountid": "{account}", "type": "FORGET", "contacts": [{{"phone": "+1617555{last:04}"}}]}}]}}"#
    )
}

const NAME: &str = "forget-20180315_1.json";
const LOG: &str = "forget-20180315_1-execution-log.json";

#[test]
fn one_name_in_two_drops_is_two_submissions() {
    let harness = two_customers();
    let south = |name: &str| harness.path("south").join(name);
    let run = || harness.lethe(&["run", "--settle", "0s", "--format", "json"]);
    fs::write(south("GDPR_Submit").join(NAME), forget("900", 100)).unwrap();
    run().ok(0);
    let log = fs::read_to_string(south("GDPR_Result").join(LOG)).unwrap();
    // The same name, first with the same and then with other content: nothing that the other drop did is reported.
    harness.submit(NAME, forget("900", 100));
    assert_eq!(run().ok(3).states(), [(NAME.to_owned(), "done".to_owned())]);
    assert_eq!(
        harness.answers("forget-20180315_1"),
        ["ERROR: unknown account"]
    );
    harness.submit(NAME, forget("110", 101));
    assert_eq!(
        run().ok(3).states(),
        [(NAME.to_owned(), "duplicate".to_owned())]
    );
    assert_eq!(fs::read_dir(south("GDPR_Result")).unwrap().count(), 1);
    assert_eq!(
        fs::read_to_string(south("GDPR_Result").join(LOG)).unwrap(),
        log
    );
    let status = harness.lethe(&["status", "--format", "json"]).ok(0).json();
    assert_eq!(status["drops"][1]["done"][0]["file"], NAME);
    assert_eq!(status["drops"][1]["duplicate"], json!([]));
}

#[test]
fn a_link_into_another_drop_reads_and_removes_nothing() {
    for folder in ["GDPR_Submit", "GDPR_Result"] {
        let harness = two_customers();
        fs::create_dir_all(harness.path("south/GDPR_Result")).unwrap();
        fs::write(
            harness.path("south/GDPR_Submit").join(NAME),
            forget("900", 100),
        )
        .unwrap();
        harness.submit(NAME, forget("110", 101));
        let own = harness.path("drop").join(folder);
        if own.exists() {
            fs::rename(&own, harness.path("moved")).unwrap();
        }
        symlink(harness.path("south").join(folder), &own).unwrap();
        harness.lethe(&["run", "--settle", "0s"]).ok(2);
        let log = fs::read_to_string(harness.path("south/GDPR_Result").join(LOG)).unwrap();
        assert!(
            log.contains("case of 900") && log.contains("SUCCESS: not found"),
            "{log}"
        );
        assert_eq!(
            fs::read_dir(harness.path("south/GDPR_Result"))
                .unwrap()
                .count(),
            1
        );
    }
    // Single files of another drop, by both kinds of links.
    let harness = two_customers();
    let theirs = harness.path("south/GDPR_Submit").join(NAME);
    fs::write(&theirs, forget("900", 100)).unwrap();
    harness.lethe(&["run", "--settle", "0s"]).ok(0);
    let log = harness.path("south/GDPR_Result").join(LOG);
    for (number, target) in (2..).zip([&theirs, &log]) {
        symlink(
            target,
            harness.submit_path(&format!("forget-20180315_{number}0.json")),
        )
        .unwrap();
        fs::hard_link(
            target,
            harness.submit_path(&format!("forget-20180315_{number}1.json")),
        )
        .unwrap();
    }
    let run = harness
        .lethe(&["run", "--settle", "0s", "--format", "json"])
        .ok(3);
    let refused = run
        .states()
        .iter()
        .filter(|(_, state)| state == "refused")
        .count();
    // The submission of the other drop now has a second link too; it was processed before and keeps its log.
    assert!(refused >= 4, "{:?}", run.states());
    assert!(harness.results().is_empty());
    assert!(fs::read_to_string(&log).unwrap().contains("case of 900"));
}

#[test]
fn reports_about_one_drop_disclose_nothing_of_another() {
    let harness = two_customers();
    fs::write(
        harness.path("south/GDPR_Submit").join(NAME),
        forget("900", 100),
    )
    .unwrap();
    for n in [1, 2] {
        harness.submit(
            &format!("forget-20180315_north{n}.json"),
            forget("110", 100),
        );
    }
    let metrics = harness.path("metrics.prom");
    let words = [
        "run",
        "--settle",
        "0s",
        "-vv",
        "--drop",
        "north",
        "--metrics-file",
        metrics.to_str().unwrap(),
    ];
    let silent = |what: &str, said: &str| {
        for other in ["south", NAME] {
            assert!(!said.contains(other), "{what} discloses {other}: {said}");
        }
        // As a word: a time stamp may contain the digits of the account.
        let mut words = said.split(|c: char| !c.is_alphanumeric());
        assert!(
            words.all(|word| word != "900"),
            "{what} discloses 900: {said}"
        );
    };
    let before = harness.lethe(&words).ok(0);
    silent("run", &format!("{}{}", before.stdout, before.stderr));
    silent("metrics", &fs::read_to_string(&metrics).unwrap());
    harness.lethe(&["run", "--settle", "0s"]).ok(0);
    for words in [
        ["status", "--drop", "north"],
        ["history", "--drop", "north"],
    ] {
        for format in ["text", "json"] {
            let said = harness
                .lethe(&[&words[..], &["--format", format]].concat())
                .ok(0);
            assert!(said.stdout.contains("north1"), "{}", said.stdout);
            silent(words[0], &format!("{}{}", said.stdout, said.stderr));
        }
    }
    // Results do not contain an ID, a count or a time that depends on others either.
    for name in harness.results() {
        silent(&name, &harness.result(&name).replace("\"900", ""));
    }
}

#[test]
fn overlapping_drops_are_refused() {
    let mut harness = Harness::new();
    let drop = |name: &str, path: &str| {
        format!("[[drop]]\nname = \"{name}\"\npath = \"{{dir}}/{path}\"\naccounts = [\"110\"]\n")
    };
    fs::create_dir_all(harness.path("drop/inner/GDPR_Submit")).unwrap();
    harness.config = drop("outer", "drop") + &drop("inner", "drop/inner");
    for command in ["run", "status", "purge"] {
        let refused = harness.lethe(&[command]).ok(2);
        assert!(
            refused
                .stderr
                .contains("\"outer\" and \"inner\" contain each other"),
            "{}",
            refused.stderr
        );
    }
    harness.config = drop("inner", "drop/inner");
    let refused = harness.in_drop(&["run"]).ok(2);
    assert!(
        refused.stderr.contains("drop \"inner\""),
        "{}",
        refused.stderr
    );
    harness.config = drop("outer", "drop") + &drop("again", "drop/../drop");
    let refused = harness.lethe(&["run"]).ok(2);
    assert!(
        refused.stderr.contains("are the same folder"),
        "{}",
        refused.stderr
    );
}
