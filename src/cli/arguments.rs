//! The command line (contract section 8).

use std::convert::Infallible;
use std::path::PathBuf;
use std::time::Duration;

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use chrono_tz::Tz;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, Parser, Subcommand, ValueEnum};
use secrecy::SecretString;

use crate::domain::level::Level;
use crate::domain::request::Product;

/// Process FORGET and EXPORT requests in PostgreSQL, device by device
#[derive(Debug, Parser)]
#[command(
    name = "lethe",
    version,
    max_term_width = 110,
    after_help = "Exit codes: 0 done, 3 answered with an error or refused, 2 usage or configuration, 1 failed (run again)."
)]
pub struct Cli {
    #[command(flatten)]
    pub global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// The heading of [`Global`] in every help, after a command's own options.
const EVERY: &str = "Options of every command";

/// Options of every command.
#[derive(Debug, Clone, Args)]
pub struct Global {
    /// Read this file [default: /etc/lethe/lethe.toml, else ~/.config/lethe/lethe.toml]
    #[arg(long, global = true, help_heading = EVERY, value_name = "FILE", env = "LETHE_CONFIG")]
    pub(crate) config: Option<PathBuf>,
    /// Use this database: a libpq URL (without password), or a private cluster
    #[arg(
        long,
        global = true, help_heading = EVERY,
        value_name = "URL|embedded",
        env = "LETHE_DATABASE",
        hide_env_values = true,
        value_parser = secret
    )]
    pub(crate) database: Option<SecretString>,
    /// Print results as text, or as one JSON object on standard output
    #[arg(long, global = true, help_heading = EVERY, default_value = "text", value_parser = text_or_json())]
    pub(crate) format: Format,
    /// Print more on standard error: -vv every step, -vvv every statement's file
    #[arg(short, long, global = true, help_heading = EVERY, action = clap::ArgAction::Count)]
    pub verbose: u8,
    /// Print log lines on standard error in this format
    #[arg(long, global = true, help_heading = EVERY, default_value = "text", value_parser = text_or_json())]
    pub log_format: Format,
}

fn secret(text: &str) -> Result<SecretString, Infallible> {
    Ok(SecretString::from(text))
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    Text,
    Json,
    /// For `history` only.
    Csv,
}

/// The formats that every command has.
fn text_or_json() -> impl TypedValueParser<Value = Format> {
    PossibleValuesParser::new(["text", "json"]).map(|name| match name.as_str() {
        "json" => Format::Json,
        _ => Format::Text,
    })
}

/// Which drop: one of the configuration by its name, or a folder with the accounts that it may reach.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct DropArgs {
    /// Select a configured drop by name, or a folder that contains GDPR_Submit
    #[arg(long = "drop", value_name = "DIR|NAME")]
    pub(crate) folder: Option<PathBuf>,
    /// Let the folder reach this account and all below it; may be repeated
    #[arg(long = "account", value_name = "ID", num_args = 1.., value_delimiter = ',', requires = "folder")]
    pub(crate) accounts: Vec<String>,
    /// Set the product that the folder belongs to [default: outbound]
    #[arg(long, value_enum, requires = "folder")]
    pub(crate) product: Option<Product>,
    /// Set the time zone of the folder, e.g. America/New_York [default: UTC]
    #[arg(long, value_name = "TZ", value_parser = parse_time_zone, requires = "folder")]
    pub(crate) time_zone: Option<Tz>,
}

/// One submission that a run has taken up.
#[derive(Debug, Clone, Args)]
pub(crate) struct Submitted {
    /// Name the submitted file
    #[arg(value_name = "SUBMISSION")]
    pub(crate) submission: PathBuf,
    /// Select the drop by name or folder, where several have such a file
    #[arg(long, value_name = "DIR|NAME")]
    pub(crate) drop: Option<PathBuf>,
}

