//! The grammar of protobuf, and how reading goes on after a mistake.
//!
//! A statement that isn't one is noted and passed over, up to its `;` or the end of its block. So a file's mistakes are
//! all found, each once.

mod enumeration;
mod message;
mod option;
mod service;

use crate::parse::ast::{
    Comments, File, Import, ImportKind, Name, Number, Package, Position, Span, Syntax, Visibility,
};
use crate::parse::error::ParseErrors;
use crate::parse::lexer::{Between, Kind, Lexer, Token};

pub(crate) fn file(path: &str, text: &str) -> Result<File, ParseErrors> {
    let mut lexer = Lexer::new(path, text);
    let (token, before) = lexer.first();
    let mut parser = Parser {
        lexer,
        token,
        end: Position::default(),
        upcoming: before,
        depth: 0,
        open_values: 0,
        syntax: Syntax::Proto2,
    };
    let file = parser.file(path);
    ParseErrors::result(parser.lexer.errors)?;
    Ok(file)
}

/// What couldn't be read was noted as an error, and isn't there.
struct Mistake;

type Read<T> = Result<T, Mistake>;

struct Parser<'a> {
    lexer: Lexer<'a>,
    /// The next token.
    token: Token<'a>,
    /// Where the last one ended.
    end: Position,
    /// Comments that belong to the next declaration.
    upcoming: Between,
    /// How many blocks are open.
    depth: usize,
    /// How many values in braces are open in the current statement.
    open_values: usize,
    syntax: Syntax,
}

impl<'a> Parser<'a> {
    fn file(&mut self, path: &str) -> File {
        let mut file = File {
            path: path.to_owned(),
            syntax: Syntax::Proto2,
            syntax_span: None,
            comments: Comments::default(),
            package: None,
            imports: Vec::new(),
            options: Vec::new(),
            messages: Vec::new(),
            enums: Vec::new(),
            services: Vec::new(),
            extends: Vec::new(),
        };
        if self.at("syntax") || self.at("edition") {
            let start = self.token.span.start;
            match self.syntax(&mut file.comments) {
                Ok(syntax) => file.syntax = syntax,
                Err(Mistake) => self.skip_statement(),
            }
            file.syntax_span = Some(self.since(start));
            self.syntax = file.syntax;
        }
        while self.token.kind != Kind::End {
            if self.at("}") {
                self.error("found `}` where no block is open");
                self.declaration_end(None);
            } else if let Err(Mistake) = self.file_statement(&mut file) {
                self.skip_statement();
            }
        }
        file
    }

    fn syntax(&mut self, comments: &mut Comments) -> Read<Syntax> {
        let statement = self.token.text;
        self.advance();
        self.expect("=", "`=`")?;
        let span = self.token.span;
        let value = self.string("the version in quotes: `\"proto3\"`")?;
        let syntax = match (statement, &*value) {
            ("syntax", b"proto2") => Syntax::Proto2,
            ("syntax", b"proto3") => Syntax::Proto3,
            ("edition", b"2023") => Syntax::Edition2023,
            ("edition", b"2024") => Syntax::Edition2024,
            ("syntax", _) => {
                let message = "unknown syntax: there are `\"proto2\"` and `\"proto3\"`, and `edition = \"2023\";` or \
                               `\"2024\"`";
                self.lexer.error(span.start, message);
                return Err(Mistake);
            }
            _ => {
                let message = "unknown edition: there are `\"2023\"` and `\"2024\"`";
                self.lexer.error(span.start, message);
                return Err(Mistake);
            }
        };
        self.semicolon(Some(comments))?;
        Ok(syntax)
    }

    fn file_statement(&mut self, file: &mut File) -> Read<()> {
        let start = self.token.span.start;
        let visibility = self.visibility();
        match self.token.text {
            ";" => self.declaration_end(None),
            "message" => file.messages.push(self.message(start, visibility)?),
            "enum" => file.enums.push(self.enumeration(start, visibility)?),
            "service" => file.services.push(self.service()?),
            "extend" => file.extends.push(self.extend()?),
            "import" => file.imports.push(self.import()?),
            "option" => file.options.push(self.option_statement()?),
            "package" => {
                let package = self.package()?;
                if let Some(first) = &file.package {
                    let line = first.name.span.start.line;
                    let message =
                        format!("a file has one package, and it was given on line {line}");
                    self.lexer.error(package.name.span.start, message);
                } else {
                    file.package = Some(package);
                }
            }
            "syntax" | "edition" => {
                let statement = self.token.text;
                return self.fail(format!(
                    "`{statement}` has to be the first statement of the file"
                ));
            }
            _ => {
                return self.expected(
                    "`message`, `enum`, `service`, `extend`, `import`, `option` or `package`",
                );
            }
        }
        Ok(())
    }

