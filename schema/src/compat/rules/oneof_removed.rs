// Rule: oneof-removed
//
// A oneof is gone, or has another name. Its name is never sent, in no encoding; code says it. `buf` reports each field of it, too, as
// a break of the wire.

use crate::compat::change::Change;
use crate::compat::{Break, Rule, Who};

pub(in crate::compat) const RULE: Rule = Rule {
    id: "oneof-removed",
    summary: "a oneof is gone",
    buf: &["ONEOF_NO_DELETE", "FIELD_SAME_ONEOF"],
    check,
};

fn check(change: &Change<'_>) -> Vec<Break> {
    let mut breaks = Vec::new();
    for (old, new) in change.kept_messages() {
        let is_there = |name: &str| new.item.oneofs().any(|oneof| oneof.name == name);
        for oneof in old.item.oneofs().filter(|oneof| !is_there(&oneof.name)) {
            breaks.push(
                new.lost("oneof", &oneof.name)
                    .old(format!("oneof {}", oneof.name))
                    .harm(Who::Source, "the type or the accessors that are named after it are gone")
                    .help(format!(
                        "if the field was renamed, keep the name in protobuf: `#[proto(oneof, name = \"{}\")]`",
                        oneof.name
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
    fn a_oneof_has_another_name() {
        check(
            "oneof-removed",
            "message A { oneof left { int32 a = 1; int32 b = 2; } }",
            "message A { oneof right { int32 a = 1; int32 b = 2; } }",
            expect![[r#"
                oneof-removed: oneof `test.A.left`
                  old: oneof left
                  new: (nothing)
                  breaks source: the type or the accessors that are named after it are gone
                  help: if the field was renamed, keep the name in protobuf: `#[proto(oneof, name = "left")]`"#]],
        );
    }
}
