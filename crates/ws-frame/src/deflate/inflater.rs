//! Decompression of messages.

use alloc::vec::Vec;
use core::fmt;

use zlib_rs::{Inflate, InflateFlush, Status};

use super::Decompressor;
use super::contexts::new_decompressor;
use super::deflater::{Fed, MAX_COUNT, RECOUNT_AFTER, call_decompressor, extend_by};
use super::history::History;
use crate::ProtocolError;

/// Decompressor of the messages of one peer (RFC 7692 §7.2.2). A [`Connection`](crate::Connection)
/// with [`with_deflate`](crate::Connection::with_deflate) has one.
///
/// For each message, call [`inflate`](Self::inflate) with the payloads of its frames, in any
/// pieces, then [`finish`](Self::finish). Do not use it after an error.
///
/// ```
/// use ws_frame::deflate::{Decompressor, Inflated, Inflater};
///
/// let mut inflater = Inflater::new(Decompressor::Dedicated, true);
/// let mut message = Vec::new();
/// let mut payload = &b"\xf2\x48\xcd\xc9\xc9\x07\x00"[..];
/// assert_eq!(inflater.inflate(&mut payload, &mut message, usize::MAX, 1024), Ok(Inflated::All));
/// inflater.finish()?;
/// assert_eq!(message, b"Hello");
/// # Ok::<(), ws_frame::ProtocolError>(())
/// ```
pub struct Inflater {
    source: Decompressor,
    keeps_context: bool,
    decompressor: Option<Inflate>,
    standing: Standing,
    history: History,
    /// The inflated length so far of the message under way.
    len: u64,
    /// The compressed length so far of the message under way.
    taken: u64,
    /// The number of times that the message under way continued after a final block.
    restarts: u64,
}

/// The extent to which [`Inflater::inflate`] took its input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
#[expect(
    clippy::exhaustive_enums,
    reason = "the output has room left or it has not"
)]
pub enum Inflated {
    /// All input was taken and inflated.
    All,
    /// The room in the output was used up. There may be more, even if the input is empty.
    Some,
}

impl Inflater {
    /// A decompressor for one peer. With `keeps_context`, the peer may refer to earlier messages
    /// (RFC 7692 §7.1.1).
    #[must_use]
    pub fn new(source: Decompressor, keeps_context: bool) -> Self {
        Self {
            source,
            keeps_context,
            decompressor: None,
            standing: Standing::Apart,
            history: History::default(),
            len: 0,
            taken: 0,
            restarts: 0,
        }
    }

    /// Takes bytes off the front of `input`, inflates them and appends at most `room` bytes to
    /// `output`. `limit` is the longest message, inflated, in bytes, inclusive.
    ///
    /// # Errors
    ///
    /// In each case `output` has the good bytes before the error.
    ///
    /// - [`ProtocolError::InvalidDeflate`]: the input is not DEFLATE, or refers to bytes that are
    ///   not there.
    /// - [`ProtocolError::MessageTooBig`]: the message is longer than `limit`. Where a C `long` has
    ///   32 bits, also after 2 GiB of compressed input in one message.
    /// - [`ProtocolError::TooManyFinalBlocks`]: the message continued after final blocks too often.
    pub fn inflate(
        &mut self,
        input: &mut &[u8],
        output: &mut Vec<u8>,
        room: usize,
        limit: u64,
    ) -> Result<Inflated, ProtocolError> {
        let end = output.len().saturating_add(room);
        let mut step = input
            .len()
            .saturating_mul(4)
            .clamp(SMALLEST_STEP, LARGEST_STEP);
        while !input.is_empty() || self.standing == Standing::Inside {
            // One byte beyond the limit, to detect a longer message.
            let left = limit.saturating_sub(self.len).saturating_add(1);
            let most = usize::try_from(left)
                .unwrap_or(usize::MAX)
                .min(end - output.len());
            if most == 0 {
                return Ok(Inflated::Some);
            }
            let made = self.step(input, output, step.min(most), most, limit)?;
            if made < step.min(most) && input.is_empty() {
                break;
            }
            step = (step * 2).min(LARGEST_STEP);
        }
        Ok(Inflated::All)
    }

