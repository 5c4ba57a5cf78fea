//! The inner loops: masking and UTF-8, with a copy of the same bytes as the floor.

use std::hint::black_box;

use super::Plan;
use super::decode::bytes;
use crate::random::Random;
use crate::rounds::{Class, Contender};
use crate::stream::Fill;
use crate::table::Table;

/// Nanoseconds per payload, masked in place.
#[must_use]
pub fn mask_table(plan: &Plan) -> Table {
    let mut table = Table::new("mask", "ns per payload");
    for len in [8, 64, 125, 1 << 10, 16 << 10, 1 << 20] {
        plan.run(&mut table, &bytes(len), || {
            vec![
                masker("ours", len, |payload, key| {
                    ws_frame::Mask::new(key).apply(payload);
                })
                .as_class(Class::Ours),
                masker("fastwebsockets", len, fastwebsockets::unmask),
                masker("nexus-web", len, nexus_web::ws::apply_mask),
                masker("sockudo-ws", len, sockudo_ws::mask::apply_mask),
                masker("websocket-sans-io", len, |payload, key| {
                    websocket_sans_io::apply_mask(key, payload, 0);
                }),
                copy(len),
            ]
        });
    }
    table
}

/// Nanoseconds per checked text.
#[must_use]
pub fn utf8_table(plan: &Plan) -> Table {
    let mut table = Table::new("UTF-8", "ns per text");
    for (name, fill) in [("ASCII", Fill::Ascii), ("many scripts", Fill::Scripts)] {
        for len in [8, 64, 125, 1 << 10, 16 << 10] {
            plan.run(&mut table, &format!("{name} {}", bytes(len)), || {
                vec![
                    checker("ours", fill, len, |text| {
                        let mut utf8 = ws_frame::Utf8::new();
                        utf8.push(text).valid && utf8.is_complete()
                    })
                    .as_class(Class::Ours),
                    checker("std", fill, len, |text| str::from_utf8(text).is_ok()),
                    checker("simdutf8", fill, len, |text| {
                        simdutf8::basic::from_utf8(text).is_ok()
                    }),
                    copy(len),
                ]
            });
        }
    }
    table
}

fn masker(
    name: &'static str,
    len: usize,
    mask: impl Fn(&mut [u8], [u8; 4]) + 'static,
) -> Contender {
    let mut random = Random::new(5);
    let mut payload = random.bytes(len);
    let expected: Vec<u8> = payload
        .iter()
        .zip(KEY.iter().cycle())
        .map(|(byte, key)| byte ^ key)
        .collect();
    mask(&mut payload, KEY);
    assert!(payload == expected, "{name} masks {len} bytes");
    Contender::peer(name, move |payloads| {
        for _ in 0..payloads {
            mask(black_box(&mut payload), black_box(KEY));
        }
        payloads
    })
}

fn checker(name: &'static str, fill: Fill, len: usize, is_utf8: fn(&[u8]) -> bool) -> Contender {
    let text = fill.message(&mut Random::new(6), len).payload;
    let mut cut = text.clone();
    *cut.last_mut().expect("not empty") = 0xC3;
    assert!(
        is_utf8(&text) && !is_utf8(&cut),
        "{name} checks {len} bytes"
    );
    Contender::peer(name, move |texts| {
        for _ in 0..texts {
            black_box(is_utf8(black_box(&text)));
        }
        texts
    })
}

fn copy(len: usize) -> Contender {
    let from = Random::new(7).bytes(len);
    let mut to = vec![0; len];
    Contender::aside("copy alone", move |payloads| {
        for _ in 0..payloads {
            black_box(&mut to[..]).copy_from_slice(black_box(&from));
        }
        payloads
    })
}

const KEY: [u8; 4] = [0x37, 0xFA, 0x21, 0x3D];
