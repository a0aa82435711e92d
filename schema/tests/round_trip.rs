//! What others read from our text is what our descriptors say.

#[path = "support/compile.rs"]
mod compile;
#[path = "support/generate.rs"]
mod generate;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{TestCaseError, TestRunner};
use prost_types::FileDescriptorSet;
use traitwire_schema::{ProtoFile, Schema};

/// Checks any schemas with a compiler.
fn check(cases: u32, compile: impl Fn(&[ProtoFile]) -> Result<FileDescriptorSet, String>) {
    let config = ProptestConfig {
        cases,
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    let result = TestRunner::new(config).run(&vec(any::<u16>(), 0..1000), |choices| {
        let schema = Schema::new(generate::files(choices))
            .map_err(|errors| TestCaseError::reject(errors.to_string()))?;
        let files = schema.print();
        let result = compile(&files).and_then(|theirs| compile::assert_same(&schema, theirs));
        let text = || {
            files
                .iter()
                .map(|file| format!("----- {}\n{}", file.path, file.text))
                .collect::<String>()
        };
        result.map_err(|error| TestCaseError::fail(format!("{error}\n{}", text())))
    });
    if let Err(error) = result {
        panic!("{error}");
    }
}

#[test]
fn protox_reads_what_our_descriptors_say() {
    check(256, compile::protox);
}

#[test]
fn protoc_reads_what_our_descriptors_say() {
    if let Some(protoc) = compile::find_protoc() {
        check(128, |files| compile::protoc(&protoc, files));
    }
}
