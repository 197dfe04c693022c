//! The extended attributes of a file, and so its access lists.

use std::ffi::CStr;
use std::fs::File;

use rustix::fs::{XattrFlags, fgetxattr, flistxattr, fsetxattr};

/// Neither a value nor the list of all names is larger (`XATTR_SIZE_MAX`, `XATTR_LIST_MAX` of Linux), in bytes.
const LARGEST: usize = 64 << 10;

/// What the kernel knows of the old content, and would be wrong of another one.
const OF_THE_CONTENT: [&[u8]; 3] = [b"security.capability", b"security.evm", b"security.ima"];

/// Gives a file those of another one, as far as its file system and the rights of this user go: that it is saved matters more.
pub(super) fn copy(from: &File, to: &File) {
    let (mut names, mut value) = (vec![0; LARGEST], vec![0; LARGEST]);
    let listed = flistxattr(from, &mut names[..]).unwrap_or(0);
    let names = names[..listed].split_inclusive(|byte| *byte == 0);
    for name in names.filter_map(|name| CStr::from_bytes_with_nul(name).ok()) {
        if OF_THE_CONTENT.contains(&name.to_bytes()) {
            continue;
        }
        let read = fgetxattr(from, name, &mut value[..]);
        if let Err(e) = read.and_then(|read| fsetxattr(to, name, &value[..read], XattrFlags::empty())) {
            tracing::debug!(error = %e, name = %name.to_string_lossy(), "an attribute of a file is not kept");
        }
    }
}
