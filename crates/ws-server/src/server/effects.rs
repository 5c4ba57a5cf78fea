//! Applies the effects that connections have beyond themselves.

use super::Server;
use crate::{
    Transport,
    core::{Due, Effect},
    gate::{Gate, Room},
};

impl<T: Transport> Server<T> {
    /// Applies the effects, if there are any. Called while no connection is borrowed, and before
    /// the program is called.
    #[inline]
    pub(super) fn apply_effects(&mut self) {
        if !self.core.effects.is_empty() {
            self.apply_all();
        }
    }

    #[cold]
    fn apply_all(&mut self) {
        while let Some(effect) = self.core.effects.pop() {
            match effect {
                Effect::Remove(id) => self.with_room(|gate, room| gate.remove(id, room)),
                Effect::Readdress(id, client) => {
                    self.with_room(|gate, room| gate.readdress(id, client, room));
                }
                Effect::Unsubscribe(id) => self.topics.leave(id),
                Effect::EndAssembly(index) => {
                    if let Some(connection) = self.connections.at_mut(index) {
                        connection.end_assembly(&mut self.core);
                    }
                }
            }
        }
    }

    /// Calls the gate with the parts that it needs.
    pub(super) fn with_room<R>(
        &mut self,
        call: impl FnOnce(&mut Gate<T>, &mut Room<'_, T>) -> R,
    ) -> R {
        let room = &mut Room {
            connections: &mut self.connections,
            core: &mut self.core,
            registry: self.poll.registry(),
        };
        call(&mut self.gate, room)
    }

    /// Tells the connections that a message was refused for the limit of all, as far as there is
    /// room for what they wanted.
    #[cold]
    pub(super) fn tell_refused(&mut self) {
        let mut room = self.core.budget.room_for_all();
        let (connections, due) = (&mut self.connections, &mut self.core.due);
        self.core.refused.retain(|&(id, wanted)| {
            let Some(connection) = connections.get_mut(id) else {
                return false;
            };
            let is_told = connection.takes_broadcasts();
            if is_told && wanted > room {
                return true;
            }
            connection.clear_refused();
            if is_told {
                room -= wanted;
                due.push_back((id, Due::Writable));
            }
            false
        });
    }

    /// Ends the lifetimes that are over.
    #[cold]
    pub(super) fn end_lifetimes(&mut self) {
        self.core.clock.read_once();
        while let Some(id) = self.lifetimes.take_due(self.core.clock.now()) {
            // Most connections have ended before.
            if let Some(connection) = self.connections.get_mut(id) {
                let code = ws_frame::CloseCode::GOING_AWAY;
                connection.close(code, "", &mut self.core).ok();
            }
        }
    }

    /// Tells the connections whose time has come, while the server stops.
    pub(super) fn tell_stopped(&mut self) {
        if let Some(shutdown) = &mut self.shutdown {
            shutdown.tell_due(&mut self.connections, &mut self.core);
        }
    }

    /// Takes back the bytes of turns that were dropped early.
    pub(super) fn take_back(&mut self) {
        for (id, messages, bytes) in self.returns.take() {
            if let Some(connection) = self.connections.get_mut(id) {
                connection.take_back(messages, &bytes, &mut self.core);
            }
        }
        self.apply_effects();
    }

    /// Frees the memory of lists that were long, after many connections have ended.
    #[cold]
    pub(super) fn shrink_lists(&mut self) {
        self.core.shrink_lists(self.connections.len());
        let most = crate::core::LIST_ROOM.max(4 * self.connections.len() as usize);
        if self.recipients.capacity() > most {
            self.recipients.shrink_to(most / 2);
        }
    }
}
