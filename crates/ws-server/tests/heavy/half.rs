//! Clients that begin a TLS handshake and do not end it.

use std::{
    io::{ErrorKind, Read, Write},
    net::TcpStream,
    time::Duration,
};

use super::{HALF_PENDING, connect_quickly, most_descriptors, process::Process, tls};

/// Clients that send their TLS hello, which the server answers, and nothing more.
#[test]
#[ignore = "takes some seconds"]
fn l64_ten_thousand_half_handshakes_are_bounded_and_end() {
    let server = Process::start("half");
    let count = most_descriptors().min(10_000);
    assert!(count > HALF_PENDING, "{count} descriptors are too few");
    let mut connected = tls::open(server.address);
    let before = server.memory();
    let after = [1, 2].map(|wave| {
        let most = wave_of_halves(&server, count, &mut connected, before);
        assert!(most <= HALF_PENDING, "{most} pending");
        let ended = server.count("displaced") + server.count("head_timeouts");
        assert_eq!(ended, wave * count);
        let stats = server.stats();
        let opened = wave * (count / 500) + 1;
        assert!(
            stats.contains(&format!("completed: {opened}, resumed: 0,")),
            "{stats}"
        );
        assert!(
            stats.contains(&format!("cut: 0, abandoned: {ended},")),
            "{stats}"
        );
        server.memory()
    });
    println!("{before} KiB before, {after:?} KiB after each wave");
    assert!(
        after[1] <= after[0] + after[0] / 20 + 1024,
        "something stays"
    );
}

/// Ends with the head timeout. Returns the most handshakes that were pending.
fn wave_of_halves(
    server: &Process,
    count: usize,
    connected: &mut tls::Client,
    before: usize,
) -> usize {
    let (mut halves, most) = half_handshakes(server, count, connected);
    let answered = halves.iter_mut().map(has_answer).filter(|yes| *yes).count();
    let pending = server.count("pending");
    let each = (server.memory() - before) * 1024 / pending;
    println!(
        "{count} half handshakes: {answered} answered, {most} pending at most, \
         {each} bytes of resident memory for each of {pending}"
    );
    assert_eq!(answered, count);
    assert!(pending > HALF_PENDING - 100, "{pending} pending");
    assert!(each <= 8 * 1024, "{each} bytes");
    server.say("later");
    server.wait_until("pending: 0,", Duration::from_secs(60));
    server.wait_until("connections: 1,", Duration::from_secs(60));
    let ended = halves.iter_mut().map(is_ended).filter(|yes| *yes).count();
    assert_eq!(ended, count, "clients whose stream the server ended");
    tls::echo(connected);
    most.max(pending)
}

/// Begins handshakes. Connected clients are served meanwhile, and so are new ones, however many are
/// pending. Returns the most that were.
fn half_handshakes(
    server: &Process,
    count: usize,
    connected: &mut tls::Client,
) -> (Vec<TcpStream>, usize) {
    let hello = tls::hello();
    let (mut halves, mut most) = (Vec::new(), 0);
    for number in 1..=count {
        let mut half = connect_quickly(server.address).expect("the server accepts");
        half.write_all(&hello).expect("the system buffers");
        halves.push(half);
        if number % 500 == 0 {
            tls::echo(connected);
            tls::echo(&mut tls::open(server.address));
            most = most.max(server.count("pending"));
        }
    }
    (halves, most)
}

/// Whether the server has answered something.
fn has_answer(stream: &mut TcpStream) -> bool {
    stream
        .set_read_timeout(Some(Duration::from_secs(60)))
        .expect("the option exists");
    matches!(stream.read(&mut [0; 1]), Ok(1))
}

/// Whether the server ends the stream.
fn is_ended(stream: &mut TcpStream) -> bool {
    loop {
        match stream.read(&mut [0; 4096]) {
            Ok(0) => return true,
            Ok(_) => {}
            Err(error) => return error.kind() == ErrorKind::ConnectionReset,
        }
    }
}
