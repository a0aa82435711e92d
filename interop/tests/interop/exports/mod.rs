//! What an exported file says is what is on the wire.
//!
//! For each message of each file that is exported here, values are made from the *file*, encoded by somebody who knows
//! nothing but the file, read and written by our codec, and read by somebody else again. Nothing may be lost or be another
//! thing than before.

mod values;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::{fs, io};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use bytes::Bytes;
use libtest_mimic::Trial;
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, TestCaseError, TestRunner};
use prost::Message;
use prost_reflect::{
    DescriptorPool, DynamicMessage, Kind, MessageDescriptor, ReflectMessage as _, Value,
};
use traitwire::json::{ReadOptions, WriteOptions};
use traitwire::well_known::{Any, MessageType, TypeRegistry};

use self::values::Entropy;
use crate::process::{interop, printed, python, scratch};

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        Trial::test("exports::each_message_is_what_its_file_says", || {
            Ok(in_binary()?)
        }),
        Trial::test(
            "exports::each_message_is_in_json_what_its_file_says",
            || Ok(in_json()?),
        ),
    ]
}

pub(crate) fn trials_with_others() -> Vec<Trial> {
    vec![Trial::test(
        "exports::each_message_is_what_python_reads_in_its_file",
        || Ok(by_python()?),
    )]
}

/// Everything that a crate of this workspace exports to `protos/`.
fn registry() -> TypeRegistry {
    TypeRegistry::of_services(&[
        etcd::Kv,
        etcd::Lease,
        etcd::Watch,
        example_axum::LinkService,
        greeter::Greeter,
        interop::ErrorService,
        interop::InteropService,
        interop::arguments::ArgumentService,
        interop::conformance::ConformanceService,
        interop::conformance::ProgramService,
        interop::testing::TestService,
        interop::testing::UnimplementedService,
        route_guide::RouteGuide,
        traitwire::services::channelz::Channelz,
        traitwire::services::health::Health,
        traitwire::services::reflection::v1::ServerReflection,
        traitwire::services::reflection::v1alpha::ServerReflection,
    ])
}

/// Reads and writes in binary.
fn in_binary() -> Result<(), String> {
    for_each_message(|ours, given| {
        let written = read_and_write(ours, given)?;
        same(given, &read(&given.descriptor(), &written)?)
    })
}

/// Reads and writes in JSON.
fn in_json() -> Result<(), String> {
    let json = Json::new(registry());
    for_each_message(|_, given| {
        let descriptor = given.descriptor();
        let bytes = json.read(&descriptor, serde_json::to_value(given))?;
        same(given, &read(&descriptor, &bytes)?)?;
        let text = json.write(&descriptor, bytes)?;
        let returned = DynamicMessage::deserialize(descriptor, text.clone())
            .map_err(|error| format!("what we write isn't read: {text}: {error}"))?;
        same(given, &returned)
    })
}

/// Our JSON of messages that are known by name: that of an `Any`, which has the type beside the message's fields.
struct Json {
    reading: ReadOptions,
    writing: WriteOptions,
}

impl Json {
    fn new(registry: TypeRegistry) -> Self {
        Self {
            reading: ReadOptions::new().types(registry.clone()),
            writing: WriteOptions::new().types(registry),
        }
    }

    /// The message, encoded.
    fn read(
        &self,
        descriptor: &MessageDescriptor,
        value: serde_json::Result<serde_json::Value>,
    ) -> Result<Bytes, String> {
        let mut object = object(value)?;
        object.insert(TYPE.to_owned(), type_url(descriptor).into());
        let text = serde_json::Value::from(object).to_string();
        let any: Any = self
            .reading
            .from_str(&text)
            .map_err(|error| format!("we don't read {text}: {error}"))?;
        Ok(any.value)
    }

    fn write(
        &self,
        descriptor: &MessageDescriptor,
        value: Bytes,
    ) -> Result<serde_json::Value, String> {
        let type_url = type_url(descriptor);
        let any = Any { type_url, value };
        let text = self.writing.to_string(&any);
        let text = text.map_err(|error| error.to_string())?;
        let mut object = object(serde_json::from_str(&text))?;
        assert_eq!(object.remove(TYPE), Some(any.type_url.into()), "{text}");
        Ok(object.into())
    }
}

fn type_url(descriptor: &MessageDescriptor) -> String {
    format!("type.googleapis.com/{}", descriptor.full_name())
}

fn object(
    value: serde_json::Result<serde_json::Value>,
) -> Result<serde_json::Map<String, serde_json::Value>, String> {
    match value.map_err(|error| error.to_string())? {
        serde_json::Value::Object(object) => Ok(object),
        other => Err(format!("{other} is no object")),
    }
}

/// The member that says what is in an `Any`.
const TYPE: &str = "@type";

/// Has Python's protobuf read what we write, and write what it has read.
fn by_python() -> Result<(), String> {
    let registry = registry();
    let json = Json::new(registry.clone());
    let (mut given, mut lines) = (Vec::new(), String::new());
    let mut runner = TestRunner::deterministic();
    for descriptor in exported()? {
        let name = descriptor.full_name();
        let ours = known(&registry, &descriptor)?;
        for _ in 0..CASES_OF_PYTHON {
            let entropy = entropy().new_tree(&mut runner);
            let entropy = entropy.map_err(|reason| reason.to_string())?.current();
            let message = values::message(&descriptor, &mut Entropy(&entropy));
            let written = Bytes::from(read_and_write(ours, &message)?);
            let text = json.write(&descriptor, written.clone())?;
            lines += &format!("{name} {} {text}\n", BASE64.encode(&written));
            given.push(message);
        }
    }
    let file = scratch("exports.txt");
    fs::write(&file, lines).map_err(|error| error.to_string())?;
    let returned = printed(python("exports.py")?.arg(&file).args(files()?))?;
    assert_eq!(returned.lines().count(), given.len());
    for (given, returned) in given.iter().zip(returned.lines()) {
        let descriptor = given.descriptor();
        let (binary, text) = returned.split_once(' ').ok_or("JSON is missing")?;
        let binary = BASE64.decode(binary).map_err(|error| error.to_string())?;
        let text = json.read(&descriptor, serde_json::from_str(text))?;
        same(given, &read(&descriptor, &binary)?)
            .and_then(|()| same(given, &read(&descriptor, &text)?))
            .map_err(|error| format!("{} {given}: {error}", descriptor.full_name()))?;
    }
    Ok(())
}

