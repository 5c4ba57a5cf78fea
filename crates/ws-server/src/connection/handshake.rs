//! Reads the request, and answers it.

use ws_handshake::{
    Accept, HandshakeError, Request, Response, Upgrade, extension::deflate::PerMessageDeflate,
};

use super::{Connection, Deciding, Open, OpenFlags, RequestKind, State, StreamFlags, input::Took};
use crate::{
    Cause, ConnectionError, Event, Transport,
    core::{Core, Due, Effect},
    timeouts::Kind,
    turn::Turn,
};

impl<T: Transport> Connection<T> {
    /// Reads more of the request head. Lends the turn a whole one.
    pub(super) fn read_head(&mut self, turn: &mut Turn<'_>, core: &mut Core) {
        let State::Head(scanner) = &mut self.state else {
            return;
        };
        if let Ok(Some(_)) = scanner.scan(&[]) {
            // A turn with the whole head was dropped early.
            let head = scanner.examined();
            let len = self.unhold(turn.free());
            return self.lend(len, head, turn, core);
        }
        let held = self.held().len();
        let end = turn
            .free()
            .len()
            .min(held.saturating_add(core.config.read_budget));
        let took = self.read(&mut turn.free()[held..end], core);
        if let Some(client) = self.io.client_addr()
            && self.address() != Some(client)
        {
            core.effects.push(Effect::Readdress(self.id, client));
        }
        let len = match took {
            Took::Bytes(len) => len,
            Took::Nothing => {
                if self.flags.has(StreamFlags::READABLE) {
                    self.enqueue_if_wanted(core);
                }
                return;
            }
            Took::End | Took::Failed(_) => {
                core.stats.abandoned += 1;
                return self.end(core);
            }
        };
        self.scan_head(held, held + len, turn, core);
    }

    /// Scans the bytes of the turn that are new, behind those that are held.
    fn scan_head(&mut self, held: usize, end: usize, turn: &mut Turn<'_>, core: &mut Core) {
        let State::Head(scanner) = &mut self.state else {
            return;
        };
        let new = &turn.free()[held..end];
        match scanner.scan(new) {
            Ok(None) => {
                self.hold(new);
                self.enqueue_if_wanted(core);
            }
            Ok(Some(len)) => {
                self.unhold(turn.free());
                self.lend(end, held + len, turn, core);
            }
            Err(error) => {
                self.unhold(turn.free());
                let is_head = is_head(&turn.free()[..end]);
                self.refuse(error.into(), is_head, core);
            }
        }
    }

