//! One task that receives, others that send, and a clean end when the input ends.

use tokio::io::{AsyncBufReadExt as _, BufReader, stdin};
use ws_tokio::{CloseCode, Error};

#[tokio::main]
async fn main() -> Result<(), Error> {
    let url = support::url("tasks");
    let (sender, mut receiver) = ws_tokio::connect(url).await?.split();
    let clock = sender.clone();
    tokio::spawn(async move {
        loop {
            tokio::time::sleep(std::time::Duration::from_secs(60)).await;
            if clock.send("a minute has passed").await.is_err() {
                break;
            }
        }
    });
    tokio::spawn(async move {
        let mut lines = BufReader::new(stdin()).lines();
        while let Some(line) = lines.next_line().await? {
            sender.send(line).await?;
        }
        sender.close(CloseCode::NORMAL, "").await
    });
    while let Some(message) = receiver.next().await {
        support::show(format_args!("{:?}", message?));
    }
    Ok(())
}
