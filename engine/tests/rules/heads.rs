//! Header blocks: what they are made of, and what they must hold (RFC 9113, sections 4.3, 6.10 and 8; RFC 7541).

use expect_test::expect;
use traitwire_engine::Config;

use crate::kit::*;

// Pseudo-header fields (section 8.3).

#[test]
fn a_request_has_one_method_one_scheme_and_one_path() {
    let [method, scheme, path] = POST;
    let request = |fields: &[_]| headers(1, 0, fields);
    check_each(
        Endpoint::server,
        [
            ("all", request(&[method, scheme, path])),
            ("in any order", request(&[path, method, scheme])),
            (
                "with an authority",
                request(&[method, scheme, path, (":authority", "a")]),
            ),
            ("none", request(&[])),
            ("no method", request(&[scheme, path])),
            ("no scheme", request(&[method, path])),
            ("no path", request(&[method, scheme])),
            ("two methods", request(&[method, scheme, path, method])),
            ("two schemes", request(&[method, scheme, path, scheme])),
            ("two paths", request(&[method, scheme, path, path])),
            (
                "two authorities",
                request(&[
                    method,
                    scheme,
                    path,
                    (":authority", "a"),
                    (":authority", "a"),
                ]),
            ),
            ("an empty path", request(&[method, scheme, (":path", "")])),
            (
                "a status",
                request(&[method, scheme, path, (":status", "200")]),
            ),
            (
                "an unknown one",
                request(&[method, scheme, path, (":foo", "bar")]),
            ),
            (
                "one after a regular field",
                request(&[method, scheme, ("a", "b"), path]),
            ),
        ],
        expect![[r#"
            all: head 1: POST /
            in any order: head 1: :path=/ :method=POST :scheme=http
            with an authority: head 1: POST / :authority=a
            none: > RST_STREAM 1: PROTOCOL_ERROR
            no method: > RST_STREAM 1: PROTOCOL_ERROR
            no scheme: > RST_STREAM 1: PROTOCOL_ERROR
            no path: > RST_STREAM 1: PROTOCOL_ERROR
            two methods: > RST_STREAM 1: PROTOCOL_ERROR
            two schemes: > RST_STREAM 1: PROTOCOL_ERROR
            two paths: > RST_STREAM 1: PROTOCOL_ERROR
            two authorities: > RST_STREAM 1: PROTOCOL_ERROR
            an empty path: > RST_STREAM 1: PROTOCOL_ERROR
            a status: > RST_STREAM 1: PROTOCOL_ERROR
            an unknown one: > RST_STREAM 1: PROTOCOL_ERROR
            one after a regular field: > RST_STREAM 1: PROTOCOL_ERROR
        "#]],
    );
}

#[test]
fn a_response_has_a_status_and_nothing_else() {
    let response = |fields: &[_]| headers(1, 0, fields);
    check_each(
        || Endpoint::client_with(1),
        [
            ("200", response(&[(":status", "200")])),
            ("404", response(&[(":status", "404")])),
            ("none", response(&[("a", "b")])),
            ("two", response(&[(":status", "200"), (":status", "200")])),
            ("a path", response(&[(":status", "200"), (":path", "/")])),
            ("unknown", response(&[(":status", "200"), (":foo", "a")])),
            (
                "after a regular field",
                response(&[("a", "b"), (":status", "200")]),
            ),
            ("empty", response(&[(":status", "")])),
            ("two digits", response(&[(":status", "20")])),
            ("four digits", response(&[(":status", "2000")])),
            ("letters", response(&[(":status", "2xx")])),
            ("no class", response(&[(":status", "099")])),
        ],
        expect![[r#"
            200: head 1: :status=200
            404: head 1: :status=404
            none: reset 1: PROTOCOL_ERROR, a response without exactly one status | > RST_STREAM 1: PROTOCOL_ERROR
            two: reset 1: PROTOCOL_ERROR, a pseudo-header field that comes twice | > RST_STREAM 1: PROTOCOL_ERROR
            a path: reset 1: PROTOCOL_ERROR, a pseudo-header field that has no place here | > RST_STREAM 1: PROTOCOL_ERROR
            unknown: reset 1: PROTOCOL_ERROR, a field whose name or value has characters that it must not have | > RST_STREAM 1: PROTOCOL_ERROR
            after a regular field: reset 1: PROTOCOL_ERROR, a pseudo-header field after a regular one | > RST_STREAM 1: PROTOCOL_ERROR
            empty: reset 1: PROTOCOL_ERROR, a status that isn't three digits | > RST_STREAM 1: PROTOCOL_ERROR
            two digits: reset 1: PROTOCOL_ERROR, a status that isn't three digits | > RST_STREAM 1: PROTOCOL_ERROR
            four digits: reset 1: PROTOCOL_ERROR, a status that isn't three digits | > RST_STREAM 1: PROTOCOL_ERROR
            letters: reset 1: PROTOCOL_ERROR, a status that isn't three digits | > RST_STREAM 1: PROTOCOL_ERROR
            no class: reset 1: PROTOCOL_ERROR, a status that isn't three digits | > RST_STREAM 1: PROTOCOL_ERROR
        "#]],
    );
}

#[test]
fn trailers_have_no_pseudo_header_fields() {
    let trailers = |fields: &[_]| headers(1, END_STREAM, fields);
    let cases = || {
        [
            ("none", trailers(&[])),
            ("a path", trailers(&[(":path", "/")])),
            ("a status", trailers(&[("a", "b"), (":status", "200")])),
            ("unknown", trailers(&[(":foo", "b")])),
        ]
    };
    check_each(
        Endpoint::server_with_request,
        cases(),
        expect![[r#"
            none: trailers 1:
            a path: reset 1: PROTOCOL_ERROR, a pseudo-header field in trailers | > RST_STREAM 1: PROTOCOL_ERROR
            a status: reset 1: PROTOCOL_ERROR, a pseudo-header field after a regular one | > RST_STREAM 1: PROTOCOL_ERROR
            unknown: reset 1: PROTOCOL_ERROR, a field whose name or value has characters that it must not have | > RST_STREAM 1: PROTOCOL_ERROR
        "#]],
    );
    let with_response = || {
        let mut client = Endpoint::client_with(1);
        client.gets(&[response(1)]);
        client.take_log();
        client
    };
    check_each(
        with_response,
        cases(),
        expect![[r#"
            none: trailers 1:
            a path: reset 1: PROTOCOL_ERROR, a pseudo-header field in trailers | > RST_STREAM 1: PROTOCOL_ERROR
            a status: reset 1: PROTOCOL_ERROR, a pseudo-header field after a regular one | > RST_STREAM 1: PROTOCOL_ERROR
            unknown: reset 1: PROTOCOL_ERROR, a field whose name or value has characters that it must not have | > RST_STREAM 1: PROTOCOL_ERROR
        "#]],
    );
}

#[test]
fn trailers_end_the_stream() {
    check_server(
        &[
            request(1),
            data(1, 0, b"body"),
            headers(1, 0, &[("a", "b")]),
            ping(b"goes on."),
        ],
        expect![[r#"
            head 1: POST /
            data 1: "body"
            reset 1: PROTOCOL_ERROR, trailers without END_STREAM
            > RST_STREAM 1: PROTOCOL_ERROR
            > PING ack "goes on."
        "#]],
    );
}

#[test]
fn connect_has_an_authority_and_neither_scheme_nor_path() {
    let connect = (":method", "CONNECT");
    let authority = (":authority", "a:1");
    let request = |fields: &[_]| headers(1, 0, fields);
    check_each(
        Endpoint::server,
        [
            ("as it should be", request(&[connect, authority])),
            ("the other way round", request(&[authority, connect])),
            ("no authority", request(&[connect])),
            (
                "a scheme",
                request(&[connect, authority, (":scheme", "http")]),
            ),
            ("a path", request(&[authority, (":path", "/"), connect])),
            (
                "extended",
                request(&[
                    connect,
                    authority,
                    (":scheme", "http"),
                    (":path", "/"),
                    (":protocol", "websocket"),
                ]),
            ),
        ],
        expect![[r#"
            as it should be: head 1: :method=CONNECT :authority=a:1
            the other way round: head 1: :authority=a:1 :method=CONNECT
            no authority: > RST_STREAM 1: PROTOCOL_ERROR
            a scheme: > RST_STREAM 1: PROTOCOL_ERROR
            a path: > RST_STREAM 1: PROTOCOL_ERROR
            extended: > RST_STREAM 1: PROTOCOL_ERROR
        "#]],
    );
}

// Fields (section 8.2).

#[test]
fn names_are_tokens_in_lower_case() {
    let with = |name| request_with(1, &[(name, "value")]);
    check_each(
        Endpoint::server,
        [
            ("a token", with("x-token_~1")),
            ("upper case", with("X-Name")),
            ("upper case, of a known name", with("Content-Type")),
            ("empty", with("")),
            ("a colon alone", with(":")),
            ("a colon inside", with("a:b")),
            ("a space", with("a b")),
            ("a control character", with("a\u{1}")),
            ("DEL", with("a\u{7f}")),
            ("not ASCII", with("ä")),
        ],
        expect![[r#"
            a token: head 1: POST / x-token_~1=value
            upper case: > RST_STREAM 1: PROTOCOL_ERROR
            upper case, of a known name: > RST_STREAM 1: PROTOCOL_ERROR
            empty: > RST_STREAM 1: PROTOCOL_ERROR
            a colon alone: > RST_STREAM 1: PROTOCOL_ERROR
            a colon inside: > RST_STREAM 1: PROTOCOL_ERROR
            a space: > RST_STREAM 1: PROTOCOL_ERROR
            a control character: > RST_STREAM 1: PROTOCOL_ERROR
            DEL: > RST_STREAM 1: PROTOCOL_ERROR
            not ASCII: > RST_STREAM 1: PROTOCOL_ERROR
        "#]],
    );
}

#[test]
fn values_have_no_line_ends_and_no_space_around() {
    let with = |value| request_with(1, &[("a", value)]);
    check_each(
        Endpoint::server,
        [
            ("empty", with("")),
            ("a space inside", with("b c")),
            ("not ASCII", with("ä")),
            ("NUL", with("b\0c")),
            ("CR", with("b\rc")),
            ("LF", with("b\nc")),
            ("a space in front", with(" b")),
            ("a tab at the end", with("b\t")),
        ],
        expect![[r#"
            empty: head 1: POST / a=
            a space inside: head 1: POST / a=b c
            not ASCII: head 1: POST / a=\xc3\xa4
            NUL: > RST_STREAM 1: PROTOCOL_ERROR
            CR: > RST_STREAM 1: PROTOCOL_ERROR
            LF: > RST_STREAM 1: PROTOCOL_ERROR
            a space in front: > RST_STREAM 1: PROTOCOL_ERROR
            a tab at the end: > RST_STREAM 1: PROTOCOL_ERROR
        "#]],
    );
}

#[test]
fn pseudo_header_fields_have_proper_values_too() {
    let path = |path| headers(1, 0, &[POST[0], POST[1], (":path", path)]);
    check_each(
        Endpoint::server,
        [("LF", path("/\n")), ("a space at the end", path("/ "))],
        expect![[r#"
            LF: > RST_STREAM 1: PROTOCOL_ERROR
            a space at the end: > RST_STREAM 1: PROTOCOL_ERROR
        "#]],
    );
}

#[test]
fn fields_about_a_connection_of_http_1_are_refused() {
    let with = |name, value| request_with(1, &[(name, value)]);
    check_each(
        Endpoint::server,
        [
            ("connection", with("connection", "close")),
            ("keep-alive", with("keep-alive", "timeout=5")),
            ("proxy-connection", with("proxy-connection", "close")),
            ("transfer-encoding", with("transfer-encoding", "chunked")),
            ("upgrade", with("upgrade", "h2c")),
            ("te: trailers", with("te", "trailers")),
            ("te: gzip", with("te", "gzip")),
            ("te: trailers, gzip", with("te", "trailers, gzip")),
        ],
        expect![[r#"
            connection: > RST_STREAM 1: PROTOCOL_ERROR
            keep-alive: > RST_STREAM 1: PROTOCOL_ERROR
            proxy-connection: > RST_STREAM 1: PROTOCOL_ERROR
            transfer-encoding: > RST_STREAM 1: PROTOCOL_ERROR
            upgrade: > RST_STREAM 1: PROTOCOL_ERROR
            te: trailers: head 1: POST / te=trailers
            te: gzip: > RST_STREAM 1: PROTOCOL_ERROR
            te: trailers, gzip: > RST_STREAM 1: PROTOCOL_ERROR
        "#]],
    );
    check_each(
        || Endpoint::client_with(1),
        [(
            "connection",
            headers(1, 0, &[(":status", "200"), ("connection", "close")]),
        )],
        expect![[r#"
            connection: reset 1: PROTOCOL_ERROR, a field that is about connections of HTTP/1.1 | > RST_STREAM 1: PROTOCOL_ERROR
        "#]],
    );
}

#[test]
fn a_malformed_response_ends_its_stream_and_no_other() {
    check_client(
        2,
        &[headers(1, 0, &[("a", "b")]), response(3)],
        expect![[r#"
            reset 1: PROTOCOL_ERROR, a response without exactly one status
            head 3: :status=200
            > RST_STREAM 1: PROTOCOL_ERROR
        "#]],
    );
}

#[test]
fn malformed_trailers_end_a_stream() {
    check_server(
        &[
            request(1),
            headers(1, END_STREAM, &[("Upper", "case")]),
            request(3),
        ],
        expect![[r#"
            head 1: POST /
            reset 1: PROTOCOL_ERROR, a field whose name or value has characters that it must not have
            head 3: POST /
            > RST_STREAM 1: PROTOCOL_ERROR
        "#]],
    );
}

// Content (section 8.1.1).

#[test]
fn content_is_as_long_as_content_length_says() {
    let length = |length| request_with(1, &[("content-length", length)]);
    let end = || headers(1, END_STREAM, &[("a", "b")]);
    let whole = |length| {
        headers(
            1,
            END_STREAM,
            &[POST.as_slice(), &[("content-length", length)]].concat(),
        )
    };
    check_each(
        Endpoint::server,
        [
            (
                "as long",
                [length("4"), data(1, 0, b"bo"), data(1, END_STREAM, b"dy")].concat(),
            ),
            (
                "as long, and trailers",
                [length("4"), data(1, 0, b"body"), end()].concat(),
            ),
            (
                "as long, padded",
                [length("4"), data(1, PADDED | END_STREAM, b"\x02body\0\0")].concat(),
            ),
            (
                "shorter",
                [length("5"), data(1, END_STREAM, b"body")].concat(),
            ),
            (
                "shorter, and trailers",
                [length("5"), data(1, 0, b"body"), end()].concat(),
            ),
            ("longer", [length("3"), data(1, 0, b"body")].concat()),
            ("nothing of 0", whole("0")),
            ("nothing of 1", whole("1")),
            (
                "twice the same",
                request_with(1, &[("content-length", "4"), ("content-length", "4")]),
            ),
            (
                "two",
                request_with(1, &[("content-length", "4"), ("content-length", "5")]),
            ),
            ("no number", length("four")),
            ("a sign", length("+4")),
            ("empty", length("")),
            ("the largest", length("18446744073709551615")),
            ("too large", length("18446744073709551616")),
        ],
        expect![[r#"
            as long: head 1: POST / content-length=4 | data 1: "bo" | data 1: "dy", end
            as long, and trailers: head 1: POST / content-length=4 | data 1: "body" | trailers 1: a=b
            as long, padded: head 1: POST / content-length=4 | data 1: "body", end
            shorter: head 1: POST / content-length=5 | reset 1: PROTOCOL_ERROR, content of another length than content-length says | > RST_STREAM 1: PROTOCOL_ERROR
            shorter, and trailers: head 1: POST / content-length=5 | data 1: "body" | reset 1: PROTOCOL_ERROR, content of another length than content-length says | > RST_STREAM 1: PROTOCOL_ERROR
            longer: head 1: POST / content-length=3 | reset 1: PROTOCOL_ERROR, content of another length than content-length says | > RST_STREAM 1: PROTOCOL_ERROR
            nothing of 0: head 1: POST / content-length=0, end
            nothing of 1: > RST_STREAM 1: PROTOCOL_ERROR
            twice the same: head 1: POST / content-length=4 content-length=4
            two: > RST_STREAM 1: PROTOCOL_ERROR
            no number: > RST_STREAM 1: PROTOCOL_ERROR
            a sign: > RST_STREAM 1: PROTOCOL_ERROR
            empty: > RST_STREAM 1: PROTOCOL_ERROR
            the largest: head 1: POST / content-length=18446744073709551615
            too large: > RST_STREAM 1: PROTOCOL_ERROR
        "#]],
    );
}

#[test]
fn a_response_is_as_long_as_content_length_says() {
    let head = |flags, length| headers(1, flags, &[(":status", "200"), ("content-length", length)]);
    check_each(
        || Endpoint::client_with(1),
        [
            (
                "as long",
                [head(0, "4"), data(1, END_STREAM, b"body")].concat(),
            ),
            (
                "shorter",
                [head(0, "5"), data(1, END_STREAM, b"body")].concat(),
            ),
            ("longer", [head(0, "3"), data(1, 0, b"body")].concat()),
            ("nothing of 1", head(END_STREAM, "1")),
        ],
        expect![[r#"
            as long: head 1: :status=200 content-length=4 | data 1: "body", end
            shorter: head 1: :status=200 content-length=5 | reset 1: PROTOCOL_ERROR, content of another length than content-length says | > RST_STREAM 1: PROTOCOL_ERROR
            longer: head 1: :status=200 content-length=3 | reset 1: PROTOCOL_ERROR, content of another length than content-length says | > RST_STREAM 1: PROTOCOL_ERROR
            nothing of 1: reset 1: PROTOCOL_ERROR, content of another length than content-length says | > RST_STREAM 1: PROTOCOL_ERROR
        "#]],
    );
}

// Interim responses (section 8.1).

#[test]
fn interim_responses_come_before_the_response() {
    let status = |flags, status| headers(1, flags, &[(":status", status)]);
    check_each(
        || Endpoint::client_with(1),
        [
            (
                "100 and 103",
                [status(0, "100"), status(0, "103"), response(1)].concat(),
            ),
            ("100 alone", status(0, "100")),
            ("100 that ends the stream", status(END_STREAM, "100")),
            ("101", status(0, "101")),
            (
                "data after 100",
                [status(0, "100"), data(1, 0, b"body")].concat(),
            ),
            (
                "100 after the response",
                [response(1), status(0, "100")].concat(),
            ),
            (
                "a content length in 103 says nothing",
                [
                    headers(1, 0, &[(":status", "103"), ("content-length", "1")]),
                    response(1),
                    data(1, END_STREAM, b"body"),
                ]
                .concat(),
            ),
        ],
        expect![[r#"
            100 and 103: head 1: :status=200
            100 alone: nothing
            100 that ends the stream: reset 1: PROTOCOL_ERROR, an interim response with END_STREAM | > RST_STREAM 1: PROTOCOL_ERROR
            101: reset 1: PROTOCOL_ERROR, a response with status 101 | > RST_STREAM 1: PROTOCOL_ERROR
            data after 100: reset 1: PROTOCOL_ERROR, DATA before the head of the response | > RST_STREAM 1: PROTOCOL_ERROR
            100 after the response: head 1: :status=200 | reset 1: PROTOCOL_ERROR, a pseudo-header field in trailers | > RST_STREAM 1: PROTOCOL_ERROR
            a content length in 103 says nothing: head 1: :status=200 | data 1: "body", end
        "#]],
    );
}

// Blocks in several frames (sections 4.3 and 6.10).

#[test]
fn a_block_goes_on_in_continuations() {
    let block = literals(&[&POST[..], &[("a", "b")]].concat());
    let (start, rest) = block.split_at(10);
    let (middle, end) = rest.split_at(1);
    check_server(
        &[
            frame(HEADERS, END_STREAM, 1, start),
            frame(CONTINUATION, 0, 1, middle),
            frame(CONTINUATION, 0, 1, b""),
            frame(CONTINUATION, END_HEADERS, 1, end),
            frame(HEADERS, 0, 3, b""),
            frame(CONTINUATION, END_HEADERS, 3, &block),
        ],
        expect![[r#"
            head 1: POST / a=b, end
            head 3: POST / a=b
        "#]],
    );
}

#[test]
fn nothing_comes_between_the_frames_of_a_block() {
    let start = || {
        let mut server = Endpoint::server_with_request();
        server.gets(&[frame(HEADERS, END_STREAM, 3, &literals(&POST))]);
        server
    };
    let end = |id| frame(CONTINUATION, END_HEADERS, id, b"");
    check_each(
        start,
        [
            ("its end", end(3)),
            ("another stream's CONTINUATION", end(1)),
            ("CONTINUATION on stream 0", end(0)),
            ("DATA", data(1, 0, b"body")),
            ("HEADERS", request(5)),
            ("HEADERS, the same stream", request(3)),
            ("PRIORITY", frame(PRIORITY, 0, 3, &[0; 5])),
            ("RST_STREAM", rst_stream(3, CANCEL)),
            ("SETTINGS", settings(&[])),
            ("PUSH_PROMISE", frame(PUSH_PROMISE, END_HEADERS, 3, &[0; 4])),
            ("PING", ping(b"12345678")),
            ("GOAWAY", goaway(0, 0)),
            ("WINDOW_UPDATE", window_update(0, 1)),
            ("unknown", frame(0xbb, 0, 0, b"")),
        ],
        expect![[r#"
            its end: head 3: POST /, end
            another stream's CONTINUATION: error PROTOCOL_ERROR: CONTINUATION without a header block to continue | > GOAWAY last 1: PROTOCOL_ERROR
            CONTINUATION on stream 0: error PROTOCOL_ERROR: CONTINUATION without a header block to continue | > GOAWAY last 1: PROTOCOL_ERROR
            DATA: error PROTOCOL_ERROR: a header block is interrupted by another frame | > GOAWAY last 1: PROTOCOL_ERROR
            HEADERS: error PROTOCOL_ERROR: a header block is interrupted by another frame | > GOAWAY last 1: PROTOCOL_ERROR
            HEADERS, the same stream: error PROTOCOL_ERROR: a header block is interrupted by another frame | > GOAWAY last 1: PROTOCOL_ERROR
            PRIORITY: error PROTOCOL_ERROR: a header block is interrupted by another frame | > GOAWAY last 1: PROTOCOL_ERROR
            RST_STREAM: error PROTOCOL_ERROR: a header block is interrupted by another frame | > GOAWAY last 1: PROTOCOL_ERROR
            SETTINGS: error PROTOCOL_ERROR: a header block is interrupted by another frame | > GOAWAY last 1: PROTOCOL_ERROR
            PUSH_PROMISE: error PROTOCOL_ERROR: a header block is interrupted by another frame | > GOAWAY last 1: PROTOCOL_ERROR
            PING: error PROTOCOL_ERROR: a header block is interrupted by another frame | > GOAWAY last 1: PROTOCOL_ERROR
            GOAWAY: error PROTOCOL_ERROR: a header block is interrupted by another frame | > GOAWAY last 1: PROTOCOL_ERROR
            WINDOW_UPDATE: error PROTOCOL_ERROR: a header block is interrupted by another frame | > GOAWAY last 1: PROTOCOL_ERROR
            unknown: error PROTOCOL_ERROR: a header block is interrupted by another frame | > GOAWAY last 1: PROTOCOL_ERROR
        "#]],
    );
}

#[test]
fn a_continuation_continues_something() {
    let end = || frame(CONTINUATION, END_HEADERS, 1, b"");
    check_each(
        Endpoint::server,
        [
            ("after a whole block", [request(1), end()].concat()),
            (
                "after the last CONTINUATION",
                [frame(HEADERS, 0, 1, &literals(&POST)), end(), end()].concat(),
            ),
            ("after DATA", [request(1), data(1, 0, b""), end()].concat()),
        ],
        expect![[r#"
            after a whole block: head 1: POST / | error PROTOCOL_ERROR: CONTINUATION without a header block to continue | > GOAWAY last 1: PROTOCOL_ERROR
            after the last CONTINUATION: head 1: POST / | error PROTOCOL_ERROR: CONTINUATION without a header block to continue | > GOAWAY last 1: PROTOCOL_ERROR
            after DATA: head 1: POST / | data 1: "" | error PROTOCOL_ERROR: CONTINUATION without a header block to continue | > GOAWAY last 1: PROTOCOL_ERROR
        "#]],
    );
}

#[test]
fn an_interrupted_field_goes_on_in_the_next_frame() {
    let block = literals(&POST);
    for at in 0..=block.len() {
        let mut server = Endpoint::server();
        server.gets(&[
            frame(HEADERS, 0, 1, &block[..at]),
            frame(CONTINUATION, END_HEADERS, 1, &block[at..]),
        ]);
        server.leaves();
        assert_eq!(server.take_log(), "head 1: POST /\n");
    }
}

#[test]
fn a_list_of_fields_above_the_limit_resets_its_stream_and_is_read_all_the_same() {
    let mut config = Config::default();
    config.max_header_list_size = 300;
    let mut server = Endpoint::server_with(config, &[]);
    let long = "x".repeat(200);
    let block = [
        literals(&POST),
        indexed_literal("a", "entry"),
        literals(&[("long", &long)]),
    ]
    .concat();
    let next = [literals(&POST), vec![0x80 | 62]].concat();
    server.gets(&[
        frame(HEADERS, END_HEADERS, 1, &block),
        frame(HEADERS, END_HEADERS, 3, &next),
    ]);
    server.check(expect![[r#"
        head 3: POST / a=entry
        > RST_STREAM 1: ENHANCE_YOUR_CALM
    "#]]);
}

#[test]
fn a_list_of_fields_counts_names_values_and_32_for_each() {
    let of_post = 7 + 4 + 32 + 7 + 4 + 32 + 5 + 1 + 32;
    let mut config = Config::default();
    config.max_header_list_size = of_post + 1 + 10 + 32;
    let with = |len| request_with(1, &[("a", "0123456789a".get(..len).unwrap_or_default())]);
    check_each(
        || Endpoint::server_with(config.clone(), &[]),
        [("as long", with(10)), ("longer", with(11))],
        expect![[r#"
            as long: head 1: POST / a=0123456789
            longer: > RST_STREAM 1: ENHANCE_YOUR_CALM
        "#]],
    );
}

#[test]
fn a_block_may_be_as_long_as_a_raised_limit_allows() {
    let mut config = Config::default();
    config.max_header_list_size = 1 << 20;
    let mut server = Endpoint::server_with(config, &[]);
    let long = "x".repeat(900_000);
    let block = literals(&[&POST[..], &[("long", &long)]].concat());
    let mut frames = vec![frame(HEADERS, END_STREAM, 1, b"")];
    frames.extend(
        block
            .chunks(16_384)
            .map(|piece| frame(CONTINUATION, 0, 1, piece)),
    );
    frames.push(frame(CONTINUATION, END_HEADERS, 1, b""));
    server.gets(&frames);
    server.check(expect![[r#"
        head 1: POST / long=900000 bytes, end
    "#]]);
}

// Compression (RFC 7541).

#[test]
fn a_block_that_cannot_be_decoded_ends_the_connection() {
    let with = |block: &[u8]| {
        let block = [literals(&POST).as_slice(), block].concat();
        frame(HEADERS, END_HEADERS, 1, &block)
    };
    check_each(
        Endpoint::server,
        [
            ("index 0", with(&[0x80])),
            ("an index that no table has", with(&[0x80 | 62])),
            (
                "a name's index that no table has",
                with(&[0x40 | 62, 1, b'a']),
            ),
            ("a value that is cut off", with(&[0x00, 1, b'a', 5, b'b'])),
            ("an integer that is cut off", with(&[0xff, 0x80])),
            ("an integer without end", with(&[0xff; 12])),
            (
                "a Huffman code with EOS",
                with(&[0x00, 1, b'a', 0x84, 0xff, 0xff, 0xff, 0xff]),
            ),
            (
                "a Huffman code padded with zeros",
                with(&[0x00, 1, b'a', 0x81, 0x00]),
            ),
            (
                "a Huffman code with more than 7 bits of padding",
                with(&[0x00, 1, b'a', 0x82, 0x1f, 0xff]),
            ),
            ("a table's size after a field", with(&[0x20])),
            (
                "a table larger than allowed",
                frame(HEADERS, END_HEADERS, 1, &[0x3f, 0xe2, 0x1f]),
            ),
        ],
        expect![[r#"
            index 0: error COMPRESSION_ERROR: a header block refers to a field that isn't there | > GOAWAY last 0: COMPRESSION_ERROR
            an index that no table has: error COMPRESSION_ERROR: a header block refers to a field that isn't there | > GOAWAY last 0: COMPRESSION_ERROR
            a name's index that no table has: error COMPRESSION_ERROR: a header block refers to a field that isn't there | > GOAWAY last 0: COMPRESSION_ERROR
            a value that is cut off: error COMPRESSION_ERROR: a header block ends within a field | > GOAWAY last 0: COMPRESSION_ERROR
            an integer that is cut off: error COMPRESSION_ERROR: a header block ends within a field | > GOAWAY last 0: COMPRESSION_ERROR
            an integer without end: error COMPRESSION_ERROR: a header block has an integer that is too large | > GOAWAY last 0: COMPRESSION_ERROR
            a Huffman code with EOS: error COMPRESSION_ERROR: a header block has a string that is no Huffman code | > GOAWAY last 0: COMPRESSION_ERROR
            a Huffman code padded with zeros: error COMPRESSION_ERROR: a header block has a string that is no Huffman code | > GOAWAY last 0: COMPRESSION_ERROR
            a Huffman code with more than 7 bits of padding: error COMPRESSION_ERROR: a header block has a string that is no Huffman code | > GOAWAY last 0: COMPRESSION_ERROR
            a table's size after a field: error COMPRESSION_ERROR: a header block changes the table's size after a field | > GOAWAY last 0: COMPRESSION_ERROR
            a table larger than allowed: error COMPRESSION_ERROR: a header block makes the table larger than SETTINGS_HEADER_TABLE_SIZE | > GOAWAY last 0: COMPRESSION_ERROR
        "#]],
    );
}

#[test]
fn a_block_that_cannot_be_decoded_ends_the_connection_on_any_stream() {
    let bad = |id| frame(HEADERS, END_HEADERS, id, &[0x80]);
    let closed = || {
        let mut server = Endpoint::server_with_request();
        server.gets(&[rst_stream(1, CANCEL), whole_request(3)]);
        server.take_log();
        server
    };
    check_each(
        closed,
        [("closed", bad(1)), ("half closed", bad(3)), ("new", bad(5))],
        expect![[r#"
            closed: error COMPRESSION_ERROR: a header block refers to a field that isn't there | > GOAWAY last 3: COMPRESSION_ERROR
            half closed: error COMPRESSION_ERROR: a header block refers to a field that isn't there | > GOAWAY last 3: COMPRESSION_ERROR
            new: error COMPRESSION_ERROR: a header block refers to a field that isn't there | > GOAWAY last 3: COMPRESSION_ERROR
        "#]],
    );
    check_each(
        || Endpoint::client_with(1),
        [("response", bad(1)), ("idle", bad(3))],
        expect![[r#"
            response: error COMPRESSION_ERROR: a header block refers to a field that isn't there | > GOAWAY last 0: COMPRESSION_ERROR
            idle: error COMPRESSION_ERROR: a header block refers to a field that isn't there | > GOAWAY last 0: COMPRESSION_ERROR
        "#]],
    );
}

#[test]
fn the_table_may_get_smaller_and_as_large_as_it_was() {
    let entry = indexed_literal("a", "entry");
    let with = |start: &[u8], end: &[u8]| [start, literals(&POST).as_slice(), end].concat();
    check_server(
        &[
            frame(HEADERS, END_HEADERS, 1, &with(b"", &entry)),
            frame(HEADERS, END_HEADERS, 3, &with(b"", &[0x80 | 62])),
            // To nothing, and back to 4,096.
            frame(
                HEADERS,
                END_HEADERS,
                5,
                &with(&[0x20, 0x3f, 0xe1, 0x1f], &entry),
            ),
            frame(HEADERS, END_HEADERS, 7, &with(b"", &[0x80 | 62])),
            frame(HEADERS, END_HEADERS, 9, &with(&[0x20], b"")),
            frame(HEADERS, END_HEADERS, 11, &with(b"", &[0x80 | 62])),
        ],
        expect![[r#"
            head 1: POST / a=entry
            head 3: POST / a=entry
            head 5: POST / a=entry
            head 7: POST / a=entry
            head 9: POST /
            error COMPRESSION_ERROR: a header block refers to a field that isn't there
            > GOAWAY last 9: COMPRESSION_ERROR
        "#]],
    );
}

#[test]
fn blocks_of_refused_streams_are_read_for_what_comes_after() {
    let mut config = Config::default();
    config.max_concurrent_streams = 1;
    let mut server = Endpoint::server_with(config, &[]);
    let entry = |value| {
        let block = [literals(&POST), indexed_literal("a", value)].concat();
        move |id| frame(HEADERS, END_HEADERS, id, &block)
    };
    let malformed = indexed_literal("b", "entry");
    server.gets(&[
        request(1),
        entry("refused")(3),
        frame(HEADERS, END_HEADERS, 5, &malformed),
        rst_stream(1, CANCEL),
        frame(
            HEADERS,
            END_HEADERS | END_STREAM,
            3,
            &indexed_literal("c", "late"),
        ),
        frame(
            HEADERS,
            END_HEADERS,
            7,
            &[literals(&POST), vec![0x80 | 62, 0x80 | 63, 0x80 | 64]].concat(),
        ),
    ]);
    server.check(expect![[r#"
        head 1: POST /
        reset 1: CANCEL, by the peer
        head 7: POST / c=late b=entry a=refused
        > RST_STREAM 3: REFUSED_STREAM
        > RST_STREAM 5: PROTOCOL_ERROR
    "#]]);
}

#[test]
fn a_block_that_comes_again_means_the_same_again_until_the_table_changes() {
    let entry = |value| [literals(&POST), indexed_literal("a", value)].concat();
    let same = || [literals(&POST), vec![0x80 | 62]].concat();
    check_server(
        &[
            frame(HEADERS, END_HEADERS, 1, &entry("first")),
            frame(HEADERS, END_HEADERS, 3, &same()),
            frame(HEADERS, END_HEADERS, 5, &same()),
            frame(HEADERS, END_HEADERS, 7, &entry("second")),
            frame(HEADERS, END_HEADERS, 9, &same()),
            frame(HEADERS, END_HEADERS, 11, &same()),
        ],
        expect![[r#"
            head 1: POST / a=first
            head 3: POST / a=first
            head 5: POST / a=first
            head 7: POST / a=second
            head 9: POST / a=second
            head 11: POST / a=second
        "#]],
    );
}

#[test]
fn the_same_block_is_another_thing_at_another_place() {
    let block = &[("a", "b")];
    check_server(
        &[
            request(1),
            headers(1, END_STREAM, block),
            headers(3, END_STREAM, block),
            request(5),
            headers(5, END_STREAM, block),
        ],
        expect![[r#"
            head 1: POST /
            trailers 1: a=b
            head 5: POST /
            trailers 5: a=b
            > RST_STREAM 3: PROTOCOL_ERROR
        "#]],
    );
}
