//! The program as users run it: what it prints, what it writes, and its exit codes.
//!
//! Cargo runs within these tests, into the target directory that they are built in: what is built for other tests, or was for
//! the last run, is there already.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use expect_test::{Expect, expect};
use prost_reflect::DescriptorPool;
use tempfile::TempDir;

/// Runs the program in a directory.
fn run(dir: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_cargo-traitwire"))
        .args(args)
        .current_dir(dir)
        .env_remove("UPDATE_PROTOS")
        .output()
        .expect("the program starts")
}

/// Runs the program, and compares its exit code and what it prints to the standard output.
#[track_caller]
fn check(dir: &Path, args: &[&str], expect: Expect) {
    let output = run(dir, args);
    let code = output.status.code().expect("it ends by itself");
    let printed = String::from_utf8_lossy(&output.stdout);
    let mut printed = printed.replace("\n \n", "\n\n");
    for arg in args.iter().filter(|arg| Path::new(arg).is_dir()) {
        printed = printed.replace(arg, "DIR");
    }
    printed = printed.replace(&workspace().display().to_string(), "WORKSPACE");
    expect.assert_eq(&format!("{printed}exit code {code}"));
}

/// What it prints to the standard error.
fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn it_goes_by_both_names() {
    let here = Path::new(".");
    let version = |args: &[&str]| String::from_utf8_lossy(&run(here, args).stdout).into_owned();
    assert_eq!(
        version(&["--version"]),
        version(&["traitwire", "--version"])
    );
    assert!(version(&["--version"]).starts_with("cargo traitwire "));
    check(here, &["traitwire", "chekc"], expect!["exit code 2"]);
}

#[test]
fn every_command_teaches_by_examples() {
    for command in ["check", "fix", "export", "diff", "list", "completions"] {
        let output = run(Path::new("."), &["help", command]);
        let page = String::from_utf8_lossy(&output.stdout);
        let example = format!("\n  cargo traitwire {command}");
        assert!(page.contains("Examples:\n"), "{page}");
        assert!(page.contains(&example), "{page}");
    }
}

#[test]
fn shells_get_completions() {
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let output = run(Path::new("."), &["completions", shell]);
        let script = String::from_utf8_lossy(&output.stdout);
        for word in ["cargo-traitwire", "descriptor-set", "against"] {
            assert!(script.contains(word), "{word} for {shell}");
        }
    }
}

#[test]
fn colours_are_for_who_wants_them() {
    let protos = Protos::with("string name = 1", "int32 name = 1");
    let colours = |flag| {
        let output = run(
            &greeter(),
            &["check", "--against", &protos.path(), "--color", flag],
        );
        output.stdout.contains(&0x1b)
    };
    assert!(colours("always"));
    assert!(!colours("never"));
    assert!(!colours("auto"), "nothing here is a terminal");
}

