//! Recording a voice message: held for as long as one speaks, or locked; slid aside it is thrown away. It can be paused,
//! heard and gone on with before it is sent. The engine keeps each second of it, so that it is there to be sent after the page
//! was reloaded, closed or killed, or its chat left.

use std::cell::Cell;
use std::rc::Rc;

use casemate_api::command::{AttachmentKind, Command, InConversation, NewAttachment, RecordingKeep};
use casemate_api::view::{self, Conversation};
use data_encoding::BASE64;
use js_sys::{Array, Uint8Array};
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    AnalyserNode, AudioContext, Blob, BlobEvent, File, MediaRecorder, MediaRecorderOptions, MediaStream,
    MediaStreamConstraints, MediaStreamTrack, PointerEvent,
};

use super::act::Act;
use super::browser;
use super::button::IconButton;
use super::camera::end;
use super::canvas::{blob_of, named};
use super::dialog::Dialog;
use super::icon::{Icon, icon};
use super::player::{self, Wanted};
use super::voice::Wave;
use crate::engine::{ask, lend_file};
use crate::locale::{t, ta};
use crate::remux::webm_to_ogg;
use crate::screens::talk::Talk;
use crate::store::{Store, use_store};
use crate::text::plain::duration;

/// What browsers record that guard knows: Ogg first, WebM where a browser has nothing else.
const TYPES: [&str; 2] = ["audio/ogg;codecs=opus", "audio/webm;codecs=opus"];

/// The recorder gives what there is so often: of what was said, no more is lost. Less is more to be written.
const PIECE_MS: i32 = 1_000;

/// A level is taken so often.
const STEP: std::time::Duration = std::time::Duration::from_millis(100);
/// Levels that are shown while recording.
const SHOWN: usize = 48;
/// A press shorter than this means: go on without the finger.
const TAP_MS: f64 = 350.0;
/// So long after the finger was lifted, a press on what came in the button's place is of that same tap.
const SAME_TAP_MS: f64 = 300.0;
/// So long after Send was pressed, a press where it stood is the second half of a double click.
const TWICE_MS: f64 = 500.0;
/// Slid so many pixels aside, it is thrown away; so many up, it is locked.
const SLIDE: f64 = 90.0;
/// Its place among what can be heard, before it is a message.
const KEY: &str = "recording";

/// A recording that goes on.
#[derive(Clone)]
struct Recording {
    recorder: MediaRecorder,
    stream: MediaStream,
    context: AudioContext,
    analyser: AnalyserNode,
}

/// What the engine is given of a recording.
struct Keeping {
    conversation: String,
    /// Pieces that it was given, and levels with them.
    pieces: Cell<u32>,
    levels: Cell<usize>,
    /// Sent, or thrown away: what comes after that is not kept.
    is_over: Cell<bool>,
}

/// How it goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// As long as the finger is down.
    Held,
    /// By itself.
    Locked,
    /// Stands still, and can be heard.
    Paused,
    /// Was kept when the page or the microphone went away, and can be heard.
    Kept,
}

/// What presses the microphone, where and since when (milliseconds of the page's events).
#[derive(Debug, Clone, Copy)]
struct Finger {
    id: i32,
    x: f64,
    y: f64,
    began: f64,
}

/// What its pieces are for once the recorder gave them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Then {
    Nothing,
    Send,
}

