//! Calls whose messages are in JSON, `application/grpc+json`.

use std::net::SocketAddr;

use bytes::Bytes;
use expect_test::{Expect, expect};
use http::Request;
use tokio::net::TcpStream;
use traitwire::{
    Channel, Code, Compression, Context, Message, RunningServer, Status, Streaming, grpc_service,
    interceptor::{self, Interceptor, LazyMessage, Next, Reply},
};

use super::server;

/// A note, with what JSON writes in its own way.
#[derive(Clone, Debug, Default, PartialEq, Message)]
pub struct Note {
    #[proto(1)]
    pub note_id: u64,
    #[proto(2)]
    pub text: String,
    #[proto(3)]
    pub raw_bytes: Vec<u8>,
    #[proto(4)]
    pub answer_to: Option<Box<Note>>,
}

/// Keeps nothing.
#[grpc_service(package = "json.v1")]
pub trait Notes {
    /// The note back, with a number one higher.
    async fn one(&self, note: Note) -> Result<Note, Status>;
    /// The same, with a context.
    async fn told(&self, note: Note, cx: Context) -> Result<Note, Status>;
    /// As many as the number says.
    async fn many(&self, note: Note) -> Result<Streaming<Note>, Status>;
    /// All texts in one.
    async fn join(&self, notes: Streaming<Note>) -> Result<Note, Status>;
    /// Each back.
    async fn each(&self, notes: Streaming<Note>) -> Result<Streaming<Note>, Status>;
}

struct Pad;

impl Notes for Pad {
    async fn one(&self, note: Note) -> Result<Note, Status> {
        if note.text == "fail" {
            return Err(Status::failed_precondition("as you wish"));
        }
        Ok(Note {
            note_id: note.note_id + 1,
            ..note
        })
    }

    async fn told(&self, note: Note, cx: Context) -> Result<Note, Status> {
        cx.add_initial_metadata("x-first", "1")?;
        cx.add_trailing_metadata("x-last", "2")?;
        self.one(note).await
    }

    async fn many(&self, note: Note) -> Result<Streaming<Note>, Status> {
        Ok(Streaming::from_iter((0..note.note_id).map(
            move |note_id| Note {
                note_id,
                ..note.clone()
            },
        )))
    }

    async fn join(&self, mut notes: Streaming<Note>) -> Result<Note, Status> {
        let mut joined = Note::default();
        while let Some(note) = notes.message().await? {
            joined.text += &note.text;
            joined.note_id += 1;
        }
        Ok(joined)
    }

    async fn each(&self, notes: Streaming<Note>) -> Result<Streaming<Note>, Status> {
        Ok(notes)
    }
}

fn note(note_id: u64, text: &str) -> Note {
    Note {
        note_id,
        text: text.to_owned(),
        raw_bytes: vec![0xfb, 0xff],
        answer_to: Some(Box::default()),
    }
}

async fn start() -> RunningServer {
    let server = server()
        .add(NotesServer::new(Pad))
        .accept_compressed([Compression::Gzip])
        .send_compressed(Compression::Gzip);
    server.start("127.0.0.1:0").await.unwrap()
}

/// Calls each kind of method.
async fn call_all(notes: &NotesClient) {
    let one = notes.one(note(u64::MAX - 1, "ä")).await.unwrap();
    assert_eq!(one, note(u64::MAX, "ä"));

    let told = notes.told(note(1, ""), Context::new()).response().await;
    let (message, headers, trailers) = told.unwrap().into_parts();
    assert_eq!(message, note(2, ""));
    assert_eq!(headers.get("x-first"), Some("1"));
    assert_eq!(trailers.get("x-last"), Some("2"));

    let mut many = notes.many(note(100, "x")).await.unwrap();
    for n in 0..100 {
        assert_eq!(many.message().await.unwrap(), Some(note(n, "x")));
    }
    assert_eq!(many.message().await.unwrap(), None);

    let texts = Streaming::from_iter([note(1, "a"), note(2, "b")]);
    let joined = notes.join(texts).await.unwrap();
    assert_eq!((joined.text.as_str(), joined.note_id), ("ab", 2));

    let mut each = notes
        .each(Streaming::from_iter([note(7, "a")]))
        .await
        .unwrap();
    assert_eq!(each.message().await.unwrap(), Some(note(7, "a")));
    assert_eq!(each.message().await.unwrap(), None);

    let error = notes.one(note(1, "fail")).await.unwrap_err();
    assert_eq!(
        (error.code(), error.message()),
        (Code::FailedPrecondition, "as you wish")
    );
}

