//! Google's conformance tests of protobuf: required and recommended ones of proto3, in binary and in JSON; and whether our messages
//! are those of the tests.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use expect_test::expect;
use interop::protobuf::contract::{ConformanceRequest, ConformanceResponse, FailureSet};
use interop::protobuf::test_messages::TestAllTypesProto3;
use libtest_mimic::Trial;
use prost::Message as _;
use prost_types::{DescriptorProto, FieldOptions, FileDescriptorProto, FileDescriptorSet};
use traitwire::schema::Schema;
use traitwire::{Status, grpc_service};

use crate::process::{in_venv, interop, printed, require, scratch};

pub(crate) fn trials_with_others() -> Vec<Trial> {
    vec![
        Trial::test("protobuf::conformance", || Ok(conformance()?)),
        Trial::test("protobuf::descriptors", || Ok(descriptors()?)),
    ]
}

/// The runner plays its two suites, the second of which is all about the text format. What is skipped are proto2, editions
/// and that format; there is no list of failures.
fn conformance() -> Result<(), String> {
    let output = scratch("protobuf-conformance");
    fs::create_dir_all(&output).map_err(|error| error.to_string())?;
    let mut runner = runner()?;
    runner
        .arg("--enforce_recommended")
        .arg("--output_dir")
        .arg(output);
    runner.arg(env!("CARGO_BIN_EXE_protobuf-conformance"));
    // It says everything on its standard error.
    let mut shell = Command::new("sh");
    shell
        .args(["-c", r#""$@" 2>&1"#, "sh"])
        .arg(runner.get_program())
        .args(runner.get_args());
    let said = printed(&mut shell)?;
    let results: Vec<_> = said
        .lines()
        .filter(|line| line.starts_with("CONFORMANCE SUITE"))
        .collect();
    expect![[r#"
        CONFORMANCE SUITE PASSED: 1503 successes, 1314 skipped, 0 expected failures, 0 unexpected failures.
        CONFORMANCE SUITE PASSED: 0 successes, 445 skipped, 0 expected failures, 0 unexpected failures."#]]
    .assert_eq(&results.join("\n"));
    Ok(())
}

/// Has what is compared.
#[grpc_service(package = "protobuf_test_messages.proto3")]
trait Tests {
    async fn all_types(&self, message: TestAllTypesProto3) -> Result<(), Status>;
    async fn run(&self, request: ConformanceRequest) -> Result<ConformanceResponse, Status>;
    async fn failures(&self) -> Result<FailureSet, Status>;
}

/// Our messages are described as the runner's own files have them.
fn descriptors() -> Result<(), String> {
    let schema = Schema::collect(&[Tests]).expect("it is an API");
    let ours = set(&schema.descriptor_set());
    let include = package()?.join("include");
    let output = scratch("protobuf-descriptors");
    fs::create_dir_all(&output).map_err(|error| error.to_string())?;
    let file = output.join("set.binpb");
    let mut compiler = Command::new(in_venv("python")?);
    compiler
        .args(["-m", "grpc_tools.protoc"])
        .arg(format!("-I{}", include.display()))
        .arg(format!("--descriptor_set_out={}", file.display()))
        .args([
            "conformance/messages/test_messages_proto3.proto",
            "conformance/conformance.proto",
        ]);
    printed(&mut compiler)?;
    let theirs = set(&fs::read(&file).map_err(|error| error.to_string())?);
    for package in ["protobuf_test_messages.proto3", "conformance"] {
        let (ours, mut theirs) = (types(&ours, package), types(&theirs, package));
        // Nothing leads to these two.
        theirs.retain(|ty| !ty.contains("NullHypothesisProto3") && !ty.contains("EnumOnlyProto3"));
        assert!(!theirs.is_empty(), "{package}");
        assert_eq!(ours.join("\n"), theirs.join("\n"), "{package}");
    }
    Ok(())
}

fn set(bytes: &[u8]) -> Vec<FileDescriptorProto> {
    let set = FileDescriptorSet::decode(bytes);
    set.expect("it is a descriptor set").file
}

/// The messages and enums of a package as text, sorted by name.
fn types(files: &[FileDescriptorProto], package: &str) -> Vec<String> {
    let mut types = Vec::new();
    for file in files.iter().filter(|file| file.package() == package) {
        for message in &file.message_type {
            types.push(format!("{:#?}", plain(message)));
        }
        types.extend(file.enum_type.iter().map(|item| format!("{item:#?}")));
    }
    types.sort();
    types
}

/// The message in one order, without what has no effect on the wire or in JSON: options of C++, and `packed` where lists are
/// packed anyway.
fn plain(message: &DescriptorProto) -> DescriptorProto {
    let mut message = message.clone();
    for field in &mut message.field {
        let unpacked = field.options.as_ref().and_then(|options| options.packed) == Some(false);
        field.options = unpacked.then(|| FieldOptions {
            packed: Some(false),
            ..FieldOptions::default()
        });
    }
    message.field.sort_by_key(|field| field.number());
    message.reserved_range.sort_by_key(|range| range.start());
    message.enum_type.sort_by(|a, b| a.name().cmp(b.name()));
    message.nested_type = message.nested_type.iter().map(plain).collect();
    message.nested_type.sort_by(|a, b| a.name().cmp(b.name()));
    message
}

/// Where Python has the runner, the messages of its tests, and `google/protobuf`.
fn package() -> Result<PathBuf, String> {
    let mut python = Command::new(in_venv("python")?);
    let package = printed(python.args(["-c", "import protoc; print(protoc.__path__[0])"]))?;
    Ok(PathBuf::from(package.trim()))
}

/// With libraries that are new enough for it, where the system's aren't.
fn runner() -> Result<Command, String> {
    let runner = package()?.join("_bin/conformance_test_runner");
    require(&runner)?;
    let libraries: PathBuf = interop().join("python/.libraries/root/usr/lib/x86_64-linux-gnu");
    let loader = libraries.join("ld-linux-x86-64.so.2");
    if !loader.exists() {
        return Ok(Command::new(runner));
    }
    let mut command = Command::new(loader);
    command.arg("--library-path").arg(libraries).arg(runner);
    Ok(command)
}
