//! The authentication that a server requests is checked before any part of a password is sent.

use std::fmt;
use std::future::{Ready, ready};
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready as poll_ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_postgres::tls::{ChannelBinding, TlsConnect};

use super::error::{ConfigError, invalid};
use super::liveness::MonitoredStream;
use super::stream::Stream;

/// The methods of libpq's `require_auth`. GSSAPI, SSPI and OAuth are known but not supported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AuthMethod {
    /// The server requests nothing: `trust`, `peer`, or a client certificate.
    None,
    Password,
    Md5,
    Scram,
    Gss,
    Sspi,
    Oauth,
}

const METHODS: [(&str, AuthMethod); 7] = [
    ("none", AuthMethod::None),
    ("password", AuthMethod::Password),
    ("md5", AuthMethod::Md5),
    ("scram-sha-256", AuthMethod::Scram),
    ("gss", AuthMethod::Gss),
    ("sspi", AuthMethod::Sspi),
    ("oauth", AuthMethod::Oauth),
];

impl fmt::Display for AuthMethod {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let named = METHODS.iter().find(|(_, method)| method == self);
        f.write_str(named.map_or("", |(name, _)| name))
    }
}

/// The methods that `require_auth` allows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct AllowedMethods(Vec<AuthMethod>);

impl AllowedMethods {
    /// Parses `require_auth`: a list of methods, or of methods with a `!` that allows all others. Empty allows all.
    pub(crate) fn parse(text: &str) -> Result<AllowedMethods, ConfigError> {
        let all = || METHODS.iter().map(|(_, method)| *method);
        let names: Vec<&str> = text
            .split(',')
            .map(str::trim)
            .filter(|name| !name.is_empty())
            .collect();
        let negated = names.iter().filter(|name| name.starts_with('!')).count();
        if negated > 0 && negated < names.len() {
            return invalid("require_auth mixes methods with and without !");
        }
        let mut named = Vec::new();
        for name in &names {
            let name = name.trim_start_matches('!');
            match METHODS.iter().find(|(known, _)| *known == name) {
                Some((_, method)) => named.push(*method),
                None => {
                    return invalid(
                        "require_auth must list password, md5, scram-sha-256, gss, sspi, oauth or none",
                    );
                }
            }
        }
        Ok(AllowedMethods(match (names.is_empty(), negated > 0) {
            (true, _) => all().collect(),
            (false, true) => all().filter(|method| !named.contains(method)).collect(),
            (false, false) => named,
        }))
    }
}

/// What the client accepts as a request for authentication.
#[derive(Debug, Clone)]
pub(crate) struct AuthPolicy {
    pub(crate) methods: AllowedMethods,
    pub(crate) channel_binding: tokio_postgres::config::ChannelBinding,
    pub(crate) has_password: bool,
    pub(crate) server: ServerIdentity,
}

/// What is known about who receives a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ServerIdentity {
    /// Its certificate was verified, or its socket belongs to a trusted user.
    Verified,
    /// Anyone on the network can pretend to be the server.
    UnverifiedHost,
    /// Another user of this machine may have created the socket.
    UnverifiedSocket,
}

/// Why the client refuses to authenticate.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum AuthRefusal {
    #[error("the server requests authentication by {0}, which require_auth does not allow")]
    NotAllowed(AuthMethod),
    #[error("the server requests authentication by {0}, which is not supported")]
    NotSupported(AuthMethod),
    #[error(
        "the server requests a password, and there is none for this host, port, database and user"
    )]
    NoPassword,
    #[error(
        "the server requests the password in clear text, and nothing proves that it is the right server"
    )]
    ClearTextToHost,
    #[error("the server requests the password in clear text, and its socket may be another user's")]
    ClearTextToSocket,
    #[error("channel_binding=require needs TLS, which this connection does not use")]
    NoTlsToBind,
    #[error("channel_binding=require needs a server that authenticates by scram-sha-256 over TLS")]
    NotBound,
}

