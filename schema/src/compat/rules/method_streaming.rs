// Rule: method-streaming
//
// A side of a method streams that didn't, or the other way round. To gRPC, one message is a stream of one. So who begins to
// stream may send more or fewer than one to those who expect one; who stops gets more or fewer than one from those who stream.
// Connect and JSON over HTTP write a stream in another form altogether.

use crate::compat::change::Change;
use crate::compat::{Break, Rule, Who, show};

pub(in crate::compat) const RULE: Rule = Rule {
    id: "method-streaming",
    summary: "a side of a method streams that didn't, or doesn't any more",
    buf: &["RPC_SAME_CLIENT_STREAMING", "RPC_SAME_SERVER_STREAMING"],
    check,
};

fn check(change: &Change<'_>) -> Vec<Break> {
    let mut breaks = Vec::new();
    for (old, new) in change.kept_methods() {
        let (before, now) = (old.method.kind, new.method.kind);
        if before == now {
            continue;
        }
        let mut found = new
            .found()
            .old(show::method(&old))
            .now(show::method(&new))
            .harm(Who::Json, "what streams is another content type in Connect")
            .harm(Who::Source, "the method has another signature in the stubs")
            .help("add a method for the stream, and keep this one");
        let (mut readers, mut writers) = (Vec::new(), Vec::new());
        match (before.client_streams(), now.client_streams()) {
            (false, true) => readers.push("servers expect one request and get a stream"),
            (true, false) => writers.push("clients send a stream where one request is expected"),
            _ => {}
        }
        match (before.server_streams(), now.server_streams()) {
            (false, true) => readers.push("clients expect one response and get a stream"),
            (true, false) => writers.push("servers send a stream where one response is expected"),
            _ => {}
        }
        if !readers.is_empty() {
            found = found.harm(Who::WireReaders, readers.join("; "));
        }
        if !writers.is_empty() {
            found = found.harm(Who::WireWriters, writers.join("; "));
        }
        breaks.push(found);
    }
    breaks
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    #[track_caller]
    fn check(old: &str, new: &str, expect: Expect) {
        let service = |rpc: &str| format!("message A {{}} service S {{ rpc Get{rpc}; }}");
        crate::compat::testing::check("method-streaming", &service(old), &service(new), expect);
    }

    #[test]
    fn who_begins_to_stream_is_not_understood() {
        check(
            "(A) returns (A)",
            "(A) returns (stream A)",
            expect![[r#"
            method-streaming: method `test.S.Get`
              old: rpc Get(A) returns (A)
              new: rpc Get(A) returns (stream A)
              breaks old readers: clients expect one response and get a stream
              breaks JSON: what streams is another content type in Connect
              breaks source: the method has another signature in the stubs
              help: add a method for the stream, and keep this one"#]],
        );
        check(
            "(A) returns (A)",
            "(stream A) returns (stream A)",
            expect![[r#"
                method-streaming: method `test.S.Get`
                  old: rpc Get(A) returns (A)
                  new: rpc Get(stream A) returns (stream A)
                  breaks old readers: servers expect one request and get a stream; clients expect one response and get a stream
                  breaks JSON: what streams is another content type in Connect
                  breaks source: the method has another signature in the stubs
                  help: add a method for the stream, and keep this one"#]],
        );
    }

    #[test]
    fn who_stops_to_stream_does_not_understand() {
        check(
            "(stream A) returns (A)",
            "(A) returns (A)",
            expect![[r#"
            method-streaming: method `test.S.Get`
              old: rpc Get(stream A) returns (A)
              new: rpc Get(A) returns (A)
              breaks old writers: clients send a stream where one request is expected
              breaks JSON: what streams is another content type in Connect
              breaks source: the method has another signature in the stubs
              help: add a method for the stream, and keep this one"#]],
        );
        check(
            "(stream A) returns (A)",
            "(A) returns (stream A)",
            expect![[r#"
                method-streaming: method `test.S.Get`
                  old: rpc Get(stream A) returns (A)
                  new: rpc Get(A) returns (stream A)
                  breaks old readers: clients expect one response and get a stream
                  breaks old writers: clients send a stream where one request is expected
                  breaks JSON: what streams is another content type in Connect
                  breaks source: the method has another signature in the stubs
                  help: add a method for the stream, and keep this one"#]],
        );
    }
}
