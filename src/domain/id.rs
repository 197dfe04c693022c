//! Row identities, one type per noun so that they cannot be mixed up.

use serde::{Deserialize, Serialize};

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub i64);

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

id!(
    /// Identity of a [`Task`](super::task::Task).
    TaskId
);
id!(
    /// Identity of a [`Schedule`](super::schedule::Schedule).
    ScheduleId
);
id!(
    /// Identity of a [`Version`](super::version::Version); ascending in order of their notes.
    VersionId
);
id!(
    /// Identity of a [`Run`](super::run::Run); ascending in order of creation, and the name of its run folder.
    RunId
);
