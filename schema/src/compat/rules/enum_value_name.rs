// Rule: enum-value-name
//
// A number of an enum has lost one of its names. Names are sent in JSON, and code says them. An alias that is added breaks nothing;
// and one that stays keeps what is written with it readable, so a new name goes behind the old one.

use crate::compat::change::Change;
use crate::compat::{Break, Rule, Who, show};

pub(in crate::compat) const RULE: Rule = Rule {
    id: "enum-value-name",
    summary: "a value of an enum has another name, or lost an alias",
    buf: &["ENUM_VALUE_SAME_NAME"],
    check,
};

fn check(change: &Change<'_>) -> Vec<Break> {
    let mut breaks = Vec::new();
    for values in change.values() {
        let Some(new) = values.new.first() else {
            continue;
        };
        // A name that is there under another number is reported as that.
        for old in values
            .old
            .iter()
            .filter(|old| values.namesake(&old.name).is_none())
        {
            let mut why = format!("`{}` isn't known any more", old.name);
            if values.old.iter().all(|old| old.name != new.name) {
                why += &format!(", and `{}` isn't known yet", new.name);
            }
            if old.number == 0 {
                why += "; it is also what a field is that was not sent";
            }
            breaks.push(
                values
                    .found(new)
                    .old(show::value(old))
                    .now(show::value(new))
                    .harm(Who::Json, why)
                    .harm(Who::Source, format!("code that says `{}` doesn't compile any more", old.name))
                    .help(format!(
                        "keep its name in protobuf: `#[proto(name = \"{}\")]`; another meaning needs another number",
                        old.name
                    )),
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
    fn a_value_has_another_name() {
        check(
            "enum-value-name",
            "enum E { E_ZERO = 0; E_ONE = 1; }",
            "enum E { E_NONE = 0; E_FIRST = 1; }",
            expect![[""]],
        );
    }

    #[test]
    fn aliases_come_and_go() {
        let (one, two) = (
            "enum E { E_ZERO = 0; }",
            "enum E { option allow_alias = true; E_ZERO = 0; E_NONE = 0; }",
        );
        check("enum-value-name", one, two, expect![[""]]);
        check("enum-value-name", two, one, expect![[""]]);
    }

    #[test]
    fn an_alias_that_takes_the_first_place_is_what_json_says() {
        check(
            "enum-value-name",
            "enum E { E_ZERO = 0; }",
            "enum E { option allow_alias = true; E_NONE = 0; E_ZERO = 0; }",
            expect![[""]],
        );
    }
}
