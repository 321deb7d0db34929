//! Triggers of the database: what the catalogue accepts is accepted as it was reviewed, what they undo is noticed, and what appears
//! during a run does not run in it.

use rstest::rstest;

use crate::support::{Ended, Harness};

const FORGET: &str = "forget-20180315_1.json";
const STEM: &str = "forget-20180315_1";
const ANN: &str = r#"{"phone": "+1 617 555 0142"}"#;
const NOT_CHANGED: &str = "ERROR: processing failed: not changed by the database";

/// Two consumers with a phone each, an attempt and a message of the first, and a function that leaves a trace even if its
/// transaction is rolled back.
const ROWS: &str = "
INSERT INTO contact_centre.contact (contact_id, account_id, client_id, first_name) VALUES (1, '110', 'C-1', 'Ann'), (2, '110', 'C-2', 'Bob');
INSERT INTO contact_centre.contact_device (contact_id, position, account_id, kind, device) VALUES
    (1, 1, '110', 'phone', '+16175550142'), (2, 1, '110', 'phone', '+16175550143');
INSERT INTO contact_centre.contact_attempt (attempt_id, account_id, client_id, channel, first_name, device, message_text)
    VALUES (1, '110', 'C-1', 'voice', 'Ann', '+16175550142', 'hi');
CREATE SEQUENCE public.fired; GRANT ALL ON SEQUENCE public.fired TO public;
CREATE FUNCTION public.spy(text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN PERFORM nextval('public.fired'); RETURN true; END $$;
CREATE FUNCTION public.spy() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM nextval('public.fired'); RETURN NEW; END $$;
CREATE FUNCTION public.touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;";

fn harness() -> Harness {
    let harness = Harness::new();
    harness.db.run(ROWS);
    harness
}

/// A trigger on a table with this body, which the catalogue accepts.
fn with_trigger(table: &str, time: &str, body: &str) -> Harness {
    let mut harness = harness();
    harness.db.run(&format!(
        "CREATE OR REPLACE FUNCTION public.touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body} END $$;
         CREATE {time} ON contact_centre.{table} {} FOR EACH ROW EXECUTE FUNCTION public.touch()",
        if time.contains("CONSTRAINT") { "DEFERRABLE INITIALLY DEFERRED" } else { "" }
    ));
    harness.accepted = [(table.to_owned(), vec!["touch".to_owned()])].into();
    harness
}

fn forget(harness: &Harness) -> Ended {
    harness.submit_contacts(FORGET, "110", ANN);
    harness.run()
}

/// What the tables hold, without times.
fn rows(harness: &Harness) -> Vec<String> {
    let db = &harness.db;
    [
        "SELECT contact_id, first_name FROM contact_centre.contact ORDER BY 1",
        "SELECT contact_id, device FROM contact_centre.contact_device ORDER BY 1",
        "SELECT attempt_id, device, first_name, message_text FROM contact_centre.contact_attempt ORDER BY 1",
    ]
    .iter()
    .flat_map(|sql| db.rows(sql))
    .collect()
}

#[track_caller]
fn assert_silent(harness: &Harness) {
    let called = harness.db.one("SELECT is_called FROM public.fired");
    assert_eq!(called, "f", "the function of a stranger ran");
}

const BEFORE: &str = "TRIGGER touch BEFORE UPDATE";
const AFTER: &str = "TRIGGER touch AFTER UPDATE";
const DEFERRED: &str = "CONSTRAINT TRIGGER touch AFTER UPDATE";

#[rstest]
#[case("contact", BEFORE, "RETURN NULL;")]
#[case("contact", BEFORE, "NEW.first_name := OLD.first_name; RETURN NEW;")]
#[case(
    "contact",
    AFTER,
    "IF pg_trigger_depth() = 1 THEN UPDATE contact_centre.contact SET first_name = OLD.first_name WHERE contact_id = OLD.contact_id; END IF; RETURN NULL;"
)]
#[case(
    "contact",
    DEFERRED,
    "IF pg_trigger_depth() = 1 THEN UPDATE contact_centre.contact SET first_name = OLD.first_name WHERE contact_id = OLD.contact_id; END IF; RETURN NULL;"
)]
#[case("contact_device", BEFORE, "RETURN NULL;")]
#[case("contact_device", BEFORE, "NEW.device := OLD.device; RETURN NEW;")]
#[case(
    "contact_device",
    BEFORE,
    "NEW.device := '+' || regexp_replace(NEW.device, '\\D', '', 'g'); RETURN NEW;"
)]
#[case(
    "contact_device",
    AFTER,
    "IF pg_trigger_depth() = 1 THEN UPDATE contact_centre.contact_device SET device = OLD.device WHERE contact_id = OLD.contact_id; END IF; RETURN NULL;"
)]
#[case(
    "contact_attempt",
    BEFORE,
    "NEW.message_text := OLD.message_text; RETURN NEW;"
)]
#[case("contact_attempt", BEFORE, "RETURN NULL;")]
fn a_trigger_that_undoes_a_change_is_noticed(
    #[case] table: &str,
    #[case] time: &str,
    #[case] body: &str,
) {
    let harness = with_trigger(table, time, body);
    let before = rows(&harness);
    let run = forget(&harness).ok(3);
    assert_eq!(harness.answers(STEM), [NOT_CHANGED]);
    assert_eq!(rows(&harness), before);
    let named = format!("not changed by the database (table contact_centre.{table})");
    assert!(run.stderr.contains(&named), "{}", run.stderr);
}

