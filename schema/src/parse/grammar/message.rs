//! Messages and what is in them.

use super::{Parser, Read};
use crate::parse::ast::{
    Comments, Extend, Extensions, Field, FieldType, Label, Member, Message, Name, Number, OneOf,
    Position, Range, Reserved, Span, Visibility,
};
use crate::parse::lexer::Kind;

impl Parser<'_> {
    pub(super) fn message(
        &mut self,
        start: Position,
        visibility: Option<Visibility>,
    ) -> Read<Message> {
        self.advance();
        let name = self.name("the name of the message")?;
        let mut message = empty(name, visibility);
        let mut comments = Comments::default();
        self.block(Some(&mut comments), |parser| {
            parser.message_statement(&mut message)
        })?;
        message.comments = comments;
        message.span = self.since(start);
        Ok(message)
    }

    fn message_statement(&mut self, message: &mut Message) -> Read<()> {
        let start = self.token.span.start;
        let visibility = self.visibility();
        match self.token.text {
            "message" => message.messages.push(self.message(start, visibility)?),
            "enum" => message.enums.push(self.enumeration(start, visibility)?),
            "extensions" => message.extensions.push(self.extensions()?),
            "reserved" => message.reserved.push(self.reserved()?),
            "extend" => message.extends.push(self.extend()?),
            "option" => message.options.push(self.option_statement()?),
            "oneof" => message.members.push(Member::OneOf(self.oneof()?)),
            _ => message.members.push(Member::Field(self.field()?)),
        }
        Ok(())
    }

    fn field(&mut self) -> Read<Field> {
        let start = self.token.span.start;
        let label = match self.token.text {
            "optional" => Some(Label::Optional),
            "required" => Some(Label::Required),
            "repeated" => Some(Label::Repeated),
            _ => None,
        };
        if label.is_some() {
            self.advance();
        }
        let ty = match self.token.text {
            "map" => {
                let word = self.name("a type")?;
                if self.at("<") {
                    self.map_types()?
                } else {
                    // A type of this name.
                    FieldType::Named(self.rest_of_name(word)?)
                }
            }
            "group" => return self.group(start, label),
            _ => FieldType::Named(self.type_name("a field, as in `string name = 1;`")?),
        };
        let name = self.name("the name of the field")?;
        let number = self.field_number()?;
        let options = self.bracketed_options()?;
        let mut comments = Comments::default();
        self.semicolon(Some(&mut comments))?;
        Ok(Field {
            label,
            ty,
            name,
            number,
            options,
            span: self.since(start),
            comments,
        })
    }

    fn map_types(&mut self) -> Read<FieldType> {
        self.advance();
        let key = self.type_name("the type of the keys")?;
        self.expect(",", "`,` and the type of the values")?;
        let value = self.type_name("the type of the values")?;
        self.expect(">", "`>`")?;
        Ok(FieldType::Map(key, value))
    }

    fn field_number(&mut self) -> Read<Number> {
        self.expect(
            "=",
            "`=` and the number of the field, as in `string name = 1;`",
        )?;
        self.number("the number of the field")
    }

    fn group(&mut self, start: Position, label: Option<Label>) -> Read<Field> {
        self.advance();
        let name = self.name("the name of the group")?;
        let number = self.field_number()?;
        let options = self.bracketed_options()?;
        let mut message = empty(name.clone(), None);
        let mut comments = Comments::default();
        self.block(Some(&mut comments), |parser| {
            parser.message_statement(&mut message)
        })?;
        message.span = self.since(start);
        Ok(Field {
            label,
            ty: FieldType::Group(Box::new(message)),
            name,
            number,
            options,
            span: self.since(start),
            comments,
        })
    }

    fn oneof(&mut self) -> Read<OneOf> {
        let start = self.token.span.start;
        self.advance();
        let name = self.name("the name of the oneof")?;
        let (mut options, mut fields) = (Vec::new(), Vec::new());
        let mut comments = Comments::default();
        self.block(Some(&mut comments), |parser| {
            match parser.token.text {
                "option" => options.push(parser.option_statement()?),
                label @ ("optional" | "required" | "repeated") => {
                    return parser
                        .fail(format!("a field of a oneof has no label: remove `{label}`"));
                }
                _ => {
                    let field = parser.field()?;
                    if let FieldType::Map(key, _) = &field.ty {
                        parser.lexer.error(
                            key.span.start,
                            "a map can't be in a oneof: put it into a message of its own",
                        );
                    }
                    fields.push(field);
                }
            }
            Ok(())
        })?;
        Ok(OneOf {
            name,
            options,
            fields,
            span: self.since(start),
            comments,
        })
    }

    pub(super) fn extend(&mut self) -> Read<Extend> {
        let start = self.token.span.start;
        self.advance();
        let target = self.type_name("the name of the message that gets more fields")?;
        let mut fields = Vec::new();
        let mut comments = Comments::default();
        self.block(Some(&mut comments), |parser| {
            fields.push(parser.field()?);
            Ok(())
        })?;
        Ok(Extend {
            target,
            fields,
            span: self.since(start),
            comments,
        })
    }

    fn extensions(&mut self) -> Read<Extensions> {
        let start = self.token.span.start;
        self.advance();
        let ranges = self.ranges()?;
        let options = self.bracketed_options()?;
        let mut comments = Comments::default();
        self.semicolon(Some(&mut comments))?;
        Ok(Extensions {
            ranges,
            options,
            span: self.since(start),
            comments,
        })
    }

    pub(super) fn reserved(&mut self) -> Read<Reserved> {
        let start = self.token.span.start;
        self.advance();
        let (mut ranges, mut names) = (Vec::new(), Vec::new());
        match self.token.kind {
            Kind::String | Kind::Identifier => loop {
                names.push(self.reserved_name()?);
                if !self.take(",") {
                    break;
                }
            },
            _ => ranges = self.ranges()?,
        }
        let mut comments = Comments::default();
        self.semicolon(Some(&mut comments))?;
        Ok(Reserved {
            ranges,
            names,
            span: self.since(start),
            comments,
        })
    }

    /// Editions write names without quotes.
    fn reserved_name(&mut self) -> Read<Name> {
        if self.token.kind == Kind::Identifier {
            return self.name("a name");
        }
        let span = self.token.span;
        let bytes = self.string("a name in quotes: numbers and names have a statement each")?;
        let text = String::from_utf8_lossy(&bytes).into_owned();
        Ok(Name { text, span })
    }

    fn ranges(&mut self) -> Read<Vec<Range>> {
        let mut ranges = Vec::new();
        loop {
            let start = self.number("a number, or a name in quotes")?;
            let end = if !self.take("to") {
                Some(start)
            } else if self.take("max") {
                None
            } else {
                Some(self.number("the last number, or `max`")?)
            };
            ranges.push(Range { start, end });
            if !self.take(",") {
                return Ok(ranges);
            }
        }
    }
}

fn empty(name: Name, visibility: Option<Visibility>) -> Message {
    Message {
        name,
        visibility,
        span: Span::default(),
        comments: Comments::default(),
        options: Vec::new(),
        members: Vec::new(),
        messages: Vec::new(),
        enums: Vec::new(),
        extends: Vec::new(),
        extensions: Vec::new(),
        reserved: Vec::new(),
    }
}
