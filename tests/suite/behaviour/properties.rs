//! Properties over small random data and submissions, each in one sentence. `PROPTEST_CASES` says how many.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use serde_json::{Value, json};

use crate::support::Harness;

const ACCOUNTS: [&str; 5] = ["100", "110", "111", "120", "900"];
const DEVICES: [(&str, &str); 8] = [
    ("phone", "+16175550100"),
    ("phone", "+16175550101"),
    ("phone", "+442079460100"),
    ("email", "ada@example.com"),
    ("email", "Zoe@Example.com"),
    ("ipaddr", "192.0.2.1"),
    ("ipaddr", "192.0.2.2"),
    ("ipaddr", "3fff::1"),
];
const CODES: [Option<&str>; 4] = [None, Some("51110"), Some("52000"), Some("59000")];

/// One row of some table; numbers choose from the lists above.
#[derive(Debug, Clone)]
enum Row {
    Contact {
        account: usize,
        devices: Vec<usize>,
    },
    Attempt {
        account: usize,
        device: usize,
        address: Option<usize>,
        channel: usize,
        code: usize,
    },
    Message {
        account: usize,
        phone: usize,
        code: usize,
    },
    Recording {
        account: usize,
        caller: usize,
        dialled: usize,
        held: bool,
    },
}

fn row() -> impl Strategy<Value = Row> {
    let account = 0..ACCOUNTS.len();
    prop_oneof![
        (account.clone(), prop::collection::vec(0..8usize, 1..4))
            .prop_map(|(account, devices)| Row::Contact { account, devices }),
        (
            account.clone(),
            0..5usize,
            prop::option::of(5..8usize),
            0..4usize,
            0..4usize
        )
            .prop_map(|(account, device, address, channel, code)| Row::Attempt {
                account,
                device,
                address,
                channel,
                code
            }),
        (account.clone(), 0..3usize, 0..4usize).prop_map(|(account, phone, code)| Row::Message {
            account,
            phone,
            code
        }),
        (account, 0..3usize, 0..3usize, prop::bool::weighted(0.1)).prop_map(
            |(account, caller, dialled, held)| Row::Recording {
                account,
                caller,
                dialled,
                held
            }
        ),
    ]
}

/// Account, short codes and devices of a request.
type Asked = (usize, Vec<usize>, Vec<usize>);

fn request() -> impl Strategy<Value = Asked> {
    (
        0..ACCOUNTS.len(),
        prop::collection::vec(1..4usize, 0..3),
        prop::collection::vec(0..8usize, 1..5),
    )
}

fn insert(row: &Row, id: usize) -> String {
    let value = |device: usize| DEVICES[device].1;
    let code = |code: usize| CODES[code].map_or("NULL".to_owned(), |c| format!("'{c}'"));
    match row {
        Row::Contact { account, devices } => {
            let account = ACCOUNTS[*account];
            let mut sql = format!(
                "INSERT INTO contact_centre.contact (contact_id, account_id, client_id, first_name) VALUES ({id}, '{account}', 'C-{}', 'Ada');",
                id % 4
            );
            for (position, &device) in devices.iter().enumerate() {
                let (kind, value) = DEVICES[device];
                sql += &format!(
                    "INSERT INTO contact_centre.contact_device (contact_id, position, account_id, kind, device) VALUES ({id}, {position}, '{account}', '{kind}', '{value}');"
                );
            }
            sql
        }
        Row::Attempt {
            account,
            device,
            address,
            channel,
            code: c,
        } => format!(
            "INSERT INTO contact_centre.contact_attempt (attempt_id, account_id, client_id, channel, device, short_code, response_ip, message_text) VALUES ({id}, '{}', 'C-{}', '{}', '{}', {}, {}, 'hello');",
            ACCOUNTS[*account],
            id % 4,
            ["voice", "sms", "mms", "email"][*channel],
            value(*device),
            code(*c),
            address.map_or("NULL".to_owned(), |a| format!("'{}'", value(a))),
        ),
        Row::Message {
            account,
            phone,
            code: c,
        } => format!(
            "INSERT INTO contact_centre.sms_message (message_id, account_id, short_code, handset, body) VALUES ({id}, '{}', {}, '{}', 'hello');",
            ACCOUNTS[*account],
            code(*c),
            value(*phone)
        ),
        Row::Recording {
            account,
            caller,
            dialled,
            held,
        } => format!(
            "INSERT INTO contact_centre.recording (recording_id, account_id, client_id, caller, dialled, legal_hold) VALUES ('R-{id}', '{}', 'C-{}', '{}', '{}', {held});",
            ACCOUNTS[*account],
            id % 4,
            value(*caller),
            value(*dialled)
        ),
    }
}

