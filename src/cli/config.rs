//! The configuration file (contract section 8).

use std::path::{Path, PathBuf};
use std::time::Duration;

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use secrecy::SecretString;
use serde::Deserialize;
use serde::de::{Deserializer, Error as _};
use trusted_path::{PathError, Weakness};

use crate::cli::units::{parse_duration, parse_size};
use crate::domain::clock::Clock;
use crate::domain::level::Level;
use crate::domain::text::printable;
use crate::engine::{LimitError, Limits, PaceLimits, Workload, check_workers};
use crate::media::MediaConfig;
use crate::service::keyring::{AbsentSecret, Keyring, SecretPlaces};
use crate::service::report::on_one_line;
use crate::service::runner::{DEFAULT_RECONNECT_FOR, DEFAULT_SETTLE};
use crate::service::settings::{
    CareConfig, DEFAULT_RETENTION_DAYS, DropConfig, ReceiptConfig, SubmissionSettings, check_care,
    check_drops, check_retention,
};
use crate::service::workspace::Workspace;

/// Why a configuration cannot be used: exit 2.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    #[error("cannot read the configuration\n  detail: {path}: {cause}\n  hint: correct the path in --config or LETHE_CONFIG, or create the file", path = printable(.path))]
    Read {
        path: PathBuf,
        cause: std::io::Error,
    },
    #[error("the configuration is not valid\n  detail: {path}: {message}\n  hint: correct it; lethe.example.toml explains every key", path = printable(.path))]
    Syntax { path: PathBuf, message: String },
    #[error("the configuration can be changed by other users\n  detail: {}\n  hint: {}", .0.detail(), .0.hint())]
    Untrusted(Weakness),
    #[error("the configuration is not valid\n  detail: {path}: {message}\n  hint: correct it; lethe.example.toml explains every key", path = printable(.path))]
    Value { path: PathBuf, message: String },
}

