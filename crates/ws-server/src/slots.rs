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
///
/// The lowest free place is used first, and a block whose places are all free is given back: memory, and the cost of
/// walking over all values, follow the values that are there.
pub(crate) struct Slots<T> {
    blocks: Vec<Block<T>>,
    /// Blocks with a free place.
    with_room: Bits,
    /// Blocks with a value.
    with_values: Bits,
    len: u32,
    /// The number of the server, different for each of the process.
    server: u32,
}

struct Block<T> {
    slots: Option<Box<[Slot<T>; BLOCK]>>,
    /// One bit for each place that is in use, or has no generations left.
    taken: u64,
    /// The generation of places that are not in memory: none of them was used with it.
    generation: u32,
}

struct Slot<T> {
    generation: u32,
    value: Option<T>,
}

/// A set of small numbers.
#[derive(Default)]
struct Bits(Vec<u64>);

impl<T> Slots<T> {
    pub(crate) fn new() -> Self {
        static SERVERS: AtomicU32 = AtomicU32::new(0);
        Self {
            server: SERVERS.fetch_add(1, Ordering::Relaxed),
            blocks: Vec::new(),
            with_room: Bits(Vec::new()),
            with_values: Bits(Vec::new()),
            len: 0,
        }
    }

    pub(crate) const fn len(&self) -> u32 {
        self.len
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Every id in use has an index below this.
    pub(crate) fn places(&self) -> u32 {
        let Some(block) = self.with_values.last() else {
            return 0;
        };
        let taken = self.blocks.get(block).map_or(0, |block| block.taken);
        at(block, BLOCK) - taken.leading_zeros()
    }

    /// The id that the next value will have.
    pub(crate) fn next_id(&self) -> ConnId {
        let index = self.with_room.first_from(0).unwrap_or(self.blocks.len());
        let Some(block) = self.blocks.get(index) else {
            return ConnId {
                index: at(index, 0),
                generation: 0,
                server: self.server,
            };
        };
        let place = block.taken.trailing_ones() as usize;
        ConnId {
            index: at(index, place),
            generation: block
                .slots
                .as_ref()
                .map_or(block.generation, |slots| slots[place % BLOCK].generation),
            server: self.server,
        }
    }

    pub(crate) fn insert(&mut self, value: T) -> ConnId {
        let id = self.next_id();
        let (index, place) = (id.index as usize / BLOCK, id.index as usize % BLOCK);
        if index == self.blocks.len() {
            self.blocks.push(Block {
                slots: None,
                taken: 0,
                generation: 0,
            });
        }
        let block = &mut self.blocks[index];
        block.slots()[place].value = Some(value);
        block.taken |= 1 << place;
        self.with_room.set(index, block.taken != u64::MAX);
        self.with_values.set(index, true);
        self.len += 1;
        id
    }

    /// Takes the value out. Its id, and every copy of it, is stale from now on.
    pub(crate) fn remove(&mut self, id: ConnId) -> Option<T> {
        let (index, place) = (id.index as usize / BLOCK, id.index as usize % BLOCK);
        let block = self.blocks.get_mut(index)?;
        let slots = block.slots.as_mut()?;
        let slot = &mut slots[place];
        if slot.generation != id.generation || self.server != id.server {
            return None;
        }
        let value = slot.value.take()?;
        // A place whose generations are used up is never used again.
        if let Some(next) = slot.generation.checked_add(1) {
            slot.generation = next;
            block.taken &= !(1 << place);
            self.with_room.set(index, true);
        }
        let is_vacant = slots.iter().all(|slot| slot.value.is_none());
        if is_vacant {
            self.with_values.set(index, false);
        }
        // The first block stays: a server with few connections does not ask for memory again and again.
        if is_vacant && block.taken == 0 && index > 0 {
            block.generation = slots.iter().map(|slot| slot.generation).max().unwrap_or(0);
            block.slots = None;
        }
        self.len -= 1;
        Some(value)
    }

    /// Whether the memory of this place, and of those around it, has been given back.
    pub(crate) fn is_given_back(&self, index: u32) -> bool {
        self.blocks
            .get(index as usize / BLOCK)
            .is_none_or(|block| block.slots.is_none())
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

    /// The id of the first value in this place or behind it.
    pub(crate) fn next_from(&self, index: u32) -> Option<ConnId> {
        let (mut block, mut place) = (index as usize / BLOCK, index as usize % BLOCK);
        loop {
            let next = self.with_values.first_from(block)?;
            if next != block {
                (block, place) = (next, 0);
            }
            // A place without generations left is taken, and has no value.
            for place in place..BLOCK {
                if let Some(id) = self.id_at(at(block, place)) {
                    return Some(id);
                }
            }
            (block, place) = (block + 1, 0);
        }
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

    #[inline]
    fn slot(&self, index: u32) -> Option<&Slot<T>> {
        let slots = self.blocks.get(index as usize / BLOCK)?.slots.as_ref()?;
        Some(&slots[index as usize % BLOCK])
    }

    #[inline]
    fn slot_mut(&mut self, index: u32) -> Option<&mut Slot<T>> {
        let slots = self.blocks.get_mut(index as usize / BLOCK)?.slots.as_mut()?;
        Some(&mut slots[index as usize % BLOCK])
    }
}

impl<T> Block<T> {
    /// The places, in memory.
    fn slots(&mut self) -> &mut [Slot<T>; BLOCK] {
        let generation = self.generation;
        self.slots.get_or_insert_with(|| {
            Box::new(core::array::from_fn(|_| Slot {
                generation,
                value: None,
            }))
        })
    }
}

impl Bits {
    fn set(&mut self, number: usize, is_in: bool) {
        let (word, bit) = (number / WORD, 1 << (number % WORD));
        if word >= self.0.len() {
            self.0.resize(word + 1, 0);
        }
        if is_in {
            self.0[word] |= bit;
        } else {
            self.0[word] &= !bit;
        }
    }

    /// The smallest number that is in, and not below `from`.
    fn first_from(&self, from: usize) -> Option<usize> {
        let mut mask = u64::MAX << (from % WORD);
        for (at, word) in self.0.iter().enumerate().skip(from / WORD) {
            let word = word & mask;
            if word != 0 {
                return Some(at * WORD + word.trailing_zeros() as usize);
            }
            mask = u64::MAX;
        }
        None
    }

    fn last(&self) -> Option<usize> {
        let at = self.0.iter().rposition(|word| *word != 0)?;
        Some(at * WORD + self.0[at].ilog2() as usize)
    }
}

/// The index of a place in a block.
fn at(block: usize, place: usize) -> u32 {
    u32::try_from(block * BLOCK + place).expect("connections are bounded by a u32")
}

/// Places per block: the bits of a word. Small, since a part of the last block is always unused.
const BLOCK: usize = u64::BITS as usize;
const WORD: usize = u64::BITS as usize;

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
        let next = slots.insert(2);
        assert_ne!(next.index(), id.index());
        assert_eq!(slots.next_from(0), Some(next));
    }

    #[test]
    fn r43_memory_and_the_walk_follow_the_values_that_are_there() {
        let mut slots = Slots::new();
        let ids: Vec<_> = (0..100_000).map(|n| slots.insert(n)).collect();
        for (n, id) in ids.iter().enumerate() {
            if n % 10_000 != 9_999 {
                slots.remove(*id);
            }
        }
        let blocks = slots.blocks.iter().filter(|block| block.slots.is_some());
        assert_eq!(blocks.count(), 11, "ten with a value, and the first");
        let walk = |slots: &Slots<i32>| {
            let (mut from, mut walked) = (0, Vec::new());
            while let Some(id) = slots.next_from(from) {
                walked.push(id);
                from = id.index() + 1;
            }
            walked
        };
        let left: Vec<_> = ids.iter().skip(9_999).step_by(10_000).copied().collect();
        assert_eq!(walk(&slots), left);
        // An id of a block that was given back stays stale when the block is used again.
        let again: Vec<_> = (0..99_990).map(|n| slots.insert(n)).collect();
        assert_eq!((slots.len(), slots.places()), (100_000, 100_000));
        assert!(ids.iter().all(|id| slots.get(*id).is_some() == left.contains(id)));
        assert!(again.iter().all(|id| slots.get(*id).is_some()));
        for id in again.iter().chain(&left) {
            assert!(slots.remove(*id).is_some());
        }
        assert_eq!((slots.places(), slots.next_from(0)), (0, None));
        assert!(slots.is_given_back(64) && !slots.is_given_back(63));
    }
}
