//! Runs the frame vectors against this project and other implementations, and prints a table in
//! Markdown.

mod duplex;
mod judge;
mod peers;
mod table;

use std::process::ExitCode;

fn main() -> ExitCode {
    // A panic of an implementation is a figure in the table; its message is not printed.
    std::panic::set_hook(Box::new(|_| {}));
    let outcome = table::run();
    print!("{}", outcome.text);
    if outcome.ours_is_right {
        ExitCode::SUCCESS
    } else {
        eprintln!("ws-frame is not right in every row");
        ExitCode::FAILURE
    }
}
