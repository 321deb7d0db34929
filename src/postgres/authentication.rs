//! How a server may ask who we are: looked at before anything of a password is sent.

use std::fmt;
use std::future::{Ready, ready};
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready as some};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_postgres::tls::{ChannelBinding, TlsConnect};

use super::keyword::{AddressError, wrong};
use super::line::Heard;
use super::wire::Wire;

/// The ways of libpq's `require_auth`; Lethe itself carries out no GSSAPI, SSPI and OAuth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Nothing is asked: `trust`, `peer`, or a client certificate.
    None,
    Password,
    Md5,
    Scram,
    Gss,
    Sspi,
    Oauth,
}

const METHODS: [(&str, Method); 7] = [
    ("none", Method::None),
    ("password", Method::Password),
    ("md5", Method::Md5),
    ("scram-sha-256", Method::Scram),
    ("gss", Method::Gss),
    ("sspi", Method::Sspi),
    ("oauth", Method::Oauth),
];

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let named = METHODS.iter().find(|(_, method)| method == self);
        f.write_str(named.map_or("", |(name, _)| name))
    }
}

/// Which of them are allowed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Methods(Vec<Method>);

impl Methods {
    /// Reads `require_auth`: methods with commas between, or each with a `!` for all others; empty allows all.
    pub fn parse(text: &str) -> Result<Methods, AddressError> {
        let all = || METHODS.iter().map(|(_, method)| *method);
        let words: Vec<&str> = text
            .split(',')
            .map(str::trim)
            .filter(|word| !word.is_empty())
            .collect();
        let negated = words.iter().filter(|word| word.starts_with('!')).count();
        if negated > 0 && negated < words.len() {
            return wrong(
                "require_auth names methods with and without !; it can only be the one or the other",
            );
        }
        let mut named = Vec::new();
        for word in &words {
            let name = word.trim_start_matches('!');
            match METHODS.iter().find(|(known, _)| *known == name) {
                Some((_, method)) => named.push(*method),
                None => {
                    return wrong(
                        "require_auth names a method that is none of password, md5, scram-sha-256, gss, sspi, oauth and none",
                    );
                }
            }
        }
        Ok(Methods(match (words.is_empty(), negated > 0) {
            (true, _) => all().collect(),
            (false, true) => all().filter(|method| !named.contains(method)).collect(),
            (false, false) => named,
        }))
    }
}

/// What must hold of the server's question.
#[derive(Debug, Clone)]
pub struct Rules {
    pub methods: Methods,
    pub channel_binding: tokio_postgres::config::ChannelBinding,
    pub has_password: bool,
}

/// Why the server's question is not answered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("the server asks for authentication by {0}, which require_auth does not allow")]
    NotAllowed(Method),
    #[error("the server asks for authentication by {0}, which lethe cannot do")]
    CannotDo(Method),
    #[error(
        "the server asks for a password and there is none for this host, port, database and user; write it into a password file \
         (PGPASSFILE, ~/.pgpass, mode 0600)"
    )]
    NoPassword,
    #[error(
        "channel_binding=require needs TLS (sslmode=require or above), which this connection is without"
    )]
    NotBoundWithoutTls,
    #[error(
        "channel_binding=require needs a server that authenticates by scram-sha-256 over TLS, which this one does not"
    )]
    NotBound,
}

/// A wire whose first message is held back until it is known to be one that may be answered.
pub struct Guarded {
    wire: Heard<Wire>,
    first: First,
}

enum First {
    /// What has come of the first message.
    Awaited(Vec<u8>, Rules),
    /// What of it is still to be read.
    Judged(Vec<u8>),
}

/// Longer questions are none.
const LONGEST: usize = 2_000;

impl Guarded {
    pub fn new(wire: Heard<Wire>, rules: Rules) -> Guarded {
        Guarded {
            wire,
            first: First::Awaited(Vec::new(), rules),
        }
    }
}

