//! Case IDs, which are also the names of the cases' folders.

use std::fmt;

use unicode_normalization::UnicodeNormalization as _;

use crate::domain::device::{Device, DeviceKind};
use crate::domain::text::printable;

/// The prefix of the drop name under which the ledger records a case's folder; the case ID follows.
pub(crate) const CASE_DROP: &str = "case/";

/// The ID of a case, which is also the name of its folder. It is opaque, and a safe folder name on every system.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CaseId(String);

/// Why a text is not a case ID. Each message is a whole clause about the text, which it does not quote.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CaseIdError {
    #[error("it is empty")]
    Empty,
    #[error("it has more than {MAX_CASE_ID} bytes")]
    TooLong,
    #[error("it begins with a dot or a hyphen")]
    Beginning,
    #[error("it begins or ends with a space, or ends with a dot")]
    Edge,
    #[error("it contains one of / \\ : * ? \" < > |")]
    Separator,
    #[error("it contains control characters or invisible characters")]
    Invisible,
    #[error("it is a name that other systems reserve for devices, such as CON or NUL")]
    Reserved,
    #[error(
        "it is a phone number, an email address or an IP address, and case IDs appear in folder names and in logs"
    )]
    Device,
}

/// Longest case ID, in bytes: the folder name fits into every file system.
const MAX_CASE_ID: usize = 128;

impl CaseId {
    /// Parses a case ID; the text is taken exactly as it is.
    pub(crate) fn parse(text: &str) -> Result<CaseId, CaseIdError> {
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

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// The drop name under which the ledger records this case's folder.
    pub(crate) fn drop_name(&self) -> String {
        format!("{CASE_DROP}{}", self.0)
    }

    /// The case that a drop name of the ledger belongs to; `None` for any other drop, and for a purged case.
    pub(crate) fn of_drop(drop_name: &str) -> Option<CaseId> {
        CaseId::parse(drop_name.strip_prefix(CASE_DROP)?).ok()
    }

    /// Equal for two IDs that some file systems treat as the same name.
    pub(crate) fn folded(&self) -> String {
        fold(&self.0)
    }
}

impl fmt::Display for CaseId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Folds a folder name as file systems do that ignore letter case or normalise Unicode.
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
    fn an_unsafe_folder_name_is_refused(#[case] text: &str, #[case] why: CaseIdError) {
        assert_eq!(CaseId::parse(text), Err(why));
    }

    #[test]
    fn ids_that_a_file_system_may_confuse_fold_to_the_same_text() {
        let folded = |text: &str| CaseId::parse(text).unwrap().folded();
        assert_eq!(folded("Case-Ä"), fold("case-a\u{308}"));
        assert_eq!(folded("CASE-1"), folded("case-1"));
        assert_ne!(folded("case-1"), folded("case-2"));
    }

    #[test]
    fn a_purged_case_has_no_id() {
        assert_eq!(CaseId::of_drop("case/purged/5"), None);
        assert_eq!(CaseId::of_drop("acme"), None);
    }
}
