//! Two versions of an API, side by side.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use super::{Break, Who, rules};
use crate::error::Place;
use crate::model::{
    Enum, EnumValue, Field, File, Message, Method, OneOf, Origin, Reserved, Service, Type,
};
use crate::symbols::join;

/// The old and the new version, and what of them belongs together.
///
/// Types and services belong together by full name, fields and values by number, methods by name. Where a file has stayed and
/// its package was renamed, names are taken for what they are now: that is one break, and not one for each type.
pub(super) struct Change<'a> {
    pub(super) old: &'a Api<'a>,
    pub(super) new: &'a Api<'a>,
    /// Old packages that have another name now, in the same file.
    pub(super) renamed_packages: &'a BTreeMap<&'a str, &'a str>,
    pub(super) files: Vec<(&'a File, Option<&'a File>)>,
    pub(super) services: Vec<Pair<'a, Service>>,
    pub(super) messages: Vec<Pair<'a, Message>>,
    pub(super) enums: Vec<Pair<'a, Enum>>,
    stand_ins: &'a RefCell<StandIns>,
}

/// Something old, and what it is now; `None` if it is gone.
pub(super) type Pair<'a, T> = (&'a In<'a, T>, Option<&'a In<'a, T>>);

impl<'a> Change<'a> {
    /// Compares everything that is exported, and hands the comparison to `use_it`.
    pub(super) fn with<R>(
        old: &'a [File],
        new: &'a [File],
        use_it: impl FnOnce(&Change<'_>) -> R,
    ) -> R {
        let renamed_packages = renamed_packages(old, new);
        let (old, new) = (Api::new(old), Api::new(new));
        let stand_ins = RefCell::default();
        let mut change = Change {
            old: &old,
            new: &new,
            renamed_packages: &renamed_packages,
            files: Vec::new(),
            services: Vec::new(),
            messages: Vec::new(),
            enums: Vec::new(),
            stand_ins: &stand_ins,
        };
        let exported = old.files.values().copied().filter(|file| !file.imported);
        change.files = exported
            .map(|file| (file, new.files.get(&*file.path).copied()))
            .collect();
        change.services = change.pairs(&old.services, &new.services);
        change.messages = change.pairs(&old.messages, &new.messages);
        change.enums = change.pairs(&old.enums, &new.enums);
        use_it(&change)
    }

    fn pairs<T>(
        &self,
        old: &'a BTreeMap<String, In<'a, T>>,
        new: &'a BTreeMap<String, In<'a, T>>,
    ) -> Vec<Pair<'a, T>> {
        old.values()
            .filter(|old| !old.file.imported)
            .map(|old| (old, new.get(&self.name_now(&old.name))))
            .collect()
    }

    /// What the old full name `name` is in the new version, where packages were renamed.
    pub(super) fn name_now(&self, name: &str) -> String {
        let mut renamed = self.renamed_packages.iter().filter_map(|(old, now)| {
            let rest = match *old {
                "" => Some(name),
                old => name.strip_prefix(old)?.strip_prefix('.'),
            };
            let known = self.old.package_of(name) == Some(*old);
            rest.filter(|_| known).map(|rest| join(now, rest))
        });
        renamed.next_back().unwrap_or_else(|| name.to_owned())
    }

    /// Whether two types are the same, under the names that they have now.
    pub(super) fn is_same_type(&self, old: &Type, new: &Type) -> bool {
        match (old, new) {
            (Type::Scalar(old), Type::Scalar(new)) => old == new,
            (Type::Message(old), Type::Message(new)) | (Type::Enum(old), Type::Enum(new)) => {
                self.name_now(old) == *new
            }
            _ => false,
        }
    }

    /// The messages that are in both versions.
    pub(super) fn kept_messages(
        &self,
    ) -> impl Iterator<Item = (&'a In<'a, Message>, &'a In<'a, Message>)> {
        let pairs = self.messages.iter();
        pairs.filter_map(|(old, new)| Some((*old, (*new)?)))
    }

    /// The enums that are in both versions.
    pub(super) fn kept_enums(&self) -> impl Iterator<Item = (&'a In<'a, Enum>, &'a In<'a, Enum>)> {
        let pairs = self.enums.iter();
        pairs.filter_map(|(old, new)| Some((*old, (*new)?)))
    }

