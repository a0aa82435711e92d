//! `conformance.proto`: what the runner and the program say to each other.

#![expect(missing_docs, reason = "the names are those of protobuf's tests")]

use traitwire::{Enumeration, Message, OneOf};

/// A form that a message is read from or written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enumeration)]
#[proto(package = "conformance")]
pub enum WireFormat {
    #[proto(0, name = "UNSPECIFIED")]
    Unspecified,
    #[proto(1, name = "PROTOBUF")]
    Protobuf,
    #[proto(2, name = "JSON")]
    Json,
    #[proto(3, name = "JSPB")]
    Jspb,
    #[proto(4, name = "TEXT_FORMAT")]
    TextFormat,
    #[proto(other)]
    Other(i32),
}

/// What a test is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enumeration)]
#[proto(package = "conformance")]
pub enum TestCategory {
    #[proto(0, name = "UNSPECIFIED_TEST")]
    Unspecified,
    #[proto(1, name = "BINARY_TEST")]
    BinaryTest,
    #[proto(2, name = "JSON_TEST")]
    JsonTest,
    /// Members that the message doesn't have are to be ignored.
    #[proto(3, name = "JSON_IGNORE_UNKNOWN_PARSING_TEST")]
    JsonIgnoreUnknownParsingTest,
    #[proto(4, name = "JSPB_TEST")]
    JspbTest,
    #[proto(5, name = "TEXT_FORMAT_TEST")]
    TextFormatTest,
    #[proto(other)]
    Other(i32),
}

/// Tests that are known to fail.
#[derive(Clone, Debug, PartialEq, Message)]
#[proto(package = "conformance", reserved(1))]
pub struct FailureSet {
    #[proto(2)]
    pub test: Vec<TestStatus>,
}

/// A test that fails.
#[derive(Clone, Debug, PartialEq, Message)]
#[proto(package = "conformance")]
pub struct TestStatus {
    #[proto(1)]
    pub name: String,
    #[proto(2)]
    pub failure_message: String,
    /// The name by which the list of failures has it, which may have wildcards.
    #[proto(3)]
    pub matched_name: String,
}

/// What to do.
#[derive(Clone, Debug, PartialEq, Message)]
#[proto(package = "conformance")]
pub struct ConformanceRequest {
    #[proto(oneof)]
    pub payload: Option<Payload>,
    #[proto(3)]
    pub requested_output_format: WireFormat,
    /// The full name of the message in the payload.
    #[proto(4)]
    pub message_type: String,
    #[proto(5)]
    pub test_category: TestCategory,
    #[proto(6)]
    pub jspb_encoding_options: Option<JspbEncodingConfig>,
    /// Whether the text format prints unknown fields.
    #[proto(9)]
    pub print_unknown_fields: bool,
}

/// What to read.
#[derive(Clone, Debug, PartialEq, OneOf)]
pub enum Payload {
    #[proto(1)]
    ProtobufPayload(Vec<u8>),
    #[proto(2)]
    JsonPayload(String),
    #[proto(7)]
    JspbPayload(String),
    #[proto(8)]
    TextPayload(String),
}

/// What became of it.
#[derive(Clone, Debug, PartialEq, Message)]
#[proto(package = "conformance")]
pub struct ConformanceResponse {
    #[proto(oneof)]
    pub result: Option<Outcome>,
}

/// What became of a test.
#[derive(Clone, Debug, PartialEq, OneOf)]
pub enum Outcome {
    /// The payload can't be read, and why; some can't.
    #[proto(1)]
    ParseError(String),
    /// What was read can't be written, and why.
    #[proto(6)]
    SerializeError(String),
    #[proto(9)]
    TimeoutError(String),
    /// The test makes no sense, and why.
    #[proto(2)]
    RuntimeError(String),
    #[proto(3)]
    ProtobufPayload(Vec<u8>),
    #[proto(4)]
    JsonPayload(String),
    /// There is nothing here that is tested, and why.
    #[proto(5)]
    Skipped(String),
    #[proto(7)]
    JspbPayload(String),
    #[proto(8)]
    TextPayload(String),
}

/// How to write JSPB.
#[derive(Clone, Debug, PartialEq, Message)]
#[proto(package = "conformance")]
pub struct JspbEncodingConfig {
    #[proto(1)]
    pub use_jspb_array_any_format: bool,
}
