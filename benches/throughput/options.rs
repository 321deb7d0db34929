//! The command line of the benchmark.

use std::path::PathBuf;

use clap::{Parser, ValueEnum};

/// How fast Lethe is, beside plain SQL that does the same work on the same data in the same run.
///
/// cargo bench --bench throughput -- --scale 1 --keep DIR --write-docs
#[derive(Debug, Clone, Parser)]
#[command(name = "throughput")]
pub struct Options {
    /// Of 2 million contacts, 10 million attempts, 2 million messages, 1 million recordings
    #[arg(long, default_value_t = 0.1)]
    pub scale: f64,
    /// Every measurement is made so often; medians are shown
    #[arg(long, default_value_t = 3)]
    pub rounds: usize,
    /// Only these parts
    #[arg(long, value_enum, value_delimiter = ',', default_values_t = Part::ALL)]
    pub only: Vec<Part>,
    /// Devices of an ordinary set
    #[arg(long, default_value_t = 1_000)]
    pub devices: i64,
    /// Devices of a large set, where the data has as many
    #[arg(long, default_value_t = 100_000)]
    pub many: i64,
    /// A server where databases may be made, as a superuser [default: a private cluster]
    #[arg(long, value_name = "URL", conflicts_with = "keep")]
    pub database: Option<String>,
    /// Keep the private cluster with its data here; a later run of the same scale begins with a fresh copy
    #[arg(long, value_name = "DIR")]
    pub keep: Option<PathBuf>,
    /// A setting of the private cluster's server, name=value; may be repeated
    #[arg(long = "setting", value_name = "NAME=VALUE")]
    pub settings: Vec<String>,
    /// The binary under test
    #[arg(long, value_name = "PATH", default_value = env!("CARGO_BIN_EXE_lethe"))]
    pub lethe: PathBuf,
    /// A further word on the command line of every `lethe run`; may be repeated
    #[arg(long = "run-option", value_name = "WORD", allow_hyphen_values = true)]
    pub run_options: Vec<String>,
    /// A further line of lethe.toml; may be repeated
    #[arg(long = "config-line", value_name = "LINE")]
    pub config_lines: Vec<String>,
    /// Sessions of Lethe beside the live dialler
    #[arg(long, value_name = "N", default_value_t = 2)]
    pub beside_workers: u8,
    /// Seconds for which the idle dialler is measured
    #[arg(long, default_value_t = 10.0)]
    pub idle: f64,
    /// Bytes of CSV in the export whose memory is measured, roughly
    #[arg(long, default_value_t = 256 << 20)]
    pub export_bytes: u64,
    /// Contacts of the submission whose memory is measured
    #[arg(long, default_value_t = 100_000)]
    pub contacts: i64,
    /// An export of 10 GiB and a submission of a million contacts
    #[arg(long)]
    pub huge: bool,
    /// Where the figures go
    #[arg(long, value_name = "FILE", default_value = "target/throughput.json")]
    pub json: PathBuf,
    /// Write performance.md and throughput.svg into this folder
    #[arg(long, value_name = "DIR", num_args = 0..=1, require_equals = true, default_missing_value = "docs/explanation")]
    pub write_docs: Option<PathBuf>,
    /// Also tell what the server spent most time on (pg_stat_statements), after the measurements
    #[arg(long)]
    pub profile: bool,
    /// What `cargo bench` says to every benchmark
    #[arg(long, hide = true)]
    pub bench: bool,
}

/// What is measured together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Part {
    /// Rivals, limit and Lethe, warm and after a checkpoint; 10 devices, and as many as there are
    Forget,
    /// Zipped CSV beside `\copy`
    Export,
    /// The same devices' worth on ten times the rows
    Growth,
    /// Devices that nobody has
    NoneFound,
    /// A live system's latency
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
