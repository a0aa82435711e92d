//! Services and their methods.

use std::collections::HashSet;

use traitwire_schema::model::Method;
use traitwire_schema::{Idempotency, names};

use super::{Writer, quoted};
use crate::import::plan::{ServicePlan, unique};
use crate::import::selection::join;
use crate::import::well_known;

impl Writer<'_> {
    pub(super) fn service(&mut self, plan: &ServicePlan<'_>) {
        let service = plan.service;
        self.blank();
        self.detached(&plan.full_name);
        self.docs(&service.comment);
        let mut options = Vec::new();
        if !self.module.package.is_empty() {
            options.push(format!("package = {}", quoted(self.module.package)));
        }
        if names::type_name(&plan.ident) != service.name {
            options.push(format!("name = {}", quoted(&service.name)));
        }
        if let Some(file) = plan.file {
            options.push(format!("file = {}", quoted(file)));
        }
        if service.deprecated {
            options.push("deprecated".to_owned());
        }
        let attribute = self.uses.name("traitwire::grpc_service");
        match &*options {
            [] => self.line(&format!("#[{attribute}]")),
            options => self.line(&format!("#[{attribute}({})]", options.join(", "))),
        }
        self.block(&format!("pub trait {}", plan.ident), |out| {
            let mut taken = HashSet::new();
            for (at, method) in service.methods.iter().enumerate() {
                if at > 0 {
                    out.blank();
                }
                let mut ident = names::rust_method(&method.name);
                if OF_THE_CLIENT.contains(&&*ident) {
                    ident.push('_');
                }
                let ident = unique(ident, |ident| taken.contains(ident));
                taken.insert(ident.clone());
                out.method(&plan.full_name, method, &ident);
            }
        });
    }

    fn method(&mut self, service: &str, method: &Method, ident: &str) {
        self.detached(&join(service, &method.name));
        self.docs(&method.comment);
        let mut options = Vec::new();
        if names::method(ident) != method.name {
            options.push(format!("name = {}", quoted(&method.name)));
        }
        match method.idempotency {
            Idempotency::Unknown => {}
            Idempotency::NoSideEffects => options.push("no_side_effects".to_owned()),
            Idempotency::Idempotent => options.push("idempotent".to_owned()),
        }
        if method.deprecated {
            options.push("deprecated".to_owned());
        }
        if !options.is_empty() {
            self.line(&format!("#[rpc({})]", options.join(", ")));
        }
        let request = match (method.kind.client_streams(), self.named(&method.request)) {
            (false, request) if request == well_known::EMPTY => String::new(),
            (false, request) => format!(", request: {request}"),
            (true, request) => {
                let streaming = self.uses.name("traitwire::Streaming");
                format!(", requests: {streaming}<{request}>")
            }
        };
        let response = match (method.kind.server_streams(), self.named(&method.response)) {
            (false, response) => response,
            (true, response) => {
                let streaming = self.uses.name("traitwire::Streaming");
                format!("{streaming}<{response}>")
            }
        };
        let status = self.uses.name("traitwire::Status");
        self.line(&format!(
            "async fn {ident}(&self{request}) -> Result<{response}, {status}>;"
        ));
    }
}

/// Functions that the generated client has of its own.
const OF_THE_CLIENT: &[&str] = &["new", "connect", "lazy", "local", "channel", "blocking"];
