//! The corpora of the fuzz targets. The vectors are their first inputs.

use std::fs;
use std::path::{Path, PathBuf};

use crate::event::Role;
use crate::random::Random;
use crate::vectors::{self, Extension, Row, file_name};
use crate::{connection, handshakes};

/// The folder of a target's corpus.
#[must_use]
pub fn folder(target: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../fuzz/corpus")
        .join(target)
}

/// Runs a target's body on each file of its corpus, and returns the number of files. A panic names
/// the file.
pub fn replay(target: &str, run: impl Fn(&[u8])) -> usize {
    let mut paths: Vec<PathBuf> = match fs::read_dir(folder(target)) {
        Ok(entries) => entries
            .filter_map(|entry| entry.ok().map(|entry| entry.path()))
            .collect(),
        Err(error) => panic!("the corpus of {target}: {error}"),
    };
    paths.sort();
    for path in &paths {
        let data = fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let named = Named(path);
        run(&data);
        std::mem::forget(named);
    }
    paths.len()
}

/// Prints the file's name if the run panics.
struct Named<'a>(&'a Path);

impl Drop for Named<'_> {
    fn drop(&mut self) {
        eprintln!("the file was {}", self.0.display());
    }
}

/// The first inputs of each target, with the names of their files.
#[must_use]
pub fn seeds(target: &str) -> Vec<(String, Vec<u8>)> {
    match target {
        "frame_decoder" => rows()
            .map(|row| (file_name(&row.name), frame_decoder(&row)))
            .collect(),
        "differential" => rows()
            .map(|row| (file_name(&row.name), differential(&row)))
            .collect(),
        "connection" => (0..20)
            .map(|seed| (format!("seed-{seed}"), program(seed)))
            .collect(),
        "encoder_round_trip" => (0..20)
            .map(|seed| (format!("seed-{seed}"), messages(seed)))
            .collect(),
        #[cfg(feature = "deflate")]
        "inflate_message" => crate::inflate_message::seeds(),
        _ => handshakes::seeds(target),
    }
}

/// The short rows, and one variant of each.
fn rows() -> impl Iterator<Item = Row> {
    let mut last = String::new();
    vectors::frames().into_iter().filter(move |row| {
        let is_new = row.title != last;
        last.clone_from(&row.title);
        is_new && row.input.len() <= 600
    })
}

fn frame_decoder(row: &Row) -> Vec<u8> {
    let rsv1 = if row.extension == Extension::Deflate {
        2
    } else {
        0
    };
    [&[role_bit(row.role) | rsv1], &row.input[..]].concat()
}

fn differential(row: &Row) -> Vec<u8> {
    let close_first = if row.first_close.is_some() { 4 } else { 0 };
    [&[role_bit(row.role) | close_first, 0, 1], &row.input[..]].concat()
}

const fn role_bit(role: Role) -> u8 {
    match role {
        Role::Server => 0,
        Role::Client => 1,
    }
}

fn program(seed: u64) -> Vec<u8> {
    connection::program::random(30, &mut Random::new(seed))
}

/// Frames of every kind, with text and with invalid text.
fn messages(seed: u64) -> Vec<u8> {
    let mut random = Random::new(seed);
    let mut program = random.bytes(2);
    for _ in 0..8 {
        let text = random.text(5).into_bytes();
        program.extend([random.byte(), text.len() as u8]);
        program.extend(text);
    }
    program
}
