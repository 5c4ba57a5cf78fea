//! A slab with generations: holds the connections, and makes the ids that name them.

use core::{
    fmt,
    sync::atomic::{AtomicU32, Ordering},
};

/// The id of one connection of one [`Server`](crate::Server). It is never used again.
///
/// An id consists of an index, a generation and the number of the server. When a connection ends,
/// its index is used again with the next generation. A call with the id of a connection that has
/// ended, or of another server in the process, returns
/// [`SendError::Unknown`](crate::SendError::Unknown).
///
/// `Display` shows the index, followed by the generation unless that is the first: `17`, `17.2`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConnId {
    index: u32,
    stamp: Stamp,
}

/// The generation of a slot, and the number of the server. One array, so that each look-up of a
/// connection compares them in one step.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Stamp([u32; 2]);

impl ConnId {
    /// The id as one number, which never changes. Ids of the same server have different numbers;
    /// ids of two servers may have the same.
    #[must_use]
    pub const fn to_u64(self) -> u64 {
        (self.stamp.generation() as u64) << 32 | self.index as u64
    }

    pub(crate) const MIN: Self = Self {
        index: 0,
        stamp: Stamp([0; 2]),
    };
    pub(crate) const MAX: Self = Self {
        index: u32::MAX,
        stamp: Stamp([u32::MAX; 2]),
    };

    #[inline]
    pub(crate) const fn index(self) -> u32 {
        self.index
    }
}

impl Stamp {
    const fn generation(self) -> u32 {
        let Self([generation, _]) = self;
        generation
    }

    /// The stamp of the next generation, if there is one.
    fn next(self) -> Option<Self> {
        let Self([generation, server]) = self;
        Some(Self([generation.checked_add(1)?, server]))
    }
}

impl fmt::Display for ConnId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.stamp.generation() {
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

/// Values in reusable slots, allocated in blocks that never move.
///
/// Growing copies no value, and at most one block is partly unused. The lowest free slot is used
/// first, and a block without values is freed: memory, and the cost of walking over all values,
/// follow the number of values.
pub(crate) struct Slab<T> {
    /// The memory of each block, apart from the rest so that a look-up touches nothing else.
    slots: Vec<Option<Box<[Slot<T>; BLOCK]>>>,
    blocks: Vec<Block>,
    /// Blocks with a free slot.
    with_room: Bits,
    /// Blocks with a value.
    with_values: Bits,
    len: u32,
    /// The number of the server, different for each server in the process.
    server: u32,
}

#[derive(Default)]
struct Block {
    /// One bit for each slot that is in use, or has no generations left.
    taken: u64,
    /// The generation of slots that are not allocated: none of them was used with it.
    generation: u32,
}

struct Slot<T> {
    stamp: Stamp,
    value: Option<T>,
}

/// A set of small numbers.
#[derive(Default)]
struct Bits(Vec<u64>);

impl<T> Slab<T> {
    pub(crate) fn new() -> Self {
        static SERVERS: AtomicU32 = AtomicU32::new(0);
        Self {
            server: SERVERS.fetch_add(1, Ordering::Relaxed),
            slots: Vec::new(),
            blocks: Vec::new(),
            with_room: Bits::default(),
            with_values: Bits::default(),
            len: 0,
        }
    }

