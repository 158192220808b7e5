//! The player's boards as a git repository, and its newest state.

use std::path::Path;
use std::process::Command;

use super::{MachineFailed, run};

/// Fetches what is new and puts it into the folder. What the player has changed and not committed stays; where the two
/// histories have parted nothing is done.
pub(super) fn pull(git: &Path, boards: &Path) -> Result<(), MachineFailed> {
    // git would look for a repository in the folders above, too
    if !boards.join(".git").exists() {
        let folder = boards.display();
        return Err(MachineFailed(format!(
            "{folder} is no git repository; clone one there while it is empty"
        )));
    }
    let whole = boards.canonicalize().unwrap_or_else(|_| boards.to_owned());
    let mut safe = std::ffi::OsString::from("safe.directory=");
    safe.push(whole);
    let mut command = Command::new(git);
    command.arg("-C").arg(boards);
    // the repository is the player's, and this service is another user
    command.arg("-c").arg(safe);
    // what is set aside meanwhile is a commit, which has an author
    command.args(["-c", "user.name=pedald", "-c", "user.email=pedald@localhost"]);
    run(command.args(["pull", "--ff-only", "--autostash", "--quiet"])).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn git(folder: &Path, arguments: &[&str]) {
        let mut command = Command::new("git");
        command.arg("-C").arg(folder).args(["-c", "user.name=player", "-c", "user.email=player@localhost"]);
        let output = command.args(arguments).output().expect("git");
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    }

    fn committed(folder: &Path, file: &str, text: &str) {
        std::fs::write(folder.join(file), text).expect("written");
        git(folder, &["add", "."]);
        git(folder, &["commit", "-q", "-m", text]);
    }

    /// Makes everything somebody else's, as on the pedal; only root may, for others it stays as it is.
    fn give_away(path: &Path) {
        let given = std::os::unix::fs::lchown(path, Some(65_534), Some(65_534)).is_ok();
        if given && path.is_dir() {
            let entries = std::fs::read_dir(path).expect("listed");
            entries.for_each(|entry| give_away(&entry.expect("an entry").path()));
        }
    }

    #[test]
    fn what_is_new_comes_and_what_the_player_changed_stays() {
        let place = tempfile::tempdir().expect("folder");
        let (origin, boards) = (place.path().join("origin"), place.path().join("boards"));
        std::fs::create_dir(&origin).expect("made");
        git(&origin, &["init", "-q", "-b", "main"]);
        committed(&origin, "clean.ttl", "old");
        committed(&origin, "mine.ttl", "theirs");
        git(place.path(), &["clone", "-q", "origin", "boards"]);
        committed(&origin, "clean.ttl", "new");
        std::fs::write(boards.join("mine.ttl"), "mine").expect("written");
        give_away(&boards);
        pull(Path::new("git"), &boards).expect("pulled");
        let read = |file: &str| std::fs::read_to_string(boards.join(file)).expect("there");
        assert_eq!((read("clean.ttl"), read("mine.ttl")), ("new".to_owned(), "mine".to_owned()));
        // parted histories are left to the player
        committed(&origin, "clean.ttl", "newer");
        std::fs::write(boards.join("clean.ttl"), "own").expect("written");
        git(
            &boards,
            &["-c", &format!("safe.directory={}", boards.display()), "commit", "-q", "-a", "-m", "own"],
        );
        pull(Path::new("git"), &boards).expect_err("parted");
        assert_eq!(read("clean.ttl"), "own");
    }

    #[test]
    fn a_folder_that_is_no_repository_is_named() {
        let place = tempfile::tempdir().expect("folder");
        let error = pull(Path::new("git"), place.path()).expect_err("none").to_string();
        assert!(error.contains("is no git repository"), "{error}");
    }
}
