//! Output: tables for people, one JSON object for programs, progress on a terminal.

use std::io::{IsTerminal as _, Write as _};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use comfy_table::presets::UTF8_HORIZONTAL_ONLY;
use comfy_table::{Cell, CellAlignment, ColumnConstraint, ContentArrangement, LineStyle, Table};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde::Serialize;

use crate::cli::CommandError;
use crate::cli::arguments::Format;
use crate::cli::metrics::Position;
use crate::engine::Progress;
use crate::service::report::{Message, Reporter};

/// Prints a JSON object on standard output.
pub(crate) fn json(value: &impl Serialize) -> Result<(), CommandError> {
    let text = json_text(value).map_err(|e| CommandError::Io {
        doing: "printing",
        cause: std::io::Error::other(e),
    })?;
    line(&text)
}

/// A value as JSON.
pub fn json_text(value: &impl Serialize) -> serde_json::Result<String> {
    let text = serde_json::to_string_pretty(value)?;
    // serde_json escapes characters below the space itself; other control characters can only be in strings.
    Ok(escaped(text, |c, out| {
        let mut units = [0; 2];
        for unit in c.encode_utf16(&mut units) {
            out.push_str(&format!("\\u{unit:04x}"));
        }
    }))
}

/// Prints a line on standard output; a closed pipe is not an error.
pub(crate) fn line(text: &str) -> Result<(), CommandError> {
    match writeln!(std::io::stdout(), "{}", without_control(text)) {
        Err(cause) if cause.kind() != std::io::ErrorKind::BrokenPipe => Err(CommandError::Io {
            doing: "printing",
            cause,
        }),
        _ => Ok(()),
    }
}

/// Prints a line on standard error.
pub fn note(text: &str) {
    // There is nowhere to report that standard error is gone.
    let _ = writeln!(std::io::stderr(), "{}", without_control(text));
}

/// A table with a header.
pub(crate) fn table(header: &[&str]) -> Table {
    let mut table = Table::new();
    table
        .load_style(UTF8_HORIZONTAL_ONLY.row_separator(LineStyle::none()))
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_header(header);
    // A terminal of unknown width reports 0.
    if table.width() == Some(0) {
        table.set_width(80);
    }
    table
}

/// Keeps the text of a column on one line, e.g. names that are copied from it.
pub(crate) fn keep_whole(table: &mut Table, column: usize) {
    if let Some(column) = table.column_mut(column) {
        column.set_constraint(ColumnConstraint::ContentWidth);
    }
}

/// Whether a table fits into the terminal without wrapping its cells; always where there is no terminal.
pub(crate) fn fits(table: &Table) -> bool {
    let padding = 2;
    let widths = table.column_max_content_widths().into_iter();
    let width: usize = widths.map(|width| usize::from(width) + padding).sum();
    table
        .width()
        .is_none_or(|limit| width <= usize::from(limit))
}

/// A number, aligned to the right.
pub(crate) fn number(value: impl TryInto<i64>) -> Cell {
    let digits = value.try_into().map_or_else(|_| "?".to_owned(), grouped);
    Cell::new(digits).set_alignment(CellAlignment::Right)
}

/// Digits in groups of three.
pub(crate) fn grouped(value: i64) -> String {
    let digits = value.unsigned_abs().to_string();
    let mut out = String::new();
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(c);
    }
    if value < 0 { format!("-{out}") } else { out }
}

/// A message of one or more lines, with control characters escaped: values are printed by [`safe`], but messages of
/// libraries and of the system may quote them.
pub fn without_control(text: &str) -> String {
    escaped(text.to_owned(), |c, out| out.extend(c.escape_unicode()))
}

/// The text with control characters escaped, except newlines and tabs.
fn escaped(text: String, escape: impl Fn(char, &mut String)) -> String {
    if !text.contains(is_control) {
        return text;
    }
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if is_control(c) {
            escape(c, &mut out);
        } else {
            out.push(c);
        }
    }
    out
}

/// Control characters, and those that change the text direction.
fn is_control(c: char) -> bool {
    let turns = matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    turns || c.is_control() && !matches!(c, '\n' | '\t')
}

/// A value from the database or a document, safe for a terminal.
pub fn safe(text: &str) -> String {
    crate::domain::text::printable(text)
}

/// Quotes a word for the shell.
pub(crate) fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-+:@,".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else if word.contains('\n') || without_control(word) != word {
        // Printed as they are, they would forge a line or move the cursor; replaced, the command would not work.
        let octal = |byte: u8| match char::from(byte) {
            c if plain(c) => c.to_string(),
            _ => format!("\\0{byte:03o}"),
        };
        let bytes: String = word.bytes().map(octal).collect();
        format!("\"$(printf %b '{bytes}')\"")
    } else {
        format!("'{}'", word.replace('\'', "'\\''"))
    }
}

/// Prints the messages of a service on standard error, and shows its progress in a bar.
pub(crate) struct Terminal {
    bar: Bar,
}

impl Terminal {
    pub(crate) fn new(format: Format) -> Terminal {
        Terminal {
            bar: Bar::new(format),
        }
    }

