//! Messages of one end, and the reasons for which a call must be refused.

use ws_frame::{CloseCode, SendError};

use super::End;
use crate::connection::program::Operation;
use crate::event::{Event, Role};

impl End {
    /// Performs the operation, allowed or not, and checks the answer.
    pub(in crate::connection) fn send(&mut self, operation: &Operation) {
        let before = self.output.len();
        let (answer, faults) = match *operation {
            Operation::Message(is_text, len) => self.send_message(is_text, len),
            Operation::Fragment(is_text, last, len) => self.send_fragment(is_text, last, len),
            Operation::Ping(len) => self.send_ping(len),
            Operation::Pong(len) => self.send_pong(len),
            Operation::Close(code, len) => self.close(code, len),
            Operation::CloseWithoutCode => self.close_without_code(),
            Operation::Deliver(_) | Operation::DeliverAll | Operation::Cut(_) => return,
        };
        match answer {
            Ok(()) => assert_eq!(faults, [], "{:?}: {operation:?} is accepted", self.role),
            Err(error) => {
                assert!(
                    faults.contains(&error),
                    "{:?}: {operation:?} is {error:?}, not {faults:?}",
                    self.role
                );
                assert_eq!(
                    self.output.len(),
                    before,
                    "{operation:?} failed and wrote something"
                );
            }
        }
        self.wrote(before);
    }

    fn send_message(&mut self, is_text: bool, len: usize) -> Answer {
        let message = self.message(is_text, len);
        let faults = self.faults([(self.unfinished.is_some(), SendError::MessageUnfinished)]);
        let answer = match &message {
            Event::Text(text) => self.connection.send_text(text, &mut self.output),
            Event::Binary(bytes) => self.connection.send_binary(bytes, &mut self.output),
            _ => unreachable!("a message is text or binary"),
        };
        if answer.is_ok() {
            self.sent.push(message);
        }
        (answer, faults)
    }

    fn send_fragment(&mut self, is_text: bool, last: bool, len: usize) -> Answer {
        let fragment = self.message(is_text, len);
        let other = self
            .unfinished
            .as_ref()
            .is_some_and(|message| matches!(message, Event::Text(_)) != is_text);
        let faults = self.faults([(other, SendError::MessageUnfinished)]);
        let answer = match &fragment {
            Event::Text(text) => self
                .connection
                .send_text_fragment(text, last, &mut self.output),
            Event::Binary(bytes) => {
                self.connection
                    .send_binary_fragment(bytes, last, &mut self.output)
            }
            _ => unreachable!("a fragment is text or binary"),
        };
        if answer.is_ok() {
            self.extend_unfinished(fragment);
            if last {
                self.sent.extend(self.unfinished.take());
            }
        }
        (answer, faults)
    }

    fn extend_unfinished(&mut self, fragment: Event) {
        match (&mut self.unfinished, fragment) {
            (Some(Event::Text(text)), Event::Text(more)) => text.push_str(&more),
            (Some(Event::Binary(bytes)), Event::Binary(more)) => bytes.extend(more),
            (unfinished, fragment) => *unfinished = Some(fragment),
        }
    }

    fn send_ping(&mut self, len: usize) -> Answer {
        let payload = self.payload(b'?', len);
        let faults = self.faults([(len > 125, SendError::ControlTooLong)]);
        let answer = self.connection.send_ping(&payload, &mut self.output);
        if answer.is_ok() {
            self.sent.push(Event::Ping(payload));
        }
        (answer, faults)
    }

    fn send_pong(&mut self, len: usize) -> Answer {
        let payload = self.payload(b'!', len);
        let faults = self.faults([(len > 125, SendError::ControlTooLong)]);
        let answer = self.connection.send_pong(&payload, &mut self.output);
        if answer.is_ok() {
            self.sent.push(Event::Pong(payload));
        }
        (answer, faults)
    }

    fn close(&mut self, code: u16, len: usize) -> Answer {
        let reason = "r".repeat(len);
        let is_the_clients = code == 1010 && self.role == Role::Server;
        let faults = self.faults([
            (is_the_clients, SendError::ClientCloseCode),
            (len > 123, SendError::ControlTooLong),
        ]);
        let close_code =
            CloseCode::new(code).expect("the programs close with codes that may be sent");
        let answer = self.connection.close(close_code, &reason, &mut self.output);
        if answer.is_ok() {
            self.sent.push(Event::Close(Some((code, reason))));
            self.close_sent = true;
        }
        (answer, faults)
    }

    fn close_without_code(&mut self) -> Answer {
        let faults = self.faults([]);
        let answer = self.connection.close_without_code(&mut self.output);
        if answer.is_ok() {
            self.sent.push(Event::Close(None));
            self.close_sent = true;
        }
        (answer, faults)
    }

    /// Reasons for which a call must be refused. The call may name any of them.
    fn faults<const N: usize>(&self, others: [(bool, SendError); N]) -> Vec<SendError> {
        let closed = (self.close_sent, SendError::Closed);
        let all = others.into_iter().chain([closed]);
        all.filter(|(is_so, _)| *is_so)
            .map(|(_, error)| error)
            .collect()
    }

    /// A text or binary message of about this length, different from all others.
    fn message(&mut self, is_text: bool, len: usize) -> Event {
        let payload = self.payload(b'#', len);
        if is_text {
            let text = String::from_utf8(payload).expect("the payloads are ASCII");
            Event::Text(text.replace('3', "\u{20ac}").replace('5', "\u{1f980}"))
        } else {
            Event::Binary(payload)
        }
    }

    fn payload(&mut self, mark: u8, len: usize) -> Vec<u8> {
        self.count += 1;
        let unique = [&[mark], self.count.to_string().as_bytes(), b"."].concat();
        unique.into_iter().cycle().take(len).collect()
    }
}

/// The answer of a call, and the reasons for which it must be refused.
type Answer = (Result<(), SendError>, Vec<SendError>);
