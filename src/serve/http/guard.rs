//! Who may ask: names of this machine only, no foreign page, and a token where others can reach the port.
//!
//! A page on another site can make a browser send requests here, and a name of its own lead here (DNS rebinding).
//! Both show in headers that a page can't forge.

use std::net::{IpAddr, Ipv6Addr};

use hyper::StatusCode;
use hyper::header::{AUTHORIZATION, HOST, HeaderMap, HeaderName, ORIGIN};
use hyper::http::request::Parts;

use super::fault::Fault;
use super::params::Params;

/// How a request came in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// Whoever can open the socket is the user.
    Unix,
    Tcp {
        /// Others than this machine can reach the port.
        public: bool,
    },
}

/// What requests are held to.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rules<'a> {
    pub way: Way,
    /// As it was configured.
    pub host: &'a str,
    pub port: Option<u16>,
    pub token: Option<&'a str>,
}

impl Rules<'_> {
    /// `open`: the path tells nothing, and no token is asked for.
    pub fn check(&self, head: &Parts, params: &Params, open: bool) -> Result<(), Fault> {
        let origins = head.headers.get_all(ORIGIN).iter().count();
        if self.way != Way::Unix || origins > 0 {
            self.check_host(head)?;
        }
        if origins > 0 && !only(&head.headers, &ORIGIN).is_some_and(|origin| self.is_our_origin(origin)) {
            return Err(forbidden("forbidden_origin", "requests of other origins are not answered"));
        }
        check_fetch_site(&head.headers)?;
        if self.way == Way::Unix || open { Ok(()) } else { self.check_token(head, params) }
    }

    fn check_host(&self, head: &Parts) -> Result<(), Fault> {
        let named = only(&head.headers, &HOST).is_some_and(|host| self.is_our_host(host));
        let target = head.uri.authority().is_none_or(|authority| self.is_our_host(authority.as_str()));
        if named && target {
            return Ok(());
        }
        Err(forbidden(
            "forbidden_host",
            "the Host header must name this machine: localhost, 127.0.0.1 or [::1], and our port",
        ))
    }

    fn is_our_host(&self, text: &str) -> bool {
        authority(text).is_some_and(|(host, port)| self.is_us(&host) && self.is_our_port(port))
    }

    /// `null` and other schemes are nobody we know.
    fn is_our_origin(&self, origin: &str) -> bool {
        let Some((host, port)) = origin.strip_prefix("http://").and_then(authority) else { return false };
        self.is_us(&host) && self.port.is_none_or(|ours| port.unwrap_or(80) == ours)
    }

    /// A name without a port is as good as ours: no browser leaves out any but 80.
    fn is_our_port(&self, port: Option<u16>) -> bool {
        port.is_none() || self.port.is_none() || port == self.port
    }

    fn is_us(&self, host: &Host) -> bool {
        let configured = named(self.host.trim_start_matches('[').trim_end_matches(']'));
        if *host == configured {
            return true;
        }
        match host {
            Host::Name(name) => name == "localhost",
            Host::Address(address) if address.is_loopback() => true,
            // Of all our addresses any may be meant. None of them is a name that somebody else could point here,
            // and a token is asked for besides.
            Host::Address(_) => {
                self.token.is_some() && matches!(configured, Host::Address(all) if all.is_unspecified())
            }
        }
    }

    fn check_token(&self, head: &Parts, params: &Params) -> Result<(), Fault> {
        let Some(token) = self.token else {
            return if self.way == (Way::Tcp { public: true }) {
                Err(unauthorized("others than this machine can reach this address, and no token is set"))
            } else {
                Ok(())
            };
        };
        let bearer = only(&head.headers, &AUTHORIZATION).and_then(|value| {
            let (scheme, given) = value.split_once(' ')?;
            scheme.eq_ignore_ascii_case("bearer").then(|| given.trim())
        });
        match bearer.or_else(|| params.get("token")) {
            Some(given) if same(given.as_bytes(), token.as_bytes()) => Ok(()),
            _ => Err(unauthorized("a token is required: Authorization: Bearer TOKEN, or ?token=TOKEN")),
        }
    }
}

/// Browsers say of every request whose page made it. A page of another port of this machine is of the same site:
/// it may link here, and not read.
fn check_fetch_site(headers: &HeaderMap) -> Result<(), Fault> {
    let value = |name| headers.get(HeaderName::from_static(name)).map_or(&b""[..], |value| value.as_bytes());
    let navigates = value("sec-fetch-mode") == b"navigate";
    match value("sec-fetch-site") {
        b"cross-site" => Err(forbidden("forbidden_origin", "requests that another site made are not answered")),
        b"same-site" if !navigates => {
            Err(forbidden("forbidden_origin", "requests that another port's page made are not answered"))
        }
        _ => Ok(()),
    }
}

