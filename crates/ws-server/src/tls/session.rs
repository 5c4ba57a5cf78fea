//! A TLS session over slices: the only file that drives rustls' unbuffered API.

use std::sync::Arc;

use rustls::{
    Error, HandshakeKind, ServerConfig,
    server::UnbufferedServerConnection,
    unbuffered::{ConnectionState, EncodeError, EncodeTlsData, EncryptError, UnbufferedStatus},
};

use super::sink::Sink;

/// A TLS session. Boxed, since the struct exceeds 1 KiB and a connection that has sent nothing
/// needs none.
pub(super) struct Session(Box<UnbufferedServerConnection>);

/// The work that one call of [`Session::open`] did.
pub(super) struct Opened {
    /// Number of used bytes at the front of the input.
    pub(super) used: usize,
    pub(super) stop: Stop,
}

/// The reason why a call of [`Session::open`] ended.
pub(super) enum Stop {
    /// All that can be processed was.
    Dry,
    /// The sink is full, or the budget of records is used up. The rest of the input begins with a
    /// new record.
    Full,
    /// The peer ended its stream with `close_notify`.
    Closed,
    /// The session is over. An alert may have been written to the output.
    Failed(Error),
}

impl Session {
    pub(super) fn new(config: Arc<ServerConfig>) -> Result<Self, Error> {
        Ok(Self(Box::new(UnbufferedServerConnection::new(config)?)))
    }

    pub(super) fn inner(&self) -> &UnbufferedServerConnection {
        &self.0
    }

    pub(super) fn is_resumed(&self) -> bool {
        self.0.handshake_kind() == Some(HandshakeKind::Resumed)
    }

    /// Processes records at the front of `input`, at most `records` of application data. Appends to
    /// `output` what the handshake or the session says.
    pub(super) fn open(
        &mut self,
        input: &mut [u8],
        mut records: usize,
        sink: &mut Sink<'_>,
        output: &mut Vec<u8>,
    ) -> Opened {
        let mut used = 0;
        loop {
            let UnbufferedStatus { discard, state, .. } =
                self.0.process_tls_records(&mut input[used..]);
            let stop = match state {
                Ok(ConnectionState::ReadTraffic(mut traffic)) => {
                    let mut also = 0;
                    while let Some(Ok(record)) = traffic.next_record() {
                        also += record.discard;
                        sink.put(record.payload);
                        records = records.saturating_sub(1);
                    }
                    used += also;
                    (records == 0 || sink.left() == 0).then_some(Stop::Full)
                }
                Ok(ConnectionState::EncodeTlsData(mut data)) => {
                    encode(&mut data, output);
                    None
                }
                Ok(ConnectionState::TransmitTlsData(data)) => {
                    data.done();
                    None
                }
                Ok(ConnectionState::PeerClosed | ConnectionState::Closed) => Some(Stop::Closed),
                Ok(ConnectionState::BlockedHandshake | ConnectionState::WriteTraffic(_)) => {
                    Some(Stop::Dry)
                }
                // Early data is refused by the configuration.
                Ok(_) => Some(Stop::Failed(Error::HandshakeNotComplete)),
                Err(error) => Some(Stop::Failed(error)),
            };
            used += discard;
            if let Some(stop) = stop {
                if let Stop::Failed(_) = stop {
                    self.say_alert(&mut input[used..], output);
                }
                return Opened { used, stop };
            }
        }
    }

    /// Appends the alert after a failure. Records are not looked at: what is to be said
    /// comes first.
    fn say_alert(&mut self, input: &mut [u8], output: &mut Vec<u8>) {
        while self.0.wants_write() {
            match self.0.process_tls_records(input).state {
                Ok(ConnectionState::EncodeTlsData(mut data)) => encode(&mut data, output),
                _ => return,
            }
        }
    }

    /// Encrypts `payload` to the front of `output`, behind what the session has to say itself;
    /// `output` grows as needed. Gives the length.
    ///
    /// `rest` is what [`open`](Self::open) left of its input, without whole records.
    pub(super) fn seal(
        &mut self,
        rest: &mut [u8],
        payload: &[u8],
        output: &mut Vec<u8>,
        at: usize,
    ) -> Result<usize, Error> {
        self.write(rest, output, at, |traffic, room| {
            traffic.encrypt(payload, room)
        })
    }

    /// Encrypts a `close_notify` to the front of `output`, like [`seal`](Self::seal).
    pub(super) fn seal_end(
        &mut self,
        rest: &mut [u8],
        output: &mut Vec<u8>,
        at: usize,
    ) -> Result<usize, Error> {
        self.write(rest, output, at, |traffic, room| {
            traffic.queue_close_notify(room)
        })
    }

    fn write(
        &mut self,
        rest: &mut [u8],
        output: &mut Vec<u8>,
        at: usize,
        mut encrypt: impl FnMut(&mut Traffic<'_>, &mut [u8]) -> Result<usize, EncryptError>,
    ) -> Result<usize, Error> {
        let mut end = at;
        loop {
            match self.0.process_tls_records(rest).state? {
                ConnectionState::WriteTraffic(mut traffic) => loop {
                    match encrypt(&mut traffic, &mut output[end..]) {
                        Ok(len) => return Ok(end + len - at),
                        Err(EncryptError::InsufficientSize(size)) => {
                            output.resize(end + size.required_size, 0);
                        }
                        Err(EncryptError::EncryptExhausted) => return Err(Error::EncryptError),
                    }
                },
                ConnectionState::EncodeTlsData(mut data) => {
                    let mut said = Vec::new();
                    encode(&mut data, &mut said);
                    if output.len() < end + said.len() {
                        output.resize(end + said.len(), 0);
                    }
                    output[end..end + said.len()].copy_from_slice(&said);
                    end += said.len();
                }
                ConnectionState::TransmitTlsData(data) => data.done(),
                ConnectionState::PeerClosed => {}
                _ => return Err(Error::HandshakeNotComplete),
            }
        }
    }
}

type Traffic<'c> = rustls::unbuffered::WriteTraffic<'c, rustls::server::ServerConnectionData>;

fn encode<D>(data: &mut EncodeTlsData<'_, D>, output: &mut Vec<u8>) {
    let before = output.len();
    let mut room = 0;
    loop {
        match data.encode(&mut output[before..]) {
            Ok(len) => return output.truncate(before + len),
            Err(EncodeError::InsufficientSize(size)) if size.required_size > room => {
                room = size.required_size;
                output.resize(before + room, 0);
            }
            Err(_) => return output.truncate(before),
        }
    }
}

/// Whether `input` begins with a whole record.
pub(super) fn has_record(input: &[u8]) -> bool {
    let len = record_len(input);
    len > 0 && len <= input.len()
}

/// The length of the record that `input` begins with, header included; 0 while that is not known.
pub(super) fn record_len(input: &[u8]) -> usize {
    match input {
        [_, _, _, high, low, ..] => 5 + usize::from(u16::from_be_bytes([*high, *low])),
        _ => 0,
    }
}

/// The longest record (RFC 8446 §5.2).
pub(super) const RECORD: usize = 5 + 16 * 1024 + 256;
/// The longest plaintext of a record.
pub(super) const PLAIN: usize = 16 * 1024;
