//! Nothing that others define is evaluated: constraints, index expressions, domains, casts, operators, views, policies and
//! defaults of a hostile table owner lie in wait for a powerful role that reads the table.

use std::fs;
use std::path::PathBuf;

use rstest::rstest;

use crate::support::{Db, Ended, Harness, with_digests};

const FORGET: &str = "forget-20180315_1.json";
const PHONE: &str = r#"{"phone": "+1 617 555 0100"}"#;

/// Functions that leave a trace where they run, even in a read-only transaction and as a role without rights on any table: a program
/// on the server writes it.
const TRAPS: &str = r#"
    CREATE TABLE public.ran (what text);
    GRANT INSERT ON public.ran TO PUBLIC;
    CREATE FUNCTION public.leave_trace() RETURNS void LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN
        EXECUTE pg_catalog.format('COPY (SELECT 1) TO PROGRAM %L', 'cat > TRACE');
    END $$;
    CREATE FUNCTION public.note_that_it_ran(what text) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN
        BEGIN PERFORM public.leave_trace(); EXCEPTION WHEN OTHERS THEN NULL; END;
        BEGIN INSERT INTO public.ran VALUES (what); EXCEPTION WHEN OTHERS THEN NULL; END;
        RETURN true;
    END $$;
    CREATE FUNCTION public.trap(value text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS
        $$ BEGIN PERFORM public.note_that_it_ran('trap'); RETURN value; END $$;
    CREATE FUNCTION public.is_trap(value text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS
        $$ BEGIN PERFORM public.note_that_it_ran('is_trap'); RETURN true; END $$;
    CREATE FUNCTION public.traps(a text, b text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS
        $$ BEGIN PERFORM public.note_that_it_ran('traps'); RETURN true; END $$;
    CREATE FUNCTION public.compare_traps(a text, b text) RETURNS int LANGUAGE plpgsql IMMUTABLE AS
        $$ BEGIN PERFORM public.note_that_it_ran('compare_traps'); RETURN pg_catalog.bttextcmp(a, b); END $$;
    CREATE FUNCTION public.fire() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN PERFORM public.note_that_it_ran('fire'); RETURN NEW; END $$;
"#;

/// Rows of the reference schema. The device of account 110 is in each.
const ROWS: &str = "
    INSERT INTO contact_centre.contact (contact_id, account_id, client_id, first_name) VALUES (1, '110', 'C-1', 'Ann');
    INSERT INTO contact_centre.contact_device (contact_id, position, account_id, kind, device) VALUES (1, 1, '110', 'phone', '+16175550100');
    INSERT INTO contact_centre.sms_message (message_id, account_id, short_code, direction, handset, body)
        VALUES (1, '110', '51110', 'MO', '+16175550100', 'hello');
    INSERT INTO contact_centre.recording (recording_id, account_id, client_id, caller) VALUES ('R1', '110', 'C-1', '+16175550100');";

/// A server with traps and a role that may do what the engine may.
struct Trapped {
    harness: Harness,
    /// The role, which owns the tables when it scrubs them.
    role: String,
    trace: PathBuf,
}

impl Trapped {
    /// A FORGET has been carried out, so that there is something to scrub.
    fn new() -> Trapped {
        let mut harness = Harness::new();
        let role = format!("trapped_{}", harness.db.name());
        let trace = std::env::temp_dir().join(format!(
            "lethe-ran-{}-{}",
            std::process::id(),
            harness.db.name()
        ));
        let _ = fs::remove_file(&trace);
        harness.db.run(&format!("CREATE ROLE {role} LOGIN"));
        let printed = harness.as_administrator(&["catalogue", "grants", &role]);
        let grants = printed.ok(0).stdout;
        harness.db.run_beside_others(&grants);
        harness.db.run(ROWS);
        harness.database = harness.db.address_of(&role);
        harness.submit_contacts(
            "forget-20180315_0.json",
            "110",
            r#"{"phone": "+1 617 555 0199"}, {"phone": "+1 617 555 0100"}"#,
        );
        harness.run().ok(0);
        harness.db.run("DELETE FROM contact_centre.contact_device; DELETE FROM contact_centre.contact; DELETE FROM contact_centre.sms_message; DELETE FROM contact_centre.recording");
        harness.db.run(ROWS);
        harness.submit_contacts(FORGET, "110", PHONE);
        harness
            .db
            .run(&TRAPS.replace("TRACE", trace.to_str().unwrap()));
        Trapped {
            harness,
            role,
            trace,
        }
    }

    /// Sets a trap. Creating it may run it.
    fn set(&self, sql: &str) {
        self.harness.db.run(sql);
        self.harness.db.run("TRUNCATE public.ran");
        let _ = fs::remove_file(&self.trace);
    }

    /// Fails if a function of others has run.
    #[track_caller]
    fn has_not_run(&self, what: &[&str]) {
        assert!(!self.trace.exists(), "{what:?} ran it");
        let rows = self.harness.db.rows("SELECT what FROM public.ran");
        assert!(rows.is_empty(), "{what:?} ran {rows:?}");
    }

    /// Runs every command that reads the catalogue or a table.
    #[track_caller]
    fn runs_nothing(&self) -> Seen {
        let harness = &self.harness;
        let file = harness.submit_path(FORGET);
        let file = file.to_str().unwrap();
        let lethe = |words: &[&str]| {
            let ended = harness.lethe(words);
            self.has_not_run(words);
            ended
        };
        let in_drop = |words: &[&str]| {
            let ended = harness.in_drop(words);
            self.has_not_run(words);
            ended
        };
        let check = lethe(&["catalogue", "check"]);
        lethe(&["catalogue", "grants"]);
        lethe(&["catalogue", "sql"]);
        lethe(&["trace", "--client-id", "C-1"]);
        lethe(&["census"]);
        let seen = Seen {
            check,
            discover: lethe(&["catalogue", "discover"]),
            search: lethe(&["catalogue", "discover", "--value-search", file]),
            preview: in_drop(&["preview", file]),
            verify: in_drop(&["verify", file, "--value-search"]),
            run: in_drop(&["run", "--settle", "0s"]),
        };
        harness.db.run(&format!(
            "DO $$ DECLARE t regclass; BEGIN FOR t IN SELECT oid FROM pg_class WHERE relnamespace = 'contact_centre'::regnamespace AND relkind IN ('r', 'p', 'm')
                 LOOP EXECUTE format('ALTER TABLE %s OWNER TO {}', t); END LOOP; END $$",
            self.role
        ));
        for level in ["1.5", "2"] {
            lethe(&["scrub", "--level", level, "--wait", "1s", "--yes"]);
        }
        let words = ["scrub", "--level", "2", "--wait", "1s", "--yes"];
        harness.as_administrator(&words);
        self.has_not_run(&words);
        seen
    }
}

impl Drop for Trapped {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.trace);
        let role = format!("trapped_{}", self.harness.db.name());
        let _ = self
            .harness
            .db
            .try_run(&format!("DROP OWNED BY {role}; DROP ROLE {role}"));
    }
}

/// How the commands ended.
struct Seen {
    check: Ended,
    discover: Ended,
    search: Ended,
    preview: Ended,
    verify: Ended,
    run: Ended,
}

/// What a run, a preview or a verification evaluates is a violation: each of them stops before it reads a table.
#[rstest]
#[case::check(
    "ALTER TABLE contact_centre.sms_message ADD CONSTRAINT c CHECK (public.is_trap(body))",
    "constraint c of contact_centre.sms_message runs public.is_trap"
)]
#[case::check_of_a_constant(
    "ALTER TABLE contact_centre.sms_message ADD CONSTRAINT c CHECK (handset <> public.trap('x'))",
    "constraint c of contact_centre.sms_message runs public.trap"
)]
#[case::check_of_a_partition(
    "ALTER TABLE contact_centre.contact_attempt_default ADD CONSTRAINT c CHECK (public.is_trap(device))",
    "constraint c of contact_centre.contact_attempt runs public.is_trap"
)]
#[case::check_with_sql_in_a_text(
    "ALTER TABLE contact_centre.sms_message ADD CONSTRAINT c CHECK (handset <> pg_catalog.query_to_xml('SELECT public.is_trap(''x'')', true, true, '')::text)",
    "constraint c of contact_centre.sms_message runs pg_catalog.query_to_xml"
)]
#[case::index(
    "CREATE INDEX i ON contact_centre.sms_message (public.trap(body))",
    "index i of contact_centre.sms_message runs public.trap"
)]
#[case::index_of_a_constant(
    "CREATE INDEX i ON contact_centre.recording ((caller || public.trap('x')))",
    "index i of contact_centre.recording runs public.trap"
)]
#[case::predicate(
    "CREATE INDEX i ON contact_centre.sms_message (message_id) WHERE public.is_trap('x')",
    "index i of contact_centre.sms_message runs public.is_trap"
)]
#[case::index_of_a_partition(
    "CREATE INDEX i ON contact_centre.contact_attempt_default (public.trap(device))",
    "index i of contact_centre.contact_attempt runs public.trap"
)]
#[case::index_of_the_accounts(
    "CREATE INDEX i ON contact_centre.account (public.trap(name))",
    "index i of contact_centre.account runs public.trap"
)]
#[case::statistics(
    "CREATE STATISTICS public.s ON (body || public.trap('x')), (pg_catalog.lower(body)) FROM contact_centre.sms_message",
    "statistics object s of contact_centre.sms_message runs public.trap"
)]
#[case::domain(
    "CREATE DOMAIN public.d AS text CHECK (public.is_trap(value)); ALTER TABLE contact_centre.sms_message ALTER handset TYPE public.d",
    "the type of column handset of contact_centre.sms_message runs public.is_trap"
)]
#[case::domain_below(
    "CREATE DOMAIN public.e AS text CHECK (public.is_trap(value)); CREATE DOMAIN public.d AS public.e; ALTER TABLE contact_centre.sms_message ALTER body TYPE public.d",
    "the type of column body of contact_centre.sms_message runs public.is_trap"
)]
#[case::domain_in_a_check(
    "CREATE DOMAIN public.d AS text CHECK (public.is_trap(value)); ALTER TABLE contact_centre.sms_message ADD CONSTRAINT c CHECK (handset::public.d <> '')",
    "constraint c of contact_centre.sms_message runs public.is_trap"
)]
#[case::generated(
    "ALTER TABLE contact_centre.sms_message ADD g text GENERATED ALWAYS AS (public.trap(body)) STORED",
    "generated column g of contact_centre.sms_message runs public.trap"
)]
#[case::operator("CREATE OPERATOR public.=== (leftarg = text, rightarg = text, procedure = public.traps);
    ALTER TABLE contact_centre.sms_message ADD CONSTRAINT c CHECK (handset OPERATOR(public.===) 'x')", "constraint c of contact_centre.sms_message runs public.===, public.traps")]
