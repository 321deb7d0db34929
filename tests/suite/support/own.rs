//! A cluster of a test's own, with a drop: for what every session of a cluster feels.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use lethe::embedded::Cluster;
use serde_json::Value;
use tempfile::TempDir;

use super::{Db, LETHE};

/// A cluster with both schemas and the account 110, and a folder with a drop.
pub struct OwnServer {
    pub cluster: Cluster,
    folder: TempDir,
    /// Whom the binary connects as.
    pub user: String,
}

impl OwnServer {
    pub fn new(settings: &[(&str, &str)]) -> OwnServer {
        let cluster = Cluster::throwaway(Path::new(LETHE), settings).unwrap();
        let folder = tempfile::tempdir().unwrap();
        for below in ["drop/GDPR_Submit", "drop/GDPR_Result", "data"] {
            fs::create_dir_all(folder.path().join(below)).unwrap();
        }
        let user = cluster.user().to_owned();
        let server = OwnServer {
            cluster,
            folder,
            user,
        };
        server.configure("");
        let migrated = server.lethe(&["migrate", "--reference"]).status().unwrap();
        assert!(migrated.success());
        let db = server.db();
        db.run("INSERT INTO contact_centre.account (account_id, name) VALUES ('110', 'North')");
        server
    }

    pub fn address(&self) -> String {
        let address = self.cluster.connection_string("postgres");
        let own = format!("user={}", self.cluster.user());
        assert!(address.contains(&own));
        address.replace(&own, &format!("user={}", self.user))
    }

    pub fn path(&self, below: &str) -> PathBuf {
        self.folder.path().join(below)
    }

    pub fn db(&self) -> Db {
        Db::connect(&self.cluster, "postgres")
    }

    /// Writes the configuration, with further lines.
    pub fn configure(&self, lines: &str) {
        let data = self.folder.path().join("data");
        let text = format!("data = {data:?}\n{lines}\n");
        fs::write(self.folder.path().join("lethe.toml"), text).unwrap();
    }

    pub fn lethe(&self, words: &[&str]) -> Command {
        let mut command = Command::new(LETHE);
        command
            .args(words)
            .args(["--database", &self.address()])
            .env_remove("LETHE_CONFIG")
            .current_dir(self.folder.path());
        command
    }

    /// `lethe run` over the drop, as of the day of [`OwnServer::submit`].
    pub fn run(&self, words: &[&str]) -> Command {
        let mut command = self.lethe(&["run", "--settle", "0s", "--date", "20180315"]);
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
