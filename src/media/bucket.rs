//! Media in a bucket of an S3-compatible store: an object is gone when none of its versions is left.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::time::Duration;

use futures_util::TryStreamExt as _;
use opendal::services::S3;
use opendal::{Entry, ErrorKind, HttpTransporter, Operator};
use opendal_http_transport_reqwest::ReqwestTransport;
use secrecy::{ExposeSecret as _, SecretString};

use super::error::{Deleted, MediaError};
use super::settings::BucketConfig;
use super::spelling::{decode, encodings, is_confined, looks_encoded};
use crate::postgres::fault::point;

/// The longest key of S3.
const MAX_KEY: usize = 1024;
/// Entries that are listed with one request.
const PAGE: usize = 1000;
/// How long one request may take, and its connection.
const REQUEST: Duration = Duration::from_secs(30);
const CONNECT: Duration = Duration::from_secs(10);

/// A bucket, and the prefix to which its URIs are confined.
#[derive(Debug)]
pub(super) struct Bucket {
    operator: Operator,
    name: String,
    /// Empty, or with a slash at its end.
    prefix: String,
    /// Scheme, `://`.
    scheme: &'static str,
    /// Host, with a non-default port.
    host: String,
}

/// One version of an object, as the store lists it.
struct Version {
    id: String,
    is_marker: bool,
    bytes: u64,
}

impl Bucket {
    /// Prepares the client without contacting the store. Errors are texts about the configuration.
    pub(crate) fn open(config: &BucketConfig) -> Result<Bucket, String> {
        let endpoint = config.endpoint();
        let (scheme, host) = ["https://", "http://"]
            .into_iter()
            .find_map(|scheme| Some((scheme, endpoint.strip_prefix(scheme)?)))
            .ok_or("endpoint must begin with https:// (or http://)")?;
        let is_host = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-.:[]".contains(c);
        if host.is_empty() || !host.chars().all(is_host) {
            return Err("endpoint must be a host in lower case, and no path".to_owned());
        }
        let is_name = |c: char| c.is_ascii_alphanumeric() || "-._".contains(c);
        if config.bucket.is_empty() || !config.bucket.chars().all(is_name) {
            return Err("bucket must be the name of a bucket".to_owned());
        }
        let mut builder = S3::default()
            .bucket(&config.bucket)
            .region(&config.region)
            .endpoint(&endpoint)
            .root("/");
        if !config.path_style {
            builder = builder.enable_virtual_host_style();
        }
        if let Some(file) = &config.credentials_file {
            let credentials = Credentials::read(file)?;
            builder = builder
                .disable_config_load()
                .disable_ec2_metadata()
                .access_key_id(&credentials.key_id)
                .secret_access_key(credentials.secret.expose_secret());
            if let Some(token) = &credentials.token {
                builder = builder.session_token(token.expose_secret());
            }
        }
        // The message may contain settings, including a secret.
        let operator = Operator::new(builder)
            .map_err(|error| format!("cannot be used as configured ({})", error.kind()))?;
        let context = operator
            .base_context()
            .with_http_transport(HttpTransporter::new(ReqwestTransport::new(client()?)));
        Ok(Bucket {
            operator: operator.with_context(context),
            name: config.bucket.clone(),
            prefix: config.prefix(),
            scheme,
            host: host.to_owned(),
        })
    }

    /// The key that a URI names: `s3://bucket/key`, or a URL of the endpoint in a usual spelling.
    pub(crate) fn key_of(&self, uri: &str) -> Option<String> {
        let key = match uri.strip_prefix("s3://") {
            Some(rest) => {
                let key = rest.strip_prefix(&self.name)?.strip_prefix('/')?;
                // A query or an encoded name would mean another object to other programs.
                let is_plain = !key.contains(['?', '#']) && !looks_encoded(key);
                is_plain.then(|| key.to_owned())?
            }
            None => {
                let addresses = self.addresses();
                let path = addresses
                    .iter()
                    .find_map(|a| uri.strip_prefix(a.as_str()))?;
                let key = decode(path)?;
                encodings(&key).contains(&path.to_owned()).then_some(key)?
            }
        };
        let below = key.strip_prefix(&self.prefix)?;
        let is_key = is_confined(&key) && !below.is_empty() && key.len() <= MAX_KEY;
        is_key.then_some(key)
    }

