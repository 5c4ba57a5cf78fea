//! A slab with generations: where peers live, and the ids that name them.

use core::{
    fmt,
    sync::atomic::{AtomicU32, Ordering},
};

/// Names one connection of one [`Server`](crate::Server), for good.
///
/// A place in a table, how often that place was used before, and the server: when a connection ends its place is used again,
/// its id never is. A stale id, or one of another server of the process, is an error
/// ([`SendError::Unknown`](crate::SendError::Unknown)), and never another client.
///
/// It is shown as the place, and the generation when it is not the first: `17`, `17.2`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConnId {
    index: u32,
    generation: u32,
    server: u32,
}

impl ConnId {
    /// The id as one number, the same for the life of the program. No two connections of one server share it; those of two servers
    /// may.
    #[must_use]
    pub const fn to_u64(self) -> u64 {
        (self.generation as u64) << 32 | self.index as u64
    }

    pub(crate) const MIN: Self = Self {
        index: 0,
        generation: 0,
        server: 0,
    };
    pub(crate) const MAX: Self = Self {
        index: u32::MAX,
        generation: u32::MAX,
        server: u32::MAX,
    };

    pub(crate) const fn index(self) -> u32 {
        self.index
    }
}

impl fmt::Display for ConnId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.generation {
            0 => write!(f, "{}", self.index),
            again => write!(f, "{}.{again}", self.index),
        }
    }
}

impl fmt::Debug for ConnId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ConnId({self})")
    }
}

/// Values in places that are used again, in blocks that never move: growing copies nothing, and at most one block is
/// waiting to be used, so that ten thousand connections cost ten thousand places.
pub(crate) struct Slots<T> {
    blocks: Vec<Box<[Slot<T>; BLOCK]>>,
    /// How many places were ever used: every id has an index below this.
    places: u32,
    /// The place that was freed last, or `NONE`.
    free: u32,
    len: u32,
    /// The number of the server, different for each of the process.
    server: u32,
}

struct Slot<T> {
    generation: u32,
    /// While this place is free: the one freed before it, or `NONE`.
    next_free: u32,
    value: Option<T>,
}

impl<T> Slots<T> {
    pub(crate) fn new() -> Self {
        static SERVERS: AtomicU32 = AtomicU32::new(0);
        Self {
            server: SERVERS.fetch_add(1, Ordering::Relaxed),
            blocks: Vec::new(),
            places: 0,
            free: NONE,
            len: 0,
        }
    }

