//! Holds the documentation to the program: generated pages are what the binary prints, links lead somewhere.

use std::path::{Path, PathBuf};

use crate::support::{Home, project_dir};

const PAGES: &[&str] = &["tools", "commands", "sql", "settings"];
/// Two screens.
const README_LINES: usize = 100;

#[test]
fn generated_pages_are_what_the_program_prints() {
    let home = Home::new();
    let mut stale = Vec::new();
    for page in PAGES {
        let kept = std::fs::read_to_string(project_dir().join(format!("docs/reference/{page}.md"))).unwrap_or_default();
        if kept != home.ok(&["reference", page]) {
            stale.push(format!("cargo run -- reference {page} > docs/reference/{page}.md"));
        }
    }
    assert!(stale.is_empty(), "the program prints something else now; to regenerate:\n{}", stale.join("\n"));
}

fn pages(dir: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(dir).expect("docs are there").flatten() {
        let path = entry.path();
        if path.is_dir() {
            pages(&path, found);
        } else if path.extension().is_some_and(|e| e == "md") {
            found.push(path);
        }
    }
}

/// Where the links of a page lead; what stands in code blocks is no link.
fn links(text: &str) -> Vec<&str> {
    let mut in_code = false;
    let mut found = Vec::new();
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            in_code = !in_code;
        }
        if !in_code {
            found.extend(line.split("](").skip(1).filter_map(|after| after.split(')').next()));
        }
    }
    found
}

#[test]
fn relative_links_lead_to_files() {
    let mut found = vec![project_dir().join("README.md")];
    pages(&project_dir().join("docs"), &mut found);
    assert!(found.len() > 10, "the pages were not found");
    let mut broken = Vec::new();
    for page in found {
        let text = std::fs::read_to_string(&page).expect("a page");
        for link in links(&text) {
            let file = link.split('#').next().unwrap_or_default();
            let elsewhere = link.contains("://") || link.starts_with("mailto:");
            if !elsewhere && !file.is_empty() && !page.with_file_name(file).exists() {
                broken.push(format!("{}: {link}", page.display()));
            }
        }
    }
    assert!(broken.is_empty(), "links that lead nowhere:\n{}", broken.join("\n"));
}

#[test]
fn the_readme_stays_short() {
    let lines = std::fs::read_to_string(project_dir().join("README.md")).expect("a README").lines().count();
    assert!(lines <= README_LINES, "README.md has {lines} lines; {README_LINES} are two screens");
}

#[test]
fn links_are_told_from_code() {
    let text = "[a](b.md), [c](d.md#e)\n```\n[no](x)\n```\n[web](https://example.com)";
    assert_eq!(links(text), ["b.md", "d.md#e", "https://example.com"]);
}
