//! Writes the first inputs of the fuzz targets into their corpora: `cargo run --example seed`, in
//! this folder.

use std::fs;

use ws_testkit::corpus;

fn main() -> std::io::Result<()> {
    for target in [
        "frame_decoder",
        "differential",
        "connection",
        "encoder_round_trip",
        "inflate_message",
        "handshake_request",
        "handshake_response",
        "handshake_fields",
    ] {
        let folder = corpus::folder(target);
        fs::create_dir_all(&folder)?;
        for (name, data) in corpus::seeds(target) {
            fs::write(folder.join(name), data)?;
        }
    }
    Ok(())
}
