//! Maven, Gradle, Kotlin, sbt. (javac itself prints the common form.)

use super::hints::Hints;
use super::lines::Cursor;
use super::place::{Place, is_path, leading, nowhere, number, whole};
use super::{Format, Taken};
use crate::model::{Diagnostic, Severity};

#[derive(Default)]
pub(super) struct Jvm {
    /// Where a symbol was missing: Maven says it again in its summary, without the name.
    unresolved: Option<(String, Option<u32>, Option<u32>)>,
}

impl Format for Jvm {
    fn hints(&self) -> Hints {
        Hints::COLON_NUMBER
            .or(Hints::PAREN_NUMBER)
            .or(Hints::ERROR)
            .or(Hints::FAIL)
            .or(Hints::WARNING)
            .or(Hints::EXCEPTION)
            .or(Hints::NUMBERED)
    }

    fn diagnostic(&mut self, cursor: &Cursor<'_>) -> Option<Taken<Diagnostic>> {
        let line = cursor.line;
        self.maven(cursor)
            .or_else(|| kotlin(line))
            .or_else(|| sbt(cursor))
            .or_else(|| uncaught(cursor))
            .map(Taken::one)
            .or_else(|| gradle_test(cursor))
            .or_else(|| junit_console(cursor))
    }

    fn failing_test(&mut self, cursor: &Cursor<'_>) -> Option<Taken<String>> {
        let line = cursor.line;
        let gradle = || gradle_name(line).map(str::to_owned);
        let console = || junit_name(cursor).map(|(class, test)| format!("{class}.{test}"));
        surefire(line).or_else(gradle).or_else(console).or_else(|| scalatest(line)).map(Taken::one)
    }
}

/// `:[3,5] message` or `: (3, 5) message` behind a path.
fn bracketed(text: &str) -> Option<(Place<'_>, &str)> {
    let (file, rest) = text.split_once(":[").or_else(|| text.split_once(": ("))?;
    let (line, rest) = number(rest)?;
    let (column, rest) = number(rest.strip_prefix(',')?.trim_start())?;
    let rest = rest.strip_prefix([']', ')'])?;
    let place = Place { file, line: Some(line), column: Some(column) };
    is_path(file).then(|| (place, rest.trim_start_matches(':').trim_start()))
}

impl Jvm {
    /// `[ERROR] /p/A.java:[3,5] message`, and the results' `[ERROR]   CartTest.adds:12 message`.
    fn maven(&mut self, cursor: &Cursor<'_>) -> Option<Diagnostic> {
        let line = cursor.line;
        let (severity, rest) = match line.strip_prefix("[ERROR] ") {
            Some(rest) => (Severity::Error, rest),
            None => (Severity::Warning, line.strip_prefix("[WARNING] ")?),
        };
        let Some((place, message)) = bracketed(rest.trim_start()) else {
            return goal(rest);
        };
        if message != "cannot find symbol" {
            return (!message.is_empty()).then(|| place.diagnostic(severity, None, message));
        }
        let symbol = cursor.ahead(3).find_map(|below| {
            let text = below.strip_prefix("[ERROR]").unwrap_or(below);
            text.trim_start().strip_prefix("symbol:")
        });
        let at = (place.file.to_owned(), place.line, place.column);
        let Some(symbol) = symbol else {
            return (self.unresolved.as_ref() != Some(&at)).then(|| place.diagnostic(severity, None, message));
        };
        self.unresolved = Some(at);
        Some(place.diagnostic(severity, None, format!("{message}: {}", symbol.trim())))
    }
}

/// `Failed to execute goal x: message -> [Help 1]`, unless the reason has been told before.
fn goal(text: &str) -> Option<Diagnostic> {
    let message = text.split_once(" -> [Help")?.0;
    let is_known =
        ["Compilation failure", "test failures", "Process exited"].iter().any(|known| message.contains(known));
    (!is_known).then(|| nowhere(message))
}

/// `Exception in thread "main" java.lang.X: message` and the first frame that is no library's.
fn uncaught(cursor: &Cursor<'_>) -> Option<Diagnostic> {
    const TO_FRAME: usize = 60;
    let (_, message) = cursor.line.strip_prefix("Exception in thread \"")?.split_once("\" ")?;
    let frame = cursor.ahead(TO_FRAME).find_map(|line| frame(line).map(|place| place.error(message)));
    Some(frame.unwrap_or_else(|| nowhere(message)))
}

/// `\tat app.Cart.add(Cart.java:12)`. Frames name only the file; those of libraries are not ours.
fn frame(line: &str) -> Option<Place<'_>> {
    const LIBRARIES: &[&str] = &[
        "org.junit",
        "java.",
        "jdk.",
        "sun.",
        "org.opentest4j",
        "org.assertj",
        "org.hamcrest",
        "org.mockito",
        "org.springframework",
        "kotlin.",
        "org.gradle",
        "org.apache.maven",
    ];
    let call = line.trim_start().strip_prefix("at ")?;
    let named = call.rsplit_once('/').filter(|(module, _)| !module.contains('(')).map_or(call, |(_, named)| named);
    let is_ours = !LIBRARIES.iter().any(|library| named.starts_with(library));
    whole(call.rsplit_once('(')?.1.strip_suffix(')')?).filter(|_| is_ours)
}

/// `e: file:///p/A.kt:3:5 message`, before 1.8 `e: /p/A.kt: (3, 5): message`.
fn kotlin(line: &str) -> Option<Diagnostic> {
    let (severity, rest) = match line.strip_prefix("e: ") {
        Some(rest) => (Severity::Error, rest),
        None => (Severity::Warning, line.strip_prefix("w: ")?),
    };
    let (place, message) = leading(rest).or_else(|| bracketed(rest))?;
    Some(place.diagnostic(severity, None, message.trim_start_matches(':').trim()))
}