#[tokio::test]
async fn every_kind_of_call_is_made_in_json() {
    let running = start().await;
    let channel = Channel::builder()
        .json()
        .connect(running.local_addr())
        .await;
    call_all(&NotesClient::new(channel.unwrap())).await;

    // The other path of a client.
    let service = NotesServer::new(Pad);
    let notes = NotesClient::new(Channel::from_service(service));
    assert_eq!(notes.one(note(1, "")).json().await.unwrap(), note(2, ""));
    let mut many = notes.many(note(1, "")).json().await.unwrap();
    assert_eq!(many.message().await.unwrap(), Some(note(0, "")));
    assert_eq!(many.message().await.unwrap(), None);
}

#[tokio::test]
async fn each_call_has_its_format() {
    let running = start().await;
    let notes = NotesClient::connect(running.local_addr()).await.unwrap();
    for _ in 0..2 {
        assert_eq!(notes.one(note(1, "")).await.unwrap(), note(2, ""));
        assert_eq!(notes.one(note(1, "")).json().await.unwrap(), note(2, ""));
    }
}

#[tokio::test]
async fn json_is_compressed_as_well() {
    let running = start().await;
    let channel = Channel::builder()
        .json()
        .accept_compressed([Compression::Gzip])
        .send_compressed(Compression::Gzip);
    let channel = channel.connect(running.local_addr()).await.unwrap();
    let notes = NotesClient::new(channel);
    call_all(&notes).await;
    let long = note(1, &"x".repeat(100_000));
    let response = notes.one(long.clone()).response().await.unwrap();
    assert!(response.was_compressed());
    assert_eq!(response.message().text, long.text);
}

/// Sends a request of these messages, and shows the answer: its content type, messages and status.
async fn ask(address: SocketAddr, content_type: &str, method: &str, texts: &[&str]) -> String {
    let uri = format!("http://{address}/json.v1.Notes/{method}");
    let request = Request::post(uri).header("content-type", content_type);
    let io = TcpStream::connect(address).await.unwrap();
    let (client, connection) = h2::client::handshake(io).await.unwrap();
    tokio::spawn(connection);
    let mut client = client.ready().await.unwrap();
    let request = request.body(()).unwrap();
    let (response, mut stream) = client.send_request(request, false).unwrap();
    for text in texts {
        let mut message = vec![0];
        message.extend((text.len() as u32).to_be_bytes());
        message.extend(text.as_bytes());
        stream.send_data(message.into(), false).unwrap();
    }
    stream.send_data(Bytes::new(), true).unwrap();

    let (parts, mut body) = response.await.unwrap().into_parts();
    let mut bytes = Vec::new();
    while let Some(data) = body.data().await {
        bytes.extend(data.unwrap());
    }
    let trailers = body.trailers().await.unwrap();
    let trailers = trailers.unwrap_or_else(|| parts.headers.clone());
    let mut shown = vec![parts.headers["content-type"].to_str().unwrap().to_owned()];
    let mut rest = &bytes[..];
    while let [0, a, b, c, d, message @ ..] = rest {
        let (message, after) = message.split_at(u32::from_be_bytes([*a, *b, *c, *d]) as usize);
        shown.push(String::from_utf8(message.to_vec()).unwrap());
        rest = after;
    }
    shown.push(match trailers.get("grpc-status") {
        Some(status) => {
            let message = trailers.get("grpc-message");
            let message = message.map_or("", |message| message.to_str().unwrap());
            format!("{} {message}", status.to_str().unwrap())
        }
        None => parts.status.to_string(),
    });
    shown.join("\n")
}

async fn check(content_type: &str, method: &str, texts: &[&str], expect: Expect) {
    let running = start().await;
    let address = running.local_addr();
    expect.assert_eq(&ask(address, content_type, method, texts).await);
}

const JSON: &str = "application/grpc+json";

