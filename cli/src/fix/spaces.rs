//! Syntax -> number spaces: what has a number in each, what hasn't, and where it would go.

use std::collections::HashMap;
use std::ops::RangeInclusive;

use syn::punctuated::Punctuated;
use syn::spanned::Spanned as _;
use syn::visit::{self, Visit};
use syn::{
    Attribute, Fields, FnArg, GenericArgument, ItemEnum, ItemStruct, ItemTrait, ItemUse, Meta, Pat,
    PatType, Path, PathArguments, Token, TraitItem, TraitItemFn, Type, UseTree, Variant,
};
use traitwire_schema::names;

use super::options::{First, Inside, Options, integer, metas};
use super::source::Source;

/// Numbers that belong together: those of a message, a oneof or an enum.
#[derive(Debug)]
pub(super) struct Space {
    pub(super) kind: Kind,
    /// The name in protobuf, without what is around it; of a oneof, the Rust type.
    pub(super) name: String,
    pub(super) package: Option<String>,
    pub(super) taken: Vec<i64>,
    pub(super) reserved: Vec<RangeInclusive<i64>>,
    /// The Rust types of the oneofs that it has in fields.
    pub(super) one_ofs: Vec<String>,
    pub(super) missing: Vec<Missing>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Message,
    OneOf,
    Enum,
}

/// Something without a number.
#[derive(Debug)]
pub(super) struct Missing {
    /// The name in protobuf.
    pub(super) name: String,
    /// Whether nothing stands before it.
    pub(super) is_first: bool,
    pub(super) slot: Slot,
}

/// Where a number would go, with what is around it.
#[derive(Clone, Debug)]
pub(super) struct Slot {
    /// The index of the file.
    pub(super) file: usize,
    pub(super) offset: usize,
    before: &'static str,
    after: String,
}

impl Slot {
    pub(super) fn text(&self, number: i64) -> String {
        let Self { before, after, .. } = self;
        format!("{before}{number}{after}")
    }
}

/// Reads the file with the index `file`. Traitwire is called one of `names` in it.
pub(super) fn read(source: &Source, file: usize, names: &[String]) -> syn::Result<Vec<Space>> {
    let syntax = syn::parse_file(source.rust())?;
    let mut imports = Imports {
        names,
        by_alias: HashMap::new(),
    };
    imports.visit_file(&syntax);
    let mut reader = Reader {
        source,
        file,
        imports,
        spaces: Vec::new(),
    };
    reader.visit_file(&syntax);
    Ok(reader.spaces)
}

/// Where the names in a file come from.
struct Imports<'a> {
    names: &'a [String],
    /// The crate and the name there, by the name here.
    by_alias: HashMap<String, (String, String)>,
}

impl Imports<'_> {
    /// The name of one of our macros, if it can be that.
    fn resolve(&self, path: &Path) -> Option<String> {
        let segments: Vec<String> = path
            .segments
            .iter()
            .map(|segment| segment.ident.to_string())
            .collect();
        let (root, name) = match &segments[..] {
            [] => return None,
            [name] => match self.by_alias.get(name) {
                Some(import) => import.clone(),
                // It comes with a `*`, or from a macro.
                None => return Some(name.clone()),
            },
            [root, .., name] => (root.clone(), name.clone()),
        };
        let is_here = ["crate", "self", "super"].contains(&&*root);
        (is_here || self.names.contains(&root)).then_some(name)
    }

    fn add(&mut self, root: Option<&str>, tree: &UseTree) {
        let mut add = |root: Option<&str>, name: String, alias: String| {
            let root = root.unwrap_or(&name).to_owned();
            self.by_alias.insert(alias, (root, name));
        };
        match tree {
            UseTree::Path(path) => {
                let ident = path.ident.to_string();
                self.add(Some(root.unwrap_or(&ident)), &path.tree);
            }
            UseTree::Name(name) => add(root, name.ident.to_string(), name.ident.to_string()),
            UseTree::Rename(name) => add(root, name.ident.to_string(), name.rename.to_string()),
            UseTree::Group(group) => group.items.iter().for_each(|tree| self.add(root, tree)),
            UseTree::Glob(_) => {}
        }
    }
}

