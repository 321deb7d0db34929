//! The ledger gives nothing back: without the secret, which is not in the database, no guess can be tested against it (contract
//! section 10).

use std::collections::HashSet;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use data_encoding::HEXLOWER;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::{Digest as _, Sha256};

use crate::care::agent::{Agent, care, digest, file, is_root};
use crate::support::{Db, Harness, SECRET_ID};

const PHONE: &str = "+1 617 555 0142";
const CANONICAL: &str = "+16175550142";
const URI: &str = "2018/16175550142.wav";
const FORGET: &str = "forget-20180315_1.json";
const EXPORT: &str = "export-20180315_2.json";
const DROP: &str = "[[drop]]\nname = \"acme\"\npath = \"{dir}/drop\"\naccounts = [\"100\"]\n";

/// What a one-phone submission looks like: whoever knows the form only has to try phones.
fn submission(action: &str) -> String {
    format!(
        r#"{{"requests": [{{"accountid": "110", "type": "{action}", "contacts": [{{"phone": "{PHONE}"}}]}}]}}"#
    )
}

/// A ledger with everything that can hold a digest: a FORGET whose recording cannot be deleted, an EXPORT, other content under a
/// used name, receipts, a case that was opened and approved.
fn scene() -> Harness {
    let mut harness = care(&format!("two_people = true\n{DROP}"));
    harness.config = format!("media_wait = \"0s\"\n{}", harness.config);
    harness.lethe(&["keygen"]).ok(0);
    harness.db.run(&format!(
        "INSERT INTO contact_centre.contact_attempt (attempt_id, account_id, device, client_id) VALUES (1, '110', '{CANONICAL}', 'C1');
         INSERT INTO contact_centre.recording (recording_id, account_id, caller) VALUES ('R1', '110', '{CANONICAL}');
         INSERT INTO contact_centre.recording_media (media_id, recording_id, account_id, media_uri) VALUES ('R1', 'R1', '110', '{URI}')"
    ));
    harness.submit(EXPORT, submission("EXPORT"));
    harness.lethe(&["run", "--settle", "0s"]).ok(0);
    harness.submit(FORGET, submission("FORGET"));
    harness.lethe(&["run", "--settle", "0s"]).ok(3);
    // Other content under the same name.
    harness.submit(FORGET, submission("FORGET").replace(": ", ":"));
    harness.lethe(&["run", "--settle", "0s"]).ok(3);
    harness.submit(FORGET, submission("FORGET"));
    open_case(&harness);
    harness
}

fn open_case(harness: &Harness) {
    let words = [
        "case",
        "open",
        "7",
        "--account",
        "110",
        "--forget",
        "--phone",
        PHONE,
        "--yes",
    ];
    Agent::ANNA.lethe(harness, &words).ok(0);
    if is_root() {
        approve(harness);
    }
}

fn approve(harness: &Harness) {
    let digest = digest(harness, Agent::BEN, "7");
    let words = ["case", "approve", "7", "--digest", &digest];
    Agent::BEN.lethe(harness, &words).ok(0);
}

/// Every value of every column of the ledger, as bytes: binary ones as they are, all others as text.
fn dumped(db: &Db) -> Vec<Vec<u8>> {
    let columns = db.rows(
        "SELECT c.relname, a.attname, a.atttypid = 'bytea'::regtype
         FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
         WHERE c.relnamespace = 'lethe'::regnamespace AND c.relkind = 'r'",
    );
    let mut values = Vec::new();
    for column in columns {
        let [table, column, binary] = column.split('|').collect::<Vec<_>>()[..] else {
            panic!("{column}");
        };
        let shown = match binary {
            "t" => format!("encode({column}, 'hex')"),
            _ => format!("encode(convert_to({column}::text, 'UTF8'), 'hex')"),
        };
        let sql = format!("SELECT DISTINCT {shown} FROM lethe.{table} WHERE {column} IS NOT NULL");
        let rows = db.rows(&sql);
        values.extend(
            rows.iter()
                .map(|row| HEXLOWER.decode(row.as_bytes()).unwrap()),
        );
    }
    values
}

/// What is written in hexadecimal within a text.
fn in_hexadecimal(text: &[u8]) -> Vec<Vec<u8>> {
    let runs = text.split(|byte| !byte.is_ascii_hexdigit() || byte.is_ascii_uppercase());
    let long = runs.filter(|run| run.len() >= 16 && run.len() % 2 == 0);
    long.filter_map(|run| HEXLOWER.decode(run).ok()).collect()
}

