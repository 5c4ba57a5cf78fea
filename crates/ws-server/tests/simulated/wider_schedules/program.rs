//! The program of a run: it answers, and does whatever a program may do.

use std::time::Duration;

use ws_server::{CloseCode, ConnId, Event, Message, Prepared, Transport};

#[cfg(feature = "deflate")]
use ws_server::ws_frame::deflate;

use super::{
    Run,
    body::{body, fill},
};

impl<T: Transport> Run<'_, T> {
    pub(super) fn poll_once(&mut self, leave_after: usize) -> usize {
        let seed = self.seed;
        let mut buffer = std::mem::take(&mut self.buffer);
        let mut turn = self
            .server
            .poll(&mut buffer, Some(Duration::ZERO))
            .expect("polling works");
        let mut count = 0;
        for _ in 0..leave_after {
            let Some((id, event)) = self.server.next(&mut turn) else {
                break;
            };
            count += 1;
            let echo = self.take(id, event);
            self.follow(id, echo);
            if self.random.one_in(6) {
                self.meddle();
            }
        }
        drop(turn);
        self.buffer = buffer;
        let (held, total) = (self.server.stats().queued_bytes, self.limits.total);
        assert!(
            held <= total * 5 / 4 + 7 * 6000 + 2000,
            "seed {seed}: {held} of {total}"
        );
        count
    }

    /// Does what a program may do to any connection at any moment.
    pub(super) fn meddle(&mut self) {
        let random = &mut self.random;
        if self.is_quiet || self.known.is_empty() {
            return;
        }
        let at = random.below(self.known.len());
        let (id, known) = self.known.iter_mut().nth(at).expect("there is one");
        let (id, server) = (*id, &mut self.server);
        let len = [5, 2_000, 50_000][random.below(3)];
        match random.below(20) {
            0 if server.pause(id).is_ok() => known.paused = true,
            1 => {
                server.resume(id).ok();
                known.paused = false;
            }
            2 if random.one_in(3)
                && server.close(id, CloseCode::NORMAL, "meddled with").is_ok() =>
            {
                (known.closing, known.owed, known.paused) = (true, false, false);
            }
            3 if random.one_in(4) => drop(server.abort(id)),
            4 => drop(server.send_ping(id, b"meddled with")),
            12 => {
                let last = random.one_in(2);
                let text = if known.in_fragments {
                    // Letters of 3.
                    char::from(fill(3)).to_string().repeat(len)
                } else {
                    body('f', 3, len)
                };
                let sent = server.send_text_fragment(id, &text, last);
                if sent.is_ok() {
                    known.in_fragments = !last;
                }
                known.note_sent(sent, self.limits, self.seed);
            }
            13 => server.flush(),
            18 => {
                let message = body('s', random.below(1000), len);
                let sent = server.send_prepared(id, &prepared(Message::Text(&message)));
                known.note_sent(sent, self.limits, self.seed);
            }
            what @ (5..=11 | 14..=17) => self.spread(what, id, len),
            _ => {}
        }
    }

    /// Does what concerns topics, all connections, or a handle.
    pub(super) fn spread(&mut self, what: usize, id: ConnId, len: usize) {
        let (server, handle, random) = (&mut self.server, &self.handle, &mut self.random);
        let topic = ["a", "b", "c"][random.below(3)];
        let number = random.below(1000);
        match what {
            5..=7 => drop(server.subscribe(id, topic)),
            8 => drop(server.unsubscribe(id, topic)),
            9 | 10 => {
                let message = body('q', number, len);
                let _ = server.publish(topic, &prepared(Message::Text(&message)));
            }
            11 => {
                let message = body('b', number, len);
                let _ = server.broadcast(&prepared(Message::Binary(message.as_bytes())));
            }
            14 => drop(handle.send_text(id, &body('h', number, len))),
            15 => drop(handle.publish(topic, &Prepared::new(Message::Text(&body('h', 5, len))))),
            16 => drop(handle.broadcast(&Prepared::new(Message::Text(&body('h', 6, len))))),
            17 if random.one_in(4) => {
                let _ = handle.close(id, CloseCode::NORMAL, "by a handle");
                let known = self.known.get_mut(&id).expect("known");
                (known.closing, known.owed) = (true, false);
            }
            _ => {}
        }
    }

    /// Checks an event, and answers requests. Returns a message to send back: whether it is text,
    /// and its bytes.
    pub(super) fn take(&mut self, id: ConnId, event: Event<'_>) -> Option<(bool, Vec<u8>)> {
        let (seed, server, random) = (self.seed, &mut self.server, &mut self.random);
        let known = self.known.entry(id).or_default();
        assert_eq!(
            known.closed, None,
            "seed {seed}: {id}: {event:?} after the end"
        );
        match event {
            Event::Request(upgrade) => {
                let answer = random.below(if self.ending { 1 } else { 6 });
                known.answer(server, id, &upgrade, answer, random);
            }
            Event::Http(plain) => {
                known.client = plain.path()[1..].parse().expect("a number");
                let page = body('p', 7, random.below(250_000));
                known.respond(server, id, 200, &page);
            }
            Event::Text(text) => {
                known.receive(text.as_bytes(), seed);
                return Some((true, text.into_owned().into_bytes()));
            }
            Event::Binary(bytes) => {
                known.receive(&bytes, seed);
                let copy = bytes.to_vec();
                server.recycle(bytes);
                return Some((false, copy));
            }
            other => known.note(&other, seed),
        }
        None
    }

    /// Sends a message back, and checks the bound of what is queued.
    pub(super) fn follow(&mut self, id: ConnId, echo: Option<(bool, Vec<u8>)>) {
        let (seed, server) = (self.seed, &mut self.server);
        let known = self.known.entry(id).or_default();
        if let Some((is_text, bytes)) = echo {
            let sent = if is_text {
                server.send_text(id, std::str::from_utf8(&bytes).expect("text"))
            } else {
                server.send_binary(id, &bytes)
            };
            known.note_sent(sent, self.limits, seed);
        }
        let (queued, bound) = (server.queued_bytes(id), self.limits.bound);
        assert!(
            !known.accepted || queued <= bound * 5 / 4 + 4096 + 1400,
            "seed {seed}: {queued} of {bound}"
        );
    }
}

pub(super) fn prepared(message: Message<'_>) -> Prepared {
    // Those without compression get it as it is.
    #[cfg(feature = "deflate")]
    return Prepared::deflated(message, &deflate::Options::default());
    #[cfg(not(feature = "deflate"))]
    Prepared::new(message)
}