impl<'ast> Visit<'ast> for Imports<'_> {
    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        self.add(None, &item.tree);
    }
}

/// Collects the spaces of a file.
struct Reader<'a> {
    source: &'a Source,
    file: usize,
    imports: Imports<'a>,
    spaces: Vec<Space>,
}

impl<'ast> Visit<'ast> for Reader<'_> {
    fn visit_item_struct(&mut self, item: &'ast ItemStruct) {
        if self.derives(&item.attrs, "Message")
            && let Fields::Named(fields) = &item.fields
            && !item.fields.iter().any(|field| has_prost(&field.attrs))
        {
            let name = item.ident.to_string();
            let members = fields.named.iter().map(Member::of_field).collect();
            let options = Options::read(&item.attrs, "proto");
            self.message(names::type_name(&name), &options, members);
        }
        visit::visit_item_struct(self, item);
    }

    fn visit_item_enum(&mut self, item: &'ast ItemEnum) {
        if item
            .variants
            .iter()
            .any(|variant| has_prost(&variant.attrs))
        {
            return;
        }
        if self.derives(&item.attrs, "OneOf") {
            self.one_of(item);
        } else if self.derives(&item.attrs, "Enumeration") {
            self.enumeration(item);
        } else if self.derives(&item.attrs, "GrpcError") {
            for variant in &item.variants {
                self.detail(variant);
            }
        }
        visit::visit_item_enum(self, item);
    }

    fn visit_item_trait(&mut self, item: &'ast ItemTrait) {
        let is_ours =
            |attr: &Attribute| self.imports.resolve(attr.path()).as_deref() == Some("grpc_service");
        if item.attrs.iter().any(is_ours) {
            for method in &item.items {
                if let TraitItem::Fn(method) = method {
                    self.arguments(method);
                }
            }
        }
        visit::visit_item_trait(self, item);
    }
}

