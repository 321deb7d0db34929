//! TLS as libpq's `ssl…` parameters configure it, by rustls.

mod connector;
mod files;
mod server_name;
mod settings;
mod verifier;
mod version_one;

pub(crate) use connector::{TlsConnector, TlsStream};
pub(crate) use settings::{Negotiation, TlsMode, TlsSettings};
