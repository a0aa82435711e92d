// Rule: field-not-reserved
//
// No field has a number any more that one had, and it isn't reserved; or a name. A later field could take the number, and be read
// with the old one's meaning by all that still have it. `protos!` and `cargo traitwire export` reserve what is removed.

use crate::compat::change::Change;
use crate::compat::{Break, Rule, Who, show};

pub(in crate::compat) const RULE: Rule = Rule {
    id: "field-not-reserved",
    summary: "a field is gone, and its number or name isn't reserved",
    buf: &[
        "FIELD_NO_DELETE_UNLESS_NUMBER_RESERVED",
        "FIELD_NO_DELETE_UNLESS_NAME_RESERVED",
    ],
    check,
};

fn check(change: &Change<'_>) -> Vec<Break> {
    let mut breaks = Vec::new();
    for gone in change.fields().iter().filter(|field| field.new.is_none()) {
        let (name, number) = (&gone.old.field.name, gone.old.field.number);
        let reserved = &gone.message.item.reserved;
        let signed = number as i32; // It is at most `numbers::MAX`.
        let mut missing = Vec::new();
        let mut found = gone.message.lost("field", name).old(show::field(&gone.old));
        if !reserved.numbers.iter().any(|range| range.contains(&signed)) {
            missing.push(number.to_string());
            found = found
                .harm(
                    Who::WireReaders,
                    format!("a later field {number} would be read as `{name}`"),
                )
                .harm(
                    Who::WireWriters,
                    format!("`{name}` would be read as a later field {number}"),
                );
        }
        if gone.namesake().is_none() && !reserved.names.contains(name) {
            missing.push(format!("\"{name}\""));
            found = found.harm(
                Who::Json,
                format!("a later field `{name}` would be taken for this one"),
            );
        }
        if !missing.is_empty() {
            breaks.push(found.help(format!(
                "reserve it: `#[proto(reserved({}))]`",
                missing.join(", ")
            )));
        }
    }
    breaks
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    #[track_caller]
    fn check(new: &str, expect: Expect) {
        let old = "message A { int32 a = 1; int32 b = 2; }";
        crate::compat::testing::check("field-not-reserved", old, new, expect);
    }

    #[test]
    fn nothing_is_reserved() {
        check(
            "message A { int32 b = 2; }",
            expect![[r#"
            field-not-reserved: field `test.A.a`
              old: int32 a = 1
              new: (nothing)
              breaks old readers: a later field 1 would be read as `a`
              breaks old writers: `a` would be read as a later field 1
              breaks JSON: a later field `a` would be taken for this one
              help: reserve it: `#[proto(reserved(1, "a"))]`"#]],
        );
    }

    #[test]
    fn the_name_is_missing() {
        check(
            "message A { int32 b = 2; reserved 1; }",
            expect![[r#"
            field-not-reserved: field `test.A.a`
              old: int32 a = 1
              new: (nothing)
              breaks JSON: a later field `a` would be taken for this one
              help: reserve it: `#[proto(reserved("a"))]`"#]],
        );
    }

    #[test]
    fn the_number_is_missing() {
        check(
            "message A { int32 b = 2; reserved \"a\"; }",
            expect![[r#"
            field-not-reserved: field `test.A.a`
              old: int32 a = 1
              new: (nothing)
              breaks old readers: a later field 1 would be read as `a`
              breaks old writers: `a` would be read as a later field 1
              help: reserve it: `#[proto(reserved(1))]`"#]],
        );
        check(
            "message A { int32 b = 2; int32 a = 3; }",
            expect![[r#"
            field-not-reserved: field `test.A.a`
              old: int32 a = 1
              new: (nothing)
              breaks old readers: a later field 1 would be read as `a`
              breaks old writers: `a` would be read as a later field 1
              help: reserve it: `#[proto(reserved(1))]`"#]],
        );
    }

    #[test]
    fn both_are_reserved() {
        check(
            "message A { int32 b = 2; reserved 1; reserved \"a\"; }",
            expect![[""]],
        );
    }
}
