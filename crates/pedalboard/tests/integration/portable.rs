//! Boards that travel.

use std::io::Write;
use std::path::Path;

use pedalboard::{
    Block, Bundle, Disk, Graph, InstanceState, Limits, ParameterValue, Reach, Snapshot, delete_bundle,
    export, import, pack_tar_gz, unpack_tar_gz, unpack_tar_zst,
};

/// A board that uses a model by a snapshot and a sample by its state.
fn sender(root: &Path) -> (std::path::PathBuf, std::path::PathBuf) {
    let files = root.join("files");
    std::fs::create_dir_all(files.join("NAM Models/Fender")).unwrap();
    std::fs::write(files.join("NAM Models/Fender/twin.nam"), "a model").unwrap();
    std::fs::create_dir_all(root.join("lv2/Sampler kit.lv2")).unwrap();
    std::fs::write(root.join("lv2/Sampler kit.lv2/click.wav"), "a sample").unwrap();
    let model = files.join("NAM Models/Fender/twin.nam").display().to_string();
    let folder = root.join("boards/Lab.pedalboard");
    let blocks = vec![Block::new("amp", "urn:amp"), Block::new("sampler", "urn:sampler")];
    let mut bundle = Bundle::new(&folder, Graph { title: "Lab".into(), blocks, ..Default::default() });
    let path = |path: &str| ParameterValue(path.into(), "p".into());
    let parameters =
        [("urn:model".to_owned(), path(&model)), ("urn:gone".to_owned(), path("/none/gone.wav"))];
    let state = InstanceState { parameters: parameters.into(), ..Default::default() };
    let data = [("amp".to_owned(), state)].into();
    bundle.snapshots.snapshots.push(Snapshot { name: "A".into(), data, ..Default::default() });
    bundle.config = Some(b"blend: 1\n".to_vec());
    bundle.save(&Disk).unwrap();
    std::fs::create_dir(folder.join("effect-1")).unwrap();
    let sample = root.join("lv2/Sampler%20kit.lv2/click.wav").display().to_string();
    let state = format!("<> <urn:sample> <file://{sample}> .");
    std::fs::write(folder.join("effect-1/effect.ttl"), state).unwrap();
    (folder, files)
}

#[test]
fn a_board_takes_its_files_along_and_says_what_is_missing() {
    let here = tempfile::tempdir().unwrap();
    let (folder, files) = sender(here.path());
    let mut packed = Vec::new();
    let others = [here.path().join("lv2")];
    let reach = Reach { user_files: &files, others: &others };
    let contents = export(&folder, reach, |uri| Some(uri.to_uppercase()), &mut packed).unwrap();
    assert_eq!(contents.plugins[0].name, "URN:AMP");
    let kinds = contents.files.iter().map(|file| (file.kind.as_str(), file.name.as_str(), file.size));
    assert_eq!(
        kinds.collect::<Vec<_>>(),
        [("nammodel", "Fender/twin.nam", 7), ("audiosample", "gone.wav", 0), ("audiosample", "click.wav", 8)]
    );

    let there = tempfile::tempdir().unwrap();
    let (boards, user) = (there.path().join("boards"), there.path().join("user"));
    // Another model of the same name is there already.
    std::fs::create_dir_all(user.join("NAM Models/Fender")).unwrap();
    std::fs::write(user.join("NAM Models/Fender/twin.nam"), "another").unwrap();
    let done = import(packed.as_slice(), &boards, &user, |uri| uri == "urn:amp", Limits::default()).unwrap();
    assert_eq!(
        done.missing_plugins.iter().map(|plugin| plugin.uri.as_str()).collect::<Vec<_>>(),
        ["urn:sampler"]
    );
    assert_eq!(done.missing_files.iter().map(|file| file.name.as_str()).collect::<Vec<_>>(), ["gone.wav"]);
    assert_eq!(std::fs::read_to_string(user.join("NAM Models/Fender/twin.nam")).unwrap(), "another");
    let model = user.join("NAM Models/Fender/twin (2).nam");
    assert_eq!(std::fs::read_to_string(&model).unwrap(), "a model");
    let board = Bundle::read(&Disk, &done.bundle).unwrap();
    let parameters = &board.snapshots.snapshots[0].data["amp"].parameters;
    assert_eq!(parameters["urn:model"].text(), model.display().to_string());
    assert_eq!(parameters["urn:gone"].text(), "/none/gone.wav");
    assert_eq!(board.config.as_deref(), Some(&b"blend: 1\n"[..]));
    let state = std::fs::read_to_string(done.bundle.join("effect-1/effect.ttl")).unwrap();
    let sample = user.join("Audio Samples/click.wav");
    let named = sample.display().to_string().replace(' ', "%20");
    assert!(state.contains(&named), "{state}");
    assert_eq!(std::fs::read_to_string(sample).unwrap(), "a sample");

    // A second time: a second board, the same files.
    let again = import(packed.as_slice(), &boards, &user, |_| true, Limits::default()).unwrap();
    assert_ne!(again.bundle, done.bundle);
    assert_eq!(again.placed, done.placed);
    assert_eq!(std::fs::read_dir(&boards).unwrap().count(), 2, "no leftovers");
}