fn hmac(key: &[u8], parts: &[&[u8]]) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
    parts.iter().for_each(|part| mac.update(part));
    mac.finalize().into_bytes().to_vec()
}

/// What an attacker finds who has a dump of the ledger and guesses the right device: each value of the dump, and each part of it,
/// is tried as a key and as a salt, and the result is looked for everywhere.
fn found_by_guessing(db: &Db, guesses: &[Vec<u8>]) -> usize {
    let mut values = dumped(db);
    let hexadecimal: Vec<Vec<u8>> = values.iter().flat_map(|v| in_hexadecimal(v)).collect();
    values.extend(hexadecimal);
    let digests: HashSet<&[u8]> = values.iter().flat_map(|value| value.windows(32)).collect();
    let mut keys: HashSet<&[u8]> = HashSet::from([&b""[..]]);
    for value in values.iter().filter(|value| value.len() <= 128) {
        keys.insert(value);
        for length in [8, 16, 32, 40, 64, 72] {
            keys.extend(value.windows(length));
        }
    }
    let mut found = 0;
    for guess in guesses {
        let labels: [&[u8]; 3] = [b"", b"submission\0", b"lethe: "];
        for key in &keys {
            let codes = labels.map(|label| hmac(key, &[label, guess]));
            let hashes = [
                Sha256::digest([*key, guess].concat()).to_vec(),
                Sha256::digest([guess, *key].concat()).to_vec(),
            ];
            let all = codes.iter().chain(&hashes);
            found += all.filter(|code| digests.contains(code.as_slice())).count();
        }
    }
    found
}

/// What is worth guessing, in every form.
fn guesses(harness: &Harness) -> Vec<Vec<u8>> {
    let mut guesses: Vec<Vec<u8>> = [PHONE, CANONICAL, URI].map(Into::into).to_vec();
    let mut files = vec![harness.submit_path(FORGET), harness.submit_path(EXPORT)];
    files.push(harness.path("care/7").join(file(harness, "7")));
    // Receipts hold no device, and are themselves in the ledger.
    let results = harness.results().into_iter();
    for name in results.filter(|name| !name.contains("receipt")) {
        files.push(harness.result_path(&name));
    }
    guesses.extend(files.iter().map(|path| fs::read(path).unwrap()));
    guesses.push(submission("FORGET").replace(": ", ":").into());
    guesses
}

fn ids(db: &Db) -> Vec<String> {
    db.rows(
        "SELECT DISTINCT encode(substr(digest_key, 1, 8), 'hex') FROM (
             SELECT digest_key FROM lethe.submission UNION ALL SELECT digest_key FROM lethe.duplicate
             UNION ALL SELECT object_digest FROM lethe.media) AS k (digest_key)
         WHERE digest_key IS NOT NULL",
    )
}

#[test]
fn a_dump_of_the_ledger_gives_no_way_to_test_a_guess() {
    let harness = scene();
    let sealed = harness.db.one(
        "SELECT (SELECT count(*) FROM lethe.submission WHERE octet_length(digest_key) = 72)
             || ' ' || (SELECT count(*) FROM lethe.duplicate WHERE octet_length(digest_key) = 72)
             || ' ' || (SELECT count(*) FROM lethe.media WHERE octet_length(object_digest) = 104)
             || ' ' || (SELECT count(*) FROM lethe.case_file WHERE octet_length(digest_key) = 72)",
    );
    assert_eq!(sealed, "2 1 1 1", "the scene has all kinds of digests");
    let guesses = guesses(&harness);
    assert_eq!(found_by_guessing(&harness.db, &guesses), 0);
    // The attacker is no straw man: what earlier versions wrote is found.
    plant(&harness);
    assert!(found_by_guessing(&harness.db, &guesses) >= 4);
    upgraded(harness, &guesses);
}