/// `lethe.toml`. Every key is optional. A relative path begins at the folder of this file.
// The doc comments of the keys are published as docs/reference/configuration.md.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// The database: a libpq URL, keyword/value pairs, or `embedded` for a private cluster in Lethe's data folder. Keep passwords in
    /// a password file.
    #[schemars(with = "Option<String>")]
    pub(crate) database: Option<SecretString>,
    /// Lethe's own folder: the private spool, the embedded cluster, the ledger secret, the receipt key. Default: `~/.local/share/lethe`, for root
    /// `/var/lib/lethe`.
    pub(crate) data: Option<PathBuf>,
    /// The file with the secret under which the ledger's keys are sealed; all hosts of an installation share it. `lethe keygen
    /// --ledger` makes it. Default: `ledger-secret` in Lethe's own folder. A private cluster gets one by itself.
    pub(crate) ledger_secret: Option<PathBuf>,
    /// The catalogue: a file, or a folder of files. Default: the reference contact-centre schema.
    pub(crate) catalogue: Option<PathBuf>,
    /// How long a file must not change before it is read.
    #[serde(deserialize_with = "duration")]
    #[schemars(with = "DurationText", extend("default" = "5s"))]
    pub(crate) settle: Option<Duration>,
    /// The interval at which `lethe run --watch` polls.
    #[serde(deserialize_with = "duration")]
    #[schemars(with = "DurationText", extend("default" = "30s"))]
    pub(crate) watch_interval: Option<Duration>,
    /// How long an execution log waits for recording media to be deleted.
    #[serde(deserialize_with = "duration")]
    #[schemars(with = "DurationText", extend("default" = "10m"))]
    pub(crate) media_wait: Option<Duration>,
    /// How long a run looks for the server after it lost its session: a restart, a failover.
    #[serde(deserialize_with = "duration")]
    #[schemars(with = "DurationText", extend("default" = "1min"))]
    pub(crate) reconnect_for: Option<Duration>,
    /// Size of a submitted file in bytes. Larger files are refused.
    #[schemars(extend("default" = 268_435_456))]
    pub(crate) max_submission_bytes: Option<u64>,
    /// Values in a submitted file: everything in its objects and arrays. Files with more are answered as unreadable.
    #[schemars(extend("default" = 10_000_000))]
    pub(crate) max_submission_values: Option<usize>,
    /// Contacts in one execution log. More produce further logs, split between requests.
    #[schemars(extend("default" = 50_000))]
    pub(crate) max_contacts_per_log: Option<usize>,
    /// A device held by more rows is answered with an error.
    #[schemars(extend("default" = 10_000))]
    pub(crate) max_rows_per_device: Option<i64>,
    /// A device whose records belong to more client IDs is answered with an error. Default: no limit.
    pub(crate) max_client_ids_per_device: Option<i64>,
    /// A FORGET of up to this many devices keeps the key of one row per client ID for `lethe verify`. 0: none does.
    #[schemars(extend("default" = 500))]
    pub(crate) max_traced_devices: Option<usize>,
    /// Devices in one transaction, at most. Default: 1000, with `--offline` 50000.
    pub(crate) devices_per_transaction: Option<u32>,
    /// Sessions that work on one submission, at most 16. Default: 1, with `--offline` 2.
    pub(crate) workers: Option<u32>,
    /// How long a transaction beside a live system should take, unless most of it does not depend on the number of devices.
    #[serde(deserialize_with = "duration")]
    #[schemars(with = "DurationText", extend("default" = "75ms"))]
    pub(crate) transaction_time: Option<Duration>,
    /// Rows changed per second, at most. Default: no limit.
    pub(crate) max_rows_per_second: Option<u64>,
    /// WAL that the server writes per second, from all sessions. Lethe pauses while it is more. Default: no limit.
    #[serde(deserialize_with = "size")]
    #[schemars(with = "SizeText")]
    pub(crate) max_wal_rate: Option<u64>,
    /// Lag of the slowest replica. Lethe pauses while it is more. The role needs `pg_monitor`. Default: replicas are not watched.
    #[serde(deserialize_with = "duration")]
    #[schemars(with = "DurationText")]
    pub(crate) max_replica_lag: Option<Duration>,
    /// The file for metrics, for the textfile collector of Prometheus' node exporter. Default: none.
    pub metrics_file: Option<PathBuf>,
    /// Days after completion at which `lethe purge` removes results, submitted files, cases and keys. At most 30.
    #[schemars(extend("default" = 15))]
    pub(crate) retention_days: Option<u32>,
    /// The level at which each pass of `lethe run` scrubs at its end: `"off"`, 1, 1.5 or 2.
    #[serde(deserialize_with = "scrub")]
    #[schemars(with = "LevelText", extend("default" = "off"))]
    pub(crate) scrub: Option<Level>,
    /// How long backups and archived WAL are kept. Census and certificates then state when the last one that may hold old values is
    /// deleted. Default: not known.
    #[serde(deserialize_with = "duration")]
    #[schemars(with = "DurationText")]
    pub(crate) backup_retention: Option<Duration>,
    /// Stores of recording media. Default: none; media elsewhere are never touched.
    pub media: Option<MediaConfig>,
    /// Customer Care's cases. Default: none.
    pub care: Option<CareConfig>,
    /// Signing of receipts.
    pub(crate) receipt: ReceiptConfig,
    /// The drops: one table for each SFTP account.
    #[serde(rename = "drop")]
    pub drops: Vec<DropConfig>,
}

/// A number with a unit, such as "5s" or "10m"; at most ten years.
#[derive(JsonSchema)]
#[schemars(rename = "duration")]
// Only its schema is used: durations are read by `duration`.
#[allow(dead_code)]
struct DurationText(String);

/// A whole number with B, kB, MB or GB, such as "20MB".
#[derive(JsonSchema)]
#[schemars(rename = "size")]
// Only its schema is used: sizes are read by `size`.
#[allow(dead_code)]
struct SizeText(String);

/// "off", 1, 1.5 or 2.
#[derive(JsonSchema)]
#[schemars(rename = "level")]
// Only its schema is used: levels are read by `scrub`.
#[allow(dead_code)]
struct LevelText(String);

fn duration<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Duration>, D::Error> {
    let text = String::deserialize(deserializer)?;
    parse_duration(&text).map(Some).map_err(D::Error::custom)
}

/// `off`, or a level.
fn scrub<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Level>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Written {
        Number(f64),
        Text(String),
    }
    let text = match Written::deserialize(deserializer) {
        Ok(Written::Number(number)) => number.to_string(),
        Ok(Written::Text(text)) if text == "off" => return Ok(None),
        Ok(Written::Text(text)) => text,
        Err(_) => String::new(),
    };
    let wrong = || D::Error::custom("scrub is \"off\", 1, 1.5 or 2");
    Level::read(&text).map(Some).ok_or_else(wrong)
}

fn size<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u64>, D::Error> {
    let text = String::deserialize(deserializer)?;
    parse_size(&text).map(Some).map_err(D::Error::custom)
}

impl Config {
    /// Reads a configuration file, which nobody but root and the current user may be able to change.
    pub fn read(path: &Path) -> Result<Config, ConfigError> {
        trusted_path::check(path).map_err(|error| match error {
            PathError::Untrusted(weakness) => ConfigError::Untrusted(weakness),
            PathError::Io { path, cause } => ConfigError::Read { path, cause },
        })?;
        let text = std::fs::read_to_string(path).map_err(|cause| ConfigError::Read {
            path: path.to_owned(),
            cause,
        })?;
        Config::parse(path, &text)
    }

