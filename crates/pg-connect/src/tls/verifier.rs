//! Verification of a server's certificate.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature_with_raw_key};
use rustls::pki_types::{
    CertificateDer, CertificateRevocationListDer, ServerName, SubjectPublicKeyInfoDer, UnixTime,
};
use rustls::{
    CertificateError, DigitallySignedStruct, Error as TlsError, OtherError, RootCertStore,
    SignatureScheme,
};
use x509_cert::Certificate;
use x509_cert::certificate::Version;
use x509_cert::der::{Decode as _, Encode as _};

use super::files::{certificates, revocation_lists};
use super::server_name;
use super::settings::{Roots, TlsMode, TlsSettings};
use super::version_one;
use crate::error::{ConfigError, invalid, invalid_hint};

/// Checks a server's certificate against the roots, the revocation lists and the host name, as `sslmode` requires.
#[derive(Debug)]
pub(super) struct Verifier {
    /// `None` where nothing is verified.
    chain: Option<Arc<WebPkiServerVerifier>>,
    /// The roots themselves: a server may present one of them.
    roots: Vec<CertificateDer<'static>>,
    name: NameCheck,
    revocation: Revocation,
    provider: Arc<CryptoProvider>,
}

#[derive(Debug, PartialEq, Eq)]
enum Revocation {
    None,
    /// There are lists of revoked certificates.
    Lists,
}

#[derive(Debug, PartialEq, Eq)]
enum NameCheck {
    None,
    Host,
}

/// A certificate of X.509 version 1 where there are revocation lists: it may have been revoked.
#[derive(Debug)]
pub(super) struct UncheckableVersion;

impl fmt::Display for UncheckableVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "the server's certificate has X.509 version 1, which cannot be checked against a revocation list (sslcrl)",
        )
    }
}

impl std::error::Error for UncheckableVersion {}

impl Verifier {
    pub(super) fn new(
        settings: &TlsSettings,
        provider: &Arc<CryptoProvider>,
    ) -> Result<Verifier, ConfigError> {
        let roots = match &settings.roots {
            Roots::None => Vec::new(),
            Roots::System => rustls_native_certs::load_native_certs().certs,
            Roots::File(path) => {
                let untrusted = |e| ConfigError::untrusted("root certificate file", e);
                trusted_path::check(path).map_err(untrusted)?;
                certificates(path)?
            }
        };
        let lists = revocation_lists(settings)?;
        let revocation = match lists.is_empty() {
            true => Revocation::None,
            false => Revocation::Lists,
        };
        let chain = match settings.roots {
            Roots::None => None,
            _ => Some(chain_verifier(settings, &roots, lists, provider)?),
        };
        Ok(Verifier {
            chain,
            roots,
            name: match settings.mode {
                TlsMode::VerifyFull => NameCheck::Host,
                _ => NameCheck::None,
            },
            revocation,
            provider: provider.clone(),
        })
    }

    fn verify_chain(
        &self,
        chain: &WebPkiServerVerifier,
        presented: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        now: UnixTime,
    ) -> Result<(), TlsError> {
        let certificate = parsed(presented)?;
        let seconds = Duration::from_secs(now.as_secs());
        if self.roots.contains(presented) {
            return Ok(version_one::check_validity(&certificate, seconds)?);
        }
        if certificate.tbs_certificate.version == Version::V1 {
            let algorithms = &self.provider.signature_verification_algorithms;
            return match self.revocation {
                Revocation::None => Ok(version_one::verify(
                    &certificate,
                    &self.roots,
                    seconds,
                    algorithms,
                )?),
                Revocation::Lists => {
                    Err(CertificateError::Other(OtherError(Arc::new(UncheckableVersion))).into())
                }
            };
        }
        match chain.verify_server_cert(presented, intermediates, server_name, &[], now) {
            // The name is checked last, so the chain is valid; the name is matched by other rules.
            Ok(_)
            | Err(TlsError::InvalidCertificate(
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
            )) => Ok(()),
            Err(error) => Err(error),
        }
    }
}

