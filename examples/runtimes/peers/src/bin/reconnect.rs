//! A client that connects again whenever the connection is lost.

use std::time::{Duration, Instant};

use futures_util::{SinkExt as _, StreamExt as _};
use tokio::time::{sleep, timeout};
use tokio_tungstenite::connect_async;
use tokio_tungstenite::tungstenite::{Error, Message};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let url = std::env::args()
        .nth(1)
        .unwrap_or_else(|| "ws://127.0.0.1:8888/".into());
    let mut attempts = 0;
    loop {
        match timeout(Duration::from_secs(10), connect_async(&url)).await {
            Ok(Ok((mut ws, _))) => {
                let begin = Instant::now();
                ws.send(Message::text("subscribe")).await.ok();
                while let Some(Ok(message)) = ws.next().await {
                    println!("{message:?}");
                }
                if begin.elapsed() > Duration::from_secs(10) {
                    attempts = 0;
                }
            }
            Ok(Err(error)) if !is_transient(&error) => return Err(error.into()),
            Ok(Err(error)) => eprintln!("{error}"),
            Err(error) => eprintln!("{error}"),
        }
        let longest = f64::from(1 << attempts).min(60.0);
        let shortest = if attempts == 0 { 0.0 } else { longest / 2.0 };
        sleep(Duration::from_secs_f64(rand::random_range(
            shortest..longest,
        )))
        .await;
        attempts = (attempts + 1).min(6);
    }
}

fn is_transient(error: &Error) -> bool {
    match error {
        Error::Io(_) => true,
        Error::Http(response) => matches!(response.status().as_u16(), 408 | 429 | 500 | 502..=504),
        _ => false,
    }
}
