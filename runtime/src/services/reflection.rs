//! What a server serves, for programs that have no `.proto` file: `grpc.reflection.v1.ServerReflection`, and `v1alpha`,
//! which older programs ask. `grpcurl`, `buf curl` and Postman call methods by it.
//!
//! ```
//! use traitwire::services::reflection::v1::{
//!     MessageRequest, MessageResponse, ServerReflectionClient, ServerReflectionRequest,
//! };
//! use traitwire::{Server, Streaming};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> traitwire::Result<()> {
//! let server = Server::new().reflection().start("127.0.0.1:0").await?;
//!
//! let client = ServerReflectionClient::connect(server.local_addr()).await?;
//! let request = ServerReflectionRequest {
//!     message_request: Some(MessageRequest::ListServices(String::new())),
//!     ..ServerReflectionRequest::default()
//! };
//! let mut answers = client.server_reflection_info(Streaming::from_iter([request])).await?;
//! match answers.message().await?.and_then(|answer| answer.message_response) {
//!     Some(MessageResponse::ListServicesResponse(list)) => assert_eq!(list.service.len(), 2),
//!     other => panic!("{other:?}"),
//! }
//! # Ok(()) }
//! ```
//!
//! What the service answers is written down in gRPC's [`doc/server-reflection.md`][doc]. Where that is silent, it is what
//! grpc-go answers.
//!
//! [doc]: https://github.com/grpc/grpc/blob/master/doc/server-reflection.md

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use prost::DecodeError;
use tokio::sync::watch;

use super::descriptor_set::{self, DescribedFile};
use crate::schema::{Schema, ServiceDescriptor, SymbolKind};
use crate::{Code, Message, OneOf, Server, Status, Streaming, grpc_service};

