//! The place that decrypted bytes go to.

use core::mem;

/// Room of the server's for decrypted bytes. What does not fit stays with the stream.
pub(super) struct Sink<'s> {
    room: Room<'s>,
    filled: usize,
    /// Decrypted bytes that did not fit: the end of one record.
    overflow: Vec<u8>,
}

enum Room<'s> {
    Slice(&'s mut [u8]),
    /// Behind what is in the buffer, at most so many bytes.
    Append(&'s mut Vec<u8>, usize),
}

impl<'s> Sink<'s> {
    pub(super) const fn slice(into: &'s mut [u8]) -> Self {
        Self::new(Room::Slice(into))
    }

    pub(super) const fn append(buffer: &'s mut Vec<u8>, most: usize) -> Self {
        Self::new(Room::Append(buffer, most))
    }

    const fn new(room: Room<'s>) -> Self {
        Self {
            room,
            filled: 0,
            overflow: Vec::new(),
        }
    }

    /// How many bytes have come.
    pub(super) const fn filled(&self) -> usize {
        self.filled
    }

    /// How many bytes more have room.
    pub(super) fn left(&self) -> usize {
        match &self.room {
            Room::Slice(into) => into.len() - self.filled,
            Room::Append(_, most) => most - self.filled,
        }
    }

    pub(super) fn put(&mut self, bytes: &[u8]) {
        let (fits, rest) = bytes.split_at(bytes.len().min(self.left()));
        match &mut self.room {
            Room::Slice(into) => into[self.filled..self.filled + fits.len()].copy_from_slice(fits),
            Room::Append(buffer, _) => buffer.extend_from_slice(fits),
        }
        self.filled += fits.len();
        self.overflow.extend_from_slice(rest);
    }

    pub(super) fn take_overflow(&mut self) -> Vec<u8> {
        mem::take(&mut self.overflow)
    }
}
