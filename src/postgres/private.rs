//! Lethe's private clusters: what they are named after, and the folders of a user.

use std::path::PathBuf;

use nix::unistd::{Uid, User};
use private_postgres::Application;

/// The name of private clusters: superuser `lethe`, socket folder `/tmp/lethe-…`, server programs in `LETHE_PG_BIN`.
pub const APPLICATION: Application = Application::named("lethe");

/// The folder for Lethe's own data cannot be determined.
#[derive(Debug, thiserror::Error)]
#[error(
    "cannot determine the folder for Lethe's own data\n  \
     detail: the current user has no home folder\n  \
     hint: set HOME or XDG_DATA_HOME"
)]
pub struct NoDataFolder;

/// The folder for Lethe's own data: `/var/lib/lethe` as root, else `$XDG_DATA_HOME/lethe` or `~/.local/share/lethe`.
///
/// The folder need not exist.
pub(crate) fn data_folder() -> Result<PathBuf, NoDataFolder> {
    if Uid::effective().is_root() {
        return Ok(PathBuf::from("/var/lib/lethe"));
    }
    let data = user_folder("XDG_DATA_HOME", ".local/share");
    Ok(data.ok_or(NoDataFolder)?.join("lethe"))
}

/// A folder of the current user: the one that the variable names, else the one below the home folder. As the XDG specification
/// says, a relative path does not count, because it would depend on the current folder. `None`: there is no home folder.
pub(crate) fn user_folder(variable: &str, below_home: &str) -> Option<PathBuf> {
    let absolute = |name: &str| {
        std::env::var_os(name)
            .map(PathBuf::from)
            .filter(|path| path.is_absolute())
    };
    if let Some(folder) = absolute(variable) {
        return Some(folder);
    }
    let home = absolute("HOME").or_else(|| {
        User::from_uid(Uid::effective())
            .ok()
            .flatten()
            .map(|user| user.dir)
    });
    Some(home?.join(below_home))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_data_folder_is_lethes_own() {
        assert!(data_folder().unwrap().ends_with("lethe"));
    }

    #[test]
    fn private_clusters_are_named_after_lethe() {
        assert_eq!(APPLICATION.name(), "lethe");
        assert_eq!(APPLICATION.binaries_variable(), "LETHE_PG_BIN");
    }
}
