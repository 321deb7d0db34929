//! Listing `GDPR_Submit`, and comparing two listings (contract section 1).

use std::collections::BTreeMap;

use nix::sys::stat::FileStat;

use super::drop_folder::{DropError, DropFolder, Layout, TRANSFER};
use super::file_state::{Fingerprint, Refusal};
use crate::domain::file_name::{FileName, NameError};
use crate::domain::text::printable;

/// One entry of `GDPR_Submit`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Entry {
    /// Named like a submission.
    Proper { name: FileName, state: State },
    /// Anything else: left alone and listed by `status`. `display` is [`printable`].
    Other { display: String, why: NameError },
}

/// The state of a properly named entry in one listing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// A regular file, possibly with further hard links.
    Plain(Fingerprint),
    /// Anything else, for the reason given.
    NotPlain(Refusal),
}

/// What two listings show about a properly named file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settling {
    /// The same regular file in both listings: it can be taken.
    Settled(Fingerprint),
    /// New or changed: still being uploaded, so it is left for the next time.
    Unsettled,
    /// In the first listing only.
    Gone,
    /// Not a regular file, or a file with a second hard link.
    Refused(Refusal),
}

impl DropFolder {
    /// Lists every entry of `GDPR_Submit` in byte order of the names, without opening or following anything. Entries that
    /// disappear meanwhile are omitted.
    pub fn look(&self) -> Result<Vec<Entry>, DropError> {
        let names = self.submit.names().map_err(self.submit_error("list", ""))?;
        let mut entries = Vec::with_capacity(names.len());
        for name in names {
            if self.layout == Layout::Case && name == TRANSFER {
                continue;
            }
            match FileName::parse(&name) {
                Err(why) => entries.push(Entry::Other {
                    display: printable(&name),
                    why,
                }),
                Ok(name) => {
                    let stat = self.submit.stat(name.as_str());
                    let stat = stat.map_err(self.submit_error("look at", name.as_str()))?;
                    if let Some(stat) = stat {
                        let state = State::of(&stat);
                        entries.push(Entry::Proper { name, state });
                    }
                }
            }
        }
        Ok(entries)
    }
}

/// Compares two listings of the same folder, in the order of the names. Entries without a proper name are omitted. To skip
/// the comparison, pass one listing twice.
pub fn settle(first: &[Entry], second: &[Entry]) -> Vec<(FileName, Settling)> {
    let mut looks: BTreeMap<&FileName, (Option<&State>, Option<&State>)> = BTreeMap::new();
    for (name, state) in first.iter().filter_map(Entry::proper) {
        looks.entry(name).or_default().0 = Some(state);
    }
    for (name, state) in second.iter().filter_map(Entry::proper) {
        looks.entry(name).or_default().1 = Some(state);
    }
    looks
        .into_iter()
        .map(|(name, (first, second))| (name.clone(), Settling::of(first, second)))
        .collect()
}

impl Settling {
    fn of(first: Option<&State>, second: Option<&State>) -> Settling {
        match (first, second) {
            (_, None) => Settling::Gone,
            (_, Some(State::NotPlain(refusal))) => Settling::Refused(*refusal),
            (Some(State::Plain(first)), Some(State::Plain(second))) if first.is_same(second) => {
                match second.nlink {
                    0 | 1 => Settling::Settled(*second),
                    _ => Settling::Refused(Refusal::SecondHardLink),
                }
            }
            (_, Some(State::Plain(_))) => Settling::Unsettled,
        }
    }
}

impl Entry {
    fn proper(&self) -> Option<(&FileName, &State)> {
        match self {
            Entry::Proper { name, state } => Some((name, state)),
            Entry::Other { .. } => None,
        }
    }
}

