//! Recording media: objects that are deleted after their rows were redacted (contract section 5).
//!
//! A URI is data: it names an object of a configured store, in one of a few exact spellings, or it is refused; it is
//! never followed to anywhere else. No error of this module quotes one.

mod bucket;
mod digest;
mod folder;
mod settings;
mod spelling;

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicI64;

use bucket::Bucket;
pub use digest::{digest, is_digest_of};
use folder::MediaFolder;
pub use settings::{BucketConfig, MediaConfig};

/// The configured stores; none at all is fine, then every URI is refused.
#[derive(Debug, Default)]
pub struct MediaStores {
    folder: Option<Arc<MediaFolder>>,
    buckets: Vec<Bucket>,
    pub counts: MediaCounts,
}

/// What became of objects, since the process began.
#[derive(Debug, Default)]
pub struct MediaCounts {
    /// Objects that are gone.
    pub deleted: AtomicI64,
    /// Objects that stay, as another recording names them: only the reference is gone.
    pub kept: AtomicI64,
}

/// An object of a configured store: two spellings of one object are equal.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Object {
    store: Store,
    /// Below the folder, or the key in the bucket; checked segments, separated by single slashes.
    path: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Store {
    Folder,
    /// Its place among the configured buckets.
    Bucket(usize),
}

impl fmt::Debug for Object {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Object({:?})", self.store)
    }
}

/// Why an object is not deleted; the text says nothing of its name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MediaError {
    // Trying again at once does not help.
    #[error("no media store is configured")]
    NoStore,
    #[error("the URI names no object of the configured media stores")]
    Outside,
    #[error("the row names another object than when it was forgotten")]
    Changed,
    #[error("what stands under this name in the media folder is no plain file")]
    NotPlain,
    #[error(
        "the store denies it: the credentials, or an object lock, retention or legal hold on the object"
    )]
    Denied,
    #[error("the bucket does not exist")]
    NoBucket,
    #[error("the store does not understand the request ({0})")]
    Unusable(&'static str),
    // Trying again may help.
    #[error("the media folder refused: {0}")]
    Refused(std::io::ErrorKind),
    #[error("the store cannot be reached, or refuses for now")]
    Passing,
    #[error("the store did not answer in time")]
    Late,
    #[error("versions of the object are still there")]
    Remains,
    #[error("the row is locked by another session")]
    Locked,
}

impl MediaError {
    /// Whether trying again within `media_wait` may help.
    pub fn is_passing(&self) -> bool {
        matches!(
            self,
            MediaError::Refused(_)
                | MediaError::Passing
                | MediaError::Late
                | MediaError::Remains
                | MediaError::Locked
        )
    }
}

/// Whether the object was there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deleted {
    Now,
    /// There was none of this name: it is gone all the same.
    Before,
}

/// Why the configured stores cannot be used: exit 2.
#[derive(Debug, thiserror::Error)]
pub enum MediaConfigError {
    #[error("the media folder {folder} cannot be used: {cause}", folder = .folder.display())]
    Folder {
        folder: PathBuf,
        cause: std::io::Error,
    },
    #[error("the media bucket {bucket}: {message}")]
    Bucket { bucket: String, message: String },
}

impl MediaStores {
    /// Opens the stores; nothing is asked of a bucket yet.
    pub fn open(config: &MediaConfig) -> Result<MediaStores, MediaConfigError> {
        let folder = config.folder.as_ref().map(|folder| {
            let opened = MediaFolder::open(folder);
            opened
                .map(Arc::new)
                .map_err(|cause| MediaConfigError::Folder {
                    folder: folder.clone(),
                    cause,
                })
        });
        let buckets = config.s3.iter().map(|bucket| {
            Bucket::open(bucket).map_err(|message| MediaConfigError::Bucket {
                bucket: bucket.bucket.clone(),
                message,
            })
        });
        Ok(MediaStores {
            folder: folder.transpose()?,
            buckets: buckets.collect::<Result<_, _>>()?,
            counts: MediaCounts::default(),
        })
    }

