//! PostgreSQL: sessions, statements, names, and the points at which tests make a debug build fail.

mod backend;
mod change;
mod copy_rows;
mod database;
pub mod disk;
mod error;
pub mod fault;
mod guard;
mod logging;
mod lost;
pub mod name;
mod notices;
mod pool;
mod private;
pub mod query;
pub mod repack;
pub mod row;
mod session;
pub mod sql;
mod transaction;
pub mod value;

pub use change::Inputs;
pub use copy_rows::CopyRows;
pub(crate) use database::server_properties;
pub use database::{ConnectError, Database, MAX_SESSIONS};
pub use error::DatabaseError;
pub use logging::{suppressed_setting_names, suppressed_setting_values};
pub use notices::Notice;
pub use private::{APPLICATION, NoDataFolder, data_folder};
pub use session::Session;
pub use value::Value;
