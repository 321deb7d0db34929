//! The configured stores, and the objects in them.

use std::fmt;
use std::io;
use std::sync::Arc;
use std::sync::atomic::AtomicI64;

use super::bucket::Bucket;
use super::error::{Deleted, MediaConfigError, MediaError};
use super::folder::MediaFolder;
use super::settings::MediaConfig;

/// The configured stores. Without any, every URI is refused.
#[derive(Debug, Default)]
pub(crate) struct MediaStores {
    folder: Option<Arc<MediaFolder>>,
    buckets: Vec<Bucket>,
    pub(crate) counts: MediaCounts,
}

/// Counts of objects since the process began.
#[derive(Debug, Default)]
pub struct MediaCounts {
    /// Deleted objects.
    pub(crate) deleted: AtomicI64,
    /// Objects that were kept because another recording refers to them; only the reference was removed.
    pub(crate) kept: AtomicI64,
}

/// An object in a configured store. Different spellings of the same object are equal.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Object {
    store: Store,
    /// The path in the folder or the key in the bucket: checked segments separated by single slashes.
    path: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Store {
    Folder,
    /// Index among the configured buckets.
    Bucket(usize),
}

impl fmt::Debug for Object {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Object({:?})", self.store)
    }
}

impl MediaStores {
    /// Opens the stores, without contacting any bucket.
    pub(crate) fn open(config: &MediaConfig) -> Result<MediaStores, MediaConfigError> {
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
    pub(crate) fn object(&self, uri: &str) -> Result<Object, MediaError> {
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

    /// Every text by which a row may name the object: those that [`MediaStores::object`] accepts, and a few more that other
    /// programs may accept.
    pub(crate) fn spellings(&self, object: &Object) -> Vec<String> {
        let mut all = match (object.store, &self.folder) {
            (Store::Folder, Some(folder)) => folder.spellings(&object.path),
            (Store::Folder, None) => Vec::new(),
            (Store::Bucket(i), _) => self.buckets[i].spellings(&object.path),
        };
        all.sort();
        all.dedup();
        all
    }

    /// The size of all versions of an object in bytes; `None`: it does not exist.
    pub(crate) async fn bytes(&self, object: &Object) -> Result<Option<u64>, MediaError> {
        match (object.store, &self.folder) {
            (Store::Bucket(i), _) => self.buckets[i].bytes(&object.path).await,
            (Store::Folder, None) => Err(MediaError::NoStore),
            (Store::Folder, Some(folder)) => {
                let (folder, path) = (folder.clone(), object.path.clone());
                tokio::task::spawn_blocking(move || folder.bytes(&path))
                    .await
                    .unwrap_or(Err(MediaError::Refused(io::ErrorKind::Other)))
            }
        }
    }

    /// Deletes all versions of an object and verifies that none is left.
    pub(crate) async fn delete(&self, object: &Object) -> Result<Deleted, MediaError> {
        match (object.store, &self.folder) {
            (Store::Bucket(i), _) => self.buckets[i].delete(&object.path).await,
            (Store::Folder, None) => Err(MediaError::NoStore),
            (Store::Folder, Some(folder)) => {
                // A network folder may be slow.
                let (folder, path) = (folder.clone(), object.path.clone());
                tokio::task::spawn_blocking(move || folder.delete(&path))
                    .await
                    .unwrap_or(Err(MediaError::Refused(io::ErrorKind::Other)))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::settings::BucketConfig;
    use super::*;

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
    fn spellings_of_an_object_are_equal() {
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
    fn a_uri_outside_the_stores_is_refused() {
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
    fn a_path_is_refused_without_a_folder() {
        let stores = MediaStores::open(&MediaConfig {
            folder: None,
            s3: vec![bucket("calls", "")],
        })
        .unwrap();
        assert_eq!(stores.object("a.wav"), Err(MediaError::Outside));
        assert!(stores.object("s3://calls/a.wav").is_ok());
    }
}
