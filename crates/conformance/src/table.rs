//! The counts as a table, and the faults row by row.

use std::fmt::Write as _;

use ws_testkit::vectors::{self, Extension, Row};

use crate::judge::{Verdict, judge};
use crate::peers::{self, Peer};

/// The result of a whole run.
pub(crate) struct Outcome {
    /// The counts and the faults, in Markdown.
    pub(crate) text: String,
    /// Whether `ws-frame` is right in every row, at the deciding byte.
    pub(crate) ours_is_right: bool,
}

/// Runs every row against every implementation.
pub(crate) fn run() -> Outcome {
    let rows = rows();
    let results: Vec<Report> = peers::all()
        .into_iter()
        .map(|peer| Report::of(peer, &rows))
        .collect();
    let mut text = format!(
        "{} rows. A row with several values is passed only if it is with all of them.\n\n",
        rows.len()
    );
    text += "| | right at once | right, later | wrong | panic | not asked | what is not asked, and how it is run |\n";
    text += "|---|--:|--:|--:|--:|--:|---|\n";
    for report in &results {
        report.write_counts(&mut text);
    }
    for report in &results {
        report.write_faults(&mut text);
    }
    let ours_is_right = results[0]
        .rows
        .iter()
        .all(|(_, verdict, _)| *verdict == Verdict::Right);
    Outcome {
        text,
        ours_is_right,
    }
}

/// The variants of each row together, without the rows that decide what the RFC leaves open, and
/// those with an extension.
fn rows() -> Vec<Vec<Row>> {
    let mut rows: Vec<Vec<Row>> = Vec::new();
    let is_asked = |row: &Row| row.choice.is_none() && row.extension == Extension::None;
    for row in vectors::frames().into_iter().filter(is_asked) {
        match rows.last_mut() {
            Some(variants) if variants[0].title == row.title => variants.push(row),
            _ => rows.push(vec![row]),
        }
    }
    rows
}

/// Results of one peer.
struct Report {
    peer: Box<dyn Peer>,
    /// Name and title, the worst verdict over the variants, and the fault.
    rows: Vec<(String, Verdict, String)>,
}

impl Report {
    fn of(peer: Box<dyn Peer>, rows: &[Vec<Row>]) -> Self {
        let rows = rows
            .iter()
            .map(|variants| worst(&*peer, variants))
            .collect();
        Self { peer, rows }
    }

    fn write_counts(&self, text: &mut String) {
        let count = |verdict| {
            self.rows
                .iter()
                .filter(|(_, got, _)| *got == verdict)
                .count()
        };
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} | {} | {} | {} |",
            self.peer.name(),
            count(Verdict::Right),
            count(Verdict::Late),
            count(Verdict::Wrong),
            count(Verdict::Panic),
            count(Verdict::NotAsked),
            self.peer.notes(),
        );
    }

    fn write_faults(&self, text: &mut String) {
        let is_fault = |verdict| matches!(verdict, Verdict::Wrong | Verdict::Panic);
        let mut faults = self
            .rows
            .iter()
            .filter(|(_, verdict, _)| is_fault(*verdict))
            .peekable();
        if faults.peek().is_some() {
            let _ = writeln!(text, "\n{}:\n", self.peer.name());
        }
        for (row, _, what) in faults {
            let _ = writeln!(text, "- {row}: {what}");
        }
    }
}

fn worst(peer: &dyn Peer, variants: &[Row]) -> (String, Verdict, String) {
    // The first of several equally bad variants is named.
    let judged = variants.iter().rev().map(|row| (row, judge(peer, row)));
    let (row, (verdict, what)) = judged
        .max_by_key(|(_, (verdict, _))| *verdict)
        .expect("a row has at least one variant");
    (format!("{} ({})", row.name, row.title), verdict, what)
}
