//! The modules of a crate as they are written: where `protos!` is, and which services are public.

use std::collections::{BTreeSet, VecDeque};
use std::fs;
use std::path::{Path, PathBuf};

use syn::ext::IdentExt as _;
use syn::{Attribute, Expr, ExprLit, Ident, Item, ItemMod, Lit, Meta, UseTree, Visibility};

/// The modules of one target. What isn't there, or doesn't parse, is left out: the compiler will say so.
#[derive(Debug, Default)]
pub(crate) struct Modules {
    /// The first is the crate itself.
    modules: Vec<Module>,
    /// The files, in the order in which they were found.
    pub(crate) files: Vec<PathBuf>,
}

#[derive(Debug, Default)]
struct Module {
    parent: Option<usize>,
    children: Vec<Child>,
    /// The traits that are services: their names, and whether they are public here.
    services: Vec<(String, bool)>,
    /// The public imports.
    imports: Vec<UseTree>,
    protos: Vec<Protos>,
}

#[derive(Debug)]
struct Child {
    name: String,
    is_public: bool,
    module: usize,
}

/// A `protos!`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Protos {
    /// The directory, if it is a string.
    pub(crate) dir: Option<String>,
}

/// The services of a crate, by what can be done with them.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Services {
    /// Paths by which other crates find them, without the crate's name.
    pub(crate) public: Vec<String>,
    /// The names of those that nobody else can reach.
    pub(crate) private: Vec<String>,
}

impl Modules {
    pub(crate) fn read(root: &Path) -> Self {
        let mut modules = Self::default();
        let dir = root.parent().unwrap_or(Path::new(""));
        modules.read_file(root, dir, None);
        modules
    }

    /// All `protos!`.
    pub(crate) fn protos(&self) -> impl Iterator<Item = &Protos> {
        self.modules.iter().flat_map(|module| &module.protos)
    }

    /// The services, each with the shortest path.
    pub(crate) fn services(&self) -> Services {
        let mut reached: BTreeSet<(usize, String)> = BTreeSet::new();
        let mut seen = BTreeSet::new();
        let mut public = Vec::new();
        let mut queue = VecDeque::from([(0, Vec::<String>::new())]);
        while let Some((at, path)) = queue.pop_front() {
            let Some(module) = self.modules.get(at).filter(|_| seen.insert(at)) else {
                continue;
            };
            let mut found = |module: usize, service: &str, name: &str| {
                if reached.insert((module, service.to_owned())) {
                    public.push([&path[..], &[name.to_owned()]].concat().join("::"));
                }
            };
            for (service, _) in module.services.iter().filter(|(_, is_public)| *is_public) {
                found(at, service, service);
            }
            let mut more = Vec::new();
            for child in module.children.iter().filter(|child| child.is_public) {
                more.push((child.module, child.name.clone()));
            }
            let mut globs = Vec::new();
            for import in &module.imports {
                self.resolve(at, import, &mut |target| match target {
                    Import::Module(module, name) => more.push((module, name)),
                    Import::Service(module, service, name) => found(module, &service, &name),
                    Import::All(module) => globs.push(module),
                });
            }
            queue.extend(globs.into_iter().map(|module| (module, path.clone())));
            queue.extend(
                more.into_iter()
                    .map(|(module, name)| (module, [&path[..], &[name]].concat())),
            );
        }
        let all = self.modules.iter().enumerate().flat_map(|(at, module)| {
            let services = module.services.iter();
            services.map(move |(service, _)| (at, service.clone()))
        });
        let private = all
            .filter(|service| !reached.contains(service))
            .map(|(_, name)| name);
        Services {
            private: private.collect(),
            public,
        }
    }

    /// Finds what a public import in the module `at` makes public.
    fn resolve(&self, at: usize, tree: &UseTree, found: &mut dyn FnMut(Import)) {
        match tree {
            UseTree::Path(path) => {
                let name = path.ident.unraw().to_string();
                let next = match name.as_str() {
                    "crate" => Some(0),
                    "self" => Some(at),
                    "super" => self.modules[at].parent,
                    name => self.child(at, name),
                };
                if let Some(next) = next {
                    self.resolve(next, &path.tree, found);
                }
            }
            UseTree::Group(group) => {
                for tree in &group.items {
                    self.resolve(at, tree, found);
                }
            }
            UseTree::Glob(_) => found(Import::All(at)),
            UseTree::Name(name) => self.resolve_name(at, &name.ident, &name.ident, found),
            UseTree::Rename(name) => self.resolve_name(at, &name.ident, &name.rename, found),
        }
    }

