//! What is so of a peer, and what is not.

/// A few facts in one word.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Flags(u32);

impl Flags {
    /// It is in the list of those to be visited.
    pub(crate) const QUEUED: u32 = 1;
    /// It is in the list of those to be flushed.
    pub(crate) const DIRTY: u32 = 1 << 1;
    /// The socket took no more; it will tell when it does.
    pub(crate) const BLOCKED: u32 = 1 << 2;
    /// The socket told that it takes more.
    pub(crate) const WRITABLE: u32 = 1 << 3;
    /// There may be something to read.
    pub(crate) const READABLE: u32 = 1 << 4;
    /// The end of the stream was seen coming, or urgent data (RFC 9293 §3.8.5), at which reads stop: no short read counts as the last.
    pub(crate) const HANGUP: u32 = 1 << 5;
    /// Both directions are dead.
    pub(crate) const GONE: u32 = 1 << 6;
    /// Writing failed: what came before is still read.
    pub(crate) const BROKEN: u32 = 1 << 7;
    /// It is not read from, since the program asked for that.
    pub(crate) const PAUSED: u32 = 1 << 8;
    /// It is not read from, since too much is queued for it.
    pub(crate) const CONGESTED: u32 = 1 << 9;
    /// Some of its bytes are in a turn.
    pub(crate) const LENT: u32 = 1 << 10;
    /// The end of its stream was read.
    pub(crate) const ENDED: u32 = 1 << 11;
    /// Our side of the stream was ended.
    pub(crate) const SHUT: u32 = 1 << 12;
    /// It had a second time to end.
    pub(crate) const GRACED: u32 = 1 << 13;
    /// It may have topics.
    pub(crate) const SUBSCRIBED: u32 = 1 << 14;
    /// Our Close was asked for by this side.
    pub(crate) const CLOSING: u32 = 1 << 15;
    /// It may have events that come of no further bytes: its turn was left early, or it was paused in the midst of one.
    pub(crate) const PENDING: u32 = 1 << 17;
    /// Its messages may be compressed.
    pub(crate) const DEFLATE: u32 = 1 << 18;
    /// It is waited for as one that takes nothing.
    pub(crate) const STALLED: u32 = 1 << 19;
    /// Its last message was large: that much of it came.
    pub(crate) const BULKY: u32 = 1 << 20;
    /// It has a message that began and did not end.
    pub(crate) const ASSEMBLING: u32 = 1 << 25;
    /// The message before the one under way was large.
    pub(crate) const PROVEN: u32 = 1 << 24;
    /// Its request is a HEAD: no answer to it has a body.
    pub(crate) const HEAD: u32 = 1 << 26;
    /// It asked for a page, not for a WebSocket connection.
    pub(crate) const HTTP: u32 = 1 << 16;

    /// Its Close, or the last of what it is sent, has not been offered to the system: only then does its timeout begin, for the program may be
    /// away until then.
    pub(crate) const UNTIMED: u32 = 1 << 21;

    /// The program was told that a message waits for it, and is to be told when it does not any more.
    pub(crate) const OWED: u32 = 1 << 22;
    /// A message for it was refused because of what others have queued; it is in the list of those to be told when there is room.
    pub(crate) const REFUSED: u32 = 1 << 23;

    /// Whether any of `flags` is set.
    #[inline]
    pub(crate) const fn has(self, flags: u32) -> bool {
        self.0 & flags != 0
    }

    /// Those of `flags` that are set.
    #[inline]
    pub(crate) const fn of(self, flags: u32) -> u32 {
        self.0 & flags
    }

    #[inline]
    pub(crate) const fn set(&mut self, flags: u32) {
        self.0 |= flags;
    }

    #[inline]
    pub(crate) const fn clear(&mut self, flags: u32) {
        self.0 &= !flags;
    }
}
