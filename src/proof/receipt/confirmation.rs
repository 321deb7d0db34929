//! A confirmation in plain words that a customer can send to a consumer.

use super::content::Receipt;
use crate::domain::clock::ClockSource;

/// Why there is nothing to confirm.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoConfirmation {
    #[error("there is nothing to confirm: the file could not be read as a submission")]
    Unreadable,
    #[error(
        "there is nothing to confirm: every contact was answered with an error (see the execution log)"
    )]
    Nothing,
}

/// The confirmation of one request. If the file held several requests, it reveals nothing about the others, not even numbers.
pub fn confirmation(receipt: &Receipt) -> Result<String, NoConfirmation> {
    let count = |wanted: fn(&str) -> bool| -> u64 {
        let counts = receipt.answers.iter().filter(|(answer, _)| wanted(answer));
        counts.fold(0, |all, (_, count)| all.saturating_add(*count))
    };
    let found = count(|answer| answer == "SUCCESS");
    let not_found = count(|answer| answer == "SUCCESS: not found");
    let errors = count(|answer| answer.starts_with("ERROR"));
    if !receipt.readable {
        return Err(NoConfirmation::Unreadable);
    }
    if found == 0 && not_found == 0 {
        return Err(NoConfirmation::Nothing);
    }
    let forget = receipt.action == "FORGET";
    let when = receipt.answered.unwrap_or(receipt.made);
    let mut paragraphs = vec![
        "Confirmation".to_owned(),
        format!(
            "On {} (UTC) {} was dealt with.",
            when.format("%-d %B %Y at %H:%M"),
            match forget {
                true => "your request to be forgotten (right to erasure, Article 17 of the GDPR)",
                false => "your request for your data (right of access, Article 15 of the GDPR)",
            }
        ),
    ];
    if receipt.clock == Some(ClockSource::LetheNow) {
        paragraphs.insert(1, REHEARSAL.to_owned());
    }
    match receipt.requests {
        1 => paragraphs.push(counts(receipt, forget, found, not_found, errors)),
        // Nobody may learn the numbers of other people's requests.
        _ if errors > 0 => paragraphs.push(SOME.to_owned()),
        _ => paragraphs.push(ALL.to_owned()),
    }
    paragraphs.push(if forget { FORGOTTEN } else { EXPORTED }.to_owned());
    paragraphs.push(format!(
        "Reference: {}, receipt {} of {}, signed with the key {}.",
        receipt.submission,
        receipt.number,
        receipt.chain,
        receipt.key.chars().take(16).collect::<String>()
    ));
    Ok(paragraphs.join("\n\n") + "\n")
}

fn counts(receipt: &Receipt, forget: bool, found: u64, not_found: u64, errors: u64) -> String {
    let mut lines = vec![match receipt.contacts {
        1 => "You named one telephone number, email address or internet address:".to_owned(),
        n => format!("You named {n} telephone numbers, email addresses or internet addresses:"),
    }];
    let mut line = |count: u64, one: &str, several: &str| match count {
        0 => {}
        1 => lines.push(format!("- 1 {one}")),
        n => lines.push(format!("- {n} {several}")),
    };
    match forget {
        true => line(
            found,
            "was found, and erased wherever we looked.",
            "were found, and erased wherever we looked.",
        ),
        false => line(
            found,
            "was found; the records with it are in the archive.",
            "were found; the records with them are in the archive.",
        ),
    }
    line(
        not_found,
        "was not found: we hold no record with it that is part of such a request.",
        "were not found: we hold no record with them that is part of such a request.",
    );
    line(
        errors,
        "could not be dealt with, or not completely; we will tell you why.",
        "could not be dealt with, or not completely; we will tell you why.",
    );
    lines.join("\n")
}

const REHEARSAL: &str = "This is a rehearsal: its times are not those of a real clock.";
const ALL: &str = "Every telephone number, email address or internet address that you named was looked for, and what was found was dealt with as you asked.";
const SOME: &str = "The telephone numbers, email addresses or internet addresses that you named were looked for. If one of them could not be dealt with, we will tell you which, and why.";
const FORGOTTEN: &str = "Each one that was found was replaced by a random code that nobody can turn back, and names, messages and the like in the same records were removed. What stays: when and how often there was contact, without these; an entry that keeps us from contacting you, if there is one; and what you did not name. Backup copies may hold the old values until they expire.";
const EXPORTED: &str = "Recordings of calls, and messages on numbers that several companies share, are not part of the archive. Nothing was changed.";

#[cfg(test)]
mod tests {
    use super::super::SigningKey;
    use super::super::content::tests::receipt;
    use super::*;

    fn with(
        answers: &[(&str, u64)],
        change: impl Fn(&mut Receipt),
    ) -> Result<String, NoConfirmation> {
        let mut receipt = receipt(1, None, &SigningKey::of_seed([1; 32]));
        receipt.answers = answers.iter().map(|(a, n)| ((*a).to_owned(), *n)).collect();
        receipt.contacts = answers.iter().map(|(_, n)| n).sum();
        change(&mut receipt);
        confirmation(&receipt)
    }

    #[test]
    fn a_forget_is_confirmed() {
        let answers = [
            ("ERROR: legal hold", 1),
            ("SUCCESS", 3),
            ("SUCCESS: not found", 1),
        ];
        insta::assert_snapshot!(with(&answers, |_| {}).unwrap());
    }

    #[test]
    fn an_export_is_confirmed() {
        let export = |receipt: &mut Receipt| {
            receipt.action = "EXPORT".into();
            receipt.submission = "export-20180315_1.json".into();
        };
        insta::assert_snapshot!(with(&[("SUCCESS", 1)], export).unwrap());
    }

    #[test]
    fn several_requests_are_confirmed_without_numbers() {
        for (answers, told) in [
            (&[("SUCCESS", 78)][..], ALL),
            (&[("SUCCESS", 78), ("ERROR: legal hold", 56)], SOME),
        ] {
            let text = with(answers, |receipt| receipt.requests = 34).unwrap();
            assert!(text.contains(told), "{text}");
            let words: Vec<&str> = text.split(|c: char| !c.is_alphanumeric()).collect();
            for number in ["34", "56", "78", "134"] {
                assert!(!words.contains(&number), "{number}: {text}");
            }
        }
    }

    #[test]
    fn what_was_not_done_is_not_confirmed() {
        assert_eq!(
            with(&[("ERROR: legal hold", 1)], |_| {}),
            Err(NoConfirmation::Nothing)
        );
        assert_eq!(
            with(&[], |receipt| receipt.readable = false),
            Err(NoConfirmation::Unreadable)
        );
    }
}
