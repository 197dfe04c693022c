//! The templates as this machine has them.

use super::super::model::templates::Entry;
use super::super::msg::Answer;
use super::World;
use crate::config::templates;
use crate::foreign::machine;

/// Reads them, and looks for their programs.
pub(super) fn read(world: &World) -> Answer {
    let (all, problems) = templates::all(&world.paths.templates());
    let entry = |template: templates::Template| {
        let lacks = template.needs.iter().filter(|program| !machine::is_program(program)).cloned().collect();
        Entry { template, lacks }
    };
    Answer::Templates(
        all.into_iter().map(entry).collect(),
        problems.iter().map(|problem| format!("template {problem}")).collect(),
    )
}
