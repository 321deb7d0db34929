//! Hostile input, other tenants, and values that must not be disclosed.

mod hostile;
mod roles;
mod secrecy;
mod tenants;
