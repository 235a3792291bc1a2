//! Guard, in a Worker without keys or network. It is in a frame that the page has (`apps/web/guard-worker`), whose script ends what
//! takes too long and starts it anew; here is one end of a channel to it.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;

use casemate_api::{Error, Kind};
use casemate_guard::{Inspection, MediaType, limits};
use tokio::sync::oneshot;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Blob, MessageEvent, MessagePort};

use super::host::Host;
use super::indicators::Listed;
use super::js::{Timer, get, object, words_of};

/// Answers that are waited for, by number.
type Waiting = Rc<RefCell<HashMap<u32, Asked>>>;

/// What was asked, and who waits for its answer.
struct Asked {
    message: JsValue,
    sender: oneshot::Sender<JsValue>,
}

/// A guard that is started when first needed.
pub struct Guard {
    host: Rc<Host>,
    running: Rc<RefCell<Option<Running>>>,
    waiting: Waiting,
    next: Cell<u32>,
}

struct Running {
    port: MessagePort,
    _on_message: Closure<dyn FnMut(MessageEvent)>,
}

impl Drop for Running {
    fn drop(&mut self) {
        self.port.set_onmessage(None);
        self.port.close();
    }
}

/// Longer than guard's frame gives itself to start and to look into a file of that size: if nobody answers by then, the frame is
/// gone.
fn patience_ms(bytes: f64) -> u32 {
    90_000 + (bytes / 1_048_576.0 * 100.0) as u32
}

impl Guard {
    /// None running yet.
    pub fn new(host: Rc<Host>) -> Self {
        Self { host, running: Rc::default(), waiting: Waiting::default(), next: Cell::new(1) }
    }

    /// What the file is. `name` stays here.
    pub async fn inspect(&self, file: &Blob, name: &str) -> Result<Inspection, Error> {
        let answer = self.ask("inspect", &[("blob", file.into())], name, "").await?;
        let found: Option<Inspection> =
            get(&answer, "found").as_string().and_then(|text| serde_json::from_str(&text).ok());
        match found {
            Some(found) if found.is_plausible(file.size() as u64) => Ok(found.named(name)),
            _ => Err(crashed("inspect", name)),
        }
    }

    /// The same file without what it tells about its maker.
    pub async fn strip(&self, file: &Blob, media_type: MediaType, name: &str) -> Result<Blob, Error> {
        let advice = " To send it with everything that it tells, send it as a document, as it is.";
        let largest = media_type.stripped_bytes(file.size() as u64);
        let media_type = serde_json::to_string(&media_type).map_err(|_| crashed("strip", name))?;
        let fields = [("blob", file.into()), ("type", media_type.into())];
        let answer = self.ask("strip", &fields, name, advice).await?;
        match get(&answer, "blob").dyn_into::<Blob>() {
            Ok(blob) if blob.size() as u64 <= largest => Ok(blob),
            _ => Err(crashed("strip", name)),
        }
    }

    /// What a list of indicators holds.
    pub async fn list(&self, file: &Blob, name: &str) -> Result<Listed, Error> {
        let answer = self.ask("list", &[("blob", file.into())], name, "").await?;
        let found = get(&answer, "found").as_string().filter(|text| text.len() as u64 <= limits::LIST_BYTES);
        let found: Option<Listed> = found.and_then(|text| serde_json::from_str(&text).ok());
        let plausible = |found: &Listed| {
            found.indicators.len() <= limits::INDICATORS && found.refused.len() <= limits::LEFT_OUT
        };
        found.filter(plausible).ok_or_else(|| crashed("list", name))
    }

