//! Sends one message to many connections.

use ws_frame::Prepared;

use crate::{
    ConnId, Delivery, SendError, Transport,
    connection::{Connection, Frame},
    core::Core,
    eviction,
    slab::Slab,
};

/// The result of a broadcast, in numbers of connections.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct BroadcastReport {
    /// Connections for which the next flush writes the message ([`Delivery::Queued`]).
    pub queued: usize,
    /// Connections that are behind ([`Delivery::Backlogged`]).
    pub backlogged: usize,
    /// Connections that do not get the message: too much is queued for them, or the program is
    /// sending them another message in fragments.
    pub dropped: usize,
}

/// Sends a message to every open connection. Nothing is removed from the slab meanwhile.
pub(crate) fn to_all<T: Transport>(
    connections: &mut Slab<Connection<T>>,
    core: &mut Core,
    message: &Prepared,
) -> BroadcastReport {
    let mut report = BroadcastReport::default();
    let mut from = 0;
    while let Some(id) = connections.next_from(from) {
        from = id.index() + 1;
        to_one(connections, core, id, message, &mut report);
    }
    report
}

/// Sends a message to those of these connections that are open.
pub(crate) fn to_each<T: Transport>(
    connections: &mut Slab<Connection<T>>,
    core: &mut Core,
    ids: impl Iterator<Item = ConnId>,
    message: &Prepared,
) -> BroadcastReport {
    let mut report = BroadcastReport::default();
    for id in ids {
        to_one(connections, core, id, message, &mut report);
    }
    report
}

/// Connections that are not open, or that are being closed, are left out.
fn to_one<T: Transport>(
    connections: &mut Slab<Connection<T>>,
    core: &mut Core,
    id: ConnId,
    message: &Prepared,
    report: &mut BroadcastReport,
) {
    if !connections
        .get(id)
        .is_some_and(Connection::takes_broadcasts)
    {
        return;
    }
    match eviction::send(connections, core, id, Frame::Prepared(message)) {
        Ok(Delivery::Queued) => report.queued += 1,
        Ok(Delivery::Backlogged { .. }) => report.backlogged += 1,
        Err(error) => {
            report.dropped += 1;
            // Messages for which there is no room are counted already.
            core.stats.dropped_messages += u64::from(error != SendError::Full);
        }
    }
}
