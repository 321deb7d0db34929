//! The report on a submission that was written into a case.

use serde::Serialize;

use crate::cli::arguments::{Format, Global};
use crate::cli::{CommandError, output};
use crate::domain::care::CaseId;
use crate::drop::FileName;

/// A submission that was written.
pub(crate) struct Written<'a> {
    pub(crate) case: &'a CaseId,
    pub(crate) file: &'a FileName,
    pub(crate) accounts: &'a [String],
    pub(crate) contacts: usize,
}

impl Written<'_> {
    /// Prints what was written, and the next command.
    pub(crate) fn print(&self, global: &Global) -> Result<(), CommandError> {
        if global.format == Format::Json {
            return output::json(&WrittenJson {
                case: self.case.as_str(),
                file: self.file.as_str(),
                action: self.file.action().as_str(),
                accounts: self.accounts,
                contacts: self.contacts,
            });
        }
        output::line(&format!("wrote {} into case {}", self.file, self.case))?;
        output::line(&format!(
            "next: lethe case preview {}",
            output::quoted(self.case.as_str())
        ))
    }
}

#[derive(Serialize)]
struct WrittenJson<'a> {
    case: &'a str,
    file: &'a str,
    action: &'static str,
    accounts: &'a [String],
    contacts: usize,
}
