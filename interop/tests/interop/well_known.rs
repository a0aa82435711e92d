//! `google.protobuf.*`, nested types, aliases and what is reserved, against Python's protobuf.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::time::{self, SystemTime, UNIX_EPOCH};

use bytes::BytesMut;
use libtest_mimic::Trial;
use traitwire::schema::Schema;
use traitwire::well_known::{
    Any, BoolValue, BytesValue, DoubleValue, Duration, FieldMask, FloatValue, Int32Value,
    Int64Value, ListValue, NullValue, StringValue, Struct, Timestamp, UInt32Value, UInt64Value,
    Value,
};
use traitwire::{Enumeration, Message, OneOf, Status, codec, grpc_service};

use crate::process::{printed, python, scratch};

pub(crate) fn trials_with_others() -> Vec<Trial> {
    vec![Trial::test("python_protobuf::well_known", || Ok(check()?))]
}

/// What Python is asked, and what it is to answer.
#[derive(Default)]
struct Questions {
    asked: String,
    expected: Vec<String>,
}

impl Questions {
    fn ask(&mut self, about: &str, arguments: &[&str], expected: impl ToString) {
        writeln!(self.asked, "{about}\t{}", arguments.join("\t"))
            .expect("a String takes everything");
        self.expected.push(expected.to_string());
    }
}

