//! The keeper: the process between lethe and its server, which outlives the one to stop the other.

use std::ffi::OsString;
use std::fs::{self, DirBuilder, File, TryLockError};
use std::io::{self, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::{SigSet, Signal};
use nix::unistd::{close, read, setsid};

use super::kept::{Places, Record};
use super::log::Log;
use super::server::{self, PidFile, Server, Site, TICK};
use super::server_user::ServerUser;
use super::{Durability, EmbeddedError, Word, io_error};

/// The keeper process: what `lethe cluster-keeper …` runs, with the arguments after that word. Returns the exit code.
///
/// To be called first in `main`, while the process has one thread and no files of its own: whatever lethe's own parent
/// has left open is closed, lest somebody waits for its end. Only [`Cluster`](super::Cluster) starts it; it says
/// on its standard output what comes of the server, and stops it when its standard input ends.
pub fn keeper_main(args: impl Iterator<Item = OsString>) -> i32 {
    detach();
    let parent = Parent { input: io::stdin() };
    match run(&parent, args.collect()) {
        Ok(()) => {
            parent.hear(&Word::Stopped);
            0
        }
        Err(error) => {
            parent.hear(&Word::Failed(error.to_string()));
            1
        }
    }
}

fn run(parent: &Parent, args: Vec<OsString>) -> Result<(), EmbeddedError> {
    match args.as_slice() {
        [mode, binaries, settings @ ..] if mode == "throwaway" => {
            keep_throwaway(parent, binaries.into(), settings)
        }
        [mode, binaries, folder, settings @ ..] if mode == "kept" => {
            keep_kept(parent, binaries.into(), Path::new(folder), settings)
        }
        _ => Err(EmbeddedError::Keeper(
            "cluster-keeper is started by lethe itself, not by hand".to_owned(),
        )),
    }
}

/// Leave the terminal and its signals, and all that was inherited. The end of the input alone says when to end.
fn detach() {
    // Fails only for the leader of a group, which a child of lethe is not unless it is started by hand.
    let _ = setsid();
    let mut deaf = SigSet::empty();
    for signal in [Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP] {
        deaf.add(signal);
    }
    // The server's programs set their own mask again.
    let _ = deaf.thread_block();
    let _ = std::env::set_current_dir("/");
    let numbers = fs::read_dir("/dev/fd").into_iter().flatten().flatten();
    let numbers: Vec<i32> = numbers
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .collect();
    for number in numbers.into_iter().filter(|&number| number > 2) {
        let _ = close(number);
    }
}

/// Keep a cluster that exists as long as its one user.
fn keep_throwaway(
    parent: &Parent,
    binaries: PathBuf,
    settings: &[OsString],
) -> Result<(), EmbeddedError> {
    let user = ServerUser::current()?;
    user.must_reach(&binaries.join("postgres"))?;
    let folder = server::new_closed_folder()?;
    parent.hear(&Word::Folder(folder.clone()));
    let result = serve_throwaway(parent, &folder, binaries, user, settings);
    fs::remove_dir_all(&folder)
        .map_err(io_error("remove", &folder))
        .and(result)
}

fn serve_throwaway(
    parent: &Parent,
    folder: &Path,
    binaries: PathBuf,
    user: ServerUser,
    settings: &[OsString],
) -> Result<(), EmbeddedError> {
    let durability = Durability::Throwaway;
    let log = Log::begin(folder.join("server.log"), durability)?;
    let path = server::life_lock(folder);
    let life = server::open_lock(&path)?;
    life.try_lock().map_err(io_error("lock", &path))?;
    let data = folder.join("data");
    make_data(&data, &user)?;
    // Last, so that what root makes in the folder cannot be led elsewhere by the server's user.
    user.give(folder)?;

    let site = Site {
        binaries,
        user,
        durability,
        data,
        log,
        settings: settings.to_vec(),
    };
    site.make_cluster(parent, &site.data)?;
    let mut server = site.start(parent, folder, life)?;
    parent.hear(&Word::Ready(folder.to_owned()));
    match wait(Some(parent), Some(&server), None) {
        Event::ServerGone => {
            server.reap();
            wait(Some(parent), None, None);
        }
        Event::ParentGone | Event::Timeout => server.stop(),
    }
    Ok(())
}

/// Keep the cluster in `folder` for as long as anybody uses it.
fn keep_kept(
    parent: &Parent,
    binaries: PathBuf,
    folder: &Path,
    settings: &[OsString],
) -> Result<(), EmbeddedError> {
    let places = Places::make(folder)?;
    let keeper_lock = lock_unless_gone(parent, &places.keeper_lock())?;
    let life = outlive_server_before(parent, &places)?;
    places.withdraw();

    let user = ServerUser::for_data(&places.data())?;
    user.must_reach(&binaries.join("postgres"))?;
    user.must_reach(places.folder())?;
    let durability = Durability::Kept;
    let log = Log::begin(places.log(), durability)?;
    let site = Site {
        binaries,
        user,
        durability,
        data: places.data(),
        log,
        settings: settings.to_vec(),
    };
    make_kept_cluster(parent, &places, &site)?;

    let socket_dir = server::new_closed_folder()?;
    let started = site
        .user
        .give(&socket_dir)
        .and_then(|()| site.start(parent, &socket_dir, life));
    let announced = started.and_then(|mut server| match announce(&places, &socket_dir) {
        Ok(()) => Ok(server),
        Err(error) => {
            server.stop();
            Err(error)
        }
    });
    let mut server = announced.inspect_err(|_| {
        let _ = fs::remove_dir_all(&socket_dir);
    })?;
    parent.hear(&Word::Ready(socket_dir.clone()));
    // From here on others may use the server too.
    let last = until_last_user(parent, &places, &server);
    match &last {
        Ok(Last::ServerGone) => server.reap(),
        Ok(Last::AllUsersGone(_)) | Err(_) => server.stop(),
    }
    let _ = fs::remove_dir_all(&socket_dir);
    places.withdraw();
    drop(keeper_lock);
    if let Ok(Last::ServerGone) = last {
        wait(Some(parent), None, None);
    }
    last.map(drop)
}

/// Why a kept server is not kept any longer.
enum Last {
    /// Nobody uses it, and while this lock is held nobody can begin to.
    AllUsersGone(#[expect(dead_code, reason = "it is held, not read")] File),
    /// It has ended by itself; the next user starts another.
    ServerGone,
}

fn until_last_user(
    parent: &Parent,
    places: &Places,
    server: &Server,
) -> Result<Last, EmbeddedError> {
    if wait(Some(parent), Some(server), None) == Event::ServerGone {
        return Ok(Last::ServerGone);
    }
    let path = places.users_lock();
    let users = server::open_lock(&path)?;
    let mut told = false;
    loop {
        match users.try_lock() {
            Ok(()) => return Ok(Last::AllUsersGone(users)),
            Err(TryLockError::WouldBlock) => {}
            Err(TryLockError::Error(error)) => return Err(io_error("lock", &path)(error)),
        }
        if !told {
            parent.hear(&Word::InUse);
            told = true;
        }
        if wait(None, Some(server), Some(Duration::from_millis(100))) == Event::ServerGone {
            return Ok(Last::ServerGone);
        }
    }
}

fn announce(places: &Places, socket_dir: &Path) -> Result<(), EmbeddedError> {
    let log = places.log();
    let file = PidFile::read(&places.data()).ok_or(EmbeddedError::NotReady { log })?;
    places.announce(&Record::new(socket_dir, &file))
}

fn make_kept_cluster(parent: &Parent, places: &Places, site: &Site) -> Result<(), EmbeddedError> {
    let data = places.data();
    if data.exists() {
        return Ok(());
    }
    let unfinished = places.unfinished_data();
    match fs::remove_dir_all(&unfinished) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            return Err(io_error("remove", &unfinished)(error));
        }
        _ => make_data(&unfinished, &site.user)?,
    }
    site.make_cluster(parent, &unfinished)?;
    fs::rename(&unfinished, &data).map_err(io_error("rename", &unfinished))?;
    File::open(places.folder())
        .and_then(|folder| folder.sync_all())
        .map_err(io_error("sync", places.folder()))
}

