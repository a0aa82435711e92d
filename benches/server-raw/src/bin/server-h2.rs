//! The measured services by hand, on h2: what any server on top of it costs at least.

use bytes::{Bytes, BytesMut};
use h2::server::SendResponse;
use h2::{RecvStream, SendStream};
use server_raw::{Messages, Method, Sink, head, hello, trailers};
use tokio::net::{TcpListener, TcpStream};

fn main() -> std::io::Result<()> {
    server_support::runtime().block_on(async {
        let listener = TcpListener::bind(server_support::address()).await?;
        server_support::listening(listener.local_addr()?);
        loop {
            let (stream, _) = listener.accept().await?;
            stream.set_nodelay(true)?;
            // A client that goes away in the middle of a call is its own business.
            tokio::spawn(async { drop(serve(stream).await) });
        }
    })
}

async fn serve(stream: TcpStream) -> Result<(), h2::Error> {
    let mut connection = h2::server::Builder::new()
        .initial_window_size(WINDOW)
        .initial_connection_window_size(WINDOW)
        .handshake(stream)
        .await?;
    while let Some(call) = connection.accept().await {
        let (request, respond) = call?;
        tokio::spawn(async { drop(answer(request, respond).await) });
    }
    Ok(())
}

async fn answer(
    request: http::Request<RecvStream>,
    mut respond: SendResponse<Bytes>,
) -> Result<(), h2::Error> {
    let (parts, mut body) = request.into_parts();
    let Some(method) = Method::of(parts.uri.path()) else {
        let mut missing = http::Response::new(());
        *missing.status_mut() = http::StatusCode::NOT_FOUND;
        respond.send_response(missing, true)?;
        return Ok(());
    };
    if method == Method::PingPong {
        let mut replies = respond.send_response(head(()), false)?;
        while let Some(data) = next(&mut body).await? {
            send(&mut replies, data).await?;
        }
        return replies.send_trailers(trailers());
    }

    let mut sink = Sink::default();
    let mut message = Bytes::new();
    let mut long = BytesMut::new();
    while let Some(data) = next(&mut body).await? {
        if method == Method::Sink {
            sink.take(&data);
        } else if message.is_empty() && long.is_empty() {
            message = data;
        } else {
            long.extend_from_slice(&std::mem::take(&mut message));
            long.extend_from_slice(&data);
        }
    }
    if message.is_empty() {
        message = long.freeze();
    }
    let mut replies = respond.send_response(head(()), false)?;
    match method {
        Method::Stream => {
            for frame in Messages::asked_for(&message) {
                send(&mut replies, frame).await?;
            }
        }
        Method::Sink => send(&mut replies, sink.reply()).await?,
        Method::Echo => send(&mut replies, message).await?,
        _ => send(&mut replies, hello(method, &parts.headers, &message).await).await?,
    }
    replies.send_trailers(trailers())
}

async fn next(body: &mut RecvStream) -> Result<Option<Bytes>, h2::Error> {
    let Some(data) = body.data().await.transpose()? else {
        return Ok(None);
    };
    body.flow_control().release_capacity(data.len())?;
    Ok(Some(data))
}

/// Sends as the window lets it: h2 keeps whatever it is given.
async fn send(replies: &mut SendStream<Bytes>, mut data: Bytes) -> Result<(), h2::Error> {
    if data.len() <= AT_ONCE {
        return replies.send_data(data, false);
    }
    while !data.is_empty() {
        replies.reserve_capacity(data.len());
        if replies.capacity() == 0 {
            match std::future::poll_fn(|cx| replies.poll_capacity(cx)).await {
                Some(granted) => granted?,
                None => return Ok(()),
            };
        }
        let part = data.split_to(replies.capacity().min(data.len()));
        replies.send_data(part, false)?;
    }
    Ok(())
}

/// As hyper's default.
const WINDOW: u32 = 1024 * 1024;
const AT_ONCE: usize = 1024;
