//! Which version of an API is meant.

use std::convert::Infallible;
use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use traitwire_schema::model::File;

use crate::failure::Failure;
use crate::files::{Files, Repository};
use crate::project::{Api, Contract};

/// A version of an API, as it is named on the command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Version {
    /// What the code says.
    Code,
    /// The files where `protos!` has them.
    Committed,
    /// The files as they were in a revision of git, in the directory of `protos!` or another one of the repository.
    Git {
        revision: String,
        dir: Option<String>,
    },
    /// The files in a directory.
    Directory(PathBuf),
}

impl FromStr for Version {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(match text {
            "code" => Self::Code,
            "committed" => Self::Committed,
            text => match text.strip_prefix("git:") {
                None => Self::Directory(PathBuf::from(text)),
                Some(git) => match git.split_once(':') {
                    None => Self::Git {
                        revision: git.to_owned(),
                        dir: None,
                    },
                    Some((revision, dir)) => Self::Git {
                        revision: revision.to_owned(),
                        dir: Some(dir.to_owned()),
                    },
                },
            },
        })
    }
}

impl fmt::Display for Version {
    /// As on the command line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Code => f.write_str("code"),
            Self::Committed => f.write_str("committed"),
            Self::Git {
                revision,
                dir: None,
            } => write!(f, "git:{revision}"),
            Self::Git {
                revision,
                dir: Some(dir),
            } => write!(f, "git:{revision}:{dir}"),
            Self::Directory(dir) => dir.display().fmt(f),
        }
    }
}

impl Version {
    /// As it is called in a sentence.
    pub(crate) fn said(&self) -> String {
        match self {
            Self::Code => "the code".to_owned(),
            Self::Committed => "the committed files".to_owned(),
            Self::Git { .. } | Self::Directory(_) => self.to_string(),
        }
    }

    /// The API of a crate in this version. Who hasn't built the crate has no `code`.
    pub(crate) fn of(&self, contract: &Contract, code: Option<&Api>) -> Result<Vec<File>, Failure> {
        let files = match (self, code) {
            (Self::Code, Some(code)) => return Ok(code.files.clone()),
            // It is asked for when it is needed.
            (Self::Code, None) => return Ok(Vec::new()),
            _ => self.files(contract)?,
        };
        match code {
            Some(code) => files.of_crate(&contract.crate_name, &code.files, &code.imports),
            None => files.of_crate(&contract.crate_name, &[], &Default::default()),
        }
    }

    /// The files of this version, those of other crates included; none for the code.
    pub(crate) fn files(&self, contract: &Contract) -> Result<Files, Failure> {
        match self {
            Self::Code => Ok(Files::default()),
            Self::Committed => Files::of_directory(self.committed(contract)?),
            Self::Git {
                revision,
                dir: None,
            } => Files::of_revision(revision, self.committed(contract)?),
            Self::Git {
                revision,
                dir: Some(dir),
            } => {
                let repository = Repository::around(".".as_ref())?;
                Files::of_revision(revision, &repository.root.join(dir))
            }
            Self::Directory(dir) if dir.is_dir() => {
                let files = Files::of_directory(dir)?;
                // What was never exported has a directory of its own; an empty one is another than was meant.
                if files.texts.is_empty() {
                    let dir = dir.display();
                    return Err(Failure::Input(format!(
                        "there are no .proto files in {dir}"
                    )));
                }
                Ok(files)
            }
            Self::Directory(dir) => Err(Failure::Input(format!(
                "{} is no directory\nhelp: a version is `code`, `committed`, `git:REVISION`, `git:REVISION:DIRECTORY` or a \
                 directory",
                dir.display()
            ))),
        }
    }

    fn committed<'a>(&self, contract: &'a Contract) -> Result<&'a PathBuf, Failure> {
        let name = &contract.crate_name;
        contract.committed.as_ref().ok_or_else(|| {
            Failure::Input(format!(
                "nobody has said where the files of `{name}` are committed\n\
                 help: add `traitwire::protos! {{ dir = \"protos\", services = [MyService] }}` to it, or say what to compare \
                 with: a directory, or `git:main:DIRECTORY`"
            ))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_words_revisions_and_directories() {
        let read = |text: &str| text.parse::<Version>().expect("anything is a version");
        let git = |revision: &str, dir: Option<&str>| Version::Git {
            revision: revision.to_owned(),
            dir: dir.map(str::to_owned),
        };
        assert_eq!(read("code"), Version::Code);
        assert_eq!(read("committed"), Version::Committed);
        assert_eq!(read("git:origin/main"), git("origin/main", None));
        assert_eq!(read("git:v1.2:api/protos"), git("v1.2", Some("api/protos")));
        assert_eq!(read("./code"), Version::Directory("./code".into()));
    }
}