    /// Reads the text of a configuration; `path` is what errors name, and relative paths begin at its folder.
    pub fn parse(path: &Path, text: &str) -> Result<Config, ConfigError> {
        let mut config: Config = toml::from_str(text).map_err(|e| ConfigError::Syntax {
            path: path.to_owned(),
            // The excerpt that toml shows may be the line with the password.
            message: match e.span() {
                Some(span) => format!("{} ({})", e.message(), line_and_column(text, span.start)),
                None => e.message().to_owned(),
            },
        })?;
        config.resolve(path.parent().unwrap_or(Path::new("")));
        config.check().map_err(|message| ConfigError::Value {
            path: path.to_owned(),
            message,
        })?;
        Ok(config)
    }

    /// Makes every relative path begin at `folder`, whatever the current folder is.
    fn resolve(&mut self, folder: &Path) {
        let optional = [
            &mut self.data,
            &mut self.ledger_secret,
            &mut self.catalogue,
            &mut self.metrics_file,
            &mut self.receipt.key,
            &mut self.receipt.copies,
        ];
        let media = self.media.iter_mut().flat_map(MediaConfig::paths);
        let care = self.care.iter_mut().map(|care| &mut care.path);
        let drops = self.drops.iter_mut().map(|drop| &mut drop.path);
        let all = optional.into_iter().flatten().chain(media);
        // An empty path stays empty, which is refused.
        for path in all.chain(care).chain(drops) {
            if !path.as_os_str().is_empty() {
                *path = folder.join(&*path);
            }
        }
    }

    fn check(&self) -> Result<(), String> {
        let text = |error: LimitError| on_one_line(error);
        check_retention(self.retention_days())?;
        self.submission().check().map_err(text)?;
        self.pace(Workload::Live, None).check().map_err(text)?;
        check_workers(self.workers(Workload::Live)).map_err(text)?;
        if let Some(media) = &self.media {
            media.check()?;
        }
        check_drops(&self.drops)?;
        check_care(self.care.as_ref(), &self.drops)
    }

    pub fn settle(&self) -> Duration {
        self.settle.unwrap_or(DEFAULT_SETTLE)
    }

    pub fn watch_interval(&self) -> Duration {
        self.watch_interval.unwrap_or(Duration::from_secs(30))
    }

    pub(crate) fn reconnect_for(&self) -> Duration {
        self.reconnect_for.unwrap_or(DEFAULT_RECONNECT_FOR)
    }

    pub fn retention_days(&self) -> u32 {
        self.retention_days.unwrap_or(DEFAULT_RETENTION_DAYS)
    }

    /// How one submission is read, judged and answered.
    pub fn submission(&self) -> SubmissionSettings {
        let default = SubmissionSettings::default();
        SubmissionSettings {
            max_submission_bytes: self
                .max_submission_bytes
                .unwrap_or(default.max_submission_bytes),
            max_submission_values: self
                .max_submission_values
                .unwrap_or(default.max_submission_values),
            max_contacts_per_log: self
                .max_contacts_per_log
                .unwrap_or(default.max_contacts_per_log),
            max_traced_devices: self
                .max_traced_devices
                .unwrap_or(default.max_traced_devices),
            media_wait: self.media_wait.unwrap_or(default.media_wait),
            two_people: self.care.as_ref().is_some_and(|care| care.two_people),
            limits: self.limits(default.limits),
        }
    }

    fn limits(&self, default: Limits) -> Limits {
        Limits {
            max_rows_per_device: self
                .max_rows_per_device
                .unwrap_or(default.max_rows_per_device),
            max_client_ids_per_device: self
                .max_client_ids_per_device
                .or(default.max_client_ids_per_device),
        }
    }

    /// What services share.
    pub(crate) fn workspace(&self, clock: Clock, absent: AbsentSecret) -> Workspace {
        let places = SecretPlaces {
            ledger: self.ledger_secret.clone(),
            data: self.data.clone(),
            care: self.care.as_ref().map(|care| care.path.clone()),
        };
        Workspace {
            keyring: Keyring::new(places, absent),
            clock,
            drops: self.drops.clone(),
            care: self.care.clone(),
            submission: self.submission(),
            media: self.media.clone(),
            receipt: self.receipt.clone(),
            catalogue: self.catalogue.clone(),
            data: self.data.clone(),
            retention_days: self.retention_days(),
            backup_retention: self.backup_retention,
        }
    }

