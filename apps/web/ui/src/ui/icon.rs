//! One family of icons: 24 px, one weight, drawn here as paths. A crate of icons would hand over markup as text,
//! and this page never turns text into markup.

use leptos::prelude::*;

/// Which.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Icon {
    Arch,
    Archive,
    Attach,
    Back,
    Bell,
    Block,
    Blur,
    Bold,
    Calendar,
    Camera,
    Chat,
    Check,
    Checks,
    Clock,
    Close,
    Code,
    CodeBlock,
    Copy,
    Crop,
    Device,
    Down,
    Download,
    Draw,
    Edit,
    Eye,
    File,
    Filter,
    Flip,
    Folder,
    Format,
    Forward,
    Gear,
    Globe,
    Hand,
    HangUp,
    Hide,
    Incoming,
    Info,
    Italic,
    Keyboard,
    Knock,
    Larger,
    Leave,
    Left,
    Link,
    List,
    Lock,
    Megaphone,
    Mention,
    Mic,
    MicOff,
    More,
    Mute,
    Once,
    Outgoing,
    Palette,
    Pause,
    People,
    Person,
    Phone,
    Photo,
    Pin,
    Place,
    Play,
    Plus,
    Poll,
    Quote,
    React,
    Redo,
    Reply,
    Right,
    Rotate,
    Scissors,
    Screen,
    Search,
    Select,
    Send,
    Share,
    Smaller,
    Speaker,
    Star,
    Sticker,
    Strike,
    Trash,
    Undo,
    Up,
    Video,
    VideoOff,
    Warning,
}

impl Icon {
    /// Every icon, for the components page.
    pub const ALL: [Self; 89] = [
        Self::Arch,
        Self::Archive,
        Self::Attach,
        Self::Back,
        Self::Bell,
        Self::Block,
        Self::Blur,
        Self::Bold,
        Self::Calendar,
        Self::Camera,
        Self::Chat,
        Self::Check,
        Self::Checks,
        Self::Clock,
        Self::Close,
        Self::Code,
        Self::CodeBlock,
        Self::Copy,
        Self::Crop,
        Self::Device,
        Self::Down,
        Self::Download,
        Self::Draw,
        Self::Edit,
        Self::Eye,
        Self::File,
        Self::Filter,
        Self::Flip,
        Self::Folder,
        Self::Format,
        Self::Forward,
        Self::Gear,
        Self::Globe,
        Self::Hand,
        Self::HangUp,
        Self::Hide,
        Self::Incoming,
        Self::Info,
        Self::Italic,
        Self::Keyboard,
        Self::Knock,
        Self::Larger,
        Self::Leave,
        Self::Left,
        Self::Link,
        Self::List,
        Self::Lock,
        Self::Megaphone,
        Self::Mention,
        Self::Mic,
        Self::MicOff,
        Self::More,
        Self::Mute,
        Self::Once,
        Self::Outgoing,
        Self::Palette,
        Self::Pause,
        Self::People,
        Self::Person,
        Self::Phone,
        Self::Photo,
        Self::Pin,
        Self::Place,
        Self::Play,
        Self::Plus,
        Self::Poll,
        Self::Quote,
        Self::React,
        Self::Redo,
        Self::Reply,
        Self::Right,
        Self::Rotate,
        Self::Scissors,
        Self::Screen,
        Self::Search,
        Self::Select,
        Self::Send,
        Self::Share,
        Self::Smaller,
        Self::Speaker,
        Self::Star,
        Self::Sticker,
        Self::Strike,
        Self::Trash,
        Self::Undo,
        Self::Up,
        Self::Video,
        Self::VideoOff,
        Self::Warning,
    ];

