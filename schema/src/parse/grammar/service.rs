//! Services and their methods.

use super::{Parser, Read};
use crate::parse::ast::{Comments, Method, Service, Side};

impl Parser<'_> {
    pub(super) fn service(&mut self) -> Read<Service> {
        let start = self.token.span.start;
        self.advance();
        let name = self.name("the name of the service")?;
        let (mut options, mut methods) = (Vec::new(), Vec::new());
        let mut comments = Comments::default();
        self.block(Some(&mut comments), |parser| {
            match parser.token.text {
                "option" => options.push(parser.option_statement()?),
                "rpc" => methods.push(parser.method()?),
                _ => {
                    return parser
                        .expected("a method, as in `rpc Get(Request) returns (Response);`");
                }
            }
            Ok(())
        })?;
        Ok(Service {
            name,
            options,
            methods,
            span: self.since(start),
            comments,
        })
    }

    fn method(&mut self) -> Read<Method> {
        let start = self.token.span.start;
        self.advance();
        let name = self.name("the name of the method")?;
        let request = self.side("request")?;
        self.expect(
            "returns",
            "`returns` and the response, as in `returns (Response)`",
        )?;
        let response = self.side("response")?;
        let mut options = Vec::new();
        let mut comments = Comments::default();
        if self.at("{") {
            self.block(Some(&mut comments), |parser| {
                if !parser.at("option") {
                    return parser.expected("an option, or the end of the method: `}`");
                }
                options.push(parser.option_statement()?);
                Ok(())
            })?;
        } else if self.at(";") {
            self.declaration_end(Some(&mut comments));
        } else {
            return self.expected("`;`, or the method's options in braces");
        }
        Ok(Method {
            name,
            request,
            response,
            options,
            span: self.since(start),
            comments,
        })
    }

    fn side(&mut self, which: &str) -> Read<Side> {
        self.expect("(", &format!("`(` and the message of the {which}"))?;
        let streams = self.take("stream");
        let ty = self.type_name(&format!("the message of the {which}"))?;
        self.expect(")", "`)`: a method takes one message and returns one")?;
        Ok(Side { streams, ty })
    }
}
