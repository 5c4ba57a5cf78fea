//! Buffers that all connections of a thread share. An idle connection owns none.
//!
//! A buffer is taken, not borrowed: streams nest (TLS over a proxy over a WebSocket), and the inner
//! one then takes a buffer of its own.

use std::cell::Cell;
use std::mem;
use std::ops::{Deref, DerefMut};

thread_local! {
    static INPUT: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
    static UNREAD: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
    static OUTPUT: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
    static LARGE: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
}

/// The read buffer of a thread. Dropping this returns it.
pub(crate) struct Input(Vec<u8>);

impl Input {
    pub(crate) fn take() -> Self {
        let mut bytes = take(&INPUT);
        if bytes.is_empty() {
            bytes = vec![0; INPUT_LEN];
        }
        Self(bytes)
    }
}

impl Drop for Input {
    fn drop(&mut self) {
        put(&INPUT, mem::take(&mut self.0));
    }
}

impl Deref for Input {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}

impl DerefMut for Input {
    fn deref_mut(&mut self) -> &mut [u8] {
        &mut self.0
    }
}

/// A copy of input that was read and not yet decoded.
#[inline]
pub(crate) fn unread(input: &[u8]) -> Vec<u8> {
    if input.is_empty() {
        return Vec::new();
    }
    let mut bytes = take(&UNREAD);
    bytes.extend_from_slice(input);
    bytes
}

pub(crate) fn put_unread(bytes: Vec<u8>) {
    put_small(&UNREAD, bytes);
}

/// An empty buffer for small frames.
pub(crate) fn take_output() -> Vec<u8> {
    take(&OUTPUT)
}

pub(crate) fn put_output(bytes: Vec<u8>) {
    put_small(&OUTPUT, bytes);
}

/// Keeps the memory of a message that has been written, for the next one: fresh memory costs page
/// faults.
pub(crate) fn put_written(bytes: Vec<u8>) {
    if bytes.capacity() < LARGE_MIN {
        put_small(&OUTPUT, bytes);
    } else {
        put_large(bytes);
    }
}

/// An empty buffer for a message and its header, `len` bytes together. It may hold twice as much.
pub(crate) fn take_large(len: usize) -> Vec<u8> {
    let bytes = take(&LARGE);
    if (len..=2 * len).contains(&bytes.capacity()) {
        return bytes;
    }
    put(&LARGE, bytes);
    Vec::with_capacity(len)
}

pub(crate) fn put_large(mut bytes: Vec<u8>) {
    if bytes.capacity() <= LARGE_MAX {
        bytes.clear();
        put(&LARGE, bytes);
    }
}

/// Moves a message to the spare buffer, if that holds `len` bytes and not more than `most`.
pub(crate) fn move_to_large(message: &mut Vec<u8>, len: usize, most: usize) {
    if !(LARGE_MIN..=LARGE_MAX).contains(&len) {
        return;
    }
    let mut spare = take(&LARGE);
    if (len..=most).contains(&spare.capacity()) {
        spare.extend_from_slice(message);
        mem::swap(message, &mut spare);
    } else {
        put(&LARGE, spare);
    }
}

fn take(slot: &'static std::thread::LocalKey<Cell<Vec<u8>>>) -> Vec<u8> {
    slot.try_with(Cell::take).unwrap_or_default()
}

/// Keeps the larger of two buffers. While a thread ends, its slots may be gone; the buffer is then
/// dropped.
fn put(slot: &'static std::thread::LocalKey<Cell<Vec<u8>>>, bytes: Vec<u8>) {
    let kept = slot.try_with(|slot| {
        let other = slot.take();
        let larger = other.capacity() > bytes.capacity();
        slot.set(if larger { other } else { bytes });
    });
    kept.unwrap_or_default();
}

fn put_small(slot: &'static std::thread::LocalKey<Cell<Vec<u8>>>, mut bytes: Vec<u8>) {
    if bytes.capacity() <= SMALL_MAX {
        bytes.clear();
        put(slot, bytes);
    }
}

/// Bytes read at a time.
pub(crate) const INPUT_LEN: usize = 64 * 1024;
/// The largest buffer that is kept for input or small frames, in bytes.
const SMALL_MAX: usize = 128 * 1024;
/// Below this, memory from the allocator is as cheap.
const LARGE_MIN: usize = 32 * 1024;
/// Above this, one buffer per thread would take noticeable memory.
const LARGE_MAX: usize = 4 * 1024 * 1024;
