//! An echo server: text comes back as text, binary as binary, on any path and for any origin.
//!
//! `cargo run --release --example echo -- [ADDR] [--deflate[=dedicated]] [--threads N] [--tls CERT
//! KEY]`, by default on 127.0.0.1:9001, without compression, in one thread, and without TLS;
//! `dedicated`: a compressor for each connection, which remembers what it sent; `--tls self-signed`
//! makes a certificate for trying it out. Ctrl-C or SIGTERM closes every connection with 1001 and
//! ends the program with status 0.

mod tls;

use std::error::Error;
use std::ffi::OsString;
use std::net::SocketAddr;
use std::process::ExitCode;
use std::{io, thread};

use support::{Arg, Parser, UsageError, ValueExt as _};
use ws_server::ws_frame::deflate::{self, Compressor, Tuning};
use ws_server::{Compression, Config, Event, Handle, OriginPolicy, Server, Transport};

use crate::tls::Tls;

fn main() -> ExitCode {
    env_logger::Builder::from_env(env_logger::Env::default().default_filter_or("warn")).init();
    support::status(run(&support::options(USAGE, Options::read)))
}

fn run(options: &Options) -> Result<(), Box<dyn Error>> {
    match &options.tls {
        None => serve("ws", options.bind(Server::bind)?),
        Some(tls) => {
            let tls = tls.config(&options.address)?;
            serve(
                "wss",
                options.bind(|address, config| Server::bind_tls(address, &tls, config))?,
            )
        }
    }
}

/// Runs one thread for each server, until all have stopped.
fn serve<T: Transport + Send + 'static>(
    scheme: &str,
    servers: Vec<Server<T>>,
) -> Result<(), Box<dyn Error>> {
    support::say(format_args!(
        "echo listens on {scheme}://{}",
        servers[0].local_addr()?
    ));
    let handles: Vec<Handle> = servers.iter().map(Server::handle).collect();
    ctrlc::set_handler(move || handles.iter().for_each(Handle::stop))?;

    let threads: Vec<_> = servers
        .into_iter()
        .map(|server| thread::spawn(|| echo(server)))
        .collect();
    for thread in threads {
        thread.join().map_err(|_| "a thread panicked")??;
    }
    Ok(())
}

fn echo<T: Transport>(mut server: Server<T>) -> io::Result<()> {
    let mut buf = vec![0; 256 * 1024];
    while !server.is_stopped() {
        let mut turn = server.poll(&mut buf, None)?;
        while let Some((id, event)) = server.next(&mut turn) {
            // A connection that has ended gets its `Closed` event; there is nothing to do about it
            // here.
            match event {
                Event::Request(upgrade) => drop(server.accept(id, upgrade.accept())),
                Event::Text(text) => drop(server.send_text(id, &text)),
                Event::Binary(payload) => {
                    server.send_binary(id, &payload).ok();
                    server.recycle(payload);
                }
                _ => {}
            }
        }
    }
    Ok(())
}

struct Options {
    address: String,
    compression: Option<Compression>,
    threads: usize,
    tls: Option<Tls>,
}

impl Options {
    fn read(words: &mut Parser) -> Result<Self, UsageError> {
        let mut options = Self {
            address: "127.0.0.1:9001".to_owned(),
            compression: None,
            threads: 1,
            tls: None,
        };
        while let Some(word) = words.next()? {
            match word {
                Arg::Value(address) => options.address = address.string()?,
                Arg::Long("deflate") => {
                    options.compression = Some(compression(words.optional_value())?);
                }
                Arg::Long("tls") => options.tls = Some(Tls::from_words(words)?),
                Arg::Long("threads") => options.threads = words.value()?.parse()?,
                other => return Err(other.unexpected()),
            }
        }
        if !(1..=MAX_THREADS).contains(&options.threads) {
            return Err(format!(
                "{} is not a number of threads from 1 to {MAX_THREADS}",
                options.threads
            )
            .into());
        }
        Ok(options)
    }

    fn config(&self) -> Config {
        // An echo has no secrets and acts for nobody, so any page may use it. A server with users
        // lists its origins.
        let config = Config::default().origins(OriginPolicy::Any);
        let config = config.compression(self.compression.clone());
        config.reuse_port(self.threads > 1)
    }

    /// Binds one server for each thread. They share an address, and the system spreads the
    /// connections over them.
    fn bind<T: Transport>(
        &self,
        listen: impl Fn(SocketAddr, Config) -> io::Result<Server<T>>,
    ) -> io::Result<Vec<Server<T>>> {
        let first = support::bind(&self.address, |address| listen(address, self.config()))?;
        // Port 0 lets the system choose; the other servers use the same port.
        let address = first.local_addr()?;
        let others = (1..self.threads).map(|_| listen(address, self.config()));
        std::iter::once(Ok(first)).chain(others).collect()
    }
}

/// Compression with one compressor for all, or one for each.
fn compression(kind: Option<OsString>) -> Result<Compression, UsageError> {
    match kind.map(support::ValueExt::string).transpose()?.as_deref() {
        None => Ok(Compression::new()),
        Some("dedicated") => {
            let dedicated = Compressor::Dedicated(Tuning::default());
            Ok(Compression::new().options(deflate::Options::default().compressor(dedicated)))
        }
        Some(other) => {
            Err(format!("--deflate={other} is not known: --deflate=dedicated is").into())
        }
    }
}

const MAX_THREADS: usize = 1024;

const USAGE: &str = "usage: echo [ADDR] [--deflate[=dedicated]] [--threads N]\n            \
    [--tls CERT KEY | --tls self-signed]\n\n\
    Echoes messages, on any path and for pages of any origin.\n\n  \
    ADDR                   address to listen on, such as localhost:9001; default 127.0.0.1:9001\n  \
    --deflate[=dedicated]  compresses; dedicated: with a compressor for each connection\n  \
    --threads N            serves in N threads; default 1\n  \
    --tls CERT KEY         speaks TLS, with a certificate chain and a key in PEM\n  \
    --tls self-signed      the same, with a certificate made now";
