//! What of a server's certificate is verified.

use std::sync::Arc;
use std::time::Duration;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature_with_raw_key};
use rustls::pki_types::{
    CertificateDer, CertificateRevocationListDer, ServerName, SubjectPublicKeyInfoDer, UnixTime,
};
use rustls::{
    CertificateError, DigitallySignedStruct, Error as TlsError, RootCertStore, SignatureScheme,
};
use x509_cert::Certificate;
use x509_cert::certificate::Version;
use x509_cert::der::{Decode as _, Encode as _};

use super::choices::{Roots, TlsChoices, TlsMode};
use super::files::{certificates, revocation_lists};
use super::{server_name, version_one};
use crate::postgres::keyword::{AddressError, wrong};

/// Holds a server's certificate against roots and its host name, as far as asked.
#[derive(Debug)]
pub(super) struct Verifier {
    /// None where nothing is verified.
    chain: Option<Arc<WebPkiServerVerifier>>,
    /// The roots themselves: a server may show one of them.
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

impl Verifier {
    pub(super) fn new(
        choices: &TlsChoices,
        provider: &Arc<CryptoProvider>,
    ) -> Result<Verifier, AddressError> {
        let roots = match &choices.roots {
            Roots::None => Vec::new(),
            Roots::System => rustls_native_certs::load_native_certs().certs,
            Roots::File(path) => certificates(path)?,
        };
        let lists = revocation_lists(choices)?;
        let revocation = match lists.is_empty() {
            true => Revocation::None,
            false => Revocation::Lists,
        };
        let chain = match choices.roots {
            Roots::None => None,
            _ => Some(chain_verifier(choices, &roots, lists, provider)?),
        };
        Ok(Verifier {
            chain,
            roots,
            name: match choices.mode {
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
        shown: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        now: UnixTime,
    ) -> Result<(), TlsError> {
        let certificate = parsed(shown)?;
        let seconds = Duration::from_secs(now.as_secs());
        if self.roots.contains(shown) {
            return Ok(version_one::must_be_valid(&certificate, seconds)?);
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
                Revocation::Lists => Err(TlsError::General(
                    "the server's certificate is an X.509 certificate of version 1, which lethe cannot look up in a list of revoked \
                     certificates (sslcrl); let one of version 3 be issued"
                        .to_owned(),
                )),
            };
        }
        match chain.verify_server_cert(shown, intermediates, server_name, &[], now) {
            // The name comes last, so the chain is good; it is looked at by other rules.
            Ok(_)
            | Err(TlsError::InvalidCertificate(
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
            )) => Ok(()),
            Err(error) => Err(error),
        }
    }
}

/// Certificates without a list of their authority's are refused where there is any list, as OpenSSL does.
fn chain_verifier(
    choices: &TlsChoices,
    roots: &[CertificateDer<'static>],
    lists: Vec<CertificateRevocationListDer<'static>>,
    provider: &Arc<CryptoProvider>,
) -> Result<Arc<WebPkiServerVerifier>, AddressError> {
    let mut store = RootCertStore::empty();
    let (usable, _) = store.add_parsable_certificates(roots.iter().cloned());
    if usable == 0 {
        return wrong(match choices.roots {
            Roots::System => {
                "this system trusts no authority; install its certificates (ca-certificates), or name a file in sslrootcert"
            }
            _ => "no certificate of the file with root certificates (sslrootcert) can be used",
        });
    }
    WebPkiServerVerifier::builder_with_provider(Arc::new(store), provider.clone())
        .with_crls(lists)
        .enforce_revocation_expiration()
        .build()
        .map_err(|error| {
            AddressError(format!(
                "the list of revoked certificates (sslcrl): {error}"
            ))
        })
}

fn parsed(certificate: &CertificateDer<'_>) -> Result<Certificate, TlsError> {
    Certificate::from_der(certificate).map_err(|_| CertificateError::BadEncoding.into())
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        shown: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, TlsError> {
        if let Some(chain) = &self.chain {
            self.verify_chain(chain, shown, intermediates, server_name, now)?;
        }
        let host = server_name.to_str();
        if self.name == NameCheck::Host && !server_name::fits(&parsed(shown)?, &host) {
            return Err(CertificateError::NotValidForName.into());
        }
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        shown: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, shown, signature, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        shown: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        // By the key alone, for the certificate may be one that rustls cannot read, and nobody asked to verify.
        let key = parsed(shown)?
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
    use crate::postgres::address;

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

    /// What becomes of a certificate that is shown as that of db.example.com in some year, where `root` is trusted.
    fn verify(
        mode: &str,
        root: &str,
        shown: &CertificateDer<'_>,
        year: u64,
    ) -> Result<(), TlsError> {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), root).unwrap();
        let address = format!("sslmode={mode} sslrootcert={}", file.path().display());
        let words = address::parse(&address).unwrap();
        let choices = TlsChoices::read(&words, |_| None).unwrap();
        let verifier = Verifier::new(&choices, &Arc::new(ring::default_provider())).unwrap();
        let name = ServerName::try_from("db.example.com").unwrap();
        let now = Duration::from_secs((year - 1970) * 31_557_600);
        let now = UnixTime::since_unix_epoch(now);
        verifier
            .verify_server_cert(shown, &[], &name, &[], now)
            .map(|_| ())
    }

    #[test]
    fn a_certificate_with_a_common_name_only_is_for_that_name() {
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
    fn certificates_hold_in_their_time_only() {
        let authority = authority();
        let key = KeyPair::generate().unwrap();
        let made = named("db.example.com").signed_by(&key, &authority).unwrap();
        let in_year = |year| verify("require", &authority.pem(), made.der(), year);
        assert_eq!(in_year(2020), Ok(()));
        assert!(format!("{:?}", in_year(2030)).contains("Expired"));
        assert!(format!("{:?}", in_year(2010)).contains("NotValidYet"));
    }

    #[test]
    fn a_server_may_show_the_trusted_certificate_itself() {
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
        let root = include_str!("../../../fixtures/certificates/root.crt");
        let shown = include_bytes!("../../../fixtures/certificates/version-1.crt");
        let shown = CertificateDer::from_pem_slice(shown).unwrap();
        assert_eq!(verify("verify-full", root, &shown, 2030), Ok(()));
        let unknown = Err(CertificateError::UnknownIssuer.into());
        assert_eq!(
            verify("verify-ca", &authority().pem(), &shown, 2030),
            unknown
        );
        // One that only bears the name of the root.
        let mut params = named("root");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let namesake = params.self_signed(&KeyPair::generate().unwrap()).unwrap();
        assert_eq!(verify("verify-ca", &namesake.pem(), &shown, 2020), unknown);
        let early = verify("verify-full", root, &shown, 2020);
        assert_eq!(early, Err(CertificateError::NotValidYet.into()));
        let mut forged = shown.to_vec();
        let name = forged.windows(4).position(|w| w == b"db.e").unwrap();
        forged[name] = b'x';
        assert_eq!(verify("verify-ca", root, &forged.into(), 2030), unknown);
    }
}
