//! Command line of the example programs: usage, errors, addresses and timeouts.
//!
//! Only programs use it; nothing in it concerns WebSocket.
//!
//! Every example answers `--help` with its usage and status 0, a wrong argument with the reason,
//! the usage and status 2, and a failure with one line of text and status 1.

use std::error::Error;
use std::ffi::OsString;
use std::fmt;
use std::io::{self, Write as _};
use std::net::{SocketAddr, ToSocketAddrs as _};
use std::ops::RangeInclusive;
use std::process::{self, ExitCode};
use std::time::{Duration, Instant};

use socket2::SockRef;

pub use lexopt::{Arg, Error as UsageError, Parser, ValueExt};

/// Reads the command line with `read`. Ends the process if the arguments ask for help or are wrong.
pub fn options<T>(usage: &str, read: impl FnOnce(&mut Parser) -> Result<T, UsageError>) -> T {
    let words: Vec<OsString> = std::env::args_os().collect();
    match parse(words, read) {
        Parsed::Options(options) => options,
        Parsed::Help => {
            say(format_args!("{usage}"));
            process::exit(0)
        }
        Parsed::Wrong(reason) => {
            warn(format_args!("{reason}\n\n{usage}"));
            process::exit(2)
        }
    }
}

enum Parsed<T> {
    Options(T),
    Help,
    Wrong(UsageError),
}

fn parse<T>(
    words: Vec<OsString>,
    read: impl FnOnce(&mut Parser) -> Result<T, UsageError>,
) -> Parsed<T> {
    if words
        .iter()
        .skip(1)
        .any(|word| word == "--help" || word == "-h")
    {
        return Parsed::Help;
    }
    match read(&mut Parser::from_iter(words)) {
        Ok(options) => Parsed::Options(options),
        Err(reason) => Parsed::Wrong(reason),
    }
}

/// The one argument of a program that takes an address and nothing else.
///
/// # Errors
///
/// If there are other arguments.
pub fn address(words: &mut Parser, default: &str) -> Result<String, UsageError> {
    let mut address = default.to_owned();
    while let Some(word) = words.next()? {
        match word {
            Arg::Value(value) => address = value.string()?,
            other => return Err(other.unexpected()),
        }
    }
    Ok(address)
}

/// The command line of a program that takes values and no options. Ends the process if the
/// arguments ask for help or are wrong.
#[must_use]
pub fn values(usage: &str, count: RangeInclusive<usize>) -> Vec<String> {
    options(usage, |words| {
        let mut values = Vec::new();
        while let Some(word) = words.next()? {
            match word {
                Arg::Value(value) if values.len() < *count.end() => values.push(value.string()?),
                other => return Err(other.unexpected()),
            }
        }
        if values.len() < *count.start() {
            return Err("there are too few arguments".into());
        }
        Ok(values)
    })
}

/// The command line of a program that takes nothing.
pub fn nothing(program: &str) {
    let usage = format!("usage: {program} (without arguments)");
    drop(values(&usage, 0..=0));
}

/// The command line of a client that takes the URL of its server.
#[must_use]
pub fn url(program: &str) -> String {
    let usage = format!("usage: {program} [URL]\n\n  URL  the server; default {DEFAULT_URL}");
    let given = values(&usage, 0..=1).pop();
    given.unwrap_or_else(|| DEFAULT_URL.to_owned())
}

/// Turns the result of a program into its exit status: 0, or 1 with the error in words on standard
/// error.
pub fn status<E: Into<Box<dyn Error>>>(result: Result<(), E>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            warn(format_args!("{}", words(error.into())));
            ExitCode::FAILURE
        }
    }
}

/// Prints a line. A closed standard output does not end a server.
pub fn say(line: fmt::Arguments<'_>) {
    writeln!(io::stdout(), "{line}").ok();
}

/// Prints a line of a client. Once nobody reads standard output, ends the process quietly.
pub fn show(line: fmt::Arguments<'_>) {
    if writeln!(io::stdout(), "{line}").is_err() {
        process::exit(0);
    }
}

/// Prints a line on standard error. Unlike `eprintln!`, it does not panic if that is closed.
pub fn warn(line: fmt::Arguments<'_>) {
    writeln!(io::stderr(), "{line}").ok();
}

/// Prints the error that ended a connection, on standard error.
pub fn report(connection: impl fmt::Display, error: &impl fmt::Display) {
    warn(format_args!("{connection}: {}", words(error)));
}

/// Looks up an address such as `127.0.0.1:8888`, `[::1]:8888` or `localhost:8888`.
///
/// # Errors
///
/// If the text is not an address, or the name has no address. The error names the text.
pub fn resolve(address: &str) -> io::Result<Vec<SocketAddr>> {
    let found: Vec<SocketAddr> = address
        .to_socket_addrs()
        .map_err(|error| with_address("cannot look up", address, &error))?
        .collect();
    if found.is_empty() {
        let none = io::Error::from(io::ErrorKind::NotFound);
        return Err(with_address("cannot look up", address, &none));
    }
    Ok(found)
}

