//! Times echo servers under load, side by side. `echo --help` prints the usage.

use std::io;
use std::time::Duration;

use ws_bench::codec::is_among;
use ws_bench::echo::generator::{Run, Times, idle_memory, run};
use ws_bench::echo::process::{NODE, Process, is_here};
use ws_bench::echo::scenario::{SCENARIOS, Scenario, Shape};
use ws_bench::echo::server::{OURS, is_bare, names};
use ws_bench::rounds::{Class, median};
use ws_bench::table::{Cell, Table};

struct Plan {
    words: Vec<String>,
    /// Only these servers, if any are named; the bare one always takes part.
    only: Vec<String>,
    rounds: usize,
    times: Times,
}

fn main() -> io::Result<()> {
    let plan = match plan(std::env::args().skip(1)) {
        Ok(plan) => plan,
        Err(problem) => {
            eprintln!("{problem}\n{USAGE}");
            std::process::exit(2);
        }
    };
    prepare()?;
    let mut over_tcp = Table::new("echo", "server CPU per message ÷ that of bare TCP");
    let mut over_tls = Table::new("echo over TLS", "server CPU per message ÷ that of bare TLS");
    for scenario in SCENARIOS
        .iter()
        .filter(|scenario| plan.wants(&scenario.name()))
    {
        let ratios = match scenario.shape {
            Shape::SecureEcho => &mut over_tls,
            _ => &mut over_tcp,
        };
        measure(scenario, &plan, ratios)?;
    }
    over_tcp.print();
    over_tls.print();
    idle(&plan)?.print();
    Ok(())
}

impl Plan {
    fn wants(&self, name: &str) -> bool {
        self.words.iter().all(|word| name.contains(word.as_str()))
    }
}

/// Raises the limit of descriptors and gives this thread a processor of its own.
fn prepare() -> io::Result<()> {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    use rustix::thread::{CpuSet, sched_setaffinity};
    let maximum = getrlimit(Resource::Nofile).maximum;
    setrlimit(
        Resource::Nofile,
        Rlimit {
            current: maximum,
            maximum,
        },
    )?;
    let mut cpus = CpuSet::new();
    cpus.set(GENERATOR_CPU);
    Ok(sched_setaffinity(None, &cpus)?)
}

/// Measures all servers in turn in each round, each figure over that of the bare server in the same
/// round.
fn measure(scenario: &Scenario, plan: &Plan, ratios: &mut Table) -> io::Result<()> {
    let mut runs = servers(plan, scenario.shape)?;
    for round in 0..plan.rounds {
        for turn in 0..runs.len() {
            let at = (round + turn) % runs.len();
            let (name, server, figures) = &mut runs[at];
            figures.push(run(server, is_bare(name), scenario, plan.times)?);
        }
        eprintln!(
            "{}: round {} of {}",
            scenario.name(),
            round + 1,
            plan.rounds
        );
    }
    let bare: Vec<f64> = runs[0].2.iter().map(Run::cpu_per_message).collect();
    let mut cells = Vec::new();
    println!(
        "\n| {} | messages/s | p50 µs | p99 µs | p99.9 µs | server CPU ns/message | ÷ bare |",
        scenario.name()
    );
    println!("|---|--:|--:|--:|--:|--:|--:|");
    for (name, _, figures) in &runs {
        let ratio = middle(
            figures
                .iter()
                .zip(&bare)
                .map(|(run, bare)| run.cpu_per_message() / bare),
        );
        cells.push(Cell {
            column: name,
            class: class(name),
            figure: ratio,
        });
        println!(
            "| {name} | {:.0} | {:.1} | {:.1} | {:.1} | {:.0} | {ratio:.2} |",
            middle(figures.iter().map(Run::rate)),
            quantile(figures, 0.5),
            quantile(figures, 0.99),
            quantile(figures, 0.999),
            middle(figures.iter().map(Run::cpu_per_message)),
        );
    }
    ratios.push(&scenario.name(), cells);
    Ok(())
}

fn servers(plan: &Plan, shape: Shape) -> io::Result<Vec<(&'static str, Process, Vec<Run>)>> {
    everybody(plan, shape)
        .map(|name| Ok((name, Process::start(name, shape, SERVER_CPU)?, Vec::new())))
        .collect()
}

fn everybody(plan: &Plan, shape: Shape) -> impl Iterator<Item = &'static str> {
    let node = (shape == Shape::Echo).then_some(NODE);
    let takes_part = |name: &&str| is_bare(name) || is_among(name, &plan.only);
    names(shape)
        .chain(node)
        .filter(takes_part)
        .filter(|name| is_here(name))
}

fn idle(plan: &Plan) -> io::Result<Table> {
    let mut table = Table::new("idle connection", "bytes of the server's resident memory");
    let in_the_clear = [1_000, 10_000].map(|connections| (connections, Shape::Echo, ""));
    // The clients, in this process, hold far more than a server does.
    let secure = (1_000, Shape::SecureEcho, ", TLS");
    for (connections, shape, over) in in_the_clear.into_iter().chain([secure]) {
        let case = format!("{connections} idle connections{over}");
        if !plan.wants(&case) {
            continue;
        }
        let mut cells = Vec::new();
        for name in everybody(plan, shape) {
            let server = Process::start(name, shape, SERVER_CPU)?;
            let figure = idle_memory(&server, is_bare(name), connections)?;
            cells.push(Cell {
                column: name,
                class: class(name),
                figure,
            });
        }
        table.push(&case, cells);
    }
    Ok(table)
}

fn class(name: &str) -> Class {
    match name {
        name if is_bare(name) => Class::Aside,
        OURS => Class::Ours,
        _ => Class::Peer,
    }
}

fn quantile(runs: &[Run], part: f64) -> f64 {
    middle(
        runs.iter()
            .map(|run| run.latencies.quantile(part).as_secs_f64() * 1e6),
    )
}

fn middle(figures: impl Iterator<Item = f64>) -> f64 {
    median(&mut figures.collect::<Vec<_>>())
}

fn plan(mut arguments: impl Iterator<Item = String>) -> Result<Plan, String> {
    let times = Times {
        warm_up: Duration::from_millis(200),
        measured: Duration::from_secs(1),
    };
    let mut plan = Plan {
        words: Vec::new(),
        only: Vec::new(),
        rounds: 7,
        times,
    };
    while let Some(argument) = arguments.next() {
        let mut number = || {
            arguments
                .next()
                .and_then(|number| number.parse::<u32>().ok())
                .filter(|&number| number > 0)
        };
        match argument.as_str() {
            "--only" => plan.only.extend(arguments.next()),
            "--rounds" => plan.rounds = number().ok_or("--rounds wants a number")? as usize,
            "--time" => {
                let milliseconds = number().ok_or("--time wants a number of milliseconds")?;
                plan.times.measured = Duration::from_millis(milliseconds.into());
            }
            word if !word.starts_with('-') => plan.words.push(word.into()),
            other => return Err(format!("what is {other}?")),
        }
    }
    Ok(plan)
}

/// Processor of the servers.
const SERVER_CPU: usize = 0;

/// Processor of this thread.
const GENERATOR_CPU: usize = 1;

const USAGE: &str = "usage: echo [WORD]... [--only NAME]... [--rounds N] [--time MILLISECONDS]
Only scenarios that hold every WORD are measured: `echo '100 × 16'`, `echo idle`; `echo TLS` measures
over TLS; with --only, only servers whose name holds one of the NAMEs, and the bare one.
Each server is under load for so long (1 s) in each of N rounds (7); figures are medians.";
