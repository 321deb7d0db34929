//! Private clusters, as their user sees them.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::application::Application;
use super::binaries::{self, find_binaries};
use super::error::ClusterError;
use super::keeper_process::KeeperProcess;
use super::lock;
use super::persistent;
use super::pid_file::{self, PORT};

/// A private cluster; the server runs while this guard exists.
///
/// Close connections before the guard is dropped, or they end with the server.
#[derive(Debug)]
pub struct Cluster {
    application: Application,
    socket_dir: PathBuf,
    /// `None` for a persistent cluster that another process has started.
    keeper: Option<KeeperProcess>,
    /// `None` for a throwaway cluster, which has one user only.
    seat: Option<persistent::Seat>,
}

impl Cluster {
    /// A throwaway cluster below `/tmp`; everything is removed when the guard is dropped, or the process ends in any way.
    ///
    /// `keeper` is a program that runs [`keeper_main`](crate::keeper_main), usually this one; `settings` are server settings
    /// that override the defaults. The cluster has the database `postgres` only. Takes a second or two, for `initdb`.
    ///
    /// # Errors
    ///
    /// There are no server programs, or the server does not start.
    pub fn throwaway(
        application: &Application,
        keeper: &Path,
        settings: &[(&str, &str)],
    ) -> Result<Cluster, ClusterError> {
        let binaries = find_binaries(application)?;
        let mut arguments: Vec<OsString> = vec![
            application.name().into(),
            "throwaway".into(),
            binaries.into(),
        ];
        arguments.extend(as_arguments(settings));
        let (keeper, socket_dir) = KeeperProcess::start(keeper, &arguments)?;
        Ok(Cluster {
            application: application.clone(),
            socket_dir,
            keeper: Some(keeper),
            seat: None,
        })
    }

    /// The persistent cluster in `folder`, created at first use and shared by all processes that use it at a time.
    ///
    /// The server starts with the first of them and stops after the last. The cluster has the database `postgres`
    /// only: the caller connects to it and creates what it needs. Waits while another process starts or stops
    /// the cluster. Move the folder to another machine only while no server runs.
    ///
    /// # Errors
    ///
    /// There are no server programs of the version that created the cluster, the folder cannot be used, or the server does
    /// not start.
    pub fn persistent(
        application: &Application,
        keeper: &Path,
        folder: &Path,
    ) -> Result<Cluster, ClusterError> {
        Cluster::persistent_with(application, keeper, folder, &[])
    }

    /// A persistent cluster whose server, if this process starts it, has `settings` that override the defaults.
    ///
    /// # Errors
    ///
    /// Those of [`Cluster::persistent`].
    pub fn persistent_with(
        application: &Application,
        keeper: &Path,
        folder: &Path,
        settings: &[(&str, &str)],
    ) -> Result<Cluster, ClusterError> {
        let layout = persistent::Layout::create(folder)?;
        let (seat, start) = persistent::Seat::take(&layout)?;
        let (keeper, socket_dir) = match start.running_server(&layout)? {
            Some(socket_dir) => (None, socket_dir),
            None => {
                let binaries = binaries::for_data(application, &layout.data())?;
                let mut arguments: Vec<OsString> = vec![
                    application.name().into(),
                    "persistent".into(),
                    binaries.into(),
                    layout.folder().as_os_str().to_owned(),
                ];
                arguments.extend(as_arguments(settings));
                let (keeper, socket_dir) = KeeperProcess::start(keeper, &arguments)?;
                (Some(keeper), socket_dir)
            }
        };
        Ok(Cluster {
            application: application.clone(),
            socket_dir,
            keeper,
            seat: Some(seat),
        })
    }

    /// The folder of the server's socket; only the server's user and root can enter it.
    pub fn socket_dir(&self) -> &Path {
        &self.socket_dir
    }

    /// The superuser, named after the application. The closed socket folder is its only password.
    pub fn user(&self) -> &str {
        self.application.name()
    }

    /// A libpq key/value connection string for a database of this cluster, as the superuser.
    pub fn connection_string(&self, database: &str) -> String {
        let quoted = database.replace('\\', r"\\").replace('\'', r"\'");
        format!(
            "host={} port={PORT} user={} dbname='{quoted}'",
            self.socket_dir.display(),
            self.user()
        )
    }

    /// Shuts the server of a throwaway cluster down cleanly, with a last checkpoint, so that its files can be inspected: they
    /// stay until the guard is dropped. Returns the data folder.
    ///
    /// # Errors
    ///
    /// The server has already ended, or does not end.
    pub fn halt(&self) -> Result<PathBuf, ClusterError> {
        let data = self.data();
        pid_file::shut_down(&data)?;
        Ok(data)
    }

    /// The data folder of a throwaway cluster.
    pub fn data(&self) -> PathBuf {
        self.socket_dir.join("data")
    }

    /// Stops the server, and waits until it has ended and its files are removed; dropping does the same without an error.
    ///
    /// A persistent cluster that other processes use keeps running, and this returns immediately.
    ///
    /// # Errors
    ///
    /// The keeper was killed. What it would have removed is removed all the same, as far as possible.
    pub fn stop(mut self) -> Result<(), ClusterError> {
        self.leave()
    }

    fn leave(&mut self) -> Result<(), ClusterError> {
        // The seat is released first: the keeper checks for other users as soon as its input ends.
        let seat = self.seat.take();
        let layout = seat.map(persistent::Seat::leave);
        let Some(keeper) = self.keeper.take() else {
            return Ok(());
        };
        let end = keeper.finish();
        if end.is_err() {
            match layout {
                None => lock::remove_after_lost_keeper(&self.socket_dir),
                Some(layout) => layout.remove_after_lost_keeper(&self.socket_dir),
            }
        }
        end
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        // An error cannot be reported here, and the next start copes with whatever is left.
        let _ = self.leave();
    }
}

fn as_arguments(settings: &[(&str, &str)]) -> impl Iterator<Item = OsString> {
    settings
        .iter()
        .map(|(name, value)| format!("{name}={value}").into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_name_is_quoted_in_the_connection_string() {
        let cluster = Cluster {
            application: Application::named("app"),
            socket_dir: PathBuf::from("/tmp/app-a"),
            keeper: None,
            seat: None,
        };
        assert_eq!(
            cluster.connection_string(r"it's a\b"),
            r"host=/tmp/app-a port=5432 user=app dbname='it\'s a\\b'"
        );
    }
}
