//! What is owed to the peer for what it sent.

use alloc::vec::Vec;

use super::Sender;
use crate::Opcode;
use crate::connection::Reply;
use crate::connection::reply::Kind;

impl Sender {
    /// Answers what [`Event::reply`](crate::Event::reply) asked to answer.
    ///
    /// A Close is appended unless ours has been sent. It echoes the code that came (§5.5.1), also 1010 from a server, which
    /// [`close`](Self::close) refuses: the peer chose that code. A Pong is appended at once while `output` is short (under 4 KiB); above that,
    /// only the newest is kept until there is room, so that a peer who pings and does not read costs no memory (RFC 6455 §5.5.3).
    pub fn reply(&mut self, reply: Reply, output: &mut Vec<u8>) {
        match reply.kind() {
            // An error here says that our Close has been sent: no answer is due.
            Kind::Close => self
                .append(Opcode::Close, true, reply.payload(), output)
                .unwrap_or_default(),
            Kind::Pong if self.is_closed() => {}
            Kind::Pong if output.len() < PONG_ROOM => {
                self.take_pong();
                self.append_pong(&reply, output);
            }
            // The peer pings and does not read: one box, however many pings.
            Kind::Pong => self.aside.get_or_insert_default().pong = Some(reply),
        }
    }

    /// Appends the Pong that waits for room, if there is one and `output` has fallen under 4 KiB. Everything that sends does this
    /// first; call it when output has drained and nothing else is to be sent.
    #[inline]
    pub fn flush_pong(&mut self, output: &mut Vec<u8>) {
        if self.aside.is_some() && output.len() < PONG_ROOM {
            self.append_waiting(output);
        }
    }

    #[cold]
    pub(super) fn append_waiting(&mut self, output: &mut Vec<u8>) {
        if let Some(reply) = self.take_pong() {
            self.append_pong(&reply, output);
        }
    }

    fn take_pong(&mut self) -> Option<Reply> {
        let pong = self.aside.as_mut()?.pong.take();
        self.aside.take_if(|aside| aside.is_empty());
        pong
    }

    fn append_pong(&mut self, reply: &Reply, output: &mut Vec<u8>) {
        // A Pong has at most 125 bytes; an error says that our Close has been sent, and no answer is due.
        self.append(Opcode::Pong, true, reply.payload(), output)
            .unwrap_or_default();
    }
}

/// How long the output may be for a Pong to be appended to it: room for more Pings than a well-meant peer sends at a time (the Autobahn
/// test suite wants ten of them answered), and no more than a page.
const PONG_ROOM: usize = 4 * 1024;
