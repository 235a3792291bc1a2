//! Devices on the screen: the account's own, linking one by its code, removing one; and being linked.

use casemate_api::Command;
use casemate_api::command::{
    AccountProve, DeviceApprove, DeviceInspect, DeviceRename, DeviceSignOut, History, Nothing, OneDevice,
    RecoveryKit, Words,
};
use casemate_api::view::{self, Device, DeviceApproved, DeviceAsking, DeviceCode, DeviceRemoved, Devices};
use ratatui::crossterm::event::{KeyCode, KeyEvent};

use super::app::{App, Purpose, Screen};
use super::editor::Editor;
use super::keys::edit_line;
use super::overlay::Overlay;
use super::plain::devices::report_lines;

/// What lies over the conversations while devices are looked at.
#[derive(Debug, Default)]
pub struct DevicesView {
    pub devices: Vec<Device>,
    pub marked: usize,
    pub step: Step,
    pub wrong: Option<String>,
    /// An answer is awaited.
    pub busy: bool,
}

/// How far it is.
#[derive(Debug, Default)]
pub enum Step {
    /// The list.
    #[default]
    List,
    /// Another device's code is typed.
    Code(Editor),
    /// What asks, before its person agrees.
    Asking { code: String, asking: Box<DeviceAsking>, history: History },
    /// The words of the recovery kit, for strict mode.
    Words { code: String, history: History, editor: Editor },
    /// Sure?
    Remove,
    /// What a removed device could have reached.
    Report(Vec<String>),
    /// What the marked one is called.
    Rename(Editor),
    /// What brings the account back.
    Kit(Box<view::RecoveryKit>),
    /// The passphrase of this device, before what only its owner may do; then that.
    Prove { passphrase: Editor, then: Box<(Purpose, Command)> },
}

impl App {
    /// Opens the list.
    pub fn show_devices(&mut self) {
        self.overlay = Some(Overlay::Devices(DevicesView::default()));
        self.refresh_devices();
    }

    /// Asks again for what is shown.
    pub fn refresh_devices(&mut self) {
        if matches!(self.overlay, Some(Overlay::Devices(_))) {
            self.call(Purpose::Devices, Command::DeviceList(Nothing {}));
        }
    }

    /// One key while devices are looked at.
    pub fn devices_key(&mut self, mut view: DevicesView, key: &KeyEvent) {
        let step = std::mem::take(&mut view.step);
        view.step = match step {
            Step::List => self.list_of_devices_key(&mut view, key),
            Step::Code(mut editor) => match key.code {
                KeyCode::Enter if !view.busy => {
                    (view.busy, view.wrong) = (true, None);
                    let code = editor.text().to_owned();
                    self.call(
                        Purpose::Inspected(code.clone()),
                        Command::DeviceInspect(DeviceInspect { code }),
                    );
                    Step::Code(editor)
                }
                _ => {
                    edit_line(&mut editor, key);
                    Step::Code(editor)
                }
            },
            Step::Asking { code, asking, history } => match key.code {
                KeyCode::Char('y') if asking.words => {
                    view.wrong = None;
                    Step::Words { code, history, editor: Editor::default() }
                }
                KeyCode::Char('y') if !view.busy => {
                    let approve = DeviceApprove { code: code.clone(), history, confirm: true, words: None };
                    let stays = Step::Asking { code, asking, history };
                    self.as_owner(&mut view, Purpose::Approved, Command::DeviceApprove(approve), stays)
                }
                KeyCode::Char('n') => Step::List,
                KeyCode::Char('h') => Step::Asking { code, asking, history: next(history) },
                _ => Step::Asking { code, asking, history },
            },
            Step::Words { code, history, mut editor } => {
                if key.code == KeyCode::Enter && !view.busy {
                    // Whoever has the words needs no passphrase besides.
                    (view.busy, view.wrong) = (true, None);
                    let words = Some(Words::Text(editor.text().to_owned()));
                    let approve = DeviceApprove { code: code.clone(), history, confirm: true, words };
                    self.call(Purpose::Approved, Command::DeviceApprove(approve));
                } else {
                    edit_line(&mut editor, key);
                }
                Step::Words { code, history, editor }
            }
            Step::Remove => match key.code {
                // The capital letter: also if messages are lost that no other device has.
                KeyCode::Char(yes @ ('y' | 'Y'))
                    if view.devices.get(view.marked).is_some_and(|device| device.this) =>
                {
                    let sign_out = DeviceSignOut { lose: yes == 'Y' };
                    self.call(Purpose::Done("Signing out…"), Command::DeviceSignOut(sign_out));
                    Step::List
                }
                KeyCode::Char('y') if !view.busy => {
                    if let Some(device) = view.devices.get(view.marked) {
                        (view.busy, view.wrong) = (true, None);
                        let remove = OneDevice { device: device.device.clone() };
                        self.call(Purpose::DeviceGone, Command::DeviceRemove(remove));
                    }
                    Step::Remove
                }
                KeyCode::Char('n') => Step::List,
                _ => Step::Remove,
            },
            Step::Report(lines) => match key.code {
                KeyCode::Enter => Step::List,
                _ => Step::Report(lines),
            },
            Step::Rename(mut editor) => match (key.code, view.devices.get(view.marked)) {
                (KeyCode::Enter, Some(device)) => {
                    let rename =
                        DeviceRename { device: device.device.clone(), name: editor.text().to_owned() };
                    self.call(Purpose::Done("Renamed."), Command::DeviceRename(rename));
                    Step::List
                }
                _ => {
                    edit_line(&mut editor, key);
                    Step::Rename(editor)
                }
            },
            Step::Kit(kit) => match key.code {
                KeyCode::Char('y') => {
                    let done = Purpose::Done("Keep them where nobody else looks, and not in this machine.");
                    self.call(done, Command::RecoveryWritten(Nothing {}));
                    Step::List
                }
                _ => Step::Kit(kit),
            },
            Step::Prove { mut passphrase, then } => {
                if key.code == KeyCode::Enter && !passphrase.is_empty() && !view.busy {
                    (view.busy, view.wrong) = (true, None);
                    let given = Some(std::mem::take(&mut passphrase).text().to_owned());
                    let prove = AccountProve { passphrase: given, passkey: None };
                    self.call(Purpose::Proved, Command::AccountProve(prove));
                } else {
                    edit_line(&mut passphrase, key);
                }
                Step::Prove { passphrase, then }
            }
        };
        self.overlay = Some(Overlay::Devices(view));
    }

