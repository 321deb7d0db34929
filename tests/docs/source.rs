//! The Rust sources of the library and of the crates, parsed, without their tests.

use std::fs;
use std::path::Path;

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use quote::ToTokens as _;
use syn::visit_mut::{self, VisitMut};
use syn::{Attribute, Item, Meta, Stmt};

/// A source file.
pub struct SourceFile {
    /// From the root of the repository, such as `src/engine/forget.rs`.
    pub path: String,
    /// The crate, then the modules: `lethe`, `engine`, `forget`.
    pub module: Vec<String>,
    /// Without tests and doc comments.
    pub syntax: syn::File,
}

/// All sources of `src` and `crates`.
pub fn read() -> Vec<SourceFile> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut texts = Vec::new();
    let mut folders = vec![root.join("src")];
    for member in fs::read_dir(root.join("crates")).unwrap() {
        folders.push(member.unwrap().path().join("src"));
    }
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let name = path
                    .strip_prefix(root)
                    .unwrap()
                    .to_str()
                    .unwrap()
                    .to_owned();
                texts.push((name, fs::read_to_string(&path).unwrap()));
            }
        }
    }
    texts.sort();
    parse(texts)
}

/// Sources from memory, as `(path, text)`.
pub fn parse<P: Into<String>, T: AsRef<str>>(
    texts: impl IntoIterator<Item = (P, T)>,
) -> Vec<SourceFile> {
    let mut files = Vec::new();
    let mut tests = Vec::new();
    for (path, text) in texts {
        let path = path.into();
        let mut syntax =
            syn::parse_file(text.as_ref()).unwrap_or_else(|error| panic!("{path}: {error}"));
        let module = module_of(&path);
        for item in &syntax.items {
            if let Item::Mod(item) = item
                && item.content.is_none()
                && is_test(&item.attrs)
            {
                tests.push([module.as_slice(), &[item.ident.to_string()]].concat());
            }
        }
        WithoutTests.visit_file_mut(&mut syntax);
        files.push(SourceFile {
            path,
            module,
            syntax,
        });
    }
    files.retain(|file| !tests.iter().any(|test| file.module.starts_with(test)));
    files
}

/// `src/engine/forget.rs` is `lethe::engine::forget`; the binary is a crate of its own.
fn module_of(path: &str) -> Vec<String> {
    let mut parts: Vec<&str> = path.trim_end_matches(".rs").split('/').collect();
    if parts[0] == "crates" {
        // crates/NAME/src/…
        parts.remove(0);
        parts.remove(1);
    } else {
        parts[0] = "lethe";
    }
    if parts.as_slice() == ["lethe", "main"] {
        parts.remove(0);
    }
    if parts.last() == Some(&"lib") {
        parts.pop();
    }
    parts.iter().map(|part| part.replace('-', "_")).collect()
}

struct WithoutTests;

impl VisitMut for WithoutTests {
    fn visit_file_mut(&mut self, file: &mut syn::File) {
        file.items.retain(|item| !is_test(item_attributes(item)));
        visit_mut::visit_file_mut(self, file);
    }

    fn visit_item_mod_mut(&mut self, module: &mut syn::ItemMod) {
        if let Some((_, items)) = &mut module.content {
            items.retain(|item| !is_test(item_attributes(item)));
        }
        visit_mut::visit_item_mod_mut(self, module);
    }

    fn visit_item_impl_mut(&mut self, block: &mut syn::ItemImpl) {
        block.items.retain(|item| match item {
            syn::ImplItem::Fn(function) => !is_test(&function.attrs),
            syn::ImplItem::Const(constant) => !is_test(&constant.attrs),
            _ => true,
        });
        visit_mut::visit_item_impl_mut(self, block);
    }

    fn visit_block_mut(&mut self, block: &mut syn::Block) {
        block.stmts.retain(|statement| match statement {
            Stmt::Local(local) => !is_test(&local.attrs),
            Stmt::Item(item) => !is_test(item_attributes(item)),
            Stmt::Macro(call) => !is_test(&call.attrs),
            Stmt::Expr(..) => true,
        });
        visit_mut::visit_block_mut(self, block);
    }

