//! Private PostgreSQL clusters for lethe alone: on a Unix socket in a closed folder, without TCP.
//!
//! A server must never outlive the lethe that needs it, however lethe ends. So lethe does not start the server
//! itself: it starts a keeper, which is lethe again with the hidden argument `cluster-keeper`, and holds the other
//! end of the keeper's standard input. The kernel closes that end when lethe returns, panics or is killed, and the
//! keeper then stops the server and clears up. See [`keeper_main`] for its side, [`kept`] for the locks by which
//! several processes share one cluster.
//!
//! Lethe keeps old values out of the server's log as well: it is written tersely and without statements.

use std::ffi::OsString;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use nix::unistd::{Uid, User};

mod binaries;
mod error;
mod keeper;
mod kept;
mod log;
mod server;
mod server_user;

use error::io_error;

pub use binaries::find_binaries;
pub use error::EmbeddedError;
pub use keeper::keeper_main;

/// The superuser of every private cluster; the closed socket folder is its only password.
const SUPERUSER: &str = "lethe";
/// The port only names the socket file: nothing listens on TCP.
const PORT: u16 = 5432;

/// What becomes of a cluster's data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    /// The data outlives the process, and a power cut: fsync is on.
    Kept,
    /// The data goes with the guard, so nothing waits for the disk. For the demo and tests only.
    Throwaway,
}

/// A private cluster; while this guard lives, the server runs.
///
/// Connections belong to the caller: close them before the guard goes, or they end with the server.
#[derive(Debug)]
pub struct Cluster {
    durability: Durability,
    socket_dir: PathBuf,
    /// None for a kept cluster that another process has started.
    keeper: Option<Keeper>,
    /// None for a throwaway cluster, which has one user only.
    seat: Option<kept::Seat>,
}

impl Cluster {
    /// A throwaway cluster below `/tmp`; everything is removed when the guard goes, or the process does in any way.
    ///
    /// `keeper` is the lethe binary, `settings` are server settings beyond lethe's own, and win over them. The
    /// cluster has the database `postgres` only. Takes about as long as `initdb`, a second or two.
    pub fn throwaway(keeper: &Path, settings: &[(&str, &str)]) -> Result<Cluster, EmbeddedError> {
        let binaries = find_binaries()?;
        let mut arguments: Vec<OsString> = vec!["throwaway".into(), binaries.into()];
        arguments.extend(as_arguments(settings));
        let (keeper, socket_dir) = Keeper::start(keeper, &arguments)?;
        Ok(Cluster {
            durability: Durability::Throwaway,
            socket_dir,
            keeper: Some(keeper),
            seat: None,
        })
    }

    /// The kept cluster in `folder`, made at first use and shared by all lethe processes that use it at the time.
    ///
    /// The server starts with the first of them and stops after the last. The cluster has the database `postgres`
    /// only: the caller connects to it and creates what it needs. Waits while another process starts or stops
    /// the cluster. The folder may move between machines only while no server runs.
    pub fn kept(keeper: &Path, folder: &Path) -> Result<Cluster, EmbeddedError> {
        Cluster::kept_with(keeper, folder, &[])
    }

    /// A kept cluster whose server, if this process is the one that starts it, has `settings` beyond lethe's own.
    pub fn kept_with(
        keeper: &Path,
        folder: &Path,
        settings: &[(&str, &str)],
    ) -> Result<Cluster, EmbeddedError> {
        let places = kept::Places::make(folder)?;
        let (seat, start) = kept::Seat::take(&places)?;
        let (keeper, socket_dir) = match start.running_server(&places)? {
            Some(socket_dir) => (None, socket_dir),
            None => {
                let binaries = binaries::for_data(&places.data())?;
                let mut arguments: Vec<OsString> = vec![
                    "kept".into(),
                    binaries.into(),
                    places.folder().as_os_str().to_owned(),
                ];
                arguments.extend(as_arguments(settings));
                let (keeper, socket_dir) = Keeper::start(keeper, &arguments)?;
                (Some(keeper), socket_dir)
            }
        };
        Ok(Cluster {
            durability: Durability::Kept,
            socket_dir,
            keeper,
            seat: Some(seat),
        })
    }

