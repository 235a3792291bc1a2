//! What a browser has around it: the folder that it saves into, an authenticator, room on the disk.

use std::path::Path;

use casemate_e2e::files::sha256;
use serde_json::{Value, json};

use crate::browser::Browser;

impl Browser {
    /// What is saved from now on goes into this folder, without a question.
    pub async fn saves_into(&self, folder: &Path) {
        std::fs::create_dir_all(folder).unwrap();
        let behaviour = json!({"behavior": "allow", "downloadPath": folder});
        self.cdp("Browser.setDownloadBehavior", behaviour).await;
    }

    /// Waits until a file was saved under this name with these bytes (SHA-256, hexadecimal).
    pub async fn saved(&self, folder: &Path, name: &str, hash: &str) {
        let path = folder.join(name);
        self.wait(&format!("the saved file {name}"), async || {
            if !path.is_file() {
                let there =
                    std::fs::read_dir(folder).unwrap().filter_map(|entry| Some(entry.ok()?.file_name()));
                return Err(format!("there is only {:?}", there.collect::<Vec<_>>()));
            }
            let found = sha256(&path);
            if found == hash { Ok(()) } else { Err(format!("its hash is {found}, not {hash}")) }
        })
        .await;
    }

    /// The browser clears what it keeps of this server's page, which then offers to restore an account.
    pub async fn is_cleared(&self) {
        let page = self.run("return location.origin", Vec::new()).await;
        let everything = json!({"origin": page, "storageTypes": "all"});
        self.cdp("Storage.clearDataForOrigin", everything).await;
        self.reload().await;
        self.wait("a way on", async || match () {
            () if self.sees("button", "Restore with recovery words").await => Ok(()),
            () if self.sees("button", "Clear and begin anew").await => Ok(()),
            () => Err("there is none".to_owned()),
        })
        .await;
        // What is left without its key opens nothing any more.
        if self.sees("button", "Clear and begin anew").await {
            self.press("button", "Clear and begin anew").await;
            self.see("dialog", "Clear what is here?").await;
            self.press("button", "Clear and begin anew").await;
        }
    }

    /// Builds an authenticator into the device, whose person agrees to everything: passkeys with the extension `prf`.
    /// Gives its id.
    pub async fn authenticator(&self) -> String {
        self.cdp("WebAuthn.enable", json!({})).await;
        let options = json!({
            "protocol": "ctap2",
            "ctap2Version": "ctap2_1",
            "transport": "internal",
            "hasResidentKey": true,
            "hasUserVerification": true,
            "hasPrf": true,
            "isUserVerified": true,
            "automaticPresenceSimulation": true,
        });
        let made = self.cdp("WebAuthn.addVirtualAuthenticator", json!({"options": options})).await;
        made["authenticatorId"].as_str().unwrap().to_owned()
    }

    /// From now on the finger on the authenticator is somebody else's. It stays closed then: after some tries an authenticator takes
    /// no finger any more.
    pub async fn somebody_elses(&self, authenticator: &str) {
        let who = json!({"authenticatorId": authenticator, "isUserVerified": false});
        self.cdp("WebAuthn.setUserVerified", who).await;
    }

    /// Its person says no to whatever asks for a passkey, until they do not any more.
    pub async fn holds_back_its_passkey(&self, on: bool) {
        let script = "const own = navigator.credentials; delete own.get; \
             if (arguments[0]) own.get = async () => { throw new DOMException('', 'NotAllowedError'); };";
        self.run(script, vec![json!(on)]).await;
    }

    /// Leaves the app so many bytes beside those that it has.
    pub async fn leaves_room(&self, origin: &str, bytes: u64) {
        let used = self.cdp("Storage.getUsageAndQuota", json!({"origin": origin})).await;
        let all = used["usage"].as_f64().unwrap() + bytes as f64;
        self.cdp("Storage.overrideQuotaForOrigin", json!({"origin": origin, "quotaSize": all})).await;
    }

    /// As much room as the disk has, again.
    pub async fn makes_room(&self, origin: &str) {
        self.cdp("Storage.overrideQuotaForOrigin", json!({"origin": origin})).await;
    }
}

/// The hash of the only file of a message, as the interface tells it.
pub fn hash_of(message: &Value) -> String {
    message["attachments"][0]["sha256"].as_str().unwrap().to_owned()
}
