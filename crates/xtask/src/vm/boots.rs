//! The boots of a run, one after the other, and the judgement.

use std::time::{Duration, Instant};

use super::files::Files;
use super::plan::{Piece, Plan};
use super::qemu::{self, Trouble};
use super::table::Start;
use super::{Finding, cuts, image, table};

/// How long one boot with its checks may take on a busy host, and how long by the machine's own clock.
const PATIENCE: Duration = Duration::from_secs(1200);
const LIMIT: Duration = Duration::from_secs(900);

/// How much of a journal's end is printed when something failed, in lines.
const TAIL: usize = 250;

/// The units of the chain, which the serial boot starts by hand.
const SERIAL: [&str; 8] = [
    "archibald-provision-audio",
    "archibald-provision",
    "archibald-dry-through",
    "jack",
    "mod-host",
    "mod-ui",
    "mod-amidithru",
    "wifi-check",
];

/// Boots as often as is asked for, prints the table, and says what is not as it should be.
pub(super) fn perform(files: &Files, plan: &Plan, begin: Instant) -> Result<(), Trouble> {
    println!("vm: image made after {:.0} s; booting", begin.elapsed().as_secs_f64());
    let mut run = Run { files, begin, name: "boot", findings: Vec::new() };
    let done = run.boots(plan);
    print!("{}", table::text(&run.findings));
    println!("vm: done after {:.0} s", begin.elapsed().as_secs_f64());
    let bad: Vec<&Finding> = run.findings.iter().filter(|finding| !finding.good).collect();
    let done = done.and_then(|()| match bad.is_empty() {
        true => Ok(()),
        false => Err(Trouble::Failed(table::bad(&bad))),
    });
    if let Err(Trouble::Failed(_)) = &done {
        // The reason of a bad finding is told by its boot: the first, where nearly all are from, or the one that it is named after.
        let named = |boot: &&str| bad.iter().any(|finding| finding.what.starts_with(&format!("{boot} ")));
        let of = ["readonly", "nocard", "display", "second"].into_iter().find(named).unwrap_or("boot");
        print!("{}", files.rest(if bad.is_empty() { run.name } else { of }, TAIL));
    }
    done
}

struct Run<'a> {
    files: &'a Files,
    begin: Instant,
    /// The boot that runs.
    name: &'static str,
    findings: Vec<Finding>,
}

impl Run<'_> {
    fn boot(&mut self, name: &'static str, words: &str) -> Result<Vec<String>, Trouble> {
        self.name = name;
        let machine = self.files.machine(name, words);
        let lines = machine.run(PATIENCE, LIMIT);
        self.files.keep_journal(name, &qemu::told(&machine.serial))?;
        println!("vm: {name} done after {:.0} s", self.begin.elapsed().as_secs_f64());
        lines
    }

    /// A boot from the beginning that checks by itself what it has to.
    fn other(&mut self, name: &'static str, words: &str) -> Result<(), Trouble> {
        self.files.renew()?;
        match self.boot(name, words) {
            Ok(lines) => table::checks(&format!("{name} "), &lines, &mut self.findings),
            // The boots that come after it do not need it.
            Err(Trouble::Failed(text)) => {
                self.findings.push(Finding { what: format!("{name} boot"), text, good: false });
            }
            Err(slow) => return Err(slow),
        }
        Ok(())
    }

    fn boots(&mut self, plan: &Plan) -> Result<(), Trouble> {
        let mut first = None;
        if let Some(words) = plan.first() {
            let lines = self.boot("boot", &words)?;
            table::start_up(&lines, &mut self.findings);
            let recording = self.files.recording()?;
            if plan.sounds() {
                table::chain(&lines, &recording, !plan.strict, &mut self.findings);
            } else {
                table::checks("first ", &lines, &mut self.findings);
            }
            first = Start::of(&lines, &recording);
            table::first(first.as_ref(), &mut self.findings);
        }
        let mut second = None;
        if plan.has(Piece::Second) {
            let lines = self.boot("second", "vm.test=second")?;
            second = Start::of(&lines, &self.files.recording()?);
            table::second(first.as_ref(), second.as_ref(), &lines, &mut self.findings);
        }
        if plan.has(Piece::Serial) {
            // On the same disk: everything that is done once is done.
            let links =
                SERIAL.map(|unit| format!("/etc/systemd/system/multi-user.target.wants/{unit}.service"));
            image::without(&self.files.root, &links.each_ref().map(String::as_str))?;
            let lines = self.boot("serial", "vm.test=serial")?;
            let serial = Start::of(&lines, &self.files.recording()?);
            table::serial(second.as_ref(), serial.as_ref(), &mut self.findings);
        }
        if plan.has(Piece::Readonly) {
            // The image's table of file systems belongs to a root that is written.
            self.other("readonly", "vm.test=readonly vm.readonly systemd.mask=systemd-remount-fs.service")?;
        }
        if plan.has(Piece::Nocard) {
            self.other("nocard", "vm.test=nocard vm.without=snd-aloop,mac80211_hwsim")?;
        }
        if plan.has(Piece::Display) {
            self.other("display", "vm.test=display vm.without=mac80211_hwsim")?;
        }
        if plan.cuts > 0 {
            self.name = "cut";
            self.files.renew()?;
            cuts::run(self.files, plan.cuts, &mut self.findings)?;
        }
        Ok(())
    }
}
