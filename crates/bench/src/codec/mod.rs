//! Measurements of `src/bin/codec.rs`: tables of CPU time, each case a race of contenders.

pub mod decode;
pub mod deflate;
pub mod encode;
pub mod growth;
pub mod growth_sent;
pub mod handshake;
pub mod kernel;
mod unchecked;

use crate::rounds::{Contender, Effort, check, race};
use crate::table::{Cell, Table};

/// Selection and effort of a run.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Runs only cases whose name holds each of these words.
    pub words: Vec<String>,
    /// Runs only contenders whose name holds one of these words, if there are any.
    pub only: Vec<String>,
    /// Duration of the measurements.
    pub effort: Effort,
    /// Number of races, of which the best counts.
    pub runs: usize,
    /// Compares outputs only; prints no figures.
    pub check: bool,
}

impl Plan {
    /// Adds one case to a table, if the plan selects it. `contenders` are made only then.
    pub fn run(&self, table: &mut Table, case: &str, contenders: impl FnOnce() -> Vec<Contender>) {
        let name = format!("{} {case}", table.title());
        if !self.words.iter().all(|word| name.contains(word.as_str())) {
            return;
        }
        let mut contenders = contenders();
        contenders.retain(|contender| is_among(contender.name, &self.only));
        if self.check {
            check(&mut contenders);
            return;
        }
        let mut figures = race(&mut contenders, self.effort);
        for _ in 1..self.runs {
            let again = race(&mut contenders, self.effort);
            figures
                .iter_mut()
                .zip(again)
                .for_each(|(best, figure)| *best = best.min(figure));
        }
        let cells = contenders
            .iter()
            .zip(figures)
            .map(|(contender, figure)| Cell {
                column: contender.name,
                class: contender.class,
                figure,
            });
        table.push(case, cells.collect());
        eprintln!("{name}");
    }
}

/// Returns whether `name` holds one of these words. Without words every name does.
#[must_use]
pub fn is_among(name: &str, words: &[String]) -> bool {
    words.is_empty() || words.iter().any(|word| name.contains(word.as_str()))
}
