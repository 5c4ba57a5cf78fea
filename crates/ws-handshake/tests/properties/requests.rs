//! A valid request of any form is accepted.

use proptest::collection::vec;
use proptest::prelude::*;
use ws_handshake::{HeadScanner, Request};
use ws_testkit::random::Random;
use ws_testkit::{cuts, handshake_request, judge};

use crate::draft::valid;

proptest! {
    #![proptest_config(crate::cases(2000))]

    #[test]
    fn h27_a_valid_request_is_accepted_whatever_it_looks_like(draft in valid()) {
        let head = draft.bytes();
        let request = Request::parse(&head).unwrap();
        let upgrade = request.upgrade().unwrap();
        prop_assert_eq!(request.target(), &draft.target);
        prop_assert_eq!(upgrade.host().to_string(), draft.authority);
        prop_assert!(upgrade.key().as_bytes() == draft.key.as_bytes());
        let accept = String::from_utf8(upgrade.key().accept_value().to_vec()).unwrap();
        prop_assert_eq!(accept, judge::accept(draft.key.as_bytes()));
        prop_assert!(upgrade.protocols().eq(draft.protocols.iter().map(String::as_str)));
        prop_assert_eq!(upgrade.fields().iter().count(), draft.fields.len());
        for field in &draft.fields {
            prop_assert!(upgrade.fields().all(&field.name).any(|value| value == field.value.trim_ascii()));
        }
    }

    #[test]
    fn h1_the_head_ends_where_it_ends_however_it_is_cut(draft in valid(), behind in vec(any::<u8>(), 0..40), seed: u64) {
        let head = draft.bytes();
        let stream = [head.as_slice(), &behind].concat();
        let mut random = Random::new(seed);
        let ways = [vec![], (1..stream.len()).collect(), cuts::in_many(stream.len(), &mut random)];
        for cuts in &ways {
            let mut scanner = HeadScanner::default();
            let mut before = 0;
            let mut end = None;
            for piece in cuts::pieces(&stream, cuts) {
                end = scanner.scan(piece).unwrap().map(|end| before + end);
                before += piece.len();
                if end.is_some() {
                    break;
                }
            }
            prop_assert_eq!(end, Some(head.len()));
        }
        handshake_request::check(0, &stream, &ways);
    }

    #[test]
    fn h42_the_first_choice_that_is_offered_is_taken(draft in valid(), others in vec(crate::draft::token(), 0..4)) {
        let head = draft.bytes();
        let upgrade = Request::parse(&head).unwrap().upgrade().unwrap();
        let mut supported: Vec<&str> = others.iter().chain(draft.protocols.last()).map(String::as_str).collect();
        supported.extend(draft.protocols.first().map(String::as_str));
        let first = supported.iter().find(|name| draft.protocols.iter().any(|offered| offered == **name));
        prop_assert_eq!(upgrade.choose(&supported).map(|chosen| chosen.as_str()), first.copied());
        let offered_first = draft.protocols.iter().find(|offered| supported.contains(&offered.as_str()));
        let chosen = upgrade.protocols().choose_first_offered(&supported);
        prop_assert_eq!(chosen.map(|chosen| chosen.as_str()), offered_first.map(String::as_str));
    }
}
