//! A handler, and a test of it without a network.

use ws_tokio::{CloseCode, Error, Message, WebSocket};

/// Answers each text with its length, and ends the connection after an empty one.
pub async fn count(mut ws: WebSocket) -> Result<(), Error> {
    while let Some(message) = ws.next().await.transpose()? {
        match message.as_text() {
            Some("") => return ws.close(CloseCode::NORMAL, "done").await,
            Some(text) => ws.send(text.len().to_string()).await?,
            None => {}
        }
    }
    Ok(())
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    support::nothing("handler");
    let (mut client, server) = ws_tokio::pair();
    let handler = tokio::spawn(count(server));
    client.send("hello").await?;
    assert_eq!(
        client
            .next()
            .await
            .transpose()?
            .and_then(Message::into_text),
        Some("5".into())
    );
    client.send("").await?;
    while let Some(message) = client.next().await {
        support::show(format_args!("{:?}", message?));
    }
    handler.await.expect("the handler does not panic")
}
