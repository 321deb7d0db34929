//! What a pass is asked to process.

use std::collections::BTreeSet;

use chrono::NaiveDate;

use crate::domain::clock::Clock;
use crate::drop::FileName;
use crate::service::settings::DropConfig;

/// A drop, and which of its files are to be processed.
#[derive(Debug)]
pub(crate) struct Target<'a> {
    pub(crate) drop: &'a DropConfig,
    pub(crate) wanted: Wanted,
}

/// Which files of a drop are to be processed.
#[derive(Debug, Clone)]
pub(crate) enum Wanted {
    /// Those of a day.
    Day(NaiveDate),
    /// These, whatever their day.
    Files(BTreeSet<FileName>),
}

impl Wanted {
    pub(crate) fn has(&self, name: &FileName) -> bool {
        match self {
            Wanted::Day(day) => name.date() == *day,
            Wanted::Files(files) => files.contains(name),
        }
    }
}

/// The drops with their due files: those of `date`, or of today in each drop's time zone. The day is fixed here, also for
/// what is processed after a reconnection.
pub(crate) fn due_targets<'a>(
    drops: &'a [DropConfig],
    date: Option<NaiveDate>,
    clock: &Clock,
) -> Vec<Target<'a>> {
    let target = |drop: &'a DropConfig| Target {
        drop,
        wanted: Wanted::Day(date.unwrap_or_else(|| clock.today(drop.time_zone))),
    };
    drops.iter().map(target).collect()
}
