//! A server's opening handshake: from a browser's request to the 101.

use super::Plan;
use crate::peer::Handshake;
use crate::peer::nexus_web::NexusWebHandshake;
use crate::peer::ours::OurHandshake;
use crate::peer::sockudo_ws::SockudoWsHandshake;
use crate::peer::soketto::SokettoHandshake;
use crate::peer::tokio_websockets::TokioWebsocketsHandshake;
use crate::peer::tungstenite::TungsteniteHandshake;
use crate::request::{ACCEPT, REQUEST};
use crate::rounds::{Class, Contender};
use crate::socket::{Kept, Socket};
use crate::table::Table;

/// Nanoseconds per handshake.
#[must_use]
pub fn table(plan: &Plan) -> Table {
    let mut table = Table::new("handshake", "ns each");
    plan.run(&mut table, "a browser's request", || {
        vec![
            server::<OurHandshake>("ours").as_class(Class::Ours),
            server::<TungsteniteHandshake>("tungstenite"),
            server::<TokioWebsocketsHandshake>("tokio-websockets"),
            server::<SokettoHandshake>("soketto"),
            server::<NexusWebHandshake>("nexus-web"),
            server::<SockudoWsHandshake>("sockudo-ws"),
        ]
    });
    table
}

fn server<H: Handshake + 'static>(name: &'static str) -> Contender {
    let kept = Kept::default();
    let mut server = H::new();
    let mut accept =
        move |kept: &Kept| server.accept(Socket::new(REQUEST, REQUEST.len()).keep(kept));
    accept(&kept);
    check(name, &kept.take());
    Contender::peer(name, move |handshakes| {
        for _ in 0..handshakes {
            accept(&kept);
            kept.clear();
        }
        handshakes
    })
}

fn check(name: &str, response: &[u8]) {
    let response = str::from_utf8(response)
        .expect("a head is ASCII")
        .to_ascii_lowercase();
    let accept = format!("sec-websocket-accept: {}\r\n", ACCEPT.to_ascii_lowercase());
    for part in [
        "http/1.1 101 ",
        "upgrade: websocket\r\n",
        "connection: upgrade\r\n",
        &accept,
    ] {
        assert!(
            response.contains(part),
            "{name} lacks {part:?}: {response:?}"
        );
    }
    assert!(response.ends_with("\r\n\r\n"), "{name}");
}
