//! Files of TLS: certificates, the client's key, lists of revoked certificates.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, CertificateRevocationListDer, PrivateKeyDer};

use super::settings::TlsSettings;
use crate::error::ConfigError;

const REVOCATION_LIST: &str = "certificate revocation list (sslcrl)";

fn unreadable(kind: &str, path: &Path, cause: impl std::fmt::Display) -> ConfigError {
    ConfigError::new(format!("cannot read the {kind} {}", path.display()))
        .with_detail(cause)
        .with_hint("check the path and the file")
}

/// All certificates of a PEM file, at least one.
pub(super) fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, ConfigError> {
    let kind = "certificate file";
    let found = CertificateDer::pem_file_iter(path)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|cause| unreadable(kind, path, cause))?;
    if found.is_empty() {
        return Err(unreadable(kind, path, "it contains no PEM certificate"));
    }
    Ok(found)
}

/// The client's key. As in libpq, its mode must be 0600 or stricter, or 0640 where root owns it.
pub(super) fn private_key(path: &Path) -> Result<PrivateKeyDer<'static>, ConfigError> {
    let kind = "key file";
    let file = fs::metadata(path).map_err(|cause| unreadable(kind, path, cause))?;
    if !file.is_file() {
        return Err(unreadable(kind, path, "it is not a regular file"));
    }
    let others = if file.uid() == 0 { 0o037 } else { 0o077 };
    if file.permissions().mode() & others != 0 {
        let path = path.display();
        return Err(ConfigError::new(format!("cannot use the key file {path}"))
            .with_detail("users other than its owner can read it")
            .with_hint(format!("chmod 600 {path} (0640 where root owns it)")));
    }
    let bytes = fs::read(path).map_err(|cause| unreadable(kind, path, cause))?;
    let text = String::from_utf8_lossy(&bytes);
    if text.contains("ENCRYPTED") {
        return Err(unreadable(kind, path, "encrypted keys are not supported")
            .with_hint("decrypt it with `openssl pkey`, and set its mode to 0600"));
    }
    if text.contains("-----BEGIN") {
        return PrivateKeyDer::from_pem_slice(&bytes)
            .map_err(|cause| unreadable(kind, path, cause));
    }
    PrivateKeyDer::try_from(bytes).map_err(|cause| unreadable(kind, path, cause))
}

/// The regular files of a folder of revocation lists. An entry that cannot be examined is an error: it may be a list.
fn files_of(folder: &Path) -> Result<Vec<PathBuf>, ConfigError> {
    let kind = "folder of revocation lists (sslcrldir)";
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).map_err(|cause| unreadable(kind, folder, cause))? {
        let path = entry
            .map_err(|cause| unreadable(kind, folder, cause))?
            .path();
        let file =
            fs::metadata(&path).map_err(|cause| unreadable(REVOCATION_LIST, &path, cause))?;
        if file.is_file() {
            files.push(path);
        }
    }
    Ok(files)
}

/// The lists of revoked certificates.
pub(super) fn revocation_lists(
    settings: &TlsSettings,
) -> Result<Vec<CertificateRevocationListDer<'static>>, ConfigError> {
    let mut paths = settings.revocation_files.clone();
    if let Some(folder) = &settings.revocation_folder {
        paths.extend(files_of(folder)?);
    }
    let mut lists = Vec::new();
    for path in &paths {
        let found = CertificateRevocationListDer::pem_file_iter(path)
            .and_then(Iterator::collect::<Result<Vec<_>, _>>)
            .map_err(|cause| unreadable(REVOCATION_LIST, path, cause))?;
        if found.is_empty() {
            let cause = "it contains no PEM revocation list";
            return Err(unreadable(REVOCATION_LIST, path, cause));
        }
        lists.extend(found);
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
    fn a_key_is_used_if_nobody_else_can_read_it(#[case] mode: u32, #[case] used: bool) {
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
    fn an_entry_of_a_folder_that_cannot_be_examined_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("below")).unwrap();
        fs::write(folder.path().join("list.pem"), "").unwrap();
        let list = folder.path().join("list.pem");
        assert_eq!(files_of(folder.path()).unwrap(), [list]);
        let gone = folder.path().join("gone.pem");
        std::os::unix::fs::symlink("nowhere", &gone).unwrap();
        let error = files_of(folder.path()).unwrap_err().to_string();
        assert!(error.contains(gone.to_str().unwrap()), "{error}");
    }

    #[test]
    fn unusable_keys_are_errors() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let error = |text: &[u8]| {
            fs::write(file.path(), text).unwrap();
            private_key(file.path()).unwrap_err().to_string()
        };
        assert!(error(b"-----BEGIN ENCRYPTED PRIVATE KEY-----\n").contains("decrypt it"));
        assert!(error(b"s3cret").contains("cannot read the key file"));
        assert!(!error(b"s3cret").contains("s3cret"));
        fs::write(
            file.path(),
            rcgen::KeyPair::generate().unwrap().serialize_der(),
        )
        .unwrap();
        assert!(private_key(file.path()).is_ok(), "DER is accepted too");
    }
}