    async fn ask(
        &self,
        job: &str,
        fields: &[(&str, JsValue)],
        name: &str,
        advice: &str,
    ) -> Result<JsValue, Error> {
        let number = self.next.replace(self.next.get().wrapping_add(1));
        let message = object(fields);
        let _ = js_sys::Reflect::set(&message, &job.into(), &number.into());
        let (sender, answered) = oneshot::channel();
        self.waiting.borrow_mut().insert(number, Asked { message: message.clone(), sender });
        let patience = get(&message, "blob").dyn_ref::<Blob>().map_or(0.0, Blob::size);
        let port = self.start();
        let posted = port.post_message(&message);
        posted.map_err(|error| {
            let why = words_of(&error);
            let sentence = format!("Files cannot be looked at here: {why}. {}", spared(job));
            Error::new(Kind::NotAllowed, sentence)
        })?;
        let (waiting, running) = (self.waiting.clone(), self.running.clone());
        let impatient = Timer::after(patience_ms(patience), move || {
            drop(running.take());
            waiting.borrow_mut().clear();
        });
        let answer = answered.await.map_err(|_| crashed(job, name))?;
        drop(impatient);
        match get(&answer, "broke").as_string().as_deref() {
            None => {}
            // Loaded with the first file, and there was no network for it: the page has the words.
            Some("away") => {
                self.leads_nowhere(&port, &answer);
                let why = get(&answer, "error").as_string().unwrap_or_default();
                let why = casemate_guard::name::display_name(&why);
                return Err(Error::new(Kind::Offline, format!("{name}: {why} {}", spared(job))));
            }
            Some("too_long") => {
                let why = "Looking into this file took too long, so it was stopped.";
                return Err(Error::new(Kind::Untrusted, format!("{name}: {why} {}", spared(job))));
            }
            Some("started") => {
                let why = "The decoders could not be loaded.";
                return Err(Error::new(Kind::NotAllowed, format!("{name}: {why} {}", spared(job))));
            }
            Some(_) => return Err(crashed(job, name)),
        }
        match get(&answer, "error").as_string() {
            None => Ok(answer),
            Some(why) => {
                let why = casemate_guard::name::display_name(&why);
                Err(Error::new(Kind::Invalid, format!("{name}: {why} {}{advice}", spared(job))))
            }
        }
    }

    /// The page took guard's frame away, and with it whoever heard here: what waits is asked anew, of the next one. That a file of
    /// the page's took too long says nothing of these.
    pub fn ended(&self) {
        drop(self.running.take());
        self.waiting.borrow_mut().retain(|_, asked| !asked.sender.is_closed());
        let waiting: Vec<JsValue> =
            self.waiting.borrow().values().map(|asked| asked.message.clone()).collect();
        if waiting.is_empty() {
            return;
        }
        let port = self.start();
        for message in waiting {
            // What cannot be said is not answered, which is noticed.
            let _ = port.post_message(&message);
        }
    }

    /// Nobody hears on this channel: the next who asks gets another one, and all who wait on it the same answer.
    fn leads_nowhere(&self, port: &MessagePort, answer: &JsValue) {
        let is_this = self.running.borrow().as_ref().is_some_and(|running| running.port == *port);
        if is_this {
            drop(self.running.take());
            for (_, asked) in self.waiting.borrow_mut().drain() {
                let _ = asked.sender.send(answer.clone());
            }
        }
    }

    fn start(&self) -> MessagePort {
        if let Some(running) = &*self.running.borrow() {
            return running.port.clone();
        }
        let port = self.host.guard();
        let waiting = self.waiting.clone();
        let on_message: Closure<dyn FnMut(MessageEvent)> = Closure::new(move |event: MessageEvent| {
            let answer = event.data();
            let number = ["inspect", "strip", "list"].iter().find_map(|job| get(&answer, job).as_f64());
            let asked = number.and_then(|number| waiting.borrow_mut().remove(&(number as u32)));
            if let Some(asked) = asked {
                // Nobody waits where the database was closed meanwhile.
                let _ = asked.sender.send(answer);
            }
        });
        port.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        *self.running.borrow_mut() = Some(Running { port: port.clone(), _on_message: on_message });
        port
    }
}

/// What did not happen.
fn spared(job: &str) -> &'static str {
    if job == "list" { "Nothing of it was taken." } else { "Nothing was sent." }
}

fn crashed(job: &str, name: &str) -> Error {
    let nothing = spared(job);
    let sentence = format!("{name}: Looking into this file failed. It may be made to do harm. {nothing}");
    Error::new(Kind::Untrusted, sentence)
}
