//! Connections as a DBA knows them from libpq: TLS, certificates, passwords from files, several hosts.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use lethe::database::{ConnectError, Database};
use rstest::rstest;
use tempfile::TempDir;
use tokio::runtime::Runtime;
use tokio_postgres::NoTls;

use crate::support::{Ended, LETHE};
use certificates::{Authority, Pair};
use server::{Server, free_port};

mod certificates;
mod server;

/// What no output may hold.
const PASSWORD: &str = "correct horse:battery\\staple";
/// The same in a URL.
const IN_URL: &str = "correct%20horse%3Abattery%5Cstaple";

/// Roles: `lethe` may come either way, the others one way each, as their names say.
const ROLES: [&str; 7] = [
    "lethe",
    "only_tls",
    "only_plain",
    "by_certificate",
    "by_md5",
    "by_clear_text",
    "by_trust",
];

const HBA: &str = "
local     all all            trust
hostssl   all only_tls       127.0.0.1/32 scram-sha-256
hostnossl all only_plain     127.0.0.1/32 scram-sha-256
host      all only_tls,only_plain 127.0.0.1/32 reject
hostssl   all by_certificate 127.0.0.1/32 cert
host      all by_md5         127.0.0.1/32 md5
host      all by_clear_text  127.0.0.1/32 password
host      all by_trust       127.0.0.1/32 trust
host      all all            127.0.0.1/32 scram-sha-256
";

/// The servers and certificates of this module.
struct Site {
    /// Has TLS, with a certificate for db.example.com.
    tls: Server,
    /// Has none.
    plain: Server,
    /// Has none, and is in recovery.
    standby: Server,
    files: TempDir,
}

fn site() -> &'static Site {
    static SITE: OnceLock<Site> = OnceLock::new();
    SITE.get_or_init(|| {
        let (authority, other) = (
            Authority::new("authority"),
            Authority::new("other authority"),
        );
        let files = tempfile::tempdir().unwrap();
        let client = |name: &str, pair: Pair| {
            let key = files.path().join(format!("{name}.key"));
            fs::write(files.path().join(format!("{name}.crt")), pair.certificate).unwrap();
            fs::write(&key, pair.key).unwrap();
            fs::set_permissions(key, fs::Permissions::from_mode(0o600)).unwrap();
        };
        client("client", authority.sign("by_certificate", 11, &[]));
        client("somebody", authority.sign("somebody", 12, &[]));
        client("stranger", other.sign("by_certificate", 13, &[]));
        for (name, text) in [
            ("right.crt", authority.certificate()),
            ("wrong.crt", other.certificate()),
            ("both.crt", other.certificate() + &authority.certificate()),
            ("none.crl", authority.revoke(&[12])),
            ("server.crl", authority.revoke(&[10])),
        ] {
            fs::write(files.path().join(name), text).unwrap();
        }

        let folder = server::initdb();
        server::write(&folder.join("data/pg_hba.conf"), HBA);
        set_up(&folder);
        let (for_plain, for_standby) = (server::copy(&folder), server::copy(&folder));
        server::write(&for_standby.join("data/standby.signal"), "");
        let shown = authority.sign("ignored.example.com", 10, &["db.example.com"]);
        server::write(&folder.join("data/server.crt"), &shown.certificate);
        server::write(&folder.join("data/server.key"), &shown.key);
        server::write(&folder.join("data/root.crt"), &authority.certificate());
        Site {
            tls: Server::start(&folder, &["ssl=on", "ssl_ca_file=root.crt"]),
            plain: Server::start(&for_plain, &[]),
            standby: Server::start(&for_standby, &[]),
            files,
        }
    })
}

