//! The crates that are meant, and what their code says.
//!
//! ```text
//! selection    which packages, as cargo chooses
//! modules      what their sources have: `protos!`, services
//! build        `protos!` -> API: its test writes what it would check
//! probe        services -> API, where there is no `protos!`: a crate that depends on theirs
//! api          what was written, read back
//! ```

mod api;
mod build;
mod modules;
mod probe;
mod selection;

use std::path::{Path, PathBuf};

use cargo_metadata::{Metadata, Package, TargetKind};

use crate::failure::Failure;
use crate::terminal::Terminal;

pub(crate) use api::{Api, Contract};
pub(crate) use selection::Selection;

use modules::{Modules, Services};

/// A workspace, and the packages in it that are meant.
pub(crate) struct Project<'a> {
    selection: &'a Selection,
    metadata: Metadata,
    krates: Vec<Krate>,
}

/// A package that is meant.
struct Krate {
    package: Package,
    /// Its targets, each with its modules.
    targets: Vec<(TargetKind, String, Modules)>,
}

impl<'a> Project<'a> {
    pub(crate) fn load(selection: &'a Selection) -> Result<Self, Failure> {
        let metadata = selection.metadata()?;
        let packages = selection.packages(&metadata)?;
        Ok(Self {
            selection,
            krates: packages.into_iter().map(Krate::read).collect(),
            metadata,
        })
    }

    /// Where the paths in the code's locations start.
    pub(crate) fn root(&self) -> &Path {
        self.metadata.workspace_root.as_std_path()
    }

    /// What `protos!` says about where files are committed, as far as that can be seen without building anything.
    pub(crate) fn contracts(&self) -> Vec<Contract> {
        let contracts = self.krates.iter().flat_map(|krate| {
            let dir = |dir: &String| krate.dir().join(dir);
            krate.protos().map(move |protos| Contract {
                crate_name: krate.package.name.to_string(),
                committed: protos.dir.as_ref().map(dir),
            })
        });
        contracts.collect()
    }

    /// Builds the crates to learn what their code says. There is at least one API.
    pub(crate) fn apis(&self, terminal: &mut Terminal) -> Result<Vec<Api>, Failure> {
        let has_protos = |krate: &&Krate| krate.protos().next().is_some();
        let (tested, others): (Vec<&Krate>, Vec<&Krate>) = self.krates.iter().partition(has_protos);
        let mut apis = Vec::new();
        if !tested.is_empty() {
            apis.extend(build::apis(self, &tested, terminal)?);
        }
        for krate in others {
            let Services { public, private } = krate.services();
            let name = &krate.package.name;
            if !public.is_empty() {
                apis.extend(probe::apis(self, krate, &public, terminal)?);
                for service in private {
                    terminal.warning(format_args!(
                        "`{service}` of `{name}` isn't public, so it isn't seen from outside\n\
                         help: name it in a `traitwire::protos!` of the crate"
                    ));
                }
            } else if !private.is_empty() {
                return Err(Failure::Input(format!(
                    "the services of `{name}` can't be reached from other crates: {}\n\
                     help: make them public in a library, or name them in the crate: \
                     `traitwire::protos! {{ dir = \"protos\", services = [{}] }}`",
                    private.join(", "),
                    private.join(", ")
                )));
            } else if self.selection.is_explicit() {
                return Err(Failure::Input(format!(
                    "there is no `#[grpc_service]` in `{name}`"
                )));
            }
        }
        if apis.is_empty() {
            let names: Vec<_> = self
                .krates
                .iter()
                .map(|krate| format!("`{}`", krate.package.name))
                .collect();
            return Err(Failure::Input(format!(
                "there is no `#[grpc_service]` in {}\nhelp: choose a package with -p, or all with --workspace",
                names.join(", ")
            )));
        }
        Ok(apis)
    }

    /// The Rust files of the packages, each with the name of its package, sorted: all of `src`, and the modules of all
    /// targets.
    pub(crate) fn rust_files(&self) -> Result<Vec<(String, Vec<PathBuf>)>, Failure> {
        let mut all = Vec::new();
        for krate in &self.krates {
            let mut files: Vec<PathBuf> = Vec::new();
            find_rust(&krate.dir().join("src"), &mut files)?;
            for (_, _, modules) in &krate.targets {
                files.extend(modules.files.iter().cloned());
            }
            files.sort();
            files.dedup();
            all.push((krate.package.name.to_string(), files));
        }
        Ok(all)
    }

    /// What traitwire is called in the packages that are meant.
    pub(crate) fn runtime_names(&self) -> Vec<String> {
        let dependencies = self.krates.iter().flat_map(|krate| {
            let dependencies = krate.package.dependencies.iter();
            dependencies.filter(|dependency| dependency.name == RUNTIME)
        });
        let renamed = dependencies.filter_map(|dependency| dependency.rename.clone());
        renamed
            .map(|name| name.replace('-', "_"))
            .chain([RUNTIME.to_owned()])
            .collect()
    }

    /// A directory for what we build ourselves.
    fn scratch(&self) -> PathBuf {
        let target = self.selection.target_dir().cloned();
        let target =
            target.unwrap_or_else(|| self.metadata.target_directory.clone().into_std_path_buf());
        target.join("traitwire")
    }
}

/// The package with the macros.
const RUNTIME: &str = "traitwire";

impl Krate {
    fn read(package: Package) -> Self {
        let targets = package.targets.iter().filter_map(|target| {
            let kind = match target.kind.first()? {
                TargetKind::Bin => TargetKind::Bin,
                TargetKind::Test => TargetKind::Test,
                TargetKind::Bench | TargetKind::CustomBuild | TargetKind::Example => return None,
                _ => TargetKind::Lib,
            };
            let modules = Modules::read(target.src_path.as_std_path());
            Some((kind, target.name.clone(), modules))
        });
        Self {
            targets: targets.collect(),
            package,
        }
    }

    fn dir(&self) -> PathBuf {
        let manifest = self.package.manifest_path.as_std_path();
        manifest.parent().unwrap_or(Path::new("")).to_owned()
    }

    fn protos(&self) -> impl Iterator<Item = &modules::Protos> {
        let targets = self.targets.iter();
        targets.flat_map(|(_, _, modules)| modules.protos())
    }

    /// The services of the library; those of binaries are out of reach.
    fn services(&self) -> Services {
        // Our own services are those of files that everybody has.
        if self.package.name == RUNTIME {
            return Services::default();
        }
        let mut services = Services::default();
        for (kind, _, modules) in &self.targets {
            let found = modules.services();
            match kind {
                TargetKind::Lib => {
                    services.public.extend(found.public);
                    services.private.extend(found.private);
                }
                TargetKind::Bin => services
                    .private
                    .extend(found.public.into_iter().chain(found.private)),
                // What tests have is theirs.
                _ => {}
            }
        }
        services
    }
}

fn find_rust(dir: &Path, found: &mut Vec<PathBuf>) -> Result<(), Failure> {
    if !dir.is_dir() {
        return Ok(());
    }
    let failure = |error| Failure::io("read", dir, error);
    for entry in std::fs::read_dir(dir).map_err(failure)? {
        let entry = entry.map_err(failure)?;
        let path = entry.path();
        if entry.file_type().map_err(failure)?.is_dir() {
            find_rust(&path, found)?;
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    Ok(())
}
