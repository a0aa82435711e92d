//! Whatever a text is, it is read or its mistakes are said; what an export can have of it is exported as the same.

use traitwire_schema::{Schema, parse};

pub fn proto_text(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    let lines = text.split('\n').count();
    let in_text = |errors: &parse::ParseErrors| {
        for error in errors {
            assert!(
                (1..=lines).contains(&(error.position.line as usize)),
                "{error}"
            );
            assert!(!error.message.is_empty());
        }
    };
    let tree = match parse::file(PATH, &text) {
        Ok(tree) => tree,
        Err(errors) => return in_text(&errors),
    };
    let lowered = match parse::lower(&[tree]) {
        Ok(lowered) => lowered,
        Err(errors) => return in_text(&errors),
    };
    let Ok(schema) = Schema::new(lowered.files) else {
        return;
    };
    let printed = schema.print();
    let texts: Vec<_> = printed
        .iter()
        .map(|file| (&*file.path, &*file.text))
        .collect();
    let read = parse::files(&texts).expect("our own text");
    let again = Schema::new(read).expect("the same API");
    assert_eq!(again.print(), printed);
}

const PATH: &str = "a.proto";
