//! Every function, operator, type and cast in SQL of Lethe names its schema, so that no setting and no object of others decides what it
//! means. A lexer finds what does not.
//!
//! What the grammar itself resolves needs no schema: `coalesce`, `extract (… FROM …)`, `int`. What it resolves by the search path although
//! it has no place for a schema is not used: IN, LIKE, BETWEEN, NULLIF, IS DISTINCT FROM, CASE with an operand.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use super::statements::files;

/// Words before a parenthesis that are part of the grammar.
const GRAMMAR: &[&str] = &[
    "all",
    "and",
    "any",
    "array",
    "as",
    "by",
    "cast",
    "check",
    "coalesce",
    "columns",
    "conflict",
    "copy",
    "default",
    "distinct",
    "else",
    "end",
    "except",
    "exists",
    "explain",
    "extract",
    "filter",
    "from",
    "greatest",
    "group",
    "having",
    "if",
    "intersect",
    "into",
    "join",
    "key",
    "lateral",
    "least",
    "limit",
    "materialized",
    "not",
    "offset",
    "on",
    "operator",
    "or",
    "order",
    "over",
    "partition",
    "primary",
    "recursive",
    "references",
    "returning",
    "row",
    "rows",
    "select",
    "set",
    "some",
    "table",
    "then",
    "union",
    "unique",
    "update",
    "using",
    "vacuum",
    "values",
    "when",
    "where",
    "with",
];

/// Types that are words of the grammar.
const GRAMMAR_TYPES: &[&str] = &[
    "bigint",
    "bit",
    "boolean",
    "char",
    "character",
    "decimal",
    "double",
    "float",
    "int",
    "integer",
    "interval",
    "numeric",
    "real",
    "smallint",
    "time",
    "timestamp",
    "varchar",
];

/// Types that the search path resolves.
const TYPES: &[&str] = &[
    "bool",
    "bytea",
    "cidr",
    "date",
    "float4",
    "float8",
    "inet",
    "int2",
    "int4",
    "int8",
    "json",
    "jsonb",
    "name",
    "oid",
    "pg_lsn",
    "record",
    "regclass",
    "regnamespace",
    "regproc",
    "regprocedure",
    "regrole",
    "regtype",
    "text",
    "timestamptz",
    "timetz",
    "tsvector",
    "uuid",
    "xid",
    "xid8",
    "xml",
];

/// Constructs that look up an operator by the search path.
const CONSTRUCTS: &[&str] = &["between", "ilike", "like", "nullif", "similar"];

/// The words at which a clause begins in which `=` has a meaning of its own or not.
const CLAUSES: &[&str] = &[
    "select",
    "from",
    "where",
    "on",
    "set",
    "values",
    "by",
    "having",
    "returning",
    "raise",
    "diagnostics",
    "if",
];

/// Those in which `=` assigns, once after each comma.
const ASSIGNING: &[&str] = &["diagnostics", "raise", "set"];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Word,
    Quoted,
    Text,
    Number,
    Parameter,
    Operator,
    Cast,
    Mark,
}

#[derive(Debug, Clone)]
struct Token {
    kind: Kind,
    /// Words in lower case.
    text: String,
    line: usize,
}

