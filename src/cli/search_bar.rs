//! Shows on a terminal how far a value search is.

use std::cell::Cell;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::output;
use crate::engine::value_search::SearchObserver;

/// A bar of the bytes that were read, with the table that is being read.
pub(super) struct SearchBar {
    bar: ProgressBar,
    /// Bytes of the tables before the current one.
    before: Cell<u64>,
    /// Bytes of the current one: estimated, and read so far.
    size: Cell<u64>,
    read: Cell<u64>,
}

impl SearchBar {
    /// Shows nothing until a search begins.
    pub(super) fn new() -> SearchBar {
        SearchBar {
            bar: ProgressBar::hidden(),
            before: Cell::new(0),
            size: Cell::new(0),
            read: Cell::new(0),
        }
    }

    fn draw(&self) {
        let read = self.read.get().min(self.size.get());
        self.bar.set_position(self.before.get() + read);
    }
}

impl SearchObserver for SearchBar {
    fn begin(&self, bytes: u64) {
        for cell in [&self.before, &self.size, &self.read] {
            cell.set(0);
        }
        self.bar.reset();
        self.bar.set_length(bytes);
        let style = "{bar:20} {bytes}/{total_bytes} {eta} left {wide_msg}";
        if let Ok(style) = ProgressStyle::with_template(style) {
            self.bar.set_style(style);
        }
        // Draws on a terminal only.
        self.bar.set_draw_target(ProgressDrawTarget::stderr());
    }

    fn table(&self, name: &str, bytes: u64) {
        self.before.set(self.before.get() + self.size.get());
        self.size.set(bytes);
        self.read.set(0);
        self.bar.set_message(output::safe(name));
        self.draw();
    }

    fn read(&self, bytes: u64) {
        self.read.set(self.read.get() + bytes);
        self.draw();
    }

    fn end(&self) {
        self.bar.finish_and_clear();
    }
}
