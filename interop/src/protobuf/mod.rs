//! Google's conformance tests of protobuf, which hold every implementation of the format against the same cases.
//!
//! A [runner], which isn't ours, starts a program and says to it on its standard input what to read, and in which form to
//! write it again; it hears on the standard output what became of it. [`serve`] is that program.
//!
//! The messages are those of `conformance.proto` and `test_messages_proto3.proto` in the runner's repository, in Rust.
//!
//! [runner]: https://github.com/protocolbuffers/protobuf/tree/main/conformance

pub mod contract;
pub mod test_messages;

use std::io::{self, ErrorKind, Read, Write};

use traitwire::Message;
use traitwire::codec;
use traitwire::json::{ReadOptions, WriteOptions};
use traitwire::well_known::TypeRegistry;

use contract::{
    ConformanceRequest, ConformanceResponse, FailureSet, Outcome, Payload, TestCategory, WireFormat,
};
use test_messages::TestAllTypesProto3;

/// Answers requests until there are no more.
///
/// # Errors
///
/// When the input or the output is gone, or the input isn't of the runner.
pub fn serve(mut input: impl Read, mut output: impl Write) -> io::Result<()> {
    let types = TypeRegistry::new().with::<TestAllTypesProto3>();
    while let Some(request) = read(&mut input)? {
        let result = Some(answer(request, &types));
        let response = prost::Message::encode_to_vec(&ConformanceResponse { result });
        let len = u32::try_from(response.len()).map_err(io::Error::other)?;
        output.write_all(&len.to_le_bytes())?;
        output.write_all(&response)?;
        output.flush()?;
    }
    Ok(())
}

/// The next request: four bytes with its length, the lowest one first, and the message.
fn read(input: &mut impl Read) -> io::Result<Option<ConformanceRequest>> {
    let mut len = [0; 4];
    match input.read_exact(&mut len) {
        Ok(()) => {}
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => return Ok(None),
        Err(error) => return Err(error),
    }
    let mut request = Vec::new();
    let len = u64::from(u32::from_le_bytes(len));
    if input.take(len).read_to_end(&mut request)? as u64 != len {
        return Err(ErrorKind::UnexpectedEof.into());
    }
    codec::decode(&*request).map(Some).map_err(io::Error::other)
}

/// Reads what is in the request, and writes it in the form that is asked for.
fn answer(request: ConformanceRequest, types: &TypeRegistry) -> Outcome {
    if request.message_type == "conformance.FailureSet" {
        // What is known to fail: nothing.
        return binary(&FailureSet { test: Vec::new() });
    }
    if request.message_type != "protobuf_test_messages.proto3.TestAllTypesProto3" {
        return Outcome::Skipped("proto3 is all there is".to_owned());
    }
    let message: Result<TestAllTypesProto3, String> = match request.payload {
        Some(Payload::ProtobufPayload(bytes)) => {
            codec::decode(&*bytes).map_err(|error| error.to_string())
        }
        Some(Payload::JsonPayload(text)) => {
            let mut options = ReadOptions::new().types(types.clone());
            if request.test_category == TestCategory::JsonIgnoreUnknownParsingTest {
                options = options.ignore_unknown();
            }
            options.from_str(&text).map_err(|error| error.to_string())
        }
        Some(Payload::JspbPayload(_) | Payload::TextPayload(_)) => {
            return Outcome::Skipped("neither the text format nor JSPB".to_owned());
        }
        None => return Outcome::RuntimeError("there is no payload".to_owned()),
    };
    let message = match message {
        Ok(message) => message,
        Err(error) => return Outcome::ParseError(error),
    };
    match request.requested_output_format {
        WireFormat::Protobuf => binary(&message),
        WireFormat::Json => {
            let options = WriteOptions::new().types(types.clone());
            match options.to_string(&message) {
                Ok(text) => Outcome::JsonPayload(text),
                Err(error) => Outcome::SerializeError(error.to_string()),
            }
        }
        WireFormat::Jspb | WireFormat::TextFormat => {
            Outcome::Skipped("neither the text format nor JSPB".to_owned())
        }
        WireFormat::Unspecified | WireFormat::Other(_) => {
            Outcome::RuntimeError("no form is asked for".to_owned())
        }
    }
}

fn binary<M: Message>(message: &M) -> Outcome {
    Outcome::ProtobufPayload(message.encode_to_vec())
}
