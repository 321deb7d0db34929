//! Every link resolves, and every page is in the table of contents.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::page::{read, root};
use super::source;

/// All pages, by their path below the root.
fn pages() -> Vec<String> {
    let mut pages: Vec<String> = [
        "README.md",
        "ARCHITECTURE.md",
        "CONTRIBUTING.md",
        "STYLE.md",
        "CHANGELOG.md",
    ]
    .map(str::to_owned)
    .into();
    let mut folders = vec![root().join("docs")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "md") {
                let below = path.strip_prefix(root()).unwrap();
                pages.push(below.to_str().unwrap().to_owned());
            }
        }
    }
    pages
}

/// The text without fenced blocks and code spans, in which brackets are no links.
fn prose(page: &str) -> String {
    let outside = page.split("```").step_by(2).collect::<String>();
    outside.split('`').step_by(2).collect()
}

/// The targets of links and pictures.
fn targets(page: &str) -> Vec<String> {
    let prose = prose(page);
    let after = prose.split("](").skip(1);
    let targets = after.filter_map(|rest| Some(rest.split_once(')')?.0.to_owned()));
    targets.collect()
}

/// The anchors of a page, as GitHub and mdBook make them of headings.
fn anchors(page: &str) -> BTreeSet<String> {
    let headings = page.lines().filter_map(|line| {
        let text = line.trim_start_matches('#');
        (text.len() < line.len()).then(|| text.trim().to_lowercase())
    });
    let anchor = |text: String| -> String {
        let kept = text.chars().filter_map(|c| match c {
            ' ' => Some('-'),
            c if c.is_alphanumeric() || c == '-' || c == '_' => Some(c),
            _ => None,
        });
        kept.collect()
    };
    headings.map(anchor).collect()
}

fn normal(path: &Path) -> PathBuf {
    let mut normal = PathBuf::new();
    for part in path.components() {
        match part {
            std::path::Component::ParentDir => {
                assert!(normal.pop(), "{} leaves the source", path.display());
            }
            part => normal.push(part),
        }
    }
    normal
}

#[test]
fn every_link_resolves() {
    let mut broken = Vec::new();
    for page in pages() {
        let text = read(&page);
        for target in targets(&text) {
            if target.starts_with("https://") {
                continue;
            }
            let (file, anchor) = target.split_once('#').unwrap_or((&target, ""));
            let path = match file {
                "" => PathBuf::from(&page),
                file => normal(&Path::new(&page).parent().unwrap().join(file)),
            };
            let found = root().join(&path).exists()
                && (anchor.is_empty() || anchors(&read(path.to_str().unwrap())).contains(anchor));
            if !found {
                broken.push(format!("{page}: {target}"));
            }
        }
    }
    assert!(broken.is_empty(), "broken links:\n{}", broken.join("\n"));
}

#[test]
fn every_page_that_a_message_names_exists() {
    let mut named = 0;
    for file in source::read() {
        let text = read(&file.path);
        let page = |rest: &str| Some(format!("docs/{}.md", rest.split_once(".md")?.0));
        let pages = text.split("docs/").skip(1).filter_map(page);
        for page in pages.filter(|page| !page.contains([' ', '\n', '"'])) {
            assert!(root().join(&page).exists(), "{} names {page}", file.path);
            named += 1;
        }
    }
    assert!(named > 0, "no message names a page");
}

#[test]
fn every_page_of_docs_is_in_the_summary_once() {
    let summary = read("docs/SUMMARY.md");
    let listed = targets(&summary);
    let unique: BTreeSet<&String> = listed.iter().collect();
    assert_eq!(unique.len(), listed.len(), "a page is listed twice");
    for page in pages() {
        let Some(below) = page.strip_prefix("docs/") else {
            continue;
        };
        let is_listed = below == "SUMMARY.md" || listed.iter().any(|target| target == below);
        assert!(is_listed, "{page} is not in docs/SUMMARY.md");
    }
}

#[test]
fn every_source_file_that_a_page_names_exists() {
    for page in pages() {
        let text = read(&page);
        let spans = text.split('`').skip(1).step_by(2);
        let is_path = |span: &&str| {
            let parent = [
                "src/",
                "sql/",
                "tests/",
                "migrations/",
                "crates/",
                "benches/",
                "packaging/",
                "fixtures/",
                "docs/",
            ];
            parent.iter().any(|start| span.starts_with(start))
                && !span.contains([' ', '*', '<', '(', '{', '\n'])
        };
        for span in spans.filter(is_path) {
            let exists = root().join(span).exists() || page == "CHANGELOG.md";
            assert!(exists, "{page} names {span}, which does not exist");
        }
    }
}
