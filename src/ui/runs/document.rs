//! A run as one HTML file that opens without a server and without a network: its styles are in it,
//! it runs no script and asks for nothing.

use leptos::prelude::*;

use super::{
    content::content,
    report::{Report, title},
    time::moment,
};
use crate::{
    runs::record::Record,
    ui::{chart::frame::Downloads, text::Text},
};

/// The site's own styles, as far as a report needs them.
const STYLES: [&str; 7] = [
    include_str!("../../../style/tokens.css"),
    include_str!("../../../style/base.css"),
    include_str!("../../../style/page.css"),
    include_str!("../../../style/table.css"),
    include_str!("../../../style/plot.css"),
    include_str!("../../../style/chart.css"),
    include_str!("../../../style/runs.css"),
];

/// What the file may do, wherever it is opened: nothing but show itself.
pub const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src data:";

/// The file.
pub fn document(record: &Record, report: &Report, text: Text) -> String {
    let title = title(record, text);
    let saved = moment(record.saved_us);
    let page = view! {
        <main class="wrap run">
            <h1>{title.clone()}</h1>
            <p class="aside">
                {text.get("runs-document")} " " <time datetime=saved.iso>{saved.shown}</time>
            </p>
            {content(report, text, &Downloads::None)}
        </main>
    };
    let page = page.to_html();
    let title = leptos::html::title().child(title).to_html();
    let language = text.language().tag();
    let styles = STYLES.concat();
    format!(
        "<!DOCTYPE html>\n<html lang=\"{language}\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"{POLICY}\">\n\
         {title}\n<style>\n{styles}</style>\n</head>\n<body>\n{page}\n</body>\n</html>\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{made_up::Plan, ui::language::Language};

    fn made(name: &str, language: Language) -> String {
        let text = Text::new(language);
        let mut record = Plan::small(1).record();
        record.name = name.to_owned();
        Owner::new().with(|| document(&record, &Report::of(&record, text), text))
    }

    #[test]
    fn it_asks_for_nothing() {
        for language in Language::ALL {
            let document = made("a run", language);
            for outside in [
                "<script", "<link", "src=", "href=", "@import", "url(", "<iframe",
            ] {
                assert!(!document.contains(outside), "{outside}");
            }
            // Names of vocabularies are no addresses that anybody asks.
            let named = document.replace("http://www.w3.org/2000/svg", "");
            assert!(!named.contains("http://") && !named.contains("https://"));
            assert!(document.contains("Chromium 156") && document.contains("</html>"));
        }
    }

    #[test]
    fn what_a_stranger_wrote_stays_text() {
        let document = made(
            "</title><script>alert(1)</script><h1 onclick=x>",
            Language::English,
        );
        assert!(!document.contains("<script") && !document.contains("<h1 onclick"));
        assert!(document.contains("&lt;script&gt;"));
    }
}
