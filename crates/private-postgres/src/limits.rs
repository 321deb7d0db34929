//! Time limits.

use std::time::Duration;

/// How long a server may take to become ready, including recovery after a power failure.
pub(crate) const START: Duration = Duration::from_secs(300);
/// How long to wait for another process that starts or stops the cluster; longer than [`START`].
pub(crate) const OTHER_PROCESS: Duration = Duration::from_secs(360);
/// How often to poll what cannot be waited for.
pub(crate) const POLL: Duration = Duration::from_millis(20);
/// How often the keeper checks whether a shared cluster still has users.
pub(crate) const USERS_POLL: Duration = Duration::from_millis(100);
/// How long a fast shutdown (SIGINT) may take.
pub(crate) const FAST_SHUTDOWN: Duration = Duration::from_secs(30);
/// How long an immediate shutdown (SIGQUIT), or the end after SIGKILL, may take.
pub(crate) const IMMEDIATE_SHUTDOWN: Duration = Duration::from_secs(10);
/// How long a clean shutdown with its last checkpoint may take.
pub(crate) const CLEAN_SHUTDOWN: Duration = Duration::from_secs(60);
/// How long to clean up after a keeper that was killed.
pub(crate) const CLEANUP: Duration = Duration::from_secs(20);
/// How long a server without its keeper may take to end by itself, before it is told to.
pub(crate) const ORPHANED_SERVER: Duration = Duration::from_secs(3);
/// How long the helpers of an interrupted initdb may take to end.
pub(crate) const INITDB_END: Duration = Duration::from_secs(5);
