//! What stands around every page: navigation, the two switches, the footer.

use leptos::prelude::*;

use crate::ui::{language::Language, text::Text, theme::Theme, visitor::Visitor};

/// The pages that the navigation names, and the keys of their names. A new page is a line here
/// and its route in the app.
const PAGES: [(&str, &str); 3] = [
    ("/", "nav-lab"),
    ("/runs", "nav-runs"),
    ("/swarm", "nav-swarm"),
];

/// The top of every page.
#[component]
pub fn Header() -> impl IntoView {
    let (visitor, text) = (Visitor::here(), Text::here());
    let link = |(path, key): (&'static str, &str)| {
        let here = (visitor.path() == path).then_some("page");
        view! {
            <li>
                <a href=path aria-current=here>
                    {text.get(key)}
                </a>
            </li>
        }
    };
    view! {
        <header class="top">
            <div class="wrap">
                <a class="wordmark" href="/">
                    {text.get("site-wordmark")}
                </a>
                <nav aria-label=text.get("site-nav")>
                    <ul>{PAGES.into_iter().map(link).collect_view()}</ul>
                </nav>
                <div class="tools">
                    <Switch
                        label=text.get("language-label")
                        back=visitor.address.clone()
                        choices=Language::ALL.map(|language| other_language(language, &visitor)).to_vec()
                    />
                    <Switch
                        label=text.get("theme-label")
                        back=visitor.address.clone()
                        choices=Theme::ALL.map(|theme| other_theme(theme, &visitor, text)).to_vec()
                    />
                </div>
            </div>
        </header>
    }
}

/// The bottom of every page.
#[component]
pub fn Footer() -> impl IntoView {
    let text = Text::here();
    view! {
        <footer class="bottom">
            <div class="wrap">
                <p>
                    {text.get("site-footer")} " "
                    <a href="/#numbers">{text.get("site-footer-numbers")}</a>
                </p>
                <p>{text.fill("site-version", &[("version", env!("CARGO_PKG_VERSION"))])}</p>
            </div>
        </footer>
    }
}

/// One button of a switch.
#[derive(Debug, Clone)]
struct Choice {
    /// The form's field and its value.
    field: (&'static str, &'static str),
    /// What it shows.
    face: String,
    /// What it says, where the face is a sign.
    name: Option<String>,
    /// The language of its face.
    lang: Option<&'static str>,
    /// Whether it is how things are now.
    now: bool,
}

/// A language says its own name, so that whoever cannot read the page still finds it.
fn other_language(language: Language, visitor: &Visitor) -> Choice {
    Choice {
        field: ("lang", language.tag()),
        face: Text::new(language).get("language-name"),
        name: None,
        lang: Some(language.tag()),
        now: visitor.language == language,
    }
}

fn other_theme(theme: Theme, visitor: &Visitor, text: Text) -> Choice {
    Choice {
        field: ("theme", theme.slug()),
        face: match theme {
            Theme::System => "◐",
            Theme::Light => "○",
            Theme::Dark => "●",
        }
        .to_owned(),
        name: Some(text.get(&format!("theme-{}", theme.slug()))),
        lang: None,
        now: visitor.theme == theme,
    }
}

/// A row of buttons, each of which posts its choice; plain forms, so it works without JavaScript.
#[component]
fn Switch(
    /// What is chosen.
    label: String,
    /// The page to come back to.
    back: String,
    /// What there is to choose.
    choices: Vec<Choice>,
) -> impl IntoView {
    let button = |choice: Choice| {
        let (name, value) = choice.field;
        view! {
            <button
                name=name
                value=value
                lang=choice.lang
                title=choice.name.clone()
                aria-label=choice.name
                aria-pressed=choice.now.to_string()
            >
                {choice.face}
            </button>
        }
    };
    view! {
        <form class="switch" method="post" action="/preferences" aria-label=label>
            <input type="hidden" name="back" value=back />
            {choices.into_iter().map(button).collect_view()}
        </form>
    }
}
