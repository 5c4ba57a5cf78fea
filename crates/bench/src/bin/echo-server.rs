//! One echo server, started by `echo`: `echo-server NAME [fan-out | tls]`. It ends when its
//! standard input ends.

use std::io::Read as _;

use ws_bench::echo::scenario::Shape;
use ws_bench::echo::server;

fn main() -> std::io::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let name = arguments.next().unwrap_or_default();
    let shape = arguments.next().and_then(|word| Shape::of_word(&word));
    let shape = shape.unwrap_or(Shape::Echo);
    std::thread::spawn(|| {
        // The process that started this one has ended.
        std::io::stdin().read_to_end(&mut Vec::new()).ok();
        std::process::exit(0);
    });
    server::serve(&name, shape)
}
