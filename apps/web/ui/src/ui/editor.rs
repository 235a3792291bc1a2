//! Editing a picture before it is sent: cut, turn, flip, draw, make places unrecognisable; each step can be taken back.

use leptos::html::{Canvas, Div};
use leptos::prelude::*;
use web_sys::{HtmlCanvasElement, PointerEvent};

use super::button::{Choice, IconButton};
use super::canvas::render_to;
use super::icon::{Icon, icon};
use crate::edit::{Brush, COLOURS, Edit, History, Rect, WIDTHS};
use crate::locale::{t, ta};

/// Longer side of what is drawn while one edits. What is sent is made from the picture itself.
const SHOWN: f64 = 1_400.0;

/// What the pointer does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Tool {
    /// Nothing: one looks.
    #[default]
    Look,
    /// Moves the frame of the cut.
    Cut,
    /// Draws.
    Draw,
    /// Makes unrecognisable.
    Coarse,
}

/// The picture and the tools for it. `square`: it is cut for an avatar, and nothing else.
#[component]
pub fn Editor(
    chosen: HtmlCanvasElement,
    history: RwSignal<History>,
    tool: RwSignal<Tool>,
    #[prop(optional)] square: bool,
) -> impl IntoView {
    let size = (f64::from(chosen.width()), f64::from(chosen.height()));
    let chosen = StoredValue::new_local(chosen);
    let canvas = NodeRef::<Canvas>::new();
    let colour = RwSignal::new(2usize);
    let width = RwSignal::new(1usize);
    let ratio = RwSignal::new(if square { "1" } else { "free" }.to_owned());
    // While the frame is moved the whole picture is seen.
    let seen = move || {
        let mut edit = history.with(|history| history.now.clone());
        if tool.get() == Tool::Cut {
            edit.cut = Rect::default();
        }
        edit
    };
    Effect::new(move |_| {
        let edit = seen();
        let Some(canvas) = canvas.get() else { return };
        let (across, down) = edit.size(size, SHOWN);
        if (canvas.width(), canvas.height()) != (across, down) {
            canvas.set_width(across);
            canvas.set_height(down);
        }
        chosen.with_value(|chosen| render_to(chosen, &edit, &canvas));
    });
    let place = move |event: &PointerEvent| {
        let place = canvas.get_untracked()?.get_bounding_client_rect();
        let x = (f64::from(event.client_x()) - place.left()) / place.width().max(1.0);
        let y = (f64::from(event.client_y()) - place.top()) / place.height().max(1.0);
        Some((x, y))
    };
    let drawing = StoredValue::new(false);
    let down = move |event: PointerEvent| {
        let brush = match tool.get_untracked() {
            Tool::Draw => Brush::Pen(colour.get_untracked()),
            Tool::Coarse => Brush::Coarse,
            _ => return,
        };
        let (Some(at), Some(canvas)) = (place(&event), canvas.get_untracked()) else { return };
        let _ = canvas.set_pointer_capture(event.pointer_id());
        event.prevent_default();
        drawing.set_value(true);
        let wide = WIDTHS[width.get_untracked()] * if brush == Brush::Coarse { 3.0 } else { 1.0 };
        history.update(|history| {
            history.note();
            // The line is as wide as it looks, however much was cut away.
            let wide = wide * history.now.cut.width.max(history.now.cut.height);
            let at = history.now.to_chosen(at);
            history.now.begin(brush, wide, at);
        });
    };
    let moved = move |event: PointerEvent| {
        if !drawing.get_value() {
            return;
        }
        if let Some(at) = place(&event) {
            history.update(|history| {
                let at = history.now.to_chosen(at);
                history.now.go_on(at);
            });
        }
    };
    let up = move |_: PointerEvent| drawing.set_value(false);
    let step = move |act: fn(&mut Edit)| {
        history.update(|history| {
            history.note();
            act(&mut history.now);
        });
    };
    let choose_ratio = move |value: String| {
        if let Some(wanted) = ratio_of(&value, history.with_untracked(|history| history.now.turned(size))) {
            history.update(|history| {
                history.note();
                let turned = history.now.turned(size);
                history.now.cut = Rect::of_ratio(wanted, turned);
            });
        }
        ratio.set(value);
    };
    let pick = move |which: Tool, name: String, shape: Icon| {
        let on = move || tool.get() == which;
        let click = move |_| tool.set(if untrack(on) { Tool::Look } else { which });
        view! {
            <button type="button" class="tool" title=name.clone() aria-label=name aria-pressed=move || on().to_string() on:click=click>
                {icon(shape)}
            </button>
        }
    };
    let none_before = Signal::derive(move || !history.with(History::can_undo));
    let none_after = Signal::derive(move || !history.with(History::can_redo));
    let brushes = (!square).then(|| {
        view! { {pick(Tool::Draw, t("edit-draw"), Icon::Draw)} {pick(Tool::Coarse, t("edit-blur"), Icon::Blur)} }
    });
    let options = move || match tool.get() {
        Tool::Look => ().into_any(),
        Tool::Cut if square => ().into_any(),
        Tool::Cut => {
            let options = ["free", "whole", "1", "4:3", "16:9"].map(|value| {
                let words = match value {
                    "free" => t("ratio-free"),
                    "whole" => t("ratio-whole"),
                    "1" => "1:1".to_owned(),
                    other => other.to_owned(),
                };
                (value.to_owned(), words)
            });
            view! { <Choice label=t("edit-ratio") options=options.to_vec() chosen=ratio on_choose=choose_ratio/> }.into_any()
        }
        Tool::Draw => view! { {colours(colour)} {widths(width)} }.into_any(),
        Tool::Coarse => view! { <p class="edit-hint">{t("edit-blur-hint")}</p> {widths(width)} }.into_any(),
    };
    let frame = move || {
        (tool.get() == Tool::Cut).then(|| {
            let fixed = move || {
                ratio
                    .with(|ratio| ratio_of(ratio, history.with_untracked(|history| history.now.turned(size))))
            };
            view! { <Frame history size fixed=Signal::derive(fixed)/> }
        })
    };
    let class = move || match tool.get() {
        Tool::Draw | Tool::Coarse => "edit-canvas drawing",
        _ => "edit-canvas",
    };
    view! {
        <div class="editor">
            <div class="edit-stage">
                <div class="edit-picture">
                    <canvas
                        node_ref=canvas class=class role="img" aria-label=t("edit-picture")
                        on:pointerdown=down on:pointermove=moved on:pointerup=up on:pointercancel=up
                    ></canvas>
                    {frame}
                </div>
            </div>
            <div class="edit-options">{options}</div>
            <div class="edit-tools" role="toolbar" aria-label=t("edit-tools")>
                {pick(Tool::Cut, t("edit-crop"), Icon::Crop)}
                <IconButton name=t("edit-turn") shape=Icon::Rotate on_click=move |_| step(Edit::turn)/>
                <IconButton name=t("edit-flip") shape=Icon::Flip on_click=move |_| step(Edit::flip)/>
                {brushes}
                <IconButton name=t("undo") shape=Icon::Undo disabled=none_before on_click=move |_| history.update(History::undo)/>
                <IconButton name=t("redo") shape=Icon::Redo disabled=none_after on_click=move |_| history.update(History::redo)/>
            </div>
        </div>
    }
}

