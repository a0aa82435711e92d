//! Other people's compilers: what do they make of our text?

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Command;
use std::{env, fs};

use prost::Message;
use prost_types::source_code_info::Location;
use prost_types::{FileDescriptorProto, FileDescriptorSet};
use protox::Compiler;
use protox::file::{ChainFileResolver, File, FileResolver, GoogleFileResolver};
use traitwire_schema::{ProtoFile, Schema};

/// Checks that what `theirs` makes of our text is what we say in our descriptor set.
///
/// Files that we import, and don't print, are compared without their options, comments and positions.
pub(crate) fn assert_same(schema: &Schema, theirs: FileDescriptorSet) -> Result<(), String> {
    let ours =
        FileDescriptorSet::decode(&*schema.descriptor_set()).map_err(|error| error.to_string())?;
    let by_name = |set: FileDescriptorSet| -> BTreeMap<String, FileDescriptorProto> {
        set.file
            .into_iter()
            .map(|file| (file.name().to_owned(), file))
            .collect()
    };
    assert_imports_come_first(&ours)?;
    let (ours, mut theirs) = (by_name(ours), by_name(theirs));
    for (name, mut ours) in ours {
        let Some(mut theirs) = theirs.remove(&name) else {
            return Err(format!("{name} is not theirs"));
        };
        let locations = |file: &mut FileDescriptorProto| -> Vec<Location> {
            file.source_code_info
                .take()
                .map(|info| info.location)
                .unwrap_or_default()
        };
        let (our_locations, their_locations) = (locations(&mut ours), locations(&mut theirs));
        if schema
            .files()
            .iter()
            .any(|file| file.path == name && file.imported)
        {
            theirs.options = None;
        } else {
            assert_same_locations(&our_locations, &their_locations)
                .map_err(|error| format!("{name}: {error}"))?;
        }
        if ours != theirs {
            return Err(format!("{name}\nours: {ours:#?}\ntheirs: {theirs:#?}"));
        }
    }
    match theirs.keys().next() {
        Some(name) => Err(format!("{name} is not ours")),
        None => Ok(()),
    }
}

fn assert_imports_come_first(set: &FileDescriptorSet) -> Result<(), String> {
    for (at, file) in set.file.iter().enumerate() {
        for import in &file.dependency {
            if !set.file[..at].iter().any(|file| file.name() == import) {
                return Err(format!("{import} isn't before {}", file.name()));
            }
        }
    }
    Ok(())
}

/// We note declarations, they note parts of these as well; but all comments are on declarations.
fn assert_same_locations(ours: &[Location], theirs: &[Location]) -> Result<(), String> {
    for ours in ours {
        match theirs.iter().find(|theirs| theirs.path == ours.path) {
            Some(theirs) if theirs == ours => {}
            theirs => return Err(format!("ours: {ours:#?}\ntheirs: {theirs:#?}")),
        }
    }
    let commented = |location: &&Location| {
        location.leading_comments.is_some()
            || location.trailing_comments.is_some()
            || !location.leading_detached_comments.is_empty()
    };
    match theirs
        .iter()
        .filter(commented)
        .find(|theirs| ours.iter().all(|ours| ours.path != theirs.path))
    {
        Some(location) => Err(format!("a comment that isn't ours: {location:#?}")),
        None => Ok(()),
    }
}

/// Compiles with protox.
pub(crate) fn protox(files: &[ProtoFile]) -> Result<FileDescriptorSet, String> {
    let mut resolver = ChainFileResolver::new();
    resolver.add(GoogleFileResolver::new());
    resolver.add(InMemory(files.to_vec()));
    let mut compiler = Compiler::with_file_resolver(resolver);
    compiler.include_imports(true).include_source_info(true);
    for file in files {
        compiler
            .open_file(&file.path)
            .map_err(|error| format!("{error:?}"))?;
    }
    let set = compiler.encode_file_descriptor_set();
    FileDescriptorSet::decode(&*set).map_err(|error| error.to_string())
}

struct InMemory(Vec<ProtoFile>);

impl FileResolver for InMemory {
    fn open_file(&self, name: &str) -> Result<File, protox::Error> {
        match self.0.iter().find(|file| file.path == name) {
            Some(file) => File::from_source(name, &file.text),
            None => Err(protox::Error::file_not_found(name)),
        }
    }
}

/// The `protoc` of this machine.
///
/// Without one its tests are skipped, unless `TRAITWIRE_PEERS` says that other people's software has to be here.
pub(crate) fn find_protoc() -> Option<PathBuf> {
    let protoc = PathBuf::from(env::var_os("PROTOC").unwrap_or_else(|| "protoc".into()));
    match Command::new(&protoc).arg("--version").output() {
        Ok(output) if output.status.success() => Some(protoc),
        _ if env::var_os("TRAITWIRE_PEERS").is_some() => {
            panic!(
                "TRAITWIRE_PEERS is set, but `{}` doesn't run",
                protoc.display()
            )
        }
        _ => {
            println!("skipped: `{}` doesn't run", protoc.display());
            None
        }
    }
}

/// Compiles with `protoc`.
pub(crate) fn protoc(protoc: &PathBuf, files: &[ProtoFile]) -> Result<FileDescriptorSet, String> {
    let dir = tempfile::tempdir().map_err(|error| error.to_string())?;
    for file in files {
        let path = dir.path().join(&file.path);
        let written = fs::create_dir_all(path.parent().unwrap_or(dir.path()))
            .and_then(|()| fs::write(&path, &file.text));
        written.map_err(|error| error.to_string())?;
    }
    let set = dir.path().join("set");
    let output = Command::new(protoc)
        .current_dir(dir.path())
        .args([
            "--proto_path=.",
            "--include_imports",
            "--include_source_info",
            "--descriptor_set_out=set",
        ])
        .args(files.iter().map(|file| &file.path))
        .output()
        .map_err(|error| error.to_string())?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned());
    }
    let set = fs::read(set).map_err(|error| error.to_string())?;
    FileDescriptorSet::decode(&*set).map_err(|error| error.to_string())
}
