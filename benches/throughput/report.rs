//! The measurements and the figures derived from them.

use serde::Serialize;
use serde_json::Value;

/// One run of one variant.
#[derive(Debug, Clone, Serialize)]
pub struct Run {
    pub seconds: f64,
    /// Rows that had to change, each counted once.
    pub rows: u64,
    /// Rows that were written; more if a variant writes one twice.
    pub changed: u64,
    pub wal_bytes: u64,
    /// Peak resident memory of Lethe's process.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub memory_bytes: Option<u64>,
}

/// All runs of one variant in one state.
#[derive(Debug, Clone, Serialize)]
pub struct Measured {
    pub part: &'static str,
    pub variant: String,
    pub state: &'static str,
    pub devices: i64,
    pub runs: Vec<Run>,
    pub median: Median,
}

#[derive(Debug, Clone, Default, Serialize)]
pub struct Median {
    pub seconds: f64,
    pub rows_per_second: f64,
    pub devices_per_second: f64,
    pub wal_bytes_per_row: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub memory_bytes: Option<f64>,
}

/// The goal of a figure.
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Goal {
    AtMost(f64),
    AtLeast(f64),
}

/// One figure.
#[derive(Debug, Clone, Serialize)]
pub struct Line {
    pub name: String,
    pub value: f64,
    pub unit: &'static str,
    pub goal: Option<Goal>,
    /// `None` if it has no goal.
    pub met: Option<bool>,
}

#[derive(Debug, Default, Serialize)]
pub struct Report {
    pub facts: Value,
    pub command: String,
    pub scale: f64,
    pub rounds: usize,
    pub rows: Value,
    pub sizes: Value,
    /// How Lethe was called for two workers.
    pub workers: &'static str,
    pub measured: Vec<Measured>,
    pub lines: Vec<Line>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub profiles: Vec<Profile>,
}

/// The cost of one job on the server.
#[derive(Debug, Clone, Serialize)]
pub struct Profile {
    pub title: String,
    /// The whole job, in seconds.
    pub seconds: f64,
    pub statements: Vec<Spent>,
}

/// The cost of all calls of one statement.
#[derive(Debug, Clone, Serialize)]
pub struct Spent {
    pub statement: String,
    pub calls: f64,
    pub execution_ms: f64,
    pub planning_ms: f64,
    pub rows: f64,
    pub wal_kib: f64,
}

/// Reports progress on standard error.
pub fn note(text: &str) {
    eprintln!("{text}");
}

/// The median of the values.
pub fn median(values: impl IntoIterator<Item = f64>) -> f64 {
    let mut sorted: Vec<f64> = values.into_iter().collect();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    match sorted.len() {
        0 => f64::NAN,
        n if n % 2 == 1 => sorted[middle],
        _ => (sorted[middle - 1] + sorted[middle]) / 2.0,
    }
}

impl Measured {
    pub fn new(
        part: &'static str,
        variant: impl ToString,
        state: &'static str,
        devices: i64,
    ) -> Measured {
        Measured {
            part,
            variant: variant.to_string(),
            state,
            devices,
            runs: Vec::new(),
            median: Median::default(),
        }
    }

    /// Computes the medians.
    fn finish(&mut self) {
        let over = |value: &dyn Fn(&Run) -> f64| median(self.runs.iter().map(value));
        let memory: Vec<f64> = self
            .runs
            .iter()
            .filter_map(|r| r.memory_bytes.map(|bytes| bytes as f64))
            .collect();
        self.median = Median {
            seconds: over(&|r| r.seconds),
            rows_per_second: over(&|r| r.rows as f64 / r.seconds),
            devices_per_second: over(&|r| self.devices as f64 / r.seconds),
            wal_bytes_per_row: over(&|r| r.wal_bytes as f64 / r.rows.max(1) as f64),
            memory_bytes: (!memory.is_empty()).then(|| median(memory)),
        };
    }
}

impl Report {
    pub fn add(&mut self, mut measured: Measured) {
        measured.finish();
        self.measured.push(measured);
    }

    pub fn line(
        &mut self,
        name: impl ToString,
        value: f64,
        unit: &'static str,
        goal: Option<Goal>,
    ) {
        self.lines.push(Line {
            name: name.to_string(),
            value,
            unit,
            goal,
            met: goal.map(|goal| match goal {
                Goal::AtMost(limit) => value <= limit,
                Goal::AtLeast(limit) => value >= limit,
            }),
        });
    }

    /// The median of the ratios of each round, whose runs had the same conditions.
    pub fn ratio(&self, part: &str, state: &str, of: &str, to: &str) -> f64 {
        let runs = |variant: &str| {
            self.measured
                .iter()
                .find(|m| m.part == part && m.state == state && m.variant == variant)
                .map(|m| m.runs.as_slice())
                .unwrap_or_default()
        };
        median(
            runs(of)
                .iter()
                .zip(runs(to))
                // Sets differ a little in rows.
                .map(|(a, b)| {
                    (a.seconds / a.rows.max(1) as f64) / (b.seconds / b.rows.max(1) as f64)
                }),
        )
    }
}
