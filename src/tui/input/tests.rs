//! The parser against what terminals send, whole and in pieces.

use proptest::prelude::*;

use super::*;

const ALT: KeyModifiers = KeyModifiers::ALT;
const CTRL: KeyModifiers = KeyModifiers::CONTROL;
const SHIFT: KeyModifiers = KeyModifiers::SHIFT;
const NONE: KeyModifiers = KeyModifiers::NONE;

/// A parser with a clock of its own.
struct Rig {
    parser: Parser,
    now: Instant,
}

impl Rig {
    fn new() -> Self {
        Self { parser: Parser::new(escape_pause(false)), now: Instant::now() }
    }

    /// Lets the time pass; what becomes due on the way, happens.
    fn pass(&mut self, time: Duration) -> Vec<Input> {
        let until = self.now + time;
        let mut inputs = Vec::new();
        while let Some(at) = self.parser.deadline().filter(|at| *at <= until) {
            inputs.extend(self.parser.timeout(at));
        }
        self.now = until;
        inputs
    }

    fn feed(&mut self, bytes: &[u8]) -> Vec<Input> {
        self.parser.feed(bytes, self.now)
    }

    /// The pieces one after the other with a gap before each, then silence.
    fn pieces<'a>(pieces: impl IntoIterator<Item = &'a [u8]>, gap: Duration) -> Vec<Input> {
        let mut rig = Self::new();
        let mut inputs = Vec::new();
        for piece in pieces {
            inputs.extend(rig.pass(gap));
            inputs.extend(rig.feed(piece));
        }
        inputs.extend(rig.pass(Duration::from_secs(5)));
        inputs
    }

    fn whole(bytes: &[u8]) -> Vec<Input> {
        Self::pieces([bytes], Duration::ZERO)
    }

    fn byte_by_byte(bytes: &[u8]) -> Vec<Input> {
        Self::pieces(bytes.chunks(1), Duration::from_millis(20))
    }
}

fn key(code: KeyCode, modifiers: KeyModifiers) -> Input {
    Input::Key(KeyEvent::new(code, modifiers))
}

fn char(c: char) -> Input {
    key(KeyCode::Char(c), NONE)
}

fn esc() -> Input {
    key(KeyCode::Esc, NONE)
}

/// Every sequence that is one key, of all the terminals that we know.
fn keys() -> Vec<(Vec<u8>, KeyCode, KeyModifiers)> {
    use KeyCode::{
        BackTab, Backspace, Char, Delete, Down, End, Enter, F, Home, Insert, Left, PageDown, PageUp, Right, Tab, Up,
    };
    let mut keys: Vec<(Vec<u8>, KeyCode, KeyModifiers)> = [
        ("q", Char('q'), NONE),
        ("G", Char('G'), NONE),
        ("é", Char('é'), NONE),
        ("漢", Char('漢'), NONE),
        ("🦀", Char('🦀'), NONE),
        ("\0", Char(' '), CTRL),
        ("\u{1}", Char('a'), CTRL),
        ("\n", Char('j'), CTRL),
        ("\u{1a}", Char('z'), CTRL),
        ("\u{1c}", Char('\\'), CTRL),
        ("\u{1f}", Char('_'), CTRL),
        ("\u{8}", Backspace, NONE),
        ("\u{7f}", Backspace, NONE),
        ("\t", Tab, NONE),
        ("\r", Enter, NONE),
        ("\x1bx", Char('x'), ALT),
        ("\x1bé", Char('é'), ALT),
        ("\x1b\r", Enter, ALT),
        ("\x1b\u{7f}", Backspace, ALT),
        ("\x1b\u{1}", Char('a'), CTRL | ALT),
        // xterm, normal and application mode
        ("\x1b[A", Up, NONE),
        ("\x1bOB", Down, NONE),
        ("\x1b[1;5C", Right, CTRL),
        ("\x1b[1;3D", Left, ALT),
        ("\x1b[1;8A", Up, SHIFT | ALT | CTRL),
        ("\x1bO5C", Right, CTRL),
        ("\x1b[H", Home, NONE),
        ("\x1bOF", End, NONE),
        ("\x1b[1;2F", End, SHIFT),
        ("\x1b[2~", Insert, NONE),
        ("\x1b[3~", Delete, NONE),
        ("\x1b[3;5~", Delete, CTRL),
        ("\x1b[5~", PageUp, NONE),
        ("\x1b[6;3~", PageDown, ALT),
        ("\x1b[Z", BackTab, SHIFT),
        ("\x1bOP", F(1), NONE),
        ("\x1bOS", F(4), NONE),
        ("\x1b[1;2P", F(1), SHIFT),
        ("\x1b[R", F(3), NONE),
        ("\x1b[15~", F(5), NONE),
        ("\x1b[21~", F(10), NONE),
        ("\x1b[24;5~", F(12), CTRL),
        ("\x1bOM", Enter, NONE),
        // Linux console, tmux and screen
        ("\x1b[[A", F(1), NONE),
        ("\x1b[[E", F(5), NONE),
        ("\x1b[1~", Home, NONE),
        ("\x1b[4~", End, NONE),
        ("\x1b[105;5u", Char('i'), CTRL),
        ("\x1b[27;5;9~", Tab, CTRL),
        ("\x1b[9;2u", BackTab, SHIFT),
        // rxvt
        ("\x1b[7~", Home, NONE),
        ("\x1b[8~", End, NONE),
        ("\x1b[11~", F(1), NONE),
        ("\x1b[a", Up, SHIFT),
        ("\x1bOd", Left, CTRL),
        ("\x1b[7$", Home, SHIFT),
        ("\x1b[6^", PageDown, CTRL),
        ("\x1b[3@", Delete, CTRL | SHIFT),
        ("\x1b\x1b[A", Up, ALT),
        ("\x1b\x1b[3~", Delete, ALT),
        ("\x1b\x1bOB", Down, ALT),
    ]
    .into_iter()
    .map(|(bytes, code, modifiers)| (bytes.as_bytes().to_vec(), code, modifiers))
    .collect();
    for letter in b'a'..=b'z' {
        if !matches!(letter, b'h' | b'i' | b'm') {
            keys.push((vec![letter & 0x1f], Char(char::from(letter)), CTRL));
        }
    }
    keys
}

