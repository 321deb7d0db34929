//! Who else can change a path, and the message about it.

use std::io;
use std::path::PathBuf;

use super::shown::{group_name, printable, shell_word, user_name};

/// Why a path is not trusted, or could not be examined.
#[derive(Debug, thiserror::Error)]
pub enum PathError {
    #[error("other users can change {path}\n  detail: {}\n  hint: {}", .0.detail(), .0.hint(), path = printable(&.0.path))]
    Untrusted(Weakness),
    #[error("{path}: {cause}", path = printable(.path))]
    Io { path: PathBuf, cause: io::Error },
}

/// The first file or folder on a path that somebody else can change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Weakness {
    pub path: PathBuf,
    pub kind: Kind,
    pub who: Who,
}

/// What is at a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    File,
    Folder,
    Link,
}

/// Who can change it, besides root and the current user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Who {
    /// The user to whom it belongs.
    Owner(u32),
    /// The members of its group, and whom an access control list names.
    Group(u32),
    Everyone,
}

impl Weakness {
    /// Where, and who: on one line.
    pub fn detail(&self) -> String {
        let path = printable(&self.path);
        let kind = match self.kind {
            Kind::File => "",
            Kind::Folder => "the folder ",
            Kind::Link => "the link ",
        };
        match self.who {
            Who::Owner(user) => format!("{kind}{path} belongs to {}", user_name(user)),
            Who::Group(group) => {
                format!(
                    "{kind}{path} can be written by members of {}",
                    group_name(group)
                )
            }
            Who::Everyone => format!("{kind}{path} can be written by every user"),
        }
    }

    /// The command that mends it.
    pub fn hint(&self) -> String {
        let path = shell_word(&self.path);
        match (self.who, self.kind) {
            (Who::Owner(_), Kind::Link) => format!("chown --no-dereference root {path}"),
            (Who::Owner(_), Kind::File) => format!("chown root {path}"),
            (Who::Owner(_), Kind::Folder) => {
                format!("move the file to a folder of root, or chown root {path}")
            }
            (Who::Group(_), _) => format!("chmod g-w {path}"),
            (Who::Everyone, _) => format!("chmod go-w {path}"),
        }
    }
}
