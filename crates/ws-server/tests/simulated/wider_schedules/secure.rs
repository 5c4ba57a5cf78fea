//! The client's side of TLS.

use std::{
    io::{Read, Write},
    sync::{Arc, LazyLock},
};

use rustls::ClientConnection;
use ws_server::TlsAcceptor;

use crate::pki::{self, Pki, Version};

static PKI: LazyLock<Pki> = LazyLock::new(Pki::new);

pub(super) fn acceptor() -> TlsAcceptor {
    TlsAcceptor::new(&Arc::new(PKI.server("localhost", false))).expect("it suits")
}

pub(super) fn client() -> ClientConnection {
    let mut session = pki::client(PKI.client(Version::Tls13), "localhost");
    session.set_buffer_limit(None);
    session
}

/// Ciphertext of `bytes`, behind what the session has to say itself.
pub(super) fn seal(session: &mut ClientConnection, bytes: &[u8]) -> Vec<u8> {
    session.writer().write_all(bytes).expect("there is room");
    let mut output = Vec::new();
    while session.wants_write() {
        session.write_tls(&mut output).expect("memory");
    }
    output
}

pub(super) fn open(session: &mut ClientConnection, mut ciphertext: &[u8]) -> Vec<u8> {
    let mut plain = Vec::new();
    while !ciphertext.is_empty() {
        session.read_tls(&mut ciphertext).expect("a slice");
        let state = session
            .process_new_packets()
            .expect("the server keeps to the rules");
        let more = plain.len() + state.plaintext_bytes_to_read();
        let before = plain.len();
        plain.resize(more, 0);
        session
            .reader()
            .read_exact(&mut plain[before..])
            .expect("they are there");
    }
    plain
}
