//! The child's side of a process: lines that it reads and lines that it prints.

use std::io::{self, Write as _};
use std::sync::mpsc::{Receiver, channel};

/// Lines of the parent process; `wake` is called after each. This process ends when the parent ends
/// in any way.
pub(super) fn commands(wake: impl Fn() + Send + 'static) -> Receiver<String> {
    let (sender, commands) = channel();
    // A small stack: there are many such processes.
    let thread = std::thread::Builder::new().stack_size(64 << 10);
    let spawned = thread.spawn(move || {
        for line in io::stdin().lines().map_while(Result::ok) {
            sender.send(line).ok();
            wake();
        }
        std::process::exit(0);
    });
    spawned.expect("a process may have a second thread");
    commands
}

/// Prints a line.
pub(super) fn say(line: &str) {
    let mut output = io::stdout().lock();
    // If nobody reads it, the parent has ended, and the thread above ends this process.
    writeln!(output, "{line}")
        .and_then(|()| output.flush())
        .ok();
}
