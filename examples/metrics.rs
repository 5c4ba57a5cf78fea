//! Counters of a server as Prometheus text: an echo server whose port also answers `/metrics` and
//! `/health`.
//!
//! `cargo run --release --example metrics -- [ADDR]`, by default on 127.0.0.1:8888. Then
//! `curl http://127.0.0.1:8888/metrics`.

use std::error::Error;
use std::fmt::Write as _;
use std::process::ExitCode;

use ws_server::{Config, ConnId, Event, OriginPolicy, Response, Server, Stats};

/// Media type of the text format (Prometheus, "Exposition formats").
const PROMETHEUS: &str = "text/plain; version=0.0.4; charset=utf-8";

fn main() -> ExitCode {
    env_logger::Builder::from_env(env_logger::Env::default().default_filter_or("warn")).init();
    let address = support::options(USAGE, |words| support::address(words, "127.0.0.1:8888"));
    support::status(run(&address))
}

const USAGE: &str = "usage: metrics [ADDR]\n\n\
    An echo server that answers /metrics and /health.\n\n  \
    ADDR  address to listen on, such as localhost:8888; default 127.0.0.1:8888";

fn run(address: &str) -> Result<(), Box<dyn Error>> {
    // `http` gives plain requests to the program instead of refusing them with 426.
    let config = Config::default().http(true).origins(OriginPolicy::Any);
    let mut server = support::bind(address, |address| Server::bind(address, config.clone()))?;
    let address = server.local_addr()?;
    support::say(format_args!("metrics: http://{address} answers /metrics"));
    let handle = server.handle();
    ctrlc::set_handler(move || handle.stop())?;

    let mut buf = vec![0; 256 * 1024];
    while !server.is_stopped() {
        let mut turn = server.poll(&mut buf, None)?;
        while let Some((id, event)) = server.next(&mut turn) {
            handle_event(&mut server, id, event);
        }
    }
    Ok(())
}

fn handle_event(server: &mut Server, id: ConnId, event: Event<'_>) {
    match event {
        Event::Http(request) => {
            let text = metrics(&server.stats());
            let answer = match request.path() {
                "/metrics" => Response::new(200).body(PROMETHEUS, text.as_bytes()),
                "/health" => Response::new(200),
                _ => Response::new(404),
            };
            server
                .respond(id, &answer.without_body(request.is_head()))
                .ok();
        }
        Event::Request(upgrade) => _ = server.accept(id, upgrade.accept()),
        Event::Text(text) => _ = server.send_text(id, &text),
        Event::Binary(payload) => _ = server.send_binary(id, &payload),
        _ => {}
    }
}

fn metrics(stats: &Stats) -> String {
    let mut page = Page::default();
    for (name, help, value) in gauges(stats) {
        page.head(name, help, "gauge");
        page.line(name, value);
    }
    for (name, help, value) in counters(stats) {
        page.head(name, help, "counter");
        page.line(name, value);
    }
    page.head(
        "closed_total",
        "Connections that ended, by reason.",
        "counter",
    );
    for (reason, count) in [
        ("normal", stats.closes.normal),
        ("going_away", stats.closes.going_away),
        ("protocol", stats.closes.protocol),
        ("abnormal", stats.closes.abnormal),
        ("timed_out", stats.closes.timed_out),
        ("overloaded", stats.closes.overloaded),
    ] {
        page.line(&format!("closed_total{{reason=\"{reason}\"}}"), count);
    }
    page.0
}

/// Name, help text and value.
type Metric = (&'static str, &'static str, u64);

#[rustfmt::skip]
fn gauges(stats: &Stats) -> [Metric; 4] {
    [
        ("connections", "Open connections.", stats.open.into()),
        ("connections_pending", "Connections without a whole request.", stats.pending.into()),
        ("queued_bytes", "Memory of bytes that wait to be written.", stats.queued_bytes as u64),
        ("assembling_bytes", "Memory of unfinished messages.", stats.assembling_bytes as u64),
    ]
}

#[rustfmt::skip]
fn counters(stats: &Stats) -> [Metric; 10] {
    [
        ("accepted_total", "Accepted streams.", stats.accepted),
        ("upgraded_total", "Requests that became open connections.", stats.upgraded),
        ("refused_requests_total", "Refused requests.", stats.refused_requests),
        ("refused_origins_total", "Requests refused for their origin.", stats.refused_origins),
        ("accept_failures_total", "Failures to accept.", stats.accept_failures),
        ("messages_received_total", "Messages received.", stats.messages_in),
        ("messages_sent_total", "Messages queued for sending.", stats.messages_out),
        ("messages_dropped_total", "Messages that did not fit.", stats.dropped_messages),
        ("received_bytes_total", "Bytes read.", stats.bytes_in),
        ("sent_bytes_total", "Bytes written.", stats.bytes_out),
    ]
}

/// Text in Prometheus' format. Every name begins with `websocket_`.
#[derive(Default)]
struct Page(String);

impl Page {
    fn head(&mut self, name: &str, help: &str, kind: &str) {
        writeln!(self.0, "# HELP websocket_{name} {help}").ok();
        writeln!(self.0, "# TYPE websocket_{name} {kind}").ok();
    }

    fn line(&mut self, series: &str, value: u64) {
        writeln!(self.0, "websocket_{series} {value}").ok();
    }
}