fn make_data(data: &Path, user: &ServerUser) -> Result<(), EmbeddedError> {
    DirBuilder::new()
        .mode(0o700)
        .create(data)
        .map_err(io_error("make the folder", data))?;
    user.give(data)
}

/// Wait for a lock for as long as the parent is there.
fn lock_unless_gone(parent: &Parent, path: &Path) -> Result<File, EmbeddedError> {
    let file = server::open_lock(path)?;
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::WouldBlock) => {}
            Err(TryLockError::Error(error)) => return Err(io_error("lock", path)(error)),
        }
        if wait(Some(parent), None, Some(TICK)) == Event::ParentGone {
            return Err(EmbeddedError::Cancelled);
        }
    }
}

/// The lock for the server's life, once a server whose keeper was killed has ended.
fn outlive_server_before(parent: &Parent, places: &Places) -> Result<File, EmbeddedError> {
    let path = server::life_lock(places.folder());
    let life = server::open_lock(&path)?;
    let deadline = Instant::now() + server::START_LIMIT;
    let mut gone = false;
    let ended = server::outlive_lost_server(&life, &places.data(), || {
        gone = wait(Some(parent), None, Some(Duration::ZERO)) == Event::ParentGone;
        !gone && Instant::now() < deadline
    });
    match ended {
        Ok(true) => Ok(life),
        Ok(false) if gone => Err(EmbeddedError::Cancelled),
        Ok(false) => Err(EmbeddedError::Busy {
            folder: places.folder().to_owned(),
            log: places.log(),
        }),
        Err(error) => Err(io_error("lock", &path)(error)),
    }
}

