//! The messages that protobuf brings along, `google.protobuf.*`.

mod empty;
