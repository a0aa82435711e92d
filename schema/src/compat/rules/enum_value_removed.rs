// Rule: enum-value-removed
//
// A value of an enum is gone: neither its number nor any of its names is there any more. As long as both are reserved, which is a
// rule of its own, nobody takes it for something else: who reads the number keeps it as an unknown one. Code that uses it has to
// change.

use crate::compat::change::Change;
use crate::compat::{Break, Rule, Who, show};

pub(in crate::compat) const RULE: Rule = Rule {
    id: "enum-value-removed",
    summary: "a value of an enum is gone",
    buf: &["ENUM_VALUE_NO_DELETE"],
    check,
};

fn check(change: &Change<'_>) -> Vec<Break> {
    let mut breaks = Vec::new();
    for gone in change.values().iter().filter(|value| value.new.is_empty()) {
        let values = gone.old.iter();
        for value in values.filter(|value| gone.namesake(&value.name).is_none()) {
            breaks.push(
                gone.lost(value)
                    .old(show::value(value))
                    .harm(Who::Source, "code that names it doesn't compile any more")
                    .help("keep it, `#[deprecated]`, until nobody sends it any more"),
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
    fn a_value_is_gone() {
        check(
            "enum-value-removed",
            "enum E { E_ZERO = 0; E_ONE = 1; E_TWO = 2; }",
            "enum E { E_ZERO = 0; E_TWO = 3; reserved 1; }",
            expect![[r#"
                enum-value-removed: enum value `test.E.E_ONE`
                  old: E_ONE = 1
                  new: (nothing)
                  breaks source: code that names it doesn't compile any more
                  help: keep it, `#[deprecated]`, until nobody sends it any more"#]],
        );
    }
}
