//! Reading Rust sources as tokens: no comment and no string literal is taken for code.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use anyhow::{Context, Result, anyhow};
use proc_macro2::{Delimiter, Spacing, TokenStream, TokenTree};

/// What one source file says, as far as the checks ask.
#[derive(Debug, Default)]
pub(crate) struct Source {
    /// Names at the start of a path or imported: `serde` in `serde::Deserialize` and in `use serde;`.
    pub(crate) roots: BTreeSet<String>,
    /// The same in code that only tests compile.
    pub(crate) test_roots: BTreeSet<String>,
    /// The texts of `sql!` and the constants that it may include, tests excepted.
    pub(crate) sql: Vec<Text>,
    /// Statements in `format!` and its relatives, tests excepted.
    pub(crate) built: Vec<Text>,
    /// The tables in the `Owns:` line of the file's documentation.
    pub(crate) owns: Vec<String>,
}

/// A string literal and the line where it begins.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Text {
    /// Counted from 1.
    pub(crate) line: usize,
    /// The literal's value.
    pub(crate) text: String,
}

/// Macros of the standard library that build a string out of parts.
const BUILDERS: [&str; 5] = ["concat", "format", "format_args", "write", "writeln"];

impl Source {
    /// Reads one file's text, all of it the code of tests if `in_test`. What does not lex is an error:
    /// the compiler would refuse it as well.
    pub(crate) fn read(text: &str, in_test: bool) -> Result<Self> {
        let tokens = TokenStream::from_str(text).map_err(|error| anyhow!("not Rust: {error}"))?;
        let mut source = Self { owns: owned_tables(text), ..Self::default() };
        source.walk(tokens, in_test);
        Ok(source)
    }

    fn walk(&mut self, tokens: TokenStream, mut in_test: bool) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        let outside = in_test;
        let mut in_constant = false;
        for (at, token) in tokens.iter().enumerate() {
            match token {
                TokenTree::Ident(name) => {
                    in_constant |= name == "const" || name == "static";
                    self.ident(&name.to_string(), &tokens, at, in_test);
                }
                TokenTree::Group(group) => {
                    if is_test_attribute(&tokens, at) {
                        in_test = true;
                    }
                    self.walk(group.stream(), in_test);
                    // An item of a test ends with its body.
                    if group.delimiter() == Delimiter::Brace {
                        (in_test, in_constant) = (outside, false);
                    }
                }
                TokenTree::Punct(mark) if mark.as_char() == ';' => (in_test, in_constant) = (outside, false),
                TokenTree::Literal(_) if in_constant && !in_test => {
                    self.sql
                        .extend(literals(token.clone().into()).filter(|literal| is_fragment(&literal.text)));
                }
                TokenTree::Punct(_) | TokenTree::Literal(_) => {}
            }
        }
    }

    fn ident(&mut self, name: &str, tokens: &[TokenTree], at: usize, in_test: bool) {
        let name = name.strip_prefix("r#").unwrap_or(name);
        let imported = at.checked_sub(1).is_some_and(|before| is_ident(&tokens[before], &["use", "crate"]));
        if imported || (is_path(&tokens[at + 1..]) && !continues_path(tokens, at)) {
            let roots = if in_test { &mut self.test_roots } else { &mut self.roots };
            roots.insert(name.to_owned());
        }
        if in_test {
            return;
        }
        let (Some(TokenTree::Punct(bang)), Some(TokenTree::Group(group))) =
            (tokens.get(at + 1), tokens.get(at + 2))
        else {
            return;
        };
        if bang.as_char() != '!' {
            return;
        }
        if name == "sql" || name == "sql_by" {
            self.sql.extend(literals(group.stream()).next());
        } else if BUILDERS.contains(&name) {
            self.built.extend(literals(group.stream()).filter(|literal| is_statement(&literal.text)));
        }
    }
}

