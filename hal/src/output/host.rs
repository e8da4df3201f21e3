//! `name:port` as people write it, and the addresses behind it.

use std::fmt;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};

use crate::error::{Error, Remedy};

/// A host and a port. The name is resolved at each open, so that a controller may move.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Host {
    /// A host name, an IPv4 address, or an IPv6 address without brackets.
    name: String,
    port: u16,
}

impl Host {
    /// Reads `name`, `name:port`, `192.0.2.1:port`, `2001:db8::1` or `[2001:db8::1]:port`.
    ///
    /// # Errors
    /// What is wrong, in words that follow "host: ".
    pub(super) fn parse(text: &str, default_port: u16) -> Result<Self, String> {
        let refuse = |reason: &str| Err(format!("\"{text}\": {reason}"));
        if text.parse::<IpAddr>().is_ok() {
            return Ok(Self { name: text.to_owned(), port: default_port });
        }
        let (name, port) = if let Some(rest) = text.strip_prefix('[') {
            let Some((name, after)) = rest.split_once(']') else {
                return refuse("no \"]\" after the IPv6 address");
            };
            if !name.contains(':') {
                return refuse("brackets are for IPv6 addresses only");
            }
            match after.strip_prefix(':') {
                Some(port) => (name, Some(port)),
                None if after.is_empty() => (name, None),
                None => return refuse("expected \":port\" after \"]\""),
            }
        } else if text.contains("//") {
            return refuse("expected a host name or an address, not a URL");
        } else {
            match text.rsplit_once(':') {
                Some((name, _)) if name.contains(':') => {
                    return refuse("not an IPv6 address; with a port it needs brackets");
                }
                Some((name, port)) => (name, Some(port)),
                None => (text, None),
            }
        };
        let allowed = |letter: char| letter.is_ascii_alphanumeric() || "-._:%".contains(letter);
        if name.is_empty() || !name.chars().all(allowed) {
            return refuse("not a host name or an address");
        }
        let port = match port.map(str::parse::<u16>) {
            None => default_port,
            Some(Ok(port)) if port > 0 => port,
            Some(_) => return refuse("the port must be a number from 1 to 65535"),
        };
        Ok(Self { name: name.to_owned(), port })
    }

    /// Asks the system's resolver. May take as long as the resolver does.
    ///
    /// # Errors
    /// [`Remedy::Reopen`]: at start, the network may come up later than we do.
    pub(super) fn resolve(&self) -> Result<Vec<SocketAddr>, Error> {
        let addresses: Vec<_> = (self.name.as_str(), self.port)
            .to_socket_addrs()
            .map_err(|source| {
                Error::io(Remedy::Reopen, format!("cannot resolve {}", self.name), source)
            })?
            .collect();
        if addresses.is_empty() {
            return Err(Error::new(Remedy::Reopen, format!("{} has no address", self.name)));
        }
        Ok(addresses)
    }
}

impl fmt::Display for Host {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.name.contains(':') {
            write!(formatter, "[{}]:{}", self.name, self.port)
        } else {
            write!(formatter, "{}:{}", self.name, self.port)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expect: Result<&str, &str>) {
        match (Host::parse(text, 4048), expect) {
            (Ok(host), Ok(shown)) => assert_eq!(host.to_string(), shown),
            (Err(reason), Err(part)) => {
                assert!(reason.contains(part), "{reason}");
                assert!(reason.contains(text), "{reason}");
            }
            (result, _) => panic!("{text}: {result:?}"),
        }
    }

    #[test]
    fn a_host_is_read_as_people_write_it() {
        check("192.0.2.1", Ok("192.0.2.1:4048"));
        check("192.0.2.1:1234", Ok("192.0.2.1:1234"));
        check("wled-porch.local", Ok("wled-porch.local:4048"));
        check("wled_porch:99", Ok("wled_porch:99"));
        check("2001:db8::1", Ok("[2001:db8::1]:4048"));
        check("[2001:db8::1]", Ok("[2001:db8::1]:4048"));
        check("[2001:db8::1]:5", Ok("[2001:db8::1]:5"));
        check("[fe80::1%eth0]:5", Ok("[fe80::1%eth0]:5"));
    }

    #[test]
    fn what_is_not_a_host_is_refused_with_the_reason() {
        check("", Err("not a host name"));
        check(" ", Err("not a host name"));
        check(":4048", Err("not a host name"));
        check("my lamp", Err("not a host name"));
        check("http://192.0.2.1", Err("not a URL"));
        check("192.0.2.1:0", Err("from 1 to 65535"));
        check("192.0.2.1:65536", Err("from 1 to 65535"));
        check("192.0.2.1:", Err("from 1 to 65535"));
        check("192.0.2.1:ddp", Err("from 1 to 65535"));
        check("2001:db8::zz:1", Err("brackets"));
        check("[2001:db8::1", Err("no \"]\""));
        check("[2001:db8::1]4048", Err("expected \":port\""));
        check("[lamp]:4048", Err("IPv6 addresses only"));
    }

    #[test]
    fn an_address_is_its_own_resolution() {
        let host = Host::parse("[::1]:7", 4048).unwrap();
        assert_eq!(host.resolve().unwrap(), ["[::1]:7".parse().unwrap()]);
    }
}