/// The messages and the service, which are the same in both versions but for the package.
macro_rules! version {
    ($package:literal) => {
        use super::*;

        /// Tells what a server serves.
        #[grpc_service(package = $package, crate = crate)]
        pub trait ServerReflection {
            /// Answers each question in turn. What goes wrong with one is its answer, and the stream goes on.
            async fn server_reflection_info(
                &self,
                requests: Streaming<ServerReflectionRequest>,
            ) -> Result<Streaming<ServerReflectionResponse>, Status>;
        }

        /// A question.
        #[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Message)]
        #[proto(package = $package, crate = crate)]
        pub struct ServerReflectionRequest {
            /// The host that is asked about, which servers send back as it is.
            #[proto(1)]
            pub host: String,
            /// What is asked.
            #[proto(oneof)]
            pub message_request: Option<MessageRequest>,
        }

        /// What is asked.
        #[derive(Clone, Debug, PartialEq, Eq, Hash, OneOf)]
        #[proto(crate = crate)]
        pub enum MessageRequest {
            /// The file of this path.
            #[proto(3)]
            FileByFilename(String),
            /// The file that declares what has this full name, as in `routeguide.RouteGuide.GetFeature`.
            #[proto(4)]
            FileContainingSymbol(String),
            /// The file that declares this extension.
            #[proto(5)]
            FileContainingExtension(ExtensionRequest),
            /// The numbers of all extensions of the message that has this full name.
            #[proto(6)]
            AllExtensionNumbersOfType(String),
            /// All services; the text is of no meaning.
            #[proto(7)]
            ListServices(String),
        }

        /// An extension.
        #[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Message)]
        #[proto(package = $package, crate = crate)]
        pub struct ExtensionRequest {
            /// The full name of the message that it extends.
            #[proto(1)]
            pub containing_type: String,
            /// Its number.
            #[proto(2)]
            pub extension_number: i32,
        }

        /// An answer.
        #[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Message)]
        #[proto(package = $package, crate = crate)]
        pub struct ServerReflectionResponse {
            /// The host of the question.
            #[proto(1)]
            pub valid_host: String,
            /// The question.
            #[proto(2)]
            pub original_request: Option<ServerReflectionRequest>,
            /// What is answered.
            #[proto(oneof)]
            pub message_response: Option<MessageResponse>,
        }

        /// What is answered.
        #[derive(Clone, Debug, PartialEq, Eq, Hash, OneOf)]
        #[proto(crate = crate)]
        pub enum MessageResponse {
            /// A file and those that it imports, but for those that this stream has had already.
            #[proto(4)]
            FileDescriptorResponse(FileDescriptorResponse),
            /// The numbers of extensions.
            #[proto(5)]
            AllExtensionNumbersResponse(ExtensionNumberResponse),
            /// The services.
            #[proto(6)]
            ListServicesResponse(ListServiceResponse),
            /// Why there is no answer.
            #[proto(7)]
            ErrorResponse(ErrorResponse),
        }

        /// Files.
        #[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Message)]
        #[proto(package = $package, crate = crate)]
        pub struct FileDescriptorResponse {
            /// Each is an encoded `google.protobuf.FileDescriptorProto`; the one that was asked for is the first.
            #[proto(1)]
            pub file_descriptor_proto: Vec<Bytes>,
        }

        /// The extensions of a message.
        #[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Message)]
        #[proto(package = $package, crate = crate)]
        pub struct ExtensionNumberResponse {
            /// The full name of the message.
            #[proto(1)]
            pub base_type_name: String,
            /// The numbers, in no order.
            #[proto(2)]
            pub extension_number: Vec<i32>,
        }

        /// All services.
        #[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Message)]
        #[proto(package = $package, crate = crate)]
        pub struct ListServiceResponse {
            /// Each of them.
            #[proto(1)]
            pub service: Vec<ServiceResponse>,
        }

        /// A service.
        #[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Message)]
        #[proto(package = $package, crate = crate)]
        pub struct ServiceResponse {
            /// Its full name.
            #[proto(1)]
            pub name: String,
        }

        /// Why there is no answer.
        #[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Message)]
        #[proto(package = $package, crate = crate)]
        pub struct ErrorResponse {
            /// The number of a [`Code`].
            #[proto(1)]
            pub error_code: i32,
            /// For a developer, in English.
            #[proto(2)]
            pub error_message: String,
        }

        impl ServerReflection for Reflection {
            async fn server_reflection_info(
                &self,
                mut requests: Streaming<ServerReflectionRequest>,
            ) -> Result<Streaming<ServerReflectionResponse>, Status> {
                let reflection = self.clone();
                Ok(Streaming::generate(|out| async move {
                    let mut ended = reflection.ended.subscribe();
                    let mut client = Client::default();
                    loop {
                        let request = tokio::select! {
                            biased;
                            request = requests.message() => request?,
                            _ = ended.wait_for(|ended| *ended) => None,
                        };
                        let Some(request) = request else {
                            return Ok(());
                        };
                        let answer = client.answer(&reflection, question(&request));
                        out.send(ServerReflectionResponse {
                            valid_host: request.host.clone(),
                            original_request: Some(request),
                            message_response: Some(response(answer)),
                        })
                        .await?;
                    }
                }))
            }
        }

        fn question(request: &ServerReflectionRequest) -> Option<Question<'_>> {
            Some(match request.message_request.as_ref()? {
                MessageRequest::FileByFilename(path) => Question::File { path },
                MessageRequest::FileContainingSymbol(name) => Question::Symbol { name },
                MessageRequest::FileContainingExtension(extension) => Question::Extension {
                    of: &extension.containing_type,
                },
                MessageRequest::AllExtensionNumbersOfType(of) => Question::Extensions { of },
                MessageRequest::ListServices(_) => Question::Services,
            })
        }

        fn response(answer: Result<Answer, Failure>) -> MessageResponse {
            match answer {
                Ok(Answer::Files(files)) => {
                    MessageResponse::FileDescriptorResponse(FileDescriptorResponse {
                        file_descriptor_proto: files,
                    })
                }
                Ok(Answer::NoExtension { of }) => {
                    MessageResponse::AllExtensionNumbersResponse(ExtensionNumberResponse {
                        base_type_name: of,
                        extension_number: Vec::new(),
                    })
                }
                Ok(Answer::Services(names)) => {
                    let service = names.into_iter().map(|name| ServiceResponse { name });
                    MessageResponse::ListServicesResponse(ListServiceResponse {
                        service: service.collect(),
                    })
                }
                Err(Failure { code, message }) => MessageResponse::ErrorResponse(ErrorResponse {
                    error_code: code.number().into(),
                    error_message: message,
                }),
            }
        }
    };
}

