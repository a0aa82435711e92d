//! What others read from our text is what our descriptors say, and what we read from it is what we have written.

#[path = "support/compile.rs"]
mod compile;
#[path = "support/generate.rs"]
mod generate;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{TestCaseError, TestRunner};
use prost_types::FileDescriptorSet;
use traitwire_schema::model::{Enum, File, Member, Message};
use traitwire_schema::{ProtoFile, Schema, parse};

/// Checks any schemas with a compiler.
fn check(cases: u32, compile: impl Fn(&[ProtoFile]) -> Result<FileDescriptorSet, String>) {
    check_schemas(cases, |schema, files| {
        compile(files).and_then(|theirs| compile::assert_same(schema, theirs))
    });
}

fn check_schemas(cases: u32, check: impl Fn(&Schema, &[ProtoFile]) -> Result<(), String>) {
    let config = ProptestConfig {
        cases,
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    let result = TestRunner::new(config).run(&vec(any::<u16>(), 0..1000), |choices| {
        let schema = Schema::new(generate::files(choices))
            .map_err(|errors| TestCaseError::reject(errors.to_string()))?;
        let files = schema.print();
        let result = check(&schema, &files);
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

#[test]
fn we_read_what_we_have_written() {
    check_schemas(512, |schema, files| {
        let texts: Vec<_> = files
            .iter()
            .map(|file| (&*file.path, &*file.text))
            .collect();
        let read = parse::files(&texts).map_err(|errors| errors.to_string())?;
        let mut written = schema.files().to_vec();
        written.iter_mut().for_each(as_printed);
        if read != written {
            return Err(format!("read: {read:#?}\nwritten: {written:#?}"));
        }
        let again = Schema::new(read).map_err(|errors| errors.to_string())?;
        if again.print() != files {
            return Err("the text isn't the same any more".to_owned());
        }
        Ok(())
    });
}

/// Makes of comments what the text has of them.
fn as_printed(file: &mut File) {
    comment_as_printed(&mut file.header);
    for service in &mut file.services {
        comment_as_printed(&mut service.comment);
        for method in &mut service.methods {
            comment_as_printed(&mut method.comment);
        }
    }
    file.messages.iter_mut().for_each(message_as_printed);
    file.enums.iter_mut().for_each(enum_as_printed);
}

fn message_as_printed(message: &mut Message) {
    comment_as_printed(&mut message.comment);
    for member in &mut message.members {
        match member {
            Member::Field(field) => comment_as_printed(&mut field.comment),
            Member::OneOf(oneof) => {
                comment_as_printed(&mut oneof.comment);
                for field in &mut oneof.fields {
                    comment_as_printed(&mut field.comment);
                }
            }
        }
    }
    message.messages.iter_mut().for_each(message_as_printed);
    message.enums.iter_mut().for_each(enum_as_printed);
}

fn enum_as_printed(item: &mut Enum) {
    comment_as_printed(&mut item.comment);
    for value in &mut item.values {
        comment_as_printed(&mut value.comment);
    }
}

/// Without control characters, blanks at the ends of lines, and blank lines around it.
fn comment_as_printed(comment: &mut String) {
    let visible = |char: char| match char {
        '\t' => char,
        _ if char.is_control() => ' ',
        _ => char,
    };
    let lines = comment.lines().map(|line| {
        let line: String = line.chars().map(visible).collect();
        line.trim_end().to_owned()
    });
    let lines: Vec<String> = lines.collect();
    *comment = lines.join("\n").trim_matches('\n').to_owned();
}
