//! What a transaction costs: a fixed part, which every transaction has, and a part for each device.

use std::time::Duration;

/// The weight of a transaction after another one: some ten of them count.
const FADING: f64 = 0.9;
/// The variance of the sizes, in squares of their mean, from which on they tell the fixed part from that of the devices.
const ENOUGH_VARIANCE: f64 = 0.05;
/// A transaction has at most this many times the devices of the one before it, and at least [`FEWER`] times.
const MORE: f64 = 2.0;
const FEWER: f64 = 0.25;

/// The cost of transactions, learned from those that were committed: a line through their sizes and durations.
#[derive(Debug, Default)]
pub(super) struct Cost {
    /// Seconds that a transaction takes whatever its size.
    fixed: f64,
    /// Sums over the transactions, the older the less.
    weight: f64,
    devices: f64,
    seconds: f64,
    squares: f64,
    products: f64,
}

impl Cost {
    /// The number of devices for the next transaction, which should take `target`, from one over `devices` that took `elapsed`.
    ///
    /// Where the fixed part alone takes longer than half the target, a transaction takes twice the fixed part instead: a smaller one
    /// would hardly be faster, and all of them together would take much longer.
    pub(super) fn fitting(&mut self, devices: u32, elapsed: Duration, target: Duration) -> f64 {
        let devices = f64::from(devices.max(1));
        let seconds = elapsed.as_secs_f64().max(0.001);
        self.learn(devices, seconds);
        // The last transaction decides, so that a single slow one is forgotten at once.
        let per_device = (seconds - self.fixed) / devices;
        let target = target.as_secs_f64().max(2.0 * self.fixed);
        let fitting = match per_device > 0.0 {
            true => (target - self.fixed) / per_device,
            false => f64::INFINITY,
        };
        fitting.clamp(devices * FEWER, devices * MORE)
    }

    /// Fits the line (least squares), where the sizes differ enough and larger transactions took longer.
    fn learn(&mut self, devices: f64, seconds: f64) {
        let added = |sum: f64, more: f64| sum * FADING + more;
        self.weight = added(self.weight, 1.0);
        self.devices = added(self.devices, devices);
        self.seconds = added(self.seconds, seconds);
        self.squares = added(self.squares, devices * devices);
        self.products = added(self.products, devices * seconds);
        let mean = self.devices / self.weight;
        let mean_seconds = self.seconds / self.weight;
        let variance = self.squares / self.weight - mean * mean;
        let covariance = self.products / self.weight - mean * mean_seconds;
        if variance > ENOUGH_VARIANCE * mean * mean && covariance > 0.0 {
            let fixed = mean_seconds - covariance / variance * mean;
            self.fixed = fixed.clamp(0.0, mean_seconds);
        }
    }
}

#[cfg(test)]
mod tests {
    use rand::rngs::StdRng;
    use rand::{RngExt as _, SeedableRng as _};

    use super::*;

    const TARGET: Duration = Duration::from_millis(75);

    /// The mean size of the later half of 200 transactions that take `fixed` and `per_device` milliseconds, up to a fifth more or less.
    fn settled(cost: &mut Cost, first: f64, fixed: f64, per_device: f64) -> f64 {
        let mut random = StdRng::seed_from_u64(7);
        let mut size = first;
        let mut later = Vec::new();
        for number in 0..200 {
            let noise = random.random_range(0.8..1.2);
            let millis = (fixed + per_device * size) * noise;
            let elapsed = Duration::from_secs_f64(millis / 1_000.0);
            size = cost
                .fitting(size as u32, elapsed, TARGET)
                .clamp(1.0, 1_000.0);
            if number >= 100 {
                later.push(size);
            }
        }
        later.iter().sum::<f64>() / later.len() as f64
    }

    #[test]
    fn a_transaction_without_fixed_cost_takes_the_target() {
        let size = settled(&mut Cost::default(), 64.0, 0.0, 1.0);
        assert!((60.0..95.0).contains(&size), "{size}");
    }

    #[test]
    fn a_fixed_cost_within_half_the_target_leaves_the_rest_to_devices() {
        let size = settled(&mut Cost::default(), 64.0, 25.0, 1.0);
        assert!((38.0..70.0).contains(&size), "{size}");
    }

    #[test]
    fn transactions_that_get_no_faster_are_not_made_smaller() {
        // Sized by the target alone, it would go down to one device, and 1,000 of them would take 101 seconds instead of 2.
        let size = settled(&mut Cost::default(), 64.0, 100.0, 1.0);
        assert!((50.0..200.0).contains(&size), "{size}");
    }

    #[test]
    fn a_fixed_cost_that_goes_away_is_forgotten() {
        let mut cost = Cost::default();
        let slow = settled(&mut cost, 64.0, 100.0, 1.0);
        let fast = settled(&mut cost, slow, 5.0, 1.0);
        assert!((50.0..95.0).contains(&fast), "{fast}");
    }

    #[test]
    fn one_slow_transaction_is_soon_forgotten() {
        let mut cost = Cost::default();
        let before = settled(&mut cost, 64.0, 20.0, 1.0);
        cost.fitting(before as u32, Duration::from_secs(10), TARGET);
        let mut size = 14.0;
        for _ in 0..5 {
            let elapsed = Duration::from_secs_f64((20.0 + size) / 1_000.0);
            size = cost.fitting(size as u32, elapsed, TARGET);
        }
        assert!((40.0..75.0).contains(&size), "{size}");
    }
}
