//! Services and their methods.

use super::names::Kind;
use super::option::DEPRECATED;
use super::{Lowering, foreign};
use crate::descriptor::{Idempotency, MethodKind};
use crate::model;
use crate::parse::ast::{Method, Name, OptionSetting, Service, Value};
use crate::parse::lower::comment::comment;
use crate::symbols::join;

impl Lowering<'_> {
    pub(super) fn service(&mut self, package: &str, service: &Service) -> model::Service {
        let full_name = join(package, &service.name.text);
        self.note(full_name.clone(), service.span.start, &service.comments);
        self.options(&service.options, &[DEPRECATED]);
        let methods = service.methods.iter();
        model::Service {
            name: service.name.text.clone(),
            comment: comment(&service.comments),
            deprecated: self.deprecated(&service.options),
            methods: methods
                .filter_map(|method| self.method(&full_name, method))
                .collect(),
            origin: None,
        }
    }

    fn method(&mut self, service: &str, method: &Method) -> Option<model::Method> {
        let full_name = join(service, &method.name.text);
        self.note(full_name.clone(), method.span.start, &method.comments);
        self.options(&method.options, &[DEPRECATED, IDEMPOTENCY_LEVEL]);
        let request = self.message_name(&full_name, &method.request.ty);
        let response = self.message_name(&full_name, &method.response.ty);
        let (Some(request), Some(response)) = (request, response) else {
            return None;
        };
        Some(model::Method {
            name: method.name.text.clone(),
            comment: comment(&method.comments),
            deprecated: self.deprecated(&method.options),
            idempotency: self.idempotency(&method.options),
            kind: match (method.request.streams, method.response.streams) {
                (false, false) => MethodKind::Unary,
                (true, false) => MethodKind::ClientStreaming,
                (false, true) => MethodKind::ServerStreaming,
                (true, true) => MethodKind::BidiStreaming,
            },
            request,
            response,
            origin: None,
        })
    }

    fn message_name(&mut self, scope: &str, name: &Name) -> Option<String> {
        match self.scope.find(self.names, scope, &name.text, false) {
            Some((full_name, Kind::Message)) => Some(full_name),
            Some((_, kind)) => {
                let message = format!(
                    "`{}` is {}; a method takes and returns messages",
                    name.text,
                    kind.name()
                );
                self.error(name.span.start, message);
                None
            }
            None if self.may_be_missing() => Some(foreign(name)),
            None => {
                self.not_found(name, None);
                None
            }
        }
    }

    fn idempotency(&mut self, options: &[OptionSetting]) -> Idempotency {
        let option = options
            .iter()
            .find(|option| option.path() == IDEMPOTENCY_LEVEL);
        let level = option.map(|option| (&option.value, option.span.start));
        match level {
            None => Idempotency::Unknown,
            Some((Value::Identifier(level), position)) => match &**level {
                "IDEMPOTENCY_UNKNOWN" => Idempotency::Unknown,
                "NO_SIDE_EFFECTS" => Idempotency::NoSideEffects,
                "IDEMPOTENT" => Idempotency::Idempotent,
                _ => self.no_idempotency(position),
            },
            Some((_, position)) => self.no_idempotency(position),
        }
    }

    fn no_idempotency(&mut self, position: crate::parse::ast::Position) -> Idempotency {
        let message =
            "`idempotency_level` is `NO_SIDE_EFFECTS`, `IDEMPOTENT` or `IDEMPOTENCY_UNKNOWN`";
        self.error(position, message);
        Idempotency::Unknown
    }
}

const IDEMPOTENCY_LEVEL: &str = "idempotency_level";
