//! Where a head ends.

use super::error::HeadError;
use super::limits::Limits;
use crate::headers::grammar::{find, is_control};

/// Finds the end of a head that comes in pieces, and looks at each byte once.
///
/// Give it the bytes as they come, each once. What cannot become a head of HTTP/1.1 is refused at the byte that shows it: a
/// limit passed, CR and LF apart, control characters in the first line. The verdict does not depend on how the
/// bytes are cut. When it has found the end, the head can be parsed with [`Request::parse`](crate::Request::parse) or
/// [`ServerResponse::parse`](crate::ServerResponse::parse).
///
/// ```
/// use ws_handshake::HeadScanner;
///
/// let mut scanner = HeadScanner::default();
/// assert_eq!(scanner.scan(b"GET / HTTP/1.1\r\nHost: a\r\n")?, None);
/// assert_eq!(scanner.scan(b"\r\n\x81\x80")?, Some(2)); // the head ends after 2 more bytes, frames follow
/// assert_eq!(scanner.examined(), 27);
/// # Ok::<(), ws_handshake::HeadError>(())
/// ```
#[derive(Clone, Debug)]
pub struct HeadScanner {
    limits: Limits,
    examined: usize,
    /// Bytes of the first line so far.
    line: usize,
    state: State,
}

/// What the bytes so far end with.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum State {
    /// Nothing yet.
    Start,
    /// The CR of an empty line before the first line.
    StartCr,
    /// An empty line, and perhaps some of the first line.
    FirstLine,
    /// The CR that ends the first line.
    FirstLineCr,
    /// Some of a field.
    Field,
    /// The CR that ends a field.
    FieldCr,
    /// The LF that ends a line.
    LineStart,
    /// The CR of the empty line that ends the head.
    LastCr,
    /// The head.
    Done,
    /// A fault.
    Failed(HeadError),
}

impl HeadScanner {
    /// A scanner for one head.
    #[must_use]
    pub const fn new(limits: Limits) -> Self {
        Self {
            limits,
            examined: 0,
            line: 0,
            state: State::Start,
        }
    }

    /// Looks at `new`, the bytes since the last call. `Some(n)`: the head ends with the first `n` of them, the others
    /// belong to what follows. `None`: all of them belong to the head, and it goes on.
    ///
    /// After an error the scanner keeps to it; after the end it finds the end again after 0 bytes.
    pub fn scan(&mut self, new: &[u8]) -> Result<Option<usize>, HeadError> {
        let allowed = new.len().min(self.limits.head - self.examined);
        let (window, beyond) = new.split_at(allowed);
        let rest = self.advance(window);
        let taken = window.len() - rest.len();
        self.examined += taken;
        match self.state {
            State::Done => Ok(Some(taken)),
            State::Failed(error) => Err(error),
            _ if beyond.is_empty() => Ok(None),
            _ => self.fail(HeadError::TooLarge),
        }
    }

    /// Begins with another head, for a client that passed over an interim answer. The limit of the head is for all of
    /// them together, so that interim answers cannot go on for ever.
    ///
    /// It does nothing before the end of the head, and nothing after an error.
    pub const fn next_head(&mut self) {
        if matches!(self.state, State::Done) {
            self.line = 0;
            self.state = State::Start;
        }
    }

    /// How many bytes of the head were looked at, over all calls. Zero: none has come yet.
    #[must_use]
    pub const fn examined(&self) -> usize {
        self.examined
    }