/// How fast a FORGET goes; each can be configured too.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Pace")]
pub(crate) struct PaceArgs {
    /// Use N sessions for a submission [default: 1, with --offline 2]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=crate::engine::MAX_WORKERS as i64))]
    pub(crate) workers: Option<u32>,
    /// Use large transactions: nothing else needs the database now
    #[arg(long)]
    pub(crate) offline: bool,
    /// Limit the rows that are changed in a second
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) max_rows_per_second: Option<u64>,
    /// Pause while the server writes more WAL in a second, e.g. 20MB
    #[arg(long, value_name = "SIZE", value_parser = crate::cli::units::parse_size)]
    pub(crate) max_wal_rate: Option<u64>,
    /// Pause while the slowest replica lags further behind, e.g. 10s
    #[arg(long, value_name = "DURATION", value_parser = crate::cli::units::parse_duration)]
    pub(crate) max_replica_lag: Option<Duration>,
    /// Stop at this time: HH:MM in local time, or an RFC 3339 timestamp
    #[arg(long, value_name = "TIME", value_parser = parse_until)]
    pub(crate) until: Option<Until>,
}

/// When a window ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Until {
    /// When this machine's clock next shows it.
    TimeOfDay(NaiveTime),
    Moment(DateTime<Utc>),
}

impl Until {
    /// The moment that is meant when it is `now`.
    pub(crate) fn moment(self, now: DateTime<Utc>) -> DateTime<Utc> {
        let time = match self {
            Until::Moment(moment) => return moment,
            Until::TimeOfDay(time) => time,
        };
        let local = now.with_timezone(&chrono::Local);
        let at = |day: NaiveDate| {
            // A time that the clock skips on that day is taken as if it did not.
            let naive = day.and_time(time);
            let zoned = naive.and_local_timezone(chrono::Local).earliest();
            zoned.map_or_else(|| naive.and_utc(), |at| at.to_utc())
        };
        let today = at(local.date_naive());
        if today > now {
            today
        } else {
            local.date_naive().succ_opt().map_or(today, at)
        }
    }
}

/// How a scrub goes.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct ScrubArgs {
    /// Set the level: 1 (SQL), 1.5 (indexes), 2 (data files, with locks) [default: 1]
    #[arg(long, value_name = "1|1.5|2", value_parser = parse_level)]
    pub(crate) level: Option<Level>,
    /// Scrub only the tables that this submission changed
    #[arg(long, value_name = "FILE")]
    pub(crate) submission: Option<PathBuf>,
    /// Select the drop by name or folder, where several have such a file
    #[arg(long, value_name = "DIR|NAME", requires = "submission")]
    pub(crate) drop: Option<PathBuf>,
    /// Wait this long for whatever holds old row versions, and for locks
    #[arg(long, value_name = "DURATION", default_value = "1m", value_parser = crate::cli::units::parse_duration)]
    pub(crate) wait: Duration,
    /// Estimate time, locks, disk and WAL, and change nothing
    #[arg(long)]
    pub(crate) estimate: bool,
    /// Rewrite tables that have a key with pg_repack, without blocking (level 2)
    #[arg(long)]
    pub(crate) repack: bool,
    /// Start at level 2 although the free disk space of the server is unknown
    #[arg(long)]
    pub(crate) yes: bool,
    /// Run VACUUM without cost delay: nothing else needs the database now
    #[arg(long, help_heading = "Pace")]
    pub(crate) offline: bool,
    /// Pause between tables while the server writes more WAL in a second, e.g. 20MB
    #[arg(long, value_name = "SIZE", value_parser = crate::cli::units::parse_size, help_heading = "Pace")]
    pub(crate) max_wal_rate: Option<u64>,
    /// Pause between tables while the slowest replica lags further behind, e.g. 10s
    #[arg(long, value_name = "DURATION", value_parser = crate::cli::units::parse_duration, help_heading = "Pace")]
    pub(crate) max_replica_lag: Option<Duration>,
    /// Stop at this time: HH:MM in local time, or an RFC 3339 timestamp
    #[arg(long, value_name = "TIME", value_parser = parse_until, help_heading = "Pace")]
    pub(crate) until: Option<Until>,
}