/// Verifies chains. As in OpenSSL, once there is a revocation list every authority must have one.
fn chain_verifier(
    settings: &TlsSettings,
    roots: &[CertificateDer<'static>],
    lists: Vec<CertificateRevocationListDer<'static>>,
    provider: &Arc<CryptoProvider>,
) -> Result<Arc<WebPkiServerVerifier>, ConfigError> {
    let mut store = RootCertStore::empty();
    let (usable, _) = store.add_parsable_certificates(roots.iter().cloned());
    if usable == 0 {
        return match settings.roots {
            Roots::System => invalid_hint(
                "the operating system has no root certificates",
                "install them (ca-certificates), or name a file in sslrootcert",
            ),
            _ => invalid("no certificate of the root certificate file (sslrootcert) can be used"),
        };
    }
    WebPkiServerVerifier::builder_with_provider(Arc::new(store), provider.clone())
        .with_crls(lists)
        .enforce_revocation_expiration()
        .build()
        .map_err(|error| {
            ConfigError::new("cannot use the certificate revocation list (sslcrl)")
                .with_detail(error)
        })
}

fn parsed(certificate: &CertificateDer<'_>) -> Result<Certificate, TlsError> {
    Certificate::from_der(certificate).map_err(|_| CertificateError::BadEncoding.into())
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        presented: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, TlsError> {
        if let Some(chain) = &self.chain {
            self.verify_chain(chain, presented, intermediates, server_name, now)?;
        }
        let host = server_name.to_str();
        if self.name == NameCheck::Host && !server_name::matches_host(&parsed(presented)?, &host) {
            return Err(CertificateError::NotValidForName.into());
        }
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        presented: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, presented, signature, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        presented: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        // With the key alone: rustls may not accept the certificate, and where nothing is verified it need not.
        let key = parsed(presented)?
            .tbs_certificate
            .subject_public_key_info
            .to_der()
            .map_err(|_| TlsError::from(CertificateError::BadEncoding))?;
        let key = SubjectPublicKeyInfoDer::from(key);
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls13_signature_with_raw_key(message, &key, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider
            .signature_verification_algorithms
            .supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use rcgen::{
        BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, date_time_ymd,
    };
    use rustls::crypto::ring;

    use super::*;
    use crate::address;

    /// From 2018 to 2028.
    fn named(name: &str) -> CertificateParams {
        let mut params = CertificateParams::default();
        params.distinguished_name = rcgen::DistinguishedName::new();
        params.distinguished_name.push(DnType::CommonName, name);
        params.not_before = date_time_ymd(2018, 1, 1);
        params.not_after = date_time_ymd(2028, 1, 1);
        params
    }

    fn authority() -> CertifiedIssuer<'static, KeyPair> {
        let mut params = named("authority");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
    }

    /// A verifier that trusts `root`.
    fn trusting(mode: &str, root: &str) -> Verifier {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), root).unwrap();
        let address = format!("sslmode={mode} sslrootcert={}", file.path().display());
        let parameters = address::parse(&address).unwrap();
        let settings = TlsSettings::parse(&parameters, |_| None).unwrap();
        Verifier::new(&settings, &Arc::new(ring::default_provider())).unwrap()
    }

    /// Verifies a certificate presented by db.example.com in a year, where `root` is trusted.
    fn verify(
        mode: &str,
        root: &str,
        presented: &CertificateDer<'_>,
        year: u64,
    ) -> Result<(), TlsError> {
        presented_to(&trusting(mode, root), presented, year)
    }

    fn presented_to(
        verifier: &Verifier,
        presented: &CertificateDer<'_>,
        year: u64,
    ) -> Result<(), TlsError> {
        let name = ServerName::try_from("db.example.com").unwrap();
        let now = Duration::from_secs((year - 1970) * 31_557_600);
        let now = UnixTime::since_unix_epoch(now);
        verifier
            .verify_server_cert(presented, &[], &name, &[], now)
            .map(|_| ())
    }

    #[test]
    fn a_certificate_with_only_a_common_name_is_for_that_name() {
        let authority = authority();
        let signed = |name: &str| {
            let key = KeyPair::generate().unwrap();
            let made = named(name).signed_by(&key, &authority).unwrap();
            made.der().clone()
        };
        let (right, wrong) = (signed("db.example.com"), signed("other.example.com"));
        let root = authority.pem();
        assert_eq!(verify("verify-full", &root, &right, 2020), Ok(()));
        let error = verify("verify-full", &root, &wrong, 2020);
        assert_eq!(error, Err(CertificateError::NotValidForName.into()));
        assert_eq!(verify("verify-ca", &root, &wrong, 2020), Ok(()));
    }

    #[test]
    fn certificates_are_valid_in_their_period_only() {
        let authority = authority();
        let key = KeyPair::generate().unwrap();
        let made = named("db.example.com").signed_by(&key, &authority).unwrap();
        let in_year = |year| verify("require", &authority.pem(), made.der(), year);
        assert_eq!(in_year(2020), Ok(()));
        assert!(format!("{:?}", in_year(2030)).contains("Expired"));
        assert!(format!("{:?}", in_year(2010)).contains("NotValidYet"));
    }

    #[test]
    fn a_server_may_present_the_trusted_certificate_itself() {
        let own = authority();
        let in_year = |year| verify("verify-ca", &own.pem(), own.der(), year);
        assert_eq!(in_year(2020), Ok(()));
        assert_eq!(in_year(2030), Err(CertificateError::Expired.into()));
        assert_eq!(in_year(2010), Err(CertificateError::NotValidYet.into()));
        let error = verify("verify-full", &own.pem(), own.der(), 2020);
        assert_eq!(error, Err(CertificateError::NotValidForName.into()));
        assert!(verify("verify-ca", &authority().pem(), own.der(), 2020).is_err());
    }

    #[test]
    fn a_certificate_of_version_one_is_verified_by_the_root_that_signed_it() {
        use rustls::pki_types::pem::PemObject as _;
        let root = include_str!("../../tests/certificates/root.crt");
        let presented = include_bytes!("../../tests/certificates/version-1.crt");
        let presented = CertificateDer::from_pem_slice(presented).unwrap();
        assert_eq!(verify("verify-full", root, &presented, 2030), Ok(()));
        let unknown = Err(CertificateError::UnknownIssuer.into());
        assert_eq!(
            verify("verify-ca", &authority().pem(), &presented, 2030),
            unknown
        );
        // A root with the same name but another key.
        let mut params = named("root");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let namesake = params.self_signed(&KeyPair::generate().unwrap()).unwrap();
        assert_eq!(
            verify("verify-ca", &namesake.pem(), &presented, 2020),
            unknown
        );
        let early = verify("verify-full", root, &presented, 2020);
        assert_eq!(early, Err(CertificateError::NotValidYet.into()));
        let mut forged = presented.to_vec();
        let name = forged.windows(4).position(|w| w == b"db.e").unwrap();
        forged[name] = b'x';
        assert_eq!(verify("verify-ca", root, &forged.into(), 2030), unknown);
    }

    #[test]
    fn a_certificate_of_version_one_is_refused_where_there_are_revocation_lists() {
        use rustls::pki_types::pem::PemObject as _;
        let root = include_str!("../../tests/certificates/root.crt");
        let presented = include_bytes!("../../tests/certificates/version-1.crt");
        let presented = CertificateDer::from_pem_slice(presented).unwrap();
        let mut verifier = trusting("verify-ca", root);
        verifier.revocation = Revocation::Lists;
        match presented_to(&verifier, &presented, 2030) {
            Err(TlsError::InvalidCertificate(CertificateError::Other(error))) => {
                assert!(error.0.is::<UncheckableVersion>(), "{error:?}");
            }
            other => panic!("{other:?}"),
        }
    }
}
