//! The output of the demo in sentences and tables; nothing with `--format json`.

use std::time::Duration;

use comfy_table::presets::NOTHING;
use comfy_table::{LineStyle, Table};
use serde::Deserialize;
use serde_json::Value;

use super::below::Below;
use super::data::{Held, TableRows};
use super::facts::Facts;
use super::folder::Archive;
use super::stage::Answered;
use crate::cli::arguments::Format;
use crate::cli::{CommandError, output};
use crate::service::trace::TracedTable;

/// Prints each step when it is done.
pub(crate) struct Narrator {
    format: Format,
}

/// What is shown of the trace, as it ships with the reference schema.
#[derive(Deserialize)]
struct Shown {
    traced: Vec<ShownTable>,
}

#[derive(Deserialize)]
struct ShownTable {
    table: String,
    /// How many rows are shown at most.
    rows: usize,
    kept: Vec<String>,
    /// Columns that held a device or something personal.
    gone: Vec<String>,
}

const SHOWN_TABLES: &str = include_str!("../../../migrations/contact_centre/demo.toml");

/// Characters of a value that are shown.
const SHOWN: usize = 24;

impl Narrator {
    pub(crate) fn new(format: Format) -> Narrator {
        Narrator { format }
    }

    pub(crate) fn format(&self) -> Format {
        self.format
    }

    pub(crate) fn opening(&self) -> Result<(), CommandError> {
        self.line("Lethe's demo: a private PostgreSQL, sample data, a FORGET, and the EXPORT that proves it.\n")
    }

    pub(crate) fn server(&self, version: &str) -> Result<(), CommandError> {
        self.line(&format!(
            "1  PostgreSQL {version} runs for this demo only: it does not listen on TCP, and is removed at the end.\n   \
             Installed Lethe's ledger and the reference contact-centre schema."
        ))
    }

    pub(crate) fn data(&self, tables: &[TableRows], took: Duration) -> Result<(), CommandError> {
        self.line(&format!(
            "\n2  Loaded two enterprises in {:.1} s: 30003748347 with four accounts below it, and a neighbour.",
            took.as_secs_f64()
        ))?;
        let mut table = table(&["rows", "30003748347", "neighbour"]);
        for counted in tables {
            table.add_row(vec![
                counted.table.clone().into(),
                output::number(counted.rows),
                output::number(counted.neighbour_rows),
            ]);
        }
        self.table(&table)
    }

    pub(crate) fn before(&self, name: &str, held: &[Held]) -> Result<(), CommandError> {
        self.line(&format!(
            "\n3  Put the sample submission into GDPR_Submit: {name}\n   \
             Rows that hold its devices now:"
        ))?;
        self.table(&held_table(&[
            ("30003748347", held, own),
            ("neighbour", held, neighbours),
        ]))
    }

    pub(crate) fn answers(&self, answered: &Answered, took: Duration) -> Result<(), CommandError> {
        let changed = answered.report.rows.values().sum();
        self.line(&format!(
            "\n4  Ran it as `lethe run` does: {} rows changed in {:.1} s. Its execution log says:",
            output::grouped(changed),
            took.as_secs_f64()
        ))?;
        let mut table = table(&["requestcase", "device", "response"]);
        for answer in &answered.responses {
            table.add_row([
                output::safe(&answer.requestcase),
                format!("{:<6} {}", answer.kind, output::safe(&answer.device)),
                output::safe(&answer.response),
            ]);
        }
        self.table(&table)?;
        self.line("   The phone in a wrong format is answered with an error; all other devices are processed.")
    }

    pub(crate) fn after(&self, before: &[Held], after: &[Held]) -> Result<(), CommandError> {
        self.line("\n5  Rows that hold its devices, before and now:")?;
        self.table(&held_table(&[
            ("30003748347, before", before, own),
            ("30003748347, now", after, own),
            ("neighbour, now", after, neighbours),
        ]))
    }

    pub(crate) fn export(
        &self,
        answered: &Answered,
        archive: &Archive,
    ) -> Result<(), CommandError> {
        let not_found = answered.report.tally.not_found;
        let held = match archive.files {
            0 => "an empty archive (a manifest of no files)".to_owned(),
            files => format!("an archive of {files} files"),
        };
        self.line(&format!(
            "\n6  The proof: {}, the same devices as an EXPORT, gives\n   {held} and {not_found} times `SUCCESS: not found`.",
            answered.report.file
        ))
    }

    pub(crate) fn trace(
        &self,
        client_id: &str,
        tables: &[TracedTable],
    ) -> Result<(), CommandError> {
        self.line(&format!(
            "\n7  The client ID can still be traced (lethe trace --client-id {client_id}). An excerpt:"
        ))?;
        let mut table = table(&["table", "kept", "replaced or redacted"]);
        let part: Shown = toml::from_str(SHOWN_TABLES)
            .map_err(|_| CommandError::Demo("what it shows of a trace is not readable".into()))?;
        for ShownTable {
            table: name,
            rows,
            kept,
            gone,
        } in &part.traced
        {
            let traced = tables
                .iter()
                .find(|t| t.table.ends_with(&format!(".{name}")));
            for fields in traced.into_iter().flat_map(|t| t.rows.iter().take(*rows)) {
                let values = |columns: &[String]| {
                    let all: Vec<_> = columns.iter().map(|c| shown(fields.get(c))).collect();
                    all.join(" ")
                };
                table.add_row([name.clone(), values(kept), values(gone)]);
            }
        }
        self.table(&table)
    }

