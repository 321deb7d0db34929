//! The keeper: the process between an application and its server. It outlives the application, to stop the server.

use std::ffi::OsString;
use std::fs::{self, DirBuilder, File, TryLockError};
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use nix::sys::signal::{SigSet, Signal};
use nix::unistd::{close, setsid};

use super::application::Application;
use super::durability::Durability;
use super::error::{ClusterError, io_error};
use super::lifeline::{Event, Parent, wait};
use super::limits;
use super::lock::{self, Lock};
use super::log::Log;
use super::message::Message;
use super::persistent::{Layout, Record};
use super::pid_file::PidFile;
use super::server::{Server, Site, create_socket_folder};
use super::server_user::ServerUser;

/// Runs the keeper process, with the arguments after [`KEEPER_ARGUMENT`](crate::KEEPER_ARGUMENT). Returns the exit code.
///
/// Call it first in `main`, while the process has one thread and no open files: it closes what it inherited, so that
/// nobody waits for the end of a pipe that the keeper holds open. Only [`Cluster`](crate::Cluster) starts such a process.
/// Its standard input is a socket: it reports there, and stops the server when the other end is closed.
pub fn keeper_main(args: impl Iterator<Item = OsString>) -> i32 {
    detach();
    let Ok(parent) = Parent::new() else {
        return 1;
    };
    match run(&parent, args.collect()) {
        Ok(()) => {
            parent.send(&Message::Stopped);
            0
        }
        Err(error) => {
            parent.send(&Message::Failed(error.to_string()));
            1
        }
    }
}

fn run(parent: &Parent, args: Vec<OsString>) -> Result<(), ClusterError> {
    let [name, mode, binaries, rest @ ..] = args.as_slice() else {
        return Err(ClusterError::KeeperArguments);
    };
    let setup = Setup {
        application: Application::from_argument(name).ok_or(ClusterError::KeeperArguments)?,
        binaries: binaries.into(),
    };
    match rest {
        settings if mode == "throwaway" => keep_throwaway(parent, setup, settings),
        [folder, settings @ ..] if mode == "persistent" => {
            keep_persistent(parent, setup, Path::new(folder), settings)
        }
        _ => Err(ClusterError::KeeperArguments),
    }
}

/// What every server is started with.
struct Setup {
    application: Application,
    binaries: PathBuf,
}

/// Detaches from the terminal, its signals and inherited files. Only the end of the input ends the keeper.
fn detach() {
    // Fails only for the leader of a process group, which a keeper is not.
    let _ = setsid();
    let mut blocked = SigSet::empty();
    for signal in [Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP] {
        blocked.add(signal);
    }
    // The server's programs set their own signal mask.
    let _ = blocked.thread_block();
    let _ = std::env::set_current_dir("/");
    let entries = fs::read_dir("/dev/fd").into_iter().flatten().flatten();
    let numbers: Vec<i32> = entries
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .collect();
    for number in numbers.into_iter().filter(|&number| number > 2) {
        let _ = close(number);
    }
}

/// Keeps a cluster that exists as long as its one user.
fn keep_throwaway(
    parent: &Parent,
    setup: Setup,
    settings: &[OsString],
) -> Result<(), ClusterError> {
    let user = ServerUser::current()?;
    user.must_reach(&setup.binaries.join("postgres"))?;
    let folder = create_socket_folder(&setup.application)?;
    parent.send(&Message::Folder(folder.clone()));
    let result = serve_throwaway(parent, &folder, setup, user, settings);
    fs::remove_dir_all(&folder)
        .map_err(io_error("remove", &folder))
        .and(result)
}

fn serve_throwaway(
    parent: &Parent,
    folder: &Path,
    setup: Setup,
    user: ServerUser,
    settings: &[OsString],
) -> Result<(), ClusterError> {
    let durability = Durability::Throwaway;
    let log = Log::create(folder.join("server.log"), durability)?;
    let path = lock::life_lock(folder);
    let life = lock::open_lock(&path)?;
    life.try_lock().map_err(io_error("lock", &path))?;
    let data = folder.join("data");
    create_data(&data, &user)?;
    // Last, so that the server's user cannot redirect what root creates in the folder.
    user.give(folder)?;

    let site = Site {
        application: setup.application,
        binaries: setup.binaries,
        user,
        durability,
        data,
        log,
        settings: settings.to_vec(),
    };
    site.create_cluster(parent, &site.data)?;
    let mut server = site.start(parent, folder, life)?;
    parent.send(&Message::Ready(folder.to_owned()));
    match wait(Some(parent), Some(server.lifeline()), None) {
        Event::ServerGone => {
            server.reap();
            wait(Some(parent), None, None);
        }
        Event::ParentGone | Event::Timeout => server.stop(),
    }
    Ok(())
}