/// What a census is of.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct CensusArgs {
    /// Examine only what this submission changed: its file, or the name of it
    #[arg(long, value_name = "FILE")]
    pub(crate) submission: Option<PathBuf>,
    /// Select the drop by name or folder, where several have such a file
    #[arg(long, value_name = "DIR|NAME", requires = "submission")]
    pub(crate) drop: Option<PathBuf>,
    /// Assume that backups and WAL are kept this long, e.g. 35d [default: configured]
    #[arg(long, value_name = "DURATION", value_parser = crate::cli::units::parse_duration)]
    pub(crate) backup_retention: Option<Duration>,
}

/// Which submission is certified.
#[derive(Debug, Clone, Args)]
pub(crate) struct CertificateArgs {
    #[command(flatten)]
    pub(crate) submitted: Submitted,
    /// Assume that backups are kept this long, e.g. 35d [default: configured]
    #[arg(long, value_name = "DURATION", value_parser = crate::cli::units::parse_duration)]
    pub(crate) backup_retention: Option<Duration>,
}

fn parse_time_zone(text: &str) -> Result<Tz, String> {
    let wrong = |_| "a time zone is a name such as Europe/Berlin".to_owned();
    text.parse().map_err(wrong)
}

fn parse_level(text: &str) -> Result<Level, String> {
    Level::read(text).ok_or_else(|| crate::domain::level::LEVELS.to_owned())
}

fn parse_until(text: &str) -> Result<Until, String> {
    if let Ok(moment) = DateTime::parse_from_rfc3339(text) {
        return Ok(Until::Moment(moment.to_utc()));
    }
    NaiveTime::parse_from_str(text, "%H:%M")
        .map(Until::TimeOfDay)
        .map_err(|_| "a time is given as HH:MM or as 2018-03-15T06:00:00Z".to_owned())
}

/// Options of `run`.
#[derive(Debug, Clone, Args)]
pub(crate) struct RunArgs {
    #[command(flatten)]
    pub(crate) drop: DropArgs,
    /// Process the files of this day instead of today
    #[arg(long, value_name = "YYYYMMDD", value_parser = parse_date)]
    pub(crate) date: Option<NaiveDate>,
    /// Read a file only when unchanged for this long; 0s looks once [default: 5s]
    #[arg(long, value_name = "DURATION", value_parser = crate::cli::units::parse_duration)]
    pub(crate) settle: Option<Duration>,
    /// Keep running and poll
    #[arg(long)]
    pub(crate) watch: bool,
    /// Write metrics to this file, for the textfile collector of node_exporter
    #[arg(long, value_name = "FILE")]
    pub(crate) metrics_file: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) pace: PaceArgs,
}

/// Options of `verify`.
#[derive(Debug, Clone, Args)]
pub(crate) struct VerifyArgs {
    /// Verify this file, in any folder
    #[arg(value_name = "FILE", required_unless_present = "case")]
    pub(crate) file: Option<PathBuf>,
    /// Verify every FORGET of this case that was processed, instead of a file
    #[arg(long, value_name = "ID", conflicts_with_all = ["file", "folder", "accounts"])]
    pub(crate) case: Option<String>,
    #[command(flatten)]
    pub(crate) drop: DropArgs,
    /// Read all tables, and search every column for any spelling and digest
    #[arg(long)]
    pub(crate) value_search: bool,
}