    /// Whether the data outlives the process.
    pub fn durability(&self) -> Durability {
        self.durability
    }

    /// The folder of the server's socket; only the server's user and root can enter it.
    pub fn socket_dir(&self) -> &Path {
        &self.socket_dir
    }

    /// The superuser's name, `lethe`.
    pub fn user(&self) -> &str {
        SUPERUSER
    }

    /// A libpq key/value connection string for a database of this cluster, as the superuser.
    pub fn connection_string(&self, database: &str) -> String {
        let quoted = database.replace('\\', r"\\").replace('\'', r"\'");
        format!(
            "host={} port={PORT} user={SUPERUSER} dbname='{quoted}'",
            self.socket_dir.display()
        )
    }

    /// End the server of a throwaway cluster cleanly, with a last checkpoint, so that its files can be looked at: they stay until
    /// the guard goes. Returns its data folder.
    pub fn halt(&self) -> Result<PathBuf, EmbeddedError> {
        let data = self.data();
        server::end_cleanly(&data)?;
        Ok(data)
    }

    /// The data folder of a throwaway cluster.
    pub fn data(&self) -> PathBuf {
        self.socket_dir.join("data")
    }

    /// Stop the server and wait until it has ended and cleared up; dropping does the same, quietly.
    ///
    /// A kept cluster that other processes still use runs on, and this returns at once. An error says that the
    /// keeper was killed; what it would have cleared up is cleared up all the same, as far as possible.
    pub fn stop(mut self) -> Result<(), EmbeddedError> {
        self.leave()
    }

    fn leave(&mut self) -> Result<(), EmbeddedError> {
        // The seat goes first: the keeper looks for remaining users as soon as its input ends.
        let seat = self.seat.take();
        let places = seat.map(kept::Seat::leave);
        let Some(keeper) = self.keeper.take() else {
            return Ok(());
        };
        let end = keeper.finish();
        if end.is_err() {
            match places {
                None => server::clear_after_lost_keeper(&self.socket_dir),
                Some(places) => places.clear_after_lost_keeper(&self.socket_dir),
            }
        }
        end
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        // Nobody is there to be told, and the next start copes with whatever is left.
        let _ = self.leave();
    }
}

fn as_arguments(settings: &[(&str, &str)]) -> impl Iterator<Item = OsString> {
    settings
        .iter()
        .map(|(name, value)| format!("{name}={value}").into())
}

/// Where lethe keeps data of its own: `/var/lib/lethe` as root, else `$XDG_DATA_HOME/lethe` or `~/.local/share/lethe`.
///
/// The folder need not exist.
pub fn data_folder() -> Result<PathBuf, EmbeddedError> {
    if Uid::effective().is_root() {
        return Ok(PathBuf::from("/var/lib/lethe"));
    }
    let absolute = |name: &str| {
        std::env::var_os(name)
            .map(PathBuf::from)
            .filter(|path| path.is_absolute())
    };
    if let Some(data) = absolute("XDG_DATA_HOME") {
        return Ok(data.join("lethe"));
    }
    let home = absolute("HOME").or_else(|| {
        User::from_uid(Uid::effective())
            .ok()
            .flatten()
            .map(|user| user.dir)
    });
    Ok(home
        .ok_or(EmbeddedError::NoHome)?
        .join(".local/share/lethe"))
}

/// The parent's side of a keeper process.
#[derive(Debug)]
struct Keeper {
    process: Child,
    /// Held open for as long as the cluster is wanted.
    input: ChildStdin,
    words: BufReader<ChildStdout>,
}

