//! Modules of the runtime use each other downwards only.
//!
//! The table is the one of ARCHITECTURE.md. A module may use those of its own layer and of the layers above it in the
//! table; `server` and `client` don't know each other.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

const LAYERS: &[&[&str]] = &[
    &[
        "error",
        "status",
        "metadata",
        "deadline",
        "connectivity",
        "registry",
    ],
    &["call", "codec", "well_known", "details"],
    &["protocol"],
    &["transport", "interceptor"],
    &["server", "client"],
];

/// Pairs of one layer that don't know each other.
const APART: &[(&str, &str)] = &[("server", "client")];

/// Names of the crate root that lead into no module of the runtime.
const ROOT: &[&str] = &["schema", "Code", "Metadata", "Status", "GrpcError"];

#[test]
fn modules_use_what_is_above_them_in_the_table() {
    let layer_of: BTreeMap<&str, usize> = LAYERS
        .iter()
        .enumerate()
        .flat_map(|(layer, modules)| modules.iter().map(move |module| (*module, layer)))
        .collect();
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut broken = Vec::new();
    let mut seen = 0;
    for (module, layer) in &layer_of {
        let root = src.join(module);
        let files = if root.is_dir() {
            rust_files(&root)
        } else {
            vec![root.with_extension("rs")]
        };
        for file in files {
            let text = fs::read_to_string(&file).unwrap();
            for (number, used) in uses(&text) {
                seen += 1;
                let place = format!("{}:{number}", file.strip_prefix(&src).unwrap().display());
                match layer_of.get(used.as_str()) {
                    _ if ROOT.contains(&used.as_str()) => {}
                    None => broken.push(format!("{place} uses `{used}`, which no layer has")),
                    Some(of) if of > layer => {
                        broken.push(format!("{place} uses `{used}` from a layer below"))
                    }
                    Some(_) if apart(module, &used) => {
                        broken.push(format!("{place} uses `{used}`, its sibling"))
                    }
                    Some(_) => {}
                }
            }
        }
    }
    assert!(
        seen > 50,
        "only {seen} uses were found: has the way they are written changed?"
    );
    assert!(broken.is_empty(), "\n{}", broken.join("\n"));
}

/// The last layer, below all others, is written as a user could write them: all that they name of ours is exported.
#[test]
fn services_have_no_back_door() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let lib = fs::read_to_string(src.join("lib.rs")).unwrap();
    let (public, _) = lib.split_once("pub mod __private").unwrap();
    let mut exported: Vec<_> = public
        .split("pub ")
        .skip(1)
        .flat_map(|item| {
            item.split(';')
                .next()
                .unwrap_or_default()
                .split(['{', '}', ',', ' ', ':'])
        })
        .map(str::trim)
        .collect();
    exported.push("crate");
    for file in rust_files(&src.join("services")) {
        let text = fs::read_to_string(&file).unwrap();
        for used in text.split("crate::").skip(1) {
            // One name, or a list of them.
            let names = match used.strip_prefix('{') {
                Some(list) => list.split('}').next().unwrap_or_default(),
                None => used
                    .split(|c: char| !c.is_alphanumeric() && c != '_')
                    .next()
                    .unwrap_or_default(),
            };
            for name in names
                .split(',')
                .map(str::trim)
                .filter(|name| !name.is_empty())
            {
                let name = name.split("::").next().unwrap_or_default();
                let file = file.display();
                assert!(
                    exported.contains(&name),
                    "{file} uses `{name}`, which isn't public"
                );
            }
        }
    }
}

#[test]
fn every_module_has_a_layer() {
    let lib = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/lib.rs")).unwrap();
    let modules = lib.lines().filter_map(|line| {
        let line = line.strip_prefix("pub ").unwrap_or(line);
        line.strip_prefix("mod ")?.strip_suffix(';')
    });
    let known: Vec<_> = LAYERS.concat();
    let unknown: Vec<_> = modules
        .filter(|module| {
            !known.contains(module) && !["protos", "services", "fuzzing"].contains(module)
        })
        .collect();
    assert!(
        unknown.is_empty(),
        "give {unknown:?} a layer in the table above and in ARCHITECTURE.md"
    );
}

fn apart(a: &str, b: &str) -> bool {
    APART.iter().any(|pair| *pair == (a, b) || *pair == (b, a))
}

/// The first segment of each path from the crate's root, with its line. Comments don't count.
fn uses(text: &str) -> Vec<(usize, String)> {
    let mut uses = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let code = line.split("//").next().unwrap_or_default();
        for (at, _) in code.match_indices("crate::") {
            let rest = &code[at + "crate::".len()..];
            let names = match rest.strip_prefix('{') {
                Some(list) => list.trim_end_matches("};"),
                None => rest,
            };
            // `crate::{a::B, c}` names several modules; `crate::a::{B, C}` names one.
            let several = rest.starts_with('{');
            for name in names.split(',') {
                let name: String = name
                    .trim()
                    .chars()
                    .take_while(|c| c.is_alphanumeric() || *c == '_')
                    .collect();
                if !name.is_empty() {
                    uses.push((number + 1, name));
                }
                if !several {
                    break;
                }
            }
        }
    }
    uses
}

fn rust_files(dir: &Path) -> Vec<std::path::PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files
}
