//! Services -> API, where there is no `protos!`: a crate of ours that depends on theirs.

use std::fs;
use std::path::Path;

use cargo_metadata::{Metadata, Package};
use toml::{Table, Value};

use super::api::{self, Api};
use super::selection::cargo;
use super::{Krate, Project, RUNTIME, build};
use crate::failure::Failure;
use crate::terminal::Terminal;

/// Builds and runs a crate that collects the `services` of another one.
pub(super) fn apis(
    project: &Project<'_>,
    krate: &Krate,
    services: &[String],
    terminal: &mut Terminal,
) -> Result<Vec<Api>, Failure> {
    let name = krate.package.name.as_str();
    let metadata = project.selection.metadata_with_dependencies()?;
    let runtime = runtime_of(&metadata, &krate.package)?;
    let (default_features, features) = project.selection.features_of(&krate.package);
    let dependency = Table::from_iter([
        ("package".to_owned(), name.into()),
        ("path".to_owned(), shown(&krate.dir()).into()),
        ("default-features".to_owned(), default_features.into()),
        ("features".to_owned(), features.into()),
    ]);
    let manifest = manifest(
        dependency,
        source_of(runtime),
        build_settings(project.root())?,
    )?;
    let dir = project.scratch().join("probe").join(name);
    write(&dir.join("Cargo.toml"), &manifest)?;
    write(&dir.join("src/main.rs"), &main(name, services))?;
    // The same versions as in the workspace; cargo adds what is missing.
    let lock = project.root().join("Cargo.lock");
    if let Ok(lock) = fs::read_to_string(lock) {
        write(&dir.join("Cargo.lock"), &lock)?;
    }
    let directory = build::directory(project)?;
    let mut command = cargo("run");
    command.arg("--manifest-path").arg(dir.join("Cargo.toml"));
    if project.selection.target_dir().is_none() {
        command
            .arg("--target-dir")
            .arg(&project.metadata.target_directory);
    }
    let export = shown(directory.path());
    build::run(&mut command, project, name, &["--", &export], terminal)?;
    api::read(directory.path(), project.root())
}

/// The runtime that a package uses.
fn runtime_of<'a>(metadata: &'a Metadata, package: &Package) -> Result<&'a Package, Failure> {
    let nodes = metadata.resolve.iter().flat_map(|resolve| &resolve.nodes);
    let mut nodes = nodes.filter(|node| node.id == package.id);
    let direct = nodes.next().and_then(|node| {
        let mut packages = node.dependencies.iter().map(|id| &metadata[id]);
        packages.find(|package| package.name == RUNTIME)
    });
    // It may come through another crate, which passes it on.
    let any = || {
        metadata
            .packages
            .iter()
            .find(|package| package.name == RUNTIME)
    };
    direct.or_else(any).ok_or_else(|| {
        Failure::Input(format!(
            "`{}` has a `#[grpc_service]`, and doesn't depend on {RUNTIME}",
            package.name
        ))
    })
}

/// The same package as a dependency: what has another source would be another crate, with other types.
fn source_of(package: &Package) -> Table {
    let mut table = Table::new();
    table.insert("default-features".to_owned(), false.into());
    let source = package.source.as_ref().map(|source| source.repr.as_str());
    match source {
        None => {
            let dir = package.manifest_path.parent();
            let dir = dir.map_or_else(String::new, |dir| dir.to_string());
            table.insert("path".to_owned(), dir.into());
        }
        Some(source) => match source.strip_prefix("git+") {
            Some(git) => table.extend(git_source(git)),
            None => {
                table.insert("version".to_owned(), format!("={}", package.version).into());
            }
        },
    }
    table
}

/// `https://host/repo?branch=main#hash`, as a dependency says it.
fn git_source(source: &str) -> Table {
    let (source, _) = source.split_once('#').unwrap_or((source, ""));
    let (url, query) = source.split_once('?').unwrap_or((source, ""));
    let mut table = Table::from_iter([("git".to_owned(), Value::from(url))]);
    if let Some((key, value)) = query.split_once('=') {
        table.insert(key.to_owned(), value.into());
    }
    table
}

/// What the workspace says about builds: its `[patch]`, with paths that don't depend on where they are read, and its
/// `[profile]`, without which everything would be built again.
fn build_settings(root: &Path) -> Result<Table, Failure> {
    let path = root.join("Cargo.toml");
    let text = fs::read_to_string(&path).map_err(|error| Failure::io("read", &path, error))?;
    // Cargo has read it, and would have said what is wrong.
    let mut settings = text.parse::<Table>().unwrap_or_default();
    settings.retain(|key, _| ["patch", "profile"].contains(&key));
    let patches = settings.get_mut("patch").and_then(Value::as_table_mut);
    for (_, patches) in patches.into_iter().flatten() {
        for (_, patch) in patches.as_table_mut().into_iter().flatten() {
            if let Some(Value::String(path)) = patch.get_mut("path") {
                *path = shown(&root.join(&*path));
            }
        }
    }
    Ok(settings)
}

