//! One pass over the fields that picks out those with a meaning for the handshake.

use crate::fields::Lines;

/// The fields that the handshake is about, as they came.
#[derive(Clone, Copy, Default, Debug)]
pub(crate) struct Known<'b> {
    pub(crate) host: Lines<'b>,
    pub(crate) origin: Lines<'b>,
    pub(crate) upgrade: Lines<'b>,
    pub(crate) connection: Lines<'b>,
    pub(crate) version: Lines<'b>,
    pub(crate) key: Lines<'b>,
    pub(crate) accept: Lines<'b>,
    pub(crate) protocols: Lines<'b>,
    pub(crate) extensions: Lines<'b>,
    pub(crate) content_length: Lines<'b>,
    pub(crate) transfer_encoding: Lines<'b>,
    pub(crate) expect: Lines<'b>,
}

impl<'b> Known<'b> {
    pub(crate) fn of(fields: impl IntoIterator<Item = (&'b [u8], &'b [u8])>) -> Self {
        let mut known = Self::default();
        for (name, value) in fields {
            if let Some(lines) = known.lines_of(name) {
                lines.note(value);
            }
        }
        known
    }

    /// Most fields of a browser differ from all of these in length alone.
    fn lines_of(&mut self, name: &[u8]) -> Option<&mut Lines<'b>> {
        let (known, lines) = match name.len() {
            4 => (HOST, &mut self.host),
            6 if name[0] | 0x20 == b'e' => (EXPECT, &mut self.expect),
            6 => (ORIGIN, &mut self.origin),
            7 => (UPGRADE, &mut self.upgrade),
            10 => (CONNECTION, &mut self.connection),
            14 => (CONTENT_LENGTH, &mut self.content_length),
            17 if name[0] | 0x20 == b't' => (TRANSFER_ENCODING, &mut self.transfer_encoding),
            17 => (KEY, &mut self.key),
            20 => (ACCEPT, &mut self.accept),
            21 => (VERSION, &mut self.version),
            22 => (PROTOCOL, &mut self.protocols),
            24 => (EXTENSIONS, &mut self.extensions),
            _ => return None,
        };
        name.eq_ignore_ascii_case(known.as_bytes()).then_some(lines)
    }
}

pub(crate) const HOST: &str = "Host";
pub(crate) const ORIGIN: &str = "Origin";
pub(crate) const UPGRADE: &str = "Upgrade";
pub(crate) const CONNECTION: &str = "Connection";
pub(crate) const CONTENT_LENGTH: &str = "Content-Length";
pub(crate) const TRANSFER_ENCODING: &str = "Transfer-Encoding";
pub(crate) const EXPECT: &str = "Expect";
pub(crate) const KEY: &str = "Sec-WebSocket-Key";
pub(crate) const ACCEPT: &str = "Sec-WebSocket-Accept";
pub(crate) const VERSION: &str = "Sec-WebSocket-Version";
pub(crate) const PROTOCOL: &str = "Sec-WebSocket-Protocol";
pub(crate) const EXTENSIONS: &str = "Sec-WebSocket-Extensions";
