//! Customer Care's cases: their IDs, the lists of devices that come with them, submit files made of these, and words
//! in which a device is read back to the agent who typed it. No I/O.

mod contacts;
mod correct;
mod words;

use std::fmt;

use unicode_normalization::UnicodeNormalization as _;

use crate::domain::device::{Device, DeviceKind};
use crate::domain::text::printable;

pub use contacts::{ListError, Listed, Wish, read_list, submit_file};
pub use correct::{Corrected, Faulty, corrected_file, faulty};
pub use words::{in_words, kind_of};

/// How the ledger knows the drop that is a case's folder: this, and the case ID.
pub const CASE_DROP: &str = "case/";

/// The ID of a case, which is also the name of its folder. It is opaque, and safe as a folder's name everywhere.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CaseId(String);

/// Why a text is no case ID. Reads on from "a case ID".
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CaseIdError {
    #[error("is not empty")]
    Empty,
    #[error("has at most {MAX_CASE_ID} bytes")]
    TooLong,
    #[error("does not begin with a dot or a hyphen")]
    Beginning,
    #[error("neither begins nor ends with a blank, and does not end with a dot")]
    Edge,
    #[error("has none of / \\ : * ? \" < > |")]
    Separator,
    #[error("has only characters that can be seen, and none that only change another")]
    Invisible,
    #[error("is not a name that other systems keep for devices, such as CON or NUL")]
    Reserved,
    #[error(
        "is no phone, email or IP address: it names a folder, and stands in the ledger and in logs"
    )]
    Device,
}

/// Longest case ID, in bytes: its folder's name fits into every file system.
const MAX_CASE_ID: usize = 128;

impl CaseId {
    /// Takes a text as it stands, or says why it is none.
    pub fn parse(text: &str) -> Result<CaseId, CaseIdError> {
        if text.is_empty() {
            return Err(CaseIdError::Empty);
        }
        if text.len() > MAX_CASE_ID {
            return Err(CaseIdError::TooLong);
        }
        if text.starts_with(['.', '-']) {
            return Err(CaseIdError::Beginning);
        }
        if text.trim() != text || text.ends_with('.') {
            return Err(CaseIdError::Edge);
        }
        if text.contains(['/', '\\', ':', '*', '?', '"', '<', '>', '|']) {
            return Err(CaseIdError::Separator);
        }
        if printable(text) != text || text.chars().any(|c| c.is_whitespace() && c != ' ') {
            return Err(CaseIdError::Invisible);
        }
        let stem = text.split('.').next().unwrap_or(text).trim_end();
        if is_reserved(stem) {
            return Err(CaseIdError::Reserved);
        }
        let kinds = [DeviceKind::Phone, DeviceKind::Email, DeviceKind::Ipaddr];
        if kinds.iter().any(|kind| Device::parse(*kind, text).is_ok()) {
            return Err(CaseIdError::Device);
        }
        Ok(CaseId(text.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// How the ledger knows the drop that is this case's folder.
    pub fn drop_name(&self) -> String {
        format!("{CASE_DROP}{}", self.0)
    }

    /// The case whose folder a drop of the ledger is.
    pub fn of_drop(drop_name: &str) -> Option<CaseId> {
        CaseId::parse(drop_name.strip_prefix(CASE_DROP)?).ok()
    }

    /// Equal for two IDs that some file systems take for the same.
    pub fn folded(&self) -> String {
        fold(&self.0)
    }
}

impl fmt::Display for CaseId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A name of a folder as those file systems compare it that know no letter case, or no spelling of accents.
pub fn fold(name: &str) -> String {
    let lower: String = name.nfkc().flat_map(char::to_lowercase).collect();
    lower.nfkc().collect()
}

fn is_reserved(stem: &str) -> bool {
    let upper = stem.to_ascii_uppercase();
    if ["CON", "PRN", "AUX", "NUL"].contains(&upper.as_str()) {
        return true;
    }
    let numbered = upper.strip_prefix("COM").or(upper.strip_prefix("LPT"));
    numbered.is_some_and(|n| n.len() == 1 && n.bytes().all(|b| b.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("97456596893834")]
    #[case("Care 2018-03.1")]
    #[case("Ä#5_(b)'")]
    #[case("constant")]
    #[case("COM10")]
    #[case("617 555 0100")]
    #[case("2018.3.15")]
    fn an_id_is_opaque(#[case] text: &str) {
        let id = CaseId::parse(text).unwrap();
        assert_eq!(id.as_str(), text);
        assert_eq!(CaseId::of_drop(&id.drop_name()), Some(id));
    }

    #[rstest]
    #[case("", CaseIdError::Empty)]
    #[case(&"7".repeat(129), CaseIdError::TooLong)]
    #[case(".hidden", CaseIdError::Beginning)]
    #[case(".", CaseIdError::Beginning)]
    #[case("..", CaseIdError::Beginning)]
    #[case("--help", CaseIdError::Beginning)]
    #[case("7 ", CaseIdError::Edge)]
    #[case(" 7", CaseIdError::Edge)]
    #[case("7.", CaseIdError::Edge)]
    #[case("a/b", CaseIdError::Separator)]
    #[case("a/../../etc", CaseIdError::Separator)]
    #[case("a\\b", CaseIdError::Separator)]
    #[case("a:b", CaseIdError::Separator)]
    #[case("a\nb", CaseIdError::Invisible)]
    #[case("a\0b", CaseIdError::Invisible)]
    #[case("a\u{1b}[2J", CaseIdError::Invisible)]
    #[case("a\u{202e}b", CaseIdError::Invisible)]
    #[case("a\u{a0}b", CaseIdError::Invisible)]
    #[case("a\u{200b}b", CaseIdError::Invisible)]
    #[case("nul", CaseIdError::Reserved)]
    #[case("Com1.txt", CaseIdError::Reserved)]
    #[case("+1 617 555 0100", CaseIdError::Device)]
    #[case("a@example.com", CaseIdError::Device)]
    #[case("192.0.2.7", CaseIdError::Device)]
    fn what_is_no_safe_folder_name_is_refused(#[case] text: &str, #[case] why: CaseIdError) {
        assert_eq!(CaseId::parse(text), Err(why));
    }

    #[test]
    fn ids_that_a_file_system_may_confuse_are_told() {
        let folded = |text: &str| CaseId::parse(text).unwrap().folded();
        assert_eq!(folded("Case-Ä"), fold("case-a\u{308}"));
        assert_eq!(folded("CASE-1"), folded("case-1"));
        assert_ne!(folded("case-1"), folded("case-2"));
    }

    #[test]
    fn a_purged_case_is_none() {
        assert_eq!(CaseId::of_drop("case/purged/5"), None);
        assert_eq!(CaseId::of_drop("acme"), None);
    }
}