impl Reader<'_> {
    fn derives(&self, attrs: &[Attribute], name: &str) -> bool {
        let mut metas = attrs.iter().flat_map(metas);
        metas.any(|meta| match meta {
            Meta::List(list) if list.path.is_ident("derive") => {
                let paths = list.parse_args_with(Punctuated::<Path, Token![,]>::parse_terminated);
                let mut paths = paths.into_iter().flatten();
                paths.any(|path| self.imports.resolve(&path).as_deref() == Some(name))
            }
            _ => false,
        })
    }

    fn message(&mut self, name: String, options: &Options, members: Vec<Member>) {
        let mut space = Space::new(Kind::Message, name, options);
        for member in &members {
            if member.options.has("oneof") {
                space.one_ofs.extend(member.one_of.clone());
            }
        }
        self.add(space, members);
    }

    fn one_of(&mut self, item: &ItemEnum) {
        let options = Options::read(&item.attrs, "proto");
        let space = Space {
            name: item.ident.to_string(),
            ..Space::new(Kind::OneOf, String::new(), &options)
        };
        let member = |variant| Member::of_variant(variant, |ident| names::field(ident));
        self.add(space, item.variants.iter().map(member).collect());
    }

    fn enumeration(&mut self, item: &ItemEnum) {
        let options = Options::read(&item.attrs, "proto");
        let name = names::type_name(&item.ident.to_string());
        let space = Space::new(Kind::Enum, name, &options);
        let enum_name = space.name.clone();
        let member =
            |variant| Member::of_variant(variant, |ident| names::enum_value(&enum_name, ident));
        self.add(space, item.variants.iter().map(member).collect());
    }

    /// The message of an error's details.
    fn detail(&mut self, variant: &Variant) {
        if let Fields::Named(fields) = &variant.fields {
            let members = fields.named.iter().map(Member::of_field).collect();
            let options = Options::read(&variant.attrs, "grpc");
            if !options.has("other") {
                self.message(
                    names::type_name(&variant.ident.to_string()),
                    &options,
                    members,
                );
            }
        }
    }

    /// The message of several arguments, or of one that is a field.
    fn arguments(&mut self, method: &TraitItemFn) {
        let arguments = method.sig.inputs.iter();
        let mut arguments: Vec<&PatType> = arguments
            .filter_map(|argument| match argument {
                FnArg::Typed(argument) => Some(argument),
                FnArg::Receiver(_) => None,
            })
            .collect();
        if arguments
            .last()
            .is_some_and(|last| is_named(&last.ty, "Context"))
        {
            arguments.pop();
        }
        let members: Vec<Member> = arguments.iter().map(|it| Member::of_argument(it)).collect();
        let is_message = match &members[..] {
            [] => true,
            // A single one that isn't told to be a field is the message, or has the only number.
            [only] => !only.options.is_there,
            _ => false,
        };
        if is_message || arguments.iter().any(|it| is_named(&it.ty, "Streaming")) {
            return;
        }
        let options = Options::read(&method.attrs, "rpc");
        let wire_name = options.name.clone();
        let wire_name = wire_name.unwrap_or_else(|| names::method(&method.sig.ident.to_string()));
        let request = options.request.clone();
        // What `name` says is the method's.
        let space = Space {
            name: request.unwrap_or_else(|| format!("{wire_name}Request")),
            ..Space::new(Kind::Message, String::new(), &options)
        };
        self.add(space, members);
    }

    fn add(&mut self, mut space: Space, members: Vec<Member>) {
        let style = Style::of(&members, self.source);
        for (index, member) in members.iter().enumerate() {
            let options = &member.options;
            if NOT_FIELDS.iter().any(|flag| options.has(flag)) {
                continue;
            }
            match options.number.or(member.discriminant) {
                Some(number) => space.taken.push(number),
                None if options.has_number || member.has_discriminant => {}
                None => space
                    .missing
                    .extend(self.slot(member, style).map(|slot| Missing {
                        name: member.name.clone(),
                        is_first: index == 0,
                        slot,
                    })),
            }
        }
        self.spaces.push(space);
    }

    /// Where the number of a member goes; nowhere, if its attribute is switched by a `cfg`.
    fn slot(&self, member: &Member, style: Style) -> Option<Slot> {
        let slot = |offset: usize, before, after: &str| Slot {
            file: self.file,
            offset: self.source.start + offset,
            before,
            after: after.to_owned(),
        };
        if let Some(First { inside, .. }) = &member.options.first {
            return Some(match inside {
                Inside::Bare(at) => slot(*at, "(", ")"),
                Inside::Empty(at) => slot(*at, "", ""),
                Inside::Full(at, false) => slot(*at, "", ", "),
                Inside::Full(at, true) => slot(*at, "", ","),
            });
        }
        if member.options.is_there {
            return None;
        }
        if style == Style::Discriminant {
            return Some(slot(member.end, " = ", ""));
        }
        let start = self.source.start + member.start;
        let before = self.source.line_before(start);
        let is_alone = !before.is_empty() && before.trim().is_empty();
        Some(
            if style == Style::OwnLine && is_alone && !member.is_argument {
                let line = format!(")]{}{before}", self.source.line_end(start));
                slot(member.start, "#[proto(", &line)
            } else {
                slot(member.start, "#[proto(", ")] ")
            },
        )
    }
}

/// What has no number: a oneof, whose variants have some, what other numbers become, and fields that aren't known.
const NOT_FIELDS: &[&str] = &["oneof", "other", "unknown"];

impl Space {
    fn new(kind: Kind, name: String, options: &Options) -> Self {
        Self {
            kind,
            name: options.name.clone().unwrap_or(name),
            package: options.package.clone(),
            taken: Vec::new(),
            reserved: options.reserved.clone(),
            one_ofs: Vec::new(),
            missing: Vec::new(),
        }
    }
}

