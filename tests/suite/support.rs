//! What tests share: one private cluster for the process, a database and a drop for each test, and the real binary.

mod accepted;
pub mod bytes;
mod folders;
mod harness;
mod network;
mod own;
mod plain;
mod roles;
mod store;
mod text;

use std::path::Path;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use private_postgres::Cluster;
use tokio::runtime::Runtime;
use tokio_postgres::{Client, NoTls, SimpleQueryMessage};

pub use accepted::with_digests;
pub use folders::in_parallel;
pub use harness::{Ended, Harness, TABLES, dump, ended, unzip};
pub use network::{Break, Direction, Network, PlannedBreak};
pub use own::{OwnDrop, OwnServer};
pub use plain::PlainServer;
pub use roles::{CARE, OWNER, READER, SUPERUSER, WORKER, role_of, with_role};
pub use store::{Fault, Proxy, Store};
pub use text::{anonymous_names, same_text, updates_golden};

/// The binary under test.
pub const LETHE: &str = env!("CARGO_BIN_EXE_lethe");
/// The template of the test databases: both schemas, and the tenants of every test.
const TEMPLATE: &str = "template_lethe";
/// The accounts and short codes that every test has.
const TENANTS: &str = include_str!("../../fixtures/tenants.sql");

/// The cluster of this process. The server logs everything, except the tests' own sessions.
///
/// A static is never dropped: the keeper stops the server when its pipe closes at the end of the process.
pub fn cluster() -> &'static Cluster {
    static CLUSTER: OnceLock<Cluster> = OnceLock::new();
    CLUSTER.get_or_init(|| {
        let cluster = start();
        let admin = Db::connect(&cluster, "postgres");
        admin.run(&format!("CREATE DATABASE {TEMPLATE}"));
        admin.run(&roles::create_roles());
        let migrated = std::process::Command::new(LETHE)
            .args([
                "migrate",
                "--reference",
                "--database",
                &cluster.connection_string(TEMPLATE),
            ])
            .env("LETHE_CONFIG", "/dev/null")
            .current_dir(std::env::temp_dir())
            .output()
            .unwrap();
        assert!(
            migrated.status.success(),
            "{}",
            String::from_utf8_lossy(&migrated.stderr)
        );
        let template = Db::connect(&cluster, TEMPLATE);
        template.run(TENANTS);
        template.run(&printed_grants(&cluster.connection_string(TEMPLATE), &[]));
        drop(template);
        admin.wait_for(
            "t",
            &format!("SELECT count(*) = 0 FROM pg_stat_activity WHERE datname = '{TEMPLATE}'"),
        );
        cluster
    })
}

/// What `catalogue grants` prints for all roles when an administrator asks.
pub fn printed_grants(address: &str, options: &[&str]) -> String {
    let printed = std::process::Command::new(LETHE)
        .args(["catalogue", "grants", "--database", address])
        .args(options)
        .env("LETHE_CONFIG", "/dev/null")
        .current_dir(std::env::temp_dir())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&printed.stderr);
    assert!(printed.status.success(), "{said}");
    String::from_utf8(printed.stdout).unwrap()
}

/// The ID of the secret that [`give_secret`] writes.
pub const SECRET_ID: &str = "01dc3e7f7cb00dc5";

/// Writes a ledger secret into a folder of Lethe's own data, always the same, so that copies of a database work with it.
pub fn give_secret(data: &Path) {
    let secret: String = (0..32).map(|byte| format!("{byte:02x}")).collect();
    let path = data.join("ledger-secret");
    let text = format!("lethe ledger secret 1\n{SECRET_ID} {secret}\n");
    std::fs::write(&path, text).unwrap();
    std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
}

/// Opens a key that the ledger keeps sealed under the secret of [`give_secret`]: the ID of the secret, a salt, and the key XOR an
/// HMAC of the salt.
pub fn opened_key(sealed: &[u8]) -> Vec<u8> {
    use hmac::{KeyInit as _, Mac as _};
    let secret: Vec<u8> = (0..32).collect();
    let mut mac = hmac::Hmac::<sha2::Sha256>::new_from_slice(&secret).unwrap();
    mac.update(b"lethe: key of a digest\0");
    mac.update(&sealed[8..40]);
    let mask = mac.finalize().into_bytes();
    let pairs = sealed[40..].iter().zip(mask);
    pairs.map(|(sealed, mask)| sealed ^ mask).collect()
}

