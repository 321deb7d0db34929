//! The way to PostgreSQL: sessions, statements, names, and points at which a debug build fails on purpose.

mod address;
mod authentication;
mod connect;
mod copy_rows;
mod database;
mod environment;
pub mod fault;
mod guard;
mod keyword;
mod line;
pub mod name;
mod notices;
mod passfile;
mod service;
mod session;
pub mod sql;
mod target;
mod tls;
mod value;
mod wire;

pub use address::holds_secret;
pub use connect::Failure;
pub use copy_rows::CopyRows;
pub use database::*;
pub use environment::readable_secret;
pub use guard::Inputs;
pub use notices::Notice;
pub use session::Session;
pub use value::Value;
