//! A wrapper is what it wraps.

use serde_core::{Deserializer, Serializer};

use super::JsonForm;
use crate::{
    codec::{
        BoolCodec, BytesCodec, DoubleCodec, FloatCodec, Int32Codec, Int64Codec, StringCodec,
        Uint32Codec, Uint64Codec,
        json::{JsonReading, JsonValue, JsonValueReader, JsonWriting},
    },
    well_known::{
        BoolValue, BytesValue, DoubleValue, FloatValue, Int32Value, Int64Value, StringValue,
        UInt32Value, UInt64Value,
    },
};

macro_rules! wrappers {
    ($($wrapper:ty: $codec:ty;)*) => {
        $(
            impl JsonForm for $wrapper {
                fn write<S: Serializer>(
                    &self,
                    serializer: S,
                    cx: JsonWriting<'_>,
                ) -> Result<S::Ok, S::Error> {
                    <$codec>::serialize(&self.value, serializer, cx)
                }

                fn read<'de, D: Deserializer<'de>>(
                    deserializer: D,
                    cx: JsonReading<'_>,
                ) -> Result<Self, D::Error> {
                    let value = <$codec>::deserialize(deserializer, cx)?;
                    Ok(Self {
                        value: value.expect("only values of enums may be unknown"),
                    })
                }
            }
        )*
    };
}

wrappers! {
    DoubleValue: DoubleCodec;
    FloatValue: FloatCodec;
    Int64Value: Int64Codec;
    UInt64Value: Uint64Codec;
    Int32Value: Int32Codec;
    UInt32Value: Uint32Codec;
    BoolValue: BoolCodec;
    StringValue: StringCodec;
    BytesValue: BytesCodec;
}
