//! An agent of Customer Care: an operating system user with a database role, with or without a terminal.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::Command;
use std::sync::Once;

use rexpect::session::{PtySession, spawn_command};

use crate::support::{CARE, Ended, Harness, LETHE, WORKER, ended};

/// The group of the agents in these tests.
const GROUP: u32 = 45_000;
/// Longest wait for output on the terminal, in milliseconds.
const PATIENCE: u64 = 30_000;

/// A person who works on cases.
#[derive(Debug, Clone, Copy)]
pub struct Agent {
    /// The operating system user; `None` is the user who runs the tests. Only root can act as another user.
    uid: Option<u32>,
    /// The database role.
    role: &'static str,
}

impl Agent {
    /// The user who runs the tests, with Lethe's role.
    pub const LETHE: Agent = Agent {
        uid: None,
        role: WORKER,
    };
    pub const ANNA: Agent = Agent {
        uid: Some(45_001),
        role: "care_anna",
    };
    pub const BEN: Agent = Agent {
        uid: Some(45_002),
        role: "care_ben",
    };

    /// The same operating system user with the database role of another agent.
    pub fn with_role_of(self, other: Agent) -> Agent {
        Agent {
            role: other.role,
            ..self
        }
    }

    /// A command that runs as this agent.
    fn command(self, harness: &Harness, words: &[&str]) -> Command {
        let command = harness.command(words);
        let mut own = Command::new(harness.path("lethe"));
        own.args(command.get_args()).current_dir(harness.dir.path());
        for (name, value) in command.get_envs() {
            match value {
                Some(value) => own.env(name, value),
                None => own.env_remove(name),
            };
        }
        own.env("LETHE_DATABASE", harness.db.address_of(self.role));
        if let Some(uid) = self.uid.filter(|_| is_root()) {
            own.uid(uid).gid(GROUP);
        }
        own
    }

    /// Runs a command without a terminal.
    pub fn lethe(self, harness: &Harness, words: &[&str]) -> Ended {
        let mut command = self.command(harness, words);
        ended(command.stdin(std::process::Stdio::null()).output().unwrap())
    }

    /// Runs a command with this text on its standard input.
    pub fn lethe_reading(self, harness: &Harness, words: &[&str], input: &str) -> Ended {
        let path = harness.path("input");
        fs::write(&path, input).unwrap();
        let mut command = self.command(harness, words);
        ended(
            command
                .stdin(fs::File::open(&path).unwrap())
                .output()
                .unwrap(),
        )
    }

    /// Starts a command on a terminal.
    pub fn on_terminal(self, harness: &Harness, words: &[&str]) -> Terminal {
        let session = spawn_command(self.command(harness, words), Some(PATIENCE)).unwrap();
        Terminal { session }
    }
}

/// Whether the tests can run commands as other users.
pub fn is_root() -> bool {
    nix::unistd::geteuid().is_root()
}

/// A command on a terminal.
pub struct Terminal {
    session: PtySession,
}

impl Terminal {
    /// Waits for a text and returns the output before it.
    #[track_caller]
    pub fn reads(&mut self, words: &str) -> String {
        match self.session.exp_string(words) {
            Ok(before) => before,
            Err(error) => panic!("{words:?} does not come: {error}"),
        }
    }

    /// Waits for a question and answers it.
    #[track_caller]
    pub fn answers(&mut self, question: &str, answer: &str) {
        self.reads(question);
        self.session.send_line(answer).unwrap();
    }

    /// Sends an answer to a question that was read before.
    #[track_caller]
    pub fn writes(&mut self, answer: &str) {
        self.session.send_line(answer).unwrap();
    }

    /// Presses Ctrl and a letter.
    #[track_caller]
    pub fn presses(&mut self, letter: char) {
        self.session.send_control(letter).unwrap();
    }

    /// Waits until the command is ended by Ctrl-C.
    #[track_caller]
    pub fn ends_interrupted(mut self) {
        let output = self.session.exp_eof().unwrap();
        let status = self.session.process().wait().unwrap();
        use rexpect::process::WaitStatus::Signaled;
        assert!(matches!(status, Signaled(..)), "{status:?}\n{output}");
    }