    /// Runs until the window is used up or the head ended, one way or the other; gives back what was not looked at.
    fn advance<'a>(&mut self, window: &'a [u8]) -> &'a [u8] {
        let mut rest = window;
        while let [byte, tail @ ..] = rest {
            (self.state, rest) = match (self.state, byte) {
                (State::Done | State::Failed(_), _) => return rest,
                (State::Start | State::LineStart | State::Field, b'\n') => {
                    (State::Failed(HeadError::LineEnd), tail)
                }
                (State::Field, _) => field(rest),
                (State::Start, b'\r') => (State::StartCr, tail),
                (State::StartCr, b'\n') => (State::FirstLine, tail),
                (State::Start | State::FirstLine, _) => self.first_line(rest),
                (State::FirstLineCr | State::FieldCr, b'\n') => (State::LineStart, tail),
                (State::LineStart, b'\r') => (State::LastCr, tail),
                (State::LineStart, _) => (State::Field, rest),
                (State::LastCr, b'\n') => (State::Done, tail),
                (State::StartCr | State::FirstLineCr | State::FieldCr | State::LastCr, _) => {
                    (State::Failed(HeadError::LineEnd), tail)
                }
            };
        }
        rest
    }

    /// Goes over the first line up to its end, or to a byte that it cannot have.
    fn first_line<'a>(&mut self, rest: &'a [u8]) -> (State, &'a [u8]) {
        let len = find(rest, is_control).unwrap_or(rest.len());
        let line = self.line;
        self.line += len;
        if self.line > self.limits.start_line {
            let fault = self.limits.start_line - line;
            return (State::Failed(HeadError::StartLineTooLong), &rest[fault + 1..]);
        }
        match &rest[len..] {
            [] => (State::FirstLine, &[]),
            [b'\r', tail @ ..] if self.line == 0 => (State::Failed(HeadError::EmptyLines), tail),
            [b'\r', b'\n', tail @ ..] => (State::LineStart, tail),
            [b'\r', tail @ ..] => (State::FirstLineCr, tail),
            [b'\n', tail @ ..] => (State::Failed(HeadError::LineEnd), tail),
            [_, tail @ ..] => (State::Failed(HeadError::StartLine), tail),
        }
    }

    #[cold]
    fn fail(&mut self, error: HeadError) -> Result<Option<usize>, HeadError> {
        self.state = State::Failed(error);
        Err(error)
    }
}

impl Default for HeadScanner {
    fn default() -> Self {
        Self::new(Limits::default())
    }
}

/// Goes over whole lines up to where the head ends or CR and LF stand apart, and stops before that pair.
///
/// One pair of neighbours is looked at after the other, however the lines are: a head has one place to stop at, not one
/// per line, so that this is vector code nearly all the way.
fn field(rest: &[u8]) -> (State, &[u8]) {
    let at = skip_plain_pairs(rest);
    match &rest[at..] {
        [b'\r'] => (State::FieldCr, &[]),
        [b'\n'] => (State::LineStart, &[]),
        [b'\r', tail @ ..] => (State::FieldCr, tail),
        [b'\n', b'\r', b'\n', tail @ ..] => (State::Done, tail),
        [b'\n', tail @ ..] => (State::LineStart, tail),
        [_, b'\n', tail @ ..] => (State::Failed(HeadError::LineEnd), tail),
        [_, tail @ ..] => (State::Field, tail),
        [] => (State::Field, &[]),
    }
}

/// How many bytes from the front are followed by one that they may be followed by inside a head. At most all but one.
fn skip_plain_pairs(bytes: &[u8]) -> usize {
    let Some((_, seconds @ [_, ..])) = bytes.split_first() else {
        return 0;
    };
    let mut plain = skip_plain_blocks::<64>(bytes, seconds);
    plain += skip_plain_blocks::<16>(&bytes[plain..], &seconds[plain..]);
    plain += skip_plain_blocks::<4>(&bytes[plain..], &seconds[plain..]);
    let mut pairs = bytes[plain..].iter().zip(&seconds[plain..]);
    plain + pairs.position(is_stop).unwrap_or(seconds.len() - plain)
}

/// The same, as long as all of a block are.
fn skip_plain_blocks<const LEN: usize>(firsts: &[u8], seconds: &[u8]) -> usize {
    let firsts = firsts.as_chunks::<LEN>().0.iter();
    let seconds = seconds.as_chunks::<LEN>().0.iter();
    let blocks = firsts.zip(seconds);
    let is_plain = |(firsts, seconds): &(&[u8; LEN], &[u8; LEN])| {
        !firsts
            .iter()
            .zip(*seconds)
            .fold(false, |stop, pair| stop | is_stop(pair))
    };
    blocks.take_while(is_plain).count() * LEN
}

/// CR without LF, LF without CR, or the LF CR that begins the end.
#[expect(clippy::needless_bitwise_bool, reason = "without branches it is vector code")]
const fn is_stop((first, second): (&u8, &u8)) -> bool {
    ((*first == b'\r') != (*second == b'\n')) | ((*first == b'\n') & (*second == b'\r'))
}
