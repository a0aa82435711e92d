//! Calls from threads without a runtime.

use super::server;
use crate::calculator::{CalculatorClient, CalculatorServer, Number, abacus, number};

#[test]
fn all_four_kinds_work_without_a_runtime_around() {
    // The server has a runtime, the client has none.
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let service = CalculatorServer::new(abacus().0);
    let running = runtime
        .block_on(server().add(service).start("127.0.0.1:0"))
        .unwrap();

    let client = CalculatorClient::lazy(running.local_addr())
        .unwrap()
        .blocking();
    assert_eq!(client.increment(number(1)).unwrap(), number(2));
    let counted: Result<Vec<Number>, _> = client.count(number(3)).unwrap().collect();
    assert_eq!(counted.unwrap(), [number(0), number(1), number(2)]);
    assert_eq!(client.sum((1..=4).map(number)).unwrap(), number(10));
    let sums: Result<Vec<Number>, _> = client
        .running_sum([number(1), number(2)])
        .unwrap()
        .collect();
    assert_eq!(sums.unwrap(), [number(1), number(3)]);
    let status = client.increment(number(-1)).unwrap_err();
    assert_eq!(status.code(), traitwire::Code::InvalidArgument);

    running.shutdown();
    runtime.block_on(running.wait());
}

#[test]
fn an_iterator_that_panics_does_not_look_finished() {
    let client = CalculatorClient::local(abacus().0).blocking();
    let requests = (0..3).map(|n| if n < 2 { number(n) } else { panic!("no more") });
    let status = client.sum(requests).unwrap_err();
    assert_eq!(
        status.to_string(),
        "INTERNAL: the iterator of requests panicked"
    );
}

#[test]
fn a_timeout_ends_a_call_on_a_runtime_that_nobody_drives() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let channel = runtime
        .block_on(async { traitwire::Channel::lazy("http://127.0.0.1:1") })
        .unwrap();
    let call = CalculatorClient::new(channel).increment(number(1));
    let status = traitwire::blocking::unary(call.timeout(std::time::Duration::from_millis(10)));
    assert_eq!(
        status.unwrap_err().code(),
        traitwire::Code::DeadlineExceeded
    );
}
