//! `keygen`: makes the key that receipts are signed with, or prints its public key.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::cli::arguments::{Format, Global};
use crate::cli::context::World;
use crate::cli::{CommandError, Outcome, output};
use crate::proof::receipt::{PublicKey, SigningKey, make_key, public_path};

#[derive(Serialize)]
struct Told {
    key: PathBuf,
    public_key_file: PathBuf,
    public_key: String,
    fingerprint: String,
}

/// Makes a key at `key`, or where the configuration says; with `public` only prints the public key of the one there.
pub fn keygen(
    global: &Global,
    key: Option<PathBuf>,
    public: bool,
) -> Result<Outcome, CommandError> {
    let world = World::open(global)?;
    let path = match key {
        Some(key) => key,
        None => world.receipt_key()?,
    };
    let made = match public {
        true => SigningKey::read(&path)?,
        false => make_key(&path)?,
    };
    if !public {
        output::note(&format!(
            "made {}, which only its owner can read: whoever has it can sign receipts, so keep a copy where nobody else gets at it",
            path.display()
        ));
    }
    warn_of_folder(&path);
    tell(global, &path, made.public())?;
    Ok(Outcome::Done)
}

/// The public key alone goes to standard output, so that it can be sent into a file.
fn tell(global: &Global, path: &Path, public: &PublicKey) -> Result<(), CommandError> {
    if global.format == Format::Json {
        return output::json(&Told {
            key: path.to_owned(),
            public_key_file: public_path(path),
            public_key: public.pem(),
            fingerprint: public.fingerprint(),
        });
    }
    output::note(&format!(
        "give whoever verifies receipts this public key (it is also in {}), by another way than the receipts",
        public_path(path).display()
    ));
    output::line(public.pem().trim_end())?;
    output::note(&format!("fingerprint {}", public.fingerprint()));
    Ok(())
}

/// Who can write a folder can put another key in place of this one.
fn warn_of_folder(key: &Path) {
    let Some(folder) = key.parent() else {
        return;
    };
    let folder = match folder == Path::new("") {
        true => Path::new("."),
        false => folder,
    };
    if let Ok(stat) = fs::metadata(folder)
        && stat.mode() & 0o022 != 0
    {
        output::note(&format!(
            "warning: others than its owner can write the folder {}, and so put another key there; chmod go-w it",
            folder.display()
        ));
    }
}
