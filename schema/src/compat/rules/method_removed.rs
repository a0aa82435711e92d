// Rule: method-removed
//
// A method is gone, or has another name. Clients ask for it by name, and get UNIMPLEMENTED. `buf` takes this for a matter of
// generated code only; a client of the old version is harmed all the same.

use crate::compat::change::{Change, MethodChange};
use crate::compat::{Break, Rule, Who, show};

pub(in crate::compat) const RULE: Rule = Rule {
    id: "method-removed",
    summary: "a method is gone",
    buf: &["RPC_NO_DELETE"],
    check,
};

fn check(change: &Change<'_>) -> Vec<Break> {
    let methods = change.methods();
    let gone = methods.iter().filter(|method| method.new.is_none());
    gone.map(|gone| {
        let old = gone.old.method;
        gone.service
            .lost("method", &old.name)
            .old(show::method(&gone.old))
            .harm(Who::WireWriters, "clients that call it are answered with UNIMPLEMENTED")
            .harm(Who::Json, "clients that call it are answered with UNIMPLEMENTED")
            .harm(Who::Source, "it is missing from the stubs")
            .help(match successor(change, gone) {
                Some(new) => format!(
                    "if it is called `{new}` in Rust now, keep its name in protobuf: `#[rpc(name = \"{}\")]`",
                    old.name
                ),
                None => "keep it, `#[deprecated]`, until nobody calls it any more".to_owned(),
            })
    })
    .collect()
}

/// A new method that takes and returns the same.
fn successor<'a>(change: &Change<'_>, gone: &MethodChange<'a>) -> Option<&'a str> {
    let old = gone.old.method;
    let is_new = |name: &str| {
        let before = &gone.old.service.item.methods;
        before.iter().all(|method| method.name != name)
    };
    let mut methods = gone.service.item.methods.iter();
    let successor = methods.find(|new| {
        is_new(&new.name)
            && new.kind == old.kind
            && new.request == change.name_now(&old.request)
            && new.response == change.name_now(&old.response)
    });
    successor.map(|method| &*method.name)
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::compat::testing::check;

    #[test]
    fn a_method_is_gone() {
        check(
            "method-removed",
            "message A {} service S { rpc Get(A) returns (A); rpc Put(A) returns (stream A); }",
            "message A {} service S { rpc Get(A) returns (A); }",
            expect![[r#"
                method-removed: method `test.S.Put`
                  old: rpc Put(A) returns (stream A)
                  new: (nothing)
                  breaks old writers: clients that call it are answered with UNIMPLEMENTED
                  breaks JSON: clients that call it are answered with UNIMPLEMENTED
                  breaks source: it is missing from the stubs
                  help: keep it, `#[deprecated]`, until nobody calls it any more"#]],
        );
    }

    #[test]
    fn a_method_has_another_name() {
        check(
            "method-removed",
            "message A {} service S { rpc Get(A) returns (A); }",
            "message A {} service S { rpc Fetch(A) returns (A); }",
            expect![[r#"
                method-removed: method `test.S.Get`
                  old: rpc Get(A) returns (A)
                  new: (nothing)
                  breaks old writers: clients that call it are answered with UNIMPLEMENTED
                  breaks JSON: clients that call it are answered with UNIMPLEMENTED
                  breaks source: it is missing from the stubs
                  help: if it is called `Fetch` in Rust now, keep its name in protobuf: `#[rpc(name = "Get")]`"#]],
        );
    }
}
