//! Metrics of runs: Prometheus text in a file, for the textfile collector of the node exporter.
//!
//! A run ends long before it is scraped, so counters continue from the file of the last run. Labels are few: actions,
//! states, outcomes, tables; never a file, a case or a device.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::io::{self, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::time::Duration;

use chrono::{DateTime, Utc};

use crate::engine::pace::PaceCounts;
use crate::media::MediaCounts;
use crate::service::pipeline::{Report, ReportState};

/// Name, type and help of each metric, in the order of the file.
const FAMILIES: [(&str, Kind, &str); 22] = [
    (BUILD, Kind::Gauge, "The version that wrote this file."),
    (
        DEVICES,
        Kind::Counter,
        "Contacts of completed submissions, by action and outcome.",
    ),
    (
        ROWS,
        Kind::Counter,
        "Rows that completed submissions changed (FORGET) or exported (EXPORT), by table.",
    ),
    (
        SUBMISSIONS,
        Kind::Counter,
        "Submissions that passes reported, by action and state. A refused file counts in each pass until it is removed.",
    ),
    (
        DURATION,
        Kind::Summary,
        "Seconds from taking a submission to publishing its results, by action.",
    ),
    (CHUNKS, Kind::Counter, "Transactions that were committed."),
    (
        RETRIES,
        Kind::Counter,
        "Transactions that were retried after a deadlock or a lock timeout.",
    ),
    (
        WAITS,
        Kind::Counter,
        "Other sessions that were waiting for a lock of Lethe, added up over all checks.",
    ),
    (
        RESTED,
        Kind::Counter,
        "Seconds for which workers paused because of the limits on rows, WAL and replica lag.",
    ),
    (
        MEDIA,
        Kind::Counter,
        "Media objects of forgotten recordings that were deleted, or kept because another recording names them.",
    ),
    (
        MEDIA_WAITING,
        Kind::Gauge,
        "Media objects that were still to be deleted when the last pass ended.",
    ),
    (
        BACKLOG,
        Kind::Gauge,
        "Submissions that are due or started, and not completed.",
    ),
    (
        OLDEST,
        Kind::Gauge,
        "Age of the oldest submission that is due or started; 0 if there is none.",
    ),
    (RUNNING, Kind::Gauge, "Whether a pass is running: 1 or 0."),
    (
        RUNNING_DEVICES,
        Kind::Gauge,
        "Devices of the submission that is being processed.",
    ),
    (
        RUNNING_DONE,
        Kind::Gauge,
        "Devices of this submission that are answered so far.",
    ),
    (
        RUNNING_ROWS,
        Kind::Gauge,
        "Rows that this submission changed or exported so far.",
    ),
    (
        PASSES,
        Kind::Counter,
        "Passes that ended, with any exit code.",
    ),
    (
        LAST_TIME,
        Kind::Gauge,
        "When the last pass with exit code 0 or 3 ended.",
    ),
    (
        LAST_DURATION,
        Kind::Gauge,
        "Seconds that the last pass took.",
    ),
    (
        LAST_CODE,
        Kind::Gauge,
        "Exit code of the last pass: 0, 1, 2 or 3.",
    ),
    (WRITTEN, Kind::Gauge, "When this file was written."),
];

const BUILD: &str = "lethe_build_info";
const DEVICES: &str = "lethe_devices_total";
const ROWS: &str = "lethe_rows_total";
const SUBMISSIONS: &str = "lethe_submissions_total";
const DURATION: &str = "lethe_submission_duration_seconds";
const CHUNKS: &str = "lethe_chunks_total";
const RETRIES: &str = "lethe_retries_total";
const WAITS: &str = "lethe_waits_seen_total";
const RESTED: &str = "lethe_rested_seconds_total";
const MEDIA: &str = "lethe_media_objects_total";
const MEDIA_WAITING: &str = "lethe_media_waiting_objects";
const BACKLOG: &str = "lethe_backlog_submissions";
const OLDEST: &str = "lethe_oldest_due_age_seconds";
const RUNNING: &str = "lethe_running";
const RUNNING_DEVICES: &str = "lethe_running_devices";
const RUNNING_DONE: &str = "lethe_running_devices_answered";
const RUNNING_ROWS: &str = "lethe_running_rows";
const PASSES: &str = "lethe_passes_total";
const LAST_TIME: &str = "lethe_last_pass_timestamp_seconds";
const LAST_DURATION: &str = "lethe_last_pass_duration_seconds";
const LAST_CODE: &str = "lethe_last_pass_exit_code";
const WRITTEN: &str = "lethe_metrics_timestamp_seconds";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Counter,
    Gauge,
    Summary,
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Kind::Counter => "counter",
            Kind::Gauge => "gauge",
            Kind::Summary => "summary",
        }
    }
}

