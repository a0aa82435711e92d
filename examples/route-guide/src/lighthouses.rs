//! The server's side: a guide that knows a hundred lighthouses.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use traitwire::{Status, Streaming};

use crate::{Feature, Point, Rectangle, RouteGuide, RouteNote, RouteSummary};

/// A guide from lighthouse to lighthouse.
#[derive(Debug)]
pub struct Lighthouses {
    features: Vec<Feature>,
    /// The calls of all clients pin their notes to it.
    board: Arc<Board>,
}

impl Lighthouses {
    /// The lighthouses of `data/lighthouses.json`: real ones, accurate to a few dozen metres; not for navigation.
    pub fn load() -> serde_json::Result<Self> {
        let features = serde_json::from_str(include_str!("../data/lighthouses.json"))?;
        Ok(Self {
            features,
            board: Arc::default(),
        })
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.features.len()
    }

    fn at(&self, point: Point) -> Option<&Feature> {
        self.features
            .iter()
            .find(|feature| feature.location == point)
    }
}

impl RouteGuide for Lighthouses {
    async fn get_feature(&self, point: Point) -> Result<Feature, Status> {
        let nothing = || Feature {
            name: String::new(),
            location: point,
        };
        Ok(self.at(point).cloned().unwrap_or_else(nothing))
    }

    async fn list_features(&self, area: Rectangle) -> Result<Streaming<Feature>, Status> {
        let found: Vec<_> = self
            .features
            .iter()
            .filter(|feature| area.contains(feature.location))
            .cloned()
            .collect();
        Ok(Streaming::from_iter(found))
    }

    async fn record_route(&self, mut points: Streaming<Point>) -> Result<RouteSummary, Status> {
        let start = Instant::now();
        let mut summary = RouteSummary {
            point_count: 0,
            feature_count: 0,
            distance: 0,
            elapsed_time: 0,
        };
        let mut distance = 0.0;
        let mut last = None;
        while let Some(point) = points.message().await? {
            summary.point_count += 1;
            summary.feature_count += i32::from(self.at(point).is_some());
            distance += last.map_or(0.0, |last| metres_between(last, point));
            last = Some(point);
        }
        // A route longer than `i32::MAX` metres, 53 times around the globe, counts as that long: `as` saturates.
        summary.distance = distance.round() as i32;
        summary.elapsed_time = i32::try_from(start.elapsed().as_secs()).unwrap_or(i32::MAX);
        Ok(summary)
    }

    async fn route_chat(
        &self,
        mut notes: Streaming<RouteNote>,
    ) -> Result<Streaming<RouteNote>, Status> {
        let board = Arc::clone(&self.board);
        // Each note is answered as it arrives: the client needn't be done before it hears from us.
        Ok(Streaming::generate(|out| async move {
            while let Some(note) = notes.message().await? {
                for earlier in board.pin(note) {
                    out.send(earlier).await?;
                }
            }
            Ok(())
        }))
    }
}

/// Where people leave notes for those who come after them.
#[derive(Debug, Default)]
struct Board {
    notes: Mutex<HashMap<Point, Vec<RouteNote>>>,
}

impl Board {
    /// Adds a note, and returns those that were left at its place before.
    fn pin(&self, note: RouteNote) -> Vec<RouteNote> {
        let mut notes = self.notes.lock().unwrap_or_else(PoisonError::into_inner);
        let here = notes.entry(note.location).or_default();
        let earlier = here.clone();
        here.push(note);
        earlier
    }
}

impl Rectangle {
    fn contains(&self, point: Point) -> bool {
        let within = |a: i32, b: i32, x: i32| (a.min(b)..=a.max(b)).contains(&x);
        within(self.lo.latitude, self.hi.latitude, point.latitude)
            && within(self.lo.longitude, self.hi.longitude, point.longitude)
    }
}

/// The distance on a globe, by the haversine formula.
fn metres_between(from: Point, to: Point) -> f64 {
    let radians = |e7: i32| (f64::from(e7) / 1e7).to_radians();
    let (from_latitude, to_latitude) = (radians(from.latitude), radians(to.latitude));
    let half_north = (to_latitude - from_latitude) / 2.0;
    let half_east = (radians(to.longitude) - radians(from.longitude)) / 2.0;
    let a = half_north.sin().powi(2)
        + from_latitude.cos() * to_latitude.cos() * half_east.sin().powi(2);
    2.0 * EARTH_RADIUS_METRES * a.sqrt().atan2((1.0 - a).sqrt())
}

const EARTH_RADIUS_METRES: f64 = 6_371_000.0;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_degree_of_latitude_is_111_kilometres() {
        let equator = Point {
            latitude: 0,
            longitude: 0,
        };
        let north = Point {
            latitude: 10_000_000,
            longitude: 0,
        };
        assert_eq!(metres_between(equator, north).round(), 111_195.0);
        assert_eq!(metres_between(north, north), 0.0);
    }

    #[test]
    fn a_rectangle_may_be_given_by_any_two_opposite_corners() {
        let [south_west, north_east] = [
            Point {
                latitude: -1,
                longitude: -1,
            },
            Point {
                latitude: 1,
                longitude: 1,
            },
        ];
        let inside = Point {
            latitude: 1,
            longitude: 0,
        };
        assert!(
            Rectangle {
                lo: south_west,
                hi: north_east
            }
            .contains(inside)
        );
        assert!(
            Rectangle {
                lo: north_east,
                hi: south_west
            }
            .contains(inside)
        );
        assert!(
            !Rectangle {
                lo: south_west,
                hi: north_east
            }
            .contains(Point {
                latitude: 2,
                longitude: 0
            })
        );
    }

    #[test]
    fn a_hundred_lighthouses_stand_at_a_hundred_places() {
        let guide = Lighthouses::load().expect("the data is ours");
        assert_eq!(guide.count(), 100);
        for (index, feature) in guide.features.iter().enumerate() {
            let Feature { name, location } = feature;
            assert!(!name.is_empty());
            assert!(location.latitude.abs() <= 900_000_000, "{name}");
            assert!(location.longitude.abs() <= 1_800_000_000, "{name}");
            assert!(
                guide.features[..index]
                    .iter()
                    .all(|other| other.location != *location),
                "{name}"
            );
        }
    }
}
