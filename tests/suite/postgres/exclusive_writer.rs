//! The proof that a FORGET was the only writer, which makes its final recheck unnecessary. On a private cluster, because every
//! writer of a cluster counts.

use lethe::catalogue::plan::Plan;
use lethe::catalogue::{self, Access};
use lethe::domain::request::Product;
use lethe::engine::exclusivity::ExclusiveWriter;
use lethe::postgres::{Database, Session};
use tokio::runtime::Runtime;

use crate::support::{Db, OwnServer};

/// A database in which only the test writes.
struct Quiet {
    runtime: Runtime,
    session: Session,
    plan: Plan,
    other: Db,
    server: OwnServer,
}

impl Quiet {
    fn new() -> Quiet {
        let settings = [("autovacuum", "off"), ("max_prepared_transactions", "2")];
        let server = OwnServer::new(&settings);
        let other = server.db();
        let runtime = Runtime::new().unwrap();
        let (session, plan) = runtime.block_on(async {
            let database = Database::connect(&server.address(), "test").await.unwrap();
            let session = database.session().await.unwrap();
            let sources = catalogue::load(None).unwrap();
            let catalogue = catalogue::bind(&sources, &session, Access::Change)
                .await
                .unwrap();
            (session, Plan::new(&catalogue, Product::Outbound))
        });
        Quiet {
            runtime,
            session,
            plan,
            other,
            server,
        }
    }

    fn begin(&self) -> ExclusiveWriter {
        self.runtime
            .block_on(ExclusiveWriter::begin(&self.session, &self.plan))
            .unwrap()
    }

    fn is_proved(&self, exclusive: &ExclusiveWriter) -> bool {
        self.runtime
            .block_on(exclusive.is_proved(&self.session))
            .unwrap()
    }

    /// A transaction of our own, recorded or not.
    fn write(&self, noted: Option<&ExclusiveWriter>) {
        self.runtime.block_on(async {
            self.session.begin().await.unwrap();
            let write = "UPDATE contact_centre.account SET name = name || '.'";
            self.session.client().batch_execute(write).await.unwrap();
            if let Some(exclusive) = noted {
                exclusive.note(&self.session).await.unwrap();
            }
            self.session.commit().await.unwrap();
        });
    }
}

#[test]
fn another_writer_breaks_the_proof() {
    let quiet = Quiet::new();
    let insert = "INSERT INTO contact_centre.contact (contact_id, account_id) VALUES (nextval('contact_centre.n'), '110')";
    quiet.other.run("CREATE SEQUENCE contact_centre.n");

    let exclusive = quiet.begin();
    assert!(quiet.is_proved(&exclusive), "nobody wrote");
    quiet.write(Some(&exclusive));
    quiet.write(Some(&exclusive));
    quiet
        .other
        .run("SELECT count(*) FROM contact_centre.contact");
    assert!(quiet.is_proved(&exclusive), "only we wrote; others read");

    quiet.other.run(insert);
    assert!(
        !quiet.is_proved(&exclusive),
        "another transaction, committed"
    );

    let exclusive = quiet.begin();
    quiet.other.run(&format!("BEGIN; {insert}; ROLLBACK"));
    quiet.write(Some(&exclusive));
    assert!(
        !quiet.is_proved(&exclusive),
        "when in doubt, others are assumed to write"
    );

    let exclusive = quiet.begin();
    quiet.write(None);
    assert!(!quiet.is_proved(&exclusive), "its writer is unknown");

    let exclusive = quiet.begin();
    quiet.other.run(&format!("BEGIN; {insert}"));
    quiet.write(Some(&exclusive));
    assert!(!quiet.is_proved(&exclusive), "another transaction, running");

    let exclusive = quiet.begin();
    quiet.write(Some(&exclusive));
    assert!(!quiet.is_proved(&exclusive), "it was running when we began");
    quiet.other.run("COMMIT");
    assert!(
        !quiet.is_proved(&exclusive),
        "it may have written after we looked, and is over now"
    );

    let mut exclusive = quiet.begin();
    quiet.write(Some(&exclusive));
    assert!(quiet.is_proved(&exclusive));
    quiet
        .other
        .run(&format!("BEGIN; {insert}; PREPARE TRANSACTION 'p'; "));
    exclusive = quiet.begin();
    quiet.write(Some(&exclusive));
    assert!(
        !quiet.is_proved(&exclusive),
        "a prepared transaction is open"
    );
    quiet.other.run("ROLLBACK PREPARED 'p'");
}

#[test]
fn accepted_triggers_prevent_the_proof() {
    let mut quiet = Quiet::new();
    quiet.plan.has_side_effects = true;
    let exclusive = quiet.begin();
    assert!(!quiet.is_proved(&exclusive));
}

#[test]
fn a_row_of_a_concurrent_writer_is_found() {
    let quiet = Quiet::new();
    quiet.other.run(
        "INSERT INTO contact_centre.contact (contact_id, account_id, first_name) VALUES (1, '110', 'Ada');
         INSERT INTO contact_centre.contact_device (contact_id, position, account_id, kind, device)
             VALUES (1, 1, '110', 'phone', '+16175550100')",
    );
    quiet
        .server
        .submit("FORGET", r#"{"phone": "+1 617 555 0100"}"#);
    // The contact comes last; a table lock of this kind takes no transaction ID.
    quiet
        .other
        .run("BEGIN; LOCK TABLE contact_centre.contact IN SHARE MODE");
    let mut run = quiet.server.run(&["--offline"]).spawn().unwrap();
    let writer = quiet.server.db();
    writer.wait_for(
        "t",
        "SELECT count(*) > 0 FROM pg_stat_activity WHERE application_name LIKE 'lethe%' AND wait_event_type = 'Lock'",
    );
    writer.run("INSERT INTO contact_centre.contact_attempt (attempt_id, account_id, device) VALUES (1, '110', '+16175550100')");
    quiet.other.run("COMMIT");
    assert_eq!(run.wait().unwrap().code(), Some(0));
    assert_eq!(
        writer.one(
            "SELECT count(*) FROM contact_centre.contact_attempt WHERE device LIKE 'anon-phone-%'"
        ),
        "1"
    );
}