/// Samples by their series: a name with its labels, as it is in the file.
type Samples = BTreeMap<String, f64>;

/// The metrics of this process, on top of those of earlier ones.
#[derive(Debug)]
pub struct Metrics {
    path: PathBuf,
    /// What earlier processes left in the file.
    before: Samples,
    counted: Samples,
    /// Since when each submission waits, by drop and file.
    backlog: BTreeMap<(String, String), DateTime<Utc>>,
    /// The last failure to write that was reported, so that it is reported once.
    reported_problem: Option<String>,
}

/// How far the current submission is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Position {
    pub(crate) devices: u64,
    pub(crate) answered: u64,
    pub(crate) rows: u64,
}

/// A pass that ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pass {
    pub took: Duration,
    pub exit_code: u8,
}

impl Metrics {
    /// Continues from the file of the last run, if it can be read.
    pub fn at(path: &Path) -> Metrics {
        let text = fs::read_to_string(path).unwrap_or_default();
        let mut metrics = Metrics {
            path: path.to_owned(),
            before: lasting(&text),
            counted: Samples::new(),
            backlog: BTreeMap::new(),
            reported_problem: None,
        };
        metrics.begin_at_zero();
        metrics
    }

    /// Starts counters at zero: `rate()` misses the first event of a counter that appears with it.
    fn begin_at_zero(&mut self) {
        for action in ["FORGET", "EXPORT"] {
            for outcome in ["success", "not_found", "error"] {
                self.add(DEVICES, &[("action", action), ("outcome", outcome)], 0.0);
            }
            for state in [
                "done",
                "failed",
                "refused",
                "duplicate",
                "paused",
                "cancelled",
            ] {
                self.add(SUBMISSIONS, &[("action", action), ("state", state)], 0.0);
            }
        }
        self.add(PASSES, &[], 0.0);
    }

    fn add(&mut self, name: &str, labels: &[(&str, &str)], amount: f64) {
        *self.counted.entry(series(name, labels)).or_default() += amount;
    }

    /// A submission waits to be processed.
    pub(crate) fn is_due(&mut self, drop: &str, file: &str, since: DateTime<Utc>) {
        self.backlog
            .insert((drop.to_owned(), file.to_owned()), since);
    }

    /// So many media objects are still to be deleted.
    pub(crate) fn media_waits(&mut self, objects: i64) {
        self.before.insert(MEDIA_WAITING.to_owned(), objects as f64);
    }

    /// Clears the backlog at the start of a pass.
    pub(crate) fn forget_backlog(&mut self) {
        self.backlog.clear();
    }

    /// Counts a reported submission; `took` is `None` where it was not processed.
    pub(crate) fn report(&mut self, report: &Report, took: Option<Duration>) {
        let action = ("action", report.action.as_str());
        self.add(SUBMISSIONS, &[action, ("state", report.state.into())], 1.0);
        let completed = report.is_completed();
        if completed || matches!(report.state, ReportState::Refused | ReportState::Duplicate) {
            self.backlog
                .remove(&(report.drop.clone(), report.file.clone()));
        }
        // An incomplete submission continues in another run, whose report includes all of it.
        if !completed {
            return;
        }
        let tally = report.tally;
        for (outcome, contacts) in [
            ("success", tally.success - tally.not_found),
            ("not_found", tally.not_found),
            ("error", tally.error),
        ] {
            self.add(DEVICES, &[action, ("outcome", outcome)], contacts as f64);
        }
        for (table, rows) in &report.rows {
            self.add(ROWS, &[action, ("table", table)], *rows as f64);
        }
        if let Some(took) = took {
            let sum = format!("{DURATION}_sum");
            let count = format!("{DURATION}_count");
            self.add(&sum, &[action], took.as_secs_f64());
            self.add(&count, &[action], 1.0);
        }
    }

    /// Writes the file. A failure is returned once, and stops nothing.
    pub fn write(
        &mut self,
        pace: &PaceCounts,
        media: &MediaCounts,
        position: Position,
        ended: Option<Pass>,
        now: DateTime<Utc>,
    ) -> Option<String> {
        if ended.is_some() {
            self.add(PASSES, &[], 1.0);
        }
        let text = self.text(pace, media, position, ended, now);
        match replace(&self.path, text.as_bytes()) {
            Ok(()) => {
                self.reported_problem = None;
                None
            }
            Err(error) => {
                let problem = format!(
                    "cannot write the metrics file\n  detail: {}: {error}",
                    self.path.display()
                );
                let known = self.reported_problem.as_ref() == Some(&problem);
                self.reported_problem = Some(problem.clone());
                (!known).then_some(problem)
            }
        }
    }

