//! A dialler that keeps writing the rows that are being forgotten: no deadlock appears in an answer, and nothing is lost.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use rand::rngs::StdRng;
use rand::seq::IndexedRandom as _;
use rand::{RngExt as _, SeedableRng as _};

use crate::support::{Db, Harness, OwnServer};

const PHONES: usize = 60;
const DIALLERS: usize = 3;
/// It is written until the very end.
const BUSY: &str = "+12125550100";

fn wanted(n: usize) -> String {
    format!("+161755501{n:02}")
}

fn other(n: usize) -> String {
    format!("+178155501{n:02}")
}

/// Contacts with a phone that is to be forgotten and an email that is not; an attempt to each phone.
fn fill(db: &Db) {
    for n in 0..PHONES {
        let phone = wanted(n);
        db.run(&format!(
            "INSERT INTO contact_centre.contact (contact_id, account_id, client_id, first_name) VALUES ({n}, '110', 'C-{n}', 'Ada');
             INSERT INTO contact_centre.contact_device (contact_id, position, account_id, kind, device) VALUES
                 ({n}, 1, '110', 'phone', '{phone}'), ({n}, 2, '110', 'email', 'ada-{n}@example.com');
             INSERT INTO contact_centre.contact_attempt (attempt_id, account_id, contact_id, device, message_text)
                 VALUES ({n}, '110', {n}, '{phone}', 'Hello Ada')"
        ));
    }
}

/// What a dialler wrote and committed.
#[derive(Default)]
struct Written {
    /// The last values that it wrote to attempts.
    dispositions: BTreeMap<usize, String>,
    /// The same of phones of contacts.
    types: BTreeMap<usize, String>,
    /// Attempts that it inserted and did not delete, with their phone.
    attempts: BTreeMap<usize, String>,
    /// Transactions that were rolled back, by a deadlock or a lock timeout.
    undone: usize,
}

/// Its own share of the rows, in a random order.
struct Dialler<'a> {
    number: usize,
    db: Db,
    random: StdRng,
    /// Whether phones that are being forgotten are still dialled.
    dials_wanted: &'a AtomicBool,
    written: Written,
    next: usize,
}

impl Dialler<'_> {
    fn own(&mut self) -> usize {
        let all: Vec<usize> = (self.number..PHONES).step_by(DIALLERS).collect();
        *all.choose(&mut self.random).unwrap()
    }

    /// Runs a transaction; whether it was committed.
    fn transact(&mut self, statements: &[String]) -> bool {
        self.db.run("BEGIN; SET LOCAL lock_timeout = '300ms'");
        for statement in statements {
            if let Err(error) = self.db.try_run(statement) {
                assert!(
                    error.starts_with("40P01") || error.starts_with("55P03"),
                    "{error}"
                );
                self.db.run("ROLLBACK");
                self.written.undone += 1;
                return false;
            }
            thread::sleep(Duration::from_millis(self.random.random_range(4..20)));
        }
        self.db.run("COMMIT");
        true
    }

    fn update(&mut self) {
        let word = format!("d-{}", self.next);
        let attempts: Vec<usize> = (0..5).map(|_| self.own()).collect();
        let contacts: Vec<usize> = (0..3).map(|_| self.own()).collect();
        let mut statements: Vec<String> = attempts
            .iter()
            .map(|n| format!("UPDATE contact_centre.contact_attempt SET disposition = '{word}' WHERE attempt_id = {n}"))
            .collect();
        statements.extend(contacts.iter().map(|n| {
            format!("UPDATE contact_centre.contact_device SET device_type = '{word}' WHERE contact_id = {n} AND position = 1")
        }));
        if self.transact(&statements) {
            for n in attempts {
                self.written.dispositions.insert(n, word.clone());
            }
            for n in contacts {
                self.written.types.insert(n, word.clone());
            }
        }
    }

    fn insert(&mut self) {
        let n = self.own();
        let phone = match self.dials_wanted.load(Ordering::Relaxed) {
            true => wanted(n),
            false => other(n),
        };
        let id = 1_000_000 * (self.number + 1) + self.next;
        let statement = format!(
            "INSERT INTO contact_centre.contact_attempt (attempt_id, account_id, contact_id, device, disposition)
                 VALUES ({id}, '110', {n}, '{phone}', 'new')"
        );
        if self.transact(&[statement]) {
            self.written.attempts.insert(id, phone);
        }
    }

    fn delete(&mut self) {
        let all: Vec<usize> = self.written.attempts.keys().copied().collect();
        let Some(&id) = all.choose(&mut self.random) else {
            return;
        };
        let statement =
            format!("DELETE FROM contact_centre.contact_attempt WHERE attempt_id = {id}");
        if self.transact(&[statement]) {
            self.written.attempts.remove(&id);
        }
    }

    fn work(mut self, ends: &AtomicBool) -> Written {
        while !ends.load(Ordering::Relaxed) {
            self.next += 1;
            match self.next % 5 {
                0 => self.delete(),
                1 | 2 => self.insert(),
                _ => self.update(),
            }
        }
        self.written
    }
}