/// The microphone button, and while it records what one needs then. `sent` is when Send was pressed last, which stands in its place.
#[component]
pub fn Recorder(conversation: String, recording: RwSignal<bool>, sent: StoredValue<f64>) -> impl IntoView {
    let store = use_store();
    let keeping = StoredValue::new_local(Rc::new(Keeping::new(conversation.clone())));
    let now = StoredValue::new_local(None::<Recording>);
    // The microphone is asked for, which takes a while: a second press is not another recording.
    let beginning = StoredValue::new(false);
    let pieces = StoredValue::new_local(Array::new());
    let then = StoredValue::new(Then::Nothing);
    // When it is to be sent, where that is not now.
    let later = StoredValue::new(None::<String>);
    let state = RwSignal::new(State::Locked);
    let levels = RwSignal::new(Vec::<u8>::new());
    let finger = StoredValue::new(None::<Finger>);
    let lifted = StoredValue::new(f64::NEG_INFINITY);
    let slid = RwSignal::new(0.0f64);
    let seconds = Memo::new(move |_| levels.with(Vec::len) / 10);

    // What was kept here stands there again, as it was.
    let take_up = move || {
        let Some(InConversation { conversation }) = keeping.try_with_value(|keeping| keeping.place()) else {
            return;
        };
        spawn_local(async move {
            let kept = ask::<view::Recording>(Command::RecordingShow(InConversation { conversation })).await;
            let Some((kept, data)) = kept.ok().and_then(|mut kept| kept.data.take().map(|data| (kept, data)))
            else {
                return;
            };
            let Ok(bytes) = BASE64.decode(data.as_bytes()) else { return };
            if recording.try_get_untracked() == Some(false) {
                pieces.set_value(Array::of1(&Uint8Array::from(&bytes[..])));
                levels.set(kept.levels);
                state.set(State::Kept);
                recording.set(true);
            }
        });
    };
    // The page may not know of the chat yet.
    let is_kept = |chat: Conversation| chat.draft.is_some_and(|draft| draft.recorded);
    let kept = Memo::new(move |_| store.conversation(&conversation).map(is_kept));
    Effect::new(move |looked: Option<bool>| {
        let kept = kept.get();
        if looked != Some(true) && kept == Some(true) {
            take_up();
        }
        looked == Some(true) || kept.is_some()
    });
    let send = move || {
        let (recorded, keeping) = (pieces.try_with_value(Array::clone), keeping.try_with_value(Rc::clone));
        let Some((recorded, keeping)) = recorded.zip(keeping) else { return };
        let at = later.try_update_value(Option::take).flatten();
        spawn_local(async move {
            let Some(file) = finished(&recorded).await else { return store.say(t("voice-broken")) };
            let sent = match lend_file(&file).await {
                Ok(path) => {
                    let kind = Some(AttachmentKind::Voice);
                    let voice = NewAttachment { path, kind, ..NewAttachment::default() };
                    store.send_voice(keeping.conversation.clone(), voice, at).await
                }
                Err(error) => Err(error),
            };
            match sent {
                Ok(()) => keeping.end(store),
                Err(error) => {
                    store.fails(&error);
                    take_up();
                }
            }
        });
    };

    let begin = move || {
        if beginning.get_value() || recording.get_untracked() {
            return;
        }
        beginning.set_value(true);
        spawn_local(async move {
            let begun = start().await;
            beginning.try_set_value(false);
            let begun = match begun {
                Ok(begun) => begun,
                Err(sentence) => return store.say(sentence),
            };
            player::pause(store);
            // Another one is heard from its beginning.
            store.sound.leave(&(KEY.to_owned(), 0), 0.0);
            pieces.set_value(Array::new());
            then.set_value(Then::Nothing);
            levels.set(Vec::new());
            let Some(place) = keeping.try_with_value(|keeping| keeping.place()) else { return begun.end() };
            let anew = Rc::new(Keeping::new(place.conversation));
            keeping.set_value(anew.clone());
            // The microphone was pulled out or taken away: what there is of it stands still here, to be sent all the same.
            let recorder = begun.recorder.clone();
            let lost = move || {
                let is_this =
                    |now: &Option<Recording>| now.as_ref().is_some_and(|now| now.recorder == recorder);
                if now.try_with_value(is_this) != Some(true) {
                    return;
                }
                if let Some(was) = now.try_update_value(Option::take).flatten() {
                    was.end();
                }
                finger.try_set_value(None);
                slid.try_set(0.0);
                match pieces.try_with_value(Array::length) {
                    Some(0) | None => drop(recording.try_set(false)),
                    Some(_) => drop(state.try_set(State::Kept)),
                }
                store.say(t("recording-ended"));
            };
            let failed = lost.clone();
            let ended = move || match then.try_get_value() {
                Some(Then::Send) => send(),
                _ => lost(),
            };
            listen(&begun, anew, pieces, levels, ended, failed);
            // The finger may be up again by the time the microphone is allowed.
            state.set(if finger.with_value(Option::is_some) { State::Held } else { State::Locked });
            match begun.recorder.start_with_time_slice(PIECE_MS) {
                Ok(()) => {
                    now.set_value(Some(begun));
                    recording.set(true);
                }
                Err(_) => {
                    begun.end();
                    store.say(t("recording-unsupported"));
                }
            }
        });
    };
    let stop = move |what: Then| {
        // Also called when the composer goes away, and with it what is held here.
        then.try_set_value(what);
        if state.try_get_untracked() == Some(State::Kept) && what == Then::Send {
            send();
        }
        recording.try_set(false);
        slid.try_set(0.0);
        finger.try_set_value(None);
        if let Some(was) = now.try_update_value(Option::take).flatten() {
            was.end();
        }
        // Also one that was kept, which nothing records any more.
        player::close_of(store, KEY);
    };
    let throw_away = move || {
        keeping.with_value(|keeping| keeping.end(store));
        stop(Then::Nothing);
    };
    let hold = move || {
        if let Some(now) = now.get_value() {
            let _ = now.recorder.request_data();
            let _ = now.recorder.pause();
            state.set(State::Paused);
        }
    };
    let go_on = move || {
        player::close(store);
        if let Some(now) = now.get_value() {
            let _ = now.recorder.resume();
            state.set(State::Locked);
        }
    };
    let hear = move || {
        let parts = pieces.get_value();
        let length = levels.with_untracked(Vec::len) as f64 / 10.0;
        spawn_local(async move {
            match finished(&parts).await {
                Some(file) => {
                    player::lay_ready((KEY.to_owned(), 0), file.into());
                    player::toggle(store, wanted(length));
                }
                None => store.say(t("voice-broken")),
            }
        });
    };
    let clock = set_interval_with_handle(
        move || {
            let stands_still = || matches!(state.get_untracked(), State::Paused | State::Kept);
            if !recording.try_get_untracked().unwrap_or(false) || stands_still() {
                return;
            }
            if let Some(level) = now.with_value(|now| now.as_ref().map(Recording::level)) {
                levels.update(|levels| levels.push(level));
            }
        },
        STEP,
    );
    on_cleanup(move || {
        if let Ok(clock) = clock {
            clock.clear();
        }
        stop(Then::Nothing);
    });

    let down = move |event: PointerEvent| {
        if event.button() != 0 || event.time_stamp() - sent.get_value() < TWICE_MS {
            return;
        }
        let (x, y) = (event.client_x().into(), event.client_y().into());
        finger.set_value(Some(Finger { id: event.pointer_id(), x, y, began: event.time_stamp() }));
        begin();
    };
    // Another finger neither throws away nor sends what this one holds.
    let held_by = move |event: &PointerEvent| {
        finger.try_get_value().flatten().filter(|one| one.id == event.pointer_id())
    };
    // Nobody knows any more what the finger wants: it goes on without.
    let let_go = move || {
        finger.set_value(None);
        slid.set(0.0);
        if recording.get_untracked() && state.get_untracked() == State::Held {
            state.set(State::Locked);
        }
    };
    let moved = window_event_listener(leptos::ev::pointermove, move |event| {
        let Some(Finger { x, y, .. }) = held_by(&event) else { return };
        // It was lifted where the page does not hear of it, over the browser's own question.
        if event.buttons() == 0 {
            return let_go();
        }
        if !recording.get_untracked() || state.get_untracked() != State::Held {
            return;
        }
        let aside = if super::browser::is_from_right() {
            f64::from(event.client_x()) - x
        } else {
            x - f64::from(event.client_x())
        };
        slid.set(aside.clamp(0.0, SLIDE));
        if aside > SLIDE {
            store.say(t("recording-thrown-away"));
            throw_away();
        } else if y - f64::from(event.client_y()) > SLIDE {
            let_go();
        }
    });
    let cancelled = window_event_listener(leptos::ev::pointercancel, move |event| {
        if held_by(&event).is_some() {
            let_go();
        }
    });
    let up = window_event_listener(leptos::ev::pointerup, move |event| {
        let Some(Finger { began, .. }) = held_by(&event) else { return };
        finger.set_value(None);
        lifted.set_value(event.time_stamp());
        slid.set(0.0);
        if recording.get_untracked() && state.get_untracked() == State::Held {
            if event.time_stamp() - began < TAP_MS { state.set(State::Locked) } else { stop(Then::Send) }
        }
    });
    on_cleanup(move || {
        moved.remove();
        cancelled.remove();
        up.remove();
    });
    // A keyboard and a screen reader press without a pointer.
    let pressed = move |event: leptos::ev::MouseEvent| {
        if event.detail() == 0 {
            begin();
        }
    };

    let time = move || duration(seconds.get() as u32 * 1_000);
    let wave = move || {
        levels.with(|levels| {
            let last = levels.len().saturating_sub(SHOWN);
            let bar =
                |level: &u8| view! { <i style:height=format!("{}px", 3 + u32::from(*level) * 25 / 255)></i> };
            levels[last..].iter().map(bar).collect_view()
        })
    };
    move || {
        if !recording.get() {
            return view! {
                <button type="button" class="icon-button accent held" title=t("record-voice") aria-label=t("record-voice") on:pointerdown=down on:click=pressed on:contextmenu=|event| event.prevent_default()>
                    {icon(Icon::Mic)}
                </button>
            }
            .into_any();
        }
        let middle = move || {
            match state.get() {
            State::Paused | State::Kept => {
                let length = levels.with_untracked(Vec::len) as f64 / 10.0;
                let all = levels.get_untracked();
                let heard = Memo::new(move |_| store.sound.heard.with(|heard| heard.as_ref().filter(|one| one.key.0 == KEY).map(|one| (one.at, one.playing))));
                let place = Signal::derive(move || heard.get().map_or(0.0, |(at, _)| at / length.max(0.1)));
                let play = move || {
                    let playing = heard.get().is_some_and(|(_, playing)| playing);
                    let (label, shape) = if playing { (t("pause"), Icon::Pause) } else { (t("recording-hear"), Icon::Play) };
                    view! { <IconButton name=label shape on_click=move |_| hear()/> }
                };
                view! { {play} <Wave levels=all place length on_seek=move |to: f64| player::seek(store, wanted(length), to * length)/> }.into_any()
            }
            _ => view! { <span class="recording-dot" aria-hidden=true.to_string()></span><span class="recording-wave" aria-hidden=true.to_string()>{wave}</span> }.into_any(),
        }
        };
        let pause = move || match state.get() {
            State::Held => view! { <span class="recording-slide">{t("recording-slide")}</span> }.into_any(),
            State::Locked => {
                view! { <IconButton name=t("recording-pause") shape=Icon::Pause on_click=move |_| hold()/> }
                    .into_any()
            }
            State::Paused => {
                view! { <IconButton name=t("recording-go-on") shape=Icon::Mic on_click=move |_| go_on()/> }
                    .into_any()
            }
            State::Kept => ().into_any(),
        };
        let wait = move |_| {
            let act = Act::new(move |at| {
                later.try_set_value(Some(at));
                stop(Then::Send);
            });
            store.dialog.set(Some(Dialog::Talk(Talk::Later { files: true, act })));
        };
        let wait = move || {
            let stands = matches!(state.get(), State::Paused | State::Kept);
            stands.then(|| view! { <IconButton name=t("send-later") shape=Icon::Clock on_click=wait/> })
        };
        let finish = move |event: leptos::ev::MouseEvent| {
            if event.detail() > 0 && event.time_stamp() - lifted.get_value() < SAME_TAP_MS {
                return;
            }
            sent.set_value(event.time_stamp());
            stop(Then::Send);
            write_on();
        };
        view! {
            <div class="recording" style:opacity=move || (1.0 - slid.get() / SLIDE * 0.7).to_string()>
                <IconButton name=t("cancel") shape=Icon::Trash on_click=move |_| {
                    throw_away();
                    write_on();
                }/>
                {middle}
                <span class="recording-time" role="timer" aria-label=move || ta("recording", &[("time", time().into())])>{time}</span>
                {pause}
                {wait}
            </div>
            <IconButton name=t("send") shape=Icon::Send accent=true on_click=finish/>
        }
        .into_any()
    }
}

