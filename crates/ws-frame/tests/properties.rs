//! Properties over random streams and programs. Each case is a seed; a failure prints it.

use proptest::prelude::*;
use ws_frame::{Encoder, Opcode};
use ws_testkit::drive::Setup;
use ws_testkit::event::{Limits, Role};
use ws_testkit::random::Random;
use ws_testkit::reference::frames::FrameReader;
use ws_testkit::vectors::Extension;
use ws_testkit::{
    connection, cuts, differential, encoder_round_trip, frame_decoder, streams, wire,
};

fn role(random: &mut Random) -> Role {
    if random.one_in(2) {
        Role::Server
    } else {
        Role::Client
    }
}

fn limits(random: &mut Random) -> Limits {
    if random.one_in(3) {
        differential::small_limits(random.byte())
    } else {
        Limits::default()
    }
}

/// Compares `Connection` and `Decoder` with the reference decoder: whole, byte by byte, and cut at
/// random places.
fn compare(role: Role, extension: Extension, stream: &[u8], random: &mut Random) {
    let ways = [
        Vec::new(),
        (1..stream.len()).collect(),
        cuts::in_many(stream.len(), random),
        cuts::in_many(stream.len(), random),
    ];
    let setup = Setup {
        role,
        limits: limits(random),
        extension,
    };
    differential::check(setup, random.one_in(6), stream, &ways);
    frame_decoder::check(role, random.one_in(2), stream, &ways);
}

proptest! {
    #![proptest_config(ProptestConfig { max_shrink_iters: 0, failure_persistence: None, ..ProptestConfig::with_cases(cases(400)) })]

    /// F23: all cuts of the same bytes give the same events, and those of the reference decoder.
    #[test]
    fn f23_well_formed_streams(seed: u64) {
        let random = &mut Random::new(seed);
        let role = role(random);
        let stream = streams::valid(role, random);
        compare(role, Extension::None, &stream, random);
    }

    #[test]
    fn f23_streams_with_a_fault(seed: u64) {
        let random = &mut Random::new(seed);
        let role = role(random);
        let stream = streams::almost_valid(role, random);
        compare(role, Extension::None, &stream, random);
    }

    #[cfg(feature = "deflate")]
    #[test]
    fn f23_x12_compressed_streams(seed: u64) {
        let random = &mut Random::new(seed);
        let role = role(random);
        let stream = streams::compressed::valid(role, random);
        compare(role, Extension::Deflate, &stream, random);
    }

    #[cfg(feature = "deflate")]
    #[test]
    fn f23_x12_compressed_streams_with_a_fault(seed: u64) {
        let random = &mut Random::new(seed);
        let role = role(random);
        let stream = streams::compressed::almost_valid(role, random);
        compare(role, Extension::Deflate, &stream, random);
    }

    /// Two connections joined by a wire: no message is lost, altered, reordered or invented.
    #[test]
    fn two_connections_joined_by_a_wire(seed: u64) {
        let random = &mut Random::new(seed);
        let operations = random.below(60);
        connection::run(&connection::program::random(operations, random));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(cases(1000)) })]

    #[test]
    fn f23_any_bytes(stream: Vec<u8>, options: [u8; 3]) {
        let data = [&options[..], &stream].concat();
        differential::run(&data);
        frame_decoder::run(&data);
    }

    /// F21: messages in any fragments, from both roles, come back as they were sent.
    #[test]
    fn f21_messages_are_received_as_they_were_sent(program: Vec<u8>) {
        encoder_round_trip::run(&program);
    }
}

/// Number of cases: the environment's, or the default.
fn cases(default: u32) -> u32 {
    std::env::var("PROPTEST_CASES")
        .ok()
        .and_then(|cases| cases.parse().ok())
        .unwrap_or(default)
}

/// The encoder refuses exactly the headers that a decoder would refuse: every header, in both
/// roles.
#[test]
fn f22_the_encoder_refuses_what_a_decoder_would() {
    let mut refused = 0;
    for seed in 0..4000 {
        let random = &mut Random::new(seed);
        let (role, reader) = if random.one_in(2) {
            (Role::Server, Role::Client)
        } else {
            (Role::Client, Role::Server)
        };
        refused += mirror(role, FrameReader::new(reader), random);
    }
    assert!(refused > 4000, "only {refused} frames were illegal");
}

/// Sends random frames. Returns how many the encoder refused.
fn mirror(role: Role, mut reader: FrameReader, random: &mut Random) -> u32 {
    let mut encoder = match role {
        Role::Server => Encoder::server(),
        Role::Client => Encoder::client(|| [0; 4]),
    };
    let (mut closed, mut refused) = (false, 0);
    for _ in 0..12 {
        let opcode = OPCODES[random.below(OPCODES.len())];
        let (fin, len) = (!random.one_in(3), LENGTHS[random.below(LENGTHS.len())]);
        let mut frame = wire::header(
            opcode.bits() | if fin { 0x80 } else { 0 },
            role == Role::Client,
            len,
        );
        frame.extend(&[0; 4][..if role == Role::Client { 4 } else { 0 }]);
        let header_len = frame.len();
        // The payload is zeros; that of a huge frame never arrives.
        frame.resize(
            header_len + usize::try_from(len).map_or(0, |len| len.min(200)),
            0,
        );
        let mut ahead = reader.clone();
        let is_legal = !closed && frame.iter().all(|byte| ahead.byte(*byte).broken.is_empty());
        match encoder.frame(opcode, fin, len) {
            Ok(header) => {
                assert!(is_legal, "{role:?} sends {opcode:?}, {fin}, {len}");
                assert_eq!(header.as_bytes(), &frame[..header_len]);
                (reader, closed) = (ahead, opcode == Opcode::Close);
                if len > 200 {
                    return refused;
                }
            }
            Err(error) => {
                assert!(
                    !is_legal,
                    "{role:?} refuses {opcode:?}, {fin}, {len}: {error}"
                );
                refused += 1;
            }
        }
    }
    refused
}

const OPCODES: [Opcode; 6] = [
    Opcode::Continuation,
    Opcode::Text,
    Opcode::Binary,
    Opcode::Close,
    Opcode::Ping,
    Opcode::Pong,
];

/// Lengths at the edges of the rules. A Close of one byte is left out: the layer above checks the
/// content of a Close.
const LENGTHS: [u64; 8] = [0, 2, 125, 126, 65_535, 65_536, (1 << 63) - 1, 1 << 63];
