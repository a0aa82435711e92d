//! The guide and a client in one process, over TCP; and the program, as a person starts it.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use route_guide::lighthouses::Lighthouses;
use route_guide::{Feature, Point, Rectangle, RouteGuideClient, RouteGuideServer, RouteNote};
use traitwire::{RunningServer, Server, Status, Streaming};

#[tokio::test]
async fn a_feature_is_found_by_its_place() -> traitwire::Result<()> {
    let (_server, guide) = start().await?;
    assert_eq!(
        guide.get_feature(CAPE_WRATH).await?.name,
        "Cape Wrath, Scotland"
    );
    assert_eq!(
        guide.get_feature(NOWHERE).await?,
        Feature {
            name: String::new(),
            location: NOWHERE
        }
    );
    Ok(())
}

#[tokio::test]
async fn features_of_an_area_come_as_a_stream() -> traitwire::Result<()> {
    let (_server, guide) = start().await?;
    let iceland = Rectangle {
        lo: Point {
            latitude: 630_000_000,
            longitude: -250_000_000,
        },
        hi: Point {
            latitude: 670_000_000,
            longitude: -130_000_000,
        },
    };
    let features = collect(guide.list_features(iceland).await?).await?;
    let names: Vec<_> = features
        .iter()
        .map(|feature| feature.name.as_str())
        .collect();
    assert_eq!(names, ["Reykjanesviti, Iceland", "Dyrhólaey, Iceland"]);

    let nowhere = Rectangle {
        lo: NOWHERE,
        hi: NOWHERE,
    };
    assert!(
        guide
            .list_features(nowhere)
            .await?
            .message()
            .await?
            .is_none()
    );
    Ok(())
}

#[tokio::test]
async fn a_route_is_summed_up_when_it_ends() -> traitwire::Result<()> {
    let (_server, guide) = start().await?;
    let summary = guide
        .record_route(Streaming::from_iter([CAPE_WRATH, NOWHERE, CAPE_WRATH]))
        .await?;
    assert_eq!((summary.point_count, summary.feature_count), (3, 2));
    assert_eq!(summary.distance / 1000, 13_067);

    let summary = guide.record_route(Streaming::empty()).await?;
    assert_eq!((summary.point_count, summary.distance), (0, 0));
    Ok(())
}

#[tokio::test]
async fn a_note_is_answered_with_those_before_it_and_while_others_are_to_come()
-> traitwire::Result<()> {
    let (_server, guide) = start().await?;
    let note = |message: &str| RouteNote {
        location: CAPE_WRATH,
        message: message.to_owned(),
    };

    let first = guide
        .route_chat(Streaming::from_iter([note("wind"), note("rain")]))
        .await?;
    assert_eq!(collect(first).await?, [note("wind")]);

    // The second visitor reads before it has said all.
    let (sender, notes) = Streaming::channel(1);
    let mut second = guide.route_chat(notes).await?;
    sender.send(note("sun")).await?;
    assert_eq!(second.message().await?, Some(note("wind")));
    assert_eq!(second.message().await?, Some(note("rain")));
    sender.send(note("snow")).await?;
    assert_eq!(second.message().await?, Some(note("wind")));
    drop(sender);
    assert_eq!(collect(second).await?, [note("rain"), note("sun")]);
    Ok(())
}

#[test]
fn the_program_takes_the_tour_and_ends_well() {
    let output = Command::new(env!("CARGO_BIN_EXE_route-guide"))
        .output()
        .expect("the program is built for this test");
    let stdout = String::from_utf8(output.stdout).expect("the program prints text");
    assert!(
        output.status.success(),
        "{stdout}\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
    for line in [
        "  at 51.3893° N 9.6027° W there is Fastnet, Ireland",
        "  · Créac'h, France        48.4594° N 5.1293° W",
        "  ← 5 points, 3 lighthouses among them, 497 km, in 0 s",
        "  ← at 51.3893° N 9.6027° W: The swell is down to two metres.",
    ] {
        assert!(stdout.contains(line), "no line `{line}` in\n{stdout}");
    }
}

#[tokio::test]
async fn a_server_that_is_told_to_stop_finishes_open_calls() -> traitwire::Result<()> {
    let mut program = Command::new(env!("CARGO_BIN_EXE_route-guide"))
        .args(["server", "127.0.0.1:0"])
        .stdout(Stdio::piped())
        .spawn()?;
    let mut greeting = String::new();
    BufReader::new(program.stdout.take().expect("it is piped")).read_line(&mut greeting)?;
    // "A guide to 100 lighthouses is at 127.0.0.1:40123, until Ctrl-C."
    let address = greeting
        .split([' ', ','])
        .find(|word| word.starts_with("127."));
    let address = address.expect("the program says where it is");

    let guide = RouteGuideClient::connect(format!("http://{address}")).await?;
    let (sender, points) = Streaming::channel(1);
    let summary = tokio::spawn(guide.record_route(points).send());
    sender.send(CAPE_WRATH).await?;
    // A call on the same connection shows that the one before has arrived.
    guide.get_feature(NOWHERE).await?;

    let signal = Command::new("kill")
        .args(["-TERM", &program.id().to_string()])
        .status()?;
    assert!(signal.success());
    sender.send(NOWHERE).await?;
    drop(sender);
    assert_eq!(summary.await??.point_count, 2);
    assert!(
        tokio::task::spawn_blocking(move || program.wait())
            .await??
            .success()
    );
    Ok(())
}

async fn collect<T: Send + 'static>(mut stream: Streaming<T>) -> Result<Vec<T>, Status> {
    let mut messages = Vec::new();
    while let Some(message) = stream.message().await? {
        messages.push(message);
    }
    Ok(messages)
}

/// A server of its own for each test.
async fn start() -> traitwire::Result<(RunningServer, RouteGuideClient)> {
    let server = Server::new()
        .add(RouteGuideServer::new(Lighthouses::load()?))
        .start("127.0.0.1:0")
        .await?;
    let guide = RouteGuideClient::connect(server.local_addr()).await?;
    Ok((server, guide))
}

const CAPE_WRATH: Point = Point {
    latitude: 586_257_000,
    longitude: -49_991_000,
};
const NOWHERE: Point = Point {
    latitude: 0,
    longitude: 0,
};
