//! What stands around a chart: its title, what it shows at the pointer, its table, its downloads.

use leptos::{either::Either, prelude::*};

use super::{Chart, LivelyCharts, Picture};
use crate::ui::labels::Labels;

/// How a picture gets out of the page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Downloads {
    /// By the browser, which has drawn it.
    Browser,
    /// From the server, which has it as `{chart}.svg` below this address; the browser does it
    /// better, where it may: in the colours that the visitor sees, and as PNG.
    Server(String),
    /// Not at all: the page is a file itself.
    None,
}

/// All charts of a run, each as it was drawn, and what brings them to life.
pub fn charts(
    pictures: &[(Chart, Picture)],
    labels: &Labels,
    downloads: &Downloads,
) -> impl IntoView + use<> {
    let text = |name: &str| labels.get(&["chart-", name].concat());
    let frame = |(chart, picture): &(Chart, Picture)| {
        let own = |name: &str| text(&[chart.slug(), name].concat());
        framed(Framed {
            id: ["chart-", chart.slug()].concat(),
            slug: chart.slug(),
            has_rows: chart.has_rows(),
            texts: [own(""), own("-unit"), text("table"), text("read")],
            picture: picture.clone(),
            downloads: downloads.clone(),
        })
    };
    let moves = *downloads != Downloads::None;
    view! {
        <section class="charts" aria-labelledby="charts-title">
            <h2 id="charts-title">{labels.get("chart-charts")}</h2>
            {pictures.iter().map(frame).collect_view()}
            {moves.then(|| view! { <LivelyCharts /> })}
        </section>
    }
}

/// A picture and what is needed to put it into a frame.
#[derive(Debug, Clone)]
pub struct Framed {
    /// The frame's id, one of its own for every place on the page.
    pub id: String,
    /// The picture's name in addresses and files.
    pub slug: &'static str,
    /// Whether its lanes are rows, so that values are read from top to bottom.
    pub has_rows: bool,
    /// Its title, its units, and what the words for its table and for reading values are.
    pub texts: [String; 4],
    /// As it was drawn.
    pub picture: Picture,
    /// How it gets out of the page.
    pub downloads: Downloads,
}

/// A picture with all that belongs to it. What changes while a run is going on stands in elements
/// that only hold it.
pub fn framed(of: Framed) -> impl IntoView + use<> {
    let Framed {
        id,
        slug,
        has_rows,
        texts: [title, unit, table, read],
        picture,
        downloads,
    } = of;
    let table_name = [&title, ", ", &table].concat();
    let file = ["pushpull-", slug, ".svg"].concat();
    let save = (downloads != Downloads::None).then(|| {
        // Only the server's file is there without JavaScript.
        let svg = match downloads {
            Downloads::Server(below) => Either::Left(view! {
                <a href=[&below, "/", slug, ".svg"].concat() download=file data-save="svg" aria-label=[&title, ", SVG"].concat()>
                    "SVG"
                </a>
            }),
            _ => Either::Right(view! {
                <button type="button" data-save="svg" aria-label=[&title, ", SVG"].concat() hidden>
                    "SVG"
                </button>
            }),
        };
        let png = [&title, ", PNG"].concat();
        view! {
            <span class="save">
                {svg} <button type="button" data-save="png" aria-label=png hidden>
                    "PNG"
                </button>
            </span>
        }
    });
    view! {
        <figure class="chart" id=id data-chart=slug data-rows=has_rows.then_some("")>
            <figcaption>
                <h3>{title.clone()}</h3>
                <small>{unit}</small>
                {save}
            </figcaption>
            <div class="canvas">
                <div class="held" inner_html=picture.plot></div>
                <p class="reading" aria-hidden="true" hidden></p>
                <svg class="cross" aria-hidden="true" hidden>
                    <line></line>
                </svg>
                <input type="range" min="0" max="0" value="0" aria-label=[&title, ", ", &read].concat() hidden />
            </div>
            <p class="remark">{picture.note}</p>
            <details>
                <summary>
                    {table} <span class="visually-hidden">": " {title}</span>
                </summary>
                <div class="scroll" role="region" aria-label=table_name tabindex="0">
                    <div class="numbers" inner_html=picture.table></div>
                </div>
            </details>
        </figure>
    }
}
