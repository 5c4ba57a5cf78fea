//! Durations, counted by size.

use std::time::Duration;

/// Counts of durations, each known to within 3 %.
#[derive(Debug)]
pub struct Histogram {
    counts: Vec<u64>,
    total: u64,
}

impl Default for Histogram {
    fn default() -> Self {
        Self {
            counts: vec![0; BUCKETS],
            total: 0,
        }
    }
}

impl Histogram {
    /// Counts `duration` `times` times.
    pub fn add(&mut self, duration: Duration, times: u64) {
        let nanoseconds = u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX);
        self.counts[bucket(nanoseconds)] += times;
        self.total += times;
    }

    /// The shortest duration that this part (0 to 1) of all does not exceed.
    #[must_use]
    pub fn quantile(&self, part: f64) -> Duration {
        let mut seen = 0;
        for (bucket, count) in self.counts.iter().enumerate() {
            seen += count;
            if seen as f64 >= part * self.total as f64 {
                return Duration::from_nanos(upper_end(bucket));
            }
        }
        Duration::ZERO
    }
}

/// Five bits below the highest one that is set.
fn bucket(value: u64) -> usize {
    let shift = (64 - value.leading_zeros()).saturating_sub(FINE + 1);
    (shift << FINE) as usize + usize::try_from(value >> shift).expect("at most six bits")
}

fn upper_end(bucket: usize) -> u64 {
    let shift = (bucket >> FINE).saturating_sub(1);
    let above = (bucket - (shift << FINE) + 1) as u64;
    (above << shift) - 1
}

const FINE: u32 = 5;
const BUCKETS: usize = 65 << FINE;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_ends_within_three_per_cent_above_what_is_in_it() {
        for value in
            (0..64).flat_map(|bit| [(1_u64 << bit) - 1, 1 << bit, (1 << bit) + (1 << bit) / 3])
        {
            let end = upper_end(bucket(value));
            assert!(
                end >= value && end - value <= value / 32,
                "{value} is in a bucket that ends at {end}"
            );
        }
    }

    #[test]
    fn quantiles_of_a_hundred() {
        let mut histogram = Histogram::default();
        (1..=100).for_each(|n| histogram.add(Duration::from_nanos(n), 1));
        assert_eq!(histogram.quantile(0.5), Duration::from_nanos(50));
        assert!(histogram.quantile(0.99) >= Duration::from_nanos(99));
    }
}
