//! One task that receives, others that send, and a clean end when the input ends.

use futures_util::{SinkExt as _, StreamExt as _};
use tokio::io::{AsyncBufReadExt as _, BufReader, stdin};
use tokio::sync::mpsc;
use tokio_tungstenite::connect_async;
use tokio_tungstenite::tungstenite::{Error, Message};

#[tokio::main]
async fn main() -> Result<(), Error> {
    let url = std::env::args()
        .nth(1)
        .unwrap_or_else(|| "ws://127.0.0.1:8888/".into());
    let (ws, _) = connect_async(url).await?;
    let (mut sink, mut stream) = ws.split();
    let (sender, mut messages) = mpsc::channel::<Message>(16);
    tokio::spawn(async move {
        while let Some(message) = messages.recv().await {
            sink.send(message).await?;
        }
        Ok::<(), Error>(())
    });
    let clock = sender.clone();
    tokio::spawn(async move {
        loop {
            tokio::time::sleep(std::time::Duration::from_secs(60)).await;
            if clock
                .send(Message::text("a minute has passed"))
                .await
                .is_err()
            {
                break;
            }
        }
    });
    tokio::spawn(async move {
        let mut lines = BufReader::new(stdin()).lines();
        while let Ok(Some(line)) = lines.next_line().await {
            if sender.send(Message::text(line)).await.is_err() {
                return;
            }
        }
        sender.send(Message::Close(None)).await.ok();
    });
    while let Some(message) = stream.next().await {
        println!("{:?}", message?);
    }
    Ok(())
}
