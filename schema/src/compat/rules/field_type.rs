// Rule: field-type
//
// A field's values have another type. Which types can take each other's place is in `types.rs`; whatever the wire says, code that
// uses the field sees another type.

use crate::compat::change::{Change, FieldIn};
use crate::compat::{Break, Harm, Rule, Who, show, types};
use crate::model::{FieldType, Type};
use crate::numbers;

pub(in crate::compat) const RULE: Rule = Rule {
    id: "field-type",
    summary: "a field has values of another type",
    buf: &[
        "FIELD_SAME_TYPE",
        "FIELD_WIRE_COMPATIBLE_TYPE",
        "FIELD_WIRE_JSON_COMPATIBLE_TYPE",
    ],
    check,
};

fn check(change: &Change<'_>) -> Vec<Break> {
    let mut breaks = Vec::new();
    for (old, new) in change.kept_fields() {
        let mut pairs = vec![(old.field.ty.value().clone(), new.field.ty.value().clone())];
        match (&old.field.ty, &new.field.ty) {
            (FieldType::Map(before, _), FieldType::Map(now, _)) => {
                pairs.push((Type::Scalar(*before), Type::Scalar(*now)));
            }
            // That a map became something else, or something else a map, is a matter of how often there is a value.
            (FieldType::Map(..), _) | (_, FieldType::Map(..)) => continue,
            _ => {}
        }
        pairs.retain(|(before, now)| !change.is_same_type(before, now));
        if pairs.is_empty() {
            continue;
        }
        let mut found = new.found().old(show::field(&old)).now(show::field(&new));
        for Harm { who, why } in pairs
            .iter()
            .flat_map(|(before, now)| types::compare(change, before, now))
        {
            if !found.hurts(who) {
                found = found.harm(who, why);
            }
        }
        let caveat = pairs
            .iter()
            .map(|(before, now)| types::caveat(before, now))
            .find(|text| !text.is_empty());
        let caveat = caveat
            .filter(|_| !found.hurts(Who::WireReaders))
            .unwrap_or_default();
        breaks.push(
            found
                .harm(
                    Who::Source,
                    format!("the field has another type in code{caveat}"),
                )
                .help(help(&old, &new)),
        );
    }
    breaks
}

fn help(old: &FieldIn<'_>, new: &FieldIn<'_>) -> String {
    let before = show::field_type(&old.field.ty, &old.message.file.package);
    let used: Vec<u32> = new
        .message
        .fields()
        .map(|field| field.field.number)
        .collect();
    let reserved = [&old.message.item.reserved, &new.message.item.reserved];
    let reserved: Vec<_> = reserved
        .into_iter()
        .flat_map(|reserved| &reserved.numbers)
        .map(|range| range.start().unsigned_abs()..=range.end().unsigned_abs())
        .collect();
    let next = match numbers::next_free(&used, &reserved) {
        Some(next) => format!(": {next} is free"),
        None => String::new(),
    };
    format!(
        "keep `{before}` under {}, and give what is new a field of its own{next}",
        old.field.number
    )
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    #[track_caller]
    fn check(old: &str, new: &str, expect: Expect) {
        let file = |ty: &str| {
            format!(
                "enum E {{ E_ZERO = 0; E_ONE = 1; }} enum F {{ F_ZERO = 0; }} enum G {{ E_ZERO_ = 0; E_ONE_ = 1; }} \
                 message M {{ int32 a = 1; M more = 2; }} message N {{ int32 a = 1; N more = 2; string b = 3; }} \
                 message O {{ string a = 1; }} \
                 message A {{ {ty} a = 1; }}"
            )
        };
        crate::compat::testing::check("field-type", &file(old), &file(new), expect);
    }

    #[test]
    fn varints_take_each_others_place() {
        check("int32", "int64", expect![[""]]);
        check("int32", "uint32", expect![[""]]);
        check("int64", "bool", expect![[""]]);
    }

    #[test]
    fn zigzag_is_something_else() {
        check("int32", "sint32", expect![[""]]);
        check("sint32", "sint64", expect![[""]]);
    }

    #[test]
    fn fixed_lengths_are_two() {
        check("fixed32", "sfixed32", expect![[""]]);
        check("fixed32", "fixed64", expect![[""]]);
        check("fixed32", "float", expect![[""]]);
    }

    #[test]
    fn text_and_bytes() {
        check("string", "bytes", expect![[""]]);
        check("bytes", "string", expect![[""]]);
    }

    #[test]
    fn messages_and_bytes() {
        check("M", "bytes", expect![[""]]);
        check("bytes", "M", expect![[""]]);
        check("string", "M", expect![[""]]);
    }

    #[test]
    fn enums_and_integers() {
        check("E", "int32", expect![[""]]);
        check("uint64", "E", expect![[""]]);
        check("E", "bool", expect![[""]]);
    }

    #[test]
    fn other_messages_are_compared_by_what_is_in_them() {
        check("M", "N", expect![[""]]);
        check("M", "O", expect![[""]]);
        check("N", "M", expect![[""]]);
    }

    #[test]
    fn other_enums_are_compared_by_what_is_in_them() {
        check("E", "F", expect![[""]]);
        check("F", "E", expect![[""]]);
        check("E", "G", expect![[""]]);
    }

    #[test]
    fn keys_and_values_of_maps() {
        check(
            "map<string, int32>",
            "map<bytes_, int32>".replace("bytes_", "int32").as_str(),
            expect![[""]],
        );
        check("map<int32, M>", "map<int64, O>", expect![[""]]);
    }

    #[test]
    fn the_next_number_is_one_that_was_never_used() {
        let message = |ty: &str| format!("message A {{ {ty} a = 1; reserved 2 to 4; }}");
        crate::compat::testing::check(
            "field-type",
            &message("int32"),
            &message("string"),
            expect![[""]],
        );
    }
}
