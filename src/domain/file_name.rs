//! Names of submit files and of the results that belong to them (contract sections 1 and 7).

use std::ffi::OsStr;
use std::fmt;

use chrono::NaiveDate;

use crate::domain::request::Action;

/// The proper name of a submit file: `forget-<yyyymmdd>_<unique>.json` or `export-<yyyymmdd>_<unique>.json`.
/// ASCII of at most 85 characters, without a dot but for the last five.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileName {
    text: String, // first, so that names sort as in a listing
    date: NaiveDate,
}

/// Why a name is not the proper name of a submit file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    #[error(
        "not named like a submission, forget-<yyyymmdd>_<unique>.json or export-<yyyymmdd>_<unique>.json"
    )]
    Shape,
    #[error("the date in the name does not exist (yyyymmdd)")]
    Date,
    #[error("<unique> in the name must be 1 to 64 of A-Z a-z 0-9 - _")]
    Unique,
}

impl FileName {
    /// Parses a file's name (without folders); letter case counts, and the date must exist in the calendar.
    pub fn parse(name: impl AsRef<OsStr>) -> Result<FileName, NameError> {
        let text = name.as_ref().to_str().ok_or(NameError::Shape)?;
        let (date, unique) = PREFIXES
            .iter()
            .find_map(|(prefix, _)| text.strip_prefix(prefix))
            .and_then(|rest| rest.strip_suffix(SUFFIX))
            .and_then(|rest| rest.split_once('_'))
            .ok_or(NameError::Shape)?;
        let date = parse_date(date).ok_or(NameError::Date)?;
        let allowed = |c: u8| c.is_ascii_alphanumeric() || c == b'-' || c == b'_';
        if !(1..=64).contains(&unique.len()) || !unique.bytes().all(allowed) {
            return Err(NameError::Unique);
        }
        let text = text.to_owned();
        Ok(FileName { text, date })
    }

    /// What every request in the file must ask for.
    pub fn action(&self) -> Action {
        PREFIXES
            .iter()
            .find(|(prefix, _)| self.text.starts_with(prefix))
            .map(|(_, action)| *action)
            .expect("a parsed name has one of the prefixes")
    }

    /// The day on which the file is due, in the drop's time zone.
    pub fn date(&self) -> NaiveDate {
        self.date
    }

    /// The name without `.json`; the names of all results begin with it.
    pub fn stem(&self) -> &str {
        &self.text[..self.text.len() - SUFFIX.len()]
    }

    /// The whole name.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The name of the `n`th execution log, counted from 1; the first has no number.
    pub fn execution_log(&self, n: u32) -> String {
        match n {
            0 | 1 => format!("{}-execution-log.json", self.stem()),
            _ => format!("{}-execution-log-{n}.json", self.stem()),
        }
    }

    /// The name of the archive of an EXPORT.
    pub fn archive(&self) -> String {
        format!("{}-archive.zip", self.stem())
    }

    /// The name of the answer to the `n`th other content under this name, counted from 1.
    pub fn duplicate(&self, n: u32) -> String {
        format!("{}-duplicate-{n}.json", self.stem())
    }

    /// The name of the receipt.
    pub(crate) fn receipt(&self) -> String {
        format!("{}-receipt.json", self.stem())
    }

    /// The name of the `n`th certificate, counted from 1; the first has no number.
    pub(crate) fn certificate(&self, n: u32) -> String {
        match n {
            0 | 1 => format!("{}-certificate.json", self.stem()),
            _ => format!("{}-certificate-{n}.json", self.stem()),
        }
    }

    /// The same certificate as a page to be read and printed.
    pub(crate) fn certificate_page(&self, n: u32) -> String {
        let name = self.certificate(n);
        format!("{}.html", &name[..name.len() - SUFFIX.len()])
    }

