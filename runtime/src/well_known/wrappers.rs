//! The wrappers: a scalar in a message, from the time when scalars couldn't be `optional`.

use bytes::Bytes;

use traitwire_macros::Message;

macro_rules! wrapper {
    ($(#[$doc:meta])* $name:ident($ty:ty) $(, $derive:ident)*) => {
        $(#[$doc])*
        ///
        /// New messages don't need it: an `optional` field says the same in fewer bytes. It is there for older ones, and
        /// for methods that take or return a single value.
        #[derive(Clone, Debug, Default, PartialEq, Message $(, $derive)*)]
        #[proto(package = "google.protobuf", file = "google/protobuf/wrappers.proto", json_form, crate = crate)]
        pub struct $name {
            /// The value.
            #[proto(1)]
            pub value: $ty,
        }

        impl From<$ty> for $name {
            fn from(value: $ty) -> Self {
                Self { value }
            }
        }

        impl From<$name> for $ty {
            fn from(wrapper: $name) -> Self {
                wrapper.value
            }
        }
    };
}

wrapper!(
    /// A message that holds a `double`.
    DoubleValue(f64),
    Copy
);
wrapper!(
    /// A message that holds a `float`.
    FloatValue(f32),
    Copy
);
wrapper!(
    /// A message that holds an `int64`.
    Int64Value(i64),
    Copy,
    Eq,
    Hash
);
wrapper!(
    /// A message that holds a `uint64`.
    UInt64Value(u64),
    Copy,
    Eq,
    Hash
);
wrapper!(
    /// A message that holds an `int32`.
    Int32Value(i32),
    Copy,
    Eq,
    Hash
);
wrapper!(
    /// A message that holds a `uint32`.
    UInt32Value(u32),
    Copy,
    Eq,
    Hash
);
wrapper!(
    /// A message that holds a `bool`.
    BoolValue(bool),
    Copy,
    Eq,
    Hash
);
wrapper!(
    /// A message that holds a `string`.
    StringValue(String),
    Eq,
    Hash
);
wrapper!(
    /// A message that holds `bytes`.
    BytesValue(Bytes),
    Eq,
    Hash
);