/// The button that was pressed is gone: a keyboard goes on in the field.
fn write_on() {
    if !browser::is_touched() {
        browser::before_paint(|| browser::focus("composer"));
    }
}

fn wanted(length: f64) -> Wanted {
    Wanted { key: (KEY.to_owned(), 0), conversation: String::new(), name: t("you"), length, is_file: false }
}

impl Recording {
    /// How loud it is now.
    fn level(&self) -> u8 {
        let mut samples = vec![0u8; 512];
        self.analyser.get_byte_time_domain_data(&mut samples);
        let energy: f64 = samples.iter().map(|sample| ((f64::from(*sample) - 128.0) / 128.0).powi(2)).sum();
        ((energy / samples.len() as f64).sqrt().sqrt() * 330.0).min(255.0) as u8
    }

    fn end(&self) {
        let _ = self.recorder.stop();
        browser::unheeded(self.context.close());
        // The browser's sign that the microphone is on goes away with it.
        end(&self.stream);
    }
}

impl Keeping {
    fn new(conversation: String) -> Self {
        Self { conversation, pieces: Cell::default(), levels: Cell::default(), is_over: Cell::default() }
    }

    fn place(&self) -> InConversation {
        InConversation { conversation: self.conversation.clone() }
    }

    /// Has the engine keep a piece, with how loud all was so far. Where it cannot, the recording goes on all the same.
    fn keep(self: Rc<Self>, piece: Blob, levels: &[u8]) {
        let place = self.pieces.replace(self.pieces.get() + 1);
        let new = levels.get(self.levels.get()..).unwrap_or_default().to_vec();
        self.levels.set(self.levels.get() + new.len());
        spawn_local(async move {
            let Ok(bytes) = JsFuture::from(piece.array_buffer()).await else { return };
            if !self.is_over.get() {
                let piece = BASE64.encode(&Uint8Array::new(&bytes).to_vec());
                let conversation = self.conversation.clone();
                let kept = RecordingKeep { conversation, place, piece, levels: new };
                let _ = ask::<serde_json::Value>(Command::RecordingKeep(kept)).await;
            }
        });
    }

