//! Keys of receipts: Ed25519 (RFC 8032), in PEM files as OpenSSL reads and writes them.

use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use data_encoding::{BASE64, HEXLOWER};
use nix::fcntl::OFlag;
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{PrivatePkcs8KeyDer, SubjectPublicKeyInfoDer};
use sha2::{Digest as _, Sha256};
use tempfile::NamedTempFile;
use trusted_path::{PathError, Weakness};

use crate::domain::placeholder::{NoRandom, random_key};

/// What stands before the 32 bytes of a private key in PKCS#8 (RFC 8410).
const PRIVATE: [u8; 16] = [
    0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20,
];
/// What stands before the 32 bytes of a public key (RFC 8410).
const PUBLIC: [u8; 12] = [
    0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00,
];
/// A key file is some hundred bytes.
const LIMIT: u64 = 64 * 1024;

/// Signs receipts.
pub struct SigningKey {
    pair: Ed25519KeyPair,
    public: PublicKey,
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey({})", self.public.fingerprint())
    }
}

/// Verifies receipts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicKey([u8; 32]);

/// Why a key cannot be used or made.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    #[error("there is no key {}\n  hint: `lethe keygen` makes one", .path.display())]
    Missing { path: PathBuf },
    #[error("{} exists, and a key is never overwritten\n  hint: `lethe keygen --public` prints its public key, `lethe keygen --key FILE` makes another key", .path.display())]
    Exists { path: PathBuf },
    #[error("the key file {path} is accessible to others\n  hint: chmod 600 {path}", path = .path.display())]
    OpenToOthers { path: PathBuf },
    #[error("the key file {} belongs to user {owner}, not to Lethe's user\n  hint: chown it", .path.display())]
    ForeignOwner { path: PathBuf, owner: u32 },
    #[error("the key file {path} can be replaced by other users\n  detail: {}\n  hint: {}", .weakness.detail(), .weakness.hint(), path = .path.display())]
    Untrusted { path: PathBuf, weakness: Weakness },
    #[error("the key file {} is not a regular file\n  hint: name the file itself", .path.display())]
    NotRegular { path: PathBuf },
    #[error("{} is not an Ed25519 private key in PEM (PKCS#8, not encrypted)\n  hint: name another file, or make a key with `lethe keygen`", .path.display())]
    NoPrivateKey { path: PathBuf },
    #[error("{} is not an Ed25519 public key in PEM\n  hint: use the key that `lethe keygen` printed", .path.display())]
    NoPublicKey { path: PathBuf },
    #[error("cannot {doing} {}\n  detail: {cause}\n  hint: check the path and its permissions", .path.display())]
    Io {
        doing: &'static str,
        path: PathBuf,
        cause: io::Error,
    },
    #[error(transparent)]
    NoRandom(#[from] NoRandom),
}

impl SigningKey {
    /// The key of these 32 secret bytes.
    pub fn of_seed(seed: [u8; 32]) -> SigningKey {
        let pair = Ed25519KeyPair::from_seed_unchecked(&seed).expect("any 32 bytes are a seed");
        SigningKey::of_pair(pair)
    }

    fn of_pair(pair: Ed25519KeyPair) -> SigningKey {
        let public = pair.public_key().as_ref();
        let public = PublicKey(public.try_into().expect("a public key has 32 bytes"));
        SigningKey { pair, public }
    }

    /// Reads a key file. It must be accessible to its owner only, who is Lethe's user or root.
    pub fn read(path: &Path) -> Result<SigningKey, KeyError> {
        let pem = read_private(path)?;
        PrivatePkcs8KeyDer::from_pem_slice(&pem)
            .ok()
            .and_then(|der| Ed25519KeyPair::from_pkcs8_maybe_unchecked(der.secret_pkcs8_der()).ok())
            .map(SigningKey::of_pair)
            .ok_or_else(|| KeyError::NoPrivateKey {
                path: path.to_owned(),
            })
    }

    pub fn public(&self) -> &PublicKey {
        &self.public
    }

    pub(crate) fn sign(&self, bytes: &[u8]) -> Vec<u8> {
        self.pair.sign(bytes).as_ref().to_vec()
    }
}

impl PublicKey {
    /// Reads a public key that nobody named, such as the one of this installation: others must not be able to change it.
    pub(crate) fn read_trusted(path: &Path) -> Result<PublicKey, KeyError> {
        check_trusted(path)?;
        PublicKey::read(path)
    }

