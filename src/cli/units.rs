//! Durations and sizes, as they are written on the command line and in the configuration.

use std::time::Duration;

/// The longest duration that is accepted: a wait beyond the range of clocks would end the program.
const MAX_DURATION: Duration = Duration::from_secs(3650 * 24 * 3600);

/// A number with a unit, or several of these.
pub(crate) fn parse_duration(text: &str) -> Result<Duration, String> {
    match humantime::parse_duration(text) {
        Ok(duration) if duration <= MAX_DURATION => Ok(duration),
        Ok(_) => Err("a duration is at most ten years (3650 days)".to_owned()),
        Err(_) => Err("a duration is a number with a unit, e.g. \"5s\", \"10m\"".to_owned()),
    }
}

/// Bytes, written as PostgreSQL's settings are: a whole number with B, kB, MB, GB or no unit.
pub(crate) fn parse_size(text: &str) -> Result<u64, String> {
    let wrong = || "a size is a whole number with a unit, e.g. \"20MB\", \"512kB\"".to_owned();
    let text = text.trim();
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic() || c == ' ');
    let factor: u64 = match text[digits.len()..].trim().to_ascii_lowercase().as_str() {
        "" | "b" => 1,
        "kb" => 1024,
        "mb" => 1024 * 1024,
        "gb" => 1024 * 1024 * 1024,
        _ => return Err(wrong()),
    };
    let number: u64 = digits.parse().map_err(|_| wrong())?;
    match number.checked_mul(factor) {
        Some(bytes) if bytes > 0 => Ok(bytes),
        _ => Err(wrong()),
    }
}
