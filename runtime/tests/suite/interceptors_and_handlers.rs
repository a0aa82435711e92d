//! What handlers and clients see of the interceptors around them.

use std::time::Duration;

use futures_util::{StreamExt, TryStreamExt, stream};
use tokio::sync::mpsc;
use traitwire::interceptor::{Interceptor, Next, Reply, Request, interceptor_fn};
use traitwire::{
    Channel, Code, Compression, Context, GrpcError, MaybeCompressed, Message, Status, Streaming,
    grpc_service,
};

use super::interceptors::{Log, Way, nothing};
use super::server;
use crate::calculator::{CalculatorClient, number};

/// A text.
#[derive(Clone, Debug, Default, PartialEq, Message)]
pub(super) struct Text {
    #[proto(1)]
    pub(super) text: String,
}

/// What goes wrong with a probe.
#[derive(Debug, GrpcError)]
pub(super) enum ProbeError {
    /// It broke.
    #[grpc(Aborted, "{part} broke")]
    Broken {
        /// What did.
        #[proto(1)]
        part: String,
    },
    #[grpc(other)]
    Other(Status),
}

/// Tells of its circumstances.
#[grpc_service(package = "interceptors.v1")]
pub(super) trait Probe {
    /// As its context says.
    async fn given(&self, cx: Context) -> Result<Text, Status>;
    /// As the context around says.
    async fn current(&self) -> Result<Text, Status>;
    /// The same in a stream.
    async fn current_in_stream(&self) -> Result<Streaming<Text>, Status>;
    /// Breaks.
    async fn fail(&self) -> Result<(), ProbeError>;
    /// Breaks in a stream.
    async fn fail_in_stream(&self) -> Result<Streaming<Text>, ProbeError>;
    /// Sends texts back: a single one of "plain" uncompressed.
    async fn echo(&self, texts: Streaming<Text>) -> Result<Streaming<Text>, Status>;
    /// A stream that never comes.
    async fn hang(&self) -> Result<Streaming<Text>, Status>;
}

#[derive(Clone)]
pub(super) struct Prober;