    fn visit_attributes_mut(&mut self, attributes: &mut Vec<Attribute>) {
        attributes.retain(|attribute| !attribute.path().is_ident("doc"));
    }
}

fn is_test(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| match &attribute.meta {
        Meta::Path(path) => path
            .segments
            .last()
            .is_some_and(|last| last.ident == "test"),
        Meta::List(list) if list.path.is_ident("cfg") => {
            let text = list.tokens.to_string();
            text == "test" || (text.starts_with("any") && text.contains("test"))
        }
        _ => false,
    })
}

fn item_attributes(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Macro(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Trait(item) => &item.attrs,
        Item::Type(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => &[],
    }
}

/// A path such as `fs::read`, wherever it is written: also within macros and attributes.
pub struct PathUse {
    pub segments: Vec<String>,
    pub line: usize,
}

/// What a rule looks for in a file, in the order of the text.
#[derive(Default)]
pub struct Words {
    /// Paths, also of one segment.
    pub paths: Vec<PathUse>,
    /// `name!`, without the path before it.
    pub macros: Vec<(String, usize)>,
    /// `receiver.name(` or `receiver.name::<`; the receiver is empty where it is no single name.
    pub methods: Vec<Method>,
    /// The values of string literals.
    pub strings: Vec<(String, usize)>,
}

pub struct Method {
    pub receiver: String,
    pub name: String,
    pub line: usize,
}

impl Words {
    pub fn of(file: &SourceFile) -> Words {
        let mut words = Words::default();
        words.add(file.syntax.to_token_stream());
        words
    }

    pub fn add(&mut self, tokens: TokenStream) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        let is = |at: Option<usize>, punct: char| {
            at.and_then(|at| tokens.get(at)).is_some_and(
                |token| matches!(token, TokenTree::Punct(found) if found.as_char() == punct),
            )
        };
        let before = |at: usize, count: usize| at.checked_sub(count);
        let mut at = 0;
        while at < tokens.len() {
            match &tokens[at] {
                TokenTree::Group(group) => self.add(group.stream()),
                TokenTree::Literal(literal) => {
                    let line = literal.span().start().line;
                    if let Ok(text) = syn::parse_str::<syn::LitStr>(&literal.to_string()) {
                        self.strings.push((text.value(), line));
                    }
                }
                TokenTree::Ident(ident) => {
                    let line = ident.span().start().line;
                    let is_member = is(before(at, 1), '.') && !is(before(at, 2), '.');
                    let is_continued = is(before(at, 1), ':') && is(before(at, 2), ':');
                    let is_called = match tokens.get(at + 1) {
                        Some(TokenTree::Group(group)) => {
                            group.delimiter() == Delimiter::Parenthesis
                        }
                        _ => is(Some(at + 1), ':') && is(Some(at + 3), '<'),
                    };
                    if is_member && is_called {
                        let receiver = match before(at, 2).map(|before| &tokens[before]) {
                            Some(TokenTree::Ident(receiver)) => receiver.to_string(),
                            _ => String::new(),
                        };
                        let name = ident.to_string();
                        self.methods.push(Method {
                            receiver,
                            name,
                            line,
                        });
                    } else if !is_member && !is_continued {
                        let mut segments = vec![ident.to_string()];
                        while is(Some(at + 1), ':')
                            && is(Some(at + 2), ':')
                            && let Some(TokenTree::Ident(next)) = tokens.get(at + 3)
                        {
                            segments.push(next.to_string());
                            at += 3;
                        }
                        if is(Some(at + 1), '!') && !is(Some(at + 2), '=') {
                            self.macros.push((segments.last().unwrap().clone(), line));
                        }
                        self.paths.push(PathUse { segments, line });
                    }
                }
                TokenTree::Punct(_) => {}
            }
            at += 1;
        }
    }
}
