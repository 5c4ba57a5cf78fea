//! Large messages, read directly into their memory and written from it.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use futures_core::Stream as _;
use ws_stream::{Bounds, Builder, Config, Message, Prepared, Transport, WebSocket};

use crate::pipe::{Random, pair, run};
use crate::script::{frame, poll};

/// Room that is left behind a frame.
const BEYOND: usize = 64;
/// Room for the header of a frame that is read with it.
const HEADER: usize = 14;

/// A stream that reads into spare capacity, and records where the written bytes lie in memory.
#[derive(Default)]
struct Direct {
    input: Vec<u8>,
    at: usize,
    /// The length of the message before the one that is read, as far as it counts.
    proven: usize,
    /// Number of bytes read into the buffer of the thread, and directly into a message.
    reads: (usize, usize),
    /// Number of direct reads.
    straight: usize,
    /// The last read has filled its room, so that only another one can find the stream empty.
    filled: bool,
    written: Vec<(*const u8, usize)>,
    vectored: usize,
}

impl Direct {
    /// Nothing to read yet, after a message of `proven` bytes.
    fn after(proven: usize) -> Self {
        Self {
            proven,
            ..Self::default()
        }
    }
}

fn open(direct: Direct) -> WebSocket<Direct> {
    Builder::new().server(direct).expect("there are no bounds")
}

impl Transport for Direct {
    fn poll_read(&mut self, _: &mut Context<'_>, buffer: &mut [u8]) -> Poll<io::Result<usize>> {
        let count = buffer.len().min(self.input.len() - self.at);
        if count == 0 {
            return Poll::Pending;
        }
        buffer[..count].copy_from_slice(&self.input[self.at..][..count]);
        self.at += count;
        self.reads.0 += count;
        Poll::Ready(Ok(count))
    }

    fn reads_spare(&self) -> bool {
        true
    }

    fn poll_read_spare(
        &mut self,
        _: &mut Context<'_>,
        buffer: &mut Vec<u8>,
        limit: usize,
    ) -> Poll<io::Result<usize>> {
        let (len, capacity) = (buffer.len(), buffer.capacity());
        assert!(
            limit > 0 && limit <= capacity - len,
            "the capacity is there"
        );
        assert!(
            capacity <= (4 * len + 4096).max(len + self.proven + HEADER + BEYOND),
            "memory grows with the bytes received: {capacity} for {len}"
        );
        let count = limit.min(self.input.len() - self.at);
        if count == 0 {
            return Poll::Pending;
        }
        buffer.extend_from_slice(&self.input[self.at..][..count]);
        self.at += count;
        self.reads.1 += count;
        self.straight += 1;
        self.filled = count == limit;
        Poll::Ready(Ok(count))
    }

