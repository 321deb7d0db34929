//! The files of TLS: certificates, a key that only its owner may read, lists of what was revoked.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::Path;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, CertificateRevocationListDer, PrivateKeyDer};

use super::choices::TlsChoices;
use crate::postgres::keyword::{AddressError, wrong};

fn unreadable<T>(
    what: &str,
    path: &Path,
    cause: impl std::fmt::Display,
) -> Result<T, AddressError> {
    wrong(format!(
        "cannot read the {what} {}: {cause}",
        path.display()
    ))
}

/// All certificates of a PEM file, of which there must be one.
pub(super) fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, AddressError> {
    let what = "certificate file";
    let found =
        CertificateDer::pem_file_iter(path).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    match found {
        Ok(found) if found.is_empty() => unreadable(what, path, "it holds no certificate (PEM)"),
        Ok(found) => Ok(found),
        Err(cause) => unreadable(what, path, cause),
    }
}

/// The client's key, if nobody else can read it: as libpq says, 0600, or 0640 where root owns it.
pub(super) fn private_key(path: &Path) -> Result<PrivateKeyDer<'static>, AddressError> {
    let what = "key file";
    let file = match fs::metadata(path) {
        Ok(file) if file.is_file() => file,
        Ok(_) => return unreadable(what, path, "it is not a plain file"),
        Err(cause) => return unreadable(what, path, cause),
    };
    let others = if file.uid() == 0 { 0o037 } else { 0o077 };
    if file.permissions().mode() & others != 0 {
        return wrong(format!(
            "the key file {path} is not used, as others than its owner can read it; chmod 600 {path} (0640 where root owns it)",
            path = path.display()
        ));
    }
    let bytes = match fs::read(path) {
        Ok(bytes) => bytes,
        Err(cause) => return unreadable(what, path, cause),
    };
    let text = String::from_utf8_lossy(&bytes);
    if text.contains("ENCRYPTED") {
        return unreadable(
            what,
            path,
            "it is encrypted, which lethe cannot resolve; store it decrypted (openssl pkey), mode 0600",
        );
    }
    if text.contains("-----BEGIN") {
        return PrivateKeyDer::from_pem_slice(&bytes)
            .or_else(|cause| unreadable(what, path, cause));
    }
    PrivateKeyDer::try_from(bytes).or_else(|cause| unreadable(what, path, cause))
}

/// The lists of revoked certificates.
pub(super) fn revocation_lists(
    choices: &TlsChoices,
) -> Result<Vec<CertificateRevocationListDer<'static>>, AddressError> {
    let what = "file with revoked certificates (sslcrl)";
    let mut paths = choices.revoked.clone();
    if let Some(folder) = &choices.revoked_folder {
        let what = "folder with revoked certificates (sslcrldir)";
        match fs::read_dir(folder) {
            Ok(entries) => paths.extend(
                entries
                    .filter_map(|entry| Some(entry.ok()?.path()))
                    .filter(|path| path.is_file()),
            ),
            Err(cause) => return unreadable(what, folder, cause),
        }
    }
    let mut lists = Vec::new();
    for path in &paths {
        let found = CertificateRevocationListDer::pem_file_iter(path)
            .and_then(Iterator::collect::<Result<Vec<_>, _>>);
        match found {
            Ok(found) if found.is_empty() => {
                return unreadable(what, path, "it holds no list (PEM)");
            }
            Ok(found) => lists.extend(found),
            Err(cause) => return unreadable(what, path, cause),
        }
    }
    Ok(lists)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case(0o600, true)]
    #[case(0o400, true)]
    #[case(0o640, nix::unistd::Uid::effective().is_root())]
    #[case(0o660, false)]
    #[case(0o644, false)]
    fn a_key_is_used_where_nobody_else_can_read_it(#[case] mode: u32, #[case] used: bool) {
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(
            file.path(),
            rcgen::KeyPair::generate().unwrap().serialize_pem(),
        )
        .unwrap();
        fs::set_permissions(file.path(), fs::Permissions::from_mode(mode)).unwrap();
        match private_key(file.path()) {
            Ok(_) => assert!(used, "{mode:o}"),
            Err(error) => assert!(!used && error.to_string().contains("chmod 600"), "{error}"),
        }
    }

    #[test]
    fn keys_that_cannot_be_used_are_told_of() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let error = |text: &[u8]| {
            fs::write(file.path(), text).unwrap();
            private_key(file.path()).unwrap_err().to_string()
        };
        assert!(error(b"-----BEGIN ENCRYPTED PRIVATE KEY-----\n").contains("store it decrypted"));
        assert!(error(b"s3cret").contains("cannot read the key file"));
        assert!(!error(b"s3cret").contains("s3cret"));
        fs::write(
            file.path(),
            rcgen::KeyPair::generate().unwrap().serialize_der(),
        )
        .unwrap();
        assert!(private_key(file.path()).is_ok(), "DER is understood too");
    }
}