/// The process that wants the cluster.
#[derive(Debug)]
pub(super) struct Parent {
    input: io::Stdin,
}

impl Parent {
    /// Say something; nobody may be there to hear it.
    fn hear(&self, word: &Word) {
        let mut output = io::stdout();
        let _ = writeln!(output, "{}", word.line()).and_then(|()| output.flush());
    }
}

/// What a keeper waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Event {
    /// The process that wanted the cluster has ended, or has let go of it.
    ParentGone,
    /// The last process of the server has ended.
    ServerGone,
    Timeout,
}

/// Wait for the first event, without limit if there is no timeout.
pub(super) fn wait(
    parent: Option<&Parent>,
    server: Option<&Server>,
    timeout: Option<Duration>,
) -> Event {
    let deadline = timeout.map(|timeout| Instant::now() + timeout);
    let parent = parent.map(|parent| (Event::ParentGone, parent.input.as_fd()));
    let server = server.map(|server| (Event::ServerGone, server.lifeline()));
    let watched: Vec<(Event, BorrowedFd)> = parent.into_iter().chain(server).collect();
    loop {
        let left = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
        // Rounded up, so that the last part of a millisecond is not spent turning round.
        let left = left.map(|left| left.as_micros().div_ceil(1000));
        let limit = left.map_or(PollTimeout::NONE, |left| {
            PollTimeout::try_from(left).unwrap_or(PollTimeout::MAX)
        });
        let mut polled: Vec<PollFd> = watched
            .iter()
            .map(|(_, fd)| PollFd::new(*fd, PollFlags::POLLIN))
            .collect();
        let _ = poll(&mut polled, limit);
        for ((event, fd), found) in watched.iter().zip(&polled) {
            if found.any().unwrap_or(false) && has_ended(*fd) {
                return *event;
            }
        }
        if deadline.is_some_and(|deadline| Instant::now() >= deadline) {
            return Event::Timeout;
        }
    }
}

/// Whether a readable pipe is at its end; what it carries is of no interest.
fn has_ended(pipe: BorrowedFd) -> bool {
    match read(pipe, &mut [0; 512]) {
        Ok(read) => read == 0,
        Err(error) => error != Errno::EINTR && error != Errno::EAGAIN,
    }
}