    /// The fields of messages that are in both versions.
    pub(super) fn fields(&self) -> Vec<FieldChange<'a>> {
        let mut changes = Vec::new();
        for (old, new) in self.kept_messages() {
            let mut by_number: BTreeMap<u32, FieldIn<'a>> = new
                .fields()
                .map(|field| (field.field.number, field))
                .collect();
            changes.extend(old.fields().map(|field| FieldChange {
                message: new,
                new: by_number.remove(&field.field.number),
                old: field,
            }));
        }
        changes
    }

    /// The fields that have the same number in both versions.
    pub(super) fn kept_fields(&self) -> impl Iterator<Item = (FieldIn<'a>, FieldIn<'a>)> {
        let fields = self.fields().into_iter();
        fields.filter_map(|field| Some((field.old, field.new?)))
    }

    /// The methods of services that are in both versions.
    pub(super) fn methods(&self) -> Vec<MethodChange<'a>> {
        let mut changes = Vec::new();
        for (old, new) in &self.services {
            let (old, Some(new)) = (*old, *new) else {
                continue;
            };
            changes.extend(old.item.methods.iter().map(|method| {
                let mut now = new.item.methods.iter();
                let now = now.find(|now| now.name == method.name);
                MethodChange {
                    service: new,
                    old: MethodIn {
                        service: old,
                        method,
                    },
                    new: now.map(|method| MethodIn {
                        service: new,
                        method,
                    }),
                }
            }));
        }
        changes
    }

    /// The methods that are in both versions.
    pub(super) fn kept_methods(&self) -> impl Iterator<Item = (MethodIn<'a>, MethodIn<'a>)> {
        let methods = self.methods().into_iter();
        methods.filter_map(|method| Some((method.old, method.new?)))
    }

    /// The numbers of enums that are in both versions, each with its names.
    pub(super) fn values(&self) -> Vec<ValueChange<'a>> {
        let mut changes = Vec::new();
        for (old, new) in self.kept_enums() {
            let mut now = new.names_by_number();
            let numbers = old.names_by_number().into_iter();
            changes.extend(numbers.map(|(number, values)| ValueChange {
                item: new,
                before: old,
                old: values,
                new: now.remove(&number).unwrap_or_default(),
            }));
        }
        changes
    }

    /// What messages and enums that are in both versions use, and what they reserve.
    pub(super) fn numbered(&self) -> Vec<NumberedChange<'a>> {
        let messages = self.kept_messages().map(|(old, new)| NumberedChange {
            found: new.found(),
            member: "field",
            old: Use::of(old.item),
            new: Use::of(new.item),
        });
        let enums = self.kept_enums().map(|(old, new)| NumberedChange {
            found: new.found(),
            member: "enum value",
            old: Use::of(old.item),
            new: Use::of(new.item),
        });
        messages.chain(enums).collect()
    }

    /// Whether nothing is exported in the package any more, nor under a name that it was given instead.
    pub(super) fn is_gone(&self, package: &str) -> bool {
        !self.new.packages.contains(package) && !self.renamed_packages.contains_key(package)
    }

    /// What happens when the type `new` stands where `old` stood, which has another name.
    ///
    /// Names of types aren't sent. So the two are compared by the same rules as two versions of one type.
    pub(super) fn stand_in(&self, old: &Type, new: &Type) -> StandIn {
        let (Some(old_name), Some(new_name)) = (old.full_name(), new.full_name()) else {
            return StandIn::NEVER;
        };
        let key = (old_name.to_owned(), new_name.to_owned());
        if let Some(known) = self.stand_ins.borrow().found.get(&key) {
            return *known;
        }
        let mut within = Change {
            files: Vec::new(),
            services: Vec::new(),
            messages: Vec::new(),
            enums: Vec::new(),
            ..*self
        };
        match (old, new) {
            (Type::Message(_), Type::Message(_)) => {
                let Some(pair) = find(self, |api| &api.messages, old_name, new_name) else {
                    return StandIn::NEVER;
                };
                within.messages.push(pair);
            }
            (Type::Enum(_), Type::Enum(_)) => {
                let Some(pair) = find(self, |api| &api.enums, old_name, new_name) else {
                    return StandIn::NEVER;
                };
                within.enums.push(pair);
            }
            _ => return StandIn::NEVER,
        }
        let start = self.stand_ins.borrow_mut().assume(&key);
        let breaks: Vec<Break> = rules::RULES
            .iter()
            .flat_map(|rule| (rule.check)(&within))
            .collect();
        let fits = |who: &[Who]| {
            !breaks
                .iter()
                .any(|found| who.iter().any(|who| found.hurts(*who)))
        };
        let found = StandIn {
            wire: fits(&[Who::WireReaders, Who::WireWriters]),
            json: fits(&[Who::Json]),
        };
        self.stand_ins.borrow_mut().conclude(key, found, start);
        found
    }
}

