use super::Config;

/// The part of [`Config`] that the decoder does not hold.
#[derive(Clone, Copy, Debug)]
pub(super) struct Settings {
    pub(super) max_message_len: u64,
    pub(super) max_fragments: u32,
    pub(super) max_empty_fragments: u16,
    pub(super) streaming: bool,
    pub(super) auto_pong: bool,
}

impl Settings {
    pub(super) const fn of(config: Config) -> Self {
        let Config {
            max_message_len,
            max_fragments,
            max_empty_fragments,
            streaming,
            auto_pong,
            ..
        } = config;
        Self {
            max_message_len: if streaming || max_message_len < MAX_HELD_LEN {
                max_message_len
            } else {
                MAX_HELD_LEN
            },
            max_fragments,
            // The first fragment comes before anything is counted.
            max_empty_fragments: if max_empty_fragments == 0 {
                1
            } else {
                max_empty_fragments
            },
            streaming,
            auto_pong,
        }
    }
}

/// The longest message that can be held whole, whatever the limit says: a vector has at most `isize::MAX` bytes, and inflating opens
/// some of it ahead. Only a 32-bit target can meet it.
const MAX_HELD_LEN: u64 = (usize::MAX / 2 - 64 * 1024) as u64;
