//! JSON in both directions.

use serde::{Deserialize, Serialize};

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
    let url = support::url("json");
    let mut ws = ws_tokio::connect(url).await?;
    let subscribe = Command::Subscribe { channel: "BTC-USD" };
    ws.send(serde_json::to_string(&subscribe)?).await?;
    while let Some(message) = ws.next().await {
        if let Some(text) = message?.as_text() {
            let line = match serde_json::from_str::<Event>(text)? {
                Event::Subscribed { channel } => format!("subscribed to {channel}"),
                Event::Trade { price, amount } => format!("{amount} for {price}"),
            };
            support::show(format_args!("{line}"));
        }
    }
    Ok(())
}
