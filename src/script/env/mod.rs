//! The environments of Python scripts: what each needs, which interpreter makes it, where it lies, and whether it is complete.
//!
//! Nothing here knows the store or waits for anybody: the engine builds environments as runs of their own, by the command of a
//! [`Plan`], and a folder with a marker in it is the proof that one was built.

mod fit;
mod folder;
mod header;
mod interpreter;
mod lock;
mod requirements;
mod words;

pub use fit::{Asked, Builder, Fit, Need, Plan, Workshop, check};
pub use folder::{InUse, Marker, Package, Ready, of_script, read, remove, tidy};
pub use header::{Header, WrongHeader, header};
pub use interpreter::{Found, Interpreter, Places, Registry};
pub use lock::text as lock_text;
pub use requirements::{Requirements, WrongRequirements};
pub use words::last_words;
