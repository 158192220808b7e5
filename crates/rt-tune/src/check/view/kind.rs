//! What kind of machine it is: its processor, its board, and whether it is one at all.

use super::View;
use crate::check::look::Seen;

impl View<'_> {
    /// /proc/cpuinfo.
    pub(in crate::check) fn cpuinfo(&self) -> Seen<String> {
        self.cpuinfo.get_or_init(|| self.text("/proc/cpuinfo")).clone()
    }

    /// The first value of a key in /proc/cpuinfo.
    pub(in crate::check) fn cpuinfo_value(&self, key: &str) -> Option<String> {
        let text = self.cpuinfo().there()?;
        text.lines().find_map(|line| {
            let (k, value) = line.split_once(':')?;
            (k.trim() == key).then(|| value.trim().to_owned())
        })
    }

    /// Whether this is an x86 processor; `None` when nothing tells.
    pub(in crate::check) fn is_x86(&self) -> Option<bool> {
        let text = self.cpuinfo().there()?;
        let has =
            |key: &str| text.lines().any(|line| line.split(':').next().is_some_and(|k| k.trim() == key));
        if has("vendor_id") {
            Some(true)
        } else if has("CPU implementer") || has("isa") {
            Some(false)
        } else {
            None
        }
    }

    /// What a board calls itself.
    pub(in crate::check) fn board(&self) -> Option<String> {
        self.text("/proc/device-tree/model").there().filter(|model| !model.is_empty())
    }

    /// The hypervisor below, or `None` on real hardware; hidden when nothing tells.
    pub(in crate::check) fn hypervisor(&self) -> Seen<Option<String>> {
        let vendor = self.text("/sys/class/dmi/id/sys_vendor").there();
        let product = self.text("/sys/class/dmi/id/product_name").there();
        let known = ["QEMU", "VMware", "innotek", "VirtualBox", "Xen", "Bochs", "Parallels", "Amazon EC2"];
        let by_name = vendor.iter().chain(&product).find(|name| known.iter().any(|k| name.contains(k)));
        if let Some(name) = by_name {
            return Seen::There(Some(name.clone()));
        }
        if let Some(kind) = self.text("/sys/hypervisor/type").there() {
            return Seen::There(Some(kind));
        }
        if self.text("/proc/device-tree/hypervisor/compatible").there().is_some() {
            return Seen::There(Some("a hypervisor named by the device tree".into()));
        }
        let compatible = self.text("/proc/device-tree/compatible").there().unwrap_or_default();
        if compatible.split('\0').any(|name| name == "linux,dummy-virt") {
            return Seen::There(Some("a machine that only a hypervisor has (linux,dummy-virt)".into()));
        }
        match self.cpuinfo() {
            // Only x86 processors have a word for it; elsewhere a board that names itself is real.
            Seen::There(_) if self.is_x86() != Some(true) => match (self.board(), vendor.or(product)) {
                (None, None) => Seen::Hidden("neither firmware nor device tree names this machine".into()),
                _ => Seen::There(None),
            },
            Seen::There(_) => {
                let flags = self.cpuinfo_value("flags").unwrap_or_default();
                let guest = flags.split_whitespace().any(|flag| flag == "hypervisor");
                Seen::There(guest.then(|| "the processor says so".to_owned()))
            }
            Seen::Absent => Seen::Hidden("/proc/cpuinfo is missing".into()),
            Seen::Hidden(why) => Seen::Hidden(why),
        }
    }
}
