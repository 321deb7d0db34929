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

/// Forget me, and give me my data: carried out in PostgreSQL, answered device by device.
///
/// A customer drops forget-<yyyymmdd>_<unique>.json or export-….json into GDPR_Submit; `lethe run` carries out what
/// is due and puts the execution log, and for an export the archive, into GDPR_Result.
#[derive(Debug, Parser)]
#[command(
    name = "lethe",
    version,
    max_term_width = 110,
    after_help = "Exit codes: 0 done, 3 something was answered with an error or refused, 2 usage or configuration, 1 could not be done (run again)."
)]
pub struct Cli {
    #[command(flatten)]
    pub global: Global,
    #[command(subcommand)]
    pub command: Command,
}

/// The heading of [`Global`] in every help, after a command's own options.
const EVERY: &str = "Options of every command";

/// Options of every command.
#[derive(Debug, Clone, Args)]
pub struct Global {
    /// The configuration file [default: lethe.toml, if there is one]
    #[arg(long, global = true, help_heading = EVERY, value_name = "FILE", env = "LETHE_CONFIG")]
    pub config: Option<PathBuf>,
    /// Where the data is: a libpq URL, or `embedded` for a private cluster in Lethe's data folder
    ///
    /// Keep passwords out of it: they belong into a password file (PGPASSFILE, ~/.pgpass).
    #[arg(
        long,
        global = true, help_heading = EVERY,
        value_name = "URL|embedded",
        env = "LETHE_DATABASE",
        hide_env_values = true,
        value_parser = secret
    )]
    pub database: Option<SecretString>,
    /// How results are printed: `json` prints one object on standard output
    #[arg(long, global = true, help_heading = EVERY, default_value = "text", value_parser = text_or_json())]
    pub format: Format,
    /// Say more on standard error; twice for every step
    #[arg(short, long, global = true, help_heading = EVERY, action = clap::ArgAction::Count)]
    pub verbose: u8,
    /// How log lines on standard error are printed
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
    /// Of `history` only.
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
pub struct DropArgs {
    /// A drop of the configuration by its name, or a folder that holds GDPR_Submit
    #[arg(long = "drop", value_name = "DIR|NAME")]
    pub folder: Option<PathBuf>,
    /// An account that the folder may reach, with all accounts below it; may be repeated
    #[arg(long = "account", value_name = "ID", num_args = 1.., value_delimiter = ',', requires = "folder")]
    pub accounts: Vec<String>,
    /// The product that the folder belongs to [default: outbound]
    #[arg(long, value_enum, requires = "folder")]
    pub product: Option<Product>,
    /// The time zone whose date is today in this folder, e.g. America/New_York [default: UTC]
    #[arg(long, value_name = "TZ", requires = "folder")]
    pub time_zone: Option<Tz>,
}

/// One submission that a run has taken up.
#[derive(Debug, Clone, Args)]
pub struct Submitted {
    /// The name of its submit file
    #[arg(value_name = "SUBMISSION")]
    pub submission: PathBuf,
    /// The drop, where several have a file of this name: its name, or its folder
    #[arg(long, value_name = "DIR|NAME")]
    pub drop: Option<PathBuf>,
}

/// How fast a FORGET goes; each stands in the configuration too.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Pace")]
pub struct PaceArgs {
    /// Sessions that work on one submission [default: 1 beside a live system, 2 with --offline]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=crate::engine::MAX_WORKERS as i64))]
    pub workers: Option<u32>,
    /// Nothing else needs the database now: large transactions, no watching for others' waits
    #[arg(long)]
    pub offline: bool,
    /// Change at most so many rows in a second
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub max_rows_per_second: Option<u64>,
    /// Rest while the server writes more WAL in a second, e.g. 20MB
    #[arg(long, value_name = "SIZE", value_parser = crate::cli::config::parse_size)]
    pub max_wal_rate: Option<u64>,
    /// Rest while the slowest replica is further behind, e.g. 10s
    #[arg(long, value_name = "DURATION", value_parser = crate::cli::config::parse_duration)]
    pub max_replica_lag: Option<Duration>,
    /// Begin no transaction from this moment on: a time of the day (06:00, this machine's) or an RFC 3339 time stamp;
    /// the next run goes on
    #[arg(long, value_name = "TIME", value_parser = parse_until)]
    pub until: Option<Until>,
}

