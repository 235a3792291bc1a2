//! Rules
/// Why a commit is skipped by everybody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SkipReason {
    /// OpenMLS refuses it.
    #[error("it is not a valid MLS commit")]
    Invalid,
}
