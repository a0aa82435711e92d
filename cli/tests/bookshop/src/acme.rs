use traitwire::Message;

/// Somebody else's.
#[derive(Clone, Debug, Default, PartialEq, Message)]
#[proto(package = "acme", file = "acme/money.proto")]
pub struct Money {
    #[proto(1)]
    pub currency: String,
    #[proto(2)]
    pub units: i64,
}
