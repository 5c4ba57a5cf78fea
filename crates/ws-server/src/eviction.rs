//! Evicts the connections that hold most when what is queued for all together is too much.

use core::cmp::Reverse;

use crate::{
    Cause, ConnId, Delivery, SendError, Transport,
    connection::{Connection, Frame, Unsent},
    core::{Core, Holders},
    slab::Slab,
};

/// Sends a frame. If there is no room, other connections may be ended for it.
pub(crate) fn send<T: Transport>(
    connections: &mut Slab<Connection<T>>,
    core: &mut Core,
    id: ConnId,
    frame: Frame<'_>,
) -> Result<Delivery, SendError> {
    let connection = connections.get_mut(id).ok_or(SendError::Unknown)?;
    let need = match connection.send(frame, core) {
        Ok(delivery) => return Ok(delivery),
        Err(Unsent::Refused(error)) => return Err(error),
        Err(Unsent::NoRoom(need)) => need,
    };
    if let Some(new) = connection.make_room(need, core) {
        relieve(connections, core, id, new);
    }
    let connection = connections.get_mut(id).ok_or(SendError::Unknown)?;
    match connection.send(frame, core) {
        Ok(delivery) => Ok(delivery),
        Err(Unsent::Refused(error)) => Err(error),
        Err(Unsent::NoRoom(need)) => Err(connection.refuse_frame(need, core)),
    }
}

/// Ends connections whose peers do not take their queued bytes, those with most first, until `new`
/// bytes more fit. The connection with most queued pays. If that is `id` itself, none is ended.
///
/// The ended connections free their memory at once, and are removed later.
#[cold]
pub(crate) fn relieve<T: Transport>(
    connections: &mut Slab<Connection<T>>,
    core: &mut Core,
    id: ConnId,
    new: usize,
) {
    // A peer with more than this waiting pays for the new bytes: more than `id` would have, or more
    // than a peer that keeps up has.
    let own = connections.get(id).map_or(0, Connection::waiting);
    let own = own.max(core.config.high_watermark.min(own + new));
    while !core.budget.has_room_for_all(new) {
        let Some(holder) = next_holder(connections, core, id, own) else {
            return;
        };
        log::info!("#{holder} has most of what is queued for all, and takes none of it: ending it");
        if let Some(connection) = connections.get_mut(holder) {
            connection.lose(Cause::Overloaded, core);
        }
    }
}

fn next_holder<T: Transport>(
    connections: &Slab<Connection<T>>,
    core: &mut Core,
    id: ConnId,
    own: usize,
) -> Option<ConnId> {
    if !core.holders.is_listed {
        core.holders = list_holders(connections);
    }
    let list = &mut core.holders.list;
    // The others stay in the list, for connections that need room later in this turn.
    while let Some(at) = list.iter().rposition(|(_, holder)| *holder != id)
        && list[at].0 > own
    {
        let (_, holder) = list.remove(at);
        let waiting = connections.get(holder).map_or(0, Connection::waiting);
        if waiting > own {
            return Some(holder);
        }
    }
    None
}

/// Lists the holders, once in a turn: a program that sends in vain does not cause a walk over all
/// connections each time.
fn list_holders<T: Transport>(connections: &Slab<Connection<T>>) -> Holders {
    let holders = connections.ids().filter_map(|id| {
        let connection = connections.get(id)?;
        let waiting = connection.waiting();
        (waiting > 0 && connection.is_blocked()).then_some((waiting, id))
    });
    let mut list: Vec<_> = holders.collect();
    list.sort_unstable_by_key(|(waiting, id)| (*waiting, Reverse(*id)));
    Holders {
        list,
        is_listed: true,
    }
}
