//! The closing handshake, failing, and the end of the stream: RFC 6455 §7.

use ws_frame::{CloseCode, Config, Connection, Eof, Event, Phase, ProtocolError, Role, SendError};

use crate::common::{close_frame, feed, masked, plain, server, text};

fn client() -> Connection {
    Connection::client(Config::new(), || [0; 4])
}

#[test]
fn n1_phases_of_a_server_that_is_closed() {
    let mut connection = server();
    assert_eq!(connection.phase(), Phase::Open);
    feed(&mut connection, &masked(0x88, b"\x03\xe8"));
    assert_eq!(connection.phase(), Phase::Closed);
    assert_eq!(connection.receive_eof(), Eof::Clean);
    assert_eq!(connection.receive_eof(), Eof::Clean);
    assert_eq!(connection.phase(), Phase::Closed);
}

#[test]
fn n1_n6_phases_of_a_client_that_closes() {
    let mut connection = client();
    connection
        .close(CloseCode::NORMAL, "", &mut Vec::new())
        .unwrap();
    assert_eq!(connection.phase(), Phase::Closing);
    feed(&mut connection, &plain(0x88, b"\x03\xe8"));
    assert_eq!(connection.phase(), Phase::ExpectEof);
    assert_eq!(connection.receive_eof(), Eof::Clean);
    assert_eq!(connection.phase(), Phase::Closed);
}

#[test]
fn n2_nothing_is_sent_after_a_close() {
    let mut connection = server();
    let mut output = Vec::new();
    connection
        .send_text_fragment("cut", false, &mut output)
        .unwrap();
    connection
        .close(CloseCode::GOING_AWAY, "bye", &mut output)
        .unwrap();
    assert_eq!(output, b"\x01\x03cut\x88\x05\x03\xe9bye");
    let before = output.clone();
    assert_eq!(
        connection.send_text("a", &mut output),
        Err(SendError::Closed)
    );
    assert_eq!(
        connection.send_text_fragment("a", true, &mut output),
        Err(SendError::Closed)
    );
    assert_eq!(
        connection.send_ping(b"a", &mut output),
        Err(SendError::Closed)
    );
    assert_eq!(
        connection.send_pong(b"a", &mut output),
        Err(SendError::Closed)
    );
    assert_eq!(
        connection.close(CloseCode::NORMAL, "", &mut output),
        Err(SendError::Closed)
    );
    assert_eq!(
        connection.close_without_code(&mut output),
        Err(SendError::Closed)
    );
    assert_eq!(output, before);
}

#[test]
fn n2_messages_still_come_until_the_peer_closes_and_pings_go_unanswered() {
    let mut connection = server();
    connection
        .close(CloseCode::NORMAL, "", &mut Vec::new())
        .unwrap();
    let (events, output) = feed(
        &mut connection,
        &[masked(0x81, b"late"), masked(0x89, b"")].concat(),
    );
    assert_eq!(events[0], text("late"));
    assert!(matches!(events[1], Event::Ping(_)));
    assert_eq!(output, b"");
}

#[test]
fn n3_n4_each_end_sends_one_close() {
    let mut connection = server();
    let (_, output) = feed(&mut connection, &masked(0x88, b"\x0f\xa0see you"));
    assert_eq!(output, b"\x88\x02\x0f\xa0", "the code comes back");
    let mut connection = server();
    connection
        .close(CloseCode::NORMAL, "", &mut Vec::new())
        .unwrap();
    let (events, output) = feed(&mut connection, &masked(0x88, b"\x0f\xa0"));
    assert!(matches!(&events[..], [Event::Close(Some(close))] if close.code.get() == 4000));
    assert_eq!(output, b"", "ours has been sent");
    assert_eq!(connection.phase(), Phase::Closed);
}

