//! Where the configuration is: never in the current folder, which anybody may have prepared (contract section 8).

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::cli::config::ConfigError;
use crate::postgres::user_folder;

/// The configuration of this machine.
const SYSTEM: &str = "/etc/lethe/lethe.toml";

/// The configuration file: the named one, else that of this machine, else that of the user. `None`: there is none.
///
/// # Errors
///
/// Whether this machine has a configuration cannot be seen: without it, another policy could apply.
pub(crate) fn find(named: Option<&Path>) -> Result<Option<PathBuf>, ConfigError> {
    if let Some(path) = named.filter(|path| !path.as_os_str().is_empty()) {
        return Ok(Some(path.to_owned()));
    }
    let user = user_folder("XDG_CONFIG_HOME", ".config");
    of(Path::new(SYSTEM), user.as_deref())
}

fn of(system: &Path, user: Option<&Path>) -> Result<Option<PathBuf>, ConfigError> {
    match exists(system) {
        Ok(true) => return Ok(Some(system.to_owned())),
        Ok(false) => {}
        Err(cause) => {
            let path = system.to_owned();
            return Err(ConfigError::Read { path, cause });
        }
    }
    let own = user.map(|folder| folder.join("lethe/lethe.toml"));
    // A folder that the user cannot enter is not the user's own.
    Ok(own.filter(|path| exists(path).unwrap_or(false)))
}

/// Whether there is a file, or a link that may lead nowhere: it is then an error to read it.
fn exists(path: &Path) -> io::Result<bool> {
    match fs::symlink_metadata(path) {
        Ok(_) => Ok(true),
        Err(error) => match error.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => Ok(false),
            _ => Err(error),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_machine_comes_before_the_user() {
        let root = tempfile::tempdir().unwrap();
        let system = root.path().join("etc/lethe.toml");
        let user = root.path().join("home");
        let own = user.join("lethe/lethe.toml");
        for file in [&system, &own] {
            fs::create_dir_all(file.parent().unwrap()).unwrap();
        }
        let found = || of(&system, Some(&user)).unwrap();
        assert_eq!(found(), None);
        fs::write(&own, "").unwrap();
        assert_eq!(found(), Some(own.clone()));
        assert_eq!(of(&system, None).unwrap(), None);
        // A link that leads nowhere is not passed over.
        std::os::unix::fs::symlink("nowhere", &system).unwrap();
        assert_eq!(found(), Some(system.clone()));
        assert_eq!(
            find(Some(&own)).unwrap(),
            Some(own),
            "what is named comes first"
        );
    }

    #[test]
    fn a_part_of_the_path_that_is_no_folder_means_that_there_is_no_file() {
        let root = tempfile::tempdir().unwrap();
        let file = root.path().join("file");
        fs::write(&file, "").unwrap();
        assert_eq!(of(&file.join("lethe.toml"), Some(&file)).unwrap(), None);
    }
}
