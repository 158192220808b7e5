//! For whom limits and groups are judged.

use crate::change::Machine;

/// A user of the machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// Name.
    pub name: String,
    /// Number.
    pub uid: u32,
    /// Home folder.
    pub home: String,
    /// Names of the groups, the first one included.
    pub groups: Vec<String>,
    /// Names that /etc/group lists more than once for this user's groups.
    pub doubled: Vec<String>,
    /// Whether this program runs as this user, so that its own limits are the user's.
    pub is_caller: bool,
}

impl User {
    /// The user with this name, by the machine's own files.
    pub fn find(machine: &dyn Machine, name: &str) -> Option<Self> {
        Self::search(machine, |line| line[0] == name)
    }

    /// The user with this number.
    pub fn with_number(machine: &dyn Machine, uid: u32) -> Option<Self> {
        Self::search(machine, |line| line[2].parse() == Ok(uid))
    }

    /// The first account that belongs to a person.
    pub fn first_person(machine: &dyn Machine) -> Option<Self> {
        Self::search(machine, |line| line[2].parse().is_ok_and(|uid: u32| (1000..60_000).contains(&uid)))
    }

    fn search(machine: &dyn Machine, wanted: impl Fn(&[&str]) -> bool) -> Option<Self> {
        let passwd = String::from_utf8_lossy(&machine.bytes("/etc/passwd").ok()?).into_owned();
        let lines = passwd.lines().map(|line| line.split(':').collect::<Vec<_>>());
        let line = lines.into_iter().find(|line| line.len() >= 6 && wanted(line))?;
        let (name, first) = (line[0].to_owned(), line[3]);
        let text = machine.bytes("/etc/group").unwrap_or_default();
        let text = String::from_utf8_lossy(&text).into_owned();
        let mut groups: Vec<String> = Vec::new();
        let mut doubled = Vec::new();
        let entries = text.lines().map(|line| line.split(':').collect::<Vec<_>>());
        for group in entries.filter(|group| group.len() >= 4) {
            if group[2] == first || group[3].split(',').any(|member| member == name) {
                let known = groups.iter().any(|g| g == group[0]);
                if known { &mut doubled } else { &mut groups }.push(group[0].to_owned());
            }
        }
        let uid = line[2].parse().ok()?;
        Some(Self { name, uid, home: line[5].to_owned(), groups, doubled, is_caller: false })
    }

    /// Whether the user belongs to a group.
    pub fn in_group(&self, group: &str) -> bool {
        self.groups.iter().any(|g| g == group)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::change::simulated::Simulated;

    #[test]
    fn groups_come_from_both_files_and_doubles_are_told() {
        let machine = Simulated::default()
            .file("/etc/passwd", "root:x:0:0:root:/root:/bin/sh\nann:x:1000:100::/home/ann:/bin/sh\n")
            .file("/etc/group", "users:x:100:\naudio:x:29:bob,ann\naudio:x:29:ann\nvideo:x:44:bob\n");
        let ann = User::find(&machine, "ann").unwrap();
        assert_eq!((ann.uid, ann.groups.as_slice()), (1000, ["users".to_owned(), "audio".into()].as_slice()));
        assert_eq!(ann.doubled, ["audio"]);
        assert_eq!(User::first_person(&machine), Some(ann));
        assert_eq!(User::find(&machine, "eve"), None);
    }
}
