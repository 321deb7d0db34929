//! Asking on a terminal.

use std::io::{self, BufRead as _, IsTerminal as _, Write as _};

use crate::cli::{CommandError, output};

/// A terminal at which somebody sits: questions go to standard error, answers come from standard input.
#[derive(Debug, Clone, Copy)]
pub struct Terminal(());

impl Terminal {
    /// The terminal that this program was started at, if there is one at both ends.
    pub fn here() -> Option<Terminal> {
        let both = io::stdin().is_terminal() && io::stderr().is_terminal();
        both.then_some(Terminal(()))
    }

    /// Says something to whoever sits there.
    pub fn say(self, text: &str) {
        output::note(text);
    }

    /// Asks, and waits for a line; an error at the end of the input, for then nobody sits there any more.
    pub fn ask(self, question: &str) -> Result<String, CommandError> {
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
            // The question stands there without a line's end.
            self.say("");
            return Err(CommandError::Usage(
                "the input ended before the question was answered; nothing was written".to_owned(),
            ));
        }
        Ok(line.trim().to_owned())
    }

    /// Asks a question that only a plain yes answers.
    pub fn is_sure(self, question: &str) -> Result<bool, CommandError> {
        loop {
            match self
                .ask(&format!("{question} [yes/no]"))?
                .to_lowercase()
                .as_str()
            {
                "yes" => return Ok(true),
                "no" | "n" | "" => return Ok(false),
                _ => self.say("please write yes, or no"),
            }
        }
    }
}
