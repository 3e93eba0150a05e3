//! .NET: a solution or a project in C#, F# or Visual Basic.

use super::ecosystem::{Ecosystem, Toolchain};
use super::site::Site;

pub(super) struct DotNet;

const SOLUTIONS: &[&str] = &["sln", "slnx"];
const PROJECTS: &[&str] = &["csproj", "fsproj", "vbproj"];
/// What a test project refers to, whatever its framework.
const TEST_SDK: &[&str] = &["Microsoft.NET.Test.Sdk", "MSTest.Sdk", "TUnit"];

impl Ecosystem for DotNet {
    fn manifest(&self, site: &Site) -> Option<String> {
        let first = |kinds| named(site, kinds).into_iter().next();
        first(SOLUTIONS).or_else(|| first(PROJECTS)).map(str::to_owned)
    }

    fn languages(&self, site: &Site) -> Vec<&'static str> {
        if site.files_with("fsproj").next().is_some() {
            vec!["F#", "C#", "Visual Basic"]
        } else {
            vec!["C#", "F#", "Visual Basic"]
        }
    }

    fn toolchain(&self, site: &Site) -> Toolchain {
        let toolchain = Toolchain::of("dotnet");
        let (solutions, projects) = (named(site, SOLUTIONS), named(site, PROJECTS));
        // Without a name dotnet wants to find exactly one of either kind.
        let target = match (solutions.as_slice(), projects.as_slice()) {
            ([_], []) | ([], [_]) => String::new(),
            ([only], _) if !only.contains(char::is_whitespace) => format!(" {only}"),
            _ => return toolchain,
        };
        let toolchain = toolchain.build(format!("dotnet build{target}"));
        let has_tests = !solutions.is_empty() || projects.iter().any(|name| site.mentions(name, TEST_SDK));
        if has_tests { toolchain.test(format!("dotnet test{target}")) } else { toolchain }
    }
}

fn named<'a>(site: &Site<'a>, kinds: &[&'static str]) -> Vec<&'a str> {
    kinds.iter().flat_map(|kind| site.files_with(kind)).collect()
}