fn check() -> Result<(), String> {
    let mut questions = Questions::default();
    ask_about_messages(&mut questions);
    ask_about_times(&mut questions);
    ask_about_texts(&mut questions);
    ask_about_masks(&mut questions);

    let schema = Schema::collect(&[WellKnownService]).expect("it is an API");
    let files = schema.print();
    let [file] = &files[..] else {
        panic!("{files:?}");
    };
    let directory = scratch("well_known");
    let path = directory.join(&file.path);
    let parent = path.parent().expect("it is in a directory");
    fs::create_dir_all(parent).map_err(|error| error.to_string())?;
    let (set, asked) = (directory.join("set.binpb"), directory.join("questions"));
    fs::write(&path, &file.text).map_err(|error| error.to_string())?;
    fs::write(&set, schema.descriptor_set()).map_err(|error| error.to_string())?;
    fs::write(&asked, &questions.asked).map_err(|error| error.to_string())?;
    let mut command = python("well_known.py")?;
    command.arg(directory).arg(&file.path).arg(set).arg(asked);
    let answers = printed(&mut command)?;
    let (compiled, answers) = answers.split_once('\n').unwrap_or_default();
    assert_eq!(compiled, "compiled");
    let answers: Vec<_> = answers.lines().collect();
    let asked: Vec<_> = questions.asked.lines().collect();
    assert_eq!(answers.len(), asked.len(), "{answers:#?}");
    let wrong = asked.iter().zip(&questions.expected).zip(&answers);
    let wrong: Vec<_> = wrong
        .filter(|((_, expected), answer)| expected != *answer)
        .map(|((asked, expected), answer)| {
            format!("{asked}\n  ours: {expected}\n  Python: {answer}")
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    Ok(())
}

/// Has all that there is in a field.
#[derive(Clone, Debug, PartialEq, Message)]
#[proto(reserved(899, 900..=910, 920..925, 1000.., "old", "older"))]
struct Everything {
    #[proto(1)]
    time: Option<Timestamp>,
    #[proto(2)]
    duration: Option<Duration>,
    #[proto(3)]
    at: SystemTime,
    #[proto(4)]
    term: time::Duration,
    #[proto(5)]
    mask: Option<FieldMask>,
    #[proto(6)]
    anything: Vec<Any>,
    #[proto(7)]
    fields: Option<Struct>,
    #[proto(8)]
    value: Option<Value>,
    #[proto(9)]
    values: BTreeMap<String, Value>,
    #[proto(10)]
    list: Option<ListValue>,
    #[proto(11)]
    null: NullValue,
    #[proto(12)]
    maybe_null: Option<NullValue>,
    #[proto(13)]
    nothing: Option<()>,
    #[proto(20)]
    double: Option<DoubleValue>,
    #[proto(21)]
    float: Option<FloatValue>,
    #[proto(22)]
    long: Option<Int64Value>,
    #[proto(23)]
    ulong: Option<UInt64Value>,
    #[proto(24)]
    int: Option<Int32Value>,
    #[proto(25)]
    uint: Option<UInt32Value>,
    #[proto(26)]
    truth: Option<BoolValue>,
    #[proto(27)]
    text: Option<StringValue>,
    #[proto(28)]
    raw: Option<BytesValue>,
    #[proto(oneof)]
    kind: Option<Either>,
    #[proto(40)]
    corpus: Corpus,
    #[proto(41)]
    corpora: Vec<Corpus>,
    #[proto(42)]
    inmost: Option<Inmost>,
}

#[derive(Clone, Debug, PartialEq, OneOf)]
enum Either {
    #[proto(50)]
    JsonNull(NullValue),
    #[proto(51)]
    Instant(Timestamp),
    #[proto(52)]
    Unit,
    #[proto(53)]
    Inner(Box<Inner>),
}

#[derive(Clone, Copy, Debug, PartialEq, Enumeration)]
#[proto(reserved(-100..=-50, 7, 2147483647, "CORPUS_OLD"))]
enum Corpus {
    #[proto(0, alias("CORPUS_UNKNOWN"))]
    Unspecified,
    #[proto(1, alias("CORPUS_INTERNET", "CORPUS_NET"))]
    Web,
    #[proto(-2)]
    Local,
}

#[derive(Clone, Debug, PartialEq, Message)]
#[proto(nested_in = Everything)]
struct Inner {
    #[proto(1)]
    inmost: Vec<Inmost>,
}

#[derive(Clone, Debug, PartialEq, Message)]
#[proto(nested_in = Inner, reserved(2..))]
struct Inmost {
    #[proto(1)]
    kind: InmostKind,
}

#[derive(Clone, Copy, Debug, PartialEq, Enumeration)]
#[proto(nested_in = Inmost)]
enum InmostKind {
    #[proto(0)]
    Unspecified,
    #[proto(1)]
    Core,
}

/// For field masks.
#[derive(Clone, Debug, PartialEq, Message)]
struct Book {
    #[proto(1)]
    title: String,
    #[proto(2)]
    author: Option<Author>,
    #[proto(3)]
    tags: Vec<String>,
    #[proto(4)]
    ratings: BTreeMap<String, i32>,
    #[proto(5)]
    pages: Option<u32>,
    #[proto(oneof)]
    cover: Option<Cover>,
}

#[derive(Clone, Debug, PartialEq, Message)]
struct Author {
    #[proto(1)]
    display_name: String,
    #[proto(2)]
    born: Option<Timestamp>,
}

#[derive(Clone, Debug, PartialEq, OneOf)]
enum Cover {
    #[proto(6)]
    Color(String),
    #[proto(7)]
    Painter(Author),
}

#[grpc_service(package = "well_known.v1")]
trait WellKnownService {
    async fn exchange(&self, everything: Everything) -> Result<Book, Status>;
}

fn hex<M: Message>(message: &M) -> String {
    let mut encoded = BytesMut::new();
    codec::encode_into(message, &mut encoded);
    encoded.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn ask_about_messages(questions: &mut Questions) {
    let empty: Everything = codec::decode(&[][..]).expect("no fields are required");
    let inmost = |kind| Inmost { kind };
    let full = Everything {
        time: Some(Timestamp::MIN),
        duration: Some(Duration::MIN),
        at: UNIX_EPOCH - time::Duration::from_nanos(1),
        term: time::Duration::from_millis(1500),
        mask: Some(FieldMask::from_iter(["a", "b.c_d"])),
        anything: vec![
            Any::pack(&Timestamp::MAX),
            Any::pack(&Value::from("a")),
            Any::default(),
        ],
        fields: Some(Struct::from([
            ("null", Value::NULL),
            ("number", Value::from(-0.5)),
            ("list", Value::from([Some(true), None])),
            ("struct", Value::from(Struct::from([("ü", "🦀")]))),
        ])),
        value: Some(Value::default()),
        values: BTreeMap::from([("a".to_owned(), Value::from(Struct::new()))]),
        list: Some(ListValue::from([f64::INFINITY, -0.0])),
        null: NullValue::Null,
        maybe_null: Some(NullValue::Null),
        nothing: Some(()),
        double: Some(DoubleValue::from(0.0)),
        float: Some(FloatValue::from(-1.5)),
        long: Some(Int64Value::from(i64::MIN)),
        ulong: Some(UInt64Value::from(u64::MAX)),
        int: Some(Int32Value::from(i32::MIN)),
        uint: Some(UInt32Value::from(u32::MAX)),
        truth: Some(BoolValue::from(true)),
        text: Some(StringValue::from("text".to_owned())),
        raw: Some(BytesValue {
            value: vec![0, 255].into(),
        }),
        kind: Some(Either::Inner(Box::new(Inner {
            inmost: vec![inmost(InmostKind::Unspecified), inmost(InmostKind::Core)],
        }))),
        corpus: Corpus::Local,
        corpora: vec![Corpus::Unspecified, Corpus::Web, Corpus::Local],
        inmost: Some(inmost(InmostKind::Core)),
    };
    let kinds = [
        Either::JsonNull(NullValue::Null),
        Either::Instant(Timestamp::UNIX_EPOCH),
        Either::Unit,
    ];
    for message in [empty.clone(), full]
        .into_iter()
        .chain(kinds.map(|kind| Everything {
            kind: Some(kind),
            ..empty.clone()
        }))
    {
        let encoded = hex(&message);
        questions.ask("same", &["Everything", &encoded], &encoded);
    }
    // Aliases are read, and stand for the first of their number.
    let web = Everything {
        corpora: vec![Corpus::Web],
        ..empty
    };
    questions.ask(
        "json",
        &["Everything", &hex(&web)],
        r#"{"at": "1970-01-01T00:00:00Z", "term": "0s", "corpora": ["CORPUS_WEB"]}"#,
    );
}

/// What each would write of numbers that are valid, and of some that aren't.
fn ask_about_times(questions: &mut Questions) {
    let nanos = [
        0,
        1,
        10,
        1_000,
        120_000,
        1_000_000,
        500_000_000,
        999_999_999,
    ];
    let day = 86_400;
    let seconds = (-62_135_596_800..=253_402_300_799).step_by(day * 3_333 + 12_345);
    let edges = [-62_135_596_800, -1, 0, 951_782_400, 253_402_300_799];
    for (seconds, nanos) in edges
        .into_iter()
        .chain(seconds)
        .zip(nanos.into_iter().cycle())
    {
        let time = Timestamp { seconds, nanos };
        questions.ask("time", &[&seconds.to_string(), &nanos.to_string()], time);
    }
    let invalid = [
        (-62_135_596_801, 0),
        (253_402_300_800, 0),
        (0, -1),
        (0, 1_000_000_000),
    ];
    for (seconds, nanos) in invalid {
        assert!(Timestamp { seconds, nanos }.check().is_err());
        questions.ask("time", &[&seconds.to_string(), &nanos.to_string()], "error");
    }
    let seconds = [0, 1, 59, 86_400, 315_576_000_000];
    for (seconds, nanos) in seconds
        .into_iter()
        .cycle()
        .zip(nanos.into_iter().chain(nanos))
    {
        for sign in [1, -1] {
            let duration = Duration {
                seconds: i64::from(sign) * seconds,
                nanos: sign * nanos,
            };
            let Duration { seconds, nanos } = duration;
            if duration.check().is_ok() {
                let arguments = [&*seconds.to_string(), &nanos.to_string()];
                questions.ask("duration", &arguments, duration);
            }
        }
    }
    let invalid = [
        (315_576_000_001, 0),
        (-315_576_000_001, 0),
        (1, -1),
        (-1, 1),
        (0, 1_000_000_000),
    ];
    for (seconds, nanos) in invalid {
        assert!(Duration { seconds, nanos }.check().is_err());
        questions.ask(
            "duration",
            &[&seconds.to_string(), &nanos.to_string()],
            "error",
        );
    }
}

/// What each would read.
fn ask_about_texts(questions: &mut Questions) {
    let times = [
        "1970-01-01T00:00:00Z",
        "1969-12-31T23:59:59.999999999Z",
        "2024-02-29T23:30:00-00:45",
        "1900-02-29T00:00:00Z",
        "1970-01-01T00:00:00",
        "1970-01-01t00:00:00Z",
        "1970-01-01T00:00:00z",
        "1970-13-01T00:00:00Z",
        "1970-01-01T00:00:60Z",
        "1970-01-01T00:00:00.0123456789Z",
        "10000-01-01T00:00:00Z",
        "0000-01-01T00:00:00Z",
        "",
    ];
    for text in times {
        let expected = text.parse().map_or_else(
            |_| "error".to_owned(),
            |Timestamp { seconds, nanos }| format!("{seconds} {nanos}"),
        );
        questions.ask("read_time", &[text], expected);
    }
    let durations = [
        "0s",
        "1.5s",
        "-1.5s",
        "-0.000000001s",
        "315576000000s",
        "315576000001s",
        "1",
        "s",
        "",
        "1ss",
    ];
    for text in durations {
        let expected = text.parse().map_or_else(
            |_| "error".to_owned(),
            |Duration { seconds, nanos }| format!("{seconds} {nanos}"),
        );
        questions.ask("read_duration", &[text], expected);
    }
}

fn ask_about_masks(questions: &mut Questions) {
    let masks = [
        "",
        "title",
        "author.display_name,title",
        "author,author.born,tags",
        "author.born.seconds,author.display_name",
        "color,pages,ratings",
        "painter,pages,title,author.born",
        "author.born.nanos,author.born,tags,color",
    ];
    let mask = |paths: &str| paths.parse::<FieldMask>().expect("any text is a mask");
    for paths in masks {
        let ours = mask(paths);
        questions.ask(
            "mask",
            &[paths],
            ours.to_json_string().expect("in snake case"),
        );
        questions.ask("canonical", &[paths], ours.normalized());
        for other in masks {
            questions.ask("union", &[paths, other], ours.union(&mask(other)));
            questions.ask(
                "intersection",
                &[paths, other],
                ours.intersection(&mask(other)),
            );
        }
        for (old, new) in [(0, 1), (1, 2), (2, 0), (3, 1), (1, 0)] {
            let (old, new) = (book(old), book(new));
            let arguments = ["Book", paths, &hex(&old), &hex(&new)];
            questions.ask(
                "merge",
                &arguments,
                hex(&ours.merge(&old, &new).expect("a book")),
            );
            questions.ask(
                "update",
                &arguments,
                hex(&ours.update(&old, &new).expect("a book")),
            );
        }
    }
    for paths in ["foo_3", "fooBar", "a__b"] {
        assert!(mask(paths).to_json_string().is_err());
        questions.ask("mask", &[paths], "error");
    }
    for paths in [
        "title",
        "cover",
        "author.born.seconds",
        "title.length",
        "tags.a",
        "nothing",
    ] {
        questions.ask(
            "check",
            &["Book", paths],
            mask(paths).check::<Book>().is_ok(),
        );
    }
}

/// Books that have an author: where a message that leads to a field is missing, theirs leaves the field as it is, as
/// neither ours nor those of C++ and Java do.
fn book(number: i32) -> Book {
    let author = |name: &str| Author {
        display_name: name.to_owned(),
        born: Some(Timestamp {
            seconds: number.into(),
            nanos: 7,
        }),
    };
    Book {
        title: ["", "a", "b", "c"][number as usize].to_owned(),
        author: Some(author("author")),
        tags: vec![format!("tag {number}"); number as usize],
        ratings: BTreeMap::from([("all".to_owned(), number), (number.to_string(), 1)]),
        pages: (number > 0).then_some(number.unsigned_abs()),
        cover: match number {
            1 | 3 => Some(Cover::Painter(author("painter"))),
            _ => Some(Cover::Color("red".to_owned())),
        },
    }
}
