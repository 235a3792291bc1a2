//! Where one writes: grows to six lines, takes files, keeps a draft for each conversation.

use casemate_api::view::Message;
use js_sys::Array;
use leptos::html::{Input, Textarea};
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{File, HtmlElement};

use super::act::Act;
use super::attach::things;
use super::attach_media::media_items;
use super::browser;
use super::bubble::preview;
use super::button::IconButton;
use super::canvas::{blob_of, named};
use super::dialog::Dialog;
use super::emoji::EmojiPanel;
use super::icon::Icon;
use super::keep_begun::keep_begun;
use super::link_preview::Composing;
use super::marks::{MarkBar, put, put_quietly, selected, shortcut};
use super::mentions::{Mentions, Offer};
use super::menu::{Item, OpenMenu};
use super::recorder::Recorder;
use crate::locale::{t, ta};
use crate::store::{Draft, use_store};
use crate::text::mark::{Mark, Selected, complete, insert, mention};

/// What the field takes, as browsers count.
pub const LONGEST: usize = 16_000;

/// The composer of the open conversation. What is picked or pasted goes into `files`, from where the send screen takes it.
#[component]
pub fn Composer(conversation: String, files: RwSignal<Vec<File>, LocalStorage>) -> impl IntoView {
    let store = use_store();
    let id = StoredValue::new(conversation);
    let text = NodeRef::<Textarea>::new();
    let picker = NodeRef::<Input>::new();
    let draft = Memo::new(move |_| {
        id.with_value(|id| store.drafts.with(|drafts| drafts.get(id).cloned())).unwrap_or_default()
    });
    let change = move |change: &dyn Fn(&mut Draft)| {
        store.drafts.update(|drafts| change(drafts.entry(id.get_value()).or_default()));
    };
    let empty = move || draft.with(|draft| draft.text.trim().is_empty());
    // The field follows what is written: at most six lines, which CSS limits.
    Effect::new(move |_| {
        draft.with(|_| ());
        if let Some(area) = text.get() {
            browser::before_paint(move || {
                let style = area.unchecked_ref::<HtmlElement>().style();
                let _ = style.set_property("height", "auto");
                let _ = style.set_property("height", &format!("{}px", area.scroll_height()));
            });
        }
    });
    let kept = id.get_value();
    keep_begun(move || draft.track(), move || store.keep_draft(kept.clone()));
    // An own message that was emptied cannot be kept so, which is said until something is written.
    let editing = Memo::new(move |_| draft.with(|draft| draft.editing.is_some()));
    let refused = RwSignal::new(false);
    let emptied = Memo::new(move |_| {
        let is_empty = |draft: &Draft| draft.editing.is_some() && draft.text.trim().is_empty();
        refused.get() && draft.with(is_empty)
    });
    let send = move || {
        refused.set(untrack(empty) && editing.get_untracked());
        if untrack(empty) {
            return;
        }
        let mut ready = draft.get_untracked();
        ready.text = ready.text.trim().to_owned();
        let conversation = id.get_value();
        store.clear_draft(conversation.clone());
        if ready.editing.is_some() && !ready.begun.is_empty() {
            let begun = std::mem::take(&mut ready.begun);
            store.drafts.update(|drafts| drafts.entry(conversation.clone()).or_default().text = begun);
        }
        store.send(conversation, ready, None);
        if let Some(area) = text.get_untracked() {
            let _ = area.focus();
        }
    };
    let offer = Offer::new(store, id);
    let marking = RwSignal::new(false);
    // Emoji, in the panel beside it.
    let choosing = store.emoji_panel;
    on_cleanup(move || choosing.set(false));
    let close_panel = Callback::new(move |()| {
        choosing.set(false);
        browser::focus("composer");
    });
    let write = move |typed: String| change(&|draft| draft.text.clone_from(&typed));
    let mention_chosen = Callback::new(move |handle: String| {
        let typed = offer.typed.get_untracked().zip(selected(text));
        // The caret may have gone elsewhere.
        let there =
            |start: usize, now: &Selected| mention(&now.text, now.end).is_some_and(|(at, _)| at == start);
        if let Some(((start, _), now)) = typed.filter(|((start, _), now)| there(*start, now)) {
            put(text, &complete(&now.text, start, now.end, &handle), write);
        }
        offer.typed.set(None);
    });
    let marked = Callback::new(move |mark: Mark| {
        if let Some(now) = selected(text) {
            put(text, &mark.put(&now), write);
        }
    });
    let look_for_mention = move |_| {
        let typed = selected(text).filter(|now| now.start == now.end);
        offer.typed.set(typed.and_then(|now| mention(&now.text, now.end)));
    };
    let moved = move |event: leptos::ev::KeyboardEvent| {
        if matches!(event.key().as_str(), "ArrowLeft" | "ArrowRight" | "Home" | "End") {
            look_for_mention(());
        }
    };
    let keys = move |event: leptos::ev::KeyboardEvent| {
        if event.is_composing() {
            return;
        }
        if let Some(chosen) = offer.key(&event) {
            if let Some(handle) = chosen {
                mention_chosen.run(handle);
            }
            return;
        }
        if let Some(mark) = shortcut(&event) {
            event.prevent_default();
            return marked.run(mark);
        }
        let enter_sends = store.prefs.with_untracked(|prefs| prefs.enter_sends);
        match event.key().as_str() {
            "Enter" if event.ctrl_key() || event.meta_key() || (enter_sends && !event.shift_key()) => {
                event.prevent_default();
                send();
            }
            "Escape" if choosing.get_untracked() => {
                event.stop_propagation();
                close_panel.run(());
            }
            "Escape" if draft.with_untracked(|draft| draft.reply_to.is_some() || draft.editing.is_some()) => {
                event.stop_propagation();
                stop(store, id.get_value());
            }
            "ArrowUp" if untrack(empty) => {
                // It would take the caret to the beginning.
                event.prevent_default();
                edit_last(store);
            }
            _ => {}
        }
    };
    let paste = move |event: web_sys::ClipboardEvent| {
        let mut pasted = browser::pasted_files(&event);
        if pasted.is_empty() {
            pasted.extend(too_long(text, &event));
        }
        if !pasted.is_empty() {
            event.prevent_default();
            add(files, pasted);
        }
    };
    let picked = move |_| {
        if let Some(input) = picker.try_get_untracked().flatten() {
            add(files, browser::files(input.files()));
            input.set_value("");
        }
    };
    let attach = move |event: leptos::ev::MouseEvent| {
        let pick = Item::new(Icon::File, t("attach-files"), move || {
            if let Some(input) = picker.try_get_untracked().flatten() {
                input.click();
            }
        });
        let mut items = vec![pick];
        items.extend(media_items(store));
        items.extend(id.with_value(|id| things(store, id)));
        store.menu.set(Some(OpenMenu::at(&event, items)));
    };
    let in_panel = Callback::new(move |emoji: String| {
        if let Some(now) = selected(text) {
            put(text, &insert(&now, &emoji), write);
        }
    });
    // A finger that was writing goes on; for one that was not, no keyboard opens.
    let wrote = StoredValue::new(false);
    let pressed = move |_| {
        wrote.set_value(document().active_element().is_some_and(|element| element.id() == "composer"));
    };
    let emoji = move |_| {
        if browser::has_room_and_mouse() || choosing.get_untracked() {
            return if choosing.get_untracked() { close_panel.run(()) } else { choosing.set(true) };
        }
        let may_open = wrote.get_value() || !browser::is_touched();
        let chosen = Act::new(move |emoji: String| {
            // The dialog is still there, and gives the focus back to the button.
            browser::next_frame(move || {
                let Some(now) = selected(text) else { return };
                let changed = insert(&now, &emoji);
                if may_open { put(text, &changed, write) } else { put_quietly(text, &changed, write) }
            });
        });
        store.dialog.set(Some(Dialog::Emoji(chosen)));
    };
    let is_empty = Memo::new(move |_| empty());
    let recording = RwSignal::new(false);
    let sent = StoredValue::new(f64::NEG_INFINITY);
    let send_pressed = move |event: leptos::ev::MouseEvent| {
        sent.set_value(event.time_stamp());
        send();
    };
    let above = move || {
        let draft = draft.get();
        let wrong = move || {
            emptied.get().then(|| view! { <span class="field-wrong" role="alert">{t("edit-empty")}</span> })
        };
        let (title, message) = match (draft.editing, draft.reply_to) {
            (Some(message), _) => (t("editing"), message),
            (None, Some(message)) => {
                let name = untrack(|| store.name_or_you(&message.from));
                (ta("reply-to", &[("name", name.into())]), message)
            }
            (None, None) => return None,
        };
        Some(view! {
            <div class="above">
                <span class="above-words"><b>{title}</b><bdi>{preview(&message)}</bdi>{wrong}</span>
                <IconButton name=t("cancel") shape=Icon::Close small=true on_click=move |_| stop(store, id.get_value())/>
            </div>
        })
    };
    view! {
        <div class="composer">
            {above}
            <Composing conversation=id draft/>
            {move || marking.get().then(|| view! { <MarkBar on_mark=marked/> })}
            {move || choosing.get().then(|| view! { <EmojiPanel on_choose=in_panel on_close=close_panel/> })}
            <Mentions offer on_choose=mention_chosen/>
            <div class=move || if recording.get() { "composer-line is-recording" } else { "composer-line" }>
                <input node_ref=picker type="file" multiple class="hidden" tabindex="-1" aria-hidden=true.to_string() on:change=picked/>
                <IconButton name=t("attach") shape=Icon::Attach menu=true on_click=attach/>
                <div class="composer-field" on:pointerdown:capture=pressed>
                    <textarea
                        id="composer" node_ref=text rows="1" dir="auto" aria-label=t("message") placeholder=t("message")
                        maxlength=LONGEST.to_string() enterkeyhint="send"
                        prop:value=move || draft.with(|draft| draft.text.clone())
                        on:input=move |event| {
                            let typed = event_target_value(&event);
                            store.typed(&id.get_value(), !typed.trim().is_empty());
                            write(typed);
                            look_for_mention(());
                        }
                        on:keydown=keys on:keyup=moved on:paste=paste on:click=move |_| look_for_mention(()) on:blur=move |_| offer.typed.set(None)
                        aria-autocomplete="list" aria-controls=move || offer.is_open().then_some("mention-list") aria-activedescendant=move || offer.active()
                    ></textarea>
                    <IconButton name=t("formatting") shape=Icon::Format on_click=move |_| marking.update(|on| *on = !*on)/>
                    <IconButton name=t("emoji") shape=Icon::React on_click=emoji/>
                </div>
                {move || if !is_empty.get() || editing.get() {
                    view! { <IconButton name=t("send") shape=Icon::Send accent=true on_click=send_pressed/> }.into_any()
                } else {
                    view! { <Recorder conversation=id.get_value() recording sent/> }.into_any()
                }}
            </div>
        </div>
    }
}