    /// Reads a public key in PEM, as `lethe keygen` prints it.
    pub(crate) fn read(path: &Path) -> Result<PublicKey, KeyError> {
        let mut pem = Vec::new();
        let read = open_plain(path)?.take(LIMIT).read_to_end(&mut pem);
        read.map_err(error("read", path))?;
        SubjectPublicKeyInfoDer::from_pem_slice(&pem)
            .ok()
            .and_then(|der| der.strip_prefix(&PUBLIC)?.try_into().ok())
            .map(PublicKey)
            .ok_or_else(|| KeyError::NoPublicKey {
                path: path.to_owned(),
            })
    }

    fn der(&self) -> Vec<u8> {
        [&PUBLIC[..], &self.0].concat()
    }

    /// In PEM.
    pub(crate) fn pem(&self) -> String {
        pem("PUBLIC KEY", &self.der())
    }

    /// SHA-256 of the key in DER, in hexadecimal: `openssl pkey -pubin -outform DER | sha256sum`.
    pub fn fingerprint(&self) -> String {
        HEXLOWER.encode(&Sha256::digest(self.der()))
    }

    pub(crate) fn verify(&self, bytes: &[u8], signature: &[u8]) -> bool {
        UnparsedPublicKey::new(&ED25519, &self.0)
            .verify(bytes, signature)
            .is_ok()
    }
}

/// The path of the public key that belongs to a key file.
pub(crate) fn public_path(key: &Path) -> PathBuf {
    let mut path = key.as_os_str().to_owned();
    path.push(".pub");
    path.into()
}

/// Makes a new key: its file with mode 0600, and the public key next to it. Nothing is overwritten. A missing folder is
/// created, accessible to its owner only.
pub fn make(path: &Path) -> Result<SigningKey, KeyError> {
    let public = public_path(path);
    for taken in [path, &public] {
        if fs::symlink_metadata(taken).is_ok() {
            return Err(KeyError::Exists {
                path: taken.to_owned(),
            });
        }
    }
    let folder = private_folder(path)?;
    let seed = random_key()?;
    let key = SigningKey::of_seed(seed);
    let private = pem("PRIVATE KEY", &[&PRIVATE[..], &seed].concat());
    write_new(&folder, path, &private, 0o600)?;
    write_new(&folder, &public, &key.public.pem(), 0o644)?;
    Ok(key)
}

/// Reads a file that only its owner may access, who is Lethe's user or root, and that nobody else can replace.
pub(crate) fn read_private(path: &Path) -> Result<Vec<u8>, KeyError> {
    let mut file = open_plain(path)?;
    let stat = file.metadata().map_err(error("look at", path))?;
    let owner = stat.uid();
    if owner != 0 && owner != nix::unistd::geteuid().as_raw() {
        let path = path.to_owned();
        return Err(KeyError::ForeignOwner { path, owner });
    }
    if stat.mode() & 0o077 != 0 {
        let path = path.to_owned();
        return Err(KeyError::OpenToOthers { path });
    }
    check_trusted(path)?;
    let mut content = Vec::new();
    let read = Read::by_ref(&mut file)
        .take(LIMIT)
        .read_to_end(&mut content);
    read.map_err(error("read", path))?;
    Ok(content)
}

/// Writes a new file with mode 0600, completely or not at all. A missing folder is created, accessible to its owner only.
pub(crate) fn write_private(path: &Path, text: &str) -> Result<(), KeyError> {
    write_new(&private_folder(path)?, path, text, 0o600)
}

/// Replaces the content of a file that [`read_private`] reads, completely or not at all.
pub(crate) fn replace_private(path: &Path, text: &str) -> Result<(), KeyError> {
    let folder = private_folder(path)?;
    let aside = written_aside(&folder, path, text, 0o600)?;
    let replaced = aside.persist(path).map_err(|failed| failed.error);
    replaced.map_err(error("write", path))?;
    sync_folder(&folder, path)
}

/// The folder of a key file, which nobody else can change. A missing one is created, accessible to its owner only.
fn private_folder(path: &Path) -> Result<PathBuf, KeyError> {
    let folder = match path.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    };
    let mut builder = fs::DirBuilder::new();
    std::os::unix::fs::DirBuilderExt::mode(builder.recursive(true), 0o700);
    builder.create(folder).map_err(error("create", folder))?;
    check_trusted(folder)?;
    Ok(folder.to_owned())
}

/// A text on its way to the name of a key file.
fn written_aside(
    folder: &Path,
    path: &Path,
    text: &str,
    mode: u32,
) -> Result<NamedTempFile, KeyError> {
    let aside = tempfile::Builder::new()
        .permissions(std::os::unix::fs::PermissionsExt::from_mode(mode))
        .prefix(".lethe-key-")
        .tempfile_in(folder);
    let mut aside = aside.map_err(error("create", path))?;
    let written = aside
        .write_all(text.as_bytes())
        .and_then(|()| aside.as_file().sync_all());
    written.map_err(error("write", path))?;
    Ok(aside)
}