/// A header's value, if it is there once and readable.
fn only<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    let mut values = headers.get_all(name).iter();
    let value = values.next()?.to_str().ok()?;
    values.next().is_none().then_some(value)
}

/// Takes as long for a near miss as for a far one; only the length shows.
fn same(given: &[u8], wanted: &[u8]) -> bool {
    let differ = given.iter().zip(wanted).fold(0, |differ, (a, b)| differ | (a ^ b));
    given.len() == wanted.len() && std::hint::black_box(differ) == 0
}

#[derive(Debug, PartialEq, Eq)]
enum Host {
    Address(IpAddr),
    Name(String),
}

/// `name:port`, `1.2.3.4:port`, `[::1]:port`, each also without the port.
fn authority(text: &str) -> Option<(Host, Option<u16>)> {
    let (host, port) = if let Some(rest) = text.strip_prefix('[') {
        let (address, rest) = rest.split_once(']')?;
        let port = if rest.is_empty() { None } else { Some(rest.strip_prefix(':')?) };
        (Host::Address(plain(IpAddr::V6(address.parse::<Ipv6Addr>().ok()?))), port)
    } else {
        let (name, port) = text.split_once(':').map_or((text, None), |(name, port)| (name, Some(port)));
        (named(name), port)
    };
    let number = |port: &str| port.parse().ok().filter(|_| port.bytes().all(|b| b.is_ascii_digit()));
    match port {
        None => Some((host, None)),
        Some(port) => Some((host, Some(number(port)?))),
    }
}

fn named(name: &str) -> Host {
    match name.parse() {
        Ok(address) => Host::Address(plain(address)),
        Err(_) => Host::Name(name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase()),
    }
}

/// An IPv4 address in IPv6 clothes is itself.
fn plain(address: IpAddr) -> IpAddr {
    address.to_canonical()
}

fn forbidden(code: &'static str, message: &str) -> Fault {
    Fault::new(StatusCode::FORBIDDEN, code, message)
}

