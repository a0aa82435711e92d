//! The test behind [`protos!`](crate::protos): the committed files are what the code says, and a change of them that
//! breaks somebody is made on purpose.
//!
//! ```text
//! services ── Schema::collect ──┐
//!                               ├─ keep_reserved ──► what is to be written ──► Directory: changes, apply
//! Directory: committed files ───┤                            │
//!                               └───────── compat::check ◄───┘ ──► breaks
//! ```
//!
//! `export` is what the test does for `cargo traitwire`.

mod directory;
mod error;
mod export;

use std::env;
use std::ffi::{OsStr, OsString};
use std::path::Path;

use traitwire_schema::{Schema, ServiceDescriptor, compat};

use directory::Directory;
use error::ProtosError;

pub use export::export_protos;

/// Keeps the committed `.proto` files in step with the code, by a test.
///
/// ```
/// # use traitwire::{Message, Status, grpc_service};
/// # #[derive(Message)]
/// # pub struct Point { #[proto(1)] pub latitude: i32 }
/// #[grpc_service(package = "routeguide")]
/// pub trait RouteGuide {
///     async fn snap(&self, point: Point) -> Result<Point, Status>;
/// }
///
/// traitwire::protos! { dir = "../protos", services = [RouteGuide] }
/// ```
///
/// The macro is a test function, `protos_are_up_to_date`, and nothing at all outside of tests. It fails
/// with a diff when the files in `dir` aren't what the services and their types say, and tells what to
/// do: `UPDATE_PROTOS=1 cargo test` writes them. Only what changed is written.
///
/// The files are the lock file of the API, to be committed:
///
/// * A change that would break somebody isn't written. The test lists each break instead: the
///   [rule](crate::schema::compat), where it is in Rust, what the old file says and the new one would,
///   who breaks (old readers, old writers, JSON, generated source) and why, and what to write instead.
///   `UPDATE_PROTOS=breaking cargo test` writes it all the same.
/// * Of a field or enum value that is removed, number and name are reserved in the file. They stay
///   reserved, without a word in the code. A field that takes one of them again breaks somebody.
///   A message, enum or method that is removed leaves nothing behind: protobuf can't reserve its name.
///
/// ```text
/// field-type: field `routeguide.Point.latitude` (src/lib.rs:12)
///   old: int32 latitude = 1
///   new: string latitude = 1
///   breaks old readers: they look for `int32` and find `string`: it is skipped, misread or an error
///   breaks old writers: they write `int32` where `string` is read: it is skipped, misread or an error
///   breaks JSON: a whole number becomes text
///   breaks source: the field has another type in code
///   help: keep `int32` under 1, and give what is new a field of its own: 3 is free
/// ```
///
/// * `dir` is seen from the directory of the crate's `Cargo.toml`. Several crates can share it, as each
///   file says on top which crate exports it.
/// * `services` has the paths of all traits with `#[grpc_service]` that the crate exports. Use the macro
///   once for each `dir`, in a module of its own: files of this crate that it doesn't know are taken for
///   leftovers. The test reports them, and the update removes them.
/// * Files that aren't exports are left alone. When one is in the way, the test says so.
/// * `cargo traitwire check` compares with other versions than the committed one: with the main branch, in a pull request.
#[macro_export]
macro_rules! protos {
    (dir = $dir:expr, services = [$($service:path),+ $(,)?] $(,)?) => {
        #[cfg(test)]
        #[test]
        fn protos_are_up_to_date() {
            $crate::__private::check_protos(
                ::core::env!("CARGO_MANIFEST_DIR"),
                ::core::env!("CARGO_PKG_NAME"),
                $dir,
                &[$($service),+],
            );
        }
    };
    ($($other:tt)*) => {
        ::core::compile_error!(
            "`protos!` takes a directory and the services of this crate\n\n\
             help: write `traitwire::protos! { dir = \"../protos\", services = [MyService] }`"
        );
    };
}

