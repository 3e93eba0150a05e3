//! Turns the name of a model as some agent writes it into the names under which the price table may list it.
//!
//! No name is ever shortened to find a match, except by a date or `-latest`: `gpt-5` must not price `gpt-5.9`.

/// Written before the model by gateways and by agents that serve several vendors; opencode and Pi spell some with
/// dashes. A gateway's prefix may stand before a vendor's, so they are taken off until none is left.
const PROVIDERS: [&str; 14] = [
    "anthropic/",
    "openai/",
    "google/",
    "gemini/",
    "vertex_ai/",
    "bedrock/",
    "openrouter/",
    "github_copilot/",
    "github-copilot/",
    "amazon-bedrock/",
    "google-vertex/",
    "google-vertex-anthropic/",
    "vertex/",
    "models/",
];

/// Where Bedrock serves `anthropic.` models from.
const REGIONS: [&str; 6] = ["us.", "eu.", "apac.", "global.", "jp.", "au."];

/// Whether the name asks for the window of a million tokens.
pub(super) fn asks_for_1m(model: &str) -> bool {
    model.trim().to_ascii_lowercase().ends_with("[1m]")
}

/// Names to look up, the most literal first.
pub(super) fn candidates(model: &str) -> Vec<String> {
    let id = normalized(model);
    let mut names = vec![id.clone()];
    names.extend(undated(&id).map(str::to_owned));
    let literal = names.clone();
    for (from, to) in [('.', '-'), ('-', '.')] {
        names.extend(literal.iter().map(|name| respelled(name, from, to)));
    }
    names
}

/// Lower case, without provider, region, bracket, Vertex date and Bedrock version.
fn normalized(model: &str) -> String {
    let lower = model.trim().to_ascii_lowercase();
    let mut id = lower.as_str();
    if id.ends_with(']')
        && let Some((name, _)) = id.rsplit_once('[')
    {
        id = name.trim_end();
    }
    while let Some(rest) = PROVIDERS.iter().find_map(|prefix| id.strip_prefix(prefix)) {
        id = rest;
    }
    let regionless = REGIONS.iter().find_map(|region| id.strip_prefix(region));
    if let Some(rest) = regionless.unwrap_or(id).strip_prefix("anthropic.") {
        id = rest;
    }
    if let Some((name, version)) = id.rsplit_once('@')
        && (version == "default" || digits(version, 8))
    {
        id = name;
    }
    without_bedrock_version(id).to_owned()
}

/// `-v1:0`, or `-v1` as newer Bedrock names end.
fn without_bedrock_version(id: &str) -> &str {
    let Some((name, version)) = id.rsplit_once("-v") else {
        return id;
    };
    let (major, minor) = version.split_once(':').unwrap_or((version, "0"));
    let number = |text: &str| digits(text, text.len().clamp(1, 2));
    if name.starts_with("claude-") && number(major) && number(minor) { name } else { id }
}

/// Without `-YYYYMMDD`, `-YYYY-MM-DD` or `-latest` at the end; `None` if there is none of them.
fn undated(id: &str) -> Option<&str> {
    if let Some(name) = id.strip_suffix("-latest") {
        return Some(name);
    }
    if let Some((name, date)) = id.rsplit_once('-')
        && digits(date, 8)
    {
        return Some(name);
    }
    let mut parts = id.rsplitn(4, '-');
    let (day, month, year) = (parts.next()?, parts.next()?, parts.next()?);
    let name = parts.next()?;
    (digits(day, 2) && digits(month, 2) && digits(year, 4)).then_some(name)
}

/// `from` replaced by `to` where it stands between two numbers of one or two digits, as in versions; the year of a
/// date is longer.
fn respelled(id: &str, from: char, to: char) -> String {
    let mut result = String::with_capacity(id.len());
    let mut before = "";
    for (index, part) in id.split(from).enumerate() {
        if index > 0 {
            let ends = before.len() - before.trim_end_matches(|c: char| c.is_ascii_digit()).len();
            let begins = part.len() - part.trim_start_matches(|c: char| c.is_ascii_digit()).len();
            let version = (1..=2).contains(&ends) && (1..=2).contains(&begins);
            result.push(if version { to } else { from });
        }
        result.push_str(part);
        before = part;
    }
    result
}

fn digits(text: &str, count: usize) -> bool {
    text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit())
}
