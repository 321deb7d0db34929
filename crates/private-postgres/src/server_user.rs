//! The operating-system user of the server, and whether it can reach the files it needs.

use std::fs::{self, DirBuilder, Metadata};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use nix::unistd::{Uid, User};

use super::error::{ClusterError, io_error};

/// The user that runs the server: the current one, or an unprivileged one if the current user is root.
#[derive(Debug, Clone)]
pub(crate) struct ServerUser {
    user: User,
    change: Change,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Change {
    /// The server runs as the current user.
    None,
    /// The server drops the privileges of root.
    FromRoot,
}

impl ServerUser {
    /// The user for a new cluster.
    pub(crate) fn current() -> Result<ServerUser, ClusterError> {
        let uid = Uid::effective();
        if !uid.is_root() {
            let user = lookup(User::from_uid(uid))?
                .ok_or(ClusterError::UnknownUser { uid: uid.as_raw() })?;
            return Ok(ServerUser {
                user,
                change: Change::None,
            });
        }
        for name in ["postgres", "nobody"] {
            if let Some(user) = lookup(User::from_name(name))? {
                return Ok(ServerUser {
                    user,
                    change: Change::FromRoot,
                });
            }
        }
        Err(ClusterError::NoServerUser)
    }

    /// The user for the cluster in `data`: its owner, if it exists and the current user may act for it.
    pub(crate) fn for_data(data: &Path) -> Result<ServerUser, ClusterError> {
        let current = ServerUser::current()?;
        let Ok(metadata) = fs::metadata(data) else {
            return Ok(current);
        };
        let owner = Uid::from_raw(metadata.uid());
        match current.change {
            Change::None if owner != current.user.uid => Err(ClusterError::ForeignFolder {
                folder: data.to_owned(),
            }),
            Change::FromRoot if !owner.is_root() && owner != current.user.uid => {
                let user = lookup(User::from_uid(owner))?;
                let user = user.ok_or(ClusterError::UnknownUser {
                    uid: owner.as_raw(),
                })?;
                Ok(ServerUser {
                    user,
                    change: Change::FromRoot,
                })
            }
            _ => Ok(current),
        }
    }

    /// A command that runs as this user, in an environment that does not depend on the caller's.
    pub(crate) fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        let inherited =
            ["LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH"].map(|name| (name, std::env::var_os(name)));
        command.env_clear().envs(
            inherited
                .into_iter()
                .filter_map(|(name, value)| Some((name, value?))),
        );
        command
            .env("PATH", "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin")
            .env("HOME", "/");
        command
            .env("LC_ALL", "C")
            .env("USER", &self.user.name)
            .current_dir("/");
        if self.change == Change::FromRoot {
            // The standard library drops the supplementary groups of root.
            command
                .uid(self.user.uid.as_raw())
                .gid(self.user.gid.as_raw());
        }
        command
    }

    /// Makes this user the owner of `folder`.
    pub(crate) fn give(&self, folder: &Path) -> Result<(), ClusterError> {
        if self.change == Change::None {
            return Ok(());
        }
        chown(
            folder,
            Some(self.user.uid.as_raw()),
            Some(self.user.gid.as_raw()),
        )
        .map_err(io_error("change the owner of", folder))
    }

    /// Whether this user owns the file, and no other user has any access.
    pub(crate) fn owns_privately(&self, metadata: &Metadata) -> bool {
        metadata.uid() == self.user.uid.as_raw() && metadata.mode() & 0o077 == 0
    }

    /// Checks that this user can enter every folder on the path, and `path` itself.
    pub(crate) fn must_reach(&self, path: &Path) -> Result<(), ClusterError> {
        if self.change == Change::None {
            return Ok(());
        }
        let real = fs::canonicalize(path).map_err(io_error("find", path))?;
        let mut folders: Vec<&Path> = real.ancestors().collect();
        folders.reverse();
        for step in folders {
            let metadata = fs::metadata(step).map_err(io_error("read the metadata of", step))?;
            if !self.can_enter(&metadata) {
                let (user, wanted, blocked) =
                    (self.user.name.clone(), path.to_owned(), step.to_owned());
                return Err(ClusterError::Unreachable {
                    user,
                    wanted,
                    blocked,
                });
            }
        }
        Ok(())
    }

    /// Whether the mode gives the search (or execute) permission.
    fn can_enter(&self, metadata: &Metadata) -> bool {
        let bit = if metadata.uid() == self.user.uid.as_raw() {
            0o100
        } else if metadata.gid() == self.user.gid.as_raw() {
            0o010
        } else {
            0o001
        };
        metadata.mode() & bit != 0
    }
}

/// Creates `folder` and its missing parents; as root with a mode that lets the server's user enter, whatever the umask.
pub(crate) fn create_folder(folder: &Path) -> Result<PathBuf, ClusterError> {
    let folder = std::path::absolute(folder).map_err(io_error("find", folder))?;
    let mode = if Uid::effective().is_root() {
        0o711
    } else {
        0o700
    };
    let missing: Vec<&Path> = folder
        .ancestors()
        .take_while(|path| !path.exists())
        .collect();
    for path in missing.into_iter().rev() {
        match DirBuilder::new().mode(mode).create(path) {
            Ok(()) => fs::set_permissions(path, fs::Permissions::from_mode(mode))
                .map_err(io_error("set the permissions of", path))?,
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(io_error("create the folder", path)(error)),
        }
    }
    let metadata = fs::metadata(&folder).map_err(io_error("read the metadata of", &folder))?;
    let me = Uid::effective();
    if !me.is_root() && metadata.uid() != me.as_raw() {
        return Err(ClusterError::ForeignFolder { folder });
    }
    fs::canonicalize(&folder).map_err(io_error("find", &folder))
}

fn lookup(found: nix::Result<Option<User>>) -> Result<Option<User>, ClusterError> {
    found.map_err(io_error("look up a user in", Path::new("/etc/passwd")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_closed_folder_on_the_path_is_reported() {
        let stranger = User {
            uid: Uid::from_raw(54321),
            gid: 54321.into(),
            ..User::from_uid(0.into()).unwrap().unwrap()
        };
        let user = ServerUser {
            user: stranger,
            change: Change::FromRoot,
        };
        let closed = tempfile::Builder::new()
            .prefix("private-postgres-test-")
            .tempdir_in("/tmp")
            .unwrap();
        fs::set_permissions(closed.path(), fs::Permissions::from_mode(0o700)).unwrap();
        let below = closed.path().join("below");
        fs::create_dir(&below).unwrap();

        let error = user.must_reach(&below).unwrap_err().to_string();
        let blocked = fs::canonicalize(closed.path()).unwrap();
        assert!(error.contains(&format!("chmod o+x {blocked:?}")), "{error}");
        user.must_reach(Path::new("/tmp")).unwrap();
    }

    #[test]
    fn folders_are_created_with_their_parents() {
        let base = tempfile::tempdir().unwrap();
        let folder = create_folder(&base.path().join("a/b")).unwrap();
        let wanted = if Uid::effective().is_root() {
            0o711
        } else {
            0o700
        };
        assert_eq!(fs::metadata(&folder).unwrap().mode() & 0o777, wanted);
        assert_eq!(create_folder(&folder).unwrap(), folder);
    }
}
