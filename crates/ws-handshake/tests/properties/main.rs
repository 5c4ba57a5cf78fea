//! Properties of the opening handshake over generated requests, answers and texts of callers.

mod answers;
mod connects;
mod draft;
mod faults;
mod peers;
mod requests;

/// `PROPTEST_CASES` sets a higher number of cases.
fn cases(usual: u32) -> proptest::prelude::ProptestConfig {
    let config = proptest::prelude::ProptestConfig {
        failure_persistence: None,
        ..Default::default()
    };
    let asked = std::env::var("PROPTEST_CASES").is_ok();
    proptest::prelude::ProptestConfig {
        cases: if asked { config.cases } else { usual },
        ..config
    }
}
