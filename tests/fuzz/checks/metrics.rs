//! The metrics file of the previous run: whatever it contains, the next file is valid for Prometheus.

use std::fs;

use chrono::DateTime;
use lethe::cli::metrics::{Metrics, Pass, Position};
use lethe::engine::pace::PaceCounts;
use lethe::media::MediaCounts;

use super::scratch;

const PASSES: &str = "lethe_passes_total ";

pub fn check(data: &[u8]) {
    let file = scratch().join("lethe.prom");
    fs::write(&file, data).expect("the scratch folder takes files");
    let first = written(&file);
    let second = written(&file);
    // Above 2^53 a double cannot represent every integer.
    let (first, second) = (passes(&first), passes(&second));
    assert!(
        second == first + 1.0 || first > 9e15,
        "{first} is followed by {second}"
    );
}

/// What a run writes.
fn written(file: &std::path::Path) -> String {
    let mut metrics = Metrics::at(file);
    let now = DateTime::from_timestamp(1_521_115_200, 0).expect("a moment");
    let pass = Pass {
        took: std::time::Duration::from_secs(1),
        exit_code: 0,
    };
    let (pace, media) = (PaceCounts::default(), MediaCounts::default());
    let told = metrics.write(&pace, &media, Position::default(), Some(pass), now);
    assert_eq!(told, None);
    let text = fs::read_to_string(file).expect("it was just written, as UTF-8");
    let mut seen = std::collections::HashSet::new();
    for line in text
        .split_terminator('\n')
        .filter(|line| !line.starts_with("# "))
    {
        let series = sample(line).unwrap_or_else(|| panic!("no sample: {line:?}"));
        assert!(seen.insert(series), "a series stands twice: {line:?}");
    }
    text
}

fn passes(text: &str) -> f64 {
    let line = text.lines().find_map(|line| line.strip_prefix(PASSES));
    line.expect("a pass is counted").parse().expect("a number")
}

/// The series of a line in the text format: a name, labels in braces, a space, a number.
fn sample(line: &str) -> Option<&str> {
    let name = line.len()
        - line
            .trim_start_matches(|c: char| c.is_ascii_alphanumeric() || c == '_')
            .len();
    if !line[..name].starts_with("lethe_") {
        return None;
    }
    let mut rest = &line[name..];
    if let Some(labels) = rest.strip_prefix('{') {
        rest = labels;
        loop {
            let (label, value) = rest.split_once("=\"")?;
            if label.is_empty() || !label.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
                return None;
            }
            let mut value = value.char_indices();
            loop {
                match value.next()?.1 {
                    '"' => break,
                    '\\' => {
                        value
                            .next()
                            .filter(|(_, c)| matches!(c, '\\' | '"' | 'n'))?;
                    }
                    _ => {}
                }
            }
            rest = value.as_str();
            match rest.strip_prefix(',') {
                Some(more) => rest = more,
                None => break,
            }
        }
        rest = rest.strip_prefix('}')?;
    }
    let number: f64 = rest.strip_prefix(' ')?.parse().ok()?;
    number
        .is_finite()
        .then(|| line.rsplit_once(' ').map(|(series, _)| series))?
}
