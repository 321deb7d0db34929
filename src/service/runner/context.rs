//! What a runner works with.

use std::time::Duration;

use crate::domain::level::Level;
use crate::engine::PaceLimits;
use crate::postgres::Database;
use crate::service::report::Reporter;
use crate::service::runner::gate::Gate;
use crate::service::runner::observer::PassObserver;
use crate::service::workspace::Workspace;

/// The pause between the two looks at each file, unless configured.
pub(crate) const DEFAULT_SETTLE: Duration = Duration::from_secs(5);
/// How long a lost session is replaced for, unless configured: long enough for a restart or a failover.
pub(crate) const DEFAULT_RECONNECT_FOR: Duration = Duration::from_secs(60);

/// What the caller of a runner supplies.
pub(crate) struct PassContext<'a> {
    pub(crate) workspace: &'a Workspace,
    pub(crate) database: &'a Database,
    pub(crate) reporter: &'a dyn Reporter,
    pub(crate) settings: PassSettings,
    /// Follows the pass, for metrics.
    pub(crate) observer: Option<&'a dyn PassObserver>,
    /// Asked before each submission.
    pub(crate) gate: Option<&'a dyn Gate>,
}

/// How a pass looks for submissions, and how fast it processes them.
#[derive(Debug, Clone)]
pub(crate) struct PassSettings {
    /// The pause between the two looks at each file; zero looks once.
    pub(crate) settle: Duration,
    /// How long a lost session is replaced for, before the pass fails.
    pub(crate) reconnect_for: Duration,
    /// Sessions that work on one submission.
    pub(crate) workers: u32,
    pub(crate) pace: PaceLimits,
    /// The level of the scrub at the end of a pass; `None`: there is none.
    pub(crate) scrub: Option<Level>,
    pub(crate) cases: CaseSweep,
}

/// Whether a pass also deletes recording media that forgets of cases left behind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CaseSweep {
    Included,
    Excluded,
}
