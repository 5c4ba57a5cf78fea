//! Stops a server: tells its connections, one after the other.

use core::time::Duration;

use ws_frame::CloseCode;

use crate::{
    ConnId, StopReport, Transport, connection::Connection, core::Core, slab::Slab, timeouts::Moment,
};

/// The schedule of a server that stops.
#[derive(Debug)]
pub(crate) struct Shutdown {
    began: Moment,
    over: Duration,
    code: CloseCode,
    /// The connections that were open, in the order in which they are told.
    open: Vec<ConnId>,
    /// Number of them that were told.
    told: usize,
}

impl Shutdown {
    /// Begins to stop. Connections are told by [`tell_due`](Self::tell_due).
    pub(crate) fn begin<T: Transport>(
        connections: &Slab<Connection<T>>,
        core: &mut Core,
        status: CloseCode,
        over: Duration,
    ) -> Self {
        core.stop_report = Some(StopReport::default());
        let is_open = |id: &ConnId| connections.get(*id).is_some_and(Connection::is_open);
        Self {
            began: core.clock.begin(),
            over,
            code: status,
            open: connections.ids().filter(is_open).collect(),
            told: 0,
        }
    }

    /// Changes the schedule for the connections that are left.
    pub(crate) const fn change(&mut self, status: CloseCode, over: Duration) {
        (self.code, self.over) = (status, over);
    }

    /// Closes the connections whose time has come.
    pub(crate) fn tell_due<T: Transport>(
        &mut self,
        connections: &mut Slab<Connection<T>>,
        core: &mut Core,
    ) {
        core.clock.read_once();
        while let Some(&id) = self.open.get(self.told)
            && self.due() <= core.clock.now()
        {
            self.told += 1;
            if let Some(connection) = connections.get_mut(id) {
                // A connection that is being closed already needs no Close.
                connection.close(self.code, "", core).ok();
            }
        }
    }

    /// The moment at which the next connection is told.
    pub(crate) fn next(&self) -> Option<Moment> {
        (self.told < self.open.len()).then(|| self.due())
    }

    fn due(&self) -> Moment {
        // Connections are numbered with 32 bits.
        let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        let share = f64::from(number(self.told)) / f64::from(number(self.open.len()));
        self.began.after(self.over.mul_f64(share))
    }
}

/// Refuses the requests that the program has not answered.
pub(crate) fn dismiss_requests<T: Transport>(
    connections: &mut Slab<Connection<T>>,
    core: &mut Core,
) {
    let mut from = 0;
    while let Some(id) = connections.next_from(from) {
        from = id.index() + 1;
        if let Some(connection) = connections.get_mut(id) {
            connection.dismiss(core);
        }
    }
}
