//! Starts TLS, and explains why it fails.

use std::io;
use std::sync::Arc;

use rustls::crypto::ring;
use rustls::pki_types::ServerName;
use rustls::{CertificateError, ClientConfig, Error as TlsError, SupportedProtocolVersion};
use tokio::net::TcpStream;
use tokio_postgres::tls::{MakeTlsConnect, TlsConnect as _};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::files::{certificates, private_key};
use super::settings::{Roots, TlsMode, TlsSettings, TlsVersion};
use super::verifier::{UncheckableVersion, Verifier};
use crate::error::{ConfigError, ConnectError, ConnectErrorKind};

/// A stream with TLS.
pub(crate) type TlsStream = <MakeRustlsConnect as MakeTlsConnect<TcpStream>>::Stream;

/// Starts TLS; its files have been read and checked.
#[derive(Clone)]
pub(crate) struct TlsConnector {
    named: MakeRustlsConnect,
    /// For hosts whose name cannot be sent to a server.
    unnamed: MakeRustlsConnect,
    mode: TlsMode,
    authorities: &'static str,
}

impl TlsConnector {
    pub(crate) fn new(settings: &TlsSettings) -> Result<TlsConnector, ConfigError> {
        let provider = Arc::new(ring::default_provider());
        let verifier = Verifier::new(settings, &provider)?;
        let versions: &[&SupportedProtocolVersion] =
            match (settings.min_version, settings.max_version) {
                (TlsVersion::V1_2, TlsVersion::V1_2) => &[&rustls::version::TLS12],
                (TlsVersion::V1_3, _) => &[&rustls::version::TLS13],
                _ => rustls::ALL_VERSIONS,
            };
        let builder = ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(versions)
            .map_err(|error| ConfigError::new(error.to_string()))?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(verifier));
        let mut config = match &settings.client {
            None => builder.with_no_client_auth(),
            Some(files) => builder
                .with_client_auth_cert(certificates(&files.certificate)?, private_key(&files.key)?)
                .map_err(|error| {
                    let (certificate, key) = (files.certificate.display(), files.key.display());
                    ConfigError::new("the client certificate cannot be used with its key")
                        .with_detail(format!("{certificate} and {key}: {error}"))
                })?,
        };
        // PostgreSQL 17 requires it for direct negotiation; older servers ignore it.
        config.alpn_protocols = vec![b"postgresql".to_vec()];
        config.enable_sni = settings.sends_name;
        let mut unnamed = config.clone();
        unnamed.enable_sni = false;
        Ok(TlsConnector {
            named: MakeRustlsConnect::new(config),
            unnamed: MakeRustlsConnect::new(unnamed),
            mode: settings.mode,
            authorities: match settings.roots {
                Roots::System => "trusted by the operating system",
                _ => "in the root certificate file (sslrootcert)",
            },
        })
    }

    /// Starts TLS with the server of the name `host`.
    pub(crate) async fn start(
        &self,
        stream: TcpStream,
        host: &str,
    ) -> Result<TlsStream, ConnectError> {
        let (mut connect, name) = match ServerName::try_from(host) {
            Ok(_) => (self.named.clone(), host),
            Err(_) if self.mode == TlsMode::VerifyFull => {
                return Err(self.explain(&CertificateError::NotValidForName.into()));
            }
            Err(_) => (self.unnamed.clone(), "localhost"),
        };
        let Ok(connect) = MakeTlsConnect::<TcpStream>::make_tls_connect(&mut connect, name);
        connect
            .connect(stream)
            .await
            .map_err(|error| match tls_cause(&error) {
                Some(error) => self.explain(error),
                None => tls_error(format!("cannot start TLS: {error}")),
            })
    }

    /// The error of an established connection, if TLS caused it.
    pub(crate) fn explain_cause(
        &self,
        error: &(dyn std::error::Error + 'static),
    ) -> Option<ConnectError> {
        tls_cause(error).map(|cause| self.explain(cause))
    }

    fn explain(&self, error: &TlsError) -> ConnectError {
        use rustls::AlertDescription as Alert;
        match error {
            TlsError::InvalidCertificate(error) => self.explain_certificate(error),
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
            ) => tls_error(format!(
                "the server refused the client certificate (sslcert): {error}"
            )),
            TlsError::PeerIncompatible(_)
            | TlsError::AlertReceived(Alert::ProtocolVersion | Alert::HandshakeFailure) => {
                tls_error(format!(
                    "client and server support no common version or cipher of TLS: {error}"
                ))
            }
            other => tls_error(format!("TLS failed: {other}")),
        }
    }

    fn explain_certificate(&self, error: &CertificateError) -> ConnectError {
        match error {
            CertificateError::UnknownIssuer | CertificateError::BadSignature => tls_error(format!(
                "the server's certificate is not signed by an authority {}",
                self.authorities
            ))
            .with_hint("check that this is the right server, and the right root certificate"),
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                tls_error("the server's certificate is not for this host name")
                    .with_hint("connect by a name in the certificate, or issue a new one")
            }
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
                tls_error("the server's certificate has expired").with_hint("issue a new one")
            }
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
                tls_error("the server's certificate is not valid yet")
                    .with_hint("check the clock of this machine")
            }
            CertificateError::Revoked => tls_error("the server's certificate was revoked (sslcrl)"),
            CertificateError::UnknownRevocationStatus => tls_error(
                "no revocation list (sslcrl) is from the authority that signed the server's certificate",
            ),
            CertificateError::ExpiredRevocationList
            | CertificateError::ExpiredRevocationListContext { .. } => {
                tls_error("the certificate revocation list (sslcrl) has expired")
                    .with_hint("fetch the current one")
            }
            CertificateError::Other(error) if error.0.is::<UncheckableVersion>() => {
                tls_error(&error.0).with_hint("issue a certificate of version 3")
            }
            other => tls_error(format!(
                "the server's certificate cannot be verified: {other}"
            )),
        }
    }
}

fn tls_error(detail: impl std::fmt::Display) -> ConnectError {
    ConnectError::new(ConnectErrorKind::Tls, detail)
}

/// The error of TLS among the causes of an error.
fn tls_cause<'a>(error: &'a (dyn std::error::Error + 'static)) -> Option<&'a TlsError> {
    if let Some(found) = error.downcast_ref::<TlsError>() {
        return Some(found);
    }
    let inner = error
        .downcast_ref::<io::Error>()
        .and_then(io::Error::get_ref)
        .map(|inner| inner as &(dyn std::error::Error + 'static));
    inner.or_else(|| error.source()).and_then(tls_cause)
}

#[cfg(test)]
mod tests {
    use rustls::OtherError;

    use super::*;
    use crate::address;

    #[test]
    fn only_a_certificate_of_version_one_is_to_be_replaced_by_version_three() {
        let parameters = address::parse("sslmode=require").unwrap();
        let settings = TlsSettings::parse(&parameters, |_| None).unwrap();
        let connector = TlsConnector::new(&settings).unwrap();
        let error = connector.explain(&TlsError::General("no free buffer".to_owned()));
        assert_eq!(error.hint(), None, "{error}");
        assert!(error.detail().contains("no free buffer"), "{error}");
        let uncheckable = OtherError(Arc::new(UncheckableVersion));
        let error = connector.explain(&CertificateError::Other(uncheckable).into());
        assert_eq!(error.hint(), Some("issue a certificate of version 3"));
        assert!(error.detail().contains("X.509 version 1"), "{error}");
    }
}
