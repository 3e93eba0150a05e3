//! Elixir, Erlang and Gleam.

use super::ecosystem::{Ecosystem, Toolchain};
use super::site::Site;

pub(super) struct Elixir;
pub(super) struct Erlang;
pub(super) struct Gleam;

impl Ecosystem for Elixir {
    fn manifest(&self, site: &Site) -> Option<String> {
        site.first_file(&["mix.exs"])
    }

    fn languages(&self, _: &Site) -> Vec<&'static str> {
        vec!["Elixir", "Erlang"]
    }

    fn toolchain(&self, _: &Site) -> Toolchain {
        Toolchain::of("mix").build("mix compile").test("mix test")
    }
}

impl Ecosystem for Erlang {
    fn manifest(&self, site: &Site) -> Option<String> {
        site.first_file(&["rebar.config"])
    }

    fn languages(&self, _: &Site) -> Vec<&'static str> {
        vec!["Erlang"]
    }

    /// Common tests lie in suites; without one the tests, if any, are for `eunit`.
    fn toolchain(&self, site: &Site) -> Toolchain {
        let has_suites = site.any_file(|name| name.ends_with("_SUITE.erl"));
        let test = if has_suites { "rebar3 ct" } else { "rebar3 eunit" };
        Toolchain::of("rebar3").build("rebar3 compile").test(test)
    }
}

impl Ecosystem for Gleam {
    fn manifest(&self, site: &Site) -> Option<String> {
        site.first_file(&["gleam.toml"])
    }

    fn languages(&self, _: &Site) -> Vec<&'static str> {
        vec!["Gleam"]
    }

    fn toolchain(&self, _: &Site) -> Toolchain {
        Toolchain::of("gleam").build("gleam build").test("gleam test")
    }
}
