//! Where the person is, as it stands after the `#` of the address: the browser's Back and Forward then just work.

/// A place in the app.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub enum Route {
    /// The list of chats.
    #[default]
    Chats,
    /// A conversation, perhaps at a message.
    Chat {
        /// Its id.
        conversation: String,
        /// A message to go to.
        message: Option<String>,
    },
    /// What is known of a conversation.
    Details(String),
    /// Who knocks.
    Requests,
    /// People.
    Contacts,
    /// Calls.
    Calls,
    /// What a call's link leads to.
    CallLink(String),
    /// Starting a chat.
    NewChat,
    /// Starting a group.
    NewGroup,
    /// Messages marked with a star.
    Starred,
    /// Broadcast lists.
    Lists,
    /// A page of the settings.
    Settings(Page),
    /// Every component in every state; development builds only.
    Components,
}

/// A page of the settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Page {
    /// The list of pages.
    Menu,
    /// Name and about.
    Profile,
    /// Who may knock, receipts.
    Privacy,
    /// What the system shows, sounds, quiet hours.
    Notifications,
    /// Theme, text size.
    Appearance,
    /// Language.
    Language,
    /// Keyboard shortcuts.
    Keyboard,
    /// Invite a friend.
    Invite,
    /// Locking, deleting.
    Security,
    /// The recovery kit.
    Recovery,
    /// The history's backup.
    Backup,
    /// This account's devices.
    Devices,
    /// What could be better on this device.
    Checkup,
    /// Lists of what spyware uses.
    Spyware,
    /// Files that could not be looked into.
    Held,
    /// What takes room.
    Storage,
    /// Taking everything along.
    Export,
    /// What is safe and what is not.
    Safety,
    /// About Casemate.
    About,
}

impl Page {
    /// All pages behind the menu, in its order.
    pub const ALL: [Self; 18] = [
        Self::Profile,
        Self::Devices,
        Self::Invite,
        Self::Privacy,
        Self::Security,
        Self::Checkup,
        Self::Recovery,
        Self::Backup,
        Self::Notifications,
        Self::Appearance,
        Self::Language,
        Self::Keyboard,
        Self::Storage,
        Self::Export,
        Self::Safety,
        Self::About,
        Self::Spyware,
        Self::Held,
    ];

    /// Whether the menu has a line above it: the account, what keeps it safe, how the app is, what is stored, what one reads, and
    /// what few ever need.
    pub fn begins_group(self) -> bool {
        matches!(self, Self::Privacy | Self::Notifications | Self::Storage | Self::Safety | Self::Spyware)
    }

    /// As it stands in the address.
    pub fn name(self) -> &'static str {
        match self {
            Self::Menu => "",
            Self::Profile => "profile",
            Self::Privacy => "privacy",
            Self::Notifications => "notifications",
            Self::Appearance => "appearance",
            Self::Language => "language",
            Self::Keyboard => "keyboard",
            Self::Invite => "invite",
            Self::Security => "security",
            Self::Recovery => "recovery",
            Self::Backup => "backup",
            Self::Devices => "devices",
            Self::Checkup => "check-up",
            Self::Spyware => "spyware",
            Self::Held => "held-back",
            Self::Storage => "storage",
            Self::Export => "export",
            Self::Safety => "safety",
            Self::About => "about",
        }
    }
}

/// Which of the panes a phone shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pane {
    /// The list.
    Side,
    /// The conversation or page.
    Main,
    /// Details.
    Details,
}

impl Route {
    /// Reads the part after the `#`; anything unknown is the list of chats.
    pub fn parse(hash: &str) -> Self {
        let path = hash.trim_start_matches('#').trim_start_matches('/');
        let mut parts = path.split('/');
        let id = |part: Option<&str>| part.filter(|id| !id.is_empty() && id.len() <= 100).map(str::to_owned);
        match parts.next() {
            Some("chat") => match (id(parts.next()), parts.next(), id(parts.next())) {
                (Some(conversation), Some("details"), _) => Self::Details(conversation),
                (Some(conversation), Some("at"), message) => Self::Chat { conversation, message },
                (Some(conversation), _, _) => Self::Chat { conversation, message: None },
                (None, _, _) => Self::Chats,
            },
            Some("call") => id(parts.next()).map_or(Self::Chats, Self::CallLink),
            Some("requests") => Self::Requests,
            Some("contacts") => Self::Contacts,
            Some("calls") => Self::Calls,
            Some("new") => Self::NewChat,
            Some("new-group") => Self::NewGroup,
            Some("starred") => Self::Starred,
            Some("lists") => Self::Lists,
            Some("components") => Self::Components,
            Some("settings") => {
                let name = parts.next().unwrap_or_default();
                let page = Page::ALL.into_iter().find(|page| page.name() == name);
                Self::Settings(page.unwrap_or(Page::Menu))
            }
            _ => Self::Chats,
        }
    }

