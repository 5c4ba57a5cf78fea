//! Flags of a connection and of its states.

/// Defines a set of flags in one word.
macro_rules! flags {
    ($(#[$doc:meta])* $name:ident { $($(#[$flag_doc:meta])* $flag:ident = $bit:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        pub(crate) struct $name(u16);

        impl $name {
            $($(#[$flag_doc])* pub(crate) const $flag: u16 = 1 << $bit;)*

            /// Whether any of `flags` is set.
            #[inline]
            pub(crate) const fn has(self, flags: u16) -> bool {
                self.0 & flags != 0
            }

            #[inline]
            pub(crate) const fn set(&mut self, flags: u16) {
                self.0 |= flags;
            }

            #[inline]
            pub(crate) const fn clear(&mut self, flags: u16) {
                self.0 &= !flags;
            }
        }
    };
}

flags! {
    /// Flags of the byte stream, and of the queues of work that a connection is in.
    StreamFlags {
        /// The connection is in the queue of those to visit.
        QUEUED = 0,
        /// It is in the list of those to flush.
        DIRTY = 1,
        /// The socket took no more. Readiness will be reported.
        BLOCKED = 2,
        /// The socket has become writable.
        WRITABLE = 3,
        /// Bytes may wait to be read.
        READABLE = 4,
        /// The end of the stream or urgent data (RFC 9293 §3.8.5) was reported, at which reads
        /// stop: no short read counts as the last.
        HANGUP = 5,
        /// Both directions are dead.
        GONE = 6,
        /// Writing failed. Bytes that arrived before are still read.
        BROKEN = 7,
        /// Some of its bytes are in a turn.
        LENT = 8,
        /// It may have events that need no further bytes: its turn was dropped early, or it was
        /// paused in the midst of one.
        PENDING = 9,
        /// It has, or had, subscriptions: all messages of one turn are one write.
        SUBSCRIBED = 10,
    }
}

flags! {
    /// Flags of an open connection.
    OpenFlags {
        /// The program has paused reading.
        PAUSED = 0,
        /// Reading has stopped since too much is queued.
        CONGESTED = 1,
        /// This side has begun the closing handshake.
        CLOSING = 2,
        /// Its messages may be compressed.
        DEFLATE = 3,
        /// It has, or had, the timeout of a peer that takes nothing.
        STALLED = 4,
        /// Its Close has not been offered to the system. Its timeout begins only then, since the
        /// program may not poll until then.
        UNTIMED = 5,
        /// The program was told that a message waits, and must be told when none does.
        OWED = 6,
        /// A message was refused for the limit of all, and the connection is in the list of those
        /// to tell when there is room.
        REFUSED = 7,
        /// A large part of its last message has arrived.
        BULKY = 8,
        /// The message before the one under way was large.
        PROVEN = 9,
        /// It has a message that has begun and not ended.
        ASSEMBLING = 10,
        /// Its closing handshake had a second timeout.
        EXTENDED = 11,
    }
}

flags! {
    /// Flags of a connection that is over for the program.
    LeavingFlags {
        /// This side's end of the stream has been sent.
        SHUT = 0,
        /// The end of the peer's stream has been read.
        ENDED = 1,
        /// The last bytes have not been offered to the system. The timeout begins only then.
        UNTIMED = 2,
        /// The end of its stream had a second timeout.
        EXTENDED = 3,
    }
}