#[test]
fn nothing_but_the_players_files_and_those_of_plugins_leaves_the_machine() {
    use std::os::unix::fs::symlink;
    let here = tempfile::tempdir().unwrap();
    let (folder, files) = sender(here.path());
    let secret = here.path().join("secret.wav");
    std::fs::write(&secret, "a key").unwrap();
    // by a snapshot, by a state's text, by links that a plugin's state is made of, and by a folder
    let mut bundle = Bundle::read(&Disk, &folder).unwrap();
    let named = |path: &Path| ParameterValue(path.display().to_string().into(), "p".into());
    let parameters = &mut bundle.snapshots.snapshots[0].data["amp"].parameters;
    parameters.insert("urn:key".into(), named(&secret));
    parameters.insert("urn:way".into(), named(&files.join("../secret.wav")));
    bundle.save(&Disk).unwrap();
    let state = folder.join("effect-1");
    symlink(&secret, state.join("key.wav")).unwrap();
    symlink(here.path(), state.join("all")).unwrap();
    symlink(here.path().join("nothing"), state.join("gone.wav")).unwrap();
    symlink(files.join("NAM Models/Fender/twin.nam"), state.join("model.nam")).unwrap();
    symlink("effect.ttl", state.join("same.txt")).unwrap();
    let others = [here.path().join("lv2")];
    let reach = Reach { user_files: &files, others: &others };
    let mut packed = Vec::new();
    let contents = export(&folder, reach, |_| None, &mut packed).unwrap();
    let links = ["all", "gone.wav", "key.wav"].map(|name| state.join(name));
    let mut expected = vec![secret.clone(), files.join("../secret.wav")];
    expected.extend(links.clone());
    assert_eq!(contents.left_out, expected);

    let out = tempfile::tempdir().unwrap();
    let names = unpack_tar_zst(packed.as_slice(), out.path(), Limits::default()).unwrap();
    let read = |name: &str| std::fs::read_to_string(out.path().join(name)).unwrap();
    assert!(names.iter().all(|name| !read(&name.display().to_string()).contains("a key")), "{names:?}");
    assert_eq!(read("board.pedalboard/effect-1/model.nam"), "a model");
    assert_eq!(read("board.pedalboard/effect-1/same.txt"), read("board.pedalboard/effect-1/effect.ttl"));

    let mut packed = Vec::new();
    assert_eq!(pack_tar_gz(&folder, reach, &mut packed).unwrap(), links);
    let out = tempfile::tempdir().unwrap();
    unpack_tar_gz(packed.as_slice(), out.path(), Limits::default()).unwrap();
    assert!(out.path().join("Lab.pedalboard/effect-1/model.nam").is_file());
    assert!(!out.path().join("Lab.pedalboard/effect-1/key.wav").exists());
}