    fn poll_write(&mut self, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.written.push((bytes.as_ptr(), bytes.len()));
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_write_vectored(
        &mut self,
        _: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.vectored += 1;
        let slices = slices.iter().map(|slice| (slice.as_ptr(), slice.len()));
        self.written.extend(slices.clone());
        Poll::Ready(Ok(slices.map(|(_, len)| len).sum()))
    }

    fn poll_flush(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_close(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

#[test]
fn s37_large_messages_are_read_to_where_they_stay_and_written_from_where_they_are() {
    let payload: Vec<u8> = (0..1_000_000_u32)
        .map(|number| number.to_le_bytes()[1])
        .collect();
    let direct = Direct {
        input: [&frame(&payload)[..], b"\x82\x81\0\0\0\0x"].concat(),
        ..Direct::default()
    };
    let mut socket = open(direct);
    let cx = &mut Context::from_waker(Waker::noop());
    let Poll::Ready(Some(Ok(Message::Binary(received)))) = Pin::new(&mut socket).poll_next(cx)
    else {
        panic!("no message")
    };
    assert!(received == payload);
    let (copied, straight) = socket.get_ref().reads;
    assert!(
        copied <= 70_000 && straight >= payload.len() - 70_000,
        "{copied} {straight}"
    );
    let address = received.as_ptr();
    assert!(matches!(poll(socket.send(received)), Poll::Ready(Ok(()))));
    let direct = socket.get_ref();
    assert_eq!(direct.vectored, 1, "header and payload in one write");
    assert!(
        direct.written.contains(&(address, payload.len())),
        "without a copy"
    );
    assert_eq!(
        poll_message(&mut socket),
        Some(Message::Binary(b"x".into())),
        "what follows is not lost"
    );
}

/// Of a message that follows one of its size, no more than a first small read is copied; of small
/// ones that follow, none is lost.
#[test]
fn s37_large_messages_in_a_row_are_copied_only_at_their_beginning() {
    for (len, proven) in [(65_536, 65_536), (1_000_000, 256 * 1024)] {
        let payload = vec![7; len];
        let small = frame(b"x").repeat(2000);
        let input = [&frame(&payload).repeat(5)[..], &small].concat();
        let direct = Direct {
            input,
            proven,
            ..Direct::default()
        };
        let mut socket = open(direct);
        for number in 0..5 {
            let before = socket.get_ref().reads;
            assert!(poll_message(&mut socket) == Some(Message::Binary(payload.clone())));
            let (copied, straight) = socket.get_ref().reads;
            let (copied, straight) = (copied - before.0, straight - before.1);
            // What the first read took ahead is of the second message.
            if number > 1 {
                assert!(
                    copied <= 4096 && straight >= len - 4096,
                    "{copied} {straight}"
                );
            }
        }
        for _ in 0..2000 {
            assert_eq!(
                poll_message(&mut socket),
                Some(Message::Binary(b"x".into()))
            );
        }
    }
}

/// The spare memory of a thread is for messages of which a fair part has come, and it is counted.
#[test]
fn s52_a_claim_gets_no_spare_memory() {
    const LEN: usize = 1_000_000;
    let bounds = Bounds::new();
    let config = Config::new().bounds(&bounds);
    let message = frame(&vec![7; LEN]);
    let mut held = 0;
    let mut other = open(Direct::default());
    for come in [1_000, 20_000, 100_000, 300_000] {
        let sent = poll(other.send(vec![7; LEN]));
        assert!(matches!(sent, Poll::Ready(Ok(()))), "its memory is kept");
        let direct = Direct {
            input: message[..come].to_vec(),
            ..Direct::default()
        };
        let socket = Builder::new().config(config.clone()).server(direct);
        let mut socket = socket.expect("there is room");
        assert_eq!(poll_message(&mut socket), None);
        held = bounds.assembling();
        assert!(held >= come as u64 - 100, "{held} for {come}");
        assert!(held <= 4 * come as u64 + 4096, "{held} for {come}");
        socket.get_mut().input.extend(&message[come..]);
        assert!(poll_message(&mut socket) == Some(Message::Binary(vec![7; LEN])));
        assert_eq!(bounds.assembling(), 0);
    }
    assert!(held >= LEN as u64, "a fair part had come");
}

/// The message after a large one gets the spare memory at once, and that is counted at once.
#[test]
fn s52_a_connection_that_has_sent_as_much_gets_spare_memory() {
    const LEN: usize = 1_000_000;
    let bounds = Bounds::new();
    let config = Config::new().bounds(&bounds);
    let message = frame(&vec![7; LEN]);
    let direct = Direct {
        input: [&message[..], &message[..100]].concat(),
        proven: 2 * LEN,
        ..Direct::default()
    };
    let socket = Builder::new().config(config).server(direct);
    let mut socket = socket.expect("there is room");
    assert!(poll_message(&mut socket) == Some(Message::Binary(vec![7; LEN])));
    let sent = poll(socket.send(vec![7; LEN]));
    assert!(matches!(sent, Poll::Ready(Ok(()))), "its memory is kept");
    assert_eq!(poll_message(&mut socket), None);
    assert!(bounds.assembling() >= LEN as u64, "{}", bounds.assembling());
}

fn poll_message(socket: &mut WebSocket<Direct>) -> Option<Message> {
    match poll(socket.next()) {
        Poll::Ready(Some(Ok(message))) => Some(message),
        _ => None,
    }
}

/// Cut anywhere, also when a write takes one byte of many slices.
#[test]
fn s37_large_and_small_messages_keep_their_order_however_they_are_written() {
    for seed in 0..100 {
        let random = &mut Random::new(seed);
        let (mut server, mut client) = pair(1 + random.below(50_000));
        let prepared = Prepared::new(ws_frame::Message::Binary(&vec![9; 30_000]));
        let messages: Vec<_> = (0..30)
            .map(|number| vec![number; [3, 9_000, 200, 100_000][random.below(4)]])
            .collect();
        let sending = async {
            for message in &messages {
                server.feed(message.clone()).await.expect("it is open");
                server.feed(&prepared).await.expect("it is open");
            }
            server.flush().await.expect("it is open");
        };
        let receiving = async {
            for message in &messages {
                let expected = [message, &vec![9; 30_000]];
                for expected in expected {
                    let received = client.next().await.expect("it is open").expect("no error");
                    assert!(received.payload() == expected);
                }
            }
        };
        run([Box::pin(sending) as _, Box::pin(receiving) as _], random);
    }
}

#[test]
fn s37_a_client_masks_a_large_message_where_it_is() {
    let (mut server, mut client) = pair(1 << 20);
    let payload: Vec<u8> = (0..100_000_u32)
        .map(|number| number.to_le_bytes()[0])
        .collect();
    let text = "ß".repeat(20_000);
    run(
        [
            Box::pin(async {
                client.send(payload.clone()).await.expect("it is open");
                client.send(text.clone()).await.expect("it is open");
            }) as _,
            Box::pin(async {
                let message = server.next().await.expect("it is open").expect("no error");
                assert!(message == Message::Binary(payload.clone()));
                let message = server.next().await.expect("it is open").expect("no error");
                assert!(message == Message::Text(text.clone()));
            }) as _,
        ],
        &mut Random::new(1),
    );
}

/// A short read spares a runtime the read that finds the stream empty.
#[test]
fn s53_the_last_read_of_a_large_message_leaves_room() {
    let payload = vec![7; 300_000];
    let mut socket = open(Direct::after(payload.len()));
    for _ in 0..3 {
        socket.get_mut().input.extend(frame(&payload));
        let before = socket.get_ref().reads.1;
        let received = poll_message(&mut socket).expect("a message");
        assert!(received == Message::Binary(payload.clone()));
        // The next one gets its memory, once that is written.
        assert!(matches!(poll(socket.send(received)), Poll::Ready(Ok(()))));
        assert!(socket.get_ref().reads.1 - before > 200_000, "read directly");
        assert!(!socket.get_ref().filled);
        assert_eq!(poll_message(&mut socket), None);
    }
}

/// Nothing is copied but the place of the header.
#[test]
fn s54_a_message_as_large_as_the_one_before_comes_with_one_read() {
    let payload: Vec<u8> = (0..70_000_u32)
        .map(|number| number.to_le_bytes()[1])
        .collect();
    let mut socket = open(Direct::after(payload.len()));
    for number in 0..4 {
        socket.get_mut().input.extend(frame(&payload));
        let before = (socket.get_ref().reads.0, socket.get_ref().straight);
        let received = poll_message(&mut socket).expect("a message");
        assert!(received == Message::Binary(payload.clone()));
        if number > 0 {
            let direct = socket.get_ref();
            let reads = (direct.reads.0 - before.0, direct.straight - before.1);
            assert_eq!((reads, direct.filled), ((0, 1), false));
        }
        assert_eq!(poll_message(&mut socket), None);
    }
}

/// A control frame, a small message, text, a fragmented message, or a larger one, whole or cut.
#[test]
fn s54_whatever_comes_instead_of_a_large_message_is_received() {
    let large = vec![7; 40_000];
    let mut text = frame(&large);
    text[0] = 0x81;
    let mut parts = frame(&large[..20_000]);
    parts[0] = 0x02;
    let mut end = frame(&large[..20_000]);
    end[0] = 0x80;
    parts.extend(end);
    let larger = vec![7; 90_000];
    let ping = b"\x89\x81\0\0\0\0p".to_vec();
    let others = [
        (ping, Message::Ping(b"p".into())),
        (frame(b"x"), Message::Binary(b"x".into())),
        (text, Message::Text("\x07".repeat(40_000))),
        (parts, Message::Binary(large.clone())),
        (frame(&larger), Message::Binary(larger.clone())),
    ];
    for (other, message) in &others {
        for cut in [1, 5, 7, 20_000, usize::MAX] {
            let mut socket = open(Direct::after(90_000));
            let mut received = Vec::new();
            for bytes in [&frame(&large), other, &frame(&large)] {
                let (first, rest) = bytes.split_at(cut.min(bytes.len()));
                socket.get_mut().input.extend(first);
                received.extend(poll_message(&mut socket));
                socket.get_mut().input.extend(rest);
                received.extend(poll_message(&mut socket));
            }
            let binary = Message::Binary(large.clone());
            assert!(
                received == [binary.clone(), message.clone(), binary],
                "{cut}"
            );
        }
    }
}

/// Small messages around large ones, in reads of the length of a large one.
#[test]
fn s54_messages_that_come_with_a_large_one_keep_their_order() {
    let large = vec![7; 50_000];
    for burst in 1..5 {
        let mut socket = open(Direct::after(large.len()));
        for _ in 0..6 {
            for number in 0..burst {
                let direct = socket.get_mut();
                direct.input.extend(frame(&[number; 9]));
                direct.input.extend(frame(&large));
            }
            for number in 0..burst {
                let small = poll_message(&mut socket).expect("a message");
                assert_eq!(small.payload(), [number; 9]);
                let received = poll_message(&mut socket).expect("a message");
                assert!(received.payload() == large);
            }
            assert_eq!(poll_message(&mut socket), None);
        }
    }
}

/// Frames that the last read of a large frame has taken with it, cut at any byte.
#[test]
fn s53_bytes_behind_a_large_frame_are_the_next_ones() {
    let large = vec![7; 100_000];
    let small = |n: u8| [b"\x82\x82\0\0\0\0n", &[n][..]].concat();
    for padding in 0..80_usize {
        // A fragment, and the end of its message, then frames that the room behind cuts.
        let mut fragment = frame(&large);
        fragment[0] = 0x02;
        let pad = [
            &[0x82, 0x80 | u8::try_from(padding).unwrap(), 0, 0, 0, 0][..],
            &vec![1; padding],
        ];
        let input = [
            &frame(&large)[..],
            &fragment,
            b"\x80\x81\0\0\0\0e",
            &pad.concat(),
            &small(1),
            &small(2),
            &frame(&large),
            &small(3),
        ]
        .concat();
        let direct = Direct {
            input,
            proven: large.len() + 1,
            ..Direct::default()
        };
        let mut socket = open(direct);
        let expected = [
            large.clone(),
            [&large[..], b"e"].concat(),
            vec![1; padding],
            b"n\x01".to_vec(),
            b"n\x02".to_vec(),
            large.clone(),
            b"n\x03".to_vec(),
        ];
        for message in expected {
            assert!(
                poll_message(&mut socket) == Some(Message::Binary(message)),
                "{padding}"
            );
        }
        assert_eq!(poll_message(&mut socket), None);
    }
}