#[test]
fn a_forget_that_loses_a_deadlock_retries() {
    let harness = Harness::new();
    fill(&harness.db);
    harness.submit_contacts(
        "forget-20180315_1.json",
        "110",
        &format!(r#"{{"phone": "{}"}}"#, wanted(7)),
    );
    // Lethe has locked the attempt and waits for the contact's device; its session is the first to check for a deadlock.
    harness.db.run("SET deadlock_timeout = '20s'; BEGIN; UPDATE contact_centre.contact_device SET device_type = 'x' WHERE contact_id = 7 AND position = 1");
    let mut run = harness.start_run();
    harness.wait_until_blocked();
    harness.db.run(
        "UPDATE contact_centre.contact_attempt SET disposition = 'x' WHERE attempt_id = 7; COMMIT",
    );
    assert_eq!(run.wait().unwrap().code(), Some(0));
    assert_eq!(harness.answers("forget-20180315_1"), ["SUCCESS"]);
    let deadlocks = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()";
    harness.db.wait_for("1", deadlocks);
    let left = "SELECT left(d.device, 5), d.device_type, a.device = d.device, a.disposition FROM contact_centre.contact_device d
        JOIN contact_centre.contact_attempt a ON a.contact_id = d.contact_id WHERE d.contact_id = 7 AND d.position = 1";
    assert_eq!(harness.db.one(left), "anon-|x|t|x");
}

#[test]
fn a_dialler_that_writes_the_same_rows_loses_nothing_and_changes_no_answer() {
    let server = OwnServer::new(&[
        ("deadlock_timeout", "20ms"),
        ("track_commit_timestamp", "on"),
    ]);
    server.configure("devices_per_transaction = 20\nmax_rows_per_second = 120");
    let db = server.db();
    fill(&db);
    let contacts: Vec<String> = (0..PHONES)
        .map(wanted)
        .chain([BUSY.to_owned()])
        .map(|phone| format!(r#"{{"phone": "{phone}"}}"#))
        .collect();
    server.submit("FORGET", &contacts.join(", "));
    let (dials_wanted, ends) = (AtomicBool::new(true), AtomicBool::new(false));
    let address = server.address();
    let all: Vec<Written> = thread::scope(|scope| {
        let diallers: Vec<_> = (0..DIALLERS)
            .map(|number| {
                let dialler = Dialler {
                    number,
                    db: Db::open(&address),
                    random: StdRng::seed_from_u64(number as u64),
                    dials_wanted: &dials_wanted,
                    written: Written::default(),
                    next: 0,
                };
                let ends = &ends;
                scope.spawn(move || dialler.work(ends))
            })
            .collect();
        let busy = scope.spawn(|| {
            let db = Db::open(&address);
            let mut id = 9_000_000;
            while !ends.load(Ordering::Relaxed) {
                id += 1;
                db.run(&format!("INSERT INTO contact_centre.contact_attempt (attempt_id, account_id, device) VALUES ({id}, '110', '{BUSY}')"));
                thread::sleep(Duration::from_millis(5));
            }
        });
        let mut run = server.run(&[]).spawn().unwrap();
        db.wait_for("t", "SELECT count(*) > 30 FROM lethe.contact");
        dials_wanted.store(false, Ordering::Relaxed);
        let code = run.wait().unwrap().code();
        ends.store(true, Ordering::Relaxed);
        busy.join().unwrap();
        assert!([Some(0), Some(3)].contains(&code));
        diallers
            .into_iter()
            .map(|dialler| dialler.join().unwrap())
            .collect()
    });
    let answers = server.answers("forget");
    let (busy, others) = answers.split_last().unwrap();
    assert_eq!(others, vec!["SUCCESS"; PHONES]);
    check(&db, &all);
    // A device may be written after its answer. One that was there before must be gone, unless the answer says otherwise.
    if busy == "SUCCESS" {
        let answered = format!(
            "(SELECT max(pg_xact_commit_timestamp(xmin)) FROM lethe.contact WHERE contact = {})",
            PHONES + 1
        );
        let stands = format!(
            "SELECT count(*) FROM contact_centre.contact_attempt WHERE device = '{BUSY}' AND pg_xact_commit_timestamp(xmin) <= {answered}"
        );
        assert_eq!(db.one(&stands), "0");
    } else {
        assert_eq!(busy, "ERROR: still being written");
    }
}

/// No requested phone is left, and each has the same placeholder everywhere. Everything else is as the diallers wrote it.
fn check(db: &Db, all: &[Written]) {
    let pairs = |sql: &str| -> BTreeMap<usize, String> {
        let rows = db.rows(sql);
        let pair = |row: &String| {
            row.split_once('|')
                .map(|(n, word)| (n.parse().unwrap(), word.to_owned()))
                .unwrap()
        };
        rows.iter().map(pair).collect()
    };
    let devices =
        pairs("SELECT contact_id, device FROM contact_centre.contact_device WHERE position = 1");
    let attempts = pairs(
        "SELECT attempt_id, device FROM contact_centre.contact_attempt WHERE attempt_id < 9000000",
    );
    let dispositions = pairs(
        "SELECT attempt_id, disposition FROM contact_centre.contact_attempt WHERE attempt_id < 9000000 AND disposition IS NOT NULL",
    );
    let types = pairs(
        "SELECT contact_id, device_type FROM contact_centre.contact_device WHERE device_type IS NOT NULL",
    );
    assert!(
        devices
            .values()
            .all(|device| device.starts_with("anon-phone-"))
    );
    let placeholder_of = |phone: &str| {
        (0..PHONES)
            .find(|n| wanted(*n) == phone)
            .map(|n| &devices[&n])
    };
    for n in 0..PHONES {
        assert_eq!(attempts[&n], devices[&n], "joins survive");
    }
    let mut inserted = 0;
    for written in all {
        for (n, word) in &written.dispositions {
            assert_eq!(&dispositions[n], word);
        }
        for (n, word) in &written.types {
            assert_eq!(&types[n], word);
        }
        for (id, phone) in &written.attempts {
            assert_eq!(&attempts[id], placeholder_of(phone).unwrap_or(phone));
        }
        assert!(!written.dispositions.is_empty() && !written.attempts.is_empty());
        inserted += written.attempts.len();
    }
    assert_eq!(
        attempts.len(),
        PHONES + inserted,
        "what was deleted is gone"
    );
    let emails = "SELECT count(*) FROM contact_centre.contact_device WHERE position = 2 AND device = 'ada-' || contact_id || '@example.com'";
    assert_eq!(db.one(emails), PHONES.to_string());
    let undone: usize = all.iter().map(|written| written.undone).sum();
    let deadlocks =
        db.one("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()");
    println!("{undone} transactions of diallers undone, {deadlocks} deadlocks");
}
