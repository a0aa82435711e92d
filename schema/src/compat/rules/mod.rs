//! The rules, a file each: on top why it is one, then the function, then its tests.

mod deprecated_first;
mod enum_removed;
mod enum_value_name;
mod enum_value_not_reserved;
mod enum_value_number;
mod enum_value_removed;
mod field_cardinality;
mod field_name;
mod field_not_reserved;
mod field_number;
mod field_oneof;
mod field_presence;
mod field_removed;
mod field_type;
mod file_package;
mod file_removed;
mod message_removed;
mod method_idempotency;
mod method_removed;
mod method_request;
mod method_response;
mod method_streaming;
mod oneof_removed;
mod package_removed;
mod reserved_removed;
mod reserved_reused;
mod service_removed;
mod type_moved;

use super::Rule;

/// All rules, from the large to the small, as they are read. The compiler knows one that isn't listed.
pub(super) const RULES: &[Rule] = &[
    package_removed::RULE,
    file_package::RULE,
    file_removed::RULE,
    type_moved::RULE,
    service_removed::RULE,
    method_removed::RULE,
    method_request::RULE,
    method_response::RULE,
    method_streaming::RULE,
    method_idempotency::RULE,
    message_removed::RULE,
    field_removed::RULE,
    field_not_reserved::RULE,
    field_number::RULE,
    field_name::RULE,
    field_type::RULE,
    field_cardinality::RULE,
    field_presence::RULE,
    field_oneof::RULE,
    oneof_removed::RULE,
    enum_removed::RULE,
    enum_value_removed::RULE,
    enum_value_not_reserved::RULE,
    enum_value_number::RULE,
    enum_value_name::RULE,
    reserved_removed::RULE,
    reserved_reused::RULE,
    deprecated_first::RULE,
];
