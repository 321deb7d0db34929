//! The certificate as a page to read and print: the same content, self-contained.

use askama::Template;
use chrono::{DateTime, Utc};

use super::content::Certificate;
use super::statement::PlaceReport;
use crate::domain::census::Grade;

/// Renders the page of a certificate. The certificate's own `page` member, the hash of the page, does not appear on it.
pub(crate) fn page(certificate: &Certificate) -> String {
    let page = CertificatePage {
        certificate,
        summary: summary(certificate),
    };
    page.render()
        .expect("a template over a String does not fail")
}

#[derive(Template)]
#[template(path = "certificate.html")]
struct CertificatePage<'a> {
    certificate: &'a Certificate,
    summary: String,
}

/// Formatting for the template.
impl CertificatePage<'_> {
    fn moment(&self, at: &DateTime<Utc>) -> String {
        moment(at)
    }

    fn day(&self, at: &DateTime<Utc>) -> String {
        at.format("%-d %B %Y").to_string()
    }

    /// Until when values may remain; `None`: not stated.
    fn until(&self, report: &PlaceReport) -> Option<String> {
        match (report.until_moment, report.until.is_empty()) {
            (Some(at), _) => Some(self.day(&at)),
            (None, true) => None,
            (None, false) => Some(report.until.join("; ")),
        }
    }

    /// The CSS class of a grade.
    fn class(&self, grade: &Grade) -> &'static str {
        match grade {
            Grade::Gone => "gone",
            Grade::Unreachable => "unreachable",
            Grade::Unknown => "unknown",
            Grade::MayRemain => "may_remain",
        }
    }
}

/// One or two sentences.
fn summary(certificate: &Certificate) -> String {
    let since = match &certificate.answered {
        Some(answered) => format!("The submission was carried out by {}. ", moment(answered)),
        None => String::new(),
    };
    let open = certificate.places.iter().filter(|place| place.is_open());
    let (may_remain, unknown): (Vec<_>, Vec<_>) =
        open.partition(|place| place.grade == Grade::MayRemain);
    let mut grades = certificate.places.iter().map(|place| place.grade);
    let clean = match grades.any(|grade| grade == Grade::Unreachable) {
        true => "no query returns any of the erased values, but bytes of them may remain in files",
        false => "none of the erased values is left",
    };
    let left = match (may_remain.len(), unknown.len()) {
        (0, 0) => format!("Wherever the database was examined, {clean}."),
        (0, n) => format!(
            "Wherever the database was examined, {clean}; {} could not be examined.",
            in_words(n)
        ),
        (m, 0) => format!("In the database old values may remain in {}.", in_words(m)),
        (m, n) => format!(
            "In the database old values may remain in {}; {} could not be examined.",
            in_words(m),
            in_words(n)
        ),
    };
    format!("{since}{left} Places that retention empties are listed below.")
}

fn in_words(places: usize) -> String {
    match places {
        1 => "one place".to_owned(),
        n => format!("{n} places"),
    }
}

fn moment(at: &DateTime<Utc>) -> String {
    at.format("%-d %B %Y, %H:%M:%S UTC").to_string()
}

#[cfg(test)]
mod tests {
    use super::super::statement::{Backups, meanings};
    use super::*;
    use crate::domain::census::Place;
    use crate::domain::clock::ClockSource;

    /// A certificate whose every text contains markup.
    fn hostile() -> Certificate {
        let evil = || "<script>'\"&amp;".to_owned();
        Certificate {
            lethe_certificate: 1,
            chain: evil(),
            number: 1,
            previous: None,
            submission: evil(),
            ordinal: 1,
            receipt: None,
            answered: Some(DateTime::UNIX_EPOCH),
            contacts: 2,
            errors: 1,
            taken: DateTime::UNIX_EPOCH,
            clock: Some(ClockSource::LetheNow),
            server_clock: Some(DateTime::UNIX_EPOCH),
            lethe: evil(),
            tables: vec![evil(), evil()],
            searched: true,
            places: vec![PlaceReport {
                place: Place::Rows,
                grade: Grade::MayRemain,
                parts: [(Grade::MayRemain, 1)].into(),
                why: vec![evil()],
                until: vec![evil()],
                until_moment: None,
            }],
            backups: Backups {
                rows_clean_if_started_after: Some(DateTime::UNIX_EPOCH),
                files_clean_if_started_after: None,
                kept_for_days: Some(30),
                last_gone: Some(DateTime::UNIX_EPOCH),
            },
            blockers: vec![evil()],
            grades: meanings()
                .into_iter()
                .map(|(grade, meaning)| (grade, meaning + &evil()))
                .collect(),
            page: "HASH".to_owned(),
            key: evil(),
        }
    }

    #[test]
    fn no_text_becomes_markup() {
        let page = page(&hostile());
        assert!(!page.contains("<script"), "{page}");
        assert!(!page.contains("HASH"), "the hash of the page is not on it");
        let escaped =
            page.matches("&#60;script&#62;").count() + page.matches("&lt;script&gt;").count();
        assert!(escaped > 10, "{escaped}: {page}");
    }

    #[test]
    fn the_page_is_readable() {
        let mut certificate = hostile();
        for text in [
            &mut certificate.chain,
            &mut certificate.submission,
            &mut certificate.lethe,
            &mut certificate.key,
        ] {
            *text = "text".to_owned();
        }
        certificate.tables = vec!["contact".to_owned(), "recording".to_owned()];
        certificate.places[0].why = vec!["one".to_owned(), "two".to_owned()];
        certificate.places[0].until = vec!["later".to_owned()];
        certificate.blockers = vec!["a long transaction".to_owned()];
        certificate.grades = meanings();
        insta::assert_snapshot!(page(&certificate));
    }
}
