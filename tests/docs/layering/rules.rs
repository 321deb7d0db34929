//! The rules, one function each.

use std::collections::{BTreeMap, BTreeSet};

use syn::spanned::Spanned as _;
use syn::visit::{self, Visit};
use syn::{Block, FnArg, Signature, Type, Visibility};

use super::modules::{External, Link, Modules};
use super::{
    FILLS_SLOTS, FLOORS, LONGEST_FUNCTION, PRINTS, TOUCHES_THE_WORLD, USES_THE_DRIVER, Violation,
    WRITES_SQL, is_in,
};
use crate::source::{SourceFile, Words};

pub const UPWARD_IMPORT: &str = "upward import";
pub const CYCLE: &str = "cycle between files";
pub const OUTPUT: &str = "output";
pub const OUTSIDE_WORLD: &str = "outside world";
pub const SQL: &str = "SQL";
pub const UNTYPED_COLUMN: &str = "untyped column";
pub const UNDECLARED_STATEMENT: &str = "undeclared statement";
pub const LONG_FUNCTION: &str = "long function";
pub const BOOL_PARAMETER: &str = "bool parameter";

/// The violations of all rules, by file.
pub fn check(files: &[SourceFile]) -> Vec<Violation> {
    let modules = Modules::of(files);
    let (links, externals) = modules.links();
    let mut violations = floors(&modules, &links);
    violations.extend(cycles(&modules, &links));
    violations.extend(outside_world(&modules, &externals));
    violations.extend(driver(&modules, &externals));
    for file in files {
        let words = Words::of(file);
        violations.extend(output(file, &words));
        violations.extend(path_methods(file, &words));
        violations.extend(sql(file, &words));
        violations.extend(columns(file, &words));
        violations.extend(undeclared(file, &words));
        violations.extend(functions(file));
    }
    violations.sort();
    violations.dedup();
    violations
}

fn violation(
    rule: &'static str,
    file: &SourceFile,
    line: usize,
    what: impl Into<String>,
) -> Violation {
    Violation {
        file: file.path.clone(),
        line,
        rule,
        what: what.into(),
    }
}

fn floor(module: &str) -> Option<u8> {
    let known = FLOORS.iter().find(|(name, _)| *name == module);
    known.map(|(_, floor)| *floor)
}

/// A module imports only from floors below. A path counts as what it names and as what it leads to.
fn floors(modules: &Modules, links: &[Link]) -> Vec<Violation> {
    let mut violations = Vec::new();
    for link in links {
        let (from, to) = (modules.file(link.from), modules.file(link.to));
        let ("lethe", Some(own)) = (from.module[0].as_str(), from.module.get(1)) else {
            continue;
        };
        let target = (to.module[0] == "lethe")
            .then(|| to.module.get(1))
            .flatten();
        let named = link
            .named
            .as_ref()
            .filter(|named| floor(named).is_some() || *named == own);
        for other in target.into_iter().chain(named).collect::<BTreeSet<_>>() {
            let is_below = match (floor(own), floor(other)) {
                (Some(own), Some(other)) => other < own,
                _ => false,
            };
            if other != own && !is_below {
                let what = format!("{} ({other} is not below {own})", link.path);
                violations.push(violation(UPWARD_IMPORT, from, link.line, what));
            }
        }
    }
    violations
}

/// No file imports from a file that imports from it, directly or through others.
fn cycles(modules: &Modules, links: &[Link]) -> Vec<Violation> {
    let mut graph: BTreeMap<usize, BTreeMap<usize, &Link>> = BTreeMap::new();
    for link in links.iter().filter(|link| !link.is_facade) {
        graph
            .entry(link.from)
            .or_default()
            .entry(link.to)
            .or_insert(link);
    }
    let reach: BTreeMap<usize, BTreeSet<usize>> = graph
        .keys()
        .map(|from| (*from, reachable(&graph, *from)))
        .collect();
    let mut violations = Vec::new();
    for (from, targets) in &graph {
        for (to, link) in targets {
            if reach.get(to).is_some_and(|reach| reach.contains(from)) {
                let (file, target) = (modules.file(*from), modules.file(*to));
                let what = format!("{} is in {}", link.path, target.path);
                violations.push(violation(CYCLE, file, link.line, what));
            }
        }
    }
    violations
}

