//! Outputs as real tools printed them: `real/<tool>-<case>.txt`, and beside each what must be read from it.
//!
//! A new pair of files is a new test. In `.expected` each diagnostic is a line as [`shown`] has it, each
//! failing test a line `FAIL <id>`.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{fs, io};

use super::super::{diagnostics, failing_tests};
use super::shown;

const LIMIT: usize = 50;

fn outputs() -> io::Result<Vec<PathBuf>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/builds/diagnostics/tests/real");
    let mut files: Vec<PathBuf> = fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<io::Result<_>>()?;
    files.retain(|file| file.extension().is_some_and(|end| end == "txt"));
    files.sort();
    Ok(files)
}

fn read(output: &Path) -> io::Result<Vec<String>> {
    let text = String::from_utf8_lossy(&fs::read(output)?).into_owned();
    let found = diagnostics(&text, LIMIT).iter().map(shown).collect::<Vec<_>>();
    let failing = failing_tests(&text, LIMIT).into_iter().map(|id| format!("FAIL {id}"));
    Ok(found.into_iter().chain(failing).collect())
}

fn difference(expected: &[String], found: &[String]) -> String {
    let mut text = String::new();
    for line in expected.iter().filter(|line| !found.contains(line)) {
        let _ = writeln!(text, "  - {line}");
    }
    for line in found.iter().filter(|line| !expected.contains(line)) {
        let _ = writeln!(text, "  + {line}");
    }
    if text.is_empty() { "  the order differs\n".to_owned() } else { text }
}

#[test]
fn what_real_tools_print_is_read() -> io::Result<()> {
    let outputs = outputs()?;
    assert!(outputs.len() > 200, "only {} outputs", outputs.len());
    let mut wrong = String::new();
    for output in outputs {
        let expected = fs::read_to_string(output.with_extension("expected")).unwrap_or_default();
        let expected: Vec<String> = expected.lines().map(str::to_owned).collect();
        let found = read(&output)?;
        if found != expected {
            let name = output.file_name().unwrap_or_default().to_string_lossy();
            let _ = write!(wrong, "{name} (- expected, + found)\n{}", difference(&expected, &found));
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
    Ok(())
}

/// Nothing is an error in the output of a run that passed.
#[test]
fn what_passes_has_no_errors() -> io::Result<()> {
    let passed: Vec<PathBuf> =
        outputs()?.into_iter().filter(|file| file.to_string_lossy().contains("-passed")).collect();
    assert!(passed.len() > 20, "only {} outputs", passed.len());
    for output in passed {
        let errors: Vec<String> =
            read(&output)?.into_iter().filter(|line| line.starts_with("E ") || line.starts_with("FAIL ")).collect();
        assert_eq!(errors, [""; 0], "{}", output.display());
    }
    Ok(())
}