#[test]
fn n5_input_after_a_close_is_ignored() {
    for after in [
        masked(0x81, b"late"),
        masked(0x88, b"\x03\xe8"),
        vec![0xFF; 1000],
    ] {
        let mut connection = server();
        let (events, output) = feed(
            &mut connection,
            &[masked(0x88, b"\x03\xe8"), after.clone()].concat(),
        );
        assert_eq!(events.len(), 1);
        assert_eq!(output, close_frame(Role::Server, CloseCode::NORMAL));
        assert_eq!(feed(&mut connection, &after), (vec![], vec![]));
    }
}

#[test]
fn n6_n7_a_server_with_both_closes_is_closed_at_once() {
    let mut connection = server();
    connection
        .close(CloseCode::GOING_AWAY, "", &mut Vec::new())
        .unwrap();
    assert_eq!(connection.phase(), Phase::Closing);
    feed(&mut connection, &masked(0x88, b"\x03\xe9"));
    assert_eq!(connection.phase(), Phase::Closed);
}

#[test]
fn n12_the_end_without_a_close_is_abrupt() {
    for begun in [
        &b""[..],
        &masked(0x81, b"half")[..7],
        &masked(0x01, b"a"),
        &masked(0x81, b"half")[..3],
    ] {
        let mut connection = server();
        feed(&mut connection, begun);
        assert_eq!(connection.receive_eof(), Eof::Abrupt);
        assert_eq!(connection.phase(), Phase::Closed);
        assert_eq!(
            connection.send_text("a", &mut Vec::new()),
            Err(SendError::Closed)
        );
        assert_eq!(feed(&mut connection, &masked(0x81, b"a")), (vec![], vec![]));
        assert_eq!(connection.receive_eof(), Eof::Abrupt);
    }
}

#[test]
fn f24_n13_a_failure_is_told_once_with_one_close() {
    let mut connection = server();
    let (events, output) = feed(
        &mut connection,
        &[masked(0x83, b""), masked(0x81, b"a").repeat(1000)].concat(),
    );
    assert_eq!(events, [Event::Failed(ProtocolError::ReservedOpcode)]);
    assert_eq!(output, close_frame(Role::Server, CloseCode::PROTOCOL_ERROR));
    assert_eq!(connection.phase(), Phase::Closed);
    assert_eq!(feed(&mut connection, &masked(0x81, b"a")), (vec![], vec![]));
    assert_eq!(
        connection.send_text("a", &mut Vec::new()),
        Err(SendError::Closed)
    );
    assert_eq!(
        connection.close(CloseCode::NORMAL, "", &mut Vec::new()),
        Err(SendError::Closed)
    );
    assert_eq!(connection.receive_eof(), Eof::Abrupt);
}

#[test]
fn n13_a_failure_after_our_close_writes_no_second_one() {
    let mut connection = server();
    connection
        .close(CloseCode::NORMAL, "", &mut Vec::new())
        .unwrap();
    let (events, output) = feed(&mut connection, &masked(0x83, b""));
    assert_eq!(events, [Event::Failed(ProtocolError::ReservedOpcode)]);
    assert_eq!(output, b"");
    assert_eq!(connection.phase(), Phase::Closed);
}

#[test]
fn n14_n15_a_close_takes_at_most_131_bytes() {
    let reason = "r".repeat(123);
    let mut output = Vec::new();
    server()
        .close(CloseCode::NORMAL, &reason, &mut output)
        .unwrap();
    assert_eq!(output.len(), 127);
    let mut connection = client();
    let mut output = Vec::new();
    connection
        .close(CloseCode::NORMAL, &reason, &mut output)
        .unwrap();
    assert_eq!(output.len(), 131);
    assert_eq!(
        connection.phase(),
        Phase::Closing,
        "until the peer answers: the deadline is the driver's"
    );
}

#[test]
fn n16_sending_is_refused_once_the_stream_has_ended() {
    let mut connection = client();
    connection.receive_eof();
    assert_eq!(
        connection.send_binary(b"", &mut Vec::new()),
        Err(SendError::Closed)
    );
}
