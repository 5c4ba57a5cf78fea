//! Measurements of `src/bin/codec.rs`: tables of CPU time, each case a race of contenders.

pub mod decode;
pub mod deflate;
pub mod encode;
pub mod growth;
pub mod growth_sent;
pub mod handshake;
pub mod kernel;
pub mod own_process;
mod unchecked;

use crate::rounds::{Contender, Effort, check, race};
use crate::table::{Cell, Table};

/// Selection and effort of a run.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Runs only cases whose name holds each of these words.
    pub words: Vec<String>,
    /// Runs only this case, in this process, and prints its cells.
    pub case: Option<String>,
    /// Runs only contenders whose name holds one of these words, if there are any.
    pub only: Vec<String>,
    /// Duration of the measurements.
    pub effort: Effort,
    /// Number of races, each in a process of its own, of which the best counts.
    pub runs: usize,
    /// The number of this run of a case.
    pub run: usize,
    /// Compares outputs only; prints no figures.
    pub check: bool,
}

impl Plan {
    /// Adds one case to a table, if the plan selects it. `contenders` are made only then.
    pub fn run(&self, table: &mut Table, case: &str, contenders: impl FnOnce() -> Vec<Contender>) {
        let name = format!("{} {case}", table.title());
        if let Some(only) = &self.case {
            if *only == name {
                own_process::shift_heap(self.run);
                own_process::print(&self.race(contenders()));
            }
            return;
        }
        if !self.words.iter().all(|word| name.contains(word.as_str())) {
            return;
        }
        if self.check {
            return check(&mut self.selected(contenders()));
        }
        let runs = (0..self.runs).map(|run| {
            own_process::measure(&name, self, run).unwrap_or_else(|problem| panic!("{problem}"))
        });
        table.push(case, runs.reduce(best_of).unwrap_or_default());
        eprintln!("{name}");
    }

    fn selected(&self, mut contenders: Vec<Contender>) -> Vec<Contender> {
        contenders.retain(|contender| is_among(contender.name, &self.only));
        contenders
    }

    fn race(&self, contenders: Vec<Contender>) -> Vec<Cell> {
        let mut contenders = self.selected(contenders);
        let first = 4 * self.run % contenders.len().max(1);
        contenders.rotate_left(first);
        let mut figures = race(&mut contenders, self.effort);
        contenders.rotate_right(first);
        figures.rotate_right(first);
        let cells = contenders.iter().zip(figures);
        cells
            .map(|(contender, figure)| Cell {
                column: contender.name.into(),
                class: contender.class,
                figure,
            })
            .collect()
    }
}

/// The better figure of each contender.
fn best_of(mut best: Vec<Cell>, again: Vec<Cell>) -> Vec<Cell> {
    for (best, again) in best.iter_mut().zip(again) {
        best.figure = best.figure.min(again.figure);
    }
    best
}

/// Returns whether `name` holds one of these words. Without words every name does.
#[must_use]
pub fn is_among(name: &str, words: &[String]) -> bool {
    words.is_empty() || words.iter().any(|word| name.contains(word.as_str()))
}
