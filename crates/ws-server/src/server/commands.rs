//! Runs the commands of handles.

use core::time::Duration;

use ws_frame::Message;

use super::Server;
use crate::{ConnId, SendError, Transport, handle::Command};

impl<T: Transport> Server<T> {
    #[cfg(feature = "rustls")]
    pub(super) fn note_acceptor(&self, acceptor: &crate::TlsAcceptor) {
        self.commands.handle().note_acceptor(acceptor);
    }

    /// Runs the commands that the handles have queued: at most as many as the queue holds, so that
    /// they cannot keep the server from other work.
    pub(super) fn run_commands(&mut self) {
        if self.commands.listen() {
            self.run_all();
        }
    }

    #[inline(never)]
    fn run_all(&mut self) {
        if let Some(code) = self.commands.take_stop() {
            self.stop_with(code, Duration::ZERO);
        }
        for _ in 0..self.core.config.max_commands {
            let Some(command) = self.commands.take() else {
                return;
            };
            self.run_command(&command);
        }
        // There may be more, and nothing else would wake the server for it.
        self.commands.handle().wake();
    }

    fn run_command(&mut self, command: &Command) {
        match command {
            Command::Text(id, text) => {
                let sent = self.send_message(*id, Message::Text(text));
                self.note_sent(*id, sent.map(drop));
            }
            Command::Binary(id, payload) => {
                let sent = self.send_message(*id, Message::Binary(payload));
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

    /// Counts a message of a handle that was dropped.
    fn note_sent(&mut self, id: ConnId, sent: Result<(), SendError>) {
        if let Err(error) = sent {
            log::debug!("a message of a handle for #{id} was dropped: {error}");
            // Messages for which there is no room are counted already.
            self.core.stats.dropped_messages += u64::from(error != SendError::Full);
        }
    }
}
