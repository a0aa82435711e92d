// Rule: deprecated-first
//
// Something is gone that nobody was told to stop using. What is deprecated first, for a release at least, gives compilers the time to
// say so to all who use it. Types aren't looked at: they go when nothing uses them any more, and what used them is.

use crate::compat::change::Change;
use crate::compat::{Break, Rule, Who, show};

pub(in crate::compat) const RULE: Rule = Rule {
    id: "deprecated-first",
    summary: "a service, method, field or value is gone that wasn't deprecated before",
    buf: &[],
    check,
};

fn check(change: &Change<'_>) -> Vec<Break> {
    let mut breaks = Vec::new();
    let mut gone = |found: Break, old: String, help: &str| {
        let why = "nobody who uses it was told by a compiler that it would go";
        breaks.push(
            found
                .old(old)
                .harm(Who::Source, why)
                .help(format!("{help} first, and remove it in a later release")),
        );
    };
    for (old, new) in &change.services {
        if new.is_none() && !old.item.deprecated {
            gone(
                old.found(),
                format!("service {}", old.item.name),
                "mark the trait `#[deprecated]`",
            );
        }
    }
    for method in change
        .methods()
        .iter()
        .filter(|method| method.new.is_none())
    {
        let old = &method.old;
        if !old.method.deprecated && !old.service.item.deprecated {
            let found = method.service.lost("method", &old.method.name);
            gone(found, show::method(old), "mark it `#[deprecated]`");
        }
    }
    for field in change.fields().iter().filter(|field| field.new.is_none()) {
        let old = &field.old;
        if field.namesake().is_none() && !old.field.deprecated && !old.message.item.deprecated {
            let found = field.message.lost("field", &old.field.name);
            gone(found, show::field(old), "mark it `#[deprecated]`");
        }
    }
    for values in change
        .values()
        .iter()
        .filter(|values| values.new.is_empty())
    {
        for old in &values.old {
            if values.namesake(&old.name).is_none()
                && !old.deprecated
                && !values.before.item.deprecated
            {
                gone(
                    values.lost(old),
                    show::value(old),
                    "mark it `#[deprecated]`",
                );
            }
        }
    }
    breaks
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::compat::testing::check;

    #[test]
    fn removed_without_a_warning() {
        check(
            "deprecated-first",
            "message A { int32 a = 1; } enum E { E_ZERO = 0; E_ONE = 1; } \
             service S { rpc Get(A) returns (A); rpc Put(A) returns (A); } service T { rpc Get(A) returns (A); }",
            "message A {} enum E { E_ZERO = 0; } service S { rpc Get(A) returns (A); }",
            expect![[r#"
                deprecated-first: field `test.A.a`
                  old: int32 a = 1
                  new: (nothing)
                  breaks source: nobody who uses it was told by a compiler that it would go
                  help: mark it `#[deprecated]` first, and remove it in a later release
                deprecated-first: enum value `test.E.E_ONE`
                  old: E_ONE = 1
                  new: (nothing)
                  breaks source: nobody who uses it was told by a compiler that it would go
                  help: mark it `#[deprecated]` first, and remove it in a later release
                deprecated-first: method `test.S.Put`
                  old: rpc Put(A) returns (A)
                  new: (nothing)
                  breaks source: nobody who uses it was told by a compiler that it would go
                  help: mark it `#[deprecated]` first, and remove it in a later release
                deprecated-first: service `test.T`
                  old: service T
                  new: (nothing)
                  breaks source: nobody who uses it was told by a compiler that it would go
                  help: mark the trait `#[deprecated]` first, and remove it in a later release"#]],
        );
    }

    #[test]
    fn whoever_was_deprecated_can_go() {
        check(
            "deprecated-first",
            "message A { int32 a = 1 [deprecated = true]; } message B { option deprecated = true; int32 b = 1; } \
             enum E { E_ZERO = 0; E_ONE = 1 [deprecated = true]; } \
             service S { rpc Get(A) returns (A); rpc Put(A) returns (A) { option deprecated = true; } } \
             service T { option deprecated = true; rpc Get(A) returns (A); }",
            "message A {} message B {} enum E { E_ZERO = 0; } service S { rpc Get(A) returns (A); }",
            expect![[""]],
        );
    }
}
