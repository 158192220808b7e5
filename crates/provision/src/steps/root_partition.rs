//! The root partition grown over the whole card. It cannot be taken back.

use super::{Context, Step, StepError, Wanted, run};
use crate::journal::Undo;

/// Grows partition and file system.
pub struct RootPartition;

/// Sectors of 512 bytes behind the partition that are not worth the trouble; a GPT keeps some of them for itself.
const NOT_WORTH_IT: u64 = 65_536;

/// The partition that `/` is on.
#[derive(Debug, PartialEq, Eq)]
struct Partition {
    disk: String,
    name: String,
    number: u32,
    /// Sectors behind it that belong to nobody.
    free: u64,
    ext4: bool,
}

impl Partition {
    /// Finds it by the kernel's own tables; `None` where `/` is on no partition, such as in a container.
    fn of_root(context: &Context<'_>) -> Result<Option<Self>, StepError> {
        const MOUNTS: &str = "/proc/self/mountinfo";
        let text = context.machine.text(MOUNTS).map_err(StepError::file(MOUNTS))?.unwrap_or_default();
        let mount = text.lines().rev().find_map(|line| {
            let (fields, rest) = line.split_once(" - ")?;
            let mut fields = fields.split(' ').skip(2);
            let (device, _, point) = (fields.next()?, fields.next()?, fields.next()?);
            (point == "/").then(|| (device.to_owned(), rest.split(' ').next() == Some("ext4")))
        });
        let Some((device, ext4)) = mount else { return Ok(None) };
        let link = format!("/sys/dev/block/{device}");
        let target = context.machine.link(&link).map_err(StepError::file(&link))?;
        let Some(mut names) = target.as_deref().map(|target| target.rsplit('/')) else { return Ok(None) };
        let (Some(name), Some(disk)) = (names.next(), names.next()) else { return Ok(None) };
        let number = |path: &str| -> Result<Option<u64>, StepError> {
            let text = context.machine.text(path).map_err(StepError::file(path))?;
            Ok(text.and_then(|text| text.trim().parse().ok()))
        };
        let of = |name: &str, what: &str| number(&format!("/sys/class/block/{name}/{what}"));
        let (Some(partition), Some(begin), Some(length), Some(whole)) =
            (of(name, "partition")?, of(name, "start")?, of(name, "size")?, of(disk, "size")?)
        else {
            return Ok(None);
        };
        let end = begin + length;
        let disk_folder = format!("/sys/class/block/{disk}");
        let mut limit = whole;
        for other in context.machine.list(&disk_folder).map_err(StepError::file(&disk_folder))? {
            if let (Some(_), Some(start)) = (of(&other, "partition")?, of(&other, "start")?)
                && start >= end
            {
                limit = limit.min(start);
            }
        }
        Ok(Some(Self {
            disk: disk.to_owned(),
            name: name.to_owned(),
            number: partition as u32,
            free: limit.saturating_sub(end),
            ext4,
        }))
    }
}

impl Step for RootPartition {
    fn name(&self) -> &'static str {
        "root"
    }

    fn title(&self) -> &'static str {
        "Using the whole card"
    }

    fn wanted(&self, context: &Context<'_>) -> Result<Option<Wanted>, StepError> {
        Ok(Partition::of_root(context)?.map(|partition| Wanted::plain(format!("all of {}", partition.disk))))
    }

    fn undo(&self, _context: &Context<'_>) -> Result<Vec<Undo>, StepError> {
        Ok(Vec::new())
    }

    fn apply(&self, context: &Context<'_>) -> Result<String, StepError> {
        let Some(partition) = Partition::of_root(context)? else { return Ok("nothing to do".to_owned()) };
        let (disk, device) = (format!("/dev/{}", partition.disk), format!("/dev/{}", partition.name));
        let number = partition.number.to_string();
        let grows = partition.free >= NOT_WORTH_IT;
        if grows {
            // One sector with the table is written; the kernel is told separately, as the partition is in use.
            run(
                context.machine,
                "sfdisk",
                &["--no-reread", "--no-tell-kernel", "--force", "-N", &number, &disk],
                ",+\n",
            )?;
            run(context.machine, "partx", &["--update", "--nr", &number, &disk], "")?;
        }
        // Also when the partition has its size: a power cut may have come between the two.
        if partition.ext4 {
            run(context.machine, "resize2fs", &[&device], "")?;
        }
        Ok(match (grows, partition.ext4) {
            (true, true) => format!("{device} grown by {} MiB", partition.free / 2048),
            (true, false) => format!("{device} grown; its file system is not ext4 and keeps its size"),
            (false, _) => format!("{device} has its size"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::board::Board;
    use crate::machine::{Access, Machine, RealMachine};
    use crate::settings::Settings;

    /// A card of 4 GiB with a FAT partition and a root partition of 1 GiB.
    pub(crate) fn card(machine: &RealMachine) {
        let put = |path: &str, text: &str| machine.write(path, text.as_bytes(), Access::PUBLIC).unwrap();
        put(
            "/proc/self/mountinfo",
            "1 0 179:2 / / rw,noatime shared:1 - ext4 /dev/mmcblk0p2 rw\n25 1 179:1 / /boot rw - vfat /dev/mmcblk0p1 rw\n",
        );
        machine
            .symlink("../../devices/platform/mmc_host/mmc0/block/mmcblk0/mmcblk0p2", "/sys/dev/block/179:2")
            .unwrap();
        put("/sys/class/block/mmcblk0/size", "8388608\n");
        for (name, number, start, size) in
            [("mmcblk0p1", "1", "2048", "262144"), ("mmcblk0p2", "2", "264192", "2097152")]
        {
            put(&format!("/sys/class/block/mmcblk0/{name}/partition"), number);
            for (file, text) in [("partition", number), ("start", start), ("size", size)] {
                put(&format!("/sys/class/block/{name}/{file}"), text);
            }
        }
    }

    #[test]
    fn the_partition_and_the_room_behind_it_are_found() {
        let folder = tempfile::tempdir().unwrap();
        let machine = RealMachine::new(folder.path());
        let settings = Settings::default();
        let context = Context {
            machine: &machine,
            settings: &settings,
            board: Board::Other,
            user: "pistomp",
            wireless: None,
        };
        assert_eq!(Partition::of_root(&context).unwrap(), None);
        card(&machine);
        let expected = Partition {
            disk: "mmcblk0".into(),
            name: "mmcblk0p2".into(),
            number: 2,
            free: 6_027_264,
            ext4: true,
        };
        assert_eq!(Partition::of_root(&context).unwrap(), Some(expected));
        // A partition behind it limits it.
        machine.write("/sys/class/block/mmcblk0/mmcblk0p3/partition", b"3", Access::PUBLIC).unwrap();
        machine.write("/sys/class/block/mmcblk0p3/partition", b"3", Access::PUBLIC).unwrap();
        machine.write("/sys/class/block/mmcblk0p3/start", b"2361344", Access::PUBLIC).unwrap();
        assert_eq!(Partition::of_root(&context).unwrap().unwrap().free, 0);
    }
}
