//! The configuration of recording media.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::Deserialize;

/// Stores of recording media. An object in any other place is never touched.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct MediaConfig {
    /// A local folder. URIs are paths below it, or `file://` with the full path. Default: none.
    pub(crate) folder: Option<PathBuf>,
    /// Buckets of S3-compatible stores.
    pub(crate) s3: Vec<BucketConfig>,
}

impl MediaConfig {
    /// The paths of local files and folders.
    pub(crate) fn paths(&mut self) -> impl Iterator<Item = &mut PathBuf> {
        let credentials = self
            .s3
            .iter_mut()
            .map(|bucket| &mut bucket.credentials_file);
        std::iter::once(&mut self.folder)
            .chain(credentials)
            .flatten()
    }

    /// Says why these stores cannot be used together: `s3://bucket/key` does not say at which endpoint, so that a bucket's
    /// name must mean one place.
    pub(crate) fn check(&self) -> Result<(), String> {
        for (i, bucket) in self.s3.iter().enumerate() {
            let (name, prefix) = (&bucket.bucket, bucket.prefix());
            let meets = |other: &BucketConfig| {
                let theirs = other.prefix();
                other.bucket == *name
                    && (theirs.starts_with(&prefix) || prefix.starts_with(&theirs))
            };
            if self.s3[..i].iter().any(meets) {
                return Err(format!(
                    "[[media.s3]] names the bucket {name:?} twice with prefixes that contain each other"
                ));
            }
        }
        Ok(())
    }
}

/// A bucket of an S3-compatible store. All versions of an object are deleted.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct BucketConfig {
    /// The name of the bucket.
    pub(crate) bucket: String,
    /// The region, which requests are signed for.
    pub(crate) region: String,
    /// Scheme and host of the store. Default: AWS's endpoint of the region.
    pub(crate) endpoint: Option<String>,
    /// Whether the bucket is in the path of requests; otherwise it is part of the host name.
    #[serde(default = "yes")]
    pub(crate) path_style: bool,
    /// Keys outside this prefix are refused. Default: every key is accepted.
    #[serde(default)]
    pub(crate) prefix: String,
    /// A credentials file in AWS's format, section `[default]`, not readable by others. Default: environment, profile or role of the
    /// machine, as AWS's tools do.
    pub(crate) credentials_file: Option<PathBuf>,
}

impl BucketConfig {
    /// The endpoint, without a trailing slash.
    pub(crate) fn endpoint(&self) -> String {
        match &self.endpoint {
            Some(endpoint) => endpoint.trim_end_matches('/').to_owned(),
            None => format!("https://s3.{}.amazonaws.com", self.region),
        }
    }

    /// The prefix: empty, or with a trailing slash.
    pub(crate) fn prefix(&self) -> String {
        match self.prefix.trim_matches('/') {
            "" => String::new(),
            prefix => format!("{prefix}/"),
        }
    }
}

fn yes() -> bool {
    true
}
