//! What a run was given that its task does not have: arguments and variables of its own, as they may be shown.

use std::collections::BTreeMap;
use std::path::Path;

use super::{Db, Result, runs, tasks};
use crate::domain::RunId;
use crate::domain::argument::quoted;
use crate::output::{Masks, MasksOf};

/// Shown in place of a secret.
const MASK: &str = "***";

/// Arguments and variables of one run; secrets in them are masked (R9).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Given {
    /// Arguments behind those of the task.
    pub args: Vec<String>,
    /// Variables that go before those of the task.
    pub env: BTreeMap<String, String>,
}

impl Given {
    /// Of this run, whose `folder` knows what is masked. A variable that stands in for a secret of the task is masked whole.
    pub fn of_run(db: &Db, run: RunId, folder: &Path) -> Result<Self> {
        let (args, env) = (runs::args(db, run)?, runs::env(db, run)?);
        if args.is_empty() && env.is_empty() {
            return Ok(Self::default());
        }
        let secrets = tasks::get(db, runs::get(db, run)?.task)?.definition.execution.secrets;
        let mut masks = MasksOf::new(folder);
        // When it is not known what is masked, everything is.
        let masks = masks.current().ok();
        let shown = |text: String| masks.map_or_else(|| MASK.to_owned(), |masks| masked(masks, &text));
        let of_env = |(name, value): (String, String)| {
            let is_secret = secrets.iter().any(|secret| secret.name == name);
            let value = if is_secret { MASK.to_owned() } else { shown(value) };
            (name, value)
        };
        Ok(Self { args: args.into_iter().map(shown).collect(), env: env.into_iter().map(of_env).collect() })
    }

    /// The arguments as a shell would take them; `None` without any.
    pub fn arguments(&self) -> Option<String> {
        (!self.args.is_empty()).then(|| self.args.iter().map(|arg| word(arg)).collect::<Vec<_>>().join(" "))
    }

    /// Each variable as a shell would take it.
    pub fn variables(&self) -> impl Iterator<Item = String> + '_ {
        self.env.iter().map(|(name, value)| format!("{name}={}", word(value)))
    }
}

fn word(text: &str) -> String {
    if text == MASK { text.to_owned() } else { quoted(text) }
}

fn masked(masks: &Masks, text: &str) -> String {
    String::from_utf8_lossy(&masks.apply(text.as_bytes())).into_owned()
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::domain::run::Trigger;
    use crate::domain::secret;
    use crate::domain::task::{Definition, Work};
    use crate::output::masks;
    use crate::store::Store;

    #[test]
    fn r9_what_a_run_was_given_is_shown_and_secrets_in_it_are_not() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("tempo.db")).unwrap();
        let mut definition = Definition::new("job", Work::Command("true".to_owned()));
        definition.execution.secrets = secret::parse("TOKEN=env:TOKEN").unwrap();
        let run = store
            .write(move |db| {
                let task = tasks::add(db, &definition, Timestamp::UNIX_EPOCH)?.id;
                let args = ["--full".to_owned(), "a b hunter22".to_owned()];
                let run = runs::queue(db, task, Trigger::Manual, None, &args, Timestamp::UNIX_EPOCH)?;
                let env = [("LC", "de"), ("TOKEN", "abc"), ("URL", "x?hunter22")];
                runs::set_env(db, run, &env.map(|(name, value)| (name.to_owned(), value.to_owned())).into())?;
                Ok(run)
            })
            .unwrap();
        let db = store.reader().unwrap();
        masks::add(folder.path(), [b"hunter22".as_slice()].into_iter()).unwrap();
        let given = Given::of_run(&db, run, folder.path()).unwrap();
        assert_eq!(given.arguments().as_deref(), Some("--full 'a b ***'"));
        assert_eq!(given.variables().collect::<Vec<_>>(), ["LC=de", "TOKEN=***", "URL='x?***'"]);
        std::fs::write(folder.path().join("masks.json"), "no masks").unwrap();
        let given = Given::of_run(&db, run, folder.path()).unwrap();
        assert_eq!(given.arguments().as_deref(), Some("*** ***"), "it is not known what is masked");
    }
}