    /// A chat at its newest message.
    pub fn chat(conversation: impl Into<String>) -> Self {
        Self::Chat { conversation: conversation.into(), message: None }
    }

    /// What stands after the `#`, with it.
    pub fn to_hash(&self) -> String {
        match self {
            Self::Chats => "#/chats".into(),
            Self::Chat { conversation, message: None } => format!("#/chat/{conversation}"),
            Self::Chat { conversation, message: Some(message) } => {
                format!("#/chat/{conversation}/at/{message}")
            }
            Self::Details(conversation) => format!("#/chat/{conversation}/details"),
            Self::Requests => "#/requests".into(),
            Self::Contacts => "#/contacts".into(),
            Self::Calls => "#/calls".into(),
            Self::CallLink(link) => format!("#/call/{link}"),
            Self::NewChat => "#/new".into(),
            Self::NewGroup => "#/new-group".into(),
            Self::Settings(Page::Menu) => "#/settings".into(),
            Self::Settings(page) => format!("#/settings/{}", page.name()),
            Self::Starred => "#/starred".into(),
            Self::Lists => "#/lists".into(),
            Self::Components => "#/components".into(),
        }
    }

    /// The conversation that is open here.
    pub fn conversation(&self) -> Option<&str> {
        match self {
            Self::Chat { conversation, .. } | Self::Details(conversation) => Some(conversation),
            _ => None,
        }
    }

    /// What a phone shows.
    pub fn pane(&self) -> Pane {
        match self {
            Self::Chat { .. }
            | Self::Requests
            | Self::Components
            | Self::CallLink(_)
            | Self::Starred
            | Self::Lists => Pane::Main,
            Self::Details(_) => Pane::Details,
            Self::Settings(page) if *page != Page::Menu => Pane::Main,
            _ => Pane::Side,
        }
    }

    /// Where Back goes when there is nothing before in the browser's history.
    pub fn up(&self) -> Self {
        match self {
            Self::Details(conversation) => Self::chat(conversation),
            Self::Settings(page) if *page != Page::Menu => Self::Settings(Page::Menu),
            Self::NewGroup => Self::NewChat,
            Self::CallLink(_) => Self::Calls,
            _ => Self::Chats,
        }
    }

    /// The tab of the main navigation that this belongs to.
    pub fn tab(&self) -> Tab {
        match self {
            Self::Contacts => Tab::Contacts,
            Self::Calls | Self::CallLink(_) => Tab::Calls,
            Self::Settings(_) => Tab::Settings,
            _ => Tab::Chats,
        }
    }
}

/// A tab of the main navigation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Tab {
    Chats,
    Calls,
    Contacts,
    Settings,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_place_has_an_address_and_back() {
        let at = Route::Chat { conversation: "c1".into(), message: Some("m1".into()) };
        let mut all = vec![
            Route::Chats,
            Route::chat("c1"),
            at,
            Route::Details("c1".into()),
            Route::Requests,
            Route::Contacts,
            Route::Calls,
            Route::CallLink("c1".into()),
            Route::NewChat,
            Route::NewGroup,
            Route::Components,
            Route::Starred,
            Route::Lists,
            Route::Settings(Page::Menu),
        ];
        all.extend(Page::ALL.map(Route::Settings));
        for route in all {
            assert_eq!(Route::parse(&route.to_hash()), route);
            let mut up = route.clone();
            for _ in 0..4 {
                up = up.up();
            }
            assert_eq!(up, Route::Chats, "{route:?}");
        }
    }

    #[test]
    fn nonsense_is_the_list() {
        for hash in ["", "#", "#/", "#/chat", "#/chat/", "#/call/", "#/nowhere", "#secret.key"] {
            assert_eq!(Route::parse(hash), Route::Chats, "{hash}");
        }
        assert_eq!(Route::parse(&format!("#/chat/{}", "x".repeat(200))), Route::Chats);
    }
}