/// What a terminal may answer or report, none of which was typed.
fn replies() -> Vec<&'static [u8]> {
    vec![
        b"\x1b]11;rgb:1e1e/1e1e/2e2e\x1b\\",
        b"\x1b]10;rgb:ffff/ffff/ffff\x07",
        b"\x1b]4;1;rgb:cdcd/0000/0000\x07",
        b"\x1b]52;c;ZGVsZXRl\x1b\\",
        b"\x1b[?62;4;22c",
        b"\x1b[?6c",
        b"\x1b[>41;354;0c",
        b"\x1b[?2026;2$y",
        b"\x1b[4;1$y",
        b"\x1b[24;80R",
        b"\x1b[1;5R",
        b"\x1b[?12;40;1R",
        b"\x1b[0n",
        b"\x1b[?997;1n",
        b"\x1b[?997;2n",
        b"\x1b[?0u",
        b"\x1b[8;40;120t",
        b"\x1b[4;600;800t",
        b"\x1bP>|tmux 3.5a\x1b\\",
        b"\x1bP1$r0m\x1b\\",
        b"\x1bP1+r544e=787465726d\x1b\\",
        b"\x1b_Gi=31;OK\x1b\\",
        b"\x1b[I",
        b"\x1b[O",
        b"\x1b[M !!",
        b"\x1b[MCqx",
        b"\x1b[<0;12;7M",
        b"\x1b[<35;40;12m",
        b"\x1b[35;40;12M",
    ]
}

#[test]
fn every_key_of_every_known_terminal_is_read() {
    for (bytes, code, modifiers) in keys() {
        assert_eq!(Rig::whole(&bytes), [key(code, modifiers)], "{}", bytes.escape_ascii());
    }
}

#[test]
fn ux_17_a_key_that_arrives_byte_by_byte_is_the_same_key() {
    assert_eq!(Rig::byte_by_byte(b"\x1b"), [esc()]);
    assert_eq!(Rig::byte_by_byte(b"\x1b[A"), [key(KeyCode::Up, NONE)]);
    assert_eq!(Rig::byte_by_byte(b"\x1b\x1b[A"), [key(KeyCode::Up, ALT)]);
    for (bytes, code, modifiers) in keys() {
        assert_eq!(Rig::byte_by_byte(&bytes), [key(code, modifiers)], "{}", bytes.escape_ascii());
    }
}

#[test]
fn ux_18_a_reply_is_swallowed_whole_and_byte_by_byte() {
    for reply in replies() {
        assert_eq!(Rig::whole(reply), [], "{}", reply.escape_ascii());
        assert_eq!(Rig::byte_by_byte(reply), [], "{}", reply.escape_ascii());
    }
}

