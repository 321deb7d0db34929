//! Logs in on an open stream.

use std::error::Error as _;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use nix::unistd::Uid;
use secrecy::ExposeSecret as _;
use tokio::net::UnixStream;
use tokio_postgres::config::{SslMode, SslNegotiation};

use super::authentication::{
    AuthPolicy, AuthRefusal, GuardedStream, ServerIdentity, TlsEstablished,
};
use super::config::{Config, Host, Location, SessionAttrs};
use super::connected::{Connected, Connection};
use super::error::{ConnectError, ConnectErrorKind, describe_client_error, is_network_error};
use super::liveness::{Liveness, MonitoredStream};
use super::stream::Stream;
use super::tls::TlsConnector;

/// Logs in, and checks that the server matches `target_session_attrs`.
pub(crate) async fn log_in(
    config: &Config,
    host: &Host,
    stream: Stream,
    tls: Option<&TlsConnector>,
) -> Result<Connected, ConnectError> {
    let policy = AuthPolicy {
        methods: config.methods.clone(),
        channel_binding: config.channel_binding,
        has_password: host.password.is_some(),
        server: server_identity(config, host, &stream),
    };
    let liveness = Liveness::new();
    let monitored = MonitoredStream {
        stream,
        liveness: liveness.clone(),
    };
    let (client, connection) = driver_config(config, host)
        .connect_raw(GuardedStream::new(monitored, policy), TlsEstablished)
        .await
        .map_err(|error| explain(&error, tls))?;
    check_session_attrs(&connection, config.session_attrs)?;
    Ok(Connected {
        client,
        connection,
        liveness,
    })
}

/// What is known about the server before it authenticates this client.
fn server_identity(config: &Config, host: &Host, stream: &Stream) -> ServerIdentity {
    match (stream, &host.location) {
        (Stream::Tls(_), _) if config.tls.verifies_server() => ServerIdentity::Verified,
        (Stream::Socket(socket), Location::Socket(folder)) => {
            match config.peer.is_some() || is_socket_of_trusted_user(socket, folder) {
                // The user in requirepeer was compared when the socket was opened.
                true => ServerIdentity::Verified,
                false => ServerIdentity::UnverifiedSocket,
            }
        }
        _ => ServerIdentity::UnverifiedHost,
    }
}

/// Whether the server runs as root, as the current user, or as the user to whom the folder of its socket belongs. Whoever named
/// that folder trusts its owner; in a shared one, such as `/tmp`, any user can create a socket.
fn is_socket_of_trusted_user(socket: &UnixStream, folder: &Path) -> bool {
    let Ok(server) = socket.peer_cred().map(|server| server.uid()) else {
        return false;
    };
    let owner = std::fs::metadata(folder).ok().map(|folder| folder.uid());
    server == 0 || server == Uid::effective().as_raw() || Some(server) == owner
}

/// Converts an error of the driver during the login; `tls` explains what the server objects to in TLS.
fn explain(error: &tokio_postgres::Error, tls: Option<&TlsConnector>) -> ConnectError {
    if let Some(error) = error.as_db_error() {
        return ConnectError::from(error);
    }
    if let Some(refusal) = refusal(error) {
        let error = ConnectError::new(ConnectErrorKind::Authentication, refusal);
        return match refusal.hint() {
            Some(hint) => error.with_hint(hint),
            None => error,
        };
    }
    if let Some(error) = tls.and_then(|tls| tls.explain_cause(error)) {
        return error;
    }
    let kind = match is_network_error(error) {
        true => ConnectErrorKind::Unreachable,
        false => ConnectErrorKind::Authentication,
    };
    ConnectError::new(kind, describe_client_error(error))
}

impl ConnectError {
    /// Converts an error of the driver on a connection that has logged in. TLS was established, so its failure is one of the
    /// network and not of the configuration.
    pub fn in_session(error: &tokio_postgres::Error) -> ConnectError {
        explain(error, None)
    }
}

fn refusal(error: &tokio_postgres::Error) -> Option<&AuthRefusal> {
    let source = error.source()?.downcast_ref::<io::Error>()?;
    source.get_ref()?.downcast_ref()
}

fn driver_config(config: &Config, host: &Host) -> tokio_postgres::Config {
    let mut driver = tokio_postgres::Config::new();
    driver
        .user(&config.user)
        .channel_binding(config.channel_binding)
        .options(&config.options)
        // The stream already uses TLS where it should; this makes the driver use it as it is.
        .ssl_mode(SslMode::Require)
        .ssl_negotiation(SslNegotiation::Direct);
    if let Some(name) = &config.application_name {
        driver.application_name(name);
    }
    if let Some(database) = &config.database {
        driver.dbname(database);
    }
    if let Some(password) = &host.password {
        driver.password(password.expose_secret());
    }
    driver
}

fn check_session_attrs(
    connection: &Connection,
    attrs: Option<SessionAttrs>,
) -> Result<(), ConnectError> {
    let is_on = |name: &str| connection.parameter(name) == Some("on");
    let is_standby = is_on("in_hot_standby");
    let is_read_only = is_standby || is_on("default_transaction_read_only");
    let is_suitable = match attrs {
        None | Some(SessionAttrs::Any) => true,
        Some(SessionAttrs::Primary) => !is_standby,
        Some(SessionAttrs::ReadWrite) => !is_read_only,
    };
    if is_suitable {
        return Ok(());
    }
    let detail = match is_standby {
        true => "the server is a standby (in recovery)",
        false => "transactions are read-only by default (default_transaction_read_only)",
    };
    Err(ConnectError::new(ConnectErrorKind::Unsuitable, detail))
}

#[cfg(test)]
mod tests {
    use std::pin::Pin;
    use std::task::{Context, Poll};

    use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
    use tokio_postgres::NoTls;

    use super::*;
    use crate::address;
    use crate::tls::TlsSettings;

    /// A connection on which TLS fails, as it does on damaged bytes.
    struct DamagedStream;

    fn damaged() -> io::Error {
        io::Error::new(io::ErrorKind::InvalidData, rustls::Error::DecryptError)
    }

    impl AsyncRead for DamagedStream {
        fn poll_read(
            self: Pin<&mut Self>,
            _: &mut Context<'_>,
            _: &mut ReadBuf<'_>,
        ) -> Poll<io::Result<()>> {
            Poll::Ready(Err(damaged()))
        }
    }

    impl AsyncWrite for DamagedStream {
        fn poll_write(
            self: Pin<&mut Self>,
            _: &mut Context<'_>,
            bytes: &[u8],
        ) -> Poll<io::Result<usize>> {
            Poll::Ready(Ok(bytes.len()))
        }

        fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }

        fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }
    }

    #[tokio::test]
    async fn a_failure_of_tls_is_a_configuration_error_only_until_the_login() {
        let parameters = address::parse("sslmode=require").unwrap();
        let settings = TlsSettings::parse(&parameters, |_| None).unwrap();
        let tls = TlsConnector::new(&settings).unwrap();
        let mut driver = tokio_postgres::Config::new();
        let connecting = driver.user("u").connect_raw(DamagedStream, NoTls);
        let error = connecting.await.err().expect("the stream is damaged");
        let at_login = explain(&error, Some(&tls));
        assert!(at_login.is_configuration(), "{at_login}");
        let in_session = ConnectError::in_session(&error);
        assert!(!in_session.is_configuration(), "{in_session}");
        assert!(in_session.allows_next_host(), "the watch counts a failure");
    }
}
