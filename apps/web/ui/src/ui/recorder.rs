//! Recording a voice message: Opus from the browser, stopped by a second press, thrown away by Cancel.

use js_sys::{Array, Uint8Array};
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    BlobEvent, File, MediaRecorder, MediaRecorderOptions, MediaStream, MediaStreamConstraints,
    MediaStreamTrack,
};

use super::button::IconButton;
use super::icon::Icon;
use crate::locale::{t, ta};
use crate::remux::webm_to_ogg;
use crate::store::use_store;
use crate::text::plain::duration;

/// What browsers record that guard knows: Ogg first, WebM where a browser has nothing else.
const TYPES: [(&str, &str); 2] = [("audio/ogg;codecs=opus", "ogg"), ("audio/webm;codecs=opus", "webm")];

/// A recording that goes on.
#[derive(Clone)]
struct Recording {
    recorder: MediaRecorder,
    stream: MediaStream,
    ending: &'static str,
}

/// The microphone button, and while it records the time with Cancel and Send. `ready` gets the file.
#[component]
pub fn Recorder(recording: RwSignal<bool>, ready: Callback<File>) -> impl IntoView {
    let store = use_store();
    let now = StoredValue::new_local(None::<Recording>);
    let pieces = StoredValue::new_local(Array::new());
    let keep = StoredValue::new(false);
    let seconds = RwSignal::new(0u32);
    let begin = move |_| {
        spawn_local(async move {
            match start().await {
                Ok(begun) => {
                    pieces.set_value(Array::new());
                    keep.set_value(false);
                    seconds.set(0);
                    let ending = begun.ending;
                    let heard = Closure::<dyn Fn(BlobEvent)>::new(move |event: BlobEvent| {
                        if let Some(piece) = event.data() {
                            pieces.try_with_value(|pieces| pieces.push(&piece));
                        }
                    });
                    begun.recorder.set_ondataavailable(Some(heard.into_js_value().unchecked_ref()));
                    let ended = Closure::<dyn Fn()>::new(move || {
                        let recorded = pieces.try_with_value(Array::clone);
                        let Some(recorded) = recorded.filter(|_| keep.try_get_value().unwrap_or(false))
                        else {
                            return;
                        };
                        spawn_local(async move {
                            match finished(&recorded, ending).await {
                                Some(file) => ready.run(file),
                                None => store.say(t("voice-broken")),
                            }
                        });
                    });
                    begun.recorder.set_onstop(Some(ended.into_js_value().unchecked_ref()));
                    if begun.recorder.start().is_ok() {
                        now.set_value(Some(begun));
                        recording.set(true);
                    }
                }
                Err(sentence) => store.say(sentence),
            }
        });
    };
    let stop = move |send: bool| {
        // Also called when the composer goes away, and with it what is kept here.
        keep.try_set_value(send);
        recording.try_set(false);
        if let Some(was) = now.try_update_value(Option::take).flatten() {
            let _ = was.recorder.stop();
            for track in was.stream.get_tracks().iter() {
                // The browser's sign that the microphone is on goes away with it.
                track.unchecked_into::<MediaStreamTrack>().stop();
            }
        }
    };
    let clock = set_interval_with_handle(
        move || {
            if recording.try_get_untracked().unwrap_or(false) {
                seconds.update(|seconds| *seconds += 1);
            }
        },
        std::time::Duration::from_secs(1),
    );
    on_cleanup(move || {
        if let Ok(clock) = clock {
            clock.clear();
        }
        stop(false);
    });
    move || {
        if !recording.get() {
            return view! { <IconButton name=t("record-voice") shape=Icon::Mic accent=true on_click=begin/> }
                .into_any();
        }
        let time = move || duration(seconds.get() * 1_000);
        view! {
            <div class="recording" role="status">
                <IconButton name=t("cancel") shape=Icon::Trash on_click=move |_| stop(false)/>
                <span class="recording-dot" aria-hidden=true.to_string()></span>
                <span>{move || ta("recording", &[("time", time().into())])}</span>
            </div>
            <IconButton name=t("send") shape=Icon::Send accent=true on_click=move |_| stop(true)/>
        }
        .into_any()
    }
}

async fn start() -> Result<Recording, String> {
    let refused = |_: JsValue| t("microphone-refused");
    let devices = leptos::prelude::window().navigator().media_devices().map_err(refused)?;
    let wanted = MediaStreamConstraints::new();
    wanted.set_audio(&JsValue::TRUE);
    let stream = JsFuture::from(devices.get_user_media_with_constraints(&wanted).map_err(refused)?);
    let stream: MediaStream = stream.await.map_err(refused)?.unchecked_into();
    let (mime, ending) = TYPES
        .into_iter()
        .find(|(mime, _)| MediaRecorder::is_type_supported(mime))
        .ok_or_else(|| t("recording-unsupported"))?;
    let options = MediaRecorderOptions::new();
    options.set_mime_type(mime);
    options.set_audio_bits_per_second(24_000);
    let recorder = MediaRecorder::new_with_media_stream_and_media_recorder_options(&stream, &options);
    Ok(Recording { recorder: recorder.map_err(refused)?, stream, ending })
}

/// The recording as a file of Ogg Opus, whatever the browser put the packets into.
async fn finished(pieces: &Array, ending: &str) -> Option<File> {
    if ending == "ogg" {
        return File::new_with_blob_sequence(pieces, "voice.ogg").ok();
    }
    let whole = web_sys::Blob::new_with_blob_sequence(pieces).ok()?;
    let bytes = JsFuture::from(whole.array_buffer()).await.ok()?;
    let ogg = webm_to_ogg(&Uint8Array::new(&bytes).to_vec())?;
    let part = Array::of1(&Uint8Array::from(&ogg[..]));
    File::new_with_buffer_source_sequence(&part, "voice.ogg").ok()
}