    fn list_of_devices_key(&mut self, view: &mut DevicesView, key: &KeyEvent) -> Step {
        let last = view.devices.len().saturating_sub(1);
        match key.code {
            KeyCode::Up | KeyCode::Char('k') => view.marked = view.marked.saturating_sub(1),
            KeyCode::Down | KeyCode::Char('j') => view.marked = (view.marked + 1).min(last),
            KeyCode::Char('l') => return Step::Code(Editor::default()),
            KeyCode::Char('n') => {
                let name = view.devices.get(view.marked).map(|device| device.name.as_str());
                return name.map_or(Step::List, |name| Step::Rename(Editor::with(name)));
            }
            KeyCode::Char('r') if view.devices.get(view.marked).is_some_and(|device| !device.primary) => {
                view.wrong = None;
                return Step::Remove;
            }
            KeyCode::Char('r') => {
                view.wrong = Some(
                    "This is your primary device. If it was lost, bring the account back with the recovery kit on another one."
                        .to_owned(),
                );
            }
            KeyCode::Char('w') => {
                let kit = Command::RecoveryKit(RecoveryKit::default());
                return self.as_owner(view, Purpose::Kit, kit, Step::List);
            }
            _ => {}
        }
        Step::List
    }

    /// Does what borrowing the open terminal must not be enough for: the passphrase is asked for first, where there is one.
    fn as_owner(&mut self, view: &mut DevicesView, purpose: Purpose, command: Command, stays: Step) -> Step {
        view.wrong = None;
        if self.model.is_lockable() {
            return Step::Prove { passphrase: Editor::default(), then: Box::new((purpose, command)) };
        }
        view.busy = true;
        self.call(purpose, command);
        stays
    }

    /// It was the passphrase; or what it was instead.
    pub fn proved_for_devices(&mut self, wrong: Option<String>) {
        let Some(Overlay::Devices(view)) = &mut self.overlay else { return };
        (view.busy, view.wrong) = (wrong.is_none(), wrong);
        if view.wrong.is_none()
            && let Step::Prove { then, .. } = std::mem::take(&mut view.step)
        {
            self.call(then.0, then.1);
        }
    }

    /// An answer for what is shown.
    pub fn devices_answer(&mut self, then: impl FnOnce(&mut DevicesView)) {
        if let Some(Overlay::Devices(view)) = &mut self.overlay {
            view.busy = false;
            then(view);
        }
    }

    pub fn take_devices(&mut self, all: Devices) {
        self.devices_answer(|view| {
            view.marked = view.marked.min(all.devices.len().saturating_sub(1));
            view.devices = all.devices;
        });
    }

    pub fn take_asking(&mut self, code: String, asking: DeviceAsking) {
        self.devices_answer(|view| {
            view.step = Step::Asking { code, asking: Box::new(asking), history: History::Nothing };
        });
    }

    pub fn take_approved(&mut self, _: DeviceApproved) {
        self.devices_answer(|view| view.step = Step::List);
        self.say("Linked. It comes into your chats within a moment.");
        self.refresh_devices();
    }

    pub fn take_removed(&mut self, removed: DeviceRemoved) {
        let lines = report_lines(&removed);
        self.devices_answer(|view| view.step = Step::Report(lines));
        self.refresh_devices();
    }

    pub fn take_kit(&mut self, kit: view::RecoveryKit) {
        self.devices_answer(|view| view.step = Step::Kit(Box::new(kit)));
    }

    // ---- On a device without an account ----

    /// The code that the primary takes.
    pub fn take_code(&mut self, code: DeviceCode) {
        if let Screen::Welcome(welcome) = &mut self.screen {
            welcome.busy = false;
            welcome.code = Some(code);
        }
    }

    pub fn link_failed(&mut self, why: &str) {
        if let Screen::Welcome(welcome) = &mut self.screen {
            welcome.code = None;
            welcome.wrong = Some(why.to_owned());
        }
    }
}

/// All, thirty days, nothing, and again.
fn next(history: History) -> History {
    match history {
        History::Nothing => History::Days30,
        History::Days30 => History::All,
        History::All => History::Nothing,
    }
}

/// In a sentence about what a new device gets.
pub fn history_words(history: History) -> &'static str {
    match history {
        History::Nothing => "no earlier messages",
        History::Days30 => "the messages of the last 30 days",
        History::All => "all earlier messages",
    }
}
