//! A client and a server that open a connection over buffers on the stack: request, answer,
//! refusal.

use ws_handshake::extension::deflate::{DeflateOffer, DeflateServer};
use ws_handshake::{
    ClientRequest, HandshakeError, HeadScanner, OriginPolicy, Request, Response, ResponseError,
    ServerResponse, Url,
};

/// A result differs from the expected one.
pub struct Wrong;

/// A client asks for a connection. The server gets the request in small reads and answers it; the
/// client finds that it was accepted. Then the client sends a request that is refused, and finds
/// that too.
pub fn open() -> Result<(), Wrong> {
    let url = Url::parse("ws://server.example.com/chat").map_err(|_| Wrong)?;
    let request = ClientRequest::to(&url, *b"the sample nonce").protocols(&["superchat", "chat"]);
    let request = request
        .extensions(DeflateOffer::new())
        .origin("http://server.example.com");

    let mut answered = [0; 512];
    let accepted = ask(&request, &mut answered)?
        .accepted(&request)
        .map_err(|_| Wrong)?;
    right(accepted.protocol() == Some("chat") && accepted.deflate().is_some())?;

    let foreign = request.origin("http://evil.example");
    let refusal = ask(&foreign, &mut answered)?.accepted(&foreign).err();
    right(refusal == Some(ResponseError::Status(403)))
}

fn ask<'b>(
    request: &ClientRequest<'_>,
    answered: &'b mut [u8],
) -> Result<ServerResponse<'b>, Wrong> {
    let mut asked = [0; 512];
    let len = request.encode_to_slice(&mut asked).map_err(|_| Wrong)?;
    let len = answer(asked.get(..len).ok_or(Wrong)?, answered)?;
    ServerResponse::parse(head(answered.get(..len).ok_or(Wrong)?)?).map_err(|_| Wrong)
}

/// Writes the answer to a request, and returns its length.
fn answer(received: &[u8], output: &mut [u8]) -> Result<usize, Wrong> {
    let written = match judge(head(received)?) {
        Ok(upgrade) => {
            let accept = upgrade.accept().protocol(upgrade.choose(&["chat"]));
            let deflate = DeflateServer::new().answer(upgrade.extensions());
            accept.extensions(deflate).encode_to_slice(output)
        }
        Err(error) => Response::from(error).encode_to_slice(output),
    };
    written.map_err(|_| Wrong)
}

/// The head at the front of the received bytes, seven bytes at a time.
fn head(received: &[u8]) -> Result<&[u8], Wrong> {
    let mut scanner = HeadScanner::default();
    for read in received.chunks(7) {
        if scanner.scan(read).map_err(|_| Wrong)?.is_some() {
            return received.get(..scanner.examined()).ok_or(Wrong);
        }
    }
    Err(Wrong)
}

fn judge(head: &[u8]) -> Result<ws_handshake::Upgrade<'_>, HandshakeError> {
    let upgrade = Request::parse(head)?.upgrade()?;
    upgrade.check_origin(&OriginPolicy::SameHost)?;
    Ok(upgrade)
}

fn right(is_right: bool) -> Result<(), Wrong> {
    if is_right { Ok(()) } else { Err(Wrong) }
}
