//! Seeded programs of a client, and the answers that an echo server must give.

use ws_frame::{Config, Connection, Event};
use ws_testkit::random::Random;
use ws_testkit::wire;

/// All bytes of a client after its handshake, and the writes that they are sent in.
pub(crate) struct Program {
    bytes: Vec<u8>,
    /// End of each write.
    cuts: Vec<usize>,
    expected: Answer,
}

/// Answer of a server.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Answer {
    messages: Vec<Event<'static>>,
    pongs: Vec<Vec<u8>>,
    /// The code of its Close. `None` before it came, 1005 for one without a code.
    close: Option<u16>,
}

impl Program {
    pub(crate) fn new(seed: u64) -> Self {
        let mut random = Random::new(seed);
        let mut program = Self {
            bytes: Vec::new(),
            cuts: Vec::new(),
            expected: Answer::default(),
        };
        for _ in 0..random.below(10) {
            program.message(&mut random);
        }
        program.ending(&mut random);
        program.cut(&mut random);
        program
    }

    /// The writes, in order. The first may be sent with the handshake.
    pub(crate) fn writes(&self) -> impl Iterator<Item = &[u8]> {
        let mut rest = &self.bytes[..];
        let mut at = 0;
        let ends = self.cuts.iter().copied().chain([self.bytes.len()]);
        ends.map(move |end| {
            let (write, after) = rest.split_at(end - at);
            (rest, at) = (after, end);
            write
        })
    }

    /// Compares the received with the required answers.
    pub(crate) fn check(&self, seed: u64, received: Vec<u8>) {
        let answer = Answer::read(received);
        let Answer {
            messages,
            pongs,
            close,
        } = &self.expected;
        assert!(
            answer.messages == *messages,
            "program {seed}: the echoes differ"
        );
        assert_eq!(answer.close, *close, "program {seed}: the close code");
        if self.bytes.len() < 2048 {
            assert_eq!(answer.pongs, *pongs, "program {seed}: the pongs");
        } else {
            // Of several Pings that could not be answered at once, the newest is enough (RFC 6455
            // §5.5.3).
            let mut pings = pongs.iter();
            let all = answer
                .pongs
                .iter()
                .all(|pong| pings.any(|ping| ping == pong));
            assert!(all, "program {seed}: a Pong without its Ping");
        }
    }

    /// One message in one or more fragments, with control frames between them.
    fn message(&mut self, random: &mut Random) {
        let is_text = random.one_in(2);
        let len = len(random);
        let message = if is_text {
            Event::Text(random.text(len / 3).into())
        } else {
            Event::Binary(random.bytes(len).into())
        };
        let payload = match &message {
            Event::Text(text) => text.as_bytes(),
            Event::Binary(payload) => payload,
            _ => &[],
        };
        let mut rest = payload;
        let mut opcode = if is_text { 1 } else { 2 };
        while random.one_in(3) {
            let (fragment, after) = rest.split_at(random.below(rest.len() + 1));
            self.frame(opcode, fragment, random);
            (rest, opcode) = (after, 0);
            self.control(random);
        }
        self.frame(0x80 | opcode, rest, random);
        self.control(random);
        self.expected.messages.push(message);
    }

    /// A Ping, an unsolicited Pong, or nothing.
    fn control(&mut self, random: &mut Random) {
        let len = random.below(126);
        let body = random.bytes(len);
        match random.below(6) {
            0 => {
                self.frame(0x89, &body, random);
                self.expected.pongs.push(body);
            }
            1 => self.frame(0x8a, &body, random),
            _ => {}
        }
    }

    /// A Close with or without a code, or a broken rule, sometimes with junk behind it.
    fn ending(&mut self, random: &mut Random) {
        let code = [1000, 1001, 1011, 3000, 4999][random.below(5)];
        self.expected.close = Some(match random.below(8) {
            0 => {
                self.frame(0x88, b"", random);
                1005
            }
            1 => {
                self.frame(0x83, b"reserved", random);
                1002
            }
            2 => {
                self.frame(0x81, b"\xff", random);
                1007
            }
            _ => {
                let body = [&u16::to_be_bytes(code)[..], b"good bye"].concat();
                self.frame(0x88, &body, random);
                code
            }
        });
        if random.one_in(4) {
            let junk = random.bytes(100);
            self.bytes.extend(junk);
        }
    }

    fn cut(&mut self, random: &mut Random) {
        let most = [3, 50, 2000, 100_000][random.below(4)];
        let mut at = 0;
        // Sending more single bytes shows nothing new after the first few hundred.
        while self.cuts.len() < 300 {
            at += 1 + random.below(most);
            if at >= self.bytes.len() {
                break;
            }
            self.cuts.push(at);
        }
    }

    fn frame(&mut self, first: u8, payload: &[u8], random: &mut Random) {
        self.bytes
            .extend(wire::frame(first, Some(random.key()), payload));
    }
}

impl Answer {
    fn read(mut received: Vec<u8>) -> Self {
        let mut answer = Self::default();
        let mut connection = Connection::client(Config::new(), || [0; 4]);
        let mut input = &mut received[..];
        while let Some(event) = connection.receive(&mut input, &mut Vec::new()) {
            match event.into_owned() {
                Event::Pong(payload) => answer.pongs.push(payload.into_owned()),
                Event::Close(close) => {
                    answer.close = Some(close.map_or(1005, |close| close.code.get()));
                }
                message => answer.messages.push(message),
            }
        }
        answer
    }
}

/// Mostly short lengths; some at the edges of the length forms, or longer than one read.
fn len(random: &mut Random) -> usize {
    match random.below(40) {
        0..=3 => 0,
        4..=7 => 124 + random.below(4),
        8 => 65_534 + random.below(4),
        9 => random.below(200_000),
        10..=15 => random.below(2000),
        _ => random.below(40),
    }
}