/// Roles, databases and the ledger, before the cluster is copied.
fn set_up(folder: &Path) {
    let mut sql =
        "CREATE DATABASE readonly; ALTER DATABASE readonly SET default_transaction_read_only = on;"
            .to_owned();
    for role in ROLES {
        let hashed = if role == "by_md5" {
            "md5"
        } else {
            "scram-sha-256"
        };
        sql += &format!(
            "SET password_encryption = '{hashed}'; CREATE ROLE {role} SUPERUSER LOGIN PASSWORD '{PASSWORD}';"
        );
    }
    let server = Server::start(folder, &[]);
    let runtime = Runtime::new().unwrap();
    runtime.block_on(async {
        let address = format!(
            "host={} port={} user=postgres",
            folder.display(),
            server.port
        );
        let (client, connection) = tokio_postgres::connect(&address, NoTls).await.unwrap();
        tokio::spawn(connection);
        for statement in ["CREATE DATABASE contact"]
            .into_iter()
            .chain(sql.split(';'))
        {
            client.batch_execute(statement).await.unwrap();
        }
    });
    let migrated = Command::new(LETHE)
        .args(["migrate", "--database"])
        .arg(format!(
            "host={} port={} user=postgres dbname=contact",
            folder.display(),
            server.port
        ))
        .env_remove("LETHE_CONFIG")
        .current_dir("/")
        .output()
        .unwrap();
    assert!(
        migrated.status.success(),
        "{}",
        String::from_utf8_lossy(&migrated.stderr)
    );
    server.stop(folder);
}

impl Site {
    fn file(&self, name: &str) -> String {
        self.files.path().join(name).display().to_string()
    }

    /// The address of the server with TLS, by a name of its certificate.
    fn address(&self, words: &str) -> String {
        self.address_of(&self.tls, words)
    }

    fn address_of(&self, server: &Server, words: &str) -> String {
        let quoted = PASSWORD.replace('\\', r"\\");
        format!(
            "host=db.example.com hostaddr=127.0.0.1 port={} dbname=contact user=lethe password='{quoted}' {words}",
            server.port
        )
    }
}

/// What a connection came to: `TLSv1.3`, `plain`, or the error.
fn connect(address: &str) -> Result<String, ConnectError> {
    // Nothing of the home of whoever runs the tests.
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    let runtime = RUNTIME.get_or_init(|| Runtime::new().unwrap());
    runtime.block_on(async {
        let database = Database::connect(address, "test").await?;
        let session = database.session().await.unwrap();
        let used =
            "SELECT coalesce(version, 'plain') FROM pg_stat_ssl WHERE pid = pg_backend_pid()";
        let row = session.client().query_one(used, &[]).await.unwrap();
        Ok(row.get(0))
    })
}

/// Connects, and expects `TLS`, `plain`, or an error with these words.
#[track_caller]
fn expect(address: &str, expected: &str) {
    match connect(address) {
        Ok(used) if used.starts_with("TLS") => assert_eq!("TLS", expected, "{used}"),
        Ok(used) => assert_eq!(used, expected),
        Err(error) => {
            let said = format!("{error} {error:?}");
            assert!(said.contains(expected), "expected {expected}: {said}");
            assert!(!said.contains("correct"), "{said}");
        }
    }
}

const UNTRUSTED: &str = "not signed by an authority";
const NOT_ITS_NAME: &str = "not for this host name";
const NO_TLS: &str = "the server has no TLS";
const NO_ROOT: &str = "put it into ~/.postgresql/root.crt";

#[rstest]
//      sslmode        right authority, wrong, right and wrong name, plain server, no root certificate
#[case("disable", ["plain", "plain", "plain", "plain", "plain"])]
#[case("allow", ["plain", "plain", "plain", "plain", "plain"])]
#[case("prefer", ["TLS", "plain", "TLS", "plain", "TLS"])]
#[case("require", ["TLS", UNTRUSTED, "TLS", NO_TLS, "TLS"])]
#[case("verify-ca", ["TLS", UNTRUSTED, "TLS", NO_TLS, NO_ROOT])]
#[case("verify-full", ["TLS", UNTRUSTED, NOT_ITS_NAME, NO_TLS, NO_ROOT])]
fn modes_mean_what_they_mean_in_libpq(#[case] mode: &str, #[case] expected: [&str; 5]) {
    let site = site();
    let with_root =
        |name: &str| site.address(&format!("sslmode={mode} sslrootcert={}", site.file(name)));
    let right = with_root("right.crt");
    expect(&right, expected[0]);
    expect(&with_root("wrong.crt"), expected[1]);
    expect(
        &right.replace("db.example.com", "other.example.com"),
        expected[2],
    );
    let root = site.file("right.crt");
    let plain = site.address_of(&site.plain, &format!("sslmode={mode} sslrootcert={root}"));
    expect(&plain, expected[3]);
    expect(&site.address(&format!("sslmode={mode}")), expected[4]);
}

