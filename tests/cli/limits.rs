//! What a run may use (R7), as fields of a task.

use super::Home;

#[test]
fn r7_limits_are_fields_of_add_set_show_import_and_undo() {
    let home = Home::new();
    let flags = ["--memory", "1.5G", "--cpu", "90s", "--open-files", "64", "--nice", "-5"];
    home.ok(&[&["add", "a", "--command", "true"][..], &flags].concat());
    let file =
        "[[task]]\nname = \"b\"\ncommand = \"true\"\nmemory = \"1536M\"\ncpu = \"1m30s\"\nopen-files = 64\nnice = -5\n";
    std::fs::write(home.path().join("b.toml"), file).unwrap();
    home.ok(&["import", "b.toml"]);
    for task in ["a", "b"] {
        let shown = home.ok(&["show", task]);
        for line in ["memory      1536M\n", "cpu         1m30s\n", "open-files  64\n", "nice        -5\n"] {
            assert!(shown.contains(line), "{line}{shown}");
        }
        let task = &home.json(&["show", task])[0];
        assert_eq!((&task["memory_bytes"], &task["cpu_s"]), (&1_610_612_736_u64.into(), &90.0.into()));
        assert_eq!((&task["open_files"], &task["nice"]), (&64.into(), &(-5).into()));
    }
    home.ok(&["set", "a", "memory=", "nice=19"]);
    let task = &home.json(&["show", "a"])[0];
    assert_eq!((&task["memory_bytes"], &task["nice"]), (&().into(), &19.into()));
    assert!(home.ok(&["undo"]).contains("memory, nice"));
    assert_eq!(home.json(&["show", "a"])[0]["nice"], -5);
    home.refuses(&["set", "a", "memory=512"], 4, &["memory: `512` has no unit", "512M"]);
    home.refuses(&["set", "a", "nice=20"], 4, &["nice: `20` is not a number from -20 to 19"]);
    home.refuses(&["add", "c", "--todo", "--memory", "1G"], 4, &["memory: only a command or a script has one"]);
}