/// `[error] /p/A.scala:3:5: message`, and Scala 3's `[error] -- [E007] Type Mismatch Error: A.scala:3:5 --`.
fn sbt(cursor: &Cursor<'_>) -> Option<Diagnostic> {
    let (severity, rest) = match cursor.line.strip_prefix("[error] ") {
        Some(rest) => (Severity::Error, rest),
        None => (Severity::Warning, cursor.line.strip_prefix("[warn] ")?),
    };
    if let Some(head) = rest.strip_prefix("-- ") {
        let (title, at) = head.trim_end_matches(['-', ' ']).rsplit_once(": ")?;
        let (code, title) = title
            .strip_prefix('[')
            .and_then(|text| text.split_once("] "))
            .map_or((None, title), |(code, title)| (Some(code), title));
        let explained = cursor
            .ahead(8)
            .filter_map(|line| line.split_once('|').map(|(_, text)| text.trim()))
            .skip(1)
            .find(|text| text.starts_with(|c: char| c.is_alphabetic()));
        return Some(whole(at)?.diagnostic(severity, code, explained.unwrap_or(title)));
    }
    let (place, message) = leading(rest)?;
    Some(place.diagnostic(severity, None, message.strip_prefix(": ")?))
}

/// `1) adds(app.CartTest)` with the exception below: class and test.
fn junit_name<'a>(cursor: &Cursor<'a>) -> Option<(&'a str, &'a str)> {
    let (count, name) = cursor.line.split_once(") ")?;
    let (test, class) = name.strip_suffix(')')?.split_once('(')?;
    let is_name = |text: &str| text.bytes().all(|b| b.is_ascii_alphanumeric() || b"._$[]".contains(&b));
    let is_count = !count.is_empty() && count.bytes().all(|b| b.is_ascii_digit());
    let throws = cursor.ahead(1).any(|below| below.split(':').next().is_some_and(|class| class.contains('.')));
    (is_count && is_name(test) && is_name(class) && throws).then_some((class, test))
}

fn junit_console(cursor: &Cursor<'_>) -> Option<Taken<Diagnostic>> {
    junit_name(cursor)?;
    let message = cursor.ahead(1).next()?;
    let found = cursor.ahead(40).find_map(|line| frame(line).map(|place| place.error(message)));
    Some(Taken::one(found.unwrap_or_else(|| nowhere(message))).through(2))
}

/// `CartTest > adds() FAILED`.
fn gradle_name(line: &str) -> Option<&str> {
    let name = line.strip_suffix(" FAILED")?;
    (name.contains(" > ") && !name.starts_with([' ', '>', '['])).then_some(name)
}

/// Below it `    java.lang.AssertionError: message at CartTest.java:12`, or frames.
fn gradle_test(cursor: &Cursor<'_>) -> Option<Taken<Diagnostic>> {
    gradle_name(cursor.line)?;
    let mut lines = cursor.ahead(40).take_while(|line| !line.is_empty() && line.starts_with(' '));
    let message = lines.next()?.trim();
    let short = |text: &str| {
        text.rsplit_once(" at ").and_then(|(_, at)| whole(at).map(|place| (place.file.to_owned(), place.line)))
    };
    let frame = |text: &str| frame(text).map(|place| (place.file.to_owned(), place.line));
    let place = short(message).or_else(|| lines.find_map(|line| short(line).or_else(|| frame(line))));
    let message =
        message.rsplit_once(" at ").filter(|(_, at)| whole(at).is_some()).map_or(message, |(message, _)| message);
    let found =
        place.map_or_else(|| nowhere(message), |(file, line)| Place { file: &file, line, column: None }.error(message));
    Some(Taken::one(found))
}

/// `[ERROR] com.x.CartTest.adds -- Time elapsed: 0.01 s <<< FAILURE!`, before version 3
/// `[ERROR] adds(com.x.CartTest)  Time elapsed: …`; in the results `[ERROR]   CartTest.adds:12 …`.
fn surefire(line: &str) -> Option<String> {
    let rest = line.strip_prefix("[ERROR] ").unwrap_or(line).trim_start();
    if rest.starts_with("Tests run:") {
        return None;
    }
    if line.contains("<<< FAILURE!") || line.contains("<<< ERROR!") {
        let name = rest.split(" -- ").next()?.split("  ").next()?.trim();
        if let Some((test, class)) = name.strip_suffix(')').and_then(|name| name.split_once('(')) {
            return Some(format!("{class}.{test}"));
        }
        return name.contains('.').then(|| name.to_owned());
    }
    let named = line.strip_prefix("[ERROR]   ")?;
    let (name, tail) = named.split_once(':')?;
    let is_test = name.contains('.')
        && !name.contains([' ', '/'])
        && name.split('.').next().is_some_and(|class| class.starts_with(|c: char| c.is_ascii_uppercase()));
    (is_test && number(tail).is_some()).then(|| name.to_owned())
}

/// `[info] - adds two numbers *** FAILED ***`.
fn scalatest(line: &str) -> Option<String> {
    let rest =
        line.strip_suffix(" *** FAILED ***").or_else(|| line.split_once(" *** FAILED *** (").map(|(name, _)| name))?;
    let name = rest.strip_prefix("[info]").unwrap_or(rest).trim_start();
    name.strip_prefix("- ").map(str::to_owned)
}
