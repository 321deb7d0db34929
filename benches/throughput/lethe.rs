//! Lethe as a user runs it: a file in a drop, the binary, the log in the result folder.

use std::cell::Cell;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;

use super::options::Options;
use super::sets::Device;
use super::settings::Failure;

/// The enterprise of the requests, and its accounts.
pub const ACCOUNTS: [&str; 5] = [
    "990000000001",
    "990000000011",
    "990000000012",
    "990000000013",
    "990000000014",
];
/// The role of every run.
const ENGINE: &str = "lethe_engine";
/// Creates the role, which is the cluster's.
pub const CREATE_ENGINE: &str = include_str!("sql/data/engine.sql");
/// The date of every run, so that midnight changes nothing.
const NOW: &str = "2026-01-15T12:00:00Z";
const DAY: &str = "20260115";

/// The binary with a drop of its own.
pub struct Lethe {
    binary: PathBuf,
    run_options: Vec<String>,
    /// Whether `run` has `--workers`.
    pub knows_workers: bool,
    /// Whether `run` has `--offline`.
    knows_offline: bool,
    folder: TempDir,
    number: Cell<u32>,
}

/// The cost of a process.
#[derive(Debug, Clone, Copy)]
pub struct Took {
    pub elapsed: Duration,
    /// Peak resident memory, in bytes.
    pub memory: u64,
}

/// The result of a run.
pub struct Ran {
    pub took: Took,
    /// Its only submission, from the summary of the run.
    pub submission: Value,
    pub archive: PathBuf,
}

/// Makes the ledger secret, which versions before 0.2.0 do not know.
fn make_secret(lethe: &Path, folder: &Path) -> Result<(), Failure> {
    let help = Command::new(lethe).args(["keygen", "--help"]).output()?;
    if !String::from_utf8_lossy(&help.stdout).contains("--ledger") {
        return Ok(());
    }
    let mut command = Command::new(lethe);
    command.args(["keygen", "--ledger", "--config"]);
    let made = command.arg(folder.join("lethe.toml")).output()?;
    match made.status.success() {
        true => Ok(()),
        false => Err(String::from_utf8_lossy(&made.stderr).into()),
    }
}

impl Lethe {
    pub fn new(options: &Options) -> Result<Lethe, Failure> {
        let folder = tempfile::tempdir()?;
        for below in ["drop/GDPR_Submit", "drop/GDPR_Result", "data"] {
            fs::create_dir_all(folder.path().join(below))?;
        }
        let data = folder.path().join("data");
        let mut config = format!("data = {:?}\n", data.display().to_string());
        for line in &options.config_lines {
            config += &format!("{line}\n");
        }
        fs::write(folder.path().join("lethe.toml"), config)?;
        let help = Command::new(&options.lethe)
            .args(["run", "--help"])
            .output()?;
        let help = String::from_utf8_lossy(&help.stdout);
        make_secret(&options.lethe, folder.path())?;
        Ok(Lethe {
            binary: options.lethe.clone(),
            run_options: options.run_options.clone(),
            knows_workers: help.contains("--workers"),
            knows_offline: help.contains("--offline"),
            folder,
            number: Cell::new(0),
        })
    }

    fn command(&self) -> Command {
        let mut command = Command::new(&self.binary);
        command
            .current_dir(self.folder.path())
            .env_remove("LETHE_DATABASE")
            .env("LETHE_CONFIG", self.folder.path().join("lethe.toml"))
            .env("LETHE_NOW", NOW);
        command
    }

    /// Installs both schemas as the superuser of the address; returns the statements that grant [`ENGINE`] what a run needs.
    pub fn migrate(&self, address: &str) -> Result<String, Failure> {
        self.as_superuser(address, &["migrate", "--reference"])?;
        self.as_superuser(address, &["catalogue", "grants", ENGINE])
    }

    /// Runs a command to its end; returns what it prints.
    fn as_superuser(&self, address: &str, words: &[&str]) -> Result<String, Failure> {
        let mut command = self.command();
        command.args(words).args(["--database", address]);
        let output = command.output()?;
        match output.status.success() {
            true => Ok(String::from_utf8(output.stdout)?),
            false => Err(String::from_utf8_lossy(&output.stderr).into()),
        }
    }

    /// Puts a submission into the drop; returns its path.
    pub fn submit(&self, action: &str, requests: Value) -> Result<PathBuf, Failure> {
        self.number.set(self.number.get() + 1);
        let name = format!("{action}-{DAY}_{}.json", self.number.get());
        let path = self.folder.path().join("drop/GDPR_Submit").join(name);
        fs::write(&path, serde_json::to_vec(&json!({ "requests": requests }))?)?;
        Ok(path)
    }

    /// `lethe run` in a maintenance window, from start to end, without the settling time of files.
    pub fn run(&self, address: &str, workers: u8, submitted: &Path) -> Result<Ran, Failure> {
        let pace: &[&str] = if self.knows_offline {
            &["--offline"]
        } else {
            &[]
        };
        self.run_at(pace, address, workers, submitted)
    }

