#![doc = include_str!("../README.md")]

mod error;
mod shown;
mod walk;

use std::path::Path;

use nix::unistd::Uid;

pub use error::{Kind, PathError, Weakness, Who};
use walk::Walk;

/// Checks that only root and the current user can change what is at a path.
///
/// # Errors
///
/// Somebody else can, or a part of the path does not exist or cannot be examined.
pub fn check(path: &Path) -> Result<(), PathError> {
    Walk::new(Uid::effective().as_raw()).follow(path)
}