    /// How far the current submission is.
    pub(crate) fn position(&self) -> Position {
        self.bar.position()
    }
}

impl Reporter for Terminal {
    fn report(&self, message: Message) {
        self.bar.suspend(|| note(&message.to_string()));
    }

    fn end_progress(&self) {
        self.bar.clear();
    }
}

impl Progress for Terminal {
    fn begin(&self, file: &str, devices: u64) {
        self.bar.begin(file, devices);
    }

    fn advance(&self, devices: u64, rows: u64) {
        self.bar.advance(devices, rows);
    }
}

/// How often the bar is drawn.
const TICK: Duration = Duration::from_millis(200);

/// A progress bar on a terminal; nothing elsewhere.
pub(crate) struct Bar {
    bar: ProgressBar,
    devices: AtomicU64,
    answered: AtomicU64,
    rows: AtomicU64,
}

impl Bar {
    pub(crate) fn new(format: Format) -> Bar {
        let visible = std::io::stderr().is_terminal() && format == Format::Text;
        let bar = ProgressBar::with_draw_target(
            Some(0),
            if visible {
                ProgressDrawTarget::stderr()
            } else {
                ProgressDrawTarget::hidden()
            },
        );
        let style = "{prefix} {wide_bar} {human_pos}/{human_len} devices, {msg} rows, {eta} left";
        if let Ok(style) = ProgressStyle::with_template(style) {
            bar.set_style(style);
        }
        Bar {
            bar,
            devices: 0.into(),
            answered: 0.into(),
            rows: 0.into(),
        }
    }

    /// Takes the bar off the screen.
    pub(crate) fn clear(&self) {
        self.bar.disable_steady_tick();
        self.bar.finish_and_clear();
        self.start(0);
    }

    /// Prints something while the bar is off the screen.
    fn suspend(&self, print: impl FnOnce()) {
        self.bar.suspend(print);
    }

    /// How far the current submission is.
    pub(crate) fn position(&self) -> Position {
        Position {
            devices: self.devices.load(Ordering::Relaxed),
            answered: self.answered.load(Ordering::Relaxed),
            rows: self.rows.load(Ordering::Relaxed),
        }
    }

    fn start(&self, devices: u64) {
        self.devices.store(devices, Ordering::Relaxed);
        self.answered.store(0, Ordering::Relaxed);
        self.rows.store(0, Ordering::Relaxed);
    }
}

impl Progress for Bar {
    fn begin(&self, file: &str, devices: u64) {
        self.bar.reset();
        self.bar.set_prefix(file.to_owned());
        self.bar.set_length(devices);
        self.bar.set_message("0");
        self.start(devices);
        // It is drawn only while there is something to count.
        if !self.bar.is_hidden() {
            self.bar.enable_steady_tick(TICK);
        }
    }

    fn advance(&self, devices: u64, rows: u64) {
        let rows = self.rows.fetch_add(rows, Ordering::Relaxed) + rows;
        self.answered.fetch_add(devices, Ordering::Relaxed);
        self.bar.inc(devices);
        self.bar.set_message(grouped(rows as i64));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_are_escaped() {
        assert_eq!(without_control("ü\n\tb"), "ü\n\tb");
        assert_eq!(
            without_control("a\u{1b}[2J\r\u{9b}m\u{202e}"),
            "a\\u{1b}[2J\\u{d}\\u{9b}m\\u{202e}"
        );
        let value = serde_json::json!(["\u{1b}\u{7f}\u{9b}\u{202e}ü"]);
        let text = json_text(&value).unwrap();
        assert_eq!(text, "[\n  \"\\u001b\\u007f\\u009b\\u202eü\"\n]");
    }

    #[test]
    fn words_are_quoted_for_the_shell() {
        assert_eq!(quoted("/srv/sftp/acme"), "/srv/sftp/acme");
        assert_eq!(quoted("a b'c"), "'a b'\\''c'");
        assert_eq!(quoted(""), "''");
        for word in [
            "a\n  done: 1\u{1b}[2J\u{202e}'\\0$x %s é",
            "\t'",
            "a b'c\\n",
        ] {
            let quoted = quoted(word);
            assert!(!quoted.contains(['\n', '\u{1b}', '\u{202e}']), "{quoted}");
            let mut shell = std::process::Command::new("sh");
            let output = shell.args(["-c", &format!("printf %s {quoted}")]).output();
            assert_eq!(String::from_utf8(output.unwrap().stdout).unwrap(), word);
        }
    }

    #[test]
    fn a_table_fits_if_no_cell_is_wrapped() {
        let mut narrow = table(&["a", "b"]);
        narrow.add_row(["12345678", "12345678"]).set_width(20);
        assert!(fits(&narrow));
        assert!(narrow.lines().all(|line| line.chars().count() <= 20));
        narrow.add_row(["123456789", "1"]);
        assert!(!fits(&narrow));
        keep_whole(&mut narrow, 0);
        assert!(narrow.to_string().contains(" 123456789 "), "{narrow}");
    }

    #[test]
    fn digits_are_grouped() {
        assert_eq!(
            [0, 999, 1000, -1234567].map(grouped),
            ["0", "999", "1,000", "-1,234,567"]
        );
    }
}