    /// Ends the message, all of which has been inflated.
    ///
    /// # Errors
    ///
    /// [`ProtocolError::InvalidDeflate`] if the message was cut inside a block.
    pub fn finish(&mut self) -> Result<(), ProtocolError> {
        if self.standing == Standing::Apart {
            self.decompressor().reset(false);
            self.prime()?;
        }
        if self.standing != Standing::AfterLastBlock {
            self.standing = cross_tail(self.decompressor())?;
        }
        (self.len, self.taken, self.restarts) = (0, 0, 0);
        if self.decompressor().total_in() > RECOUNT_AFTER {
            self.standing = Standing::Apart;
        }
        if !self.keeps_context {
            self.history.clear();
        }
        if !self.keeps_context || self.standing == Standing::AfterLastBlock {
            self.standing = Standing::Apart;
        }
        if let Decompressor::Shared(contexts) = &self.source {
            self.standing = Standing::Apart;
            self.decompressor
                .take()
                .into_iter()
                .for_each(|decompressor| contexts.give_back(decompressor));
        }
        Ok(())
    }

    /// The memory of a shared decompressor that the message under way holds, in bytes.
    pub(crate) const fn borrowed(&self) -> usize {
        match (&self.source, &self.decompressor) {
            (Decompressor::Shared(_), Some(_)) => DECOMPRESSOR_LEN,
            _ => 0,
        }
    }

    /// Inflates at most `len` bytes. Returns the number of bytes made.
    fn step(
        &mut self,
        input: &mut &[u8],
        output: &mut Vec<u8>,
        len: usize,
        most: usize,
        limit: u64,
    ) -> Result<usize, ProtocolError> {
        self.restart()?;
        if self.standing == Standing::Apart {
            let fed = self.feed(input, &mut [])?;
            if fed.status? == Status::StreamEnd {
                // Empty blocks up to a final one refer to nothing: the history is not needed.
                self.standing = Standing::AfterLastBlock;
                return Ok(0);
            }
            self.prime()?;
        }
        let at = output.len();
        let fed = self.feed(input, extend_by(output, len, most))?;
        output.truncate(at + fed.made);
        self.history.extend(&output[at..]);
        self.len = self.len.saturating_add(fed.made as u64);
        if self.len > limit {
            output.pop();
            return Err(ProtocolError::MessageTooBig);
        }
        if fed.status? == Status::StreamEnd {
            self.standing = Standing::AfterLastBlock;
        } else if fed.is_idle() && !input.is_empty() {
            return Err(ProtocolError::InvalidDeflate);
        }
        Ok(fed.made)
    }

    /// Starts a new stream where one is due. Fails if the message continues after final blocks too
    /// often: each time the history must be given to the decompressor again.
    fn restart(&mut self) -> Result<(), ProtocolError> {
        if self.standing == Standing::AfterLastBlock {
            self.restarts += 1;
            if self.restarts > FREE_RESTARTS + self.taken / BYTES_PER_RESTART {
                return Err(ProtocolError::TooManyFinalBlocks);
            }
            self.standing = Standing::Apart;
        }
        if self.standing == Standing::Apart {
            self.decompressor().reset(false);
        }
        Ok(())
    }

    /// Gives the history to a decompressor that has inflated nothing yet.
    fn prime(&mut self) -> Result<(), ProtocolError> {
        let decompressor = self.decompressor.get_or_insert_with(|| take(&self.source));
        self.history
            .prime(decompressor)
            .map_err(|_| ProtocolError::InvalidDeflate)?;
        self.standing = Standing::Inside;
        Ok(())
    }

    fn decompressor(&mut self) -> &mut Inflate {
        self.decompressor.get_or_insert_with(|| take(&self.source))
    }

    /// Calls the decompressor once. Takes bytes off the front of `input`.
    fn feed(&mut self, input: &mut &[u8], output: &mut [u8]) -> Result<Fed, ProtocolError> {
        let decompressor = self.decompressor();
        if decompressor.total_in().saturating_add(input.len() as u64) > MAX_COUNT {
            return Err(ProtocolError::MessageTooBig);
        }
        let fed = call_decompressor(decompressor, input, output, InflateFlush::NoFlush);
        *input = &input[fed.used..];
        self.taken = self.taken.saturating_add(fed.used as u64);
        Ok(fed)
    }
}

fn take(source: &Decompressor) -> Inflate {
    match source {
        Decompressor::Dedicated => new_decompressor(),
        Decompressor::Shared(contexts) => contexts.take_decompressor(),
    }
}