impl AuthRefusal {
    /// What to change.
    pub(crate) fn hint(&self) -> Option<&'static str> {
        match self {
            AuthRefusal::NoPassword => {
                Some("add it to a password file (PGPASSFILE, ~/.pgpass, mode 0600)")
            }
            AuthRefusal::ClearTextToHost => Some(
                "set sslmode=verify-full with sslrootcert, or change the method in pg_hba.conf of the server to scram-sha-256",
            ),
            AuthRefusal::ClearTextToSocket => Some(
                "name the user of the server in requirepeer, or change the method in pg_hba.conf",
            ),
            AuthRefusal::NoTlsToBind => Some("set sslmode=require, verify-ca or verify-full"),
            AuthRefusal::NotAllowed(_) | AuthRefusal::NotSupported(_) | AuthRefusal::NotBound => {
                Some("change the method in pg_hba.conf of the server")
            }
        }
    }
}

/// A stream that withholds the server's first message from the driver until the policy allows the driver to answer it.
pub struct GuardedStream {
    stream: MonitoredStream<Stream>,
    first: FirstMessage,
}

enum FirstMessage {
    /// The part received so far.
    Incomplete(Vec<u8>, AuthPolicy),
    /// The part that the driver has not read yet.
    Checked(Vec<u8>),
}

/// Requests for authentication are shorter.
const LONGEST: usize = 2_000;

impl GuardedStream {
    pub(crate) fn new(stream: MonitoredStream<Stream>, policy: AuthPolicy) -> GuardedStream {
        GuardedStream {
            stream,
            first: FirstMessage::Incomplete(Vec::new(), policy),
        }
    }
}

/// How many bytes of the message are needed for the check; `None` for messages of other types, such as errors.
fn needed(message: &[u8]) -> Option<usize> {
    match message {
        [] => Some(5),
        [b'R', length @ ..] => match length.first_chunk::<4>() {
            None => Some(5),
            Some(length) => {
                let length = u32::from_be_bytes(*length) as usize;
                (8..LONGEST).contains(&length).then_some(1 + length)
            }
        },
        _ => None,
    }
}

/// Checks a complete request for authentication.
fn check(message: &[u8], policy: &AuthPolicy, over_tls: bool) -> Result<(), AuthRefusal> {
    use tokio_postgres::config::ChannelBinding::Require;
    let Some(code) = message[5..].first_chunk::<4>() else {
        return Ok(());
    };
    let method = match u32::from_be_bytes(*code) {
        0 => AuthMethod::None,
        3 => AuthMethod::Password,
        5 => AuthMethod::Md5,
        7 => AuthMethod::Gss,
        9 => AuthMethod::Sspi,
        10 if message[9..].starts_with(b"OAUTHBEARER\0") => AuthMethod::Oauth,
        10 => AuthMethod::Scram,
        // The driver reports other methods as not supported.
        _ => return Ok(()),
    };
    if !policy.methods.0.contains(&method) {
        return Err(AuthRefusal::NotAllowed(method));
    }
    if policy.channel_binding == Require {
        let plus = b"SCRAM-SHA-256-PLUS\0";
        let offered = message.windows(plus.len()).any(|bytes| bytes == plus);
        if !over_tls {
            return Err(AuthRefusal::NoTlsToBind);
        }
        if method != AuthMethod::Scram || !offered {
            return Err(AuthRefusal::NotBound);
        }
    }
    match (method, policy.server) {
        (AuthMethod::Password, ServerIdentity::UnverifiedHost) => {
            return Err(AuthRefusal::ClearTextToHost);
        }
        (AuthMethod::Password, ServerIdentity::UnverifiedSocket) => {
            return Err(AuthRefusal::ClearTextToSocket);
        }
        _ => {}
    }
    match method {
        AuthMethod::None => Ok(()),
        AuthMethod::Gss | AuthMethod::Sspi | AuthMethod::Oauth => {
            Err(AuthRefusal::NotSupported(method))
        }
        AuthMethod::Password | AuthMethod::Md5 | AuthMethod::Scram if policy.has_password => Ok(()),
        AuthMethod::Password | AuthMethod::Md5 | AuthMethod::Scram => Err(AuthRefusal::NoPassword),
    }
}

