//! Certificates of X.509 version 1, which rustls does not read.
//!
//! The steps in PostgreSQL's documentation make such a certificate for a server (with OpenSSL before 3.2): it holds no
//! extensions, and is signed by a root itself.

use std::time::Duration;

use rustls::CertificateError;
use rustls::crypto::WebPkiSupportedAlgorithms;
use rustls::pki_types::CertificateDer;
use x509_cert::Certificate;
use x509_cert::certificate::Version;
use x509_cert::der::asn1::AnyRef;
use x509_cert::der::{Decode as _, Encode as _};
use x509_cert::ext::pkix::BasicConstraints;

/// Verifies a server's certificate: one of the roots signed it, and both are valid now (seconds since 1970).
pub fn verify(
    shown: &Certificate,
    roots: &[CertificateDer<'static>],
    now: Duration,
    algorithms: &WebPkiSupportedAlgorithms,
) -> Result<(), CertificateError> {
    let signed_by = |root: &Certificate| {
        is_authority(root)
            && root.tbs_certificate.subject == shown.tbs_certificate.issuer
            && has_signed(root, shown, algorithms).is_some()
    };
    let root = roots
        .iter()
        .filter_map(|root| Certificate::from_der(root).ok())
        .find(signed_by)
        .ok_or(CertificateError::UnknownIssuer)?;
    must_be_valid(&root, now)?;
    must_be_valid(shown, now)
}

/// Whether now is between the two times of a certificate.
pub fn must_be_valid(certificate: &Certificate, now: Duration) -> Result<(), CertificateError> {
    let validity = &certificate.tbs_certificate.validity;
    if now < validity.not_before.to_unix_duration() {
        return Err(CertificateError::NotValidYet);
    }
    if now > validity.not_after.to_unix_duration() {
        return Err(CertificateError::Expired);
    }
    Ok(())
}

/// Whether a root may sign: it says so, or is of version 1 itself and cannot say anything.
fn is_authority(root: &Certificate) -> bool {
    match root.tbs_certificate.get::<BasicConstraints>() {
        Ok(Some((_critical, constraints))) => constraints.ca,
        Ok(None) => root.tbs_certificate.version == Version::V1,
        Err(_) => false,
    }
}

/// `Some` where the root's key made the signature.
fn has_signed(
    root: &Certificate,
    shown: &Certificate,
    algorithms: &WebPkiSupportedAlgorithms,
) -> Option<()> {
    // Named twice, inside and outside of what is signed.
    if shown.signature_algorithm != shown.tbs_certificate.signature {
        return None;
    }
    let key = &root.tbs_certificate.subject_public_key_info;
    let (signature_kind, key_kind) = (
        shown.signature_algorithm.to_der().ok()?,
        key.algorithm.to_der().ok()?,
    );
    let (signature_kind, key_kind) = (
        AnyRef::from_der(&signature_kind).ok()?.value(),
        AnyRef::from_der(&key_kind).ok()?.value(),
    );
    let signed = shown.tbs_certificate.to_der().ok()?;
    let algorithm = algorithms.all.iter().find(|algorithm| {
        algorithm.signature_alg_id().as_ref() == signature_kind
            && algorithm.public_key_alg_id().as_ref() == key_kind
    })?;
    algorithm
        .verify_signature(
            key.subject_public_key.as_bytes()?,
            &signed,
            shown.signature.as_bytes()?,
        )
        .ok()
}
