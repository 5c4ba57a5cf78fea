//! Answering requests.

use ws_handshake::{Accept, HandshakeError, HeadScanner, Response, extension::deflate::PerMessageDeflate};

use super::{Due, Server};
use crate::{
    Cause, ConnId, SendError, Transport,
    deadline::Kind,
    flags::Flags,
    peer::{Peer, State},
};

impl<T: Transport> Server<T> {
    /// Opens a connection whose [`Event::Request`](crate::Event::Request) came, in this turn or an earlier one: sends the
    /// 101. Messages can be sent at once, and what the client sent meanwhile comes next.
    ///
    /// # Errors
    ///
    /// [`SendError::Unknown`] if the client has gone meanwhile, [`SendError::Answered`] if it was answered before,
    /// [`SendError::Field`] if a field of the answer may not be sent: then it can be answered again. [`SendError::NotOpen`] if it
    /// came as [`Event::Http`](crate::Event::Http).
    pub fn accept(&mut self, id: ConnId, accept: Accept<'_>) -> Result<(), SendError> {
        let (flags, agreed) = self.undecided(id)?;
        if flags.has(Flags::HTTP) {
            return Err(SendError::NotOpen);
        }
        let accept = if agreed.is_some() {
            accept.extensions(agreed)
        } else {
            accept
        };
        self.answer(id, |output| accept.encode(output))?;
        let connection = self.config.connection(agreed);
        self.enter(id, State::Open(connection));
        if agreed.is_some()
            && let Some(peer) = self.peers.get_mut(id)
        {
            peer.flags.set(Flags::DEFLATE);
        }
        self.stats.upgraded += 1;
        self.await_life(id);
        if let Some(lifetime) = self.config.deadlines.lifetime {
            self.tick();
            let alive = |id| self.peers.get(id).is_some();
            self.lifetimes.begin(id, self.begin, lifetime, alive);
        }
        if let Some(peer) = self.peers.get_mut(id) {
            // What came behind the request, here or still in the system, is told by no new readiness.
            peer.flags.set(Flags::READABLE);
            if peer.wants_visit() {
                self.enqueue(id);
            }
        }
        Ok(())
    }

    /// Answers a request with anything but a 101: refuses an [`Event::Request`](crate::Event::Request), or answers an
    /// [`Event::Http`](crate::Event::Http). The connection is closed when the answer is written, or when the client has taken
    /// nothing of it for the time of [`Config::close_deadline`](crate::Config::close_deadline).
    /// [`Event::Closed`](crate::Event::Closed) comes next.
    ///
    /// # Errors
    ///
    /// As [`accept`](Self::accept), but for `NotOpen`. [`SendError::TooLong`] for a body longer than
    /// [`Config::bound`](crate::Config::bound), [`SendError::Full`] for an answer that is beyond
    /// [`Config::total_bound`](crate::Config::total_bound) with all that is queued: a shorter one can be given. Nothing of a body that is
    /// too long is copied.
    pub fn respond(&mut self, id: ConnId, response: &Response<'_>) -> Result<(), SendError> {
        let (flags, _) = self.undecided(id)?;
        let response = match flags.has(Flags::HEAD) {
            true => response.without_body(true),
            false => *response,
        };
        self.check_answer(id, response.body_len())?;
        self.answer(id, |output| response.encode(output))?;
        self.bound_answer(id)?;
        self.due
            .push_back((id, Due::Closed(Cause::Answered(response.status()))));
        self.close_down(id);
        Ok(())
    }

    /// A request is with the program from now on.
    pub(super) fn ask(&mut self, id: ConnId, http: bool, agreed: Option<PerMessageDeflate>) {
        self.enter(id, State::Deciding(agreed));
        self.stats.http_requests += u64::from(http);
        self.arm(id, Kind::Decision);
        let Some(peer) = self.peers.get_mut(id) else {
            return;
        };
        if http {
            peer.flags.set(Flags::HTTP);
        }
        if peer.flags.has(Flags::GONE | Flags::BROKEN) {
            // The end came with the request: no further readiness tells of it.
            self.enqueue(id);
        }
    }

    /// Refuses a request that the program has not seen.
    #[cold]
    pub(super) fn refuse(&mut self, id: ConnId, error: HandshakeError) {
        log::debug!("request of #{id} refused with {}: {error}", error.status());
        let counter = match error {
            HandshakeError::Unavailable => &mut self.stats.refused_undecided,
            HandshakeError::Timeout => &mut self.stats.head_timeouts,
            _ => &mut self.stats.refused_requests,
        };
        *counter += 1;
        if matches!(error, HandshakeError::OriginRefused | HandshakeError::HostRefused) {
            self.stats.refused_origins += 1;
        }
        let is_head = self.peers.get(id).is_some_and(|peer| peer.flags.has(Flags::HEAD));
        let response = Response::from(error).without_body(is_head || error == HandshakeError::MethodHead);
        let refused = self.answer(id, |output| response.encode(output));
        debug_assert!(refused.is_ok(), "answers of the handshake's own can be sent");
        self.close_down(id);
    }

    /// The program took too long, or the server stops.
    pub(super) fn refuse_undecided(&mut self, id: ConnId) {
        self.due.push_back((id, Due::Closed(Cause::Undecided)));
        self.refuse(id, HandshakeError::Unavailable);
    }

    pub(super) fn scanner(&self) -> HeadScanner {
        HeadScanner::new(self.config.head)
    }

    fn undecided(&mut self, id: ConnId) -> Result<(Flags, Option<PerMessageDeflate>), SendError> {
        match self.known(id)? {
            Peer {
                state: State::Deciding(agreed),
                flags,
                ..
            } => Ok((*flags, *agreed)),
            _ => Err(SendError::Answered),
        }
    }

    /// Whether an answer with a body of this length may be queued.
    fn check_answer(&mut self, id: ConnId, body_len: usize) -> Result<(), SendError> {
        if body_len <= SHORT_ANSWER {
            return Ok(());
        }
        if !self.queued.can_hold(body_len) {
            return Err(SendError::TooLong);
        }
        self.relieve(id, body_len + SHORT_ANSWER);
        if self.queued.has_room_for_all(body_len) {
            Ok(())
        } else {
            Err(SendError::Full)
        }
    }

    /// Takes back an answer that is too much with its fields. A short one always has room, as those have that are given by ourselves.
    fn bound_answer(&mut self, id: ConnId) -> Result<(), SendError> {
        let fits = !self.queued.is_too_much();
        let peer = self.peers.get_mut(id).ok_or(SendError::Unknown)?;
        let held = peer.outgoing.held();
        if fits || held <= SHORT_ANSWER {
            return Ok(());
        }
        peer.outgoing.clear(&mut self.pool);
        self.queued.follow(held, 0);
        Err(SendError::Full)
    }

    fn answer<E: Into<SendError>>(
        &mut self,
        id: ConnId,
        encode: impl FnOnce(&mut Vec<u8>) -> Result<(), E>,
    ) -> Result<(), SendError> {
        let peer = self.peers.get_mut(id).ok_or(SendError::Unknown)?;
        let before = peer.outgoing.held();
        let encoded = encode(peer.outgoing.backlog(&mut self.pool).tail(0));
        self.queued.follow(before, peer.outgoing.held());
        encoded.map_err(Into::into)?;
        self.mark_dirty(id);
        Ok(())
    }
}

/// An answer with a few fields and a sentence: what a bound of all together leaves room for in any case.
const SHORT_ANSWER: usize = 1024;