    /// The same with a concurrent workload.
    pub fn run_beside(&self, address: &str, workers: u8, submitted: &Path) -> Result<Ran, Failure> {
        self.run_at(&[], address, workers, submitted)
    }

    fn run_at(
        &self,
        pace: &[&str],
        address: &str,
        workers: u8,
        submitted: &Path,
    ) -> Result<Ran, Failure> {
        let mut command = self.command();
        command.args(["run", "--format", "json", "--settle", "0s"]);
        command.args(["--database", &as_engine(address)]);
        command.args(["--account", ACCOUNTS[0], "--drop"]);
        command.arg(self.folder.path().join("drop"));
        if self.knows_workers {
            command.args(["--workers", &workers.to_string()]);
        }
        command.args(pace).args(&self.run_options);
        let (took, code, stdout) = self.timed(command)?;
        let summary: Value = serde_json::from_str(&stdout)
            .map_err(|e| format!("lethe run ended with {code:?} and no summary ({e})"))?;
        let file = submitted
            .file_name()
            .and_then(|n| n.to_str())
            .unwrap_or_default();
        let all = summary["submissions"].as_array().into_iter().flatten();
        let submission = all
            .clone()
            .find(|s| s["file"] == file)
            .cloned()
            .unwrap_or_default();
        if submission["state"] != "done" || code != Some(0) {
            return Err(format!("lethe run ended with {code:?}: {submission}").into());
        }
        fs::remove_file(submitted)?;
        let archive = file.replace(".json", "-archive.zip");
        Ok(Ran {
            took,
            submission,
            archive: self.folder.path().join("drop/GDPR_Result").join(archive),
        })
    }

    /// `lethe check` on a file: the cost of reading it.
    pub fn check(&self, path: &Path) -> Result<Took, Failure> {
        let mut command = self.command();
        command.args(["check", "--format", "json"]).arg(path);
        let (took, code, _) = self.timed(command)?;
        if code != Some(0) {
            return Err(format!("lethe check ended with {code:?}").into());
        }
        Ok(took)
    }

    /// Runs to the end; also returns the exit code and standard output. Both outputs go to files, so that reading them
    /// costs no measured time.
    fn timed(&self, mut command: Command) -> Result<(Took, Option<i32>, String), Failure> {
        let out = self.folder.path().join("stdout");
        let errors = self.folder.path().join("stderr");
        command
            .stdin(Stdio::null())
            .stdout(File::create(&out)?)
            .stderr(File::create(&errors)?);
        let begun = Instant::now();
        let mut child = command.spawn()?;
        let (ended, took) = watch(begun, &mut child);
        let status = ended?;
        if !matches!(status.code(), Some(0 | 3)) {
            return Err(format!("{status}: {}", fs::read_to_string(&errors)?).into());
        }
        Ok((took, status.code(), fs::read_to_string(&out)?))
    }
}

/// The address for [`ENGINE`]: the last user that an address names counts.
fn as_engine(address: &str) -> String {
    match (address.contains("://"), address.contains('?')) {
        (false, _) => format!("{address} user={ENGINE}"),
        (true, false) => format!("{address}?user={ENGINE}"),
        (true, true) => format!("{address}&user={ENGINE}"),
    }
}

/// How often a child's memory is sampled: a peak in its last moments may be missed.
const LOOK: Duration = Duration::from_millis(5);

/// Waits for a child.
///
/// The kernel's figure for the memory of a process that has ended begins with that of its parent, and this
/// one can be the larger; so it is asked while the child runs.
fn watch(begun: Instant, child: &mut Child) -> (io::Result<ExitStatus>, Took) {
    let place = format!("/proc/{}/status", child.id());
    let (ended, end) = mpsc::channel::<()>();
    thread::scope(|scope| {
        let memory = scope.spawn(move || {
            let mut peak = 0;
            while end.recv_timeout(LOOK) == Err(RecvTimeoutError::Timeout) {
                peak = peak_memory(&place).unwrap_or(0).max(peak);
            }
            peak
        });
        let status = child.wait();
        let elapsed = begun.elapsed();
        drop(ended);
        let memory = memory.join().unwrap_or(0);
        (status, Took { elapsed, memory })
    })
}

/// The peak resident memory of a process so far, in bytes; `None` once it has ended.
fn peak_memory(status: &str) -> Option<u64> {
    let status = fs::read_to_string(status).ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    let kilobytes: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kilobytes * 1024)
}

/// One request for all of the enterprise.
pub fn request(action: &str, devices: &[Device]) -> Value {
    let contacts: Vec<Value> = devices
        .iter()
        .map(|d| json!({ d.kind.as_str(): d.value }))
        .collect();
    request_of(action, contacts)
}

pub fn request_of(action: &str, contacts: Vec<Value>) -> Value {
    json!({
        "requestcase": "1",
        "accountid": ACCOUNTS[0],
        "shortcodes": ["11111"],
        "type": action,
        "contacts": contacts,
    })
}
