//! What the visitor brings along: a text of their own to publish, or a topic of their own to
//! watch.

use leptos::prelude::*;

use super::place::Places;
use crate::transport::Transport;

/// Both boxes.
pub(super) fn own(places: &Places) -> impl IntoView + use<> {
    let (say, state) = (&places.say, &places.state);
    let shown = |key| places.shown(key, Transport::Polling).text;
    view! {
        <section class="own">
            <form data-form="publish">
                <h2>{say.text("lab-publish")}</h2>
                <p>{say.text("lab-publish-text")}</p>
                <div class="line">
                    <input
                        type="text"
                        class="place"
                        name="text"
                        autocomplete="off"
                        maxlength="1000"
                        aria-label=say.text("lab-publish-label")
                        placeholder=say.text("lab-publish-example")
                        data-off="post"
                        disabled
                    />
                    <button class="quiet place" data-action="publish" data-off="post" disabled>
                        {say.text("lab-publish-button")}
                    </button>
                </div>
                <p class="answer place" role="status" data-text="posted">
                    {shown("posted")}
                </p>
            </form>
            <form data-form="watch">
                <h2>{say.text("lab-external")}</h2>
                <p>{say.text("lab-external-text")}</p>
                <div class="line">
                    <input
                        type="text"
                        class="place"
                        name="topic"
                        autocomplete="off"
                        autocapitalize="off"
                        spellcheck="false"
                        maxlength="64"
                        value=state.watchable.clone()
                        aria-label=say.text("lab-external-label")
                        aria-describedby="lab-wrong-name"
                        data-off="topic"
                        disabled
                    />
                    <button class="quiet place" data-action="watch" data-off="locked" data-text="watch" disabled>
                        {shown("watch")}
                    </button>
                </div>
                <p class="error place" id="lab-wrong-name" data-away="name" hidden>
                    {say.text("lab-external-wrong")}
                </p>
                <p class="answer">
                    <code class="command place" data-text="command">
                        {shown("command")}
                    </code>
                </p>
            </form>
        </section>
    }
}