#[test]
fn ux_18_a_reply_split_behind_its_escape_by_a_slow_line_types_nothing_but_esc() {
    for reply in replies().into_iter().filter(|reply| !reply.starts_with(b"\x1b[M") && *reply != b"\x1b[R") {
        let inputs = Rig::pieces([&reply[..1], &reply[1..]], Duration::from_millis(300));
        assert_eq!(inputs, [esc()], "{}", reply.escape_ascii());
    }
    // A hand types one key at a time.
    assert_eq!(Rig::pieces([&b"\x1b"[..], b"[", b"A"], Duration::from_millis(300)), [esc(), char('['), char('A')]);
    assert_eq!(Rig::pieces([&b"\x1b"[..], b"Ok"], Duration::from_millis(300)), [esc(), char('O'), char('k')]);
}

#[test]
fn ux_19_a_lone_esc_acts_25_ms_after_it_came_or_60_over_ssh() {
    for (over_ssh, pause) in [(false, 25), (true, 60)] {
        let mut parser = Parser::new(escape_pause(over_ssh));
        let start = Instant::now();
        assert_eq!(parser.feed(b"\x1b", start), []);
        let due = start + Duration::from_millis(pause);
        assert_eq!(parser.deadline(), Some(due));
        assert_eq!(parser.timeout(due.checked_sub(Duration::from_nanos(1)).unwrap()), []);
        assert_eq!(parser.timeout(due), [esc()]);
        assert_eq!(parser.deadline(), None);
    }
}

#[test]
fn several_escapes_are_several_keys() {
    assert_eq!(Rig::whole(b"\x1b\x1b"), [esc(), esc()]);
    assert_eq!(Rig::whole(b"\x1b\x1b\x1b"), [esc(), esc(), esc()]);
    assert_eq!(Rig::whole(b"\x1b\x1bx"), [esc(), key(KeyCode::Char('x'), ALT)]);
}

#[test]
fn an_esc_key_just_before_a_reply_is_kept_and_the_reply_is_not() {
    for reply in replies() {
        let bytes = [b"\x1b", reply].concat();
        assert_eq!(Rig::whole(&bytes), [esc()], "{}", bytes.escape_ascii());
    }
}

#[test]
fn a_sequence_that_stops_is_dropped_after_a_second_and_never_typed() {
    for begun in [
        "\x1b[",
        "\x1b[1;",
        "\x1bO",
        "\x1b]11;rgb",
        "\x1b]11;rgb\x1b",
        "\x1bP>|x",
        "\x1b_G",
        "\x1b[M!",
        "\x1b[[",
        "\u{e9}",
    ] {
        let begun = if begun == "\u{e9}" { &begun.as_bytes()[..1] } else { begun.as_bytes() };
        let mut rig = Rig::new();
        assert_eq!(rig.feed(begun), []);
        assert_eq!(rig.pass(Duration::from_millis(999)), [], "{}", begun.escape_ascii());
        assert!(rig.parser.deadline().is_some());
        assert_eq!(rig.pass(Duration::from_millis(1)), []);
        assert_eq!(rig.feed(b"q"), [char('q')], "{}", begun.escape_ascii());
    }
}

#[test]
fn a_sequence_that_is_broken_off_by_another_does_not_spoil_it() {
    for begun in ["\x1b[1;", "\x1bO", "\x1b]11;rgb:", "\x1bP>|", "\x1b[M!"] {
        let bytes = [begun.as_bytes(), b"\x1b[A"].concat();
        assert_eq!(Rig::byte_by_byte(&bytes), [key(KeyCode::Up, NONE)], "{}", bytes.escape_ascii());
    }
}

#[test]
fn bytes_that_are_no_text_are_swallowed() {
    assert_eq!(Rig::whole(b"a\xff\x80\xc3(\xe2\x82z\xc2\x9bq"), ['a', '(', 'z', 'q'].map(char));
}

#[test]
fn a_paste_is_one_input_of_text_alone() {
    assert_eq!(
        Rig::whole(b"\x1b[200~one\r\ntwo\rthree\n\tfour\x1b[201~"),
        [Input::Paste("one\ntwo\nthree\n\tfour".into())]
    );
    assert_eq!(Rig::whole(b"\x1b[200~a\x1b[31mb\x00\x07\xc2\x9bc\x7f\x1b[201~"), [Input::Paste("a[31mbc".into())]);
    assert_eq!(Rig::whole("\x1b[200~漢字\x1b[201~".as_bytes()), [Input::Paste("漢字".into())]);
}