/// Listens with `bind` on the first possible address of a name.
///
/// # Errors
///
/// If none of the addresses can be listened on. The error names the address.
pub fn bind<T>(address: &str, mut bind: impl FnMut(SocketAddr) -> io::Result<T>) -> io::Result<T> {
    let mut last = io::Error::from(io::ErrorKind::NotFound);
    for candidate in resolve(address)? {
        match bind(candidate) {
            Ok(listener) => return Ok(listener),
            Err(error) => last = error,
        }
    }
    Err(with_address("cannot listen on", address, &last))
}

fn with_address(what: &str, address: &str, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{what} {address}: {}", words(error)))
}

/// Error text for people, without the numbers that the standard library appends to errors of the
/// system.
#[must_use]
pub fn words(error: impl fmt::Display) -> String {
    let text = error.to_string();
    let mut parts = text.split(OS_ERROR);
    let mut words = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        words.push_str(part.split_once(')').map_or("", |(_, rest)| rest));
    }
    let mut characters = words.chars();
    let first = characters.next().into_iter().flat_map(char::to_lowercase);
    first.chain(characters).collect()
}

/// Failures to accept connections. The first one is a line on standard error; the end of the
/// failures is another, with their number.
#[derive(Debug, Default)]
pub struct AcceptFailures {
    count: u64,
    last: Option<Instant>,
}

impl AcceptFailures {
    /// Notes an error of accept(2), or of what a connection needs first. Returns the pause before
    /// the next call: an error that stays, such as that of a process without free descriptors,
    /// would otherwise take a whole processor.
    pub fn note(&mut self, error: &io::Error) -> Duration {
        if concerns_one_client(error) {
            return Duration::ZERO;
        }
        if self.count == 0 {
            warn(format_args!("cannot accept connections: {}", words(error)));
        }
        self.count += 1;
        self.last = Some(Instant::now());
        ACCEPT_PAUSE
    }

    /// Notes an accepted connection.
    ///
    /// One connection alone is no end of the failures: a process at its limit accepts one whenever
    /// another has ended.
    pub fn note_accepted(&mut self) {
        if self.last.is_some_and(|last| last.elapsed() >= ACCEPT_CALM) {
            warn(format_args!(
                "connections are accepted again, after {} failures",
                self.count
            ));
            *self = Self::default();
        }
    }
}

/// Returns whether an error of accept(2) concerns one client only, so that the next one can be
/// accepted at once.
fn concerns_one_client(error: &io::Error) -> bool {
    use io::ErrorKind as Kind;
    matches!(
        error.kind(),
        Kind::ConnectionAborted
            | Kind::ConnectionReset
            | Kind::HostUnreachable
            | Kind::Interrupted
            | Kind::NetworkDown
            | Kind::NetworkUnreachable
            | Kind::PermissionDenied
            | Kind::TimedOut
    )
}

/// Disables Nagle's algorithm, and keeps the system's backlog of unsent bytes short.
///
/// The system would take megabytes for a slow client. A server that has handed them over learns
/// nothing while they drain, and takes the client for a silent one, whose pong comes only after it
/// has read them all.
///
/// # Errors
///
/// If the socket is not a TCP socket, or has ended.
pub fn tune<'s>(socket: impl Into<SockRef<'s>>) -> io::Result<()> {
    let socket = socket.into();
    #[cfg(any(target_os = "linux", target_os = "android"))]
    socket.set_tcp_notsent_lowat(MAX_UNSENT)?;
    socket.set_tcp_nodelay(true)
}

/// Returns whether an error of a connection only means that the client has gone.
#[must_use]
pub fn is_gone(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::UnexpectedEof
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::NotConnected
            | io::ErrorKind::BrokenPipe
    )
}

/// Address and timeouts of an example server.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ServerOptions {
    /// The address to listen on.
    pub address: String,
    /// Timeouts of each connection.
    pub timeouts: Timeouts,
}

impl ServerOptions {
    /// Reads `[ADDR] [--opening-timeout SECONDS] [--idle-timeout SECONDS]`.
    ///
    /// # Errors
    ///
    /// If there are other arguments, or a number of seconds is not between 1 and 86,400.
    pub fn read(words: &mut Parser) -> Result<Self, UsageError> {
        let mut options = Self {
            address: DEFAULT_ADDRESS.to_owned(),
            timeouts: Timeouts::default(),
        };
        while let Some(word) = words.next()? {
            match word {
                Arg::Value(address) => options.address = address.string()?,
                Arg::Long("opening-timeout") => options.timeouts.opening = seconds(words)?,
                Arg::Long("idle-timeout") => options.timeouts.idle = seconds(words)?,
                other => return Err(other.unexpected()),
            }
        }
        Ok(options)
    }

    /// Usage of a server that takes these options.
    #[must_use]
    pub fn usage(program: &str, purpose: &str) -> String {
        format!(
            "usage: {program} [ADDR] [--opening-timeout SECONDS] [--idle-timeout SECONDS]\n\n{purpose}\n\n  \
             ADDR                       address to listen on, such as localhost:8888; default {DEFAULT_ADDRESS}\n  \
             --opening-timeout SECONDS  for a request to arrive, and for a peer to end its side; default 10\n  \
             --idle-timeout SECONDS     until a silent peer gets a ping, and then until it counts as gone;\n                             \
             also for a peer that takes nothing of what is sent to it; default 45"
        )
    }
}

