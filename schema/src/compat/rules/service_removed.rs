// Rule: service-removed
//
// A service is gone, or has another name. Clients ask for it by name, and get UNIMPLEMENTED. `buf` takes this for a matter of
// generated code only; a client of the old version is harmed all the same.

use crate::compat::change::Change;
use crate::compat::{Break, Rule, Who};

pub(in crate::compat) const RULE: Rule = Rule {
    id: "service-removed",
    summary: "a service is gone",
    buf: &["SERVICE_NO_DELETE", "PACKAGE_SERVICE_NO_DELETE"],
    check,
};

fn check(change: &Change<'_>) -> Vec<Break> {
    let services = change.services.iter();
    let gone = services.filter(|(old, new)| new.is_none() && !change.is_gone(&old.file.package));
    gone.map(|(old, _)| {
        let name = &old.item.name;
        old.found()
            .old(format!("service {name}"))
            .harm(Who::WireWriters, "clients that call it are answered with UNIMPLEMENTED")
            .harm(Who::Json, "clients that call it are answered with UNIMPLEMENTED")
            .harm(Who::Source, "its stubs are gone")
            .help(format!(
                "keep it, deprecated, until nobody calls it any more; if the trait was renamed, say what it is called in \
                 protobuf: `#[grpc_service(name = \"{name}\")]`"
            ))
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::compat::testing::check;

    #[test]
    fn a_service_has_another_name() {
        check(
            "service-removed",
            "message A {} service Old { rpc Get(A) returns (A); }",
            "message A {} service New { rpc Get(A) returns (A); }",
            expect![[r#"
                service-removed: service `test.Old`
                  old: service Old
                  new: (nothing)
                  breaks old writers: clients that call it are answered with UNIMPLEMENTED
                  breaks JSON: clients that call it are answered with UNIMPLEMENTED
                  breaks source: its stubs are gone
                  help: keep it, deprecated, until nobody calls it any more; if the trait was renamed, say what it is called in protobuf: `#[grpc_service(name = "Old")]`"#]],
        );
    }
}