#[case::negator("CREATE OPERATOR public.!== (leftarg = text, rightarg = text, procedure = public.traps);
    CREATE OPERATOR public.=== (leftarg = text, rightarg = text, procedure = pg_catalog.texteq, negator = OPERATOR(public.!==));
    ALTER TABLE contact_centre.sms_message ADD CONSTRAINT c CHECK (NOT (handset OPERATOR(public.===) 'x'))", "constraint c of contact_centre.sms_message runs public.===")]
#[case::operator_class("CREATE OPERATOR CLASS public.o FOR TYPE text USING btree AS OPERATOR 1 <, OPERATOR 2 <=, OPERATOR 3 =, OPERATOR 4 >=, OPERATOR 5 >,
    FUNCTION 1 public.compare_traps(text, text);
    CREATE INDEX i ON contact_centre.sms_message (body public.o)", "index i of contact_centre.sms_message runs public.o")]
#[case::cast("CREATE TYPE public.t AS (a text);
    CREATE FUNCTION public.cast_trap(value public.t) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN PERFORM public.note_that_it_ran('cast'); RETURN ''; END $$;
    CREATE CAST (public.t AS text) WITH FUNCTION public.cast_trap(public.t) AS IMPLICIT;
    ALTER TABLE contact_centre.sms_message ALTER body TYPE public.t USING NULL", "the type of column body of contact_centre.sms_message runs public.cast_trap")]
