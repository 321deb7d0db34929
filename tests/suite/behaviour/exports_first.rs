//! The order of submissions: a FORGET never overtakes an EXPORT of the same drop that shares a device with it.

use std::fs;
use std::io::Write as _;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use rstest::rstest;

use crate::support::{Db, Ended, Harness};

const ONE: &str = r#"{"phone": "+16175550101"}"#;
const ANOTHER: &str = r#"{"phone": "+1 617 555 0102"}"#;
const EXPORT: &str = "export-20180315_e.json";
const FORGET: &str = "forget-20180315_f.json";

/// A drop of account 110, with an attempt for each of two phones.
fn harness() -> Harness {
    let harness = Harness::new();
    harness.db.run(
        "INSERT INTO contact_centre.contact_attempt (attempt_id, account_id, device)
         VALUES (1, '110', '+16175550101'), (2, '110', '+16175550102')",
    );
    harness
}

fn states(of: &[(&str, &str)]) -> Vec<(String, String)> {
    let owned = |(file, state): &(&str, &str)| ((*file).to_owned(), (*state).to_owned());
    of.iter().map(owned).collect()
}

/// The EXPORTs that a FORGET of a run's summary waits for.
fn waits_for(run: &Ended, file: &str) -> serde_json::Value {
    let all = run.submissions();
    let of = all.iter().find(|submission| submission["file"] == file);
    of.unwrap()["waits_for"].clone()
}

fn exported_rows(harness: &Harness, stem: &str) -> usize {
    let archive = harness.archive(stem);
    let rows = archive.get("001/contact-attempts.csv");
    rows.map_or(0, |rows| rows.lines().count() - 1)
}

fn is_forgotten(harness: &Harness, attempt: u32) -> bool {
    let device = format!(
        "SELECT device LIKE 'anon-%' FROM contact_centre.contact_attempt WHERE attempt_id = {attempt}"
    );
    harness.db.one(&device) == "t"
}

/// Keeps an EXPORT from being completed until the file is removed.
fn occupy_archive(harness: &Harness) -> std::path::PathBuf {
    let occupied = harness.result_path("export-20180315_e-archive.zip");
    fs::create_dir_all(occupied.parent().unwrap()).unwrap();
    fs::write(&occupied, "of somebody else").unwrap();
    occupied
}

/// A run that is killed at the first pass of a fault point.
fn killed_run(harness: &mut Harness, point: &str) {
    let fault = format!("{point}#1=kill");
    harness.environment.insert("LETHE_FAULT".to_owned(), fault);
    assert_eq!(harness.start_run().wait().unwrap().code(), None);
    harness.environment.clear();
}

#[rstest]
#[case("export-20180315_a.json", "forget-20180315_z.json")]
#[case("export-20180315_z.json", "forget-20180315_a.json")]
fn an_export_of_the_same_pass_runs_first(#[case] export: &str, #[case] forget: &str) {
    let harness = harness();
    // The FORGET is older.
    harness.submit_contacts(forget, "110", ONE);
    harness.submit_contacts(export, "110", ONE);
    let run = harness.run().ok(0);
    assert_eq!(run.states(), states(&[(export, "done"), (forget, "done")]));
    assert_eq!(exported_rows(&harness, export.trim_end_matches(".json")), 1);
    assert!(is_forgotten(&harness, 1));
}

#[test]
fn a_forget_waits_for_an_export_that_failed() {
    let harness = harness();
    let occupied = occupy_archive(&harness);
    harness.submit_contacts(EXPORT, "110", ONE);
    harness.submit_contacts(FORGET, "110", &format!("{ANOTHER}, {ONE}"));
    harness.submit_contacts("forget-20180315_other.json", "110", ANOTHER);
    let run = harness.run().ok(1);
    assert_eq!(
        run.states(),
        states(&[
            (EXPORT, "failed"),
            (FORGET, "waiting"),
            ("forget-20180315_other.json", "done"),
        ])
    );
    assert_eq!(waits_for(&run, FORGET), serde_json::json!([EXPORT]));
    let named = format!(
        "/{FORGET}: waits for {EXPORT}\n  detail: an EXPORT that is not done names one of its devices\n"
    );
    assert!(run.stderr.contains(&named), "{}", run.stderr);
    assert!(!run.stderr.contains("0101"), "{}", run.stderr);
    assert_eq!(
        (is_forgotten(&harness, 1), is_forgotten(&harness, 2)),
        (false, true)
    );
    assert!(!harness.results().iter().any(|name| name.contains("_f-")));

    let text = harness.in_drop(&["run", "--settle", "0s"]).ok(1);
    let is_listed = |line: &str| line.contains(FORGET) && line.contains("waiting");
    assert!(text.stdout.lines().any(is_listed), "{}", text.stdout);

    fs::remove_file(occupied).unwrap();
    let run = harness.run().ok(0);
    assert_eq!(run.states(), states(&[(EXPORT, "done"), (FORGET, "done")]));
    assert_eq!(exported_rows(&harness, "export-20180315_e"), 1);
    assert!(is_forgotten(&harness, 1));
}

