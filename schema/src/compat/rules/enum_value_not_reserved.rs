// Rule: enum-value-not-reserved
//
// No value of an enum has a number any more that one had, and it isn't reserved; or a name. A later value could take it, and be
// taken for the old one by all that still have it. `protos!` and `cargo traitwire export` reserve what is removed.

use crate::compat::change::Change;
use crate::compat::{Break, Rule, Who, show};

pub(in crate::compat) const RULE: Rule = Rule {
    id: "enum-value-not-reserved",
    summary: "a value of an enum is gone, and its number or name isn't reserved",
    buf: &[
        "ENUM_VALUE_NO_DELETE_UNLESS_NUMBER_RESERVED",
        "ENUM_VALUE_NO_DELETE_UNLESS_NAME_RESERVED",
    ],
    check,
};

fn check(change: &Change<'_>) -> Vec<Break> {
    let mut breaks = Vec::new();
    for gone in change.values() {
        let reserved = &gone.item.item.reserved;
        for (at, value) in gone.old.iter().enumerate() {
            let (name, number) = (&value.name, value.number);
            let mut missing = Vec::new();
            let mut found = gone.lost(value).old(show::value(value));
            let is_reserved = reserved.numbers.iter().any(|range| range.contains(&number));
            if at == 0 && gone.new.is_empty() && !is_reserved {
                missing.push(number.to_string());
                found = found
                    .harm(
                        Who::WireReaders,
                        format!("a later value {number} would be read as `{name}`"),
                    )
                    .harm(
                        Who::WireWriters,
                        format!("`{name}` would be read as a later value {number}"),
                    );
            }
            if gone.new.is_empty()
                && gone.namesake(name).is_none()
                && !reserved.names.contains(name)
            {
                missing.push(format!("\"{name}\""));
                found = found.harm(
                    Who::Json,
                    format!("a later value `{name}` would be taken for this one"),
                );
            }
            if !missing.is_empty() {
                breaks.push(found.help(format!(
                    "reserve it: `#[proto(reserved({}))]`",
                    missing.join(", ")
                )));
            }
        }
    }
    breaks
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    #[track_caller]
    fn check(new: &str, expect: Expect) {
        let old = "enum E { E_ZERO = 0; E_ONE = 1; E_MINUS = -1; }";
        crate::compat::testing::check("enum-value-not-reserved", old, new, expect);
    }

    #[test]
    fn nothing_is_reserved() {
        check(
            "enum E { E_ZERO = 0; }",
            expect![[r#"
            enum-value-not-reserved: enum value `test.E.E_MINUS`
              old: E_MINUS = -1
              new: (nothing)
              breaks old readers: a later value -1 would be read as `E_MINUS`
              breaks old writers: `E_MINUS` would be read as a later value -1
              breaks JSON: a later value `E_MINUS` would be taken for this one
              help: reserve it: `#[proto(reserved(-1, "E_MINUS"))]`
            enum-value-not-reserved: enum value `test.E.E_ONE`
              old: E_ONE = 1
              new: (nothing)
              breaks old readers: a later value 1 would be read as `E_ONE`
              breaks old writers: `E_ONE` would be read as a later value 1
              breaks JSON: a later value `E_ONE` would be taken for this one
              help: reserve it: `#[proto(reserved(1, "E_ONE"))]`"#]],
        );
    }

    #[test]
    fn names_are_missing() {
        check(
            "enum E { E_ZERO = 0; reserved -1, 1; }",
            expect![[r#"
            enum-value-not-reserved: enum value `test.E.E_MINUS`
              old: E_MINUS = -1
              new: (nothing)
              breaks JSON: a later value `E_MINUS` would be taken for this one
              help: reserve it: `#[proto(reserved("E_MINUS"))]`
            enum-value-not-reserved: enum value `test.E.E_ONE`
              old: E_ONE = 1
              new: (nothing)
              breaks JSON: a later value `E_ONE` would be taken for this one
              help: reserve it: `#[proto(reserved("E_ONE"))]`"#]],
        );
    }

    #[test]
    fn all_is_reserved() {
        check(
            "enum E { E_ZERO = 0; reserved -5 to -1, 1; reserved \"E_ONE\", \"E_MINUS\"; }",
            expect![[""]],
        );
    }
}
