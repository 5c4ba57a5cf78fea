//! A WebSocket route of an axum application.

use std::time::Duration;

use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use axum::{Router, routing::any, routing::get};
use tokio::net::TcpListener;
use tokio::time::timeout;

const IDLE: Duration = Duration::from_secs(45);

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let app = Router::new()
        .route("/ws", any(route))
        .route("/", get(async || "hello"));
    axum::serve(TcpListener::bind("127.0.0.1:8888").await?, app).await
}

async fn route(upgrade: WebSocketUpgrade, headers: HeaderMap) -> Response {
    let header = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let page = header("Origin").map(|origin| origin.split_once("://").map_or("", |(_, host)| host));
    if page.is_some() && page != header("Host") {
        return StatusCode::FORBIDDEN.into_response();
    }
    upgrade
        .max_message_size(1 << 20)
        .protocols(["echo"])
        .on_upgrade(async |ws| {
            if let Err(error) = echo(ws).await {
                eprintln!("{error}");
            }
        })
}

async fn echo(mut ws: WebSocket) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let mut pinged = false;
    loop {
        match timeout(IDLE, ws.recv()).await {
            Ok(Some(message)) => {
                pinged = false;
                if let message @ (Message::Text(_) | Message::Binary(_)) = message? {
                    timeout(IDLE, ws.send(message)).await??;
                }
            }
            Ok(None) => return Ok(()),
            Err(_) if pinged => return Err("the client does not answer".into()),
            Err(_) => {
                ws.send(Message::Ping(Vec::new().into())).await?;
                pinged = true;
            }
        }
    }
}
