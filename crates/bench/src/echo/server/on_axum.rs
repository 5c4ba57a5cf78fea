//! A route of axum: with axum's own `ws`, and with the extractor of `ws-tokio`.

use std::io;

use axum::Router;
use axum::extract::ws;
use axum::response::Response;
use axum::routing::any;
use axum::serve::ListenerExt as _;
use futures_util::{StreamExt as _, TryStreamExt as _, future};
use tokio::net::TcpListener;

use super::Task;
use super::on_tokio::runtime;

/// This project's extractor.
pub(super) fn ours(listener: std::net::TcpListener, _: &Task) -> io::Result<()> {
    async fn echo(mut ws: ws_tokio::WebSocket) -> Result<(), ws_tokio::Error> {
        while let Some(message) = ws.next().await.transpose()? {
            if message.is_data() {
                ws.feed(message).await?;
            }
        }
        Ok(())
    }
    serve(
        listener,
        any(async |upgrade: ws_tokio::WebSocketUpgrade| -> Response { upgrade.on_upgrade(echo) }),
    )
}

/// axum's own: what is read is forwarded to the sink, which writes when there is nothing more to
/// read.
pub(super) fn its_own(listener: std::net::TcpListener, _: &Task) -> io::Result<()> {
    async fn echo(socket: ws::WebSocket) {
        let (write, read) = socket.split();
        let data = read.try_filter(|message| {
            future::ready(matches!(
                message,
                ws::Message::Text(_) | ws::Message::Binary(_)
            ))
        });
        data.forward(write).await.unwrap_or_default();
    }
    serve(
        listener,
        any(async |upgrade: ws::WebSocketUpgrade| -> Response { upgrade.on_upgrade(echo) }),
    )
}

fn serve(listener: std::net::TcpListener, route: axum::routing::MethodRouter) -> io::Result<()> {
    runtime()?.block_on(async {
        let listener = TcpListener::from_std(listener)?
            .tap_io(|stream| stream.set_nodelay(true).unwrap_or_default());
        axum::serve(listener, Router::new().route("/chat", route)).await
    })
}
