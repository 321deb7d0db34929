//! TLS as libpq's `ssl…` key words ask for it, by rustls.

use std::io;
use std::sync::Arc;

use rustls::crypto::ring;
use rustls::pki_types::ServerName;
use rustls::{CertificateError, ClientConfig, Error as TlsError, SupportedProtocolVersion};
use tokio::net::TcpStream;
use tokio_postgres::tls::{MakeTlsConnect, TlsConnect as _};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::keyword::AddressError;
use choices::{Roots, TlsVersion};
use files::{certificates, private_key};
use verifier::Verifier;

mod choices;
mod files;
mod server_name;
mod verifier;
mod version_one;

pub use choices::{Negotiation, TlsChoices, TlsMode};

/// A stream that TLS runs on.
pub type TlsStream = <MakeRustlsConnect as MakeTlsConnect<TcpStream>>::Stream;

/// TLS ready to be begun: files are read and found good.
#[derive(Clone)]
pub struct Tls {
    named: MakeRustlsConnect,
    /// For hosts whose name cannot be told to a server.
    unnamed: MakeRustlsConnect,
    mode: TlsMode,
    roots: &'static str,
}

impl Tls {
    pub fn new(choices: &TlsChoices) -> Result<Tls, AddressError> {
        let provider = Arc::new(ring::default_provider());
        let verifier = Verifier::new(choices, &provider)?;
        let versions: &[&SupportedProtocolVersion] = match (choices.least, choices.most) {
            (TlsVersion::V1_2, TlsVersion::V1_2) => &[&rustls::version::TLS12],
            (TlsVersion::V1_3, _) => &[&rustls::version::TLS13],
            _ => rustls::ALL_VERSIONS,
        };
        let builder = ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(versions)
            .map_err(|error| AddressError(error.to_string()))?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(verifier));
        let mut config = match &choices.certificate {
            None => builder.with_no_client_auth(),
            Some((certificate, key)) => builder
                .with_client_auth_cert(certificates(certificate)?, private_key(key)?)
                .map_err(|error| {
                    let (certificate, key) = (certificate.display(), key.display());
                    AddressError(format!(
                        "the client certificate {certificate} cannot be used with the key {key}: {error}"
                    ))
                })?,
        };
        // PostgreSQL 17 insists on it where TLS begins at once; older servers do not look.
        config.alpn_protocols = vec![b"postgresql".to_vec()];
        config.enable_sni = choices.names_server;
        let mut unnamed = config.clone();
        unnamed.enable_sni = false;
        Ok(Tls {
            named: MakeRustlsConnect::new(config),
            unnamed: MakeRustlsConnect::new(unnamed),
            mode: choices.mode,
            roots: match choices.roots {
                Roots::System => "that this system trusts",
                _ => "of the file with root certificates (sslrootcert)",
            },
        })
    }

    /// Begins TLS with the server at the other end, which goes by the name `host`.
    pub async fn begin(&self, stream: TcpStream, host: &str) -> Result<TlsStream, String> {
        let (mut connect, name) = match ServerName::try_from(host) {
            Ok(_) => (self.named.clone(), host),
            Err(_) if self.mode == TlsMode::VerifyFull => {
                return Err(self.words_for(&CertificateError::NotValidForName.into()));
            }
            Err(_) => (self.unnamed.clone(), "localhost"),
        };
        let Ok(connect) = MakeTlsConnect::<TcpStream>::make_tls_connect(&mut connect, name);
        connect
            .connect(stream)
            .await
            .map_err(|error| match tls_error(&error) {
                Some(error) => self.words_for(error),
                None => format!("TLS could not begin: {error}"),
            })
    }

    /// What a failure of TLS means, and what to do.
    pub fn words_for(&self, error: &TlsError) -> String {
        use rustls::AlertDescription as Alert;
        let what = match error {
            TlsError::InvalidCertificate(error) => match error {
                CertificateError::UnknownIssuer | CertificateError::BadSignature => {
                    return format!(
                        "the server's certificate is not signed by an authority {}; is it the right server, and the right file?",
                        self.roots
                    );
                }
                CertificateError::NotValidForName
                | CertificateError::NotValidForNameContext { .. } => {
                    "the server's certificate is not for this host name; connect by a name that it has, or let a new one be issued"
                }
                CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
                    "the server's certificate has expired; let a new one be issued"
                }
                CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
                    "the server's certificate is not valid yet; is this machine's clock right?"
                }
                CertificateError::Revoked => "the server's certificate was revoked (sslcrl)",
                CertificateError::UnknownRevocationStatus => {
                    "no list of revoked certificates (sslcrl) is of the authority that signed the server's certificate"
                }
                CertificateError::ExpiredRevocationList
                | CertificateError::ExpiredRevocationListContext { .. } => {
                    "the list of revoked certificates (sslcrl) has expired; fetch the new one"
                }
                other => return format!("the server's certificate cannot be verified: {other}"),
            },
            TlsError::AlertReceived(
                Alert::UnknownCA
                | Alert::BadCertificate
                | Alert::CertificateExpired
                | Alert::CertificateRevoked
                | Alert::CertificateUnknown
                | Alert::UnsupportedCertificate
                | Alert::CertificateRequired
                | Alert::DecryptError
                | Alert::AccessDenied,
            ) => {
                return format!("the server refused the client certificate (sslcert): {error}");
            }
            TlsError::General(words) => words,
            TlsError::PeerIncompatible(_)
            | TlsError::AlertReceived(Alert::ProtocolVersion | Alert::HandshakeFailure) => {
                return format!("the server and lethe have no way of TLS in common: {error}");
            }
            other => return format!("TLS failed: {other}"),
        };
        what.to_owned()
    }
}

/// The error of TLS that an error of the connection hides.
pub fn tls_error<'a>(error: &'a (dyn std::error::Error + 'static)) -> Option<&'a TlsError> {
    if let Some(found) = error.downcast_ref::<TlsError>() {
        return Some(found);
    }
    let inner = error
        .downcast_ref::<io::Error>()
        .and_then(io::Error::get_ref)
        .map(|inner| inner as &(dyn std::error::Error + 'static));
    inner.or_else(|| error.source()).and_then(tls_error)
}