impl State {
    fn of(stat: &FileStat) -> State {
        match Refusal::of(stat) {
            None => State::Plain(Fingerprint::of(stat)),
            Some(refusal) => State::NotPlain(refusal),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::ffi::OsStr;
    use std::fs;
    use std::os::unix::ffi::OsStrExt;
    use std::os::unix::fs::symlink;
    use std::os::unix::net::UnixListener;

    use nix::sys::stat::Mode;

    use super::super::SUBMIT;
    use super::super::drop_folder::tests::drop;
    use super::*;

    const A: &str = "forget-20240101_a.json";

    fn only(look: &[Entry]) -> Settling {
        settle(look, look)[0].1
    }

    #[test]
    fn everything_is_listed_in_order_and_nothing_blocks() {
        let (root, drop) = drop();
        let submit = root.path().join(SUBMIT);
        let name = |unique: &str| submit.join(format!("forget-20240101_{unique}.json"));
        fs::write(name("a"), "12345").unwrap();
        fs::hard_link(name("a"), name("b")).unwrap();
        symlink("/etc/passwd", name("c")).unwrap();
        nix::unistd::mkfifo(&name("d"), Mode::S_IRUSR).unwrap();
        let _socket = UnixListener::bind(name("e")).unwrap();
        fs::create_dir(name("f")).unwrap();
        symlink("nowhere", name("g")).unwrap();
        fs::write(submit.join("zz\n\u{1b}[1A"), "").unwrap();
        fs::write(submit.join(OsStr::from_bytes(b"\xff")), "").unwrap();
        fs::write(submit.join(".hidden"), "").unwrap();

        let look = drop.look().unwrap();
        let others: Vec<_> = look
            .iter()
            .filter_map(|entry| match entry {
                Entry::Other { display, .. } => Some(display.as_str()),
                Entry::Proper { .. } => None,
            })
            .collect();
        assert_eq!(others, [".hidden", "zz\\n\\u{1b}[1A", "\\xff"]);
        let proper: Vec<_> = settle(&look, &look).into_iter().map(|(_, s)| s).collect();
        let refused = Settling::Refused;
        assert_eq!(
            proper,
            [
                refused(Refusal::SecondHardLink),
                refused(Refusal::SecondHardLink),
                refused(Refusal::SymbolicLink),
                refused(Refusal::Fifo),
                refused(Refusal::Socket),
                refused(Refusal::Directory),
                refused(Refusal::SymbolicLink),
            ]
        );
    }

    #[test]
    fn one_listing_settles_when_compared_with_itself() {
        let (root, drop) = drop();
        fs::write(root.path().join(SUBMIT).join(A), "12345").unwrap();
        let look = drop.look().unwrap();
        let Settling::Settled(fingerprint) = only(&look) else {
            panic!("{look:?}");
        };
        assert_eq!((fingerprint.size, fingerprint.nlink), (5, 1));
    }

    #[test]
    fn two_listings_show_settled_changed_new_and_gone() {
        let (root, drop) = drop();
        let submit = root.path().join(SUBMIT);
        let path = |unique: &str| submit.join(format!("forget-20240101_{unique}.json"));
        for unique in [
            "gone", "grown", "linked", "replaced", "same", "touched", "unlinked",
        ] {
            fs::write(path(unique), unique).unwrap();
        }
        fs::hard_link(path("unlinked"), submit.join("upload")).unwrap();
        let first = drop.look().unwrap();

        fs::remove_file(path("gone")).unwrap();
        fs::write(path("grown"), "grown further").unwrap();
        symlink("x", submit.join("y")).unwrap();
        fs::remove_file(path("linked")).unwrap();
        symlink(path("same"), path("linked")).unwrap();
        fs::write(path("new"), "new").unwrap();
        let mtime = fs::metadata(path("replaced")).unwrap().modified().unwrap();
        fs::write(submit.join("other"), "Replaced").unwrap();
        fs::rename(submit.join("other"), path("replaced")).unwrap();
        set_mtime(&path("replaced"), mtime);
        set_mtime(&path("touched"), std::time::UNIX_EPOCH);
        fs::remove_file(submit.join("upload")).unwrap();

        let told = settle(&first, &drop.look().unwrap());
        let told: Vec<_> = told
            .iter()
            .map(|(name, told)| (&name.stem()[16..], told))
            .collect();
        assert_eq!(told[0], ("gone", &Settling::Gone));
        assert_eq!(told[1], ("grown", &Settling::Unsettled));
        assert_eq!(
            told[2],
            ("linked", &Settling::Refused(Refusal::SymbolicLink))
        );
        assert_eq!(told[3], ("new", &Settling::Unsettled));
        assert_eq!(told[4], ("replaced", &Settling::Unsettled));
        assert!(matches!(told[5], ("same", Settling::Settled(_))));
        assert_eq!(told[6], ("touched", &Settling::Unsettled));
        assert!(matches!(told[7], ("unlinked", Settling::Settled(_))));
    }

    fn set_mtime(path: &std::path::Path, time: std::time::SystemTime) {
        let file = fs::File::options().write(true).open(path).unwrap();
        file.set_modified(time).unwrap();
    }

    #[test]
    fn a_link_that_became_a_file_has_not_settled() {
        let (root, drop) = drop();
        let path = root.path().join(SUBMIT).join(A);
        symlink("nowhere", &path).unwrap();
        let first = drop.look().unwrap();
        fs::remove_file(&path).unwrap();
        fs::write(&path, "{}").unwrap();
        let told = settle(&first, &drop.look().unwrap());
        assert_eq!(told[0].1, Settling::Unsettled);
    }

    #[test]
    fn refusals_continue_the_name() {
        let refusal = Refusal::TooLarge {
            size: 11,
            limit: 10,
        };
        assert_eq!(
            refusal.to_string(),
            "is larger than 10 bytes (max_submission_bytes): 11 bytes"
        );
        let refusal = Refusal::TooDeep { limit: 32 };
        assert_eq!(refusal.to_string(), "is nested deeper than 32 levels");
    }
}
