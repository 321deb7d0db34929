//! The command line of the benchmark.

use std::path::PathBuf;

use clap::{Parser, ValueEnum};

/// Measure Lethe and plain SQL that does the same work on the same data in the same run.
///
/// cargo bench --bench throughput -- --scale 1 --keep DIR --write-docs
#[derive(Debug, Clone, Parser)]
#[command(name = "throughput")]
pub struct Options {
    /// Set the scale; 1 is 2 million contacts, 10 million attempts, 2 million messages, 1 million recordings
    #[arg(long, default_value_t = 0.1)]
    pub scale: f64,
    /// Repeat every measurement this often; medians are shown
    #[arg(long, default_value_t = 3)]
    pub rounds: usize,
    /// Run only these parts
    #[arg(long, value_enum, value_delimiter = ',', default_values_t = Part::ALL)]
    pub only: Vec<Part>,
    /// Use this many devices in an ordinary set
    #[arg(long, default_value_t = 1_000)]
    pub devices: i64,
    /// Use up to this many devices in a large set
    #[arg(long, default_value_t = 100_000)]
    pub many: i64,
    /// Use this server, as a superuser, to create databases [default: a private cluster]
    #[arg(long, value_name = "URL", conflicts_with = "keep")]
    pub database: Option<String>,
    /// Keep the private cluster with its data here; a later run of the same scale starts from a copy
    #[arg(long, value_name = "DIR")]
    pub keep: Option<PathBuf>,
    /// Set a parameter of the private cluster's server, as name=value; may be repeated
    #[arg(long = "setting", value_name = "NAME=VALUE")]
    pub settings: Vec<String>,
    /// Use this binary
    #[arg(long, value_name = "PATH", default_value = env!("CARGO_BIN_EXE_lethe"))]
    pub lethe: PathBuf,
    /// Add an argument to every `lethe run`; may be repeated
    #[arg(long = "run-option", value_name = "WORD", allow_hyphen_values = true)]
    pub run_options: Vec<String>,
    /// Add a line to lethe.toml; may be repeated
    #[arg(long = "config-line", value_name = "LINE")]
    pub config_lines: Vec<String>,
    /// Use this many sessions of Lethe during the concurrent workload
    #[arg(long, value_name = "N", default_value_t = 2)]
    pub beside_workers: u8,
    /// Measure the idle dialler for this many seconds
    #[arg(long, default_value_t = 10.0)]
    pub idle: f64,
    /// Export about this many bytes of CSV when memory is measured
    #[arg(long, default_value_t = 256 << 20)]
    pub export_bytes: u64,
    /// Submit this many contacts when memory is measured
    #[arg(long, default_value_t = 100_000)]
    pub contacts: i64,
    /// Use an export of 10 GiB and a submission of a million contacts
    #[arg(long)]
    pub huge: bool,
    /// Write the figures to this file
    #[arg(long, value_name = "FILE", default_value = "target/throughput.json")]
    pub json: PathBuf,
    /// Write performance.md and throughput.svg into this folder
    #[arg(long, value_name = "DIR", num_args = 0..=1, require_equals = true, default_missing_value = "docs/explanation")]
    pub write_docs: Option<PathBuf>,
    /// Report the server's most expensive statements (pg_stat_statements) after the measurements
    #[arg(long)]
    pub profile: bool,
    /// Accept the argument that `cargo bench` passes to every benchmark
    #[arg(long, hide = true)]
    pub bench: bool,
}

/// A group of measurements.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Part {
    /// Rivals, limit and Lethe, warm and after a checkpoint; 10 devices, and as many as there are
    Forget,
    /// Zipped CSV compared with `\copy`
    Export,
    /// The same number of devices on ten times the rows
    Growth,
    /// Devices that match nothing
    NoneFound,
    /// Latency of a concurrent workload
    Dialler,
    /// Peak resident memory
    Memory,
}

impl Part {
    const ALL: [Part; 6] = [
        Part::Forget,
        Part::Export,
        Part::Growth,
        Part::NoneFound,
        Part::Dialler,
        Part::Memory,
    ];
}

impl Options {
    pub fn wants(&self, part: Part) -> bool {
        self.only.contains(&part)
    }

    pub fn export_bytes(&self) -> u64 {
        if self.huge {
            10 << 30
        } else {
            self.export_bytes
        }
    }

    pub fn contacts(&self) -> i64 {
        if self.huge { 1_000_000 } else { self.contacts }
    }
}
