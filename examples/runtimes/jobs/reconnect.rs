//! A client that connects again whenever the connection is lost.

use ws_tokio::Connector;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let url = support::url("reconnect");
    let mut connections = Connector::new()
        .reconnect(url)
        .on_retry(|error, delay| support::warn(format_args!("{error}; again in {delay:.1?}")));
    while let Some(ws) = connections.next().await {
        let mut ws = ws?; // an error here will not go away
        ws.send("subscribe").await.unwrap_or_default();
        while let Some(Ok(message)) = ws.next().await {
            support::show(format_args!("{message:?}"));
        }
    }
    Ok(())
}