impl AsyncRead for GuardedStream {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        while let FirstMessage::Incomplete(held, policy) = &mut this.first {
            let missing = needed(held).map_or(0, |needed| needed.saturating_sub(held.len()));
            if missing > 0 {
                let mut space = vec![0; missing];
                let mut part = ReadBuf::new(&mut space);
                poll_ready!(Pin::new(&mut this.stream).poll_read(cx, &mut part))?;
                held.extend_from_slice(part.filled());
                if !part.filled().is_empty() {
                    continue;
                }
                // The server closed the connection.
            } else if needed(held).is_some() {
                let over_tls = matches!(this.stream.stream, Stream::Tls(_));
                check(held, policy, over_tls).map_err(io::Error::other)?;
            }
            this.first = FirstMessage::Checked(std::mem::take(held));
        }
        if let FirstMessage::Checked(held) = &mut this.first
            && !held.is_empty()
        {
            let taken = held.len().min(buffer.remaining());
            buffer.put_slice(&held[..taken]);
            held.drain(..taken);
            return Poll::Ready(Ok(()));
        }
        Pin::new(&mut this.stream).poll_read(cx, buffer)
    }
}

impl AsyncWrite for GuardedStream {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().stream).poll_write(cx, bytes)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(cx)
    }
}

impl tokio_postgres::tls::TlsStream for GuardedStream {
    fn channel_binding(&self) -> ChannelBinding {
        match &self.stream.stream {
            Stream::Tls(stream) => stream.channel_binding(),
            Stream::Tcp(_) | Stream::Socket(_) => ChannelBinding::none(),
        }
    }
}

/// The driver's TLS step, for a stream that already uses TLS where it should.
pub(crate) struct TlsEstablished;

impl TlsConnect<GuardedStream> for TlsEstablished {
    type Stream = GuardedStream;
    type Error = io::Error;
    type Future = Ready<io::Result<GuardedStream>>;