fn reachable(graph: &BTreeMap<usize, BTreeMap<usize, &Link>>, from: usize) -> BTreeSet<usize> {
    let mut reached = BTreeSet::new();
    let mut open = vec![from];
    while let Some(next) = open.pop() {
        for target in graph.get(&next).into_iter().flat_map(BTreeMap::keys) {
            if reached.insert(*target) {
                open.push(*target);
            }
        }
    }
    reached
}

fn starts_with(path: &[String], prefix: &str) -> bool {
    let prefix: Vec<&str> = prefix.split("::").collect();
    path.len() >= prefix.len() && path.iter().zip(&prefix).all(|(a, b)| a == b)
}

/// Libraries that print, and libraries that reach files, processes, the environment and the network.
fn outside_world(modules: &Modules, externals: &[External]) -> Vec<Violation> {
    const PRINT: [&str; 6] = [
        "std::io::stdout",
        "std::io::stderr",
        "tokio::io::stdout",
        "tokio::io::stderr",
        "indicatif",
        "comfy_table",
    ];
    const TOUCH: [&str; 18] = [
        "std::fs",
        "std::net::TcpStream",
        "std::net::TcpListener",
        "std::net::UdpSocket",
        "std::net::ToSocketAddrs",
        "std::process",
        "std::env",
        "std::os::unix::net",
        "std::io::stdin",
        "tokio::fs",
        "tokio::net",
        "tokio::process",
        "tokio::io::stdin",
        "nix",
        "reqwest",
        "opendal",
        "socket2",
        "tempfile",
    ];
    let mut violations = Vec::new();
    for (rule, allowed, prefixes) in [
        (OUTPUT, PRINTS.as_slice(), PRINT.as_slice()),
        (
            OUTSIDE_WORLD,
            TOUCHES_THE_WORLD.as_slice(),
            TOUCH.as_slice(),
        ),
    ] {
        for external in externals {
            let file = modules.file(external.file);
            let is_one = prefixes
                .iter()
                .any(|prefix| starts_with(&external.path, prefix));
            if is_one && !is_in(&file.path, allowed) {
                let what = external.path.join("::");
                violations.push(violation(rule, file, external.line, what));
            }
        }
    }
    violations
}

fn output(file: &SourceFile, words: &Words) -> Vec<Violation> {
    const MACROS: [&str; 5] = ["print", "println", "eprint", "eprintln", "dbg"];
    if is_in(&file.path, &PRINTS) {
        return Vec::new();
    }
    let prints = words
        .macros
        .iter()
        .filter(|(name, _)| MACROS.contains(&name.as_str()));
    prints
        .map(|(name, line)| violation(OUTPUT, file, *line, format!("{name}!")))
        .collect()
}

/// The methods of a path that ask the file system.
fn path_methods(file: &SourceFile, words: &Words) -> Vec<Violation> {
    const METHODS: [&str; 8] = [
        "canonicalize",
        "exists",
        "is_dir",
        "is_file",
        "read_dir",
        "read_link",
        "symlink_metadata",
        "try_exists",
    ];
    if is_in(&file.path, &TOUCHES_THE_WORLD) {
        return Vec::new();
    }
    let asks = words
        .methods
        .iter()
        .filter(|method| METHODS.contains(&method.name.as_str()));
    asks.map(|method| {
        violation(
            OUTSIDE_WORLD,
            file,
            method.line,
            format!(".{}()", method.name),
        )
    })
    .collect()
}