/// Options of `history`.
#[derive(Debug, Clone, Args)]
pub(crate) struct HistoryArgs {
    /// Select submissions with this requestcase, or in the folder of this case
    #[arg(long, value_name = "ID")]
    pub(crate) case: Option<String>,
    /// Select submissions of this drop, by name or folder
    #[arg(long, value_name = "DIR|NAME")]
    pub(crate) drop: Option<PathBuf>,
    /// Select submissions received on or after this day (UTC)
    #[arg(long, value_name = "YYYYMMDD", value_parser = parse_date)]
    pub(crate) from: Option<NaiveDate>,
    /// Select submissions received on or before this day (UTC)
    #[arg(long, value_name = "YYYYMMDD", value_parser = parse_date)]
    pub(crate) to: Option<NaiveDate>,
    /// Limit the submissions that are printed [default: 100, as CSV no limit]
    #[arg(long, value_name = "N")]
    pub(crate) limit: Option<u32>,
    /// Print as text, as one JSON object, or as CSV
    // The global option, with one more value; what is given here is what the global one says.
    #[arg(long, value_enum, default_value = "text")]
    pub(crate) format: Format,
}

/// Options of `keygen`.
#[derive(Debug, Clone, Args)]
pub(crate) struct KeygenArgs {
    /// Use this key file [default: configured, else receipt-key.pem]
    #[arg(long, value_name = "FILE")]
    pub(crate) key: Option<PathBuf>,
    /// Print the public key of the existing key
    #[arg(long)]
    pub(crate) public: bool,
    /// Create the secret that the ledger's keys are sealed under
    #[arg(long, conflicts_with_all = ["key", "public"])]
    pub(crate) ledger: bool,
    /// Add another secret to the existing file; it seals from now on
    #[arg(long, requires = "ledger")]
    pub(crate) rotate: bool,
}

/// Options of `check`.
#[derive(Debug, Clone, Args)]
pub(crate) struct CheckArgs {
    /// Check these files
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// Set the product that the files are for [default: outbound]
    #[arg(long, value_enum)]
    pub(crate) product: Option<Product>,
    /// Take the product from this configured drop
    #[arg(long = "drop", value_name = "NAME", conflicts_with = "product")]
    pub(crate) drop: Option<PathBuf>,
}

