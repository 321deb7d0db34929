//! Follows a path as the kernel does, and examines every file, folder and link on the way.

use std::ffi::OsString;
use std::fs::{self, Metadata};
use std::io;
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _};
use std::path::{Component, Path, PathBuf};

use super::error::{Kind, PathError, Weakness, Who};

/// The kernel's limit.
const MAX_LINKS: usize = 40;
const STICKY: u32 = 0o1000;
/// The device number of `/dev/null`: major 1, minor 3.
const NULL_DEVICE: u64 = 0x103;

/// A walk along a path, on behalf of a user.
pub(crate) struct Walk {
    user: u32,
    /// The folder that was reached.
    at: PathBuf,
    /// What is left of the path, the next step last.
    left: Vec<Step>,
    links: usize,
}

enum Step {
    Root,
    Up,
    Down(OsString),
}

impl Walk {
    pub(crate) fn new(user: u32) -> Walk {
        Walk {
            user,
            at: PathBuf::from("/"),
            left: Vec::new(),
            links: 0,
        }
    }

    /// Walks to the end of a path, which is relative to the current folder unless it is absolute.
    pub(crate) fn follow(mut self, path: &Path) -> Result<(), PathError> {
        let absolute = std::path::absolute(path).map_err(failed(path))?;
        self.prepend(&absolute);
        self.examine(Path::new("/"))?;
        while let Some(step) = self.left.pop() {
            match step {
                Step::Root => self.at = PathBuf::from("/"),
                // What lies above a folder that was examined has been examined too.
                Step::Up => {
                    self.at.pop();
                }
                Step::Down(name) => self.descend(&name)?,
            }
        }
        Ok(())
    }

    fn descend(&mut self, name: &OsString) -> Result<(), PathError> {
        let next = self.at.join(name);
        if self.examine(&next)?.is_symlink() {
            self.links += 1;
            if self.links > MAX_LINKS {
                let cause = io::Error::other("too many symbolic links");
                return Err(failed(&next)(cause));
            }
            let target = fs::read_link(&next).map_err(failed(&next))?;
            self.prepend(&target);
        } else {
            self.at = next;
        }
        Ok(())
    }

    fn prepend(&mut self, path: &Path) {
        let steps = path.components().rev().filter_map(|part| match part {
            Component::RootDir => Some(Step::Root),
            Component::ParentDir => Some(Step::Up),
            Component::Normal(name) => Some(Step::Down(name.to_owned())),
            Component::CurDir | Component::Prefix(_) => None,
        });
        self.left.extend(steps);
    }

    /// Examines one file, folder or link.
    fn examine(&self, path: &Path) -> Result<Metadata, PathError> {
        let stat = fs::symlink_metadata(path).map_err(failed(path))?;
        let kind = match stat.file_type() {
            kind if kind.is_dir() => Kind::Folder,
            kind if kind.is_symlink() => Kind::Link,
            _ => Kind::File,
        };
        match self.who_else(&stat, kind) {
            None => Ok(stat),
            Some(who) => Err(PathError::Untrusted(Weakness {
                path: path.to_owned(),
                kind,
                who,
            })),
        }
    }

    fn who_else(&self, stat: &Metadata, kind: Kind) -> Option<Who> {
        let mode = stat.mode();
        let is_null = stat.file_type().is_char_device() && stat.rdev() == NULL_DEVICE;
        // The owner can change the mode, and in a sticky folder the owner of an entry can replace it.
        if stat.uid() != 0 && stat.uid() != self.user {
            return Some(Who::Owner(stat.uid()));
        }
        let by_mode = match kind {
            Kind::Link => false,
            Kind::Folder => mode & STICKY == 0,
            Kind::File => !is_null,
        };
        match by_mode {
            true if mode & 0o002 != 0 => Some(Who::Everyone),
            true if mode & 0o020 != 0 => Some(Who::Group(stat.gid())),
            _ => None,
        }
    }
}

