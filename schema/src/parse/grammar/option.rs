//! Options and their values.

use super::{Kind, Parser, Read};
use crate::parse::ast::{Comments, Name, NamePart, OptionSetting, Value};

impl Parser<'_> {
    /// `option a = 1;`
    pub(super) fn option_statement(&mut self) -> Read<OptionSetting> {
        let start = self.token.span.start;
        self.advance();
        let mut setting = self.option_setting()?;
        // They have comments, too, which nobody reads; those of the next declaration are other ones.
        self.semicolon(Some(&mut Comments::default()))?;
        setting.span = self.since(start);
        Ok(setting)
    }

    /// `[a = 1, b = 2]`, or nothing.
    pub(super) fn bracketed_options(&mut self) -> Read<Vec<OptionSetting>> {
        let mut options = Vec::new();
        if !self.take("[") {
            return Ok(options);
        }
        loop {
            options.push(self.option_setting()?);
            if !self.take(",") {
                self.expect("]", "`,` or `]`")?;
                return Ok(options);
            }
        }
    }

    fn option_setting(&mut self) -> Read<OptionSetting> {
        let start = self.token.span.start;
        let mut name = Vec::new();
        loop {
            name.push(if self.take("(") {
                let extension = self.type_name("the name of an extension")?;
                self.expect(")", "`)`")?;
                NamePart::Extension(extension)
            } else {
                NamePart::Plain(self.name("the name of an option")?)
            });
            if !self.take(".") {
                break;
            }
        }
        self.expect("=", "`=` and the option's value")?;
        let value = if self.at("{") {
            self.aggregate("}", 1)?
        } else {
            self.scalar()?
        };
        Ok(OptionSetting {
            name,
            value,
            span: self.since(start),
        })
    }

    fn scalar(&mut self) -> Read<Value> {
        if self.token.kind == Kind::String {
            return Ok(Value::String(self.string("a string")?));
        }
        let negative = self.take("-");
        let text = self.token.text;
        let value = match self.token.kind {
            Kind::Identifier if negative => Value::Identifier(format!("-{text}")),
            Kind::Identifier => Value::Identifier(text.to_owned()),
            Kind::Integer => match integer(text) {
                Some(value) if negative => Value::Integer(-i128::from(value)),
                Some(value) => Value::Integer(i128::from(value)),
                None => Value::Float(self.float(negative)?),
            },
            Kind::Float => Value::Float(self.float(negative)?),
            _ => return self.expected("a value: a number, a string, a name or `{`"),
        };
        self.advance();
        Ok(value)
    }

    fn float(&mut self, negative: bool) -> Read<f64> {
        match self.token.text.parse::<f64>() {
            Ok(value) => Ok(if negative { -value } else { value }),
            // Hexadecimal ones, and what the lexer has already complained about.
            Err(_) => self.fail(format!("the number {} is too large", self.token.text)),
        }
    }

    /// Fields as in protobuf's text format, up to `close`.
    fn aggregate(&mut self, close: &str, depth: usize) -> Read<Value> {
        if depth > MAX_DEPTH {
            return self.fail(format!("more than {MAX_DEPTH} values are in each other"));
        }
        let braces = usize::from(close == "}");
        self.open_values += braces;
        self.advance();
        let mut fields = Vec::new();
        while !self.take(close) {
            let name = self.aggregate_name()?;
            let colon = self.take(":");
            let value = match self.token.text {
                "{" => self.aggregate("}", depth + 1)?,
                "<" => self.aggregate(">", depth + 1)?,
                "[" => self.list(depth + 1)?,
                _ if colon => self.scalar()?,
                _ => return self.expected("`:` and a value"),
            };
            fields.push((name, value));
            if !self.take(",") {
                self.take(";");
            }
        }
        self.open_values -= braces;
        Ok(Value::Aggregate(fields))
    }

    /// The name of a field; `[a.b]` of an extension, `[a.com/b.C]` of what is in an `Any`.
    fn aggregate_name(&mut self) -> Read<Name> {
        let start = self.token.span.start;
        if !self.take("[") {
            return self.name("the name of a field, or the end of the value");
        }
        let mut text = "[".to_owned();
        while !self.at("]") {
            let part =
                self.token.kind == Kind::Identifier || matches!(self.token.text, "." | "/" | "-");
            if !part {
                return self.expected("the name of an extension and `]`");
            }
            text.push_str(self.token.text);
            self.advance();
        }
        self.advance();
        text.push(']');
        Ok(Name {
            text,
            span: self.since(start),
        })
    }

    fn list(&mut self, depth: usize) -> Read<Value> {
        if depth > MAX_DEPTH {
            return self.fail(format!("more than {MAX_DEPTH} values are in each other"));
        }
        self.advance();
        let mut values = Vec::new();
        if self.take("]") {
            return Ok(Value::List(values));
        }
        loop {
            values.push(match self.token.text {
                "{" => self.aggregate("}", depth + 1)?,
                "<" => self.aggregate(">", depth + 1)?,
                _ => self.scalar()?,
            });
            if !self.take(",") {
                self.expect("]", "`,` or `]`")?;
                return Ok(Value::List(values));
            }
        }
    }
}

