//! The table of features names rules that exist.

const PAGE: &str = include_str!("../src/features.md");
const RULES: &str = include_str!("../../ws-testkit/rules.md");

/// IDs between backquotes: a capital letter and a number.
fn ids(line: &str) -> impl Iterator<Item = &str> {
    line.split('`').skip(1).step_by(2).filter(|word| {
        let number = word.strip_prefix(|letter: char| letter.is_ascii_uppercase());
        number.is_some_and(|number| {
            !number.is_empty()
                && number
                    .bytes()
                    .all(|byte| byte.is_ascii_digit() || byte == b'-')
        })
    })
}

#[test]
fn every_row_names_a_rule_or_a_page() {
    let rows = PAGE
        .lines()
        .filter(|line| line.starts_with("| ") && !line.ends_with("| held by |"));
    let mut count = 0;
    for row in rows {
        let cell = row.trim_end_matches('|').rsplit('|').next().unwrap();
        assert!(
            cell.contains('[') || cell.contains('`'),
            "no rule and no page: {row}"
        );
        for id in ids(cell) {
            let has_row = RULES
                .lines()
                .any(|line| line.starts_with(&format!("| {id} |")));
            assert!(has_row, "{id} has no row in rules.md: {row}");
        }
        count += 1;
    }
    assert!(count > 30, "{count} rows");
}
