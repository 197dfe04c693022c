//! Which machine this is: what the jitter of its schedules is made from (T9).

use std::sync::LazyLock;

static ID: LazyLock<String> = LazyLock::new(|| {
    let id = std::fs::read_to_string("/etc/machine-id").unwrap_or_default();
    match id.trim() {
        "" => rustix::system::uname().nodename().to_string_lossy().into_owned(),
        id => id.to_owned(),
    }
});

/// `/etc/machine-id`; on a machine without one, the name of the host.
pub fn machine_id() -> &'static str {
    &ID
}
