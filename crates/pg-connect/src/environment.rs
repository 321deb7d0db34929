//! The environment of an address: variables and home folder of a user, and the files found through them.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use nix::unistd::{Uid, User};
use secrecy::SecretString;

use super::error::{ConfigError, invalid_hint};
use super::parameters::{Parameters, SECRETS};
use super::service;

/// The environment of an address: variables, home folder and name of a user.
#[derive(Default)]
pub struct Environment {
    pub(crate) variables: BTreeMap<String, String>,
    home: Option<PathBuf>,
    pub(crate) user: Option<String>,
}

impl Environment {
    /// The environment of this process: its variables that begin with `PG`, and the home folder and name of its user.
    pub fn of_process() -> Environment {
        let user = User::from_uid(Uid::effective()).ok().flatten();
        let home = std::env::var_os("HOME").filter(|home| !home.is_empty());
        Environment {
            // A value that is not UTF-8 could not be part of an address either.
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

    /// An empty environment: only the address counts.
    pub fn empty() -> Environment {
        Environment::default()
    }

    pub(crate) fn variable(&self, name: &str) -> Option<String> {
        self.variables.get(name).cloned()
    }

    /// A file in the user's home folder, e.g. `.pgpass`.
    pub(crate) fn home_file(&self, name: &str) -> Option<PathBuf> {
        self.home.as_ref().map(|home| home.join(name))
    }

    /// A file in `~/.postgresql`, if it exists: libpq uses these where no other file is named.
    pub(crate) fn default_file(&self, name: &str) -> Option<PathBuf> {
        self.home_file(&format!(".postgresql/{name}"))
            .filter(|path| path.exists())
    }
}

/// The parameters of a service: from the named file, else from the user's, else from the system's.
pub(crate) fn read_service(
    service: &str,
    named: Option<PathBuf>,
    environment: &Environment,
    warnings: &mut Vec<String>,
) -> Result<Parameters, ConfigError> {
    let named = named.or_else(|| environment.variable("PGSERVICEFILE").map(PathBuf::from));
    let own = named
        .clone()
        .or_else(|| environment.home_file(".pg_service.conf"));
    let system = environment
        .variable("PGSYSCONFDIR")
        .unwrap_or_else(|| "/etc/postgresql-common".to_owned());
    let system = Path::new(&system).join("pg_service.conf");
    for path in own.into_iter().chain([system]) {
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(_) if named.as_ref() != Some(&path) && !path.exists() => continue,
            Err(cause) => {
                let message = format!("cannot read the service file {}", path.display());
                return Err(ConfigError::new(message).with_detail(cause));
            }
        };
        trusted_path::check(&path).map_err(|e| ConfigError::untrusted("service file", e))?;
        let found = service::find(&text, service)
            .map_err(|error| error.at(format!("service file {}", path.display())))?;
        if let Some(parameters) = found {
            if SECRETS.iter().any(|name| parameters.get(name).is_some()) {
                warnings.extend(exposed_password_warning("service file", &path));
            }
            return Ok(parameters);
        }
    }
    invalid_hint(
        "the service is not in any service file",
        "name the file in PGSERVICEFILE, or add the service to it",
    )
}

/// A warning if users other than its owner can read a file that holds a password. `kind` is what the file is.
pub fn exposed_password_warning(kind: &str, path: &Path) -> Option<String> {
    is_exposed(path).then(|| {
        let path = path.display();
        format!(
            "the {kind} holds a password and can be read by users other than its owner\n  \
             detail: {path}\n  \
             hint: chmod 600 {path}, or move the password to a password file (PGPASSFILE, ~/.pgpass)"
        )
    })
}

fn is_exposed(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|file| file.permissions().mode() & 0o077 != 0)
}

/// The text of a password file; `None` if there is none, or libpq would ignore it.
pub(crate) fn read_passfile(path: &Path, warnings: &mut Vec<String>) -> Option<SecretString> {
    let file = fs::metadata(path).ok()?;
    let shown = path.display();
    if !file.is_file() {
        warnings.push(format!(
            "ignoring the password file {shown}\n  detail: it is not a regular file"
        ));
        return None;
    }
    if is_exposed(path) {
        warnings.push(format!(
            "ignoring the password file {shown}\n  \
             detail: users other than its owner can read it\n  \
             hint: chmod 600 {shown}"
        ));
        return None;
    }
    match fs::read_to_string(path) {
        Ok(text) => Some(text.into()),
        Err(cause) => {
            warnings.push(format!(
                "ignoring the password file {shown}\n  detail: {cause}"
            ));
            None
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use tempfile::TempDir;

    use super::*;

    /// A home folder with these files (mode 0600), and an environment with these variables; `{home}` is its path.
    pub(crate) fn environment(
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
