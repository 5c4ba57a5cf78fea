//! Very many idle connections: servers and clients in processes of their own, on loopback
//! addresses.
//!
//! Each pair of a server and a client process has as many connections as a process may have
//! descriptors. The clients answer pings, and check every byte that they receive.

mod child;
mod client;
mod fleet;
mod inbox;
mod limits;
mod measure;
mod plan;
mod run;
mod server;

use plan::{Plan, Role};

/// Runs the program with these arguments: the measurement, or one process of it.
///
/// # Errors
///
/// A description for people: of the arguments, of a limit to raise, or of a failed check.
pub fn main(arguments: &[String]) -> Result<(), String> {
    match Role::parse(arguments)? {
        Role::Measure(plan) => measure(&plan),
        Role::Server(server) => server::serve(&server).map_err(|error| error.to_string()),
        Role::Client(client) => client::run(&client).map_err(|error| error.to_string()),
    }
}

fn measure(plan: &Plan) -> Result<(), String> {
    limits::check(plan)?;
    run::run(plan)
}