/// Options of `migrate`.
#[derive(Debug, Clone, Args)]
pub(crate) struct MigrateArgs {
    /// Install the reference schema contact_centre too
    #[arg(long)]
    pub(crate) reference: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run a FORGET and an EXPORT on a private PostgreSQL with sample data
    Demo {
        /// Write the files of the demo to this folder [default: a temporary folder]
        #[arg(long, value_name = "DIR")]
        dir: Option<PathBuf>,
        /// Scrub at this level, certify it, and search the data files for the devices
        #[arg(long, value_name = "1|1.5|2", value_parser = parse_level)]
        scrub: Option<Level>,
    },
    /// Install or upgrade the ledger of Lethe in the database
    Migrate(MigrateArgs),
    /// Process every due submission of all configured drops, or of one
    Run(RunArgs),
    /// Pause a submission; a run at work ends after its transaction
    Pause(Submitted),
    /// Resume a paused submission in the next run
    Resume(Submitted),
    /// Cancel a submission: answer the rest with an error, and publish the log
    Cancel(Submitted),
    /// Report what would be refused in submitted files, without a database
    Check(CheckArgs),
    /// Show what a run would answer for each device; changes and locks nothing
    Preview {
        /// Preview this file, in any folder
        #[arg(value_name = "FILE")]
        file: PathBuf,
        #[command(flatten)]
        drop: DropArgs,
    },
    /// Search again for the devices of a file after a FORGET, and trace client IDs
    Verify(VerifyArgs),
    /// Show what is due, missed, refused, running and done in each drop
    Status {
        #[command(flatten)]
        drop: DropArgs,
    },
    /// Report what was done, newest first, with answers, times and what is overdue
    History(HistoryArgs),
    /// Show the rows of a client ID with their current values
    Trace {
        /// Trace this client ID; `-` reads it from standard input
        #[arg(long, value_name = "C", allow_hyphen_values = true)]
        client_id: String,
        /// Show only rows of this account; may be repeated
        #[arg(long = "account", value_name = "ID", value_delimiter = ',')]
        accounts: Vec<String>,
    },
    /// Check the catalogue against the live schema; print statements and grants
    Catalogue {
        #[command(subcommand)]
        command: CatalogueCommand,
    },
    /// Handle the cases of Customer Care, from a case ID to a confirmed answer
    Case {
        #[command(subcommand)]
        command: CaseCommand,
    },
    /// Create the key that signs receipts; never overwrites one
    Keygen(KeygenArgs),
    /// Verify receipts, the signed proof of what was done
    Receipt {
        #[command(subcommand)]
        command: ReceiptCommand,
    },
    /// Remove what forgets left below SQL: dead rows, index entries, statistics
    Scrub(ScrubArgs),
    /// Report where old values may remain, per table and server; changes nothing
    Census(CensusArgs),
    /// Certify what a census finds of a FORGET, as signed JSON and as a page
    Certificate(CertificateArgs),
    /// Check the folders of the configured drops
    Drop {
        #[command(subcommand)]
        command: DropCommand,
    },
    /// Remove results, submitted files, cases and keys whose retention is over
    Purge {
        #[command(flatten)]
        drop: DropArgs,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum DropCommand {
    /// Report who else could read or write the folders of each drop
    Check,
}

#[derive(Debug, Subcommand)]
pub(crate) enum CatalogueCommand {
    /// Report mismatches with the live schema, and the index of each device column
    Check,
    /// Print every statement that Lethe would run, to read, EXPLAIN and approve
    Sql {
        /// Print only the statements of this group
        #[arg(long, value_enum)]
        verb: Option<Verb>,
        /// Apply the short code rules of this product
        #[arg(long, value_enum, default_value_t = Product::Outbound)]
        product: Product,
    },
    /// Find columns that look like personal data, and propose a catalogue
    Discover {
        /// Read all tables, and search them for the devices of this file
        #[arg(long, value_name = "FILE")]
        value_search: Option<PathBuf>,
    },
    /// Print the GRANT statements of the roles that work with Lethe
    Grants(GrantsArgs),
}

/// Which roles get their privileges.
#[derive(Debug, Clone, Args)]
pub(crate) struct GrantsArgs {
    /// Print only the grants of the engine, for this role
    #[arg(value_name = "ROLE", conflicts_with_all = ["owner", "engine", "care", "reader"])]
    pub(crate) role: Option<String>,
    /// Name the role that owns the ledger
    #[arg(long, value_name = "ROLE", default_value = "lethe_owner")]
    pub(crate) owner: String,
    /// Name the role that changes data
    #[arg(long, value_name = "ROLE", default_value = "lethe_engine")]
    pub(crate) engine: String,
    /// Name the role that works on cases
    #[arg(long, value_name = "ROLE", default_value = "lethe_care")]
    pub(crate) care: String,
    /// Name the role that reads status, history and metrics
    #[arg(long, value_name = "ROLE", default_value = "lethe_reader")]
    pub(crate) reader: String,
}

#[derive(Debug, Subcommand)]
pub(crate) enum CaseCommand {
    /// Write a submission for a case, after every device was checked and confirmed
    Open(OpenArgs),
    /// Show what the pending submissions of a case would find, and their digest
    Preview {
        /// Give the case ID
        #[arg(value_name = "ID")]
        case: String,
    },
    /// Approve what a preview showed
    Approve {
        /// Give the case ID
        #[arg(value_name = "ID")]
        case: String,
        /// Approve the preview with this digest
        #[arg(long, value_name = "DIGEST")]
        digest: String,
    },
    /// Process the submissions of a case, if they are as approved
    Run {
        /// Give the case ID
        #[arg(value_name = "ID")]
        case: String,
        /// Read a file only when unchanged for this long; 0s looks once [default: 5s]
        #[arg(long, value_name = "DURATION", value_parser = crate::cli::units::parse_duration)]
        settle: Option<Duration>,
        #[command(flatten)]
        pace: PaceArgs,
    },
    /// Show the submissions of a case with their states and answers
    Show {
        /// Give the case ID
        #[arg(value_name = "ID")]
        case: String,
    },
    /// List all cases
    List,
    /// Submit contacts that were answered with an error again, corrected
    Resubmit(ResubmitArgs),
    /// Print the rules for cases, or change them as the owner of the ledger
    Policy(PolicyArgs),
}

/// Changes of the rules for cases.
#[derive(Debug, Clone, Args)]
pub(crate) struct PolicyArgs {
    /// Require that a second person approves each submission of a case, or not
    #[arg(long, value_enum, value_name = "on|off")]
    pub(crate) two_people: Option<Switch>,
    /// Let each count differ from what was approved by this many rows
    #[arg(long, value_name = "ROWS")]
    pub(crate) count_tolerance: Option<u32>,
}

/// A rule that is in force or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Switch {
    On,
    Off,
}

/// A submission for a case.
#[derive(Debug, Clone, Args)]
#[command(group = clap::ArgGroup::new("action").required(true).args(["forget", "export"]))]
pub(crate) struct OpenArgs {
    /// Give the case ID
    #[arg(value_name = "ID")]
    pub(crate) case: String,
    /// Request this account and all below it; may be repeated [default: as before]
    #[arg(long = "account", value_name = "ID", value_delimiter = ',')]
    pub(crate) accounts: Vec<String>,
    /// Forget the devices
    #[arg(long)]
    pub(crate) forget: bool,
    /// Export the records of the devices
    #[arg(long)]
    pub(crate) export: bool,
    /// Add a phone, +country code (visible in the process list); may be repeated
    #[arg(long = "phone", value_name = "PHONE")]
    pub(crate) phones: Vec<String>,
    /// Add an email address (visible in the process list); may be repeated
    #[arg(long = "email", value_name = "EMAIL")]
    pub(crate) emails: Vec<String>,
    /// Add an IP address (visible in the process list); may be repeated
    #[arg(long = "ipaddr", value_name = "ADDRESS")]
    pub(crate) ipaddrs: Vec<String>,
    /// Search the messages of this short code too; may be repeated
    #[arg(long = "shortcode", value_name = "CODE", value_delimiter = ',')]
    pub(crate) short_codes: Vec<String>,
    /// Read devices from a CSV file; `-` reads standard input
    #[arg(long, value_name = "FILE")]
    pub(crate) from: Option<PathBuf>,
    /// Set the product that the case belongs to [default: outbound]
    #[arg(long, value_enum)]
    pub(crate) product: Option<Product>,
    /// Set the day on which the consumer asked
    #[arg(long, value_name = "YYYYMMDD", value_parser = parse_date)]
    pub(crate) received: Option<NaiveDate>,
    #[command(flatten)]
    pub(crate) sure: SureArgs,
}

/// How sure somebody is of the devices.
#[derive(Debug, Clone, Copy, Default, Args)]
pub(crate) struct SureArgs {
    /// Ask for every device twice, and compare
    #[arg(long)]
    pub(crate) confirm: bool,
    /// Write without asking; required where there is no terminal
    #[arg(long)]
    pub(crate) yes: bool,
}

/// Which submission is corrected, and how.
#[derive(Debug, Clone, Args)]
pub(crate) struct ResubmitArgs {
    /// Correct the last submission with errors of this case, or this file
    #[arg(value_name = "ID|FILE")]
    pub(crate) submission: PathBuf,
    /// Write to this case, where FILE is a customer's [default: its requestcase]
    #[arg(long, value_name = "ID")]
    pub(crate) case: Option<String>,
    /// Select the drop, where several have such a file
    #[arg(long, value_name = "DIR|NAME")]
    pub(crate) drop: Option<PathBuf>,
    /// Replace the account of the request
    #[arg(long, value_name = "ID")]
    pub(crate) account: Option<String>,
    /// Replace the short codes of the request; may be repeated
    #[arg(long = "shortcode", value_name = "CODE", value_delimiter = ',')]
    pub(crate) short_codes: Vec<String>,
    /// Write the contacts with errors to a CSV file, to be corrected
    #[arg(long, value_name = "FILE", conflicts_with_all = ["from", "yes", "confirm"])]
    pub(crate) to: Option<PathBuf>,
    /// Read the corrected contacts from a CSV file; `-` reads standard input
    #[arg(long, value_name = "FILE")]
    pub(crate) from: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) sure: SureArgs,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ReceiptCommand {
    /// Verify that receipts are genuine, and with --chain that none is missing
    Verify(VerifyReceipts),
}

/// Which receipts are verified, and by what.
#[derive(Debug, Clone, Args)]
pub(crate) struct VerifyReceipts {
    /// Verify these receipts
    #[arg(value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// Use this public key; may be repeated [default: that of this installation]
    #[arg(long = "public-key", value_name = "KEY")]
    pub(crate) public_keys: Vec<PathBuf>,
    /// Verify that a folder has all receipts of a drop, in order
    #[arg(long, value_name = "DIR")]
    pub(crate) chain: Option<PathBuf>,
    /// Compare with the operator copies in this folder [default: this installation's]
    #[arg(long, value_name = "DIR", requires = "chain")]
    pub(crate) operator: Option<PathBuf>,
    /// Compare with the ledger too; needs the database
    #[arg(long, requires = "chain")]
    pub(crate) ledger: bool,
    /// Print the confirmation for the consumer, if the receipt is genuine
    #[arg(long, conflicts_with_all = ["chain", "ledger"])]
    pub(crate) receipt_text: bool,
}

/// A group of statements.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Verb {
    Forget,
    Export,
    Find,
    Preview,
    Verify,
}

