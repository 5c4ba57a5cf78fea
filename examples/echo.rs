//! Sends back what it gets: text as text, binary as binary, on any path and to any origin.
//!
//! `cargo run --release --example echo -- [ADDR]`, by default on 127.0.0.1:9001. Ctrl-C or SIGTERM closes every connection with
//! 1001 and ends the program with status 0.

use std::error::Error;
use std::net::SocketAddr;

use ws_server::{Config, Event, OriginPolicy, Server};

fn main() -> Result<(), Box<dyn Error>> {
    env_logger::Builder::from_env(env_logger::Env::default().default_filter_or("warn")).init();
    let address = std::env::args().nth(1).unwrap_or("127.0.0.1:9001".to_owned());
    let address: SocketAddr = address
        .parse()
        .map_err(|_| format!("{address} is not an address such as 127.0.0.1:9001"))?;
    // An echo has no secrets and acts for nobody, so any page may use it. A server with users names its origins.
    let config = Config::default().origins(OriginPolicy::Any);
    let mut server =
        Server::bind(address, config).map_err(|error| format!("cannot listen on {address}: {error}"))?;
    println!("echo listens on ws://{}", server.local_addr()?);
    let handle = server.handle();
    ctrlc::set_handler(move || handle.stop())?;

    let mut buf = vec![0; 64 * 1024];
    while !server.is_stopped() {
        let mut turn = server.poll(&mut buf, None)?;
        while let Some((id, event)) = server.next(&mut turn) {
            // A peer that is gone by now has its `Closed` event coming: nothing to do about it here.
            match event {
                Event::Request(upgrade) => drop(server.accept(id, upgrade.accept())),
                Event::Text(text) => drop(server.send_text(id, &text)),
                Event::Binary(payload) => drop(server.send_binary(id, &payload)),
                _ => {}
            }
        }
    }
    Ok(())
}
