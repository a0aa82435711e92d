//! A crate that was imported: it is what is imported today, it compiles (it is a member of the workspace), and what it
//! exports is what was imported.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::{env, fs};

use prost::Message as _;
use prost_types::{DescriptorProto, EnumDescriptorProto, FileDescriptorSet};

#[test]
fn the_crate_is_what_is_imported_today() {
    let dir = tempfile::tempdir().expect("a directory");
    let out = dir.path().join("bookshop");
    let args = [
        OsString::from("cargo-traitwire"),
        "--quiet".into(),
        "import".into(),
        tests().join("bookshop-protos").into(),
        "--include".into(),
        tests().join("bookshop-imports").into(),
        "--traitwire=../../../runtime".into(),
        "--out".into(),
        out.clone().into(),
    ];
    assert_eq!(cargo_traitwire::main(args), ExitCode::SUCCESS);
    let new = files(&out, &out);
    let committed = tests().join("bookshop");
    if env::var_os("UPDATE_EXPECT").is_some() {
        for (path, text) in &new {
            fs::write(committed.join(path), text).expect("a file");
        }
    }
    let mut old = files(&committed, &committed);
    old.retain(|path, _| !path.starts_with("protos"));
    assert_eq!(
        new.keys().collect::<Vec<_>>(),
        old.keys().collect::<Vec<_>>()
    );
    for (path, text) in new {
        let update = "UPDATE_EXPECT=1 cargo test rewrites it";
        assert!(
            text == old[&path],
            "{} is another one now: {update}",
            path.display()
        );
    }
}

#[test]
fn what_is_exported_is_what_was_imported() {
    let imported = descriptors(&tests().join("bookshop-protos"));
    let exported = descriptors(&tests().join("bookshop/protos"));
    let names = |types: &BTreeMap<String, String>| types.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&exported), names(&imported));
    for (name, imported) in imported {
        assert_eq!(exported[&name], imported, "{name}");
    }
}

/// All services, messages and enums of the files in a directory, by full name, without what the import says that it
/// leaves out: in which file they are, and options for other languages.
fn descriptors(dir: &Path) -> BTreeMap<String, String> {
    let imports = tests().join("bookshop-imports");
    let mut compiler = protox::Compiler::new([dir, &imports]).expect("a compiler");
    for path in files(dir, dir).keys() {
        compiler
            .open_file(path)
            .unwrap_or_else(|error| panic!("{error:?}"));
    }
    let set = FileDescriptorSet::decode(&*compiler.encode_file_descriptor_set());
    let mut all = BTreeMap::new();
    for mut file in set.expect("a set").file {
        let scope = file.package().to_owned();
        for message in &mut file.message_type {
            in_order(message);
            all.insert(
                format!("{scope}.{}", message.name()),
                format!("{message:#?}"),
            );
        }
        for item in &mut file.enum_type {
            by_number(item);
            all.insert(format!("{scope}.{}", item.name()), format!("{item:#?}"));
        }
        for service in &mut file.service {
            all.insert(
                format!("{scope}.{}", service.name()),
                format!("{service:#?}"),
            );
        }
    }
    all
}

/// Types stand in a message in another order.
fn in_order(message: &mut DescriptorProto) {
    message.nested_type.iter_mut().for_each(in_order);
    message.enum_type.iter_mut().for_each(by_number);
    message.nested_type.sort_by(|a, b| a.name.cmp(&b.name));
    message.enum_type.sort_by(|a, b| a.name.cmp(&b.name));
}

/// Aliases stand behind the value that they are another name of, and what is said of it is said of them.
fn by_number(item: &mut EnumDescriptorProto) {
    let mut first: BTreeMap<i32, usize> = BTreeMap::new();
    for (at, value) in item.value.iter().enumerate() {
        first.entry(value.number()).or_insert(at);
    }
    let options: BTreeMap<i32, _> = item
        .value
        .iter()
        .rev()
        .map(|value| (value.number(), value.options.clone()))
        .collect();
    item.value.sort_by_key(|value| first[&value.number()]);
    for value in &mut item.value {
        value.options.clone_from(&options[&value.number()]);
    }
}

/// The text of all files below a directory, by their paths from `root`.
fn files(root: &Path, dir: &Path) -> BTreeMap<PathBuf, String> {
    let mut all = BTreeMap::new();
    for entry in fs::read_dir(dir).expect("a directory") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            all.extend(files(root, &path));
        } else {
            let text = fs::read_to_string(&path).expect("a text");
            all.insert(
                path.strip_prefix(root).expect("a path below").to_owned(),
                text,
            );
        }
    }
    all
}

fn tests() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests")
}