/// Whether a line of tokens goes on with `::`.
fn is_path(after: &[TokenTree]) -> bool {
    matches!(after, [TokenTree::Punct(first), TokenTree::Punct(second), ..]
        if first.as_char() == ':' && first.spacing() == Spacing::Joint && second.as_char() == ':')
}

/// Whether the name at `at` is inside a path: `image` in `crate::image::Size` is no crate.
fn continues_path(tokens: &[TokenTree], at: usize) -> bool {
    let Some(start) = at.checked_sub(2) else { return false };
    let names_before = at.checked_sub(3).is_some_and(|index| matches!(tokens[index], TokenTree::Ident(_)));
    is_path(&tokens[start..at]) && names_before
}

fn is_ident(token: &TokenTree, names: &[&str]) -> bool {
    matches!(token, TokenTree::Ident(ident) if names.iter().any(|name| ident == name))
}

/// Whether the group at `at` is `[test]`, `[tokio::test]` or `[cfg(test)]` after a `#`.
fn is_test_attribute(tokens: &[TokenTree], at: usize) -> bool {
    let TokenTree::Group(group) = &tokens[at] else { return false };
    let hash = at
        .checked_sub(1)
        .is_some_and(|before| matches!(&tokens[before], TokenTree::Punct(mark) if mark.as_char() == '#'));
    if !hash || group.delimiter() != Delimiter::Bracket {
        return false;
    }
    let written: String = group.stream().to_string().split_whitespace().collect();
    written == "test"
        || written.ends_with("::test")
        || written == "cfg(test)"
        || written.starts_with("cfg(all(test,")
}

/// The string literals directly among these tokens.
fn literals(tokens: TokenStream) -> impl Iterator<Item = Text> {
    tokens.into_iter().filter_map(|token| {
        let TokenTree::Literal(literal) = token else { return None };
        let line = literal.span().start().line;
        let text = syn::parse_str::<syn::LitStr>(&literal.to_string()).ok()?.value();
        Some(Text { line, text })
    })
}

/// Whether a text begins like a statement of SQL. Messages to people do not begin in capitals.
fn is_statement(text: &str) -> bool {
    const VERBS: [&str; 11] = [
        "SELECT ", "INSERT ", "UPDATE ", "DELETE ", "WITH ", "CREATE ", "DROP ", "ALTER ", "PRAGMA ",
        "ATTACH ", "VACUUM ",
    ];
    VERBS.iter().any(|verb| text.trim_start().starts_with(verb))
}

/// Whether a constant may be a piece of a statement. Prose has no such words in capitals.
fn is_fragment(text: &str) -> bool {
    text.split_whitespace().any(|word| ["FROM", "JOIN", "INTO", "UPDATE"].contains(&word))
}

/// The names between `Owns:` and the full stop in the `//!` lines of a file.
fn owned_tables(text: &str) -> Vec<String> {
    let documentation: String =
        text.lines().filter_map(|line| line.trim_start().strip_prefix("//!")).collect();
    let Some((_, list)) = documentation.split_once("Owns:") else { return Vec::new() };
    let list = list.split('.').next().unwrap_or_default();
    let names = list.split(',').map(|name| name.trim().trim_matches('`').to_owned());
    names.filter(|name| !name.is_empty() && name != "nothing").collect()
}

