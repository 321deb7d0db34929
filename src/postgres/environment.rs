//! What stands around an address: the variables and the home of a user, and the files that are there.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use nix::unistd::{Uid, User};
use secrecy::SecretString;

use super::address::SECRETS;
use super::keyword::{AddressError, Words, wrong};
use super::service;

/// What stands around an address: the variables, home and name of a user.
#[derive(Default)]
pub struct Environment {
    pub(super) variables: BTreeMap<String, String>,
    home: Option<PathBuf>,
    pub(super) user: Option<String>,
}

impl Environment {
    /// That of this process.
    pub fn of_process() -> Environment {
        let user = User::from_uid(Uid::effective()).ok().flatten();
        let home = std::env::var_os("HOME").filter(|home| !home.is_empty());
        Environment {
            // A value that is not text is none that an address could hold.
            variables: std::env::vars_os()
                .filter_map(|(name, value)| {
                    Some((name.into_string().ok()?, value.into_string().ok()?))
                })
                .filter(|(name, value)| name.starts_with("PG") && !value.is_empty())
                .collect(),
            home: home
                .map(PathBuf::from)
                .or_else(|| user.as_ref().map(|user| user.dir.clone())),
            user: user.map(|user| user.name),
        }
    }

    /// Nothing: the address says all.
    pub fn none() -> Environment {
        Environment::default()
    }

    pub(super) fn variable(&self, name: &str) -> Option<String> {
        self.variables.get(name).cloned()
    }

    /// A file of the user's home, e.g. `.pgpass`.
    pub(super) fn of_home(&self, name: &str) -> Option<PathBuf> {
        self.home.as_ref().map(|home| home.join(name))
    }

    /// The file that libpq takes where none is named, if it is there.
    pub(super) fn default_file(&self, name: &str) -> Option<PathBuf> {
        self.of_home(&format!(".postgresql/{name}"))
            .filter(|path| path.exists())
    }
}

/// The key words of a service: of the file given, or else of the user's, or else of the system's.
pub(super) fn read_service(
    service: &str,
    given: Option<PathBuf>,
    environment: &Environment,
    warnings: &mut Vec<String>,
) -> Result<Words, AddressError> {
    let named = given.or_else(|| environment.variable("PGSERVICEFILE").map(PathBuf::from));
    let own = named
        .clone()
        .or_else(|| environment.of_home(".pg_service.conf"));
    let system = environment
        .variable("PGSYSCONFDIR")
        .unwrap_or_else(|| "/etc/postgresql-common".to_owned());
    let system = Path::new(&system).join("pg_service.conf");
    for path in own.into_iter().chain([system]) {
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(_) if named.as_ref() != Some(&path) && !path.exists() => continue,
            Err(cause) => {
                return wrong(format!(
                    "cannot read the service file {}: {cause}",
                    path.display()
                ));
            }
        };
        let found = service::find(&text, service).map_err(|error| {
            AddressError(format!("the service file {}, {error}", path.display()))
        })?;
        if let Some(words) = found {
            if SECRETS.iter().any(|name| words.get(name).is_some()) {
                warnings.extend(readable_secret("the service file", &path));
            }
            return Ok(words);
        }
    }
    wrong(
        "the service is in no service file; name the file (PGSERVICEFILE), or write the service into it",
    )
}

/// A warning where others than its owner can read a file with a secret in it.
pub fn readable_secret(what: &str, path: &Path) -> Option<String> {
    is_open(path).then(|| {
        format!(
            "{what} {path} holds a password and others than its owner can read it; chmod 600 {path}, or move the password \
             to a password file (PGPASSFILE, ~/.pgpass)",
            path = path.display()
        )
    })
}

fn is_open(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|file| file.permissions().mode() & 0o077 != 0)
}

/// The text of a password file; `None` where there is none that libpq would use.
pub(super) fn read_passfile(
    path: &Path,
    warnings: &mut Vec<String>,
) -> Result<Option<SecretString>, AddressError> {
    let Ok(file) = fs::metadata(path) else {
        return Ok(None);
    };
    let shown = path.display();
    if !file.is_file() {
        warnings.push(format!(
            "the password file {shown} is not a plain file and is not used"
        ));
        return Ok(None);
    }
    if is_open(path) {
        warnings.push(format!(
            "the password file {shown} is not used, as others than its owner can read it; chmod 600 {shown}"
        ));
        return Ok(None);
    }
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(text.into())),
        Err(cause) => {
            warnings.push(format!("the password file {shown} is not used: {cause}"));
            Ok(None)
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use tempfile::TempDir;

    use super::*;

    /// A home with these files (mode 0600) and an environment with these variables; `{home}` stands for its path.
    pub fn environment(
        files: &[(&str, &str)],
        variables: &[(&str, &str)],
    ) -> (TempDir, Environment) {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().display().to_string();
        for (name, text) in files {
            let file = home.path().join(name);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(&file, text).unwrap();
            fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
        }
        let variables = variables
            .iter()
            .map(|(name, value)| ((*name).to_owned(), value.replace("{home}", &path)));
        let environment = Environment {
            variables: variables.collect(),
            home: Some(home.path().to_owned()),
            user: Some("osuser".to_owned()),
        };
        (home, environment)
    }
}