/// How many bytes are needed to judge; `None` where it is no question, but an error or the like.
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

/// Judges a whole question.
fn judge(message: &[u8], rules: &Rules, over_tls: bool) -> Result<(), Refusal> {
    use tokio_postgres::config::ChannelBinding::Require;
    let Some(code) = message[5..].first_chunk::<4>() else {
        return Ok(());
    };
    let method = match u32::from_be_bytes(*code) {
        0 => Method::None,
        3 => Method::Password,
        5 => Method::Md5,
        7 => Method::Gss,
        9 => Method::Sspi,
        10 if message[9..].starts_with(b"OAUTHBEARER\0") => Method::Oauth,
        10 => Method::Scram,
        // The driver knows none of the others either.
        _ => return Ok(()),
    };
    if !rules.methods.0.contains(&method) {
        return Err(Refusal::NotAllowed(method));
    }
    if rules.channel_binding == Require {
        let plus = b"SCRAM-SHA-256-PLUS\0";
        let offered = message.windows(plus.len()).any(|words| words == plus);
        if !over_tls {
            return Err(Refusal::NotBoundWithoutTls);
        }
        if method != Method::Scram || !offered {
            return Err(Refusal::NotBound);
        }
    }
    match method {
        Method::None => Ok(()),
        Method::Gss | Method::Sspi | Method::Oauth => Err(Refusal::CannotDo(method)),
        Method::Password | Method::Md5 | Method::Scram if rules.has_password => Ok(()),
        Method::Password | Method::Md5 | Method::Scram => Err(Refusal::NoPassword),
    }
}

impl AsyncRead for Guarded {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        while let First::Awaited(held, rules) = &mut this.first {
            let missing = needed(held).map_or(0, |needed| needed.saturating_sub(held.len()));
            if missing > 0 {
                let mut space = vec![0; missing];
                let mut part = ReadBuf::new(&mut space);
                some!(Pin::new(&mut this.wire).poll_read(cx, &mut part))?;
                held.extend_from_slice(part.filled());
                if !part.filled().is_empty() {
                    continue;
                }
                // The end: nobody will ask anything.
            } else if needed(held).is_some() {
                let over_tls = matches!(this.wire.stream, Wire::Tls(_));
                judge(held, rules, over_tls).map_err(io::Error::other)?;
            }
            this.first = First::Judged(std::mem::take(held));
        }
        if let First::Judged(held) = &mut this.first
            && !held.is_empty()
        {
            let taken = held.len().min(buffer.remaining());
            buffer.put_slice(&held[..taken]);
            held.drain(..taken);
            return Poll::Ready(Ok(()));
        }
        Pin::new(&mut this.wire).poll_read(cx, buffer)
    }
}

impl AsyncWrite for Guarded {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().wire).poll_write(cx, bytes)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().wire).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().wire).poll_shutdown(cx)
    }
}

impl tokio_postgres::tls::TlsStream for Guarded {
    fn channel_binding(&self) -> ChannelBinding {
        match &self.wire.stream {
            Wire::Tls(stream) => stream.channel_binding(),
            Wire::Tcp(_) | Wire::Socket(_) => ChannelBinding::none(),
        }
    }
}

/// The driver's way to TLS, of a wire that has it already where it was wanted.
pub struct AsItIs;

impl TlsConnect<Guarded> for AsItIs {
    type Stream = Guarded;
    type Error = io::Error;
    type Future = Ready<io::Result<Guarded>>;