    fn resolve_name(&self, at: usize, ident: &Ident, alias: &Ident, found: &mut dyn FnMut(Import)) {
        let (name, alias) = (ident.unraw().to_string(), alias.unraw().to_string());
        if let Some(module) = self.child(at, &name) {
            found(Import::Module(module, alias.clone()));
        }
        let services = &self.modules[at].services;
        if services.iter().any(|(service, _)| *service == name) {
            found(Import::Service(at, name, alias));
        }
    }

    fn child(&self, at: usize, name: &str) -> Option<usize> {
        let children = &self.modules[at].children;
        let child = children.iter().find(|child| child.name == name);
        child.map(|child| child.module)
    }

    /// Reads a file, whose modules are in files below `dir`.
    fn read_file(&mut self, file: &Path, dir: &Path, parent: Option<usize>) -> Option<usize> {
        // A file that is its own module would never end.
        if self.files.iter().any(|known| known == file) {
            return None;
        }
        let text = fs::read_to_string(file).ok()?;
        self.files.push(file.to_owned());
        let syntax = syn::parse_file(&text).ok()?;
        let beside = file.parent().unwrap_or(Path::new(""));
        Some(self.read_items(&syntax.items, dir, beside, parent))
    }

    /// Reads a module. Those in other files are below `dir`, or where their `#[path]` leads to from `beside`.
    fn read_items(
        &mut self,
        items: &[Item],
        dir: &Path,
        beside: &Path,
        parent: Option<usize>,
    ) -> usize {
        let at = self.modules.len();
        self.modules.push(Module {
            parent,
            ..Module::default()
        });
        for item in items {
            match item {
                Item::Mod(item) => {
                    if let Some(module) = self.read_module(item, dir, beside, at) {
                        self.modules[at].children.push(Child {
                            name: item.ident.unraw().to_string(),
                            is_public: is_public(&item.vis),
                            module,
                        });
                    }
                }
                Item::Trait(item) if item.attrs.iter().any(is_grpc_service) => {
                    let service = (item.ident.unraw().to_string(), is_public(&item.vis));
                    self.modules[at].services.push(service);
                }
                Item::Use(item) if is_public(&item.vis) => {
                    self.modules[at].imports.push(item.tree.clone());
                }
                Item::Macro(item) if ends_with(&item.mac.path, "protos") => {
                    let dir = directory(&item.mac.tokens.to_string());
                    self.modules[at].protos.push(Protos { dir });
                }
                _ => {}
            }
        }
        at
    }

    fn read_module(
        &mut self,
        item: &ItemMod,
        dir: &Path,
        beside: &Path,
        parent: usize,
    ) -> Option<usize> {
        let name = item.ident.unraw().to_string();
        let below = dir.join(&name);
        let path = item.attrs.iter().find_map(path_attribute);
        if let Some((_, items)) = &item.content {
            let below = path.map_or(below, |path| beside.join(path));
            return Some(self.read_items(items, &below, &below, Some(parent)));
        }
        if let Some(path) = path {
            let file = beside.join(path);
            let dir = file.parent().unwrap_or(Path::new("")).to_owned();
            return self.read_file(&file, &dir, Some(parent));
        }
        let file = dir.join(format!("{name}.rs"));
        let file = if file.is_file() {
            file
        } else {
            below.join("mod.rs")
        };
        self.read_file(&file, &below, Some(parent))
    }
}

/// What an import leads to, and the name that it gets.
enum Import {
    Module(usize, String),
    /// The module of the service, its name there, and the new one.
    Service(usize, String, String),
    /// All that is public in the module.
    All(usize),
}

fn is_public(vis: &Visibility) -> bool {
    matches!(vis, Visibility::Public(_))
}

fn is_grpc_service(attr: &Attribute) -> bool {
    ends_with(attr.path(), "grpc_service")
}

fn ends_with(path: &syn::Path, name: &str) -> bool {
    path.segments.last().is_some_and(|last| last.ident == name)
}

/// `x` of `#[path = "x"]`.
fn path_attribute(attr: &Attribute) -> Option<String> {
    match &attr.meta {
        Meta::NameValue(meta) if meta.path.is_ident("path") => string(&meta.value),
        _ => None,
    }
}

