//! The process itself: its memory holds devices and goes nowhere (contract section 10).

#[cfg(target_os = "linux")]
#[test]
fn a_command_leaves_no_core_dump_and_its_user_cannot_read_its_memory() {
    use std::fs;
    use std::net::TcpListener;
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
    use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
    use std::process::{Command, Stdio};

    use nix::sys::signal::{Signal, kill};
    use nix::unistd::Pid;

    use crate::support::LETHE;

    let folder = tempfile::tempdir().unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o777)).unwrap();
    let program = folder.path().join("lethe");
    fs::copy(LETHE, &program).unwrap();
    // A server that says nothing: the command waits for it.
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = server.local_addr().unwrap().port();
    let address =
        format!("postgres://nobody@127.0.0.1:{port}/none?sslmode=disable&connect_timeout=60");
    let mut command = Command::new(&program);
    command
        .args(["migrate", "--database", &address])
        .current_dir(folder.path())
        .env("XDG_DATA_HOME", folder.path())
        .env("HOME", folder.path())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    if nix::unistd::geteuid().is_root() {
        command.uid(45_001).gid(45_000);
    }
    let mut running = command.spawn().unwrap();
    let _silent = server.accept().unwrap();
    let limits = fs::read_to_string(format!("/proc/{}/limits", running.id())).unwrap();
    let core = limits
        .lines()
        .find(|line| line.starts_with("Max core file size"));
    let core: Vec<&str> = core.unwrap().split_whitespace().collect();
    assert_eq!(core[4..6], ["0", "0"], "{core:?}");
    // The kernel gives what belongs to a process that is not dumpable to root, so that its own user cannot read it.
    let memory = fs::metadata(format!("/proc/{}/mem", running.id())).unwrap();
    assert_eq!(memory.uid(), 0);
    kill(Pid::from_raw(running.id() as i32), Signal::SIGABRT).unwrap();
    assert!(!running.wait().unwrap().core_dumped());
}
