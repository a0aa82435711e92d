//! `cargo traitwire export`: what the code says, as files for others.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::Args;
use traitwire_schema::model::{Enum, File, Message};
use traitwire_schema::{ProtoFile, Schema, committed, compat};

use crate::Outcome;
use crate::args::shown_path;
use crate::failure::Failure;
use crate::project::{Api, Project, Selection};
use crate::terminal::{Terminal, count};
use crate::version::Version;

/// Write the .proto files of a crate, or a descriptor set, by building it
///
/// The crate is built to learn what its code says: by the test that its `protos!` is, or, where there is none, by a small
/// crate in the target directory that depends on it and collects its public `#[grpc_service]` traits.
///
/// What the committed files reserve is reserved in the exported ones, too. The committed files themselves are written by
/// `UPDATE_PROTOS=1 cargo test`, which asks who would break.
#[derive(Args, Debug)]
#[command(after_long_help = HELP)]
pub(crate) struct Export {
    /// Write .proto files below this directory
    #[arg(
        long,
        short,
        value_name = "DIR",
        required_unless_present = "descriptor_set"
    )]
    out: Option<PathBuf>,
    /// With --out, also write the files of others that are imported
    ///
    /// Without those of `google/protobuf/`, which every compiler has.
    #[arg(long, requires = "out")]
    imports: bool,
    /// With --out, write over files that the crate has not exported
    #[arg(long, requires = "out")]
    force: bool,
    /// Write a binary `google.protobuf.FileDescriptorSet`, imports included; `-` is the standard output
    #[arg(long, value_name = "FILE")]
    descriptor_set: Option<PathBuf>,
    #[command(flatten)]
    selection: Selection,
}

const HELP: &str = "\
Examples:
  cargo traitwire export --out ../api                           .proto files, for those who generate code
  cargo traitwire export -p greeter --descriptor-set greeter.binpb
  cargo traitwire export --descriptor-set - | grpcurl -protoset /dev/stdin -plaintext localhost:50051 list

Exit codes:
  0  everything is written
  2  nothing is: the crate doesn't build, the services are no API, …";

pub(crate) fn run(export: &Export, terminal: &mut Terminal) -> Result<Outcome, Failure> {
    let project = Project::load(&export.selection)?;
    let apis = project.apis(terminal)?;
    let mut schemas = Vec::new();
    for api in &apis {
        schemas.push(with_reserved(api)?);
    }
    if let Some(out) = &export.out {
        write_files(export, out, &apis, &schemas, terminal)?;
    }
    if let Some(path) = &export.descriptor_set {
        let set = merge(&schemas)?.descriptor_set();
        if path.as_os_str() == "-" {
            terminal.print_bytes(&set);
        } else {
            write(path, &set)?;
            terminal.status("Exported", path.display());
        }
    }
    Ok(Outcome::Fine)
}

/// What the code says, and what the committed files reserve.
fn with_reserved(api: &Api) -> Result<Schema, Failure> {
    let schema = Schema::new(api.files.clone())
        .map_err(|errors| Failure::Input(format!("the services can't be exported\n\n{errors}")))?;
    if api.contract.committed.is_none() {
        return Ok(schema);
    }
    let committed = Version::Committed.of(&api.contract, Some(api))?;
    Ok(compat::keep_reserved(schema, &committed))
}

fn write_files(
    export: &Export,
    out: &Path,
    apis: &[Api],
    schemas: &[Schema],
    terminal: &mut Terminal,
) -> Result<(), Failure> {
    let mut files: BTreeMap<PathBuf, (String, &str)> = BTreeMap::new();
    for (api, schema) in apis.iter().zip(schemas) {
        let crate_name = &*api.contract.crate_name;
        let own = schema.clone().with_header(&committed::header(crate_name));
        let mut printed = own.print();
        if export.imports {
            let imported = api.imports.iter().map(|(path, text)| ProtoFile {
                path: path.clone(),
                text: text.clone(),
            });
            printed.extend(imported.filter(|file| !file.path.starts_with("google/protobuf/")));
        }
        for file in printed {
            let path = out.join(&file.path);
            let other = files.insert(path.clone(), (file.text.clone(), crate_name));
            if let Some((text, other)) = other.filter(|(text, _)| *text != file.text) {
                drop(text);
                return Err(Failure::Input(format!(
                    "{} is exported by the crate `{other}` and by the crate `{crate_name}`, with different contents\n\
                     help: export them to directories of their own",
                    path.display()
                )));
            }
        }
    }
    if !export.force {
        for (path, (text, crate_name)) in &files {
            let there = std::fs::read_to_string(path).unwrap_or_default();
            if !there.is_empty()
                && there != *text
                && committed::exporter(&there) != Some(crate_name)
            {
                return Err(Failure::Input(format!(
                    "{} is in the way: the crate `{crate_name}` has not exported it\n\
                     help: choose another directory, or write over what is there with --force",
                    path.display()
                )));
            }
        }
    }
    for (path, (text, _)) in &files {
        write(path, text.as_bytes())?;
    }
    let what = count(files.len(), "file");
    terminal.status("Exported", format_args!("{what} to {}", shown_path(out)));
    Ok(())
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    if let Some(dir) = path.parent().filter(|dir| !dir.as_os_str().is_empty()) {
        std::fs::create_dir_all(dir).map_err(|error| Failure::io("make", dir, error))?;
    }
    std::fs::write(path, bytes).map_err(|error| Failure::io("write", path, error))
}

/// The APIs of several crates as one, in which each file is once.
fn merge(schemas: &[Schema]) -> Result<Schema, Failure> {
    let mut files: BTreeMap<String, File> = BTreeMap::new();
    for file in schemas.iter().flat_map(Schema::files) {
        match files.get_mut(&file.path) {
            None => {
                files.insert(file.path.clone(), file.clone());
            }
            // Of an imported file, each crate has what it uses.
            Some(there) if there.imported && file.imported => {
                add_missing(&mut there.messages, &file.messages, |message: &Message| {
                    &message.name
                });
                add_missing(&mut there.enums, &file.enums, |item: &Enum| &item.name);
            }
            Some(there) if there.imported => *there = file.clone(),
            Some(_) if file.imported => {}
            Some(there) if there == file => {}
            Some(_) => {
                return Err(Failure::Input(format!(
                    "{} is exported by several crates, with different contents\n\
                     help: export them one by one, with -p",
                    file.path
                )));
            }
        }
    }
    Schema::new(files.into_values().collect())
        .map_err(|errors| Failure::Input(format!("the crates don't go together\n\n{errors}")))
}

fn add_missing<T: Clone>(there: &mut Vec<T>, more: &[T], name: impl Fn(&T) -> &String) {
    for item in more {
        if !there.iter().any(|known| name(known) == name(item)) {
            there.push(item.clone());
        }
    }
}
