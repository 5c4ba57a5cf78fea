//! Times the codecs: decoding, encoding, the handshake, and the loops inside. `codec --help` says how to call it.

use std::time::Duration;

use ws_bench::codec::{Plan, decode, deflate, encode, growth, growth_sent, handshake, kernel};
use ws_bench::rounds::Effort;

fn main() {
    let plan = match plan(std::env::args().skip(1)) {
        Ok(plan) => plan,
        Err(problem) => {
            eprintln!("{problem}\n{USAGE}");
            std::process::exit(2);
        }
    };
    for table in [
        decode::table,
        growth::table,
        growth_sent::table,
        encode::table,
        handshake::table,
        deflate::table,
        kernel::mask_table,
        kernel::utf8_table,
    ] {
        table(&plan).print();
    }
}

fn plan(mut arguments: impl Iterator<Item = String>) -> Result<Plan, String> {
    let mut plan = Plan {
        words: Vec::new(),
        only: Vec::new(),
        effort: Effort {
            rounds: 101,
            slice: Duration::from_millis(2),
        },
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
    Ok(plan)
}

const USAGE: &str = "usage: codec [WORD]... [--only NAME]... [--rounds N] [--slice MILLISECONDS]
Only cases that hold every WORD are measured: `codec decode binary`, `codec encode Server '8 B'`; with --only, only contenders
whose name holds one of the NAMEs.
A case is measured in N rounds (101), in which each contender has so much CPU time (2 ms); figures are medians.";
