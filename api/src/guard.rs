//! Who may speak to us: guards against DNS rebinding, against requests forged by other sites, and
//! against being reached from other machines without a password.

use std::net::{IpAddr, SocketAddr};

use axum::extract::{Request, State};
use axum::http::uri::Authority;
use axum::http::{HeaderMap, HeaderName, Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::options::{App, Options};
use crate::problem::Problem;
use crate::serve::Connection;

/// The layer that asks [`inspect`] about every request.
pub(crate) async fn check(State(app): State<App>, request: Request, next: Next) -> Response {
    match inspect(&app.options, &request) {
        Ok(()) => next.run(request).await,
        Err(problem) => problem.into_response(),
    }
}

fn inspect(options: &Options, request: &Request) -> Result<(), Problem> {
    let local = request.extensions().get::<Connection>().map(Connection::local);
    // The program refuses such a listener at start; a socket that came another way ends here.
    if local.is_some_and(|local| !may_answer_on(local, options)) {
        return Err(Problem::forbidden("without a password only this machine itself is answered"));
    }
    let host = host(request)?;
    if !is_ours(host.host(), local, options) {
        return Err(Problem::misdirected(format!(
            "\"{}\" is not known as a name of this display; loopback names and the address itself are",
            host.host()
        ))
        .about("Host", Some(host.as_str())));
    }
    let safe = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    if !safe || request.headers().contains_key(header::UPGRADE) {
        check_origin(request.headers(), &host, options)?;
    }
    Ok(())
}

fn host(request: &Request) -> Result<Authority, Problem> {
    let mut found = request.headers().get_all(header::HOST).iter();
    let text = match (found.next(), found.next()) {
        (Some(host), None) => host.to_str().unwrap_or_default(),
        (None, None) => request.uri().authority().map_or("", Authority::as_str),
        _ => return Err(Problem::bad_request("there is more than one Host header")),
    };
    text.parse().ok().filter(|_| !text.contains('@')).ok_or_else(|| {
        Problem::bad_request("the Host header is missing or no host").about("Host", Some(text))
    })
}

/// Without a password only this machine itself is answered, unless someone has allowed more.
fn may_answer_on(local: SocketAddr, options: &Options) -> bool {
    options.allow_unauthenticated || is_loopback(local.ip())
}

/// Whether `host` cannot be a name that some stranger has pointed at us.
fn is_ours(host: &str, local: Option<SocketAddr>, options: &Options) -> bool {
    let name = host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase();
    let bare = name.strip_prefix('[').and_then(|n| n.strip_suffix(']')).unwrap_or(&name);
    let allowed = options.allowed_hosts.iter().any(|allowed| allowed.eq_ignore_ascii_case(&name));
    match bare.parse::<IpAddr>() {
        Ok(address) => {
            let is_local = local.is_some_and(|l| l.ip().to_canonical() == address.to_canonical());
            allowed || is_local || is_loopback(address)
        }
        Err(_) => allowed || name == "localhost" || name.ends_with(".localhost"),
    }
}

fn is_loopback(address: IpAddr) -> bool {
    address.to_canonical().is_loopback()
}

/// Browsers say which site a request comes from; scripts and programs say nothing and are let in.
fn check_origin(headers: &HeaderMap, host: &Authority, options: &Options) -> Result<(), Problem> {
    let site = HeaderName::from_static("sec-fetch-site");
    let origin = headers.get(header::ORIGIN).map(|value| value.to_str().unwrap_or("?"));
    if let Some(origin) = origin {
        if options.allowed_origins.iter().any(|allowed| allowed.eq_ignore_ascii_case(origin)) {
            return Ok(());
        }
        if !is_same(origin, host) {
            return Err(Problem::forbidden(format!(
                "a page of \"{origin}\" may not do this to \"{host}\""
            ))
            .about("Origin", Some(origin)));
        }
    }
    match headers.get(site).map(|value| value.to_str().unwrap_or("?")) {
        None | Some("same-origin" | "none") => Ok(()),
        Some(other) => Err(Problem::forbidden("a page of another site may not do this")
            .about("Sec-Fetch-Site", Some(other))),
    }
}

fn is_same(origin: &str, host: &Authority) -> bool {
    let (default_port, rest) = match origin.split_once("://") {
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("http") => (80, rest),
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("https") => (443, rest),
        _ => return false,
    };
    let Ok(origin) = rest.parse::<Authority>() else { return false };
    origin.host().eq_ignore_ascii_case(host.host())
        && origin.port_u16().unwrap_or(default_port) == host.port_u16().unwrap_or(default_port)
        && !rest.contains('@')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_a_stranger_could_point_at_us_is_not_ours() {
        let options = Options { allowed_hosts: vec!["Wall.local".into()], ..Options::default() };
        let local = Some("192.0.2.7:8080".parse().unwrap());
        let check = |host: &str, expected: bool| {
            assert_eq!(is_ours(host, local, &options), expected, "{host}");
        };
        check("localhost", true);
        check("LOCALHOST.", true);
        check("led.localhost", true);
        check("127.0.0.1", true);
        check("127.8.9.1", true);
        check("[::1]", true);
        check("[::ffff:127.0.0.1]", true);
        check("192.0.2.7", true);
        check("wall.local", true);
        check("192.0.2.8", false);
        check("evil.example", false);
        check("localhost.evil.example", false);
        check("notlocalhost", false);
        check("127.0.0.1.evil.example", false);
    }

    #[test]
    fn an_origin_is_the_same_if_host_and_port_are() {
        let check = |origin: &str, host: &str, expected: bool| {
            assert_eq!(is_same(origin, &host.parse().unwrap()), expected, "{origin} {host}");
        };
        check("http://127.0.0.1:8080", "127.0.0.1:8080", true);
        check("http://localhost", "localhost:80", true);
        check("https://led.example", "led.example", true);
        check("https://led.example:443", "LED.example", true);
        check("http://[::1]:8080", "[::1]:8080", true);
        check("http://localhost:5173", "localhost:8080", false);
        check("http://localhost", "localhost:8080", false);
        check("http://evil.example", "127.0.0.1:8080", false);
        check("null", "127.0.0.1:8080", false);
        check("file://127.0.0.1:8080", "127.0.0.1:8080", false);
        check("http://x@127.0.0.1:8080", "127.0.0.1:8080", false);
    }

    #[test]
    fn only_loopback_is_answered_until_more_is_allowed() {
        let check = |address: &str, allow: bool, expected: bool| {
            let options = Options { allow_unauthenticated: allow, ..Options::default() };
            let address = address.parse().unwrap();
            assert_eq!(may_answer_on(address, &options), expected, "{address}");
        };
        check("127.0.0.1:8080", false, true);
        check("[::1]:8080", false, true);
        check("[::ffff:127.0.0.1]:8080", false, true);
        check("192.0.2.7:8080", false, false);
        check("[2001:db8::7]:8080", false, false);
        check("192.0.2.7:8080", true, true);
    }
}
