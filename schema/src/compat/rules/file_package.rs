// Rule: file-package
//
// A file has another package. The package is part of the names of services, which are what a client asks for, and of those of
// types, which are what an `Any` says it holds. The types themselves are compared under their new names.

use crate::compat::change::Change;
use crate::compat::{Break, Rule, Who};
use crate::error::Place;

pub(in crate::compat) const RULE: Rule = Rule {
    id: "file-package",
    summary: "a file has another package",
    buf: &["FILE_SAME_PACKAGE"],
    check,
};

fn check(change: &Change<'_>) -> Vec<Break> {
    let mut breaks = Vec::new();
    for (old, new) in &change.files {
        let Some(new) = new.filter(|new| new.package != old.package) else {
            continue;
        };
        let place = Place {
            kind: "file",
            name: new.path.clone(),
            origin: None,
        };
        breaks.push(
            Break::new(place, &new.path)
                .old(format!("package {}", old.package))
                .now(format!("package {}", new.package))
                .harm(Who::WireReaders, NAMES)
                .harm(Who::WireWriters, NAMES)
                .harm(Who::Json, NAMES)
                .harm(Who::Source, "what is generated is in another package, namespace or module")
                .help(format!(
                    "keep `package = \"{}\"`; a new version of the API is a package next to it, and is served beside it",
                    old.package
                )),
        );
    }
    breaks
}

const NAMES: &str =
    "services and, in an `Any`, types are asked for by names that the other side doesn't know";

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::compat::testing::check;

    #[test]
    fn a_package_has_a_new_name() {
        let file = |package: &str| {
            format!("--- a.proto\npackage {package}; message A {{ A a = 1; int32 b = 2; }}")
        };
        check(
            "file-package",
            &file("a"),
            &file("b"),
            expect![[r#"
            file-package: file `a.proto`
              old: package a
              new: package b
              breaks old readers: services and, in an `Any`, types are asked for by names that the other side doesn't know
              breaks old writers: services and, in an `Any`, types are asked for by names that the other side doesn't know
              breaks JSON: services and, in an `Any`, types are asked for by names that the other side doesn't know
              breaks source: what is generated is in another package, namespace or module
              help: keep `package = "a"`; a new version of the API is a package next to it, and is served beside it"#]],
        );
        // It is one break.
        check(
            "",
            &file("a"),
            &file("b"),
            expect![[r#"
            file-package: file `a.proto`
              old: package a
              new: package b
              breaks old readers: services and, in an `Any`, types are asked for by names that the other side doesn't know
              breaks old writers: services and, in an `Any`, types are asked for by names that the other side doesn't know
              breaks JSON: services and, in an `Any`, types are asked for by names that the other side doesn't know
              breaks source: what is generated is in another package, namespace or module
              help: keep `package = "a"`; a new version of the API is a package next to it, and is served beside it"#]],
        );
    }

    #[test]
    fn what_else_changes_is_reported_under_the_new_name() {
        let file = |package: &str, field: &str| {
            format!("--- a.proto\npackage {package}; message A {{ {field} }}")
        };
        check(
            "field-type",
            &file("a", "int32 b = 1;"),
            &file("b", "string b = 1;"),
            expect![[r#"
                field-type: field `b.A.b`
                  old: int32 b = 1
                  new: string b = 1
                  breaks old readers: they look for `int32` and find `string`: it is skipped, misread or an error
                  breaks old writers: they write `int32` where `string` is read: it is skipped, misread or an error
                  breaks JSON: a whole number becomes text
                  breaks source: the field has another type in code
                  help: keep `int32` under 1, and give what is new a field of its own: 2 is free"#]],
        );
    }
}
