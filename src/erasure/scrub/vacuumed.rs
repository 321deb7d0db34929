//! What VACUUM (VERBOSE) said that it could not remove: it succeeds all the same.

use crate::postgres::Notice;

/// What the reports of one statement come to.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Vacuumed {
    /// The oldest of the cutoffs: whatever died in a transaction before it could be removed. By its last 32 bits.
    pub cutoff: Option<u32>,
    /// Pages that were in use, so that their dead row versions stayed; `None`: the reports did not tell.
    pub pinned: Option<u64>,
    /// Whether indexes were not scanned.
    pub bypassed: bool,
    /// Whether the server warned of anything else: of statistics that could not be made, of a table that it passed by.
    pub warned: bool,
}

impl Vacuumed {
    /// Reads reports in English.
    pub fn read(notices: &[Notice]) -> Vacuumed {
        let mut read = Vacuumed::default();
        for notice in notices {
            let text = notice.text.as_str();
            let in_a_hurry = text.contains("bypassing nonessential maintenance");
            read.warned |= notice.warns && !in_a_hurry;
            let cutoff = number_after(text, "removable cutoff: ")
                .or_else(|| number_after(text, "oldest xmin: "));
            if let Some(cutoff) = cutoff.and_then(|n| u32::try_from(n).ok()) {
                let older = read.cutoff.is_none_or(|other| is_before(cutoff, other));
                if older {
                    read.cutoff = Some(cutoff);
                }
                let pinned = pages(text);
                read.pinned = Some(read.pinned.unwrap_or(0) + pinned);
            }
            read.bypassed |= in_a_hurry || text.contains("index scan bypassed");
        }
        read
    }

    /// Whether everything that died before a transaction ID could be removed, as far as the reports tell.
    pub fn reaches(&self, xid: i64) -> Option<bool> {
        // The last 32 bits are what the server compares.
        let xid = (xid & 0xffff_ffff) as u32;
        self.cutoff.map(|cutoff| !is_before(cutoff, xid))
    }
}

/// Whether a transaction ID is before another, as the server counts around.
fn is_before(one: u32, other: u32) -> bool {
    one.wrapping_sub(other).cast_signed() < 0
}

/// Pages whose dead row versions stayed, as they were in use: as PostgreSQL 15 and later tell it, or as 14 does.
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

/// The number that follows some words.
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
    fn reports_of_several_versions_are_read() {
        let fifteen = "finished vacuuming \"db.contact_centre.contact\": index scans: 1\n\
            pages: 0 removed, 1 remain, 1 scanned (100.00% of total)\n\
            tuples: 0 removed, 1 remain, 0 are dead but not yet removable\n\
            tuples missed: 3 dead from 2 pages not removed due to cleanup lock contention\n\
            removable cutoff: 742, which was 0 XIDs old when operation ended\n\
            index scan needed: 1 pages";
        let toast = "finished vacuuming \"db.pg_toast.pg_toast_1\": index scans: 0\n\
            removable cutoff: 743, which was 0 XIDs old when operation ended\nindex scan not needed: 0 pages";
        let read = Vacuumed::read(&[notice(fifteen), notice(toast)]);
        assert_eq!(
            (read.cutoff, read.pinned, read.bypassed),
            (Some(742), Some(2), false)
        );
        assert_eq!(
            [741, 742, 743, (1 << 32) + 742].map(|xid| read.reaches(xid)),
            [true, true, false, true].map(Some)
        );
        let fourteen = "table \"contact\": found 0 removable, 1 nonremovable row versions in 1 out of 1 pages\n\
            0 dead row versions cannot be removed yet, oldest xmin: 745\nSkipped 4 pages due to buffer pins, 0 frozen pages.";
        let read = Vacuumed::read(&[notice(fourteen)]);
        assert_eq!((read.cutoff, read.pinned), (Some(745), Some(4)));
        let bypassed = "x\nremovable cutoff: 9, which\nindex scan bypassed by failsafe: 2 pages";
        assert!(Vacuumed::read(&[notice(bypassed)]).bypassed);
        let german = Vacuumed::read(&[notice("entfernbare Grenze: 742")]);
        assert_eq!((german.cutoff, german.reaches(5)), (None, None));
    }

    #[test]
    fn transaction_ids_count_around() {
        let read = Vacuumed {
            cutoff: Some(5),
            ..Vacuumed::default()
        };
        assert_eq!(read.reaches((1 << 32) - 10), Some(true));
        assert_eq!(read.reaches((1 << 32) + 6), Some(false));
    }
}
