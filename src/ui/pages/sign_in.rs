//! Where a visitor shows the server's token, when it is bound beyond loopback.

use leptos::prelude::*;
use leptos_meta::{Html, Title};

use crate::ui::{text::Text, visitor::Visitor};

/// `/sign-in`, with `?failed=1` after a wrong token. The form posts the field `token` to the
/// same address.
#[component]
pub fn SignInPage() -> impl IntoView {
    let text = Text::here();
    let failed = failed(&Visitor::here().address);
    let error = move || {
        view! {
            <p class="error" id="sign-in-error" role="alert">
                {text.get("sign-in-failed")}
            </p>
        }
    };
    view! {
        <Title text=text.get("sign-in-title") />
        <Html {..} data-hydrated="" />
        <section class="small-page">
            <h1>{text.get("sign-in-title")}</h1>
            <p>{text.get("sign-in-text")}</p>
            <form class="sign-in" method="post" action="/sign-in">
                {failed.then(error)}
                // Password managers file the token under a name, and browsers complain without.
                <input type="text" value="pushpull" autocomplete="username" readonly hidden />
                <label for="token">{text.get("sign-in-token")}</label>
                <input
                    id="token"
                    name="token"
                    type="password"
                    required
                    autocomplete="current-password"
                    aria-invalid=failed.then_some("true")
                    aria-describedby=failed.then_some("sign-in-error")
                />
                <button class="primary" type="submit">
                    {text.get("sign-in-button")}
                </button>
            </form>
        </section>
    }
}

/// Whether the last attempt failed.
fn failed(address: &str) -> bool {
    let query = address.split_once('?').map_or("", |(_, query)| query);
    query.split('&').any(|pair| pair == "failed=1")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_failed_attempt_is_told() {
        assert!(failed("/sign-in?failed=1"));
        assert!(failed("/sign-in?a=b&failed=1"));
        for quiet in [
            "/sign-in",
            "/sign-in?failed=",
            "/sign-in?xfailed=1",
            "/failed=1",
        ] {
            assert!(!failed(quiet), "{quiet}");
        }
    }
}