    fn text(
        &self,
        pace: &PaceCounts,
        media: &MediaCounts,
        position: Position,
        ended: Option<Pass>,
        now: DateTime<Utc>,
    ) -> String {
        let mut samples = self.before.clone();
        for (series, amount) in &self.counted {
            *samples.entry(series.clone()).or_default() += amount;
        }
        let read = |count: &std::sync::atomic::AtomicI64| count.load(Ordering::Relaxed) as f64;
        for (name, amount) in [
            (CHUNKS, read(&pace.chunks)),
            (RETRIES, read(&pace.retries)),
            (WAITS, read(&pace.waits)),
            (RESTED, read(&pace.rested) / 1000.0),
        ] {
            *samples.entry(name.to_owned()).or_default() += amount;
        }
        for (outcome, count) in [("deleted", &media.deleted), ("kept", &media.kept)] {
            let series = series(MEDIA, &[("outcome", outcome)]);
            *samples.entry(series).or_default() += read(count);
        }
        samples.entry(MEDIA_WAITING.to_owned()).or_insert(0.0);
        let seconds = |moment: DateTime<Utc>| moment.timestamp_millis() as f64 / 1000.0;
        let oldest = self.backlog.values().min();
        let age = oldest.map_or(0.0, |since| (seconds(now) - seconds(*since)).max(0.0));
        let build = series(BUILD, &[("version", env!("CARGO_PKG_VERSION"))]);
        let mut set = |series: &str, value: f64| samples.insert(series.to_owned(), value);
        set(&build, 1.0);
        set(BACKLOG, self.backlog.len() as f64);
        set(OLDEST, age);
        set(RUNNING, f64::from(u8::from(ended.is_none())));
        set(RUNNING_DEVICES, position.devices as f64);
        set(RUNNING_DONE, position.answered as f64);
        set(RUNNING_ROWS, position.rows as f64);
        set(WRITTEN, seconds(now));
        if let Some(pass) = ended {
            if matches!(pass.exit_code, 0 | 3) {
                set(LAST_TIME, seconds(now));
            }
            set(LAST_DURATION, pass.took.as_secs_f64());
            set(LAST_CODE, f64::from(pass.exit_code));
        }
        render(&samples)
    }

    /// Keeps the end of a pass for the writes during the next one.
    pub(crate) fn remember(&mut self, pass: Pass, now: DateTime<Utc>) {
        let mut set = |name: &str, value: f64| self.before.insert(name.to_owned(), value);
        if matches!(pass.exit_code, 0 | 3) {
            set(LAST_TIME, now.timestamp_millis() as f64 / 1000.0);
        }
        set(LAST_DURATION, pass.took.as_secs_f64());
        set(LAST_CODE, f64::from(pass.exit_code));
    }
}

/// A name with its labels.
fn series(name: &str, labels: &[(&str, &str)]) -> String {
    let mut out = name.to_owned();
    for (i, (label, value)) in labels.iter().enumerate() {
        out.push(if i == 0 { '{' } else { ',' });
        out.push_str(label);
        out.push_str("=\"");
        for c in value.chars() {
            match c {
                '\\' => out.push_str("\\\\"),
                '"' => out.push_str("\\\""),
                '\n' => out.push_str("\\n"),
                c => out.push(c),
            }
        }
        out.push('"');
    }
    if !labels.is_empty() {
        out.push('}');
    }
    out
}

/// The metric that a series belongs to.
fn family(series: &str) -> Option<&'static (&'static str, Kind, &'static str)> {
    let name = series.split('{').next().unwrap_or_default();
    FAMILIES.iter().find(|(family, kind, _)| match kind {
        Kind::Summary => name
            .strip_prefix(family)
            .is_some_and(|rest| rest == "_sum" || rest == "_count"),
        _ => name == *family,
    })
}

/// The samples that the next process continues from: counters, and the end of the last pass.
fn lasting(text: &str) -> Samples {
    let mut samples = Samples::new();
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let Some((series, value)) = line.rsplit_once(' ') else {
            continue;
        };
        let lasts = family(series).is_some_and(|(name, kind, _)| {
            *kind != Kind::Gauge
                || [MEDIA_WAITING, LAST_TIME, LAST_DURATION, LAST_CODE].contains(name)
        });
        match value.parse::<f64>() {
            Ok(value) if lasts && has_labels(series) && value.is_finite() && value >= 0.0 => {
                samples.insert(series.to_owned(), value);
            }
            _ => {}
        }
    }
    samples
}

