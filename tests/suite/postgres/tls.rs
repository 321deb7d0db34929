//! Connections behave as in libpq: TLS, certificates, password files, several hosts.
//!
//! Where PostgreSQL is built without TLS, as in some packages, the tests are skipped.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;
use std::process::Command;
use std::sync::OnceLock;

use lethe::postgres::{ConnectError, Database};
use rstest::rstest;
use tempfile::TempDir;
use tokio::runtime::Runtime;
use tokio_postgres::NoTls;

use crate::support::LETHE;
use certificates::{Authority, Pair};
use server::{Server, free_port, servers_have_tls};

mod certificates;
mod home;
mod hosts;
mod server;

/// No output may contain it.
const PASSWORD: &str = "correct horse:battery\\staple";
/// The same in a URL.
const IN_URL: &str = "correct%20horse%3Abattery%5Cstaple";

/// Roles: `lethe` may connect with TLS or without, the others as their names say.
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
local     all by_clear_text  password
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
    /// With TLS, and a certificate for db.example.com.
    tls: Server,
    /// Without TLS.
    plain: Server,
    /// Without TLS, in recovery.
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
            "SET password_encryption = '{hashed}'; CREATE ROLE {role} LOGIN PASSWORD '{PASSWORD}';"
        );
    }
    let server = Server::start(folder, &[]);
    let address = |database: &str| {
        format!(
            "host={} port={} user=postgres dbname={database}",
            folder.display(),
            server.port
        )
    };
    execute(
        &address("postgres"),
        ["CREATE DATABASE contact"]
            .into_iter()
            .chain(sql.split(';')),
    );
    let migrated = Command::new(LETHE)
        .args(["migrate", "--database", &address("contact")])
        .env("LETHE_CONFIG", "/dev/null")
        .current_dir("/")
        .output()
        .unwrap();
    assert!(
        migrated.status.success(),
        "{}",
        String::from_utf8_lossy(&migrated.stderr)
    );
    // What `lethe history` reads.
    let grants = "GRANT USAGE ON SCHEMA lethe TO lethe, by_certificate; GRANT SELECT ON ALL TABLES IN SCHEMA lethe TO lethe, by_certificate";
    execute(&address("contact"), [grants]);
    server.stop(folder);
}

fn execute<'a>(address: &str, statements: impl IntoIterator<Item = &'a str>) {
    Runtime::new().unwrap().block_on(async {
        let (client, connection) = tokio_postgres::connect(address, NoTls).await.unwrap();
        tokio::spawn(connection);
        for statement in statements {
            client.batch_execute(statement).await.unwrap();
        }
    });
}

impl Site {
    fn file(&self, name: &str) -> String {
        self.files.path().join(name).display().to_string()
    }

