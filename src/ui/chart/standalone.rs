//! A chart as an SVG file, made by the server: for whoever has no JavaScript, and for links.
//!
//! Its style is that of the page, `style/plot.css`, with the tokens' values of one theme in it, so
//! that it needs nothing else and looks the same in programs that know no custom properties.

use super::{Chart, Picture, data::Data, sheet::Sheet};
use crate::{
    transport::Transport,
    ui::{labels::Labels, theme::Theme},
};

const TOKENS: &str = include_str!("../../../style/tokens.css");
const STYLE: &str = include_str!("../../../style/plot.css");

/// How wide a picture is, px.
const WIDTH: i32 = 680;

/// The file of a chart.
pub fn svg(chart: Chart, data: &Data<'_>, labels: &Labels, theme: Theme) -> String {
    let own = |name: &str| labels.get(&["chart-", chart.slug(), name].concat());
    sheet(&chart.draw(data, labels), [&own(""), &own("-unit")], theme)
}

/// The file of a picture with that title and those units.
pub fn sheet(picture: &Picture, [title, unit]: [&str; 2], theme: Theme) -> String {
    let height = height(&picture.plot);
    let [paper, ink, soft, fonts] =
        ["paper", "ink", "soft", "sans"].map(|token| value(token, theme));
    Sheet {
        size: (WIDTH, height),
        style: &["<style>", &style(theme), "</style>"].concat(),
        colours: [&paper, &ink, &soft],
        fonts: &fonts,
        texts: [title, unit, &picture.note],
        plot: &picture.plot,
    }
    .text()
}

/// The height that a picture says it has.
fn height(plot: &str) -> i32 {
    let rest = plot.split_once(" height=\"").map_or("", |(_, rest)| rest);
    let told = rest
        .split('"')
        .next()
        .and_then(|height| height.parse().ok());
    told.unwrap_or(300)
}

/// A token's value in a theme; a file whose viewer decides nothing is light.
fn value(token: &str, theme: Theme) -> String {
    let start = format!("--{token}: ");
    let value = TOKENS
        .split_once(&start)
        .and_then(|(_, rest)| rest.split(';').next())
        .unwrap_or("currentColor");
    let both = value
        .strip_prefix("light-dark(")
        .and_then(|both| both.strip_suffix(')')?.split_once(", "));
    let value = both.map_or(
        value,
        |(light, dark)| if theme == Theme::Dark { dark } else { light },
    );
    value.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The style's rules with each `var()` replaced. A rule in a transport's colour becomes one for
/// each transport.
fn style(theme: Theme) -> String {
    let mut style = String::new();
    let mut rest = STYLE;
    while let Some((before, comment)) = rest.split_once("/*") {
        style.push_str(before);
        rest = comment.split_once("*/").map_or("", |(_, after)| after);
    }
    style.push_str(rest);
    let ink = value("ink", theme);
    let mut colours: Vec<_> = Transport::PLAIN
        .map(|transport| (transport.slug(), value(transport.slug(), theme)))
        .into();
    colours.push(("ink", ink));
    let mut resolved = String::new();
    for rule in style.split_inclusive('}').map(str::trim) {
        let Some((selector, declarations)) = rule.split_once('{') else {
            continue;
        };
        if declarations.contains("--c:") {
            continue;
        }
        if declarations.contains("var(--c)") {
            for (class, colour) in &colours {
                resolved.push_str(&format!("{}.{class}{{", selector.trim()));
                resolved.push_str(&resolve(&declarations.replace("var(--c)", colour), theme));
                resolved.push('\n');
            }
        } else {
            resolved.push_str(&format!(
                "{}{{{}\n",
                selector.trim(),
                resolve(declarations, theme)
            ));
        }
    }
    resolved
}

fn resolve(declarations: &str, theme: Theme) -> String {
    let mut resolved = String::new();
    let mut rest = declarations;
    while let Some((before, after)) = rest.split_once("var(--") {
        let (token, behind) = after.split_once(')').unwrap_or((after, ""));
        resolved.push_str(before);
        resolved.push_str(&value(token, theme));
        rest = behind;
    }
    resolved.push_str(rest);
    resolved
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::{
        chart::tests::{MadeUp, labels},
        language::Language,
    };

    #[test]
    fn a_file_needs_nothing_else() {
        let made_up = MadeUp::new();
        for theme in Theme::ALL {
            for chart in Chart::ALL {
                let svg = svg(chart, &made_up.data(), &labels(Language::English), theme);
                for foreign in [
                    "var(",
                    "light-dark",
                    "--",
                    "url(",
                    "<script",
                    "style=\"",
                    "/*",
                ] {
                    assert!(!svg.contains(foreign), "{foreign} in {}", chart.slug());
                }
                assert!(svg.starts_with("<svg xmlns=\"http://www.w3.org/2000/svg\""));
                assert_eq!(svg.matches("<svg").count(), svg.matches("</svg>").count());
            }
        }
    }

    #[test]
    fn a_dark_file_is_dark() {
        let made_up = MadeUp::new();
        let draw = |theme| {
            svg(
                Chart::Cdf,
                &made_up.data(),
                &labels(Language::Korean),
                theme,
            )
        };
        let dark = draw(Theme::Dark);
        assert!(
            dark.contains("fill=\"#12151a\"") && dark.contains(".curve.sse{ stroke: #339b78"),
            "{dark}"
        );
        assert!(draw(Theme::Light).contains("fill=\"#fbfaf6\""));
    }
}