    /// Checks a whole request head, and gives it to the program or refuses it.
    pub(super) fn request<'b>(&mut self, head: &'b [u8], core: &mut Core) -> Option<Event<'b>> {
        let is_secure = self.io.is_secure();
        let config = &core.config;
        let event = Request::parse_within(head, config.head).and_then(|request| {
            if config.http && !request.is_upgrade() {
                return Ok(Event::Http(Box::new(request.plain()?)));
            }
            let upgrade = request.upgrade()?.secure(is_secure);
            let checked = upgrade.check_origin(&config.origins);
            checked.inspect_err(|error| warn_of_origin(&upgrade, *error))?;
            Ok(Event::Request(Box::new(upgrade)))
        });
        let event = event.and_then(|event| {
            let has_room = core.stats.undecided < config.max_undecided && !core.is_stopping();
            if has_room {
                Ok(event)
            } else {
                Err(HandshakeError::Unavailable)
            }
        });
        match event {
            Ok(event) => {
                let (agreed, request) = match &event {
                    Event::Request(upgrade) => (core.config.agree(upgrade), RequestKind::Upgrade),
                    _ if is_head(head) => (None, RequestKind::Head),
                    _ => (None, RequestKind::Get),
                };
                self.decide(agreed, request, core);
                Some(event)
            }
            Err(error) => {
                self.refuse(error, is_head(head), core);
                None
            }
        }
    }

    /// Waits for the program's answer.
    fn decide(&mut self, agreed: Option<PerMessageDeflate>, request: RequestKind, core: &mut Core) {
        let deciding = Deciding {
            agreed,
            request,
            is_paused: false,
        };
        self.enter(State::Deciding(deciding), core);
        core.stats.http_requests += u64::from(request != RequestKind::Upgrade);
        core.arm(self.id, Kind::Accept);
        if self.flags.has(StreamFlags::GONE | StreamFlags::BROKEN) {
            // The end arrived with the request: no further readiness reports it.
            self.enqueue(core);
        }
    }

    /// Opens the connection: queues the 101.
    pub(crate) fn accept(
        &mut self,
        accept: Accept<'_>,
        core: &mut Core,
    ) -> Result<(), ConnectionError> {
        let Deciding {
            agreed,
            request,
            is_paused,
        } = *self.deciding()?;
        if request != RequestKind::Upgrade {
            return Err(ConnectionError::NotOpen);
        }
        let accept = if agreed.is_some() {
            accept.extensions(agreed)
        } else {
            accept
        };
        self.answer(|output| accept.encode(output), core)?;
        let mut flags = OpenFlags::default();
        if agreed.is_some() {
            flags.set(OpenFlags::DEFLATE);
        }
        if is_paused {
            flags.set(OpenFlags::PAUSED);
        }
        let protocol = core.config.connection(agreed);
        self.enter(State::Open(Open { protocol, flags }), core);
        core.stats.upgraded += 1;
        self.arm_idle(core);
        // No new readiness reports what arrived behind the request, here or in the system.
        self.flags.set(StreamFlags::READABLE);
        self.enqueue_if_wanted(core);
        Ok(())
    }

    /// Checks that an answer may be queued. Returns the bytes that must be free for it within the
    /// limit for all connections. `None` for a short answer: there is always room for it.
    pub(crate) fn check_answer(
        &mut self,
        response: &Response<'_>,
        core: &Core,
    ) -> Result<Option<usize>, ConnectionError> {
        let body_len = match self.deciding()?.request {
            RequestKind::Head => 0,
            _ => response.body_len(),
        };
        if body_len <= SHORT_ANSWER {
            return Ok(None);
        }
        if !core.budget.can_hold(body_len) {
            return Err(ConnectionError::TooLong);
        }
        Ok(Some(body_len))
    }

    /// Answers the request with anything but a 101, and closes the connection.
    pub(crate) fn respond(
        &mut self,
        response: &Response<'_>,
        core: &mut Core,
    ) -> Result<(), ConnectionError> {
        let response = match self.deciding()?.request {
            RequestKind::Head => response.without_body(true),
            _ => *response,
        };
        if response.body_len() > SHORT_ANSWER && !core.budget.has_room_for_all(response.body_len())
        {
            return Err(ConnectionError::Full);
        }
        self.answer(|output| response.encode(output), core)?;
        self.bound_answer(core)?;
        let cause = Cause::Answered(response.status());
        core.due.push_back((self.id, Due::Closed(cause)));
        self.close_down(core);
        Ok(())
    }

    /// Refuses a request that the program has not seen, or has not answered. The server stops.
    pub(crate) fn dismiss(&mut self, core: &mut Core) {
        match self.state {
            // Nothing can be said before the transport's handshake: the request is refused when it
            // comes.
            State::Head(_) if self.io.is_handshaking() => self.hurry_handshake(core),
            State::Head(_) => {
                let is_head = is_head(self.held());
                self.refuse(HandshakeError::Unavailable, is_head, core);
            }
            State::Deciding(_) => self.refuse_undecided(core),
            _ => {}
        }
    }

    /// Gives a handshake of the transport no more time than a close.
    fn hurry_handshake(&self, core: &mut Core) {
        if core.config.timeouts.close.is_some() {
            core.arm(self.id, Kind::Close);
        }
    }

    /// Ends the wait for a request head. A peer that has sent nothing gets no answer.
    pub(super) fn end_head(&mut self, core: &mut Core) {
        let has_begun = matches!(&self.state, State::Head(scanner) if scanner.examined() > 0);
        if has_begun {
            let is_head = is_head(self.held());
            self.refuse(HandshakeError::Timeout, is_head, core);
        } else {
            core.stats.head_timeouts += 1;
            self.end(core);
        }
    }

    /// Answers 503 for a program that did not answer in time, or for a server that stops.
    pub(super) fn refuse_undecided(&mut self, core: &mut Core) {
        let is_head = match &self.state {
            State::Deciding(deciding) => deciding.request == RequestKind::Head,
            _ => false,
        };
        core.due.push_back((self.id, Due::Closed(Cause::Undecided)));
        self.refuse(HandshakeError::Unavailable, is_head, core);
    }

    #[cold]
    fn refuse(&mut self, error: HandshakeError, is_head: bool, core: &mut Core) {
        log::debug!(
            "request of #{} refused with {}: {error}",
            self.id,
            error.status()
        );
        let counter = match error {
            HandshakeError::Unavailable => &mut core.stats.refused_undecided,
            HandshakeError::Timeout => &mut core.stats.head_timeouts,
            _ => &mut core.stats.refused_requests,
        };
        *counter += 1;
        if matches!(
            error,
            HandshakeError::OriginRefused | HandshakeError::HostRefused
        ) {
            core.stats.refused_origins += 1;
        }
        let response =
            Response::from(error).without_body(is_head || error == HandshakeError::MethodHead);
        let refused = self.answer(|output| response.encode(output), core);
        debug_assert!(
            refused.is_ok(),
            "the handshake's own answers can be encoded"
        );
        self.close_down(core);
    }

    fn deciding(&self) -> Result<&Deciding, ConnectionError> {
        match &self.state {
            State::Deciding(deciding) => Ok(deciding),
            State::Open(_) => Err(ConnectionError::Answered),
            _ => Err(ConnectionError::Unknown),
        }
    }

    /// Takes back an answer that is too long with its fields.
    fn bound_answer(&mut self, core: &mut Core) -> Result<(), ConnectionError> {
        let held = self.queue.held();
        if !core.budget.is_too_much() || held <= SHORT_ANSWER {
            return Ok(());
        }
        self.queue.clear(&mut core.queues);
        core.budget.follow(held, 0);
        Err(ConnectionError::Full)
    }

    fn answer<E: Into<ConnectionError>>(
        &mut self,
        encode: impl FnOnce(&mut Vec<u8>) -> Result<(), E>,
        core: &mut Core,
    ) -> Result<(), ConnectionError> {
        let before = self.queue.held();
        let encoded = encode(self.queue.segments(&mut core.queues).tail(0));
        core.budget.follow(before, self.queue.held());
        encoded.map_err(Into::into)?;
        self.mark_dirty(core);
        Ok(())
    }
}

/// Logs a refused origin. A page that should be able to connect is refused when the policy lacks an
/// entry, and its user sees no reason.
fn warn_of_origin(upgrade: &Upgrade<'_>, error: HandshakeError) {
    let origin = upgrade.origin().unwrap_or_default().escape_ascii();
    log::warn!("{error}: origin `{origin}`, host `{}`", upgrade.host());
}

/// Whether these are the first bytes of a HEAD request.
fn is_head(received: &[u8]) -> bool {
    let line = received.strip_prefix(b"\r\n").unwrap_or(received);
    line.starts_with(b"HEAD ")
}

/// An answer with a few fields and a sentence: there is always room for it.
pub(crate) const SHORT_ANSWER: usize = 1024;
