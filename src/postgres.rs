//! PostgreSQL: sessions, statements, names, and the points at which tests make a debug build fail.

mod address;
mod authentication;
mod change;
mod connect;
mod copy_rows;
mod database;
mod environment;
mod error;
pub mod fault;
mod guard;
mod keyword;
mod line;
mod logging;
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
pub use change::Inputs;
pub use connect::Failure;
pub use copy_rows::CopyRows;
pub use database::{ConnectError, Database, MAX_SESSIONS};
pub use environment::readable_secret;
pub use error::DatabaseError;
pub use logging::{suppressed_setting_names, suppressed_setting_values};
pub use notices::Notice;
pub use session::Session;
pub use value::Value;