/// `grpc.reflection.v1`.
pub mod v1 {
    version!("grpc.reflection.v1");
}

/// `grpc.reflection.v1alpha`, for programs that don't know `v1` yet.
pub mod v1alpha {
    version!("grpc.reflection.v1alpha");
}

/// Tells what services look like: both versions of `ServerReflection`. Cheap to clone: all clones know the same.
///
/// [`Server::reflection`] adds it to a server. Elsewhere, each version's `ServerReflectionServer::new` serves it.
#[derive(Clone)]
pub struct Reflection {
    known: Arc<Mutex<Known>>,
    /// A server that shuts down waits for its calls.
    ended: Arc<watch::Sender<bool>>,
}

impl Reflection {
    /// Of these services: the constants that `#[grpc_service]` makes for traits, under their names. Nothing is described
    /// before somebody asks.
    ///
    /// ```
    /// # use traitwire::{Status, grpc_service};
    /// use traitwire::services::reflection::{Reflection, v1};
    ///
    /// #[grpc_service(package = "lights.v1")]
    /// trait Lights {
    ///     async fn light(&self) -> Result<(), Status>;
    /// }
    ///
    /// let reflection = v1::ServerReflectionServer::new(Reflection::new([Lights]));
    /// # let _ = reflection;
    /// ```
    pub fn new(services: impl IntoIterator<Item = &'static ServiceDescriptor>) -> Self {
        let known = Known {
            services: services.into_iter().collect(),
            described: Vec::new(),
            index: None,
        };
        Self {
            known: Arc::new(Mutex::new(known)),
            ended: Arc::default(),
        }
    }

    /// Adds the files of an encoded `google.protobuf.FileDescriptorSet`, as `prost-build` writes it to its
    /// `file_descriptor_set_path`: for those that declare messages of [`prost_message!`](crate::prost_message), whose fields
    /// nobody here knows otherwise, and for options and comments of files that are imported.
    ///
    /// ```no_run
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use traitwire::Server;
    /// use traitwire::services::reflection::Reflection;
    ///
    /// # let set = Vec::<u8>::new();
    /// // let set = include_bytes!(concat!(env!("OUT_DIR"), "/descriptors.bin"));
    /// let reflection = Reflection::new([]).describe(set)?;
    /// let server = Server::new().reflection_with(reflection);
    /// # let _ = server;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// If the bytes are no such set.
    pub fn describe(self, descriptor_set: impl Into<Bytes>) -> Result<Self, DecodeError> {
        let files = descriptor_set::read(descriptor_set.into())?;
        let mut known = self.lock();
        known.described.extend(files);
        known.index = None;
        drop(known);
        Ok(self)
    }

    /// A server of these services takes calls from now on.
    fn started(&self, services: &[&'static ServiceDescriptor]) {
        let mut known = self.lock();
        for &service in services {
            let name = service.full_name();
            // It may be a clone of a server that has started before.
            if !known.services.iter().any(|known| known.full_name() == name) {
                known.services.push(service);
            }
        }
        known.index = None;
        self.ended.send_replace(false);
    }

    fn index(&self) -> Arc<Index> {
        let mut known = self.lock();
        let Known {
            services,
            described,
            index,
        } = &mut *known;
        Arc::clone(index.get_or_insert_with(|| Arc::new(Index::new(services, described))))
    }

    fn lock(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Reflection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let known = self.lock();
        let services = known.services.iter().map(|service| service.full_name());
        f.debug_tuple("Reflection")
            .field(&services.collect::<Vec<_>>())
            .finish()
    }
}

impl<R, L> Server<R, L> {
    /// Serves [`v1::ServerReflection`] and [`v1alpha::ServerReflection`] as well, which tell what this server serves, with all
    /// doc comments: its services, those that are added later included, these two included, and every message that these
    /// lead to.
    ///
    /// Whoever can call the server can read it.
    #[must_use]
    pub fn reflection(self) -> Server<WithReflection<R>, L> {
        self.reflection_with(Reflection::new([]))
    }

