//! Submissions that together pass all points. Each point belongs to one scene.

use std::fs;
use std::sync::OnceLock;

use crate::support::{Harness, Store};

pub struct Scene {
    pub name: &'static str,
    /// The points that are failed in this scene.
    pub own: &'static [&'static str],
    /// Points of other scenes that are failed here too, because their effect differs here.
    pub again: &'static [&'static str],
    pub command: &'static [&'static str],
    pub set_up: fn() -> Harness,
}

pub const RUN: &[&str] = &["run", "--settle", "0s", "--format", "json"];

pub const SCENES: [Scene; 8] = [
    Scene {
        name: "forget",
        own: &[
            "drop.create",
            "drop.created",
            "claim.before",
            "claim.after",
            "spool.create",
            "spool.write",
            "spool.sync",
            "spool.name",
            "spool.named",
            "spool.kept",
            "spool.remove",
            "spool.removed",
            "digest.before",
            "digest.after",
            "begin.before",
            "begin.committed",
            "result.create",
            "result.write",
            "result.sync",
            "result.name",
            "folder.linked",
            "result.named",
            "result.published",
            "forget.found",
            "forget.answers",
            "forget.media",
            "forget.before",
            "forget.committed",
            "look.committed",
            "failed.before",
            "failed.committed",
            "object.unlink",
            "object.unlinked",
            "media.clear",
            "media.cleared",
            "media.before",
            "media.refused",
            "media.answered",
            "answered.before",
            "answered.after",
            "log.before",
            "log.published",
            "log.noted",
            "complete.before",
            "complete.after",
        ],
        again: &[],
        command: RUN,
        set_up: forget,
    },
    Scene {
        name: "workers",
        own: &[],
        again: &[
            "begin.committed",
            "forget.found",
            "forget.answers",
            "forget.before",
            "forget.committed",
            "log.before",
        ],
        command: RUN,
        set_up: workers,
    },
    Scene {
        name: "export",
        own: &[
            "export.restart",
            "export.written",
            "export.before",
            "export.committed",
            "export.published",
        ],
        again: &[
            "begin.committed",
            "result.write",
            "result.sync",
            "folder.linked",
            "result.named",
            "log.before",
        ],
        command: RUN,
        set_up: export,
    },
    Scene {
        name: "bucket",
        own: &["object.version", "object.versions", "media-log.published"],
        again: &[],
        command: RUN,
        set_up: bucket,
    },
    Scene {
        name: "receipt",
        own: &[
            "copy.create",
            "copy.sync",
            "copy.name",
            "copy.named",
            "copy.kept",
            "receipt.before",
            "receipt.committed",
            "receipt.published",
            "receipt.noted",
        ],
        again: &["log.before", "complete.before"],
        command: RUN,
        set_up: receipt,
    },
    Scene {
        name: "odd",
        own: &[
            "unreadable.before",
            "unreadable.answered",
            "unreadable.published",
            "duplicate.before",
            "duplicate.after",
            "duplicate.published",
            "duplicate.noted",
            "withdraw.before",
            "withdraw.after",
        ],
        again: &[],
        command: RUN,
        set_up: odd,
    },
    Scene {
        name: "cancel",
        own: &["cancel.before", "cancel.committed"],
        again: &["folder.linked", "log.before"],
        command: RUN,
        set_up: cancel,
    },
    Scene {
        name: "purge",
        own: &[
            "result.remove",
            "result.removed",
            "submit.remove",
            "submit.removed",
            "purge.before",
            "purge.committed",
        ],
        again: &[],
        command: &["purge"],
        set_up: purge,
    },
];

impl Scene {
    /// A copy of the scene before its run; the objects of its bucket are put there again.
    pub fn copy(&self, base: &Harness) -> Harness {
        if let Some(store) = self.store() {
            for key in ["a.wav", "b.wav"] {
                store.put("calls", key);
                store.put("calls", key);
            }
        }
        base.copy()
    }

    pub fn store(&self) -> Option<&'static Store> {
        static STORE: OnceLock<Store> = OnceLock::new();
        let start = || {
            let store = Store::new();
            store.versioned_bucket("calls");
            store
        };
        (self.name == "bucket").then(|| STORE.get_or_init(start))
    }
}