/// Whether the name of a series is followed by nothing, or by labels as [`series`] writes them. A line that a full disk
/// truncated must not be continued: the collector could never read the file again.
fn has_labels(series: &str) -> bool {
    let Some((_, mut rest)) = series.split_once('{') else {
        return true;
    };
    let mut names = Vec::new();
    loop {
        let Some((name, value)) = rest.split_once("=\"") else {
            return false;
        };
        let letters = |name: &str| name.chars().all(|c| c.is_ascii_lowercase() || c == '_');
        let Some(end) = value_end(value) else {
            return false;
        };
        if name.is_empty() || !letters(name) || names.contains(&name) {
            return false;
        }
        names.push(name);
        match &value[end..] {
            "}" => return true,
            more => match more.strip_prefix(',') {
                Some(more) => rest = more,
                None => return false,
            },
        }
    }
}

/// Where the value of a label ends, after its quote; `None` where it does not end, or has an invalid escape.
fn value_end(value: &str) -> Option<usize> {
    let mut characters = value.char_indices();
    loop {
        match characters.next()? {
            (at, '"') => return Some(at + 1),
            (_, '\\') => {
                characters.next().filter(|(_, c)| "\\\"n".contains(*c))?;
            }
            _ => {}
        }
    }
}

fn render(samples: &Samples) -> String {
    let mut out = String::new();
    for (name, kind, help) in &FAMILIES {
        let mut begun = false;
        for (series, value) in samples {
            if family(series).is_none_or(|(of, _, _)| of != name) {
                continue;
            }
            // Writing to a string cannot fail.
            if !begun {
                let _ = writeln!(out, "# HELP {name} {help}\n# TYPE {name} {}", kind.name());
                begun = true;
            }
            let _ = writeln!(out, "{series} {value}");
        }
    }
    out
}

/// Replaces a file atomically, by way of a dot file, which the collector ignores.
fn replace(path: &Path, content: &[u8]) -> io::Result<()> {
    let name = path
        .file_name()
        .ok_or_else(|| io::Error::other("it has no name"))?;
    let aside = path.with_file_name(format!(
        ".{}.{}",
        name.to_string_lossy(),
        std::process::id()
    ));
    let written = write_aside(&aside, content).and_then(|()| fs::rename(&aside, path));
    if written.is_err() {
        // What is not there need not be removed.
        let _ = fs::remove_file(&aside);
    }
    written
}