/// Width to height that a choice stands for; none where any will do. Upright pictures are cut upright.
fn ratio_of(choice: &str, turned: (f64, f64)) -> Option<f64> {
    let ratio = match choice {
        "whole" => return Some(turned.0 / turned.1.max(1.0)),
        "1" => 1.0,
        "4:3" => 4.0 / 3.0,
        "16:9" => 16.0 / 9.0,
        _ => return None,
    };
    Some(if turned.0 < turned.1 { 1.0 / ratio } else { ratio })
}

fn colours(chosen: RwSignal<usize>) -> impl IntoView {
    let names = [
        "colour-white",
        "colour-black",
        "colour-red",
        "colour-yellow",
        "colour-green",
        "colour-blue",
        "colour-violet",
    ];
    let one = move |(at, (colour, name)): (usize, (&'static str, &'static str))| {
        view! {
            <button type="button" class="swatch" role="radio" aria-label=t(name) title=t(name)
                aria-checked=move || (chosen.get() == at).to_string() style:--swatch=colour on:click=move |_| chosen.set(at)></button>
        }
    };
    let all = COLOURS.into_iter().zip(names).enumerate().map(one).collect_view();
    view! { <div class="swatches" role="radiogroup" aria-label=t("edit-colour")>{all}</div> }
}

