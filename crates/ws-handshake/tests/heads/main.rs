//! The server accepts the recorded opening handshakes of current clients, which are in this folder.

use std::fs;
use std::path::{Path, PathBuf};

use ws_handshake::extension::deflate::DeflateServer;
use ws_handshake::{HeadScanner, OriginPolicy, Request};
use ws_testkit::{cuts, judge};

#[test]
fn every_recorded_head_is_accepted_however_it_is_cut() {
    let heads = heads();
    assert!(heads.len() > 20, "only {} heads", heads.len());
    for (name, head) in heads {
        let ends: Vec<_> = cuts::all_of_head(&head)
            .iter()
            .map(|cuts| end(&head, cuts))
            .collect();
        assert!(
            ends.iter().all(|end| *end == Some(head.len())),
            "{name}: {ends:?}"
        );
        let key = Request::parse(&head)
            .and_then(|request| request.upgrade())
            .map(|upgrade| upgrade.key());
        let accept = key.map(|key| String::from_utf8_lossy(&key.accept_value()).into_owned());
        let expected = key.map(|key| judge::accept(key.as_bytes()));
        assert!(accept.is_ok(), "{name}: {accept:?}");
        assert_eq!(accept, expected, "{name}");
    }
}

#[test]
fn their_offers_are_understood() {
    for (name, head) in heads() {
        let upgrade = Request::parse(&head)
            .and_then(|request| request.upgrade())
            .expect("checked above");
        let text = String::from_utf8_lossy(&head);
        assert_eq!(
            upgrade.choose(&["chat"]).is_some(),
            text.contains("chat,") || text.contains(": chat\r"),
            "{name}"
        );
        let deflate = DeflateServer::new().answer(upgrade.extensions());
        assert_eq!(
            deflate.is_some(),
            text.contains("permessage-deflate"),
            "{name}"
        );
    }
}

#[test]
fn pages_of_the_same_host_may_connect() {
    for name in [
        "chromium-156.head",
        "firefox-esr-153.head",
        "python-websocket-client-1.9.head",
    ] {
        let head = fs::read(folder().join(name)).expect("a head of this name");
        let upgrade = Request::parse(&head)
            .and_then(|request| request.upgrade())
            .expect("checked above");
        assert!(upgrade.origin().is_some(), "{name} sends its origin");
        assert_eq!(
            upgrade.check_origin(&OriginPolicy::SameHost),
            Ok(()),
            "{name}"
        );
    }
}

#[test]
fn the_readme_says_of_each_how_it_was_made() {
    let readme = fs::read_to_string(folder().join("README.md")).expect("a readme");
    let mut names: Vec<_> = heads().into_iter().map(|(name, _)| name).collect();
    let rows = readme
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split_once("` |"));
    let mut told: Vec<_> = rows.map(|(name, _)| name.to_owned()).collect();
    names.sort();
    told.sort();
    assert_eq!(names, told);
}

fn end(head: &[u8], cuts: &[usize]) -> Option<usize> {
    let mut scanner = HeadScanner::default();
    let mut before = 0;
    for piece in cuts::pieces(head, cuts) {
        if let Some(end) = scanner.scan(piece).ok()? {
            return Some(before + end);
        }
        before += piece.len();
    }
    None
}

fn heads() -> Vec<(String, Vec<u8>)> {
    let files = fs::read_dir(folder())
        .expect("the folder of heads")
        .map(|file| file.expect("a file").path());
    let heads = files.filter(|path| {
        path.extension()
            .is_some_and(|extension| extension == "head")
    });
    heads
        .map(|path| (file_name(&path), fs::read(&path).expect("a head")))
        .collect()
}

fn file_name(path: &Path) -> String {
    path.file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned()
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/heads")
}