#[case::policy(
    "ALTER TABLE contact_centre.sms_message ENABLE ROW LEVEL SECURITY;
    CREATE POLICY p ON contact_centre.sms_message USING (public.is_trap(body))",
    "row-level security that hides rows from this role (p)"
)]
#[case::rule(
    "CREATE RULE r AS ON UPDATE TO contact_centre.sms_message DO ALSO SELECT public.is_trap('x')",
    "contact_centre.sms_message has a rule on UPDATE (r)"
)]
#[case::trigger(
    "CREATE TRIGGER t BEFORE UPDATE ON contact_centre.sms_message FOR EACH ROW EXECUTE FUNCTION public.fire()",
    "trigger t of contact_centre.sms_message"
)]
#[case::view("ALTER TABLE contact_centre.sms_message RENAME TO kept;
    CREATE VIEW contact_centre.sms_message AS SELECT message_id, account_id, short_code, direction, handset, public.trap(body) AS body, sent_at FROM contact_centre.kept;
    GRANT SELECT ON contact_centre.sms_message TO PUBLIC", "contact_centre.sms_message is a view")]
fn what_a_declared_table_would_run_is_a_violation(#[case] trap: &str, #[case] named: &str) {
    let trapped = Trapped::new();
    trapped.set(trap);
    let seen = trapped.runs_nothing();
    assert_eq!(seen.check.code, 2, "{}", seen.check.stdout);
    assert!(seen.check.stdout.contains(named), "{}", seen.check.stdout);
    for ended in [seen.preview, seen.verify, seen.run] {
        assert_eq!(ended.code, 2, "{}{}", ended.stdout, ended.stderr);
        assert!(ended.stderr.contains(named), "{}", ended.stderr);
    }
    assert_eq!(trapped.harness.answers("forget-20180315_0").len(), 2);
    assert_eq!(trapped.harness.results().len(), 1, "nothing was answered");
}

