//! `keygen`: creates the key that signs receipts, or prints its public key.

use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::cli::arguments::{Format, Global, KeygenArgs};
use crate::cli::context::Context;
use crate::cli::{CommandError, Outcome, output};
use crate::proof::receipt::{PublicKey, SigningKey, make_key, public_path};
use crate::service::report::Message;

#[derive(Serialize)]
struct PrintedKey {
    key: PathBuf,
    public_key_file: PathBuf,
    public_key: String,
    fingerprint: String,
}

/// Creates a key, or prints the public key of the existing one.
pub(crate) fn keygen(global: &Global, args: KeygenArgs) -> Result<Outcome, CommandError> {
    let context = Context::open(global)?;
    let path = match args.key {
        Some(key) => key,
        None => context.receipt_key()?,
    };
    let made = match args.public {
        true => SigningKey::read(&path)?,
        false => make_key(&path)?,
    };
    if !args.public {
        output::note(
            &Message::note(format_args!(
                "created {}, readable by its owner only",
                path.display()
            ))
            .hint("keep a copy in a safe place: this key can sign receipts")
            .to_string(),
        );
    }
    print_public(global, &path, made.public())?;
    Ok(Outcome::Done)
}

/// The public key alone goes to standard output, so that it can be redirected into a file.
fn print_public(global: &Global, path: &Path, public: &PublicKey) -> Result<(), CommandError> {
    if global.format == Format::Json {
        return output::json(&PrintedKey {
            key: path.to_owned(),
            public_key_file: public_path(path),
            public_key: public.pem(),
            fingerprint: public.fingerprint(),
        });
    }
    output::note(
        &Message::note(format_args!(
            "the public key is also in {}",
            public_path(path).display()
        ))
        .hint("give it to those who verify receipts, by another channel than the receipts")
        .to_string(),
    );
    output::line(public.pem().trim_end())?;
    output::note(&format!("fingerprint {}", public.fingerprint()));
    Ok(())
}