/// What the test does.
///
/// # Panics
///
/// When the committed files aren't what the code says, when the services can't be exported at all, and
/// when files can't be read or written.
#[track_caller]
pub fn check_protos(
    manifest_dir: &str,
    crate_name: &str,
    dir: &str,
    services: &[&'static ServiceDescriptor],
) {
    let committed = Path::new(manifest_dir).join(dir);
    if let Some(export) = env::var_os(export::DIRECTORY) {
        return export_protos(Path::new(&export), crate_name, Some(&committed), services);
    }
    let directory = Directory {
        crate_name,
        dir: &committed,
        shown_dir: dir,
    };
    let mode = Mode::read(env::var_os("UPDATE_PROTOS"));
    let result = mode.and_then(|mode| run(&directory, services, mode));
    if let Err(error) = result {
        panic!("{error}");
    }
}

/// What to do about differences.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    /// Fail.
    Check,
    /// Write what the code says, if that breaks nobody.
    Update,
    /// Write what the code says.
    UpdateBreaking,
}

impl Mode {
    fn read(update_protos: Option<OsString>) -> Result<Self, ProtosError> {
        match update_protos
            .as_deref()
            .map(OsStr::to_string_lossy)
            .as_deref()
        {
            None | Some("" | "0") => Ok(Self::Check),
            Some("1") => Ok(Self::Update),
            Some("breaking") => Ok(Self::UpdateBreaking),
            Some(other) => Err(ProtosError::UnknownMode(other.to_owned())),
        }
    }
}

