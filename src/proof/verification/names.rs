//! File names of receipts and certificates, as published and among the operator's copies (with a number in front).

use std::path::Path;

use crate::domain::file_name::FileName;
use crate::proof::certificate::Certificate;
use crate::proof::receipt::Receipt;

const RECEIPT: &str = "-receipt.json";

/// Whether a file is named like a receipt or a certificate.
pub(super) fn is_document_name(name: &str) -> bool {
    !name.starts_with('.') && (name.ends_with(RECEIPT) || is_certificate_name(name))
}

/// Whether a file is named like the receipt of another submission. Any other name is allowed: its keeper may have chosen it.
pub(super) fn is_renamed_receipt(file: &Path, receipt: &Receipt) -> bool {
    let name = file.file_name().map(|name| name.to_string_lossy());
    let Some(stem) = name.as_deref().and_then(|name| name.strip_suffix(RECEIPT)) else {
        return false;
    };
    let (number, stem) = match numbered(stem) {
        Some((number, rest)) => (number.parse().ok(), rest),
        None => (None, stem),
    };
    let another = format!("{stem}.json") != receipt.submission;
    FileName::parse(format!("{stem}.json")).is_ok()
        && (another || number.is_some_and(|number: u64| number != receipt.number))
}

/// Whether a file is named like another certificate. Any other name is allowed: its keeper may have chosen it.
pub(super) fn is_renamed_certificate(file: &Path, certificate: &Certificate) -> bool {
    let name = file.file_name().map(|name| name.to_string_lossy());
    let Some(name) = name.as_deref().filter(|name| is_certificate_name(name)) else {
        return false;
    };
    match numbered(name) {
        Some((number, rest)) => {
            rest != certificate.file_name() || number.parse() != Ok(certificate.number)
        }
        None => name != certificate.file_name(),
    }
}

fn is_certificate_name(name: &str) -> bool {
    let name = numbered(name).map_or(name, |(_, rest)| rest);
    if !name.ends_with(".json") {
        return false;
    }
    let stem = name.rsplit_once("-certificate").map(|(stem, _)| stem);
    let submission = stem.and_then(|stem| FileName::parse(format!("{stem}.json")).ok());
    submission.is_some_and(|submission| submission.is_certificate(name))
}

/// The number in front of the name of an operator's copy, and the rest.
fn numbered(name: &str) -> Option<(&str, &str)> {
    name.split_once('-')
        .filter(|(number, _)| number.bytes().all(|b| b.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_certificates_are_recognised() {
        for (name, is_one) in [
            ("forget-20180315_1-certificate.json", true),
            ("forget-20180315_1-certificate-2.json", true),
            ("000007-forget-20180315_1-certificate.json", true),
            ("000007-forget-20180315_1-certificate-operator.json", false),
            ("forget-20180315_1-certificate.html", false),
            ("forget-20180315_1-receipt.json", false),
            ("-certificate.json", false),
        ] {
            assert_eq!(is_certificate_name(name), is_one, "{name}");
        }
    }
}
