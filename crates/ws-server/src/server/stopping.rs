//! Stopping.

use core::time::Duration;

use ws_frame::CloseCode;

use super::Server;
use crate::{Closed, ConnId, Transport, deadline::Moment, peer::State};

/// How the connections ended that were open when the server was stopped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct StopReport {
    /// With a closing handshake.
    pub clean: u64,
    /// Without one: the peer was gone, or did not answer in time.
    pub cut: u64,
}

/// How far the stopping is.
#[derive(Debug)]
pub(super) struct Stopping {
    began: Moment,
    over: Duration,
    /// The place of the next peer to be told.
    next: u32,
    report: StopReport,
}

impl<T: Transport> Server<T> {
    /// Stops the server: no connection is accepted any more, open ones get a Close with 1001, unanswered requests a 503.
    ///
    /// Go on polling until [`is_stopped`](Self::is_stopped): that takes as long as the slowest peer, and no longer than
    /// twice the [`close_deadline`](crate::Config::close_deadline) (four times for one that never ceases to send).
    pub fn stop(&mut self) {
        self.stop_over(Duration::ZERO);
    }

    /// Stops the server as [`stop`](Self::stop) does, but tells the open connections one after the other, spread over this
    /// time, so that they do not all come back at once elsewhere. Called again, it counts from the beginning: zero
    /// tells all that are left.
    pub fn stop_over(&mut self, over: Duration) {
        self.tick();
        if let Some(stopping) = &mut self.stopping {
            stopping.over = over;
        } else {
            self.stopping = Some(Stopping {
                began: self.begin,
                over,
                next: 0,
                report: StopReport::default(),
            });
            self.gate.shut(self.poll.registry());
            self.dismiss_unopened();
        }
        self.dismiss_due();
    }

    /// Whether the server was stopped, no connection is left, and every [`Event::Closed`](crate::Event::Closed) was given.
    #[must_use]
    pub fn is_stopped(&self) -> bool {
        self.stopping.is_some() && self.peers.is_empty() && self.due.is_empty()
    }

    /// How the open connections ended so far, once the server was stopped.
    #[must_use]
    pub fn stop_report(&self) -> Option<StopReport> {
        self.stopping.as_ref().map(|stopping| stopping.report)
    }

    /// Tells those whose time it is.
    pub(super) fn dismiss_due(&mut self) {
        if self.stopping.is_none() {
            return;
        }
        self.tick_once();
        let places = self.peers.places();
        while let Some(stopping) = &mut self.stopping
            && stopping.next < places
            && stopping.due(stopping.next, places) <= self.now
        {
            let index = stopping.next;
            stopping.next += 1;
            if let Some(id) = self.peers.id_at(index) {
                self.dismiss(id);
            }
        }
    }

    pub(super) fn next_dismissal(&self) -> Option<Moment> {
        let stopping = self.stopping.as_ref()?;
        let places = self.peers.places();
        (stopping.next < places).then(|| stopping.due(stopping.next, places))
    }

    pub(super) const fn report_close(&mut self, closed: &Closed<'_>) {
        if let Some(stopping) = &mut self.stopping {
            let counter = if closed.is_clean() {
                &mut stopping.report.clean
            } else {
                &mut stopping.report.cut
            };
            *counter += 1;
        }
    }

    fn dismiss_unopened(&mut self) {
        for index in 0..self.peers.places() {
            let Some(id) = self.peers.id_at(index) else {
                continue;
            };
            match self.peers.get(id).map(|peer| &peer.state) {
                Some(State::Head(_)) => self.remove(id),
                Some(State::Deciding(_)) => self.refuse_undecided(id),
                _ => {}
            }
        }
    }

    fn dismiss(&mut self, id: ConnId) {
        if self
            .peers
            .get(id)
            .is_some_and(|peer| matches!(peer.state, State::Open(_)))
        {
            // One that is closing already needs no second Close.
            self.close(id, CloseCode::GOING_AWAY, "").ok();
        }
    }
}

impl Stopping {
    /// When the peer in this place is told.
    fn due(&self, index: u32, places: u32) -> Moment {
        let share = f64::from(index) / f64::from(places);
        self.began.after(self.over.mul_f64(share))
    }
}