#[rstest]
#[case("only_tls", ["SQLSTATE 28000", "TLS", "TLS", "TLS"])]
#[case("only_plain", ["plain", "plain", "plain", "SQLSTATE 28000"])]
fn where_the_server_refuses_one_way_the_other_is_tried(
    #[case] role: &str,
    #[case] expected: [&str; 4],
) {
    for (mode, expected) in ["disable", "allow", "prefer", "require"]
        .iter()
        .zip(expected)
    {
        let address = site().address(&format!("sslmode={mode} user={role}"));
        expect(&address, expected);
    }
}

#[test]
fn what_is_wrong_with_both_ways_is_told_of_both() {
    let error =
        connect(&site().address("user=only_plain sslmode=prefer password=wrong")).unwrap_err();
    let said = error.to_string();
    assert!(
        said.contains("with TLS: ") && said.contains("; without TLS: "),
        "{said}"
    );
    assert!(error.is_configuration());
}

#[test]
fn a_file_of_several_authorities_and_the_url_form_do_as_well() {
    let site = site();
    let url = format!(
        "postgresql://lethe:{IN_URL}@db.example.com:{}/contact?hostaddr=127.0.0.1&sslmode=verify-full&sslrootcert={}",
        site.tls.port,
        site.file("both.crt").replace('/', "%2F")
    );
    expect(&url, "TLS");
    expect(
        &url.replace("verify-full", "verify-none"),
        "sslmode must be",
    );
    expect(
        &url.replace("hostaddr", "hostadr"),
        "lethe does not know the key word hostadr",
    );
}

#[rstest]
#[case("ssl_min_protocol_version=TLSv1.3", "TLSv1.3")]
#[case("ssl_max_protocol_version=TLSv1.2", "TLSv1.2")]
fn versions_of_tls_are_kept(#[case] words: &str, #[case] expected: &str) {
    let root = site().file("right.crt");
    let address = site().address(&format!(
        "sslmode=verify-full sslrootcert={root} sslsni=0 {words}"
    ));
    assert_eq!(connect(&address).unwrap(), expected);
}

#[test]
fn tls_begins_at_once_where_the_server_can() {
    let site = site();
    let version = connect(&site.address("sslmode=require sslnegotiation=direct"));
    let programs = lethe::embedded::find_binaries().unwrap();
    let said = Command::new(programs.join("postgres"))
        .arg("--version")
        .output()
        .unwrap()
        .stdout;
    let said = String::from_utf8(said).unwrap();
    let major: u32 = said
        .split([' ', '.'])
        .find_map(|word| word.parse().ok())
        .unwrap();
    assert_eq!(version.is_ok(), major >= 17, "{said}: {version:?}");
}

#[test]
fn revoked_certificates_are_refused() {
    let site = site();
    let with = |list: &str| {
        let (root, list) = (site.file("right.crt"), site.file(list));
        site.address(&format!(
            "sslmode=verify-ca sslrootcert={root} sslcrl={list}"
        ))
    };
    expect(&with("none.crl"), "TLS");
    expect(&with("server.crl"), "was revoked");
    expect(
        &with("right.crt"),
        "cannot read the file with revoked certificates",
    );
    let root = site.file("right.crt");
    let folder = tempfile::tempdir().unwrap();
    fs::copy(site.file("server.crl"), folder.path().join("0a1b2c3d.r0")).unwrap();
    let folder = folder.path().display();
    expect(
        &site.address(&format!(
            "sslmode=verify-ca sslrootcert={root} sslcrldir={folder}"
        )),
        "was revoked",
    );
}