/// Puts keys and digests into the ledger as versions before 18 did.
fn plant(harness: &Harness) {
    let content = submission("FORGET");
    let other = content.replace(": ", ":");
    let case = fs::read(harness.path("care/7").join(file(harness, "7"))).unwrap();
    let clear = |key: u8, content: &[u8]| {
        let key = [key; 32];
        (
            HEXLOWER.encode(&key),
            HEXLOWER.encode(&hmac(&key, &[content])),
        )
    };
    let (key, digest) = clear(1, content.as_bytes());
    let (other_key, other_digest) = clear(2, other.as_bytes());
    let (case_key, case_digest) = clear(3, &case);
    let (media_key, media_digest) = clear(4, URI.as_bytes());
    harness.db.run(&format!(
        "UPDATE lethe.submission SET digest_key = '\\x{key}', digest = '\\x{digest}' WHERE file_name = '{FORGET}';
         UPDATE lethe.duplicate SET digest_key = '\\x{other_key}', digest = '\\x{other_digest}';
         UPDATE lethe.media SET object_digest = '\\x{media_key}{media_digest}';
         ALTER TABLE lethe.case_file DISABLE TRIGGER keep_database_user;
         UPDATE lethe.case_file SET digest_key = '\\x{case_key}', digest = '\\x{case_digest}';
         ALTER TABLE lethe.case_file ENABLE TRIGGER keep_database_user;
         ALTER TABLE lethe.case_approval DISABLE TRIGGER keep_database_user;
         UPDATE lethe.case_approval SET digest = '\\x{case_digest}';
         ALTER TABLE lethe.case_approval ENABLE TRIGGER keep_database_user"
    ));
}

/// The first run seals the keys of an earlier version; their digests stay valid.
fn upgraded(harness: Harness, guesses: &[Vec<u8>]) {
    let digests = "SELECT encode(digest, 'hex') FROM lethe.submission ORDER BY submission_id";
    let before = harness.db.rows(digests);
    let who = "SELECT os_uid, os_user, database_user, opened_at FROM lethe.case_file";
    let opened = harness.db.rows(who);
    // A role without the right to vacuum the ledger says so.
    let run = harness.lethe(&["run", "--settle", "0s"]).ok(0);
    assert!(
        run.stderr.contains("until they are vacuumed"),
        "{}",
        run.stderr
    );
    assert_eq!(found_by_guessing(&harness.db, guesses), 0);
    assert_eq!(harness.db.rows(digests), before);
    assert_eq!(ids(&harness.db), [SECRET_ID]);
    assert_eq!(harness.db.rows(who), opened, "who opened a file stays");
    let again = harness.lethe(&["run", "--settle", "0s"]).ok(0);
    assert!(!again.stderr.contains("vacuumed"), "{}", again.stderr);
    // The same content is the same, the approval counts, and the object is recognised.
    assert_eq!(states(&harness), [[FORGET, EXPORT].map(String::from)]);
    if is_root() {
        let run = ["case", "run", "7", "--settle", "0s", "--format", "json"];
        let run = Agent::LETHE.lethe(&harness, &run);
        assert!(run.code == 0 || run.code == 3, "{}", run.stderr);
        assert_eq!(run.states()[0].1, "done", "{}", run.stderr);
    }
    let mut harness = harness;
    fs::create_dir_all(harness.path("media/2018")).unwrap();
    fs::write(harness.path("media").join(URI), "sound").unwrap();
    harness.config = harness.config.replace("media_wait = \"0s\"\n", "");
    harness.config += "[media]\nfolder = \"{dir}/media\"\n";
    harness.lethe(&["run", "--settle", "0s"]).ok(0);
    assert!(!harness.path("media").join(URI).exists());
}

/// The files of the drop that `status` calls done.
fn states(harness: &Harness) -> Vec<[String; 2]> {
    let status = harness.lethe(&["status", "--format", "json"]).ok(0).json();
    let drops = status["drops"].as_array().unwrap();
    let names = |drop: &serde_json::Value| {
        let done = drop["done"].as_array().unwrap();
        let mut names: Vec<String> = done
            .iter()
            .map(|f| f["file"].as_str().unwrap().to_owned())
            .collect();
        names.sort_by_key(|name| name.starts_with("export"));
        names.try_into().unwrap()
    };
    drops.iter().map(names).collect()
}

/// A drop with a FORGET that is done.
fn forgotten() -> Harness {
    let mut harness = Harness::new();
    harness.config = DROP.to_owned();
    harness.db.run(&format!(
        "INSERT INTO contact_centre.contact_attempt (attempt_id, account_id, device, client_id) VALUES (1, '110', '{CANONICAL}', 'C1')"
    ));
    harness.submit(FORGET, submission("FORGET"));
    harness.lethe(&["run", "--settle", "0s"]).ok(0);
    harness
}

fn secret(harness: &Harness) -> std::path::PathBuf {
    harness.path("data/ledger-secret")
}

