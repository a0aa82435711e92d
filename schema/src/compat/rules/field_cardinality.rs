// Rule: field-cardinality
//
// A field holds a list or a map and didn't, or the other way round. Where a list of numbers is packed into one value, who expects
// one number doesn't find it. Anything else is read as the last one (or, of messages, as all of them merged): protobuf calls that
// compatible, and what is lost is lost all the same. A map is a list of entries with the fields 1 and 2, and no other list.

use crate::compat::change::{Change, FieldIn};
use crate::compat::{Break, Rule, Who, show, types};
use crate::model::{FieldType, Type};

pub(in crate::compat) const RULE: Rule = Rule {
    id: "field-cardinality",
    summary: "a field is a list or map and wasn't, or isn't any more",
    buf: &[
        "FIELD_SAME_CARDINALITY",
        "FIELD_SAME_TYPE",
        "FIELD_WIRE_COMPATIBLE_CARDINALITY",
        "FIELD_WIRE_JSON_COMPATIBLE_CARDINALITY",
    ],
    check,
};

fn check(change: &Change<'_>) -> Vec<Break> {
    let mut breaks = Vec::new();
    for (old, new) in change.kept_fields() {
        let (before, now) = (Cardinality::of(&old), Cardinality::of(&new));
        if before == now {
            continue;
        }
        let found = new.found().old(show::field(&old)).now(show::field(&new));
        let found = match (before, now) {
            (_, Cardinality::Map) | (Cardinality::Map, _) if are_entries(change, &old, &new) => {
                found
            }
            (_, Cardinality::Map) | (Cardinality::Map, _) => found
                .harm(Who::WireReaders, "what they find is no entry, or isn't one")
                .harm(
                    Who::WireWriters,
                    "what they write is no entry, or isn't one",
                ),
            (Cardinality::One, _) => found.harm(
                Who::WireReaders,
                match old.field.ty.value() {
                    _ if is_packed(&new.field.ty) => {
                        "they expect one value and find a packed list, which they skip"
                    }
                    Type::Message(_) => "they merge all messages of the list into one",
                    _ => "they see only the last one of several values",
                },
            ),
            (Cardinality::List, _) => found.harm(
                Who::WireWriters,
                match old.field.ty.value() {
                    _ if is_packed(&old.field.ty) => {
                        "they write a packed list where one value is expected, and it is skipped"
                    }
                    Type::Message(_) => "all messages of their list are merged into one",
                    _ => "only the last one of their values is seen",
                },
            ),
        };
        breaks.push(
            found
                .harm(
                    Who::Json,
                    format!("{} becomes {}", before.in_json(), now.in_json()),
                )
                .harm(Who::Source, "the field has another type in code")
                .help(format!(
                    "keep `{}` under {}, and give what is new a field of its own",
                    show::field_type(&old.field.ty, &old.message.file.package),
                    old.field.number
                )),
        );
    }
    breaks
}

/// How often there is a value.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Cardinality {
    One,
    List,
    Map,
}

impl Cardinality {
    fn of(field: &FieldIn<'_>) -> Self {
        match field.field.ty {
            FieldType::Singular(_) | FieldType::Optional(_) => Self::One,
            FieldType::Repeated(_) | FieldType::Unpacked(_) => Self::List,
            FieldType::Map(..) => Self::Map,
        }
    }

    fn in_json(self) -> &'static str {
        match self {
            Self::One => "one value",
            Self::List => "a list",
            Self::Map => "an object of entries",
        }
    }
}

/// Whether one is a map and the other a list of messages that are its entries.
fn are_entries(change: &Change<'_>, old: &FieldIn<'_>, new: &FieldIn<'_>) -> bool {
    let (key, value, entry, api, is_old) = match (&old.field.ty, &new.field.ty) {
        (FieldType::Map(key, value), FieldType::Repeated(Type::Message(entry))) => {
            (key, value, entry, change.new, false)
        }
        (FieldType::Repeated(Type::Message(entry)), FieldType::Map(key, value)) => {
            (key, value, entry, change.old, true)
        }
        _ => return false,
    };
    let Some(entry) = api.messages.get(entry) else {
        return false;
    };
    let fits = |number: u32, ty: &Type| {
        entry.fields().any(|field| {
            let one = Cardinality::of(&field) == Cardinality::One;
            let (before, now) = match is_old {
                true => (field.field.ty.value(), ty),
                false => (ty, field.field.ty.value()),
            };
            let harms = types::compare(change, before, now);
            let wire = harms.iter().any(|harm| harm.who != Who::Json);
            field.field.number == number && one && !wire
        })
    };
    fits(1, &Type::Scalar(*key)) && fits(2, value)
}

