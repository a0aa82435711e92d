// Rule: method-idempotency
//
// A method promises more or less about being called twice. Clients that know the promise retry, and ask with HTTP's GET where
// it says that nothing changes. So each side has to keep the promise that the other one knows.

use crate::compat::change::Change;
use crate::compat::{Break, Rule, Who, show};
use crate::descriptor::Idempotency;

pub(in crate::compat) const RULE: Rule = Rule {
    id: "method-idempotency",
    summary: "a method promises more or less about being called twice",
    buf: &["RPC_SAME_IDEMPOTENCY_LEVEL"],
    check,
};

fn check(change: &Change<'_>) -> Vec<Break> {
    let mut breaks = Vec::new();
    for (old, new) in change.kept_methods() {
        let (before, now) = (old.method.idempotency, new.method.idempotency);
        if before == now {
            continue;
        }
        let found = new
            .found()
            .old(show::idempotency(before))
            .now(show::idempotency(now));
        breaks.push(if promise(now) < promise(before) {
            found
                .harm(Who::WireWriters, "clients go on calling twice, or with GET, as they were told they could")
                .help("keep the promise; a method that can't is a new one")
        } else {
            found
                .harm(Who::WireReaders, "servers that promised less are called twice, or with GET")
                .help("update all servers first; if they have always kept the promise, nothing breaks")
        });
    }
    breaks
}

/// What is promised, in order.
fn promise(level: Idempotency) -> u8 {
    match level {
        Idempotency::Unknown => 0,
        Idempotency::Idempotent => 1,
        Idempotency::NoSideEffects => 2,
    }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    #[track_caller]
    fn check(old: &str, new: &str, expect: Expect) {
        let service = |level: &str| {
            format!(
                "message A {{}} service S {{ rpc Get(A) returns (A) {{ option idempotency_level = {level}; }} }}"
            )
        };
        crate::compat::testing::check("method-idempotency", &service(old), &service(new), expect);
    }

    #[test]
    fn a_promise_is_taken_back() {
        check(
            "IDEMPOTENT",
            "IDEMPOTENCY_UNKNOWN",
            expect![[r#"
            method-idempotency: method `test.S.Get`
              old: option idempotency_level = IDEMPOTENT
              new: option idempotency_level = IDEMPOTENCY_UNKNOWN
              breaks old writers: clients go on calling twice, or with GET, as they were told they could
              help: keep the promise; a method that can't is a new one"#]],
        );
        check(
            "NO_SIDE_EFFECTS",
            "IDEMPOTENT",
            expect![[r#"
            method-idempotency: method `test.S.Get`
              old: option idempotency_level = NO_SIDE_EFFECTS
              new: option idempotency_level = IDEMPOTENT
              breaks old writers: clients go on calling twice, or with GET, as they were told they could
              help: keep the promise; a method that can't is a new one"#]],
        );
    }

    #[test]
    fn a_promise_is_made() {
        check(
            "IDEMPOTENCY_UNKNOWN",
            "NO_SIDE_EFFECTS",
            expect![[r#"
            method-idempotency: method `test.S.Get`
              old: option idempotency_level = IDEMPOTENCY_UNKNOWN
              new: option idempotency_level = NO_SIDE_EFFECTS
              breaks old readers: servers that promised less are called twice, or with GET
              help: update all servers first; if they have always kept the promise, nothing breaks"#]],
        );
    }
}