#[test]
fn a_forget_that_waited_is_continued_on_a_later_day() {
    let mut harness = harness();
    let occupied = occupy_archive(&harness);
    harness.submit_contacts(EXPORT, "110", ONE);
    harness.submit_contacts(FORGET, "110", ONE);
    harness.run().ok(1);
    harness.now = "2018-03-16T12:00:00Z".into();
    let run = harness.run().ok(1);
    assert_eq!(
        run.states(),
        states(&[(EXPORT, "failed"), (FORGET, "waiting")])
    );
    fs::remove_file(occupied).unwrap();
    let run = harness.run().ok(0);
    assert_eq!(run.states(), states(&[(EXPORT, "done"), (FORGET, "done")]));
    assert_eq!(exported_rows(&harness, "export-20180315_e"), 1);
}

#[test]
fn a_forget_waits_for_an_export_that_is_paused_and_can_be_cancelled() {
    let mut harness = harness();
    harness.submit_contacts(EXPORT, "110", ONE);
    killed_run(&mut harness, "digest.after");
    harness.lethe(&["pause", EXPORT]).ok(0);
    harness.submit_contacts(FORGET, "110", ONE);
    harness.submit_contacts("forget-20180315_g.json", "110", ONE);
    let run = harness.run().ok(3);
    let g = "forget-20180315_g.json";
    assert_eq!(
        run.states(),
        states(&[(EXPORT, "paused"), (FORGET, "waiting"), (g, "waiting")])
    );
    harness.lethe(&["cancel", g]).ok(0);
    let run = harness.run().ok(3);
    assert_eq!(
        run.states(),
        states(&[(EXPORT, "paused"), (FORGET, "waiting"), (g, "cancelled")])
    );
    assert!(!is_forgotten(&harness, 1));
    harness.lethe(&["resume", EXPORT]).ok(0);
    let run = harness.run().ok(0);
    assert_eq!(run.states(), states(&[(EXPORT, "done"), (FORGET, "done")]));
}

#[test]
fn a_forget_waits_for_an_export_that_another_session_holds() {
    let harness = harness();
    let occupied = occupy_archive(&harness);
    harness.submit_contacts(EXPORT, "110", ONE);
    harness.run().ok(1);
    fs::remove_file(occupied).unwrap();
    let other = Db::open(&harness.db.address());
    let pid = other.one("SELECT pg_backend_pid()");
    other.one("SELECT pg_advisory_lock(77)");
    other.run(
        "INSERT INTO lethe.lock (kind, id, pid, token, role_id)
         SELECT 'submission', submission_id, pg_backend_pid(), 77, usesysid
         FROM pg_stat_get_activity(pg_backend_pid()), lethe.submission",
    );
    harness.submit_contacts(FORGET, "110", ONE);
    let run = harness.run().ok(1);
    assert_eq!(run.states(), states(&[(FORGET, "waiting")]));
    let held = "is left alone: another session is processing it";
    assert!(run.stderr.contains(held), "{}", run.stderr);
    drop(other);
    let ended = format!("SELECT count(*) FROM pg_stat_activity WHERE pid = {pid}");
    harness.db.wait_for("0", &ended);
    let run = harness.run().ok(0);
    assert_eq!(run.states(), states(&[(EXPORT, "done"), (FORGET, "done")]));
    assert_eq!(exported_rows(&harness, "export-20180315_e"), 1);
}