    /// Nothing of it is kept any more.
    fn end(&self, store: Store) {
        self.is_over.set(true);
        store.quietly(Command::RecordingRemove(self.place()));
    }
}

/// Takes what the recorder gives, until it has given all. The composer may be gone by then, and with it what is held there.
fn listen(
    begun: &Recording,
    keeping: Rc<Keeping>,
    pieces: StoredValue<Array, LocalStorage>,
    levels: RwSignal<Vec<u8>>,
    ended: impl Fn() + 'static,
    failed: impl Fn() + 'static,
) {
    let heard = Closure::<dyn Fn(BlobEvent)>::new(move |event: BlobEvent| {
        let Some(piece) = event.data().filter(|piece| piece.size() > 0.0) else { return };
        pieces.try_with_value(|pieces| pieces.push(&piece));
        keeping.clone().keep(piece, &levels.try_get_untracked().unwrap_or_default());
    });
    begun.recorder.set_ondataavailable(Some(heard.into_js_value().unchecked_ref()));
    begun.recorder.set_onstop(Some(Closure::<dyn Fn()>::new(ended).into_js_value().unchecked_ref()));
    begun.recorder.set_onerror(Some(Closure::<dyn Fn()>::new(failed).into_js_value().unchecked_ref()));
    // Chromium's goes on where its microphone went away, and records nothing.
    let recorder = begun.recorder.clone();
    let gone = Closure::<dyn Fn()>::new(move || drop(recorder.stop())).into_js_value();
    for track in begun.stream.get_tracks().iter() {
        track.unchecked_into::<MediaStreamTrack>().set_onended(Some(gone.unchecked_ref()));
    }
}