    /// The object that a URI names.
    pub fn object(&self, uri: &str) -> Result<Object, MediaError> {
        if self.folder.is_none() && self.buckets.is_empty() {
            return Err(MediaError::NoStore);
        }
        let in_folder = self.folder.iter().filter_map(|folder| {
            let path = folder.path_of(uri)?.to_owned();
            Some(Object {
                store: Store::Folder,
                path,
            })
        });
        let in_bucket = self.buckets.iter().enumerate().filter_map(|(i, bucket)| {
            let path = bucket.key_of(uri)?;
            Some(Object {
                store: Store::Bucket(i),
                path,
            })
        });
        in_folder.chain(in_bucket).next().ok_or(MediaError::Outside)
    }

    /// Every text by which a row may name the object: those that [`MediaStores::object`] takes, and a few more that
    /// others may take for it.
    pub fn spellings(&self, object: &Object) -> Vec<String> {
        let mut all = match (object.store, &self.folder) {
            (Store::Folder, Some(folder)) => folder.spellings(&object.path),
            (Store::Folder, None) => Vec::new(),
            (Store::Bucket(i), _) => self.buckets[i].spellings(&object.path),
        };
        all.sort();
        all.dedup();
        all
    }

    /// The bytes of an object, all versions of it; `None` where there is none of this name.
    pub async fn bytes(&self, object: &Object) -> Result<Option<u64>, MediaError> {
        match (object.store, &self.folder) {
            (Store::Bucket(i), _) => self.buckets[i].bytes(&object.path).await,
            (Store::Folder, None) => Err(MediaError::NoStore),
            (Store::Folder, Some(folder)) => {
                let (folder, path) = (folder.clone(), object.path.clone());
                tokio::task::spawn_blocking(move || folder.bytes(&path))
                    .await
                    .unwrap_or(Err(MediaError::Refused(std::io::ErrorKind::Other)))
            }
        }
    }

