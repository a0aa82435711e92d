//! Large amounts, in every kind of call: whoever writes waits for whoever reads.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use futures_util::{Stream, stream};
use tokio::sync::watch;
use traitwire::{Message, Status, Streaming, grpc_service};

use super::server;

/// A piece of what is sent.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct Piece {
    #[proto(1)]
    pub bytes: Vec<u8>,
}

/// So many bytes.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct Amount {
    #[proto(1)]
    pub len: u64,
}

/// Bytes in every place that a message has for them.
#[derive(Clone, Debug, Default, PartialEq, Message)]
pub struct Parcel {
    #[proto(1)]
    pub label: String,
    #[proto(2)]
    pub content: Bytes,
    #[proto(3)]
    pub slips: Vec<Bytes>,
    #[proto(4)]
    pub within: Option<Box<Parcel>>,
    #[proto(5)]
    pub weight: u64,
}

/// Moves bytes.
#[grpc_service(package = "bulk.v1")]
pub trait Bulk {
    /// All in one message.
    async fn fetch(&self, amount: Amount) -> Result<Piece, Status>;
    /// What comes, back.
    async fn return_to_sender(&self, parcel: Parcel) -> Result<Parcel, Status>;
    /// So much, in pieces.
    async fn download(&self, amount: Amount) -> Result<Streaming<Piece>, Status>;
    /// How much came.
    async fn upload(&self, pieces: Streaming<Piece>) -> Result<Amount, Status>;
    /// What comes, back.
    async fn echo(&self, pieces: Streaming<Piece>) -> Result<Streaming<Piece>, Status>;
}

/// A server's side, and what a test knows of it.
#[derive(Clone)]
pub struct Store {
    /// Bytes that the server has made to send.
    pub made: Arc<AtomicU64>,
    /// Bytes that the server has read.
    pub read: Arc<AtomicU64>,
    /// Whether it reads.
    reads: watch::Receiver<bool>,
}

impl Store {
    pub fn new() -> (Self, watch::Sender<bool>) {
        let (gate, reads) = watch::channel(true);
        let store = Self {
            made: Arc::default(),
            read: Arc::default(),
            reads,
        };
        (store, gate)
    }

    async fn next(&self, pieces: &mut Streaming<Piece>) -> Result<Option<Piece>, Status> {
        let mut reads = self.reads.clone();
        let _ = reads.wait_for(|reads| *reads).await;
        let piece = pieces.message().await?;
        let len = piece.as_ref().map_or(0, |piece| piece.bytes.len() as u64);
        self.read.fetch_add(len, Ordering::Relaxed);
        Ok(piece)
    }
}

impl Bulk for Store {
    async fn fetch(&self, amount: Amount) -> Result<Piece, Status> {
        let bytes = vec![7; amount.len as usize];
        Ok(Piece { bytes })
    }

    async fn return_to_sender(&self, parcel: Parcel) -> Result<Parcel, Status> {
        Ok(parcel)
    }

    async fn download(&self, amount: Amount) -> Result<Streaming<Piece>, Status> {
        let pieces = pieces(amount.len, Arc::clone(&self.made));
        Ok(Streaming::new(pieces))
    }

    async fn upload(&self, mut pieces: Streaming<Piece>) -> Result<Amount, Status> {
        let mut len = 0;
        while let Some(piece) = self.next(&mut pieces).await? {
            len += piece.bytes.len() as u64;
        }
        Ok(Amount { len })
    }

    async fn echo(&self, mut pieces: Streaming<Piece>) -> Result<Streaming<Piece>, Status> {
        let store = self.clone();
        Ok(Streaming::generate(|out| async move {
            while let Some(piece) = store.next(&mut pieces).await? {
                store
                    .made
                    .fetch_add(piece.bytes.len() as u64, Ordering::Relaxed);
                out.send(piece).await?;
            }
            Ok(())
        }))
    }
}

/// A stream of so many bytes, which counts what was asked for.
fn pieces(len: u64, made: Arc<AtomicU64>) -> impl Stream<Item = Piece> + Send + 'static {
    stream::iter((0..len / PIECE).map(move |_| {
        made.fetch_add(PIECE, Ordering::Relaxed);
        let bytes = vec![7; PIECE as usize];
        Piece { bytes }
    }))
}

/// What a counter comes to when nothing moves any more.
pub async fn settled(counter: &AtomicU64) -> u64 {
    let mut last = counter.load(Ordering::Relaxed);
    let mut same = 0;
    while same < 10 {
        tokio::time::sleep(Duration::from_millis(5)).await;
        let now = counter.load(Ordering::Relaxed);
        same = if now == last { same + 1 } else { 0 };
        last = now;
    }
    last
}

