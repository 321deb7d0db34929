//! A separate cluster for one test: for what affects all sessions of a cluster.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use private_postgres::Cluster;
use serde_json::Value;
use tempfile::TempDir;

use super::roles::{MAINTAIN, create_roles, role_of, with_role};
use super::{Db, LETHE, give_secret};

/// A cluster with both schemas and the account 110, and a folder with a drop.
pub struct OwnServer {
    /// Stopped when this is dropped.
    pub cluster: Cluster,
    drop: OwnDrop,
}

impl OwnServer {
    pub fn new(settings: &[(&str, &str)]) -> OwnServer {
        let cluster =
            Cluster::throwaway(&lethe::postgres::APPLICATION, Path::new(LETHE), settings).unwrap();
        let drop = OwnDrop::at(&cluster.connection_string("postgres"));
        OwnServer { cluster, drop }
    }
}

impl OwnServer {
    /// Makes the binary connect as another role from now on, for whatever command.
    pub fn connect_as(&mut self, role: &str) {
        self.drop.role = Some(role.to_owned());
    }
}

impl std::ops::Deref for OwnServer {
    type Target = OwnDrop;

    fn deref(&self) -> &OwnDrop {
        &self.drop
    }
}

/// A folder with a drop, and the address of a server with both schemas and the account 110.
pub struct OwnDrop {
    folder: TempDir,
    /// The address for the superuser.
    own: String,
    /// The role of the binary; `None`: the one that each command is meant for.
    role: Option<String>,
}

impl OwnDrop {
    /// Fills an empty database.
    pub fn at(address: &str) -> OwnDrop {
        let folder = tempfile::tempdir().unwrap();
        for below in ["drop/GDPR_Submit", "drop/GDPR_Result", "data"] {
            fs::create_dir_all(folder.path().join(below)).unwrap();
        }
        give_secret(&folder.path().join("data"));
        let drop = OwnDrop {
            folder,
            own: address.to_owned(),
            role: None,
        };
        drop.configure("");
        let db = drop.db();
        db.run(&create_roles());
        let migrated = drop.lethe(&["migrate", "--reference"]).status().unwrap();
        assert!(migrated.success());
        db.run("INSERT INTO contact_centre.account (account_id, name) VALUES ('110', 'North')");
        drop.grant();
        drop
    }

    /// Grants every role what it needs for the configured catalogue.
    #[track_caller]
    pub fn grant(&self) {
        let printed = self.lethe(&["catalogue", "grants"]).output().unwrap();
        let said = String::from_utf8_lossy(&printed.stderr);
        assert!(printed.status.success(), "{said}");
        self.db().run(&String::from_utf8(printed.stdout).unwrap());
    }

    /// Makes the engine a role that may also scrub and take a census; again after more tables were created.
    #[track_caller]
    pub fn maintain(&self) {
        self.db().run(MAINTAIN);
    }

    pub fn path(&self, below: &str) -> PathBuf {
        self.folder.path().join(below)
    }

    /// The address for the role that the binary connects as, else for the superuser.
    pub fn address(&self) -> String {
        match &self.role {
            Some(role) => with_role(&self.own, role),
            None => self.own.clone(),
        }
    }

    /// A session of a superuser.
    pub fn db(&self) -> Db {
        Db::open(&self.own)
    }

    /// Whether a result exists.
    pub fn has_result(&self, name: &str) -> bool {
        self.folder
            .path()
            .join("drop/GDPR_Result")
            .join(name)
            .exists()
    }

    /// Writes the configuration, with more lines.
    pub fn configure(&self, lines: &str) {
        let data = self.folder.path().join("data");
        let text = format!("data = {data:?}\n{lines}\n");
        fs::write(self.folder.path().join("lethe.toml"), text).unwrap();
    }

    pub fn lethe(&self, words: &[&str]) -> Command {
        self.lethe_at(&self.own, words)
    }

    fn lethe_at(&self, address: &str, words: &[&str]) -> Command {
        let role = self.role.as_deref().unwrap_or_else(|| role_of(words));
        self.lethe_at_as(address, role, words)
    }

    /// A command with a role of the caller's choice.
    pub fn lethe_as(&self, role: &str, words: &[&str]) -> Command {
        self.lethe_at_as(&self.own, role, words)
    }

    fn lethe_at_as(&self, address: &str, role: &str, words: &[&str]) -> Command {
        let mut command = Command::new(LETHE);
        command
            .args(words)
            .args(["--database", &with_role(address, role)])
            .env("LETHE_CONFIG", self.path("lethe.toml"))
            .current_dir(self.folder.path());
        command
    }

    /// `lethe run` over the drop, as of the day of [`OwnDrop::submit`].
    pub fn run(&self, words: &[&str]) -> Command {
        self.run_at(&self.own, words)
    }

    /// The same with another address of the server.
    pub fn run_at(&self, address: &str, words: &[&str]) -> Command {
        let mut command = self.lethe_at(address, &["run", "--settle", "0s", "--date", "20180315"]);
        command
            .args(["--drop", "drop", "--account", "110"])
            .args(words);
        command
    }

    /// Submits contacts of account 110 as `<action>-20180315_1.json`.
    pub fn submit(&self, action: &str, contacts: &str) {
        let name = format!("drop/GDPR_Submit/{}-20180315_1.json", action.to_lowercase());
        let text = format!(
            r#"{{"requests": [{{"type": "{action}", "accountid": "110", "contacts": [{contacts}]}}]}}"#
        );
        fs::write(self.folder.path().join(name), text).unwrap();
    }

    /// The responses of an execution log.
    pub fn answers(&self, action: &str) -> Vec<String> {
        let name = format!("drop/GDPR_Result/{action}-20180315_1-execution-log.json");
        let log: Value =
            serde_json::from_slice(&fs::read(self.folder.path().join(name)).unwrap()).unwrap();
        let contacts = log["result"][0]["contacts"].as_array().unwrap().iter();
        contacts
            .map(|contact| contact["response"].as_str().unwrap().to_owned())
            .collect()
    }
}