fn submission(action: &str, requests: &[Asked]) -> String {
    let request = |(account, codes, devices): &Asked| {
        let contacts: Vec<Value> = devices
            .iter()
            .map(|&d| json!({DEVICES[d].0: DEVICES[d].1}))
            .collect();
        let codes: Vec<&str> = codes.iter().filter_map(|&c| CODES[c]).collect();
        json!({"accountid": ACCOUNTS[*account], "shortcodes": codes, "type": action, "contacts": contacts})
    };
    json!({"requests": requests.iter().map(request).collect::<Vec<_>>()}).to_string()
}

/// Every row as JSON that holds none of the asked devices, by table.
fn strangers(
    dump: &BTreeMap<String, Vec<String>>,
    asked: &BTreeSet<usize>,
) -> BTreeMap<String, BTreeSet<String>> {
    // A part belongs to its record: contacts with an asked device among their parts are left out.
    let holds = |row: &str| {
        let row = row.to_lowercase();
        asked
            .iter()
            .any(|&d| row.contains(&format!("\"{}\"", DEVICES[d].1.to_lowercase())))
    };
    let key = |row: &str| {
        serde_json::from_str::<Value>(row).unwrap()["contact_id"]
            .clone()
            .to_string()
    };
    let theirs: BTreeSet<String> = dump["contact_device"]
        .iter()
        .filter(|row| holds(row))
        .map(|row| key(row))
        .collect();
    dump.iter()
        .map(|(table, rows)| {
            let kept = rows
                .iter()
                .filter(|row| !holds(row) && (table != "contact" || !theirs.contains(&key(row))))
                .cloned()
                .collect();
            (table.clone(), kept)
        })
        .collect()
}

fn config() -> ProptestConfig {
    let cases = std::env::var("PROPTEST_CASES")
        .ok()
        .and_then(|n| n.parse().ok())
        .unwrap_or(8);
    ProptestConfig {
        cases,
        max_shrink_iters: 60,
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

proptest! {
    #![proptest_config(config())]

    /// An export after a forget finds nothing; twice has the effect of once; no row of another device changes; a client ID can
    /// still be traced.
    #[test]
    fn forgetting_is_complete_and_harms_nobody(
        rows in prop::collection::vec(row(), 1..14),
        requests in prop::collection::vec(request(), 1..4),
    ) {
        let harness = Harness::new();
        let sql: String = rows.iter().enumerate().map(|(i, r)| insert(r, i + 1)).collect();
        harness.db.run(&sql);
        let before = harness.dump();
        let traced = trace(&harness);
        harness.submit("forget-20180315_1.json", submission("FORGET", &requests));
        let run = harness.run();
        prop_assert!(run.code == 0 || run.code == 3, "{}", run.stderr);
        let first = harness.answers("forget-20180315_1");
        let after = harness.dump();

        let asked: BTreeSet<usize> = requests.iter().flat_map(|(_, _, devices)| devices.clone()).collect();
        for (table, rows) in strangers(&before, &asked) {
            let now: BTreeSet<String> = after[&table].iter().cloned().collect();
            for row in rows {
                prop_assert!(now.contains(&row), "{table}: {row} has changed");
            }
        }
        // The rows of the other enterprise's account are unchanged.
        for (table, rows) in &before {
            for row in rows.iter().filter(|row| row.contains("\"account_id\":\"900\"")) {
                prop_assert!(after[table].contains(row), "{table}: {row} is foreign and has changed");
            }
            prop_assert_eq!(rows.len(), after[table].len());
        }
        prop_assert_eq!(traced, trace(&harness), "a client ID traces to the same rows");

        harness.submit("forget-20180315_2.json", submission("FORGET", &requests));
        harness.submit("export-20180315_1.json", submission("EXPORT", &requests));
        let run = harness.run();
        prop_assert!(run.code == 0 || run.code == 3, "{}", run.stderr);
        prop_assert_eq!(harness.dump(), after, "twice equals once");
        let second = harness.answers("forget-20180315_2");
        let export = harness.answers("export-20180315_1");
        for ((first, second), export) in first.iter().zip(&second).zip(&export) {
            match first.as_str() {
                "SUCCESS" | "SUCCESS: not found" => {
                    prop_assert_eq!(second, "SUCCESS: not found");
                    prop_assert_eq!(export, "SUCCESS: not found");
                }
                error => prop_assert_eq!(second, error),
            }
        }
    }
}

/// The keys of the rows of each client ID.
fn trace(harness: &Harness) -> Vec<String> {
    (0..4)
        .map(|n| {
            let traced = harness
                .lethe(&[
                    "trace",
                    "--client-id",
                    &format!("C-{n}"),
                    "--format",
                    "json",
                ])
                .ok(0)
                .json();
            let mut keys = Vec::new();
            for table in traced["tables"].as_array().unwrap() {
                for row in table["rows"].as_array().unwrap() {
                    let key = [
                        "contact_id",
                        "position",
                        "attempt_id",
                        "recording_id",
                        "media_id",
                        "account_id",
                    ]
                    .map(|k| row[k].to_string());
                    keys.push(format!("{} {}", table["table"], key.join(" ")));
                }
            }
            keys.join("\n")
        })
        .collect()
}
