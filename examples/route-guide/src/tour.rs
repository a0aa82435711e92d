//! The client's side: the four kinds of call, and what came of them, for a person to read.

use std::fmt;

use traitwire::{Status, Streaming};

use crate::{Feature, Point, Rectangle, RouteGuideClient, RouteNote};

/// Makes the four calls and prints what happens.
pub async fn take(guide: &RouteGuideClient) -> Result<(), Status> {
    look_up(guide).await?;
    list(guide).await?;
    record(guide).await?;
    chat(guide).await
}

/// One request, one response.
async fn look_up(guide: &RouteGuideClient) -> Result<(), Status> {
    println!("\nGetFeature  one request, one response");
    for point in [
        FASTNET,
        Point {
            latitude: 0,
            longitude: 0,
        },
    ] {
        let Feature { name, location } = guide.get_feature(point).await?;
        let name = if name.is_empty() { "nothing" } else { &name };
        println!("  at {location} there is {name}");
    }
    Ok(())
}

/// One request, a stream of responses.
async fn list(guide: &RouteGuideClient) -> Result<(), Status> {
    println!("\nListFeatures  one request, a stream of responses");
    println!("  between {} and {} there are", BRITTANY.lo, BRITTANY.hi);
    let mut features = guide.list_features(BRITTANY).await?;
    while let Some(Feature { name, location }) = features.message().await? {
        println!("  · {name:<22} {location}");
    }
    Ok(())
}

/// A stream of requests, one response.
async fn record(guide: &RouteGuideClient) -> Result<(), Status> {
    println!("\nRecordRoute  a stream of requests, one response");
    println!("  sailing from Land's End around the south of Ireland");
    let route = ROUTE.into_iter().inspect(|point| println!("  → {point}"));
    let summary = guide.record_route(Streaming::from_iter(route)).await?;
    println!(
        "  ← {} points, {} lighthouses among them, {:.0} km, in {} s",
        summary.point_count,
        summary.feature_count,
        f64::from(summary.distance) / 1000.0,
        summary.elapsed_time,
    );
    Ok(())
}

/// A stream each way. Notes come back while others are still being sent.
async fn chat(guide: &RouteGuideClient) -> Result<(), Status> {
    println!("\nRouteChat  a stream each way");
    let notes = [
        (FASTNET, "Heavy swell from the west."),
        (WOLF_ROCK, "Seals around the tower."),
        (FASTNET, "The swell is down to two metres."),
        (WOLF_ROCK, "The seals are gone."),
        (FASTNET, "Flat as a millpond."),
    ];
    let notes = notes.map(|(location, message)| RouteNote {
        location,
        message: message.to_owned(),
    });
    let notes = notes.into_iter().inspect(|note| println!("  → at {note}"));
    let mut earlier = guide.route_chat(Streaming::from_iter(notes)).await?;
    while let Some(note) = earlier.message().await? {
        println!("  ← at {note}");
    }
    Ok(())
}

impl fmt::Display for RouteNote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.location, self.message)
    }
}

/// `51.3893° N   9.6027° W`
impl fmt::Display for Point {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let axis = |e7: i32, [positive, negative]: [char; 2]| {
            (
                f64::from(e7).abs() / 1e7,
                if e7 < 0 { negative } else { positive },
            )
        };
        let (latitude, north) = axis(self.latitude, ['N', 'S']);
        let (longitude, east) = axis(self.longitude, ['E', 'W']);
        write!(f, "{latitude:.4}° {north} {longitude:.4}° {east}")
    }
}

const FASTNET: Point = Point {
    latitude: 513_893_000,
    longitude: -96_027_000,
};
const WOLF_ROCK: Point = Point {
    latitude: 499_454_000,
    longitude: -58_084_000,
};

const BRITTANY: Rectangle = Rectangle {
    lo: Point {
        latitude: 477_000_000,
        longitude: -53_000_000,
    },
    hi: Point {
        latitude: 487_000_000,
        longitude: -20_000_000,
    },
};

/// Longships, open water, Fastnet, open water, Loop Head.
const ROUTE: [Point; 5] = [
    Point {
        latitude: 500_668_000,
        longitude: -57_468_000,
    },
    Point {
        latitude: 507_500_000,
        longitude: -80_000_000,
    },
    FASTNET,
    Point {
        latitude: 515_000_000,
        longitude: -105_000_000,
    },
    Point {
        latitude: 525_609_000,
        longitude: -99_322_000,
    },
];
