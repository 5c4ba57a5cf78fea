//! Times echo servers under load, side by side. `echo --help` prints the usage.

use std::io;
use std::time::Duration;

use ws_bench::codec::is_among;
use ws_bench::echo::generator::{Run, Times, idle_memory, run};
use ws_bench::echo::process::{NODE, Process, is_here};
use ws_bench::echo::scenario::{SCENARIOS, Scenario, Shape};
use ws_bench::echo::server::{
    AXUM, AXUM_OURS, ON_TOKIO, OURS, WS_STREAM, WS_TOKIO, is_bare, names,
};
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
    let mut tables = Arena::ALL.map(|arena| (arena, Table::new(arena.title(), arena.unit())));
    for scenario in SCENARIOS
        .iter()
        .filter(|scenario| plan.wants(&scenario.name()))
    {
        let figures = measure(scenario, &plan)?;
        for (arena, table) in &mut tables {
            let cells = arena.cells(scenario.shape, &figures);
            if cells.len() > 1 {
                table.push(&scenario.name(), cells);
            }
        }
    }
    for (_, table) in &tables {
        table.print();
    }
    idle(&plan)?.print();
    Ok(())
}

/// Servers that are compared with each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Arena {
    All,
    Tokio,
    Axum,
    Secure,
}

impl Arena {
    const ALL: [Self; 4] = [Self::All, Self::Tokio, Self::Axum, Self::Secure];

    const fn title(self) -> &'static str {
        match self {
            Self::All => "echo",
            Self::Tokio => "echo on tokio",
            Self::Axum => "echo in axum",
            Self::Secure => "echo over TLS",
        }
    }

    const fn unit(self) -> &'static str {
        match self {
            Self::Secure => "server CPU per message ÷ that of bare TLS",
            _ => "server CPU per message ÷ that of bare TCP",
        }
    }

    /// The class of a server in this arena, if it takes part.
    fn class(self, name: &str) -> Option<Class> {
        if is_bare(name) {
            return Some(Class::Aside);
        }
        let in_axum = [AXUM, AXUM_OURS].contains(&name);
        match (self, name) {
            (Self::All | Self::Secure, OURS)
            | (Self::Tokio, WS_STREAM)
            | (Self::Axum, AXUM_OURS) => Some(Class::Ours),
            (Self::All | Self::Secure, WS_STREAM) | (Self::All | Self::Tokio, WS_TOKIO) => {
                Some(Class::Variant)
            }
            (Self::All | Self::Secure, _) => (!in_axum).then_some(Class::Peer),
            (Self::Tokio, _) => ON_TOKIO.contains(&name).then_some(Class::Peer),
            (Self::Axum, _) => in_axum.then_some(Class::Peer),
        }
    }

    /// The figures of those that take part. Over TLS there is one arena, and no other.
    fn cells(self, shape: Shape, figures: &[(&'static str, f64)]) -> Vec<Cell> {
        if (shape == Shape::SecureEcho) != (self == Self::Secure) {
            return Vec::new();
        }
        let cell = |&(column, figure): &(&str, f64)| {
            Some(Cell {
                column: column.into(),
                class: self.class(column)?,
                figure,
            })
        };
        figures.iter().filter_map(cell).collect()
    }
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
/// round. Returns the ratio of each server.
fn measure(scenario: &Scenario, plan: &Plan) -> io::Result<Vec<(&'static str, f64)>> {
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
    let mut ratios = Vec::new();
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
        ratios.push((*name, ratio));
        println!(
            "| {name} | {:.0} | {:.1} | {:.1} | {:.1} | {:.0} | {ratio:.2} |",
            middle(figures.iter().map(Run::rate)),
            quantile(figures, 0.5),
            quantile(figures, 0.99),
            quantile(figures, 0.999),
            middle(figures.iter().map(Run::cpu_per_message)),
        );
    }
    Ok(ratios)
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
            cells.push((name, figure));
        }
        let arena = match shape {
            Shape::SecureEcho => Arena::Secure,
            _ => Arena::All,
        };
        table.push(&case, arena.cells(shape, &cells));
    }
    Ok(table)
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
