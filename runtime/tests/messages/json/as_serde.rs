//! Messages in types that have serde's own derives, and in formats that aren't JSON.

use expect_test::expect;
use serde::{Deserialize, Serialize, de::DeserializeSeed};
use traitwire::{
    Message,
    json::{self, Json, ReadOptions, WriteOptions},
};

/// What serde makes of it is the user's, and not protobuf's mapping.
#[derive(Clone, Debug, PartialEq, Message, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING-KEBAB-CASE")]
struct Sensor {
    #[proto(1)]
    sensor_id: u64,
    #[proto(2)]
    raw: Vec<u8>,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Config {
    #[serde(with = "traitwire::json")]
    main: Sensor,
    others: Vec<Json<Sensor>>,
    plain: Sensor,
}

fn sensor() -> Sensor {
    Sensor {
        sensor_id: 7,
        raw: vec![1],
    }
}

#[test]
fn serde_stays_the_users() {
    expect![[r#"{"SENSOR-ID":7,"RAW":[1]}"#]].assert_eq(&serde_json::to_string(&sensor()).unwrap());
    expect![[r#"{"sensorId":"7","raw":"AQ=="}"#]].assert_eq(&json::to_string(&sensor()).unwrap());
}

#[test]
fn messages_lie_in_other_types() {
    let config = Config {
        main: sensor(),
        others: vec![Json(sensor())],
        plain: sensor(),
    };
    let text = serde_json::to_string(&config).unwrap();
    expect![[r#"{"main":{"sensorId":"7","raw":"AQ=="},"others":[{"sensorId":"7","raw":"AQ=="}],"plain":{"SENSOR-ID":7,"RAW":[1]}}"#]]
        .assert_eq(&text);
    assert_eq!(serde_json::from_str::<Config>(&text).unwrap(), config);
    let value = serde_json::to_value(&config).unwrap();
    assert_eq!(serde_json::from_value::<Config>(value).unwrap(), config);
}

#[test]
fn errors_of_other_formats_say_where_too() {
    let error = serde_json::from_str::<Json<Sensor>>("{\"sensorId\": 0.5}").unwrap_err();
    expect!["sensorId: invalid value: floating point `0.5`, expected an integer of 64 bits, without a sign at line 1 column 16"]
        .assert_eq(&error.to_string());
    assert_eq!((error.line(), error.column()), (1, 16));
}

#[test]
fn options_are_serdes_too() {
    let options = WriteOptions::new().original_names();
    expect![[r#"{"sensor_id":"7","raw":"AQ=="}"#]]
        .assert_eq(&serde_json::to_string(&options.of(&sensor())).unwrap());
    let mut text = serde_json::Deserializer::from_str(r#"{"sensorId": 7, "x": 1}"#);
    let read = ReadOptions::new()
        .ignore_unknown()
        .seed::<Sensor>()
        .deserialize(&mut text);
    assert_eq!(read.unwrap().sensor_id, 7);
}
