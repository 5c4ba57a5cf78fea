//! soketto: halves over the traits of `futures`; messages go into the caller's `Vec`.

use std::hint::black_box;

use futures_util::io::{BufReader, BufWriter};
use soketto::connection::{Builder, Mode};
use soketto::handshake::{Server, server::Response};
use soketto::{Data, Receiver, Sender};

use super::{Decode, Encode, Handshake, Role, Sink};
use crate::socket::{Socket, ready};
use crate::stream::{Kind, Message};

/// The wrapper that its documentation recommends.
type Buffered = BufReader<BufWriter<Socket>>;

fn buffered(socket: Socket) -> Buffered {
    BufReader::new(BufWriter::new(socket))
}

/// The receiving half. It does not check text, so this driver checks it, as a user would have to.
#[derive(Debug)]
pub struct Soketto {
    receiver: Receiver<Buffered>,
    /// Answers pings, through the lock that both halves share.
    _sender: Sender<Buffered>,
    message: Vec<u8>,
}

impl Decode for Soketto {
    fn open(socket: Socket, _: usize) -> Self {
        let (sender, receiver) = Builder::new(buffered(socket), Mode::Server).finish();
        Self {
            receiver,
            _sender: sender,
            message: Vec::new(),
        }
    }

    fn decode(&mut self, messages: usize, sink: &mut impl Sink) {
        ready(async {
            while sink.count() < messages {
                self.message.clear();
                match self
                    .receiver
                    .receive_data(&mut self.message)
                    .await
                    .expect("legal frames")
                {
                    Data::Text(_) => {
                        let text = simdutf8::basic::from_utf8(&self.message).expect("legal text");
                        sink.message(Kind::Text, text.as_bytes());
                    }
                    Data::Binary(_) => sink.message(Kind::Binary, &self.message),
                }
            }
        });
    }
}

/// The sending half.
#[derive(Debug)]
pub struct SokettoSender(Sender<Buffered>);

impl SokettoSender {
    /// The sending half of the connection that `builder` makes.
    #[must_use]
    pub fn of(builder: Builder<Buffered>) -> Self {
        Self(builder.finish().0)
    }
}

impl Encode for SokettoSender {
    type Message = Message;

    fn open(role: Role, socket: Socket) -> Self {
        let mode = match role {
            Role::Client => Mode::Client,
            Role::Server => Mode::Server,
        };
        Self::of(Builder::new(buffered(socket), mode))
    }

    fn prepare(message: &Message) -> Message {
        message.clone()
    }

    fn encode(&mut self, message: &Message, times: usize) {
        ready(async {
            for _ in 0..times {
                match message.kind {
                    Kind::Text => self.0.send_text(message.text()).await,
                    Kind::Binary => self.0.send_binary(&message.payload).await,
                }
                .expect("a socket that takes everything");
            }
            self.0
                .flush()
                .await
                .expect("a socket that takes everything");
        });
    }
}

/// `Server`: the request, then the response.
#[derive(Debug)]
pub struct SokettoHandshake;

impl Handshake for SokettoHandshake {
    fn new() -> Self {
        Self
    }

    fn accept(&mut self, socket: Socket) {
        ready(async {
            let mut server = Server::new(socket);
            let request = server
                .receive_request()
                .await
                .expect("a request that can be accepted");
            let response = Response::Accept {
                key: request.key(),
                protocol: None,
            };
            server
                .send_response(&response)
                .await
                .expect("a socket that takes everything");
            black_box(server.into_builder());
        });
    }
}