/// Whether a list is one value on the wire.
fn is_packed(ty: &FieldType) -> bool {
    matches!(ty, FieldType::Repeated(value) if value.is_packable())
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    #[track_caller]
    fn check(old: &str, new: &str, expect: Expect) {
        let file = |ty: &str| {
            format!(
                "message M {{ int32 a = 1; }} message Entry {{ string key = 1; int32 value = 2; string more = 3; }} \
                 message A {{ {ty} a = 1; }}"
            )
        };
        crate::compat::testing::check("field-cardinality", &file(old), &file(new), expect);
    }

    #[test]
    fn numbers_are_packed() {
        check(
            "int32",
            "repeated int32",
            expect![[r#"
            field-cardinality: field `test.A.a`
              old: int32 a = 1
              new: repeated int32 a = 1
              breaks old readers: they expect one value and find a packed list, which they skip
              breaks JSON: one value becomes a list
              breaks source: the field has another type in code
              help: keep `int32` under 1, and give what is new a field of its own"#]],
        );
        check(
            "repeated int32",
            "optional int32",
            expect![[r#"
            field-cardinality: field `test.A.a`
              old: repeated int32 a = 1
              new: optional int32 a = 1
              breaks old writers: they write a packed list where one value is expected, and it is skipped
              breaks JSON: a list becomes one value
              breaks source: the field has another type in code
              help: keep `repeated int32` under 1, and give what is new a field of its own"#]],
        );
    }

    #[test]
    fn of_text_and_messages_some_are_lost() {
        check(
            "string",
            "repeated string",
            expect![[r#"
            field-cardinality: field `test.A.a`
              old: string a = 1
              new: repeated string a = 1
              breaks old readers: they see only the last one of several values
              breaks JSON: one value becomes a list
              breaks source: the field has another type in code
              help: keep `string` under 1, and give what is new a field of its own"#]],
        );
        check(
            "repeated string",
            "string",
            expect![[r#"
            field-cardinality: field `test.A.a`
              old: repeated string a = 1
              new: string a = 1
              breaks old writers: only the last one of their values is seen
              breaks JSON: a list becomes one value
              breaks source: the field has another type in code
              help: keep `repeated string` under 1, and give what is new a field of its own"#]],
        );
        check(
            "M",
            "repeated M",
            expect![[r#"
            field-cardinality: field `test.A.a`
              old: M a = 1
              new: repeated M a = 1
              breaks old readers: they merge all messages of the list into one
              breaks JSON: one value becomes a list
              breaks source: the field has another type in code
              help: keep `M` under 1, and give what is new a field of its own"#]],
        );
        check(
            "repeated M",
            "M",
            expect![[r#"
            field-cardinality: field `test.A.a`
              old: repeated M a = 1
              new: M a = 1
              breaks old writers: all messages of their list are merged into one
              breaks JSON: a list becomes one value
              breaks source: the field has another type in code
              help: keep `repeated M` under 1, and give what is new a field of its own"#]],
        );
    }

    #[test]
    fn a_map_is_a_list_of_entries() {
        check(
            "map<string, int32>",
            "repeated Entry",
            expect![[r#"
            field-cardinality: field `test.A.a`
              old: map<string, int32> a = 1
              new: repeated Entry a = 1
              breaks JSON: an object of entries becomes a list
              breaks source: the field has another type in code
              help: keep `map<string, int32>` under 1, and give what is new a field of its own"#]],
        );
        check(
            "repeated Entry",
            "map<string, int64>",
            expect![[r#"
            field-cardinality: field `test.A.a`
              old: repeated Entry a = 1
              new: map<string, int64> a = 1
              breaks JSON: a list becomes an object of entries
              breaks source: the field has another type in code
              help: keep `repeated Entry` under 1, and give what is new a field of its own"#]],
        );
        check(
            "repeated Entry",
            "map<int32, int32>",
            expect![[r#"
            field-cardinality: field `test.A.a`
              old: repeated Entry a = 1
              new: map<int32, int32> a = 1
              breaks old readers: what they find is no entry, or isn't one
              breaks old writers: what they write is no entry, or isn't one
              breaks JSON: a list becomes an object of entries
              breaks source: the field has another type in code
              help: keep `repeated Entry` under 1, and give what is new a field of its own"#]],
        );
        check(
            "Entry",
            "map<string, int32>",
            expect![[r#"
            field-cardinality: field `test.A.a`
              old: Entry a = 1
              new: map<string, int32> a = 1
              breaks old readers: what they find is no entry, or isn't one
              breaks old writers: what they write is no entry, or isn't one
              breaks JSON: one value becomes an object of entries
              breaks source: the field has another type in code
              help: keep `Entry` under 1, and give what is new a field of its own"#]],
        );
    }

    #[test]
    fn presence_is_another_rule() {
        check("int32", "optional int32", expect![[""]]);
    }
}