/// The packages that are gone, and what a file of theirs has instead.
pub(super) fn renamed_packages<'a>(old: &'a [File], new: &'a [File]) -> BTreeMap<&'a str, &'a str> {
    let packages = packages(new);
    let mut renamed = BTreeMap::new();
    for file in old.iter().filter(|file| !file.imported) {
        let same_path = |now: &&File| !now.imported && now.path == file.path;
        if !packages.contains(&*file.package)
            && let Some(now) = new.iter().find(same_path)
        {
            renamed.insert(&*file.package, &*now.package);
        }
    }
    renamed
}

/// The packages that are exported.
fn packages(files: &[File]) -> BTreeSet<&str> {
    let files = files.iter().filter(|file| !file.imported);
    files.map(|file| &*file.package).collect()
}

/// The declarations of two names. Somebody else's are the same in both versions, and may be known to one only.
fn find<'a, T>(
    change: &Change<'a>,
    map: impl Fn(&'a Api<'a>) -> &'a BTreeMap<String, In<'a, T>>,
    old: &str,
    new: &str,
) -> Option<Pair<'a, T>> {
    let get = |first: &'a Api<'a>, second: &'a Api<'a>, name: &str| {
        let imported = || map(second).get(name).filter(|found| found.file.imported);
        map(first).get(name).or_else(imported)
    };
    let old = get(change.old, change.new, old)?;
    Some((old, Some(get(change.new, change.old, new)?)))
}

/// Whether a type can take the place of another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct StandIn {
    pub(super) wire: bool,
    pub(super) json: bool,
}

impl StandIn {
    const NEVER: Self = Self {
        wire: false,
        json: false,
    };
    const ALWAYS: Self = Self {
        wire: true,
        json: true,
    };
}

/// What was found out about messages and enums of different names, by old and new name.
#[derive(Default)]
struct StandIns {
    found: BTreeMap<(String, String), StandIn>,
    /// The names in the order in which it began to be found out.
    order: Vec<(String, String)>,
}

impl StandIns {
    /// A message that leads back to itself is as good as the rest of it. Returns when that was assumed.
    fn assume(&mut self, key: &(String, String)) -> usize {
        self.found.insert(key.clone(), StandIn::ALWAYS);
        self.order.push(key.clone());
        self.order.len()
    }

    /// What was found good meanwhile may be so on the assumption only, and is found out again where that was wrong.
    fn conclude(&mut self, key: (String, String), found: StandIn, start: usize) {
        if found != StandIn::ALWAYS {
            for key in self.order.drain(start..) {
                if self.found.get(&key) != Some(&StandIn::NEVER) {
                    self.found.remove(&key);
                }
            }
        }
        self.found.insert(key, found);
    }
}

/// One version: what there is, by full name.
pub(super) struct Api<'a> {
    pub(super) files: BTreeMap<&'a str, &'a File>,
    /// The packages that are exported.
    packages: BTreeSet<&'a str>,
    pub(super) services: BTreeMap<String, In<'a, Service>>,
    pub(super) messages: BTreeMap<String, In<'a, Message>>,
    pub(super) enums: BTreeMap<String, In<'a, Enum>>,
}

impl<'a> Api<'a> {
    fn new(files: &'a [File]) -> Self {
        let mut api = Self {
            files: files.iter().map(|file| (&*file.path, file)).collect(),
            packages: packages(files),
            services: BTreeMap::new(),
            messages: BTreeMap::new(),
            enums: BTreeMap::new(),
        };
        for file in files {
            for service in &file.services {
                let name = join(&file.package, &service.name);
                insert(&mut api.services, name, file, service);
            }
            for message in &file.messages {
                api.message(file, &file.package, message);
            }
            for item in &file.enums {
                insert(&mut api.enums, join(&file.package, &item.name), file, item);
            }
        }
        api
    }

