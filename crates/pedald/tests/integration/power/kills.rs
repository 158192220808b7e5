//! Kills at random points. They show what a program leaves in its middle, in the order in which it wrote.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Stdio};
use std::sync::Arc;

use pedal_hardware::config::Settings;
use pedald::context::Paths;
use pedald::controls::Files;
use pedald::engine::FakeCatalogue;
use pedald::session::{Bank, Board, BoardRead, Catalogue, Instance, Plugin};
use pedald::store::{Disk, DiskAnswer, DiskJob, FolderDisk};

use super::{Dice, number, this_program};

const LOOP: &str = "PEDALD_TEST_WRITER_LOOP";
/// How many kills, for more than the usual.
const KILLS: &str = "PEDALD_TEST_KILLS";

/// Not a test: writes boards, banks, the last board and settings with rising numbers until it is killed.
#[test]
fn writing_program() {
    let Ok(arguments) = std::env::var(LOOP) else { return };
    let (number, folder) = arguments.split_once(' ').unwrap();
    let (mut disk, paths) = disk_at(Path::new(folder));
    let files = Files::new(&paths.data, &paths.state, None);
    let mut board = match disk.run(DiskJob::Start) {
        Ok(DiskAnswer::Started { board: Some(BoardRead { board, .. }), .. }) => (*board).clone(),
        _ => first_board(),
    };
    for number in number.parse::<u32>().unwrap().. {
        Arc::make_mut(&mut board.plugins[0]).position = (f64::from(number), 0.0);
        let name = number.to_string();
        board.snapshots = vec![Arc::new(board.capture(&name))];
        board.snapshot = Some(0);
        let as_new = board.bundle.is_none();
        let saved = disk.run(DiskJob::Save { board: Arc::new(board.clone()), title: "Lead".into(), as_new });
        let Ok(DiskAnswer::Saved { bundle, title }) = saved else { panic!("{saved:?}") };
        (board.bundle, board.title) = (Some(bundle.clone()), title);
        disk.run(DiskJob::SaveBanks {
            banks: vec![Bank { title: name.clone(), boards: vec![bundle.clone()] }],
        })
        .unwrap();
        disk.run(DiskJob::Remember { bundle: Some(bundle), bank: Some(0) }).unwrap();
        files.write_settings(&Settings { bank: Some(name), ..Settings::default() }).unwrap();
        println!("done {number}");
    }
}

fn first_board() -> Board {
    let spec = FakeCatalogue::default().plugin("urn:fake:amp").unwrap();
    Board { plugins: vec![Arc::new(Plugin::new(Instance::new("amp"), 0, spec))], ..Board::empty() }
}

fn disk_at(folder: &Path) -> (FolderDisk, Paths) {
    let mut paths = Paths::new(Some(folder.to_owned()), |_| None);
    paths.factory_pedalboards = folder.join("factory");
    (FolderDisk::new(paths.clone(), Arc::new(FakeCatalogue::default())), paths)
}

struct Killed(Child);

impl Drop for Killed {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn kills_leave_everything_whole() {
    let kills = number(KILLS, 200);
    let place = tempfile::tempdir().unwrap();
    let mut dice = Dice(20_261_121);
    let mut reached = 0_u32;
    let mut between = 0;
    for kill in 0..kills {
        let child = this_program("power::kills::writing_program")
            .env(LOOP, format!("{} {}", reached + 1, place.path().display()))
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn();
        let mut child = Killed(child.unwrap());
        let lines = BufReader::new(child.0.stdout.take().unwrap()).lines();
        let mut done =
            lines.map_while(Result::ok).filter_map(|line| line.strip_prefix("done ")?.parse::<u32>().ok());
        for _ in 0..dice.roll(4) {
            reached = done.next().expect("it goes on until it is killed");
        }
        // somewhere in the next round, or in the start of the program
        for _ in 0..dice.roll(2_000_000) {
            std::hint::spin_loop();
        }
        child.0.kill().unwrap();
        child.0.wait().unwrap();
        // what it had said before it was killed
        reached = done.last().unwrap_or(reached);

        let (mut disk, paths) = disk_at(place.path());
        let started = disk.run(DiskJob::Start);
        let Ok(DiskAnswer::Started { library, board, problem }) = started else {
            panic!("kill {kill}: {started:?}")
        };
        let whole = |number: u32, what: &str| {
            assert!(
                number == reached || number == reached + 1,
                "kill {kill}: {what} has {number} after {reached}"
            );
        };
        if reached == 0 && library.boards.is_empty() {
            continue;
        }
        assert_eq!((library.boards.len(), &problem), (1, &None), "kill {kill}: {library:?}");
        let read = board.expect("the board of the last time");
        assert_eq!(read.problems, Vec::<String>::new(), "kill {kill}");
        let board = read.board;
        let of_graph = board.plugins[0].position.0 as u32;
        let of_snapshots: u32 = board.snapshots[0].name.parse().unwrap_or(0);
        assert_eq!(of_graph, of_snapshots, "kill {kill}: graph and snapshots are of one time");
        whole(of_graph, "the board");
        let of_banks = library.banks.first().map_or(0, |bank| bank.title.parse().unwrap());
        whole(of_banks, "the file of banks");
        assert!(of_banks <= of_graph, "kill {kill}: in the order in which they were written");
        let (settings, told) = Files::new(&paths.data, &paths.state, None).settings();
        assert_eq!(told, None, "kill {kill}");
        let of_settings = settings.bank.map_or(0, |bank| bank.parse().unwrap());
        whole(of_settings, "settings.yml");
        between += u32::from(of_settings != of_graph);
        reached = of_settings;
    }
    println!("{reached} rounds were written; {between} of {kills} kills were between first and last file");
    assert!(u64::from(reached) > kills / 2, "{reached} rounds only");
}
