//! Hostile input, other tenants, and values that must not be disclosed.

mod approvals;
mod clock;
mod configuration;
mod expressions;
mod hostile;
mod ledger_secret;
mod locks;
mod media;
mod migration;
mod passwords;
mod policy;
mod process;
mod roles;
mod secrecy;
mod session;
mod tenants;
mod triggers;