fn unauthorized(message: &str) -> Fault {
    Fault::new(StatusCode::UNAUTHORIZED, "unauthorized", message)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOCAL: Rules<'static> =
        Rules { way: Way::Tcp { public: false }, host: "127.0.0.1", port: Some(14318), token: None };

    fn code(rules: Rules<'_>, uri: &str, headers: &[(&str, &str)], open: bool) -> &'static str {
        let mut request = hyper::Request::builder().uri(uri);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let (head, ()) = request.body(()).unwrap().into_parts();
        rules.check(&head, &Params::parse(head.uri.query()), open).map_or_else(|fault| fault.code, |()| "ok")
    }

    #[test]
    fn hosts_are_loopback_or_configured() {
        for (host, want) in [
            ("localhost:14318", "ok"),
            ("LocalHost:14318", "ok"),
            ("localhost.:14318", "ok"),
            ("localhost", "ok"),
            ("127.0.0.1:14318", "ok"),
            ("127.8.9.1:14318", "ok"),
            ("[::1]:14318", "ok"),
            ("[0:0:0:0:0:0:0:1]:14318", "ok"),
            ("[::ffff:127.0.0.1]:14318", "ok"),
            ("[::1]", "ok"),
            ("localhost:14319", "forbidden_host"),
            ("[::1]:80", "forbidden_host"),
            ("evil.example:14318", "forbidden_host"),
            ("localhost.evil.example:14318", "forbidden_host"),
            ("127.0.0.1.nip.io:14318", "forbidden_host"),
            ("192.168.1.5:14318", "forbidden_host"),
            ("0.0.0.0:14318", "forbidden_host"),
            ("user@localhost:14318", "forbidden_host"),
            ("localhost:14318:1", "forbidden_host"),
            ("localhost:+14318", "forbidden_host"),
            ("[::1", "forbidden_host"),
            ("[::1]x", "forbidden_host"),
            ("", "forbidden_host"),
        ] {
            assert_eq!(code(LOCAL, "/status", &[("host", host)], false), want, "{host}");
        }
        assert_eq!(code(LOCAL, "/status", &[], false), "forbidden_host");
        let twice = [("host", "localhost:14318"), ("host", "evil.example")];
        assert_eq!(code(LOCAL, "/status", &twice, false), "forbidden_host");
        let ours = [("host", "localhost:14318")];
        assert_eq!(code(LOCAL, "http://evil.example/status", &ours, false), "forbidden_host");
        assert_eq!(code(LOCAL, "http://localhost:14318/status", &ours, false), "ok");
    }

    #[test]
    fn a_configured_host_is_ours_too() {
        let rules = |host, token| Rules { host, token, ..LOCAL };
        let asked = |rules: Rules<'_>, host| code(rules, "/health", &[("host", host)], true);
        assert_eq!(asked(rules("10.0.0.7", Some("t")), "10.0.0.7:14318"), "ok");
        assert_eq!(asked(rules("Box.lan", Some("t")), "box.lan:14318"), "ok");
        assert_eq!(asked(rules("fe80::1", Some("t")), "[fe80::1]:14318"), "ok");
        assert_eq!(asked(rules("10.0.0.7", Some("t")), "10.0.0.8:14318"), "forbidden_host");
        assert_eq!(asked(rules("0.0.0.0", Some("t")), "192.168.1.5:14318"), "ok");
        assert_eq!(asked(rules("0.0.0.0", Some("t")), "evil.example:14318"), "forbidden_host");
        assert_eq!(asked(rules("0.0.0.0", None), "192.168.1.5:14318"), "forbidden_host");
    }

    #[test]
    fn origins_are_ours_or_absent() {
        for (origin, want) in [
            ("http://localhost:14318", "ok"),
            ("http://127.0.0.1:14318", "ok"),
            ("http://[::1]:14318", "ok"),
            ("http://localhost:3000", "forbidden_origin"),
            ("http://localhost", "forbidden_origin"),
            ("https://localhost:14318", "forbidden_origin"),
            ("http://evil.example:14318", "forbidden_origin"),
            ("http://localhost:14318/", "forbidden_origin"),
            ("null", "forbidden_origin"),
            ("", "forbidden_origin"),
            ("file://", "forbidden_origin"),
        ] {
            let headers = [("host", "localhost:14318"), ("origin", origin)];
            assert_eq!(code(LOCAL, "/status", &headers, false), want, "{origin}");
            let on_the_socket = Rules { way: Way::Unix, ..LOCAL };
            assert_eq!(code(on_the_socket, "/status", &headers, false), want, "{origin} on the socket");
        }
        let socket = Rules { way: Way::Unix, token: Some("t"), ..LOCAL };
        assert_eq!(code(socket, "/status", &[("host", "tma1")], false), "ok");
        let foreign = [("host", "evil.example"), ("origin", "http://localhost:14318")];
        assert_eq!(code(socket, "/status", &foreign, false), "forbidden_host");
    }

    #[test]
    fn what_browsers_say_of_their_pages_counts() {
        for (site, mode, want) in [
            ("same-origin", "cors", "ok"),
            ("none", "navigate", "ok"),
            ("cross-site", "no-cors", "forbidden_origin"),
            ("cross-site", "navigate", "forbidden_origin"),
            ("same-site", "no-cors", "forbidden_origin"),
            ("same-site", "navigate", "ok"),
        ] {
            let headers = [("host", "localhost:14318"), ("sec-fetch-site", site), ("sec-fetch-mode", mode)];
            assert_eq!(code(LOCAL, "/", &headers, false), want, "{site} {mode}");
        }
    }

    #[test]
    fn a_token_is_asked_for_where_one_is_set() {
        let rules = Rules { way: Way::Tcp { public: true }, host: "0.0.0.0", token: Some("secret"), ..LOCAL };
        let asked = |rules, uri, headers: &[(&str, &str)], open| {
            let with_host: Vec<_> = [("host", "10.0.0.7:14318")].into_iter().chain(headers.iter().copied()).collect();
            code(rules, uri, &with_host, open)
        };
        for (uri, authorization, want) in [
            ("/", "Bearer secret", "ok"),
            ("/", "bearer  secret", "ok"),
            ("/", "Bearer secre", "unauthorized"),
            ("/", "Bearer secret2", "unauthorized"),
            ("/", "Basic secret", "unauthorized"),
            ("/", "", "unauthorized"),
            ("/metrics?token=secret", "", "ok"),
            ("/metrics?token=wrong", "", "unauthorized"),
        ] {
            assert_eq!(asked(rules, uri, &[("authorization", authorization)], false), want, "{uri} {authorization}");
        }
        assert_eq!(asked(rules, "/health", &[], true), "ok");
        let unset = Rules { token: None, host: "10.0.0.7", ..rules };
        assert_eq!(asked(unset, "/", &[("authorization", "Bearer ")], false), "unauthorized");
        assert_eq!(code(LOCAL, "/", &[("host", "localhost:14318")], false), "ok");
    }
}
