//! A node of akd's tree in bytes. What follows from its label, or is needed only while several write, is left out:
//! a node takes 50 to 120 bytes rather than 400.
//!
//! ```text
//! kind 1 | last epoch 8 | oldest epoch below 8 | hash 32 | child, child
//! child: bits 2 (0xffff: none) | length 1 | the label without trailing zero bytes
//! ```

use akd::tree_node::{TreeNode, TreeNodeType, TreeNodeWithPreviousValue};
use akd::{AzksValue, NodeLabel};
use casemate_transparency::code::trimmed;

/// In place of a child's bits.
const NO_CHILD: u16 = u16::MAX;

/// Writes a node.
pub fn write(node: &TreeNode) -> Vec<u8> {
    let kind = match node.node_type {
        TreeNodeType::Leaf => 1,
        TreeNodeType::Root => 2,
        TreeNodeType::Interior => 3,
    };
    let mut bytes = Vec::with_capacity(128);
    bytes.push(kind);
    bytes.extend_from_slice(&node.last_epoch.to_be_bytes());
    bytes.extend_from_slice(&node.min_descendant_epoch.to_be_bytes());
    bytes.extend_from_slice(&node.hash.0);
    for child in [&node.left_child, &node.right_child] {
        match child {
            None => bytes.extend_from_slice(&NO_CHILD.to_be_bytes()),
            Some(label) => {
                let value = trimmed(&label.label_val);
                // A label has at most 256 bits.
                bytes.extend_from_slice(&(label.label_len as u16).to_be_bytes());
                bytes.push(value.len() as u8);
                bytes.extend_from_slice(value);
            }
        }
    }
    bytes
}

/// Reads a node; none where the bytes are damaged.
pub fn read(label: NodeLabel, bytes: &[u8]) -> Option<TreeNodeWithPreviousValue> {
    let (kind, rest) = bytes.split_first()?;
    let node_type = match kind {
        1 => TreeNodeType::Leaf,
        2 => TreeNodeType::Root,
        3 => TreeNodeType::Interior,
        _ => return None,
    };
    let (last_epoch, rest) = rest.split_first_chunk::<8>()?;
    let (oldest, rest) = rest.split_first_chunk::<8>()?;
    let (hash, rest) = rest.split_first_chunk::<32>()?;
    let (left_child, rest) = child(rest)?;
    let (right_child, rest) = child(rest)?;
    if !rest.is_empty() {
        return None;
    }
    let node = TreeNode {
        label,
        last_epoch: u64::from_be_bytes(*last_epoch),
        min_descendant_epoch: u64::from_be_bytes(*oldest),
        // akd writes it and never reads it.
        parent: NodeLabel::root(),
        node_type,
        left_child,
        right_child,
        hash: AzksValue(*hash),
    };
    // The value before is for readers beside a writer of another process: here an epoch is one transaction.
    Some(TreeNodeWithPreviousValue { label, latest_node: node, previous_node: None })
}

fn child(bytes: &[u8]) -> Option<(Option<NodeLabel>, &[u8])> {
    let (bits, rest) = bytes.split_first_chunk::<2>()?;
    let bits = u16::from_be_bytes(*bits);
    if bits == NO_CHILD {
        return Some((None, rest));
    }
    let (length, rest) = rest.split_first()?;
    let (value, rest) = rest.split_at_checked(usize::from(*length))?;
    let mut label = [0; 32];
    label.get_mut(..value.len())?.copy_from_slice(value);
    Some((Some(NodeLabel::new(label, u32::from(bits))), rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_and_back_and_no_damage_is_read() {
        let label = |first: u8, bits| {
            let mut value = [0; 32];
            value[0] = first;
            NodeLabel::new(value, bits)
        };
        let node = TreeNode {
            label: label(0x80, 2),
            last_epoch: 7,
            min_descendant_epoch: 3,
            parent: NodeLabel::root(),
            node_type: TreeNodeType::Interior,
            left_child: Some(label(0x90, 4)),
            right_child: Some(NodeLabel::new([0xab; 32], 256)),
            hash: AzksValue([9; 32]),
        };
        let leaf =
            TreeNode { node_type: TreeNodeType::Leaf, left_child: None, right_child: None, ..node.clone() };
        for node in [node, leaf] {
            let bytes = write(&node);
            assert_eq!(read(node.label, &bytes).unwrap().latest_node, node);
            for end in 0..bytes.len() {
                assert!(read(node.label, &bytes[..end]).is_none(), "{end}");
            }
        }
    }
}
