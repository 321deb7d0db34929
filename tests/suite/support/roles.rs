//! Which database role each command is meant for. Tests run every command with it, unless they name another role.

/// The roles that work with Lethe. Each has the rights that `catalogue grants` prints for it, and no others.
pub const WORKER: &str = "lethe_engine";
pub const CARE: &str = "lethe_care";
pub const READER: &str = "lethe_reader";
pub const OWNER: &str = "lethe_owner";
/// The superuser of every test server, who installs the ledger and prints the grants, and whose rights tests have for their own
/// statements.
pub const SUPERUSER: &str = "lethe";

/// Commands with the role that they are meant for; the first one that fits counts. All others are the engine's.
const MEANT: [(&[&str], &str); 10] = [
    (&["migrate"], SUPERUSER),
    (&["catalogue", "grants"], SUPERUSER),
    (&["status"], READER),
    (&["history"], READER),
    (&["receipt"], READER),
    (&["preview"], CARE),
    (&["verify"], CARE),
    (&["trace"], CARE),
    (&["case", "run"], WORKER),
    (&["case"], CARE),
];

/// The role that a command is meant for. Options may stand before it.
pub fn role_of(words: &[&str]) -> &'static str {
    if words.starts_with(&["case", "policy"]) && words.iter().any(|word| is_rule(word)) {
        return OWNER;
    }
    let meant = MEANT.iter().find(|(command, _)| words.starts_with(command));
    meant.map_or(WORKER, |(_, role)| role)
}

/// Whether an option of `case policy` changes a rule.
fn is_rule(word: &str) -> bool {
    ["--two-people", "--count-tolerance"].contains(&word)
}

/// The address with another user, if it is the superuser's or the engine's; any other was chosen by the test.
pub fn with_role(address: &str, role: &str) -> String {
    for user in [SUPERUSER, WORKER] {
        for (before, after) in [("user=", " "), ("://", "@")] {
            let named = format!("{before}{user}{after}");
            if address.contains(&named) {
                return address.replace(&named, &format!("{before}{role}{after}"));
            }
        }
    }
    address.to_owned()
}

/// SQL that creates the four roles, which are the cluster's.
pub fn create_roles() -> String {
    let create = |role| format!("CREATE ROLE {role} LOGIN;");
    [WORKER, CARE, READER, OWNER].map(create).concat()
}

/// SQL after which the engine may scrub every table of the database and take a census of the server, as `catalogue grants` says under
/// "only for lethe scrub": it is a member of the role that owns them, and of the server's roles that this needs. It can be repeated
/// when there are more tables.
pub const MAINTAIN: &str = "
DO $$
DECLARE
    relation regclass;
    name text;
BEGIN
    IF to_regrole('application') IS NULL THEN
        CREATE ROLE application;
        EXECUTE format('ALTER DATABASE %I OWNER TO application', current_database());
        FOREACH name IN ARRAY ARRAY['application', 'pg_monitor', 'pg_checkpoint', 'pg_maintain'] LOOP
            IF to_regrole(name) IS NOT NULL THEN
                EXECUTE format('GRANT %I TO lethe_engine', name);
            END IF;
        END LOOP;
    END IF;
    FOR name IN
        SELECT n.nspname FROM pg_namespace n
        WHERE n.nspname !~ '^(pg_|information_schema$|lethe$)' AND pg_get_userbyid(n.nspowner) = 'lethe'
          AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_namespace'::regclass AND d.objid = n.oid AND d.deptype = 'e')
    LOOP
        EXECUTE format('ALTER SCHEMA %I OWNER TO application', name);
    END LOOP;
    FOR relation IN
        SELECT c.oid FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE c.relkind IN ('r', 'p', 'm') AND n.nspname !~ '^(pg_|information_schema$|lethe$)' AND pg_get_userbyid(c.relowner) = 'lethe'
          AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
    LOOP
        EXECUTE format('ALTER TABLE %s OWNER TO application', relation);
    END LOOP;
END
$$";
