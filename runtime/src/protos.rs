//! The test behind [`protos!`](crate::protos): the committed files are what the code says.

use std::collections::BTreeSet;
use std::error::Error;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::{env, fmt, fs, io};

use similar::TextDiff;
use traitwire_schema::{Schema, SchemaErrors, ServiceDescriptor};

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
/// * `dir` is seen from the directory of the crate's `Cargo.toml`. Several crates can share it, as each
///   file says on top which crate exports it.
/// * `services` has the paths of all traits with `#[grpc_service]` that the crate exports. Use the macro
///   once for each `dir`, in a module of its own: files of this crate that it doesn't know are taken for
///   leftovers. The test reports them, and the update removes them.
/// * Files that aren't exports are left alone. When one is in the way, the test says so.
///
/// `UPDATE_PROTOS=breaking` is for changes that break somebody. No change is held back yet, so it does
/// the same as `1`.
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
    let export = Export {
        crate_name,
        dir: &Path::new(manifest_dir).join(dir),
        shown_dir: dir,
    };
    let result =
        Mode::read(env::var_os("UPDATE_PROTOS")).and_then(|mode| export.run(services, mode));
    if let Err(error) = result {
        panic!("{error}");
    }
}

/// What to do about differences.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    /// Fail.
    Check,
    /// Write what the code says.
    Update,
}

impl Mode {
    fn read(update_protos: Option<OsString>) -> Result<Self, ProtosError> {
        match update_protos
            .as_deref()
            .map(OsStr::to_string_lossy)
            .as_deref()
        {
            None | Some("" | "0") => Ok(Self::Check),
            Some("1" | "breaking") => Ok(Self::Update),
            Some(other) => Err(ProtosError::UnknownMode(other.to_owned())),
        }
    }
}

/// The files of one crate in one directory.
struct Export<'a> {
    crate_name: &'a str,
    dir: &'a Path,
    /// The directory as the user wrote it.
    shown_dir: &'a str,
}

impl Export<'_> {
    fn run(&self, services: &[&'static ServiceDescriptor], mode: Mode) -> Result<(), ProtosError> {
        let schema = Schema::collect(services).map_err(ProtosError::Services)?;
        let changes = self.changes(&schema)?;
        match mode {
            Mode::Check if changes.is_empty() => Ok(()),
            Mode::Check => Err(ProtosError::OutOfDate {
                changes,
                crate_name: self.crate_name.to_owned(),
            }),
            Mode::Update => changes.iter().try_for_each(|change| self.apply(change)),
        }
    }

    /// What would have to change in the directory, sorted by path; files to remove come last.
    fn changes(&self, schema: &Schema) -> Result<Vec<Change>, ProtosError> {
        let mut changes = Vec::new();
        let mut exported = BTreeSet::new();
        for file in schema.clone().with_header(&self.header()).print() {
            let path = self.dir.join(&file.path);
            exported.insert(path.clone());
            let old = read(&path)?;
            let shown = self.shown(&path);
            match &old {
                Some(old) if *old == file.text => continue,
                Some(old) => match exporter(old) {
                    Some(crate_name) if crate_name == self.crate_name => {}
                    Some(crate_name) => {
                        let (other, crate_name) =
                            (crate_name.to_owned(), self.crate_name.to_owned());
                        return Err(ProtosError::OtherCrate {
                            path: shown,
                            other,
                            crate_name,
                        });
                    }
                    None => return Err(ProtosError::NotExported { path: shown }),
                },
                None => {}
            }
            changes.push(Change {
                path,
                shown,
                old,
                new: Some(file.text),
            });
        }
        for path in self
            .own_files()?
            .into_iter()
            .filter(|path| !exported.contains(path))
        {
            changes.push(Change {
                shown: self.shown(&path),
                path,
                old: None,
                new: None,
            });
        }
        Ok(changes)
    }

    fn header(&self) -> String {
        let crate_name = self.crate_name;
        format!(
            "{EXPORTED_BY}{crate_name}`: change the traits and types there.\n\
             Then write this file with `UPDATE_PROTOS=1 cargo test -p {crate_name}`."
        )
    }

    /// The files that this crate has exported, sorted.
    fn own_files(&self) -> Result<BTreeSet<PathBuf>, ProtosError> {
        let mut own = BTreeSet::new();
        let mut dirs = vec![self.dir.to_owned()];
        while let Some(dir) = dirs.pop() {
            let entries = match fs::read_dir(&dir) {
                Ok(entries) => entries,
                // Nothing was exported yet.
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                Err(error) => return Err(ProtosError::io("read", &dir, error)),
            };
            for entry in entries {
                let entry = entry.map_err(|error| ProtosError::io("read", &dir, error))?;
                let path = entry.path();
                let kind = entry
                    .file_type()
                    .map_err(|error| ProtosError::io("read", &path, error))?;
                if kind.is_dir() {
                    dirs.push(path);
                } else if path
                    .extension()
                    .is_some_and(|extension| extension == "proto")
                    && read(&path)?.is_some_and(|text| exporter(&text) == Some(self.crate_name))
                {
                    own.insert(path);
                }
            }
        }
        Ok(own)
    }

    fn apply(&self, change: &Change) -> Result<(), ProtosError> {
        let Change { path, new, .. } = change;
        let parents = path
            .ancestors()
            .skip(1)
            .take_while(|parent| *parent != self.dir);
        let Some(text) = new else {
            fs::remove_file(path).map_err(|error| ProtosError::io("remove", path, error))?;
            for parent in parents {
                // It is only removed if nothing is left in it.
                if fs::remove_dir(parent).is_err() {
                    break;
                }
            }
            return Ok(());
        };
        let parent = path.parent().unwrap_or(self.dir);
        fs::create_dir_all(parent).map_err(|error| ProtosError::io("make", parent, error))?;
        fs::write(path, text).map_err(|error| ProtosError::io("write", path, error))
    }

    /// A path in the directory, the way the user would name it.
    fn shown(&self, path: &Path) -> String {
        let path = path.strip_prefix(self.dir).unwrap_or(path);
        Path::new(self.shown_dir)
            .join(path)
            .display()
            .to_string()
            .replace('\\', "/")
    }
}