#[test]
fn an_export_that_cannot_be_read_yet_holds_back_the_forgets_of_its_drop_only() {
    let mut harness = harness();
    harness.db.run(
        "INSERT INTO contact_centre.contact_attempt (attempt_id, account_id, device)
         VALUES (3, '910', '+16175550101')",
    );
    harness.config = "[[drop]]\nname = \"north\"\npath = \"{dir}/drop\"\naccounts = [\"100\"]\n\
                      [[drop]]\nname = \"south\"\npath = \"{dir}/south\"\naccounts = [\"900\"]\n"
        .into();
    let south = harness.path("south/GDPR_Submit");
    fs::create_dir_all(&south).unwrap();
    let whole = |account: &str, action: &str| {
        format!(
            r#"{{"requests": [{{"accountid": "{account}", "type": "{action}", "contacts": [{ONE}]}}]}}"#
        )
    };
    fs::write(south.join(FORGET), whole("910", "FORGET")).unwrap();
    harness.submit_contacts(FORGET, "110", ANOTHER);
    let export = whole("110", "EXPORT");
    let (begin, end) = export.split_at(export.len() / 2);
    let words = ["run", "--settle", "200ms", "--format", "json"];

    let ended = AtomicBool::new(false);
    let run = std::thread::scope(|scope| {
        let path = harness.submit_path(EXPORT);
        fs::write(&path, begin).unwrap();
        let is_ended = &ended;
        scope.spawn(move || {
            let mut file = fs::File::options().append(true).open(&path).unwrap();
            while !is_ended.load(Ordering::Relaxed) {
                file.write_all(b" ").unwrap();
                std::thread::sleep(Duration::from_millis(10));
            }
        });
        let run = harness.lethe(&words);
        ended.store(true, Ordering::Relaxed);
        run.ok(3)
    });
    let all = run.states();
    assert_eq!(
        all,
        states(&[(EXPORT, "unsettled"), (FORGET, "waiting"), (FORGET, "done")])
    );
    let said = "holds back every FORGET of this drop";
    assert!(run.stderr.contains(said), "{}", run.stderr);
    assert_eq!(
        harness.db.one(
            "SELECT device LIKE 'anon-%' FROM contact_centre.contact_attempt WHERE attempt_id = 3"
        ),
        "t"
    );
    assert!(!is_forgotten(&harness, 2));
    // Its name is free, so it may still be changed.
    assert_eq!(harness.db.one("SELECT count(*) FROM lethe.submission"), "1");

    fs::write(harness.submit_path(EXPORT), format!("{begin}{end}")).unwrap();
    harness.lethe(&words).ok(0);
    assert_eq!(exported_rows(&harness, "export-20180315_e"), 1);
    assert!(is_forgotten(&harness, 2));
}

#[test]
fn an_export_that_is_refused_holds_back_forgets_if_it_is_a_file() {
    let harness = harness();
    harness.submit_contacts(EXPORT, "110", ONE);
    fs::hard_link(harness.submit_path(EXPORT), harness.path("link")).unwrap();
    harness.submit_contacts(FORGET, "110", ANOTHER);
    let run = harness.run().ok(3);
    assert_eq!(
        run.states(),
        states(&[(EXPORT, "refused"), (FORGET, "waiting")])
    );
    fs::remove_file(harness.path("link")).unwrap();
    harness.run().ok(0);
    assert!(is_forgotten(&harness, 2));

    nix::unistd::mkfifo(
        &harness.submit_path("export-20180315_fifo.json"),
        nix::sys::stat::Mode::S_IRUSR,
    )
    .unwrap();
    harness.submit_contacts("forget-20180315_2.json", "110", ONE);
    let run = harness.run().ok(3);
    assert!(
        run.states()
            .contains(&("forget-20180315_2.json".into(), "done".into()))
    );
}

#[test]
fn answered_duplicate_and_missed_exports_hold_nothing_back() {
    let harness = harness();
    // Answered with an error: nothing of it is still to be done.
    harness.submit(EXPORT, "{");
    harness.submit_contacts("export-20180314_missed.json", "110", ONE);
    harness.submit_contacts(FORGET, "110", ONE);
    let run = harness.run().ok(3);
    assert_eq!(
        run.states(),
        states(&[(EXPORT, "failed"), (FORGET, "done")])
    );
    // Other content under a used name is answered, and never processed.
    harness.submit_contacts(EXPORT, "110", ANOTHER);
    harness.submit_contacts("forget-20180315_g.json", "110", ANOTHER);
    let run = harness.run().ok(3);
    let g = "forget-20180315_g.json";
    assert_eq!(run.states(), states(&[(EXPORT, "duplicate"), (g, "done")]));
}

#[test]
fn a_forget_that_has_begun_is_continued_before_a_later_export() {
    let mut harness = harness();
    harness.submit_contacts(FORGET, "110", ONE);
    killed_run(&mut harness, "begin.committed");
    occupy_archive(&harness);
    harness.submit_contacts(EXPORT, "110", ONE);
    let run = harness.run().ok(1);
    assert_eq!(
        run.states(),
        states(&[(FORGET, "done"), (EXPORT, "failed")])
    );
}