/// A command of the binary without any configuration, ready to start.
pub fn command(words: &[&str]) -> std::process::Command {
    let mut command = std::process::Command::new(LETHE);
    command
        .args(words)
        .env_remove("LETHE_CONFIG")
        .current_dir(std::env::temp_dir());
    command
}

/// Runs a command without any configuration.
pub fn lethe(words: &[&str]) -> Ended {
    ended(command(words).output().unwrap())
}

/// A cluster without anything of Lethe.
pub fn start() -> Cluster {
    let chatty = [
        ("log_statement", "all"),
        ("log_min_duration_statement", "0"),
        ("log_parameter_max_length", "-1"),
        ("log_parameter_max_length_on_error", "-1"),
        ("log_min_error_statement", "error"),
        ("log_error_verbosity", "verbose"),
        ("log_lock_waits", "on"),
        ("max_connections", "100"),
        ("default_statistics_target", "100"),
    ];
    let preload = [
        ("shared_preload_libraries", "pg_stat_statements"),
        ("pg_stat_statements.track", "all"),
        ("pg_stat_statements.max", "10000"),
    ];
    let all: Vec<_> = chatty.iter().chain(&preload).copied().collect();
    let keeper = Path::new(LETHE);
    Cluster::throwaway(&lethe::postgres::APPLICATION, keeper, &all)
        .or_else(|_| Cluster::throwaway(&lethe::postgres::APPLICATION, keeper, &chatty))
        .expect("a private cluster starts")
}

/// A superuser's session that writes nothing to the server's log and to pg_stat_statements.
pub struct Db {
    runtime: Runtime,
    client: Client,
}

impl Db {
    pub fn connect(cluster: &Cluster, database: &str) -> Db {
        Db::open(&cluster.connection_string(database))
    }

    /// Connects to any server.
    pub fn open(address: &str) -> Db {
        Db::try_open(address).unwrap()
    }

    /// Connects to a server that may be down.
    pub fn try_open(address: &str) -> Result<Db, tokio_postgres::Error> {
        let quiet = "-c log_statement=none -c log_min_duration_statement=-1 -c log_min_error_statement=panic \
                     -c log_min_messages=panic -c log_lock_waits=off -c timezone=UTC -c stats_fetch_consistency=none";
        let address = format!("{address} application_name=test options='{quiet}'");
        let db = Db::open_plainly(&address)?;
        // Refused where the library is not loaded: then nothing is recorded either.
        let _ = db.try_run("SET pg_stat_statements.track = 'none'");
        Ok(db)
    }