impl fmt::Debug for Inflater {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inflater")
            .field("source", &self.source)
            .field("keeps_context", &self.keeps_context)
            .field("has_decompressor", &self.decompressor.is_some())
            .field("len", &self.len)
            .finish_non_exhaustive()
    }
}

/// Position of the decompressor in the peer's stream of blocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Standing {
    /// Unrelated: it must be reset and given the history first.
    Apart,
    /// The last byte ended a final block (RFC 7692 §7.2.3.4). A new stream with the same window
    /// follows. The decompressor must be reset and given the history first.
    AfterLastBlock,
    /// After the last byte received.
    Inside,
}

/// Inflates the bytes that the sender cut off, and checks that they ended an empty stored block, as
/// RFC 7692 §7.2.1 demands. Otherwise the message was cut inside a block, and the next message
/// would continue that block.
///
/// The decompressor does not report its position. But when it is told to stop after each block, it
/// leaves a guard byte unread there, and only there. If that block was final, the next call finds
/// the end of the stream. If not, the next call takes another empty stored block and finds no end
/// after it, provided that the decompressor is at a byte boundary. Anywhere else, it would read the
/// last bits of the tail, which are ones, as the header of a final or an invalid block.
fn cross_tail(decompressor: &mut Inflate) -> Result<Standing, ProtocolError> {
    let mut nothing = [0];
    let mut stop_at_block =
        |input: &[u8]| call_decompressor(decompressor, input, &mut nothing, InflateFlush::Block);
    let tail = stop_at_block(TAIL_AND_GUARD);
    if (tail.used, tail.made) != (TAIL_AND_GUARD.len() - 1, 0) {
        return Err(ProtocolError::InvalidDeflate);
    }
    if stop_at_block(EMPTY_STORED_BLOCK).status? == Status::StreamEnd {
        return Ok(Standing::AfterLastBlock);
    }
    match stop_at_block(&[]).status? {
        Status::BufError => Ok(Standing::Inside),
        _ => Err(ProtocolError::InvalidDeflate),
    }
}

/// The memory of a decompressor with its window, in bytes.
const DECOMPRESSOR_LEN: usize = 47 * 1024;

const TAIL_AND_GUARD: &[u8] = &[0x00, 0x00, 0xff, 0xff, 0x00];

const EMPTY_STORED_BLOCK: &[u8] = &[0x00, 0x00, 0x00, 0xff, 0xff];

/// The number of times that a message may continue after a final block: this many, and once more
/// for each [`BYTES_PER_RESTART`] compressed bytes. Each time costs about as much as inflating
/// several KiB. Senders that write final blocks write one per message, and an empty block after it.
const FREE_RESTARTS: u64 = 4;
const BYTES_PER_RESTART: u64 = 16;

/// The output grows in steps from four times the input, the ratio of text, and doubles them. In
/// bytes.
const SMALLEST_STEP: usize = 256;

/// The longest step, which stays in the first cache.
const LARGEST_STEP: usize = 16 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    /// The decompressor adds up the bytes of its stream in a `c_ulong`, which has 32 bits on many
    /// targets.
    #[test]
    fn r73_the_decompressor_begins_to_count_anew_long_before_its_count_overflows() {
        let mut inflater = Inflater::new(Decompressor::Dedicated, true);
        let stored =
            |byte: u8| [&[0x00, 0xE8, 0x03, 0x17, 0xFC][..], &[byte; 1000], &[0x00]].concat();
        // A block of fixed codes: copy 3 bytes from a distance of 1, end; then the header of an
        // empty stored block.
        let refers = [0x02, 0x02, 0x00, 0x00];
        let mut recounted = 0;
        for round in 0..RECOUNT_AFTER / 200 {
            let mut message = Vec::new();
            let byte = round.to_le_bytes()[0];
            let outcome = inflater.inflate(&mut &stored(byte)[..], &mut message, usize::MAX, 1000);
            assert_eq!(outcome, Ok(Inflated::All));
            inflater.finish().unwrap();
            assert_eq!(message, [byte; 1000]);
            recounted += u32::from(inflater.standing == Standing::Apart);
            assert!(inflater.decompressor().total_in() < RECOUNT_AFTER + 1100);
            message.clear();
            let outcome = inflater.inflate(&mut &refers[..], &mut message, usize::MAX, 1000);
            assert_eq!(outcome, Ok(Inflated::All));
            inflater.finish().unwrap();
            assert_eq!(message, [byte; 3], "the context is kept");
        }
        assert!(recounted > 2, "{recounted}");
    }
}