    fn path(self) -> &'static str {
        match self {
            Self::Mention => {
                "M8 12a4 4 0 1 0 8 0a4 4 0 1 0-8 0M16 8v5.500a2.500 2.500 0 0 0 5 0V12a9 9 0 1 0-3.500 7.100"
            }
            Self::Filter => "M4 6.500h16M7 12h10M10 17.500h4",
            Self::Bold => "M7 4.500h6a3.600 3.600 0 0 1 0 7.200H7zM7 11.700h7a3.900 3.900 0 0 1 0 7.800H7z",
            Self::Italic => "M10 4.500h8M6 19.500h8M14.500 4.500l-5 15",
            Self::Strike => {
                "M4 12h16M16.500 7.500c-.5-2-2.300-3-4.500-3c-2.600 0-4.500 1.300-4.500 3.400c0 1.300.7 2.300 2 3M7.500 16c.4 2.200 2.300 3.500 4.700 3.500c2.700 0 4.600-1.400 4.600-3.600c0-.7-.2-1.300-.5-1.900"
            }
            Self::Code => "m8.500 7-5 5 5 5M15.500 7l5 5-5 5",
            Self::CodeBlock => "M3.500 4.500h17v15h-17zM9.500 9l-3 3 3 3M14.500 9l3 3-3 3",
            Self::Quote => "M4 5v14M8.500 8h11M8.500 12h11M8.500 16h7",
            Self::List => "M9 6.500h11M9 12h11M9 17.500h11M4.500 6.500v.1M4.500 12v.1M4.500 17.500v.1",
            Self::Hide => {
                "M3 3l18 18M10 6c.6-.2 1.300-.3 2-.3c6 0 9.500 6.300 9.500 6.300s-1 1.900-3 3.600M6.300 7.800C3.800 9.500 2.500 12 2.500 12s3.500 6.500 9.500 6.500c1.500 0 2.900-.4 4.100-1"
            }
            Self::Format => {
                "M3.500 18.500 8.500 5.500l5 13M5.300 14h6.400M15 14.500a3 3 0 1 0 6 0a3 3 0 1 0-6 0M21 11v7.500"
            }
            Self::Poll => "M5 20V11M12 20V4M19 20v-6",
            Self::Place => {
                "M12 21.500c4.500-5 7-8.500 7-12a7 7 0 0 0-14 0c0 3.500 2.500 7 7 12zM9.500 9.500a2.500 2.500 0 1 0 5 0a2.500 2.500 0 1 0-5 0"
            }
            Self::Once => {
                "M3.500 12a8.500 8.500 0 1 0 17 0a8.500 8.500 0 1 0-17 0M10 9.500l2.300-1.700V16.500"
            }
            Self::Folder => "M3.500 6h6l2 2.500h9V19h-17z",
            Self::Calendar => "M4 6h16v14H4zM4 10.500h16M8.500 3.500v4M15.500 3.500v4",
            Self::Megaphone => {
                "M4 10v4h3l9 4.500v-13L7 10zM7 14l1.500 5.500h3L10 15.400M19 9.500c1.300 1.300 1.300 3.700 0 5"
            }
            Self::Up => "m6 14 6-6 6 6",
            Self::Arch => "M4 21V12a8 8 0 0 1 16 0v9M8.5 21v-8.500a3.500 3.500 0 0 1 7 0V21M2 21h20",
            Self::Archive => "M3.500 5h17v4h-17zM5 9v10.500h14V9M10 13h4",
            Self::Mute => {
                "M6 16V11a6 6 0 0 1 9.500-4.900M18 11v5l1.500 2h-15M10 20.500a2.200 2.200 0 0 0 4 0M4 4l16 16"
            }
            Self::Attach | Self::Plus => "M12 5v14M5 12h14",
            Self::Back => "m14 6-6 6 6 6",
            Self::Bell => "M6 16V11a6 6 0 0 1 12 0v5l1.500 2h-15zM10 20.500a2.200 2.200 0 0 0 4 0",
            Self::Block => "M3.500 12a8.500 8.500 0 1 0 17 0a8.500 8.500 0 1 0-17 0M6 6l12 12",
            Self::Check => "m5 12.500 4.500 4.500L19 7",
            Self::Checks => "m2 13 4 4L15 7M10.500 16l1 1L22 7",
            Self::Chat => "M4 5h16v11H9l-5 4z",
            Self::Clock => "M3.500 12a8.500 8.500 0 1 0 17 0a8.500 8.500 0 1 0-17 0M12 7v5l3 2",
            Self::Close => "M6 6l12 12M18 6 6 18",
            Self::Copy => "M9 9h11v11H9zM5 15H4V4h11v1",
            Self::Down => "m6 10 6 6 6-6",
            Self::Device => "M3 5h18v11H3zM8 20h8",
            Self::Download => "M12 4v11M7.500 11 12 15.500 16.500 11M5 20h14",
            Self::Edit => "M4 20l1-4.500L16 4.500l3.500 3.500L8.500 19zM14 6.500l3.500 3.500",
            Self::Eye => {
                "M2.500 12S6 5.500 12 5.500 21.500 12 21.500 12 18 18.500 12 18.500 2.500 12 2.500 12zM9.500 12a2.500 2.500 0 1 0 5 0a2.500 2.500 0 1 0-5 0"
            }
            Self::File => "M6 3h8l4 4v14H6zM14 3v4h4",
            Self::Forward => "m14 6 6 6-6 6M20 12H9a5 5 0 0 0-5 5v1",
            Self::Gear => {
                "M9 12a3 3 0 1 0 6 0a3 3 0 1 0-6 0M12 2.500v3M12 18.500v3M2.500 12h3M18.500 12h3M5.300 5.300l2.100 2.100M16.600 16.600l2.100 2.100M5.300 18.700l2.100-2.100M16.600 7.400l2.100-2.100"
            }
            Self::Globe => {
                "M3.500 12a8.500 8.500 0 1 0 17 0a8.500 8.500 0 1 0-17 0M3.500 12h17M12 3.500c5 5 5 12 0 17c-5-5-5-12 0-17"
            }
            Self::Info => "M3.500 12a8.500 8.500 0 1 0 17 0a8.500 8.500 0 1 0-17 0M12 11v5.500M12 7.500v.1",
            Self::Keyboard => "M3 6.500h18v11H3zM7 10v.1M11 10v.1M15 10v.1M8 14h8",
            // A door with its ring.
            Self::Knock => {
                "M5.500 20.500V10a6.500 6.500 0 0 1 13 0v10.500M3 20.500h18M9.500 13.500a2.500 2.500 0 1 0 5 0a2.500 2.500 0 1 0-5 0M12 11V9.500"
            }
            Self::Leave => "M13 4H5v16h8M10 12h11M17 8l4 4-4 4",
            Self::Link => {
                "M10 14a4 4 0 0 0 6 .5l3-3a4 4 0 0 0-5.700-5.700l-1 1M14 10a4 4 0 0 0-6-.5l-3 3a4 4 0 0 0 5.700 5.700l1-1"
            }
            Self::Mic => "M9 6a3 3 0 0 1 6 0v5a3 3 0 0 1-6 0zM5 11a7 7 0 0 0 14 0M12 18v3",
            Self::More => {
                "M11.300 5a.7.7 0 1 0 1.400 0a.7.7 0 1 0-1.400 0M11.300 12a.7.7 0 1 0 1.400 0a.7.7 0 1 0-1.400 0M11.300 19a.7.7 0 1 0 1.400 0a.7.7 0 1 0-1.400 0"
            }
            Self::Palette => "M12 3.500a8.500 8.500 0 1 0 0 17V3.500M12 3.500a8.500 8.500 0 0 1 0 17",
            Self::Pause => "M8 5v14M16 5v14",
            Self::People => {
                "M5.500 8a3.500 3.500 0 1 0 7 0a3.500 3.500 0 1 0-7 0M2.500 20c0-3.600 2.900-6 6.500-6s6.500 2.400 6.500 6M16 5a3.500 3.500 0 0 1 0 6.500M18 14.500c2.200.8 3.500 2.800 3.500 5.500"
            }
            Self::Person => {
                "M8 8a4 4 0 1 0 8 0a4 4 0 1 0-8 0M4.500 20.500c0-4 3.300-6.500 7.500-6.500s7.500 2.500 7.500 6.500"
            }
            Self::Phone => {
                "M6 3h4l1.500 5L9 9.500a12 12 0 0 0 5.500 5.500L16 12.500l5 1.500v4a2 2 0 0 1-2 2A15 15 0 0 1 4 5a2 2 0 0 1 2-2z"
            }
            Self::Pin => "M9 3.500h6l-1 6 3.500 3.500h-11L10 9.500zM12 13v7.500",
            Self::Play => "M8 5v14l11-7z",
            Self::React => {
                "M3 12a9 9 0 1 0 18 0a9 9 0 1 0-18 0M8 14.500c1 1.500 2.400 2.200 4 2.200s3-.7 4-2.200M9 9.500v.1M15 9.500v.1"
            }
            Self::Reply => "m10 6-6 6 6 6M4 12h11a5 5 0 0 1 5 5v1",
            Self::Search => "M4.500 11a6.500 6.500 0 1 0 13 0a6.500 6.500 0 1 0-13 0M20 20l-4.200-4.200",
            Self::Select => "M3.500 12a8.500 8.500 0 1 0 17 0a8.500 8.500 0 1 0-17 0M8 12.500l3 3 5-6",
            Self::Send => "M12 19.500V5M5.500 11.500 12 5l6.500 6.500",
            Self::Share => "M12 15V4M8 7.500 12 3.500l4 4M6 11H5v9.500h14V11h-1",
            Self::Star => {
                "m12 3.500 2.600 5.500 6 .8-4.400 4.200 1.100 6-5.300-3-5.300 3 1.100-6L3.400 9.800l6-.8z"
            }
            Self::Trash => "M4 6.500h16M9 6.500V4h6v2.500M6 6.500 7 20.500h10l1-14M10 10.500v6M14 10.500v6",
            Self::Warning => "M12 4 2.500 20h19zM12 10v4.500M12 17.200v.1",
            Self::Blur => {
                "M12 3.500v17M3.500 12h17M6.500 6.500v11M17.500 6.500v11M6.500 6.500h11M6.500 17.500h11"
            }
            Self::Camera => {
                "M4 7.500h3.500l1.500-2.500h6l1.500 2.500H20v11.500H4zM8.500 13a3.500 3.500 0 1 0 7 0a3.500 3.500 0 1 0-7 0"
            }
            Self::Crop => "M6.500 2.500v15h15M2.500 6.500h15v15",
            Self::Draw => {
                "M4 20c2.500 0 4-1 4-3a2 2 0 0 1 2-2c1.500 0 2.500 1 2.500 2.500C12.500 20 8 21 4 20zM11 14.500 19.500 4l1 1L13.500 16"
            }
            Self::Flip => "M12 3v18M9 7 3.500 17.500H9zM15 7l5.500 10.500H15z",
            Self::Left => "m14.500 5-7 7 7 7",
            Self::Lock => "M6 11h12v9.500H6zM8.500 11V8a3.500 3.500 0 0 1 7 0v3",
            Self::Photo => "M3.500 5h17v14h-17zM3.500 16l5-5 4 4 3-3 5 5M15 9v.1",
            Self::Redo => "m15 5 4.500 4.500L15 14M19 9.500H9.500a5 5 0 0 0 0 10H13",
            Self::Right => "m9.500 5 7 7-7 7",
            Self::Rotate => "M19.500 12a7.500 7.500 0 1 1-2.500-5.600M17.500 2.500v4.500H13",
            Self::Scissors => {
                "M4 7a2.500 2.500 0 1 0 5 0a2.500 2.500 0 1 0-5 0M4 17a2.500 2.500 0 1 0 5 0a2.500 2.500 0 1 0-5 0M8.500 8.500 20 17M8.500 15.500 20 7"
            }
            Self::Speaker => {
                "M4 9.500h4l5-4.500v14l-5-4.500H4zM16.500 9a4 4 0 0 1 0 6M18.500 6a8 8 0 0 1 0 12"
            }
            Self::Sticker => {
                "M4 4h16v10l-6 6H4zM20 14h-6v6M9 9.500v.1M14.500 9.500v.1M8.500 13c2 1.700 4 1.700 6 0"
            }
            Self::Incoming => "M18 6 6.500 17.500M6.500 9.500v8h8",
            Self::Outgoing => "M6 18 17.500 6.500M9.500 6.500h8v8",
            Self::Undo => "M9 5 4.500 9.500 9 14M5 9.500h9.500a5 5 0 0 1 0 10H11",
            Self::Video => "M3.500 6.500h12v11h-12zM15.500 10.500l5-3v9l-5-3",
            Self::VideoOff => {
                "M8 6.500h7.500v7M15.500 10.500l5-3v9l-5-3M13.500 17.500h-10v-11M3.500 3.500l17 17"
            }
            Self::Hand => {
                "M7 13V6.500a1.500 1.500 0 0 1 3 0V11V4.500a1.500 1.500 0 0 1 3 0V11V5.500a1.500 1.500 0 0 1 3 0V12V9a1.500 1.500 0 0 1 3 0v6a6 6 0 0 1-6 6h-1a6.500 6.500 0 0 1-5.500-3l-3-5a1.500 1.500 0 0 1 2.500-1.500z"
            }
            Self::HangUp => {
                "M3 15.500c-1.200-1.600-.8-3.500 1-4.700a14.500 14.500 0 0 1 16 0c1.800 1.200 2.200 3.100 1 4.700l-4.500-1v-3a14 14 0 0 0-9 0v3z"
            }
            Self::MicOff => {
                "M9 9v2a3 3 0 0 0 5 2.200M15 10.500V6a3 3 0 0 0-5.500-1.700M5 11a7 7 0 0 0 11.500 5.300M18.300 14a7 7 0 0 0 .7-3M12 18v3M4 4l16 16"
            }
            Self::Screen => "M3 4.500h18v12H3zM8.500 20h7M12 13.500V7.500M9.500 10 12 7.500l2.500 2.500",
            Self::Smaller => "M3.500 5h17v14h-17zM12.500 12h5.500v4.500h-5.500z",
            Self::Larger => "M9 4H4v5M15 4h5v5M9 20H4v-5M15 20h5v-5",
        }
    }
}

/// An icon beside words, or inside a button that has a name: hidden from screen readers.
pub fn icon(icon: Icon) -> impl IntoView {
    // These point to where one reads on, or back.
    let turns = matches!(icon, Icon::Reply | Icon::Forward | Icon::Leave | Icon::Incoming | Icon::Outgoing);
    let class = if turns { "icon turns" } else { "icon" };
    view! { <svg class=class viewBox="0 0 24 24" aria-hidden="true"><path d=icon.path()/></svg> }
}