fn string(expr: &Expr) -> Option<String> {
    match expr {
        Expr::Lit(ExprLit {
            lit: Lit::Str(text),
            ..
        }) => Some(text.value()),
        _ => None,
    }
}

/// `../protos` of `dir = "../protos", services = […]`.
fn directory(tokens: &str) -> Option<String> {
    let rest = tokens
        .trim_start()
        .strip_prefix("dir")?
        .trim_start()
        .strip_prefix('=')?;
    let (dir, _) = rest.split_once("services")?;
    let dir = dir.trim().trim_end_matches(',');
    string(&syn::parse_str(dir).ok()?)
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    /// Reads files, of which the first is the root, and shows what is found.
    #[track_caller]
    fn check(files: &[(&str, &str)], expect: Expect) {
        let dir = tempfile::tempdir().expect("a temporary directory");
        for (path, text) in files {
            let path = dir.path().join(path);
            fs::create_dir_all(path.parent().expect("a directory")).expect("a directory");
            fs::write(path, text).expect("a file");
        }
        let modules = Modules::read(&dir.path().join(files[0].0));
        let Services { public, private } = modules.services();
        let mut lines = vec![
            format!("public: {}", public.join(", ")),
            format!("private: {}", private.join(", ")),
        ];
        for protos in modules.protos() {
            lines.push(format!("protos: {}", protos.dir.as_deref().unwrap_or("?")));
        }
        expect.assert_eq(&lines.join("\n"));
    }

    #[test]
    fn services_are_found_by_their_attribute() {
        check(
            &[(
                "lib.rs",
                "#[grpc_service] pub trait A {} #[traitwire::grpc_service(package = \"b\")] pub trait B {} pub trait C {}",
            )],
            expect![[r#"
                public: A, B
                private: "#]],
        );
    }

    #[test]
    fn modules_are_followed_into_files() {
        check(
            &[
                (
                    "src/lib.rs",
                    "pub mod one; pub mod two; pub mod three { pub mod four; } #[path = \"elsewhere.rs\"] pub mod five; mod missing;",
                ),
                (
                    "src/one.rs",
                    "pub mod inner; #[grpc_service] pub trait One {}",
                ),
                ("src/one/inner.rs", "#[grpc_service] pub trait Inner {}"),
                ("src/two/mod.rs", "pub mod inner;"),
                ("src/two/inner.rs", "#[grpc_service] pub trait Inner {}"),
                ("src/three/four.rs", "#[grpc_service] pub trait Four {}"),
                ("src/elsewhere.rs", "#[grpc_service] pub trait Five {}"),
            ],
            expect![[r#"
                public: one::One, five::Five, one::inner::Inner, two::inner::Inner, three::four::Four
                private: "#]],
        );
    }

    #[test]
    fn what_is_exported_again_has_that_path() {
        check(
            &[(
                "lib.rs",
                "mod a { #[grpc_service] pub trait A {} #[grpc_service] pub trait B {} #[grpc_service] pub trait C {} }
                 mod d { pub mod e { #[grpc_service] pub trait E {} } #[grpc_service] trait Hidden {} }
                 mod f { pub use super::d::*; #[grpc_service] pub trait F {} }
                 pub use a::{A, B as Bee};
                 pub use self::f as eff;
                 pub use other::thing;",
            )],
            expect![[r#"
                public: A, Bee, eff::F, eff::e::E
                private: C, Hidden"#]],
        );
    }

    #[test]
    fn modules_that_include_each_other_end() {
        check(
            &[(
                "lib.rs",
                "pub mod a { pub use super::b; pub use super::*; } pub mod b { pub use crate::a::*; } #[path = \"lib.rs\"] mod c;",
            )],
            expect![[r#"
                public: 
                private: "#]],
        );
    }

    #[test]
    fn protos_are_found_wherever_they_stand() {
        check(
            &[(
                "lib.rs",
                "traitwire::protos! { dir = \"../protos\", services = [A] }
                 #[cfg(test)] mod tests { protos!(dir = concat!(\"a\", \"b\"), services = [crate::A]); }",
            )],
            expect![[r#"
                public: 
                private: 
                protos: ../protos
                protos: ?"#]],
        );
    }

    #[test]
    fn what_does_not_parse_is_left_out() {
        check(
            &[
                ("lib.rs", "mod broken; #[grpc_service] pub trait A {}"),
                ("broken.rs", "struct {"),
            ],
            expect![[r#"
                public: A
                private: "#]],
        );
    }
}
