//! The answer about a project's layout, put together from one survey of its directory.

use std::path::Path;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::languages::{self, Sources, Voucher};
use super::site::Site;
use super::survey::Survey;
use super::toolchain::{self, Found};
use super::{landmarks, tasks};

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Shape {
    /// The heaviest first.
    pub languages: Vec<String>,
    /// With what drives it in parentheses: `pnpm (turbo)`, `cargo (make)`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub build_system: Option<String>,
    /// Typed at the root; absent where unsure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub build_command: Option<String>,
    /// Typed at the root; absent where unsure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub test_command: Option<String>,
    pub key_files: Vec<String>,
    pub top_level: Vec<String>,
}

pub(super) fn describe(root: &Path, survey: &Survey) -> Shape {
    let Some(top) = survey.folders.first() else {
        return Shape::default();
    };
    let found = toolchain::find(root, survey);
    let vouchers: Vec<_> = found.iter().map(voucher).collect();
    let languages = languages::rank(&Sources::of(survey), &vouchers);
    let chosen = toolchain::choose(&found, &languages);
    let driven = tasks::drive(chosen, &Site::new(root, survey, top));
    Shape {
        languages: languages.into_iter().map(str::to_owned).collect(),
        build_system: toolchain::describe(&driven),
        build_command: driven.build,
        test_command: driven.test,
        key_files: landmarks::key_files(root, survey, top, &found),
        top_level: landmarks::top_level(top),
    }
}

fn voucher(found: &Found) -> Voucher {
    Voucher { languages: found.ecosystem.languages(&found.site), at_root: found.folder.is_root() }
}
