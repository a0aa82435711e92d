//! Enums.

use super::names::Kind;
use super::option::DEPRECATED;
use super::{Lowering, reserved};
use crate::model;
use crate::parse::ast::{Enum, EnumValue, Number, Range, Reserved};
use crate::parse::lower::comment::{comment, texts};
use crate::symbols::join;

impl Lowering<'_> {
    pub(super) fn enumeration(&mut self, scope: &str, item: &Enum) -> Option<model::Enum> {
        let full_name = join(scope, &item.name.text);
        let position = item.name.span.start;
        self.options(&item.options, &[DEPRECATED, ALLOW_ALIAS]);
        self.visibility(item.visibility, item.span.start);
        let kind = self.names.kind(&full_name);
        if kind == Some(Kind::NumberEnum) {
            let message = format!(
                "the enum `{}` has no place: none of its values is zero, so its fields are `int32` now",
                item.name.text
            );
            self.leave_out(position, message);
            return None;
        }
        let closed = kind == Some(Kind::ClosedEnum);
        if closed {
            let message = format!(
                "the enum `{}` is open now: what other values a peer sends is up to who reads them",
                item.name.text
            );
            self.leave_out(position, message);
        }
        let mut detached = item
            .reserved
            .iter()
            .flat_map(|reserved| texts(&reserved.comments));
        let note = self.note(full_name.clone(), item.span.start, &item.comments);
        note.closed = closed;
        note.detached.extend(&mut detached);
        let values = item.values.iter();
        let mut values: Vec<_> = values
            .filter_map(|value| self.value(scope, value))
            .collect();
        if closed && values.first().is_some_and(|first| first.number != 0) {
            values.sort_by_key(|value| value.number != 0);
            let message = format!(
                "the enum `{}` begins with its zero now, which is what an absent field is read as",
                item.name.text
            );
            self.leave_out(position, message);
        }
        Some(model::Enum {
            name: item.name.text.clone(),
            comment: comment(&item.comments),
            deprecated: self.deprecated(&item.options),
            reserved: self.reserved(&item.reserved, i32::MAX),
            allow_alias: self.flag(&item.options, ALLOW_ALIAS).unwrap_or(false),
            values,
            origin: None,
        })
    }

    fn value(&mut self, scope: &str, value: &EnumValue) -> Option<model::EnumValue> {
        self.options(&value.options, &[DEPRECATED]);
        let full_name = join(scope, &value.name.text);
        self.note(full_name, value.span.start, &value.comments);
        Some(model::EnumValue {
            name: value.name.text.clone(),
            number: self.int32(value.number)?,
            comment: comment(&value.comments),
            deprecated: self.deprecated(&value.options),
            origin: None,
        })
    }

    /// What a message or enum doesn't use again; `max` is the last number that there is.
    pub(super) fn reserved(&mut self, all: &[Reserved], max: i32) -> model::Reserved {
        let (mut numbers, mut names) = (Vec::new(), Vec::new());
        for item in all {
            for range in &item.ranges {
                numbers.extend(self.range(range, max));
            }
            names.extend(item.names.iter().map(|name| name.text.clone()));
        }
        reserved(numbers, names)
    }

    pub(super) fn range(
        &mut self,
        range: &Range,
        max: i32,
    ) -> Option<std::ops::RangeInclusive<i32>> {
        let start = self.int32(range.start)?;
        let end = match range.end {
            Some(end) => self.int32(end)?,
            None => max,
        };
        Some(start..=end)
    }

    fn int32(&mut self, number: Number) -> Option<i32> {
        let value = i32::try_from(number.value);
        if value.is_err() {
            let message = format!("{} doesn't fit into 32 bits", number.value);
            self.error(number.span.start, message);
        }
        value.ok()
    }
}

const ALLOW_ALIAS: &str = "allow_alias";
