// Rule: enum-removed
//
// An enum is gone, or has another name. Its name isn't sent, so that only generated code breaks; what used to hold it, or holds
// another one now, is looked at by other rules.

use crate::compat::change::Change;
use crate::compat::{Break, Rule, Who};

pub(in crate::compat) const RULE: Rule = Rule {
    id: "enum-removed",
    summary: "an enum is gone",
    buf: &["ENUM_NO_DELETE", "PACKAGE_ENUM_NO_DELETE"],
    check,
};

fn check(change: &Change<'_>) -> Vec<Break> {
    let enums = change.enums.iter();
    let gone = enums.filter(|(old, new)| new.is_none() && !change.is_gone(&old.file.package));
    gone.map(|(old, _)| {
        let name = &old.item.name;
        let renamed = format!(
            "if the type was renamed, keep its name in protobuf: `#[proto(name = \"{name}\")]`"
        );
        old.found()
            .old(format!("enum {name}"))
            .harm(Who::Source, "its type is gone")
            .help(renamed)
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::compat::testing::check;

    #[test]
    fn an_enum_has_another_name() {
        check(
            "enum-removed",
            "enum A { A_ZERO = 0; A_ONE = 1; } message B {}",
            "enum C { A_ZERO = 0; A_ONE = 1; } message B {}",
            expect![[r#"
                enum-removed: enum `test.A`
                  old: enum A
                  new: (nothing)
                  breaks source: its type is gone
                  help: if the type was renamed, keep its name in protobuf: `#[proto(name = "A")]`"#]],
        );
    }

    #[test]
    fn an_enum_is_gone() {
        check(
            "enum-removed",
            "message A { enum In { IN_ZERO = 0; } } message B {}",
            "message A {}",
            expect![[r#"
                enum-removed: enum `test.A.In`
                  old: enum In
                  new: (nothing)
                  breaks source: its type is gone
                  help: if the type was renamed, keep its name in protobuf: `#[proto(name = "In")]`"#]],
        );
    }
}