/// Contacts 1 to 6 with a phone each and an attempt; 3 is held, 4 cannot be changed, of 2 a row appears while it is
/// forgotten. The recordings of 1 and 5 have objects.
pub const ROWS: &str = "
    INSERT INTO contact_centre.contact (contact_id, account_id, client_id, first_name)
        SELECT i, '110', 'C-' || i, 'Ada' FROM generate_series(1, 6) i;
    INSERT INTO contact_centre.contact_device (contact_id, position, account_id, kind, device)
        SELECT i, 1, '110', 'phone', '+1617555010' || i FROM generate_series(1, 6) i;
    INSERT INTO contact_centre.contact_attempt (attempt_id, account_id, contact_id, channel, device, response_ip, message_text)
        SELECT i, '110', i, 'sms', '+1617555010' || i, ('192.0.2.' || i)::inet, 'hello' FROM generate_series(1, 6) i;
    INSERT INTO contact_centre.recording (recording_id, account_id, caller, legal_hold)
        SELECT 'R-' || i, '110', '+1617555010' || i, i = 3 FROM generate_series(1, 6) i;
    INSERT INTO contact_centre.recording_media (media_id, recording_id, account_id, media_uri)
        VALUES ('M-1', 'R-1', '110', 'a.wav'), ('M-5', 'R-5', '110', 'b.wav');";

pub const TRIGGERS: &str = "
    CREATE FUNCTION public.refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        IF OLD.contact_id = 4 THEN RAISE 'never' USING ERRCODE = '23514'; END IF;
        RETURN NEW;
    END $$;
    CREATE FUNCTION public.appear() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN
        IF OLD.contact_id = 2 AND NOT EXISTS (SELECT FROM contact_centre.contact_attempt WHERE attempt_id = 99) THEN
            INSERT INTO contact_centre.contact_attempt (attempt_id, account_id, device) VALUES (99, '110', OLD.device);
        END IF;
        RETURN NEW;
    END $$;
    CREATE TRIGGER refuse BEFORE UPDATE ON contact_centre.contact_device FOR EACH ROW EXECUTE FUNCTION public.refuse();
    CREATE TRIGGER appear AFTER UPDATE ON contact_centre.contact_device FOR EACH ROW EXECUTE FUNCTION public.appear();";

/// Compared by name: copies of a harness have other paths.
pub const DROP: &str = "[[drop]]\nname = \"acme\"\npath = \"{dir}/drop\"\naccounts = [\"100\"]\n";