fn manifest(krate: Table, runtime: Table, settings: Table) -> Result<String, Failure> {
    let package = Table::from_iter([
        ("name".to_owned(), Value::from("traitwire-probe")),
        ("version".to_owned(), "0.0.0".into()),
        ("edition".to_owned(), "2024".into()),
        ("publish".to_owned(), false.into()),
    ]);
    let dependencies = Table::from_iter([
        (PROBED.to_owned(), Value::Table(krate)),
        (RUNTIME.to_owned(), Value::Table(runtime)),
    ]);
    let mut manifest = Table::from_iter([
        ("package".to_owned(), Value::Table(package)),
        ("dependencies".to_owned(), Value::Table(dependencies)),
        // It belongs to no workspace, wherever it lies.
        ("workspace".to_owned(), Value::Table(Table::new())),
    ]);
    manifest.extend(settings);
    toml::to_string(&manifest)
        .map_err(|error| Failure::Input(format!("can't write a Cargo.toml: {error}")))
}

fn main(crate_name: &str, services: &[String]) -> String {
    let services: Vec<_> = services
        .iter()
        .map(|service| format!("        {PROBED}::{},\n", raw(service)))
        .collect();
    let services = services.concat();
    format!(
        "fn main() {{\n    \
             let directory = std::env::args_os().nth(1).expect(\"a directory\");\n    \
             let services = &[\n{services}    ];\n    \
             {RUNTIME}::__private::export_protos(directory.as_ref(), {crate_name:?}, None, services);\n\
         }}\n"
    )
}

/// A path that may have keywords in it.
fn raw(path: &str) -> String {
    let segment = |segment: &str| match syn::parse_str::<syn::Ident>(segment) {
        Ok(_) => segment.to_owned(),
        Err(_) => format!("r#{segment}"),
    };
    path.split("::").map(segment).collect::<Vec<_>>().join("::")
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}

/// Leaves alone what is as it should be, so that nothing is built again.
fn write(path: &Path, text: &str) -> Result<(), Failure> {
    if fs::read_to_string(path).is_ok_and(|there| there == text) {
        return Ok(());
    }
    if let Some(dir) = path.parent() {
        fs::create_dir_all(dir).map_err(|error| Failure::io("make", dir, error))?;
    }
    fs::write(path, text).map_err(|error| Failure::io("write", path, error))
}

/// What the other crate is called in ours.
const PROBED: &str = "probed";

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;

    #[test]
    fn the_program_names_each_service() {
        expect![[r#"
            fn main() {
                let directory = std::env::args_os().nth(1).expect("a directory");
                let services = &[
                    probed::Greeter,
                    probed::r#type::Clock,
                ];
                traitwire::__private::export_protos(directory.as_ref(), "hello", None, services);
            }
        "#]]
        .assert_eq(&main("hello", &["Greeter".into(), "type::Clock".into()]));
    }

    #[test]
    fn a_repository_stays_the_same() {
        let text = |source| toml::to_string(&git_source(source)).expect("it is a table");
        expect![[r#"
            branch = "main"
            git = "https://example.com/traitwire"
        "#]]
        .assert_eq(&text(
            "https://example.com/traitwire?branch=main#0123456789abcdef",
        ));
        expect![[r#"
            git = "https://example.com/traitwire"
        "#]]
        .assert_eq(&text("https://example.com/traitwire#0123456789abcdef"));
    }

    #[test]
    fn it_is_built_as_the_workspace_is() {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let manifest = "[workspace]\nmembers = [\"a\"]\n\
                        [patch.crates-io]\nserde = { path = \"vendor/serde\" }\nsyn = { git = \"https://example.com\" }\n\
                        [profile.dev]\ndebug = false\n";
        fs::write(dir.path().join("Cargo.toml"), manifest).expect("a file");
        let settings = build_settings(dir.path()).expect("it is readable");
        let settings = toml::to_string(&settings).expect("it is a table");
        expect![[r#"
            [patch.crates-io.serde]
            path = "ROOT/vendor/serde"

            [patch.crates-io.syn]
            git = "https://example.com"

            [profile.dev]
            debug = false
        "#]]
        .assert_eq(&settings.replace(&shown(dir.path()), "ROOT"));
    }
}