    /// Sessions that process one submission.
    pub fn workers(&self, workload: Workload) -> u32 {
        self.workers.unwrap_or(workload.default_workers())
    }

    /// How fast a FORGET may go; `until` is when its window ends. A maintenance window has no target duration.
    pub fn pace(&self, workload: Workload, until: Option<DateTime<Utc>>) -> PaceLimits {
        let default = PaceLimits::default_for(workload);
        PaceLimits {
            transaction_time: default
                .transaction_time
                .map(|time| self.transaction_time.unwrap_or(time)),
            devices_per_transaction: self
                .devices_per_transaction
                .unwrap_or(default.devices_per_transaction),
            max_rows_per_second: self.max_rows_per_second.or(default.max_rows_per_second),
            max_wal_rate: self.max_wal_rate.or(default.max_wal_rate),
            max_replica_lag: self.max_replica_lag.or(default.max_replica_lag),
            until,
        }
    }
}

fn line_and_column(text: &str, offset: usize) -> String {
    let before = &text[..offset.min(text.len())];
    let line = before.matches('\n').count() + 1;
    let column = before
        .rsplit('\n')
        .next()
        .map_or(0, |last| last.chars().count())
        + 1;
    format!("line {line} column {column}")
}

#[cfg(test)]
mod tests {
    use super::*;

    const EXAMPLE: &str = include_str!("../../lethe.example.toml");

    fn read(text: &str) -> Result<Config, String> {
        Config::parse(Path::new("lethe.toml"), text).map_err(|e| e.to_string())
    }

    #[test]
    fn the_example_is_a_configuration() {
        let config = read(EXAMPLE).unwrap();
        assert_eq!(config.drops.len(), 2);
        assert_eq!(
            config.submission(),
            Config::default().submission(),
            "the example shows the defaults"
        );
        for beside in [Workload::Live, Workload::Offline] {
            let default = Config::default();
            assert_eq!(config.pace(beside, None), default.pace(beside, None));
            assert_eq!(config.workers(beside), default.workers(beside));
        }
        assert_eq!(config.metrics_file, None);
        assert_eq!(config.settle(), Config::default().settle());
        assert_eq!(config.retention_days(), Config::default().retention_days());
        assert_eq!(config.watch_interval(), Config::default().watch_interval());
    }

    #[test]
    fn every_line_that_the_example_leaves_out_is_understood() {
        let mut seen = Vec::new();
        for line in EXAMPLE.lines() {
            let Some((name, _)) = line.strip_prefix("# ").and_then(|l| l.split_once(" = ")) else {
                continue;
            };
            // A sentence may hold an equals sign too; tables are read whole, below.
            if name.contains(' ') || [&MEDIA[..], &CARE, &RECEIPT].concat().contains(&name) {
                continue;
            }
            read(line.trim_start_matches("# ")).unwrap();
            seen.push(name);
        }
        for name in [
            "devices_per_transaction",
            "workers",
            "max_rows_per_second",
            "max_wal_rate",
            "max_replica_lag",
            "metrics_file",
        ] {
            assert!(seen.contains(&name), "{name}: {seen:?}");
        }
    }

    /// Properties of Customer Care's cases; each stands once in the example.
    const CARE: [&str; 4] = ["path", "two_people", "count_tolerance", "accounts"];

    #[test]
    fn the_cases_of_the_example_are_understood() {
        let text = EXAMPLE.split("# [care]\n").nth(1).unwrap();
        let table = text.split("\n\n").next().unwrap();
        let lines = table.lines().map(|line| line.trim_start_matches("# "));
        let set: Vec<&str> = lines
            .filter(|line| {
                CARE.iter()
                    .any(|name| line.starts_with(&format!("{name} =")))
            })
            .collect();
        assert_eq!(set.len(), CARE.len(), "{set:?}");
        let care = read(&format!("[care]\n{}", set.join("\n")))
            .unwrap()
            .care
            .unwrap();
        assert_eq!(care.count_tolerance, Some(0));
        assert!(care.accounts.is_some());
    }

    /// Properties of receipts.
    const RECEIPT: [&str; 2] = ["key", "copies"];

    #[test]
    fn the_receipts_of_the_example_are_understood() {
        let text = EXAMPLE.split("# [receipt]\n").nth(1).unwrap();
        let lines = text.split("\n\n").next().unwrap().lines();
        let set = lines.filter_map(|line| line.strip_prefix("# "));
        let set: Vec<&str> = set.filter(|line| line.contains(" = ")).collect();
        let receipt = read(&format!("[receipt]\n{}", set.join("\n")))
            .unwrap()
            .receipt;
        assert!(receipt.key.is_some() && receipt.copies.is_some());
    }

