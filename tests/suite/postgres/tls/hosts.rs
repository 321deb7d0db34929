//! Several hosts: which one is used, and the error when none accepts.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;

use lethe::postgres::ConnectError;

use super::server::{free_port, servers_have_tls};
use super::{NO_TLS, connect, expect, site};

/// An address with several hosts on 127.0.0.1, by their ports.
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
fn the_first_writable_host_is_used() {
    if !servers_have_tls() {
        return;
    }
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
    // As in libpq, the next host is not tried after a certificate that cannot be verified, or a wrong password.
    expect(&hosts(&[plain, tls], &verified), NO_TLS);
    expect(&hosts(&[plain, tls], "password=wrong"), "SQLSTATE 28P01");
}

#[test]
fn a_host_with_read_only_transactions_is_skipped() {
    if !servers_have_tls() {
        return;
    }
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
fn a_host_that_does_not_answer_times_out() {
    if !servers_have_tls() {
        return;
    }
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
fn all_hosts_are_reported_when_none_accepts() {
    if !servers_have_tls() {
        return;
    }
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

/// A server that rejects every connection because it is starting up, for as long as the test runs.
fn starting_server() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let _ = stream.read(&mut [0; 1000]);
            let fields = b"SFATAL\0VFATAL\0C57P03\0Mthe database system is starting up\0\0";
            let length = (fields.len() as u32 + 4).to_be_bytes();
            let _ = stream.write_all(&[b"E", &length[..], fields].concat());
        }
    });
    port
}

#[test]
fn a_host_that_is_starting_up_is_skipped() {
    if !servers_have_tls() {
        return;
    }
    let starting = starting_server();
    let alone = connect(&hosts(&[starting], "sslmode=disable")).unwrap_err();
    assert!(
        alone
            .to_string()
            .contains("57P03: the database system is starting up"),
        "{alone}"
    );
    assert!(!alone.is_configuration());
    expect(
        &hosts(&[starting, site().tls.port], "sslmode=disable"),
        "plain",
    );
}
