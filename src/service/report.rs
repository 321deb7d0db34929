//! How a service reports to its caller while it works: messages and progress.

use std::fmt;

use crate::engine::Progress;

/// Receives the messages and the progress of a service. The command line prints them; a test records them.
pub(crate) trait Reporter: Progress {
    /// Takes a message.
    fn report(&self, message: Message);

    /// No submission is in progress any more.
    fn end_progress(&self) {}
}

/// How serious a message is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Severity {
    Note,
    Warning,
    Error,
}

/// A message: what happened, where, and what to do about it. It never contains a device or a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Message {
    severity: Severity,
    primary: String,
    detail: Option<String>,
    hint: Option<String>,
}

/// What separates the lines of a message that is given as one text.
const DETAIL: &str = "\n  detail: ";
const HINT: &str = "\n  hint: ";

impl Message {
    pub(crate) fn note(text: impl fmt::Display) -> Message {
        Message::parse(Severity::Note, &text.to_string())
    }

    pub(crate) fn warning(text: impl fmt::Display) -> Message {
        Message::parse(Severity::Warning, &text.to_string())
    }

    pub(crate) fn error(text: impl fmt::Display) -> Message {
        Message::parse(Severity::Error, &text.to_string())
    }

    /// Reads a text of one to three lines, as errors have it.
    fn parse(severity: Severity, text: &str) -> Message {
        let (text, hint) = match text.split_once(HINT) {
            Some((text, hint)) => (text, Some(hint.to_owned())),
            None => (text, None),
        };
        let (primary, detail) = match text.split_once(DETAIL) {
            Some((primary, detail)) => (primary, Some(detail.to_owned())),
            None => (text, None),
        };
        Message {
            severity,
            primary: primary.to_owned(),
            detail,
            hint,
        }
    }

    /// Adds where it happened, or why, which may be a message of its own. What the message already says of that follows.
    pub(crate) fn detail(mut self, detail: impl fmt::Display) -> Message {
        let detail = detail.to_string();
        let (detail, hint) = match detail.split_once(HINT) {
            Some((detail, hint)) => (on_one_line(detail), Some(on_one_line(hint))),
            None => (on_one_line(detail), None),
        };
        self.detail = Some(match self.detail {
            None => detail,
            Some(earlier) => format!("{detail}; {earlier}"),
        });
        self.hint = self.hint.or(hint);
        self
    }

    /// Adds what to do. A message that already has a hint keeps it.
    pub(crate) fn hint(mut self, hint: impl fmt::Display) -> Message {
        self.hint = self.hint.or_else(|| Some(hint.to_string()));
        self
    }

    /// Puts the place of the error in front: a file, a drop, a case.
    pub(crate) fn of(mut self, place: impl fmt::Display) -> Message {
        self.primary = format!("{place}: {}", self.primary);
        self
    }
}

impl fmt::Display for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.severity {
            Severity::Note => "note: ",
            Severity::Warning => "warning: ",
            Severity::Error => "error: ",
        })?;
        f.write_str(&self.primary)?;
        if let Some(detail) = &self.detail {
            write!(f, "{DETAIL}{detail}")?;
        }
        if let Some(hint) = &self.hint {
            write!(f, "{HINT}{hint}")?;
        }
        Ok(())
    }
}

/// A message of several lines on one, for a place that has a single line: in a list, in JSON, in the ledger.
pub(crate) fn on_one_line(message: impl fmt::Display) -> String {
    let text = message
        .to_string()
        .replace(DETAIL, ": ")
        .replace(HINT, "; ");
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    lines.join(" ")
}

/// Keeps what is reported.
#[cfg(test)]
#[derive(Default)]
pub(crate) struct Recorder {
    messages: std::sync::Mutex<Vec<Message>>,
}

#[cfg(test)]
impl Recorder {
    pub(crate) fn messages(&self) -> Vec<Message> {
        self.messages.lock().unwrap().clone()
    }
}

#[cfg(test)]
impl Reporter for Recorder {
    fn report(&self, message: Message) {
        self.messages.lock().unwrap().push(message);
    }
}

#[cfg(test)]
impl Progress for Recorder {
    fn begin(&self, _: &str, _: u64) {}

    fn advance(&self, _: u64, _: u64) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_has_up_to_three_lines() {
        let message = Message::error("cannot open the drop folder")
            .detail("/srv/acme does not exist")
            .hint("create it");
        assert_eq!(
            message.to_string(),
            "error: cannot open the drop folder\n  detail: /srv/acme does not exist\n  hint: create it"
        );
        assert_eq!(
            Message::note("nothing is due").to_string(),
            "note: nothing is due"
        );
    }

    #[test]
    fn the_text_of_an_error_is_taken_apart() {
        let text = "cannot read it\n  detail: line 3\n  hint: correct it";
        let message = Message::error(text)
            .of("acme")
            .detail("again")
            .hint("not this");
        assert_eq!(
            message.to_string(),
            "error: acme: cannot read it\n  detail: again; line 3\n  hint: correct it"
        );
        assert_eq!(Message::error("e\n  hint: h").hint, Some("h".to_owned()));
    }

    #[test]
    fn a_message_fits_on_one_line() {
        let text = "cannot read it\n  detail: line 3\n  hint: correct it";
        assert_eq!(on_one_line(text), "cannot read it: line 3; correct it");
        assert_eq!(on_one_line("it is full"), "it is full");
        let nested = "no log\n  detail: cannot write\n  detail: disk\r\n   full\n  hint: h\n";
        assert_eq!(on_one_line(nested), "no log: cannot write: disk full; h");
    }

    #[test]
    fn a_detail_with_lines_of_its_own_does_not_repeat_their_words() {
        let cause = "cannot open the drop folder\n  detail: /srv does not exist\n  hint: create it";
        assert_eq!(
            Message::error("no certificate").detail(cause).to_string(),
            "error: no certificate\n  detail: cannot open the drop folder: /srv does not exist\n  hint: create it"
        );
        let message = Message::error("no certificate\n  hint: wait");
        assert_eq!(
            message.detail(cause).to_string(),
            "error: no certificate\n  detail: cannot open the drop folder: /srv does not exist\n  hint: wait"
        );
    }

    #[test]
    fn a_recorder_keeps_what_is_reported() {
        let recorder = Recorder::default();
        recorder.report(Message::warning("the disk is full"));
        assert_eq!(recorder.messages(), [Message::warning("the disk is full")]);
    }
}