    fn message(&mut self, file: &'a File, scope: &str, message: &'a Message) {
        let name = join(scope, &message.name);
        for message in &message.messages {
            self.message(file, &name, message);
        }
        for item in &message.enums {
            insert(&mut self.enums, join(&name, &item.name), file, item);
        }
        insert(&mut self.messages, name, file, message);
    }

    /// The package of a type.
    fn package_of(&self, name: &str) -> Option<&'a str> {
        let message = || self.messages.get(name).map(|found| found.file);
        let item = || self.enums.get(name).map(|found| found.file);
        let service = || self.services.get(name).map(|found| found.file);
        let file = message().or_else(item).or_else(service)?;
        Some(&file.package)
    }
}

fn insert<'a, T>(map: &mut BTreeMap<String, In<'a, T>>, name: String, file: &'a File, item: &'a T) {
    map.insert(name.clone(), In { name, file, item });
}

/// Something that is declared in a file.
pub(super) struct In<'a, T> {
    /// The full name.
    pub(super) name: String,
    pub(super) file: &'a File,
    pub(super) item: &'a T,
}

impl<'a, T: Declare> In<'a, T> {
    /// Whether it is declared within a message.
    pub(super) fn is_nested(&self) -> bool {
        self.name != join(&self.file.package, self.item.name())
    }

    pub(super) fn place(&self) -> Place {
        Place {
            kind: T::KIND,
            name: self.name.clone(),
            origin: self.item.origin().cloned(),
        }
    }

    /// A break of the whole declaration.
    pub(super) fn found(&self) -> Break {
        Break::new(self.place(), &self.file.path)
    }

    /// A break of something that was in it.
    pub(super) fn lost(&self, kind: &'static str, name: &str) -> Break {
        self.found_within(kind, name, None)
    }

    /// A break of something in it. What isn't anywhere is where it is itself.
    fn found_within(&self, kind: &'static str, name: &str, origin: Option<&Origin>) -> Break {
        let place = Place {
            kind,
            name: join(&self.name, name),
            origin: origin.or(self.item.origin()).cloned(),
        };
        Break::new(place, &self.file.path)
    }
}

impl<'a> In<'a, Message> {
    /// All fields, those of oneofs included.
    pub(super) fn fields(&'a self) -> impl Iterator<Item = FieldIn<'a>> {
        let oneofs: Vec<&OneOf> = self.item.oneofs().collect();
        let fields = self.item.fields();
        fields.map(move |(field, oneof)| FieldIn {
            message: self,
            field,
            oneof: oneof.map(|index| oneofs[index]),
        })
    }
}

impl<'a> In<'a, Enum> {
    /// The names of each number, in order.
    pub(super) fn names_by_number(&self) -> BTreeMap<i32, Vec<&'a EnumValue>> {
        let mut names: BTreeMap<i32, Vec<&EnumValue>> = BTreeMap::new();
        for value in &self.item.values {
            names.entry(value.number).or_default().push(value);
        }
        names
    }
}

/// What a declaration is.
pub(super) trait Declare {
    const KIND: &'static str;
    fn name(&self) -> &str;
    fn origin(&self) -> Option<&Origin>;
}

impl Declare for Service {
    const KIND: &'static str = "service";
    fn name(&self) -> &str {
        &self.name
    }
    fn origin(&self) -> Option<&Origin> {
        self.origin.as_ref()
    }
}

impl Declare for Message {
    const KIND: &'static str = "message";
    fn name(&self) -> &str {
        &self.name
    }
    fn origin(&self) -> Option<&Origin> {
        self.origin.as_ref()
    }
}

impl Declare for Enum {
    const KIND: &'static str = "enum";
    fn name(&self) -> &str {
        &self.name
    }
    fn origin(&self) -> Option<&Origin> {
        self.origin.as_ref()
    }
}

/// A field or value.
pub(super) struct Used {
    pub(super) number: i32,
    pub(super) name: String,
    pub(super) origin: Option<Origin>,
}

/// What a message or enum uses, and what it reserves.
pub(super) struct Use<'a> {
    pub(super) reserved: &'a Reserved,
    pub(super) used: Vec<Used>,
}

impl<'a> Use<'a> {
    pub(super) fn of(item: &'a impl Numbered) -> Self {
        Self {
            reserved: item.reserved(),
            used: item.used(),
        }
    }

    pub(super) fn uses_number(&self, number: i32) -> bool {
        self.used.iter().any(|used| used.number == number)
    }