/// Timeouts of a connection. None limits a whole message: they run while no byte moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Timeouts {
    /// Limit on the time of the whole request head, and of the peer's end after a close.
    pub opening: Duration,
    /// Time of silence before a ping, and again before the peer counts as gone. Also the time in
    /// which a peer takes nothing.
    pub idle: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            opening: Duration::from_secs(10),
            idle: Duration::from_secs(45),
        }
    }
}

/// Reads an option's value as whole seconds, from 1 to 86,400.
///
/// # Errors
///
/// If there is no value, or it is not such a number.
pub fn seconds(words: &mut Parser) -> Result<Duration, UsageError> {
    let count: u32 = words.value()?.parse()?;
    match count {
        1..=86_400 => Ok(Duration::from_secs(count.into())),
        _ => Err(format!("{count} is not a number of seconds from 1 to 86400").into()),
    }
}

/// A client that reads 20 kB a second reads this many bytes in two seconds.
#[cfg(any(target_os = "linux", target_os = "android"))]
const MAX_UNSENT: u32 = 32 * 1024;

/// Pause after a failure to accept, in which other connections may end.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Time without a failure to accept after which the failures are over.
const ACCEPT_CALM: Duration = Duration::from_secs(10);

/// The text that the standard library puts before the number of a system error.
const OS_ERROR: &str = " (os error ";

const DEFAULT_ADDRESS: &str = "127.0.0.1:8888";

const DEFAULT_URL: &str = "ws://127.0.0.1:8888/";

#[cfg(test)]
mod tests {
    use super::*;

    fn read(words: &[&str]) -> Parsed<ServerOptions> {
        let words = std::iter::once("program").chain(words.iter().copied());
        parse(words.map(OsString::from).collect(), ServerOptions::read)
    }

    #[test]
    fn e01_options_of_a_server_are_read() {
        let Parsed::Options(options) =
            read(&["localhost:1", "--idle-timeout", "3", "--opening-timeout=2"])
        else {
            unreachable!("these are right");
        };
        assert_eq!(options.address, "localhost:1");
        assert_eq!(options.timeouts.idle, Duration::from_secs(3));
        assert_eq!(options.timeouts.opening, Duration::from_secs(2));
        assert!(matches!(read(&["--help"]), Parsed::Help));
        assert!(matches!(read(&["there", "-h"]), Parsed::Help));
    }

    #[test]
    fn e01_wrong_options_are_named() {
        for (words, reason) in [
            (&["--idle"][..], "--idle"),
            (&["--idle-timeout", "0"], "86400"),
            (&["--idle-timeout", "soon"], "soon"),
            (&["--idle-timeout"], "--idle-timeout"),
        ] {
            let Parsed::Wrong(error) = read(words) else {
                unreachable!("{words:?} is wrong");
            };
            assert!(error.to_string().contains(reason), "{error}");
        }
    }

    #[test]
    fn e02_names_are_addresses_and_errors_are_words() -> io::Result<()> {
        assert!(
            resolve("localhost:7")?
                .iter()
                .all(|address| address.ip().is_loopback())
        );
        let error = resolve("8888").unwrap_err().to_string();
        assert!(error.starts_with("cannot look up 8888: "), "{error}");
        let first = bind("localhost:0", std::net::TcpListener::bind)?;
        let taken = first.local_addr()?.to_string();
        let error = bind(&taken, std::net::TcpListener::bind)
            .unwrap_err()
            .to_string();
        assert_eq!(
            error,
            format!("cannot listen on {taken}: address already in use")
        );
        Ok(())
    }

    #[test]
    fn e02_numbers_of_the_system_are_left_out() {
        for (text, expected) in [
            ("No such file (os error 2)", "no such file"),
            ("f: Refused (os error 111); g: Late", "f: Refused; g: Late"),
            ("a (os error 1) (os error 2)", "a"),
            ("It ends (os error ", "it ends"),
            ("", ""),
        ] {
            assert_eq!(words(text), expected);
        }
    }

    #[test]
    #[cfg(unix)]
    fn e13_failures_to_accept_are_told_once() {
        let out_of_descriptors = io::Error::from_raw_os_error(24);
        let one_client = io::Error::from(io::ErrorKind::ConnectionAborted);
        let mut failures = AcceptFailures::default();
        assert_eq!(failures.note(&one_client), Duration::ZERO);
        assert_eq!(failures.count, 0);
        for count in 1..=3 {
            assert_eq!(failures.note(&out_of_descriptors), ACCEPT_PAUSE);
            failures.note_accepted(); // a place that became free
            assert_eq!(failures.count, count);
        }
        failures.last = Instant::now().checked_sub(ACCEPT_CALM);
        failures.note_accepted();
        assert_eq!((failures.count, failures.last), (0, None));
    }
}
