//! The page: the same content to be read and printed, without anything from elsewhere.

use chrono::{DateTime, Utc};

use super::{Certificate, Said};
use crate::erasure::census::Grade;

const HEAD: &str = r#"<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
"#;

const STYLE: &str = "<style>
body { font: 11pt/1.45 system-ui, sans-serif; color: #1a1a1a; max-width: 48rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.5rem; margin-bottom: .2rem; } h2 { font-size: 1.1rem; margin-top: 1.8rem; }
table { border-collapse: collapse; width: 100%; } th, td { text-align: left; vertical-align: top; padding: .4rem .6rem .4rem 0; border-bottom: 1px solid #ccc; }
td:first-child, th:first-child { width: 12rem; } dt { font-weight: 600; } dd { margin: 0 0 .5rem; }
.grade { font-weight: 600; white-space: nowrap; } .gone, .unreachable { color: #14532d; } .unknown { color: #713f12; } .may_remain { color: #7f1d1d; }
.small { font-size: .85rem; color: #444; overflow-wrap: anywhere; }
@media print { body { margin: 0; max-width: none; } h2 { break-after: avoid; } tr { break-inside: avoid; } }
</style>
";

/// The page of a certificate; what its `page` says is not on it.
pub fn page(certificate: &Certificate) -> String {
    let mut out = String::from(HEAD);
    let name = escaped(&certificate.submission);
    let title = format!("<title>Certificate for {name}</title>\n{STYLE}</head>\n<body>\n");
    out.push_str(&title);
    out.push_str("<h1>What is left of erased data</h1>\n");
    out.push_str(&format!(
        "<p>Certificate {} for <strong>{name}</strong>, as looked at on {}.</p>\n",
        certificate.ordinal,
        moment(certificate.taken)
    ));
    out.push_str(&format!("<p>{}</p>\n", in_short(certificate)));
    if certificate.errors > 0 {
        out.push_str(&format!(
            "<p><strong>{} of its {} contacts were answered with an error: these were not erased, and this certificate does not speak of them.</strong></p>\n",
            certificate.errors, certificate.contacts
        ));
    }
    places(certificate, &mut out);
    backups(certificate, &mut out);
    stood(certificate, &mut out);
    out.push_str("<h2>What the words mean</h2>\n<dl>\n");
    for (grade, meaning) in &certificate.grades {
        let (words, meaning) = (grade.words(), escaped(meaning));
        out.push_str(&format!("<dt>{words}</dt><dd>{meaning}</dd>\n"));
    }
    out.push_str("</dl>\n");
    proof(certificate, &mut out);
    out.push_str("</body>\n</html>\n");
    out
}

/// One or two sentences.
fn in_short(certificate: &Certificate) -> String {
    let since = match certificate.answered {
        Some(answered) => format!("The submission was carried out by {}. ", moment(answered)),
        None => String::new(),
    };
    let open = certificate.places.iter().filter(|said| said.is_open());
    let (mut may, mut unknown) = (0, 0);
    for said in open {
        match said.grade {
            Grade::MayRemain => may += 1,
            _ => unknown += 1,
        }
    }
    let bytes = certificate
        .places
        .iter()
        .any(|said| said.grade == Grade::Unreachable);
    let clean = match bytes {
        true => {
            "no query returns anything of the erased values, but bytes of them may be left in files"
        }
        false => "nothing of the erased values was left",
    };
    let left = match (may, unknown) {
        (0, 0) => format!("Wherever it was looked in the database, {clean}."),
        (0, n) => format!(
            "Wherever it was looked in the database, {clean}; {} could not be looked at.",
            in_words(n)
        ),
        (m, 0) => format!("In the database old values may remain in {}.", in_words(m)),
        (m, n) => format!(
            "In the database old values may remain in {}; {} could not be looked at.",
            in_words(m),
            in_words(n)
        ),
    };
    let passing = "What time removes is named below.";
    format!("{since}{left} {passing}")
}

fn in_words(places: usize) -> String {
    match places {
        1 => "one place".to_owned(),
        n => format!("{n} places"),
    }
}

fn places(certificate: &Certificate, out: &mut String) {
    out.push_str("<h2>Place by place</h2>\n");
    if !certificate.tables.is_empty() {
        let tables: Vec<String> = certificate.tables.iter().map(|t| escaped(t)).collect();
        out.push_str(&format!(
            "<p class=\"small\">Tables that were changed: {}.</p>\n",
            tables.join(", ")
        ));
    }
    out.push_str("<table>\n<tr><th>where</th><th>grade</th><th>why, and until when</th></tr>\n");
    for said in &certificate.places {
        out.push_str(&row(said));
    }
    out.push_str("</table>\n");
    let searched = match certificate.searched {
        true => {
            "The erased devices themselves were looked for in statistics, statements and comments; names and messages were not."
        }
        false => {
            "The erased devices themselves were not looked for in statistics, statements and comments: the submitted file was not at hand."
        }
    };
    out.push_str(&format!("<p class=\"small\">{searched}</p>\n"));
}

fn row(said: &Said) -> String {
    let why: Vec<String> = said.why.iter().map(|why| escaped(why)).collect();
    let until = match (said.until_moment, said.until.is_empty()) {
        (Some(at), _) => format!("<br>Until {}.", at.format("%-d %B %Y")),
        (None, true) => String::new(),
        (None, false) => format!("<br>Until {}.", escaped(&said.until.join("; "))),
    };
    let class = match said.grade {
        Grade::Gone => "gone",
        Grade::Unreachable => "unreachable",
        Grade::Unknown => "unknown",
        Grade::MayRemain => "may_remain",
    };
    format!(
        "<tr><td>{}</td><td class=\"grade {class}\">{}</td><td>{}{until}</td></tr>\n",
        escaped(said.place.words()),
        said.grade.words(),
        why.join("; ")
    )
}

fn backups(certificate: &Certificate, out: &mut String) {
    let backups = &certificate.backups;
    out.push_str("<h2>Backups</h2>\n<ul>\n");
    let mut item = |text: String| out.push_str(&format!("<li>{text}</li>\n"));
    if let Some(at) = backups.rows_clean_if_started_after {
        item(format!(
            "Backups of rows (dumps) that were started after {} hold none of the erased values in these tables.",
            moment(at)
        ));
    }
    match backups.files_clean_if_started_after {
        None => item(
            "Backups of the data files may hold them, whenever they were started: not all of these files were written anew."
                .to_owned(),
        ),
        Some(at) => item(format!(
            "Backups of the data files that were started after {} hold none of them in these tables either. Older ones may.",
            moment(at)
        )),
    }
    match (backups.kept_for_days, backups.last_gone) {
        (Some(0), _) => item("The operator says that it keeps no backups.".to_owned()),
        (Some(days), Some(gone)) => item(format!(
            "The operator keeps backups for {days} days: if that is kept to, the last one that may hold them is gone on {}.",
            gone.format("%-d %B %Y")
        )),
        (None, _) => item("How long backups are kept was not said.".to_owned()),
        (Some(days), None) => item(format!("The operator keeps backups for {days} days.")),
    }
    out.push_str("</ul>\n");
}

fn stood(certificate: &Certificate, out: &mut String) {
    if certificate.stood_in_the_way.is_empty() {
        return;
    }
    out.push_str("<h2>What stood in the way</h2>\n<ul>\n");
    for holder in &certificate.stood_in_the_way {
        out.push_str(&format!("<li>{}</li>\n", escaped(holder)));
    }
    out.push_str("</ul>\n");
}

fn proof(certificate: &Certificate, out: &mut String) {
    out.push_str(&format!(
        "<h2>How to verify it</h2>\n<p class=\"small\">The signed document is {name}; it holds the fingerprint of this page. \
         <code>lethe receipt verify {name} --public-key KEY</code> verifies both, with the operator's public key. \
         Number {} of chain {}, lethe {}, key {}.</p>\n",
        certificate.number,
        escaped(&certificate.chain),
        escaped(&certificate.lethe),
        escaped(&certificate.key),
        name = escaped(&certificate.file_name()),
    ));
}

fn moment(at: DateTime<Utc>) -> String {
    at.format("%-d %B %Y, %H:%M:%S UTC").to_string()
}

/// Text of a page.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_somebody_wrote_becomes_a_part_of_the_page() {
        assert_eq!(
            escaped("<script>'\"&amp;"),
            "&lt;script&gt;&#39;&quot;&amp;amp;"
        );
    }
}
