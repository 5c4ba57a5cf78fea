//! A client with a header, a subprotocol and timeouts.

use std::time::Duration;

use ws_tokio::{Config, Connector, Error};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let url = support::url("client");
    let config = Config::new()
        .idle_timeout(Duration::from_secs(20))
        .max_message_len(1 << 20);
    let connector = Connector::new()
        .header("Authorization", "Bearer secret")
        .subprotocol("chat")
        .require_subprotocol()
        .open_timeout(Duration::from_secs(5))
        .config(config);
    let mut ws = connector.connect(url).await?;
    ws.send("hello").await?;
    while let Some(message) = ws.next().await {
        support::show(format_args!("{:?}", message?));
    }
    Ok(())
}
