//! Looks whether the conditions of a run hold on this machine (R10), as the kernel tells it.

use std::fs;
use std::io;
use std::path::Path;

use crate::domain::condition::{Condition, Unmet};

/// The first condition that does not hold; those that are commands are not looked at. `root` is `/`. Reads a few small files, and
/// may wait for the hardware: not for a thread that must not.
pub(super) fn unmet(conditions: &[Condition], root: &Path) -> Option<Unmet> {
    conditions.iter().find_map(|condition| {
        let found = match condition {
            Condition::Load(below) => load(root, *below),
            Condition::Ac => Ok((!on_ac(root)).then(String::new)),
            Condition::Network => Ok((!has_default_route(root)).then(String::new)),
            Condition::Command(_) => Ok(None),
        };
        let found = found.unwrap_or_else(|e| Some(format!("not known: {e}")))?;
        Some(Unmet { condition: condition.clone(), found })
    })
}

/// The load average of the last minute, when it is not below so many hundredths.
fn load(root: &Path, below: u32) -> io::Result<Option<String>> {
    let text = fs::read_to_string(root.join("proc/loadavg"))?;
    let load = text.split(' ').next().and_then(|first| first.parse::<f64>().ok());
    let load = load.ok_or_else(|| io::Error::from(io::ErrorKind::InvalidData))?;
    Ok((load * 100.0 >= f64::from(below)).then(|| load.to_string()))
}

/// Whether mains power is there; a machine without a battery has no other.
fn on_ac(root: &Path) -> bool {
    let Ok(supplies) = fs::read_dir(root.join("sys/class/power_supply")) else { return true };
    let mut battery = false;
    for supply in supplies.flatten() {
        let read = |name: &str| fs::read_to_string(supply.path().join(name)).unwrap_or_default();
        match read("type").trim() {
            "Mains" | "USB" if read("online").trim() != "0" => return true,
            // The battery of a mouse does not drive the machine.
            "Battery" if read("scope").trim() != "Device" => battery = true,
            _ => {}
        }
    }
    !battery
}

/// Whether packets have a way out, by IPv4 or IPv6 (route(8), proc(5)).
fn has_default_route(root: &Path) -> bool {
    const UP: u32 = 1;
    const REJECT: u32 = 0x200;
    let lines = |name: &str| fs::read_to_string(root.join(name)).unwrap_or_default();
    let usable = |flags: Option<&str>| {
        flags.and_then(|flags| u32::from_str_radix(flags, 16).ok()).is_some_and(|f| f & UP != 0 && f & REJECT == 0)
    };
    // Iface Destination Gateway Flags ... Mask
    let v4 = lines("proc/net/route").lines().skip(1).any(|line| {
        let columns: Vec<&str> = line.split_whitespace().collect();
        columns.get(1) == Some(&"00000000") && columns.get(7) == Some(&"00000000") && usable(columns.get(3).copied())
    });
    // Destination and its prefix, source and its prefix, next hop, metric, references, use, flags, device
    v4 || lines("proc/net/ipv6_route").lines().any(|line| {
        let columns: Vec<&str> = line.split_whitespace().collect();
        columns.first().is_some_and(|to| to.bytes().all(|b| b == b'0'))
            && columns.get(1) == Some(&"00")
            && columns.get(9).is_some_and(|device| *device != "lo")
            && usable(columns.get(8).copied())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::condition::parse;

    /// A machine whose kernel tells this: path and content.
    fn machine(files: &[(&str, &str)]) -> tempfile::TempDir {
        let root = tempfile::tempdir().unwrap();
        for (path, content) in files {
            let path = root.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, content).unwrap();
        }
        root
    }

    fn said(text: &str, root: &Path) -> Option<String> {
        unmet(&parse(text).unwrap(), root).map(|unmet| unmet.waits())
    }

    #[test]
    fn r10_the_load_is_that_of_the_last_minute() {
        let root = machine(&[("proc/loadavg", "7.20 1.10 0.90 2/345 6789\n")]);
        assert_eq!(said("load<4", root.path()).as_deref(), Some("waits until load < 4 (is 7.2)"));
        assert_eq!(said("load<7.21", root.path()), None);
        assert!(said("load<7.2", root.path()).is_some(), "below is below");
        assert!(said("load<4", Path::new("/nowhere")).unwrap().contains("not known"));
        assert_eq!(said("load<10000", Path::new("/")), None, "this machine tells it, too");
    }

    #[test]
    fn r10_on_ac_is_a_machine_with_mains_or_without_a_battery_of_its_own() {
        let supply = "sys/class/power_supply";
        let laptop = |online: &str| {
            machine(&[
                (&format!("{supply}/AC/type"), "Mains\n"),
                (&format!("{supply}/AC/online"), online),
                (&format!("{supply}/BAT0/type"), "Battery\n"),
            ])
        };
        assert_eq!(said("ac", laptop("1\n").path()), None);
        assert!(said("ac", laptop("0\n").path()).is_some());
        let mouse = machine(&[(&format!("{supply}/m/type"), "Battery\n"), (&format!("{supply}/m/scope"), "Device\n")]);
        assert_eq!(said("ac", mouse.path()), None);
        assert_eq!(said("ac", machine(&[]).path()), None);
    }

    #[test]
    fn r10_the_network_is_there_when_a_default_route_is_up() {
        let head = "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n";
        let v4 = |line: &str| machine(&[("proc/net/route", &format!("{head}{line}\n"))]);
        assert_eq!(said("network", v4("eth0\t00000000\t0101A8C0\t0003\t0\t0\t100\t00000000\t0\t0\t0").path()), None);
        assert!(said("network", v4("eth0\t0001A8C0\t00000000\t0001\t0\t0\t100\t00FFFFFF\t0\t0\t0").path()).is_some());
        assert!(said("network", v4("").path()).is_some());
        let zeros = "0".repeat(32);
        let v6 = |flags: &str, device: &str| {
            let line =
                format!("{zeros} 00 {zeros} 00 fe80000000000000021122fffe334455 00000400 1 0 {flags} {device}\n");
            machine(&[("proc/net/ipv6_route", &line)])
        };
        assert_eq!(said("network", v6("00000003", "eth0").path()), None);
        assert!(said("network", v6("00200200", "lo").path()).is_some());
        assert!(said("network", v6("00200200", "eth0").path()).is_some(), "unreachable");
    }
}
