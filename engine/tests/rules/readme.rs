//! The table of rules names tests that there are.

#[test]
fn each_test_that_the_readme_names_is_there() {
    let modules = [
        ("budgets", include_str!("budgets.rs")),
        ("flow", include_str!("flow.rs")),
        ("frames", include_str!("frames.rs")),
        ("going_away", include_str!("going_away.rs")),
        ("heads", include_str!("heads.rs")),
        ("settings", include_str!("settings.rs")),
        ("start", include_str!("start.rs")),
        ("states", include_str!("states.rs")),
    ];
    let readme = include_str!("../../README.md");
    let rows: Vec<_> = readme
        .lines()
        .filter(|line| line.starts_with("| "))
        .collect();
    assert!(rows.len() > 40);
    for row in &rows[1..] {
        let tests = row
            .trim_end_matches(" |")
            .rsplit(" | ")
            .next()
            .unwrap_or_default();
        for test in tests.split(", ") {
            let test = test.trim_matches('`');
            let found = modules.iter().any(|(module, text)| {
                let name = test
                    .strip_prefix(module)
                    .and_then(|rest| rest.strip_prefix("::"));
                name.is_some_and(|name| text.contains(&format!("#[test]\nfn {name}() {{")))
            });
            assert!(found, "{test} of {row}");
        }
    }
}
