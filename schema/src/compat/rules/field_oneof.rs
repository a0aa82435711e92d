// Rule: field-oneof
//
// A field is in a oneof and wasn't, or isn't any more, or in another one. Of a oneof's fields, a message has one: who reads several
// keeps the last. protobuf's guide calls it safe to make a oneof of one field with explicit presence, and to take a oneof's only
// field out of it; the rule says the same, and `buf` says that any change breaks the wire.

use crate::compat::change::{Change, FieldIn};
use crate::compat::{Break, Rule, Who, show};

pub(in crate::compat) const RULE: Rule = Rule {
    id: "field-oneof",
    summary: "a field is in a oneof and wasn't, isn't any more, or is in another one",
    buf: &["FIELD_SAME_ONEOF", "FIELD_SAME_CARDINALITY"],
    check,
};

fn check(change: &Change<'_>) -> Vec<Break> {
    let mut breaks = Vec::new();
    for (old, new) in change.kept_fields() {
        let (before, now) = (numbers(&old), numbers(&new));
        let names = [&old, &new].map(|field| field.oneof.map(|oneof| &oneof.name));
        if names[0] == names[1] || is_renamed(&old, &new) {
            continue;
        }
        // Those that could be set beside it, and those that can now.
        let known = |number: &u32| {
            new.message
                .fields()
                .any(|field| field.field.number == *number)
        };
        let left: Vec<u32> = before
            .iter()
            .filter(|number| !now.contains(number))
            .copied()
            .filter(known)
            .collect();
        let known = |number: &u32| {
            old.message
                .fields()
                .any(|field| field.field.number == *number)
        };
        let joined: Vec<u32> = now
            .iter()
            .filter(|number| !before.contains(number))
            .copied()
            .filter(known)
            .collect();
        let mut found = new.found().old(show::field(&old)).now(show::field(&new));
        if !left.is_empty() {
            let others = list(&new, &left);
            found = found
                .harm(
                    Who::WireReaders,
                    format!("it can be set beside {others} now, and they see only the last one"),
                )
                .harm(
                    Who::Json,
                    format!("it can be set beside {others} now, which they refuse"),
                );
        }
        if !joined.is_empty() {
            let others = list(&new, &joined);
            found = found.harm(
                Who::WireWriters,
                format!("they set it beside {others}, and only the last one is seen"),
            );
            if !found.hurts(Who::Json) {
                found = found.harm(
                    Who::Json,
                    format!("they set it beside {others}, which is refused"),
                );
            }
        }
        breaks.push(
            found
                .harm(Who::Source, "the field is elsewhere in code")
                .help(match names {
                    [Some(oneof), _] => {
                        format!("leave it in `{oneof}`, and add a field outside of it")
                    }
                    [None, _] => "leave it where it is, and add a field to the oneof".to_owned(),
                }),
        );
    }
    breaks
}

/// Whether the oneof has another name only: then its name is what is gone.
fn is_renamed(old: &FieldIn<'_>, new: &FieldIn<'_>) -> bool {
    let (Some(before), Some(now)) = (old.oneof, new.oneof) else {
        return false;
    };
    let gone = |name: &str| new.message.item.oneofs().all(|oneof| oneof.name != name);
    let is_new = |name: &str| old.message.item.oneofs().all(|oneof| oneof.name != name);
    let there = |field: &FieldIn<'_>, number: u32| {
        field
            .message
            .fields()
            .any(|field| field.field.number == number)
    };
    let stayed = before
        .fields
        .iter()
        .map(|field| field.number)
        .filter(|number| there(new, *number));
    let came = now
        .fields
        .iter()
        .map(|field| field.number)
        .filter(|number| there(old, *number));
    gone(&before.name) && is_new(&now.name) && stayed.eq(came)
}

/// The numbers of the other fields in the same oneof.
fn numbers(field: &FieldIn<'_>) -> Vec<u32> {
    let fields = field.oneof.into_iter().flat_map(|oneof| &oneof.fields);
    fields
        .map(|field| field.number)
        .filter(|number| *number != field.field.number)
        .collect()
}