/// The tokens of a statement, without comments.
fn tokens(sql: &str) -> Vec<Token> {
    let chars: Vec<char> = sql.chars().collect();
    let (mut at, mut line, mut all) = (0, 1, Vec::new());
    let is_operator = |c: char| "+-*/<>=~!@#%^&|`?".contains(c);
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    while at < chars.len() {
        let (from, c) = (at, chars[at]);
        let next = chars.get(at + 1).copied().unwrap_or(' ');
        let end_of = |mark: &str, from: usize| {
            let rest: String = chars[from..].iter().collect();
            from + rest.find(mark).map_or(rest.chars().count(), |byte| {
                rest[..byte].chars().count() + mark.chars().count()
            })
        };
        let begins_text = c == '\'' || "eExX".contains(c) && next == '\'';
        let kind = if c.is_whitespace() {
            at += 1;
            None
        } else if c == '-' && next == '-' {
            at = end_of("\n", at);
            None
        } else if c == '/' && next == '*' {
            at = end_of("*/", at + 2);
            None
        } else if c == '$' && next.is_ascii_digit() {
            at += 1;
            while chars.get(at).is_some_and(char::is_ascii_digit) {
                at += 1;
            }
            Some(Kind::Parameter)
        } else if c == '$' {
            // The body of a function is looked at too; its quotes are not.
            at = end_of("$", at + 1);
            None
        } else if begins_text || c == '"' {
            let quote = if c == '"' { '"' } else { '\'' };
            at += usize::from(c != quote) + 1;
            loop {
                match (chars.get(at), chars.get(at + 1)) {
                    (Some(&a), Some(&b)) if a == quote && b == quote => at += 2,
                    (Some(&a), _) if a == quote => break,
                    (None, _) => break,
                    _ => at += 1,
                }
            }
            at += 1;
            Some(if quote == '"' {
                Kind::Quoted
            } else {
                Kind::Text
            })
        } else if c.is_ascii_digit() {
            while chars
                .get(at)
                .is_some_and(|&c| c.is_ascii_digit() || c == '.')
            {
                at += 1;
            }
            Some(Kind::Number)
        } else if is_word(c) {
            while chars.get(at).is_some_and(|&c| is_word(c)) {
                at += 1;
            }
            Some(Kind::Word)
        } else if c == ':' && next == ':' {
            at += 2;
            Some(Kind::Cast)
        } else if c == ':' && next == '=' {
            at += 2;
            Some(Kind::Mark)
        } else if is_operator(c) {
            while chars.get(at).is_some_and(|&c| is_operator(c)) {
                at += 1;
            }
            Some(Kind::Operator)
        } else {
            at += 1;
            Some(Kind::Mark)
        };
        let at_end = at.min(chars.len());
        let text: String = chars[from..at_end].iter().collect();
        if let Some(kind) = kind {
            let text = if kind == Kind::Word {
                text.to_lowercase()
            } else {
                text.clone()
            };
            all.push(Token { kind, text, line });
        }
        line += chars[from..at_end].iter().filter(|c| **c == '\n').count();
    }
    all
}

/// A look at the tokens of a statement.
struct Reader<'a> {
    all: &'a [Token],
    /// For each parenthesis and CASE that is open, and outside all: the clause, and whether `=` may be an assignment.
    clauses: Vec<(String, bool)>,
}

