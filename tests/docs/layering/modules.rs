//! Which file defines what a path names: the modules, their items and their imports.

use std::collections::{BTreeMap, BTreeSet};

use quote::ToTokens as _;
use syn::visit_mut::{self, VisitMut};
use syn::{Item, Stmt, UseTree, Visibility};

use crate::source::{PathUse, SourceFile, Words};

/// The modules of all crates, by crate and path.
pub struct Modules<'a> {
    files: &'a [SourceFile],
    modules: BTreeMap<Vec<String>, Module>,
}

/// A module, in a file of its own or within one.
struct Module {
    file: usize,
    /// What it defines itself.
    items: BTreeSet<String>,
    imports: Vec<Import>,
    /// Its code, without the modules in it and without its imports.
    words: Words,
}

struct Import {
    /// The name it has here; `*` for all names of a module.
    name: String,
    path: Vec<String>,
    line: usize,
    is_public: bool,
}

/// What a path leads to.
#[derive(Clone, Debug, PartialEq)]
enum Place {
    Module(Vec<String>),
    /// An item of a module.
    Item(Vec<String>),
    /// Of a library; the path is complete.
    External(Vec<String>),
    Unknown,
}

/// A use of one file by another.
pub struct Link {
    pub from: usize,
    pub to: usize,
    pub line: usize,
    /// The path as it is written.
    pub path: String,
    /// Whether it only makes an item of a module below available under a shorter path.
    pub is_facade: bool,
    /// The module of the first floor that the path names, where it names one.
    pub named: Option<String>,
}

/// A use of a library.
pub struct External {
    pub file: usize,
    pub path: Vec<String>,
    pub line: usize,
}

