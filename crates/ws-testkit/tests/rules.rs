//! `rules.md` and the tests agree: every ID that a test names has a row, and every rule that a test
//! must cover has a test.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Every ID that a test or a vector names, each with one place that names it.
type Named = BTreeMap<String, String>;

#[test]
fn every_id_that_a_test_names_is_explained() {
    let rules = rules();
    let unknown: Vec<String> = named()
        .into_iter()
        .filter(|(id, _)| !rules.contains_key(id))
        .map(|(id, place)| format!("{id} ({place})"))
        .collect();
    assert!(
        unknown.is_empty(),
        "add rows to crates/ws-testkit/rules.md: {unknown:#?}"
    );
}

#[test]
fn every_rule_that_tests_hold_is_named_by_one() {
    let named = named();
    let untested: Vec<String> = rules()
        .into_iter()
        .filter(|(id, holder)| holder == "test" && !named.contains_key(id))
        .map(|(id, _)| id)
        .collect();
    assert!(
        untested.is_empty(),
        "no test names these rules: {untested:?}"
    );
}

#[test]
fn names_hold_the_ids_that_stand_in_front() {
    let ids = |name| ids_of_name(name).collect::<Vec<_>>();
    assert_eq!(ids("c64_t23_n9_a_flood"), ["C64", "T23", "N9"]);
    assert_eq!(ids("h16_to_h18_over_http2"), ["H16", "H17", "H18"]);
    assert_eq!(ids("r03a_a_peer_has_time"), ["R3"]);
    assert_eq!(ids("a_close_of_c64"), Vec::<String>::new());
    assert_eq!(ids("s20_t01_reads"), ["S20", "T1"]);
    assert_eq!(ids("h2"), Vec::<String>::new());
    assert_eq!(ids("u64_is_wide"), Vec::<String>::new());
}

/// The rules by ID, each with its status.
fn rules() -> BTreeMap<String, String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("rules.md");
    let text = fs::read_to_string(path).expect("rules.md");
    let mut rules = BTreeMap::new();
    for line in text.lines().filter(|line| line.starts_with("| ")) {
        let cells: Vec<&str> = line.trim_matches('|').split(" | ").map(str::trim).collect();
        let Some(id) = id(cells[0]) else { continue };
        let holder = cells
            .last()
            .expect("split gives one cell at least")
            .to_string();
        assert!(
            cells.len() == 4 && ["test", "interop", "caller's"].contains(&holder.as_str()),
            "a row has four cells, and the last one says who holds the rule: {line}"
        );
        assert!(
            rules.insert(id, holder).is_none(),
            "two rows for {}",
            cells[0]
        );
    }
    assert!(rules.len() > 300, "{} rules", rules.len());
    rules
}

fn named() -> Named {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut named = Named::new();
    for folder in ["crates", "examples"] {
        for path in files(&root.join(folder)) {
            let text = fs::read_to_string(&path).unwrap_or_default();
            let place = path
                .strip_prefix(&root)
                .expect("the root is in front")
                .display();
            for (id, of) in ids_of_file(&path, &text) {
                named.entry(id).or_insert_with(|| format!("{place}: {of}"));
            }
        }
    }
    named
}

/// Every source file and every file of vectors below a folder, without build output.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder of the repository") {
        let path = entry.expect("an entry of a folder").path();
        let name = path.file_name().unwrap_or_default();
        if path.is_dir() {
            if !["target", "node_modules", "pkg"]
                .iter()
                .any(|skipped| name == *skipped)
            {
                found.extend(files(&path));
            }
        } else if path
            .extension()
            .is_some_and(|extension| extension == "rs" || extension == "txt")
        {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// The IDs in the names of tests, or in front of the titles of vectors, each with the name or the
/// title.
fn ids_of_file(path: &Path, text: &str) -> BTreeSet<(String, String)> {
    let is_source = path.extension().is_some_and(|extension| extension == "rs");
    let mut found = BTreeSet::new();
    let has_tests = ["#[test]", "#[tokio::test"]
        .iter()
        .any(|attribute| text.contains(attribute));
    if is_source && (has_tests || path.components().any(|part| part.as_os_str() == "tests")) {
        for after in text.split("fn ").skip(1) {
            let end = after.find(|c: char| !c.is_ascii_alphanumeric() && c != '_');
            let name = &after[..end.unwrap_or(after.len())];
            found.extend(ids_of_name(name).map(|id| (id, name.to_owned())));
        }
    } else if !is_source && path.components().any(|part| part.as_os_str() == "vectors") {
        for line in text
            .lines()
            .filter(|line| line.starts_with(|c: char| c.is_ascii_uppercase()))
        {
            let Some((front, title)) = line.split_once(':') else {
                continue;
            };
            let ids = front
                .split(' ')
                .filter_map(|word| id(word.split('.').next()?));
            found.extend(ids.map(|id| (id, title.to_owned())));
        }
    }
    found
}

/// The IDs in front of a test's name: `c64_t23_…`, and `h16_to_h26_…` for all IDs between.
fn ids_of_name(name: &str) -> impl Iterator<Item = String> {
    let words: Vec<&str> = name.split('_').collect();
    let mut ids: Vec<String> = Vec::new();
    let mut at = 0;
    while at + 1 < words.len() {
        let range = (words[at] == "to").then(|| (ids.last().cloned(), id(words[at + 1])));
        if let Some((Some(first), Some(last))) = range {
            let number = |id: &str| id[1..].parse::<u32>().unwrap_or_default();
            let between = number(&first) + 1..=number(&last);
            ids.extend(between.map(|number| format!("{}{number}", &first[..1])));
            at += 2;
        } else if let Some(id) = id(words[at]) {
            ids.push(id);
            at += 1;
        } else {
            break;
        }
    }
    ids.into_iter()
}

/// An ID in its plain form: a capital letter and a number. A letter behind tells cases of one ID
/// apart, and leading zeros mean nothing.
fn id(word: &str) -> Option<String> {
    const LETTERS: &str = "CDEFHKLNPRSTVXZ";
    let mut rest = word.chars();
    let letter = rest.next()?.to_ascii_uppercase();
    let number = rest.as_str().trim_start_matches('-');
    let number = number.trim_end_matches(|c: char| c.is_ascii_lowercase());
    let is_number =
        (1..=3).contains(&number.len()) && number.bytes().all(|byte| byte.is_ascii_digit());
    let number = if letter == 'S' {
        number
    } else {
        number.trim_start_matches('0')
    };
    (LETTERS.contains(letter) && is_number).then(|| format!("{letter}{number}"))
}
