// Rule: message-removed
//
// A message is gone, or has another name. Its name isn't sent with its fields, so that only generated code breaks; what used to
// hold it, or holds another one now, is looked at by other rules.

use crate::compat::change::Change;
use crate::compat::{Break, Rule, Who};

pub(in crate::compat) const RULE: Rule = Rule {
    id: "message-removed",
    summary: "a message is gone",
    buf: &["MESSAGE_NO_DELETE", "PACKAGE_MESSAGE_NO_DELETE"],
    check,
};

fn check(change: &Change<'_>) -> Vec<Break> {
    let messages = change.messages.iter();
    let gone = messages.filter(|(old, new)| new.is_none() && !change.is_gone(&old.file.package));
    gone.map(|(old, _)| {
        let name = &old.item.name;
        let renamed = format!(
            "if the type was renamed, keep its name in protobuf: `#[proto(name = \"{name}\")]`"
        );
        old.found()
            .old(format!("message {name}"))
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
    fn a_message_has_another_name() {
        check(
            "message-removed",
            "message A { int32 x = 1; } message B {}",
            "message C { int32 x = 1; } message B {}",
            expect![[r#"
                message-removed: message `test.A`
                  old: message A
                  new: (nothing)
                  breaks source: its type is gone
                  help: if the type was renamed, keep its name in protobuf: `#[proto(name = "A")]`"#]],
        );
    }

    #[test]
    fn a_message_is_gone() {
        check(
            "message-removed",
            "message A { message In {} } message B {}",
            "message B {}",
            expect![[r#"
                message-removed: message `test.A`
                  old: message A
                  new: (nothing)
                  breaks source: its type is gone
                  help: if the type was renamed, keep its name in protobuf: `#[proto(name = "A")]`
                message-removed: message `test.A.In`
                  old: message In
                  new: (nothing)
                  breaks source: its type is gone
                  help: if the type was renamed, keep its name in protobuf: `#[proto(name = "In")]`"#]],
        );
    }
}
