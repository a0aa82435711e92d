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
        // JSON has the first name. A name that is there under another number is reported as that.
        let is_known = values.old.iter().any(|old| old.name == new.name);
        let lost = values.old.iter();
        let lost: Vec<_> = lost
            .filter(|old| values.namesake(&old.name).is_none())
            .collect();
        for old in &lost {
            let mut why = format!("`{}` isn't known any more", old.name);
            if !is_known {
                why += &format!(", and `{}` isn't known yet", new.name);
            }
            breaks.push(
                values
                    .found(new)
                    .old(show::value(old))
                    .now(show::value(new))
                    .harm(Who::Json, why)
                    .harm(
                        Who::Source,
                        format!("code that says `{}` doesn't compile any more", old.name),
                    )
                    .help(format!(
                        "keep its name in protobuf: `#[proto(name = \"{}\")]`; another meaning needs another number",
                        old.name
                    )),
            );
        }
        let first = values.old[0];
        if lost.is_empty() && !is_known && values.new.iter().any(|new| new.name == first.name) {
            breaks.push(
                values
                    .found(new)
                    .old(show::value(first))
                    .now(show::value(new))
                    .harm(
                        Who::Json,
                        format!("`{}` is what is written, and isn't known yet", new.name),
                    )
                    .help(format!(
                        "let `{}` be an alias, after `{}`",
                        new.name, first.name
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
            expect![[r#"
                enum-value-name: enum value `test.E.E_FIRST`
                  old: E_ONE = 1
                  new: E_FIRST = 1
                  breaks JSON: `E_ONE` isn't known any more, and `E_FIRST` isn't known yet
                  breaks source: code that says `E_ONE` doesn't compile any more
                  help: keep its name in protobuf: `#[proto(name = "E_ONE")]`; another meaning needs another number
                enum-value-name: enum value `test.E.E_NONE`
                  old: E_ZERO = 0
                  new: E_NONE = 0
                  breaks JSON: `E_ZERO` isn't known any more, and `E_NONE` isn't known yet
                  breaks source: code that says `E_ZERO` doesn't compile any more
                  help: keep its name in protobuf: `#[proto(name = "E_ZERO")]`; another meaning needs another number"#]],
        );
    }

    #[test]
    fn aliases_come_and_go() {
        let (one, two) = (
            "enum E { E_ZERO = 0; }",
            "enum E { option allow_alias = true; E_ZERO = 0; E_NONE = 0; }",
        );
        check("enum-value-name", one, two, expect![[""]]);
        check(
            "enum-value-name",
            two,
            one,
            expect![[r#"
                enum-value-name: enum value `test.E.E_ZERO`
                  old: E_NONE = 0
                  new: E_ZERO = 0
                  breaks JSON: `E_NONE` isn't known any more
                  breaks source: code that says `E_NONE` doesn't compile any more
                  help: keep its name in protobuf: `#[proto(name = "E_NONE")]`; another meaning needs another number"#]],
        );
    }

    #[test]
    fn an_alias_that_takes_the_first_place_is_what_json_says() {
        check(
            "enum-value-name",
            "enum E { E_ZERO = 0; }",
            "enum E { option allow_alias = true; E_NONE = 0; E_ZERO = 0; }",
            expect![[r#"
                enum-value-name: enum value `test.E.E_NONE`
                  old: E_ZERO = 0
                  new: E_NONE = 0
                  breaks JSON: `E_NONE` is what is written, and isn't known yet
                  help: let `E_NONE` be an alias, after `E_ZERO`"#]],
        );
    }
}