fn sql(file: &SourceFile, words: &Words) -> Vec<Violation> {
    if is_in(&file.path, &WRITES_SQL) {
        return Vec::new();
    }
    let texts = words.strings.iter().filter(|(text, _)| is_sql(text));
    texts
        .map(|(text, line)| {
            let start: String = text.trim_start().chars().take(40).collect();
            violation(SQL, file, *line, start.replace('\n', " "))
        })
        .collect()
}

/// Whether a text is a statement or a part of one, rather than a sentence that names a command.
fn is_sql(text: &str) -> bool {
    const STATEMENTS: [&str; 46] = [
        "ALTER DATABASE ",
        "ALTER DEFAULT ",
        "ALTER EXTENSION ",
        "ALTER INDEX ",
        "ALTER ROLE ",
        "ALTER SCHEMA ",
        "ALTER SYSTEM ",
        "ALTER TABLE ",
        "ALTER USER ",
        "ANALYZE {",
        "CALL ",
        "COMMENT ON ",
        "COPY ",
        "CREATE ",
        "DEALLOCATE ",
        "DECLARE ",
        "DELETE FROM ",
        "DISCARD ",
        "DO $",
        "DROP DATABASE ",
        "DROP EXTENSION ",
        "DROP INDEX ",
        "DROP ROLE ",
        "DROP SCHEMA ",
        "DROP TABLE ",
        "EXPLAIN ",
        "FETCH ",
        "INSERT INTO ",
        "LISTEN ",
        "LOCK TABLE ",
        "MERGE INTO ",
        "NOTIFY ",
        "PREPARE ",
        "REFRESH MATERIALIZED ",
        "REINDEX ",
        "RELEASE SAVEPOINT ",
        "RESET ",
        "SAVEPOINT ",
        "SELECT ",
        "SET ",
        "SHOW ",
        "START TRANSACTION",
        "TRUNCATE ",
        "VACUUM (",
        "VACUUM {",
        "WITH RECURSIVE ",
    ];
    const WHOLE: [&str; 6] = [
        "ANALYZE",
        "BEGIN",
        "CHECKPOINT",
        "COMMIT",
        "ROLLBACK",
        "VACUUM",
    ];
    const PARTS: [&str; 6] = [
        "(SELECT ",
        " WHERE ",
        " JOIN ",
        " ORDER BY ",
        " RETURNING ",
        "pg_catalog.",
    ];
    const PAIRS: [(&str, &str); 5] = [
        ("GRANT ", " TO "),
        ("REVOKE ", " FROM "),
        ("UPDATE ", " SET "),
        ("WITH ", " AS ("),
        ("BEGIN ", " ISOLATION "),
    ];
    // A statement that is only spoken of has an ellipsis for its names.
    if text.contains('…') {
        return false;
    }
    let start = text.trim_start();
    // The command by itself is no statement.
    STATEMENTS
        .iter()
        .any(|statement| start.starts_with(statement) && start.len() > statement.len())
        || WHOLE.contains(&start.trim_end_matches([';', ' ']))
        || PARTS.iter().any(|part| text.contains(part))
        || start.starts_with("FROM ")
        || PAIRS
            .iter()
            .any(|(first, second)| start.starts_with(first) && text.contains(second))
}

/// Columns are read where a row becomes a type.
fn columns(file: &SourceFile, words: &Words) -> Vec<Violation> {
    if is_in(&file.path, &USES_THE_DRIVER) {
        return Vec::new();
    }
    let reads = words.methods.iter().filter(|method| {
        let is_row = method.receiver == "row" || method.receiver.ends_with("_row");
        method.name == "try_get" || (method.name == "get" && is_row)
    });
    reads
        .map(|method| {
            let what = format!("{}.{}(…)", method.receiver, method.name);
            violation(UNTYPED_COLUMN, file, method.line, what)
        })
        .collect()
}

