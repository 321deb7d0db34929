//! Chains: whether the receipts of a drop are complete, in order, and nothing else is among them.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::clocks::{CLOCKS_DIFFER, MOMENT};
use super::document::Signed;

/// The position of a document in a chain.
#[derive(Debug, Clone, Copy)]
pub struct ChainPlace<'a> {
    pub(crate) chain: &'a str,
    /// Counts from 1.
    pub(crate) number: u64,
    /// Hash of the preceding document; `None` in the first.
    pub(crate) previous: Option<&'a str>,
}

/// A document that has a position in a chain.
pub trait Chained {
    /// What it is called in messages.
    const NOUN: &'static str;

    /// Its position.
    fn place(&self) -> ChainPlace<'_>;

    /// When it was made, according to the document.
    fn made(&self) -> DateTime<Utc>;
}

/// A document of a chain as it was found.
#[derive(Debug, Clone)]
pub struct Link {
    /// Its file, as shown to people.
    pub(crate) name: String,
    pub(crate) chain: String,
    pub number: u64,
    pub previous: Option<String>,
    pub hash: String,
    /// When it was made, according to the document.
    pub(crate) made: DateTime<Utc>,
    /// `receipt` or `certificate`.
    pub(crate) noun: &'static str,
    /// A document with a bad signature is not missing, but proves nothing.
    pub signature: Signature,
}

/// The result of verifying a signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signature {
    Good,
    Bad,
}

impl Link {
    /// Whether its signature is good.
    pub fn is_good(&self) -> bool {
        self.signature == Signature::Good
    }

    pub fn new<T: Chained>(name: String, document: &Signed<T>, signature: Signature) -> Link {
        let place = document.content.place();
        Link {
            name,
            chain: place.chain.to_owned(),
            number: place.number,
            previous: place.previous.map(str::to_owned),
            hash: document.hash(),
            made: document.content.made(),
            noun: T::NOUN,
            signature,
        }
    }
}

/// Something that is wrong, and where.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// The file; absent if a file is missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) file: Option<String>,
    pub(crate) problem: String,
}

impl Problem {
    pub(crate) fn of(file: &str, problem: impl Into<String>) -> Problem {
        Problem {
            file: Some(file.to_owned()),
            problem: problem.into(),
        }
    }

    fn missing(problem: String) -> Problem {
        Problem {
            file: None,
            problem,
        }
    }
}

/// Which part of a chain is checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// All documents from the first on.
    Whole,
    /// Some documents; others may be elsewhere.
    Some,
}

/// The last document of a chain, as known to the ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    pub number: u64,
    pub hash: String,
}

/// Checks the documents of one chain: each number once, each with the hash of the one before, and for [`Extent::Whole`]
/// every number from the first to the last.
pub fn check(links: &[&Link], extent: Extent) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut numbers: BTreeMap<u64, Vec<&Link>> = BTreeMap::new();
    for link in links.iter().filter(|link| link.is_good()) {
        let same = numbers.entry(link.number).or_default();
        match same.first() {
            Some(other) if other.hash != link.hash => problems.push(Problem::of(
                &link.name,
                format!(
                    "it is {} {} as {} is: the chain was continued twice",
                    link.noun, link.number, other.name
                ),
            )),
            _ => {}
        }
        same.push(link);
    }
    let tampered = |number: u64| links.iter().any(|l| !l.is_good() && l.number == number);
    let mut before: Option<&Link> = None;
    for (&number, same) in &numbers {
        let expected = before.map_or(1, |before| before.number + 1);
        let link = same[0];
        if number > expected && extent == Extent::Whole {
            problems.extend(gap(expected, number, before, link, tampered));
        }
        let previous = before.filter(|before| before.number + 1 == number);
        for link in same {
            problems.extend(wrong_link(link, previous));
        }
        before = Some(link);
    }
    problems
}

/// Missing documents from `from` on, before `link`.
fn gap(
    from: u64,
    to: u64,
    before: Option<&Link>,
    link: &Link,
    tampered: impl Fn(u64) -> bool,
) -> Option<Problem> {
    let (mut from, mut to) = (from, to - 1);
    while from <= to && tampered(from) {
        from += 1;
    }
    while from <= to && tampered(to) {
        to -= 1;
    }
    let place = match before {
        Some(before) => format!("between {} and {}", before.name, link.name),
        None => format!("before {}", link.name),
    };
    (from <= to)
        .then(|| Problem::missing(format!("{} missing {place}", several(link.noun, from, to))))
}

