//! Whoever pretends to be the server gets no password that it can read.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Command, Output};
use std::thread::JoinHandle;

use tempfile::TempDir;

use crate::support::LETHE;

const PASSWORD: &str = "the-password";

/// Asks one client for its password in clear text; returns what it sent instead of authenticating.
fn ask(mut client: TcpStream) -> Vec<u8> {
    loop {
        let mut length = [0; 4];
        client.read_exact(&mut length).unwrap();
        let mut body = vec![0; u32::from_be_bytes(length) as usize - 4];
        client.read_exact(&mut body).unwrap();
        // SSLRequest and GSSENCRequest: neither is offered.
        match u32::from_be_bytes(*body.first_chunk().unwrap()) {
            80_877_103 | 80_877_104 => client.write_all(b"N").unwrap(),
            _ => break,
        }
    }
    // AuthenticationCleartextPassword.
    client.write_all(&[b'R', 0, 0, 0, 8, 0, 0, 0, 3]).unwrap();
    let mut sent = Vec::new();
    let _ = client.read_to_end(&mut sent);
    sent
}

/// A home folder whose password file has a password for every server.
fn home() -> TempDir {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join(".pgpass");
    fs::write(&file, format!("*:*:*:*:{PASSWORD}\n")).unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
    home
}

fn history(home: &TempDir, address: &str) -> Output {
    Command::new(LETHE)
        .args(["history", "-vvv", "--database", address])
        .env("HOME", home.path())
        .env("LETHE_CONFIG", "/dev/null")
        .env_remove("PGPASSFILE")
        .output()
        .unwrap()
}

/// The command is refused with this hint, and sent nothing.
#[track_caller]
fn refused(output: &Output, sent: JoinHandle<Vec<u8>>, hint: &str) {
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(
        said.contains("the password in clear text") && said.contains(hint),
        "{said}"
    );
    assert_eq!(sent.join().unwrap(), b"", "{said}");
}

#[test]
fn a_server_that_nobody_verified_gets_no_password_in_clear_text() {
    let home = home();
    for mode in [
        "",
        "?sslmode=disable",
        "?sslmode=prefer&require_auth=password",
    ] {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let server = std::thread::spawn(move || ask(listener.accept().unwrap().0));
        let address = format!("postgres://lethe@127.0.0.1:{port}/contact_centre{mode}");
        refused(&history(&home, &address), server, "sslmode=verify-full");
    }
}
