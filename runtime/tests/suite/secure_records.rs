//! How many records of TLS carry what is sent.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{self, Poll};
use std::time::Duration;

use futures_util::future::join_all;
use futures_util::stream::{self, StreamExt};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::timeout;
use traitwire::{Channel, Connections, Connector};

use super::secure::{Notary, trusting};
use super::server;
use crate::authority::Authority;
use crate::mirror::{Text, WhoClient, WhoServer};

/// Counts the records of application data that are written to a wire.
struct Wire {
    stream: tokio::io::DuplexStream,
    records: Arc<Mutex<Records>>,
}

#[derive(Default)]
struct Records {
    unread: Vec<u8>,
    lengths: Vec<usize>,
}

impl Records {
    fn see(&mut self, bytes: &[u8]) {
        self.unread.extend_from_slice(bytes);
        while let [kind, _, _, high, low, rest @ ..] = &self.unread[..] {
            let len = usize::from(u16::from_be_bytes([*high, *low]));
            if rest.len() < len {
                return;
            }
            if *kind == 0x17 {
                self.lengths.push(len);
            }
            self.unread.drain(..5 + len);
        }
    }
}

impl AsyncRead for Wire {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut task::Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for Wire {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut task::Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(cx, buf);
        if let Poll::Ready(Ok(len)) = written {
            self.records.lock().unwrap().see(&buf[..len]);
        }
        written
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut task::Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut task::Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[tokio::test]
async fn answers_that_leave_together_share_a_record() {
    let authority = Authority::new("root");
    let (ours, theirs) = tokio::io::duplex(1024 * 1024);
    let (sent, answered) = (Arc::new(Mutex::default()), Arc::new(Mutex::default()));
    let wire = |stream, records: &Arc<Mutex<Records>>| Wire {
        stream,
        records: Arc::clone(records),
    };
    let connections = stream::iter([Ok(wire(theirs, &answered))]).chain(stream::pending());
    let running = server()
        .tls(authority.server("guide.example").server_tls())
        .add(WhoServer::new(Notary))
        .start(Connections::new(connections))
        .await
        .unwrap();
    let ours = Mutex::new(Some(wire(ours, &sent)));
    let connector = Connector::new("https://guide.example", move || {
        let ours = ours.lock().unwrap().take();
        async { ours.ok_or_else(|| io::Error::other("there was one only")) }
    });
    let channel = Channel::builder().tls(trusting(&authority));
    let who = WhoClient::new(channel.connect(connector).await.unwrap());
    let text = |len: usize| Text {
        text: "x".repeat(len),
    };
    let records = async |calls: usize, len: usize| {
        let (before, asked) = (
            answered.lock().unwrap().lengths.len(),
            sent.lock().unwrap().lengths.len(),
        );
        let calls = (0..calls).map(|_| tokio::spawn(who.echo(text(len)).send()));
        for call in join_all(calls).await {
            call.unwrap().unwrap();
        }
        // The last words about windows leave by themselves.
        (
            sent.lock().unwrap().lengths.len() - asked,
            answered.lock().unwrap().lengths.len() - before,
        )
    };
    records(1, 10).await;
    let (asked, answered) = records(100, 10).await;
    assert!(
        asked <= 3 && answered <= 3,
        "{asked} and {answered} records"
    );
    // A message of 100 KB takes 7 records of 16 KiB, whatever lies around it.
    let (asked, answered) = records(1, 100_000).await;
    assert!(
        asked <= 16 && answered <= 16,
        "{asked} and {answered} records"
    );
    running.shutdown();
    drop(who);
    timeout(Duration::from_secs(60), running.wait())
        .await
        .unwrap();
}
