//! The chat room.

use std::io::Write as _;

use crate::process::{Result, Server};
use crate::wire::{self, TEXT};

/// All names together are longer than the queue of one connection, and than one message.
#[test]
fn e10_a_crowded_room_welcomes() -> Result<()> {
    const CROWD: usize = 700;
    let server = Server::start("chat", &[])?;
    let mut crowd = Vec::new();
    for number in 0..CROWD {
        let stream = wire::connect(server.address)?;
        wire::open(&stream)?;
        let name = format!("{number:04}{}", "🦀".repeat(28));
        (&stream).write_all(&wire::frame(TEXT, name.as_bytes()))?;
        let (opcode, welcome) = wire::read_frame(&stream)?;
        let welcome = String::from_utf8(welcome)?;
        let words: Vec<&str> = welcome.split('\t').collect();
        assert_eq!(
            (opcode, words[0], words[1]),
            (TEXT, "welcome", name.as_str())
        );
        assert_eq!(words[2], number.to_string());
        assert_eq!(words.len() - 3, number.min(20));
        crowd.push(stream);
    }
    Ok(())
}

#[test]
fn e10_names_are_unique_and_free_again() -> Result<()> {
    let server = Server::start("chat", &[])?;
    let join = |name: &str| {
        let stream = wire::connect(server.address)?;
        wire::open(&stream)?;
        (&stream).write_all(&wire::frame(TEXT, name.as_bytes()))?;
        let welcome = String::from_utf8(wire::read_frame(&stream)?.1)?;
        Result::Ok((stream, welcome))
    };
    let (first, welcome) = join("Ada")?;
    assert_eq!(welcome, "welcome\tAda\t0");
    let (second, welcome) = join("A\td\u{7}a\t")?;
    assert_eq!(welcome, "welcome\tA d a\t1\tAda");
    let (third, welcome) = join("Ada")?;
    assert_eq!(welcome, "welcome\tAda 2\t2\tA d a\tAda");
    drop(third);
    for expected in ["joined\tA d a", "joined\tAda 2", "left\tAda 2"] {
        assert_eq!(String::from_utf8(wire::read_frame(&first)?.1)?, expected);
    }
    let (_third, welcome) = join("Ada")?;
    assert_eq!(welcome, "welcome\tAda 2\t2\tA d a\tAda");
    drop(second);
    Ok(())
}
