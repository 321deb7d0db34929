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

pub use self::case::CaseFolders;
pub use self::drop_folder::DropFolder;
pub use self::drop_folder::{DropError, RESULT, SUBMIT, TRANSFER, results_folder};
pub use self::file_state::{Fingerprint, Refusal};
pub use self::folder::{Removal, content_digest};
pub use self::look::Entry;
pub use self::look::{Settling, State, settle};
pub use self::overlap::{Overlap, canonical, overlap};
pub use self::pending::{Pending, PublishError, Published};
pub(crate) use self::permissions::{FolderState, Permissions, folder_state, group_name};
pub use self::spool::{Spool, SpoolError, SpoolFile};
pub use self::submission_file::{UnreadableFile, read_submission_file};
pub use self::take::{TakeError, Taken};
pub use crate::domain::file_name::FileName;
pub use crate::domain::file_name::NameError;
