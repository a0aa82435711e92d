// Rule: package-removed
//
// Nothing is exported in a package any more, and no file of it has another package instead. That is said once, and not of all
// that was in it.

use crate::compat::change::Change;
use crate::compat::{Break, Rule, Who};
use crate::error::Place;

pub(in crate::compat) const RULE: Rule = Rule {
    id: "package-removed",
    summary: "a package is gone, with all that was in it",
    buf: &["PACKAGE_NO_DELETE", "FILE_NO_DELETE", "FILE_SAME_PACKAGE"],
    check,
};

fn check(change: &Change<'_>) -> Vec<Break> {
    let mut breaks: Vec<Break> = Vec::new();
    for (file, _) in &change.files {
        let package = &file.package;
        let known = breaks.iter().any(|found| found.place.name == *package);
        if known || !change.is_gone(package) {
            continue;
        }
        let place = Place {
            kind: "package",
            name: package.clone(),
            origin: None,
        };
        let mut found = Break::new(place, &file.path)
            .old(format!("package {package}"))
            .harm(Who::Source, "all that is generated for the package is gone")
            .help(
                "go on exporting its services, and mark them as deprecated until nobody calls them any more; a new version \
                 is a package next to it",
            );
        if change
            .files
            .iter()
            .any(|(file, _)| file.package == *package && !file.services.is_empty())
        {
            found = found
                .harm(
                    Who::WireWriters,
                    "calls of its services are answered with UNIMPLEMENTED",
                )
                .harm(
                    Who::Json,
                    "calls of its services are answered with UNIMPLEMENTED",
                );
        }
        breaks.push(found);
    }
    breaks
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::compat::testing::check;

    #[test]
    fn a_package_that_is_gone_is_one_break() {
        let two = "--- a.proto\npackage a; message A {} service S { rpc Get(A) returns (A); }\n\
                   --- b.proto\npackage b; message B {}";
        let one = "--- b.proto\npackage b; message B {}";
        check(
            "package-removed",
            two,
            one,
            expect![[r#"
            package-removed: package `a`
              old: package a
              new: (nothing)
              breaks old writers: calls of its services are answered with UNIMPLEMENTED
              breaks JSON: calls of its services are answered with UNIMPLEMENTED
              breaks source: all that is generated for the package is gone
              help: go on exporting its services, and mark them as deprecated until nobody calls them any more; a new version is a package next to it"#]],
        );
        check("message-removed", two, one, expect![[""]]);
        check("file-removed", two, one, expect![[""]]);
    }

    #[test]
    fn a_package_without_services_is_source() {
        let two = "--- a.proto\npackage a; message A {}\n\
                   --- b.proto\npackage b; message B {}";
        let one = "--- b.proto\npackage b; message B {}";
        check(
            "package-removed",
            two,
            one,
            expect![[r#"
            package-removed: package `a`
              old: package a
              new: (nothing)
              breaks source: all that is generated for the package is gone
              help: go on exporting its services, and mark them as deprecated until nobody calls them any more; a new version is a package next to it"#]],
        );
    }
}
