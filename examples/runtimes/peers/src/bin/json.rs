//! JSON in both directions.

use futures_util::{SinkExt as _, StreamExt as _};
use serde::{Deserialize, Serialize};
use tokio_tungstenite::{connect_async, tungstenite::Message};

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "lowercase")]
enum Command<'a> {
    Subscribe { channel: &'a str },
}

#[derive(Deserialize, Debug)]
#[serde(tag = "type", rename_all = "lowercase")]
enum Event {
    Subscribed { channel: String },
    Trade { price: f64, amount: f64 },
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let url = std::env::args()
        .nth(1)
        .unwrap_or_else(|| "ws://127.0.0.1:8888/".into());
    let (mut ws, _) = connect_async(url).await?;
    let subscribe = Command::Subscribe { channel: "BTC-USD" };
    ws.send(Message::text(serde_json::to_string(&subscribe)?))
        .await?;
    while let Some(message) = ws.next().await {
        if let Message::Text(text) = message? {
            match serde_json::from_str::<Event>(&text)? {
                Event::Subscribed { channel } => println!("subscribed to {channel}"),
                Event::Trade { price, amount } => println!("{amount} for {price}"),
            }
        }
    }
    Ok(())
}