    /// Properties of the media stores.
    const MEDIA: [&str; 7] = [
        "folder",
        "bucket",
        "region",
        "endpoint",
        "path_style",
        "prefix",
        "credentials_file",
    ];

    #[test]
    fn the_media_stores_of_the_example_are_understood() {
        let is_part = |line: &&str| {
            let name = line.split(" = ").next().unwrap_or_default();
            line.starts_with('[') && line.contains("media") || MEDIA.contains(&name)
        };
        let lines = EXAMPLE.lines().filter_map(|line| line.strip_prefix("# "));
        let text: Vec<&str> = lines.filter(is_part).collect();
        let media = read(&text.join("\n")).unwrap().media.unwrap();
        assert!(media.folder.is_some());
        assert!(media.s3[0].endpoint.is_some() && media.s3[0].credentials_file.is_some());
        assert!(!media.s3[0].prefix().is_empty());
    }

    #[test]
    fn a_bucket_is_in_one_place() {
        let bucket = |prefix| {
            format!("[[media.s3]]\nbucket = \"b\"\nregion = \"r\"\nprefix = \"{prefix}\"\n")
        };
        assert!(read(&(bucket("a") + &bucket("b/") + &bucket("ab"))).is_ok());
        for (one, other) in [("a", "/a/"), ("", "a"), ("a/b", "a")] {
            let problem = read(&(bucket(one) + &bucket(other))).unwrap_err();
            assert!(problem.contains("twice"), "{problem}");
        }
    }

    #[test]
    fn cases_and_drops_are_kept_apart() {
        let drop = |name: &str, path: &str| {
            format!("[[drop]]\nname = '{name}'\npath = '{path}'\naccounts = ['1']\n")
        };
        let care = "[care]\npath = '/srv/care'\n";
        assert!(read(&(care.to_owned() + &drop("acme", "/srv/sftp/acme"))).is_ok());
        assert!(
            read(&drop("case/7", "/srv/sftp/acme"))
                .unwrap_err()
                .contains("reserved for cases")
        );
        for path in ["/srv/care", "/srv/care/7", "/srv"] {
            let problem = read(&(care.to_owned() + &drop("acme", path))).unwrap_err();
            assert!(problem.contains("apart"), "{problem}");
        }
        assert!(
            read("[care]\npath = '/c'\naccounts = []")
                .unwrap_err()
                .contains("is empty")
        );
        let read = read(care).unwrap().care.unwrap();
        assert_eq!((read.two_people, read.count_tolerance), (false, None));
    }

    #[test]
    fn drops_lie_side_by_side() {
        let root = tempfile::tempdir().unwrap();
        for folder in ["a", "a/b", "ab"] {
            std::fs::create_dir(root.path().join(folder)).unwrap();
        }
        std::os::unix::fs::symlink(root.path().join("a"), root.path().join("link")).unwrap();
        let both = |one: &str, other: &str| {
            let drop = |folder: &str| {
                let path = root.path().join(folder);
                format!("[[drop]]\nname = {folder:?}\npath = {path:?}\naccounts = [\"1\"]\n")
            };
            read(&(drop(one) + &drop(other))).map(drop_it)
        };
        assert!(both("a", "ab").is_ok());
        for (one, other) in [("a", "link"), ("link", "a")] {
            assert!(both(one, other).unwrap_err().contains("the same folder"));
        }
        for (one, other) in [
            ("a", "a/b"),
            ("a/b", "a"),
            ("link", "a/b"),
            ("a", "a/absent"),
        ] {
            assert!(
                both(one, other).unwrap_err().contains("contain each other"),
                "{one} {other}"
            );
        }
    }

    fn drop_it(_: Config) {}

    #[test]
    fn mistakes_have_a_place_and_no_secret() {
        let message = read("database = \"postgres://u:secret@h/d\"\nsettle = 5").unwrap_err();
        assert!(message.contains("line 2"), "{message}");
        let message = read("database = { password = \"secret\" }").unwrap_err();
        assert!(!message.contains("secret"), "{message}");
        assert!(
            read("retention_days = 31")
                .unwrap_err()
                .contains("more than 30 is refused")
        );
        assert!(
            read("media_wait = '500000000000years'")
                .unwrap_err()
                .contains("at most ten years")
        );
        assert!(
            read("retantion_days = 3")
                .unwrap_err()
                .contains("unknown field")
        );
        assert!(
            read("max_rows_per_device = 0")
                .unwrap_err()
                .contains("at least 1")
        );
    }
}