/// Statements are declared, with the types of their parameters and rows: nothing else names a file of `sql/`, or calls what
/// takes a statement with a list of values.
fn undeclared(file: &SourceFile, words: &Words) -> Vec<Violation> {
    const METHODS: [&str; 13] = [
        "batch_execute",
        "client",
        "execute",
        "execute_async_commit",
        "execute_raw",
        "execute_typed",
        "prepare_cached",
        "query",
        "query_one",
        "query_opt",
        "query_raw",
        "query_typed",
        "simple_query",
    ];
    if is_in(&file.path, &USES_THE_DRIVER) {
        return Vec::new();
    }
    let sent = words
        .methods
        .iter()
        .filter(|method| METHODS.contains(&method.name.as_str()))
        .map(|method| {
            (
                format!("{}.{}(…)", method.receiver, method.name),
                method.line,
            )
        });
    let named = words
        .macros
        .iter()
        .filter(|(name, _)| name == "sql_file" && !is_in(&file.path, &FILLS_SLOTS))
        .map(|(name, line)| (format!("{name}!"), *line));
    sent.chain(named)
        .map(|(what, line)| violation(UNDECLARED_STATEMENT, file, line, what))
        .collect()
}

/// The driver is named only where its errors and types become those of the program.
fn driver(modules: &Modules, externals: &[External]) -> Vec<Violation> {
    const DRIVER: [&str; 2] = ["tokio_postgres", "deadpool_postgres"];
    let named = externals.iter().filter(|external| {
        let file = modules.file(external.file);
        DRIVER.contains(&external.path[0].as_str()) && !is_in(&file.path, &USES_THE_DRIVER)
    });
    named
        .map(|external| {
            let file = modules.file(external.file);
            violation(
                UNDECLARED_STATEMENT,
                file,
                external.line,
                external.path.join("::"),
            )
        })
        .collect()
}

fn functions(file: &SourceFile) -> Vec<Violation> {
    let mut functions = Functions {
        file,
        violations: Vec::new(),
    };
    functions.visit_file(&file.syntax);
    functions.violations
}

struct Functions<'a> {
    file: &'a SourceFile,
    violations: Vec<Violation>,
}

impl Functions<'_> {
    fn check(&mut self, is_public: bool, signature: &Signature, body: Option<&Block>) {
        let (name, line) = (&signature.ident, signature.span().start().line);
        if let Some(body) = body {
            let lines = body.span().end().line + 1 - line;
            if lines > LONGEST_FUNCTION {
                let what = format!("{name} has {lines} lines");
                self.violations
                    .push(violation(LONG_FUNCTION, self.file, line, what));
            }
        }
        for argument in signature.inputs.iter().filter(|_| is_public) {
            if let FnArg::Typed(argument) = argument
                && let Type::Path(path) = &*argument.ty
                && path.path.is_ident("bool")
            {
                let what = format!("a parameter of {name}");
                self.violations
                    .push(violation(BOOL_PARAMETER, self.file, line, what));
            }
        }
    }
}

impl<'ast> Visit<'ast> for Functions<'_> {
    fn visit_item_fn(&mut self, function: &'ast syn::ItemFn) {
        self.check(
            is_public(&function.vis),
            &function.sig,
            Some(&function.block),
        );
        visit::visit_item_fn(self, function);
    }

    fn visit_impl_item_fn(&mut self, function: &'ast syn::ImplItemFn) {
        self.check(
            is_public(&function.vis),
            &function.sig,
            Some(&function.block),
        );
        visit::visit_impl_item_fn(self, function);
    }

    fn visit_item_trait(&mut self, item: &'ast syn::ItemTrait) {
        for inner in &item.items {
            if let syn::TraitItem::Fn(function) = inner {
                self.check(
                    is_public(&item.vis),
                    &function.sig,
                    function.default.as_ref(),
                );
            }
        }
        visit::visit_item_trait(self, item);
    }
}

fn is_public(visibility: &Visibility) -> bool {
    !matches!(visibility, Visibility::Inherited)
}
