//! Files and variables that complete an address, through the binary. No output contains a password.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::Command;

use tempfile::TempDir;

use super::server::{free_port, servers_have_tls};
use super::{IN_URL, NOT_ITS_NAME, PASSWORD, UNTRUSTED, site};
use crate::support::{Ended, LETHE};

/// The configuration of the user in the home folder.
const CONFIG: &str = ".config/lethe/lethe.toml";

/// A home folder for the binary under test.
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

    /// Runs `lethe history -vvv`, which needs the ledger. The output must not contain a password.
    #[track_caller]
    fn history(&self, options: &[&str], variables: &[(&str, &str)]) -> Ended {
        let mut command = Command::new(LETHE);
        for (name, _) in std::env::vars_os() {
            let name = name.to_string_lossy().into_owned();
            if ["LETHE_", "PG", "XDG_"]
                .iter()
                .any(|own| name.starts_with(own))
            {
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

/// The password as escaped in a password file.
fn escaped() -> String {
    PASSWORD.replace('\\', r"\\").replace(':', r"\:")
}

#[test]
fn passwords_come_from_a_password_file() {
    if !servers_have_tls() {
        return;
    }
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
        without.stderr.contains("add it to a password file"),
        "{}",
        without.stderr
    );
    home.write(".pgpass", 0o600, &text);
    home.history(&given, &[]).ok(0);
    home.write(".pgpass", 0o640, &text);
    let open = home.history(&given, &[]).ok(2);
    let warning = "ignoring the password file";
    assert_eq!(open.stderr.matches(warning).count(), 1, "{}", open.stderr);
}

#[test]
fn each_of_several_hosts_has_its_own_password() {
    if !servers_have_tls() {
        return;
    }
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
fn services_and_the_environment_complete_the_address() {
    if !servers_have_tls() {
        return;
    }
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
        elsewhere.stderr.contains("not in any service file"),
        "{}",
        elsewhere.stderr
    );
    fs::rename(&file, home.folder.path().join(".pg_service.conf")).unwrap();
    history("service=contact", with(&[])).ok(0);
    // The address overrides the service, which overrides the environment.
    let address = history("service=contact host=other.example.com", with(&[])).ok(2);
    assert!(address.stderr.contains(NOT_ITS_NAME), "{}", address.stderr);
    history(
        "service=contact",
        with(&[("PGHOST", "nowhere.invalid"), ("PGSSLMODE", "disable")]),
    )
    .ok(0);
    // Everything from the environment.
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
        refused.stderr.contains("PGGSSENCMODE must be"),
        "{}",
        refused.stderr
    );
}

#[test]
fn files_in_the_home_folder_are_used_by_default() {
    if !servers_have_tls() {
        return;
    }
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
fn an_exposed_configuration_with_a_password_gets_one_warning() {
    if !servers_have_tls() {
        return;
    }
    let home = Home::new();
    let address = format!(
        "postgres://lethe:{IN_URL}@127.0.0.1:{}/contact",
        site().tls.port
    );
    let text = format!("database = {address:?}\n");
    for (mode, warnings) in [(0o600, 0), (0o640, 1), (0o604, 1)] {
        home.write(CONFIG, mode, &text);
        let ended = home.history(&[], &[]).ok(0);
        let told = ended
            .stderr
            .matches("holds a password and can be read by users other than its owner")
            .count();
        assert_eq!(told, warnings, "{mode:o}: {}", ended.stderr);
    }
    home.write(CONFIG, 0o644, &text.replace(&format!(":{IN_URL}"), ""));
    let silent = home.history(&[], &[("PGPASSWORD", PASSWORD)]).ok(0);
    assert!(!silent.stderr.contains("chmod"), "{}", silent.stderr);
}

#[test]
fn no_output_holds_the_password() {
    if !servers_have_tls() {
        return;
    }
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
        home.write(CONFIG, 0o600, &format!("database = {address:?}\n"));
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

#[test]
fn files_that_others_can_write_do_not_decide_which_server_is_trusted() {
    let home = Home::new();
    let refused = |path: &PathBuf, address: &str| {
        let variables = [("PGSERVICEFILE", home.folder.path().join("services"))];
        let variables = variables.each_ref().map(|(n, v)| (*n, v.to_str().unwrap()));
        let said = home.history(&["--database", address], &variables).ok(2);
        let (path, said) = (path.display().to_string(), said.stderr);
        assert!(said.contains("can be changed by other users"), "{said}");
        assert!(said.contains(&format!("chmod go-w {path}")), "{said}");
    };
    let services = home.write("services", 0o666, "[contact]\nhost=127.0.0.1\n");
    refused(&services, "service=contact user=lethe");
    let root = home.write("root.crt", 0o666, "");
    let address = format!(
        "host=127.0.0.1 user=lethe sslmode=verify-full sslrootcert={}",
        root.display()
    );
    refused(&root, &address);
}