fn add_secret(harness: &Harness) -> Vec<String> {
    let words = ["keygen", "--ledger", "--rotate", "--format", "json"];
    let made = harness.lethe(&words).ok(0).json();
    let ids = made["ids"].as_array().unwrap();
    ids.iter()
        .map(|id| id.as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn everything_continues_under_another_secret() {
    let mut harness = forgotten();
    // Killed in the middle of its work.
    let name = "forget-20180315_3.json";
    harness.submit(name, submission("FORGET").replace("0142", "0143"));
    let kill = ("LETHE_FAULT".into(), "forget.committed#1=kill".into());
    harness.environment.insert(kill.0, kill.1);
    assert_ne!(harness.lethe(&["run", "--settle", "0s"]).code, 0);
    harness.environment.clear();
    let all = add_secret(&harness);
    assert_eq!((all.len(), all[1].as_str()), (2, SECRET_ID));
    let run = harness
        .lethe(&["run", "--settle", "0s", "--format", "json"])
        .ok(0);
    assert_eq!(run.states(), [(name.to_owned(), "done".to_owned())]);
    assert_eq!(ids(&harness.db), [all[0].clone()]);
    // Without the earlier secret, whose line is removed.
    let text = fs::read_to_string(secret(&harness)).unwrap();
    let kept: Vec<&str> = text
        .lines()
        .filter(|line| !line.starts_with(SECRET_ID))
        .collect();
    assert_eq!(kept.len() + 1, text.lines().count());
    fs::write(secret(&harness), kept.join("\n")).unwrap();
    let path = harness.submit_path(FORGET).display().to_string();
    for words in [
        &["run", "--settle", "0s"][..],
        &["history"],
        &["status"],
        &["verify", &path, "--drop", "acme"],
        &["trace", "--client-id", "C1", "--account", "110"],
    ] {
        harness.lethe(words).ok(0);
    }
    // Other content is still told from the same.
    harness.submit(FORGET, submission("FORGET").replace(": ", ":"));
    let run = harness
        .lethe(&["run", "--settle", "0s", "--format", "json"])
        .ok(3);
    assert_eq!(run.states(), [(FORGET.to_owned(), "duplicate".to_owned())]);
}

#[test]
fn a_missing_or_another_secret_is_a_matter_of_configuration() {
    let harness = forgotten();
    let path = harness.submit_path(FORGET).display().to_string();
    let needing = [
        &["run", "--settle", "0s"][..],
        &["status"],
        &["verify", &path, "--drop", "acme"],
        &["preview", &path, "--drop", "acme"],
    ];
    let kept = fs::read(secret(&harness)).unwrap();
    fs::remove_file(secret(&harness)).unwrap();
    for words in needing {
        let ended = harness.lethe(words).ok(2);
        let missing = "there is no ledger secret";
        assert!(
            ended.stderr.contains(missing),
            "{words:?}: {}",
            ended.stderr
        );
        assert!(ended.stderr.contains("`lethe keygen --ledger`"));
    }
    harness.lethe(&["history"]).ok(0);
    harness.lethe(&["keygen", "--ledger"]).ok(0);
    for words in needing {
        let ended = harness.lethe(words).ok(2);
        let wanted = format!("keys are sealed under secret {SECRET_ID}");
        assert!(
            ended.stderr.contains(&wanted),
            "{words:?}: {}",
            ended.stderr
        );
    }
    // Nothing was answered meanwhile, and with the secret all is as before.
    assert_eq!(harness.results(), ["forget-20180315_1-execution-log.json"]);
    fs::write(secret(&harness), kept).unwrap();
    harness.lethe(&["run", "--settle", "0s"]).ok(0);
    assert_eq!(states_of_first(&harness), [FORGET]);
    let refused = harness.lethe(&["keygen", "--ledger"]).ok(2);
    assert!(
        refused.stderr.contains("never overwritten"),
        "{}",
        refused.stderr
    );
}

fn states_of_first(harness: &Harness) -> Vec<String> {
    let status = harness.lethe(&["status", "--format", "json"]).ok(0).json();
    let done = status["drops"][0]["done"].as_array().unwrap();
    done.iter()
        .map(|f| f["file"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn a_secret_that_others_can_read_or_replace_is_refused() {
    let harness = forgotten();
    let set =
        |path: &Path, mode| fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let data = harness.path("data");
    let usual = mode(&data);
    for (path, wrong, right, why) in [
        (secret(&harness), 0o640, 0o600, "is accessible to others"),
        (secret(&harness), 0o604, 0o600, "is accessible to others"),
        (data.clone(), 0o777, usual, "can be replaced by other users"),
    ] {
        set(&path, wrong);
        let ended = harness.lethe(&["run", "--settle", "0s"]).ok(2);
        assert!(ended.stderr.contains(why), "{wrong:o}: {}", ended.stderr);
        set(&path, right);
    }
    harness.lethe(&["run", "--settle", "0s"]).ok(0);
    // A new one is private from the start, whatever the umask, and stays so.
    fs::remove_file(secret(&harness)).unwrap();
    harness.lethe(&["keygen", "--ledger"]).ok(0);
    assert_eq!(mode(&secret(&harness)), 0o600);
    add_secret(&harness);
    assert_eq!(mode(&secret(&harness)), 0o600);
    // Neither secret nor key is printed.
    let text = fs::read_to_string(secret(&harness)).unwrap();
    let words = ["keygen", "--ledger", "--rotate", "-vvv"];
    let said = harness.lethe(&words).ok(0);
    for line in text
        .lines()
        .filter(|line| line.len() > 64 && !line.starts_with('#'))
    {
        let secret = line.split_once(' ').unwrap().1;
        assert!(!format!("{}{}", said.stdout, said.stderr).contains(secret));
    }
}

#[test]
fn hosts_with_the_same_secret_share_a_ledger() {
    let mut harness = forgotten();
    // Another host: its own data folder, and a copy of the secret elsewhere.
    let copy = harness.path("secret");
    fs::copy(secret(&harness), &copy).unwrap();
    fs::remove_file(secret(&harness)).unwrap();
    harness.config = format!("ledger_secret = \"secret\"\n{DROP}");
    let run = harness
        .lethe(&["run", "--settle", "0s", "--format", "json"])
        .ok(0);
    assert_eq!(run.states(), []);
    assert_eq!(states_of_first(&harness), [FORGET]);
    // The first host has added a secret that the second does not have yet.
    fs::copy(&copy, secret(&harness)).unwrap();
    harness.config = DROP.to_owned();
    let all = add_secret(&harness);
    harness.lethe(&["run", "--settle", "0s"]).ok(0);
    harness.config = format!("ledger_secret = \"secret\"\n{DROP}");
    let ended = harness.lethe(&["run", "--settle", "0s"]).ok(2);
    assert!(ended.stderr.contains(&all[0]), "{}", ended.stderr);
}

#[test]
fn an_agent_needs_no_secret_but_that_of_the_folder_of_cases() {
    if !is_root() {
        return;
    }
    let harness = care("two_people = true");
    open_case(&harness);
    let path = harness.path("care/.lethe-secret");
    assert_eq!(
        fs::metadata(&path).unwrap().permissions().mode() & 0o777,
        0o640
    );
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    let preview = ["case", "preview", "7"];
    let refused = Agent::BEN.lethe(&harness, &preview).ok(2);
    assert!(
        refused.stderr.contains("others may access it"),
        "{}",
        refused.stderr
    );
    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
    // Another secret in its place: nothing is called changed or approved.
    let kept = fs::read(&path).unwrap();
    fs::write(&path, fs::read(secret(&harness)).unwrap()).unwrap();
    let run = ["case", "run", "7", "--settle", "0s"];
    let refused = Agent::LETHE.lethe(&harness, &run).ok(2);
    assert!(
        refused.stderr.contains("the ledger needs another secret"),
        "{}",
        refused.stderr
    );
    fs::write(&path, kept).unwrap();
    Agent::LETHE.lethe(&harness, &run).ok(0);
}

#[test]
fn a_host_that_cannot_seal_the_keys_of_cases_says_so() {
    if !is_root() {
        return;
    }
    let mut harness = care(DROP);
    open_case(&harness);
    let clear = "UPDATE lethe.case_file SET digest_key = decode(repeat('07', 32), 'hex')";
    harness.db.run(clear);
    harness.config = DROP.to_owned();
    let run = ["run", "--settle", "0s"];
    let told = "keys of cases are not sealed";
    let elsewhere = harness.lethe(&run).ok(0);
    assert!(elsewhere.stderr.contains(told), "{}", elsewhere.stderr);
    let length = "SELECT octet_length(digest_key) FROM lethe.case_file";
    assert_eq!(harness.db.one(length), "32");
    harness.config = format!("{DROP}[care]\npath = \"{{dir}}/care\"\n");
    let here = harness.lethe(&run).ok(0);
    assert!(!here.stderr.contains(told), "{}", here.stderr);
    assert_eq!(harness.db.one(length), "72");
}