#[test]
fn a_trigger_that_undoes_nothing_is_accepted() {
    let body = "NEW.created_at := now(); RETURN NEW;";
    let harness = with_trigger("contact", BEFORE, body);
    forget(&harness).ok(0);
    assert_eq!(harness.answers(STEM), ["SUCCESS"]);
}

/// Writes a catalogue that accepts these entries for contacts, and names it in the configuration.
fn accept(harness: &mut Harness, entries: &[&str]) {
    let table = "\ntable = \"contact\"\n";
    let accepted =
        lethe::catalogue::REFERENCE.replace(table, &format!("{table}accepted = {entries:?}\n"));
    let path = harness.path("accepting.toml");
    std::fs::write(&path, accepted).unwrap();
    harness.config = format!("catalogue = {path:?}");
}

/// The entry for the trigger that a check prints.
#[track_caller]
fn printed(harness: &Harness) -> String {
    let check = harness.lethe(&["catalogue", "check"]).ok(2).stdout;
    let mut entries = check
        .split('"')
        .filter(|part| part.starts_with("touch@sha256:"));
    entries
        .next()
        .unwrap_or_else(|| panic!("{check}"))
        .to_owned()
}

#[test]
fn a_trigger_is_accepted_with_the_digest_of_its_definition() {
    let mut harness = harness();
    let trigger = "TRIGGER touch BEFORE UPDATE ON contact_centre.contact FOR EACH ROW EXECUTE FUNCTION public.touch()";
    harness.db.run(&format!("CREATE {trigger}"));
    accept(&mut harness, &[]);
    let entry = printed(&harness);
    accept(&mut harness, &["touch"]);
    assert_eq!(printed(&harness), entry, "a name alone accepts nothing");
    assert!(forget(&harness).ok(2).stderr.contains(&entry));
    accept(&mut harness, &[&entry]);
    harness.lethe(&["catalogue", "check"]).ok(0);
    for change in [
        "CREATE OR REPLACE FUNCTION public.touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN OLD; END $$",
        "ALTER FUNCTION public.touch() SECURITY DEFINER",
        "ALTER FUNCTION public.touch() SET search_path = public",
        "ALTER FUNCTION public.touch() OWNER TO lethe_reader",
        "ALTER TABLE contact_centre.contact ENABLE ALWAYS TRIGGER touch",
        "CREATE OR REPLACE TRIGGER touch BEFORE UPDATE ON contact_centre.contact FOR EACH ROW EXECUTE FUNCTION public.spy()",
        "CREATE OR REPLACE TRIGGER touch BEFORE UPDATE ON contact_centre.contact FOR EACH ROW WHEN (NEW.contact_id = 1) EXECUTE FUNCTION public.touch()",
    ] {
        harness.db.run(&format!("BEGIN; {change}; COMMIT"));
        let changed = printed(&harness);
        assert_ne!(changed, entry, "{change}");
        let run = harness.run().ok(2);
        assert!(
            run.stderr.contains("is not what was accepted"),
            "{}",
            run.stderr
        );
        harness.db.run(&format!(
            "DROP TRIGGER touch ON contact_centre.contact; DROP FUNCTION public.touch();
             CREATE FUNCTION public.touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$; CREATE {trigger}"
        ));
        harness.lethe(&["catalogue", "check"]).ok(0);
    }
    harness.run().ok(0);
    assert_eq!(harness.answers(STEM), ["SUCCESS"]);
    assert_silent(&harness);
}

#[test]
fn the_digest_of_a_trigger_does_not_depend_on_partitions() {
    let harness = with_trigger("contact_attempt", BEFORE, "RETURN NEW;");
    // Writes the catalogue.
    harness.lethe(&["catalogue", "check"]).ok(0);
    let catalogue = harness.path("catalogue.toml");
    let before = std::fs::read_to_string(&catalogue).unwrap();
    harness.db.run(
        "CREATE TABLE contact_centre.later PARTITION OF contact_centre.contact_attempt FOR VALUES FROM ('2035-01-01') TO ('2035-02-01');
         GRANT SELECT, UPDATE ON contact_centre.later TO lethe_engine",
    );
    harness.lethe(&["catalogue", "check"]).ok(0);
    assert_eq!(std::fs::read_to_string(&catalogue).unwrap(), before);
}