    /// The address of the server with TLS, by the name in its certificate.
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

/// How the connection is encrypted (`TLSv1.3`, `plain`), or the error.
fn connect(address: &str) -> Result<String, ConnectError> {
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

/// Connects, and expects `TLS`, `plain`, or an error that contains the text.
#[track_caller]
fn expect(address: &str, expected: &str) {
    match connect(address) {
        Ok(used) if used.starts_with("TLS") => assert_eq!("TLS", expected, "{used}"),
        Ok(used) => assert_eq!(used, expected),
        Err(error) => {
            let text = format!("{error} {error:?}");
            assert!(text.contains(expected), "expected {expected}: {text}");
            assert!(!text.contains("correct"), "{text}");
        }
    }
}

const UNTRUSTED: &str = "not signed by an authority";
const NOT_ITS_NAME: &str = "not for this host name";
const NO_TLS: &str = "the server does not support TLS";
const NO_ROOT: &str = "into ~/.postgresql/root.crt";

#[rstest]
//      sslmode        right authority, wrong, right and wrong name, plain server, no root certificate
#[case("disable", ["plain", "plain", "plain", "plain", "plain"])]
#[case("allow", ["plain", "plain", "plain", "plain", "plain"])]
#[case("prefer", ["TLS", "plain", "TLS", "plain", "TLS"])]
#[case("require", ["TLS", UNTRUSTED, "TLS", NO_TLS, "TLS"])]
#[case("verify-ca", ["TLS", UNTRUSTED, "TLS", NO_TLS, NO_ROOT])]
#[case("verify-full", ["TLS", UNTRUSTED, NOT_ITS_NAME, NO_TLS, NO_ROOT])]
fn sslmode_has_the_meaning_of_libpq(#[case] mode: &str, #[case] expected: [&str; 5]) {
    if !servers_have_tls() {
        return;
    }
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
fn the_other_encryption_is_tried_where_the_server_refuses_one(
    #[case] role: &str,
    #[case] expected: [&str; 4],
) {
    if !servers_have_tls() {
        return;
    }
    for (mode, expected) in ["disable", "allow", "prefer", "require"]
        .iter()
        .zip(expected)
    {
        let address = site().address(&format!("sslmode={mode} user={role}"));
        expect(&address, expected);
    }
}

#[test]
fn errors_with_and_without_tls_are_both_reported() {
    if !servers_have_tls() {
        return;
    }
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
fn a_file_of_several_authorities_and_the_url_form_work() {
    if !servers_have_tls() {
        return;
    }
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
        "unknown parameter hostadr",
    );
}

#[rstest]
#[case("ssl_min_protocol_version=TLSv1.3", "TLSv1.3")]
#[case("ssl_max_protocol_version=TLSv1.2", "TLSv1.2")]
fn tls_version_limits_are_respected(#[case] words: &str, #[case] expected: &str) {
    if !servers_have_tls() {
        return;
    }
    let root = site().file("right.crt");
    let address = site().address(&format!(
        "sslmode=verify-full sslrootcert={root} sslsni=0 {words}"
    ));
    assert_eq!(connect(&address).unwrap(), expected);
}

#[test]
fn direct_negotiation_works_from_postgresql_17() {
    if !servers_have_tls() {
        return;
    }
    let site = site();
    let version = connect(&site.address("sslmode=require sslnegotiation=direct"));
    let programs = private_postgres::find_binaries(&lethe::postgres::APPLICATION).unwrap();
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

/// Runs `openssl` in a folder; `None` where it is not installed.
fn openssl(folder: &Path, arguments: &str) -> Option<()> {
    let ran = Command::new("openssl")
        .args(arguments.split(' '))
        .current_dir(folder)
        .output()
        .ok()?;
    let said = String::from_utf8_lossy(&ran.stderr);
    assert!(ran.status.success(), "openssl {arguments}: {said}");
    Some(())
}

/// The steps of PostgreSQL's documentation ("Creating Certificates"). OpenSSL before 3.2, which Debian 12, Ubuntu 24.04
/// and RHEL 9 ship, creates a certificate of X.509 version 1 this way.
fn make_documented_certificate(folder: &Path) -> Option<()> {
    let root = "req -new -x509 -days 3650 -nodes -keyout root.key -out root.crt -subj /CN=root.example.com";
    let request = "req -new -nodes -keyout server.key -out server.csr -subj /CN=db.example.com";
    let sign = "x509 -req -in server.csr -days 365 -CA root.crt -CAkey root.key -CAcreateserial -out server.crt";
    [root, request, sign]
        .iter()
        .try_for_each(|step| openssl(folder, step))
}

#[test]
fn a_certificate_made_as_postgresql_documents_it_is_verified() {
    if !servers_have_tls() {
        return;
    }
    let files = tempfile::tempdir().unwrap();
    if make_documented_certificate(files.path()).is_none() {
        println!("skipped: openssl is not installed");
        return;
    }
    let folder = server::initdb();
    server::write(
        &folder.join("data/pg_hba.conf"),
        "hostssl all all 127.0.0.1/32 trust\n",
    );
    for name in ["server.crt", "server.key"] {
        let text = fs::read_to_string(files.path().join(name)).unwrap();
        server::write(&folder.join("data").join(name), &text);
    }
    let server = Server::start(&folder, &["ssl=on"]);
    let address = |host: &str, root: &str| {
        format!(
            "host={host} hostaddr=127.0.0.1 port={} dbname=postgres user=postgres sslmode=verify-full sslrootcert={root}",
            server.port
        )
    };
    let root = files.path().join("root.crt").display().to_string();
    expect(&address("db.example.com", &root), "TLS");
    expect(&address("other.example.com", &root), NOT_ITS_NAME);
    let wrong = site().file("wrong.crt");
    expect(&address("db.example.com", &wrong), UNTRUSTED);
}

#[test]
fn revoked_certificates_are_refused() {
    if !servers_have_tls() {
        return;
    }
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
        "cannot read the certificate revocation list",
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
#[case("client", "somebody", "cannot be used with its key")]
#[case("nowhere", "client", "cannot read the certificate file")]
fn client_certificates_are_presented(
    #[case] certificate: &str,
    #[case] key: &str,
    #[case] expected: &str,
) {
    if !servers_have_tls() {
        return;
    }
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
    if !servers_have_tls() {
        return;
    }
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
#[case("user=by_clear_text", "nothing proves that it is the right server")]
#[case(
    "user=by_clear_text sslmode=disable",
    "nothing proves that it is the right server"
)]
#[case("require_auth=none user=by_trust", "TLS")]
#[case("password=''", "there is none for this host, port, database and user")]
#[case("password=wrong", "SQLSTATE 28P01")]
#[case("dbname=nowhere", "SQLSTATE 3D000")]
#[case("gssencmode=require", "gssencmode must be disable or prefer")]
fn requested_authentication_must_match_the_settings(#[case] words: &str, #[case] expected: &str) {
    if !servers_have_tls() {
        return;
    }
    expect(&site().address(words), expected);
}

#[test]
fn a_verified_server_gets_a_password_in_clear_text() {
    if !servers_have_tls() {
        return;
    }
    let root = site().file("right.crt");
    for mode in ["verify-full", "verify-ca"] {
        let words = format!("user=by_clear_text sslmode={mode} sslrootcert={root}");
        expect(&site().address(&words), "TLS");
    }
}

#[test]
fn a_socket_gets_a_password_in_clear_text_if_its_owner_is_trusted() {
    if !servers_have_tls() {
        return;
    }
    let server = &site().plain;
    let quoted = PASSWORD.replace('\\', r"\\");
    let address = |folder: &Path, words: &str| {
        format!(
            "host={} port={} dbname=contact user=by_clear_text password='{quoted}' {words}",
            folder.display(),
            server.port
        )
    };
    // The folder belongs to the user of the server.
    expect(&address(&server.folder, ""), "plain");
    // In a shared folder any user could have created the socket.
    let shared = tempfile::tempdir().unwrap();
    let name = format!(".s.PGSQL.{}", server.port);
    symlink(server.folder.join(&name), shared.path().join(&name)).unwrap();
    let user = server::user_name();
    let expected = match nix::unistd::Uid::effective().is_root() {
        true => "its socket may be another user's",
        false => "plain",
    };
    expect(&address(shared.path(), ""), expected);
    let named = format!("requirepeer={user}");
    expect(&address(shared.path(), &named), "plain");
}

#[test]
fn permanent_errors_are_distinguished_from_transient_ones() {
    if !servers_have_tls() {
        return;
    }
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
