//! Opens a byte stream to one address, with TLS or without.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::path::Path;

use nix::unistd::{Uid, User};
use socket2::{SockRef, TcpKeepalive};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpStream, UnixStream};

use super::config::{Config, Keepalives, TcpSettings};
use super::error::{ConnectError, ConnectErrorKind};
use super::stream::Stream;
use super::tls::{Negotiation, TlsConnector};

/// One address of a host.
pub(crate) enum Endpoint<'a> {
    Socket(&'a Path),
    Tcp { name: &'a str, address: SocketAddr },
}

/// Whether a connection uses TLS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Encryption {
    None,
    /// TLS if the server offers it.
    TlsIfOffered,
    Tls,
}

impl fmt::Display for Encryption {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Encryption::None => "without TLS",
            Encryption::TlsIfOffered | Encryption::Tls => "with TLS",
        })
    }
}

/// Opens a stream to an endpoint, and starts TLS on it as `encryption` says.
pub(crate) async fn open_stream(
    config: &Config,
    port: u16,
    endpoint: &Endpoint<'_>,
    encryption: Encryption,
    tls: Option<&TlsConnector>,
) -> Result<Stream, ConnectError> {
    match endpoint {
        Endpoint::Socket(folder) => {
            let stream = open_socket(folder, port, config.peer.as_deref()).await?;
            Ok(Stream::Socket(stream))
        }
        Endpoint::Tcp { name, address } => {
            let stream = open_tcp(*address, &config.tcp).await?;
            match (encryption, tls) {
                (Encryption::None, _) | (_, None) => Ok(Stream::Tcp(stream)),
                (_, Some(tls)) => {
                    start_tls(stream, name, encryption, config.tls.negotiation, tls).await
                }
            }
        }
    }
}

async fn open_tcp(address: SocketAddr, settings: &TcpSettings) -> Result<TcpStream, ConnectError> {
    let stream = TcpStream::connect(address)
        .await
        .map_err(ConnectError::unreachable)?;
    configure(&stream, settings).map_err(ConnectError::unreachable)?;
    Ok(stream)
}

fn configure(stream: &TcpStream, settings: &TcpSettings) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let socket = SockRef::from(stream);
    #[cfg(target_os = "linux")]
    socket.set_tcp_user_timeout(Some(settings.user_timeout))?;
    if settings.keepalives == Keepalives::Off {
        return Ok(());
    }
    let keepalive = TcpKeepalive::new()
        .with_time(settings.idle)
        .with_interval(settings.interval)
        .with_retries(settings.count);
    socket.set_keepalive(true)?;
    socket.set_tcp_keepalive(&keepalive)
}

/// Connects to a Unix socket; the server must run as `peer` if it is given.
async fn open_socket(
    folder: &Path,
    port: u16,
    peer: Option<&str>,
) -> Result<UnixStream, ConnectError> {
    let path = folder.join(format!(".s.PGSQL.{port}"));
    let stream = UnixStream::connect(path)
        .await
        .map_err(ConnectError::unreachable)?;
    if let Some(peer) = peer {
        let credentials = stream.peer_cred().map_err(ConnectError::unreachable)?;
        let user = User::from_uid(Uid::from_raw(credentials.uid()))
            .ok()
            .flatten();
        if user.is_none_or(|user| user.name != peer) {
            return Err(ConnectError::new(
                ConnectErrorKind::Authentication,
                "the server does not run as the user in requirepeer",
            ));
        }
    }
    Ok(stream)
}

async fn start_tls(
    mut stream: TcpStream,
    name: &str,
    encryption: Encryption,
    negotiation: Negotiation,
    tls: &TlsConnector,
) -> Result<Stream, ConnectError> {
    /// SSLRequest of PostgreSQL's protocol: its length and code.
    const REQUEST: [u8; 8] = [0, 0, 0, 8, 4, 210, 22, 47];
    if negotiation == Negotiation::Postgres {
        stream
            .write_all(&REQUEST)
            .await
            .map_err(ConnectError::unreachable)?;
        let answer = stream.read_u8().await.map_err(ConnectError::unreachable)?;
        match (answer, encryption) {
            (b'S', _) => {}
            (b'N', Encryption::TlsIfOffered) => return Ok(Stream::Tcp(stream)),
            (b'N', _) => {
                return Err(ConnectError::new(
                    ConnectErrorKind::Tls,
                    "the server does not support TLS (ssl = off), which sslmode requires",
                ));
            }
            _ => {
                return Err(ConnectError::unreachable(
                    "the answer is not from a PostgreSQL server that is ready",
                ));
            }
        }
    }
    let stream = tls.start(stream, name).await?;
    Ok(Stream::Tls(Box::new(stream)))
}
