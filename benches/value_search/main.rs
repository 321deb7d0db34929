//! How fast the value search reads a table: `cargo bench --bench value_search [-- ROWS]`
//!
//! `lethe catalogue discover --value-search` reads a table on a private cluster, with psql's `COPY … TO STDOUT` of the same table in the same run beside it.
//! The goal is half its rate. 10,000 devices are wanted: phones, emails and addresses, each with its digests.

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use lethe::postgres::APPLICATION;
use private_postgres::{Cluster, find_binaries};
use serde_json::json;

const LETHE: &str = env!("CARGO_BIN_EXE_lethe");
const ROUNDS: usize = 5;
const READER: &str = "reader";

fn main() -> Result<(), Box<dyn Error>> {
    let mut rows = std::env::args().filter_map(|word| word.parse::<u64>().ok());
    let rows = rows.next().unwrap_or(2_000_000);
    let settings = [
        ("fsync", "off"),
        ("shared_buffers", "2GB"),
        ("max_wal_size", "8GB"),
        ("autovacuum", "off"),
    ];
    let cluster = Cluster::throwaway(&APPLICATION, Path::new(LETHE), &settings)?;
    let address = cluster.connection_string("postgres");
    let fill = include_str!("fill.sql").replace("$ROWS", &rows.to_string());
    psql(&address, &fill, Stdio::null())?;
    let role = format!(
        "CREATE ROLE {READER} LOGIN IN ROLE pg_read_all_data; VACUUM ANALYZE public.attempt"
    );
    for statement in role.split("; ") {
        psql(&address, statement, Stdio::null())?;
    }
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("forget-20260301_a.json");
    fs::write(&file, submission())?;
    let copied = folder.path().join("copied");
    let copy = "COPY public.attempt TO STDOUT";
    psql(&address, copy, fs::File::create(&copied)?.into())?;
    let megabytes = fs::metadata(&copied)?.len() as f64 / 1e6;
    fs::remove_file(&copied)?;
    let (mut plain, mut searched) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let begun = Instant::now();
        psql(&address, copy, Stdio::null())?;
        plain.push(begun.elapsed().as_secs_f64());
        let begun = Instant::now();
        search(&address, &file)?;
        searched.push(begun.elapsed().as_secs_f64());
    }
    let (plain, searched) = (megabytes / median(plain), megabytes / median(searched));
    println!("{rows} rows, {megabytes:.0} MB as COPY sends them, 10,000 devices");
    println!("COPY … TO STDOUT by psql: {plain:.0} MB/s");
    println!(
        "value search:             {searched:.0} MB/s, {:.2} of it",
        searched / plain
    );
    cluster.stop()?;
    Ok(())
}

/// A file with the wanted devices.
fn submission() -> String {
    let device = |number: u32| match number % 10 {
        0..7 => json!({"phone": format!("+1202555{number:04}")}),
        7..9 => json!({"email": format!("person{number}@example.com")}),
        _ => json!({"ipaddr": format!("192.0.2.{}", number / 10 % 256)}),
    };
    let contacts: Vec<_> = (0..10_000).map(device).collect();
    json!({"requests": [{"type": "FORGET", "accountid": "1", "contacts": contacts}]}).to_string()
}

/// Runs the search; it must find something.
fn search(address: &str, file: &Path) -> Result<(), Box<dyn Error>> {
    let output = Command::new(LETHE)
        .args([
            "catalogue",
            "discover",
            "--format",
            "json",
            "--value-search",
        ])
        .arg(file)
        .args(["--database", &format!("{address} user={READER}")])
        .output()?;
    let found = String::from_utf8_lossy(&output.stdout);
    match output.status.code() == Some(3) && found.contains("public.attempt") {
        true => Ok(()),
        false => Err(String::from_utf8_lossy(&output.stderr).into()),
    }
}

fn psql(address: &str, statement: &str, output: Stdio) -> Result<(), Box<dyn Error>> {
    let beside = find_binaries(&APPLICATION).map(|folder| folder.join("psql"));
    let program = beside.ok().filter(|path| path.exists());
    let status = Command::new(program.unwrap_or_else(|| PathBuf::from("psql")))
        .args(["-Xqv", "ON_ERROR_STOP=1", "-d", address, "-c", statement])
        .stdout(output)
        .status()?;
    match status.success() {
        true => Ok(()),
        false => Err(format!(
            "psql failed: {}",
            statement.lines().next().unwrap_or_default()
        )
        .into()),
    }
}

fn median(mut seconds: Vec<f64>) -> f64 {
    seconds.sort_by(f64::total_cmp);
    seconds[seconds.len() / 2]
}