/// How far a writer got while nobody read, in kinds of calls.
#[derive(Debug, PartialEq)]
struct Stalled {
    upload: u64,
    download: u64,
    echo: u64,
}

/// Sends `len` bytes through each kind of call, to a reader that rests for a while.
async fn through_each_kind(
    client: &BulkClient,
    store: &Store,
    gate: &watch::Sender<bool>,
    len: u64,
) -> Stalled {
    gate.send_replace(false);
    let sent = Arc::default();
    let upload = client.upload(pieces(len, Arc::clone(&sent)));
    let upload = tokio::spawn(upload.send());
    let upload_stalled = settled(&sent).await;
    assert_eq!(store.read.load(Ordering::Relaxed), 0);
    gate.send_replace(true);
    assert_eq!(upload.await.unwrap().unwrap(), Amount { len });

    let mut download = client.download(Amount { len }).await.unwrap();
    let download_stalled = settled(&store.made).await;
    read_all(&mut download, len).await;

    // The server reads, and then waits until its answers are read.
    store.made.store(0, Ordering::Relaxed);
    sent.store(0, Ordering::Relaxed);
    let mut echo = client.echo(pieces(len, Arc::clone(&sent))).await.unwrap();
    let echo_stalled = settled(&sent).await;
    read_all(&mut echo, len).await;
    Stalled {
        upload: upload_stalled,
        download: download_stalled,
        echo: echo_stalled,
    }
}

async fn read_all(pieces: &mut Streaming<Piece>, len: u64) {
    let mut read = 0;
    while let Some(piece) = pieces.message().await.unwrap() {
        read += piece.bytes.len() as u64;
    }
    assert_eq!(read, len);
}

#[tokio::test]
async fn bytes_of_all_lengths_keep_their_order_in_a_message() {
    let (store, _gate) = Store::new();
    let running = server()
        .add(BulkServer::new(store))
        .start("127.0.0.1:0")
        .await
        .unwrap();
    let client = BulkClient::connect(running.local_addr()).await.unwrap();
    let mut parcel = None;
    for (n, len) in [0, 1, 8 * 1024, 16 * 1024, 300_000, 2, 20_000]
        .into_iter()
        .enumerate()
    {
        let bytes = |salt: usize| Bytes::from_iter((0..len).map(|i| (i * 7 + n + salt) as u8));
        parcel = Some(Box::new(Parcel {
            label: format!("parcel {n}"),
            content: bytes(0),
            slips: vec![bytes(1), Bytes::from_static(b"slip"), bytes(2)],
            within: parcel,
            weight: n as u64 + 1,
        }));
        let sent = *parcel.clone().unwrap();
        let back = client.return_to_sender(sent.clone()).await.unwrap();
        assert!(back == sent, "{n}");
    }
}

#[tokio::test]
async fn a_writer_waits_for_its_reader() {
    let (store, gate) = Store::new();
    let (connector, listener) = traitwire::memory();
    let server = server().add(BulkServer::new(store.clone()));
    let _running = server.start(listener).await.unwrap();
    let client = BulkClient::connect(connector).await.unwrap();
    let stalled = through_each_kind(&client, &store, &gate, 64 << 20).await;
    // The window of a stream, and what each side gathers before that.
    let Stalled {
        upload,
        download,
        echo,
    } = stalled;
    assert!(upload <= 1 << 20, "{upload} bytes were made for the server");
    assert!(
        download <= 1 << 20,
        "{download} bytes were made for the client"
    );
    assert!(echo <= 2 << 20, "{echo} bytes were made for both");
}

/// `cargo xtask test` runs it.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "moves 3 GiB, and measures the process's memory"]
async fn a_gibibyte_in_each_direction_needs_no_memory() {
    let (store, gate) = Store::new();
    let server = server().add(BulkServer::new(store.clone()));
    let running = server.start("127.0.0.1:0").await.unwrap();
    let client = BulkClient::connect(running.local_addr()).await.unwrap();
    let before = peak_memory();
    through_each_kind(&client, &store, &gate, 1 << 30).await;
    let grown = peak_memory() - before;
    assert!(grown < 48 << 20, "{} MiB more", grown >> 20);
}

/// The most memory that this process has held at a time.
fn peak_memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = line.unwrap().trim().trim_end_matches(" kB");
    kib.parse::<u64>().unwrap() * 1024
}

/// Bytes of a message.
const PIECE: u64 = 64 * 1024;
