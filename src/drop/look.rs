//! One look at `GDPR_Submit`, and what two looks tell (contract section 1).

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use nix::sys::stat::{FileStat, SFlag};

use super::name::{FileName, NameError};
use super::{DropError, DropFolder, Layout, TRANSFER};
use crate::domain::text::printable;

/// One entry of `GDPR_Submit`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Entry {
    /// Named like a submission.
    Proper { name: FileName, state: State },
    /// Anything else: left untouched, and named in `status`. `display` is [`printable`].
    Other { display: String, why: NameError },
}

/// What stood under a proper name at one look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// A regular file, perhaps with further hard links as yet.
    Plain(Fingerprint),
    /// Anything else, for the reason given.
    NotPlain(Refusal),
}

/// Tells two states of a regular file apart without reading it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fingerprint {
    pub dev: u64,
    pub ino: u64,
    /// In bytes.
    pub size: u64,
    /// Seconds and nanoseconds.
    pub mtime: (i64, i64),
    /// The number of hard links; not part of being the same file.
    pub nlink: u64,
}

impl Fingerprint {
    /// When it was written last; `None` where the file system says something that is no moment.
    pub fn modified(&self) -> Option<DateTime<Utc>> {
        let (seconds, nanoseconds) = self.mtime;
        DateTime::from_timestamp(seconds, u32::try_from(nanoseconds).ok()?)
    }
}

/// Why a properly named file is not taken as a submission. Reads on from the file's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("is a symbolic link")]
    SymbolicLink,
    #[error("is a FIFO")]
    Fifo,
    #[error("is a socket")]
    Socket,
    /// Also any kind of file that this system has beyond the usual ones.
    #[error("is a device")]
    Device,
    #[error("is a directory")]
    Directory,
    #[error("has a second hard link")]
    SecondHardLink,
    #[error("is larger than {limit} bytes (max_submission_bytes): {size} bytes")]
    TooLarge { size: u64, limit: u64 },
    #[error("is nested deeper than {limit} levels")]
    TooDeep { limit: u32 },
}

/// What two looks tell of one properly named file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settling {
    /// The same at both looks, and plain: it can be taken.
    Settled(Fingerprint),
    /// New, or changed in between: still being uploaded, left for the next time.
    Unsettled,
    /// There at the first look only.
    Gone,
    /// Not a plain file, or still with a second hard link.
    Refused(Refusal),
}

impl DropFolder {
    /// Looks at every entry of `GDPR_Submit`, in the byte order of the names. Nothing is opened, followed or waited
    /// for. What disappears meanwhile is left out.
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

/// Compares two looks at the same folder, in the order of the names; entries that are not properly named are left out.
/// Where one look has to do, it is given twice.
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

impl Fingerprint {
    #[allow(clippy::unnecessary_cast)] // the widths differ between Linux and macOS
    pub(super) fn of(stat: &FileStat) -> Fingerprint {
        Fingerprint {
            dev: stat.st_dev as u64,
            ino: stat.st_ino as u64,
            size: stat.st_size as u64,
            mtime: (stat.st_mtime as i64, stat.st_mtime_nsec as i64),
            nlink: stat.st_nlink as u64,
        }
    }

    /// Whether it is the same file in the same state: device, inode, size and modification time.
    pub fn is_same(&self, other: &Fingerprint) -> bool {
        self.is_same_file(other) && self.size == other.size && self.mtime == other.mtime
    }

    /// Whether it is the same file, in whatever state.
    pub(super) fn is_same_file(&self, other: &Fingerprint) -> bool {
        (self.dev, self.ino) == (other.dev, other.ino)
    }
}

impl Refusal {
    /// Why this is no regular file; `None` when it is one.
    pub(super) fn of(stat: &FileStat) -> Option<Refusal> {
        match SFlag::from_bits_truncate(stat.st_mode) & SFlag::S_IFMT {
            SFlag::S_IFREG => None,
            SFlag::S_IFLNK => Some(Refusal::SymbolicLink),
            SFlag::S_IFIFO => Some(Refusal::Fifo),
            SFlag::S_IFSOCK => Some(Refusal::Socket),
            SFlag::S_IFDIR => Some(Refusal::Directory),
            _ => Some(Refusal::Device),
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
    use super::super::tests::drop;
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
    fn one_look_counts_where_no_time_to_settle_is_asked_for() {
        let (root, drop) = drop();
        fs::write(root.path().join(SUBMIT).join(A), "12345").unwrap();
        let look = drop.look().unwrap();
        let Settling::Settled(fingerprint) = only(&look) else {
            panic!("{look:?}");
        };
        assert_eq!((fingerprint.size, fingerprint.nlink), (5, 1));
    }

    #[test]
    fn two_looks_tell_settled_changed_new_and_gone() {
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
    fn refusals_read_on_from_the_name() {
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
