// Rule: file-removed
//
// A file isn't there any more. Others import it by its path, and many generators name what they generate after it.

use crate::compat::change::Change;
use crate::compat::{Break, Rule, Who};
use crate::error::Place;

pub(in crate::compat) const RULE: Rule = Rule {
    id: "file-removed",
    summary: "a file is gone",
    buf: &["FILE_NO_DELETE"],
    check,
};

fn check(change: &Change<'_>) -> Vec<Break> {
    let files = change.files.iter();
    let gone = files.filter(|(old, new)| new.is_none() && !change.is_gone(&old.package));
    gone.map(|(old, _)| {
        let place = Place {
            kind: "file",
            name: old.path.clone(),
            origin: None,
        };
        Break::new(place, &old.path)
            .old(format!("package {}", old.package))
            .harm(Who::Source, "files that import it, and code that includes what is generated from it, don't find it")
            .help(format!(
                "if the services are in another file now, name the old one in the trait: \
                 `#[grpc_service(file = \"{}\")]`",
                old.path
            ))
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::compat::testing::check;

    #[test]
    fn a_file_has_another_path() {
        let file = |path: &str| format!("--- {path}\npackage a; message A {{}}");
        check(
            "file-removed",
            &file("a.proto"),
            &file("b.proto"),
            expect![[r#"
                file-removed: file `a.proto`
                  old: package a
                  new: (nothing)
                  breaks source: files that import it, and code that includes what is generated from it, don't find it
                  help: if the services are in another file now, name the old one in the trait: `#[grpc_service(file = "a.proto")]`"#]],
        );
        // What was in it has moved with it.
        check(
            "type-moved",
            &file("a.proto"),
            &file("b.proto"),
            expect![[""]],
        );
    }
}
