//! systemd's timers (systemd.timer(5)) with their services (systemd.service(5)) as tasks.

pub mod calendar;
pub mod exec;
pub mod span;
pub mod specifier;
pub mod unit;

/// Whose manager a unit belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// The machine's: jobs run as root unless the unit says another user.
    System,
    /// A user's own.
    User,
}