/// Words that are pasted and do not fit, as a file: they would be cut off, and nobody told.
pub fn too_long(field: NodeRef<Textarea>, pasted: &web_sys::ClipboardEvent) -> Option<File> {
    let words = browser::pasted_words(pasted);
    selected(field).filter(|now| !now.has_room_for(&words, LONGEST))?;
    named(&blob_of(&Array::of1(&words.as_str().into()), "text/plain")?, &format!("{}.txt", t("message")))
}

/// Takes files from the picker, the clipboard or a drop.
pub fn add(files: RwSignal<Vec<File>, LocalStorage>, more: Vec<File>) {
    files.update(|files| files.extend(more));
    browser::focus("composer");
}

/// Neither a reply nor an edit any more.
fn stop(store: crate::store::Store, conversation: String) {
    store.drafts.update(|drafts| {
        if let Some(draft) = drafts.get_mut(&conversation) {
            if let Some(message) = draft.editing.take() {
                draft.text = std::mem::take(&mut draft.begun);
                store.give_up_edit(&message);
            }
            draft.reply_to = None;
        }
    });
    browser::focus("composer");
}

/// Arrow up in an empty field takes up the last own message again.
fn edit_last(store: crate::store::Store) {
    let last = store.window.with_untracked(|window| {
        let mut own = window.rows.iter().rev().map(|row| &row.message);
        own.find(|message| untrack(|| store.is_me(&message.from)) && can_be_edited(message)).cloned()
    });
    if let Some(last) = last {
        edit(store, last);
    }
}

/// Words of one's own that went out as such.
pub fn can_be_edited(message: &Message) -> bool {
    let thing = message.poll.is_some() || message.contact.is_some() || message.location.is_some();
    let theirs = message.imported || message.shared_by.is_some() || message.forwarded > 0;
    let gone = message.deleted || message.view_once || message.state == "failed";
    message.kind == "text" && !message.text.is_empty() && !thing && !theirs && !gone
}

/// Takes up an own message again. What was begun meanwhile is kept, and stands there again afterwards.
pub fn edit(store: crate::store::Store, message: Message) {
    store.keep_draft(message.conversation.clone());
    store.drafts.update(|drafts| {
        let draft = drafts.entry(message.conversation.clone()).or_default();
        if draft.editing.is_none() {
            draft.begun = std::mem::take(&mut draft.text);
        }
        draft.reply_to = None;
        draft.text = message.text.clone();
        draft.editing = Some(message);
    });
    browser::before_paint(|| browser::focus_at_end("composer"));
}