fn write_aside(aside: &Path, content: &[u8]) -> io::Result<()> {
    match fs::remove_file(aside) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o644)
        .open(aside)?;
    // Independent of the umask: the collector is another user.
    file.set_permissions(fs::Permissions::from_mode(0o644))?;
    file.write_all(content)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::request::Action;
    use crate::domain::response::Tally;

    fn report(state: ReportState) -> Report {
        Report {
            file: "forget-20180315_1.json".into(),
            action: Action::Forget,
            state,
            contacts: 6,
            tally: Tally {
                success: 5,
                not_found: 2,
                error: 1,
            },
            rows: [("a.t".to_owned(), 7), ("a.\"\\\n".to_owned(), 1)].into(),
            results: vec!["forget-20180315_1-execution-log.json".into()],
            drop: "acme".into(),
            reason: None,
            waits_for: Vec::new(),
        }
    }

    fn now() -> DateTime<Utc> {
        DateTime::from_timestamp(1_521_115_200, 0).unwrap()
    }

    fn value(text: &str, series: &str) -> f64 {
        let line = text.lines().find(|line| {
            line.strip_prefix(series)
                .is_some_and(|r| r.starts_with(' '))
        });
        let line = line.unwrap_or_else(|| panic!("{series} in\n{text}"));
        line.rsplit_once(' ').unwrap().1.parse().unwrap()
    }

    #[test]
    fn every_sample_stands_below_its_help_and_type() {
        let folder = tempfile::tempdir().unwrap();
        let mut metrics = Metrics::at(&folder.path().join("m.prom"));
        metrics.report(&report(ReportState::Done), Some(Duration::from_secs(2)));
        let pass = Pass {
            took: Duration::from_secs(3),
            exit_code: 3,
        };
        let text = metrics.text(
            &PaceCounts::default(),
            &MediaCounts::default(),
            Position::default(),
            Some(pass),
            now(),
        );
        let mut seen = Vec::new();
        let mut lines = text.lines().peekable();
        while let Some(help) = lines.next() {
            let name = help
                .strip_prefix("# HELP ")
                .unwrap()
                .split(' ')
                .next()
                .unwrap();
            assert!(!seen.contains(&name), "{name} twice");
            seen.push(name);
            let kind = lines.next().unwrap();
            let kind = kind.strip_prefix(&format!("# TYPE {name} ")).unwrap();
            assert_eq!(kind == "counter", name.ends_with("_total"), "{name}");
            while let Some(sample) = lines.next_if(|line| !line.starts_with('#')) {
                let (series, value) = sample.rsplit_once(' ').unwrap();
                assert_eq!(family(series).unwrap().0, name);
                value.parse::<f64>().unwrap();
            }
        }
        assert_eq!(seen.len(), FAMILIES.len(), "each metric has a sample");
        assert!(text.contains(r#"lethe_rows_total{action="FORGET",table="a.\"\\\n"} 1"#));
        assert_eq!(
            value(
                &text,
                r#"lethe_devices_total{action="FORGET",outcome="success"}"#
            ),
            3.0
        );
        assert_eq!(
            value(
                &text,
                r#"lethe_submission_duration_seconds_sum{action="FORGET"}"#
            ),
            2.0
        );
        assert!(!text.contains("forget-2018"), "no name of a file");
    }

    #[test]
    fn counters_go_on_in_the_next_process_and_gauges_do_not() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("m.prom");
        let devices = r#"lethe_devices_total{action="FORGET",outcome="error"}"#;
        let pace = PaceCounts::default();
        pace.chunks.store(4, Ordering::Relaxed);
        pace.rested.store(1500, Ordering::Relaxed);
        for times in 1..=3 {
            let mut metrics = Metrics::at(&path);
            metrics.is_due("acme", "forget-20180315_1.json", now());
            metrics.is_due("acme", "forget-20180315_2.json", now());
            metrics.report(&report(ReportState::Done), None);
            metrics.report(&report(ReportState::Paused), None);
            let pass = Pass {
                took: Duration::ZERO,
                exit_code: if times == 3 { 1 } else { 0 },
            };
            let then = now() + Duration::from_secs(60 * times);
            assert_eq!(
                metrics.write(
                    &pace,
                    &MediaCounts::default(),
                    Position::default(),
                    Some(pass),
                    then
                ),
                None
            );
            let text = fs::read_to_string(&path).unwrap();
            let times = times as f64;
            assert_eq!(value(&text, devices), times);
            assert_eq!(value(&text, CHUNKS), 4.0 * times);
            assert_eq!(value(&text, RESTED), 1.5 * times);
            assert_eq!(value(&text, PASSES), times);
            assert_eq!(value(&text, BACKLOG), 1.0, "one is done, one still due");
            assert_eq!(value(&text, OLDEST), 60.0 * times);
        }
        let text = fs::read_to_string(&path).unwrap();
        let good = now() + Duration::from_secs(120);
        assert_eq!(
            value(&text, LAST_TIME),
            good.timestamp() as f64,
            "a pass that failed is no sign of life"
        );
        assert_eq!(value(&text, LAST_CODE), 1.0);
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o644);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn what_is_no_metric_of_ours_is_not_taken_over() {
        let text = "# HELP x y\nlethe_chunks_total 5\nlethe_retries_total NaN\nlethe_waits_seen_total -1\n\
                    lethe_rows_total{action=\"FORGET\",tab 7\nlethe_rows_total{table=\"x\"} 7 1521115200000\n\
                    lethe_rows_total{} 7\nlethe_rows_total{table=\"x\",table=\"y\"} 7\nlethe_chunks_total 5 9\n\
                    node_load1 3\nlethe_backlog_submissions 9\nlethe_rows_total\n\
                    lethe_submission_duration_seconds_sum{action=\"FORGET\"} 1.5\n";
        let samples = lasting(text);
        let names: Vec<&str> = samples.keys().map(String::as_str).collect();
        assert_eq!(
            names,
            [
                "lethe_chunks_total",
                "lethe_submission_duration_seconds_sum{action=\"FORGET\"}"
            ]
        );
    }

    #[test]
    fn a_failure_is_reported_once() {
        let folder = tempfile::tempdir().unwrap();
        let mut metrics = Metrics::at(&folder.path().join("missing/m.prom"));
        let pace = PaceCounts::default();
        let problem = metrics.write(
            &pace,
            &MediaCounts::default(),
            Position::default(),
            None,
            now(),
        );
        assert!(problem.unwrap().contains("cannot write the metrics file"));
        assert_eq!(
            metrics.write(
                &pace,
                &MediaCounts::default(),
                Position::default(),
                None,
                now()
            ),
            None
        );
    }
}
