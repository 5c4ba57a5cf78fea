//! Large messages, written from where they are.

use std::io::{self, IoSlice, Write};

use ws_frame::Message;

use super::{Delivery, Server, flushing::WRITE_BUDGET};
use crate::{ConnId, SendError, Transport, outgoing::Wrote, transport::Direct};

impl<T: Transport> Server<T> {
    /// Writes a message from where it is, and copies only what the socket does not take at once.
    pub(super) fn send_direct(&mut self, id: ConnId, message: Message<'_>) -> Result<Delivery, SendError> {
        self.check_room(id, message.payload().len(), message.payload().len())?;
        let peer = self.peers.get_mut(id).ok_or(SendError::Unknown)?;
        let header = peer.state.open()?.header(message)?;
        let (header, payload) = (header.as_bytes(), message.payload());
        let before = peer.queued_len();
        let (written, wrote) = write_both(&mut Direct(&mut peer.io), header, payload);
        self.stats.messages_out += 1;
        self.stats.bytes_out += written as u64;
        let in_header = written.min(header.len());
        peer.outgoing.push_bytes(&header[in_header..], &mut self.pool);
        peer.outgoing
            .push_bytes(&payload[written - in_header..], &mut self.pool);
        peer.outgoing.release(&mut self.pool);
        self.queued.follow(before, peer.queued_len());
        match wrote {
            // The transport may have kept the end of it inside.
            Ok(Wrote::All) if peer.io.wants_write() => Ok(self.queued_for(id)),
            Ok(Wrote::All) => Ok(Delivery::Sent),
            Ok(Wrote::Budget) => Ok(self.queued_for(id)),
            Ok(Wrote::Blocked) => {
                self.blocked(id, true);
                Ok(self.queued_for(id))
            }
            Err(error) => {
                self.broke(id, error.kind());
                Ok(Delivery::Sent)
            }
        }
    }
}

/// Writes one slice and then another, as far as it goes; says how many bytes went.
fn write_both<W: Write>(io: &mut W, first: &[u8], second: &[u8]) -> (usize, io::Result<Wrote>) {
    let (len, mut written) = (first.len() + second.len(), 0);
    while written < len {
        if written >= WRITE_BUDGET {
            return (written, Ok(Wrote::Budget));
        }
        let in_first = written.min(first.len());
        let rest = [
            IoSlice::new(&first[in_first..]),
            IoSlice::new(&second[written - in_first..]),
        ];
        match io.write_vectored(&rest) {
            Ok(0) => return (written, Err(io::ErrorKind::WriteZero.into())),
            Ok(more) => written += more,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return (written, Ok(Wrote::Blocked)),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return (written, Err(error)),
        }
    }
    (written, Ok(Wrote::All))
}

/// From this length on, copying a message costs more than a write of its own.
pub(super) const DIRECT_FROM: usize = 32 * 1024;