impl Keeper {
    /// Start the keeper and wait until its server is ready; returns the socket folder too.
    fn start(program: &Path, arguments: &[OsString]) -> Result<(Keeper, PathBuf), EmbeddedError> {
        let mut process = Command::new(program)
            .arg("cluster-keeper")
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(io_error("start the keeper", program))?;
        let input = process
            .stdin
            .take()
            .expect("the input was asked to be a pipe");
        let words = BufReader::new(
            process
                .stdout
                .take()
                .expect("the output was asked to be a pipe"),
        );
        let mut keeper = Keeper {
            process,
            input,
            words,
        };
        let mut folder = None;
        loop {
            match keeper.next_word() {
                Some(Word::Folder(path)) => folder = Some(path),
                Some(Word::Ready(path)) => return Ok((keeper, path)),
                Some(Word::Failed(message)) => {
                    let _ = keeper.process.wait();
                    return Err(EmbeddedError::Keeper(message));
                }
                Some(Word::Stopped | Word::InUse) | None => {
                    let _ = keeper.finish();
                    folder
                        .iter()
                        .for_each(|folder| server::clear_after_lost_keeper(folder));
                    return Err(EmbeddedError::KeeperLost);
                }
            }
        }
    }

    /// Let go of the cluster; waits for its end unless others use it.
    fn finish(mut self) -> Result<(), EmbeddedError> {
        drop(self.input);
        let mut words = self
            .words
            .lines()
            .map_while(Result::ok)
            .filter_map(|line| Word::parse(&line));
        match words.next() {
            Some(Word::InUse) => Ok(()),
            Some(Word::Stopped) => {
                let _ = self.process.wait();
                Ok(())
            }
            Some(Word::Failed(message)) => {
                let _ = self.process.wait();
                Err(EmbeddedError::Keeper(message))
            }
            Some(Word::Folder(_) | Word::Ready(_)) | None => {
                let _ = self.process.wait();
                Err(EmbeddedError::KeeperLost)
            }
        }
    }

    fn next_word(&mut self) -> Option<Word> {
        let mut line = String::new();
        self.words
            .read_line(&mut line)
            .ok()
            .filter(|&read| read > 0)?;
        Word::parse(line.trim_end_matches('\n'))
    }
}

/// What a keeper says to its parent, one line each.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Word {
    /// This throwaway folder exists from now on.
    Folder(PathBuf),
    /// The server takes connections in this folder.
    Ready(PathBuf),
    /// There will be no server, for this reason.
    Failed(String),
    /// The server has ended and everything is cleared up.
    Stopped,
    /// Others use the server, so it runs on.
    InUse,
}

impl Word {
    /// The line, without its end. The folders are of lethe's own naming below `/tmp`, hence always text.
    fn line(&self) -> String {
        match self {
            Word::Folder(path) => format!("folder {}", path.display()),
            Word::Ready(path) => format!("ready {}", path.display()),
            Word::Failed(message) => format!("failed {}", message.replace('\n', "\u{1f}")),
            Word::Stopped => "stopped".to_owned(),
            Word::InUse => "in-use".to_owned(),
        }
    }

    fn parse(line: &str) -> Option<Word> {
        match line.split_once(' ').unwrap_or((line, "")) {
            ("folder", path) => Some(Word::Folder(path.into())),
            ("ready", path) => Some(Word::Ready(path.into())),
            ("failed", message) => Some(Word::Failed(message.replace('\u{1f}', "\n"))),
            ("stopped", "") => Some(Word::Stopped),
            ("in-use", "") => Some(Word::InUse),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_keeper_says_is_what_the_parent_hears() {
        let words = [
            Word::Folder("/tmp/lethe-a".into()),
            Word::Ready("/tmp/lethe-a".into()),
            Word::Failed("initdb failed\nno space".into()),
            Word::Stopped,
            Word::InUse,
        ];
        for word in words {
            assert!(!word.line().contains('\n'));
            assert_eq!(Word::parse(&word.line()), Some(word));
        }
        assert_eq!(Word::parse("anything else"), None);
    }

    #[test]
    fn a_database_name_is_quoted_in_the_connection_string() {
        let socket_dir = PathBuf::from("/tmp/lethe-a");
        let cluster = Cluster {
            durability: Durability::Throwaway,
            socket_dir,
            keeper: None,
            seat: None,
        };
        assert_eq!(
            cluster.connection_string(r"it's a\b"),
            r"host=/tmp/lethe-a port=5432 user=lethe dbname='it\'s a\\b'"
        );
    }
}
