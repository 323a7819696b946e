//! What the address of a list asks for, and the addresses of its neighbours.

use crate::runs::{
    store::{Asked, Order, Sort},
    types::Mode,
};

/// The longest text that is searched for, in characters.
const MAX_TEXT: usize = 100;
/// What a list of the load generator's runs has as `load`.
pub const YES: &str = "yes";

/// Reads the parameters of a list's address; what is missing or makes no sense stays as usual.
pub fn asked(parameter: impl Fn(&str) -> Option<String>) -> Asked {
    let sort = parameter("sort");
    let sort = Sort::ALL
        .into_iter()
        .find(|one| Some(one.slug()) == sort.as_deref())
        .unwrap_or_default();
    let order = match parameter("order").as_deref() {
        Some("up") => Order::Up,
        Some("down") => Order::Down,
        _ => sort.usual(),
    };
    let mode = parameter("mode");
    let page = parameter("page").and_then(|page| page.parse().ok());
    Asked {
        text: parameter("q")
            .unwrap_or_default()
            .trim()
            .chars()
            .take(MAX_TEXT)
            .collect(),
        mode: Mode::ALL
            .into_iter()
            .find(|one| Some(one.slug()) == mode.as_deref()),
        load: parameter("load").as_deref() == Some(YES),
        sort,
        order,
        page: page.unwrap_or(1).max(1),
    }
}

/// The address of a list; what is as usual is left out.
pub fn address(asked: &Asked) -> String {
    let usual = Asked::default();
    let mut query = Vec::new();
    if !asked.text.is_empty() {
        query.push(format!("q={}", encoded(&asked.text)));
    }
    if let Some(mode) = asked.mode {
        query.push(format!("mode={}", mode.slug()));
    }
    if asked.load {
        query.push(format!("load={YES}"));
    }
    if asked.sort != usual.sort {
        query.push(format!("sort={}", asked.sort.slug()));
    }
    if asked.order != asked.sort.usual() {
        query.push(format!("order={}", asked.order.slug()));
    }
    if asked.page > 1 {
        query.push(format!("page={}", asked.page));
    }
    if query.is_empty() {
        "/runs".to_owned()
    } else {
        format!("/runs?{}", query.join("&"))
    }
}

/// The address of the same list sorted by that column: the other way round where it is sorted by
/// it already.
pub fn sorted_by(asked: &Asked, sort: Sort) -> String {
    let order = match (asked.sort == sort, asked.order) {
        (false, _) => sort.usual(),
        (true, Order::Up) => Order::Down,
        (true, Order::Down) => Order::Up,
    };
    address(&Asked {
        sort,
        order,
        page: 1,
        ..asked.clone()
    })
}

/// A text as the value of a parameter.
fn encoded(text: &str) -> String {
    let byte = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' => {
            char::from(byte).to_string()
        }
        _ => format!("%{byte:02X}"),
    };
    text.bytes().map(byte).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(address: &str) -> Asked {
        let query = address.split_once('?').map_or("", |(_, query)| query);
        asked(|name| {
            let pair = query.split('&').find_map(|pair| pair.strip_prefix(name));
            let value = pair?
                .strip_prefix('=')?
                .replace("%20", " ")
                .replace("%26", "&");
            Some(value)
        })
    }

    #[test]
    fn what_an_address_says_is_what_is_asked() {
        assert_eq!(address(&Asked::default()), "/runs");
        for sort in Sort::ALL {
            for order in [Order::Up, Order::Down] {
                let asked = Asked {
                    text: "a & b".to_owned(),
                    mode: Some(Mode::InTurn),
                    load: true,
                    sort,
                    order,
                    page: 3,
                };
                assert_eq!(read(&address(&asked)), asked);
                let other = read(&sorted_by(&asked, sort));
                assert!(other.order != order && other.page == 1);
            }
        }
    }

    #[test]
    fn nonsense_is_as_usual() {
        assert_eq!(
            read("/runs?sort=luck&order=left&mode=x&load=no&page=-1&q="),
            Asked::default()
        );
        assert_eq!(read("/runs?page=0").page, 1);
        let long = read(&format!("/runs?q={}", "x".repeat(500))).text;
        assert_eq!(long.len(), MAX_TEXT);
    }
}
