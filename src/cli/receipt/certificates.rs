//! Certificates among what is verified, each with the page beside it.

use std::path::Path;

use serde::Serialize;

use super::{CommandError, Told, Verifier, output, read, shown};
use crate::drop::FileName;
use crate::proof::certificate::Certificate;
use crate::proof::receipt;
use crate::proof::receipt::chain::{Link, Problem};

/// A certificate whose signature is good.
#[derive(Serialize)]
pub(super) struct ShownCertificate {
    file: String,
    #[serde(flatten)]
    certificate: Certificate,
}

/// Whether a text is a certificate rather than a receipt, by its first member.
pub(super) fn is_certificate(text: &str) -> bool {
    let open = text.trim_start().strip_prefix('{').map(str::trim_start);
    open.is_some_and(|rest| rest.starts_with("\"lethe_certificate\""))
}

/// Whether a file is named like a certificate, here or among the operator's copies.
pub(super) fn is_named_certificate(name: &str) -> bool {
    submission_of(name).is_some()
}

/// The submission whose certificate a file's name says it is.
fn submission_of(name: &str) -> Option<FileName> {
    let numbered = name
        .split_once('-')
        .filter(|(n, _)| n.bytes().all(|b| b.is_ascii_digit()));
    let name = numbered.map_or(name, |(_, rest)| rest);
    if !name.ends_with(".json") {
        return None;
    }
    let (stem, _) = name.rsplit_once("-certificate")?;
    let submission = FileName::parse(format!("{stem}.json")).ok()?;
    submission.is_certificate(name).then_some(submission)
}

impl Verifier {
    /// One certificate by itself, and its page; `None` where it is not even one.
    pub(super) fn certificate(&mut self, file: &Path, text: String, told: Told) -> Option<Link> {
        let name = shown(file);
        let (signed, good) = self.signed::<Certificate>(&name, text)?;
        let link = Link::new(name.clone(), &signed, good);
        let certificate = signed.content;
        if !good {
            return Some(link);
        }
        if is_renamed(file, &certificate) {
            let problem = format!(
                "it is certificate {} of {}: certificates were renamed or swapped",
                certificate.ordinal,
                output::safe(&certificate.submission)
            );
            self.problem(Problem::of(&name, problem));
        }
        if told == Told::Yes {
            self.page(file, &certificate);
            self.verified.certificates.push(ShownCertificate {
                file: name,
                certificate,
            });
        }
        Some(link)
    }

    /// The page beside a certificate, where one is.
    fn page(&mut self, file: &Path, certificate: &Certificate) {
        let page = file.with_extension("html");
        if std::fs::symlink_metadata(&page).is_err() {
            return;
        }
        let name = shown(&page);
        match read(&page) {
            Ok(text) if receipt::hash(&text) == certificate.page => {}
            Ok(_) => {
                let problem =
                    "it is not the page that the certificate was signed with: it was changed";
                self.problem(Problem::of(&name, problem));
            }
            Err(cause) => self.problem(Problem::of(&name, format!("it cannot be read: {cause}"))),
        }
    }
}

/// Whether a file is named like another certificate. Any other name may be whoever keeps it gave it.
fn is_renamed(file: &Path, certificate: &Certificate) -> bool {
    let name = file
        .file_name()
        .map(|name| name.to_string_lossy().into_owned());
    let Some(name) = name.filter(|name| is_named_certificate(name)) else {
        return false;
    };
    match name.split_once('-') {
        Some((number, rest)) if number.bytes().all(|b| b.is_ascii_digit()) => {
            rest != certificate.file_name() || number.parse() != Ok(certificate.number)
        }
        _ => name != certificate.file_name(),
    }
}

/// Prints those that are genuine.
pub(super) fn describe(certificates: &[ShownCertificate]) -> Result<(), CommandError> {
    if certificates.is_empty() {
        return Ok(());
    }
    let mut table = output::table(&[
        "number",
        "certificate of",
        "looked at (UTC)",
        "open",
        "unknown",
    ]);
    for ShownCertificate { certificate, .. } in certificates {
        let open = certificate.places.iter().filter(|said| said.is_open());
        let unknown = open
            .clone()
            .filter(|said| said.grade == crate::erasure::census::Grade::Unknown);
        table.add_row(vec![
            output::number(certificate.number),
            certificate.submission.clone().into(),
            certificate
                .taken
                .format("%Y-%m-%d %H:%M:%S")
                .to_string()
                .into(),
            output::number(open.count() as i64),
            output::number(unknown.count() as i64),
        ]);
    }
    output::line("genuine are:")?;
    output::line(&table.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_certificates_are_known() {
        for (name, is_one) in [
            ("forget-20180315_1-certificate.json", true),
            ("forget-20180315_1-certificate-2.json", true),
            ("000007-forget-20180315_1-certificate.json", true),
            ("000007-forget-20180315_1-certificate-operator.json", false),
            ("forget-20180315_1-certificate.html", false),
            ("forget-20180315_1-receipt.json", false),
            ("-certificate.json", false),
        ] {
            assert_eq!(is_named_certificate(name), is_one, "{name}");
        }
    }
}
