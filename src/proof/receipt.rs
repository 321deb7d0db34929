//! Receipts: what was done and when, signed and chained, without personal data.
//!
//! A receipt is a JSON document whose last member is its signature. The signature covers all bytes before that line, so that
//! anybody can verify it (docs/how-to/receipts.md). Each receipt carries the hash of the one before it in its drop.

pub mod chain;
mod clocks;
mod confirmation;
mod content;
mod document;
mod key;
mod store;

pub(crate) use clocks::Clocks;
pub use confirmation::confirmation;
pub use content::OperatorCopy;
pub(crate) use content::Times;
pub(crate) use content::{DIGESTS, chain_name};
pub use content::{Receipt, Transactions, Wal, answer};
pub use document::Document;
pub(crate) use document::HasKey;
pub use document::{FORMAT, Signed, hash, read, sign};
pub use key::SigningKey;
pub use key::make as make_key;
pub(crate) use key::{KeyError, PublicKey, public_path};
pub(crate) use key::{check_trusted, read_private, replace_private, write_private};
pub use store::Store;
pub(crate) use store::{CopyPlace, StoreError, operator_name};
