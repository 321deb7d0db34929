//! Where the server programs are.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::application::Application;
use super::error::{ClusterError, io_error};

/// The folder of `initdb` and `postgres`: the one in `<NAME>_PG_BIN`, else the newest of the system, else the one in `PATH`.
///
/// The system's folders are `/usr/lib/postgresql/*/bin`, `/usr/pgsql-*/bin`, `/usr/local/pgsql/bin` and Homebrew's.
///
/// # Errors
///
/// There are none, or the variable names a folder without them.
pub fn find_binaries(application: &Application) -> Result<PathBuf, ClusterError> {
    candidates(application).map(|mut found| found.swap_remove(0))
}

/// Programs that can serve the cluster in `data`: of the version that created it, or the newest if it does not exist.
pub(crate) fn for_data(application: &Application, data: &Path) -> Result<PathBuf, ClusterError> {
    let found = candidates(application)?;
    let Ok(wanted) = fs::read_to_string(data.join("PG_VERSION")) else {
        return find_binaries(application);
    };
    let wanted = wanted.trim().to_owned();
    let mut versions = Vec::new();
    for folder in found {
        let version = major_version(&folder)?;
        if version == wanted {
            return Ok(folder);
        }
        versions.push(version);
    }
    Err(ClusterError::OtherVersion {
        data: data.to_owned(),
        wanted,
        found: versions.join(", "),
        variable: application.binaries_variable(),
    })
}

/// Every folder with server programs, best first and at least one.
fn candidates(application: &Application) -> Result<Vec<PathBuf>, ClusterError> {
    let variable = application.binaries_variable();
    let explicit = std::env::var_os(&variable).filter(|folder| !folder.is_empty());
    choose(
        &variable,
        explicit.as_deref(),
        Path::new("/"),
        std::env::var_os("PATH").as_deref(),
    )
}

fn choose(
    variable: &str,
    explicit: Option<&OsStr>,
    root: &Path,
    path: Option<&OsStr>,
) -> Result<Vec<PathBuf>, ClusterError> {
    if let Some(folder) = explicit.map(PathBuf::from) {
        let resolved = resolve(&folder).ok_or(ClusterError::BadBinaryFolder {
            folder,
            variable: variable.to_owned(),
        })?;
        return Ok(vec![resolved]);
    }
    let in_path = path
        .map(|path| std::env::split_paths(path).collect::<Vec<_>>())
        .unwrap_or_default();
    let mut found: Vec<PathBuf> = Vec::new();
    for folder in system_folders(root)
        .into_iter()
        .chain(in_path)
        .filter_map(|folder| resolve(&folder))
    {
        if !found.contains(&folder) {
            found.push(folder);
        }
    }
    if found.is_empty() {
        let searched = "/usr/lib/postgresql/*/bin, /usr/pgsql-*/bin, /usr/local/pgsql/bin, Homebrew's folders and PATH";
        return Err(ClusterError::NoBinaries {
            searched: searched.to_owned(),
            variable: variable.to_owned(),
        });
    }
    Ok(found)
}

/// The folders where operating systems install the server, newest version first.
fn system_folders(root: &Path) -> Vec<PathBuf> {
    // A folder, the part of an entry's name before the version, and the folder below the entry.
    let versioned = [
        ("usr/lib/postgresql", "", "bin"),
        ("usr", "pgsql-", "bin"),
        ("opt/homebrew/opt", "postgresql@", "bin"),
        ("usr/local/opt", "postgresql@", "bin"),
        ("home/linuxbrew/.linuxbrew/opt", "postgresql@", "bin"),
    ];
    let mut found: Vec<(u32, PathBuf)> = Vec::new();
    for (folder, prefix, below) in versioned {
        for entry in fs::read_dir(root.join(folder))
            .into_iter()
            .flatten()
            .flatten()
        {
            let name = entry.file_name();
            let version = name
                .to_str()
                .and_then(|name| name.strip_prefix(prefix))
                .map(str::parse);
            if let Some(Ok(version)) = version {
                found.push((version, entry.path().join(below)));
            }
        }
    }
    found.sort_by_key(|(version, _)| std::cmp::Reverse(*version));
    let unversioned = [
        "usr/local/pgsql/bin",
        "opt/homebrew/opt/postgresql/bin",
        "usr/local/opt/postgresql/bin",
    ];
    found
        .into_iter()
        .map(|(_, folder)| folder)
        .chain(unversioned.map(|folder| root.join(folder)))
        .collect()
}