    fn connect(self, stream: Guarded) -> Self::Future {
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

    fn question(code: u32, rest: &[u8]) -> Vec<u8> {
        let length = (8 + rest.len()) as u32;
        [b"R", &length.to_be_bytes()[..], &code.to_be_bytes(), rest].concat()
    }

    fn rules(require_auth: &str) -> Rules {
        Rules {
            methods: Methods::parse(require_auth).unwrap(),
            channel_binding: Prefer,
            has_password: true,
        }
    }

    #[rstest]
    #[case("", 3, None)]
    #[case("", 0, None)]
    #[case("", 7, Some(Refusal::CannotDo(Method::Gss)))]
    #[case("scram-sha-256", 10, None)]
    #[case("scram-sha-256", 3, Some(Refusal::NotAllowed(Method::Password)))]
    #[case("scram-sha-256", 5, Some(Refusal::NotAllowed(Method::Md5)))]
    #[case("scram-sha-256", 0, Some(Refusal::NotAllowed(Method::None)))]
    #[case("scram-sha-256,none", 0, None)]
    #[case("!password, !md5", 5, Some(Refusal::NotAllowed(Method::Md5)))]
    #[case("!password,!md5", 10, None)]
    fn only_allowed_methods_are_answered(
        #[case] require_auth: &str,
        #[case] code: u32,
        #[case] refused: Option<Refusal>,
    ) {
        let judged = judge(
            &question(code, b"SCRAM-SHA-256\0\0"),
            &rules(require_auth),
            false,
        );
        assert_eq!(judged.err(), refused);
    }

    #[test]
    fn a_binding_that_is_required_must_be_offered_over_tls() {
        let required = Rules {
            channel_binding: Require,
            ..rules("")
        };
        let plain = question(10, b"SCRAM-SHA-256\0\0");
        let both = question(10, b"SCRAM-SHA-256-PLUS\0SCRAM-SHA-256\0\0");
        assert_eq!(judge(&both, &required, true), Ok(()));
        assert_eq!(judge(&plain, &required, true), Err(Refusal::NotBound));
        assert_eq!(
            judge(&question(3, b""), &required, true),
            Err(Refusal::NotBound)
        );
        assert_eq!(
            judge(&question(0, b""), &required, true),
            Err(Refusal::NotBound)
        );
        assert_eq!(
            judge(&plain, &required, false),
            Err(Refusal::NotBoundWithoutTls)
        );
    }

    #[test]
    fn require_auth_is_never_passed_by() {
        for text in ["scram", "password,!md5", "x"] {
            assert!(Methods::parse(text).is_err(), "{text}");
        }
    }

    /// What is read through a guard when a server sends `sent` in pieces of `piece` bytes and goes.
    async fn through(sent: &[u8], piece: usize, rules: Rules) -> io::Result<Vec<u8>> {
        let (ours, mut theirs) = UnixStream::pair().unwrap();
        let sent = sent.to_vec();
        tokio::spawn(async move {
            for part in sent.chunks(piece) {
                theirs.write_all(part).await.unwrap();
                tokio::task::yield_now().await;
            }
        });
        let mut read = Vec::new();
        let mut guarded = Guarded::new(
            Heard {
                stream: Wire::Socket(ours),
                line: crate::postgres::line::Line::new(),
            },
            rules,
        );
        guarded.read_to_end(&mut read).await.map(|_| read)
    }

    #[tokio::test]
    async fn a_guard_changes_nothing_of_what_it_lets_through() {
        let asked = [question(10, b"SCRAM-SHA-256\0\0"), b"Rest of it".to_vec()].concat();
        let refused = b"E\0\0\0\x2fSFATAL\0".to_vec();
        for sent in [
            asked,
            refused,
            b"R\0\0".to_vec(),
            Vec::new(),
            b"R\xff\xff\xff\xffx".to_vec(),
        ] {
            for piece in [1, 4, 1_000] {
                assert_eq!(through(&sent, piece, rules("")).await.unwrap(), sent);
            }
        }
    }

    #[tokio::test]
    async fn a_guard_lets_nothing_through_that_is_refused() {
        for piece in [1, 1_000] {
            let read = through(&question(3, b""), piece, rules("scram-sha-256")).await;
            let error = read.unwrap_err();
            let refusal = error.get_ref().and_then(|e| e.downcast_ref::<Refusal>());
            assert_eq!(refusal, Some(&Refusal::NotAllowed(Method::Password)));
        }
    }
}
