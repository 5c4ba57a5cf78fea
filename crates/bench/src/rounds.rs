//! Timing: contenders in turn within each round, medians over many rounds.

use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

/// A timed implementation.
pub struct Contender {
    /// Name in the table.
    pub name: &'static str,
    /// Class for the comparison.
    pub class: Class,
    /// Does at least this many units of work, and returns how many it did.
    work: Box<dyn FnMut(usize) -> usize>,
}

/// Class of a contender for the comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// This project.
    Ours,
    /// This project in another form: shown, and left out of the comparison.
    Variant,
    /// A peer that does the same work.
    Peer,
    /// A peer that hands out text that is not UTF-8: shown, and never the best.
    Unchecked,
    /// A limit, or a peer that does less: shown, and left out of the comparison.
    Aside,
}

impl Class {
    /// Every class.
    pub const ALL: [Self; 5] = [
        Self::Ours,
        Self::Variant,
        Self::Peer,
        Self::Unchecked,
        Self::Aside,
    ];
}

impl Contender {
    /// This project.
    pub fn ours(name: &'static str, work: impl FnMut(usize) -> usize + 'static) -> Self {
        Self {
            name,
            class: Class::Ours,
            work: Box::new(work),
        }
    }

    /// A peer that does the same work.
    pub fn peer(name: &'static str, work: impl FnMut(usize) -> usize + 'static) -> Self {
        Self {
            name,
            class: Class::Peer,
            work: Box::new(work),
        }
    }

    /// Changes the class for the comparison.
    #[must_use]
    pub fn as_class(mut self, class: Class) -> Self {
        self.class = class;
        self
    }

    /// Counts one unit of work as `per_unit` units.
    #[must_use]
    pub fn in_units_of(mut self, per_unit: usize) -> Self {
        let mut work = self.work;
        self.work = Box::new(move |units| work(units.div_ceil(per_unit)) * per_unit);
        self
    }

    /// A limit, or a peer that does less.
    pub fn aside(name: &'static str, work: impl FnMut(usize) -> usize + 'static) -> Self {
        Self {
            name,
            class: Class::Aside,
            work: Box::new(work),
        }
    }
}

impl std::fmt::Debug for Contender {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Contender")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

/// Duration of a measurement.
#[derive(Debug, Clone, Copy)]
pub struct Effort {
    /// Rounds, of which the median is taken.
    pub rounds: usize,
    /// The CPU time of one contender in one round.
    pub slice: Duration,
}

/// Lets each contender work once, without a figure.
pub fn check(contenders: &mut [Contender]) {
    for contender in contenders {
        (contender.work)(1);
    }
}

/// The median CPU time of one unit of work of each contender, in nanoseconds, in the order of
/// `contenders`.
pub fn race(contenders: &mut [Contender], effort: Effort) -> Vec<f64> {
    let units: Vec<usize> = contenders
        .iter_mut()
        .map(|contender| calibrate(contender, effort.slice))
        .collect();
    let mut figures = vec![Vec::with_capacity(effort.rounds); contenders.len()];
    for round in 0..effort.rounds {
        for turn in 0..contenders.len() {
            let who = (round + turn) % contenders.len();
            figures[who].push(time(&mut contenders[who], units[who]));
        }
    }
    figures.iter_mut().map(|figures| median(figures)).collect()
}

/// Number of units that fill `slice`: doubled until it is reached, which also warms caches and
/// branch predictors.
fn calibrate(contender: &mut Contender, slice: Duration) -> usize {
    let mut units = 1;
    loop {
        let (done, spent) = run(contender, units);
        if spent >= slice / 2 {
            let per_unit = spent.as_secs_f64() / done as f64;
            return num(slice.as_secs_f64() / per_unit);
        }
        units = done * 2;
    }
}

fn time(contender: &mut Contender, units: usize) -> f64 {
    let (done, spent) = run(contender, units);
    spent.as_secs_f64() * 1e9 / done as f64
}

fn run(contender: &mut Contender, units: usize) -> (usize, Duration) {
    let before = cpu_time();
    let done = (contender.work)(units);
    (done, cpu_time().saturating_sub(before))
}

/// The CPU time of this thread, which other processes do not disturb.
fn cpu_time() -> Duration {
    clock_gettime(ClockId::ThreadCPUTime)
        .try_into()
        .expect("a time after the thread's start")
}

/// The median of some figures.
#[must_use]
pub fn median(figures: &mut [f64]) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a small positive number"
)]
fn num(units: f64) -> usize {
    units.max(1.0) as usize
}
