//! The state of a runner between its steps.

use std::sync::Arc;
use std::time::Duration;

use crate::catalogue::Access;
use crate::domain::clock::Clock;
use crate::domain::text::printable;
use crate::drop::DropError;
use crate::engine::pace::{self, Pace};
use crate::engine::quarantine::Quarantine;
use crate::postgres::Session;
use crate::service::ServiceError;
use crate::service::pipeline::{Pacing, Stores, SubmissionContext};
use crate::service::report::Message;
use crate::service::runner::context::PassContext;
use crate::service::runner::observer::Counters;
use crate::service::runner::open_drop::{Open, Plans};
use crate::service::runner::summary::Summary;
use crate::service::settings::DropConfig;

/// Runs passes on one session, which it replaces when it is lost.
pub(crate) struct Runner<'a> {
    pub(super) context: PassContext<'a>,
    pub(super) pace: Arc<Pace>,
    pub(super) quarantine: Quarantine,
    pub(super) session: Session,
    pub(super) plans: Plans,
    pub(super) stores: Stores,
}

impl<'a> Runner<'a> {
    /// Checks the catalogue against the live schema, and opens the spool and the other stores.
    ///
    /// # Errors
    /// Fails also where a limit on replica lag is set and this role cannot see replicas.
    pub(crate) async fn new(
        context: PassContext<'a>,
        session: Session,
    ) -> Result<Runner<'a>, ServiceError> {
        let limits = &context.settings.pace;
        let workspace = context.workspace;
        let catalogue = workspace.catalogue(&session, Access::Change).await?;
        let stores = Stores {
            media: workspace.media_stores()?,
            spool: workspace.spool(&session).await?,
            receipts: workspace.receipts(&session).await?,
        };
        if limits.max_replica_lag.is_some() && !pace::may_see_replicas(&session).await? {
            return Err(ServiceError::ReplicasHidden);
        }
        Ok(Runner {
            pace: Arc::new(Pace::new(limits.clone(), workspace.clock.clone())),
            quarantine: Quarantine::default(),
            plans: Plans::new(catalogue),
            session,
            stores,
            context,
        })
    }

    /// A function that ends the current pass after its transaction, for a signal handler.
    pub(crate) fn interrupter(&self) -> impl Fn() + use<> {
        let pace = self.pace.clone();
        move || pace.interrupt()
    }

    /// Whether the interrupter was called.
    pub(crate) fn is_interrupted(&self) -> bool {
        self.pace.is_interrupted()
    }

    pub(crate) fn clock(&self) -> &Clock {
        &self.context.workspace.clock
    }

    /// Waits, or returns early when the interrupter is called.
    pub(crate) async fn wait(&self, time: Duration) {
        self.pace.wait(time).await;
    }

    /// What the submissions of a drop are processed with.
    pub(super) fn submission_context<'b>(&'b self, open: &'b Open<'b>) -> SubmissionContext<'b> {
        SubmissionContext {
            session: &self.session,
            database: self.context.database,
            drop: open.as_open_drop(),
            stores: &self.stores,
            keyring: &self.context.workspace.keyring,
            catalogue: &self.plans.catalogue,
            plan: self.plans.of(open.drop.product),
            pacing: Pacing {
                workers: self.context.settings.workers,
                pace: &self.pace,
                quarantine: &self.quarantine,
            },
            settings: &self.context.workspace.submission,
            clock: &self.context.workspace.clock,
            progress: self.context.reporter,
        }
    }

    pub(super) fn counters(&self) -> Counters<'_> {
        Counters {
            pace: &self.pace.counts,
            media: &self.stores.media.counts,
        }
    }

    /// Reports a drop that cannot be used; the others are processed.
    pub(super) fn unusable(&self, drop: &DropConfig, error: DropError, summary: &mut Summary) {
        self.report(Message::error(&error).of(format_args!("drop {}", printable(&drop.name))));
        summary.raise(ServiceError::from(error).outcome());
    }

    pub(super) fn report(&self, message: Message) {
        self.context.reporter.report(message);
    }
}