/// Nothing that Lethe does evaluates these.
#[rstest]
#[case::default("ALTER TABLE contact_centre.sms_message ALTER body SET DEFAULT public.trap('x')")]
#[case::trigger_on_insert(
    "CREATE TRIGGER t BEFORE INSERT ON contact_centre.sms_message FOR EACH ROW EXECUTE FUNCTION public.fire()"
)]
#[case::view_of_a_table(
    "CREATE VIEW public.v AS SELECT public.trap(body) AS body FROM contact_centre.sms_message; GRANT SELECT ON public.v TO PUBLIC"
)]
#[case::policy_that_is_not_enabled(
    "CREATE POLICY p ON contact_centre.sms_message USING (public.is_trap(body))"
)]
#[case::enum_that_is_kept("CREATE TYPE public.t AS ENUM ('MO', 'MT');
    CREATE FUNCTION public.cast_trap(value public.t) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN PERFORM public.note_that_it_ran('cast'); RETURN ''; END $$;
    ALTER TABLE contact_centre.sms_message DROP CONSTRAINT IF EXISTS sms_message_direction_check;
    ALTER TABLE contact_centre.sms_message ALTER direction TYPE public.t[] USING ARRAY[direction]::public.t[];
    CREATE CAST (public.t AS text) WITH FUNCTION public.cast_trap(public.t) AS IMPLICIT")]
fn what_is_never_evaluated_is_no_violation(#[case] trap: &str) {
    let trapped = Trapped::new();
    trapped.set(trap);
    let seen = trapped.runs_nothing();
    for ended in [seen.check, seen.preview, seen.run] {
        assert_eq!(ended.code, 0, "{}{}", ended.stdout, ended.stderr);
    }
    assert_eq!(trapped.harness.answers("forget-20180315_1"), ["SUCCESS"]);
}

/// Tables that no catalogue names: what cannot be read without running functions of others is named, and nothing is called
/// clean.
#[rstest]
#[case::index(
    "CREATE TABLE public.notes (id int, t text); CREATE INDEX i ON public.notes (public.trap(t))"
)]
#[case::index_of_a_constant(
    "CREATE TABLE public.notes (id int, t text); CREATE INDEX i ON public.notes ((t || public.trap('x')))"
)]
#[case::predicate(
    "CREATE TABLE public.notes (id int, t text); CREATE INDEX i ON public.notes (id) WHERE public.is_trap('x')"
)]
#[case::statistics(
    "CREATE TABLE public.notes (id int, t text); CREATE STATISTICS public.s ON (t || public.trap('x')), (pg_catalog.lower(t)) FROM public.notes"
)]
#[case::partition_key(
    "CREATE TABLE public.notes (id int, t text) PARTITION BY LIST (public.trap(t)); CREATE TABLE public.notes_1 PARTITION OF public.notes DEFAULT"
)]
#[case::index_of_a_partition("CREATE TABLE public.notes (id int, t text) PARTITION BY LIST (id); CREATE TABLE public.notes_1 PARTITION OF public.notes DEFAULT;
    CREATE INDEX i ON public.notes_1 (public.trap(t))")]