/// Every Rust file under a folder, read, in a stable order; none when the folder is missing.
/// A module of its own that only tests compile is called `tests`.
pub(crate) fn sources(folder: &Path) -> Result<Vec<(PathBuf, Source)>> {
    let mut sources = Vec::new();
    if !folder.exists() {
        return Ok(sources);
    }
    for entry in walkdir::WalkDir::new(folder).sort_by_file_name() {
        let path = entry?.into_path();
        if path.extension().is_some_and(|extension| extension == "rs") {
            let in_test = path.iter().any(|part| part == "tests" || part == "tests.rs");
            let text = std::fs::read_to_string(&path)?;
            let source = Source::read(&text, in_test).with_context(|| path.display().to_string())?;
            sources.push((path, source));
        }
    }
    Ok(sources)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(set: &BTreeSet<String>) -> Vec<&str> {
        set.iter().map(String::as_str).collect()
    }

    #[test]
    fn roots_of_paths_are_crates_and_later_parts_are_not() -> Result<()> {
        let source = Source::read(
            r#"
            use serde::Deserialize;
            use anyhow;
            pub extern crate alloc;
            use {tokio::fs, crate::image::Size};
            // walkdir::WalkDir in a comment
            const TEXT: &str = "uuid::Uuid";
            fn main(bytes: Vec<u8>) { ::tracing::info!("x"); let _ = bytes; self::jiff::now(); }
            "#,
            false,
        )?;
        let roots = names(&source.roots);
        for used in ["serde", "anyhow", "alloc", "tokio", "tracing"] {
            assert!(roots.contains(&used), "{used} in {roots:?}");
        }
        for unused in ["image", "walkdir", "uuid", "bytes", "jiff"] {
            assert!(!roots.contains(&unused), "{unused} in {roots:?}");
        }
        Ok(())
    }

    #[test]
    fn code_of_tests_is_kept_apart() -> Result<()> {
        let source = Source::read(
            r#"
            #[cfg(test)]
            mod tests {
                use proptest::prelude::*;
                fn f() { sql!("SELECT 1"); }
            }
            #[tokio::test]
            async fn g() -> [u8; 2] { tempfile::tempdir(); sql!("SELECT 2") }
            #[cfg(test)]
            use insta::assert_snapshot;
            fn h() { uuid::Uuid::nil(); sql!("SELECT 3"); }
            "#,
            false,
        )?;
        assert_eq!(names(&source.roots), ["uuid"]);
        assert_eq!(names(&source.test_roots), ["insta", "proptest", "tempfile", "tokio"]);
        assert_eq!(source.sql, [Text { line: 11, text: "SELECT 3".to_owned() }]);
        Ok(())
    }

    #[test]
    fn texts_of_sql_are_found_wherever_they_stand() -> Result<()> {
        let source = Source::read(
            "fn f() {\n  join!(db::sql!(r\"SELECT\n 1\"), other!(\"no\"));\n  sql!(\"a \\\"b\\\"\").bind(\"no\");\n}",
            false,
        )?;
        let expected =
            [(2, "SELECT\n 1"), (3 + 1, "a \"b\"")].map(|(line, text)| Text { line, text: text.to_owned() });
        assert_eq!(source.sql, expected);
        Ok(())
    }

    #[test]
    fn constants_that_a_statement_may_include_are_found() -> Result<()> {
        let source = Source::read(
            r#"
            pub(crate) const VISIBLE: &str = "EXISTS (SELECT 1 FROM artist_manager m)";
            static COLUMNS: &str = "id, title";
            const HELP: &str = "get music from album pages";
            const fn f() {} fn g() { other("JOIN us"); }
            #[cfg(test)]
            const TEST: &str = "SELECT 1 FROM track";
            "#,
            false,
        )?;
        assert_eq!(
            source.sql,
            [Text { line: 2, text: "EXISTS (SELECT 1 FROM artist_manager m)".to_owned() }]
        );
        Ok(())
    }

    #[test]
    fn statements_built_from_strings_are_found() -> Result<()> {
        let source = Source::read(
            r#"fn f() {
                format!("SELECT {columns} FROM track");
                write!(out, " DELETE FROM {table}")?;
                format!("Select a track, {name}");
                println!("UPDATE your password");
            }"#,
            false,
        )?;
        assert_eq!(source.built.iter().map(|text| text.line).collect::<Vec<_>>(), [2, 3]);
        Ok(())
    }

    #[test]
    fn what_is_not_rust_is_an_error() {
        assert!(Source::read("fn f( {", false).is_err());
    }
}
