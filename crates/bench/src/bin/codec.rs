//! Times the codecs: decoding, encoding, the handshake, and the inner loops. `codec --help` prints
//! the usage.

use std::time::Duration;

use ws_bench::codec::{
    Plan, decode, deflate, encode, growth, growth_sent, handshake, kernel, own_process,
};
use ws_bench::rounds::Effort;
use ws_bench::table::{Table, print_behind};

fn main() {
    let plan = match plan(std::env::args().skip(1)) {
        Ok(plan) => plan,
        Err(problem) => {
            eprintln!("{problem}\n{USAGE}");
            std::process::exit(2);
        }
    };
    let makers = [
        decode::table,
        growth::table,
        growth_sent::table,
        encode::table,
        handshake::table,
        deflate::table,
        kernel::mask_table,
        kernel::utf8_table,
    ];
    let tables: Vec<Table> = makers.iter().map(|table| table(&plan.plan)).collect();
    if plan.plan.case.is_some() {
        return; // its cells are printed
    }
    if plan.plan.check {
        println!("every contender gives what it was sent");
        return;
    }
    if !plan.only_behind {
        tables.iter().for_each(Table::print);
    }
    print_behind(&tables);
}

/// The parsed command line.
struct Asked {
    plan: Plan,
    /// Prints only the rows in which a peer is ahead.
    only_behind: bool,
}

fn plan(mut arguments: impl Iterator<Item = String>) -> Result<Asked, String> {
    let mut only_behind = false;
    let mut plan = Plan {
        words: Vec::new(),
        case: None,
        only: Vec::new(),
        effort: Effort {
            rounds: 101,
            slice: Duration::from_millis(2),
        },
        runs: 1,
        run: 0,
        check: false,
    };
    while let Some(argument) = arguments.next() {
        let mut number = || {
            arguments
                .next()
                .and_then(|number| number.parse().ok())
                .filter(|&number| number > 0)
        };
        match argument.as_str() {
            "--only" => plan.only.extend(arguments.next()),
            own_process::CASE => plan.case = arguments.next(),
            own_process::RUN => plan.run = number().unwrap_or_default() as usize,
            "--behind" => only_behind = true,
            "--check" => plan.check = true,
            "--runs" => {
                let runs: u32 = number().ok_or("--runs wants a number")?;
                plan.runs = runs as usize;
            }
            "--rounds" => {
                let rounds: u32 = number().ok_or("--rounds wants a number")?;
                plan.effort.rounds = rounds as usize;
            }
            "--slice" => {
                let milliseconds = number().ok_or("--slice wants a number of milliseconds")?;
                plan.effort.slice = Duration::from_millis(milliseconds.into());
            }
            word if !word.starts_with('-') => plan.words.push(word.into()),
            other => return Err(format!("what is {other}?")),
        }
    }
    Ok(Asked { plan, only_behind })
}

const USAGE: &str = "usage: codec [WORD]... [--only NAME]... [--rounds N] [--slice MILLISECONDS] [--runs N] [--behind | --check]
Only cases that hold every WORD are measured: `codec decode binary`, `codec encode Server '8 B'`; with --only, only contenders
whose name holds one of the NAMEs.
A case is measured in a process of its own, in N rounds (101), in which each contender has so much CPU time (2 ms); figures are medians.
With --runs the best of so many runs counts. The last table has the rows in which a peer is ahead; with --behind it is the only one.
With --check nothing is timed: each contender works once, and what comes out is compared with what was sent.";
