//! The catalogue: which tables and columns hold personal data.
//!
//! [`Declaration`] is what the DBA wrote; [`Catalogue`] is the same after it was checked against the live schema.

mod bind;
mod declaration;
pub(crate) mod discover;
mod error;
mod event_triggers;
mod family;
mod files;
mod foreign_code;
mod form_samples;
mod indexes;
mod lock_table;
mod model;
pub mod plan;
mod probe;
mod queries;
pub(crate) mod reading;
pub mod render;
pub(crate) mod searched_tables;
mod source;
mod structure;
pub(crate) mod user_columns;
mod violations;
mod warnings;

pub use bind::{Access, bind};
pub use declaration::Role;
pub use declaration::{Declaration, DeviceRole, Siblings, StoredForm};
pub(crate) use declaration::{EmailCase, Mobile, PlaceholderWidth};

pub use error::CatalogueError;
pub(crate) use event_triggers::check_event_triggers;
pub use files::load;
pub(crate) use foreign_code::Maintained;
pub(crate) use foreign_code::Reviewed;
pub(crate) use form_samples::{FormSamples, form_samples};
pub(crate) use indexes::{IndexUse, index_use};
pub(crate) use lock_table::lock_shortage;
pub use model::Catalogue;
pub(crate) use model::{AccountsTable, DeviceColumn, ShortCodesTable, TypeOrigin, TypeShape};
pub use model::{Column, Record, Table};

pub(crate) use warnings::warnings;

pub use source::REFERENCE;
pub use source::Source;
pub(crate) use structure::Structure;