#[rstest]
#[case("client", "client", "TLS")]
#[case("somebody", "somebody", "SQLSTATE 28000")]
#[case("stranger", "stranger", "refused the client certificate")]
#[case("client", "somebody", "cannot be used with the key")]
#[case("nowhere", "client", "cannot read the certificate file")]
fn client_certificates_are_shown(
    #[case] certificate: &str,
    #[case] key: &str,
    #[case] expected: &str,
) {
    let site = site();
    let (root, certificate, key) = (
        site.file("right.crt"),
        site.file(&format!("{certificate}.crt")),
        site.file(&format!("{key}.key")),
    );
    let words = format!(
        "sslmode=verify-full sslrootcert={root} sslcert={certificate} sslkey={key} user=by_certificate"
    );
    expect(&site.address(&words), expected);
    expect(
        &site.address(&format!("{words} sslcertmode=disable")),
        "SQLSTATE 28000",
    );
}

#[test]
fn a_key_that_others_can_read_is_not_used() {
    let site = site();
    let key = site.files.path().join("open.key");
    fs::copy(site.file("client.key"), &key).unwrap();
    fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).unwrap();
    let words = format!(
        "sslmode=require sslcert={} sslkey={}",
        site.file("client.crt"),
        key.display()
    );
    expect(&site.address(&words), "chmod 600");
}

#[rstest]
#[case("sslmode=require channel_binding=require", "TLS")]
#[case("sslmode=require channel_binding=disable", "TLS")]
#[case(
    "sslmode=disable channel_binding=require",
    "channel_binding=require needs TLS"
)]
#[case(
    "sslmode=require channel_binding=require user=by_md5",
    "a server that authenticates by scram-sha-256"
)]
#[case(
    "sslmode=require channel_binding=require user=by_trust",
    "a server that authenticates by scram-sha-256"
)]
#[case("require_auth=scram-sha-256", "TLS")]
#[case(
    "require_auth=scram-sha-256 user=by_md5",
    "authentication by md5, which require_auth does not allow"
)]
#[case(
    "require_auth=!password,!md5 user=by_clear_text",
    "by password, which require_auth does not allow"
)]
#[case(
    "require_auth=scram-sha-256 user=by_trust",
    "by none, which require_auth does not allow"
)]
#[case("user=by_md5", "TLS")]
#[case("user=by_clear_text", "TLS")]
#[case("require_auth=none user=by_trust", "TLS")]
#[case("password=''", "there is none for this host, port, database and user")]
#[case("password=wrong", "SQLSTATE 28P01")]
#[case("dbname=nowhere", "SQLSTATE 3D000")]
#[case("gssencmode=require", "gssencmode can only be disable or prefer")]
fn the_servers_question_must_be_as_asked_for(#[case] words: &str, #[case] expected: &str) {
    expect(&site().address(words), expected);
}

#[test]
fn an_error_that_stays_is_told_from_one_that_passes() {
    let site = site();
    let is_configuration = |words: &str| {
        connect(&site.address(words))
            .unwrap_err()
            .is_configuration()
    };
    assert!(is_configuration("password=wrong"));
    assert!(is_configuration("password=''"));
    assert!(is_configuration("sslmode=verify-full"));
    let wrong = site.file("wrong.crt");
    assert!(is_configuration(&format!(
        "sslmode=verify-full sslrootcert={wrong}"
    )));
    assert!(!is_configuration(&format!("port={}", free_port())));
}

/// Several hosts on 127.0.0.1 by their ports.
fn hosts(ports: &[u16], words: &str) -> String {
    let ports: Vec<String> = ports.iter().map(u16::to_string).collect();
    let names = vec!["db.example.com"; ports.len()].join(",");
    let addresses = vec!["127.0.0.1"; ports.len()].join(",");
    site()
        .address(words)
        .replace("host=db.example.com", &format!("host={names}"))
        .replace("hostaddr=127.0.0.1", &format!("hostaddr={addresses}"))
        .replace(
            &format!("port={}", site().tls.port),
            &format!("port={}", ports.join(",")),
        )
}