impl Reader<'_> {
    fn text(&self, at: Option<usize>) -> &str {
        at.and_then(|at| self.all.get(at))
            .map_or("", |token| token.text.as_str())
    }

    fn is_name(&self, at: Option<usize>) -> bool {
        let token = at.and_then(|at| self.all.get(at));
        token.is_some_and(|token| match token.kind {
            Kind::Quoted => true,
            Kind::Word => {
                !GRAMMAR.contains(&token.text.as_str()) && !CLAUSES.contains(&token.text.as_str())
            }
            _ => token.text == ")",
        })
    }

    /// The token after the parenthesis that closes the one at `open`.
    fn after_parenthesis(&self, open: usize) -> &str {
        let mut depth = 0;
        for (at, token) in self.all.iter().enumerate().skip(open) {
            match token.text.as_str() {
                "(" => depth += 1,
                ")" => depth -= 1,
                _ => {}
            }
            if depth == 0 {
                return self.text(Some(at + 1));
            }
        }
        ""
    }

    /// What is wrong with the token at a position.
    fn complaint(&mut self, at: usize) -> Option<String> {
        let token = &self.all[at];
        let (before, before2) = (at.checked_sub(1), at.checked_sub(2));
        let word = token.text.clone();
        self.follow(&word);
        match token.kind {
            Kind::Operator => self.operator(at),
            Kind::Cast => {
                let named = self.text(Some(at + 1)).to_owned();
                let is_qualified = self.text(Some(at + 2)) == ".";
                let is_known = GRAMMAR_TYPES.contains(&named.as_str()) || is_qualified;
                (!is_known).then(|| format!("cast to {named}"))
            }
            Kind::Word if self.text(before) == "." => None,
            Kind::Word if CONSTRUCTS.contains(&word.as_str()) => Some(word),
            Kind::Word if word == "in" && self.text(Some(at + 1)) == "(" => Some("IN".to_owned()),
            Kind::Word
                if word == "distinct"
                    && ["is", "not"].contains(&self.text(before))
                    && self.text(Some(at + 1)) == "from" =>
            {
                Some("IS DISTINCT FROM".to_owned())
            }
            // Both look for `=` by the search path.
            Kind::Word if word == "natural" => Some("NATURAL JOIN".to_owned()),
            Kind::Word
                if word == "using"
                    && self.text(Some(at + 1)) == "("
                    && self.text(Some(at + 2)) != "select" =>
            {
                Some("JOIN with USING".to_owned())
            }
            Kind::Word if word == "case" && self.text(Some(at + 1)) != "when" => {
                Some("CASE with an operand".to_owned())
            }
            Kind::Word if TYPES.contains(&word.as_str()) && self.text(before) != "::" => {
                let next = self.text(Some(at + 1));
                let is_literal = self
                    .all
                    .get(at + 1)
                    .is_some_and(|next| next.kind == Kind::Text);
                let is_definition = self.is_name(before)
                    && !["as", "from", "join"].contains(&self.text(before))
                    && ["(", ",", ".", "default", "recursive"].contains(&self.text(before2))
                    && [",", ")", "[", "default", "not"].contains(&next);
                let of_function = ["returns"].contains(&self.text(before));
                (is_literal || is_definition || of_function).then(|| format!("type {word}"))
            }
            Kind::Word if self.text(Some(at + 1)) == "(" && !GRAMMAR.contains(&word.as_str()) => {
                let is_type = GRAMMAR_TYPES.contains(&word.as_str()) || word == "in";
                let is_alias = self.is_name(before) || self.text(before) == "as";
                let is_query = ["with", "recursive", ","].contains(&self.text(before))
                    && self.after_parenthesis(at + 1) == "as";
                (!is_type && !is_alias && !is_query).then(|| format!("function {word}"))
            }
            _ => None,
        }
    }

    /// Follows clauses and parentheses.
    fn follow(&mut self, word: &str) {
        match word {
            "(" | "case" => self.clauses.push((String::new(), false)),
            // Also of a block of PL/pgSQL, which has no clauses around it.
            ")" | "end" if self.clauses.len() > 1 => {
                self.clauses.pop();
            }
            _ => {
                let Some(last) = self.clauses.last_mut() else {
                    return;
                };
                if word == "," || word == ";" {
                    last.1 = ASSIGNING.contains(&last.0.as_str());
                } else if CLAUSES.contains(&word) {
                    *last = (word.to_owned(), ASSIGNING.contains(&word));
                } else if word == "using" && last.0 == "raise" {
                    last.1 = true;
                }
            }
        }
    }

    fn operator(&mut self, at: usize) -> Option<String> {
        let token = &self.all[at];
        let before = at.checked_sub(1);
        let is_qualified = self.text(before) == "." && self.text(at.checked_sub(4)) == "operator";
        let is_star = token.text == "*"
            && ["(", ".", ",", "select", "distinct", "returning"].contains(&self.text(before));
        let is_sign = ["-", "+"].contains(&token.text.as_str())
            && self
                .all
                .get(at + 1)
                .is_some_and(|next| next.kind == Kind::Number)
            && !self.is_name(before)
            && before.is_none_or(|before| {
                !matches!(
                    self.all[before].kind,
                    Kind::Number | Kind::Parameter | Kind::Text
                )
            });
        let assigns = token.text == "="
            && self
                .clauses
                .last_mut()
                .is_some_and(|(_, assigns)| std::mem::take(assigns));
        let is_argument = token.text == "=>";
        (!is_qualified && !is_star && !is_sign && !assigns && !is_argument)
            .then(|| format!("operator {}", token.text))
    }
}

/// What names no schema in a text of SQL, each with its line.
fn unqualified(sql: &str) -> Vec<String> {
    let all = tokens(sql);
    let mut reader = Reader {
        all: &all,
        clauses: vec![(String::new(), false)],
    };
    (0..all.len())
        .filter_map(|at| Some(format!("{}: {}", all[at].line, reader.complaint(at)?)))
        .collect()
}

