//! Messages made shorter: when they are, when they aren't, and what becomes of those that can't be read.

use std::io::Write;
use std::net::SocketAddr;

use expect_test::{Expect, expect};
use futures_util::stream;
use http::Method;
use traitwire::{
    Channel, ChannelBuilder, Code, Compression, Context, MaybeCompressed, Message, RunningServer,
    Status, Streaming, grpc_service,
};

use super::bad_requests::exchange;
use super::server;

/// Text, and whether it came compressed.
#[derive(Clone, Debug, Default, PartialEq, Message)]
pub struct Text {
    #[proto(1)]
    pub text: String,
    #[proto(2)]
    pub compressed: bool,
}

/// Sends texts back, and says how they came.
#[grpc_service(package = "compression.v1")]
pub trait Press {
    /// One each way.
    async fn one(&self, text: Text, cx: Context) -> Result<Text, Status>;
    /// The same without a context, so that it can't say how it came.
    async fn blind(&self, text: Text) -> Result<Text, Status>;
    /// The first as it is, the second compressed, and so on.
    async fn alternate(&self, text: Text) -> Result<Streaming<Text>, Status>;
    /// Those that came compressed.
    async fn join(&self, texts: Streaming<Text>) -> Result<Text, Status>;
    /// Each back.
    async fn each(&self, texts: Streaming<Text>) -> Result<Streaming<Text>, Status>;
}

struct Echo;

impl Press for Echo {
    async fn one(&self, text: Text, cx: Context) -> Result<Text, Status> {
        if text.text.starts_with("plain") {
            cx.compress_response(false);
        }
        let compressed = cx.was_compressed();
        Ok(Text { compressed, ..text })
    }

    async fn blind(&self, text: Text) -> Result<Text, Status> {
        Ok(text)
    }

    async fn alternate(&self, text: Text) -> Result<Streaming<Text>, Status> {
        Ok(Streaming::from_iter([
            MaybeCompressed::Uncompressed(text.clone()),
            MaybeCompressed::Compressed(text.clone()),
            MaybeCompressed::Uncompressed(text),
        ]))
    }

    async fn join(&self, mut texts: Streaming<Text>) -> Result<Text, Status> {
        let mut joined = Text::default();
        while let Some(text) = texts.message().await? {
            if texts.was_compressed() {
                joined.text += &text.text[..1];
            }
        }
        Ok(joined)
    }

    async fn each(&self, mut texts: Streaming<Text>) -> Result<Streaming<Text>, Status> {
        Ok(Streaming::generate(|out| async move {
            while let Some(text) = texts.message().await? {
                let compressed = texts.was_compressed();
                out.send(Text { compressed, ..text }).await?;
            }
            Ok(())
        }))
    }
}

const ALL: [Compression; 3] = [Compression::Gzip, Compression::Deflate, Compression::Zstd];

/// A server that takes all of them, and sends this one.
async fn start(send: Option<Compression>) -> RunningServer {
    server()
        .add(PressServer::new(Echo))
        .accept_compressed(ALL)
        .send_compressed(send)
        .max_receive_message_len(100_000)
        .start("127.0.0.1:0")
        .await
        .unwrap()
}

async fn connect(running: &RunningServer, channel: ChannelBuilder) -> PressClient {
    PressClient::new(channel.connect(running.local_addr()).await.unwrap())
}

fn long(start: &str) -> Text {
    Text {
        text: format!("{start}{}", "x".repeat(50_000)),
        compressed: false,
    }
}

/// The texts of a stream: for each, whether it came compressed to the server, and back.
async fn read(mut texts: Streaming<Text>) -> Vec<(bool, bool)> {
    let mut all = Vec::new();
    while let Some(text) = texts.message().await.unwrap() {
        assert_eq!(text.text.len(), 50_001);
        all.push((text.compressed, texts.was_compressed()));
    }
    all
}