#[test]
fn the_first_host_that_may_be_written_to_is_taken() {
    let site = site();
    let (tls, plain, standby) = (site.tls.port, site.plain.port, site.standby.port);
    let dead = free_port();
    let verified = format!("sslmode=verify-full sslrootcert={}", site.file("right.crt"));
    expect(&hosts(&[dead, tls], &verified), "TLS");
    expect(&hosts(&[dead, plain, tls], ""), "plain");
    expect(&hosts(&[standby, tls], ""), "TLS");
    expect(
        &hosts(&[standby, tls], "target_session_attrs=read-write"),
        "TLS",
    );
    expect(
        &hosts(&[standby, tls], "target_session_attrs=primary"),
        "TLS",
    );
    expect(&hosts(&[tls, standby], "load_balance_hosts=random"), "TLS");
    expect(
        &hosts(&[standby, tls], "target_session_attrs=any"),
        "the server is a standby",
    );
    expect(&hosts(&[standby], ""), "the server is a standby");
    // A certificate that cannot be verified, or a wrong password, is no reason to ask the next: libpq does not either.
    expect(&hosts(&[plain, tls], &verified), NO_TLS);
    expect(&hosts(&[plain, tls], "password=wrong"), "SQLSTATE 28P01");
}

#[test]
fn a_host_whose_transactions_are_read_only_is_passed_by() {
    let site = site();
    let address = hosts(&[site.tls.port, site.standby.port], "dbname=readonly");
    let error = connect(&address).unwrap_err();
    assert!(
        error.to_string().contains("read-only by default"),
        "{error}"
    );
    let primary = hosts(
        &[site.standby.port, site.tls.port],
        "dbname=readonly target_session_attrs=primary",
    );
    assert!(matches!(connect(&primary), Err(ConnectError::ReadOnly)));
}

#[test]
fn a_host_that_does_not_answer_is_given_up_in_time() {
    let mute = TcpListener::bind("127.0.0.1:0").unwrap();
    let mute = mute.local_addr().map(|at| (at.port(), mute)).unwrap();
    expect(
        &hosts(&[mute.0, site().tls.port], "connect_timeout=1"),
        "TLS",
    );
    let error = connect(&hosts(&[mute.0], "connect_timeout=1")).unwrap_err();
    assert!(
        error.to_string().contains("no answer within 1 s"),
        "{error}"
    );
    assert!(!error.is_configuration());
}

#[test]
fn all_hosts_are_named_when_none_takes_us() {
    let (dead, standby) = (free_port(), site().standby.port);
    let error = connect(&hosts(&[dead, standby], "")).unwrap_err();
    let said = error.to_string();
    assert!(
        said.contains(&format!("host db.example.com port {dead}: ")),
        "{said}"
    );
    assert!(
        said.contains(&format!(
            "host db.example.com port {standby}: the server is a standby"
        )),
        "{said}"
    );
    assert!(!error.is_configuration(), "the primary may come back");
    assert!(
        connect(&hosts(&[standby, standby], ""))
            .unwrap_err()
            .is_configuration()
    );
}

/// A home of its own for the binary under test.
struct Home {
    folder: TempDir,
}

impl Home {
    fn new() -> Home {
        let folder = tempfile::tempdir().unwrap();
        Home { folder }
    }

    fn write(&self, name: &str, mode: u32, text: &str) -> PathBuf {
        let path = self.folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        path
    }