fn parse_date(text: &str) -> Result<NaiveDate, String> {
    let wrong = || "a day is given as YYYYMMDD, e.g. 20180315".to_owned();
    if text.len() != 8 || !text.bytes().all(|b| b.is_ascii_digit()) {
        return Err(wrong());
    }
    NaiveDate::parse_from_str(text, "%Y%m%d").map_err(|_| wrong())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        <Cli as clap::CommandFactory>::command().debug_assert();
    }

    #[test]
    fn a_window_ends_when_its_time_comes_next() {
        let now = DateTime::parse_from_rfc3339("2018-03-15T12:00:00Z")
            .unwrap()
            .to_utc();
        for text in ["06:00", "12:00", "23:59"] {
            let ends = parse_until(text).unwrap().moment(now);
            assert!(
                ends > now && ends <= now + chrono::TimeDelta::hours(25),
                "{text}: {ends}"
            );
            assert_eq!(
                ends.with_timezone(&chrono::Local)
                    .format("%H:%M")
                    .to_string(),
                text
            );
        }
        let given = parse_until("2018-03-15T11:00:00Z").unwrap().moment(now);
        assert_eq!(
            given,
            now - chrono::TimeDelta::hours(1),
            "a moment is just that"
        );
        assert!(parse_until("6 o'clock").is_err());
    }

    #[test]
    fn accounts_are_given_in_any_way() {
        for words in [
            "lethe run --drop d --account 1 2 --settle 0s",
            "lethe run --drop d --account 1 --account 2",
            "lethe run --drop d --account 1,2",
        ] {
            let Ok(Cli {
                command: Command::Run(RunArgs { drop, .. }),
                ..
            }) = Cli::try_parse_from(words.split(' '))
            else {
                panic!("{words}")
            };
            assert_eq!(drop.accounts, ["1", "2"]);
        }
    }
}
