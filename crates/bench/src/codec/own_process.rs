//! A case in a process of its own: what earlier cases left on the heap changes no figure.

use std::io;
use std::process::{Command, Stdio};

use super::Plan;
use crate::rounds::Class;
use crate::table::Cell;

/// The word before the name of a case in the arguments of such a process.
pub const CASE: &str = "--case";

/// The word before the number of a run of such a case.
pub const RUN: &str = "--run";

/// Measures one case in a new process, for the `run`th time.
///
/// The speed of a copy depends on where its ends are. So each run has its heap elsewhere, modulo
/// 4096, and begins with another contender, which changes the places of all long buffers.
pub(super) fn measure(case: &str, plan: &Plan, run: usize) -> io::Result<Vec<Cell>> {
    let mut command = Command::new(std::env::current_exe()?);
    command.args(["--rounds", &plan.effort.rounds.to_string()]);
    command.args(["--slice", &plan.effort.slice.as_millis().to_string()]);
    for name in &plan.only {
        command.args(["--only", name]);
    }
    let output = command
        .args([CASE, case])
        .args([RUN, &(run + 1).to_string()])
        .stderr(Stdio::inherit())
        .output()?;
    if !output.status.success() {
        return Err(io::Error::other(format!("{case}: {}", output.status)));
    }
    let lines = String::from_utf8_lossy(&output.stdout);
    let cells: Option<Vec<Cell>> = lines.lines().map(parse).collect();
    cells.ok_or_else(|| io::Error::other(format!("{case}: {lines}")))
}

/// Shifts what is allocated later.
pub(super) fn shift_heap(run: usize) {
    Box::leak(vec![0_u8; run * STEP].into_boxed_slice());
}

/// Three runs are spread over 4096 bytes.
const STEP: usize = 1360;

/// Prints the cells for [`measure`].
pub(super) fn print(cells: &[Cell]) {
    for Cell {
        column,
        class,
        figure,
    } in cells
    {
        println!("{figure}\t{class:?}\t{column}");
    }
}

fn parse(line: &str) -> Option<Cell> {
    let mut words = line.splitn(3, '\t');
    let figure = words.next()?.parse().ok()?;
    let word = words.next()?;
    Some(Cell {
        column: words.next()?.into(),
        class: Class::ALL
            .into_iter()
            .find(|class| format!("{class:?}") == word)?,
        figure,
    })
}