fn run(
    directory: &Directory<'_>,
    services: &[&'static ServiceDescriptor],
    mode: Mode,
) -> Result<(), ProtosError> {
    let schema = Schema::collect(services).map_err(ProtosError::Services)?;
    let crate_name = || directory.crate_name.to_owned();
    let committed = match directory.committed(&schema)? {
        Ok(committed) => committed,
        Err(errors) => {
            return Err(ProtosError::Unreadable {
                errors,
                changes: directory.changes(schema)?,
                crate_name: crate_name(),
            });
        }
    };
    let schema = compat::keep_reserved(schema, &committed);
    let breaks = compat::check(&committed, schema.files());
    let changes = directory.changes(schema)?;
    match mode {
        Mode::Check if changes.is_empty() => Ok(()),
        Mode::Check => Err(ProtosError::OutOfDate {
            changes,
            breaks,
            crate_name: crate_name(),
        }),
        Mode::Update if !breaks.is_empty() => Err(ProtosError::Breaking {
            breaks,
            crate_name: crate_name(),
        }),
        Mode::Update | Mode::UpdateBreaking => changes
            .iter()
            .try_for_each(|change| directory.apply(change)),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::PathBuf;

    use expect_test::{Expect, expect};
    use tempfile::TempDir;
    use traitwire_schema::well_known::EMPTY;
    use traitwire_schema::{
        FieldDescriptor, FieldType, Idempotency, Member, MessageDescriptor, MethodDescriptor,
        MethodKind, Scalar, ValueType,
    };

    use super::*;

    /// A directory with files, as a crate's test sees it.
    struct Protos {
        dir: TempDir,
    }

    impl Protos {
        fn new() -> Self {
            Self {
                dir: tempfile::tempdir().expect("a temporary directory"),
            }
        }

        fn run(
            &self,
            crate_name: &str,
            services: &[&'static ServiceDescriptor],
            mode: Mode,
        ) -> Result<(), ProtosError> {
            let directory = Directory {
                crate_name,
                dir: &self.dir.path().join("protos"),
                shown_dir: "../protos",
            };
            run(&directory, services, mode)
        }

        #[track_caller]
        fn update(&self, crate_name: &str, services: &[&'static ServiceDescriptor]) {
            self.write_in(Mode::Update, crate_name, services);
        }

        #[track_caller]
        fn update_breaking(&self, crate_name: &str, services: &[&'static ServiceDescriptor]) {
            self.write_in(Mode::UpdateBreaking, crate_name, services);
        }

        #[track_caller]
        fn write_in(&self, mode: Mode, crate_name: &str, services: &[&'static ServiceDescriptor]) {
            self.run(crate_name, services, mode)
                .unwrap_or_else(|error| panic!("{error}"));
            self.run(crate_name, services, Mode::Check)
                .expect("what was just written is up to date");
            self.run(crate_name, services, Mode::Update)
                .expect("and it is no break of itself");
        }

        /// What an update says that is refused, and that it writes nothing.
        #[track_caller]
        fn refuse(&self, services: &[&'static ServiceDescriptor], expect: Expect) {
            let before = self.read("helloworld.proto");
            let refused = self.run("greeter", services, Mode::Update);
            expect.assert_eq(&shown(&refused.expect_err("it is refused")));
            assert_eq!(self.read("helloworld.proto"), before);
        }

        #[track_caller]
        fn check(&self, crate_name: &str, services: &[&'static ServiceDescriptor], expect: Expect) {
            expect.assert_eq(&match self.run(crate_name, services, Mode::Check) {
                Ok(()) => "ok".to_owned(),
                Err(error) => shown(&error),
            });
        }

        fn path(&self, path: &str) -> PathBuf {
            self.dir.path().join("protos").join(path)
        }

        #[track_caller]
        fn read(&self, path: &str) -> String {
            fs::read_to_string(self.path(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
        }

        /// The file from its message on.
        #[track_caller]
        fn message(&self, path: &str) -> String {
            let text = self.read(path);
            let start = text.find("message ").expect("a message");
            text[start..].to_owned()
        }

        #[track_caller]
        fn write(&self, path: &str, text: &str) {
            let path = self.path(path);
            fs::create_dir_all(path.parent().expect("a directory")).expect("a directory");
            fs::write(path, text).expect("a file");
        }
    }

    /// `expect!` has no lines of spaces, which is what a diff makes of empty ones.
    fn shown(error: &ProtosError) -> String {
        error.to_string().replace("\n \n", "\n\n")
    }

    #[test]
    fn files_are_written_and_then_up_to_date() {
        let protos = Protos::new();
        protos.check("greeter", &[&GREETER], expect![[r#"
            the committed .proto files are not what the code says

            ../protos/helloworld.proto: it isn't there yet

            If the code is right, run `UPDATE_PROTOS=1 cargo test -p greeter` and commit what it writes."#]]);
        protos.update("greeter", &[&GREETER]);
        expect![[r#"
            // Exported from Rust by traitwire, crate `greeter`: change the traits and types there.
            // Then write this file with `UPDATE_PROTOS=1 cargo test -p greeter`.

            syntax = "proto3";

            package helloworld;

            import "google/protobuf/empty.proto";

            service Greeter {
              // Sends a greeting.
              rpc SayHello(HelloRequest) returns (google.protobuf.Empty);
            }

            message HelloRequest {
              string name = 1;
            }
        "#]]
        .assert_eq(&protos.read("helloworld.proto"));
    }

    #[test]
    fn a_difference_is_shown_as_a_diff() {
        let protos = Protos::new();
        protos.update("greeter", &[&GREETER]);
        let text = protos
            .read("helloworld.proto")
            .replace("name = 1", "first_name = 1");
        protos.write("helloworld.proto", &text);
        protos.check("greeter", &[&GREETER], expect![[r#"
            the committed .proto files are not what the code says

            --- ../protos/helloworld.proto (committed)
            +++ ../protos/helloworld.proto (what the code says)
            @@ -13,5 +13,7 @@
             }

             message HelloRequest {
            -  string first_name = 1;
            +  reserved "first_name";
            +
            +  string name = 1;
             }

            This would break somebody who has the committed version:

            field-name: field `helloworld.HelloRequest.name` (src/lib.rs:4)
              old: string first_name = 1
              new: string name = 1
              breaks JSON: the key `first_name` isn't known any more, and `name` isn't known yet
              breaks source: code that says `first_name` doesn't compile any more
              help: if it is the same field, keep its name in protobuf: `#[proto(1, name = "first_name")]`; if it is another one, give it a number that was never used

            If the code is right, run `UPDATE_PROTOS=breaking cargo test -p greeter` and commit what it writes."#]]);
        protos.update_breaking("greeter", &[&GREETER]);
    }

    #[test]
    fn only_what_changed_is_written() {
        let protos = Protos::new();
        protos.update("greeter", &[&GREETER, &ADMIN]);
        let long_ago = std::time::SystemTime::UNIX_EPOCH;
        for path in ["helloworld.proto", "acme/admin/v1/admin.proto"] {
            let file = fs::File::options()
                .write(true)
                .open(protos.path(path))
                .expect("a file");
            file.set_modified(long_ago).expect("a new time");
        }
        protos.write(
            "helloworld.proto",
            &(protos.read("helloworld.proto") + "\n"),
        );
        protos.update("greeter", &[&GREETER, &ADMIN]);
        let modified = |path| {
            protos
                .path(path)
                .metadata()
                .expect("a file")
                .modified()
                .expect("a time")
        };
        assert_eq!(modified("acme/admin/v1/admin.proto"), long_ago);
        assert_ne!(modified("helloworld.proto"), long_ago);
    }

    #[test]
    fn leftovers_are_reported_and_removed() {
        let protos = Protos::new();
        protos.update("greeter", &[&GREETER, &ADMIN]);
        protos.check("greeter", &[&GREETER], expect![[r#"
            the committed .proto files are not what the code says

            ../protos/acme/admin/v1/admin.proto: nothing exports it any more

            This would break somebody who has the committed version:

            package-removed: package `acme.admin.v1`
              old: package acme.admin.v1
              new: (nothing)
              breaks old writers: calls of its services are answered with UNIMPLEMENTED
              breaks JSON: calls of its services are answered with UNIMPLEMENTED
              breaks source: all that is generated for the package is gone
              help: go on exporting its services, and mark them as deprecated until nobody calls them any more; a new version is a package next to it

            deprecated-first: service `acme.admin.v1.Admin`
              old: service Admin
              new: (nothing)
              breaks source: nobody who uses it was told by a compiler that it would go
              help: mark the trait `#[deprecated]` first, and remove it in a later release

            If the code is right, run `UPDATE_PROTOS=breaking cargo test -p greeter` and commit what it writes."#]]);
        protos.update_breaking("greeter", &[&GREETER]);
        assert!(
            !protos.path("acme").exists(),
            "empty directories are removed as well"
        );
        assert!(protos.path("helloworld.proto").exists());
    }

    #[test]
    fn what_breaks_nobody_is_written() {
        let protos = Protos::new();
        protos.update("greeter", &[&GREETER]);
        protos.update("greeter", &[greeter!(BOTH)]);
        expect![[r#"
            message HelloRequest {
              string name = 1;
              int32 times = 2;
            }
        "#]]
        .assert_eq(&protos.message("helloworld.proto"));
    }

    #[test]
    fn what_breaks_somebody_is_written_on_purpose_only() {
        let protos = Protos::new();
        protos.update("greeter", &[&GREETER]);
        protos.refuse(&[greeter!(RENUMBERED)], expect![[r#"
            the change of the .proto files would break somebody, so nothing was written

            field-name: field `helloworld.HelloRequest.times` (src/lib.rs:4)
              old: string name = 1
              new: int32 times = 1
              breaks JSON: the key `name` isn't known any more, and `times` isn't known yet
              breaks source: code that says `name` doesn't compile any more
              help: if it is the same field, keep its name in protobuf: `#[proto(1, name = "name")]`; if it is another one, give it a number that was never used

            field-type: field `helloworld.HelloRequest.times` (src/lib.rs:4)
              old: string name = 1
              new: int32 times = 1
              breaks old readers: they look for `string` and find `int32`: it is skipped, misread or an error
              breaks old writers: they write `string` where `int32` is read: it is skipped, misread or an error
              breaks JSON: text becomes a whole number
              breaks source: the field has another type in code
              help: keep `string` under 1, and give what is new a field of its own: 2 is free

            Change the code as the help says. If nobody is left who could break, run `UPDATE_PROTOS=breaking cargo test -p greeter` and commit what it writes."#]]);
        protos.check("greeter", &[greeter!(RENUMBERED)], expect![[r#"
            the committed .proto files are not what the code says

            --- ../protos/helloworld.proto (committed)
            +++ ../protos/helloworld.proto (what the code says)
            @@ -13,5 +13,7 @@
             }

             message HelloRequest {
            -  string name = 1;
            +  reserved "name";
            +
            +  int32 times = 1;
             }

            This would break somebody who has the committed version:

            field-name: field `helloworld.HelloRequest.times` (src/lib.rs:4)
              old: string name = 1
              new: int32 times = 1
              breaks JSON: the key `name` isn't known any more, and `times` isn't known yet
              breaks source: code that says `name` doesn't compile any more
              help: if it is the same field, keep its name in protobuf: `#[proto(1, name = "name")]`; if it is another one, give it a number that was never used

            field-type: field `helloworld.HelloRequest.times` (src/lib.rs:4)
              old: string name = 1
              new: int32 times = 1
              breaks old readers: they look for `string` and find `int32`: it is skipped, misread or an error
              breaks old writers: they write `string` where `int32` is read: it is skipped, misread or an error
              breaks JSON: text becomes a whole number
              breaks source: the field has another type in code
              help: keep `string` under 1, and give what is new a field of its own: 2 is free

            If the code is right, run `UPDATE_PROTOS=breaking cargo test -p greeter` and commit what it writes."#]]);
        protos.update_breaking("greeter", &[greeter!(RENUMBERED)]);
        expect![[r#"
            message HelloRequest {
              reserved "name";

              int32 times = 1;
            }
        "#]]
        .assert_eq(&protos.message("helloworld.proto"));
    }

    #[test]
    fn what_is_removed_stays_reserved() {
        let protos = Protos::new();
        protos.update("greeter", &[greeter!(BOTH)]);
        protos.refuse(&[greeter!(NONE)], expect![[r#"
            the change of the .proto files would break somebody, so nothing was written

            field-removed: field `helloworld.HelloRequest.name` (Rust type `greeter::HelloRequest` at src/lib.rs:3)
              old: string name = 1
              new: (nothing)
              breaks source: code that reads or sets it doesn't compile any more
              help: keep it, `#[deprecated]`, until nobody uses it any more

            deprecated-first: field `helloworld.HelloRequest.name` (Rust type `greeter::HelloRequest` at src/lib.rs:3)
              old: string name = 1
              new: (nothing)
              breaks source: nobody who uses it was told by a compiler that it would go
              help: mark it `#[deprecated]` first, and remove it in a later release

            field-removed: field `helloworld.HelloRequest.times` (Rust type `greeter::HelloRequest` at src/lib.rs:3)
              old: int32 times = 2
              new: (nothing)
              breaks source: code that reads or sets it doesn't compile any more
              help: keep it, `#[deprecated]`, until nobody uses it any more

            deprecated-first: field `helloworld.HelloRequest.times` (Rust type `greeter::HelloRequest` at src/lib.rs:3)
              old: int32 times = 2
              new: (nothing)
              breaks source: nobody who uses it was told by a compiler that it would go
              help: mark it `#[deprecated]` first, and remove it in a later release

            Change the code as the help says. If nobody is left who could break, run `UPDATE_PROTOS=breaking cargo test -p greeter` and commit what it writes."#]]);
        protos.update_breaking("greeter", &[greeter!(NONE)]);
        expect![[r#"
            message HelloRequest {
              reserved 1 to 2;
              reserved "name", "times";
            }
        "#]]
        .assert_eq(&protos.message("helloworld.proto"));
        // A number that is used again is a break of its own.
        protos.refuse(&[greeter!(RENUMBERED)], expect![[r#"
            the change of the .proto files would break somebody, so nothing was written

            reserved-reused: field `helloworld.HelloRequest.times` (src/lib.rs:4)
              old: reserved 1, "times"
              new: times = 1
              breaks old readers: who has the removed field reads this one as it
              breaks old writers: data with the removed field is read as this one
              breaks JSON: the name was that of another one
              help: give it a number and a name that were never used; if it is what was removed, and means the same, it may have them back

            Change the code as the help says. If nobody is left who could break, run `UPDATE_PROTOS=breaking cargo test -p greeter` and commit what it writes."#]]);
        protos.update_breaking("greeter", &[greeter!(RENUMBERED)]);
        expect![[r#"
            message HelloRequest {
              reserved 2;
              reserved "name";

              int32 times = 1;
            }
        "#]]
        .assert_eq(&protos.message("helloworld.proto"));
    }

    #[test]
    fn what_is_reserved_by_hand_stays_reserved() {
        let protos = Protos::new();
        protos.update("greeter", &[&GREETER]);
        let text = protos.read("helloworld.proto");
        let text = text.replace(
            "  string name = 1;",
            "  reserved 2 to 9;\n  reserved \"old\";\n\n  string name = 1;",
        );
        protos.write("helloworld.proto", &text);
        protos.check("greeter", &[&GREETER], expect![["ok"]]);
        protos.update("greeter", &[&GREETER]);
        assert_eq!(protos.read("helloworld.proto"), text);
    }

    #[test]
    fn files_that_cannot_be_read_are_not_overwritten() {
        let protos = Protos::new();
        protos.update("greeter", &[&GREETER]);
        let text = protos.read("helloworld.proto");
        protos.write(
            "helloworld.proto",
            &text.replace("message", "<<<<<<< HEAD\nmessage"),
        );
        protos.check("greeter", &[&GREETER], expect![[r#"
            the committed .proto files can't be read, so nobody can tell what a change of them breaks

            helloworld.proto:15:1: expected `message`, `enum`, `service`, `extend`, `import`, `option` or `package`, found `<`

            --- ../protos/helloworld.proto (committed)
            +++ ../protos/helloworld.proto (what the code says)
            @@ -12,7 +12,6 @@
               rpc SayHello(HelloRequest) returns (google.protobuf.Empty);
             }

            -<<<<<<< HEAD
             message HelloRequest {
               string name = 1;
             }

            Restore the files as they were committed, and run `UPDATE_PROTOS=1 cargo test -p greeter` again. Or remove them, to begin anew: nothing is reserved then, and nothing is promised."#]]);
        protos.refuse(&[&GREETER], expect![[r#"
            the committed .proto files can't be read, so nobody can tell what a change of them breaks

            helloworld.proto:15:1: expected `message`, `enum`, `service`, `extend`, `import`, `option` or `package`, found `<`

            --- ../protos/helloworld.proto (committed)
            +++ ../protos/helloworld.proto (what the code says)
            @@ -12,7 +12,6 @@
               rpc SayHello(HelloRequest) returns (google.protobuf.Empty);
             }

            -<<<<<<< HEAD
             message HelloRequest {
               string name = 1;
             }

            Restore the files as they were committed, and run `UPDATE_PROTOS=1 cargo test -p greeter` again. Or remove them, to begin anew: nothing is reserved then, and nothing is promised."#]]);
        protos
            .run("greeter", &[&GREETER], Mode::UpdateBreaking)
            .expect_err("what was reserved would be forgotten");
    }

    #[test]
    fn files_of_others_may_be_there_or_not() {
        let protos = Protos::new();
        protos.update("greeter", &[greeter!(ABROAD)]);
        // Nobody knows the other file any more, but that the field is gone.
        protos.refuse(&[&GREETER], expect![[r#"
            the change of the .proto files would break somebody, so nothing was written

            field-removed: field `helloworld.HelloRequest.from` (Rust type `greeter::HelloRequest` at src/lib.rs:3)
              old: google.type.LatLng from = 3
              new: (nothing)
              breaks source: code that reads or sets it doesn't compile any more
              help: keep it, `#[deprecated]`, until nobody uses it any more

            deprecated-first: field `helloworld.HelloRequest.from` (Rust type `greeter::HelloRequest` at src/lib.rs:3)
              old: google.type.LatLng from = 3
              new: (nothing)
              breaks source: nobody who uses it was told by a compiler that it would go
              help: mark it `#[deprecated]` first, and remove it in a later release

            Change the code as the help says. If nobody is left who could break, run `UPDATE_PROTOS=breaking cargo test -p greeter` and commit what it writes."#]]);
        protos.write(
            "google/type/latlng.proto",
            "syntax = \"proto3\"; package google.type; import \"google/type/half.proto\"; \
             message LatLng { Half latitude = 1; }",
        );
        protos.write(
            "google/type/half.proto",
            "syntax = \"proto3\"; package google.type; message Half { double value = 1; }",
        );
        protos.update("greeter", &[greeter!(ABROAD)]);
        protos.write(
            "google/type/half.proto",
            "syntax = \"proto2\"; package google.type; option java_package = \"com.google.type\"; \
             message Half { required Quarter value = 1; }",
        );
        protos.update("greeter", &[greeter!(ABROAD)]);
        protos.update_breaking("greeter", &[&GREETER]);
    }

    #[test]
    fn crates_share_a_directory() {
        let protos = Protos::new();
        protos.update("greeter", &[&GREETER]);
        protos.update("admin", &[&ADMIN]);
        protos.write("vendored/other.proto", "syntax = \"proto3\";\n");
        protos.check("greeter", &[&GREETER], expect!["ok"]);
        protos.update("greeter", &[&GREETER]);
        protos.check("admin", &[&ADMIN], expect!["ok"]);
        assert!(protos.path("vendored/other.proto").exists());
    }

    #[test]
    fn a_file_of_another_crate_is_not_overwritten() {
        let protos = Protos::new();
        protos.update("greeter", &[&GREETER]);
        protos.check("impostor", &[&GREETER], expect![[r#"
            ../protos/helloworld.proto is exported by the crate `greeter` and by the crate `impostor`
            help: name all services of a package in one `protos!`, or give them another `file` or `dir`; if they have moved here, write this crate's name on top of the file"#]]);
        protos
            .run("impostor", &[&GREETER], Mode::Update)
            .expect_err("the file is another crate's");
    }

    #[test]
    fn a_file_of_somebody_else_is_not_overwritten() {
        let protos = Protos::new();
        protos.write("helloworld.proto", "syntax = \"proto3\";\n");
        protos.check("greeter", &[&GREETER], expect![[r#"
            ../protos/helloworld.proto is in the way: it was not exported from Rust
            help: remove it if the code has all of it, or give the service another `file` or `dir`"#]]);
        protos
            .run("greeter", &[&GREETER], Mode::Update)
            .expect_err("the file was not exported");
        assert_eq!(protos.read("helloworld.proto"), "syntax = \"proto3\";\n");
    }

    #[test]
    fn line_ends_of_git_do_not_matter() {
        let protos = Protos::new();
        protos.update("greeter", &[&GREETER]);
        protos.write(
            "helloworld.proto",
            &protos.read("helloworld.proto").replace('\n', "\r\n"),
        );
        protos.check("greeter", &[&GREETER], expect!["ok"]);
    }

    #[test]
    fn services_that_are_no_api_are_refused() {
        static BROKEN: ServiceDescriptor = ServiceDescriptor {
            name: "2Broken",
            location: "src/lib.rs:9",
            ..service("p", &[])
        };
        Protos::new().check("broken", &[&BROKEN], expect![[r#"
            the services can't be exported

            service `p.2Broken` (src/lib.rs:9): `2Broken` can't be a protobuf name: it starts with a digit"#]]);
    }

    #[test]
    fn update_protos_has_three_values() {
        let read = |value: &str| Mode::read(Some(value.into())).map_err(|error| error.to_string());
        assert_eq!(Mode::read(None).ok(), Some(Mode::Check));
        assert_eq!(read(""), Ok(Mode::Check));
        assert_eq!(read("0"), Ok(Mode::Check));
        assert_eq!(read("1"), Ok(Mode::Update));
        assert_eq!(read("breaking"), Ok(Mode::UpdateBreaking));
        expect!["UPDATE_PROTOS is `yes`; it can be `1`, to write what the code says, `breaking`, to write it even if it breaks somebody, or absent"].assert_eq(&read("yes").expect_err("no such value"));
    }

    static GREETER: ServiceDescriptor = ServiceDescriptor {
        name: "Greeter",
        ..service("helloworld", &[SAY_HELLO])
    };
    /// The service with another request.
    macro_rules! greeter {
        ($request:ident) => {{
            static SERVICE: ServiceDescriptor = ServiceDescriptor {
                name: "Greeter",
                ..service(
                    "helloworld",
                    &[MethodDescriptor {
                        request: || &$request,
                        ..SAY_HELLO
                    }],
                )
            };
            &SERVICE
        }};
    }
    use greeter;

    static BOTH: MessageDescriptor = MessageDescriptor {
        members: &[NAME, field("times", 2, INT32)],
        ..HELLO_REQUEST
    };
    static RENUMBERED: MessageDescriptor = MessageDescriptor {
        members: &[field("times", 1, INT32)],
        ..HELLO_REQUEST
    };
    static NONE: MessageDescriptor = MessageDescriptor {
        members: &[],
        ..HELLO_REQUEST
    };
    static ABROAD: MessageDescriptor = MessageDescriptor {
        members: &[
            NAME,
            field("from", 3, || {
                FieldType::Singular(ValueType::Message(&LAT_LNG))
            }),
        ],
        ..HELLO_REQUEST
    };
    static LAT_LNG: MessageDescriptor = MessageDescriptor {
        name: "LatLng",
        package: Some("google.type"),
        file: Some("google/type/latlng.proto"),
        rust_name: "greeter::LatLng",
        ..HELLO_REQUEST
    };
    const NAME: Member = field("name", 1, || {
        FieldType::Singular(ValueType::Scalar(Scalar::String))
    });
    const INT32: fn() -> FieldType = || FieldType::Singular(ValueType::Scalar(Scalar::Int32));

    const fn field(name: &'static str, number: u32, ty: fn() -> FieldType) -> Member {
        Member::Field(FieldDescriptor {
            name,
            number,
            doc: "",
            deprecated: false,
            line: number + 3,
            ty,
        })
    }

    static ADMIN: ServiceDescriptor = ServiceDescriptor {
        name: "Admin",
        ..service("acme.admin.v1", &[STOP])
    };
    const SAY_HELLO: MethodDescriptor = MethodDescriptor {
        name: "SayHello",
        path: "/helloworld.Greeter/SayHello",
        kind: MethodKind::Unary,
        idempotency: Idempotency::Unknown,
        doc: "Sends a greeting.",
        deprecated: false,
        line: 2,
        takes_context: false,
        detached: false,
        max_request_len: None,
        max_response_len: None,
        error: || None,
        request: || &HELLO,
        response: || &EMPTY,
    };
    const STOP: MethodDescriptor = MethodDescriptor {
        name: "Stop",
        path: "/acme.admin.v1.Admin/Stop",
        doc: "",
        request: || &EMPTY,
        ..SAY_HELLO
    };
    static HELLO: MessageDescriptor = HELLO_REQUEST;
    const HELLO_REQUEST: MessageDescriptor = MessageDescriptor {
        name: "HelloRequest",
        package: None,
        file: None,
        rust_name: "greeter::HelloRequest",
        location: "src/lib.rs:3",
        doc: "",
        deprecated: false,
        nested_in: None,
        reserved: &[],
        members: &[NAME],
        message_type: None,
    };

    const fn service(
        package: &'static str,
        methods: &'static [MethodDescriptor],
    ) -> ServiceDescriptor {
        ServiceDescriptor {
            name: "",
            package,
            file: None,
            doc: "",
            deprecated: false,
            location: "src/lib.rs:1",
            methods,
        }
    }
}
