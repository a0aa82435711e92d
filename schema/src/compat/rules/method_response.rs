// Rule: method-response
//
// A method returns another message. Names of messages aren't sent with a call: if what the new one has is compatible with the
// old one, by all rules for messages, then only generated code breaks. `buf` doesn't look into the two.

use crate::compat::change::Change;
use crate::compat::{Break, Rule, Who, show};
use crate::model::Type;

pub(in crate::compat) const RULE: Rule = Rule {
    id: "method-response",
    summary: "a method returns another message",
    buf: &["RPC_SAME_RESPONSE_TYPE"],
    check,
};

fn check(change: &Change<'_>) -> Vec<Break> {
    let mut breaks = Vec::new();
    for (old, new) in change.kept_methods() {
        let types = [&old.method.response, &new.method.response];
        let [before, now] = types.map(|name| Type::Message(name.clone()));
        if change.is_same_type(&before, &now) {
            continue;
        }
        let stand_in = change.stand_in(&before, &now);
        let mut found = new
            .found()
            .old(show::method(&old))
            .now(show::method(&new))
            .harm(Who::Source, "the method returns another type in the stubs")
            .help(format!(
                "return `{}`, and add what is new to it as fields; or add a method",
                old.method.response
            ));
        if !stand_in.wire {
            found = found
                .harm(
                    Who::WireReaders,
                    "clients read the answer as another message",
                )
                .harm(
                    Who::WireWriters,
                    "what servers answer is read as another message",
                );
        }
        if !stand_in.json {
            found = found.harm(Who::Json, "the two messages are not the same in JSON");
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
    fn another_message_is_another_message() {
        check(
            "method-response",
            "message A { int32 a = 1; } message B { string b = 1; } service S { rpc Get(A) returns (A); }",
            "message A { int32 a = 1; } message B { string b = 1; } service S { rpc Get(A) returns (B); }",
            expect![[r#"
                method-response: method `test.S.Get`
                  old: rpc Get(A) returns (A)
                  new: rpc Get(A) returns (B)
                  breaks old readers: clients read the answer as another message
                  breaks old writers: what servers answer is read as another message
                  breaks JSON: the two messages are not the same in JSON
                  breaks source: the method returns another type in the stubs
                  help: return `test.A`, and add what is new to it as fields; or add a method"#]],
        );
    }

    #[test]
    fn a_message_with_the_same_fields_is_the_same_on_the_wire() {
        check(
            "method-response",
            "message A { int32 a = 1; A more = 2; } service S { rpc Get(A) returns (A); }",
            "message A { int32 a = 1; A more = 2; } message B { int32 a = 1; B more = 2; string c = 3; } \
             service S { rpc Get(A) returns (B); }",
            expect![[r#"
                method-response: method `test.S.Get`
                  old: rpc Get(A) returns (A)
                  new: rpc Get(A) returns (B)
                  breaks source: the method returns another type in the stubs
                  help: return `test.A`, and add what is new to it as fields; or add a method"#]],
        );
    }
}
