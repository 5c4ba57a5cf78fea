//! Runs the frame vectors against this project and its peers, and prints a table in Markdown.

fn main() {
    // A peer that panics is a figure in the table, not noise on the terminal.
    std::panic::set_hook(Box::new(|_| {}));
    print!("{}", ws_bench::conformance::table::run());
}