/// The SQL of the crate for connections.
fn files_of_connections() -> BTreeMap<String, String> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("crates/pg-connect/sql");
    let entries = fs::read_dir(folder).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    paths
        .map(|path| {
            (
                path.display().to_string(),
                fs::read_to_string(&path).unwrap(),
            )
        })
        .collect()
}

#[test]
fn every_function_operator_and_type_names_its_schema() {
    let mut all = files();
    all.extend(files_of_connections());
    for name in ["outbound", "messaging"] {
        let path = format!(
            "{}/fixtures/rendered/{name}.sql",
            env!("CARGO_MANIFEST_DIR")
        );
        let text = fs::read_to_string(&path).unwrap();
        all.insert(path, text);
    }
    let mut found = Vec::new();
    for (path, text) in &all {
        found.extend(
            unqualified(text)
                .into_iter()
                .map(|one| format!("{path}:{one}")),
        );
    }
    assert!(
        found.is_empty(),
        "{} are not qualified:\n{}",
        found.len(),
        found.join("\n")
    );
}

#[test]
fn planted_names_without_a_schema_are_found() {
    for sql in [
        "SELECT lower(t.a) FROM s.t",
        "SELECT t.a = 1 FROM s.t",
        "SELECT t.a OPERATOR(pg_catalog.=) 1 AND t.b <> 2 FROM s.t",
        "UPDATE s.t SET a = b = c",
        "UPDATE s.t SET a = 1 WHERE b = 2",
        "UPDATE s.t SET a = (SELECT 1 WHERE b = c)",
        "SELECT t.a::text FROM s.t",
        "SELECT t.a IN (1, 2) FROM s.t",
        "SELECT t.a NOT LIKE 'x' FROM s.t",
        "SELECT t.a BETWEEN 1 AND 2 FROM s.t",
        "SELECT t.a IS DISTINCT FROM 1 FROM s.t",
        "SELECT nullif(t.a, 1) FROM s.t",
        "SELECT CASE t.a WHEN 1 THEN 2 END FROM s.t",
        "SELECT 1 FROM s.t JOIN s.u USING (a)",
        "SELECT 1 FROM s.t NATURAL JOIN s.u",
        "SELECT inet '::1'",
        "SELECT 1 - 2",
        "SELECT t.a -1 FROM s.t",
        "CREATE TEMP TABLE pg_temp.t (a text, b int)",
        "SELECT * FROM unnest(ARRAY[1]) AS u (a)",
        "SELECT pg_catalog.count(*) FILTER (WHERE a || 'x' IS NULL) FROM s.t",
    ] {
        assert!(!unqualified(sql).is_empty(), "{sql}");
    }
    for sql in [
        "SELECT pg_catalog.lower(t.a) AS a, -1, pg_catalog.count(*) FROM s.t AS t (a, b) -- = text",
        "UPDATE s.t SET a = CASE WHEN b THEN 1 END, b = pg_catalog.left(c, 2) WHERE c OPERATOR(pg_catalog.=) ANY ('{a,b}')",
        "INSERT INTO s.t (a, b) SELECT coalesce(a, 'x = y'), extract(epoch FROM b) FROM s.t ON CONFLICT (a) DO UPDATE SET b = excluded.b",
        "WITH RECURSIVE x (a) AS (SELECT 1), y (b) AS MATERIALIZED (SELECT 2) SELECT * FROM x, y",
        "SELECT a::int, b::pg_catalog.text, c::pg_catalog.int8[] FROM s.t",
        "SET search_path = ''; SET jit = off",
        "DELETE FROM s.t USING (SELECT 1 AS a) AS u WHERE t.a OPERATOR(pg_catalog.=) u.a",
        "CREATE TEMP TABLE pg_temp.t (a pg_catalog.text, b int)",
        "SELECT CASE WHEN a IS NULL THEN 1 END FROM s.t WHERE EXISTS (SELECT FROM s.u)",
    ] {
        assert_eq!(unqualified(sql), [""; 0], "{sql}");
    }
}