/// `` `b` and `c` ``
fn list(field: &FieldIn<'_>, numbers: &[u32]) -> String {
    let fields = field.message.fields();
    let fields = fields.filter(|field| numbers.contains(&field.field.number));
    let names: Vec<_> = fields
        .map(|field| format!("`{}`", field.field.name))
        .collect();
    names.join(" and ")
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    #[track_caller]
    fn check(old: &str, new: &str, expect: Expect) {
        let message = |members: &str| format!("message A {{ {members} }}");
        crate::compat::testing::check("field-oneof", &message(old), &message(new), expect);
    }

    #[test]
    fn a_field_joins_a_oneof() {
        check(
            "optional int32 a = 1; oneof kind { int32 b = 2; }",
            "oneof kind { int32 a = 1; int32 b = 2; }",
            expect![[r#"
                field-oneof: field `test.A.a`
                  old: optional int32 a = 1
                  new: oneof kind { int32 a = 1 }
                  breaks old writers: they set it beside `b`, and only the last one is seen
                  breaks JSON: they set it beside `b`, which is refused
                  breaks source: the field is elsewhere in code
                  help: leave it where it is, and add a field to the oneof"#]],
        );
    }

    #[test]
    fn several_fields_become_a_oneof() {
        check(
            "optional int32 a = 1; optional int32 b = 2;",
            "oneof kind { int32 a = 1; int32 b = 2; int32 c = 3; }",
            expect![[r#"
                field-oneof: field `test.A.a`
                  old: optional int32 a = 1
                  new: oneof kind { int32 a = 1 }
                  breaks old writers: they set it beside `b`, and only the last one is seen
                  breaks JSON: they set it beside `b`, which is refused
                  breaks source: the field is elsewhere in code
                  help: leave it where it is, and add a field to the oneof
                field-oneof: field `test.A.b`
                  old: optional int32 b = 2
                  new: oneof kind { int32 b = 2 }
                  breaks old writers: they set it beside `a`, and only the last one is seen
                  breaks JSON: they set it beside `a`, which is refused
                  breaks source: the field is elsewhere in code
                  help: leave it where it is, and add a field to the oneof"#]],
        );
    }

    #[test]
    fn one_field_becomes_a_oneof() {
        check(
            "optional int32 a = 1;",
            "oneof kind { int32 a = 1; int32 b = 2; }",
            expect![[r#"
                field-oneof: field `test.A.a`
                  old: optional int32 a = 1
                  new: oneof kind { int32 a = 1 }
                  breaks source: the field is elsewhere in code
                  help: leave it where it is, and add a field to the oneof"#]],
        );
    }

    #[test]
    fn a_field_leaves_a_oneof() {
        check(
            "oneof kind { int32 a = 1; int32 b = 2; }",
            "optional int32 a = 1; oneof kind { int32 b = 2; }",
            expect![[r#"
                field-oneof: field `test.A.a`
                  old: oneof kind { int32 a = 1 }
                  new: optional int32 a = 1
                  breaks old readers: it can be set beside `b` now, and they see only the last one
                  breaks JSON: it can be set beside `b` now, which they refuse
                  breaks source: the field is elsewhere in code
                  help: leave it in `kind`, and add a field outside of it"#]],
        );
        check(
            "oneof kind { int32 a = 1; }",
            "optional int32 a = 1;",
            expect![[r#"
                field-oneof: field `test.A.a`
                  old: oneof kind { int32 a = 1 }
                  new: optional int32 a = 1
                  breaks source: the field is elsewhere in code
                  help: leave it in `kind`, and add a field outside of it"#]],
        );
    }

    #[test]
    fn a_field_goes_from_one_to_another() {
        check(
            "oneof left { int32 a = 1; int32 b = 2; } oneof right { int32 c = 3; }",
            "oneof left { int32 b = 2; } oneof right { int32 a = 1; int32 c = 3; }",
            expect![[r#"
                field-oneof: field `test.A.a`
                  old: oneof left { int32 a = 1 }
                  new: oneof right { int32 a = 1 }
                  breaks old readers: it can be set beside `b` now, and they see only the last one
                  breaks old writers: they set it beside `c`, and only the last one is seen
                  breaks JSON: it can be set beside `b` now, which they refuse
                  breaks source: the field is elsewhere in code
                  help: leave it in `left`, and add a field outside of it"#]],
        );
    }

    #[test]
    fn a_oneof_with_another_name_is_the_same() {
        check(
            "oneof left { int32 a = 1; int32 b = 2; }",
            "oneof right { int32 a = 1; int32 b = 2; int32 c = 3; }",
            expect![[""]],
        );
    }
}
