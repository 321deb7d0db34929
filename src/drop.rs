//! The folders of a drop: what is in `GDPR_Submit`, and publishing into `GDPR_Result` (contract sections 1 and 7).
//!
//! The owner of a drop may be hostile: a file can be swapped for a link, a FIFO or another file at any moment. So both folders
//! are opened once, without following links. Everything happens relative to these descriptors and to one name in them, and
//! an opened file is checked again through its own descriptor. The worst that the owner can achieve is that a file in the
//! drop's own folders is left or removed; nothing outside is read, written or blocked on.
//!
//! A [`DropFolder`] keeps referring to the folders it opened, even if they are renamed: open one for every run or pass.

mod case;
mod drop_folder;
mod file_state;
mod folder;
mod look;
mod overlap;
mod pending;
mod permissions;
mod publish;
mod spool;
mod submission_file;
mod take;

pub(crate) use self::case::CaseFolders;
pub use self::drop_folder::DropFolder;
pub(crate) use self::drop_folder::{DropError, RESULT, SUBMIT, results_folder};
pub(crate) use self::file_state::Fingerprint;
pub use self::file_state::Refusal;
pub(crate) use self::folder::{Removal, content_digest};
pub use self::look::Entry;
pub(crate) use self::look::Settling;
pub use self::look::{State, settle};
pub use self::overlap::canonical;
pub(crate) use self::overlap::{Overlap, overlap};
pub(crate) use self::pending::{Pending, PublishError, Scratch};
pub(crate) use self::permissions::{FolderState, Permissions, folder_state, group_name};
pub(crate) use self::spool::{Spool, SpoolError};
pub(crate) use self::submission_file::read_submission_file;
pub(crate) use self::take::TakeError;
pub use self::take::Taken;
pub use crate::domain::file_name::FileName;
pub(crate) use crate::domain::file_name::NameError;
