//! Messages in an `Any`, by name.

use expect_test::{Expect, expect};
use traitwire::Message;
use traitwire::well_known::{Any, Timestamp, TypeRegistry};

#[derive(Debug, PartialEq, Message)]
#[proto(package = "lighthouse.v1")]
struct Flash {
    #[proto(1)]
    seconds: u32,
}

#[derive(Debug, PartialEq, Message)]
struct Local {
    #[proto(1)]
    seconds: u32,
}

#[track_caller]
fn check(registry: &TypeRegistry, type_url: &str, value: &'static [u8], expect: Expect) {
    let any = Any {
        type_url: type_url.to_owned(),
        value: value.into(),
    };
    expect.assert_eq(&match registry.unpack(&any) {
        Ok(message) => {
            assert_eq!(message.encode_to_bytes(), any.value);
            format!("{message:?}")
        }
        Err(error) => format!("error: {error}"),
    });
}

#[test]
fn what_is_registered_is_unpacked() {
    let registry = TypeRegistry::new()
        .with::<Flash>()
        .with_in::<Local>("harbour.v1");
    check(
        &registry,
        "type.googleapis.com/lighthouse.v1.Flash",
        &[8, 1],
        expect![[r#"DynMessage("messages::registry::Flash")"#]],
    );
    check(
        &registry,
        "example.com/a/b/harbour.v1.Local",
        &[8, 1],
        expect![[r#"DynMessage("messages::registry::Local")"#]],
    );
    check(
        &registry,
        "/google.protobuf.Empty",
        &[],
        expect![[r#"DynMessage("()")"#]],
    );
    check(
        &registry,
        "type.googleapis.com/lighthouse.v1.Flash",
        &[8],
        expect![
            "error: failed to decode Protobuf message: lighthouse.v1.Flash.seconds: the message ends in the middle of it"
        ],
    );
    check(
        &registry,
        "type.googleapis.com/lighthouse.v2.Flash",
        &[8, 1],
        expect![[
            r#"error: the message is a "type.googleapis.com/lighthouse.v2.Flash", which is not registered"#
        ]],
    );
    check(
        &registry,
        "",
        &[],
        expect![[r#"error: the message is a "", which is not registered"#]],
    );
    assert!(TypeRegistry::new().get("lighthouse.v1.Flash").is_none());
}

#[test]
fn a_message_is_what_it_is() {
    let registry = TypeRegistry::new().with::<Flash>();
    let mut message = registry.unpack(&Any::pack(&Flash { seconds: 3 })).unwrap();
    assert!(message.is::<Flash>());
    assert_eq!(message.downcast_ref::<Timestamp>(), None);
    message.downcast_mut::<Flash>().unwrap().seconds = 4;
    let message = message.downcast::<Timestamp>().unwrap_err();
    assert_eq!(*message.downcast::<Flash>().unwrap(), Flash { seconds: 4 });
}

#[test]
fn those_of_protobuf_are_known() {
    let names: Vec<_> = TypeRegistry::default().names().map(str::to_owned).collect();
    expect![[r#"
        google.protobuf.Any
        google.protobuf.BoolValue
        google.protobuf.BytesValue
        google.protobuf.DoubleValue
        google.protobuf.Duration
        google.protobuf.Empty
        google.protobuf.FieldMask
        google.protobuf.FloatValue
        google.protobuf.Int32Value
        google.protobuf.Int64Value
        google.protobuf.ListValue
        google.protobuf.StringValue
        google.protobuf.Struct
        google.protobuf.Timestamp
        google.protobuf.UInt32Value
        google.protobuf.UInt64Value
        google.protobuf.Value"#]]
    .assert_eq(&names.join("\n"));
}