#[tokio::test]
async fn every_kind_of_call_is_compressed_both_ways() {
    for compression in ALL {
        let running = start(Some(compression)).await;
        let channel = Channel::builder()
            .accept_compressed([compression])
            .send_compressed(compression);
        let press = connect(&running, channel).await;

        let one = press
            .one(long("a"), Context::new())
            .response()
            .await
            .unwrap();
        assert!(one.message().compressed && one.was_compressed());
        assert_eq!(one.message().text, long("a").text);
        assert!(
            press
                .blind(long("a"))
                .response()
                .await
                .unwrap()
                .was_compressed()
        );

        let alternating = read(press.alternate(long("a")).await.unwrap()).await;
        assert_eq!(alternating, [(false, false), (false, true), (false, false)]);

        let texts = stream::iter([
            MaybeCompressed::Compressed(long("a")),
            MaybeCompressed::Uncompressed(long("b")),
            MaybeCompressed::Compressed(long("c")),
        ]);
        assert_eq!(press.join(texts).await.unwrap().text, "ac");

        let texts = Streaming::from_iter([long("a"), long("b")]);
        let back = read(press.each(texts).await.unwrap()).await;
        assert_eq!(back, [(true, true), (true, true)]);
    }
}

#[tokio::test]
async fn channels_send_messages_as_they_are_where_the_sender_says_so() {
    let running = start(Some(Compression::Gzip)).await;
    let channel = Channel::builder()
        .accept_compressed([Compression::Gzip])
        .send_compressed(Compression::Gzip);
    let press = connect(&running, channel).await;
    let (sender, texts) = Streaming::channel(2);
    sender.send(long("a")).await.unwrap();
    sender.send_uncompressed(long("b")).await.unwrap();
    drop(sender);
    let back = read(press.each(texts).await.unwrap()).await;
    assert_eq!(back, [(true, true), (false, true)]);

    let texts = Streaming::generate(|out| async move {
        out.send_uncompressed(long("a")).await?;
        out.send(long("b")).await?;
        Ok(())
    });
    let back = read(press.each(texts).await.unwrap()).await;
    assert_eq!(back, [(false, true), (true, true)]);
}

#[tokio::test]
async fn nothing_is_compressed_unasked() {
    // The server would, but the client hasn't said that it takes any; then the other way round.
    let running = start(Some(Compression::Gzip)).await;
    let press = connect(&running, Channel::builder()).await;
    let one = press
        .one(long("a"), Context::new())
        .response()
        .await
        .unwrap();
    assert!(!one.message().compressed && !one.was_compressed());
    let alternating = read(press.alternate(long("a")).await.unwrap()).await;
    assert_eq!(alternating, [(false, false); 3]);

    let running = start(None).await;
    let press = connect(&running, Channel::builder().accept_compressed(ALL)).await;
    let one = press
        .one(long("a"), Context::new())
        .response()
        .await
        .unwrap();
    assert!(!one.message().compressed && !one.was_compressed());

    // What the client takes isn't what the server would send.
    let running = start(Some(Compression::Zstd)).await;
    let press = connect(
        &running,
        Channel::builder().accept_compressed([Compression::Gzip]),
    )
    .await;
    assert!(
        !press
            .one(long("a"), Context::new())
            .response()
            .await
            .unwrap()
            .was_compressed()
    );
}

#[tokio::test]
async fn a_call_or_a_handler_may_say_otherwise() {
    let running = start(Some(Compression::Gzip)).await;
    let channel = Channel::builder()
        .accept_compressed([Compression::Gzip])
        .send_compressed(Compression::Gzip);
    let press = connect(&running, channel).await;
    let one = press.one(long("a"), Context::new()).send_compressed(None);
    assert!(!one.await.unwrap().compressed);
    let one = press
        .one(long("a"), Context::new())
        .send_compressed(Compression::Deflate);
    assert!(one.await.unwrap().compressed);
    let plain = press
        .one(long("plain"), Context::new())
        .response()
        .await
        .unwrap();
    assert!(plain.message().compressed && !plain.was_compressed());
}