/// What an interceptor leaves.
#[derive(Clone)]
pub(super) struct User(pub(super) &'static str);

fn circumstances(cx: Option<Context>) -> Result<Text, Status> {
    let cx = cx.ok_or_else(|| Status::internal("no context"))?;
    let user = cx.extensions().get().map(|User(name)| *name);
    let text = format!(
        "{user:?} {:?} {}",
        cx.metadata().get("x-word"),
        match cx.time_remaining() {
            Some(left) => format!("{} s", left.as_secs()),
            None => "no deadline".to_owned(),
        }
    );
    Ok(Text { text })
}

fn broken() -> ProbeError {
    ProbeError::Broken {
        part: "the needle".to_owned(),
    }
}

impl Probe for Prober {
    async fn given(&self, cx: Context) -> Result<Text, Status> {
        circumstances(Some(cx))
    }

    async fn current(&self) -> Result<Text, Status> {
        tokio::task::yield_now().await;
        circumstances(Context::current())
    }

    async fn current_in_stream(&self) -> Result<Streaming<Text>, Status> {
        Ok(Streaming::generate(|out| async move {
            tokio::task::yield_now().await;
            out.send(circumstances(Context::current())?).await?;
            Ok(())
        }))
    }

    async fn fail(&self) -> Result<(), ProbeError> {
        Err(broken())
    }

    async fn fail_in_stream(&self) -> Result<Streaming<Text>, ProbeError> {
        Ok(Streaming::from_iter([Err::<Text, _>(Status::from(
            broken(),
        ))]))
    }

    async fn echo(&self, texts: Streaming<Text>) -> Result<Streaming<Text>, Status> {
        Ok(Streaming::new(
            texts
                .map_ok(|text| match &*text.text {
                    "plain" => MaybeCompressed::Uncompressed(text),
                    _ => MaybeCompressed::Compressed(text),
                })
                .map(|text| text.map(MaybeCompressed::into_message)),
        ))
    }

    async fn hang(&self) -> Result<Streaming<Text>, Status> {
        Ok(Streaming::new(stream::pending::<Text>()))
    }
}

pub(super) async fn probe(way: Way, on_server: impl Interceptor) -> ProbeClient {
    let service = ProbeServer::new(Prober);
    ProbeClient::new(match way {
        Way::Network => {
            let (connector, listener) = traitwire::memory();
            let server = server().add(service).intercept(on_server);
            server.start(listener).await.unwrap();
            Channel::connect(connector).await.unwrap()
        }
        Way::Tower => Channel::from_service(service.intercept(on_server)),
        Way::Local => Channel::local(service.intercept(on_server)),
    })
}

#[tokio::test(start_paused = true)]
async fn a_handler_sees_what_interceptors_leave() {
    let leave = |request: &mut Request| {
        assert!(Context::current().is_some());
        assert_eq!(request.context().unwrap().metadata().get("x-word"), None);
        request.extensions_mut().insert(User("ferris"));
        request.metadata_mut().insert("x-word", "a")?;
        request.limit_time(Duration::from_millis(7500));
        Ok(())
    };
    for way in Way::ALL {
        let client = probe(way, leave).await;
        let seen = r#"Some("ferris") Some("a") 7 s"#;
        assert_eq!(client.given(Context::new()).await.unwrap().text, seen);
        assert_eq!(client.current().await.unwrap().text, seen);
        let mut texts = client.current_in_stream().await.unwrap();
        assert_eq!(texts.message().await.unwrap().unwrap().text, seen);

        let client = probe(way, nothing).await;
        let seen = "None None no deadline";
        assert_eq!(client.given(Context::new()).await.unwrap().text, seen);
        assert_eq!(client.current().await.unwrap().text, seen);
    }
}

#[tokio::test(start_paused = true)]
async fn a_client_passes_on_what_interceptors_add() {
    let add = |request: &mut Request| {
        request.metadata_mut().insert("x-word", "a")?;
        request.limit_time(Duration::from_millis(7500));
        // A later one changes nothing.
        request.limit_time(Duration::from_secs(100));
        Ok(())
    };
    for way in Way::ALL {
        let client = probe(way, nothing).await;
        let client = ProbeClient::new(client.channel().intercept(add));
        let seen = client.given(Context::new()).await.unwrap().text;
        assert_eq!(seen, r#"None Some("a") 7 s"#);
        let status = client.hang().await.unwrap().message().await.unwrap_err();
        assert_eq!(status.code(), Code::DeadlineExceeded);
    }
}

#[tokio::test]
async fn errors_of_ones_own_pass() {
    for way in Way::ALL {
        let client = probe(way, Log::new("server")).await;
        let client = ProbeClient::new(client.channel().intercept(Log::new("client")));
        match client.fail().await {
            Err(ProbeError::Broken { part }) => assert_eq!(part, "the needle"),
            other => panic!("{other:?}"),
        }
        let error = match client.fail_in_stream().await {
            Ok(mut texts) => texts.message().await.unwrap_err().into(),
            Err(error) => error,
        };
        match error {
            ProbeError::Broken { part } => assert_eq!(part, "the needle"),
            other => panic!("{other:?}"),
        }
        // An interceptor has some, too.
        let refuse = |_: &mut Request| Err(broken().into());
        let client = probe(way, refuse).await;
        match client.fail().await {
            Err(ProbeError::Broken { part }) => assert_eq!(part, "the needle"),
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn interceptors_are_dropped_with_their_call() {
    /// Says when a call has come, when it is dropped, and how it ended.
    struct Watch(mpsc::UnboundedSender<String>);
    struct SayOnDrop(Option<mpsc::UnboundedSender<String>>);
    impl Drop for SayOnDrop {
        fn drop(&mut self) {
            if let Some(tell) = &self.0 {
                let _ = tell.send("dropped".to_owned());
            }
        }
    }
    impl Interceptor for Watch {
        async fn intercept(&self, request: Request, next: Next<'_>) -> Result<Reply, Status> {
            self.0.send("came".to_owned()).unwrap();
            let mut dropped = SayOnDrop(Some(self.0.clone()));
            let mut reply = next.run(request).await?;
            dropped.0 = None;
            let tell = self.0.clone();
            reply.on_end(move |end| {
                let code = end.as_ref().err().map(Status::code);
                tell.send(format!("{code:?}")).unwrap();
            });
            Ok(reply)
        }
    }
    let test = async |client: CalculatorClient, told: &mut mpsc::UnboundedReceiver<String>| {
        let call = tokio::spawn(client.hang(Context::new()).send());
        assert_eq!(told.recv().await.unwrap(), "came");
        call.abort();
        assert_eq!(told.recv().await.unwrap(), "dropped");
        let mut numbers = client.repeat(number(1)).await.unwrap();
        assert_eq!(told.recv().await.unwrap(), "came");
        numbers.message().await.unwrap();
        drop(numbers);
        assert_eq!(told.recv().await.unwrap(), "Some(Cancelled)");
    };
    for way in Way::ALL {
        let (tell, mut told) = mpsc::unbounded_channel();
        let client = way.client(Watch(tell.clone()), nothing).await;
        test(client, &mut told).await;
        let client = way.client(nothing, Watch(tell)).await;
        test(client, &mut told).await;
    }
}

#[tokio::test]
async fn metadata_that_is_sent_ahead_passes() {
    for way in Way::ALL {
        let client = way.client(nothing, nothing).await;
        let (sender, numbers) = Streaming::channel(1);
        let call = client.greet(numbers, Context::new());
        let response = call.response().await.unwrap();
        assert_eq!(response.headers().get("x-hello"), Some("you"));
        sender.send(number(5)).await.unwrap();
        let first = response.into_message().message().await.unwrap();
        assert_eq!(first, Some(number(5)));
    }
}

#[tokio::test]
async fn messages_stay_compressed_or_not() {
    let seen = Log::new("");
    let note = {
        let seen = seen.clone();
        move |request: &mut Request| {
            let seen = seen.clone();
            request.map_messages(move |message| {
                seen.line(message.was_compressed().to_string());
                Ok(())
            })
        }
    };
    let (connector, listener) = traitwire::memory();
    let server = server()
        .accept_compressed([Compression::Gzip])
        .send_compressed(Compression::Gzip)
        .add(ProbeServer::new(Prober))
        .intercept(note)
        .intercept(interceptor_fn(|request, next| {
            Box::pin(async move {
                let mut reply = next.run(request).await?;
                reply.map_messages(|_| Ok(()))?;
                Ok(reply)
            })
        }));
    server.start(listener).await.unwrap();
    let channel = Channel::builder()
        .accept_compressed([Compression::Gzip])
        .send_compressed(Compression::Gzip)
        .intercept(|request: &mut Request| request.map_messages(|_| Ok(())));
    let client = ProbeClient::new(channel.connect(connector).await.unwrap());
    let long = Text {
        text: "x".repeat(1000),
    };
    let texts = [
        MaybeCompressed::Compressed(long.clone()),
        MaybeCompressed::Uncompressed(long.clone()),
    ];
    let mut echoed = client.echo(stream::iter(texts)).await.unwrap();
    for _ in 0..2 {
        assert_eq!(echoed.message().await.unwrap(), Some(long.clone()));
        assert!(echoed.was_compressed());
    }
    assert_eq!(seen.take(), " true\n false");
}

#[tokio::test]
async fn long_messages_pass() {
    let long = Text {
        text: "x".repeat(1_000_000),
    };
    // What is only read goes on as it came; what is changed is encoded again.
    let read = |request: &mut Request| {
        request.map_messages(|message| {
            assert_eq!(message.encoded().len(), 1_000_004);
            Ok(())
        })
    };
    let change = |request: &mut Request| {
        request.map_messages(|message| {
            message.get_mut::<Text>()?.text.make_ascii_uppercase();
            Ok(())
        })
    };
    for way in Way::ALL {
        let client = probe(way, read).await;
        let client = ProbeClient::new(client.channel().intercept(change));
        let mut texts = client.echo(stream::iter([long.clone()])).await.unwrap();
        let text = texts.message().await.unwrap().unwrap().text;
        assert!(text == "X".repeat(1_000_000));
    }
}

#[tokio::test]
async fn a_message_that_cannot_be_read_is_an_error() {
    #[derive(Debug, Message)]
    struct Other {
        #[proto(1)]
        text: String,
    }
    let misread = |request: &mut Request| {
        let message = request.message_mut().unwrap();
        message.get::<Other>().map(|_| ())
    };
    for way in Way::ALL {
        let client = way.client(misread, nothing).await;
        let status = client.increment(number(1)).await.unwrap_err();
        assert_eq!(status.code(), Code::Internal);
        assert!(status.message().starts_with("Other.text: "), "{status}");
    }
}