    /// Runs `lethe history -vv`, which needs the ledger; no password may be seen.
    #[track_caller]
    fn history(&self, options: &[&str], variables: &[(&str, &str)]) -> Ended {
        let mut command = Command::new(LETHE);
        for (name, _) in std::env::vars_os() {
            let name = name.to_string_lossy().into_owned();
            if name.starts_with("LETHE_") || name.starts_with("PG") {
                command.env_remove(name);
            }
        }
        let output = command
            .args(["history", "-vvv"])
            .args(options)
            .env("HOME", self.folder.path())
            .envs(variables.iter().copied())
            .current_dir(self.folder.path())
            .output()
            .unwrap();
        let ended = Ended {
            code: output.status.code().unwrap(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        };
        for secret in ["correct", "battery", "s3cret"] {
            assert!(!ended.stdout.contains(secret), "{}", ended.stdout);
            assert!(!ended.stderr.contains(secret), "{}", ended.stderr);
        }
        ended
    }
}

/// The password as it stands in a password file.
fn escaped() -> String {
    PASSWORD.replace('\\', r"\\").replace(':', r"\:")
}

#[test]
fn passwords_come_from_a_password_file() {
    let home = Home::new();
    let port = site().tls.port;
    let text = format!(
        "other:*:*:*:s3cret\ndb.example.com:{port}:contact:lethe:{}\n",
        escaped()
    );
    let file = home.write("elsewhere", 0o600, &text).display().to_string();
    let url = format!(
        "postgres://lethe@db.example.com:{port}/contact?hostaddr=127.0.0.1&sslmode=require"
    );
    let given = ["--database", &url];
    home.history(&given, &[("PGPASSFILE", &file)]).ok(0);
    home.history(&["--database", &format!("{url}&passfile={file}")], &[])
        .ok(0);
    let without = home.history(&given, &[]).ok(2);
    assert!(
        without.stderr.contains("write it into a password file"),
        "{}",
        without.stderr
    );
    home.write(".pgpass", 0o600, &text);
    home.history(&given, &[]).ok(0);
    home.write(".pgpass", 0o640, &text);
    let open = home.history(&given, &[]).ok(2);
    let warning = "is not used, as others than its owner can read it; chmod 600";
    assert_eq!(open.stderr.matches(warning).count(), 1, "{}", open.stderr);
}

#[test]
fn each_of_several_hosts_has_its_own_password() {
    let home = Home::new();
    let (standby, tls) = (site().standby.port, site().tls.port);
    let text = format!("*:{standby}:*:*:s3cret\n*:{tls}:*:*:{}\n", escaped());
    home.write(".pgpass", 0o600, &text);
    let dead = free_port();
    let hosts = format!("localhost:{dead},127.0.0.1:{tls}");
    home.history(
        &["--database", &format!("postgres://lethe@{hosts}/contact")],
        &[],
    )
    .ok(0);
}

#[test]
fn services_and_the_environment_fill_in_what_the_address_leaves_open() {
    let home = Home::new();
    let port = site().tls.port.to_string();
    let root = site().file("right.crt");
    let service = format!(
        "[contact]\nhost=db.example.com\nhostaddr=127.0.0.1\nport={port}\ndbname=contact\nsslmode=verify-full\nsslrootcert={root}\n"
    );
    let file = home
        .write("services", 0o644, &service)
        .display()
        .to_string();
    let who = [
        ("PGUSER", "lethe"),
        ("PGPASSWORD", PASSWORD),
        ("PGDATABASE", "nowhere"),
    ];
    let with = |more: &[(&'static str, &str)]| -> Vec<(String, String)> {
        who.iter()
            .chain(more)
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect()
    };
    let history = |address: &str, variables: Vec<(String, String)>| {
        let variables: Vec<_> = variables
            .iter()
            .map(|(n, v)| (n.as_str(), v.as_str()))
            .collect();
        home.history(&["--database", address], &variables)
    };
    history("service=contact", with(&[("PGSERVICEFILE", &file)])).ok(0);
    history(
        "postgres://",
        with(&[("PGSERVICEFILE", &file), ("PGSERVICE", "contact")]),
    )
    .ok(0);
    let elsewhere = history(
        "postgres:///?service=other",
        with(&[("PGSERVICEFILE", &file)]),
    )
    .ok(2);
    assert!(
        elsewhere.stderr.contains("in no service file"),
        "{}",
        elsewhere.stderr
    );
    fs::rename(&file, home.folder.path().join(".pg_service.conf")).unwrap();
    history("service=contact", with(&[])).ok(0);
    // The address wins over the service, the service over the environment.
    let address = history("service=contact host=other.example.com", with(&[])).ok(2);
    assert!(address.stderr.contains(NOT_ITS_NAME), "{}", address.stderr);
    history(
        "service=contact",
        with(&[("PGHOST", "nowhere.invalid"), ("PGSSLMODE", "disable")]),
    )
    .ok(0);
    // All of it by the environment.
    let all = [
        ("PGHOST", "db.example.com"),
        ("PGHOSTADDR", "127.0.0.1"),
        ("PGPORT", &port),
        ("PGDATABASE", "contact"),
        ("PGSSLMODE", "verify-full"),
        ("PGSSLROOTCERT", &root),
        ("PGCHANNELBINDING", "require"),
        ("PGCONNECT_TIMEOUT", "5"),
        ("PGOPTIONS", "-c work_mem=1MB"),
        ("PGAPPNAME", "s3cret"),
    ];
    history("postgres://", with(&all)).ok(0);
    let refused = history("postgres://", with(&[("PGGSSENCMODE", "require")])).ok(2);
    assert!(
        refused.stderr.contains("PGGSSENCMODE can only be"),
        "{}",
        refused.stderr
    );
}

#[test]
fn the_files_of_the_home_are_used_where_nothing_is_named() {
    let home = Home::new();
    let port = site().tls.port;
    let read = |name: &str| fs::read_to_string(site().file(name)).unwrap();
    home.write(".postgresql/root.crt", 0o644, &read("wrong.crt"));
    home.write(".postgresql/postgresql.crt", 0o644, &read("client.crt"));
    home.write(".postgresql/postgresql.key", 0o600, &read("client.key"));
    let url = format!(
        "postgres://by_certificate@db.example.com:{port}/contact?hostaddr=127.0.0.1&sslmode=require"
    );
    let refused = home.history(&["--database", &url], &[]).ok(2);
    assert!(
        refused.stderr.contains(UNTRUSTED),
        "require verifies where there is a root: {}",
        refused.stderr
    );
    home.write(".postgresql/root.crt", 0o644, &read("right.crt"));
    home.history(&["--database", &url], &[]).ok(0);
}

#[test]
fn a_configuration_with_a_password_that_others_can_read_is_told_of_once() {
    let home = Home::new();
    let address = format!(
        "postgres://lethe:{IN_URL}@127.0.0.1:{}/contact",
        site().tls.port
    );
    let text = format!("database = {address:?}\n");
    for (mode, warnings) in [(0o600, 0), (0o640, 1), (0o604, 1)] {
        home.write("lethe.toml", mode, &text);
        let ended = home.history(&[], &[]).ok(0);
        let told = ended
            .stderr
            .matches("holds a password and others than its owner can read it; chmod 600")
            .count();
        assert_eq!(told, warnings, "{mode:o}: {}", ended.stderr);
    }
    home.write(
        "lethe.toml",
        0o644,
        &text.replace(&format!(":{IN_URL}"), ""),
    );
    let silent = home.history(&[], &[("PGPASSWORD", PASSWORD)]).ok(0);
    assert!(!silent.stderr.contains("chmod"), "{}", silent.stderr);
}

#[test]
fn no_output_holds_the_password() {
    let home = Home::new();
    let port = site().tls.port;
    for address in [
        format!("postgres://lethe:s3cret@127.0.0.1:{port}/contact"),
        format!("postgres://lethe:s3cret@127.0.0.1:{}/contact", free_port()),
        format!("postgres://lethe:s3cret@127.0.0.1:{port}/contact?sslmode=s3cret"),
        format!("postgres://lethe:s3cret/x@127.0.0.1:{port}/contact"),
        format!("postgres://lethe:a@s3cret@127.0.0.1:{port}/contact"),
        "host=127.0.0.1 password=my s3cret".to_owned(),
        "host=127.0.0.1 password='s3cret".to_owned(),
        "host=127.0.0.1 password=s3cret sslmode=disable channel_binding=require port=s3cret"
            .to_owned(),
    ] {
        home.write("lethe.toml", 0o600, &format!("database = {address:?}\n"));
        let ended = home.history(&[], &[]);
        assert!([1, 2].contains(&ended.code), "{}", ended.stderr);
        home.history(
            &[
                "--database",
                &address,
                "--format",
                "json",
                "--log-format",
                "json",
            ],
            &[],
        );
        home.history(&[], &[("LETHE_DATABASE", &address)]);
    }
}
