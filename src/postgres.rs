//! PostgreSQL: sessions, statements, names, and the points at which tests make a debug build fail.

mod backend;
mod change;
mod copy_rows;
mod database;
pub(crate) mod disk;
mod error;
pub(crate) mod fault;
mod guard;
mod logging;
mod lost;
pub mod name;
mod notices;
mod pool;
mod private;
pub mod query;
pub(crate) mod repack;
pub(crate) mod row;
mod session;
pub mod sql;
mod transaction;
pub(crate) mod value;

pub use change::Inputs;
pub use copy_rows::CopyRows;
pub use database::Database;
pub(crate) use database::server_properties;
pub use database::{ConnectError, MAX_SESSIONS};
pub use error::DatabaseError;
pub use logging::{suppressed_setting_names, suppressed_setting_values};
pub use notices::Notice;
pub use private::APPLICATION;
pub use private::{NoDataFolder, data_folder};
pub use session::Session;
pub use value::Value;