#[test]
fn an_empty_paste_and_a_stray_end_marker_are_nothing() {
    assert_eq!(Rig::byte_by_byte(b"\x1b[200~\x1b[201~"), []);
    assert_eq!(Rig::byte_by_byte(b"\x1b[201~"), []);
}

#[test]
fn an_end_marker_inside_a_paste_does_not_turn_the_rest_into_keys() {
    let hostile = b"\x1b[200~harmless\x1b[201~rm -rf\r\x1b[201~";
    let expected = [Input::Paste("harmless[201~rm -rf\n".into())];
    assert_eq!(Rig::whole(hostile), expected);
    assert_eq!(Rig::byte_by_byte(hostile), expected);
}

#[test]
fn keys_typed_right_behind_a_paste_and_a_second_paste_are_their_own() {
    assert_eq!(
        Rig::byte_by_byte(b"\x1b[200~a\x1b[201~\r\x1b[A\x1b[200~b\x1b[201~q"),
        [
            Input::Paste("a".into()),
            key(KeyCode::Enter, NONE),
            key(KeyCode::Up, NONE),
            Input::Paste("b".into()),
            char('q')
        ]
    );
}

#[test]
fn a_paste_is_delivered_at_the_first_pause_behind_its_end() {
    let mut rig = Rig::new();
    assert_eq!(rig.feed(b"\x1b[200~text\x1b[201~"), []);
    assert_eq!(rig.pass(Duration::from_millis(25)), [Input::Paste("text".into())]);
    assert_eq!(rig.parser.deadline(), None);
}

#[test]
fn a_paste_over_the_limit_is_refused_whole() {
    let paste = |len: usize| [b"\x1b[200~", vec![b'x'; len].as_slice(), b"\x1b[201~"].concat();
    assert_eq!(Rig::whole(&paste(PASTE_LIMIT)), [Input::Paste("x".repeat(PASTE_LIMIT))]);
    assert_eq!(Rig::whole(&paste(PASTE_LIMIT + 1)), [Input::PasteTooLong]);
    assert_eq!(Rig::whole(&paste(3 * PASTE_LIMIT)), [Input::PasteTooLong]);
}

#[test]
fn a_paste_that_stalls_is_dropped_and_its_late_rest_is_not_typed() {
    let mut rig = Rig::new();
    rig.feed(b"\x1b[200~first half, ");
    assert_eq!(rig.pass(Duration::from_secs(10)), []);
    assert_eq!(rig.parser.deadline(), None);
    assert_eq!(rig.feed(b"D y second half\x1b[201~"), []);
    assert_eq!(rig.pass(Duration::from_secs(1)), []);
    assert_eq!(rig.feed(b"q"), [char('q')]);
}

#[test]
fn a_paste_that_never_ends_is_given_up_by_esc_or_ctrl_c_or_another_paste() {
    for way_out in [&b"\x1b"[..], b"\x03"] {
        let mut rig = Rig::new();
        rig.feed(b"\x1b[200~never");
        rig.pass(Duration::from_secs(2));
        rig.feed(way_out);
        assert_eq!(rig.pass(Duration::from_secs(1)), []);
        assert_eq!(rig.feed(b"q"), [char('q')]);
    }
    let mut rig = Rig::new();
    rig.feed(b"\x1b[200~never");
    rig.pass(Duration::from_secs(2));
    rig.feed(b"\x1b[200~again\x1b[201~");
    assert_eq!(rig.pass(Duration::from_secs(1)), [Input::Paste("again".into())]);
}

#[test]
fn the_mouse_is_an_input_only_while_it_is_listened_to() {
    let mouse = |act, x, y| Input::Mouse(Mouse { act, x, y });
    let reports: &[(&[u8], Option<Input>)] = &[
        (b"\x1b[<0;12;7M", Some(mouse(MouseAct::Press, 11, 6))),
        (b"\x1b[<16;1;1M", Some(mouse(MouseAct::Press, 0, 0))),
        (b"\x1b[<32;300;200M", Some(mouse(MouseAct::Drag, 299, 199))),
        (b"\x1b[<0;12;7m", Some(mouse(MouseAct::Release, 11, 6))),
        (b"\x1b[<64;3;4M", Some(mouse(MouseAct::WheelUp, 2, 3))),
        (b"\x1b[<65;3;4M", Some(mouse(MouseAct::WheelDown, 2, 3))),
        // The other buttons, a mouse that only moves, and what is no report.
        (b"\x1b[<1;3;4M", None),
        (b"\x1b[<2;3;4M", None),
        (b"\x1b[<35;3;4M", None),
        (b"\x1b[<66;3;4M", None),
        (b"\x1b[<0;0;4M", None),
        (b"\x1b[<0;4M", None),
        (b"\x1b[<0;99999999;4M", None),
        (b"\x1b[<;;M", None),
    ];
    for (report, input) in reports {
        for size in 1..=report.len() {
            let mut rig = Rig::new();
            rig.parser.take_mouse(true);
            let inputs: Vec<Input> = report.chunks(size).flat_map(|piece| rig.feed(piece)).collect();
            assert_eq!(inputs, input.iter().cloned().collect::<Vec<_>>(), "{}", report.escape_ascii());
        }
        assert_eq!(Rig::whole(report), []);
    }
}