fn widths(chosen: RwSignal<usize>) -> impl IntoView {
    let one = move |at: usize| {
        let label = ta("edit-width", &[("number", (at + 1).into())]);
        let side = format!("{}px", 6 + at * 7);
        view! {
            <button type="button" class="width" role="radio" aria-label=label.clone() title=label
                aria-checked=move || (chosen.get() == at).to_string() on:click=move |_| chosen.set(at)><i style:width=side.clone() style:height=side></i></button>
        }
    };
    view! { <div class="swatches" role="radiogroup" aria-label=t("edit-widths")>{(0..WIDTHS.len()).map(one).collect_view()}</div> }
}

/// The frame of the cut, with handles on its corners and sides; arrow keys move it, with Shift they size it.
#[component]
fn Frame(
    history: RwSignal<History>,
    size: (f64, f64),
    #[prop(into)] fixed: Signal<Option<f64>>,
) -> impl IntoView {
    let node = NodeRef::<Div>::new();
    // Which handle is held, where the pointer was, and the frame then.
    let held = StoredValue::new(None::<((i8, i8), (f64, f64), Rect)>);
    let cut = Memo::new(move |_| history.with(|history| history.now.cut));
    let percent = |part: f64| format!("{}%", part * 100.0);
    let of_parts = move || {
        let turned = history.with_untracked(|history| history.now.turned(size));
        fixed.get_untracked().map(|ratio| ratio * turned.1 / turned.0.max(1.0))
    };
    let take = move |event: PointerEvent, handle: (i8, i8)| {
        event.prevent_default();
        event.stop_propagation();
        if let Some(node) = node.get_untracked() {
            let _ = node.set_pointer_capture(event.pointer_id());
        }
        history.update(History::note);
        let at = (f64::from(event.client_x()), f64::from(event.client_y()));
        held.set_value(Some((handle, at, cut.get_untracked())));
    };
    let moved = move |event: PointerEvent| {
        let Some(((right, down), from, start)) = held.get_value() else { return };
        let Some(whole) = node.get_untracked().and_then(|node| node.parent_element()) else { return };
        let whole = whole.get_bounding_client_rect();
        let by = (
            (f64::from(event.client_x()) - from.0) / whole.width().max(1.0),
            (f64::from(event.client_y()) - from.1) / whole.height().max(1.0),
        );
        let rect =
            if (right, down) == (0, 0) { start.moved(by) } else { start.pulled(right, down, by, of_parts()) };
        history.update(|history| history.now.cut = rect);
    };
    let keys = move |event: leptos::ev::KeyboardEvent| {
        let by = match event.key().as_str() {
            "ArrowRight" => (0.02, 0.0),
            "ArrowLeft" => (-0.02, 0.0),
            "ArrowDown" => (0.0, 0.02),
            "ArrowUp" => (0.0, -0.02),
            _ => return,
        };
        event.prevent_default();
        event.stop_propagation();
        history.update(|history| {
            history.note();
            let cut = history.now.cut;
            history.now.cut =
                if event.shift_key() { cut.pulled(1, 1, by, of_parts()) } else { cut.moved(by) };
        });
    };
    let handle = move |(right, down): (i8, i8)| {
        let class = format!("cut-handle x{right} y{down}");
        view! { <i class=class on:pointerdown=move |event| take(event, (right, down))></i> }
    };
    let handles = [(-1, -1), (0, -1), (1, -1), (-1, 0), (1, 0), (-1, 1), (0, 1), (1, 1)].map(handle);
    view! {
        <div
            node_ref=node class="cut-frame" tabindex="0" role="group" aria-label=t("edit-frame")
            style:left=move || percent(cut.get().x) style:top=move || percent(cut.get().y)
            style:width=move || percent(cut.get().width) style:height=move || percent(cut.get().height)
            on:pointerdown=move |event| take(event, (0, 0)) on:pointermove=moved
            on:pointerup=move |_| held.set_value(None) on:pointercancel=move |_| held.set_value(None) on:keydown=keys
        >{handles.collect_view()}</div>
    }
}