    /// As [`reflection`](Self::reflection), with what `reflection` knows already: other services, and
    /// [files](Reflection::describe) that somebody else has described.
    #[must_use]
    pub fn reflection_with(self, reflection: Reflection) -> Server<WithReflection<R>, L> {
        let hook = reflection.clone();
        self.on_start(move |start| {
            hook.started(start.services());
            let ended = Arc::clone(&hook.ended);
            start.on_shutdown(move || _ = ended.send_replace(true));
        })
        .add(v1::ServerReflectionServer::new(reflection.clone()))
        .add(v1alpha::ServerReflectionServer::new(reflection))
    }
}

/// Services, and reflection in both versions.
pub type WithReflection<R> = (
    (R, v1::ServerReflectionServer<Reflection>),
    v1alpha::ServerReflectionServer<Reflection>,
);

/// What may be asked about.
struct Known {
    services: Vec<&'static ServiceDescriptor>,
    described: Vec<DescribedFile>,
    /// Made when somebody asks.
    index: Option<Arc<Index>>,
}

/// A question, whichever version it is in.
enum Question<'a> {
    File { path: &'a str },
    Symbol { name: &'a str },
    Extension { of: &'a str },
    Extensions { of: &'a str },
    Services,
}

/// Its answer.
enum Answer {
    Files(Vec<Bytes>),
    /// Ours have no extensions: they are of proto3.
    NoExtension {
        of: String,
    },
    Services(Vec<String>),
}

/// What goes wrong with a question.
struct Failure {
    code: Code,
    message: String,
}

/// Who asks on one stream.
#[derive(Default)]
struct Client {
    index: Option<Arc<Index>>,
    /// By file: whether it was sent.
    sent: Vec<bool>,
}

impl Client {
    fn answer(
        &mut self,
        reflection: &Reflection,
        question: Option<Question<'_>>,
    ) -> Result<Answer, Failure> {
        let index = &*self.index.get_or_insert_with(|| reflection.index());
        self.sent.resize(index.files.len(), false);
        let file = match question {
            Some(Question::File { path }) => index.by_path.get(path).copied(),
            Some(Question::Symbol { name }) => index.symbols.get(name).map(|symbol| symbol.file),
            Some(Question::Extension { .. }) => None,
            Some(Question::Extensions { of }) => {
                return match index.symbols.get(of) {
                    Some(symbol) if symbol.is_message => {
                        Ok(Answer::NoExtension { of: of.to_owned() })
                    }
                    _ => Err(index.not_found("there is no such message")),
                };
            }
            Some(Question::Services) => return Ok(Answer::Services(index.services.clone())),
            None => {
                return Err(Failure {
                    code: Code::InvalidArgument,
                    message: "nothing was asked: message_request is not set, or not known here"
                        .to_owned(),
                });
            }
        };
        if let Some(file) = file {
            return Ok(Answer::Files(index.files_from(file, &mut self.sent)));
        }
        Err(index.not_found(match question {
            Some(Question::File { .. }) => "there is no such file",
            Some(Question::Extension { of }) if !index.is_message(of) => "there is no such message",
            Some(Question::Extension { .. }) => "there is no such extension",
            _ => "there is no such symbol",
        }))
    }
}

/// All that can be answered.
struct Index {
    /// The full names of the services, sorted.
    services: Vec<String>,
    files: Vec<File>,
    by_path: HashMap<String, usize>,
    /// By full name.
    symbols: HashMap<String, Symbol>,
    /// Why some services can't be described.
    broken: String,
}

struct File {
    /// A `google.protobuf.FileDescriptorProto`.
    proto: Bytes,
    /// The files that it imports, and those that these do.
    imports: Vec<usize>,
}

struct Symbol {
    file: usize,
    is_message: bool,
}

impl Index {
    fn new(services: &[&'static ServiceDescriptor], described: &[DescribedFile]) -> Self {
        let mut names: Vec<_> = services.iter().map(|service| service.full_name()).collect();
        names.sort_unstable();
        let mut index = Self {
            services: names,
            files: Vec::new(),
            by_path: HashMap::new(),
            symbols: HashMap::new(),
            broken: String::new(),
        };
        index.add_described(described);
        if let Ok(schema) = Schema::collect(services) {
            index.add(&schema);
            return index;
        }
        // Crates that don't know each other may not make one API: a message that names no package is used by services of two,
        // for one. Each package has its own view of it then, as on the wire.
        let mut packages: Vec<_> = services.iter().map(|service| service.package).collect();
        packages.sort_unstable();
        packages.dedup();
        for package in packages {
            let services = services.iter().filter(|service| service.package == package);
            match Schema::collect(&services.copied().collect::<Vec<_>>()) {
                Ok(schema) => index.add(&schema),
                Err(errors) => index.broken += &format!("\n\n{errors}"),
            }
        }
        index
    }

    /// Adds the files that somebody else has described, where services only import them.
    fn add_described(&mut self, described: &[DescribedFile]) {
        let first = self.files.len();
        for (index, file) in described.iter().enumerate() {
            self.by_path
                .entry(file.path.clone())
                .or_insert(first + index);
            for (name, is_message) in &file.symbols {
                let symbol = Symbol {
                    file: first + index,
                    is_message: *is_message,
                };
                self.symbols.entry(name.clone()).or_insert(symbol);
            }
        }
        let imports = |file: &DescribedFile| -> Vec<usize> {
            let known = file
                .imports
                .iter()
                .filter_map(|path| self.by_path.get(path));
            known.copied().collect()
        };
        let direct: Vec<_> = described.iter().map(imports).collect();
        for (index, file) in described.iter().enumerate() {
            // The set is whatever somebody gave us, so that there may be circles.
            let mut all = direct[index].clone();
            let mut seen = 0;
            while let Some(import) = all.get(seen) {
                let more = direct[import - first]
                    .iter()
                    .filter(|more| !all.contains(more));
                let more: Vec<_> = more.copied().collect();
                all.extend(more);
                seen += 1;
            }
            self.files.push(File {
                proto: file.proto.clone(),
                imports: all,
            });
        }
    }

    /// Adds what isn't known yet.
    fn add(&mut self, schema: &Schema) {
        // By path, in this schema, which may have other files of the same paths.
        let mut files = HashMap::new();
        for (path, proto) in schema.file_descriptors() {
            let file = schema.files().iter().find(|file| file.path == path);
            if file.is_some_and(|file| file.imported)
                && let Some(described) = self.by_path.get(path)
            {
                files.insert(path, *described);
                continue;
            }
            let imports = file.map(|file| schema.imports(file)).unwrap_or_default();
            // Each file comes after those that it imports.
            let mut all: Vec<usize> = Vec::new();
            for import in imports.iter().filter_map(|import| files.get(import)) {
                all.push(*import);
                all.extend(&self.files[*import].imports);
            }
            all.sort_unstable();
            all.dedup();
            let file = self.file(path, proto, all);
            files.insert(path, file);
        }
        for declaration in schema.declarations() {
            let Some(file) = files.get(declaration.path) else {
                continue;
            };
            let symbol = Symbol {
                file: *file,
                is_message: declaration.kind == SymbolKind::Message,
            };
            self.symbols.entry(declaration.full_name).or_insert(symbol);
        }
    }

    fn file(&mut self, path: &str, proto: Vec<u8>, imports: Vec<usize>) -> usize {
        if let Some(same) = self.by_path.get(path)
            && self.files[*same].proto == proto
        {
            return *same;
        }
        let file = self.files.len();
        self.by_path.entry(path.to_owned()).or_insert(file);
        self.files.push(File {
            proto: proto.into(),
            imports,
        });
        file
    }

    /// A file, and all that it needs which wasn't sent.
    fn files_from(&self, file: usize, sent: &mut [bool]) -> Vec<Bytes> {
        sent[file] = true;
        let mut protos = vec![self.files[file].proto.clone()];
        for &import in &self.files[file].imports {
            if !std::mem::replace(&mut sent[import], true) {
                protos.push(self.files[import].proto.clone());
            }
        }
        protos
    }

    fn is_message(&self, name: &str) -> bool {
        self.symbols
            .get(name)
            .is_some_and(|symbol| symbol.is_message)
    }

    #[cold]
    fn not_found(&self, what: &str) -> Failure {
        let message = match &*self.broken {
            "" => what.to_owned(),
            broken => format!("{what}; some of the services can't be described:{broken}"),
        };
        Failure {
            code: Code::NotFound,
            message,
        }
    }
}