    /// `export` and `local`, where a declaration of a type follows.
    fn visibility(&mut self) -> Option<Visibility> {
        if self.syntax < Syntax::Edition2024 {
            return None;
        }
        let visibility = match self.token.text {
            "export" => Visibility::Export,
            "local" => Visibility::Local,
            _ => return None,
        };
        self.advance();
        Some(visibility)
    }

    fn package(&mut self) -> Read<Package> {
        self.advance();
        let name = self.dotted_name("the name of the package")?;
        let mut comments = Comments::default();
        self.semicolon(Some(&mut comments))?;
        Ok(Package { name, comments })
    }

    fn import(&mut self) -> Read<Import> {
        let start = self.token.span.start;
        self.advance();
        let kind = match self.token.text {
            "public" => ImportKind::Public,
            "weak" => ImportKind::Weak,
            "option" => ImportKind::Option,
            _ => ImportKind::Plain,
        };
        if kind != ImportKind::Plain {
            self.advance();
        }
        let span = self.token.span;
        let path =
            self.string("the path of the file in quotes: `\"google/protobuf/any.proto\"`")?;
        let Ok(text) = String::from_utf8(path) else {
            self.lexer.error(span.start, "the path isn't UTF-8");
            return Err(Mistake);
        };
        let path = Name { text, span };
        let mut comments = Comments::default();
        self.semicolon(Some(&mut comments))?;
        Ok(Import {
            path,
            kind,
            span: self.since(start),
            comments,
        })
    }

    /// Whether the next token is this word or sign. What is in quotes is neither.
    fn at(&self, text: &str) -> bool {
        self.token.text == text
    }

    fn advance(&mut self) {
        self.end = self.token.span.end;
        self.token = self.lexer.next();
    }

    /// Takes the next token if it is this one.
    fn take(&mut self, text: &str) -> bool {
        let found = self.at(text);
        if found {
            self.advance();
        }
        found
    }

    fn expect(&mut self, text: &str, what: &str) -> Read<()> {
        if self.take(text) {
            Ok(())
        } else {
            self.expected(what)
        }
    }

    /// Takes the `;`, `{` or `}` that is next, with the comments around it; those belong to a declaration, or to nothing.
    fn declaration_end(&mut self, comments: Option<&mut Comments>) {
        self.end = self.token.span.end;
        let closes = self.at("}");
        let (token, between) = self.lexer.next_with_comments();
        self.token = token;
        let before = std::mem::take(&mut self.upcoming);
        self.upcoming = Between {
            trailing: None,
            ..between
        };
        match comments {
            Some(comments) => {
                *comments = Comments {
                    detached: before.detached,
                    leading: before.leading,
                    trailing: between.trailing,
                };
            }
            None if closes => {}
            None => self
                .upcoming
                .detached
                .splice(0..0, before.detached)
                .for_each(drop),
        }
    }

    fn semicolon(&mut self, comments: Option<&mut Comments>) -> Read<()> {
        if !self.at(";") {
            return self.expected("`;`");
        }
        self.declaration_end(comments);
        Ok(())
    }

    /// A block of statements. After a mistake in one of them, the next one is read.
    fn block(
        &mut self,
        comments: Option<&mut Comments>,
        mut statement: impl FnMut(&mut Self) -> Read<()>,
    ) -> Read<()> {
        if !self.at("{") {
            return self.expected("`{`");
        }
        if self.depth == MAX_DEPTH {
            return self.fail(format!("more than {MAX_DEPTH} blocks are in each other"));
        }
        let start = self.token.span.start;
        self.declaration_end(comments);
        self.depth += 1;
        while !self.at("}") && self.token.kind != Kind::End {
            if self.at(";") {
                self.declaration_end(None);
            } else if let Err(Mistake) = statement(self) {
                self.skip_statement();
            }
        }
        self.depth -= 1;
        if self.token.kind == Kind::End {
            if !self.lexer.gave_up() {
                self.lexer
                    .error(start, "the block isn't closed: expected `}`");
            }
            return Err(Mistake);
        }
        self.declaration_end(None);
        Ok(())
    }