    pub(crate) const fn len(&self) -> u32 {
        self.len
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// How many places there are: every id in use has an index below this.
    pub(crate) const fn places(&self) -> u32 {
        self.places
    }

    /// The id that the next `insert` will give.
    pub(crate) fn next_id(&self) -> ConnId {
        match self.slot(self.free) {
            Some(slot) => ConnId {
                index: self.free,
                generation: slot.generation,
                server: self.server,
            },
            None => ConnId {
                index: self.places,
                generation: 0,
                server: self.server,
            },
        }
    }

    pub(crate) fn insert(&mut self, value: T) -> ConnId {
        let id = self.next_id();
        if id.index == self.places {
            self.add_place();
        }
        if let Some(slot) = self.slot_mut(id.index) {
            slot.value = Some(value);
            self.free = core::mem::replace(&mut slot.next_free, NONE);
        }
        self.len += 1;
        id
    }

    /// Takes the value out. Its id, and every copy of it, is stale from now on.
    pub(crate) fn remove(&mut self, id: ConnId) -> Option<T> {
        let (free, server) = (self.free, self.server);
        let slot = self
            .slot_mut(id.index)
            .filter(|slot| slot.generation == id.generation && server == id.server)?;
        let value = slot.value.take()?;
        // A place whose generations are used up is never used again.
        if let Some(next) = slot.generation.checked_add(1) {
            slot.generation = next;
            slot.next_free = free;
            self.free = id.index;
        }
        self.len -= 1;
        Some(value)
    }

    #[inline]
    pub(crate) fn get(&self, id: ConnId) -> Option<&T> {
        let server = self.server;
        self.slot(id.index)
            .filter(|slot| slot.generation == id.generation && server == id.server)?
            .value
            .as_ref()
    }

    #[inline]
    pub(crate) fn get_mut(&mut self, id: ConnId) -> Option<&mut T> {
        let server = self.server;
        self.slot_mut(id.index)
            .filter(|slot| slot.generation == id.generation && server == id.server)?
            .value
            .as_mut()
    }

    /// The id of whoever is in this place now.
    #[inline]
    pub(crate) fn id_at(&self, index: u32) -> Option<ConnId> {
        let slot = self.slot(index)?;
        slot.value.as_ref()?;
        Some(ConnId {
            index,
            generation: slot.generation,
            server: self.server,
        })
    }

    /// Whoever is in this place now.
    #[inline]
    pub(crate) fn at_mut(&mut self, index: u32) -> Option<(ConnId, &mut T)> {
        let server = self.server;
        let slot = self.slot_mut(index)?;
        let id = ConnId {
            index,
            generation: slot.generation,
            server,
        };
        Some((id, slot.value.as_mut()?))
    }

    fn add_place(&mut self) {
        if self.places as usize == self.blocks.len() * BLOCK {
            let block: Vec<_> = (0..BLOCK).map(|_| Slot::unused()).collect();
            let block = block.into_boxed_slice().try_into();
            self.blocks.extend(block.ok());
        }
        self.places = self
            .places
            .checked_add(1)
            .expect("connections are bounded by a u32");
    }

    #[inline]
    fn slot(&self, index: u32) -> Option<&Slot<T>> {
        Some(&self.blocks.get(index as usize / BLOCK)?[index as usize % BLOCK])
    }

    #[inline]
    fn slot_mut(&mut self, index: u32) -> Option<&mut Slot<T>> {
        Some(&mut self.blocks.get_mut(index as usize / BLOCK)?[index as usize % BLOCK])
    }
}

impl<T> Slot<T> {
    const fn unused() -> Self {
        Self {
            generation: 0,
            next_free: NONE,
            value: None,
        }
    }
}

/// Places per block. A power of two; small, since a part of the last block is always unused.
const BLOCK: usize = 64;
/// The index that no place has.
const NONE: u32 = u32::MAX;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s12_a_stale_id_never_names_the_next_in_its_place() {
        let mut slots = Slots::new();
        let first = slots.insert("first");
        assert_eq!(slots.remove(first), Some("first"));
        let second = slots.insert("second");
        assert_eq!(second.index(), first.index());
        assert_ne!(second, first);
        assert_eq!(slots.get(first), None);
        assert_eq!(slots.get_mut(first), None);
        assert_eq!(slots.remove(first), None);
        assert_eq!(slots.get(second), Some(&"second"));
        assert_eq!(
            (first.to_string(), second.to_string()),
            ("0".into(), "0.1".into())
        );
        assert_ne!(first.to_u64(), second.to_u64());
    }

    #[test]
    fn r12_an_id_belongs_to_one_server() {
        let (mut here, mut there) = (Slots::new(), Slots::new());
        let (mine, theirs) = (here.insert("mine"), there.insert("theirs"));
        assert_ne!(mine, theirs);
        assert_eq!(there.get(mine), None);
        assert_eq!(there.get_mut(mine), None);
        assert_eq!(there.remove(mine), None);
        assert_eq!(
            (here.get(mine), there.get(theirs)),
            (Some(&"mine"), Some(&"theirs"))
        );
    }

    #[test]
    fn places_are_used_again_before_new_ones_are_made() {
        let mut slots = Slots::new();
        let ids: Vec<_> = (0..1000).map(|n| slots.insert(n)).collect();
        assert_eq!((slots.len(), slots.places()), (1000, 1000));
        for id in &ids {
            assert_eq!(slots.next_id(), slots.next_id());
            slots.remove(*id);
        }
        assert!(slots.is_empty());
        for n in 0..1000 {
            let expected = slots.next_id();
            assert_eq!(slots.insert(n), expected);
        }
        assert_eq!((slots.len(), slots.places()), (1000, 1000));
    }

    #[test]
    fn id_at_sees_who_is_there() {
        let mut slots = Slots::new();
        let id = slots.insert(());
        assert_eq!(slots.id_at(id.index()), Some(id));
        slots.remove(id);
        assert_eq!(slots.id_at(id.index()), None);
        assert_eq!(slots.id_at(12345), None);
    }

    #[test]
    fn a_place_without_generations_left_is_retired() {
        let mut slots = Slots::new();
        let id = slots.insert(1);
        slots.slot_mut(id.index()).expect("it is in use").generation = u32::MAX;
        let last = slots.id_at(id.index()).expect("it is in use");
        assert_eq!(slots.remove(last), Some(1));
        assert_ne!(slots.insert(2).index(), id.index());
    }
}
