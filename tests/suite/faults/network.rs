//! A network that delays, cuts and drops connections: a submission ends with the result of an undisturbed run.

use std::collections::BTreeMap;
use std::process::{Child, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};

use crate::support::{Break, Direction, Harness, Network, PlannedBreak, anonymous_names};

const FORGET: &str = "forget-20180315_1";
const EXPORT: &str = "export-20180315_1";
/// Enough for two workers.
const DEVICES: usize = 220;

fn phone(n: usize) -> String {
    let area = ["617", "781", "212"][n / 100];
    format!("+1{area}55501{:02}", n % 100)
}

/// Contacts with a device each, and attempts; the last ten phones are in no table.
fn filled() -> Harness {
    let mut harness = Harness::new();
    harness.config = "reconnect_for = \"10s\"\ndevices_per_transaction = 30".into();
    let rows: Vec<String> = (0..DEVICES - 10)
        .map(|n| format!("({n}, '{}')", phone(n)))
        .collect();
    harness.db.run(&format!(
        "CREATE TEMP TABLE phones (n, phone) AS VALUES {};
         INSERT INTO contact_centre.contact (contact_id, account_id, client_id, first_name, created_at)
             SELECT n, '110', 'C-' || n, 'Ada', '2018-01-01' FROM phones;
         INSERT INTO contact_centre.contact_device (contact_id, position, account_id, kind, device)
             SELECT n, 1, '110', 'phone', phone FROM phones;
         INSERT INTO contact_centre.contact_attempt (attempt_id, attempted_at, account_id, contact_id, channel, device, message_text)
             SELECT n, '2018-02-03', '110', n, 'sms', phone, 'Hello Ada' FROM phones",
        rows.join(", ")
    ));
    let contacts: Vec<String> = (0..DEVICES)
        .map(|n| format!(r#"{{"phone": "{}"}}"#, phone(n)))
        .collect();
    harness.submit_contacts(&format!("{EXPORT}.json"), "110", &contacts.join(", "));
    harness.submit_contacts(&format!("{FORGET}.json"), "110", &contacts.join(", "));
    harness
}

/// The result of a run: data with placeholders numbered in order, the logs, the archive.
#[derive(Debug, PartialEq)]
struct Left {
    data: String,
    logs: [String; 2],
    archive: BTreeMap<String, String>,
    results: Vec<String>,
}

fn left(harness: &Harness) -> Left {
    let data: Vec<String> = harness.dump().into_values().flatten().collect();
    Left {
        data: anonymous_names(&data.join("\n")),
        logs: [FORGET, EXPORT].map(|stem| harness.result(&format!("{stem}-execution-log.json"))),
        archive: harness.archive(EXPORT),
        results: harness.results(),
    }
}

/// The exit code of a run, which must end in time.
#[track_caller]
fn ended(mut run: Child, within: Duration, what: &str) -> i32 {
    let give_up = Instant::now() + within;
    loop {
        if let Some(status) = run.try_wait().unwrap() {
            return status.code().unwrap_or(-1);
        }
        if Instant::now() > give_up {
            run.kill().unwrap();
            run.wait().unwrap();
            panic!("{what}: it does not end");
        }
        thread::sleep(Duration::from_millis(10));
    }
}

fn start(harness: &Harness, words: &[&str]) -> Child {
    harness
        .command(&["run", "--settle", "0s"])
        .args(harness.drop_options())
        .args(words)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

fn is_done(harness: &Harness) -> bool {
    harness
        .db
        .one("SELECT count(*) FROM lethe.submission WHERE state = 'done'")
        == "2"
}

const KINDS: [Break; 5] = [
    Break::Reset,
    Break::Close,
    Break::EndForClient,
    Break::EndForServer,
    Break::Forget,
];

/// Breaks six connections, each after a random number of bytes.
fn random_breaks(seed: u64) -> impl FnMut(usize) -> Option<PlannedBreak> + Send + 'static {
    let mut random = StdRng::seed_from_u64(seed);
    let mut breaks = 0;
    move |_| {
        if breaks == 6 || random.random_bool(0.2) {
            return None;
        }
        breaks += 1;
        Some(PlannedBreak {
            fault: KINDS[(seed as usize + breaks) % KINDS.len()],
            direction: [Direction::ToServer, Direction::ToClient][random.random_range(0..2)],
            // A login takes a few hundred bytes, a run a few hundred thousand.
            after: 2_f64.powf(random.random_range(4.0..17.5)) as usize,
        })
    }
}

/// Runs until everything is done, through connections that break; returns the breaks.
fn breaks_change_nothing(seed: u64, expected: &Left) -> Vec<PlannedBreak> {
    let mut harness = filled();
    let delay = |piece| [0, 0, 0, 0, 0, 0, 1, 7][piece % 8];
    let network = Network::before(&harness.database, delay, random_breaks(seed));
    // If one end is closed without the other being notified, Lethe must detect it.
    let times = "keepalives_idle=1 connect_timeout=1";
    harness.database = format!("{} {times}", network.address(&harness.database));
    let words: &[&str] = match seed % 2 {
        0 => &["--offline", "--workers", "2"],
        _ => &[],
    };
    let mut runs = 0;
    while !is_done(&harness) {
        runs += 1;
        let so_far = || format!("seed {seed}: {:?}", network.broken());
        assert!(runs < 9, "{}", so_far());
        let code = ended(start(&harness, words), Duration::from_secs(60), &so_far());
        assert!([0, 1].contains(&code), "{code}, {}", so_far());
    }
    assert_eq!(
        left(&harness),
        *expected,
        "seed {seed}: {:?}",
        network.broken()
    );
    network.broken()
}

#[test]
fn connections_that_break_at_random_do_not_change_the_result() {
    let undisturbed = filled();
    undisturbed.run().ok(0);
    let expected = left(&undisturbed);
    assert!(!expected.data.contains("+1617"));
    let seen: Vec<PlannedBreak> = thread::scope(|scope| {
        let of = |seed| {
            let expected = &expected;
            scope.spawn(move || breaks_change_nothing(seed, expected))
        };
        let all: Vec<_> = (1..=4).map(of).collect();
        all.into_iter()
            .flat_map(|seed| seed.join().unwrap())
            .collect()
    });
    for kind in KINDS {
        assert!(
            seen.iter().any(|planned| planned.fault == kind),
            "{kind:?}: {seen:?}"
        );
    }
}

#[test]
fn a_session_that_the_server_still_runs_is_terminated_before_another_continues() {
    // The server does not notice the cut, and its process would keep the submission locked.
    let mut harness = filled();
    let planned = PlannedBreak {
        fault: Break::Forget,
        direction: Direction::ToClient,
        after: 60_000,
    };
    let network = Network::before(
        &harness.database,
        |_| 0,
        move |number| (number == 0).then_some(planned),
    );
    harness.database = network.address(&harness.database);
    assert_eq!(
        ended(start(&harness, &[]), Duration::from_secs(30), "cut"),
        0
    );
    assert_eq!(network.broken().len(), 1);
    assert!(is_done(&harness), "in the same run");
    assert_eq!(
        harness.db.one(
            "SELECT count(*) FROM contact_centre.contact_device WHERE device NOT LIKE 'anon-%'"
        ),
        "0"
    );
}

#[test]
fn a_connection_that_drops_everything_is_closed() {
    let undisturbed = filled();
    undisturbed.run().ok(0);
    let expected = left(&undisturbed);
    for (direction, after) in [
        (Direction::ToServer, 120_000),
        (Direction::ToClient, 40_000),
        (Direction::ToClient, 5_000),
    ] {
        let mut harness = filled();
        let planned = PlannedBreak {
            fault: Break::Swallow,
            direction,
            after,
        };
        let network = Network::before(
            &harness.database,
            |_| 0,
            move |number| (number == 0).then_some(planned),
        );
        harness.database = format!(
            "{} keepalives_idle=1 connect_timeout=2",
            network.address(&harness.database)
        );
        let began = Instant::now();
        let code = ended(
            start(&harness, &[]),
            Duration::from_secs(30),
            &format!("{direction:?} {after}"),
        );
        if after == 5_000 {
            // Lost before there was a run that could continue.
            assert_eq!(code, 1);
            harness.run().ok(0);
        } else {
            assert_eq!(code, 0, "{direction:?} {after}");
        }
        assert_eq!(network.broken().len(), 1);
        assert!(began.elapsed() > Duration::from_secs(1));
        assert_eq!(left(&harness), expected, "{direction:?} {after}");
    }
}

#[test]
fn a_run_ends_soon_after_the_network_is_lost() {
    let mut harness = filled();
    harness.config = "reconnect_for = \"2s\"".into();
    let swallowed = |after| PlannedBreak {
        fault: Break::Swallow,
        direction: Direction::ToServer,
        after,
    };
    // From byte 20,000 of the first connection on; later connections get no answer at all.
    let network = Network::before(
        &harness.database,
        |_| 0,
        move |number| Some(swallowed(if number == 0 { 20_000 } else { 0 })),
    );
    let through = network.address(&harness.database);
    let direct = std::mem::replace(
        &mut harness.database,
        format!(
            "{through} keepalives_idle=1 keepalives_interval=1 keepalives_count=2 connect_timeout=1"
        ),
    );
    let ran = ended(start(&harness, &[]), Duration::from_secs(30), "swallowed");
    assert_eq!(ran, 1);
    assert!(!is_done(&harness));
    // A new run reports the error in time, too.
    let again = ended(start(&harness, &[]), Duration::from_secs(10), "no answer");
    assert_eq!(again, 1);
    harness.database = direct;
    drop(network);
    // The server would notice once the network's sockets are closed; here its sessions are terminated.
    harness.db.run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE 'lethe%'");
    harness.run().ok(0);
    assert!(is_done(&harness));
}

#[test]
fn a_long_statement_is_not_a_silent_connection() {
    // The answer takes three times as long as a connection may be silent.
    let mut harness = filled();
    harness.database = format!("{} keepalives_idle=1 connect_timeout=2", harness.database);
    harness
        .db
        .run("BEGIN; LOCK contact_centre.contact_attempt IN ACCESS EXCLUSIVE MODE");
    let run = start(&harness, &[]);
    harness.wait_until_blocked();
    let session = "SELECT pid FROM pg_stat_activity WHERE datname = current_database()
         AND application_name LIKE 'lethe%' AND wait_event_type = 'Lock'";
    let first = harness.db.one(session);
    thread::sleep(Duration::from_secs(3));
    harness.db.run("SELECT pg_stat_clear_snapshot()");
    assert_eq!(harness.db.one(session), first, "the session is the same");
    harness.db.run("COMMIT");
    assert_eq!(ended(run, Duration::from_secs(30), "blocked"), 0);
    assert!(is_done(&harness));
}
