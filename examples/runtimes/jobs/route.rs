//! A WebSocket route of an axum application.

use std::process::ExitCode;

use axum::response::Response;
use axum::{Router, routing::any, routing::get};
use tokio::net::TcpListener;
use ws_tokio::{Config, Error, WebSocket, WebSocketUpgrade, deflate::Options};

#[tokio::main]
async fn main() -> ExitCode {
    support::nothing("route");
    support::status(serve().await)
}

async fn serve() -> std::io::Result<()> {
    let config = Config::new()
        .max_message_len(1 << 20)
        .compression(&Options::default());
    let route = async move |upgrade: WebSocketUpgrade| -> Response {
        upgrade
            .config(config.clone())
            .subprotocol("echo")
            .on_upgrade(echo)
    };
    let app = Router::new()
        .route("/ws", any(route))
        .route("/", get(async || "hello"));
    axum::serve(TcpListener::bind("127.0.0.1:8888").await?, app).await
}

async fn echo(mut ws: WebSocket) -> Result<(), Error> {
    while let Some(message) = ws.next().await.transpose()? {
        if message.is_data() {
            ws.feed(message).await?;
        }
    }
    Ok(())
}
