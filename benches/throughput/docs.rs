//! The figures for readers: on the terminal, and as docs/explanation/performance.md with a picture.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use comfy_table::presets::ASCII_MARKDOWN;
use comfy_table::{CellAlignment, Table};

use super::forget::STATES;
use super::report::{Goal, Measured, Report};
use super::settings::Failure;

/// Comments on the profiles and on figures that miss their goal.
const REMARKS: &str = include_str!("remarks.md");
/// What is compared.
const INTRODUCTION: &str = include_str!("introduction.md");

/// Everything as Markdown tables.
pub fn text(report: &Report) -> String {
    let lines = table(
        &["figure", "measured", "goal", "met"],
        report.lines.iter().map(|line| {
            vec![
                line.name.clone(),
                format!("{} {}", figure(line.value), line.unit),
                goal(line.goal),
                line.met
                    .map_or("", |met| if met { "yes" } else { "no" })
                    .to_owned(),
            ]
        }),
    );
    let measured = table(
        &[
            "devices",
            "variant",
            "state",
            "seconds",
            "devices/s",
            "rows/s",
            "WAL bytes/row",
            "memory, MiB",
        ],
        report.measured.iter().map(measured_row),
    );
    format!(
        "\n## Figures\n\n{lines}\n\n## Runs (medians)\n\n{measured}\n\n{}{}\n",
        profiles(report),
        conditions(report)
    )
}

/// Where the time goes.
fn profiles(report: &Report) -> String {
    let mut text = String::new();
    if report.profiles.is_empty() {
        return text;
    }
    let _ = write!(text, "## Where the time goes\n\n{REMARKS}\n");
    for profile in &report.profiles {
        let statements = table(
            &[
                "statement",
                "calls",
                "planned, ms",
                "executed, ms",
                "rows",
                "WAL, KiB",
            ],
            profile.statements.iter().map(|s| {
                vec![
                    s.statement.clone(),
                    s.calls.to_string(),
                    figure(s.planning_ms),
                    figure(s.execution_ms),
                    s.rows.to_string(),
                    figure(s.wal_kib),
                ]
            }),
        );
        let (title, seconds) = (&profile.title, profile.seconds);
        let _ = write!(text, "### {title}: {seconds:.3} s\n\n{statements}\n\n");
    }
    text
}

fn measured_row(m: &Measured) -> Vec<String> {
    vec![
        m.devices.to_string(),
        m.variant.clone(),
        format!(
            "{}{}",
            m.state,
            m.part.strip_prefix("growth").unwrap_or_default()
        ),
        format!("{:.3}", m.median.seconds),
        figure(m.median.devices_per_second),
        figure(m.median.rows_per_second),
        figure(m.median.wal_bytes_per_row),
        m.median
            .memory_bytes
            .map_or(String::new(), |b| figure(b / f64::from(1 << 20))),
    ]
}

fn table(header: &[&str], rows: impl Iterator<Item = Vec<String>>) -> Table {
    let mut table = Table::new();
    table.load_style(ASCII_MARKDOWN).set_header(header);
    rows.for_each(|row| {
        table.add_row(row);
    });
    for column in table.column_iter_mut().skip(3) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table
}

fn goal(goal: Option<Goal>) -> String {
    match goal {
        None => String::new(),
        Some(Goal::AtMost(limit)) => format!("≤ {limit}"),
        Some(Goal::AtLeast(limit)) => format!("≥ {limit}"),
    }
}

/// Rounds to three significant digits.
fn figure(value: f64) -> String {
    match value.abs() {
        v if v < 10.0 => format!("{value:.2}"),
        v if v < 100.0 => format!("{value:.1}"),
        _ => format!("{value:.0}"),
    }
}

