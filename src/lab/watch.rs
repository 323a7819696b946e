//! What the page notices of disturbances: whether it is seen, and what keeps its thread busy.

use std::{cell::RefCell, rc::Rc};

use js_sys::{Array, Function, Object, Reflect};
use wasm_bindgen::{JsCast as _, JsValue, closure::Closure};
use web_sys::window;

use super::{model::Model, request::member};
use crate::transport::client::{listening::Listening, now};

/// What the browser calls a task that took 50 ms or more.
const LONG_TASK: &str = "longtask";

/// Watches for as long as it lives.
pub(super) struct Watch {
    _seen: Option<Listening>,
    _busy: Option<Closure<dyn FnMut(JsValue)>>,
}

impl Watch {
    /// Enters what is noticed into the model.
    pub(super) fn new(model: &Rc<RefCell<Model>>) -> Self {
        let document = window().and_then(|window| window.document());
        let noting = Rc::clone(model);
        let seen = document.map(|document| {
            let hear = move |at, _| noting.borrow_mut().disturb().hidden(is_hidden(), at);
            Listening::new(document.into(), &["visibilitychange"], Box::new(hear))
        });
        Self {
            _seen: seen,
            _busy: tells_long_tasks().then(|| observe(Rc::clone(model))),
        }
    }
}

/// Whether the document is hidden.
pub(super) fn is_hidden() -> bool {
    window()
        .and_then(|window| window.document())
        .is_some_and(|document| document.hidden())
}

/// What observes; undefined where there is none.
fn observer() -> JsValue {
    window().map_or(JsValue::UNDEFINED, |window| {
        member(&window, "PerformanceObserver")
    })
}

/// Whether the browser tells of long tasks; only Chromium and its kin do.
pub(super) fn tells_long_tasks() -> bool {
    let kinds = member(&observer(), "supportedEntryTypes");
    let kinds = kinds.dyn_into::<Array>();
    kinds.is_ok_and(|kinds| kinds.includes(&LONG_TASK.into(), 0))
}

fn observe(model: Rc<RefCell<Model>>) -> Closure<dyn FnMut(JsValue)> {
    let callback = Closure::<dyn FnMut(JsValue)>::new(move |told: JsValue| {
        let entries = call(&told, "getEntries", &[]).dyn_into::<Array>();
        for entry in entries.into_iter().flat_map(|entries| entries.to_vec()) {
            let number = |name| member(&entry, name).as_f64();
            let took = number("duration").unwrap_or_default();
            let from = number("startTime").unwrap_or_else(now);
            model.borrow_mut().disturb().blocked(from, took);
        }
    });
    let made = observer().dyn_into::<Function>().ok().and_then(|observer| {
        let hear = Array::of1(callback.as_ref());
        Reflect::construct(&observer, &hear).ok()
    });
    let wanted = Object::new();
    // Neither fails for an object of our own.
    let _ = Reflect::set(&wanted, &"type".into(), &LONG_TASK.into());
    call(&made.unwrap_or(JsValue::UNDEFINED), "observe", &[&wanted]);
    callback
}

/// Calls an object's method; undefined where there is no such method, or it fails.
fn call(object: &JsValue, method: &str, arguments: &[&JsValue]) -> JsValue {
    let list = Array::new();
    for argument in arguments {
        list.push(argument);
    }
    member(object, method)
        .dyn_into::<Function>()
        .ok()
        .and_then(|method| method.apply(object, &list).ok())
        .unwrap_or(JsValue::UNDEFINED)
}
