// Rule: type-moved
//
// A service, message or enum stands in another file of its package. Its name is the same, so nothing changes for those who
// exchange data; but it is imported and included by the file's path.

use crate::compat::change::{Change, Declare, Pair};
use crate::compat::{Break, Rule, Who};

pub(in crate::compat) const RULE: Rule = Rule {
    id: "type-moved",
    summary: "a service, message or enum stands in another file",
    buf: &["SERVICE_NO_DELETE", "MESSAGE_NO_DELETE", "ENUM_NO_DELETE"],
    check,
};

fn check(change: &Change<'_>) -> Vec<Break> {
    let mut breaks = moved(change, &change.services);
    breaks.extend(moved(change, &change.messages));
    breaks.extend(moved(change, &change.enums));
    breaks
}

fn moved<T: Declare>(change: &Change<'_>, pairs: &[Pair<'_, T>]) -> Vec<Break> {
    let mut breaks = Vec::new();
    for (old, new) in pairs {
        let Some(new) = new.filter(|new| new.file.path != old.file.path) else {
            continue;
        };
        // What is within another message moves with it, and a file that is gone is reported as that.
        if old.is_nested() || !change.new.files.contains_key(&*old.file.path) {
            continue;
        }
        breaks.push(
            new.found()
                .old(format!("in {}", old.file.path))
                .now(format!("in {}", new.file.path))
                .harm(Who::Source, "who imports the old file, or includes what is generated from it, doesn't find it there")
                .help("leave it in its file"),
        );
    }
    breaks
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::compat::testing::check;

    #[test]
    fn a_message_has_moved() {
        check(
            "type-moved",
            "--- a.proto\npackage p; message A { message In {} } message B {}\n\
             --- b.proto\npackage p; message C {}",
            "--- a.proto\npackage p; message B {}\n\
             --- b.proto\npackage p; message C {} message A { message In {} }",
            expect![[r#"
                type-moved: message `p.A`
                  old: in a.proto
                  new: in b.proto
                  breaks source: who imports the old file, or includes what is generated from it, doesn't find it there
                  help: leave it in its file"#]],
        );
    }
}
