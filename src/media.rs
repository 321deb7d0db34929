//! Recording media: objects that are deleted after their rows were redacted (contract section 5).
//!
//! A URI is data: it is confined to the configured folder and never followed out of it.

use std::path::{Component, Path, PathBuf};

/// A folder of media objects.
#[derive(Debug, Clone)]
pub struct MediaFolder {
    root: PathBuf,
}

/// Why an object is not deleted; the text says nothing of its name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MediaError {
    /// Trying again does not help.
    #[error("no media store is configured")]
    NoStore,
    #[error("the URI is outside the configured media folder")]
    Outside,
    /// Trying again may help.
    #[error("the media folder refused: {0}")]
    Refused(std::io::ErrorKind),
}

impl MediaError {
    /// Whether trying again within `media_wait` may help.
    pub fn is_passing(&self) -> bool {
        matches!(self, MediaError::Refused(_))
    }
}

/// Whether the object was there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deleted {
    Now,
    /// There was none of this name: it is gone all the same.
    Before,
}

impl MediaFolder {
    /// A folder that exists; its real path confines what is deleted.
    pub fn open(root: &Path) -> std::io::Result<MediaFolder> {
        Ok(MediaFolder {
            root: root.canonicalize()?,
        })
    }

    /// Deletes the object that a URI names: `file:///…` below the folder, or a path relative to it.
    pub fn delete(&self, uri: &str) -> Result<Deleted, MediaError> {
        let path = self.confine(uri)?;
        match std::fs::remove_file(&path) {
            Ok(()) => Ok(Deleted::Now),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(Deleted::Before),
            Err(e) => Err(MediaError::Refused(e.kind())),
        }
    }

    /// The path of an object, whose folder really lies below the root.
    fn confine(&self, uri: &str) -> Result<PathBuf, MediaError> {
        let named = match uri.strip_prefix("file://") {
            Some(path) if path.starts_with('/') => PathBuf::from(path),
            Some(_) => return Err(MediaError::Outside),
            None if uri.contains("://") || uri.starts_with('/') => return Err(MediaError::Outside),
            None => self.root.join(uri),
        };
        let strange = |c: Component| !matches!(c, Component::Normal(_) | Component::RootDir);
        if named.components().any(strange) || uri.contains('%') && uri.starts_with("file://") {
            return Err(MediaError::Outside);
        }
        let (Some(folder), Some(name)) = (named.parent(), named.file_name()) else {
            return Err(MediaError::Outside);
        };
        let folder = match folder.canonicalize() {
            Ok(folder) => folder,
            // Without its folder the object is gone; the name alone decides whether it was one of ours.
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => folder.to_owned(),
            Err(e) => return Err(MediaError::Refused(e.kind())),
        };
        if folder.starts_with(&self.root) {
            Ok(folder.join(name))
        } else {
            Err(MediaError::Outside)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_go_and_nothing_outside_is_touched() {
        let around = tempfile::tempdir().unwrap();
        let root = around.path().join("media");
        std::fs::create_dir_all(root.join("2018")).unwrap();
        for path in ["media/2018/a.wav", "media/b.wav", "secret"] {
            std::fs::write(around.path().join(path), "x").unwrap();
        }
        std::os::unix::fs::symlink(around.path(), root.join("out")).unwrap();
        let folder = MediaFolder::open(&root).unwrap();
        assert_eq!(folder.delete("2018/a.wav"), Ok(Deleted::Now));
        assert_eq!(folder.delete("2018/a.wav"), Ok(Deleted::Before));
        assert_eq!(folder.delete("2019/a.wav"), Ok(Deleted::Before));
        assert_eq!(
            folder.delete(&format!("file://{}/b.wav", root.display())),
            Ok(Deleted::Now)
        );
        let outside = around.path().join("secret");
        let absolute = outside.display().to_string();
        for uri in [
            "../secret",
            "out/secret",
            "2018/../../secret",
            &absolute,
            &format!("file://{absolute}"),
            "s3://b/k",
            "",
        ] {
            assert_eq!(folder.delete(uri), Err(MediaError::Outside), "{uri}");
        }
        assert!(outside.exists());
    }
}