fn sync_folder(folder: &Path, path: &Path) -> Result<(), KeyError> {
    File::open(folder)
        .and_then(|folder| folder.sync_all())
        .map_err(error("write", path))
}

/// Writes a new file completely or not at all.
fn write_new(folder: &Path, path: &Path, text: &str, mode: u32) -> Result<(), KeyError> {
    match written_aside(folder, path, text, mode)?.persist_noclobber(path) {
        Ok(_) => {}
        Err(failed) if failed.error.kind() == io::ErrorKind::AlreadyExists => {
            return Err(KeyError::Exists {
                path: path.to_owned(),
            });
        }
        Err(failed) => return Err(error("write", path)(failed.error)),
    }
    sync_folder(folder, path)
}

/// Checks that nobody but root and the current user can change a key file, or replace it.
pub(crate) fn check_trusted(path: &Path) -> Result<(), KeyError> {
    trusted_path::check(path).map_err(|failed| match failed {
        PathError::Untrusted(weakness) => KeyError::Untrusted {
            path: path.to_owned(),
            weakness,
        },
        PathError::Io { cause, .. } if cause.kind() == io::ErrorKind::NotFound => {
            KeyError::Missing {
                path: path.to_owned(),
            }
        }
        PathError::Io { path: part, cause } => error("look at", &part)(cause),
    })
}

/// Opens a regular file without blocking on anything else.
fn open_plain(path: &Path) -> Result<File, KeyError> {
    let opened = OpenOptions::new()
        .read(true)
        .custom_flags(OFlag::O_NONBLOCK.bits())
        .open(path);
    let file = match opened {
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => {
            return Err(KeyError::Missing {
                path: path.to_owned(),
            });
        }
        opened => opened.map_err(error("open", path))?,
    };
    match file.metadata().map_err(error("look at", path))?.is_file() {
        true => Ok(file),
        false => Err(KeyError::NotRegular {
            path: path.to_owned(),
        }),
    }
}

fn pem(label: &str, der: &[u8]) -> String {
    // 44 or 48 bytes fit on one line.
    let text = BASE64.encode(der);
    format!("-----BEGIN {label}-----\n{text}\n-----END {label}-----\n")
}

fn error(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> KeyError {
    let path = path.to_owned();
    move |cause| KeyError::Io { doing, path, cause }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn the_first_example_of_rfc_8032_comes_out() {
        let seed = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60";
        let seed = HEXLOWER.decode(seed.as_bytes()).unwrap();
        let key = SigningKey::of_seed(seed.try_into().unwrap());
        assert_eq!(
            HEXLOWER.encode(&key.public.0),
            "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"
        );
        assert_eq!(
            HEXLOWER.encode(&key.sign(b"")),
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"
        );
    }

    #[test]
    fn a_made_key_is_read_again_and_never_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys/receipt-key.pem");
        let made = make(&path).unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&path), mode(path.parent().unwrap())), (0o600, 0o700));
        let read = SigningKey::read(&path).unwrap();
        assert_eq!(read.public, made.public);
        assert_eq!(PublicKey::read(&public_path(&path)).unwrap(), made.public);
        let before = fs::read(&path).unwrap();
        assert!(matches!(make(&path), Err(KeyError::Exists { .. })));
        fs::remove_file(&path).unwrap();
        assert!(
            matches!(make(&path), Err(KeyError::Exists { path }) if path.extension().unwrap() == "pub"),
            "a public key that was published keeps its name"
        );
        fs::write(&path, before).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        let refused = SigningKey::read(&path).unwrap_err();
        assert!(refused.to_string().contains("chmod 600"), "{refused}");
    }

    #[test]
    fn what_is_no_key_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        assert!(matches!(
            SigningKey::read(&path),
            Err(KeyError::Missing { .. })
        ));
        fs::write(&path, SigningKey::of_seed([1; 32]).public.pem()).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        assert!(matches!(
            SigningKey::read(&path),
            Err(KeyError::NoPrivateKey { .. })
        ));
        fs::write(&path, pem("PRIVATE KEY", &[1, 2, 3])).unwrap();
        assert!(matches!(
            SigningKey::read(&path),
            Err(KeyError::NoPrivateKey { .. })
        ));
        assert!(matches!(
            PublicKey::read(&path),
            Err(KeyError::NoPublicKey { .. })
        ));
        assert!(matches!(
            SigningKey::read(folder.path()),
            Err(KeyError::NotRegular { .. })
        ));
    }
}