    /// The URL prefixes of keys: path style and virtual host.
    fn addresses(&self) -> [String; 2] {
        let Bucket {
            scheme, host, name, ..
        } = self;
        [
            format!("{scheme}{host}/{name}/"),
            format!("{scheme}{name}.{host}/"),
        ]
    }

    pub(crate) fn spellings(&self, key: &str) -> Vec<String> {
        let name = &self.name;
        let mut all: Vec<String> = ["s3", "s3a", "s3n", "S3"]
            .iter()
            .map(|scheme| format!("{scheme}://{name}/{key}"))
            .collect();
        let encodings = encodings(key);
        for address in self.addresses() {
            all.extend(encodings.iter().map(|key| format!("{address}{key}")));
        }
        all
    }

    /// The size of all versions of an object in bytes; `None`: it does not exist.
    pub(crate) async fn bytes(&self, key: &str) -> Result<Option<u64>, MediaError> {
        let versions = self.versions(key).await?;
        let bytes = versions.iter().map(|version| version.bytes).sum();
        Ok((!versions.is_empty()).then_some(bytes))
    }

    /// Deletes all versions of an object and verifies that none is left.
    pub(crate) async fn delete(&self, key: &str) -> Result<Deleted, MediaError> {
        let versions = self.versions(key).await?;
        if versions.is_empty() {
            return Ok(Deleted::Before);
        }
        let (markers, content): (Vec<_>, Vec<_>) =
            versions.into_iter().partition(|version| version.is_marker);
        self.delete_versions(key, &content).await?;
        // Deleting a marker first would make a retained version visible again.
        self.delete_versions(key, &markers).await?;
        point!("object.versions" => MediaError::Unavailable);
        match self.versions(key).await?.is_empty() {
            true => Ok(Deleted::Now),
            false => Err(MediaError::Remains),
        }
    }

    /// Deletes as many versions as possible; returns the first error.
    async fn delete_versions(&self, key: &str, versions: &[Version]) -> Result<(), MediaError> {
        let mut ended = Ok(());
        for version in versions {
            point!("object.version" => MediaError::Unavailable);
            let deleted = self.operator.delete_with(key).version(&version.id).await;
            if let Err(error) = deleted {
                let error = reduced(&error);
                // An unavailable store is not asked again for each version.
                if error.is_retryable() {
                    return Err(error);
                }
                ended = ended.and(Err(error));
            }
        }
        ended
    }

    /// Every version of an object, including delete markers. A bucket without versioning has one version.
    async fn versions(&self, key: &str) -> Result<Vec<Version>, MediaError> {
        let listing = self.operator.lister_with(key).versions(true).deleted(true);
        let mut entries = listing.limit(PAGE).await.map_err(|e| reduced(&e))?;
        let mut versions = Vec::new();
        let mut others = 0;
        while let Some(entry) = entries.try_next().await.map_err(|e| reduced(&e))? {
            if entry.path() == key {
                versions.push(version(&entry)?);
            } else if key < entry.path() {
                others += 1;
                // A page lists versions before markers, each in the order of keys.
                if others > PAGE {
                    break;
                }
            }
        }
        Ok(versions)
    }
}

fn version(entry: &Entry) -> Result<Version, MediaError> {
    let metadata = entry.metadata();
    let id = metadata
        .version()
        .ok_or(MediaError::Unusable("it lists an object without version"))?;
    Ok(Version {
        id: id.to_owned(),
        is_marker: metadata.is_deleted(),
        bytes: metadata.content_length(),
    })
}

/// Reduces an error of the store, whose message quotes keys.
fn reduced(error: &opendal::Error) -> MediaError {
    if error.is_temporary() {
        return MediaError::Unavailable;
    }
    match error.kind() {
        ErrorKind::PermissionDenied => MediaError::Denied,
        ErrorKind::ConfigInvalid => MediaError::NoBucket,
        ErrorKind::RateLimited => MediaError::Unavailable,
        kind => MediaError::Unusable(kind.into_static()),
    }
}

/// The HTTP client. It follows no redirects: a store that moves must be reconfigured.
fn client() -> Result<reqwest::Client, String> {
    let tls = tls().map_err(|error| error.to_string())?;
    reqwest::Client::builder()
        .tls_backend_preconfigured(tls)
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(CONNECT)
        .timeout(REQUEST)
        .build()
        .map_err(|_| "cannot create the HTTP client".to_owned())
}

/// Access keys from a file in the format of AWS's tools.
struct Credentials {
    key_id: String,
    secret: SecretString,
    token: Option<SecretString>,
}