/// `receipt 3 is`, `receipts 3 to 5 are`.
fn several(noun: &str, from: u64, to: u64) -> String {
    match from == to {
        true => format!("{noun} {from} is"),
        false => format!("{noun}s {from} to {to} are"),
    }
}

/// A document that does not follow the one before it.
fn wrong_link(link: &Link, before: Option<&Link>) -> Option<Problem> {
    let problem = match (&link.previous, before) {
        _ if link.number == 0 => format!("it is {} 0, and the first is 1", link.noun),
        (Some(_), None) if link.number <= 1 => {
            format!(
                "it is the first {} and carries the hash of another",
                link.noun
            )
        }
        (None, _) if link.number > 1 => format!(
            "it is {} {} and carries no hash of the one before",
            link.noun, link.number
        ),
        (Some(previous), Some(before)) if *previous != before.hash => format!(
            "it does not carry the hash of {} {}, {}: the chain was put together anew",
            before.noun, before.number, before.name
        ),
        _ => return None,
    };
    Some(Problem::of(&link.name, problem))
}

/// Documents that are older than the one before them by more than the clocks of hosts differ: a clock was set back. They are
/// genuine nevertheless.
pub fn set_back(links: &[&Link]) -> Vec<Problem> {
    let mut good: Vec<&&Link> = links.iter().filter(|link| link.is_good()).collect();
    good.sort_by_key(|link| link.number);
    let pairs = good.windows(2).map(|pair| (pair[0], pair[1]));
    let back = pairs.filter(|(before, link)| {
        link.number == before.number.saturating_add(1)
            && before.made.signed_duration_since(link.made) > CLOCKS_DIFFER
    });
    back.map(|(before, link)| {
        Problem::of(
            &link.name,
            format!(
                "its clock was behind that of {} {}, {}: it says {} and that one {}",
                before.noun,
                before.number,
                before.name,
                link.made.format(MOMENT),
                before.made.format(MOMENT)
            ),
        )
    })
    .collect()
}

/// Compares a chain with a complete set of copies.
pub fn against_copies(links: &[&Link], copies: &[&Link], whose: &str) -> Vec<Problem> {
    let mut problems = Vec::new();
    for link in links.iter().filter(|link| link.is_good()) {
        let mut same = copies.iter().filter(|copy| copy.number == link.number);
        match same.next() {
            None => problems.push(Problem::of(
                &link.name,
                format!("{} {} is not among {whose}", link.noun, link.number),
            )),
            Some(copy) if copy.is_good() && copy.hash != link.hash => problems.push(Problem::of(
                &link.name,
                format!(
                    "it is another {} {} than that among {whose}, {}",
                    link.noun, link.number, copy.name
                ),
            )),
            Some(_) => {}
        }
    }
    // Gaps were reported already.
    let last = links.iter().map(|link| link.number).max().unwrap_or(0);
    let newer = copies
        .iter()
        .filter(|copy| copy.is_good() && copy.number > last);
    if let Some((end, noun)) = newer.map(|copy| (copy.number, copy.noun)).max() {
        problems.push(Problem::missing(format!(
            "{} missing at the end of the chain; {whose} have {}",
            several(noun, last + 1, end),
            if last + 1 == end { "it" } else { "them" }
        )));
    }
    problems
}

