//! A service that says who asks, and what.

use traitwire::{Context, Message, Peer, Status, grpc_service};

#[derive(Clone, Debug, Default, PartialEq, Message)]
pub struct Text {
    #[proto(1)]
    pub text: String,
}

/// Says who asks.
#[grpc_service(package = "serving.v1")]
pub trait Who {
    /// The caller's address.
    async fn who(&self, cx: Context) -> Result<Text, Status>;
    /// Sends it back.
    async fn echo(&self, text: Text) -> Result<Text, Status>;
}

pub struct Mirror;

impl Who for Mirror {
    async fn who(&self, cx: Context) -> Result<Text, Status> {
        let text = match cx.peer() {
            Some(Peer::Tcp(address)) => format!("tcp {}", address.ip()),
            Some(peer) => peer.to_string(),
            None => "nobody".to_owned(),
        };
        Ok(Text { text })
    }

    async fn echo(&self, text: Text) -> Result<Text, Status> {
        Ok(text)
    }
}
