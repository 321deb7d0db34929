//! Questions on the terminal.

use std::io::{self, BufRead as _, IsTerminal as _, Write as _};

use crate::cli::{CommandError, output};

/// An interactive terminal: questions go to standard error, answers come from standard input.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Terminal(());

/// The answer to a yes-or-no question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Answer {
    Yes,
    No,
}

impl Terminal {
    /// The terminal of this process; `None` unless both standard input and standard error are one.
    pub(crate) fn current() -> Option<Terminal> {
        let both = io::stdin().is_terminal() && io::stderr().is_terminal();
        both.then_some(Terminal(()))
    }

    /// Prints a line.
    pub(crate) fn print(self, text: &str) {
        output::note(text);
    }

    /// Asks a question and waits for a line. The end of the input is an error.
    pub(crate) fn ask(self, question: &str) -> Result<String, CommandError> {
        let failed = |cause| CommandError::Io {
            doing: "asking on the terminal",
            cause,
        };
        let mut err = io::stderr();
        write!(err, "{} ", output::without_control(question))
            .and_then(|()| err.flush())
            .map_err(failed)?;
        let mut line = String::new();
        if io::stdin().lock().read_line(&mut line).map_err(failed)? == 0 {
            // The question has no line end.
            self.print("");
            return Err(CommandError::Usage(
                "the input ended before the question was answered\n  detail: nothing was written"
                    .to_owned(),
            ));
        }
        Ok(line.trim().to_owned())
    }

    /// Asks a question that must be answered with `yes` or `no`; an empty line means no.
    pub(crate) fn confirm(self, question: &str) -> Result<Answer, CommandError> {
        loop {
            match self
                .ask(&format!("{question} [yes/no]"))?
                .to_lowercase()
                .as_str()
            {
                "yes" => return Ok(Answer::Yes),
                "no" | "n" | "" => return Ok(Answer::No),
                _ => self.print("answer yes or no"),
            }
        }
    }
}