    /// Whether a result is one of the certificates, or the page of one.
    pub(crate) fn is_certificate(&self, result: &str) -> bool {
        let rest = result.strip_prefix(self.stem());
        let rest = rest.and_then(|rest| rest.strip_prefix("-certificate"));
        let rest = rest.and_then(|rest| rest.strip_suffix(SUFFIX).or(rest.strip_suffix(".html")));
        rest.is_some_and(|number| {
            let digits = number.strip_prefix('-');
            number.is_empty()
                || digits.is_some_and(|d| !d.is_empty() && d.bytes().all(|b| b.is_ascii_digit()))
        })
    }

    /// The name of the log that follows when late recording media are gone.
    pub fn media_log(&self) -> String {
        format!("{}-media-log.json", self.stem())
    }
}

impl fmt::Display for FileName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

const PREFIXES: [(&str, Action); 2] = [("forget-", Action::Forget), ("export-", Action::Export)];
const SUFFIX: &str = ".json";

fn parse_date(text: &str) -> Option<NaiveDate> {
    if text.len() != 8 || !text.bytes().all(|c| c.is_ascii_digit()) {
        return None;
    }
    let year = text[..4].parse().ok().filter(|year| *year != 0)?; // 1 BC is followed by AD 1
    NaiveDate::from_ymd_opt(year, text[4..6].parse().ok()?, text[6..].parse().ok()?)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use std::os::unix::ffi::OsStrExt as _;

    use super::*;
    use crate::domain::text::printable;

    #[test]
    fn a_proper_name_has_action_date_and_stem() {
        let name = FileName::parse("forget-20240229_Care-Center_1.json").unwrap();
        assert_eq!(name.action(), Action::Forget);
        assert_eq!(name.date(), NaiveDate::from_ymd_opt(2024, 2, 29).unwrap());
        assert_eq!(name.stem(), "forget-20240229_Care-Center_1");
        assert_eq!(name.as_str(), "forget-20240229_Care-Center_1.json");
        let name = FileName::parse("export-99991231__.json").unwrap();
        assert_eq!(name.action(), Action::Export);
    }

    #[test]
    fn results_are_named_after_the_stem() {
        let name = FileName::parse("export-20240101_a.json").unwrap();
        assert_eq!(
            name.execution_log(1),
            "export-20240101_a-execution-log.json"
        );
        assert_eq!(
            name.execution_log(2),
            "export-20240101_a-execution-log-2.json"
        );
        assert_eq!(name.archive(), "export-20240101_a-archive.zip");
        assert_eq!(name.duplicate(1), "export-20240101_a-duplicate-1.json");
        assert_eq!(name.media_log(), "export-20240101_a-media-log.json");
        let name = FileName::parse("forget-20240101_a.json").unwrap();
        assert_eq!(name.certificate(1), "forget-20240101_a-certificate.json");
        assert_eq!(
            name.certificate_page(2),
            "forget-20240101_a-certificate-2.html"
        );
        for (result, is_one) in [
            ("forget-20240101_a-certificate.json", true),
            ("forget-20240101_a-certificate-12.html", true),
            ("forget-20240101_a-certificate-.json", false),
            ("forget-20240101_a-receipt.json", false),
            ("forget-20240101_ab-certificate.json", false),
        ] {
            assert_eq!(name.is_certificate(result), is_one, "{result}");
        }
    }

    #[test]
    fn anything_else_is_not_proper() {
        use NameError::{Date, Shape, Unique};
        let long = format!("forget-20240101_{}.json", "a".repeat(65));
        for (name, why) in [
            ("", Shape),
            ("forget-20240101.json", Shape),
            ("Forget-20240101_a.json", Shape),
            ("FORGET-20240101_a.json", Shape),
            ("forget-20240101_a.JSON", Shape),
            ("forget-20240101_a.json ", Shape),
            ("forget-20240101_a.json\n", Shape),
            (" forget-20240101_a.json", Shape),
            (".forget-20240101_a.json", Shape),
            ("forget_20240101_a.json", Shape),
            ("forget-20240101_a.json.filepart", Shape),
            ("delete-20240101_a.json", Shape),
            ("forget-.json", Shape),
            ("forget-20230229_a.json", Date),
            ("forget-00000101_a.json", Date),
            ("forget-20241301_a.json", Date),
            ("forget-20240100_a.json", Date),
            ("forget-2024011_a.json", Date),
            ("forget-+2240101_a.json", Date),
            ("forget-٢٠٢٤_a.json", Date),
            ("forget-2024-01-01_a.json", Date),
            ("forget-20240101_.json", Unique),
            ("forget-20240101_a.b.json", Unique),
            ("forget-20240101_a b.json", Unique),
            ("forget-20240101_a\nb.json", Unique),
            ("forget-20240101_é.json", Unique),
            ("forget-20240101_a/b.json", Unique),
            (&long, Unique),
        ] {
            assert_eq!(FileName::parse(name), Err(why), "{name:?}");
        }
        let no_utf8 = OsStr::from_bytes(b"forget-20240101_\xff.json");
        assert_eq!(FileName::parse(no_utf8), Err(Shape));
    }

    #[test]
    fn a_name_cannot_forge_what_a_terminal_shows() {
        assert_eq!(printable("plain \"ü\" name.txt"), "plain \"ü\" name.txt");
        assert_eq!(printable("a\nb\u{1b}[2Jc\r"), "a\\nb\\u{1b}[2Jc\\r");
        assert_eq!(printable("gpj.\u{202e}txt"), "gpj.\\u{202e}txt");
        assert_eq!(printable("a\\nb"), "a\\\\nb");
        assert_eq!(
            printable(OsStr::from_bytes(b"a\xff\x80b")),
            "a\\xffb".replace("b", "\\x80b")
        );
    }

    proptest! {
        #[test]
        fn every_name_of_the_shape_is_proper(
            export in any::<bool>(), day in 0..3_652_058_i32, unique in "[A-Za-z0-9_-]{1,64}",
        ) {
            let date = NaiveDate::from_num_days_from_ce_opt(day + 1).unwrap();
            let action = if export { "export" } else { "forget" };
            let text = format!("{action}-{}_{unique}.json", date.format("%Y%m%d"));
            let name = FileName::parse(&text).unwrap();
            prop_assert_eq!(name.as_str(), &text);
            prop_assert_eq!(name.date(), date);
            prop_assert_eq!(name.action().as_str().to_lowercase(), action);
        }

        #[test]
        fn a_name_parses_only_when_it_is_spelt_from_its_parts(text in "(forget|export)-?[0-9]{7,9}_.{0,66}\\.json") {
            if let Ok(name) = FileName::parse(&text) {
                let action = name.action().as_str().to_lowercase();
                let start = format!("{action}-{}_", name.date().format("%Y%m%d"));
                prop_assert!(text.starts_with(&start));
                prop_assert!(text.is_ascii() && text.len() <= 85);
            }
        }

        #[test]
        fn results_of_two_submissions_never_share_a_name(
            a in "[a-z0-9-]{1,3}(-(execution-log|duplicate|archive|media-log|receipt|certificate)(-[0-9])?)?",
            b in "[a-z0-9-]{1,3}(-(execution-log|duplicate|archive|media-log|receipt|certificate)(-[0-9])?)?", n in 1..4_u32, m in 1..4_u32,
        ) {
            prop_assume!(a != b);
            let results = |unique: &str, n: u32| {
                let name = FileName::parse(format!("forget-20240101_{unique}.json")).unwrap();
                [name.execution_log(n), name.archive(), name.duplicate(n), name.media_log(), name.receipt(), name.certificate(n), name.certificate_page(n)]
            };
            let others = results(&b, m);
            prop_assert!(results(&a, n).iter().all(|name| !others.contains(name)));
        }

        #[test]
        fn whatever_is_printable_has_no_control_characters(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
            let shown = printable(OsStr::from_bytes(&bytes));
            prop_assert!(!shown.chars().any(char::is_control));
        }
    }
}
