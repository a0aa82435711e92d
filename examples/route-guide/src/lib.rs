//! The basics tutorial of grpc.io, as a Rust trait: a guide for those who travel by the coast.
//!
//! ```sh
//! cargo run -p route-guide                                # a server, and a client's tour of it
//! cargo run -p route-guide -- server [ADDRESS]            # only the server
//! cargo run -p route-guide -- client [ADDRESS]            # only the tour
//! ```
//!
//! The file `protos/route_guide.proto` comes from this page, and is compatible with the one that the tutorials of all
//! languages use.
//!
//! | module | |
//! |---|---|
//! | this one | the service and its messages: what both sides share |
//! | [`lighthouses`] | the server's side: the trait, implemented |
//! | [`tour`] | the client's side: the four calls, and what came of them |

pub mod lighthouses;
pub mod tour;

use serde::Deserialize;
use traitwire::{Message, Status, Streaming, grpc_service};

/// A place on the globe, in E7: degrees times ten to the seventh, rounded to the nearest whole number.
///
/// Latitudes lie between ±90 degrees, longitudes between ±180 degrees.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize, Message)]
pub struct Point {
    /// North of the equator, or south if negative.
    #[proto(1)]
    pub latitude: i32,
    /// East of Greenwich, or west if negative.
    #[proto(2)]
    pub longitude: i32,
}

/// An area between two parallels and two meridians, given by two opposite corners.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct Rectangle {
    /// One corner.
    #[proto(1)]
    pub lo: Point,
    /// The corner across.
    #[proto(2)]
    pub hi: Point,
}

/// Something that has a name, and a place.
#[derive(Clone, Debug, PartialEq, Deserialize, Message)]
pub struct Feature {
    /// The name; empty if there is nothing at the place.
    #[proto(1)]
    pub name: String,
    /// Where it is.
    #[proto(2)]
    pub location: Point,
}

/// Words left at a place.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct RouteNote {
    /// Where the note was left.
    #[proto(1)]
    pub location: Point,
    /// What it says.
    #[proto(2)]
    pub message: String,
}

/// What there is to say about a route that was recorded.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct RouteSummary {
    /// How many points were received.
    #[proto(1)]
    pub point_count: i32,
    /// How many features lie on these points.
    #[proto(2)]
    pub feature_count: i32,
    /// The length of the route in metres.
    #[proto(3)]
    pub distance: i32,
    /// The time from the first point to the last in seconds.
    #[proto(4)]
    pub elapsed_time: i32,
}

/// Guides those who travel.
#[grpc_service(package = "routeguide", file = "route_guide.proto")]
pub trait RouteGuide {
    /// Obtains the feature at a place.
    ///
    /// If nothing is there, the answer is a feature without a name.
    async fn get_feature(&self, point: Point) -> Result<Feature, Status>;

    /// Obtains the features in an area, as they are found.
    ///
    /// They come as a stream, because an area may be large and hold a great many.
    async fn list_features(&self, area: Rectangle) -> Result<Streaming<Feature>, Status>;

    /// Accepts the points of a route as it is travelled, and returns a summary when it ends.
    async fn record_route(&self, points: Streaming<Point>) -> Result<RouteSummary, Status>;

    /// Accepts notes left along a route, and answers each with the notes that others left at its place before.
    async fn route_chat(&self, notes: Streaming<RouteNote>)
    -> Result<Streaming<RouteNote>, Status>;
}

traitwire::protos! { dir = "../../protos", services = [RouteGuide] }