/// The text of a file, with the line ends that we write; `None` if it isn't there.
fn read(path: &Path) -> Result<Option<String>, ProtosError> {
    match fs::read(path) {
        // Git may have made two characters of each line end.
        Ok(bytes) => Ok(Some(String::from_utf8_lossy(&bytes).replace("\r\n", "\n"))),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(ProtosError::io("read", path, error)),
    }
}

/// The crate that a file's header names.
fn exporter(text: &str) -> Option<&str> {
    let rest = text.strip_prefix("// ")?.strip_prefix(EXPORTED_BY)?;
    Some(rest.split_once('`')?.0)
}

/// How the header begins; the name of the crate follows, and another backtick.
const EXPORTED_BY: &str = "Exported from Rust by traitwire, crate `";

/// A file that has to change.
#[derive(Debug)]
struct Change {
    path: PathBuf,
    shown: String,
    /// What is there.
    old: Option<String>,
    /// What should be there; `None` for a file that nothing exports any more.
    new: Option<String>,
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            shown, old, new, ..
        } = self;
        match (old, new) {
            (_, None) => writeln!(f, "{shown}: nothing exports it any more"),
            (None, Some(_)) => writeln!(f, "{shown}: it isn't there yet"),
            (Some(old), Some(new)) => {
                let diff = TextDiff::from_lines(old.as_str(), new.as_str());
                let (old, new) = (
                    format!("{shown} (committed)"),
                    format!("{shown} (what the code says)"),
                );
                diff.unified_diff().header(&old, &new).fmt(f)
            }
        }
    }
}

/// Why the test fails.
#[derive(Debug)]
enum ProtosError {
    /// The services are no protobuf API.
    Services(SchemaErrors),
    /// The files aren't what the code says.
    OutOfDate {
        changes: Vec<Change>,
        crate_name: String,
    },
    /// Another crate has exported the file.
    OtherCrate {
        path: String,
        other: String,
        crate_name: String,
    },
    /// Somebody else has written the file.
    NotExported { path: String },
    /// `UPDATE_PROTOS` has a value without a meaning.
    UnknownMode(String),
    /// A file or directory can't be read, written, made or removed.
    Io {
        what: &'static str,
        path: PathBuf,
        error: io::Error,
    },
}

impl ProtosError {
    fn io(what: &'static str, path: &Path, error: io::Error) -> Self {
        Self::Io {
            what,
            path: path.to_owned(),
            error,
        }
    }
}

