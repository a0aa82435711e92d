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
                    .help(format!("give it its number back: `= {before}`")),
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
            expect![[r#"
                enum-value-number: enum value `test.E.E_ONE`
                  old: E_ONE = 1
                  new: E_ONE = 2
                  breaks old readers: they know it as 1, and 2 as something else or not at all
                  breaks old writers: they write 1 for it, and mean 2
                  breaks source: code that stores the number stores another one
                  help: give it its number back: `= 1`"#]],
        );
    }

    #[test]
    fn zero_is_another_value() {
        let (old, new) = ("enum E { A = 0; B = 1; }", "enum E { B = 0; A = 1; }");
        check(
            "enum-value-number",
            old,
            new,
            expect![[r#"
                enum-value-number: enum value `test.E.A`
                  old: A = 0
                  new: A = 1
                  breaks old readers: they know it as 0, and 1 as something else or not at all
                  breaks old writers: they write 0 for it, and mean 1
                  breaks source: code that stores the number stores another one
                  help: give it its number back: `= 0`
                enum-value-number: enum value `test.E.B`
                  old: B = 1
                  new: B = 0
                  breaks old readers: they know it as 1, and 0 as something else or not at all
                  breaks old writers: they write 1 for it, and mean 0
                  breaks source: code that stores the number stores another one
                  help: give it its number back: `= 1`"#]],
        );
        check("enum-value-name", old, new, expect![[""]]);
    }
}