/// Keeps the cluster in `folder` while any process uses it.
fn keep_persistent(
    parent: &Parent,
    setup: Setup,
    folder: &Path,
    settings: &[OsString],
) -> Result<(), ClusterError> {
    let layout = Layout::create(folder)?;
    let keeper_lock = lock_unless_gone(parent, &layout.keeper_lock())?;
    let life = outlive_server_before(parent, &layout)?;
    layout.withdraw();

    let user = ServerUser::for_data(&layout.data())?;
    user.must_reach(&setup.binaries.join("postgres"))?;
    user.must_reach(layout.folder())?;
    let durability = Durability::Persistent;
    let log = Log::create(layout.log(), durability)?;
    let site = Site {
        application: setup.application,
        binaries: setup.binaries,
        user,
        durability,
        data: layout.data(),
        log,
        settings: settings.to_vec(),
    };
    create_persistent_cluster(parent, &layout, &site)?;

    let socket_dir = create_socket_folder(&site.application)?;
    let started = site
        .user
        .give(&socket_dir)
        .and_then(|()| site.start(parent, &socket_dir, life));
    let announced = started.and_then(|mut server| match announce(&layout, &socket_dir) {
        Ok(()) => Ok(server),
        Err(error) => {
            server.stop();
            Err(error)
        }
    });
    let mut server = announced.inspect_err(|_| {
        let _ = fs::remove_dir_all(&socket_dir);
    })?;
    parent.send(&Message::Ready(socket_dir.clone()));
    // From here on other processes may use the server too.
    let last = until_last_user(parent, &layout, &server);
    match &last {
        Ok(Last::ServerGone) => server.reap(),
        Ok(Last::AllUsersGone(_)) | Err(_) => server.stop(),
    }
    let _ = fs::remove_dir_all(&socket_dir);
    layout.withdraw();
    drop(keeper_lock);
    if let Ok(Last::ServerGone) = last {
        wait(Some(parent), None, None);
    }
    last.map(drop)
}

/// Why a persistent server is no longer kept running.
enum Last {
    /// Nobody uses it, and nobody can start to while this lock is held.
    AllUsersGone(#[expect(dead_code, reason = "it is held, not read")] File),
    /// It has ended by itself; the next user starts another.
    ServerGone,
}

fn until_last_user(
    parent: &Parent,
    layout: &Layout,
    server: &Server,
) -> Result<Last, ClusterError> {
    if wait(Some(parent), Some(server.lifeline()), None) == Event::ServerGone {
        return Ok(Last::ServerGone);
    }
    let path = layout.users_lock();
    let users = lock::open_lock(&path)?;
    let mut reported = false;
    loop {
        match users.try_lock() {
            Ok(()) => return Ok(Last::AllUsersGone(users)),
            Err(TryLockError::WouldBlock) => {}
            Err(TryLockError::Error(error)) => return Err(io_error("lock", &path)(error)),
        }
        if !reported {
            parent.send(&Message::InUse);
            reported = true;
        }
        if wait(None, Some(server.lifeline()), Some(limits::USERS_POLL)) == Event::ServerGone {
            return Ok(Last::ServerGone);
        }
    }
}

fn announce(layout: &Layout, socket_dir: &Path) -> Result<(), ClusterError> {
    let log = layout.log();
    let file = PidFile::read(&layout.data()).ok_or(ClusterError::NotReady { log })?;
    layout.announce(&Record::new(socket_dir, &file))
}

fn create_persistent_cluster(
    parent: &Parent,
    layout: &Layout,
    site: &Site,
) -> Result<(), ClusterError> {
    let data = layout.data();
    if data.exists() {
        return Ok(());
    }
    let unfinished = layout.unfinished_data();
    match fs::remove_dir_all(&unfinished) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            return Err(io_error("remove", &unfinished)(error));
        }
        _ => create_data(&unfinished, &site.user)?,
    }
    site.create_cluster(parent, &unfinished)?;
    fs::rename(&unfinished, &data).map_err(io_error("rename", &unfinished))?;
    File::open(layout.folder())
        .and_then(|folder| folder.sync_all())
        .map_err(io_error("sync", layout.folder()))
}

fn create_data(data: &Path, user: &ServerUser) -> Result<(), ClusterError> {
    DirBuilder::new()
        .mode(0o700)
        .create(data)
        .map_err(io_error("create the folder", data))?;
    user.give(data)
}

/// Waits for a lock while the parent exists.
fn lock_unless_gone(parent: &Parent, path: &Path) -> Result<File, ClusterError> {
    let file = lock::open_lock(path)?;
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::WouldBlock) => {}
            Err(TryLockError::Error(error)) => return Err(io_error("lock", path)(error)),
        }
        if wait(Some(parent), None, Some(limits::POLL)) == Event::ParentGone {
            return Err(ClusterError::Cancelled);
        }
    }
}

/// The lock on the server's life, once a server whose keeper was killed has ended.
fn outlive_server_before(parent: &Parent, layout: &Layout) -> Result<File, ClusterError> {
    let path = lock::life_lock(layout.folder());
    let life = lock::open_lock(&path)?;
    let deadline = Instant::now() + limits::START;
    let mut gone = false;
    let ended = lock::outlive_lost_server(&life, &layout.data(), || {
        gone = wait(Some(parent), None, Some(Duration::ZERO)) == Event::ParentGone;
        !gone && Instant::now() < deadline
    });
    match ended {
        Ok(Lock::Held) => Ok(life),
        Ok(Lock::GaveUp) if gone => Err(ClusterError::Cancelled),
        Ok(Lock::GaveUp) => Err(ClusterError::Busy {
            folder: layout.folder().to_owned(),
            log: layout.log(),
        }),
        Err(error) => Err(io_error("lock", &path)(error)),
    }
}