/// Our part: what we make of the bytes of a message.
fn read_and_write(ours: MessageType, given: &DynamicMessage) -> Result<Vec<u8>, String> {
    let message = ours.decode(given.encode_to_vec());
    let message = message.map_err(|error| format!("we don't read it: {error}"))?;
    Ok(message.encode_to_bytes().into())
}

/// The part of somebody who knows the file.
fn read(descriptor: &MessageDescriptor, bytes: &[u8]) -> Result<DynamicMessage, String> {
    DynamicMessage::decode(descriptor.clone(), bytes)
        .map_err(|error| format!("what we write isn't read: {error}"))
}

fn same(given: &DynamicMessage, returned: &DynamicMessage) -> Result<(), String> {
    let (given, returned) = (plain(given.clone()), plain(returned.clone()));
    if given == returned {
        Ok(())
    } else {
        Err(format!("it comes back as {returned}"))
    }
}

/// Without empty messages in fields. Where Rust has a message that is no `Option`, it is always sent, and a file can't say
/// so: there, an empty message and none are the same.
fn plain(mut message: DynamicMessage) -> DynamicMessage {
    for field in message.descriptor().fields() {
        if !matches!(field.kind(), Kind::Message(_)) || !message.has_field(&field) {
            continue;
        }
        match message.get_field_mut(&field) {
            Value::Message(inner) => {
                *inner = plain(inner.clone());
                if field.containing_oneof().is_none() && inner.encoded_len() == 0 {
                    message.clear_field(&field);
                }
            }
            Value::List(items) => items.iter_mut().for_each(plain_value),
            Value::Map(entries) => entries.values_mut().for_each(plain_value),
            _ => {}
        }
    }
    message
}

fn plain_value(value: &mut Value) {
    if let Value::Message(message) = value {
        *message = plain(message.clone());
    }
}

/// Checks values of all messages of all files.
fn for_each_message(
    check: impl Fn(MessageType, &DynamicMessage) -> Result<(), String>,
) -> Result<(), String> {
    let registry = registry();
    let mut seen = BTreeSet::new();
    for descriptor in exported()? {
        let name = descriptor.full_name();
        let ours = known(&registry, &descriptor)?;
        check_message(&descriptor, |message| check(ours, message))?;
        seen.insert(name.to_owned());
    }
    assert!(seen.contains("routeguide.Point"), "{seen:?}");
    Ok(())
}

fn check_message(
    descriptor: &MessageDescriptor,
    check: impl Fn(&DynamicMessage) -> Result<(), String>,
) -> Result<(), String> {
    let config = Config {
        cases: CASES,
        failure_persistence: None,
        ..Config::default()
    };
    let outcome = TestRunner::new(config).run(&entropy(), |entropy| {
        let message = values::message(descriptor, &mut Entropy(&entropy));
        check(&message).map_err(|error| TestCaseError::fail(format!("{message}: {error}")))
    });
    outcome.map_err(|error| format!("{}: {error}", descriptor.full_name()))
}

/// What decisions are made of.
fn entropy() -> impl Strategy<Value = Vec<u8>> {
    proptest::collection::vec(proptest::num::u8::ANY, 0..256)
}

fn known(registry: &TypeRegistry, descriptor: &MessageDescriptor) -> Result<MessageType, String> {
    let name = descriptor.full_name();
    let known = registry.get(name);
    known.ok_or_else(|| format!("{name} is in a file, and isn't known here"))
}

/// The messages of all files in `protos/`, as they are committed.
fn exported() -> Result<Vec<MessageDescriptor>, String> {
    let files = files()?;
    let set = protox::compile(&files, [protos()]).map_err(|error| error.to_string())?;
    let pool = DescriptorPool::from_file_descriptor_set(set).map_err(|error| error.to_string())?;
    let messages = pool.all_messages().filter(|message| {
        let file = message.parent_file();
        files.iter().any(|path| path == file.name()) && !message.is_map_entry()
    });
    Ok(messages.collect())
}

/// The paths of all files, as they import each other.
fn files() -> Result<Vec<String>, String> {
    let mut files = Vec::new();
    find_protos(&protos(), &mut files).map_err(|error| error.to_string())?;
    Ok(files)
}

fn find_protos(directory: &Path, files: &mut Vec<String>) -> io::Result<()> {
    for entry in fs::read_dir(directory)? {
        let path = entry?.path();
        if path.is_dir() {
            find_protos(&path, files)?;
        } else if path
            .extension()
            .is_some_and(|extension| extension == "proto")
        {
            let path = path.strip_prefix(protos()).unwrap_or(&path);
            files.push(path.display().to_string());
        }
    }
    Ok(())
}

fn protos() -> PathBuf {
    interop().join("../protos")
}

/// Values of each message.
const CASES: u32 = 64;

const CASES_OF_PYTHON: u32 = 8;
