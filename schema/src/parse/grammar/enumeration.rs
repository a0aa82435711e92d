//! Enums.

use super::{Parser, Read};
use crate::parse::ast::{Comments, Enum, EnumValue, Position, Visibility};

impl Parser<'_> {
    pub(super) fn enumeration(
        &mut self,
        start: Position,
        visibility: Option<Visibility>,
    ) -> Read<Enum> {
        self.advance();
        let name = self.name("the name of the enum")?;
        let (mut options, mut values, mut reserved) = (Vec::new(), Vec::new(), Vec::new());
        let mut comments = Comments::default();
        self.block(Some(&mut comments), |parser| {
            match parser.token.text {
                "option" => options.push(parser.option_statement()?),
                "reserved" => reserved.push(parser.reserved()?),
                _ => values.push(parser.enum_value()?),
            }
            Ok(())
        })?;
        Ok(Enum {
            name,
            visibility,
            options,
            values,
            reserved,
            span: self.since(start),
            comments,
        })
    }

    fn enum_value(&mut self) -> Read<EnumValue> {
        let start = self.token.span.start;
        let name = self.name("a value, as in `KIND_UNSPECIFIED = 0;`")?;
        self.expect(
            "=",
            "`=` and the number of the value, as in `KIND_UNSPECIFIED = 0;`",
        )?;
        let number = self.number("the number of the value")?;
        let options = self.bracketed_options()?;
        let mut comments = Comments::default();
        self.semicolon(Some(&mut comments))?;
        Ok(EnumValue {
            name,
            number,
            options,
            span: self.since(start),
            comments,
        })
    }
}
