//! What the server says, worked on a turn at a time: between two turns the page is heard, so that who opens a chat does not wait
//! for a thousand answers.

use casemate_engine::Input;

use super::Driver;
use crate::browser::connection::News;
use crate::browser::js::now_ms;

/// For so long at a time.
const TURN_MS: i64 = 4;

impl Driver {
    /// Puts the connection's news in line.
    pub(super) fn news(&self, news: News) {
        let input = match news {
            News::Connected => Input::Connected,
            News::Frame(frame) => Input::Frame(frame),
            News::Disconnected { why } => Input::Disconnected { why },
        };
        self.with_running(|running| {
            running.heard.push_back(input);
            running.turns.ask();
        });
    }

    /// Works on what stands there, for a while.
    pub(super) fn turn(&self) {
        let began = now_ms();
        while let Some(input) = self.with_running(|running| running.heard.pop_front()).flatten() {
            self.input(input);
            if now_ms() - began >= TURN_MS {
                break;
            }
        }
        self.with_running(|running| {
            if !running.heard.is_empty() {
                running.turns.ask();
            }
        });
    }
}