#[case::index_of_an_heir(
    "CREATE TABLE public.notes (id int, t text); CREATE TABLE public.more () INHERITS (public.notes); CREATE INDEX i ON public.more (public.trap(t))"
)]
#[case::materialised_view(
    "CREATE MATERIALIZED VIEW public.notes AS SELECT 1 AS id, 'x'::text AS t; CREATE INDEX i ON public.notes (public.trap(t))"
)]
#[case::policy("CREATE TABLE public.notes (id int, t text); ALTER TABLE public.notes ENABLE ROW LEVEL SECURITY;
    CREATE POLICY p ON public.notes USING (public.is_trap(t))")]
fn an_undeclared_table_that_runs_functions_of_others_is_not_read(#[case] trap: &str) {
    let trapped = Trapped::new();
    trapped.set(&format!(
        "{trap}; GRANT SELECT ON ALL TABLES IN SCHEMA public TO PUBLIC"
    ));
    let seen = trapped.runs_nothing();
    assert_eq!(seen.discover.code, 3, "{}", seen.discover.stderr);
    let named = "public.notes was judged by names and types only\n  detail: could not be checked: ";
    assert!(
        seen.discover.stderr.contains(named),
        "{}",
        seen.discover.stderr
    );
    assert_eq!(seen.search.code, 3, "{}", seen.search.stderr);
    assert!(
        seen.search.stderr.contains("not checked: public.notes: "),
        "{}",
        seen.search.stderr
    );
    assert_eq!(seen.verify.code, 3, "{}", seen.verify.stdout);
    assert!(
        seen.verify.stdout.contains("not checked: public.notes: "),
        "{}",
        seen.verify.stdout
    );
}

/// A value of a type of others is read by its output function, so it is found, and no cast runs.
#[rstest]
#[case::array_of_an_enum(
    "CREATE TYPE public.t AS ENUM ('+16175550100', 'b'); CREATE TABLE public.notes (id int, t public.t[]); INSERT INTO public.notes VALUES (1, '{b,+16175550100}')"
)]
#[case::array_of_a_domain(
    "CREATE DOMAIN public.t AS text; CREATE TABLE public.notes (id int, t public.t[]); INSERT INTO public.notes VALUES (1, '{+16175550100}')"
)]
#[case::domain_over_an_array(
    "CREATE TYPE public.t AS ENUM ('+16175550100'); CREATE DOMAIN public.ts AS public.t[]; CREATE TABLE public.notes (id int, t public.ts); INSERT INTO public.notes VALUES (1, '{+16175550100}')"
)]
fn values_of_types_of_others_are_read_by_their_output_function(#[case] table: &str) {
    let trapped = Trapped::new();
    let trap = "CREATE FUNCTION public.cast_trap(value public.t) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN
            PERFORM public.note_that_it_ran('cast'); RETURN 'a'; END $$;";
    let casts = match table.starts_with("CREATE DOMAIN") {
        // The server ignores casts of domains.
        true => String::new(),
        false => format!(
            "{trap} CREATE CAST (public.t AS text) WITH FUNCTION public.cast_trap(public.t) AS IMPLICIT;"
        ),
    };
    trapped.set(&format!(
        "{table}; {casts} GRANT SELECT ON public.notes TO PUBLIC"
    ));
    let seen = trapped.runs_nothing();
    for (ended, place) in [
        (seen.search, "public.notes.t"),
        (
            seen.verify,
            "found in public.notes.t, outside the catalogue, rows of any tenant: 1 row",
        ),
    ] {
        assert_eq!(ended.code, 3, "{}{}", ended.stdout, ended.stderr);
        assert!(
            ended.stdout.contains(place),
            "{}{}",
            ended.stdout,
            ended.stderr
        );
    }
}

