//! `SECURITY.md` names tests that there are.

use std::fs;
use std::path::Path;

#[test]
fn each_test_that_it_names_is_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let text = fs::read_to_string(root.join("SECURITY.md")).unwrap();
    let rows: Vec<_> = text.lines().filter(|line| line.starts_with("| ")).collect();
    assert!(rows.len() > 30);
    let mut missing = Vec::new();
    for row in rows {
        let tests = row.trim_end_matches(" |").rsplit(" | ").next();
        let tests = tests.unwrap_or_default();
        if tests == "test" {
            continue;
        }
        for test in tests.split(", ") {
            let test = test.trim_matches('`');
            let (program, path) = test.split_once("::").unwrap_or(("", test));
            let (file, name) = match (program, path.split_once("::")) {
                // A target, which has several tests.
                ("fuzzed", _) => (format!("fuzz/fuzz_targets/{path}.rs"), "fuzz_target!"),
                ("rules", Some((module, name))) => {
                    (format!("engine/tests/rules/{module}.rs"), name)
                }
                ("interop", Some((module, name))) => {
                    (format!("interop/tests/interop/{module}.rs"), name)
                }
                (_, Some((module, name))) => (format!("runtime/tests/{program}/{module}.rs"), name),
                _ => (String::new(), ""),
            };
            let found = fs::read_to_string(root.join(&file)).is_ok_and(|text| {
                let name = match name {
                    "fuzz_target!" => name.to_owned(),
                    name => format!("fn {name}("),
                };
                text.contains(&name)
            });
            if !found {
                missing.push(test.to_owned());
            }
        }
    }
    assert!(missing.is_empty(), "{missing:#?}");
}