async fn start() -> Result<Recording, String> {
    let mime = TYPES
        .into_iter()
        .find(|mime| MediaRecorder::is_type_supported(mime))
        .ok_or_else(|| t("recording-unsupported"))?;
    let refused = |_: JsValue| t("microphone-refused");
    let devices = leptos::prelude::window().navigator().media_devices().map_err(refused)?;
    let wanted = MediaStreamConstraints::new();
    wanted.set_audio(&JsValue::TRUE);
    let stream = JsFuture::from(devices.get_user_media_with_constraints(&wanted).map_err(refused)?);
    let stream: MediaStream = stream.await.map_err(refused)?.unchecked_into();
    // Nothing hears on where it cannot be recorded. The same stream: its own `clone` would open the microphone a second time, and
    // nobody would close that.
    recorded(Clone::clone(&stream), mime).inspect_err(|_| end(&stream))
}

fn recorded(stream: MediaStream, mime: &str) -> Result<Recording, String> {
    let options = MediaRecorderOptions::new();
    options.set_mime_type(mime);
    options.set_audio_bits_per_second(24_000);
    let recorder = MediaRecorder::new_with_media_stream_and_media_recorder_options(&stream, &options);
    let recorder = recorder.map_err(|_| t("recording-unsupported"))?;
    let unsupported = |_: JsValue| t("recording-unsupported");
    let context = AudioContext::new().map_err(unsupported)?;
    let analyser = context.create_analyser().map_err(unsupported)?;
    let source = context.create_media_stream_source(&stream).map_err(unsupported)?;
    source.connect_with_audio_node(&analyser).map_err(unsupported)?;
    Ok(Recording { recorder, stream, context, analyser })
}

/// The recording as a file, in the container that voice messages have. A name that says nothing.
async fn finished(recorded: &Array) -> Option<File> {
    let whole = blob_of(recorded, "audio/ogg")?;
    let bytes = Uint8Array::new(&JsFuture::from(whole.array_buffer()).await.ok()?).to_vec();
    if bytes.starts_with(b"OggS") {
        return named(&whole, "voice.ogg");
    }
    let ogg = webm_to_ogg(&bytes)?;
    named(&blob_of(&Array::of1(&Uint8Array::from(&ogg[..])), "audio/ogg")?, "voice.ogg")
}