    /// Connects as a role that may not choose what is logged.
    pub fn open_plainly(address: &str) -> Result<Db, tokio_postgres::Error> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let client = runtime.block_on(async {
            let (client, connection) = tokio_postgres::connect(address, NoTls).await?;
            tokio::spawn(connection);
            Ok(client)
        })?;
        Ok(Db { runtime, client })
    }

    /// Runs statements; the error is the server's complete message.
    pub fn try_run(&self, sql: &str) -> Result<(), String> {
        self.runtime
            .block_on(self.client.batch_execute(sql))
            .map_err(|error| match error.as_db_error() {
                Some(e) => format!("{}: {} {:?}", e.code().code(), e.message(), e.detail()),
                None => error.to_string(),
            })
    }

    #[track_caller]
    pub fn run(&self, sql: &str) {
        if let Err(error) = self.try_run(sql) {
            panic!("{error}\nin {sql}");
        }
    }

    /// The same for GRANT and REVOKE, which collide with those of other tests where they are on what the cluster shares.
    #[track_caller]
    pub fn run_beside_others(&self, sql: &str) {
        while let Err(error) = self.try_run(sql) {
            assert!(error.contains("concurrently"), "{error}\nin {sql}");
        }
    }

    /// Every row as its values with `|` between them; NULL is `NULL`.
    #[track_caller]
    pub fn rows(&self, sql: &str) -> Vec<String> {
        let messages = self
            .runtime
            .block_on(self.client.simple_query(sql))
            .unwrap_or_else(|error| panic!("{:?}\nin {sql}", error.as_db_error()));
        let values = |row: &tokio_postgres::SimpleQueryRow| {
            (0..row.len())
                .map(|i| row.get(i).unwrap_or("NULL"))
                .collect::<Vec<_>>()
                .join("|")
        };
        messages
            .iter()
            .filter_map(|message| match message {
                SimpleQueryMessage::Row(row) => Some(values(row)),
                _ => None,
            })
            .collect()
    }

    /// The first value of the first row; `None` if the server is unavailable, for example during recovery.
    pub fn try_one(&self, sql: &str) -> Option<String> {
        let messages = self.runtime.block_on(self.client.simple_query(sql)).ok()?;
        messages.iter().find_map(|message| match message {
            SimpleQueryMessage::Row(row) => row.get(0).map(str::to_owned),
            _ => None,
        })
    }

    /// The only row of a query.
    #[track_caller]
    pub fn one(&self, sql: &str) -> String {
        let mut rows = self.rows(sql);
        assert_eq!(rows.len(), 1, "{sql}: {rows:?}");
        rows.remove(0)
    }

    /// Waits until a query returns this answer, for ten seconds at most.
    #[track_caller]
    pub fn wait_for(&self, answer: &str, sql: &str) {
        let give_up = std::time::Instant::now() + std::time::Duration::from_secs(10);
        loop {
            // A transaction keeps its first snapshot of the activity.
            self.run("SELECT pg_stat_clear_snapshot()");
            let now = self.one(sql);
            if now == answer {
                return;
            }
            assert!(
                std::time::Instant::now() < give_up,
                "{sql}: still {now}, not {answer}"
            );
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
    }
}

/// A database of one test, dropped at the end.
pub struct Database {
    name: String,
    db: Option<Db>,
}

impl Database {
    pub fn new() -> Database {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let name = format!("test_{}", NUMBER.fetch_add(1, Ordering::Relaxed));
        let admin = Db::connect(cluster(), "postgres");
        admin.run(&format!("CREATE DATABASE {name} TEMPLATE {TEMPLATE}"));
        let db = Some(Db::connect(cluster(), &name));
        Database { name, db }
    }

    /// A database without the ledger and the reference schema.
    pub fn empty() -> Database {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let name = format!("empty_{}", NUMBER.fetch_add(1, Ordering::Relaxed));
        Db::connect(cluster(), "postgres").run(&format!("CREATE DATABASE {name}"));
        let db = Some(Db::connect(cluster(), &name));
        Database { name, db }
    }

    /// A copy of another database, which must be closed.
    pub fn copy_of(other: &Database) -> Database {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let name = format!("copy_{}", NUMBER.fetch_add(1, Ordering::Relaxed));
        let admin = Db::connect(cluster(), "postgres");
        let nobody = format!(
            "SELECT count(*) = 0 FROM pg_stat_activity WHERE datname = '{}'",
            other.name
        );
        admin.wait_for("t", &nobody);
        admin.run(&format!("CREATE DATABASE {name} TEMPLATE {}", other.name));
        let db = Some(Db::connect(cluster(), &name));
        Database { name, db }
    }

    /// Closes the session, so that the database can be copied.
    pub fn close(&mut self) {
        drop(self.db.take());
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    /// The address for a superuser.
    pub fn address(&self) -> String {
        cluster().connection_string(&self.name)
    }

    /// The address for [`WORKER`].
    pub fn worker_address(&self) -> String {
        self.address_of(WORKER)
    }

    /// The address for any role.
    pub fn address_of(&self, role: &str) -> String {
        with_role(&self.address(), role)
    }
}

impl std::ops::Deref for Database {
    type Target = Db;

    fn deref(&self) -> &Db {
        self.db.as_ref().expect("there until the end")
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        drop(self.db.take());
        let admin = Db::connect(cluster(), "postgres");
        let _ = admin.try_run(&format!("DROP DATABASE {} WITH (FORCE)", self.name));
    }
}
