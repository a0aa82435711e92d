// Copyright of somebody.

use traitwire::{Enumeration, Message};

#[derive(Clone, Debug, Default, PartialEq, Message)]
#[proto(package = "shop.type")]
pub struct Kind {
    #[proto(1)]
    pub name: String,
    #[proto(2)]
    pub group: Group,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Enumeration)]
#[proto(nested_in = Kind)]
pub enum Group {
    #[default]
    #[proto(0, name = "FICTION")]
    Fiction,
    #[proto(1, name = "FACTS")]
    Facts,
    /// A number that this version doesn't know.
    #[proto(other)]
    Other(i32),
}
