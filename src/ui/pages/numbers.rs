//! What the numbers mean: the definitions that the lab's terms link to.

use leptos::prelude::*;

use crate::ui::text::Text;

/// The numbers in the order in which a reader meets them. `term-p50` is the id of a definition and
/// the key of its name, `term-p50-text` the key of what it says.
const TERMS: [&str; 7] = [
    "latency",
    "p50",
    "clock-error",
    "ledger",
    "wasted",
    "wait",
    "verdict",
];

/// The definitions.
#[component]
pub fn Numbers() -> impl IntoView {
    let text = Text::here();
    let definition = |term: &'static str| {
        view! {
            <div id=format!("term-{term}")>
                <dt>{text.get(&format!("term-{term}"))}</dt>
                <dd>{text.get(&format!("term-{term}-text"))}</dd>
            </div>
        }
    };
    view! {
        <section class="guide" id="numbers" aria-labelledby="numbers-title">
            <h2 id="numbers-title">{text.get("numbers-title")}</h2>
            <dl class="definitions">{TERMS.map(definition).collect_view()}</dl>
        </section>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::language::Language;

    #[test]
    fn every_term_is_defined() {
        for text in Language::ALL.map(Text::new) {
            for key in TERMS
                .iter()
                .flat_map(|term| [format!("term-{term}"), format!("term-{term}-text")])
            {
                assert_ne!(text.get(&key), key);
            }
        }
    }
}
