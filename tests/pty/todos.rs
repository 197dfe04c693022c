//! To-dos on the real binary: typed in one line, begun, noted, completed, and all of it taken back.

use crate::dashboard::Home;

/// One field of a task, as the command line knows it.
fn field(home: &Home, slug: &str, key: &str) -> String {
    let shown: serde_json::Value = serde_json::from_str(&home.tempo(&["show", slug, "--json"])).unwrap();
    shown[key].as_str().unwrap_or_default().to_owned()
}

#[test]
fn ux_52_a_to_do_is_typed_in_a_line_begun_noted_completed_and_opened_again_by_u() {
    let home = Home::new();
    let mut session = home.dashboard((120, 40));
    session.wait_for_text("No tasks yet.");
    session.send("n");
    session.wait_for_text("to do: ");
    session.send("Pay rent due:tomorrow prio:2 +home category:money @ana");
    session.wait_for_text("priority 2, money, +home, @ana");
    session.send("\r");
    session.wait_for_text("added pay-rent (u undoes)");
    session.wait_for_text("□ pay-rent");
    session.wait_for_text("[Details]");
    session.send("b");
    session.wait_for_text("◧ pay-rent");
    session.send("#");
    session.wait_for_text("note for pay-rent:");
    session.send("asked the bank\r");
    session.wait_for_text("noted pay-rent");
    session.wait_for_text("asked the bank");
    session.send("d");
    session.wait_for_text("✓ pay-rent");
    session.wait_for_text("completed pay-rent (u undoes)");
    assert_eq!(field(&home, "pay-rent", "status"), "completed");
    session.send("u");
    session.wait_for_text("◧ pay-rent");
    session.send("u");
    session.wait_for("no note", |screen| !screen.contents().contains("asked the bank"));
    session.send("u");
    session.wait_for_text("□ pay-rent");
    assert_eq!(field(&home, "pay-rent", "status"), "open");
    // The agenda has it, and Enter leads to it.
    session.send("22");
    session.wait_for_text("Week");
    session.send("\r");
    session.wait_for_text("▌□ pay-rent");
    session.send("q");
    let _ = session.finish();
}
