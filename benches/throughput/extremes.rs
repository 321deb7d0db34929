//! Extremes: ten times the rows, devices that match nothing, large files and archives.

use std::fs;

use serde_json::{Value, json};

use super::export::csv_bytes;
use super::forget::{State, Variant, once};
use super::lethe::{Lethe, request_of};
use super::report::{Goal, Measured, Report, median, note};
use super::sets::Ground;
use super::settings::Failure;

/// The same number of devices in a tenth of the rows and in all of them, alternately.
pub async fn growth(
    small: &mut Ground,
    large: &mut Ground,
    lethe: &Lethe,
    devices: i64,
    rounds: usize,
    report: &mut Report,
) -> Result<(), Failure> {
    let variant = Variant::Lethe(1);
    let mut in_small = Measured::new(
        "growth, a tenth of the rows",
        variant,
        State::Warm.name(),
        devices,
    );
    let mut in_large = Measured::new("growth, all rows", variant, State::Warm.name(), devices);
    for _ in 0..rounds {
        in_small
            .runs
            .push(once(small, lethe, variant, State::Warm, devices).await?);
        in_large
            .runs
            .push(once(large, lethe, variant, State::Warm, devices).await?);
    }
    let ratios = in_large
        .runs
        .iter()
        .zip(&in_small.runs)
        .map(|(l, s)| l.seconds / s.seconds);
    let ratio = median(ratios);
    note(&format!(
        "growth: {ratio:.2} times the time on ten times the rows"
    ));
    report.add(in_small);
    report.add(in_large);
    let name = format!("growth: {devices} devices on 10 times the rows, one worker, warm");
    report.line(name, ratio, "times", Some(Goal::AtMost(1.3)));
    Ok(())
}

/// Contacts with devices that no row holds, in the shares of the data's kinds.
fn nobody(count: i64) -> Vec<Value> {
    (0..count)
        .map(|n| match n % 20 {
            19 => json!({ "ipaddr": format!("3fff:fff:{:x}:{:x}::1", n >> 16, n & 0xffff) }),
            12..=18 => json!({ "email": format!("nobody.{n}@example.com") }),
            _ => json!({ "phone": format!("+999999{n:07}") }),
        })
        .collect()
}

/// One run for devices that match nothing; returns its seconds.
pub fn run_none_found(ground: &Ground, lethe: &Lethe, devices: i64) -> Result<f64, Failure> {
    let submitted = lethe.submit("forget", json!([request_of("FORGET", nobody(devices))]))?;
    let ran = lethe.run(&ground.address, 1, &submitted)?;
    Ok(ran.took.elapsed.as_secs_f64())
}

pub fn none_found(
    ground: &Ground,
    lethe: &Lethe,
    devices: i64,
    rounds: usize,
    report: &mut Report,
) -> Result<(), Failure> {
    for workers in [1, 2] {
        let (mut whole, mut parsing, mut after) = (Vec::new(), Vec::new(), Vec::new());
        for round in 0..rounds {
            let submitted =
                lethe.submit("forget", json!([request_of("FORGET", nobody(devices))]))?;
            let check = lethe.check(&submitted)?.elapsed.as_secs_f64();
            let ran = lethe.run(&ground.address, workers, &submitted)?;
            if ran.submission["not_found"] != devices {
                return Err(format!("somebody has a device of nobody: {}", ran.submission).into());
            }
            let run = ran.took.elapsed.as_secs_f64();
            note(&format!(
                "round {}: none of {devices} found: {run:.3} s, lethe check {check:.3} s",
                round + 1
            ));
            whole.push(devices as f64 / run);
            parsing.push(check);
            // Parsing a small file is lost in noise: keep the divisor positive.
            after.push(devices as f64 / (run - check).max(run / 100.0));
        }
        let name = |what| format!("none of {devices} devices found, workers: {workers}; {what}");
        let unit = "devices per second";
        report.line(name("whole command"), median(whole), unit, None);
        report.line(
            name("less what lethe check takes for the file"),
            median(after),
            unit,
            Some(Goal::AtLeast(200_000.0)),
        );
        report.line(name("lethe check"), median(parsing) * 1_000.0, "ms", None);
    }
    Ok(())
}

/// Approximate bytes of CSV in a row of bulk.sql.
const BULK_ROW: u64 = 3_950;
/// Its rows for one phone, fewer than a device may have.
const BULK_ROWS_OF_PHONE: u64 = 5_000;

/// Peak resident memory of an export of `bytes`, and of a submission of `contacts`.
pub async fn memory(
    ground: &Ground,
    lethe: &Lethe,
    (bytes, contacts): (u64, i64),
    report: &mut Report,
) -> Result<(), Failure> {
    let mib = |bytes: u64| bytes as f64 / f64::from(1 << 20);
    // Few contacts with many rows: the size of the submission is measured by itself.
    let rows = bytes.div_ceil(BULK_ROW);
    ground
        .client
        .execute(include_str!("sql/export/bulk.sql"), &[&(rows as i64)])
        .await?;
    ground
        .client
        .batch_execute("ANALYZE contact_centre.contact_attempt")
        .await?;
    let phone = |n| json!({ "phone": format!("+999888{n:06}") });
    let phones = (0..rows.div_ceil(BULK_ROWS_OF_PHONE)).map(phone).collect();
    let submitted = lethe.submit("export", json!([request_of("EXPORT", phones)]))?;
    let ran = lethe.run(&ground.address, 1, &submitted)?;
    let exported = csv_bytes(&ran.archive)?;
    fs::remove_file(&ran.archive)?;
    let seconds = ran.took.elapsed.as_secs_f64();
    note(&format!(
        "export of {:.0} MiB of CSV: {seconds:.1} s",
        mib(exported)
    ));
    let name = format!("peak memory: export of {:.0} MiB of CSV", mib(exported));
    report.line(name, mib(ran.took.memory), "MiB", Some(Goal::AtMost(64.0)));
    let submitted = lethe.submit("forget", json!([request_of("FORGET", nobody(contacts))]))?;
    let ran = lethe.run(&ground.address, 1, &submitted)?;
    let name = format!("peak memory: submission of {contacts} contacts that nobody has");
    report.line(name, mib(ran.took.memory), "MiB", Some(Goal::AtMost(256.0)));
    Ok(())
}