impl<'a> Modules<'a> {
    pub fn of(files: &'a [SourceFile]) -> Modules<'a> {
        let mut modules = BTreeMap::new();
        for (number, file) in files.iter().enumerate() {
            add_module(&mut modules, number, &file.module, &file.syntax.items);
        }
        Modules { files, modules }
    }

    /// Every use of an item by another file, of a library by a file.
    pub fn links(&self) -> (Vec<Link>, Vec<External>) {
        let (mut links, mut externals) = (Vec::new(), Vec::new());
        for (path, module) in &self.modules {
            for import in &module.imports {
                let place = self.resolve_import(path, import, 0);
                let is_facade = import.is_public && self.is_below(&place, path);
                self.add(module, &import.path, import.line, place, is_facade)
                    .into(&mut links, &mut externals);
            }
            for PathUse { segments, line } in &module.words.paths {
                // A name alone is defined here or imported, and so counted, except where a facade uses what it re-exports.
                let import = module
                    .imports
                    .iter()
                    .find(|import| import.name == segments[0]);
                let is_counted = match import {
                    Some(import) => {
                        let place = self.resolve_import(path, import, 0);
                        !import.is_public && matches!(place, Place::Item(_))
                    }
                    None => segments.len() == 1,
                };
                if is_counted {
                    continue;
                }
                let place = self.resolve(path, segments, 0);
                self.add(module, segments, *line, place, false)
                    .into(&mut links, &mut externals);
            }
        }
        (links, externals)
    }

    fn add(
        &self,
        module: &Module,
        path: &[String],
        line: usize,
        place: Place,
        is_facade: bool,
    ) -> Found {
        let target = match place {
            Place::External(path) => {
                let file = module.file;
                return Found::External(External { file, path, line });
            }
            Place::Unknown => return Found::Nothing,
            // A module by itself is no use of what it defines, except of all of it.
            Place::Module(_) if path.last().is_none_or(|last| last != "*") => {
                return Found::Nothing;
            }
            Place::Module(target) | Place::Item(target) => target,
        };
        let to = self.modules[&target].file;
        if to == module.file {
            return Found::Nothing;
        }
        let is_absolute = ["crate", "lethe"].contains(&path[0].as_str());
        Found::Link(Link {
            from: module.file,
            to,
            line,
            path: path.join("::"),
            is_facade,
            named: path.get(1).filter(|_| is_absolute).cloned(),
        })
    }

    fn is_below(&self, place: &Place, path: &[String]) -> bool {
        match place {
            Place::Module(module) | Place::Item(module) => {
                module.len() > path.len() && module.starts_with(path)
            }
            _ => false,
        }
    }

    fn resolve_import(&self, from: &[String], import: &Import, depth: usize) -> Place {
        let path: Vec<String> = import
            .path
            .iter()
            .filter(|segment| *segment != "*")
            .cloned()
            .collect();
        self.resolve_except(from, &path, Some(import.line), depth)
    }

    fn resolve(&self, from: &[String], path: &[String], depth: usize) -> Place {
        self.resolve_except(from, path, None, depth)
    }

    /// `import` is the line of the import whose own path this is: it does not resolve itself.
    fn resolve_except(
        &self,
        from: &[String],
        path: &[String],
        import: Option<usize>,
        depth: usize,
    ) -> Place {
        if depth > 16 {
            return Place::Unknown;
        }
        let mut start = from.to_vec();
        let mut rest = path;
        match path[0].as_str() {
            "crate" => (start, rest) = (vec![from[0].clone()], &path[1..]),
            "self" => rest = &path[1..],
            "super" => {
                while rest.first().is_some_and(|segment| segment == "super") {
                    start.pop();
                    rest = &rest[1..];
                }
            }
            name if self.defines(from, name, import) => {}
            name if self.modules.contains_key([name.to_owned()].as_slice()) => {
                (start, rest) = (vec![name.to_owned()], &path[1..]);
            }
            _ => return Place::External(path.to_vec()),
        }
        let import = import.filter(|_| start == from);
        self.descend(start, rest, import, depth)
    }

    /// Whether a name means something in a module.
    fn defines(&self, module: &[String], name: &str, except: Option<usize>) -> bool {
        let child = [module, &[name.to_owned()]].concat();
        let here = &self.modules[module];
        self.modules.contains_key(&child)
            || here.items.contains(name)
            || here
                .imports
                .iter()
                .any(|import| import.name == name && Some(import.line) != except)
    }

    fn descend(
        &self,
        mut module: Vec<String>,
        mut rest: &[String],
        mut except: Option<usize>,
        depth: usize,
    ) -> Place {
        loop {
            let Some(name) = rest.first() else {
                return Place::Module(module);
            };
            let Some(here) = self.modules.get(&module) else {
                return Place::Unknown;
            };
            let child = [module.as_slice(), std::slice::from_ref(name)].concat();
            let has_child = self.modules.contains_key(&child);
            // A module and an item can have the same name; at the end of a path it is the item.
            if has_child && rest.len() > 1 {
                (module, rest, except) = (child, &rest[1..], None);
                continue;
            }
            if here.items.contains(name) {
                return Place::Item(module);
            }
            let named = here
                .imports
                .iter()
                .find(|import| import.name == *name && Some(import.line) != except);
            if let Some(import) = named {
                return match self.resolve_import(&module, import, depth + 1) {
                    Place::Module(found) if rest.len() > 1 => {
                        self.descend(found, &rest[1..], None, depth + 1)
                    }
                    Place::External(path) => {
                        Place::External([path.as_slice(), &rest[1..]].concat())
                    }
                    place => place,
                };
            }
            if has_child {
                return Place::Module(child);
            }
            return self.descend_globs(&module, here, rest, depth);
        }
    }

    fn descend_globs(
        &self,
        module: &[String],
        here: &Module,
        rest: &[String],
        depth: usize,
    ) -> Place {
        for import in here.imports.iter().filter(|import| import.name == "*") {
            if let Place::Module(found) = self.resolve_import(module, import, depth + 1)
                && found != module
                && depth < 8
            {
                let place = self.descend(found, rest, None, depth + 1);
                if place != Place::Unknown {
                    return place;
                }
            }
        }
        Place::Unknown
    }

    pub fn file(&self, number: usize) -> &SourceFile {
        &self.files[number]
    }
}

enum Found {
    Link(Link),
    External(External),
    Nothing,
}

impl Found {
    fn into(self, links: &mut Vec<Link>, externals: &mut Vec<External>) {
        match self {
            Found::Link(link) => links.push(link),
            Found::External(external) => externals.push(external),
            Found::Nothing => {}
        }
    }
}

fn add_module(
    modules: &mut BTreeMap<Vec<String>, Module>,
    file: usize,
    path: &[String],
    items: &[Item],
) {
    let mut module = Module {
        file,
        items: BTreeSet::new(),
        imports: Vec::new(),
        words: Words::default(),
    };
    for item in items {
        match item {
            Item::Mod(inner) => {
                if let Some((_, items)) = &inner.content {
                    let path = [path, &[inner.ident.to_string()]].concat();
                    add_module(modules, file, &path, items);
                }
                continue;
            }
            Item::Use(import) => {
                module.import(import);
                continue;
            }
            _ => {}
        }
        if let Some(name) = name_of(item) {
            module.items.insert(name);
        }
        let mut item = item.clone();
        let mut inner = InnerImports(Vec::new());
        inner.visit_item_mut(&mut item);
        for import in &inner.0 {
            module.import(import);
        }
        module.words.add(item.to_token_stream());
    }
    modules.insert(path.to_vec(), module);
}

impl Module {
    fn import(&mut self, import: &syn::ItemUse) {
        let is_public = !matches!(import.vis, Visibility::Inherited);
        let line = import.use_token.span.start().line;
        let mut paths = Vec::new();
        flatten(&import.tree, &mut Vec::new(), &mut paths);
        for (name, path) in paths {
            self.imports.push(Import {
                name,
                path,
                line,
                is_public,
            });
        }
    }
}

fn flatten(tree: &UseTree, prefix: &mut Vec<String>, into: &mut Vec<(String, Vec<String>)>) {
    let mut leaf = |name: String, last: Option<String>| {
        let path = prefix.iter().cloned().chain(last).collect();
        into.push((name, path));
    };
    match tree {
        UseTree::Path(path) => {
            prefix.push(path.ident.to_string());
            flatten(&path.tree, prefix, into);
            prefix.pop();
        }
        UseTree::Name(name) if name.ident == "self" => {
            leaf(prefix.last().cloned().unwrap_or_default(), None);
        }
        UseTree::Name(name) => leaf(name.ident.to_string(), Some(name.ident.to_string())),
        UseTree::Rename(rename) if rename.ident == "self" => leaf(rename.rename.to_string(), None),
        UseTree::Rename(rename) => {
            leaf(rename.rename.to_string(), Some(rename.ident.to_string()));
        }
        UseTree::Glob(_) => leaf("*".to_owned(), Some("*".to_owned())),
        UseTree::Group(group) => {
            for tree in &group.items {
                flatten(tree, prefix, into);
            }
        }
    }
}

/// Takes the imports out of function bodies.
struct InnerImports(Vec<syn::ItemUse>);

impl VisitMut for InnerImports {
    fn visit_block_mut(&mut self, block: &mut syn::Block) {
        block.stmts.retain(|statement| match statement {
            Stmt::Item(Item::Use(import)) => {
                self.0.push(import.clone());
                false
            }
            _ => true,
        });
        visit_mut::visit_block_mut(self, block);
    }
}

fn name_of(item: &Item) -> Option<String> {
    let ident = match item {
        Item::Const(item) => &item.ident,
        Item::Enum(item) => &item.ident,
        Item::Fn(item) => &item.sig.ident,
        Item::Macro(item) => item.ident.as_ref()?,
        Item::Static(item) => &item.ident,
        Item::Struct(item) => &item.ident,
        Item::Trait(item) => &item.ident,
        Item::Type(item) => &item.ident,
        Item::Union(item) => &item.ident,
        _ => return None,
    };
    Some(ident.to_string())
}