/// An extension is trusted by name, but only as far as a superuser owns its objects: its owner can add others.
#[test]
fn an_extension_is_trusted_by_name_without_what_its_owner_added() {
    let trapped = Trapped::new();
    let harness = &trapped.harness;
    let owner = format!("extender_{}", harness.db.name());
    harness.db.run("CREATE EXTENSION citext SCHEMA public; CREATE INDEX honest ON contact_centre.sms_message ((body::public.citext))");
    harness.lethe(&["catalogue", "check"]).ok(0);
    harness.db.run(&format!("DROP EXTENSION citext CASCADE; CREATE ROLE {owner} LOGIN; GRANT CREATE ON DATABASE {} TO {owner}; GRANT CREATE, USAGE ON SCHEMA public TO {owner}", harness.db.name()));
    let extender = Db::open_plainly(&harness.db.address_of(&owner)).unwrap();
    extender.run("CREATE EXTENSION citext SCHEMA public;
        CREATE FUNCTION public.added(value text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN PERFORM public.note_that_it_ran('added'); RETURN value; END $$;
        ALTER EXTENSION citext ADD FUNCTION public.added(text)");
    drop(extender);
    trapped.set("CREATE INDEX i ON contact_centre.sms_message (public.added(body))");
    let seen = trapped.runs_nothing();
    let named = "index i of contact_centre.sms_message runs public.added";
    assert!(seen.check.stdout.contains(named), "{}", seen.check.stdout);
    trapped.harness.db.run(&format!(
        "DROP EXTENSION citext CASCADE; DROP OWNED BY {owner}; DROP ROLE {owner}"
    ));
}

/// The catalogue can narrow or widen what is trusted.
#[test]
fn the_catalogue_names_the_extensions_that_it_trusts() {
    let mut harness = Harness::new();
    harness.db.run("CREATE EXTENSION citext SCHEMA public; CREATE INDEX i ON contact_centre.sms_message ((body::public.citext))");
    harness.lethe(&["catalogue", "check"]).ok(0);
    let path = harness.path("named.toml");
    harness.config = format!("catalogue = {path:?}");
    for (trusted, code) in [("\"hstore\"", 2), ("", 2), ("\"hstore\", \"citext\"", 0)] {
        let named = format!(
            "trusted_extensions = [{trusted}]\n{}",
            lethe::catalogue::REFERENCE
        );
        fs::write(&path, named).unwrap();
        let check = harness.lethe(&["catalogue", "check"]).ok(code);
        let told = "index i of contact_centre.sms_message runs public.citext";
        assert_eq!(
            check.stdout.contains(told),
            code == 2,
            "{trusted}: {}",
            check.stdout
        );
    }
}

/// What is accepted is not asked, and the check says so; a run evaluates it.
#[test]
fn what_is_accepted_is_not_asked_and_runs_with_the_change() {
    let mut trapped = Trapped::new();
    trapped.set(
        "ALTER TABLE contact_centre.recording ADD CONSTRAINT c CHECK (public.is_trap(caller))",
    );
    trapped
        .harness
        .accepted
        .insert("recording".into(), vec!["c".into()]);
    let check = trapped.harness.lethe(&["catalogue", "check"]).ok(0);
    let note = "note: constraint c of contact_centre.recording is accepted and runs public.is_trap: it was not asked whether it accepts what a FORGET writes";
    assert!(check.stdout.contains(note), "{}", check.stdout);
    let file = trapped.harness.submit_path(FORGET);
    let file = file.to_str().unwrap();
    for words in [&["preview", file][..], &["verify", file, "--value-search"]] {
        trapped.harness.in_drop(words);
        trapped.has_not_run(words);
    }
    trapped.harness.run().ok(0);
    assert_eq!(trapped.harness.answers("forget-20180315_1"), ["SUCCESS"]);
    assert!(
        trapped.trace.exists(),
        "the constraint was evaluated by the UPDATE"
    );
}

/// Something that the catalogue accepts by the name of its table, then a change of what it runs, and what removes it.
const REVIEWED: [(&str, &str, &str, &str, &str); 6] = [
    (
        "recording",
        "c",
        "ALTER TABLE contact_centre.recording ADD CONSTRAINT c CHECK (public.is_trap(caller))",
        "CREATE OR REPLACE FUNCTION public.is_trap(value text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS
            $$ BEGIN PERFORM public.note_that_it_ran('changed'); RETURN true; END $$",
        "ALTER TABLE contact_centre.recording DROP CONSTRAINT c",
    ),
    (
        "recording",
        "c",
        "ALTER TABLE contact_centre.recording ADD CONSTRAINT c CHECK (public.is_trap(caller))",
        "ALTER TABLE contact_centre.recording DROP CONSTRAINT c, ADD CONSTRAINT c CHECK (public.is_trap(client_id))",
        "ALTER TABLE contact_centre.recording DROP CONSTRAINT c",
    ),
    (
        "sms_message",
        "i",
        "CREATE INDEX i ON contact_centre.sms_message (public.trap(body))",
        "ALTER FUNCTION public.trap(text) SECURITY DEFINER",
        "DROP INDEX contact_centre.i",
    ),
    (
        "sms_message",
        "i",
        "CREATE OPERATOR CLASS public.o FOR TYPE text USING btree AS OPERATOR 1 <, OPERATOR 2 <=, OPERATOR 3 =, OPERATOR 4 >=, OPERATOR 5 >,
            FUNCTION 1 public.compare_traps(text, text);
         CREATE INDEX i ON contact_centre.sms_message (body public.o)",
        "CREATE OR REPLACE FUNCTION public.compare_traps(a text, b text) RETURNS int LANGUAGE plpgsql IMMUTABLE AS
            $$ BEGIN PERFORM public.note_that_it_ran('changed'); RETURN 0; END $$",
        "DROP INDEX contact_centre.i; DROP OPERATOR CLASS public.o USING btree",
    ),
    (
        "sms_message",
        "body",
        "CREATE DOMAIN public.d AS text CHECK (public.is_trap(value)); ALTER TABLE contact_centre.sms_message ALTER body TYPE public.d",
        "ALTER DOMAIN public.d ADD CONSTRAINT more CHECK (public.is_trap('x'))",
        "ALTER TABLE contact_centre.sms_message ALTER body TYPE text",
    ),
    (
        "",
        "e",
        "CREATE FUNCTION public.on_ddl() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN END $$;
         CREATE EVENT TRIGGER e ON ddl_command_end WHEN TAG IN ('CREATE TABLE') EXECUTE FUNCTION public.on_ddl()",
        "CREATE OR REPLACE FUNCTION public.on_ddl() RETURNS event_trigger LANGUAGE plpgsql AS
            $$ BEGIN PERFORM public.note_that_it_ran('changed'); END $$",
        "DROP EVENT TRIGGER e",
    ),
];

/// What was reviewed is accepted, and nothing else by its name.
#[test]
fn an_entry_under_accepted_is_of_one_definition() {
    let mut trapped = Trapped::new();
    for (table, name, create, change, remove) in REVIEWED {
        trapped.set(create);
        let top = "schema = \"contact_centre\"\n".to_owned();
        let line = match table {
            "" => top,
            _ => format!("\ntable = \"{table}\"\n"),
        };
        let named = format!("{line}accepted = [\"{name}\"]\n");
        let by_name = lethe::catalogue::REFERENCE.replacen(&line, &named, 1);
        let path = trapped.harness.path("reviewed.toml");
        trapped.harness.config = format!("catalogue = {path:?}");
        fs::write(&path, &by_name).unwrap();
        let check = trapped.harness.lethe(&["catalogue", "check"]).ok(2);
        assert!(
            check.stdout.contains("not what was accepted"),
            "{name}: the name alone accepts nothing: {}",
            check.stdout
        );
        let reviewed = with_digests(&by_name, &trapped.harness.database);
        fs::write(&path, reviewed).unwrap();
        trapped.harness.lethe(&["catalogue", "check"]).ok(0);
        trapped.set(change);
        let seen = trapped.runs_nothing();
        for ended in [seen.check, seen.preview, seen.verify, seen.run] {
            assert_eq!(ended.code, 2, "{}{}", ended.stdout, ended.stderr);
            let told = format!("{}{}", ended.stdout, ended.stderr);
            assert!(told.contains("not what was accepted"), "{name}: {told}");
        }
        trapped.harness.db.run(remove);
    }
}

/// Triggers that the catalogue accepts run as they do elsewhere.
#[test]
fn a_trigger_that_is_accepted_may_use_a_view() {
    let mut harness = Harness::new();
    harness.db.run(ROWS);
    harness.db.run("CREATE VIEW public.seen AS SELECT 1 AS n; GRANT SELECT ON public.seen TO PUBLIC;
        CREATE FUNCTION public.fire() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM n FROM public.seen; RETURN NEW; END $$;
        CREATE TRIGGER t BEFORE UPDATE ON contact_centre.sms_message FOR EACH ROW EXECUTE FUNCTION public.fire()");
    harness
        .accepted
        .insert("sms_message".into(), vec!["t".into()]);
    harness.submit_contacts(FORGET, "110", PHONE);
    harness.run().ok(0);
    assert_eq!(harness.answers("forget-20180315_1"), ["SUCCESS"]);
}
