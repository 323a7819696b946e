//! A picture leaves the page: as SVG, or as PNG in twice the size. What it looks like in the page,
//! in the theme that is seen, is written into its elements, so that it needs no style sheet.

use js_sys::encode_uri_component;
use leptos::task::spawn_local;
use wasm_bindgen::JsCast as _;
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    CanvasRenderingContext2d, CssStyleDeclaration, Element, HtmlCanvasElement, HtmlElement,
    HtmlImageElement, window,
};

use super::sheet::Sheet;

/// What a style sheet has to say about an element of a picture.
const PROPERTIES: [&str; 15] = [
    "display",
    "fill",
    "fill-opacity",
    "stroke",
    "stroke-width",
    "stroke-dasharray",
    "stroke-linecap",
    "stroke-linejoin",
    "paint-order",
    "opacity",
    "overflow",
    "text-anchor",
    "font-family",
    "font-size",
    "font-weight",
];

/// Hands the chart's picture to the visitor.
pub(super) fn save(figure: &Element, as_png: bool) {
    let Some((text, size)) = file(figure) else {
        return;
    };
    let mut address = "data:image/svg+xml;charset=utf-8,".to_owned();
    address.push_str(&String::from(encode_uri_component(&text)));
    let mut name = "pushpull-".to_owned();
    name.push_str(&figure.get_attribute("data-chart").unwrap_or_default());
    if as_png {
        name.push_str(".png");
        spawn_local(async move {
            if let Some(address) = png(&address, size).await {
                hand_out(&address, &name);
            }
        });
    } else {
        name.push_str(".svg");
        hand_out(&address, &name);
    }
}

/// The picture as a file, and its size in px.
fn file(figure: &Element) -> Option<(String, (i32, i32))> {
    let plot = figure.query_selector(".plot").ok()??;
    let place = plot.get_bounding_client_rect();
    let copy: Element = plot.clone_node_with_deep(true).ok()?.dyn_into().ok()?;
    let (seen, written) = (
        plot.get_elements_by_tag_name("*"),
        copy.get_elements_by_tag_name("*"),
    );
    write_style(&plot, &copy)?;
    for place in 0..seen.length() {
        write_style(&seen.item(place)?, &written.item(place)?)?;
    }
    let of = |element: &Element, property: &str| value(&style(element)?, property);
    let body = window()?.document()?.body()?;
    let title = figure.query_selector("h3").ok()??;
    let unit = figure.query_selector("small").ok()??;
    let note = figure.query_selector(".remark").ok()??;
    let text = |element: &Element| element.text_content().unwrap_or_default();
    let (paper, ink, soft) = (
        of(&body, "background-color")?,
        of(&title, "color")?,
        of(&unit, "color")?,
    );
    let sheet = Sheet {
        // As wide as it is seen.
        size: (place.width() as i32, place.height() as i32),
        style: "",
        colours: [&paper, &ink, &soft],
        fonts: &of(&body, "font-family")?,
        texts: [&text(&title), &text(&unit), &text(&note)],
        plot: &copy.outer_html(),
    };
    Some((sheet.text(), sheet.size()))
}

/// Writes how an element is seen into its copy.
fn write_style(seen: &Element, copy: &Element) -> Option<()> {
    let style = style(seen)?;
    for property in PROPERTIES {
        copy.set_attribute(property, &value(&style, property)?)
            .ok()?;
    }
    Some(())
}

fn style(element: &Element) -> Option<CssStyleDeclaration> {
    window()?.get_computed_style(element).ok()?
}

fn value(style: &CssStyleDeclaration, property: &str) -> Option<String> {
    style.get_property_value(property).ok()
}

/// The picture at `address` in pixels, twice as many as px.
async fn png(address: &str, (width, height): (i32, i32)) -> Option<String> {
    let image = HtmlImageElement::new().ok()?;
    image.set_src(address);
    JsFuture::from(image.decode()).await.ok()?;
    let canvas = window()?.document()?.create_element("canvas").ok()?;
    let canvas: HtmlCanvasElement = canvas.dyn_into().ok()?;
    let (width, height) = (width.unsigned_abs() * 2, height.unsigned_abs() * 2);
    canvas.set_width(width);
    canvas.set_height(height);
    let context: CanvasRenderingContext2d = canvas.get_context("2d").ok()??.dyn_into().ok()?;
    context
        .draw_image_with_html_image_element_and_dw_and_dh(
            &image,
            0.0,
            0.0,
            width.into(),
            height.into(),
        )
        .ok()?;
    canvas.to_data_url().ok()
}

fn hand_out(address: &str, name: &str) {
    let link = window().and_then(|window| window.document()?.create_element("a").ok());
    if let Some(link) = link.and_then(|link| link.dyn_into::<HtmlElement>().ok()) {
        // Neither fails for names that are names.
        let _ = link.set_attribute("href", address);
        let _ = link.set_attribute("download", name);
        link.click();
    }
}
