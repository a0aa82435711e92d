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
        check(
            "int32",
            "int64",
            expect![[r#"
            field-type: field `test.A.a`
              old: int32 a = 1
              new: int64 a = 1
              breaks JSON: a whole number becomes a whole number in quotes
              breaks source: the field has another type in code; on the wire, numbers that don't fit into the other type become other numbers
              help: keep `int32` under 1, and give what is new a field of its own: 2 is free"#]],
        );
        check(
            "int32",
            "uint32",
            expect![[r#"
            field-type: field `test.A.a`
              old: int32 a = 1
              new: uint32 a = 1
              breaks source: the field has another type in code; on the wire, numbers that don't fit into the other type become other numbers
              help: keep `int32` under 1, and give what is new a field of its own: 2 is free"#]],
        );
        check(
            "int64",
            "bool",
            expect![[r#"
            field-type: field `test.A.a`
              old: int64 a = 1
              new: bool a = 1
              breaks JSON: a whole number in quotes becomes `true` or `false`
              breaks source: the field has another type in code; on the wire, numbers that don't fit into the other type become other numbers
              help: keep `int64` under 1, and give what is new a field of its own: 2 is free"#]],
        );
    }

    #[test]
    fn zigzag_is_something_else() {
        check(
            "int32",
            "sint32",
            expect![[r#"
            field-type: field `test.A.a`
              old: int32 a = 1
              new: sint32 a = 1
              breaks old readers: they look for `int32` and find `sint32`: it is skipped, misread or an error
              breaks old writers: they write `int32` where `sint32` is read: it is skipped, misread or an error
              breaks source: the field has another type in code
              help: keep `int32` under 1, and give what is new a field of its own: 2 is free"#]],
        );
        check(
            "sint32",
            "sint64",
            expect![[r#"
            field-type: field `test.A.a`
              old: sint32 a = 1
              new: sint64 a = 1
              breaks JSON: a whole number becomes a whole number in quotes
              breaks source: the field has another type in code; on the wire, numbers that don't fit into the other type become other numbers
              help: keep `sint32` under 1, and give what is new a field of its own: 2 is free"#]],
        );
    }

    #[test]
    fn fixed_lengths_are_two() {
        check(
            "fixed32",
            "sfixed32",
            expect![[r#"
            field-type: field `test.A.a`
              old: fixed32 a = 1
              new: sfixed32 a = 1
              breaks source: the field has another type in code; on the wire, numbers that don't fit into the other type become other numbers
              help: keep `fixed32` under 1, and give what is new a field of its own: 2 is free"#]],
        );
        check(
            "fixed32",
            "fixed64",
            expect![[r#"
            field-type: field `test.A.a`
              old: fixed32 a = 1
              new: fixed64 a = 1
              breaks old readers: they look for `fixed32` and find `fixed64`: it is skipped, misread or an error
              breaks old writers: they write `fixed32` where `fixed64` is read: it is skipped, misread or an error
              breaks JSON: a whole number becomes a whole number in quotes
              breaks source: the field has another type in code
              help: keep `fixed32` under 1, and give what is new a field of its own: 2 is free"#]],
        );
        check(
            "fixed32",
            "float",
            expect![[r#"
            field-type: field `test.A.a`
              old: fixed32 a = 1
              new: float a = 1
              breaks old readers: they look for `fixed32` and find `float`: it is skipped, misread or an error
              breaks old writers: they write `fixed32` where `float` is read: it is skipped, misread or an error
              breaks JSON: a whole number becomes a number
              breaks source: the field has another type in code
              help: keep `fixed32` under 1, and give what is new a field of its own: 2 is free"#]],
        );
    }

    #[test]
    fn text_and_bytes() {
        check(
            "string",
            "bytes",
            expect![[r#"
            field-type: field `test.A.a`
              old: string a = 1
              new: bytes a = 1
              breaks old readers: they refuse bytes that are no UTF-8, and the whole message with them
              breaks JSON: text becomes base64
              breaks source: the field has another type in code
              help: keep `string` under 1, and give what is new a field of its own: 2 is free"#]],
        );
        check(
            "bytes",
            "string",
            expect![[r#"
            field-type: field `test.A.a`
              old: bytes a = 1
              new: string a = 1
              breaks old writers: what they write is refused if the bytes are no UTF-8, and the whole message with it
              breaks JSON: base64 becomes text
              breaks source: the field has another type in code
              help: keep `bytes` under 1, and give what is new a field of its own: 2 is free"#]],
        );
    }

    #[test]
    fn messages_and_bytes() {
        check(
            "M",
            "bytes",
            expect![[r#"
            field-type: field `test.A.a`
              old: M a = 1
              new: bytes a = 1
              breaks old readers: they read the bytes as `test.M`, which they may not be
              breaks JSON: an object becomes base64
              breaks source: the field has another type in code
              help: keep `M` under 1, and give what is new a field of its own: 2 is free"#]],
        );
        check(
            "bytes",
            "M",
            expect![[r#"
            field-type: field `test.A.a`
              old: bytes a = 1
              new: M a = 1
              breaks old writers: the bytes that they write are read as `test.M`, which they may not be
              breaks JSON: base64 becomes an object
              breaks source: the field has another type in code
              help: keep `bytes` under 1, and give what is new a field of its own: 2 is free"#]],
        );
        check(
            "string",
            "M",
            expect![[r#"
            field-type: field `test.A.a`
              old: string a = 1
              new: M a = 1
              breaks old readers: they look for `string` and find `test.M`: it is skipped, misread or an error
              breaks old writers: they write `string` where `test.M` is read: it is skipped, misread or an error
              breaks JSON: text becomes an object
              breaks source: the field has another type in code
              help: keep `string` under 1, and give what is new a field of its own: 2 is free"#]],
        );
    }

    #[test]
    fn enums_and_integers() {
        check(
            "E",
            "int32",
            expect![[r#"
            field-type: field `test.A.a`
              old: E a = 1
              new: int32 a = 1
              breaks JSON: an enum value's name becomes a whole number
              breaks source: the field has another type in code
              help: keep `E` under 1, and give what is new a field of its own: 2 is free"#]],
        );
        check(
            "uint64",
            "E",
            expect![[r#"
            field-type: field `test.A.a`
              old: uint64 a = 1
              new: E a = 1
              breaks JSON: a whole number in quotes becomes an enum value's name
              breaks source: the field has another type in code; on the wire, numbers that don't fit into the other type become other numbers
              help: keep `uint64` under 1, and give what is new a field of its own: 2 is free"#]],
        );
        check(
            "E",
            "bool",
            expect![[r#"
            field-type: field `test.A.a`
              old: E a = 1
              new: bool a = 1
              breaks old readers: they look for `test.E` and find `bool`: it is skipped, misread or an error
              breaks old writers: they write `test.E` where `bool` is read: it is skipped, misread or an error
              breaks JSON: an enum value's name becomes `true` or `false`
              breaks source: the field has another type in code
              help: keep `E` under 1, and give what is new a field of its own: 2 is free"#]],
        );
    }

    #[test]
    fn other_messages_are_compared_by_what_is_in_them() {
        check(
            "M",
            "N",
            expect![[r#"
            field-type: field `test.A.a`
              old: M a = 1
              new: N a = 1
              breaks source: the field has another type in code
              help: keep `M` under 1, and give what is new a field of its own: 2 is free"#]],
        );
        check(
            "M",
            "O",
            expect![[r#"
                field-type: field `test.A.a`
                  old: M a = 1
                  new: O a = 1
                  breaks old readers: they read `test.O` as `test.M`, and it isn't compatible with that
                  breaks old writers: they write `test.M`, and `test.O` isn't compatible with that
                  breaks JSON: an object of the other type is something else
                  breaks source: the field has another type in code
                  help: keep `M` under 1, and give what is new a field of its own: 2 is free"#]],
        );
        check(
            "N",
            "M",
            expect![[r#"
                field-type: field `test.A.a`
                  old: N a = 1
                  new: M a = 1
                  breaks old readers: they read `test.M` as `test.N`, and it isn't compatible with that
                  breaks old writers: they write `test.N`, and `test.M` isn't compatible with that
                  breaks JSON: an object of the other type is something else
                  breaks source: the field has another type in code
                  help: keep `N` under 1, and give what is new a field of its own: 2 is free"#]],
        );
    }

    #[test]
    fn what_two_messages_assume_of_each_other_is_not_taken_for_granted() {
        crate::compat::testing::check(
            "field-type",
            "message A { C c = 1; int32 x = 2; } message C { A a = 1; } message H { A f = 1; C g = 2; }",
            "message B { D c = 1; string x = 2; } message D { B a = 1; } message H { B f = 1; D g = 2; }",
            expect![[r#"
                field-type: field `test.H.f`
                  old: A f = 1
                  new: B f = 1
                  breaks old readers: they read `test.B` as `test.A`, and it isn't compatible with that
                  breaks old writers: they write `test.A`, and `test.B` isn't compatible with that
                  breaks JSON: an object of the other type is something else
                  breaks source: the field has another type in code
                  help: keep `A` under 1, and give what is new a field of its own: 3 is free
                field-type: field `test.H.g`
                  old: C g = 2
                  new: D g = 2
                  breaks old readers: they read `test.D` as `test.C`, and it isn't compatible with that
                  breaks old writers: they write `test.C`, and `test.D` isn't compatible with that
                  breaks JSON: an object of the other type is something else
                  breaks source: the field has another type in code
                  help: keep `C` under 2, and give what is new a field of its own: 3 is free"#]],
        );
    }

    #[test]
    fn other_enums_are_compared_by_what_is_in_them() {
        check(
            "E",
            "F",
            expect![[r#"
                field-type: field `test.A.a`
                  old: E a = 1
                  new: F a = 1
                  breaks old readers: they read `test.F` as `test.E`, and it isn't compatible with that
                  breaks old writers: they write `test.E`, and `test.F` isn't compatible with that
                  breaks JSON: an enum value's name of the other type is something else
                  breaks source: the field has another type in code
                  help: keep `E` under 1, and give what is new a field of its own: 2 is free"#]],
        );
        check(
            "F",
            "E",
            expect![[r#"
                field-type: field `test.A.a`
                  old: F a = 1
                  new: E a = 1
                  breaks JSON: an enum value's name of the other type is something else
                  breaks source: the field has another type in code
                  help: keep `F` under 1, and give what is new a field of its own: 2 is free"#]],
        );
        check(
            "E",
            "G",
            expect![[r#"
                field-type: field `test.A.a`
                  old: E a = 1
                  new: G a = 1
                  breaks JSON: an enum value's name of the other type is something else
                  breaks source: the field has another type in code
                  help: keep `E` under 1, and give what is new a field of its own: 2 is free"#]],
        );
    }

    #[test]
    fn keys_and_values_of_maps() {
        check(
            "map<string, int32>",
            "map<bytes_, int32>".replace("bytes_", "int32").as_str(),
            expect![[r#"
                field-type: field `test.A.a`
                  old: map<string, int32> a = 1
                  new: map<int32, int32> a = 1
                  breaks old readers: they look for `string` and find `int32`: it is skipped, misread or an error
                  breaks old writers: they write `string` where `int32` is read: it is skipped, misread or an error
                  breaks JSON: text becomes a whole number
                  breaks source: the field has another type in code
                  help: keep `map<string, int32>` under 1, and give what is new a field of its own: 2 is free"#]],
        );
        check(
            "map<int32, M>",
            "map<int64, O>",
            expect![[r#"
                field-type: field `test.A.a`
                  old: map<int32, M> a = 1
                  new: map<int64, O> a = 1
                  breaks old readers: they read `test.O` as `test.M`, and it isn't compatible with that
                  breaks old writers: they write `test.M`, and `test.O` isn't compatible with that
                  breaks JSON: an object of the other type is something else
                  breaks source: the field has another type in code
                  help: keep `map<int32, M>` under 1, and give what is new a field of its own: 2 is free"#]],
        );
    }

    #[test]
    fn the_next_number_is_one_that_was_never_used() {
        let message = |ty: &str| format!("message A {{ {ty} a = 1; reserved 2 to 4; }}");
        crate::compat::testing::check(
            "field-type",
            &message("int32"),
            &message("string"),
            expect![[r#"
                field-type: field `test.A.a`
                  old: int32 a = 1
                  new: string a = 1
                  breaks old readers: they look for `int32` and find `string`: it is skipped, misread or an error
                  breaks old writers: they write `int32` where `string` is read: it is skipped, misread or an error
                  breaks JSON: a whole number becomes text
                  breaks source: the field has another type in code
                  help: keep `int32` under 1, and give what is new a field of its own: 5 is free"#]],
        );
    }
}
