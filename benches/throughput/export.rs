//! EXPORT: Lethe's archive compared with psql's `\copy` of the same rows through the same deflate.

use std::fs::{self, File};
use std::io::{Read as _, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use flate2::Compression;
use flate2::write::DeflateEncoder;

use serde_json::json;

use super::lethe::{Lethe, request};
use super::report::{Goal, Report, median, note};
use super::server::psql;
use super::sets::Ground;
use super::settings::Failure;

/// As in src/engine/archive.rs.
const LEVEL: u32 = 3;

/// Bytes of CSV and seconds.
struct Rate {
    bytes: u64,
    seconds: f64,
}

pub async fn measure(
    ground: &mut Ground,
    lethe: &Lethe,
    devices: i64,
    rounds: usize,
    report: &mut Report,
) -> Result<(), Failure> {
    let set = ground.last(devices).await?;
    ground
        .client
        .batch_execute(include_str!("sql/export/keys.sql"))
        .await?;
    let mut ratios = Vec::new();
    let mut rates = Vec::new();
    for round in 0..rounds {
        let copied = copy(&ground.address)?;
        let submitted = lethe.submit("export", json!([request("EXPORT", &set.devices)]))?;
        let ran = lethe.run(&ground.address, 1, &submitted)?;
        let exported = Rate {
            bytes: csv_bytes(&ran.archive)?,
            seconds: ran.took.elapsed.as_secs_f64(),
        };
        fs::remove_file(&ran.archive)?;
        if exported.bytes != copied.bytes {
            let (a, b) = (exported.bytes, copied.bytes);
            return Err(format!("lethe exported {a} bytes of CSV, \\copy {b}").into());
        }
        note(&format!(
            "round {}: export of {} bytes of CSV: lethe {:.3} s, \\copy {:.3} s",
            round + 1,
            exported.bytes,
            exported.seconds,
            copied.seconds
        ));
        ratios.push(copied.seconds / exported.seconds);
        rates.push(exported.bytes as f64 / exported.seconds / (1 << 20) as f64);
    }
    let name = format!(
        "export of {devices} devices, zipped: its rate / that of \\copy through the same deflate"
    );
    report.line(name, median(ratios), "times", Some(Goal::AtLeast(1.15)));
    report.line(
        "export, zipped",
        median(rates),
        "MiB of CSV per second",
        None,
    );
    Ok(())
}

/// psql fetches rows by known keys in the cheapest order; this process deflates them into a file.
fn copy(address: &str) -> Result<Rate, Failure> {
    let folder = tempfile::tempdir()?;
    let script = folder.path().join("copy.sql");
    fs::write(&script, include_str!("sql/export/copy.sql"))?;
    let mut deflate = DeflateEncoder::new(
        File::create(folder.path().join("csv.deflate"))?,
        Compression::new(LEVEL),
    );
    let begun = Instant::now();
    let mut child = Command::new(psql())
        .args([
            "--no-psqlrc",
            "--quiet",
            "--set",
            "ON_ERROR_STOP=1",
            "--file",
        ])
        .arg(&script)
        .args(["--dbname", address])
        .stdout(Stdio::piped())
        .spawn()?;
    let mut csv = child.stdout.take().ok_or("psql has no output")?;
    let mut part = vec![0; 256 * 1024];
    let mut bytes = 0;
    loop {
        let read = csv.read(&mut part)?;
        if read == 0 {
            break;
        }
        bytes += read as u64;
        deflate.write_all(&part[..read])?;
    }
    deflate.finish()?;
    if !child.wait()?.success() {
        return Err("psql failed".into());
    }
    Ok(Rate {
        bytes,
        seconds: begun.elapsed().as_secs_f64(),
    })
}

/// Bytes of the CSV files in an archive.
pub fn csv_bytes(archive: &Path) -> Result<u64, Failure> {
    let mut zip = zip::ZipArchive::new(File::open(archive)?)?;
    let mut bytes = 0;
    for i in 0..zip.len() {
        let file = zip.by_index(i)?;
        if file.name()?.ends_with(".csv") {
            bytes += file.size();
        }
    }
    Ok(bytes)
}