/// Compares the end of a chain with the known one.
pub fn against_head(links: &[&Link], head: &Head, whose: &str) -> Vec<Problem> {
    let good = links.iter().filter(|link| link.is_good());
    let Some(last) = good.max_by_key(|link| link.number) else {
        return Vec::new();
    };
    if last.number < head.number {
        let missing = several(last.noun, last.number + 1, head.number);
        return vec![Problem::missing(format!(
            "{missing} missing at the end of the chain, behind {}; {whose} has {}",
            last.name, head.number
        ))];
    }
    let problem = if last.number > head.number {
        format!(
            "it is {} {}, but {whose} has {} only; was it restored from a backup?",
            last.noun, last.number, head.number
        )
    } else if last.hash != head.hash {
        format!(
            "it is another {} {} than the one that {whose} made",
            last.noun, last.number
        )
    } else {
        return Vec::new();
    };
    vec![Problem::of(&last.name, problem)]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A chain of so many receipts.
    fn chain(length: u64) -> Vec<Link> {
        let hash = |number: u64| format!("hash {number}");
        (1..=length)
            .map(|number| Link {
                name: format!("r{number}"),
                chain: "c".into(),
                number,
                previous: (number > 1).then(|| hash(number - 1)),
                hash: hash(number),
                made: DateTime::from_timestamp(number as i64, 0).unwrap(),
                noun: "receipt",
                signature: Signature::Good,
            })
            .collect()
    }

    fn problems(links: &[Link], extent: Extent) -> Vec<String> {
        let links: Vec<&Link> = links.iter().collect();
        check(&links, extent).into_iter().map(told).collect()
    }

    fn told(problem: Problem) -> String {
        match problem.file {
            Some(file) => format!("{file}: {}", problem.problem),
            None => problem.problem,
        }
    }

    #[test]
    fn a_complete_chain_is_accepted_in_any_order() {
        let mut links = chain(5);
        links.reverse();
        links.push(links[2].clone());
        assert!(problems(&links, Extent::Whole).is_empty());
    }

    #[test]
    fn gaps_are_told_with_their_place() {
        let mut links = chain(6);
        links.remove(4);
        links.drain(1..3);
        links.remove(0);
        assert_eq!(
            problems(&links, Extent::Whole),
            [
                "receipts 1 to 3 are missing before r4",
                "receipt 5 is missing between r4 and r6"
            ]
        );
        assert!(problems(&links, Extent::Some).is_empty());
    }

    #[test]
    fn one_that_was_tampered_with_is_not_missing() {
        let mut links = chain(3);
        links[1].signature = Signature::Bad;
        assert!(problems(&links, Extent::Whole).is_empty());
        links[1].number = u64::MAX;
        assert_eq!(
            problems(&links, Extent::Whole),
            ["receipt 2 is missing between r1 and r3"]
        );
    }

    #[test]
    fn a_chain_put_together_anew_is_seen() {
        let mut links = chain(3);
        (links[0].number, links[1].number) = (2, 1);
        let said = problems(&links, Extent::Some);
        assert_eq!(
            said,
            [
                "r2: it is the first receipt and carries the hash of another",
                "r1: it is receipt 2 and carries no hash of the one before",
                "r3: it does not carry the hash of receipt 2, r1: the chain was put together anew"
            ]
        );
    }

    #[test]
    fn a_clock_that_was_set_back_is_told() {
        let mut links = chain(3);
        let told = |links: &[Link]| {
            let links: Vec<&Link> = links.iter().collect();
            set_back(&links).into_iter().map(told).collect::<Vec<_>>()
        };
        links[1].made += chrono::TimeDelta::seconds(60);
        assert!(told(&links).is_empty(), "hosts differ");
        links[1].made += chrono::TimeDelta::seconds(2);
        assert_eq!(
            told(&links),
            [
                "r3: its clock was behind that of receipt 2, r2: it says 1970-01-01 00:00:03 UTC and that one 1970-01-01 00:01:04 UTC"
            ]
        );
        links[1].signature = Signature::Bad;
        assert!(told(&links).is_empty(), "it vouches for nothing");
    }

    #[test]
    fn a_fork_is_seen() {
        let mut links = chain(2);
        links.push(Link {
            name: "other".into(),
            hash: "else".into(),
            ..links[1].clone()
        });
        assert_eq!(
            problems(&links, Extent::Whole),
            ["other: it is receipt 2 as r2 is: the chain was continued twice"]
        );
    }

    #[test]
    fn an_end_that_is_cut_off_is_seen_where_somebody_knows_it() {
        let all = chain(4);
        let some: Vec<&Link> = all[..2].iter().collect();
        let all: Vec<&Link> = all.iter().collect();
        let whose = "the operator's copies";
        let said = |problems: Vec<Problem>| problems.into_iter().map(told).collect::<Vec<_>>();
        assert_eq!(
            said(against_copies(&some, &all, whose)),
            [
                "receipts 3 to 4 are missing at the end of the chain; the operator's copies have them"
            ]
        );
        assert_eq!(
            said(against_copies(&all, &some, whose)),
            [
                "r3: receipt 3 is not among the operator's copies",
                "r4: receipt 4 is not among the operator's copies"
            ]
        );
        let head = |number: u64| Head {
            number,
            hash: format!("hash {number}"),
        };
        assert_eq!(
            said(against_head(&some, &head(3), "the ledger")),
            ["receipt 3 is missing at the end of the chain, behind r2; the ledger has 3"]
        );
        assert!(against_head(&some, &head(2), "the ledger").is_empty());
        assert_eq!(against_head(&all, &head(2), "the ledger").len(), 1);
        let other = Head {
            number: 2,
            hash: "other".into(),
        };
        assert_eq!(against_head(&some, &other, "the ledger").len(), 1);
    }
}