#[test]
fn a_board_that_is_a_link_goes_alone() {
    let place = tempfile::tempdir().unwrap();
    let (folder, _) = sender(place.path());
    let link = place.path().join("boards/Link.pedalboard");
    std::os::unix::fs::symlink(&folder, &link).unwrap();
    delete_bundle(&Disk, &link).unwrap();
    assert!(std::fs::symlink_metadata(&link).is_err());
    Bundle::read(&Disk, &folder).unwrap();
    delete_bundle(&Disk, &folder).unwrap();
    assert!(!folder.exists());
}

fn packed(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut builder = tar::Builder::new(zstd::Encoder::new(Vec::new(), 1).unwrap());
    for (name, content) in entries {
        let mut header = tar::Header::new_gnu();
        header.as_mut_bytes()[..name.len()].copy_from_slice(name.as_bytes());
        header.set_size(content.len() as u64);
        header.set_mode(0o644);
        header.set_cksum();
        builder.append(&header, *content).unwrap();
    }
    builder.into_inner().unwrap().finish().unwrap()
}

#[test]
fn bad_boards_are_refused_and_leave_nothing() {
    let place = tempfile::tempdir().unwrap();
    let (boards, user) = (place.path().join("boards"), place.path().join("user"));
    let manifest = b"<a.ttl> a <http://moddevices.com/ns/modpedal#Pedalboard> .";
    let graph = b"<> <http://usefulinc.com/ns/doap#name> \"T\" .";
    let contents =
        |files: &str| format!("{{\"format\": 1, \"title\": \"T\", \"plugins\": [], \"files\": [{files}]}}");
    let file = |name: &str, sha: &str| {
        format!(
            "{{\"path\": \"/x\", \"kind\": \"ir\", \"name\": \"{name}\", \"size\": 1, \"sha256\": \"{sha}\"}}"
        )
    };
    // Of "x".
    let sha = "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881";
    let with = |text: &str| {
        packed(&[
            ("board.json", text.as_bytes()),
            ("board.pedalboard/manifest.ttl", manifest),
            ("board.pedalboard/a.ttl", graph),
            ("files/0", b"x"),
        ])
    };
    let bomb = {
        let mut encoder = zstd::Encoder::new(Vec::new(), 1).unwrap();
        let mut header = tar::Header::new_gnu();
        header.set_path("zero").unwrap();
        header.set_size(400 << 20);
        header.set_cksum();
        encoder.write_all(header.as_bytes()).unwrap();
        for _ in 0..400 {
            encoder.write_all(&vec![0; 1 << 20]).unwrap();
        }
        encoder.finish().unwrap()
    };
    let cases = [
        (with(&contents(&file("../../evil", sha))), "leads out"),
        (with(&contents(&file("a.wav", "00"))), "spoilt"),
        (with(&contents("").replace("1", "7")), "its form is 7"),
        (with("nonsense"), "board.json"),
        (packed(&[("board.json", contents("").as_bytes())]), "no manifest.ttl"),
        (packed(&[("../evil", b"x")]), "leads out"),
        (bomb, "times its size"),
        (b"PK\x03\x04 a zip".to_vec(), "whole and of the right kind"),
    ];
    for (bytes, words) in cases {
        let error =
            import(bytes.as_slice(), &boards, &user, |_| true, Limits::default()).unwrap_err().to_string();
        assert!(error.contains(words), "{words}: {error}");
        assert_eq!(std::fs::read_dir(&boards).unwrap().count(), 0);
        assert!(!user.exists() && !place.path().join("evil").exists());
    }
    let done =
        import(with(&contents(&file("a.wav", sha))).as_slice(), &boards, &user, |_| true, Limits::default());
    assert_eq!(std::fs::read(user.join("Reverb IRs/a.wav")).unwrap(), b"x");
    assert_eq!(done.unwrap().placed[Path::new("/x")], user.join("Reverb IRs/a.wav"));
}