/// Keys, replies and pastes, one behind the other.
fn traffic() -> impl Strategy<Value = Vec<Vec<u8>>> {
    let key = prop::sample::select(keys()).prop_map(|(bytes, ..)| bytes);
    let reply = prop::sample::select(replies()).prop_map(<[u8]>::to_vec);
    let paste = "[a-z\r\t漢]{0,12}".prop_map(|text| format!("\x1b[200~{text}\x1b[201~").into_bytes());
    prop::collection::vec(prop_oneof![key, reply, paste], 0..8)
}

/// Cuts the bytes at the given places, each taken modulo the length.
fn cut<'a>(bytes: &'a [u8], places: &[usize]) -> Vec<&'a [u8]> {
    let mut places: Vec<usize> = places.iter().map(|at| at % (bytes.len() + 1)).collect();
    places.push(0);
    places.push(bytes.len());
    places.sort_unstable();
    places.windows(2).map(|pair| &bytes[pair[0]..pair[1]]).filter(|piece| !piece.is_empty()).collect()
}

proptest! {
    #[test]
    fn ux_18_any_split_of_any_traffic_gives_the_same_inputs(
        traffic in traffic(),
        places in prop::collection::vec(any::<usize>(), 0..20),
        gap in 0..=20_u64,
    ) {
        let bytes = traffic.concat();
        prop_assert_eq!(Rig::pieces(cut(&bytes, &places), Duration::from_millis(gap)), Rig::whole(&bytes));
    }

    #[test]
    fn ux_18_no_split_of_a_reply_types_a_key(
        replies in prop::collection::vec(prop::sample::select(replies()), 1..5),
        places in prop::collection::vec(any::<usize>(), 0..20),
    ) {
        let bytes = replies.concat();
        prop_assert_eq!(Rig::pieces(cut(&bytes, &places), Duration::from_millis(20)), vec![]);
    }

    #[test]
    fn no_bytes_at_all_panic_or_leave_the_parser_waiting_for_ever(
        bytes in prop::collection::vec(any::<u8>(), 0..200),
        places in prop::collection::vec(any::<usize>(), 0..20),
    ) {
        let mut rig = Rig::new();
        for piece in cut(&bytes, &places) {
            rig.feed(piece);
        }
        rig.pass(Duration::from_secs(5));
        prop_assert_eq!(rig.parser.deadline(), None);
    }
}

#[test]
fn while_inspecting_every_key_comes_with_its_bytes_and_what_is_no_key_is_told_too() {
    let mut parser = Parser::new(Duration::from_millis(25));
    let now = Instant::now();
    assert_eq!(parser.feed(b"j", now), [Input::Key(KeyEvent::new(KeyCode::Char('j'), NONE))]);
    parser.inspect(true);
    let sent = |code, modifiers, bytes: &[u8]| Input::Sent(Some(KeyEvent::new(code, modifiers)), bytes.to_vec());
    assert_eq!(
        parser.feed("j\x1b[A\u{f6}\x1bx\x1b[?62c\x12".as_bytes(), now),
        [
            sent(KeyCode::Char('j'), NONE, b"j"),
            sent(KeyCode::Up, NONE, b"\x1b[A"),
            sent(KeyCode::Char('\u{f6}'), NONE, "\u{f6}".as_bytes()),
            sent(KeyCode::Char('x'), ALT, b"\x1bx"),
            Input::Sent(None, b"\x1b[?62c".to_vec()),
            sent(KeyCode::Char('r'), CTRL, b"\x12"),
        ]
    );
    assert_eq!(parser.feed(b"\x1b", now), []);
    assert_eq!(parser.timeout(now + Duration::from_secs(1)), [sent(KeyCode::Esc, NONE, b"\x1b")]);
    parser.inspect(false);
    assert_eq!(parser.feed(b"j", now), [Input::Key(KeyEvent::new(KeyCode::Char('j'), NONE))]);
}
