use alloc::vec::Vec;
use core::fmt;

use zlib_rs::{Inflate, InflateFlush, Status};

use super::contexts::new_decompressor;
use super::feed::{self, Fed, MAX_COUNT, RECOUNT_AFTER};
use super::history::History;
use super::{Decompressor, room};
use crate::ProtocolError;

/// Inflates the messages that one peer compressed (RFC 7692 §7.2.2), in whatever pieces they come.
///
/// For each message: [`inflate`](Self::inflate) the payloads of its frames, then [`finish`](Self::finish). After an error, no more.
/// [`Connection`](crate::Connection) does so by itself.
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
    /// Bytes that the message under way has inflated to so far.
    len: u64,
    /// Compressed bytes of the message under way that have been taken.
    taken: u64,
    /// How often the message under way has gone on behind a last block.
    restarts: u64,
}

/// Whether [`Inflater::inflate`] came to the end of its input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
#[expect(clippy::exhaustive_enums, reason = "the output has room left or it has not")]
pub enum Inflated {
    /// All of the input, and all that it stands for is in the output.
    All,
    /// The room in the output is used up. There may be more, even when the input is used up.
    Some,
}

impl Inflater {
    /// `keeps_context`: whether the peer may refer to earlier messages, unless it agreed not to (RFC 7692 §7.1.1).
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

    /// Takes bytes off the front of `input` and appends at most `room` bytes, which they stand for, to `output`.
    ///
    /// `limit` bounds the message, in inflated bytes, while it is inflated.
    ///
    /// # Errors
    ///
    /// [`ProtocolError::InvalidDeflate`] when the bytes are not DEFLATE, or refer to what was not there; [`ProtocolError::MessageTooBig`];
    /// [`ProtocolError::TooManyFinalBlocks`]. Then `output` has what was good before.
    pub fn inflate(
        &mut self,
        input: &mut &[u8],
        output: &mut Vec<u8>,
        room: usize,
        limit: u64,
    ) -> Result<Inflated, ProtocolError> {
        let end = output.len().saturating_add(room);
        let mut step = input.len().saturating_mul(4).clamp(SMALLEST_STEP, LARGEST_STEP);
        while !input.is_empty() || self.standing == Standing::Inside {
            // One more than may be, to see whether there is more.
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

    /// The message has ended, and all of it was inflated.
    ///
    /// # Errors
    ///
    /// [`ProtocolError::InvalidDeflate`] when it was cut inside a block.
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

    /// Bytes of a shared decompressor that this holds for the message under way.
    pub(crate) const fn borrowed(&self) -> usize {
        match (&self.source, &self.decompressor) {
            (Decompressor::Shared(_), Some(_)) => DECOMPRESSOR_LEN,
            _ => 0,
        }
    }

    /// One call of the decompressor: `len` bytes at most. Gives how many it made.
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
                // Empty blocks, to the end of a stream: they refer to nothing.
                self.standing = Standing::AfterLastBlock;
                return Ok(0);
            }
            self.prime()?;
        }
        let at = output.len();
        let fed = self.feed(input, room::open(output, len, most))?;
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

    /// Goes on behind a last block, if the message has not done so too often: each time the history has to be told again.
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

    /// Tells a decompressor that has made nothing yet what was inflated before.
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

    /// One call of the decompressor, which takes bytes off the front of `input`.
    fn feed(&mut self, input: &mut &[u8], output: &mut [u8]) -> Result<Fed, ProtocolError> {
        let decompressor = self.decompressor();
        if decompressor.total_in().saturating_add(input.len() as u64) > MAX_COUNT {
            return Err(ProtocolError::MessageTooBig);
        }
        let fed = feed::inflate(decompressor, input, output, InflateFlush::NoFlush);
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

/// Where the decompressor stands in the peer's stream of blocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Standing {
    /// Nowhere: it must forget what it knows and take the history first.
    Apart,
    /// As `Apart`, because the last byte that came ended a block that calls itself the last (RFC 7692 §7.2.3.4). What comes next is a
    /// new stream, with the same window.
    AfterLastBlock,
    /// Behind the last byte that came.
    Inside,
}

/// Feeds what the sender cut off, and makes sure that it was what RFC 7692 §7.2.1 has it cut off: the rest of an empty stored block.
/// Otherwise the message was cut inside a block, and the next one would be read from there.
///
/// The decompressor does not tell where it stands. But when asked to stop behind each block, it leaves a guard byte alone there, and
/// only there. Then, if that block was the last, it meets the end of the stream at once. If not, it takes another empty stored block,
/// and meets no end behind that, when it stands at the edge of a byte. Anywhere else it would read the tail's last bits, which are ones,
/// as the header of a last block, or of none.
fn cross_tail(decompressor: &mut Inflate) -> Result<Standing, ProtocolError> {
    let mut nothing = [0];
    let mut stop_at_block =
        |input: &[u8]| feed::inflate(decompressor, input, &mut nothing, InflateFlush::Block);
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

/// Memory of a decompressor, its window included.
const DECOMPRESSOR_LEN: usize = 47 * 1024;

const TAIL_AND_GUARD: &[u8] = &[0x00, 0x00, 0xff, 0xff, 0x00];

const EMPTY_STORED_BLOCK: &[u8] = &[0x00, 0x00, 0x00, 0xff, 0xff];

/// How often a message may go on behind a last block: so often, and once more for so many compressed bytes. Each time costs about as
/// much as inflating several KiB. Senders that write last blocks write one a message, and an empty block behind it.
const FREE_RESTARTS: u64 = 4;
const BYTES_PER_RESTART: u64 = 16;

/// The output is lengthened by steps: from four times the input, which is what text gives, doubling.
const SMALLEST_STEP: usize = 256;

/// So much is written at a time that it stays in the first cache.
const LARGEST_STEP: usize = 16 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    /// The decompressor adds up the bytes of its stream in a `c_ulong`, which has 32 bits on many targets.
    #[test]
    fn r73_the_decompressor_begins_to_count_anew_long_before_its_count_overflows() {
        let mut inflater = Inflater::new(Decompressor::Dedicated, true);
        let stored = |byte: u8| [&[0x00, 0xE8, 0x03, 0x17, 0xFC][..], &[byte; 1000], &[0x00]].concat();
        // A block of fixed codes: copy 3 bytes from a distance of 1, end; then the header of an empty stored block.
        let refers = [0x02, 0x02, 0x00, 0x00];
        let mut recounted = 0;
        for round in 0..RECOUNT_AFTER / 200 {
            let mut message = Vec::new();
            let byte = round.to_le_bytes()[0];
            let inflated = inflater.inflate(&mut &stored(byte)[..], &mut message, usize::MAX, 1000);
            assert_eq!(inflated, Ok(Inflated::All));
            inflater.finish().unwrap();
            assert_eq!(message, [byte; 1000]);
            recounted += u32::from(inflater.standing == Standing::Apart);
            assert!(inflater.decompressor().total_in() < RECOUNT_AFTER + 1100);
            message.clear();
            let inflated = inflater.inflate(&mut &refers[..], &mut message, usize::MAX, 1000);
            assert_eq!(inflated, Ok(Inflated::All));
            inflater.finish().unwrap();
            assert_eq!(message, [byte; 3], "the context is kept");
        }
        assert!(recounted > 2, "{recounted}");
    }
}