    /// Deletes an object, all versions of it; afterwards it is known to be gone.
    pub async fn delete(&self, object: &Object) -> Result<Deleted, MediaError> {
        match (object.store, &self.folder) {
            (Store::Bucket(i), _) => self.buckets[i].delete(&object.path).await,
            (Store::Folder, None) => Err(MediaError::NoStore),
            (Store::Folder, Some(folder)) => {
                // A folder of another machine may take its time.
                let (folder, path) = (folder.clone(), object.path.clone());
                tokio::task::spawn_blocking(move || folder.delete(&path))
                    .await
                    .unwrap_or(Err(MediaError::Refused(std::io::ErrorKind::Other)))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::BucketConfig;

    /// The longest of S3's keys.
    const KEY: usize = 1024;

    fn bucket(name: &str, prefix: &str) -> BucketConfig {
        BucketConfig {
            bucket: name.to_owned(),
            region: "eu-central-1".to_owned(),
            endpoint: Some("https://s3.example.com".to_owned()),
            path_style: true,
            prefix: prefix.to_owned(),
            credentials_file: None,
        }
    }

    fn stores(root: &std::path::Path) -> MediaStores {
        MediaStores::open(&MediaConfig {
            folder: Some(root.to_owned()),
            s3: vec![bucket("calls", "eu/"), bucket("archive", "")],
        })
        .unwrap()
    }

    #[test]
    fn spellings_of_one_object_are_one_object() {
        let root = tempfile::tempdir().unwrap();
        let stores = stores(root.path());
        let root = root.path().canonicalize().unwrap();
        let groups: [&[&str]; 4] = [
            &["a/b c.wav", &format!("file://{}/a/b c.wav", root.display())],
            &[
                "s3://calls/eu/b c+1.wav",
                "https://s3.example.com/calls/eu/b%20c+1.wav",
                "https://s3.example.com/calls/eu/b%20c%2B1.wav",
                "https://s3.example.com/calls/eu/b%20c%2b1.wav",
                "https://calls.s3.example.com/eu/b%20c+1.wav",
            ],
            &["s3://archive/eu/b c+1.wav"],
            &["eu/b c+1.wav"],
        ];
        let mut seen = Vec::new();
        for group in groups {
            let objects: Vec<Object> = group
                .iter()
                .map(|uri| stores.object(uri).unwrap())
                .collect();
            for (object, uri) in objects.iter().zip(group) {
                assert_eq!(*object, objects[0], "{uri}");
                let spellings = stores.spellings(object);
                assert!(spellings.contains(&(*uri).to_owned()), "{uri}");
            }
            assert!(!seen.contains(&objects[0]), "{group:?}");
            seen.push(objects[0].clone());
        }
        let shown = format!("{:?}", seen[1]);
        assert!(!shown.contains("wav"), "{shown}");
    }

    #[test]
    fn what_leaves_its_store_names_nothing() {
        let root = tempfile::tempdir().unwrap();
        let stores = stores(root.path());
        let root = root.path().canonicalize().unwrap();
        let (shown, long) = (root.display(), "k".repeat(KEY));
        for uri in [
            "",
            "/etc/passwd",
            "file:///etc/passwd",
            "file://etc/passwd",
            "file:a.wav",
            "../x",
            "a/../x",
            "a/./x",
            "./x",
            "a//x",
            "a/",
            " a",
            "a ",
            "a\0b",
            "a\nb",
            "a%2fb",
            "a%2e%2e",
            &format!("{shown}/a.wav"),
            &format!("file://{shown}"),
            &format!("file://{shown}/"),
            &format!("file://{shown}/../x"),
            &format!("file://{shown}x/a"),
            &format!("file://{shown}/a%20b"),
            "s3://calls/x.wav",
            "s3://calls/eu/",
            "s3://calls/eu",
            "s3://calls/europe/x",
            "s3://calls/eu/../x",
            "s3://calls/eu/a//x",
            "s3://calls/eu/a%2Fx",
            "s3://calls/eu/%2e%2e/x",
            "s3://calls/eu/x?versionId=1",
            "s3://calls/eu/x#y",
            "s3://calls/eu/x ",
            "s3://calls/eu/x\t",
            "s3://other/eu/x",
            "s3://calls",
            "s3:///eu/x",
            "S3://calls/eu/x",
            &format!("s3://calls/eu/{long}"),
            "https://s3.example.com/calls/x.wav",
            "https://s3.example.com/calls/eu%2Fx.wav",
            "https://s3.example.com/calls/eu/%2e%2e/x.wav",
            "https://s3.example.com/calls/eu/../x.wav",
            "https://s3.example.com/calls/eu/%78.wav",
            "https://s3.example.com/calls/eu/x.wav?a",
            "https://s3.example.com/calls/eu/x.wav#a",
            "https://s3.example.com/calls/eu/%00x",
            "https://s3.example.com/calls/eu/%ff",
            "https://s3.example.com/calls/eu/%2",
            "https://user@s3.example.com/calls/eu/x.wav",
            "https://s3.example.com:444/calls/eu/x.wav",
            "https://s3.example.com.evil.example/calls/eu/x.wav",
            "http://s3.example.com/calls/eu/x.wav",
            "https://evil.example/calls/eu/x.wav",
            "ftp://s3.example.com/calls/eu/x.wav",
        ] {
            assert_eq!(stores.object(uri), Err(MediaError::Outside), "{uri:?}");
        }
        let none = MediaStores::default();
        assert_eq!(none.object("a.wav"), Err(MediaError::NoStore));
    }

    #[test]
    fn a_bucket_without_folder_takes_no_path() {
        let stores = MediaStores::open(&MediaConfig {
            folder: None,
            s3: vec![bucket("calls", "")],
        })
        .unwrap();
        assert_eq!(stores.object("a.wav"), Err(MediaError::Outside));
        assert!(stores.object("s3://calls/a.wav").is_ok());
    }
}