    pub(crate) fn untouched(&self, facts: &Facts) -> Result<(), CommandError> {
        let (neighbour, suppression, media) = (&facts.neighbour, &facts.suppression, &facts.media);
        let same = |unchanged: bool| if unchanged { "unchanged" } else { "CHANGED" };
        self.line(&format!(
            "\n8  The neighbour's {} rows are {}, including the {} that hold the same devices.",
            output::grouped(neighbour.rows),
            same(neighbour.unchanged),
            neighbour.holding_after
        ))?;
        self.line(&format!(
            "   The {} suppression entries are {}, including the {} for a device of the sample.",
            suppression.entries,
            same(suppression.unchanged),
            suppression.holding_after
        ))?;
        self.line(&format!(
            "   Of {} media files of the sample's recordings {} are left; of the neighbour's {} of {}.",
            media.before, media.after, media.neighbour_after, media.neighbour_before
        ))
    }

    pub(crate) fn below(&self, below: &Below) -> Result<(), CommandError> {
        let (before, level) = (&below.before, below.level);
        let after = below.after.unwrap_or_default();
        let n = |number: u64| output::grouped(number as i64);
        self.line(&format!(
            "\n9  Below SQL: before the FORGET {} places in {} of the server's {} data files held {} of the sample's devices\n   \
             (another is in a suppression entry, which is kept by rule).",
            n(before.found), n(before.holding), n(before.files), below.devices_looked_for
        ))?;
        let units = below.scrub.as_ref().map_or(0, |scrub| scrub.targets.len());
        self.line(&format!(
            "   The neighbour forgot the same devices in its own drop, and `lethe scrub --level {level}` treated {units} tables,\n   \
             indexes and catalogues. Then the server was stopped, and each byte of its {} files was read again:\n   \
             {} places hold one of the devices.",
            n(after.files), n(after.found)
        ))?;
        let mut table = table(&["certificate: where", "grade", "until"]);
        for said in below
            .certified
            .iter()
            .flat_map(|certificate| &certificate.places)
        {
            let until = match said.until_moment {
                Some(moment) => moment.format("%Y-%m-%d").to_string(),
                None => said.until.join("; "),
            };
            table.add_row([said.place.words(), said.grade.words(), until.as_str()]);
        }
        self.table(&table)?;
        self.line(&format!(
            "   The certificate as a page to read and print: {}",
            below.page.display()
        ))
    }

    pub(crate) fn ending(&self, facts: &Facts) -> Result<(), CommandError> {
        let mut results = [
            &facts.forget.report.results[..],
            &facts.export.report.results[..],
        ]
        .concat();
        for path in facts
            .scrub
            .iter()
            .flat_map(|below| [&below.certificate, &below.page])
        {
            results.extend(
                path.file_name()
                    .map(|name| name.to_string_lossy().into_owned()),
            );
        }
        let results = results.join("\n                      ");
        self.line(&format!(
            "\nLook at {}:\n   drop/GDPR_Submit   the two submissions\n   drop/GDPR_Result   {results}\n   media              what is left of the recordings",
            facts.folder.display(),
        ))?;
        self.line("The private PostgreSQL is stopped and removed. Next: lethe --help, and docs/tutorial.md for your own tables.")
    }

    fn line(&self, text: &str) -> Result<(), CommandError> {
        match self.format {
            Format::Text => output::line(text),
            Format::Json | Format::Csv => Ok(()),
        }
    }

    fn table(&self, table: &Table) -> Result<(), CommandError> {
        let indented = table.lines().map(|line| format!("   {}", line.trim_end()));
        self.line(&indented.collect::<Vec<_>>().join("\n"))
    }
}

/// As everywhere, without the lines above and below: the demo has many tables.
fn table(header: &[&str]) -> Table {
    let mut table = output::table(header);
    table.load_style(NOTHING.header_separator(LineStyle::none().fill('─').junction('─')));
    table
}

/// Whose rows of a table are meant.
type Whose = fn(&Held) -> i64;

fn own(held: &Held) -> i64 {
    held.rows
}

fn neighbours(held: &Held) -> i64 {
    held.neighbour_rows
}

/// One line for each count, one column for each table.
fn held_table(lines: &[(&str, &[Held], Whose)]) -> Table {
    let tables = lines.first().map_or(&[][..], |(_, held, _)| held);
    let header: Vec<&str> = ["rows"]
        .into_iter()
        .chain(tables.iter().map(|held| held.table.as_str()))
        .collect();
    let mut table = table(&header);
    for (label, held, whose) in lines {
        let counts = held.iter().map(|held| output::number(whose(held)));
        table.add_row(std::iter::once((*label).into()).chain(counts));
    }
    table
}

/// A value of a row, short; of a time stamp the minute.
fn shown(value: Option<&Value>) -> String {
    let text = match value {
        None | Some(Value::Null) => return "–".to_owned(),
        Some(Value::String(text)) => output::safe(text),
        Some(other) => output::safe(&other.to_string()),
    };
    let is_time = text.len() > 16 && text.as_bytes()[10] == b'T' && text.as_bytes()[4] == b'-';
    if is_time {
        return text.chars().take(16).collect::<String>().replace('T', " ");
    }
    match text.char_indices().nth(SHOWN) {
        None => text,
        Some((end, _)) => format!("{}…", &text[..end]),
    }
}
