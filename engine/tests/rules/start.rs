//! How a connection starts (RFC 9113, section 3.4).

use expect_test::expect;
use traitwire_engine::{Config, PREFACE, Role};

use crate::kit::*;

fn new_server() -> Endpoint {
    let mut end = Endpoint::new(Role::Server, Config::default());
    end.leaves();
    end.take_log();
    end
}

fn new_client() -> Endpoint {
    let mut end = Endpoint::new(Role::Client, Config::default());
    end.leaves();
    end.take_log();
    end
}

#[test]
fn a_server_says_its_settings_at_once() {
    Endpoint::new(Role::Server, Config::default()).check(expect![[r#"
        > SETTINGS 4=524288 6=16384 3=256
        > WINDOW_UPDATE 0: 4128769
    "#]]);
}

#[test]
fn a_client_says_the_preface_and_its_settings_at_once() {
    Endpoint::new(Role::Client, Config::default()).check(expect![[r#"
        > preface
        > SETTINGS 4=524288 6=16384 2=0
        > WINDOW_UPDATE 0: 4128769
    "#]]);
}

#[test]
fn a_frame_size_that_is_not_the_default_is_said() {
    let mut config = Config::default();
    config.max_frame_size = 1 << 20;
    Endpoint::new(Role::Server, config).check(expect![[r#"
        > SETTINGS 4=524288 6=16384 3=256 5=1048576
        > WINDOW_UPDATE 0: 4128769
    "#]]);
}

#[test]
fn limits_are_kept_where_the_specification_allows_them() {
    let mut config = Config::default();
    config.max_frame_size = 1;
    config.stream_window = 1;
    config.connection_window = u32::MAX;
    Endpoint::new(Role::Server, config).check(expect![[r#"
        > SETTINGS 4=65535 6=16384 3=256
        > WINDOW_UPDATE 0: 2147418112
    "#]]);
}

#[test]
fn a_server_takes_the_preface_and_settings_and_acknowledges_them() {
    let mut server = new_server();
    server.gets(&[PREFACE.to_vec(), settings(&[])]);
    server.check(expect![[r#"
        > SETTINGS ack
    "#]]);
    assert!(server.connection.is_established());
}

#[test]
fn a_client_takes_settings_and_acknowledges_them() {
    let mut client = new_client();
    assert!(!client.connection.is_established());
    client.gets(&[settings(&[])]);
    client.check(expect![[r#"
        > SETTINGS ack
    "#]]);
    assert!(client.connection.is_established());
}

#[test]
fn another_preface_is_noticed_at_its_first_wrong_byte() {
    let mut server = new_server();
    server.arrives(b"PRI * HTTP/2.0\r\n\r\nS");
    server.arrives(b"N");
    server.check(expect![[r#"
        error PROTOCOL_ERROR: the connection doesn't start with HTTP/2's preface
        > GOAWAY last 0: PROTOCOL_ERROR
    "#]]);
}

#[test]
fn http_1_is_no_preface() {
    check_each(
        new_server,
        [
            ("GET", b"G".to_vec()),
            ("POST", b"POST / HTTP/1.1".to_vec()),
        ],
        expect![[r#"
            GET: error PROTOCOL_ERROR: the connection doesn't start with HTTP/2's preface | > GOAWAY last 0: PROTOCOL_ERROR
            POST: error PROTOCOL_ERROR: the connection doesn't start with HTTP/2's preface | > GOAWAY last 0: PROTOCOL_ERROR
        "#]],
    );
}

#[test]
fn the_first_frame_is_settings() {
    let after_preface = || {
        let mut server = new_server();
        server.gets(&[PREFACE.to_vec()]);
        server
    };
    let cases = || {
        [
            ("PING", ping(b"12345678")),
            ("SETTINGS ack", settings_ack()),
            ("HEADERS", request(1)),
            ("unknown", frame(0xbb, 0, 0, b"")),
        ]
    };
    check_each(
        after_preface,
        cases(),
        expect![[r#"
            PING: error PROTOCOL_ERROR: the first frame is not SETTINGS | > GOAWAY last 0: PROTOCOL_ERROR
            SETTINGS ack: error PROTOCOL_ERROR: the first frame is not SETTINGS | > GOAWAY last 0: PROTOCOL_ERROR
            HEADERS: error PROTOCOL_ERROR: the first frame is not SETTINGS | > GOAWAY last 0: PROTOCOL_ERROR
            unknown: error PROTOCOL_ERROR: the first frame is not SETTINGS | > GOAWAY last 0: PROTOCOL_ERROR
        "#]],
    );
    check_each(
        new_client,
        cases(),
        expect![[r#"
            PING: error PROTOCOL_ERROR: the first frame is not SETTINGS | > GOAWAY last 0: PROTOCOL_ERROR
            SETTINGS ack: error PROTOCOL_ERROR: the first frame is not SETTINGS | > GOAWAY last 0: PROTOCOL_ERROR
            HEADERS: error PROTOCOL_ERROR: the first frame is not SETTINGS | > GOAWAY last 0: PROTOCOL_ERROR
            unknown: error PROTOCOL_ERROR: the first frame is not SETTINGS | > GOAWAY last 0: PROTOCOL_ERROR
        "#]],
    );
}

#[test]
fn a_client_sends_requests_before_the_settings_come() {
    let mut client = new_client();
    client.open(true);
    client.check(expect![[r#"
        > HEADERS 1: POST /, end
    "#]]);
}

#[test]
fn nothing_is_read_after_an_error() {
    let mut server = Endpoint::server();
    server.gets(&[data(1, 0, b""), request(1)]);
    server.check(expect![[r#"
        error PROTOCOL_ERROR: DATA on an idle stream
        > GOAWAY last 0: PROTOCOL_ERROR
    "#]]);
    let mut more: &[u8] = &request(3);
    let again = server.connection.next_event(&mut Collect, &mut more);
    assert_eq!(
        again.expect_err("broken").to_string(),
        "PROTOCOL_ERROR: DATA on an idle stream"
    );
    assert!(server.connection.is_finished());
}