/// Runs a FORGET and does something after its catalogue was checked.
fn forget_while(harness: &Harness, statements: &str) -> Ended {
    harness.submit_contacts(FORGET, "110", ANN);
    harness
        .db
        .run("BEGIN; LOCK contact_centre.account IN ACCESS EXCLUSIVE MODE");
    let run = harness
        .command(&["run", "--settle", "0s"])
        .args(harness.drop_options())
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    harness.wait_until_blocked();
    harness.db.run(statements);
    harness.db.run("COMMIT");
    crate::support::ended(run.wait_with_output().unwrap())
}

#[rstest]
#[case(
    "CREATE TRIGGER late BEFORE UPDATE ON contact_centre.contact FOR EACH ROW EXECUTE FUNCTION public.spy()"
)]
#[case(
    "CREATE TRIGGER late BEFORE UPDATE ON contact_centre.contact FOR EACH STATEMENT EXECUTE FUNCTION public.spy()"
)]
#[case(
    "CREATE TRIGGER late AFTER UPDATE ON contact_centre.contact_device FOR EACH ROW EXECUTE FUNCTION public.spy()"
)]
#[case(
    "CREATE TRIGGER late BEFORE UPDATE ON contact_centre.contact_attempt_default FOR EACH ROW EXECUTE FUNCTION public.spy()"
)]
#[case(
    "ALTER TABLE contact_centre.contact ADD CONSTRAINT late CHECK (public.spy(first_name)) NOT VALID"
)]
#[case(
    "ALTER TABLE contact_centre.contact_attempt_default ADD CONSTRAINT late CHECK (public.spy(first_name)) NOT VALID"
)]
#[case("ALTER TABLE contact_centre.contact ADD COLUMN late text")]
#[case("ALTER TABLE contact_centre.contact ALTER COLUMN company TYPE varchar(40)")]
#[case(
    "ALTER TABLE contact_centre.contact ADD COLUMN late boolean GENERATED ALWAYS AS (first_name = 'x') STORED"
)]
#[case(
    "CREATE RULE late AS ON UPDATE TO contact_centre.contact DO ALSO SELECT nextval('public.fired')"
)]
fn what_appears_during_a_run_ends_it_before_it_takes_effect(#[case] statement: &str) {
    let harness = harness();
    let before = rows(&harness);
    // What changes existing rows calls the function itself.
    let run = forget_while(&harness, statement).ok(1);
    assert!(
        run.stderr.contains("the schema changed during the run"),
        "{}",
        run.stderr
    );
    assert!(harness.results().is_empty(), "{:?}", harness.results());
    assert_eq!(rows(&harness), before);
    assert_silent(&harness);
}

#[test]
fn an_index_that_appears_during_a_run_ends_it() {
    let harness = harness();
    let index = "CREATE INDEX late ON contact_centre.contact ((public.spy(first_name)))";
    let run = forget_while(&harness, index).ok(1);
    assert!(
        run.stderr.contains("the schema changed during the run"),
        "{}",
        run.stderr
    );
    assert!(harness.results().is_empty());
}

#[test]
fn a_function_that_is_replaced_during_a_run_does_not_run_in_it() {
    let original = "CREATE OR REPLACE FUNCTION public.touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$";
    let spying = "CREATE OR REPLACE FUNCTION public.touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM nextval('public.fired'); RETURN NEW; END $$";
    for statements in [spying.to_owned(), format!("{spying}; {original}")] {
        let harness = with_trigger("contact", BEFORE, "RETURN NEW;");
        let run = forget_while(&harness, &statements).ok(1);
        assert!(
            run.stderr.contains("contact_centre.contact "),
            "{}",
            run.stderr
        );
        assert!(harness.results().is_empty());
        assert_silent(&harness);
    }
}

#[rstest]
#[case("CREATE INDEX late ON contact_centre.contact (company)")]
#[case("ALTER TABLE contact_centre.contact ALTER COLUMN company SET STATISTICS 50")]
#[case("COMMENT ON TABLE contact_centre.contact IS 'late'")]
#[case(
    "CREATE TABLE contact_centre.later PARTITION OF contact_centre.contact_attempt FOR VALUES FROM ('2035-01-01') TO ('2035-02-01')"
)]
#[case("REINDEX TABLE contact_centre.contact")]
#[case("ALTER TABLE contact_centre.contact SET (fillfactor = 70)")]
fn what_decides_nothing_may_change_during_a_run(#[case] statement: &str) {
    let harness = harness();
    forget_while(&harness, statement).ok(0);
    assert_eq!(harness.answers(STEM), ["SUCCESS"]);
}