#[test]
fn what_is_committed_is_what_the_code_says() {
    check(
        &greeter(),
        &["check"],
        expect![[r#"
        ok: `greeter` breaks nobody who has the committed files
        exit code 0"#]],
    );
    check(
        &greeter(),
        &["diff"],
        expect![[r#"
        `greeter`: the code and the committed files say the same
        exit code 0"#]],
    );
}

#[test]
fn a_break_is_an_exit_code() {
    let protos = Protos::with("string name = 1", "int32 name = 1");
    let path = protos.path();
    check(
        &greeter(),
        &["check", "--against", &path, "--who", "wire-writers"],
        expect![[r#"
            field-type: field `helloworld.HelloRequest.name` (examples/greeter/src/lib.rs:18)
              old: int32 name = 1
              new: string name = 1
              breaks old writers: they write `int32` where `string` is read: it is skipped, misread or an error
              help: keep `int32` under 1, and give what is new a field of its own: 2 is free

            found: `greeter` against DIR: 1 break
            exit code 1"#]],
    );
    check(
        &greeter(),
        &["check", "--against", &path, "--format", "github"],
        expect![[r#"
            ::error file=examples/greeter/src/lib.rs,line=18,title=field-type%3A field helloworld.HelloRequest.name::  old: int32 name = 1%0A  new: string name = 1%0A  breaks old readers: they look for `int32` and find `string`: it is skipped, misread or an error%0A  breaks old writers: they write `int32` where `string` is read: it is skipped, misread or an error%0A  breaks JSON: a whole number becomes text%0A  breaks source: the field has another type in code%0A  help: keep `int32` under 1, and give what is new a field of its own: 2 is free
            exit code 1"#]],
    );
    let renamed = Protos::with("string name = 1", "string first_name = 1");
    let path = renamed.path();
    check(
        &greeter(),
        &["check", "--against", &path, "--who", "wire"],
        expect![[r#"
            ok: `greeter` breaks nobody who has DIR
            exit code 0"#]],
    );
}

#[test]
fn an_addition_is_none() {
    let protos = Protos::with("  string message = 1;\n", "");
    check(
        &greeter(),
        &["check", "--against", &protos.path()],
        expect![[r#"
            ok: `greeter` breaks nobody who has DIR
            exit code 0"#]],
    );
    check(
        &greeter(),
        &["diff", &protos.path(), "--exit-code"],
        expect![[r#"
            message helloworld.HelloReply
            -   // The greeting.  What is said to the one who asked.
            +   // The greeting.
            +   string message = 1  // What is said to the one who asked.

            exit code 1"#]],
    );
    check(
        &greeter(),
        &["diff", &protos.path(), "committed"],
        expect![[r#"
            message helloworld.HelloReply
            -   // The greeting.  What is said to the one who asked.
            +   // The greeting.
            +   string message = 1  // What is said to the one who asked.

            exit code 0"#]],
    );
}

#[test]
fn what_nobody_can_tell_has_a_code_of_its_own() {
    let krate = Krate::new("nothing", "", "");
    let fails = |args: &[&str], expect: Expect| {
        let output = run(&krate.dir, args);
        assert_eq!(output.status.code(), Some(2));
        let said = stderr(&output);
        let error = said.find("error: ").expect("it says why");
        expect.assert_eq(&said[error..]);
    };
    fails(
        &["check", "--against", "code"],
        expect![[r#"
        error: the code is no older version of itself
        help: check against `committed`, `git:REVISION` or a directory
    "#]],
    );
    fails(
        &["list"],
        expect![[r#"
        error: there is no `#[grpc_service]` in `nothing`
        help: choose a package with -p, or all with --workspace
    "#]],
    );
    fails(
        &["list", "-p", "nothing"],
        expect![[r#"
        error: there is no `#[grpc_service]` in `nothing`
    "#]],
    );
    fails(
        &["list", "-p", "somthing"],
        expect![[r#"
        error: there is no package `somthing` in this workspace
        help: its packages are nothing
    "#]],
    );
    fails(
        &["diff", "committed", "committed"],
        expect![[r#"
        error: there is no `protos!` in these packages, so nobody knows which files are theirs
        help: compare with `code`, or choose a package with -p
    "#]],
    );
    fails(
        &["list", "--manifest-path", "nowhere.toml"],
        expect![[r#"
        error: manifest path `nowhere.toml` does not exist
    "#]],
    );
    let broken = Protos::with("message HelloRequest {", "message HelloRequest");
    let output = run(&greeter(), &["check", "--against", &broken.path()]);
    assert_eq!(output.status.code(), Some(2));
    assert!(
        stderr(&output).contains("helloworld.proto:"),
        "{}",
        stderr(&output)
    );
}

#[test]
fn the_export_is_the_committed_file() {
    let out = TempDir::new().expect("a temporary directory");
    let path = out.path().display().to_string();
    let set = out.path().join("set.binpb");
    let output = run(
        &greeter(),
        &[
            "export",
            "--out",
            &path,
            "--descriptor-set",
            &set.display().to_string(),
        ],
    );
    assert!(output.status.success(), "{}", stderr(&output));
    assert_eq!(
        fs::read_to_string(out.path().join("helloworld.proto")).expect("it is written"),
        committed(),
    );
    let pool = DescriptorPool::decode(&*fs::read(set).expect("it is written"));
    let pool = pool.expect("it is a descriptor set");
    let service = pool.get_service_by_name("helloworld.Greeter");
    let methods: Vec<String> = service
        .expect("the service is there")
        .methods()
        .map(|method| method.full_name().to_owned())
        .collect();
    assert_eq!(
        methods,
        [
            "helloworld.Greeter.SayHello",
            "helloworld.Greeter.SayHelloAgain"
        ]
    );
    // What is there stays, if it is somebody else's.
    fs::write(
        out.path().join("helloworld.proto"),
        "syntax = \"proto3\";\n",
    )
    .expect("a file");
    let output = run(&greeter(), &["export", "--out", &path]);
    assert_eq!(output.status.code(), Some(2));
    assert!(
        stderr(&output).contains("is in the way"),
        "{}",
        stderr(&output)
    );
    let output = run(&greeter(), &["export", "--out", &path, "--force"]);
    assert!(output.status.success(), "{}", stderr(&output));
}

#[test]
fn a_package_is_listed_from_anywhere() {
    let manifest = greeter().join("Cargo.toml").display().to_string();
    check(
        Path::new("/"),
        &["list", "--manifest-path", &manifest],
        expect![[r#"
            service helloworld.Greeter                   examples/greeter/src/lib.rs:30
              SayHello       HelloRequest -> HelloReply  examples/greeter/src/lib.rs:33
              SayHelloAgain  HelloRequest -> HelloReply  examples/greeter/src/lib.rs:38
            message helloworld.HelloRequest              examples/greeter/src/lib.rs:14
              name           1: string                   examples/greeter/src/lib.rs:18
            message helloworld.HelloReply                examples/greeter/src/lib.rs:22
              message        1: string                   examples/greeter/src/lib.rs:26
            exit code 0"#]],
    );
    check(
        &greeter(),
        &["list", "-p", "greeter", "--format", "json"],
        expect![[r#"
            {
              "crates": [
                {
                  "crate": "greeter",
                  "committed": "WORKSPACE/protos",
                  "services": [
                    {
                      "name": "helloworld.Greeter",
                      "file": "helloworld.proto",
                      "deprecated": false,
                      "rust": {
                        "file": "examples/greeter/src/lib.rs",
                        "line": 30
                      },
                      "methods": [
                        {
                          "name": "SayHello",
                          "shape": "unary",
                          "request": "helloworld.HelloRequest",
                          "response": "helloworld.HelloReply",
                          "idempotency": "unknown",
                          "deprecated": false,
                          "rust": {
                            "file": "examples/greeter/src/lib.rs",
                            "line": 33
                          }
                        },
                        {
                          "name": "SayHelloAgain",
                          "shape": "unary",
                          "request": "helloworld.HelloRequest",
                          "response": "helloworld.HelloReply",
                          "idempotency": "unknown",
                          "deprecated": false,
                          "rust": {
                            "file": "examples/greeter/src/lib.rs",
                            "line": 38
                          }
                        }
                      ]
                    }
                  ],
                  "messages": [
                    {
                      "name": "helloworld.HelloRequest",
                      "file": "helloworld.proto",
                      "deprecated": false,
                      "rust": {
                        "type": "greeter::HelloRequest",
                        "file": "examples/greeter/src/lib.rs",
                        "line": 14
                      },
                      "fields": [
                        {
                          "name": "name",
                          "number": 1,
                          "type": "string",
                          "oneof": null,
                          "deprecated": false,
                          "rust": {
                            "file": "examples/greeter/src/lib.rs",
                            "line": 18
                          }
                        }
                      ],
                      "reserved": {
                        "numbers": [],
                        "names": []
                      }
                    },
                    {
                      "name": "helloworld.HelloReply",
                      "file": "helloworld.proto",
                      "deprecated": false,
                      "rust": {
                        "type": "greeter::HelloReply",
                        "file": "examples/greeter/src/lib.rs",
                        "line": 22
                      },
                      "fields": [
                        {
                          "name": "message",
                          "number": 1,
                          "type": "string",
                          "oneof": null,
                          "deprecated": false,
                          "rust": {
                            "file": "examples/greeter/src/lib.rs",
                            "line": 26
                          }
                        }
                      ],
                      "reserved": {
                        "numbers": [],
                        "names": []
                      }
                    }
                  ],
                  "enums": []
                }
              ]
            }
            exit code 0"#]],
    );
}

#[test]
fn numbers_are_written_into_sources() {
    let krate = Krate::new(
        "numbers",
        "",
        "#[derive(traitwire::Message)]\nstruct Hello {\n    name: String,\n    #[proto(2)]\n    times: u32,\n}\n",
    );
    check(
        &krate.dir,
        &["fix", "--dry-run"],
        expect![[r#"
        --- src/lib.rs
        +++ src/lib.rs
        @@ -1,5 +1,6 @@
         #[derive(traitwire::Message)]
         struct Hello {
        +    #[proto(3)]
             name: String,
             #[proto(2)]
             times: u32,
        exit code 1"#]],
    );
    check(&krate.dir, &["fix", "src/lib.rs"], expect!["exit code 0"]);
    expect![[r#"
        #[derive(traitwire::Message)]
        struct Hello {
            #[proto(3)]
            name: String,
            #[proto(2)]
            times: u32,
        }
    "#]]
    .assert_eq(&krate.source());
    check(&krate.dir, &["fix", "-n"], expect!["exit code 0"]);
    check(
        &krate.dir,
        &["fix", "src/missing.rs"],
        expect!["exit code 2"],
    );
}

#[test]
fn committed_files_say_which_numbers_are_taken() {
    let krate = Krate::new(
        "taken",
        "",
        "#[derive(traitwire::Message)]\nstruct Hello {\n    name: String,\n    times: u32,\n}\n\
         traitwire::protos! { dir = \"protos\", services = [Greeter] }\n",
    );
    let header =
        "// Exported from Rust by traitwire, crate `taken`: change the traits and types there.\n";
    let proto =
        "syntax = \"proto3\"; package hello; message Hello { reserved 1, 5; uint32 times = 4; }";
    krate.write("protos/hello.proto", &format!("{header}{proto}"));
    check(&krate.dir, &["fix"], expect!["exit code 0"]);
    expect![[r##"
        #[derive(traitwire::Message)]
        struct Hello {
            #[proto(6)]
            name: String,
            #[proto(4)]
            times: u32,
        }
        traitwire::protos! { dir = "protos", services = [Greeter] }
    "##]]
    .assert_eq(&krate.source());
    // What can't be read can't be honoured.
    krate.write("src/lib.rs", &krate.source().replace("#[proto(6)]", ""));
    krate.write("protos/hello.proto", &format!("{header}syntax"));
    let before = krate.source();
    check(&krate.dir, &["fix"], expect!["exit code 2"]);
    assert_eq!(krate.source(), before);
}

#[test]
fn what_rustc_says_reaches_the_user() {
    let krate = Krate::new(
        "broken",
        "",
        "traitwire::protos! { dir = \"protos\", services = [Greeter] }\n",
    );
    let output = run(&krate.dir, &["check", "--offline"]);
    assert_eq!(output.status.code(), Some(2));
    let said = stderr(&output);
    assert!(said.contains("src/lib.rs:1:1"), "{said}");
    assert!(
        said.ends_with(
            "error: nobody knows what the code of broken says: it doesn't build, or doesn't run\n"
        ),
        "{said}"
    );
}

/// Here another crate is built, which depends on this one.
#[test]
fn services_are_found_without_protos() {
    let runtime = workspace().join("runtime");
    let krate = Krate::new(
        "clock",
        &format!(
            "[dependencies]\n\
             wire = {{ package = \"traitwire\", path = {:?}, features = [\"health\", \"reflection\"] }}\n\
             [features]\n\
             alarms = []\n\
             [profile.dev]\n\
             debug = \"line-tables-only\"\n\
             [profile.dev.package.\"*\"]\n\
             debug = false\n",
            runtime.display().to_string()
        ),
        CLOCK,
    );
    let lock = fs::read_to_string(workspace().join("Cargo.lock")).expect("there is a lock file");
    krate.write("Cargo.lock", &lock);
    let args = ["list", "--features", "alarms", "--offline"];
    check(
        &krate.dir,
        &args,
        expect![[r#"
        service clock.v1.Clock                    src/lib.rs:12
          Tick     google.protobuf.Empty -> Time  src/lib.rs:14
        message clock.v1.Time                     src/lib.rs:3
          seconds  1: int64                       src/lib.rs:7
          alarm    2: bool                        src/lib.rs:9
        exit code 0"#]],
    );
    assert!(stderr(&run(&krate.dir, &args)).contains("warning: `Hidden` of `clock` isn't public"),);
    check(&krate.dir, &["check", "--offline"], expect!["exit code 2"]);
}

const CLOCK: &str = "\
mod clock {
    use wire::{Message, Status, grpc_service};
    #[derive(Clone, Debug, Default, PartialEq, Message)]
    #[proto(crate = wire)]
    pub struct Time {
        #[proto(1)]
        pub seconds: i64,
        #[proto(2)]
        pub alarm: bool,
    }
    #[cfg(feature = \"alarms\")]
    #[grpc_service(package = \"clock.v1\", crate = wire)]
    pub trait Clock {
        async fn tick(&self) -> Result<Time, Status>;
    }
    #[grpc_service(package = \"clock.v1\", crate = wire)]
    trait Hidden {
        async fn tick(&self) -> Result<Time, Status>;
    }
}
pub mod r#type {
    pub use crate::clock::Clock as Ticking;
}
";

/// The directory of the workspace.
fn workspace() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().expect("it is in a workspace").to_owned()
}

fn greeter() -> PathBuf {
    workspace().join("examples/greeter")
}

/// The committed file of the greeter.
fn committed() -> String {
    let path = workspace().join("protos/helloworld.proto");
    let text = fs::read_to_string(path).expect("it is committed");
    text.replace("\r\n", "\n")
}

/// A directory with another version of the greeter's file.
struct Protos(TempDir);

impl Protos {
    #[track_caller]
    fn with(now: &str, then: &str) -> Self {
        let dir = TempDir::new().expect("a temporary directory");
        let text = committed();
        assert!(text.contains(now), "{text}");
        fs::write(
            dir.path().join("helloworld.proto"),
            text.replacen(now, then, 1),
        )
        .expect("a file");
        Self(dir)
    }

    fn path(&self) -> String {
        self.0.path().display().to_string()
    }
}

/// A crate outside of the workspace. Its directory stays, so that it is built once.
struct Krate {
    dir: PathBuf,
}

impl Krate {
    fn new(name: &str, manifest: &str, source: &str) -> Self {
        let krate = Self {
            dir: Path::new(env!("CARGO_TARGET_TMPDIR")).join(name),
        };
        let package = format!(
            "[package]\nname = {name:?}\nversion = \"0.1.0\"\nedition = \"2024\"\n[workspace]\n"
        );
        krate.write("Cargo.toml", &format!("{package}{manifest}"));
        // What is built for it is shared with the workspace.
        let target = Path::new(env!("CARGO_TARGET_TMPDIR"))
            .parent()
            .expect("it is in the target directory");
        krate.write(
            ".cargo/config.toml",
            &format!("[build]\ntarget-dir = {:?}\n", target.display().to_string()),
        );
        krate.write("src/lib.rs", source);
        krate
    }

    /// Leaves alone what is as it should be, so that nothing is built again.
    fn write(&self, path: &str, text: &str) {
        let path = self.dir.join(path);
        if fs::read_to_string(&path).is_ok_and(|there| there == text) {
            return;
        }
        fs::create_dir_all(path.parent().expect("it is in the crate")).expect("a directory");
        fs::write(path, text).expect("a file");
    }

    fn source(&self) -> String {
        fs::read_to_string(self.dir.join("src/lib.rs")).expect("it is there")
    }
}
