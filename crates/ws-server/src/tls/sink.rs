//! The destination of decrypted bytes.

use core::mem;

/// Room for decrypted bytes, lent by the server. Bytes that do not fit stay with the stream.
pub(super) struct Sink<'s> {
    room: Room<'s>,
    filled: usize,
    /// Decrypted bytes that did not fit: the end of one record.
    overflow: Vec<u8>,
}

enum Room<'s> {
    Slice(&'s mut [u8]),
    /// Behind the bytes of the buffer, at most this many.
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

    /// Number of bytes put so far.
    pub(super) const fn filled(&self) -> usize {
        self.filled
    }

    /// Number of bytes that still fit.
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
