//! The values of `serde_json`.

use serde_json::{Map, Number};

use super::value::EXACT;
use super::{Kind, Struct, Value, ValueError};

/// Refuses integers that a `double` takes for another one, as `TryFrom<i64>` does.
impl TryFrom<serde_json::Value> for Value {
    type Error = ValueError;

    fn try_from(value: serde_json::Value) -> Result<Self, ValueError> {
        Ok(match value {
            serde_json::Value::Null => Self::NULL,
            serde_json::Value::Bool(value) => value.into(),
            serde_json::Value::Number(number) => match (number.as_i64(), number.as_u64()) {
                (Some(number), _) => number.try_into()?,
                (None, Some(number)) => number.try_into()?,
                (None, None) => number
                    .as_f64()
                    .ok_or_else(|| ValueError::new(EXACT, number))?
                    .into(),
            },
            serde_json::Value::String(text) => text.into(),
            serde_json::Value::Array(values) => {
                let values = values.into_iter().map(Self::try_from);
                values.collect::<Result<Vec<_>, _>>()?.into()
            }
            serde_json::Value::Object(fields) => Struct::try_from(fields)?.into(),
        })
    }
}

impl TryFrom<Map<String, serde_json::Value>> for Struct {
    type Error = ValueError;

    fn try_from(fields: Map<String, serde_json::Value>) -> Result<Self, ValueError> {
        let fields = fields.into_iter();
        fields
            .map(|(name, value)| Ok((name, Value::try_from(value)?)))
            .collect()
    }
}

/// Refuses what JSON can't say: a number that is infinite or none, and a value without a kind.
impl TryFrom<Value> for serde_json::Value {
    type Error = ValueError;

    fn try_from(value: Value) -> Result<Self, ValueError> {
        Ok(match value.kind {
            None => return Err(ValueError::new("a value", value.describe())),
            Some(Kind::Null(_)) => Self::Null,
            Some(Kind::Number(number)) => Number::from_f64(number)
                .ok_or_else(|| ValueError::new("a number that JSON has", number))?
                .into(),
            Some(Kind::String(text)) => text.into(),
            Some(Kind::Bool(value)) => value.into(),
            Some(Kind::Struct(fields)) => Map::try_from(fields)?.into(),
            Some(Kind::List(list)) => {
                let values = list.into_iter().map(Self::try_from);
                values.collect::<Result<Vec<_>, _>>()?.into()
            }
        })
    }
}

impl TryFrom<Struct> for Map<String, serde_json::Value> {
    type Error = ValueError;

    fn try_from(fields: Struct) -> Result<Self, ValueError> {
        let fields = fields.into_iter();
        fields
            .map(|(name, value)| Ok((name, value.try_into()?)))
            .collect()
    }
}
