//! `keygen`: creates the key that signs receipts, or prints its public key; creates the secret that the ledger's keys are sealed
//! under, or adds one.

use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::cli::arguments::{Format, Global, KeygenArgs};
use crate::cli::context::Context;
use crate::cli::{CommandError, Outcome, output};
use crate::domain::text::printable;
use crate::proof::receipt::{PublicKey, SigningKey, make_key, public_path};
use crate::service::keyring::{make_secret, rotate_secret};
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
    if args.ledger {
        return ledger_secret(global, &context, &args);
    }
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

#[derive(Serialize)]
struct PrintedSecret {
    ledger_secret: PathBuf,
    /// The newest first.
    ids: Vec<String>,
}

/// Creates the ledger secret, or adds one to it.
fn ledger_secret(
    global: &Global,
    context: &Context,
    args: &KeygenArgs,
) -> Result<Outcome, CommandError> {
    let path = context.workspace.keyring.path()?;
    let secrets = match args.rotate {
        true => rotate_secret(&path)?,
        false => make_secret(&path)?,
    };
    let ids: Vec<String> = secrets.iter().map(|s| s.id().to_string()).collect();
    let shown = printable(&path);
    output::note(&match args.rotate {
        false => Message::note(format_args!("created {shown}, readable by its owner only"))
            .hint("copy it to every host of this installation, and keep a copy apart from the database and its backups")
            .to_string(),
        true => Message::note(format_args!("{shown} has another secret, which seals from now on"))
            .hint("copy it to every host; after the next `lethe run` the earlier secrets can be removed from it")
            .to_string(),
    });
    if global.format == Format::Json {
        output::json(&PrintedSecret {
            ledger_secret: path,
            ids,
        })?;
    } else {
        for id in ids {
            output::line(&format!("secret {id}"))?;
        }
    }
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