/// One request for each of two cases, so that the log has two parts.
pub fn requests(action: &str) -> String {
    let request = |case: &str, contacts: &str| {
        format!(
            r#"{{"requestcase": "{case}", "accountid": "110", "type": "{action}", "contacts": [{contacts}]}}"#
        )
    };
    let phones = |numbers: [u32; 3]| {
        numbers
            .map(|n| format!(r#"{{"phone": "+1 617 555 010{n}"}}"#))
            .join(", ")
    };
    format!(
        r#"{{"requests": [{}, {}, {}]}}"#,
        request("one", &phones([1, 2, 3])),
        request(
            "two",
            &format!(r#"{}, {{"phone": "1"}}"#, phones([4, 5, 9]))
        ),
        request(
            "three",
            r#"{"ipaddr": "192.0.2.6"}, {"email": "zoe@example.com"}"#
        ),
    )
}

fn with_media() -> Harness {
    let mut harness = Harness::new();
    harness.db.run(ROWS);
    for (object, sound) in [("a.wav", "one"), ("b.wav", "two"), ("other.wav", "stays")] {
        fs::write(harness.path("media").join(object), sound).unwrap();
    }
    harness.config = format!(
        "devices_per_transaction = 3\nmax_contacts_per_log = 4\n[media]\nfolder = \"{{dir}}/media\"\n{DROP}"
    );
    harness
}

fn forget() -> Harness {
    let mut harness = with_media();
    harness.db.run(TRIGGERS);
    harness.accepted = [(
        "contact_device".into(),
        vec!["refuse".into(), "appear".into()],
    )]
    .into();
    harness.submit("forget-20180315_a.json", requests("FORGET"));
    harness
}

/// Enough devices for two sessions.
fn workers() -> Harness {
    let mut harness = Harness::new();
    harness.config = format!("workers = 2\ndevices_per_transaction = 60\n{DROP}");
    harness.db.run(
        "INSERT INTO contact_centre.contact (contact_id, account_id, first_name) SELECT i, '110', 'Ada' FROM generate_series(1, 110) i;
         INSERT INTO contact_centre.contact_device (contact_id, position, account_id, kind, device)
             SELECT (i + 1) / 2, i % 2, '110', 'phone', '+1617' || 5550000 + i FROM generate_series(1, 220) i",
    );
    let contact = |i: u32| format!(r#"{{"phone": "+1617{}"}}"#, 5_550_000 + i);
    let contacts: Vec<String> = (1..=220).map(contact).collect();
    harness.submit_contacts("forget-20180315_w.json", "110", &contacts.join(", "));
    harness
}

fn export() -> Harness {
    let harness = with_media();
    harness.submit("export-20180315_b.json", requests("EXPORT"));
    harness
}

/// Two submissions with receipts, in a chain that already has one.
fn receipt() -> Harness {
    let harness = with_media();
    harness.lethe(&["keygen"]).ok(0);
    harness.submit_contacts(
        "forget-20180315_d.json",
        "110",
        r#"{"phone": "+1 617 555 0106"}"#,
    );
    harness.lethe(RUN).ok(0);
    harness.submit("forget-20180315_a.json", requests("FORGET"));
    harness.submit("export-20180315_b.json", requests("EXPORT"));
    harness
}

/// One object goes while its log waits; the other's log did not wait for it, and a media log reports it.
fn bucket() -> Harness {
    let mut harness = Harness::new();
    let phone = |n: u32| format!(r#"{{"phone": "+1 617 555 010{n}"}}"#);
    harness.db.run(ROWS);
    harness
        .db
        .run("UPDATE contact_centre.recording_media SET media_uri = 's3://calls/' || media_uri");
    harness.submit_contacts("forget-20180315_1.json", "110", &phone(1));
    harness.config = DROP.into();
    harness.lethe(RUN).ok(3);
    let address = &SCENES[3].store().expect("it has one").address;
    harness.config = format!(
        "media_wait = \"20s\"\n[[media.s3]]\nbucket = \"calls\"\nregion = \"us-east-1\"\nendpoint = \"http://{address}\"\n{DROP}"
    );
    for name in ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"] {
        harness
            .environment
            .insert(name.to_owned(), "A-SECRET-VALUE".to_owned());
    }
    harness.submit_contacts("forget-20180315_2.json", "110", &phone(5));
    harness
}

/// A file that is not a submission, one that nests too deeply, and different content under a used name.
fn odd() -> Harness {
    let harness = with_media();
    harness.submit_contacts(
        "forget-20180315_d.json",
        "110",
        r#"{"phone": "+1 617 555 0106"}"#,
    );
    harness.lethe(RUN).ok(0);
    harness.submit_contacts(
        "forget-20180315_d.json",
        "110",
        r#"{"phone": "+1 617 555 0105"}"#,
    );
    harness.submit("forget-20180315_c.json", "{\"requests\": [}");
    harness.submit(
        "forget-20180315_e.json",
        format!("{{\"requests\": [{}{}]}}", "[".repeat(40), "]".repeat(40)),
    );
    harness
}

/// Two of three devices are answered when it is cancelled.
fn cancel() -> Harness {
    let mut harness = with_media();
    harness.submit("forget-20180315_a.json", requests("FORGET"));
    harness
        .environment
        .insert("LETHE_FAULT".into(), "forget.committed#1=kill".into());
    assert_eq!(harness.lethe(RUN).code, -1);
    harness.environment.remove("LETHE_FAULT");
    super::wait_for_its_sessions(&harness);
    harness.lethe(&["cancel", "forget-20180315_a.json"]).ok(0);
    harness
}

/// All kinds of results, three weeks later.
fn purge() -> Harness {
    let mut harness = with_media();
    harness.submit("forget-20180315_a.json", requests("FORGET"));
    harness.submit("export-20180315_b.json", requests("EXPORT"));
    harness.lethe(RUN).ok(3);
    harness.submit("forget-20180315_a.json", requests("EXPORT"));
    harness.lethe(RUN).ok(3);
    harness.now = "2018-04-05T12:00:00Z".into();
    harness
}
