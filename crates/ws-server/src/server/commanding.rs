//! Commands of other threads.

use core::time::Duration;

use super::Server;
use crate::{ConnId, Handle, SendError, Transport, handle::Command};

impl<T: Transport> Server<T> {
    /// The server for other threads: to send, to wake it, to stop it. As many as wanted, to be cloned and sent anywhere.
    #[must_use]
    pub fn handle(&self) -> Handle {
        self.commands.handle()
    }

    #[cfg(feature = "rustls")]
    pub(crate) fn note_acceptor(&self, acceptor: &crate::TlsAcceptor) {
        self.commands.handle().note_acceptor(acceptor);
    }

    /// Does what the handles queued: as much as can be queued at once, so that they cannot keep the server from anything
    /// else.
    pub(super) fn obey(&mut self) {
        if !self.commands.listen() {
            return;
        }
        if let Some(code) = self.commands.take_stop() {
            self.stop_with(code, Duration::ZERO);
        }
        for _ in 0..self.config.handle_queue {
            let Some(command) = self.commands.take() else {
                return;
            };
            self.do_command(&command);
        }
        // There may be more, which nobody will be woken for.
        self.commands.handle().wake();
    }

    fn do_command(&mut self, command: &Command) {
        match command {
            Command::Text(id, text) => {
                let sent = self.send_text(*id, text);
                self.note_sent(*id, sent.map(drop));
            }
            Command::Binary(id, payload) => {
                let sent = self.send_binary(*id, payload);
                self.note_sent(*id, sent.map(drop));
            }
            Command::Prepared(id, message) => {
                let sent = self.send_prepared(*id, message);
                self.note_sent(*id, sent.map(drop));
            }
            Command::Broadcast(message) => drop(self.broadcast(message)),
            Command::Publish(topic, message) => drop(self.publish(topic, message)),
            // A thread that has stopped waiting needs no answer.
            Command::Count(topic, answer) => drop(answer.try_send(self.subscribers(topic))),
            Command::Close(id, code, reason) => {
                if let Err(error) = self.close(*id, *code, reason) {
                    log::debug!("#{id} was not closed as a handle asked: {error}");
                }
            }
        }
    }

    /// Nobody is there to be told.
    fn note_sent(&mut self, id: ConnId, sent: Result<(), SendError>) {
        if let Err(error) = sent {
            log::debug!("a message of a handle's for #{id} was dropped: {error}");
            // Those for which there is no room are counted already.
            self.stats.dropped_messages += u64::from(error != SendError::Full);
        }
    }
}