/// The value of an integer as it is written: decimal, `0x` hexadecimal or `0` octal.
pub(super) fn integer(text: &str) -> Option<u64> {
    let (digits, radix) = match text.strip_prefix('0') {
        None | Some("") => (text, 10),
        Some(rest) => match rest.strip_prefix(['x', 'X']) {
            Some(digits) => (digits, 16),
            None => (rest, 8),
        },
    };
    u64::from_str_radix(digits, radix).ok()
}

/// Appends what a string in quotes stands for.
pub(super) fn unescape(quoted: &str, value: &mut Vec<u8>) -> Result<(), String> {
    let inner = quoted.get(1..).unwrap_or_default();
    let inner = match quoted.as_bytes().first() {
        Some(&quote) => inner.strip_suffix(char::from(quote)).unwrap_or(inner),
        None => inner,
    };
    let mut rest = inner.chars();
    while let Some(char) = rest.next() {
        if char != '\\' {
            value.extend(char.encode_utf8(&mut [0; 4]).bytes());
            continue;
        }
        let digits = |rest: &mut std::str::Chars<'_>, radix: u32, most: usize| {
            let text = rest.as_str();
            let len = text
                .bytes()
                .take(most)
                .take_while(|byte| char::from(*byte).is_digit(radix))
                .count();
            *rest = text[len..].chars();
            (len, u32::from_str_radix(&text[..len], radix).unwrap_or(0))
        };
        let before = rest.clone();
        match rest.next() {
            Some('a') => value.push(0x07),
            Some('b') => value.push(0x08),
            Some('f') => value.push(0x0c),
            Some('n') => value.push(b'\n'),
            Some('r') => value.push(b'\r'),
            Some('t') => value.push(b'\t'),
            Some('v') => value.push(0x0b),
            Some(sign @ ('\\' | '?' | '\'' | '"')) => value.push(sign as u8),
            Some('0'..='7') => {
                rest = before;
                let (_, code) = digits(&mut rest, 8, 3);
                let Ok(byte) = u8::try_from(code) else {
                    return Err(format!(
                        "`\\{code:o}` is more than a byte: the last one is `\\377`"
                    ));
                };
                value.push(byte);
            }
            Some('x' | 'X') => match digits(&mut rest, 16, 2) {
                (0, _) => return Err("expected hexadecimal digits after `\\x`".to_owned()),
                (_, code) => value.push(code as u8), // Two digits are a byte.
            },
            Some(form @ ('u' | 'U')) => {
                let most = if form == 'u' { 4 } else { 8 };
                let (len, code) = digits(&mut rest, 16, most);
                match char::from_u32(code) {
                    _ if len < most => {
                        return Err(format!(
                            "expected {most} hexadecimal digits after `\\{form}`"
                        ));
                    }
                    Some(char) => value.extend(char.encode_utf8(&mut [0; 4]).bytes()),
                    None => return Err(format!("`\\{form}{code:04x}` is no character")),
                }
            }
            Some(other) => {
                return Err(format!(
                    "`\\{}` means nothing: write `\\\\` for a backslash",
                    other.escape_debug()
                ));
            }
            None => return Err("expected a character after `\\`".to_owned()),
        }
    }
    Ok(())
}

/// How many values of an option may be in each other.
const MAX_DEPTH: usize = 32;