/// The real folder of the programs, through links: the server finds its other files from there.
fn resolve(folder: &Path) -> Option<PathBuf> {
    let initdb = fs::canonicalize(folder.join("initdb")).ok()?;
    let real = initdb.parent()?;
    if real.join("initdb").is_file() && real.join("postgres").is_file() {
        return Some(real.to_owned());
    }
    // The programs are wrappers for programs elsewhere: use the folder as it is.
    folder
        .join("postgres")
        .is_file()
        .then(|| std::path::absolute(folder).ok())
        .flatten()
}

/// `15` for PostgreSQL 15.3, as in `PG_VERSION`.
fn major_version(binaries: &Path) -> Result<String, ClusterError> {
    let program = binaries.join("postgres");
    let output = Command::new(&program)
        .arg("--version")
        .output()
        .map_err(io_error("run", &program))?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    // "postgres (PostgreSQL) 15.3 (Debian 15.3-1)", or "18beta1" before a release
    let version = text.split_whitespace().nth(2).unwrap_or_default();
    Ok(version.chars().take_while(char::is_ascii_digit).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn install(root: &Path, folder: &str) -> PathBuf {
        let folder = root.join(folder);
        fs::create_dir_all(&folder).unwrap();
        for program in ["initdb", "postgres"] {
            fs::write(folder.join(program), "").unwrap();
        }
        folder
    }

    #[test]
    fn explicit_folders_precede_system_folders_which_precede_path() {
        let root = tempfile::tempdir().unwrap();
        let root = fs::canonicalize(root.path()).unwrap();
        let in_path = install(&root, "somewhere/bin");
        let plain = install(&root, "usr/local/pgsql/bin");
        let old = install(&root, "usr/lib/postgresql/9/bin");
        let new = install(&root, "usr/lib/postgresql/17/bin");
        let middle = install(&root, "usr/pgsql-16/bin");
        let path = Some(in_path.as_os_str());

        let found = choose("APP_PG_BIN", None, &root, path).unwrap();
        assert_eq!(found, [new, middle.clone(), old, plain, in_path.clone()]);
        assert_eq!(
            choose("APP_PG_BIN", Some(middle.as_os_str()), &root, path).unwrap(),
            [middle]
        );
        assert_eq!(
            choose("APP_PG_BIN", None, &root.join("empty"), path).unwrap(),
            [in_path]
        );
    }

    #[test]
    fn links_lead_to_the_real_folder() {
        let root = tempfile::tempdir().unwrap();
        let root = fs::canonicalize(root.path()).unwrap();
        let real = install(&root, "usr/lib/postgresql/15/bin");
        let links = root.join("links");
        fs::create_dir(&links).unwrap();
        for program in ["initdb", "postgres"] {
            std::os::unix::fs::symlink(real.join(program), links.join(program)).unwrap();
        }
        assert_eq!(
            choose("APP_PG_BIN", Some(links.as_os_str()), &root, None).unwrap(),
            [real]
        );
    }

    #[test]
    fn the_message_says_what_to_do() {
        let root = tempfile::tempdir().unwrap();
        let none = choose("APP_PG_BIN", None, root.path(), None)
            .unwrap_err()
            .to_string();
        assert!(
            none.contains("apt-get install postgresql") && none.contains("APP_PG_BIN"),
            "{none}"
        );
        let wrong = choose(
            "APP_PG_BIN",
            Some(OsStr::new("/nowhere")),
            root.path(),
            None,
        )
        .unwrap_err()
        .to_string();
        assert!(wrong.contains("detail: it is \"/nowhere\""), "{wrong}");
    }
}
