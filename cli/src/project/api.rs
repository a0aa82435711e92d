//! What a crate's code says, as `protos!` or a probe has written it.
//!
//! `runtime/src/protos/export.rs` says what there is in which file.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use traitwire_schema::for_each_origin;
use traitwire_schema::model::{File, Origin};
use traitwire_schema::parse;

use crate::failure::Failure;
use crate::files::Files;

/// Whose API it is, and where it is committed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Contract {
    pub(crate) crate_name: String,
    /// The directory that a `protos!` names; there may be none.
    pub(crate) committed: Option<PathBuf>,
}

/// What the code of a crate says.
#[derive(Clone, Debug)]
pub(crate) struct Api {
    pub(crate) contract: Contract,
    /// The files, and those that they import, as imported ones.
    pub(crate) files: Vec<File>,
    /// The texts of imported files.
    pub(crate) imports: BTreeMap<String, String>,
}

/// Reads what was exported into `directory`. Paths of Rust files are seen from `root`, as far as they are in it.
pub(super) fn read(directory: &Path, root: &Path) -> Result<Vec<Api>, Failure> {
    let mut apis = Vec::new();
    loop {
        let own = directory.join(apis.len().to_string());
        if !own.is_dir() {
            break;
        }
        apis.push(read_one(&own, root)?);
    }
    apis.sort_by(|a: &Api, b: &Api| {
        let key = |api: &Api| {
            (
                api.contract.crate_name.clone(),
                api.contract.committed.clone(),
            )
        };
        key(a).cmp(&key(b))
    });
    Ok(apis)
}

fn read_one(own: &Path, root: &Path) -> Result<Api, Failure> {
    if let Ok(errors) = fs::read_to_string(own.join("error")) {
        return Err(Failure::Input(format!(
            "the services can't be exported\n\n{errors}"
        )));
    }
    let about = own.join("about");
    let text = fs::read_to_string(&about).map_err(|error| Failure::io("read", &about, error))?;
    let about = About::read(&text).ok_or_else(|| {
        Failure::Input(
            "the crate's traitwire and this command don't understand each other: they are of different versions".to_owned(),
        )
    })?;
    let texts = Files::of_directory(&own.join("protos"))?.texts;
    let imports = Files::of_directory(&own.join("imports"))?.texts;
    let both: Vec<(&str, &str)> = texts
        .iter()
        .chain(&imports)
        .map(|(path, text)| (&**path, &**text))
        .collect();
    let files = parse::files(&both).map_err(|errors| Failure::Input(errors.to_string()))?;
    let mut files: Vec<File> = files
        .into_iter()
        .map(|file| File {
            imported: !texts.contains_key(&file.path),
            // It is put there again when the file is written.
            header: String::new(),
            ..file
        })
        .collect();
    for_each_origin(&mut files, &mut |name, origin| {
        *origin = about.origins.get(name).map(|found| Origin {
            location: seen_from(root, &found.location),
            ..found.clone()
        });
    });
    Ok(Api {
        contract: about.contract,
        files,
        imports,
    })
}

/// What the file `about` says.
struct About {
    contract: Contract,
    origins: BTreeMap<String, Origin>,
}

impl About {
    /// Returns `None` when it is of another format.
    fn read(text: &str) -> Option<Self> {
        let mut about = Self {
            contract: Contract {
                crate_name: String::new(),
                committed: None,
            },
            origins: BTreeMap::new(),
        };
        let mut lines = text.lines();
        if lines.next()? != "format\t1" {
            return None;
        }
        for line in lines {
            match line.split('\t').collect::<Vec<_>>()[..] {
                ["crate", name] => name.clone_into(&mut about.contract.crate_name),
                ["committed", dir] => about.contract.committed = Some(PathBuf::from(dir)),
                ["origin", name, rust_name, location] => {
                    let rust_name = (!rust_name.is_empty()).then(|| rust_name.to_owned());
                    let location = location.to_owned();
                    let origin = Origin {
                        rust_name,
                        location,
                    };
                    about.origins.insert(name.to_owned(), origin);
                }
                _ => return None,
            }
        }
        Some(about)
    }
}

/// A location without the root, where it is in it.
fn seen_from(root: &Path, location: &str) -> String {
    match Path::new(location).strip_prefix(root) {
        Ok(inside) => inside.display().to_string(),
        Err(_) => location.to_owned(),
    }
}
