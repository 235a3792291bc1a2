//! What a command may do: whether it only reads, and whether a device that was put out of its account still takes it.

use casemate_api::Command;

/// What a device that was put out of its account may still do: look, and make room.
pub fn is_looking(command: &Command) -> bool {
    only_reads(command)
        || matches!(
            command,
            Command::AccountUnlock(_)
                | Command::AccountDelete(_)
                | Command::AccountKeep(_)
                | Command::ConversationScheduled(_)
                | Command::ConversationClear(_)
                | Command::SettingsSet(_)
                | Command::BackupPassphrase(_)
                | Command::ReportCreate(_)
                | Command::ReportSign(_)
                | Command::AttachmentSave(_)
                | Command::GuardNote(_)
                | Command::GuardRelease(_)
        )
}

/// What gives nothing to do.
pub fn only_reads(command: &Command) -> bool {
    matches!(
        command,
        Command::AccountShow(_)
            | Command::DeviceList(_)
            | Command::ContactRequests(_)
            | Command::ContactList(_)
            | Command::ConversationRequests(_)
            | Command::ConversationList(_)
            | Command::ConversationShow(_)
            | Command::MessageList(_)
            | Command::MessageSearch(_)
            | Command::MessageInfo(_)
            | Command::MessageHistory(_)
            | Command::SettingsShow(_)
            | Command::StorageUsage(_)
            | Command::BackupRead(_)
            | Command::ListList(_)
            | Command::IndicatorsList(_)
            | Command::LinkLook(_)
            | Command::GuardCheckup(_)
            | Command::GuardJournal(_)
            | Command::CallList(_)
            | Command::CallLink(_)
            | Command::CallFind(_)
    )
}
