//! Which packages are meant, chosen as cargo does.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use cargo_metadata::{Metadata, MetadataCommand, Package};
use clap::Args;

use crate::args::Color;
use crate::failure::Failure;

/// The packages and their features, in cargo's own words.
#[derive(Args, Debug, Default)]
#[command(next_help_heading = "Packages and features, as for cargo build")]
pub(crate) struct Selection {
    /// A package; can be given several times [default: that of the current directory]
    #[arg(long, short, value_name = "SPEC")]
    package: Vec<String>,
    /// All packages of the workspace
    #[arg(long, alias = "all")]
    workspace: bool,
    /// With --workspace, all but this package; can be given several times
    #[arg(long, value_name = "SPEC", requires = "workspace")]
    exclude: Vec<String>,
    /// Cargo.toml of the package or workspace
    #[arg(long, value_name = "PATH")]
    manifest_path: Option<PathBuf>,
    /// Features to switch on, separated by commas or spaces
    #[arg(long, short = 'F', value_name = "FEATURES")]
    features: Vec<String>,
    /// Switch on all features
    #[arg(long)]
    all_features: bool,
    /// Leave the `default` feature off
    #[arg(long)]
    no_default_features: bool,
    /// Where cargo puts what it builds
    #[arg(long, value_name = "DIR")]
    target_dir: Option<PathBuf>,
    /// Refuse to change Cargo.lock
    #[arg(long)]
    locked: bool,
    /// Don't use the network
    #[arg(long)]
    offline: bool,
    /// As --locked and --offline
    #[arg(long)]
    frozen: bool,
}

impl Selection {
    /// Whether the user has said which packages are meant.
    pub(super) fn is_explicit(&self) -> bool {
        !self.package.is_empty()
    }

    /// What cargo knows of the workspace, without looking at dependencies.
    pub(super) fn metadata(&self) -> Result<Metadata, Failure> {
        run(self.metadata_command().no_deps())
    }

    /// What cargo knows of the workspace and everything that it needs.
    pub(super) fn metadata_with_dependencies(&self) -> Result<Metadata, Failure> {
        run(&mut self.metadata_command())
    }

    fn metadata_command(&self) -> MetadataCommand {
        let mut command = MetadataCommand::new();
        command.cargo_path(cargo_path());
        if let Some(path) = &self.manifest_path {
            command.manifest_path(path);
        }
        command.other_options(self.lock_flags().map(str::to_owned).collect::<Vec<_>>());
        command
    }

    /// The packages that are meant, sorted by name.
    pub(super) fn packages(&self, metadata: &Metadata) -> Result<Vec<Package>, Failure> {
        let members = metadata.workspace_packages();
        let mut packages: Vec<Package> = Vec::new();
        if !self.package.is_empty() {
            for spec in &self.package {
                packages.push(find(&members, spec)?.clone());
            }
        } else if self.workspace {
            for spec in &self.exclude {
                find(&members, spec)?;
            }
            let is_excluded =
                |package: &Package| self.exclude.iter().any(|spec| is_meant(package, spec));
            let rest = members.into_iter().filter(|package| !is_excluded(package));
            packages.extend(rest.cloned());
        } else {
            let manifest = self.located_manifest()?;
            let here = members
                .iter()
                .find(|package| package.manifest_path.as_std_path() == manifest);
            match here {
                Some(here) if here.manifest_path.parent() != Some(&metadata.workspace_root) => {
                    packages.push((*here).clone());
                }
                _ => packages.extend(metadata.workspace_default_packages().into_iter().cloned()),
            }
        }
        packages.sort_by(|a, b| a.name.cmp(&b.name));
        packages.dedup_by(|a, b| a.id == b.id);
        Ok(packages)
    }

    /// The Cargo.toml that cargo takes in the current directory.
    fn located_manifest(&self) -> Result<PathBuf, Failure> {
        let mut command = cargo("locate-project");
        command.args(["--message-format", "plain"]);
        if let Some(path) = &self.manifest_path {
            command.arg("--manifest-path").arg(path);
        }
        let output = command
            .stdin(Stdio::null())
            .output()
            .map_err(Failure::no_cargo)?;
        let path = String::from_utf8_lossy(&output.stdout);
        Ok(PathBuf::from(path.trim_end()))
    }

    /// The features, for a command of cargo that knows the packages.
    pub(super) fn feature_flags(&self) -> Vec<OsString> {
        let mut flags = Vec::new();
        for features in &self.features {
            flags.extend(["--features".into(), features.into()]);
        }
        if self.all_features {
            flags.push("--all-features".into());
        }
        if self.no_default_features {
            flags.push("--no-default-features".into());
        }
        flags
    }

    /// The features of `package`, for a dependency on it: whether the default ones, and which others.
    pub(super) fn features_of(&self, package: &Package) -> (bool, Vec<String>) {
        let named = self.features.iter();
        let named = named.flat_map(|features| features.split([',', ' ']).map(str::to_owned));
        let known = |feature: &String| package.features.contains_key(feature);
        let features = if self.all_features {
            package.features.keys().cloned().collect()
        } else {
            named.filter(known).collect()
        };
        (!self.no_default_features, features)
    }

    /// Where cargo builds, and what it may change for that.
    pub(super) fn build_flags(&self) -> Vec<OsString> {
        let mut flags: Vec<OsString> = self.lock_flags().map(OsString::from).collect();
        if let Some(dir) = &self.target_dir {
            flags.extend(["--target-dir".into(), dir.into()]);
        }
        flags
    }

    /// `--locked` and its kin.
    fn lock_flags(&self) -> impl Iterator<Item = &'static str> {
        let flags = [
            (self.locked, "--locked"),
            (self.offline, "--offline"),
            (self.frozen, "--frozen"),
        ];
        flags
            .into_iter()
            .filter_map(|(wanted, flag)| wanted.then_some(flag))
    }

    pub(super) fn target_dir(&self) -> Option<&PathBuf> {
        self.target_dir.as_ref()
    }
}

fn run(command: &mut MetadataCommand) -> Result<Metadata, Failure> {
    command.exec().map_err(|error| {
        Failure::Input(match error {
            // It begins with `error: ` itself.
            cargo_metadata::Error::CargoMetadata { stderr } => {
                let text = stderr.trim();
                text.strip_prefix("error: ").unwrap_or(text).to_owned()
            }
            error => format!("cargo can't tell which packages there are: {error}"),
        })
    })
}

fn find<'a>(members: &[&'a Package], spec: &str) -> Result<&'a Package, Failure> {
    let found = members.iter().find(|package| is_meant(package, spec));
    found.copied().ok_or_else(|| {
        let names: Vec<_> = members
            .iter()
            .map(|package| package.name.as_str())
            .collect();
        Failure::Input(format!(
            "there is no package `{spec}` in this workspace\nhelp: its packages are {}",
            names.join(", ")
        ))
    })
}

/// Whether a package is `spec`: `greeter`, `greeter@1.2.0`, or its id.
fn is_meant(package: &Package, spec: &str) -> bool {
    let name = package.name.as_str();
    spec == name || spec == package.id.repr || spec == format!("{name}@{}", package.version)
}

/// The cargo that has started us, or the one in the path.
pub(super) fn cargo(subcommand: &str) -> Command {
    let mut command = Command::new(cargo_path());
    command.arg(subcommand);
    command
}

fn cargo_path() -> OsString {
    std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into())
}

/// What cargo is to know of our own `--color`.
pub(super) fn color_flag(color: Color) -> &'static str {
    match color {
        Color::Auto => "--color=auto",
        Color::Always => "--color=always",
        Color::Never => "--color=never",
    }
}
