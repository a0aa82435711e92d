//! From what the macros emit to files, and what is refused on the way.

#[path = "support/compile.rs"]
mod compile;

use expect_test::{Expect, expect};
use traitwire_schema::{
    Declaration, EnumDescriptor, EnumValueDescriptor, ErrorDescriptor, ErrorVariant,
    FieldDescriptor, FieldType, Idempotency, Member, MessageDescriptor, MethodDescriptor,
    MethodKind, OneOfDescriptor, Reserved, Scalar, Schema, ServiceDescriptor, ValueType,
    default_path, well_known,
};

/// Checks the text of all files that services lead to, or why there is none.
#[track_caller]
fn check(services: &[&'static ServiceDescriptor], expect: Expect) {
    expect.assert_eq(&match Schema::collect(services) {
        Ok(schema) => {
            let text =
                |file: traitwire_schema::ProtoFile| format!("----- {}\n{}", file.path, file.text);
            schema.print().into_iter().map(text).collect()
        }
        Err(errors) => errors.to_string(),
    });
}

#[test]
fn whatever_has_a_name_is_known_with_its_file() {
    let schema = Schema::collect(&[&route_guide::SERVICE]).unwrap();
    let declarations = schema.declarations();
    let lines = declarations.iter().map(|declaration| {
        let Declaration {
            full_name,
            kind,
            path,
        } = declaration;
        format!("{path}: {kind:?} {full_name}\n")
    });
    expect![[r#"
        google/protobuf/duration.proto: Message google.protobuf.Duration
        google/protobuf/duration.proto: Field google.protobuf.Duration.nanos
        google/protobuf/duration.proto: Field google.protobuf.Duration.seconds
        route_guide.proto: Message routeguide.Feature
        route_guide.proto: Message routeguide.Feature.Drawing
        route_guide.proto: EnumValue routeguide.Feature.KIND_PEAK
        route_guide.proto: EnumValue routeguide.Feature.KIND_UNSPECIFIED
        route_guide.proto: Enum routeguide.Feature.Kind
        route_guide.proto: MapEntry routeguide.Feature.NearEntry
        route_guide.proto: Field routeguide.Feature.drawing
        route_guide.proto: Field routeguide.Feature.kind
        route_guide.proto: Field routeguide.Feature.location
        route_guide.proto: Field routeguide.Feature.name
        route_guide.proto: Field routeguide.Feature.near
        route_guide.proto: OneOf routeguide.Feature.picture
        route_guide.proto: Field routeguide.Feature.url
        route_guide.proto: Message routeguide.Point
        route_guide.proto: Field routeguide.Point.latitude
        route_guide.proto: Field routeguide.Point.longitude
        route_guide.proto: Message routeguide.Rectangle
        route_guide.proto: Field routeguide.Rectangle.hi
        route_guide.proto: Field routeguide.Rectangle.lo
        route_guide.proto: Service routeguide.RouteGuide
        route_guide.proto: Method routeguide.RouteGuide.GetFeature
        route_guide.proto: Method routeguide.RouteGuide.ListFeatures
        route_guide.proto: Method routeguide.RouteGuide.RecordRoute
        route_guide.proto: Message routeguide.RouteSummary
        route_guide.proto: Field routeguide.RouteSummary.elapsed
    "#]]
    .assert_eq(&lines.collect::<String>());
}

mod route_guide {
    use super::*;

    pub(super) static SERVICE: ServiceDescriptor = ServiceDescriptor {
        name: "RouteGuide",
        package: "routeguide",
        file: Some("route_guide.proto"),
        doc: "Interface exported by the server.",
        location: "src/lib.rs:40",
        methods: &[
            MethodDescriptor {
                doc: "Obtains the feature at a given position.",
                ..method("GetFeature", || &POINT, || &FEATURE)
            },
            MethodDescriptor {
                kind: MethodKind::ServerStreaming,
                idempotency: Idempotency::NoSideEffects,
                ..method("ListFeatures", || &RECTANGLE, || &FEATURE)
            },
            MethodDescriptor {
                kind: MethodKind::ClientStreaming,
                ..method("RecordRoute", || &POINT, || &ROUTE_SUMMARY)
            },
        ],
        ..NO_SERVICE
    };
    static POINT: MessageDescriptor = MessageDescriptor {
        name: "Point",
        doc: "Points are latitude-longitude pairs in E7 representation.\nThey are degrees times 10 to the power 7.",
        members: &[field("latitude", 1, int32), field("longitude", 2, int32)],
        ..NO_MESSAGE
    };
    static RECTANGLE: MessageDescriptor = MessageDescriptor {
        name: "Rectangle",
        members: &[field("lo", 1, || a(&POINT)), field("hi", 2, || a(&POINT))],
        ..NO_MESSAGE
    };
    static FEATURE: MessageDescriptor = MessageDescriptor {
        name: "Feature",
        reserved: &[Reserved::Numbers(3, 3), Reserved::Name("rating")],
        members: &[
            field("name", 1, string),
            field("location", 2, || {
                FieldType::Optional(ValueType::Message(&POINT))
            }),
            field("kind", 4, || FieldType::Singular(ValueType::Enum(&KIND))),
            field("near", 5, || {
                FieldType::Map(Scalar::String, ValueType::Message(&FEATURE))
            }),
            Member::OneOf {
                name: "picture",
                doc: "How it looks.",
                oneof: || &PICTURE,
            },
        ],
        ..NO_MESSAGE
    };
    static PICTURE: OneOfDescriptor = OneOfDescriptor {
        rust_name: "guide::Picture",
        location: "src/picture.rs:5",
        doc: "A picture.",
        variants: &[
            variant("url", 6, string),
            variant("drawing", 7, || a(&DRAWING)),
        ],
    };
    static KIND: EnumDescriptor = EnumDescriptor {
        name: "Kind",
        nested_in: Some(|| &FEATURE),
        values: &[value("KIND_UNSPECIFIED", 0), value("KIND_PEAK", 1)],
        ..NO_ENUM
    };
    static DRAWING: MessageDescriptor = MessageDescriptor {
        name: "Drawing",
        nested_in: Some(|| &FEATURE),
        members: &[],
        ..NO_MESSAGE
    };
    static ROUTE_SUMMARY: MessageDescriptor = MessageDescriptor {
        name: "RouteSummary",
        members: &[field("elapsed", 1, || a(&well_known::DURATION))],
        ..NO_MESSAGE
    };
}

#[test]
fn a_service_leads_to_everything_it_uses() {
    check(
        &[&route_guide::SERVICE],
        expect![[r#"
        ----- route_guide.proto
        syntax = "proto3";

        package routeguide;

        import "google/protobuf/duration.proto";

        // Interface exported by the server.
        service RouteGuide {
          // Obtains the feature at a given position.
          rpc GetFeature(Point) returns (Feature);

          rpc ListFeatures(Rectangle) returns (stream Feature) {
            option idempotency_level = NO_SIDE_EFFECTS;
          }

          rpc RecordRoute(stream Point) returns (RouteSummary);
        }

        // Points are latitude-longitude pairs in E7 representation.
        // They are degrees times 10 to the power 7.
        message Point {
          int32 latitude = 1;
          int32 longitude = 2;
        }

        message Feature {
          reserved 3;
          reserved "rating";

          enum Kind {
            KIND_UNSPECIFIED = 0;
            KIND_PEAK = 1;
          }

          message Drawing {}

          string name = 1;
          Point location = 2;
          Kind kind = 4;
          map<string, Feature> near = 5;

          // How it looks.
          oneof picture {
            string url = 6;
            Drawing drawing = 7;
          }
        }

        message Rectangle {
          Point lo = 1;
          Point hi = 2;
        }

        message RouteSummary {
          google.protobuf.Duration elapsed = 1;
        }
    "#]],
    );
}

#[test]
fn a_service_that_is_named_twice_is_there_once() {
    let once = Schema::collect(&[&route_guide::SERVICE]);
    assert_eq!(
        Schema::collect(&[&route_guide::SERVICE, &route_guide::SERVICE]),
        once
    );
}

#[test]
fn a_descriptor_set_is_complete() {
    static SERVICE: ServiceDescriptor =
        service("all", "S", &[method("Get", || &ALL, || &well_known::EMPTY)]);
    static ALL: MessageDescriptor = MessageDescriptor {
        name: "All",
        members: &[
            field("any", 1, || a(&well_known::ANY)),
            field("duration", 2, || a(&well_known::DURATION)),
            field("field_mask", 3, || a(&well_known::FIELD_MASK)),
            field("timestamp", 4, || a(&well_known::TIMESTAMP)),
            field("value", 5, || a(&well_known::VALUE)),
            field("wrapper", 6, || a(&well_known::STRING_VALUE)),
            field("null", 7, || {
                FieldType::Singular(ValueType::Enum(&well_known::NULL_VALUE))
            }),
        ],
        ..NO_MESSAGE
    };
    for services in [
        vec![&SERVICE],
        vec![&route_guide::SERVICE],
        vec![&SERVICE, &route_guide::SERVICE],
    ] {
        let schema = Schema::collect(&services)
            .expect("a good schema")
            .with_header("Exported.\nAll of it.");
        let files = schema.print();
        let theirs = compile::protox(&files).expect("protox takes it");
        compile::assert_same(&schema, theirs).unwrap_or_else(|error| panic!("{error}"));
        if let Some(protoc) = compile::find_protoc() {
            let theirs = compile::protoc(&protoc, &files).expect("protoc takes it");
            compile::assert_same(&schema, theirs).unwrap_or_else(|error| panic!("{error}"));
        }
    }
}

#[test]
fn rust_types_can_share_a_well_known_message() {
    static SYSTEM_TIME: MessageDescriptor = MessageDescriptor {
        rust_name: "std::time::SystemTime",
        location: "elsewhere:1",
        ..timestamp()
    };
    static TIMESTAMP: MessageDescriptor = MessageDescriptor {
        rust_name: "traitwire::Timestamp",
        location: "elsewhere:2",
        ..timestamp()
    };
    const fn timestamp() -> MessageDescriptor {
        MessageDescriptor {
            name: "Timestamp",
            package: Some("google.protobuf"),
            file: Some("google/protobuf/timestamp.proto"),
            ..NO_MESSAGE
        }
    }
    static SERVICE: ServiceDescriptor = service(
        "clock",
        "Clock",
        &[method("Now", || &SYSTEM_TIME, || &TIMESTAMP)],
    );
    check(
        &[&SERVICE],
        expect![[r#"
        ----- clock.proto
        syntax = "proto3";

        package clock;

        import "google/protobuf/timestamp.proto";

        service Clock {
          rpc Now(google.protobuf.Timestamp) returns (google.protobuf.Timestamp);
        }
    "#]],
    );
}

#[test]
fn a_well_known_file_has_what_it_has() {
    static WEEK: MessageDescriptor = MessageDescriptor {
        name: "Week",
        package: Some("google.protobuf"),
        file: Some("google/protobuf/duration.proto"),
        ..NO_MESSAGE
    };
    static SERVICE: ServiceDescriptor =
        service("clock", "Clock", &[method("Week", || &WEEK, || &WEEK)]);
    check(
        &[&SERVICE],
        expect![
            "message `google.protobuf.Week` (Rust type `api::Type` at src/lib.rs:2): `google/protobuf/duration.proto` is well known, and doesn't have this type"
        ],
    );
}

#[test]
fn a_well_known_message_has_the_fields_that_it_has() {
    // As a message of one's own may be: some of the fields, with another presence.
    static SECONDS: MessageDescriptor = MessageDescriptor {
        members: &[field("seconds", 1, || {
            FieldType::Optional(ValueType::Scalar(Scalar::Int64))
        })],
        ..DURATION
    };
    static MILLIS: MessageDescriptor = MessageDescriptor {
        members: &[
            field("millis", 1, || {
                FieldType::Singular(ValueType::Scalar(Scalar::Sint64))
            }),
            field("nanos", 2, int32),
            field("zone", 3, int32),
        ],
        ..DURATION
    };
    const DURATION: MessageDescriptor = MessageDescriptor {
        name: "Duration",
        package: Some("google.protobuf"),
        file: Some("google/protobuf/duration.proto"),
        ..NO_MESSAGE
    };
    static SERVICE: ServiceDescriptor = service(
        "clock",
        "Clock",
        &[method("Sleep", || &SECONDS, || &MILLIS)],
    );
    check(
        &[&SERVICE],
        expect![[r#"
        message `google.protobuf.Duration` (Rust type `api::Type` at src/lib.rs:2): `google/protobuf/duration.proto` is well known, and has no field like `millis`: number and type have to be the same

        message `google.protobuf.Duration` (Rust type `api::Type` at src/lib.rs:2): `google/protobuf/duration.proto` is well known, and has no field like `zone`: number and type have to be the same"#]],
    );
}

#[test]
fn files_of_others_are_imported() {
    static LAT_LNG: MessageDescriptor = MessageDescriptor {
        name: "LatLng",
        package: Some("google.type"),
        file: Some("google/type/latlng.proto"),
        members: &[field("latitude", 1, || {
            FieldType::Singular(ValueType::Scalar(Scalar::Double))
        })],
        ..NO_MESSAGE
    };
    static SERVICE: ServiceDescriptor = service(
        "acme.map.v1",
        "Map",
        &[method("Show", || &LAT_LNG, || &LAT_LNG)],
    );
    check(
        &[&SERVICE],
        expect![[r#"
        ----- acme/map/v1/map.proto
        syntax = "proto3";

        package acme.map.v1;

        import "google/type/latlng.proto";

        service Map {
          rpc Show(google.type.LatLng) returns (google.type.LatLng);
        }
    "#]],
    );
}

#[test]
fn what_goes_wrong_is_exported_and_named_above_the_method() {
    static BAD_REQUEST: MessageDescriptor = MessageDescriptor {
        name: "BadRequest",
        package: Some("google.rpc"),
        file: Some("google/rpc/error_details.proto"),
        ..NO_MESSAGE
    };
    static MAP_ERROR: MessageDescriptor = MessageDescriptor {
        name: "MapError",
        ..NO_MESSAGE
    };
    static NO_LAND: MessageDescriptor = MessageDescriptor {
        name: "NoLand",
        nested_in: Some(|| &MAP_ERROR),
        members: &[field("at", 1, string)],
        ..NO_MESSAGE
    };
    static ERROR: ErrorDescriptor = ErrorDescriptor {
        variants: &[
            ErrorVariant {
                code: "NOT_FOUND",
                detail: || &NO_LAND,
            },
            ErrorVariant {
                code: "INVALID_ARGUMENT",
                detail: || &BAD_REQUEST,
            },
        ],
    };
    static SERVICE: ServiceDescriptor = service(
        "acme.map.v1",
        "Map",
        &[
            MethodDescriptor {
                doc: "Shows land.",
                error: || Some(&ERROR),
                ..method("Show", || &well_known::EMPTY, || &well_known::EMPTY)
            },
            MethodDescriptor {
                error: || Some(&ERROR),
                ..method("Hide", || &well_known::EMPTY, || &well_known::EMPTY)
            },
        ],
    );
    // The file of `BadRequest` isn't imported: only a comment speaks of it.
    check(
        &[&SERVICE],
        expect![[r#"
        ----- acme/map/v1/map.proto
        syntax = "proto3";

        package acme.map.v1;

        import "google/protobuf/empty.proto";

        service Map {
          // Shows land.
          //
          // Errors, each with its details:
          //   NOT_FOUND with acme.map.v1.MapError.NoLand
          //   INVALID_ARGUMENT with google.rpc.BadRequest
          rpc Show(google.protobuf.Empty) returns (google.protobuf.Empty);

          // Errors, each with its details:
          //   NOT_FOUND with acme.map.v1.MapError.NoLand
          //   INVALID_ARGUMENT with google.rpc.BadRequest
          rpc Hide(google.protobuf.Empty) returns (google.protobuf.Empty);
        }

        message MapError {
          message NoLand {
            string at = 1;
          }
        }
    "#]],
    );
}

#[test]
fn packages_have_a_file_each() {
    static MONEY: MessageDescriptor = MessageDescriptor {
        name: "Money",
        package: Some("acme.type"),
        members: &[field("unit", 1, || a(&UNIT))],
        ..NO_MESSAGE
    };
    // It names no package, so it is where `Money` is.
    static UNIT: MessageDescriptor = MessageDescriptor {
        name: "Unit",
        ..NO_MESSAGE
    };
    static PRICE: MessageDescriptor = MessageDescriptor {
        name: "Price",
        members: &[field("money", 1, || a(&MONEY))],
        ..NO_MESSAGE
    };
    static SHOP: ServiceDescriptor = service(
        "acme.shop.v1",
        "Shop",
        &[method("Buy", || &PRICE, || &MONEY)],
    );
    static BANK: ServiceDescriptor =
        service("bank", "Bank", &[method("Pay", || &MONEY, || &MONEY)]);
    static ADMIN: ServiceDescriptor = service(
        "acme.shop.v1",
        "Admin",
        &[method("Raise", || &PRICE, || &PRICE)],
    );
    check(
        &[&SHOP, &BANK, &ADMIN],
        expect![[r#"
        ----- acme/shop/v1/shop.proto
        syntax = "proto3";

        package acme.shop.v1;

        import "acme/type/type.proto";

        service Shop {
          rpc Buy(Price) returns (acme.type.Money);
        }

        service Admin {
          rpc Raise(Price) returns (Price);
        }

        message Price {
          acme.type.Money money = 1;
        }
        ----- acme/type/type.proto
        syntax = "proto3";

        package acme.type;

        message Money {
          Unit unit = 1;
        }

        message Unit {}
        ----- bank.proto
        syntax = "proto3";

        package bank;

        import "acme/type/type.proto";

        service Bank {
          rpc Pay(acme.type.Money) returns (acme.type.Money);
        }
    "#]],
    );
}

#[test]
fn the_file_is_named_after_the_package() {
    let path = |package| default_path(package).unwrap_or_else(|| "none".to_owned());
    let packages = [
        "",
        "helloworld",
        "acme.greet.v1",
        "acme.greet",
        "acme.v1beta2",
        "acme.v1.admin",
        "v1",
        "v1.v2",
        "a.voice",
    ];
    let lines: Vec<String> = packages
        .iter()
        .map(|package| format!("{package}: {}", path(package)))
        .collect();
    expect![[r#"
        : none
        helloworld: helloworld.proto
        acme.greet.v1: acme/greet/v1/greet.proto
        acme.greet: acme/greet/greet.proto
        acme.v1beta2: acme/v1beta2/acme.proto
        acme.v1.admin: acme/v1/admin/admin.proto
        v1: v1.proto
        v1.v2: v1/v2/v1.v2.proto
        a.voice: a/voice/voice.proto"#]]
    .assert_eq(&lines.join("\n"));
}

#[test]
fn without_a_package_the_file_is_named_after_the_only_service() {
    static ONE: ServiceDescriptor =
        service("", "RouteGuide", &[method("Go", || &POINT, || &POINT)]);
    static TWO: ServiceDescriptor = service("", "Other", &[method("Go", || &POINT, || &POINT)]);
    static POINT: MessageDescriptor = MessageDescriptor {
        name: "Point",
        ..NO_MESSAGE
    };
    check(
        &[&ONE],
        expect![[r#"
        ----- route_guide.proto
        syntax = "proto3";

        service RouteGuide {
          rpc Go(Point) returns (Point);
        }

        message Point {}
    "#]],
    );
    check(
        &[&ONE, &TWO],
        expect![[r#"
        package ``: there is no package to name the file after
        help: name a package with `#[grpc_service(package = "…")]`, or a file with `file = "….proto"`"#]],
    );
}

#[test]
fn a_type_in_two_packages_has_to_say_where_it_lives() {
    static POINT: MessageDescriptor = MessageDescriptor {
        name: "Point",
        rust_name: "shared::Point",
        location: "shared/src/lib.rs:3",
        members: &[field("kind", 1, || {
            FieldType::Singular(ValueType::Enum(&KIND))
        })],
        ..NO_MESSAGE
    };
    static KIND: EnumDescriptor = EnumDescriptor {
        name: "Kind",
        nested_in: Some(|| &POINT),
        values: &[value("KIND_NONE", 0)],
        ..NO_ENUM
    };
    static WRAPPER: MessageDescriptor = MessageDescriptor {
        name: "Wrapper",
        members: &[field("point", 1, || a(&POINT))],
        ..NO_MESSAGE
    };
    static A: ServiceDescriptor = service("a", "A", &[method("Get", || &POINT, || &POINT)]);
    static B: ServiceDescriptor = service("b", "B", &[method("Get", || &WRAPPER, || &WRAPPER)]);
    check(
        &[&A, &B],
        expect![[r#"
        message `a.Point` (Rust type `shared::Point` at shared/src/lib.rs:3): two packages use it, so it isn't clear where it lives:
          `a`: service `a.A` (src/lib.rs:1)
          `b`: message `b.Wrapper` (Rust type `api::Type` at src/lib.rs:2)
        help: say which with `#[proto(package = "a")]`"#]],
    );
}

#[test]
fn two_rust_types_cannot_have_one_name() {
    static FIRST: MessageDescriptor = MessageDescriptor {
        name: "Point",
        rust_name: "first::Point",
        location: "src/first.rs:1",
        ..NO_MESSAGE
    };
    static SECOND: EnumDescriptor = EnumDescriptor {
        name: "Point",
        rust_name: "second::Point",
        location: "src/second.rs:1",
        values: &[value("POINT_NONE", 0)],
        ..NO_ENUM
    };
    static USER: MessageDescriptor = MessageDescriptor {
        name: "User",
        members: &[field("point", 1, || {
            FieldType::Repeated(ValueType::Enum(&SECOND))
        })],
        ..NO_MESSAGE
    };
    static A: ServiceDescriptor = service("a", "A", &[method("Get", || &FIRST, || &USER)]);
    check(
        &[&A],
        expect![[r#"
        enum `a.Point` (Rust type `second::Point` at src/second.rs:1): the name is also that of the message `a.Point` (Rust type `first::Point` at src/first.rs:1)
        help: rename one of the two with `#[proto(name = "…")]`, or move it with `#[proto(package = "…")]`"#]],
    );
}

#[test]
fn copies_of_a_descriptor_are_one_type() {
    static FIRST: MessageDescriptor = point();
    static COPY: MessageDescriptor = point();
    const fn point() -> MessageDescriptor {
        MessageDescriptor {
            name: "Point",
            rust_name: "first::Point",
            location: "src/first.rs:1",
            ..NO_MESSAGE
        }
    }
    static A: ServiceDescriptor = service("a", "A", &[method("Get", || &FIRST, || &COPY)]);
    check(
        &[&A],
        expect![[r#"
        ----- a.proto
        syntax = "proto3";

        package a;

        service A {
          rpc Get(Point) returns (Point);
        }

        message Point {}
    "#]],
    );
}

#[test]
fn packages_cannot_import_each_other() {
    static LEFT: MessageDescriptor = MessageDescriptor {
        name: "Left",
        package: Some("left"),
        members: &[field("right", 1, || a(&RIGHT))],
        ..NO_MESSAGE
    };
    static RIGHT: MessageDescriptor = MessageDescriptor {
        name: "Right",
        package: Some("right"),
        members: &[field("left", 1, || a(&LEFT))],
        ..NO_MESSAGE
    };
    static S: ServiceDescriptor = service("top", "S", &[method("Get", || &LEFT, || &RIGHT)]);
    check(
        &[&S],
        expect![[r#"
        file `left.proto`: circular imports, which protobuf doesn't allow:
          `left.proto` imports `right.proto`: `left.Left` refers to `right.Right`
          `right.proto` imports `left.proto`: `right.Right` refers to `left.Left`
        help: move one of these types to a package of its own with `#[proto(package = "…")]`"#]],
    );
}

#[test]
fn services_of_a_package_agree_on_the_file() {
    static POINT: MessageDescriptor = MessageDescriptor {
        name: "Point",
        ..NO_MESSAGE
    };
    static A: ServiceDescriptor = ServiceDescriptor {
        file: Some("one.proto"),
        ..service("p", "A", &[method("Get", || &POINT, || &POINT)])
    };
    static B: ServiceDescriptor = ServiceDescriptor {
        file: Some("other.proto"),
        ..service("p", "B", &[])
    };
    static C: ServiceDescriptor = service("p", "C", &[]);
    check(
        &[&C, &A],
        expect![[r#"
        ----- one.proto
        syntax = "proto3";

        package p;

        service C {}

        service A {
          rpc Get(Point) returns (Point);
        }

        message Point {}
    "#]],
    );
    check(
        &[&A, &B, &C],
        expect![[r#"
        service `p.B` (src/lib.rs:1): it is exported to `other.proto`, but the service `p.A` (src/lib.rs:1) of the same package to `one.proto`
        help: name the same `file`, or name one in one of the two only"#]],
    );
}

#[test]
fn two_packages_cannot_share_a_file() {
    static POINT: MessageDescriptor = MessageDescriptor {
        name: "Point",
        package: Some("p"),
        ..NO_MESSAGE
    };
    static A: ServiceDescriptor = ServiceDescriptor {
        file: Some("P.proto"),
        ..service("a", "A", &[method("Get", || &POINT, || &POINT)])
    };
    static B: ServiceDescriptor = ServiceDescriptor {
        file: Some("google/protobuf/empty.proto"),
        ..service("b", "B", &[method("Get", || &POINT, || &well_known::EMPTY)])
    };
    static C: ServiceDescriptor = ServiceDescriptor {
        file: Some("../c.proto"),
        ..service("c", "C", &[])
    };
    check(
        &[&A, &B, &C],
        expect![[r#"
        file `google/protobuf/empty.proto`: two packages can't share a file: `b` is in `google/protobuf/empty.proto`, and `google.protobuf` in `google/protobuf/empty.proto`
        help: give one of the two a file of its own with `#[grpc_service(file = "…")]`

        file `p.proto`: two packages can't share a file: `a` is in `P.proto`, and `p` in `p.proto`
        help: give one of the two a file of its own with `#[grpc_service(file = "…")]`

        file `../c.proto`: `../c.proto` can't be an exported file: write a relative path of ASCII letters, digits, `_`, `-` and `.`, with `/` between its parts"#]],
    );
}

#[test]
fn nested_types_live_with_the_message_around_them() {
    static OUTER: MessageDescriptor = MessageDescriptor {
        name: "Outer",
        package: Some("o"),
        ..NO_MESSAGE
    };
    static INNER: MessageDescriptor = MessageDescriptor {
        name: "Inner",
        package: Some("i"),
        nested_in: Some(|| &OUTER),
        ..NO_MESSAGE
    };
    static FINE: MessageDescriptor = MessageDescriptor {
        name: "Fine",
        nested_in: Some(|| &OUTER),
        ..NO_MESSAGE
    };
    static LOOP: MessageDescriptor = MessageDescriptor {
        name: "Loop",
        nested_in: Some(|| &BACK),
        ..NO_MESSAGE
    };
    static BACK: MessageDescriptor = MessageDescriptor {
        name: "Back",
        nested_in: Some(|| &LOOP),
        ..NO_MESSAGE
    };
    static A: ServiceDescriptor = service("a", "A", &[method("Get", || &FINE, || &FINE)]);
    static B: ServiceDescriptor = service("a", "B", &[method("Get", || &INNER, || &FINE)]);
    static C: ServiceDescriptor = service("a", "C", &[method("Get", || &LOOP, || &FINE)]);
    check(
        &[&A],
        expect![[r#"
        ----- a.proto
        syntax = "proto3";

        package a;

        import "o.proto";

        service A {
          rpc Get(o.Outer.Fine) returns (o.Outer.Fine);
        }
        ----- o.proto
        syntax = "proto3";

        package o;

        message Outer {
          message Fine {}
        }
    "#]],
    );
    check(
        &[&B],
        expect![[r#"
        message `o.Outer.Inner` (Rust type `api::Type` at src/lib.rs:2): it can't be in the package `i` and in the message `o.Outer` (Rust type `api::Type` at src/lib.rs:2)
        help: remove `package` or `nested_in`"#]],
    );
    check(
        &[&C],
        expect![
            "message `Loop` (Rust type `api::Type` at src/lib.rs:2): `nested_in` leads from this message back to it"
        ],
    );
}

#[test]
fn all_errors_come_at_once_with_their_places() {
    static WRONG: MessageDescriptor = MessageDescriptor {
        name: "Wrong",
        rust_name: "api::Wrong",
        location: "src/api.rs:7",
        reserved: &[Reserved::Numbers(5, 6), Reserved::Name("old")],
        members: &[
            field("a", 1, string),
            field("b", 1, string),
            field("old", 2, string),
            field("c", 5, string),
            field("größe", 7, string),
            field("the_name", 8, string),
            field("theName", 9, string),
            field("zero", 0, string),
            field("key", 10, || {
                FieldType::Map(Scalar::Double, ValueType::Scalar(Scalar::Bool))
            }),
            field("kind", 11, || FieldType::Singular(ValueType::Enum(&KIND))),
        ],
        ..NO_MESSAGE
    };
    static KIND: EnumDescriptor = EnumDescriptor {
        name: "Kind",
        rust_name: "api::Kind",
        location: "src/api.rs:30",
        values: &[value("KIND_ONE", 1), value("ONE", 2), value("KIND_TWO", 1)],
        ..NO_ENUM
    };
    static S: ServiceDescriptor = service("p", "S", &[method("Get", || &WRONG, || &WRONG)]);
    check(
        &[&S],
        expect![[r#"
        message `p.Wrong` (Rust type `api::Wrong` at src/api.rs:7): field `b`: the field number 1 is already that of `a`

        message `p.Wrong` (Rust type `api::Wrong` at src/api.rs:7): the name `old` is reserved

        message `p.Wrong` (Rust type `api::Wrong` at src/api.rs:7): field `c`: the field number 5 is reserved (5 to 6)

        message `p.Wrong` (Rust type `api::Wrong` at src/api.rs:7): `größe` can't be a protobuf name: `ö` is not an ASCII letter, digit or underscore

        message `p.Wrong` (Rust type `api::Wrong` at src/api.rs:7): the fields `the_name` and `theName` would be the same in JSON, where underscores and case don't count
        help: rename one of the two with `#[proto(name = "…")]`

        message `p.Wrong` (Rust type `api::Wrong` at src/api.rs:7): field `zero`: 0 can't be a field number: they start at 1

        message `p.Wrong` (Rust type `api::Wrong` at src/api.rs:7): field `key`: a map can't have keys of type `double`, only integers, `bool` and `string`

        enum `p.Kind` (Rust type `api::Kind` at src/api.rs:30): the first value, `KIND_ONE`, has to be 0: it is what an absent field holds
        help: put one first that means nothing else, such as `Unspecified = 0`

        enum `p.Kind` (Rust type `api::Kind` at src/api.rs:30): the values `KIND_ONE` and `ONE` would be the same in languages that remove the enum's name from them
        help: rename one of the two with `#[proto(name = "…")]`

        enum `p.Kind` (Rust type `api::Kind` at src/api.rs:30): the values `KIND_ONE` and `KIND_TWO` have the same number, 1"#]],
    );
}

fn int32() -> FieldType {
    FieldType::Singular(ValueType::Scalar(Scalar::Int32))
}

fn string() -> FieldType {
    FieldType::Singular(ValueType::Scalar(Scalar::String))
}

fn a(message: &'static MessageDescriptor) -> FieldType {
    FieldType::Singular(ValueType::Message(message))
}

const fn service(
    package: &'static str,
    name: &'static str,
    methods: &'static [MethodDescriptor],
) -> ServiceDescriptor {
    ServiceDescriptor {
        name,
        package,
        methods,
        ..NO_SERVICE
    }
}

const fn method(
    name: &'static str,
    request: fn() -> &'static MessageDescriptor,
    response: fn() -> &'static MessageDescriptor,
) -> MethodDescriptor {
    MethodDescriptor {
        name,
        line: 0,
        path: "",
        kind: MethodKind::Unary,
        idempotency: Idempotency::Unknown,
        doc: "",
        deprecated: false,
        takes_context: false,
        detached: false,
        max_request_len: None,
        max_response_len: None,
        error: || None,
        request,
        response,
    }
}

const fn field(name: &'static str, number: u32, ty: fn() -> FieldType) -> Member {
    Member::Field(variant(name, number, ty))
}

const fn variant(name: &'static str, number: u32, ty: fn() -> FieldType) -> FieldDescriptor {
    FieldDescriptor {
        name,
        number,
        doc: "",
        deprecated: false,
        line: 0,
        ty,
    }
}

const fn value(name: &'static str, number: i32) -> EnumValueDescriptor {
    EnumValueDescriptor {
        name,
        number,
        doc: "",
        deprecated: false,
        line: 0,
    }
}

const NO_SERVICE: ServiceDescriptor = ServiceDescriptor {
    name: "",
    package: "",
    file: None,
    doc: "",
    deprecated: false,
    location: "src/lib.rs:1",
    methods: &[],
};

const NO_MESSAGE: MessageDescriptor = MessageDescriptor {
    name: "",
    package: None,
    file: None,
    rust_name: "api::Type",
    location: "src/lib.rs:2",
    doc: "",
    deprecated: false,
    nested_in: None,
    reserved: &[],
    members: &[],
    message_type: None,
};

const NO_ENUM: EnumDescriptor = EnumDescriptor {
    allow_alias: false,
    name: "",
    package: None,
    file: None,
    rust_name: "api::Type",
    location: "src/lib.rs:3",
    doc: "",
    deprecated: false,
    nested_in: None,
    reserved: &[],
    values: &[],
};
