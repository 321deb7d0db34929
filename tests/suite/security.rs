//! Hostile input, other tenants, and values that must not be disclosed.

mod hostile;
mod secrecy;
mod tenants;
