//! What is said about output that was printed and not kept (O2), the same words everywhere.

use super::quantity::{format_bytes, format_size};

/// In the place of what is missing: `1.2 GiB, 12,345,678 lines were not kept (cap 256M)`. Without a cap it was the disk.
pub fn not_kept(bytes: u64, lines: u64, cap: Option<u64>) -> String {
    let cause = cap.map_or_else(|| "the disk had no room".to_owned(), |cap| format!("cap {}", format_size(cap)));
    format!("{}, {} were not kept ({cause})", format_bytes(bytes), counted(lines))
}

/// At the end of a run, about its cap: `1.2 GiB (12,345,678 lines) between byte 134217728 and byte 1422695137 were dropped (cap
/// 256M)`.
pub fn dropped(bytes: u64, lines: u64, between: (u64, u64), cap: u64) -> String {
    let (from, to) = between;
    let (size, lines, cap) = (format_bytes(bytes), counted(lines), format_size(cap));
    format!("{size} ({lines}) of output between byte {from} and byte {to} were dropped (cap {cap})")
}

/// At the end of a run, about its disk: `17 KiB (120 lines) of output from byte 4096 on could not be kept: the disk had no room`.
pub fn refused(bytes: u64, lines: u64, from: u64) -> String {
    let (size, lines) = (format_bytes(bytes), counted(lines));
    format!("{size} ({lines}) of output from byte {from} on could not be kept: the disk had no room")
}

fn counted(lines: u64) -> String {
    match lines {
        0 => "no line end".to_owned(),
        1 => "1 line".to_owned(),
        _ => format!("{} lines", grouped(lines)),
    }
}

/// A number in groups of three: `12,345,678`.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn o2_what_is_missing_is_said_in_one_line() {
        assert_eq!(
            not_kept(1_288_490_189, 12_345_678, Some(256 << 20)),
            "1.2 GiB, 12,345,678 lines were not kept (cap 256M)"
        );
        assert_eq!(not_kept(12, 1, None), "12 bytes, 1 line were not kept (the disk had no room)");
        assert_eq!([0, 999, 1000, 123_456].map(grouped), ["0", "999", "1,000", "123,456"]);
    }
}