#[tokio::test]
async fn what_gets_no_shorter_is_sent_as_it_is() {
    let running = start(Some(Compression::Gzip)).await;
    let channel = Channel::builder()
        .accept_compressed([Compression::Gzip])
        .send_compressed(Compression::Gzip);
    let press = connect(&running, channel).await;
    let short = Text {
        text: "x".to_owned(),
        compressed: false,
    };
    let one = press.one(short, Context::new()).response().await.unwrap();
    assert!(!one.message().compressed && !one.was_compressed());
}

#[tokio::test]
async fn compression_counts_for_nothing_in_the_process() {
    let press = PressClient::local(Echo);
    let one = press
        .one(long("a"), Context::new())
        .send_compressed(Compression::Gzip);
    let one = one.response().await.unwrap();
    assert!(!one.message().compressed && !one.was_compressed());
}

#[tokio::test]
async fn a_message_that_is_too_long_to_send_isnt_sent() {
    let running = server()
        .add(PressServer::new(Echo))
        .max_send_message_len(60_000)
        .start("127.0.0.1:0")
        .await
        .unwrap();
    let press = connect(&running, Channel::builder().max_send_message_len(70_000)).await;
    let check = async |len: usize, expect: Expect| {
        let text = Text {
            text: "x".repeat(len),
            compressed: false,
        };
        let one = press
            .one(text.clone(), Context::new())
            .await
            .map(|text| text.text.len());
        let each = press.each(Streaming::from_iter([text])).await.unwrap();
        let each = read_one(each).await.map(|text| text.text.len());
        let show = |result: Result<usize, Status>| match result {
            Ok(len) => format!("{len}\n"),
            Err(status) => format!("{status}\n"),
        };
        expect.assert_eq(&(show(one) + &show(each)));
    };
    check(
        59_996,
        expect![[r#"
            59996
            59996
        "#]],
    )
    .await;
    check(
        60_000,
        expect![[r#"
            RESOURCE_EXHAUSTED: Text: message of 60004 bytes, the limit is 60000 (max_send_message_len)
            RESOURCE_EXHAUSTED: Text: message of 60004 bytes, the limit is 60000 (max_send_message_len)
        "#]],
    )
    .await;
    check(
        70_000,
        expect![[r#"
            RESOURCE_EXHAUSTED: Text: message of 70004 bytes, the limit is 70000 (max_send_message_len)
            RESOURCE_EXHAUSTED: Text: message of 70004 bytes, the limit is 70000 (max_send_message_len)
        "#]],
    )
    .await;
}

async fn read_one(mut texts: Streaming<Text>) -> Result<Text, Status> {
    Ok(texts.message().await?.unwrap_or_default())
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn zlib(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn zstd(bytes: &[u8]) -> Vec<u8> {
    zstd::stream::encode_all(bytes, 3).unwrap()
}

fn framed(flag: u8, message: &[u8]) -> Vec<u8> {
    let mut frame = vec![flag];
    frame.extend_from_slice(&(message.len() as u32).to_be_bytes());
    frame.extend_from_slice(message);
    frame
}

/// Sends a request whose `grpc-encoding` is this, to a server that takes all compressions.
async fn ask(address: SocketAddr, encoding: &str, body: &[u8]) -> String {
    let headers = [
        ("content-type", "application/grpc"),
        ("grpc-encoding", encoding),
    ];
    let path = "/compression.v1.Press/One";
    let answer = exchange(address, Method::POST, path, &headers, &[body]).await;
    match answer.strip_prefix("0") {
        Some(_) => answer,
        // Whatever is wrong, the client learns what is taken.
        None => {
            let rest = answer.strip_suffix(" (accepts identity,gzip,deflate,zstd)");
            rest.expect("what is accepted").to_owned()
        }
    }
}

#[tokio::test]
async fn what_others_compress_is_read() {
    let running = start(None).await;
    let text = prost::Message::encode_to_vec(&long("a"));
    for (encoding, compressed) in [
        ("gzip", gzip(&text)),
        ("deflate", zlib(&text)),
        ("zstd", zstd(&text)),
    ] {
        let answer = ask(running.local_addr(), encoding, &framed(1, &compressed)).await;
        assert_eq!(answer, "0 ", "{encoding}");
        // It may also say so, and not do it.
        let answer = ask(running.local_addr(), encoding, &framed(0, &text)).await;
        assert_eq!(answer, "0 ", "{encoding}");
    }
}

#[tokio::test]
async fn what_cannot_be_read_has_a_status_that_says_why() {
    let running = start(None).await;
    let text = prost::Message::encode_to_vec(&long("a"));
    let check = async |encoding: &str, message: &[u8], expect: Expect| {
        expect.assert_eq(&ask(running.local_addr(), encoding, &framed(1, message)).await);
    };
    check(
        "snappy",
        &text,
        expect![[r#"12 request: a message is compressed with "snappy"; accepted is: identity,gzip,deflate,zstd"#]],
    )
    .await;
    check(
        "identity",
        &text,
        expect!["13 request: a message is compressed, but grpc-encoding doesn't say how"],
    )
    .await;
    check(
        "gzip",
        &zlib(&text),
        expect!["13 request: a message can't be decompressed by gzip: invalid gzip header"],
    )
    .await;
    check(
        "gzip",
        &gzip(&text)[..50],
        expect!["13 request: a message can't be decompressed by gzip: incomplete deflate stream"],
    )
    .await;
    let mut wrong = gzip(&text);
    let len = wrong.len();
    wrong[len - 8] ^= 1;
    check(
        "gzip",
        &wrong,
        expect!["13 request: a message can't be decompressed by gzip: corrupt gzip stream does not have a matching checksum"],
    )
    .await;
    check(
        "gzip",
        &[gzip(&text), b"x".to_vec()].concat(),
        expect![
            "13 request: a message can't be decompressed by gzip: more follows the compressed data"
        ],
    )
    .await;
    check(
        "deflate",
        &gzip(&text),
        expect!["13 request: a message can't be decompressed by deflate: corrupt deflate stream"],
    )
    .await;
    check(
        "zstd",
        &text,
        expect!["13 request: a message can't be decompressed by zstd: Unknown frame descriptor"],
    )
    .await;
    check(
        "zstd",
        &zstd(&text)[..20],
        expect!["13 request: a message can't be decompressed by zstd: incomplete frame"],
    )
    .await;
    // Nothing is no gzip.
    check(
        "gzip",
        b"",
        expect!["13 request: a message can't be decompressed by gzip: unexpected end of file"],
    )
    .await;
}

#[tokio::test]
async fn a_bomb_is_as_long_as_the_limit_and_no_longer() {
    let running = start(None).await;
    let bomb = vec![0; 5_000_000];
    for (encoding, bomb) in [
        ("gzip", gzip(&bomb)),
        ("deflate", zlib(&bomb)),
        ("zstd", zstd(&bomb)),
    ] {
        assert!(bomb.len() <= 100_000, "{encoding}");
        let answer = ask(running.local_addr(), encoding, &framed(1, &bomb)).await;
        assert_eq!(
            answer,
            "8 request: a compressed message is of more than 100000 bytes, the limit (max_receive_message_len)",
            "{encoding}"
        );
    }
}

#[tokio::test]
async fn a_server_without_compression_says_what_it_takes() {
    let running = server()
        .add(PressServer::new(Echo))
        .start("127.0.0.1:0")
        .await
        .unwrap();
    let press = connect(
        &running,
        Channel::builder().send_compressed(Compression::Gzip),
    )
    .await;
    let status = press.one(long("a"), Context::new()).await.unwrap_err();
    assert_eq!(status.code(), Code::Unimplemented);
    let texts = Streaming::from_iter([long("a")]);
    let status = press.join(texts).await.unwrap_err();
    assert_eq!(
        status.to_string(),
        r#"UNIMPLEMENTED: request: a message is compressed with "gzip"; accepted is: identity"#
    );
}