impl Credentials {
    /// Reads the section `[default]`, or the lines before any section.
    fn read(path: &Path) -> Result<Credentials, String> {
        let shown = path.display();
        let problem = |error| format!("credentials_file {shown}: {error}");
        let mode = std::fs::metadata(path)
            .map_err(problem)?
            .permissions()
            .mode();
        if mode & 0o007 != 0 {
            return Err(format!(
                "credentials_file {shown} is readable by others: chmod o= it"
            ));
        }
        trusted_path::check(path).map_err(|error| error.to_string())?;
        let text = SecretString::from(std::fs::read_to_string(path).map_err(problem)?);
        let mut section = "[default]";
        let (mut key_id, mut secret, mut token) = (None, None, None);
        for line in text.expose_secret().lines().map(str::trim) {
            if line.starts_with('[') {
                section = line;
            }
            let Some((name, value)) = line.split_once('=') else {
                continue;
            };
            if section != "[default]" {
                continue;
            }
            match name.trim() {
                "aws_access_key_id" => key_id = Some(value.trim().to_owned()),
                "aws_secret_access_key" => secret = Some(value.trim().into()),
                "aws_session_token" => token = Some(value.trim().into()),
                _ => {}
            }
        }
        match (key_id, secret) {
            (Some(key_id), Some(secret)) => Ok(Credentials {
                key_id,
                secret,
                token,
            }),
            _ => Err(format!(
                "credentials_file {shown} needs lines aws_access_key_id = … and aws_secret_access_key = …"
            )),
        }
    }
}

/// TLS settings: certificates are verified against the system's roots.
fn tls() -> Result<rustls::ClientConfig, rustls::Error> {
    let mut roots = rustls::RootCertStore::empty();
    for certificate in rustls_native_certs::load_native_certs().certs {
        // A root that rustls cannot parse is not trusted.
        let _ = roots.add(certificate);
    }
    let provider = std::sync::Arc::new(rustls::crypto::ring::default_provider());
    Ok(rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config() -> BucketConfig {
        BucketConfig {
            bucket: "calls".to_owned(),
            region: "eu-central-1".to_owned(),
            endpoint: None,
            path_style: true,
            prefix: "/eu/".to_owned(),
            credentials_file: None,
        }
    }

    #[test]
    fn without_an_endpoint_it_is_aws() {
        let bucket = Bucket::open(&config()).unwrap();
        let uri = "https://calls.s3.eu-central-1.amazonaws.com/eu/a.wav";
        assert_eq!(bucket.key_of(uri).as_deref(), Some("eu/a.wav"));
    }

    #[test]
    fn an_endpoint_is_a_host() {
        for endpoint in [
            "s3.example.com",
            "https://",
            "https://S3.example.com",
            "https://s3.example.com/path",
            "https://u:p@s3.example.com",
        ] {
            let config = BucketConfig {
                endpoint: Some(endpoint.to_owned()),
                ..config()
            };
            let problem = Bucket::open(&config).unwrap_err();
            assert!(problem.contains("endpoint"), "{problem}");
            assert!(!problem.contains("u:p"), "{problem}");
        }
    }

    #[test]
    fn credentials_come_from_a_file_that_few_can_read() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let config = BucketConfig {
            credentials_file: Some(file.path().to_owned()),
            ..config()
        };
        let mode = |mode| {
            let permissions = std::fs::Permissions::from_mode(mode);
            std::fs::set_permissions(file.path(), permissions).unwrap();
        };
        let write = |text: &str| std::fs::write(file.path(), text).unwrap();
        write(
            "[default]\naws_access_key_id = A\naws_secret_access_key=SECRET\n[other]\naws_secret_access_key = no",
        );
        mode(0o640);
        let credentials = Credentials::read(file.path()).unwrap();
        assert_eq!(credentials.secret.expose_secret(), "SECRET");
        assert!(Bucket::open(&config).is_ok());
        mode(0o644);
        let problem = Bucket::open(&config).unwrap_err();
        assert!(
            problem.contains("readable by others") && !problem.contains("SECRET"),
            "{problem}"
        );
        mode(0o600);
        write("[other]\naws_access_key_id = A\naws_secret_access_key = SECRET");
        let problem = Bucket::open(&config).unwrap_err();
        assert!(
            problem.contains("needs lines") && !problem.contains("SECRET"),
            "{problem}"
        );
    }
}
