//! Where the server programs are.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::{EmbeddedError, io_error};

/// The folder of `initdb` and `postgres`: `LETHE_PG_BIN`, else the system's newest, else the one in `PATH`.
///
/// The system's own places are `/usr/lib/postgresql/*/bin`, `/usr/pgsql-*/bin`, `/usr/local/pgsql/bin` and Homebrew's.
pub fn find_binaries() -> Result<PathBuf, EmbeddedError> {
    candidates().map(|mut found| found.swap_remove(0))
}

/// Programs that can serve the cluster in `data`: of the version that made it, or the newest if it is still to be made.
pub(super) fn for_data(data: &Path) -> Result<PathBuf, EmbeddedError> {
    let found = candidates()?;
    let Ok(wanted) = fs::read_to_string(data.join("PG_VERSION")) else {
        return find_binaries();
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
    Err(EmbeddedError::OtherVersion {
        data: data.to_owned(),
        wanted,
        found: versions.join(", "),
    })
}

/// Every folder with server programs, best first and at least one.
fn candidates() -> Result<Vec<PathBuf>, EmbeddedError> {
    let explicit = std::env::var_os("LETHE_PG_BIN").filter(|folder| !folder.is_empty());
    choose(
        explicit.as_deref(),
        Path::new("/"),
        std::env::var_os("PATH").as_deref(),
    )
}

fn choose(
    explicit: Option<&OsStr>,
    root: &Path,
    path: Option<&OsStr>,
) -> Result<Vec<PathBuf>, EmbeddedError> {
    if let Some(folder) = explicit.map(PathBuf::from) {
        let resolved = resolve(&folder).ok_or(EmbeddedError::BadBinaryFolder { folder })?;
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
        let looked = "/usr/lib/postgresql/*/bin, /usr/pgsql-*/bin, /usr/local/pgsql/bin, Homebrew's folders and PATH";
        return Err(EmbeddedError::NoBinaries {
            looked: looked.to_owned(),
        });
    }
    Ok(found)
}

/// The places where systems put the server, newest version first.
fn system_folders(root: &Path) -> Vec<PathBuf> {
    // Each is a folder, the beginning of an entry's name before the version, and what comes below the entry.
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
    // The programs are wrappers that live elsewhere under other names: take the folder as it is.
    folder
        .join("postgres")
        .is_file()
        .then(|| std::path::absolute(folder).ok())
        .flatten()
}

/// `15` for PostgreSQL 15.3, as in `PG_VERSION`.
fn major_version(binaries: &Path) -> Result<String, EmbeddedError> {
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
    fn the_newest_of_the_system_comes_before_path_and_after_the_explicit_one() {
        let root = tempfile::tempdir().unwrap();
        let root = fs::canonicalize(root.path()).unwrap();
        let in_path = install(&root, "somewhere/bin");
        let plain = install(&root, "usr/local/pgsql/bin");
        let old = install(&root, "usr/lib/postgresql/9/bin");
        let new = install(&root, "usr/lib/postgresql/17/bin");
        let middle = install(&root, "usr/pgsql-16/bin");
        let path = Some(in_path.as_os_str());

        let found = choose(None, &root, path).unwrap();
        assert_eq!(found, [new, middle.clone(), old, plain, in_path.clone()]);
        assert_eq!(
            choose(Some(middle.as_os_str()), &root, path).unwrap(),
            [middle]
        );
        assert_eq!(choose(None, &root.join("empty"), path).unwrap(), [in_path]);
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
            choose(Some(links.as_os_str()), &root, None).unwrap(),
            [real]
        );
    }

    #[test]
    fn the_message_names_the_way_out() {
        let root = tempfile::tempdir().unwrap();
        let none = choose(None, root.path(), None).unwrap_err().to_string();
        assert!(
            none.contains("apt-get install postgresql") && none.contains("LETHE_PG_BIN"),
            "{none}"
        );
        let wrong = choose(Some(OsStr::new("/nowhere")), root.path(), None)
            .unwrap_err()
            .to_string();
        assert!(wrong.contains("LETHE_PG_BIN is \"/nowhere\""), "{wrong}");
    }
}
