//! What `cargo traitwire` reads of a crate: its API, written into a directory.
//!
//! ```text
//! <directory>/0/about                 see `about`
//! <directory>/0/protos/<path>         the files as the code says them
//! <directory>/0/imports/<path>        those that they import, as far as they are used
//! <directory>/1/…                     of the next `protos!`
//! ```
//!
//! Where the services are no API, there is `error` with the reasons, and nothing else.

use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use traitwire_schema::{Schema, ServiceDescriptor, committed, for_each_origin};

/// The variable that names the directory; `protos!` writes into it in place of checking anything.
pub(super) const DIRECTORY: &str = "TRAITWIRE_EXPORT";

/// Writes what `services` are into a directory of its own below `directory`.
///
/// The crate's files are committed in `committed`; `None` where no `protos!` says so.
///
/// # Panics
///
/// When files can't be written.
pub fn export_protos(
    directory: &Path,
    crate_name: &str,
    committed: Option<&Path>,
    services: &[&'static ServiceDescriptor],
) {
    let written = own_directory(directory).and_then(|own| match Schema::collect(services) {
        Ok(schema) => write_schema(&own, crate_name, committed, schema),
        Err(errors) => fs::write(own.join("error"), errors.to_string()),
    });
    if let Err(error) = written {
        panic!("can't write to {}: {error}", directory.display());
    }
}

/// The first of `0`, `1`, … that nobody has made. Tests run side by side.
fn own_directory(directory: &Path) -> io::Result<PathBuf> {
    fs::create_dir_all(directory)?;
    let mut index = 0_u64;
    loop {
        let own = directory.join(index.to_string());
        match fs::create_dir(&own) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => index += 1,
            made => return made.map(|()| own),
        }
    }
}

fn write_schema(
    own: &Path,
    crate_name: &str,
    committed: Option<&Path>,
    schema: Schema,
) -> io::Result<()> {
    let about = about(crate_name, committed, &schema);
    let schema = schema.with_header(&committed::header(crate_name));
    for (dir, files) in [
        ("protos", schema.print()),
        ("imports", schema.print_imported()),
    ] {
        for file in files {
            write(&own.join(dir).join(&file.path), &file.text)?;
        }
    }
    // Written last: what is there is complete.
    fs::write(own.join("about"), about)
}

fn write(path: &Path, text: &str) -> io::Result<()> {
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent)?;
    }
    fs::write(path, text)
}

/// Lines of words with tabs between them; the first word says what the others are.
///
/// ```text
/// format    1
/// crate     route-guide
/// committed /home/me/guide/protos
/// origin    routeguide.Point    route_guide::Point  src/lib.rs:12
/// ```
fn about(crate_name: &str, committed: Option<&Path>, schema: &Schema) -> String {
    let mut about = format!("format\t1\ncrate\t{crate_name}\n");
    if let Some(committed) = committed {
        let _ = writeln!(about, "committed\t{}", committed.display());
    }
    for_each_origin(&mut schema.files().to_vec(), &mut |name, origin| {
        if let Some(origin) = origin {
            let rust_name = origin.rust_name.as_deref().unwrap_or_default();
            let location = &origin.location;
            let _ = writeln!(about, "origin\t{name}\t{rust_name}\t{location}");
        }
    });
    about
}

#[cfg(test)]
mod tests {
    use expect_test::expect;
    use traitwire_schema::parse;
    use traitwire_schema::well_known::EMPTY;
    use traitwire_schema::{Idempotency, MethodDescriptor, MethodKind};

    use super::*;

    static CLOCK: ServiceDescriptor = ServiceDescriptor {
        name: "Clock",
        package: "clock.v1",
        file: None,
        doc: "Tells the time.",
        deprecated: false,
        location: "src/lib.rs:1",
        methods: &[MethodDescriptor {
            name: "Tick",
            path: "/clock.v1.Clock/Tick",
            kind: MethodKind::Unary,
            idempotency: Idempotency::Unknown,
            doc: "",
            deprecated: false,
            line: 3,
            takes_context: false,
            detached: false,
            max_request_len: None,
            max_response_len: None,
            request: || &EMPTY,
            response: || &EMPTY,
            error: || None,
        }],
    };

    /// Its name isn't one.
    static MISNAMED: ServiceDescriptor = ServiceDescriptor {
        name: "Not a name",
        ..CLOCK
    };

    #[test]
    fn all_of_an_api_is_written() {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let committed = Path::new("/clock/protos");
        export_protos(dir.path(), "clock", Some(committed), &[&CLOCK]);
        let own = dir.path().join("0");
        let about = fs::read_to_string(own.join("about")).expect("it is written");
        expect![[r#"
            format	1
            crate	clock
            committed	/clock/protos
            origin	clock.v1.Clock		src/lib.rs:1
            origin	clock.v1.Clock.Tick		src/lib.rs:3
            origin	google.protobuf.Empty	google::protobuf	google/protobuf/empty.proto
        "#]]
        .assert_eq(&about);
        // Who reads the texts has the same API.
        let text = |path: &str| fs::read_to_string(own.join(path)).expect("it is written");
        let clock = text("protos/clock/v1/clock.proto");
        let empty = text("imports/google/protobuf/empty.proto");
        let texts = [
            ("clock/v1/clock.proto", &*clock),
            ("google/protobuf/empty.proto", &*empty),
        ];
        let read = Schema::new(parse::files(&texts).expect("they are protobuf"));
        let read = read.expect("it is an API");
        let ours = Schema::collect(&[&CLOCK]).expect("it is an API");
        let ours = ours.with_header(&committed::header("clock"));
        assert_eq!(read.descriptor_set(), ours.descriptor_set());
    }

    #[test]
    fn each_has_a_directory_of_its_own() {
        let dir = tempfile::tempdir().expect("a temporary directory");
        export_protos(dir.path(), "clock", None, &[&CLOCK]);
        export_protos(dir.path(), "clock", None, &[&MISNAMED]);
        assert!(dir.path().join("0/about").is_file());
        assert!(!dir.path().join("1/about").is_file());
        let error = fs::read_to_string(dir.path().join("1/error")).expect("it is written");
        expect!["service `clock.v1.Not a name` (src/lib.rs:1): `Not a name` can't be a protobuf name: ` ` is not an ASCII letter, digit or underscore"].assert_eq(&error);
    }
}
