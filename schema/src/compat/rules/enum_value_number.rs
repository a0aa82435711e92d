// Rule: enum-value-number
//
// A value of an enum has another number. The number is what is sent: each side takes it for another value, or doesn't know it.

use crate::compat::change::Change;
use crate::compat::{Break, Rule, Who, show};

pub(in crate::compat) const RULE: Rule = Rule {
    id: "enum-value-number",
    summary: "a value of an enum has another number",
    buf: &[
        "ENUM_VALUE_NO_DELETE",
        "ENUM_VALUE_NO_DELETE_UNLESS_NUMBER_RESERVED",
        "ENUM_VALUE_SAME_NAME",
    ],
    check,
};

fn check(change: &Change<'_>) -> Vec<Break> {
    let mut breaks = Vec::new();
    for values in change.values() {
        for old in &values.old {
            let Some(new) = values
                .namesake(&old.name)
                .filter(|new| new.number != old.number)
            else {
                continue;
            };
            let (before, now) = (old.number, new.number);
            breaks.push(
                values
                    .found(new)
                    .old(show::value(old))
                    .now(show::value(new))
                    .harm(
                        Who::WireReaders,
                        format!(
                            "they know it as {before}, and {now} as something else or not at all"
                        ),
                    )
                    .harm(
                        Who::WireWriters,
                        format!("they write {before} for it, and mean {now}"),
                    )
                    .harm(
                        Who::Source,
                        "code that stores the number stores another one",
                    )
                    .help(format!("give it its number back: `{before}`")),
            );
        }
    }
    breaks
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::compat::testing::check;

    #[test]
    fn a_value_has_another_number() {
        check(
            "enum-value-number",
            "enum E { E_ZERO = 0; E_ONE = 1; }",
            "enum E { E_ZERO = 0; E_ONE = 2; }",
            expect![[""]],
        );
    }

    #[test]
    fn zero_is_another_value() {
        let (old, new) = ("enum E { A = 0; B = 1; }", "enum E { B = 0; A = 1; }");
        check("enum-value-number", old, new, expect![[""]]);
        check("enum-value-name", old, new, expect![[""]]);
    }
}