    fn connect(self, stream: GuardedStream) -> Self::Future {
        ready(Ok(stream))
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::UnixStream;
    use tokio_postgres::config::ChannelBinding::{Prefer, Require};

    use super::*;

    fn request(code: u32, rest: &[u8]) -> Vec<u8> {
        let length = (8 + rest.len()) as u32;
        [b"R", &length.to_be_bytes()[..], &code.to_be_bytes(), rest].concat()
    }

    fn policy(require_auth: &str) -> AuthPolicy {
        AuthPolicy {
            methods: AllowedMethods::parse(require_auth).unwrap(),
            channel_binding: Prefer,
            has_password: true,
            server: ServerIdentity::Verified,
        }
    }

    #[rstest]
    #[case("", 3, None)]
    #[case("", 0, None)]
    #[case("", 7, Some(AuthRefusal::NotSupported(AuthMethod::Gss)))]
    #[case("scram-sha-256", 10, None)]
    #[case(
        "scram-sha-256",
        3,
        Some(AuthRefusal::NotAllowed(AuthMethod::Password))
    )]
    #[case("scram-sha-256", 5, Some(AuthRefusal::NotAllowed(AuthMethod::Md5)))]
    #[case("scram-sha-256", 0, Some(AuthRefusal::NotAllowed(AuthMethod::None)))]
    #[case("scram-sha-256,none", 0, None)]
    #[case("!password, !md5", 5, Some(AuthRefusal::NotAllowed(AuthMethod::Md5)))]
    #[case("!password,!md5", 10, None)]
    fn only_allowed_methods_are_accepted(
        #[case] require_auth: &str,
        #[case] code: u32,
        #[case] refused: Option<AuthRefusal>,
    ) {
        let checked = check(
            &request(code, b"SCRAM-SHA-256\0\0"),
            &policy(require_auth),
            false,
        );
        assert_eq!(checked.err(), refused);
    }

    #[rstest]
    #[case(ServerIdentity::Verified, None)]
    #[case(ServerIdentity::UnverifiedHost, Some(AuthRefusal::ClearTextToHost))]
    #[case(ServerIdentity::UnverifiedSocket, Some(AuthRefusal::ClearTextToSocket))]
    fn a_password_in_clear_text_goes_to_a_verified_server_only(
        #[case] server: ServerIdentity,
        #[case] refused: Option<AuthRefusal>,
    ) {
        // What the address allows makes no difference, and neither does TLS with an unknown server.
        for require_auth in ["", "password"] {
            for over_tls in [false, true] {
                let policy = AuthPolicy {
                    server,
                    ..policy(require_auth)
                };
                let checked = check(&request(3, b""), &policy, over_tls);
                assert_eq!(checked.err(), refused);
            }
        }
        let hashed = AuthPolicy {
            server,
            ..policy("")
        };
        assert_eq!(check(&request(5, b"salt"), &hashed, false), Ok(()));
    }

    #[test]
    fn a_required_binding_must_be_offered_over_tls() {
        let required = AuthPolicy {
            channel_binding: Require,
            ..policy("")
        };
        let plain = request(10, b"SCRAM-SHA-256\0\0");
        let both = request(10, b"SCRAM-SHA-256-PLUS\0SCRAM-SHA-256\0\0");
        assert_eq!(check(&both, &required, true), Ok(()));
        assert_eq!(check(&plain, &required, true), Err(AuthRefusal::NotBound));
        assert_eq!(
            check(&request(3, b""), &required, true),
            Err(AuthRefusal::NotBound)
        );
        assert_eq!(
            check(&request(0, b""), &required, true),
            Err(AuthRefusal::NotBound)
        );
        assert_eq!(
            check(&plain, &required, false),
            Err(AuthRefusal::NoTlsToBind)
        );
    }

    #[test]
    fn an_invalid_require_auth_is_an_error() {
        for text in ["scram", "password,!md5", "x"] {
            assert!(AllowedMethods::parse(text).is_err(), "{text}");
        }
    }

    /// What the driver reads when a server sends `sent` in pieces of `piece` bytes and disconnects.
    async fn through(sent: &[u8], piece: usize, policy: AuthPolicy) -> io::Result<Vec<u8>> {
        let (ours, mut theirs) = UnixStream::pair().unwrap();
        let sent = sent.to_vec();
        tokio::spawn(async move {
            for part in sent.chunks(piece) {
                theirs.write_all(part).await.unwrap();
                tokio::task::yield_now().await;
            }
        });
        let mut read = Vec::new();
        let mut guarded = GuardedStream::new(
            MonitoredStream {
                stream: Stream::Socket(ours),
                liveness: crate::liveness::Liveness::new(),
            },
            policy,
        );
        guarded.read_to_end(&mut read).await.map(|_| read)
    }

    #[tokio::test]
    async fn a_guard_passes_accepted_messages_unchanged() {
        let requested = [request(10, b"SCRAM-SHA-256\0\0"), b"Rest of it".to_vec()].concat();
        let refused = b"E\0\0\0\x2fSFATAL\0".to_vec();
        for sent in [
            requested,
            refused,
            b"R\0\0".to_vec(),
            Vec::new(),
            b"R\xff\xff\xff\xffx".to_vec(),
        ] {
            for piece in [1, 4, 1_000] {
                assert_eq!(through(&sent, piece, policy("")).await.unwrap(), sent);
            }
        }
    }

    #[tokio::test]
    async fn a_guard_withholds_refused_messages() {
        for piece in [1, 1_000] {
            let read = through(&request(3, b""), piece, policy("scram-sha-256")).await;
            let error = read.unwrap_err();
            let refusal = error
                .get_ref()
                .and_then(|e| e.downcast_ref::<AuthRefusal>());
            assert_eq!(
                refusal,
                Some(&AuthRefusal::NotAllowed(AuthMethod::Password))
            );
        }
    }
}
