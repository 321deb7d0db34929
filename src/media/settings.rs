//! Where recording media lie, as configured.

use std::path::PathBuf;

use serde::Deserialize;

/// Where recording media lie; what lies elsewhere is never touched.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct MediaConfig {
    /// A local folder.
    pub folder: Option<PathBuf>,
    /// Buckets of S3-compatible stores.
    pub s3: Vec<BucketConfig>,
}

impl MediaConfig {
    /// Says why these stores cannot be used together: `s3://bucket/key` does not say at which endpoint, so that a bucket's
    /// name must mean one place.
    pub fn check(&self) -> Result<(), String> {
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

/// A bucket of an S3-compatible store.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BucketConfig {
    pub bucket: String,
    pub region: String,
    /// Scheme and host; AWS's of the region where absent.
    pub endpoint: Option<String>,
    /// Whether the bucket stands in the path of requests, or in the name of the host.
    #[serde(default = "yes")]
    pub path_style: bool,
    /// Keys outside it are refused.
    #[serde(default)]
    pub prefix: String,
    /// As AWS's own tools have it. Where absent they are looked for where those tools look: environment, profile,
    /// the role of the machine.
    pub credentials_file: Option<PathBuf>,
}

impl BucketConfig {
    /// The endpoint, without a slash at its end.
    pub fn endpoint(&self) -> String {
        match &self.endpoint {
            Some(endpoint) => endpoint.trim_end_matches('/').to_owned(),
            None => format!("https://s3.{}.amazonaws.com", self.region),
        }
    }

    /// The prefix: empty, or with a slash at its end.
    pub fn prefix(&self) -> String {
        match self.prefix.trim_matches('/') {
            "" => String::new(),
            prefix => format!("{prefix}/"),
        }
    }
}

fn yes() -> bool {
    true
}