/// The conditions of the measurement.
fn conditions(report: &Report) -> String {
    let fact = |name: &str| report.facts[name].to_string().trim_matches('"').to_owned();
    let list = |value: &serde_json::Value| {
        let pairs = value.as_object().into_iter().flatten();
        let pair = |(name, value): (&String, &serde_json::Value)| {
            format!("{name} {}", value.to_string().trim_matches('"'))
        };
        pairs.map(pair).collect::<Vec<_>>().join(", ")
    };
    format!(
        "## Conditions\n\n{} · {}, {} cores, {} · {} · {} · {} · Lethe {}\n\n\
         Scale {} ({}), {} rounds, variants in turn; ratios are medians of the rounds' ratios, per row. {STATES}\n\n\
         Lethe is `lethe run` from the start of the process to its end, with `--settle 0s` and, except beside the live dialler, `--offline`; \
         workers: {}.\n\n\
         Settings: {}.\n\nSizes of the sets: {}.\n",
        fact("date"),
        fact("cpu"),
        fact("cores"),
        fact("memory"),
        fact("system"),
        fact("postgresql"),
        fact("rustc"),
        fact("lethe"),
        report.scale,
        list(&report.rows),
        report.rounds,
        report.workers,
        list(&report.facts["settings"]),
        list(&report.sizes),
    )
}

/// Writes performance.md and throughput.svg into a folder.
pub fn write(report: &Report, folder: &Path) -> Result<(), Failure> {
    fs::create_dir_all(folder)?;
    let page = format!(
        "# Performance\n\n{INTRODUCTION}\nThis page is written by `cargo bench --bench throughput -- {}`; do not edit it.\n\n\
         ![Devices forgotten per second by each variant](throughput.svg)\n{}",
        report.command.trim_end_matches("--bench").trim(),
        text(report)
    );
    fs::write(folder.join("performance.md"), page)?;
    fs::write(folder.join("throughput.svg"), picture(report))?;
    Ok(())
}

const LEFT: f64 = 150.0;
const WIDTH: f64 = 720.0;
const BAR: f64 = 16.0;

/// Devices per second of each variant, a bar for each state.
fn picture(report: &Report) -> String {
    let shown: Vec<&Measured> = report
        .measured
        .iter()
        .filter(|m| m.part == "ordinary")
        .collect();
    let variants: Vec<&str> = shown
        .iter()
        .filter(|m| m.state == "warm")
        .map(|m| &*m.variant)
        .collect();
    let most = shown
        .iter()
        .map(|m| m.median.devices_per_second)
        .fold(1.0, f64::max);
    let height = 64.0 + variants.len() as f64 * (2.0 * BAR + 14.0);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" font-family=\"sans-serif\" font-size=\"13\">\n\
         <rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n\
         <text x=\"12\" y=\"24\" font-size=\"15\">Devices forgotten per second, {} at a time</text>\n\
         <text x=\"12\" y=\"44\" fill=\"#2b6cb0\">■ warm</text><text x=\"80\" y=\"44\" fill=\"#90b4d8\">■ right after a checkpoint</text>\n",
        shown.first().map_or(0, |m| m.devices)
    );
    for (number, variant) in variants.iter().enumerate() {
        let top = 58.0 + number as f64 * (2.0 * BAR + 14.0);
        let _ = writeln!(
            svg,
            "<text x=\"{}\" y=\"{}\" text-anchor=\"end\">{variant}</text>",
            LEFT - 8.0,
            top + BAR + 5.0
        );
        for (offset, state, colour) in [
            (0.0, "warm", "#2b6cb0"),
            (BAR, "after a checkpoint", "#90b4d8"),
        ] {
            let Some(m) = shown
                .iter()
                .find(|m| m.variant == *variant && m.state == state)
            else {
                continue;
            };
            let value = m.median.devices_per_second;
            let length = value / most * (WIDTH - LEFT - 70.0);
            let (y, end) = (top + offset, LEFT + length + 6.0);
            let _ = writeln!(
                svg,
                "<rect x=\"{LEFT}\" y=\"{y}\" width=\"{length:.1}\" height=\"{:.1}\" fill=\"{colour}\"/>\
                 <text x=\"{end:.1}\" y=\"{:.1}\">{}</text>",
                BAR - 2.0,
                y + BAR - 4.0,
                figure(value)
            );
        }
    }
    svg.push_str("</svg>\n");
    svg
}
