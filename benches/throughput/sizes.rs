//! How many devices each measurement has.

use serde::Serialize;

use super::data::Size;
use super::options::Options;

/// Devices of each set. They are used up, so the data decides.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Sizes {
    pub few: i64,
    pub ordinary: i64,
    pub growth: i64,
    pub many: i64,
    pub dialler: i64,
    pub export: i64,
}

impl Sizes {
    pub fn new(options: &Options, size: Size, small: Size) -> Sizes {
        let rounds = options.rounds as i64;
        let export = (size.targets() / 20).min(20_000);
        let mut left = size.targets() - export;
        if options.profile {
            left -= 2 * options.devices.min(left / 20);
        }
        // Six variants in two states, and the growth.
        let ordinary = options.devices.min(left / 2 / (13 * rounds)).max(1);
        let few = ordinary.min(10);
        let growth = ordinary.min(small.targets() / rounds).max(1);
        left -= (13 * ordinary + 2 * few) * rounds;
        let dialler = (left / 3 / rounds).clamp(1, 25_000);
        left -= dialler * rounds;
        Sizes {
            few,
            ordinary,
            growth,
            many: options.many.min(left / 2 / rounds).max(1),
            dialler,
            export,
        }
    }
}
