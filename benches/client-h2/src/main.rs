//! The smallest call by hand, on h2: what any client on top of it costs at least.

use bytes::Bytes;
use client_support::{BoxError, Greeter};
use h2::client::SendRequest;
use http::{Request, Version};
use tokio::net::TcpStream;

#[derive(Clone)]
struct Client {
    connection: SendRequest<Bytes>,
    uri: http::Uri,
}

impl Greeter for Client {
    async fn connect(port: u16) -> Result<Self, BoxError> {
        let stream = TcpStream::connect(("127.0.0.1", port)).await?;
        stream.set_nodelay(true)?;
        let (sender, connection) = h2::client::handshake(stream).await?;
        tokio::spawn(connection);
        let path = "/helloworld.Greeter/SayHello";
        Ok(Self {
            connection: sender,
            uri: format!("http://127.0.0.1:{port}{path}").parse()?,
        })
    }

    async fn greet(&mut self) -> Result<impl AsRef<[u8]> + Send, BoxError> {
        let request = Request::post(self.uri.clone())
            .version(Version::HTTP_2)
            .header("content-type", "application/grpc")
            .header("te", "trailers")
            .body(())?;
        let mut connection = self.connection.clone().ready().await?;
        let (response, mut body) = connection.send_request(request, false)?;
        body.send_data(Bytes::from_static(b"\0\0\0\0\x07\x0a\x05world"), true)?;
        let mut body = response.await?.into_body();
        let mut reply = Bytes::new();
        while let Some(data) = body.data().await {
            let data = data?;
            body.flow_control().release_capacity(data.len())?;
            // The server has it all in one frame.
            reply = data;
        }
        let trailers = body.trailers().await?.ok_or("there are no trailers")?;
        if trailers
            .get("grpc-status")
            .is_none_or(|status| status != "0")
        {
            return Err("the status is not 0".into());
        }
        Ok(reply.split_off(PREFIX))
    }
}

fn main() -> Result<(), BoxError> {
    client_support::run::<Client>()
}

/// gRPC's own, and that of the only field.
const PREFIX: usize = 5 + 2;
