//! The user that runs the server, and whether it can get where it has to.

use std::fs::{self, DirBuilder, Metadata};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use nix::unistd::{Uid, User};

use super::{EmbeddedError, io_error};

/// Who runs the server: lethe's own user, or somebody without privileges when lethe is root.
#[derive(Debug, Clone)]
pub(super) struct ServerUser {
    user: User,
    change: Change,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Change {
    /// The server runs as the user that lethe runs as.
    None,
    /// Root gives its privileges up for the server.
    FromRoot,
}

impl ServerUser {
    /// The user for a new cluster.
    pub(super) fn current() -> Result<ServerUser, EmbeddedError> {
        let uid = Uid::effective();
        if !uid.is_root() {
            let user = lookup(User::from_uid(uid))?
                .ok_or(EmbeddedError::UnknownUser { uid: uid.as_raw() })?;
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
        Err(EmbeddedError::NoServerUser)
    }

    /// The user for the cluster in `data`: its owner, if there is one already and lethe may act for it.
    pub(super) fn for_data(data: &Path) -> Result<ServerUser, EmbeddedError> {
        let current = ServerUser::current()?;
        let Ok(metadata) = fs::metadata(data) else {
            return Ok(current);
        };
        let owner = Uid::from_raw(metadata.uid());
        match current.change {
            Change::None if owner != current.user.uid => Err(EmbeddedError::ForeignFolder {
                folder: data.to_owned(),
            }),
            Change::FromRoot if !owner.is_root() && owner != current.user.uid => {
                let user = lookup(User::from_uid(owner))?;
                let user = user.ok_or(EmbeddedError::UnknownUser {
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

    /// A command that will run as this user, with an environment that no setting of the caller's can bend.
    pub(super) fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        let kept =
            ["LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH"].map(|name| (name, std::env::var_os(name)));
        command.env_clear().envs(
            kept.into_iter()
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
            // Without a list of groups given, the standard library drops root's own.
            command
                .uid(self.user.uid.as_raw())
                .gid(self.user.gid.as_raw());
        }
        command
    }

    /// Make `folder` this user's own.
    pub(super) fn give(&self, folder: &Path) -> Result<(), EmbeddedError> {
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

    /// Whether `metadata` is of something that this user owns and nobody else may enter.
    pub(super) fn owns_privately(&self, metadata: &Metadata) -> bool {
        metadata.uid() == self.user.uid.as_raw() && metadata.mode() & 0o077 == 0
    }

    /// Check that this user can pass through every folder on the way to `path`, and through `path` itself.
    pub(super) fn must_reach(&self, path: &Path) -> Result<(), EmbeddedError> {
        if self.change == Change::None {
            return Ok(());
        }
        let real = fs::canonicalize(path).map_err(io_error("find", path))?;
        let mut way: Vec<&Path> = real.ancestors().collect();
        way.reverse();
        for step in way {
            let metadata = fs::metadata(step).map_err(io_error("look at", step))?;
            if !self.may_pass(&metadata) {
                let (user, wanted, blocked) =
                    (self.user.name.clone(), path.to_owned(), step.to_owned());
                return Err(EmbeddedError::Unreachable {
                    user,
                    wanted,
                    blocked,
                });
            }
        }
        Ok(())
    }

    /// Whether the search (or execute) permission is given, by the mode alone.
    fn may_pass(&self, metadata: &Metadata) -> bool {
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

/// Make `folder` and what is missing above it: for root so that the server's user can pass, whatever the umask is.
pub(super) fn make_folder(folder: &Path) -> Result<PathBuf, EmbeddedError> {
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
            Err(error) => return Err(io_error("make the folder", path)(error)),
        }
    }
    let metadata = fs::metadata(&folder).map_err(io_error("look at", &folder))?;
    let me = Uid::effective();
    if !me.is_root() && metadata.uid() != me.as_raw() {
        return Err(EmbeddedError::ForeignFolder { folder });
    }
    fs::canonicalize(&folder).map_err(io_error("find", &folder))
}

fn lookup(found: nix::Result<Option<User>>) -> Result<Option<User>, EmbeddedError> {
    found.map_err(io_error("look up a user in", Path::new("/etc/passwd")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_closed_folder_on_the_way_is_named() {
        let stranger = User {
            uid: Uid::from_raw(54321),
            gid: 54321.into(),
            ..User::from_uid(0.into()).unwrap().unwrap()
        };
        let user = ServerUser {
            user: stranger,
            change: Change::FromRoot,
        };
        // tempfile makes folders for their owner alone
        let closed = tempfile::Builder::new()
            .prefix("lethe-test-")
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
    fn folders_are_made_with_all_above_them() {
        let base = tempfile::tempdir().unwrap();
        let folder = make_folder(&base.path().join("a/b")).unwrap();
        let wanted = if Uid::effective().is_root() {
            0o711
        } else {
            0o700
        };
        assert_eq!(fs::metadata(&folder).unwrap().mode() & 0o777, wanted);
        assert_eq!(make_folder(&folder).unwrap(), folder);
    }
}