/// A field, variant or argument.
struct Member {
    /// The name in protobuf.
    name: String,
    options: Options,
    /// The Rust type of the oneof that it would be.
    one_of: Option<String>,
    /// Of a variant, what stands behind its `=`.
    discriminant: Option<i64>,
    has_discriminant: bool,
    is_argument: bool,
    /// Where it begins, behind its attributes, in bytes of what was parsed.
    start: usize,
    /// Where the name ends.
    end: usize,
}

impl Member {
    fn of_field(field: &syn::Field) -> Self {
        let ident = field.ident.as_ref();
        let span = ident.map_or_else(|| field.span(), |ident| ident.span());
        let start = match &field.vis {
            syn::Visibility::Inherited => span,
            vis => vis.span(),
        };
        let options = Options::read(&field.attrs, "proto");
        let ident = ident.map_or_else(String::new, ToString::to_string);
        Self {
            name: options.name.clone().unwrap_or_else(|| names::field(&ident)),
            one_of: innermost(&field.ty),
            discriminant: None,
            has_discriminant: false,
            is_argument: false,
            start: start.byte_range().start,
            end: span.byte_range().end,
            options,
        }
    }

    fn of_variant(variant: &Variant, name: impl Fn(&str) -> String) -> Self {
        let options = Options::read(&variant.attrs, "proto");
        let range = variant.ident.span().byte_range();
        let discriminant = variant.discriminant.as_ref();
        Self {
            name: options
                .name
                .clone()
                .unwrap_or_else(|| name(&variant.ident.to_string())),
            one_of: None,
            discriminant: discriminant.and_then(|(_, expr)| integer(expr)),
            has_discriminant: discriminant.is_some(),
            is_argument: false,
            start: range.start,
            end: range.end,
            options,
        }
    }

    fn of_argument(argument: &PatType) -> Self {
        let options = Options::read(&argument.attrs, "proto");
        let ident = match &*argument.pat {
            Pat::Ident(pat) => pat.ident.to_string(),
            _ => String::new(),
        };
        let range = argument.pat.span().byte_range();
        Self {
            name: options.name.clone().unwrap_or_else(|| names::field(&ident)),
            one_of: innermost(&argument.ty),
            discriminant: None,
            has_discriminant: false,
            is_argument: true,
            start: range.start,
            end: range.end,
            options,
        }
    }
}

/// How numbers are written beside the missing ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Style {
    /// `#[proto(1)]` above what has it, as rustfmt wants it.
    OwnLine,
    /// `#[proto(1)] latitude: i32`
    SameLine,
    /// `Web = 1`
    Discriminant,
}

impl Style {
    fn of(members: &[Member], source: &Source) -> Self {
        let numbered = |member: &&Member| member.options.number.is_some();
        if let Some(member) = members.iter().find(numbered)
            && let Some(first) = &member.options.first
        {
            let between = source.rust().get(first.end..member.start);
            return match between.is_some_and(|between| between.contains('\n')) {
                true => Self::OwnLine,
                false => Self::SameLine,
            };
        }
        if members.iter().any(|member| member.has_discriminant) {
            return Self::Discriminant;
        }
        Self::OwnLine
    }
}

/// `Kind` of `Option<Box<my::Kind>>`.
fn innermost(ty: &Type) -> Option<String> {
    let Type::Path(path) = ty else { return None };
    let last = path.path.segments.last()?;
    if let PathArguments::AngleBracketed(arguments) = &last.arguments {
        for argument in &arguments.args {
            if let GenericArgument::Type(ty) = argument {
                return innermost(ty);
            }
        }
    }
    Some(last.ident.to_string())
}

fn is_named(ty: &Type, name: &str) -> bool {
    match ty {
        Type::Path(path) => path
            .path
            .segments
            .last()
            .is_some_and(|last| last.ident == name),
        _ => false,
    }
}

/// Whether it is a message of prost, which has numbers of its own.
fn has_prost(attrs: &[Attribute]) -> bool {
    attrs.iter().any(|attr| attr.path().is_ident("prost"))
}