    pub(crate) const fn len(&self) -> u32 {
        self.len
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The id that the next value will have.
    pub(crate) fn next_id(&self) -> ConnId {
        let index = self.with_room.first_from(0).unwrap_or(self.blocks.len());
        let Some(block) = self.blocks.get(index) else {
            return ConnId {
                index: slot_index(index, 0),
                stamp: self.stamp(0),
            };
        };
        let slot = block.taken.trailing_ones() as usize;
        let slots = self.slots.get(index).and_then(Option::as_ref);
        let unused = self.stamp(block.generation);
        ConnId {
            index: slot_index(index, slot),
            stamp: slots.map_or(unused, |slots| slots[slot % BLOCK].stamp),
        }
    }

    pub(crate) fn insert(&mut self, value: T) -> ConnId {
        let id = self.next_id();
        let (index, slot) = (id.index as usize / BLOCK, id.index as usize % BLOCK);
        if index == self.blocks.len() {
            self.blocks.push(Block::default());
            self.slots.push(None);
        }
        let stamp = self.stamp(self.blocks[index].generation);
        let block = &mut self.blocks[index];
        let slots = self.slots[index].get_or_insert_with(|| new_slots(stamp));
        slots[slot].value = Some(value);
        block.taken |= 1 << slot;
        self.with_room.set(index, block.taken != u64::MAX);
        self.with_values.set(index, true);
        self.len += 1;
        id
    }

    /// Takes the value out. Its id is stale from now on.
    pub(crate) fn remove(&mut self, id: ConnId) -> Option<T> {
        let (index, slot) = (id.index as usize / BLOCK, id.index as usize % BLOCK);
        let (block, memory) = (self.blocks.get_mut(index)?, self.slots.get_mut(index)?);
        let slots = memory.as_mut()?;
        let entry = &mut slots[slot];
        if entry.stamp != id.stamp {
            return None;
        }
        let value = entry.value.take()?;
        // A slot whose generations are used up is never used again.
        if let Some(next) = entry.stamp.next() {
            entry.stamp = next;
            block.taken &= !(1 << slot);
            self.with_room.set(index, true);
        }
        let is_vacant = slots.iter().all(|slot| slot.value.is_none());
        if is_vacant {
            self.with_values.set(index, false);
        }
        // The first block stays: a server with few connections does not allocate it over and over.
        if is_vacant && block.taken == 0 && index > 0 {
            let generations = slots.iter().map(|slot| slot.stamp.generation());
            block.generation = generations.max().unwrap_or(0);
            *memory = None;
        }
        self.len -= 1;
        Some(value)
    }

    /// Whether the block of this index has been freed.
    pub(crate) fn is_freed(&self, index: u32) -> bool {
        self.slots(index).is_none()
    }

    #[inline]
    pub(crate) fn get(&self, id: ConnId) -> Option<&T> {
        let slot = self.slot(id.index())?;
        if slot.stamp != id.stamp {
            return None;
        }
        slot.value.as_ref()
    }

    #[inline]
    pub(crate) fn get_mut(&mut self, id: ConnId) -> Option<&mut T> {
        let slot = self.slot_mut(id.index())?;
        if slot.stamp != id.stamp {
            return None;
        }
        slot.value.as_mut()
    }

    /// The value at this index.
    #[inline]
    pub(crate) fn at_mut(&mut self, index: u32) -> Option<&mut T> {
        self.slot_mut(index)?.value.as_mut()
    }

    /// The id of the first value at this index or behind it.
    pub(crate) fn next_from(&self, index: u32) -> Option<ConnId> {
        let (mut block, mut first) = (index as usize / BLOCK, index as usize % BLOCK);
        loop {
            let next = self.with_values.first_from(block)?;
            if next != block {
                (block, first) = (next, 0);
            }
            // A slot without generations left is taken, and has no value.
            for slot in first..BLOCK {
                if let Some(id) = self.id_at(slot_index(block, slot)) {
                    return Some(id);
                }
            }
            (block, first) = (block + 1, 0);
        }
    }

    /// The ids of all values, in order of their indices.
    pub(crate) fn ids(&self) -> impl Iterator<Item = ConnId> {
        let mut from = 0;
        core::iter::from_fn(move || {
            let id = self.next_from(from)?;
            from = id.index + 1;
            Some(id)
        })
    }

    fn id_at(&self, index: u32) -> Option<ConnId> {
        let slot = self.slot(index)?;
        slot.value.as_ref()?;
        Some(ConnId {
            index,
            stamp: slot.stamp,
        })
    }

    const fn stamp(&self, generation: u32) -> Stamp {
        Stamp([generation, self.server])
    }

    #[inline]
    fn slots(&self, index: u32) -> Option<&[Slot<T>; BLOCK]> {
        self.slots.get(index as usize / BLOCK)?.as_deref()
    }

    #[inline]
    fn slot(&self, index: u32) -> Option<&Slot<T>> {
        Some(&self.slots(index)?[index as usize % BLOCK])
    }

    #[inline]
    fn slot_mut(&mut self, index: u32) -> Option<&mut Slot<T>> {
        let slots = self.slots.get_mut(index as usize / BLOCK)?.as_mut()?;
        Some(&mut slots[index as usize % BLOCK])
    }
}

#[expect(clippy::unnecessary_box_returns, reason = "a block never moves")]
fn new_slots<T>(stamp: Stamp) -> Box<[Slot<T>; BLOCK]> {
    Box::new(core::array::from_fn(|_| Slot { stamp, value: None }))
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

    /// The smallest number in the set that is not below `from`.
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
}

/// The index of a slot of a block.
fn slot_index(block: usize, slot: usize) -> u32 {
    u32::try_from(block * BLOCK + slot).expect("connections are bounded by a u32")
}

/// Slots per block: the bits of a word. Small, since a part of the last block is unused.
const BLOCK: usize = u64::BITS as usize;
const WORD: usize = u64::BITS as usize;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s12_a_stale_id_never_names_the_next_in_its_place() {
        let mut slab = Slab::new();
        let first = slab.insert("first");
        assert_eq!(slab.remove(first), Some("first"));
        let second = slab.insert("second");
        assert_eq!(second.index(), first.index());
        assert_ne!(second, first);
        assert_eq!(slab.get(first), None);
        assert_eq!(slab.get_mut(first), None);
        assert_eq!(slab.remove(first), None);
        assert_eq!(slab.get(second), Some(&"second"));
        assert_eq!(
            (first.to_string(), second.to_string()),
            ("0".into(), "0.1".into())
        );
        assert_ne!(first.to_u64(), second.to_u64());
    }

