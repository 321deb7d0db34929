//! Recording media: objects that are deleted after their rows were redacted (contract section 5).
//!
//! A URI is data. It names an object of a configured store in one of a few exact spellings, or it is refused; it never leads
//! anywhere else. No error of this module quotes a URI.

mod bucket;
mod digest;
mod error;
mod folder;
mod settings;
mod spelling;
mod stores;

pub use digest::digest;
pub use error::Deleted;
pub(crate) use error::{MediaConfigError, MediaError};
pub(crate) use settings::MediaConfig;
pub use stores::MediaCounts;
pub(crate) use stores::MediaStores;
pub use stores::Object;