#[tokio::test]
async fn messages_are_json_on_the_wire() {
    check(
        JSON,
        "One",
        &[r#"{"noteId": 1, "raw_bytes": "-_8", "answerTo": {"text": "ä"}}"#],
        expect![[r#"
            application/grpc+json
            {"noteId":"2","rawBytes":"+/8=","answerTo":{"text":"ä"}}
            0 "#]],
    )
    .await;
    check(
        JSON,
        "Told",
        &["{}"],
        expect![[r#"
        application/grpc+json
        {"noteId":"1"}
        0 "#]],
    )
    .await;
    check(
        "application/grpc+JSON; charset=utf-8",
        "One",
        &["{}"],
        expect![[r#"
        application/grpc+json
        {"noteId":"1"}
        0 "#]],
    )
    .await;
    check(
        JSON,
        "Many",
        &[r#"{"noteId": "2"}"#],
        expect![[r#"
        application/grpc+json
        {}
        {"noteId":"1"}
        0 "#]],
    )
    .await;
    check(
        JSON,
        "Join",
        &[r#"{"text": "a"}"#, r#"{"text": "b"}"#],
        expect![[r#"
        application/grpc+json
        {"noteId":"2","text":"ab"}
        0 "#]],
    )
    .await;
    check(
        JSON,
        "Each",
        &["{}", r#"{"text":"b"}"#],
        expect![[r#"
        application/grpc+json
        {}
        {"text":"b"}
        0 "#]],
    )
    .await;
}

#[tokio::test]
async fn what_a_newer_client_knows_is_skipped() {
    check(
        JSON,
        "One",
        &[r#"{"newer": {"a": [1]}, "text": "a"}"#],
        expect![[r#"
        application/grpc+json
        {"noteId":"1","text":"a"}
        0 "#]],
    )
    .await;
}

#[tokio::test]
async fn what_is_no_message_has_a_status_that_says_where() {
    check(
        JSON,
        "One",
        &[""],
        expect![[r#"
        application/grpc
        13 Note: EOF while parsing a value at line 1 column 0"#]],
    )
    .await;
    check(JSON, "One", &[r#"{"answerTo": {"noteId": -1}}"#], expect![[r#"
        application/grpc
        13 Note: answerTo.noteId: invalid value: integer `-1`, expected an integer of 64 bits, without a sign at line 1 column 26"#]]).await;
    check(
        JSON,
        "Told",
        &[r#"{"text": 1}"#],
        expect![[r#"
        application/grpc
        13 Note: text: invalid type: integer `1`, expected a string at line 1 column 10"#]],
    )
    .await;
    check(
        JSON,
        "Many",
        &["\x08\x01"],
        expect![[r#"
        application/grpc
        13 Note: expected value at line 1 column 1"#]],
    )
    .await;
    check(
        JSON,
        "Join",
        &["{}", "{"],
        expect![[r#"
        application/grpc
        13 Note: EOF while parsing an object at line 1 column 1"#]],
    )
    .await;
    check(JSON, "Each", &["{}", "[]"], expect![[r#"
        application/grpc+json
        {}
        13 Note: invalid type: sequence, expected an object, which is a `Note` at line 1 column 0"#]]).await;
    // Protobuf's binary format is read as such.
    check(
        "application/grpc",
        "One",
        &["{}"],
        expect![[r#"
        application/grpc
        13 Note: the message ends in the middle of it"#]],
    )
    .await;
    check(
        "application/grpc+thrift",
        "One",
        &["{}"],
        expect![[r#"
        text/plain; charset=utf-8
        415 Unsupported Media Type"#]],
    )
    .await;
}

/// Looks at every message on its way, and puts bytes in place of some.
struct Reader;

impl Interceptor for Reader {
    async fn intercept(
        &self,
        mut request: interceptor::Request,
        next: Next<'_>,
    ) -> Result<Reply, Status> {
        if let Some(message) = request.message_mut() {
            let note = message.get_mut::<Note>()?;
            note.text += "!";
            if note.text == "bytes!" {
                let bytes = message.encoded().clone();
                *message = LazyMessage::from_encoded(bytes);
            }
        }
        let mut reply = next.run(request).await?;
        if let Some(message) = reply.message_mut() {
            let note: &Note = message.get()?;
            if note.text == "bytes!" {
                *message = LazyMessage::from_encoded(vec![8, 1]);
            }
        }
        Ok(reply)
    }
}

#[tokio::test]
async fn interceptors_read_json() {
    let server = server().add(NotesServer::new(Pad)).intercept(Reader);
    let running = server.start("127.0.0.1:0").await.unwrap();
    let channel = Channel::builder().json().intercept(Untouched);
    let channel = channel.connect(running.local_addr()).await.unwrap();
    let notes = NotesClient::new(channel);
    assert_eq!(notes.one(note(1, "a")).await.unwrap(), note(2, "a!"));
    let mut many = notes.many(note(1, "a")).await.unwrap();
    assert_eq!(many.message().await.unwrap(), Some(note(0, "a!")));
    assert_eq!(many.message().await.unwrap(), None);
    let mut each = notes
        .each(Streaming::from_iter([note(7, "a")]))
        .await
        .unwrap();
    assert_eq!(each.message().await.unwrap(), Some(note(7, "a")));

    // Bytes of protobuf would be no answer in JSON.
    let error = notes.one(note(1, "bytes")).await.unwrap_err();
    expect!["INTERNAL: the bytes of a message are in another format than the call: read the message, and hand on that"].assert_eq(&error.to_string());
}

/// Changes nothing.
struct Untouched;

impl Interceptor for Untouched {
    async fn intercept(
        &self,
        request: interceptor::Request,
        next: Next<'_>,
    ) -> Result<Reply, Status> {
        next.run(request).await
    }
}