    #[test]
    fn r12_an_id_belongs_to_one_server() {
        let (mut here, mut there) = (Slab::new(), Slab::new());
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
    fn slots_are_used_again_before_new_ones_are_made() {
        let mut slab = Slab::new();
        let ids: Vec<_> = (0..1000).map(|n| slab.insert(n)).collect();
        assert_eq!(slab.len(), 1000);
        for id in &ids {
            assert_eq!(slab.next_id(), slab.next_id());
            slab.remove(*id);
        }
        assert!(slab.is_empty());
        for n in 0..1000 {
            let expected = slab.next_id();
            assert_eq!(slab.insert(n), expected);
        }
        assert_eq!(slab.len(), 1000);
    }

    #[test]
    fn id_at_returns_the_id_of_a_value() {
        let mut slab = Slab::new();
        let id = slab.insert(());
        assert_eq!(slab.id_at(id.index()), Some(id));
        slab.remove(id);
        assert_eq!(slab.id_at(id.index()), None);
        assert_eq!(slab.id_at(12345), None);
    }

    #[test]
    fn a_slot_without_generations_left_is_retired() {
        let mut slab = Slab::new();
        let id = slab.insert(1);
        let stamp = slab.stamp(u32::MAX);
        slab.slot_mut(id.index()).expect("it is in use").stamp = stamp;
        let last = slab.id_at(id.index()).expect("it is in use");
        assert_eq!(slab.remove(last), Some(1));
        let next = slab.insert(2);
        assert_ne!(next.index(), id.index());
        assert_eq!(slab.next_from(0), Some(next));
    }

    #[test]
    fn r43_memory_and_the_walk_follow_the_values_that_are_there() {
        let mut slab = Slab::new();
        let ids: Vec<_> = (0..100_000).map(|n| slab.insert(n)).collect();
        for (n, id) in ids.iter().enumerate() {
            if n % 10_000 != 9_999 {
                slab.remove(*id);
            }
        }
        let blocks = slab.slots.iter().filter(|block| block.is_some());
        assert_eq!(blocks.count(), 11, "ten with a value, and the first");
        let left: Vec<_> = ids.iter().skip(9_999).step_by(10_000).copied().collect();
        assert_eq!(slab.ids().collect::<Vec<_>>(), left);
        // An id of a block that was given back stays stale when the block is used again.
        let again: Vec<_> = (0..99_990).map(|n| slab.insert(n)).collect();
        assert_eq!(slab.len(), 100_000);
        assert!(
            ids.iter()
                .all(|id| slab.get(*id).is_some() == left.contains(id))
        );
        assert!(again.iter().all(|id| slab.get(*id).is_some()));
        for id in again.iter().chain(&left) {
            assert!(slab.remove(*id).is_some());
        }
        assert_eq!(slab.next_from(0), None);
        assert!(slab.is_freed(64) && !slab.is_freed(63));
    }
}
