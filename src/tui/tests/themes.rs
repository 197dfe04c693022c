//! The theme picker: the screen follows the cursor, Enter keeps, Esc goes back.

use std::path::Path;

use super::stage::{Stage, UNICODE};
use crate::config::themes::BUILT_IN;
use crate::tui::effect::{Effect, ThemeWish};
use crate::tui::keymap::Keymap;
use crate::tui::model::layer::Layer;
use crate::tui::model::themes::Choice;
use crate::tui::model::toast::Level;
use crate::tui::msg::{InForce, Msg};
use crate::tui::theme::{Depth, Theme};

fn choices() -> Vec<Choice> {
    let read = |name| Theme::read(Path::new(""), name, Depth::True).unwrap().0;
    BUILT_IN.iter().map(|(name, _)| Choice { name: (*name).to_owned(), theme: read(name) }).collect()
}

fn picking(size: (u16, u16)) -> Stage {
    let mut stage = Stage::full(size);
    let listed = stage.effects("C");
    assert!(matches!(listed[..], [Effect::Theme(ThemeWish::List)]), "{listed:?}");
    stage.send(Msg::Themes { choices: choices(), current: "ansi".to_owned(), theme: Theme::Ansi });
    stage
}

fn shown(effects: &[Effect]) -> Option<Theme> {
    match effects {
        [Effect::Show(theme)] => Some(*theme),
        _ => None,
    }
}

#[test]
fn the_picker_shows_each_theme_as_the_cursor_comes_to_it() {
    let mut stage = picking((120, 40));
    let all = choices();
    assert_eq!(shown(&stage.effects("j")), Some(all[1].theme));
    assert_eq!(shown(&stage.effects("Down")), Some(all[2].theme));
    assert_eq!(shown(&stage.effects("k")), Some(all[1].theme));
    assert_eq!(shown(&stage.effects("G")), Some(all[7].theme));
    assert_eq!(shown(&stage.effects("j")), Some(all[7].theme));
    assert_eq!(shown(&stage.effects("g")), Some(all[0].theme));
}

#[test]
fn esc_goes_back_to_what_was_and_enter_keeps_what_is_under_the_cursor() {
    let mut stage = picking((120, 40));
    stage.press("j j");
    assert_eq!(shown(&stage.effects("Esc")), Some(Theme::Ansi));
    assert!(stage.model.layers.is_empty());
    let mut stage = picking((120, 40));
    stage.press("j j");
    let kept = stage.effects("Enter");
    assert!(matches!(&kept[..], [Effect::Theme(ThemeWish::Keep(name))] if name == "light"), "{kept:?}");
    assert!(stage.model.layers.is_empty());
}

#[test]
fn esc_goes_back_to_what_is_in_force_by_now_when_the_settings_changed_meanwhile() {
    let mut stage = picking((120, 40));
    let (settings, mut look) = (crate::config::Settings::default(), UNICODE);
    look.theme = choices()[3].theme;
    stage.send(Msg::InForce(Box::new(InForce {
        settings,
        keymap: Keymap::default(),
        look,
        told: vec![(Level::Ok, "changed".to_owned())],
    })));
    assert!(matches!(stage.model.layers.last(), Some(Layer::Themes(_))));
    assert_eq!(shown(&stage.effects("Esc")), Some(choices()[3].theme));
}

#[test]
fn ux_2_reduced_motion_is_taken_up_at_once() {
    let mut stage = Stage::full((120, 40));
    assert!(!stage.model.reduced_motion);
    let settings = crate::config::Settings { reduced_motion: true, ..Default::default() };
    stage.send(Msg::InForce(Box::new(InForce {
        settings,
        keymap: Keymap::default(),
        look: UNICODE,
        told: Vec::new(),
    })));
    assert!(stage.model.reduced_motion);
}

#[test]
fn the_picker_leaves_what_it_changes_in_sight() {
    for size in [(120, 40), (80, 24), (60, 20), (40, 12)] {
        let mut stage = picking(size);
        stage.press("j j j");
        insta::assert_snapshot!(format!("picker-{}x{}", size.0, size.1), stage.text(UNICODE));
    }
}
