//! The scanner that finds the end of a head.

use super::error::HeadError;
use super::limits::Limits;
use crate::headers::grammar::{find, is_control};

/// Finds the end of a head that comes in pieces, and looks at each byte once.
///
/// Give it the received bytes, each once. It refuses a head at the byte that shows a fault: a limit
/// is exceeded, CR and LF are apart, or the first line has a control character. The result does not
/// depend on how the bytes are cut. Then [`Request::parse`](crate::Request::parse) or
/// [`ServerResponse::parse`](crate::ServerResponse::parse) takes the head.
///
/// ```
/// use ws_handshake::HeadScanner;
///
/// let mut scanner = HeadScanner::default();
/// assert_eq!(scanner.scan(b"GET / HTTP/1.1\r\nHost: a\r\n")?, None);
/// assert_eq!(scanner.scan(b"\r\n\x81\x80")?, Some(2)); // ends after 2 bytes; frames follow
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

/// The end of the bytes so far.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum State {
    /// No byte yet.
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
    /// A scanner at the start of a head.
    #[must_use]
    pub const fn new(limits: Limits) -> Self {
        Self {
            limits,
            examined: 0,
            line: 0,
            state: State::Start,
        }
    }

    /// Scans `new`, the bytes since the last call. `Some(n)`: the head ends with the first `n` of
    /// them, and the others belong to what follows. `None`: all of them belong to the head, which
    /// goes on.
    ///
    /// After the end, the scanner finds the end again after 0 bytes.
    ///
    /// # Errors
    ///
    /// The [`HeadError`] of size, line ends or first line. The scanner then gives it again for
    /// every call.
    pub fn scan(&mut self, new: &[u8]) -> Result<Option<usize>, HeadError> {
        let allowed = new
            .len()
            .min(self.limits.get_max_head_len() - self.examined);
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

    /// Begins another head, for a client that skipped an interim response. The limit of the head
    /// holds for all of them together, so that interim responses cannot go on for ever.
    ///
    /// It does nothing before the end of the head and after an error.
    pub const fn next_head(&mut self) {
        if matches!(self.state, State::Done) {
            self.line = 0;
            self.state = State::Start;
        }
    }

    /// Number of bytes of the head that were scanned, over all calls.
    #[must_use]
    pub const fn examined(&self) -> usize {
        self.examined
    }

    /// Scans until the window is used up or the head has ended, and gives the rest of the window.
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

    /// Scans the first line up to its end, or to a byte that it cannot have.
    fn first_line<'a>(&mut self, rest: &'a [u8]) -> (State, &'a [u8]) {
        let len = find(rest, is_control).unwrap_or(rest.len());
        let line = self.line;
        self.line += len;
        if self.line > self.limits.get_max_start_line_len() {
            let fault = self.limits.get_max_start_line_len() - line;
            return (
                State::Failed(HeadError::StartLineTooLong),
                &rest[fault + 1..],
            );
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

/// Scans whole lines up to the end of the head, or to a CR or LF that stands alone.
///
/// It compares pairs of neighbours and ignores lines. A head has one place to stop, not one per
/// line, so nearly all of this is vector code.
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

/// Number of bytes from the front whose successor does not end the scan. At most all but one.
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

/// The same in whole blocks.
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
#[expect(
    clippy::needless_bitwise_bool,
    reason = "without branches it is vector code"
)]
const fn is_stop((first, second): (&u8, &u8)) -> bool {
    ((*first == b'\r') != (*second == b'\n')) | ((*first == b'\n') & (*second == b'\r'))
}