/// When a window ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Until {
    /// When this machine's clock next shows it.
    TimeOfDay(NaiveTime),
    Moment(DateTime<Utc>),
}

impl Until {
    /// The moment that is meant when it is `now`.
    pub fn moment(self, now: DateTime<Utc>) -> DateTime<Utc> {
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
pub struct ScrubArgs {
    /// How deep: 1, unreachable by SQL; 1.5, also out of indexes; 2, out of the data files, with tables locked meanwhile
    /// [default: what `scrub` says in the configuration, else 1]
    #[arg(long, value_name = "1|1.5|2", value_parser = parse_level)]
    pub level: Option<Level>,
    /// Only the tables that this submission changed: the name of its submit file
    #[arg(long, value_name = "FILE")]
    pub submission: Option<PathBuf>,
    /// The drop of the submission, where several have a file of this name: its name, or its folder
    #[arg(long, value_name = "DIR|NAME", requires = "submission")]
    pub drop: Option<PathBuf>,
    /// How long to wait for whatever holds old row versions, and for a lock
    #[arg(long, value_name = "DURATION", default_value = "1m", value_parser = crate::cli::config::parse_duration)]
    pub wait: Duration,
    /// Say what would be done, with time, locks, disk and WAL as estimated, and do nothing
    #[arg(long)]
    pub estimate: bool,
    /// At level 2, have pg_repack write tables anew that have a key: readers and writers go on meanwhile
    #[arg(long)]
    pub repack: bool,
    /// Go on at level 2 where it cannot be known whether the server's disk has room
    #[arg(long)]
    pub yes: bool,
    /// Nothing else needs the database now: VACUUM does not rest
    #[arg(long, help_heading = "Pace")]
    pub offline: bool,
    /// Rest between two tables while the server writes more WAL in a second, e.g. 20MB
    #[arg(long, value_name = "SIZE", value_parser = crate::cli::config::parse_size, help_heading = "Pace")]
    pub max_wal_rate: Option<u64>,
    /// Rest between two tables while the slowest replica is further behind, e.g. 10s
    #[arg(long, value_name = "DURATION", value_parser = crate::cli::config::parse_duration, help_heading = "Pace")]
    pub max_replica_lag: Option<Duration>,
    /// End by this moment: a time of the day (04:30, this machine's) or an RFC 3339 time stamp; the next scrub goes on
    #[arg(long, value_name = "TIME", value_parser = parse_until, help_heading = "Pace")]
    pub until: Option<Until>,
}

/// What a census is of.
#[derive(Debug, Clone, Default, Args)]
pub struct CensusArgs {
    /// Only what this submission changed: its submit file, or the name of it. While the file is there, its devices are looked
    /// for in statistics, statements and comments
    #[arg(long, value_name = "FILE")]
    pub submission: Option<PathBuf>,
    /// The drop of the submission, where several have a file of this name: its name, or its folder
    #[arg(long, value_name = "DIR|NAME", requires = "submission")]
    pub drop: Option<PathBuf>,
    /// How long backups and archived WAL are kept, e.g. 35d [default: what `backup_retention` says in the configuration]
    #[arg(long, value_name = "DURATION", value_parser = crate::cli::config::parse_duration)]
    pub backup_retention: Option<Duration>,
}

/// Which submission is certified.
#[derive(Debug, Clone, Args)]
pub struct CertificateArgs {
    #[command(flatten)]
    pub submitted: Submitted,
    /// How long backups are kept, e.g. 35d [default: what `backup_retention` says in the configuration]
    #[arg(long, value_name = "DURATION", value_parser = crate::cli::config::parse_duration)]
    pub backup_retention: Option<Duration>,
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

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Show it all on a private PostgreSQL with sample data: a FORGET, and the EXPORT that proves it
    Demo {
        /// Where the demo's files go [default: a new folder in the temporary folder]
        #[arg(long, value_name = "DIR")]
        dir: Option<PathBuf>,
        /// Also scrub at this level, end the server and search its data files for the devices, byte by byte; with a certificate
        #[arg(long, value_name = "1|1.5|2", value_parser = parse_level)]
        scrub: Option<Level>,
    },
    /// Install or upgrade Lethe's ledger in the database
    Migrate {
        /// Also install the reference contact-centre schema (schema contact_centre)
        #[arg(long)]
        reference: bool,
    },
    /// Carry out every due submission of every configured drop, or of the one given
    Run {
        #[command(flatten)]
        drop: DropArgs,
        /// Carry out the files of this day instead of today's
        #[arg(long, value_name = "YYYYMMDD", value_parser = parse_date)]
        date: Option<NaiveDate>,
        /// A file must not change for so long before it is read; 0s looks once [default: 5s]
        #[arg(long, value_name = "DURATION", value_parser = crate::cli::config::parse_duration)]
        settle: Option<Duration>,
        /// Stay, and look again and again
        #[arg(long)]
        watch: bool,
        /// Write metrics there, for the textfile collector of Prometheus' node exporter
        #[arg(long, value_name = "FILE")]
        metrics_file: Option<PathBuf>,
        #[command(flatten)]
        pace: PaceArgs,
    },
    /// Let no run go on with a submission; one that is at work ends after its transaction
    Pause(Submitted),
    /// Let a paused submission go on, in the next run
    Resume(Submitted),
    /// End a submission: what has no answer yet is answered with an error, and the log is published
    Cancel(Submitted),
    /// Say what would be refused in submit files, with line and column; needs no database
    Check {
        /// Submit files
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
        /// The product that the files are for [default: outbound]
        #[arg(long, value_enum)]
        product: Option<Product>,
        /// A drop of the configuration, whose product counts
        #[arg(long = "drop", value_name = "NAME", conflicts_with = "product")]
        drop: Option<PathBuf>,
    },
    /// Say of each device what a run would answer now and what it would meet; changes nothing, locks nothing
    Preview {
        /// A submit file, wherever it lies
        #[arg(value_name = "FILE")]
        file: PathBuf,
        #[command(flatten)]
        drop: DropArgs,
    },
    /// After a FORGET, look for every device of a file again, and trace its client IDs; EXPORT files serve too
    Verify {
        /// The submit file, wherever it lies
        #[arg(value_name = "FILE", required_unless_present = "case")]
        file: Option<PathBuf>,
        /// Every FORGET of this case that was carried out, instead of a file
        #[arg(long, value_name = "ID", conflicts_with_all = ["file", "folder", "accounts"])]
        case: Option<String>,
        #[command(flatten)]
        drop: DropArgs,
        /// Also search every other column of the database that may hold a device; reads whole tables
        #[arg(long)]
        value_search: bool,
    },
    /// Show what is due, missed, refused, running and done in each drop
    Status {
        #[command(flatten)]
        drop: DropArgs,
    },
    /// Report what was done, newest first: how much, with which answers, how fast, and what is overdue
    History {
        /// Submissions with this requestcase, or in this case's folder
        #[arg(long, value_name = "ID")]
        case: Option<String>,
        /// Submissions of this drop (its name, or its folder)
        #[arg(long, value_name = "DIR|NAME")]
        drop: Option<PathBuf>,
        /// Received on or after this day (UTC)
        #[arg(long, value_name = "YYYYMMDD", value_parser = parse_date)]
        from: Option<NaiveDate>,
        /// Received on or before this day (UTC)
        #[arg(long, value_name = "YYYYMMDD", value_parser = parse_date)]
        to: Option<NaiveDate>,
        /// At most so many; the totals are of all [default: 100, with --format csv all]
        #[arg(long, value_name = "N")]
        limit: Option<u32>,
        /// How the report is printed: `json` prints one object, `csv` one line for each submission
        // The global option, with one more value; what is given here is what the global one says.
        #[arg(long, value_enum, default_value = "text")]
        format: Format,
    },
    /// Show the rows of a client ID, with their fields as they now are
    Trace {
        /// The client ID; `-` reads it from standard input, so that it stands in no list of processes
        #[arg(long, value_name = "C", allow_hyphen_values = true)]
        client_id: String,
        /// Only rows attributed to this account; may be repeated
        #[arg(long = "account", value_name = "ID", value_delimiter = ',')]
        accounts: Vec<String>,
    },
    /// Hold the catalogue against the database; show the statements and rights that come of it
    Catalogue {
        #[command(subcommand)]
        command: CatalogueCommand,
    },
    /// Customer Care's cases: from a case ID to a confirmed answer
    Case {
        #[command(subcommand)]
        command: CaseCommand,
    },
    /// Make the key that receipts are signed with; never overwrites one
    Keygen {
        /// The key file [default: `[receipt] key` of the configuration, or receipt-key.pem in Lethe's data folder]
        #[arg(long, value_name = "FILE")]
        key: Option<PathBuf>,
        /// Make nothing: print the public key of the key that is there
        #[arg(long)]
        public: bool,
    },
    /// Receipts: signed proof of what was done
    Receipt {
        #[command(subcommand)]
        command: ReceiptCommand,
    },
    /// Remove what a FORGET left behind below SQL, in the tables that forgets have changed since their last scrub
    ///
    /// Dead row versions, index entries, statistics, materialised views; at level 2 the data files. What stands in the way is
    /// waited for, and otherwise named: exit 3 means that something remains, and that nothing is lost; run it again.
    Scrub(ScrubArgs),
    /// Say what may still hold old values of what was forgotten, for each changed table and for the server; changes nothing
    ///
    /// What this role may not see is unknown, never clean. Exit 3: something may remain, or is unknown, that time alone does
    /// not remove.
    Census(CensusArgs),
    /// Certify what a census finds of a FORGET: signed, beside its log, as JSON and as a page to print
    ///
    /// Also made at the end of a scrub, for the submissions that it has something new to say of. Needs a key (`lethe keygen`).
    Certificate(CertificateArgs),
    /// Remove results, submit files, cases and keys whose retention is over
    Purge {
        #[command(flatten)]
        drop: DropArgs,
    },
}

#[derive(Debug, Subcommand)]
pub enum CatalogueCommand {
    /// Say everything that does not fit this database, and which index serves each device column
    Check,
    /// Print every statement that Lethe would run, to read, EXPLAIN and approve
    Sql {
        /// Only those of this verb
        #[arg(long, value_enum)]
        verb: Option<Verb>,
        /// The product whose rules for short codes apply
        #[arg(long, value_enum, default_value_t = Product::Outbound)]
        product: Product,
    },
    /// Look at all tables: which columns look like personal data, and what a catalogue would say of them
    Discover {
        /// Where else do the devices of this submit file live? Searches all text-like columns
        #[arg(long, value_name = "FILE")]
        value_search: Option<PathBuf>,
    },
    /// Print the GRANTs for a role that can do the work and nothing else
    Grants {
        /// The role
        #[arg(value_name = "ROLE")]
        role: String,
    },
}

#[derive(Debug, Subcommand)]
pub enum CaseCommand {
    /// Write a submission into a case's folder, after checking every device and asking
    ///
    /// Devices given as options stand in the list of processes: leave them out, and they are asked for on the terminal.
    Open(OpenArgs),
    /// Show what the submissions of a case that wait would find, and the digest to approve
    Preview {
        /// The case ID
        #[arg(value_name = "ID")]
        case: String,
    },
    /// Approve what a preview showed
    Approve {
        /// The case ID
        #[arg(value_name = "ID")]
        case: String,
        /// The digest that the preview printed
        #[arg(long, value_name = "DIGEST")]
        digest: String,
    },
    /// Carry out the submissions of a case, if they are what was approved
    Run {
        /// The case ID
        #[arg(value_name = "ID")]
        case: String,
        /// A file must not change for so long before it is read; 0s looks once [default: 5s]
        #[arg(long, value_name = "DURATION", value_parser = crate::cli::config::parse_duration)]
        settle: Option<Duration>,
        #[command(flatten)]
        pace: PaceArgs,
    },
    /// Show the submissions of a case, with their states and answers
    Show {
        /// The case ID
        #[arg(value_name = "ID")]
        case: String,
    },
    /// Show all cases
    List,
    /// Submit the contacts again that were answered with an error, each corrected
    Resubmit(ResubmitArgs),
}

/// A submission for a case.
#[derive(Debug, Clone, Args)]
#[command(group = clap::ArgGroup::new("action").required(true).args(["forget", "export"]))]
pub struct OpenArgs {
    /// The case ID
    #[arg(value_name = "ID")]
    pub case: String,
    /// An account that is asked for, with all accounts below it; may be repeated [default: those that the case has]
    #[arg(long = "account", value_name = "ID", value_delimiter = ',')]
    pub accounts: Vec<String>,
    /// Forget the devices
    #[arg(long)]
    pub forget: bool,
    /// Hand out the records of the devices
    #[arg(long)]
    pub export: bool,
    /// A phone, in international notation; may be repeated
    #[arg(long = "phone", value_name = "PHONE")]
    pub phones: Vec<String>,
    /// An email address; may be repeated
    #[arg(long = "email", value_name = "EMAIL")]
    pub emails: Vec<String>,
    /// An IP address; may be repeated
    #[arg(long = "ipaddr", value_name = "ADDRESS")]
    pub ipaddrs: Vec<String>,
    /// A short code whose messages are searched too; may be repeated
    #[arg(long = "shortcode", value_name = "CODE", value_delimiter = ',')]
    pub short_codes: Vec<String>,
    /// A list of devices as CSV: kind,value, or columns phone, email and ipaddr; `-` reads standard input
    #[arg(long, value_name = "FILE")]
    pub from: Option<PathBuf>,
    /// The product that the case belongs to [default: outbound]
    #[arg(long, value_enum)]
    pub product: Option<Product>,
    /// The day on which the consumer asked
    #[arg(long, value_name = "YYYYMMDD", value_parser = parse_date)]
    pub received: Option<NaiveDate>,
    #[command(flatten)]
    pub sure: SureArgs,
}

/// How sure somebody is of the devices.
#[derive(Debug, Clone, Copy, Default, Args)]
pub struct SureArgs {
    /// Have every device typed a second time, and compare
    #[arg(long)]
    pub confirm: bool,
    /// Do not ask; without a terminal nothing is written otherwise
    #[arg(long)]
    pub yes: bool,
}

/// Which submission is corrected, and how.
#[derive(Debug, Clone, Args)]
pub struct ResubmitArgs {
    /// The case ID, whose last submission with errors is meant; or the name of a submit file
    #[arg(value_name = "ID|FILE")]
    pub submission: PathBuf,
    /// The case that the corrected submission goes into, where FILE is a customer's [default: its requestcase]
    #[arg(long, value_name = "ID")]
    pub case: Option<String>,
    /// The drop, where several have a file of this name
    #[arg(long, value_name = "DIR|NAME")]
    pub drop: Option<PathBuf>,
    /// The account in place of the one that was asked for
    #[arg(long, value_name = "ID")]
    pub account: Option<String>,
    /// A short code in place of those that were asked for; may be repeated
    #[arg(long = "shortcode", value_name = "CODE", value_delimiter = ',')]
    pub short_codes: Vec<String>,
    /// Write the contacts with errors there as CSV, to be corrected in an editor
    #[arg(long, value_name = "FILE", conflicts_with_all = ["from", "yes", "confirm"])]
    pub to: Option<PathBuf>,
    /// Take the corrected contacts from there; `-` reads standard input
    #[arg(long, value_name = "FILE")]
    pub from: Option<PathBuf>,
    #[command(flatten)]
    pub sure: SureArgs,
}

#[derive(Debug, Subcommand)]
pub enum ReceiptCommand {
    /// Say whether receipts are genuine, and with --chain whether they are all there; needs no database
    Verify(VerifyReceipts),
}

/// Which receipts are verified, and by what.
#[derive(Debug, Clone, Args)]
pub struct VerifyReceipts {
    /// Receipts
    #[arg(value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// The operator's public key; may be repeated [default: that of the key of this installation]
    #[arg(long = "public-key", value_name = "KEY")]
    pub public_keys: Vec<PathBuf>,
    /// A folder that holds all receipts of a drop: none may be missing, changed, or out of its order
    #[arg(long, value_name = "DIR")]
    pub chain: Option<PathBuf>,
    /// The operator's folder, whose copies tell where the chain ends [default: that of this installation, if it is there]
    #[arg(long, value_name = "DIR", requires = "chain")]
    pub operator: Option<PathBuf>,
    /// Ask the ledger too where the chain ends; needs the database
    #[arg(long, requires = "chain")]
    pub ledger: bool,
    /// Write the confirmation for the consumer, in plain words, if the one receipt is genuine
    #[arg(long, conflicts_with_all = ["chain", "ledger"])]
    pub receipt_text: bool,
}

/// A group of statements.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Verb {
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
                command: Command::Run { drop, .. },
                ..
            }) = Cli::try_parse_from(words.split(' '))
            else {
                panic!("{words}")
            };
            assert_eq!(drop.accounts, ["1", "2"]);
        }
    }
}
