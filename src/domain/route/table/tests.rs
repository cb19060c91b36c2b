//! The index answers what a look at one route after the other would.

use std::net::IpAddr;

use super::super::Bounds;
use super::*;

/// A generator of its own, so that a seed means the same for ever.
struct Dice(u64);

impl Dice {
    fn below(&mut self, count: usize) -> usize {
        // xorshift64*: small, and good enough to choose words by.
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let drawn = self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 32;
        usize::try_from(drawn % count as u64).unwrap_or_default()
    }

    fn one<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())]
    }

    fn pattern(&mut self) -> String {
        const PARTS: [&str; 12] = ["a", "b", "a", "b", "A", "患", "ソ", "{x}", "{y}", "*", "a*", "*a*b"];
        let count = self.below(4);
        let parts: Vec<&str> = (0..count).map(|_| self.one(&PARTS)).collect();
        let end = self.one(&["", "/", "/**", "/**"]);
        let text = format!("/{}{end}", parts.join("/"));
        if count == 0 { self.one(&["/", "/**"]).to_owned() } else { text }
    }

    fn route(&mut self) -> Route {
        let hosts: &[&str] =
            self.one(&[&[], &[], &["a.jp"], &["*.a.jp"], &["*.jp"], &["a.jp", "b.a.jp", "a.jp"], &["*.a.jp", "a.jp"]]);
        let methods: &[&str] = self.one(&[&[], &[], &["GET"], &["POST"], &["GET", "POST"]]);
        let from = self.one(&[None, None, Some("10.0.0.0/8"), Some("192.0.2.0/24")]);
        let charset = if self.below(8) == 0 { "shift_jis" } else { "utf-8" };
        let [encoded_slash, path_params, empty_segments] = [(); 3].map(|()| self.below(2) == 0);
        Route {
            name: "r".into(),
            hosts: hosts.iter().map(|host| (*host).to_owned()).collect(),
            path: PathPattern::parse(&self.pattern()).expect("a pattern"),
            methods: methods.iter().map(|method| (*method).to_owned()).collect(),
            from: from.into_iter().map(|net| net.parse().expect("a network")).collect(),
            need: if self.one(&[0, 0, 1]) == 1 { Need::Deny } else { Need::Open },
            upstream: None,
            object: None,
            end_on: Vec::new(),
            form: None,
            bounds: Bounds::default(),
            allow: Allowances {
                leave: Leave { encoded_slash, path_params, empty_segments },
                charset: Charset::named(charset).expect("known"),
                case: if self.below(4) == 0 { Case::Insensitive } else { Case::Sensitive },
            },
        }
    }

    fn target(&mut self) -> String {
        const WORDS: [&str; 16] = [
            "a",
            "b",
            "a",
            "b",
            "A",
            "B",
            "ab",
            "xaxb",
            "%E6%82%A3",
            "患",
            "%83%5C",
            "a%2Fb",
            "b;x=1",
            "",
            "a.",
            "a%20",
        ];
        let words: Vec<&str> = (0..self.below(5)).map(|_| self.one(&WORDS)).collect();
        format!("/{}{}", words.join("/"), self.one(&["", "", "/"]))
    }
}

/// The place of the route that decides.
fn told(table: &RouteTable, facts: &Facts<'_>) -> Result<Option<usize>, PathFault> {
    let place = |hit: Hit<'_>| table.rows.iter().position(|row| Arc::ptr_eq(&row.route, hit.route));
    table.find(facts).map(|hit| hit.and_then(place))
}

#[test]
fn the_index_finds_what_a_look_at_each_route_finds() {
    let mut dice = Dice(0x5e15_4000_2026);
    let (mut hits, mut none, mut late, mut faults) = (0, 0, 0, 0);
    for _ in 0..250 {
        let routes = (0..=FEW + dice.below(40)).map(|_| Arc::new(dice.route())).collect();
        let indexed = RouteTable::new(routes);
        let plain = RouteTable { indices: None, ..indexed.clone() };
        assert!(indexed.indices.is_some(), "there are more than a few");
        for _ in 0..100 {
            let target = dice.target();
            let Ok(path) = RequestPath::read(target.as_bytes()) else { continue };
            let host = dice.one(&["a.jp", "b.a.jp", "c.b.a.jp", "x.jp", "jp", ".jp"]);
            let client: IpAddr = dice.one(&["10.1.2.3", "192.0.2.7", "2001:db8::1"]).parse().expect("an address");
            let facts = Facts { method: dice.one(&["GET", "HEAD", "POST", "PUT"]), host, path: &path, client };
            let (found, expected) = (told(&indexed, &facts), told(&plain, &facts));
            let paths = || plain.routes().map(|route| format!("{route:?}")).collect::<Vec<_>>().join("\n");
            assert_eq!(found, expected, "{target} at {host}, {facts:?}, in\n{}", paths());
            match expected {
                Ok(Some(place)) if place >= FEW => late += 1,
                Ok(Some(_)) => hits += 1,
                Ok(None) => none += 1,
                Err(_) => faults += 1,
            }
        }
    }
    println!("{hits} early hits, {late} later ones, {none} without, {faults} refused");
    // What never happens is not compared.
    assert!([hits, late, none, faults].iter().all(|count| *count > 300), "{hits} {late} {none} {faults}");
}

#[test]
fn a_host_that_begins_with_a_dot_is_below_nothing() {
    let hosts = vec!["*.a.jp".to_owned()];
    let path = PathPattern::parse("/**").expect("a pattern");
    let route = Route { hosts, path, methods: Vec::new(), from: Vec::new(), ..Dice(7).route() };
    let index = Index::new(std::iter::once((0, &route, &route.path)));
    let path = RequestPath::read(b"/x").expect("a path");
    let client = "192.0.2.1".parse().expect("an address");
    for (host, expected) in
        [("a.jp", None), (".a.jp", None), ("b.a.jp", Some(0)), ("c.b.a.jp", Some(0)), ("ba.jp", None)]
    {
        let facts = Facts { method: "GET", host, path: &path, client };
        assert_eq!(index.first(&facts, path.first(), |_| &route), expected, "{host}");
    }
}
