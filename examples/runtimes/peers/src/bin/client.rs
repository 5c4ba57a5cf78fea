//! A client with a header, a subprotocol and timeouts.

use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use tokio::time::{Instant, interval_at, timeout};
use tokio_tungstenite::connect_async_with_config;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Bytes, Message};

const IDLE: Duration = Duration::from_secs(20);

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let url = std::env::args()
        .nth(1)
        .unwrap_or_else(|| "ws://127.0.0.1:8888/".into());
    let mut request = url.into_client_request()?;
    request
        .headers_mut()
        .insert("Authorization", "Bearer secret".parse()?);
    request
        .headers_mut()
        .insert("Sec-WebSocket-Protocol", "chat".parse()?);
    let config = WebSocketConfig::default().max_message_size(Some(1 << 20));
    let opening = connect_async_with_config(request, Some(config), true);
    let (mut ws, _) = timeout(Duration::from_secs(5), opening).await??;
    ws.send(Message::text("hello")).await?;
    let mut pings = interval_at(Instant::now() + IDLE, IDLE);
    let mut alive = true;
    loop {
        tokio::select! {
            message = ws.next() => match message {
                Some(message) => {
                    alive = true;
                    println!("{:?}", message?);
                }
                None => return Ok(()),
            },
            _ = pings.tick() => {
                if !std::mem::replace(&mut alive, false) {
                    return Err("the server does not answer".into());
                }
                ws.send(Message::Ping(Bytes::new())).await?;
            }
        }
    }
}