    /// Passes over the rest of a statement: up to its `;`, the end of its block, or the end of the block around it.
    fn skip_statement(&mut self) {
        let mut in_value = self.open_values > 0;
        let mut open = std::mem::take(&mut self.open_values);
        while self.token.kind != Kind::End {
            match self.token.text {
                ";" if open == 0 => return self.declaration_end(None),
                "{" => open += 1,
                "}" if open == 0 => return,
                "}" => {
                    open -= 1;
                    if open == 0 && !std::mem::take(&mut in_value) {
                        return self.declaration_end(None);
                    }
                }
                _ => {}
            }
            self.advance();
        }
    }

    fn name(&mut self, what: &str) -> Read<Name> {
        if self.token.kind != Kind::Identifier {
            return self.expected(what);
        }
        if self.token.text.len() > MAX_NAME_LEN {
            return self.fail(format!("the name has more than {MAX_NAME_LEN} characters"));
        }
        let name = Name {
            text: self.token.text.to_owned(),
            span: self.token.span,
        };
        self.advance();
        Ok(name)
    }

    /// Names with dots between them.
    fn dotted_name(&mut self, what: &str) -> Read<Name> {
        let name = self.name(what)?;
        self.rest_of_name(name)
    }

    /// What follows the first part of a name with dots.
    fn rest_of_name(&mut self, mut name: Name) -> Read<Name> {
        while self.at(".") {
            if name.text.len() > MAX_NAME_LEN {
                return self.fail(format!("the name has more than {MAX_NAME_LEN} characters"));
            }
            self.advance();
            name.text.push('.');
            name.text.push_str(&self.name("a name after the dot")?.text);
        }
        name.span.end = self.end;
        Ok(name)
    }

    /// The name of a type, which may begin with a dot.
    fn type_name(&mut self, what: &str) -> Read<Name> {
        let start = self.token.span.start;
        let absolute = self.take(".");
        let mut name = self.dotted_name(what)?;
        if absolute {
            name.text.insert(0, '.');
            name.span.start = start;
        }
        Ok(name)
    }

    /// A whole number, which may have a sign.
    fn number(&mut self, what: &str) -> Read<Number> {
        let start = self.token.span.start;
        let negative = self.take("-");
        if self.token.kind != Kind::Integer {
            return self.expected(what);
        }
        let text = self.token.text;
        let value = option::integer(text).and_then(|value| i64::try_from(value).ok());
        let Some(value) = value else {
            return self.fail(format!("the number {text} is too large"));
        };
        self.advance();
        Ok(Number {
            value: if negative { -value } else { value },
            span: self.since(start),
        })
    }

    /// One or several strings, which are one.
    fn string(&mut self, what: &str) -> Read<Vec<u8>> {
        if self.token.kind != Kind::String {
            return self.expected(what);
        }
        let mut value = Vec::new();
        while self.token.kind == Kind::String {
            let token = self.token;
            if let Err(message) = option::unescape(token.text, &mut value) {
                self.lexer.error(token.span.start, message);
            }
            self.advance();
        }
        Ok(value)
    }

    fn since(&self, start: Position) -> Span {
        Span {
            start,
            end: self.end,
        }
    }

    fn expected<T>(&mut self, what: &str) -> Read<T> {
        let found = match self.token.kind {
            Kind::End => "the end of the file".to_owned(),
            Kind::String => self.token.text.to_owned(),
            _ => format!("`{}`", self.token.text),
        };
        self.fail(format!("expected {what}, found {found}"))
    }

    /// Notes an error at the next token.
    fn fail<T>(&mut self, message: String) -> Read<T> {
        self.error(&message);
        Err(Mistake)
    }

    fn error(&mut self, message: &str) {
        // After so many errors, the file seems to end.
        if !self.lexer.gave_up() {
            self.lexer.error(self.token.span.start, message);
        }
    }
}

/// How many blocks may be in each other; `protoc` takes 32 messages.
const MAX_DEPTH: usize = 32;

/// How long a name may be, or a part of one. It bounds the work for the full names of what is nested.
const MAX_NAME_LEN: usize = 500;
