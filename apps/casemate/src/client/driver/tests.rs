//! What the driver answers before there is an account, a passphrase or a server. No server runs: port 1 of this
//! machine refuses at once.

use casemate_api::command::{
    AccountCreate, AccountUnlock, CallAnswer, CallStart, ConversationList, DataExport, Nothing,
};
use casemate_api::{Command, Error, Kind};
use serde_json::Value;

use crate::client::{Client, Options};

const NO_SERVER: &str = "http://127.0.0.1:1";

/// A home in a folder of its own; `restart` is a new process as far as the folder knows.
struct Desk {
    folder: tempfile::TempDir,
    client: Option<(Client, tokio::task::JoinHandle<()>)>,
}

impl Desk {
    async fn new() -> Self {
        let mut desk = Self { folder: tempfile::tempdir().unwrap(), client: None };
        desk.restart().await;
        desk
    }

    async fn restart(&mut self) {
        if let Some((client, ended)) = self.client.take() {
            drop(client);
            ended.await.unwrap();
        }
        let options = Options {
            home: self.folder.path().join("home"),
            ca: None,
            rules: None,
            made: crate::client::Made::Here,
        };
        let (client, events, ended) = Client::open(options).await.unwrap();
        // Nobody listens: events go nowhere.
        drop(events);
        self.client = Some((client, ended));
    }

    async fn call(&self, command: Command) -> Result<Value, Error> {
        self.client.as_ref().unwrap().0.call(command).await
    }

    async fn kind(&self, command: Command) -> Option<Kind> {
        self.call(command).await.err().map(|error| error.kind)
    }

    async fn create(&self, passphrase: Option<&str>) -> Option<Kind> {
        let create = AccountCreate {
            server: Some(NO_SERVER.into()),
            name: "ana".into(),
            invite: None,
            passphrase: passphrase.map(str::to_owned),
        };
        self.kind(Command::AccountCreate(create)).await
    }

    async fn unlock(&self, passphrase: &str) -> Option<Kind> {
        self.kind(Command::AccountUnlock(AccountUnlock { passphrase: passphrase.into(), passkey: None }))
            .await
    }
}

fn show() -> Command {
    Command::AccountShow(Nothing {})
}

#[tokio::test]
async fn without_an_account_everything_says_so_and_nothing_is_made() {
    let desk = Desk::new().await;
    for command in [show(), Command::Sync(Nothing {}), Command::ConversationList(ConversationList::default())]
    {
        assert_eq!(desk.kind(command).await, Some(Kind::NotFound));
    }
    assert_eq!(desk.unlock("x").await, Some(Kind::NotFound));
    assert!(!desk.folder.path().join("home/casemate.db").exists());
}

#[tokio::test]
async fn a_server_that_is_not_there_can_be_tried_again_in_any_way() {
    let mut desk = Desk::new().await;
    assert_eq!(desk.create(None).await, Some(Kind::Offline));
    assert_eq!(desk.create(None).await, Some(Kind::Offline));
    // With a passphrase after all: the database is made anew.
    assert_eq!(desk.create(Some("six words")).await, Some(Kind::Offline));
    desk.restart().await;
    assert_eq!(desk.kind(show()).await, Some(Kind::Locked));
    assert_eq!(desk.unlock("five words").await, Some(Kind::Locked));
    assert_eq!(desk.create(Some("six words")).await, Some(Kind::Offline));
    desk.restart().await;
    assert_eq!(desk.create(None).await, Some(Kind::Offline));
    desk.restart().await;
    assert_ne!(desk.kind(show()).await, Some(Kind::Locked));
}

#[tokio::test]
async fn a_home_has_one_user() {
    let desk = Desk::new().await;
    let options = Options {
        home: desk.folder.path().join("home"),
        ca: None,
        rules: None,
        made: crate::client::Made::Here,
    };
    let Err(error) = Client::open(options).await else { panic!("two users") };
    assert_eq!(error.kind, Kind::Locked);
}

#[tokio::test]
async fn an_empty_passphrase_and_a_plain_server_elsewhere_are_refused() {
    let desk = Desk::new().await;
    assert_eq!(desk.create(Some("")).await, Some(Kind::Invalid));
    let create = AccountCreate {
        server: Some("http://example.org".into()),
        name: "ana".into(),
        invite: None,
        passphrase: None,
    };
    let error = desk.call(Command::AccountCreate(create)).await.unwrap_err();
    assert!(error.message.contains("http://"), "{}", error.message);
}

#[tokio::test]
async fn nobody_exports_without_the_passphrase_or_over_another_file() {
    let desk = Desk::new().await;
    desk.create(Some("a good passphrase")).await;
    let path = desk.folder.path().join("export.zip").to_string_lossy().into_owned();
    let export = |path: &str, passphrase: Option<&str>| {
        Command::DataExport(DataExport { path: path.into(), passphrase: passphrase.map(str::to_owned) })
    };
    for (wrong, says) in [(None, "Type"), (Some(""), "Type"), (Some("another passphrase"), "This is not")] {
        let error = desk.call(export(&path, wrong)).await.unwrap_err();
        assert!(error.kind == Kind::Locked && error.message.starts_with(says), "{wrong:?}: {error}");
    }
    std::fs::write(&path, "something").unwrap();
    assert_eq!(desk.kind(export(&path, Some("a good passphrase"))).await, Some(Kind::Invalid));
    assert_eq!(std::fs::read(&path).unwrap(), b"something");
    let nowhere = export("/no/such/folder/export.zip", Some("a good passphrase"));
    assert_eq!(desk.kind(nowhere).await, Some(Kind::NotFound));
}

#[tokio::test]
async fn what_cannot_be_sent_in_a_call_is_refused_before_the_engine_hears_of_it() {
    let desk = Desk::new().await;
    desk.create(None).await;
    let start =
        |send: &str| Command::CallStart(CallStart { send: Some(send.into()), ..CallStart::default() });
    let answer =
        |send: &str| Command::CallAnswer(CallAnswer { send: Some(send.into()), ..CallAnswer::default() });
    for (command, says) in [
        (start("/nope"), "There is no file"),
        (start("bogus"), "There is no file"),
        (start("tone:NaN"), "20 to 20000 Hz"),
        (answer("/dev/zero"), "is not a file"),
        (answer(desk.folder.path().join("home/key").to_str().unwrap()), "A call sends WAV files"),
    ] {
        let error = desk.call(command).await.unwrap_err();
        assert!(error.message.contains(says), "{error}");
    }
    let error = desk.call(start("tone:440")).await.unwrap_err();
    assert!(!error.message.contains("tone"), "the engine's own answer: {error}");
}