fn failed(path: &Path) -> impl FnOnce(io::Error) -> PathError {
    let path = path.to_owned();
    move |cause| PathError::Io { path, cause }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt as _, chown, symlink};

    use nix::unistd::{Uid, getegid};
    use tempfile::TempDir;

    use super::*;

    /// A folder `a/b` with the file `f`.
    fn folder() -> (TempDir, PathBuf) {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir_all(root.path().join("a/b")).unwrap();
        let file = root.path().join("a/b/f");
        fs::write(&file, "").unwrap();
        for (below, mode) in [("a", 0o755), ("a/b", 0o755), ("a/b/f", 0o644)] {
            set_mode(&root.path().join(below), mode);
        }
        (root, file)
    }

    fn set_mode(path: &Path, mode: u32) {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    }

    fn weakness(path: &Path) -> Option<(PathBuf, Kind, Who)> {
        match crate::check(path) {
            Ok(()) => None,
            Err(PathError::Untrusted(weak)) => Some((weak.path, weak.kind, weak.who)),
            Err(error) => panic!("{error}"),
        }
    }

    #[test]
    fn what_others_can_write_is_not_trusted() {
        let (root, file) = folder();
        assert_eq!(weakness(&file), None);
        let group = Who::Group(getegid().as_raw());
        for (below, kind, ordinary) in [
            ("a", Kind::Folder, 0o755),
            ("a/b", Kind::Folder, 0o755),
            ("a/b/f", Kind::File, 0o644),
        ] {
            let path = root.path().join(below);
            for (mode, who) in [(0o020, group), (0o002, Who::Everyone)] {
                set_mode(&path, ordinary | mode);
                assert_eq!(weakness(&file), Some((path.clone(), kind, who)));
            }
            set_mode(&path, ordinary);
        }
        assert_eq!(weakness(&file), None);
    }

    #[test]
    fn a_sticky_folder_is_trusted_but_a_sticky_file_is_not() {
        let (root, file) = folder();
        set_mode(&root.path().join("a"), 0o1777);
        assert_eq!(weakness(&file), None);
        set_mode(&file, 0o1666);
        assert_eq!(weakness(&file), Some((file, Kind::File, Who::Everyone)));
    }

    #[test]
    fn links_are_followed_and_every_folder_on_the_way_counts() {
        let (root, file) = folder();
        let elsewhere = root.path().join("c");
        fs::create_dir(&elsewhere).unwrap();
        symlink("../a/b/f", elsewhere.join("relative")).unwrap();
        symlink(&file, elsewhere.join("absolute")).unwrap();
        symlink("absolute", elsewhere.join("chain")).unwrap();
        symlink("loop", elsewhere.join("loop")).unwrap();
        for link in ["relative", "absolute", "chain"] {
            let link = elsewhere.join(link);
            set_mode(&elsewhere, 0o755);
            assert_eq!(weakness(&link), None);
            set_mode(&elsewhere, 0o777);
            let who = Who::Everyone;
            assert_eq!(
                weakness(&link),
                Some((elsewhere.clone(), Kind::Folder, who))
            );
            set_mode(&elsewhere, 0o755);
            set_mode(&file, 0o666);
            assert_eq!(weakness(&link), Some((file.clone(), Kind::File, who)));
            set_mode(&file, 0o644);
        }
        let error = crate::check(&elsewhere.join("loop")).unwrap_err();
        assert!(matches!(error, PathError::Io { .. }), "{error}");
    }

    #[test]
    fn a_missing_file_is_an_error_of_its_own() {
        let (root, _) = folder();
        let missing = root.path().join("a/none/f");
        match crate::check(&missing) {
            Err(PathError::Io { path, cause }) => {
                assert_eq!(path, root.path().join("a/none"));
                assert_eq!(cause.kind(), io::ErrorKind::NotFound);
            }
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn what_belongs_to_somebody_else_is_not_trusted() {
        let (root, file) = folder();
        let (me, other) = (Uid::effective().as_raw(), 2001);
        // On behalf of another user, whatever this one owns is foreign.
        if me != 0 {
            let walk = Walk::new(other).follow(&file);
            assert!(matches!(walk, Err(PathError::Untrusted(weak)) if weak.who == Who::Owner(me)));
            return;
        }
        for below in ["a", "a/b/f"] {
            let path = root.path().join(below);
            chown(&path, Some(other), None).unwrap();
            let found = weakness(&file).map(|(path, _, who)| (path, who));
            assert_eq!(found, Some((path.clone(), Who::Owner(other))));
            chown(&path, Some(0), None).unwrap();
        }
        let link = root.path().join("link");
        symlink(&file, &link).unwrap();
        std::os::unix::fs::lchown(&link, Some(other), None).unwrap();
        assert_eq!(
            weakness(&link),
            Some((link.clone(), Kind::Link, Who::Owner(other)))
        );
        set_mode(root.path(), 0o711);
        let own = Walk::new(other).follow(&link);
        assert!(own.is_ok(), "the owner trusts it: {own:?}");
    }

    #[test]
    fn the_null_device_is_trusted() {
        assert_eq!(weakness(Path::new("/dev/null")), None);
        assert!(weakness(Path::new("/dev/full")).is_some());
    }

    #[test]
    fn a_message_names_the_file_who_can_write_it_and_the_command() {
        let said = |kind, who| {
            let path = PathBuf::from("/etc/lethe/x y");
            PathError::Untrusted(Weakness { path, kind, who }).to_string()
        };
        assert_eq!(
            said(Kind::Folder, Who::Group(0)),
            "other users can change /etc/lethe/x y\n  detail: the folder /etc/lethe/x y can be written by members of group root\n  hint: chmod g-w $'/etc/lethe/x y'"
        );
        assert!(said(Kind::File, Who::Owner(0)).ends_with("hint: chown root $'/etc/lethe/x y'"));
        assert!(said(Kind::File, Who::Everyone).contains("can be written by every user"));
    }
}
