//! `#[testkit::test]`: one test function, run on SQLite and on PostgreSQL.

use proc_macro::{Delimiter, Group, TokenStream, TokenTree};

/// Runs `async fn name(app: TestApp)` on both databases, as `name::sqlite` and `name::postgres`.
#[proc_macro_attribute]
pub fn test(_: TokenStream, function: TokenStream) -> TokenStream {
    let tokens: Vec<TokenTree> = function.into_iter().collect();
    let name = tokens
        .iter()
        .zip(tokens.iter().skip(1))
        .find_map(|(word, name)| (word.to_string() == "fn").then(|| name.to_string()))
        .unwrap_or_default();
    // The function itself, inside a module of its name, together with its two runs.
    let runs = format!(
        "#[test] fn sqlite() {{ ::testkit::run_sqlite(option_env!(\"CARGO_BIN_EXE_resonance\"), {name}); }}
         #[test] fn postgres() {{ ::testkit::run_postgres(option_env!(\"CARGO_BIN_EXE_resonance\"), {name}); }}"
    );
    let mut inside: TokenStream = "use super::*;".parse().unwrap_or_default();
    inside.extend(tokens);
    inside.extend(runs.parse::<TokenStream>().unwrap_or_default());
    let mut module: TokenStream = format!("mod {name}").parse().unwrap_or_default();
    module.extend([TokenTree::Group(Group::new(Delimiter::Brace, inside))]);
    module
}