    /// Waits until the command exits with this code and returns the rest of its output.
    #[track_caller]
    pub fn ends(mut self, code: i32) -> String {
        let output = self.session.exp_eof().unwrap();
        let status = self.session.process().wait().unwrap();
        let rexpect::process::WaitStatus::Exited(_, exited) = status else {
            panic!("{status:?}\n{output}");
        };
        assert_eq!(exited, code, "{output}");
        output
    }
}

/// A harness with a folder for cases that the agents share, with additional lines in `[care]`.
pub fn care(lines: &str) -> Harness {
    let mut harness = Harness::new();
    harness.config = format!("[care]\npath = \"{{dir}}/care\"\n{lines}\n");
    fs::create_dir(harness.path("care")).unwrap();
    reachable(&harness.path("lethe"));
    let mode =
        |path: &Path, mode| fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    if is_root() {
        nix::unistd::chown(&harness.path("care"), None, Some(GROUP.into())).unwrap();
        mode(harness.dir.path(), 0o755);
        open_server(&harness);
    }
    mode(&harness.path("care"), 0o2770);
    roles(&harness);
    harness
}

/// Puts the program where every user can execute it. It is linked or copied by another process: a file that is open for
/// writing while another thread forks cannot be executed.
fn reachable(lethe: &Path) {
    if fs::hard_link(LETHE, lethe).is_err() {
        let copied = Command::new("cp").arg(LETHE).arg(lethe).status().unwrap();
        assert!(copied.success());
    }
}

/// Lets every user of this machine connect to the test server, whose socket is in a private folder.
fn open_server(harness: &Harness) {
    let address = harness.db.address();
    let host = address
        .split(' ')
        .find_map(|word| word.strip_prefix("host="));
    let folder = Path::new(host.unwrap().trim_matches('\''));
    let socket = fs::read_dir(folder).unwrap().find_map(|entry| {
        let path = entry.unwrap().path();
        path.extension().is_none_or(|e| e != "lock").then_some(path)
    });
    fs::set_permissions(folder, fs::Permissions::from_mode(0o711)).unwrap();
    fs::set_permissions(socket.unwrap(), fs::Permissions::from_mode(0o777)).unwrap();
}

/// Creates the agents' roles, with the rights of Care and no others.
fn roles(harness: &Harness) {
    static MADE: Once = Once::new();
    MADE.call_once(|| {
        for agent in [Agent::ANNA, Agent::BEN] {
            harness
                .db
                .run(&format!("CREATE ROLE {} LOGIN IN ROLE {CARE}", agent.role));
        }
    });
}

/// Inserts a row with a phone in account 110.
pub fn attempt(harness: &Harness, id: u32, phone: &str) {
    harness.db.run(&format!(
        "INSERT INTO contact_centre.contact_attempt (attempt_id, account_id, device) VALUES ({id}, '110', '{phone}')"
    ));
}

/// The devices that are not replaced.
pub fn left(harness: &Harness) -> Vec<String> {
    harness.db.rows(
        "SELECT device FROM contact_centre.contact_attempt WHERE device NOT LIKE 'anon-%' ORDER BY attempt_id",
    )
}

/// The digest that a preview prints.
#[track_caller]
pub fn digest(harness: &Harness, agent: Agent, case: &str) -> String {
    let preview = agent.lethe(harness, &["case", "preview", case, "--format", "json"]);
    let json = preview.json();
    json["submissions"][0]["digest"]
        .as_str()
        .unwrap()
        .to_owned()
}

/// The name of the submission that was opened last in a case, from the ledger.
#[track_caller]
pub fn file(harness: &Harness, case: &str) -> String {
    harness.db.one(&format!(
        "SELECT file_name FROM lethe.case_file WHERE case_id = '{case}' ORDER BY opened_at DESC LIMIT 1"
    ))
}
