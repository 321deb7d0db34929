//! The report of VACUUM (VERBOSE): what it could not remove, although it succeeded.

use crate::domain::identifier::Xid;
use crate::postgres::Notice;

/// A summary of the reports of one statement.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct VacuumReport {
    /// The oldest removable cutoff, as the lower 32 bits: row versions that died before it were removed.
    pub(crate) cutoff: Option<u32>,
    /// Pinned pages whose dead row versions were kept; `None`: not reported.
    pub(crate) pinned: Option<u64>,
    /// Whether index scans were bypassed.
    pub(crate) bypassed: bool,
    /// Whether the server gave any other warning, for example about statistics or a skipped table.
    pub(crate) warned: bool,
}

impl VacuumReport {
    /// Parses reports in English.
    pub(crate) fn read(notices: &[Notice]) -> VacuumReport {
        let mut report = VacuumReport::default();
        for notice in notices {
            let text = notice.text.as_str();
            let failsafe = text.contains("bypassing nonessential maintenance");
            report.warned |= notice.warns && !failsafe;
            let cutoff = number_after(text, "removable cutoff: ")
                .or_else(|| number_after(text, "oldest xmin: "));
            if let Some(cutoff) = cutoff.and_then(|n| u32::try_from(n).ok()) {
                let older = report.cutoff.is_none_or(|other| is_before(cutoff, other));
                if older {
                    report.cutoff = Some(cutoff);
                }
                let pinned = pages(text);
                report.pinned = Some(report.pinned.unwrap_or(0) + pinned);
            }
            report.bypassed |= failsafe || text.contains("index scan bypassed");
        }
        report
    }

    /// Whether everything that died before a transaction ID was removed; `None`: not reported.
    pub(crate) fn reaches(&self, xid: Xid) -> Option<bool> {
        // The server compares the lower 32 bits.
        let xid = (xid.get() & 0xffff_ffff) as u32;
        self.cutoff.map(|cutoff| !is_before(cutoff, xid))
    }
}

/// Whether one transaction ID precedes another, modulo 2^32.
fn is_before(one: u32, other: u32) -> bool {
    one.wrapping_sub(other).cast_signed() < 0
}

/// Pinned pages whose dead row versions were kept, in the wording of PostgreSQL 15 and later or of 14.
fn pages(text: &str) -> u64 {
    let missed = text
        .find("tuples missed: ")
        .and_then(|at| number_after(&text[at..], " dead from "));
    let skipped = || {
        text.contains("due to buffer pins")
            .then(|| number_after(text, "Skipped "))
            .flatten()
    };
    missed.or_else(skipped).unwrap_or(0)
}

/// The number that follows a phrase.
fn number_after(text: &str, words: &str) -> Option<u64> {
    let rest = &text[text.find(words)? + words.len()..];
    let end = rest
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(rest.len());
    rest[..end].parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn notice(text: &str) -> Notice {
        Notice {
            warns: false,
            text: text.to_owned(),
        }
    }

    #[test]
    fn parses_reports_of_several_versions() {
        let fifteen = "finished vacuuming \"db.contact_centre.contact\": index scans: 1\n\
            pages: 0 removed, 1 remain, 1 scanned (100.00% of total)\n\
            tuples: 0 removed, 1 remain, 0 are dead but not yet removable\n\
            tuples missed: 3 dead from 2 pages not removed due to cleanup lock contention\n\
            removable cutoff: 742, which was 0 XIDs old when operation ended\n\
            index scan needed: 1 pages";
        let toast = "finished vacuuming \"db.pg_toast.pg_toast_1\": index scans: 0\n\
            removable cutoff: 743, which was 0 XIDs old when operation ended\nindex scan not needed: 0 pages";
        let read = VacuumReport::read(&[notice(fifteen), notice(toast)]);
        assert_eq!(
            (read.cutoff, read.pinned, read.bypassed),
            (Some(742), Some(2), false)
        );
        assert_eq!(
            [741, 742, 743, (1 << 32) + 742].map(|xid| read.reaches(Xid::new(xid))),
            [true, true, false, true].map(Some)
        );
        let fourteen = "table \"contact\": found 0 removable, 1 nonremovable row versions in 1 out of 1 pages\n\
            0 dead row versions cannot be removed yet, oldest xmin: 745\nSkipped 4 pages due to buffer pins, 0 frozen pages.";
        let read = VacuumReport::read(&[notice(fourteen)]);
        assert_eq!((read.cutoff, read.pinned), (Some(745), Some(4)));
        let bypassed = "x\nremovable cutoff: 9, which\nindex scan bypassed by failsafe: 2 pages";
        assert!(VacuumReport::read(&[notice(bypassed)]).bypassed);
        let german = VacuumReport::read(&[notice("entfernbare Grenze: 742")]);
        assert_eq!((german.cutoff, german.reaches(Xid::new(5))), (None, None));
    }

    #[test]
    fn transaction_ids_wrap_around() {
        let read = VacuumReport {
            cutoff: Some(5),
            ..VacuumReport::default()
        };
        assert_eq!(read.reaches(Xid::new((1 << 32) - 10)), Some(true));
        assert_eq!(read.reaches(Xid::new((1 << 32) + 6)), Some(false));
    }
}
