//! A handler, and a test of it without a network.

use futures_util::{SinkExt as _, StreamExt as _};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Role, frame::coding::CloseCode};
use tokio_tungstenite::tungstenite::{Error, Message};

/// Answers each text with its length, and ends the connection after an empty one.
pub async fn count(
    mut ws: WebSocketStream<impl AsyncRead + AsyncWrite + Unpin>,
) -> Result<(), Error> {
    while let Some(message) = ws.next().await.transpose()? {
        match message {
            Message::Text(text) if text.is_empty() => {
                ws.close(Some(CloseFrame {
                    code: CloseCode::Normal,
                    reason: "done".into(),
                }))
                .await?;
            }
            Message::Text(text) => ws.send(Message::text(text.len().to_string())).await?,
            _ => {}
        }
    }
    Ok(())
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let (near, far) = tokio::io::duplex(64 * 1024);
    let mut client = WebSocketStream::from_raw_socket(near, Role::Client, None).await;
    let server = WebSocketStream::from_raw_socket(far, Role::Server, None).await;
    let handler = tokio::spawn(count(server));
    client.send(Message::text("hello")).await?;
    assert_eq!(client.next().await.transpose()?, Some(Message::text("5")));
    client.send(Message::text("")).await?;
    while let Some(message) = client.next().await {
        println!("{:?}", message?);
    }
    handler.await.expect("the handler does not panic")
}
