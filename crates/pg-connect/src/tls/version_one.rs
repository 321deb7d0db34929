//! Server certificates of X.509 version 1, which rustls rejects.
//!
//! The steps in PostgreSQL's documentation ("Creating Certificates") produce such a certificate with OpenSSL before 3.2,
//! which current distributions ship: one without extensions, signed by the root itself.

use std::time::Duration;

use rustls::CertificateError;
use rustls::crypto::WebPkiSupportedAlgorithms;
use rustls::pki_types::CertificateDer;
use x509_cert::Certificate;
use x509_cert::certificate::Version;
use x509_cert::der::asn1::AnyRef;
use x509_cert::der::{Decode as _, Encode as _};
use x509_cert::ext::pkix::BasicConstraints;

/// Verifies that one of the roots signed the server's certificate, and that both are valid now (seconds since 1970).
pub(super) fn verify(
    certificate: &Certificate,
    roots: &[CertificateDer<'static>],
    now: Duration,
    algorithms: &WebPkiSupportedAlgorithms,
) -> Result<(), CertificateError> {
    let signed_by = |root: &Certificate| {
        is_authority(root)
            && root.tbs_certificate.subject == certificate.tbs_certificate.issuer
            && has_signed(root, certificate, algorithms).is_some()
    };
    let root = roots
        .iter()
        .filter_map(|root| Certificate::from_der(root).ok())
        .find(signed_by)
        .ok_or(CertificateError::UnknownIssuer)?;
    check_validity(&root, now)?;
    check_validity(certificate, now)
}

/// Checks that now (seconds since 1970) is in the validity period of a certificate.
pub(super) fn check_validity(
    certificate: &Certificate,
    now: Duration,
) -> Result<(), CertificateError> {
    let validity = &certificate.tbs_certificate.validity;
    if now < validity.not_before.to_unix_duration() {
        return Err(CertificateError::NotValidYet);
    }
    if now > validity.not_after.to_unix_duration() {
        return Err(CertificateError::Expired);
    }
    Ok(())
}

/// Whether a root may sign: its constraints say so, or it is of version 1 itself and has none.
fn is_authority(root: &Certificate) -> bool {
    match root.tbs_certificate.get::<BasicConstraints>() {
        Ok(Some((_critical, constraints))) => constraints.ca,
        Ok(None) => root.tbs_certificate.version == Version::V1,
        Err(_) => false,
    }
}

/// `Some` if the signature was made with the root's key.
fn has_signed(
    root: &Certificate,
    certificate: &Certificate,
    algorithms: &WebPkiSupportedAlgorithms,
) -> Option<()> {
    // The algorithm is named twice, inside and outside the signed part.
    if certificate.signature_algorithm != certificate.tbs_certificate.signature {
        return None;
    }
    let key = &root.tbs_certificate.subject_public_key_info;
    let (signature_kind, key_kind) = (
        certificate.signature_algorithm.to_der().ok()?,
        key.algorithm.to_der().ok()?,
    );
    let (signature_kind, key_kind) = (
        AnyRef::from_der(&signature_kind).ok()?.value(),
        AnyRef::from_der(&key_kind).ok()?.value(),
    );
    let signed = certificate.tbs_certificate.to_der().ok()?;
    let algorithm = algorithms.all.iter().find(|algorithm| {
        algorithm.signature_alg_id().as_ref() == signature_kind
            && algorithm.public_key_alg_id().as_ref() == key_kind
    })?;
    algorithm
        .verify_signature(
            key.subject_public_key.as_bytes()?,
            &signed,
            certificate.signature.as_bytes()?,
        )
        .ok()
}