impl fmt::Display for ProtosError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Services(errors) => write!(f, "the services can't be exported\n\n{errors}"),
            Self::OutOfDate {
                changes,
                crate_name,
            } => {
                f.write_str("the committed .proto files are not what the code says\n\n")?;
                for change in changes {
                    writeln!(f, "{change}")?;
                }
                write!(
                    f,
                    "If the code is right, run `UPDATE_PROTOS=1 cargo test -p {crate_name}` and commit what it writes."
                )
            }
            Self::OtherCrate {
                path,
                other,
                crate_name,
            } => write!(
                f,
                "{path} is exported by the crate `{other}` and by the crate `{crate_name}`\n\
                 help: name all services of a package in one `protos!`, or give them another `file` or `dir`"
            ),
            Self::NotExported { path } => write!(
                f,
                "{path} is in the way: it was not exported from Rust\n\
                 help: remove it if the code has all of it, or give the service another `file` or `dir`"
            ),
            Self::UnknownMode(value) => {
                write!(
                    f,
                    "UPDATE_PROTOS is `{value}`; it can be `1`, to write what the code says, or absent"
                )
            }
            Self::Io { what, path, error } => write!(f, "can't {what} {}: {error}", path.display()),
        }
    }
}

impl Error for ProtosError {}

#[cfg(test)]
mod tests {
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
            let dir = self.dir.path().join("protos");
            Export {
                crate_name,
                dir: &dir,
                shown_dir: "../protos",
            }
            .run(services, mode)
        }

        #[track_caller]
        fn update(&self, crate_name: &str, services: &[&'static ServiceDescriptor]) {
            self.run(crate_name, services, Mode::Update)
                .unwrap_or_else(|error| panic!("{error}"));
            self.run(crate_name, services, Mode::Check)
                .expect("what was just written is up to date");
        }

        #[track_caller]
        fn check(&self, crate_name: &str, services: &[&'static ServiceDescriptor], expect: Expect) {
            expect.assert_eq(&match self.run(crate_name, services, Mode::Check) {
                Ok(()) => "ok".to_owned(),
                // `expect!` has no lines of spaces, which is what a diff makes of empty ones.
                Err(error) => error.to_string().replace("\n \n", "\n\n"),
            });
        }

        fn path(&self, path: &str) -> PathBuf {
            self.dir.path().join("protos").join(path)
        }

        #[track_caller]
        fn read(&self, path: &str) -> String {
            fs::read_to_string(self.path(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
        }

        #[track_caller]
        fn write(&self, path: &str, text: &str) {
            let path = self.path(path);
            fs::create_dir_all(path.parent().expect("a directory")).expect("a directory");
            fs::write(path, text).expect("a file");
        }
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
            @@ -13,5 +13,5 @@
             }
 
             message HelloRequest {
            -  string first_name = 1;
            +  string name = 1;
             }

            If the code is right, run `UPDATE_PROTOS=1 cargo test -p greeter` and commit what it writes."#]]);
        protos.update("greeter", &[&GREETER]);
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

            If the code is right, run `UPDATE_PROTOS=1 cargo test -p greeter` and commit what it writes."#]]);
        protos.update("greeter", &[&GREETER]);
        assert!(
            !protos.path("acme").exists(),
            "empty directories are removed as well"
        );
        assert!(protos.path("helloworld.proto").exists());
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
            help: name all services of a package in one `protos!`, or give them another `file` or `dir`"#]]);
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
    fn update_protos_has_two_values() {
        let read = |value: &str| Mode::read(Some(value.into())).map_err(|error| error.to_string());
        assert_eq!(Mode::read(None).ok(), Some(Mode::Check));
        assert_eq!(read(""), Ok(Mode::Check));
        assert_eq!(read("0"), Ok(Mode::Check));
        assert_eq!(read("1"), Ok(Mode::Update));
        assert_eq!(read("breaking"), Ok(Mode::Update));
        expect!["UPDATE_PROTOS is `yes`; it can be `1`, to write what the code says, or absent"]
            .assert_eq(&read("yes").expect_err("no such value"));
    }

    static GREETER: ServiceDescriptor = ServiceDescriptor {
        name: "Greeter",
        ..service("helloworld", &[SAY_HELLO])
    };
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
    static HELLO: MessageDescriptor = MessageDescriptor {
        name: "HelloRequest",
        package: None,
        file: None,
        rust_name: "greeter::HelloRequest",
        location: "src/lib.rs:3",
        doc: "",
        deprecated: false,
        nested_in: None,
        reserved: &[],
        members: &[Member::Field(FieldDescriptor {
            name: "name",
            number: 1,
            doc: "",
            deprecated: false,
            ty: || FieldType::Singular(ValueType::Scalar(Scalar::String)),
        })],
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