    pub(super) fn uses_name(&self, name: &str) -> bool {
        self.used.iter().any(|used| used.name == name)
    }

    pub(super) fn reserves_number(&self, number: i32) -> bool {
        let mut ranges = self.reserved.numbers.iter();
        ranges.any(|range| range.contains(&number))
    }

    pub(super) fn reserves_name(&self, name: &str) -> bool {
        self.reserved.names.iter().any(|reserved| reserved == name)
    }
}

/// What has numbered members and can reserve some.
pub(super) trait Numbered {
    fn reserved(&self) -> &Reserved;
    fn used(&self) -> Vec<Used>;
}

impl Numbered for Message {
    fn reserved(&self) -> &Reserved {
        &self.reserved
    }

    fn used(&self) -> Vec<Used> {
        let fields = self.fields();
        // Numbers of fields end long before those of `i32`.
        fields
            .map(|(field, _)| Used {
                number: field.number as i32,
                name: field.name,
                origin: field.origin,
            })
            .collect()
    }
}

impl Numbered for Enum {
    fn reserved(&self) -> &Reserved {
        &self.reserved
    }

    fn used(&self) -> Vec<Used> {
        let values = self.values.iter();
        values
            .map(|value| Used {
                number: value.number,
                name: value.name.clone(),
                origin: value.origin.clone(),
            })
            .collect()
    }
}

/// A message or enum that is in both versions.
pub(super) struct NumberedChange<'a> {
    /// A break of it.
    pub(super) found: Break,
    /// What it has numbers of.
    pub(super) member: &'static str,
    pub(super) old: Use<'a>,
    pub(super) new: Use<'a>,
}

/// A field, with what is around it.
pub(super) struct FieldIn<'a> {
    pub(super) message: &'a In<'a, Message>,
    pub(super) field: Field,
    pub(super) oneof: Option<&'a OneOf>,
}

impl FieldIn<'_> {
    /// A break of the field.
    pub(super) fn found(&self) -> Break {
        let origin = self.field.origin.as_ref();
        self.message.found_within("field", &self.field.name, origin)
    }
}

/// A field of a message that is in both versions.
pub(super) struct FieldChange<'a> {
    pub(super) old: FieldIn<'a>,
    /// What has its number now.
    pub(super) new: Option<FieldIn<'a>>,
    /// The message now.
    pub(super) message: &'a In<'a, Message>,
}

impl FieldChange<'_> {
    /// What has its name now.
    pub(super) fn namesake(&self) -> Option<FieldIn<'_>> {
        let name = &self.old.field.name;
        self.message
            .fields()
            .find(|field| field.field.name == *name)
    }
}

/// A method, with its service.
pub(super) struct MethodIn<'a> {
    pub(super) service: &'a In<'a, Service>,
    pub(super) method: &'a Method,
}

impl MethodIn<'_> {
    /// A break of the method.
    pub(super) fn found(&self) -> Break {
        let origin = self.method.origin.as_ref();
        self.service
            .found_within("method", &self.method.name, origin)
    }
}

/// A method of a service that is in both versions.
pub(super) struct MethodChange<'a> {
    pub(super) old: MethodIn<'a>,
    pub(super) new: Option<MethodIn<'a>>,
    /// The service now.
    pub(super) service: &'a In<'a, Service>,
}

/// A number of an enum that is in both versions.
pub(super) struct ValueChange<'a> {
    /// The enum before.
    pub(super) before: &'a In<'a, Enum>,
    /// The enum now.
    pub(super) item: &'a In<'a, Enum>,
    /// The names it had; one at least.
    pub(super) old: Vec<&'a EnumValue>,
    /// The names it has now.
    pub(super) new: Vec<&'a EnumValue>,
}

impl<'a> ValueChange<'a> {
    /// The value that has this name now.
    pub(super) fn namesake(&self, name: &str) -> Option<&'a EnumValue> {
        self.item
            .item
            .values
            .iter()
            .find(|value| value.name == name)
    }

    /// A break of one of the values that there are.
    pub(super) fn found(&self, value: &EnumValue) -> Break {
        let origin = value.origin.as_ref();
        self.item.found_within("enum value", &value.name, origin)
    }

    /// A break of one of the values that there were.
    pub(super) fn lost(&self, value: &EnumValue) -> Break {
        self.item.lost("enum value", &value.name)
    }
}
