//! The data file of opening handshakes, `crates/ws-handshake/tests/vectors/handshake.txt`, read
//! into [`Row`]s.
//!
//! The file's own head explains its format. A mistake in it is a panic that names the line.

mod draft;
mod message;
mod row;
mod seeds;
mod text;

pub use row::{Row, Subject, Verdict};
pub use seeds::seeds;

use draft::Draft;
use text::word;

/// The text of the data file.
pub const HANDSHAKES: &str = include_str!("../../ws-handshake/tests/vectors/handshake.txt");

/// Every row of the data file.
#[must_use]
pub fn handshakes() -> Vec<Row> {
    entries(HANDSHAKES).iter().flat_map(Entry::rows).collect()
}

/// The lines of one entry, before its variants are put in.
struct Entry<'a> {
    line: usize,
    head: &'a str,
    variants: Vec<&'a str>,
    fields: Vec<&'a str>,
}

fn entries(text: &str) -> Vec<Entry<'_>> {
    let mut entries: Vec<Entry<'_>> = Vec::new();
    for (index, line) in text.lines().enumerate() {
        if line.starts_with('#') || line.trim().is_empty() {
            continue;
        }
        if !line.starts_with(' ') {
            entries.push(Entry {
                line: index + 1,
                head: line,
                variants: Vec::new(),
                fields: Vec::new(),
            });
            continue;
        }
        let entry = entries
            .last_mut()
            .unwrap_or_else(|| panic!("line {}: no row yet", index + 1));
        match word(line) {
            ("each", variant) => entry.variants.push(variant),
            _ => entry.fields.push(line),
        }
    }
    entries
}

impl Entry<'_> {
    fn rows(&self) -> Vec<Row> {
        let (name, title) = self
            .head
            .split_once(':')
            .unwrap_or_else(|| panic!("line {}: no colon", self.line));
        if self.variants.is_empty() {
            return vec![self.row(name, title, "$X")];
        }
        let numbered = self.variants.iter().enumerate();
        numbered
            .map(|(n, variant)| self.row(&format!("{name}[{}]", n + 1), title, variant))
            .collect()
    }

    fn row(&self, name: &str, title: &str, variant: &str) -> Row {
        let mut draft = Draft::default();
        for field in &self.fields {
            let field = field.replace("$X", variant);
            let (key, value) = word(&field);
            draft.set(key, value).unwrap_or_else(|error| {
                panic!("row {name} at line {}, `{key} {value}`: {error}", self.line)
            });
        }
        draft
            .row(name, title)
            .unwrap_or_else(|error| panic!("row {name} at line {}: {error}", self.line))
    }
}
