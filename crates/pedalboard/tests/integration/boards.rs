//! Bundles as other programs write them.

use std::path::Path;

use pedalboard::recorder::Recorder;
use pedalboard::{Bundle, Disk, Files, Flow, MidiBinding, PortKind, ReadError};

/// A board in the layout of the dossier, with spelling of its own: other order, other prefixes, comments.
pub const GRAPH: &str = r#"@prefix atom:  <http://lv2plug.in/ns/ext/atom#> .
@prefix doap:  <http://usefulinc.com/ns/doap#> .
@prefix ingen: <http://drobilla.net/ns/ingen#> .
@prefix lv2:   <http://lv2plug.in/ns/lv2core#> .
@prefix midi:  <http://lv2plug.in/ns/ext/midi#> .
@prefix mod:   <http://moddevices.com/ns/mod#> .
@prefix pedal: <http://moddevices.com/ns/modpedal#> .
@prefix rsz:   <http://lv2plug.in/ns/ext/resize-port#> .
@prefix other: <http://example.org/ns#> .

# two cables
_:b1 ingen:tail <capture_1> ; ingen:head <amp/in> .
_:b2 ingen:tail <amp/out> ; ingen:head <playback_1> .

<amp/in> a lv2:AudioPort , lv2:InputPort .
<amp/out> a lv2:AudioPort , lv2:OutputPort .
<amp/gain>
    ingen:value -6.250000 ;
    midi:binding [
        midi:channel 0 ;
        midi:controllerNumber 7 ;
        lv2:minimum -20.000000 ;
        lv2:maximum 10.000000 ;
        a midi:Controller ;
    ] ;
    a lv2:ControlPort , lv2:InputPort .
<amp/:bypass>
    ingen:value 0 ;
    midi:binding [ midi:channel 13 ; midi:controllerNumber 60 ; a midi:Controller ] ;
    a lv2:ControlPort , lv2:InputPort .
<amp>
    ingen:canvasX 321.0 ; ingen:canvasY 222.5 ;
    ingen:enabled true ; ingen:polyphonic false ;
    lv2:microVersion 2 ; lv2:minorVersion 1 ; mod:builderVersion 0 ; mod:releaseNumber 3 ;
    lv2:port <amp/in> , <amp/out> , <amp/gain> , <amp/:bypass> ;
    lv2:prototype <http://lv2plug.in/plugins/eg-amp> ;
    pedal:instanceNumber 4 ;
    pedal:preset <> ;
    other:colour "red"@en ;
    a ingen:Block .
<sleepy>
    ingen:canvasX 0 ; ingen:canvasY 0 ;
    lv2:prototype <urn:sleepy> ;
    a ingen:Block .
<:bpm> ingen:value 97.500000 ; lv2:index 1 ; a lv2:ControlPort , lv2:InputPort .
<:bpb> ingen:value 300 ; a lv2:ControlPort , lv2:InputPort .
<capture_1> lv2:index 5 ; lv2:name "Capture 1" ; lv2:symbol "capture_1" ; a lv2:AudioPort , lv2:InputPort .
<midi_in> rsz:minimumSize 4096 ; a atom:AtomPort , lv2:InputPort .
<>  doap:name "Lab \"One\"" ;
    pedal:unitName "None" ; pedal:unitModel "None" ;
    pedal:width 2000 ; pedal:height 1000 ;
    pedal:addressings <addressings.json> ; pedal:screenshot <screenshot.png> ; pedal:thumbnail <thumbnail.png> ;
    pedal:version 2 ;
    ingen:polyphony 1 ;
    ingen:arc _:b1 , _:b2 ;
    ingen:block <amp> ,
        <sleepy> ;
    lv2:port <:bpb> , <:bpm> , <capture_1> , <midi_in> ;
    lv2:extensionData <http://lv2plug.in/ns/ext/state#interface> ;
    a lv2:Plugin , ingen:Graph , pedal:Pedalboard .
"#;

const MANIFEST: &str = "@prefix ingen: <http://drobilla.net/ns/ingen#> .
@prefix lv2: <http://lv2plug.in/ns/lv2core#> .
@prefix pedal: <http://moddevices.com/ns/modpedal#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
<Lab_One.ttl>
    lv2:prototype ingen:GraphPrototype ;
    a lv2:Plugin , ingen:Graph , pedal:Pedalboard ;
    rdfs:seeAlso <Lab_One.ttl> .
";

const SNAPSHOTS: &str = r#"{"current": 0, "snapshots": [{"name": "Clean", "data": {"amp": {"bypassed": false, "parameters": {"urn:p": [0.5, "f"]}, "ports": {"gain": 1.0}, "preset": ""}}}]}"#;

/// Puts a board into a folder of a file system in memory.
pub fn place(files: &Recorder, folder: &Path) {
    pedalboard::make_folders(files, folder).unwrap();
    for (name, text) in [
        ("manifest.ttl", MANIFEST),
        ("Lab_One.ttl", GRAPH),
        ("snapshots.json", SNAPSHOTS),
        ("addressings.json", "{}"),
        ("config.yml", "hardware:\n  version: 3.0 # mine\n"),
    ] {
        pedalboard::write_atomic(files, &folder.join(name), text.as_bytes()).unwrap();
    }
}

#[test]
fn everything_is_read() {
    let (files, folder) = (Recorder::new(), Path::new("/b/Lab_One.pedalboard"));
    place(&files, folder);
    let bundle = Bundle::read(&files, folder).unwrap();
    let graph = &bundle.graph;
    assert_eq!(graph.title, "Lab \"One\"");
    assert_eq!((graph.width, graph.height, graph.version), (2000, 1000, 2));
    assert_eq!(graph.blocks.len(), 2);
    let amp = graph.block("amp").unwrap();
    assert_eq!((amp.x, amp.y, amp.enabled, amp.number), (321.0, 222.5, true, Some(4)));
    assert_eq!((amp.version.minor, amp.version.micro, amp.version.release), (1, 2, 3));
    assert_eq!(amp.preset, None);
    assert_eq!(amp.ports.len(), 3, "the bypass is no port like the others");
    assert_eq!(amp.values().collect::<Vec<_>>(), [("gain", -6.25)]);
    let gain = amp.port("gain").unwrap().binding;
    assert_eq!(gain, Some(MidiBinding { channel: 0, controller: 7, range: Some((-20.0, 10.0)) }));
    assert_eq!(amp.bypass_binding, Some(MidiBinding { channel: 13, controller: 60, range: None }));
    assert!(!graph.block("sleepy").unwrap().enabled, "a plugin that does not say so is bypassed");
    let arcs = graph.arcs.iter().map(|arc| (arc.source.as_str(), arc.target.as_str())).collect::<Vec<_>>();
    assert_eq!(arcs, [("capture_1", "amp/in"), ("amp/out", "playback_1")]);
    assert_eq!(graph.tempo(), (None, Some(97.5), None), "a bar of 300 beats is none");
    let capture = graph.port("capture_1").unwrap();
    assert_eq!(
        (capture.kind(), capture.flow(), capture.index),
        (PortKind::Audio, Some(Flow::Input), Some(5))
    );
    assert_eq!(graph.port("midi_in").unwrap().minimum_size, Some(4096));
    assert!(graph.rest.contains("\"red\"@en"), "{}", graph.rest);
    assert_eq!(bundle.snapshots.snapshots[0].data["amp"].parameters["urn:p"].1, "f");
    assert_eq!(bundle.config.as_deref(), Some(&b"hardware:\n  version: 3.0 # mine\n"[..]));
    let told = bundle.problems.iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(told.len(), 1, "{told:?}");
    let line = 1 + GRAPH.lines().position(|line| line == "        <sleepy> ;").unwrap();
    let start = format!("/b/Lab_One.pedalboard/Lab_One.ttl line {line}: sleepy");
    assert!(told[0].starts_with(&start), "{told:?}");
}

#[test]
fn an_unchanged_board_is_not_written_and_a_changed_one_only_where_it_changed() {
    let (files, folder) = (Recorder::new(), Path::new("/b/Lab_One.pedalboard"));
    place(&files, folder);
    let before = files.contents();
    let operations = files.operations().len();
    let mut bundle = Bundle::read(&files, folder).unwrap();
    assert!(!bundle.changed());
    bundle.save(&files).unwrap();
    assert_eq!(files.operations().len(), operations);
    assert_eq!(files.contents(), before);

    bundle.snapshots.snapshots[0].name = "Other".to_owned();
    bundle.save(&files).unwrap();
    let after = files.contents();
    let changed = after.iter().filter(|(path, bytes)| before.get(*path) != Some(bytes)).map(|(path, _)| path);
    assert_eq!(changed.collect::<Vec<_>>(), [&folder.join("snapshots.json")]);

    // Our own writing of the whole graph says the same as the file did.
    bundle.graph.version += 1;
    bundle.save(&files).unwrap();
    let again = Bundle::read(&files, folder).unwrap();
    assert_eq!(again.graph, bundle.graph);
    let text = files.read(&folder.join("Lab_One.ttl"), 1 << 20).unwrap();
    assert_eq!(again.graph.to_turtle().as_bytes(), text, "our own text comes back byte for byte");
    assert_eq!(files.list(folder).unwrap().len(), 5, "no leftovers");
}

#[test]
fn what_was_not_understood_is_kept_before_it_is_written_over() {
    let (files, folder) = (Recorder::new(), Path::new("/b/Lab_One.pedalboard"));
    place(&files, folder);
    files.write(&folder.join("snapshots.json"), b"{\"current\": 0,\n nonsense").unwrap();
    let mut bundle = Bundle::read(&files, folder).unwrap();
    let told = bundle.problems.iter().map(ToString::to_string).collect::<Vec<_>>();
    assert!(told.iter().any(|text| text.contains("snapshots.json line 2: no snapshots")), "{told:?}");
    bundle.snapshots.snapshots.push(Default::default());
    bundle.save(&files).unwrap();
    let kept = files.read(&folder.join("snapshots.json.unread"), 100).unwrap();
    assert_eq!(kept, b"{\"current\": 0,\n nonsense");
    assert_eq!(Bundle::read(&files, folder).unwrap().snapshots.snapshots.len(), 1);
}

#[test]
fn what_is_no_board_is_told() {
    let files = Recorder::new();
    let folder = Path::new("/b/Lab_One.pedalboard");
    place(&files, folder);
    let read = || Bundle::read(&files, folder).map(|_| ()).unwrap_err().to_string();
    files.write(&folder.join("Lab_One.ttl"), b"<a> <b> <c> .\n<a> nonsense").unwrap();
    assert!(read().contains("Lab_One.ttl line 2"), "{}", read());
    files.write(&folder.join("manifest.ttl"), MANIFEST.replace("Lab_One", "../secret").as_bytes()).unwrap();
    assert!(read().contains("is not in the folder"), "{}", read());
    let two = format!("{MANIFEST}\n<b.ttl> a pedal:Pedalboard .");
    files.write(&folder.join("manifest.ttl"), two.as_bytes()).unwrap();
    assert!(read().contains("more than one"), "{}", read());
    files.write(&folder.join("manifest.ttl"), b"").unwrap();
    assert!(read().contains("names no pedalboard"), "{}", read());
    assert!(matches!(Bundle::read(&files, Path::new("/none")), Err(ReadError::NoBoard { .. })));
    let listed = pedalboard::boards(&files, Path::new("/b")).unwrap();
    assert!(listed[0].broken(|_| true));
    assert_eq!(listed[0].title, "Lab_One");
}

#[test]
fn boards_are_copied_listed_and_deleted_on_the_disk() {
    let place = tempfile::tempdir().unwrap();
    let root = place.path();
    let folder = pedalboard::new_bundle_folder(&Disk, root, "Lab One").unwrap();
    assert_eq!(folder, root.join("Lab_One.pedalboard"));
    let graph = pedalboard::Graph { title: "Lab One".to_owned(), version: 1, ..Default::default() };
    let mut bundle = Bundle::new(&folder, graph);
    bundle.save(&Disk).unwrap();
    std::fs::create_dir(folder.join("effect-0")).unwrap();
    std::fs::write(folder.join("effect-0/effect.ttl"), "<> a <urn:state> .").unwrap();
    let copy = pedalboard::new_bundle_folder(&Disk, root, "Lab One").unwrap();
    assert_eq!(copy, root.join("Lab_One-1.pedalboard"));
    pedalboard::copy_bundle(&Disk, &folder, &copy).unwrap();
    assert!(copy.join("effect-0/effect.ttl").exists());
    let listed = pedalboard::boards(&Disk, root).unwrap();
    assert_eq!(listed.iter().map(|board| board.title.as_str()).collect::<Vec<_>>(), ["Lab One", "Lab One"]);
    assert!(
        listed[0].uri.starts_with("file:///") && listed[0].uri.ends_with("Lab_One.ttl"),
        "{}",
        listed[0].uri
    );
    pedalboard::delete_bundle(&Disk, &folder).unwrap();
    assert_eq!(std::fs::read_dir(root).unwrap().count(), 1);
}

#[test]
fn a_file_is_copied_without_its_going_through_memory() {
    let place = tempfile::tempdir().unwrap();
    let [from, to] = ["a", "b"].map(|name| place.path().join(name));
    std::fs::write(&from, b"0123456789").unwrap();
    std::fs::write(&to, b"something longer than that").unwrap();
    let error = Disk.copy(&from, &to, 9).unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::FileTooLarge);
    assert_eq!(std::fs::read(&to).unwrap(), b"something longer than that", "it was too large from the start");
    Disk.copy(&from, &to, 10).unwrap();
    assert_eq!(std::fs::read(&to).unwrap(), b"0123456789");
    // a hole of four gigabytes is more than this machine may have
    let hole = std::fs::File::create(&from).unwrap();
    hole.set_len(4 << 30).unwrap();
    assert_eq!(Disk.copy(&from, &to, 1 << 30).unwrap_err().kind(), std::io::ErrorKind::FileTooLarge);
}

#[test]
fn the_state_of_a_plugin_that_gets_another_number_stays_until_it_has_been_written_under_that() {
    let (files, folder) = (Recorder::new(), Path::new("/b/Lab.pedalboard"));
    let block = |number| {
        let mut block = pedalboard::Block::new("amp", "urn:amp");
        block.number = Some(number);
        block
    };
    let graph = pedalboard::Graph { title: "Lab".to_owned(), blocks: vec![block(4)], ..Default::default() };
    let mut bundle = Bundle::new(folder, graph);
    bundle.save(&files).unwrap();
    let old = folder.join("effect-4");
    pedalboard::make_folders(&files, &old).unwrap();
    pedalboard::write_atomic(&files, &old.join("effect.ttl"), b"<> a <urn:state> .").unwrap();
    bundle.graph.blocks = vec![block(0)];
    bundle.save(&files).unwrap();
    assert!(files.kind(&old).is_some(), "there is no other yet");
    bundle.graph.version += 1;
    bundle.save(&files).unwrap();
    assert_eq!(files.kind(&old), None);
}

#[test]
fn a_state_that_is_a_link_goes_and_what_it_leads_to_stays() {
    let place = tempfile::tempdir().unwrap();
    let (folder, elsewhere) = (place.path().join("Lab.pedalboard"), place.path().join("elsewhere"));
    let graph = pedalboard::Graph { title: "Lab".to_owned(), ..Default::default() };
    let mut bundle = Bundle::new(&folder, graph);
    bundle.save(&Disk).unwrap();
    std::fs::create_dir(&elsewhere).unwrap();
    std::fs::write(elsewhere.join("effect.ttl"), "<> a <urn:state> .").unwrap();
    std::os::unix::fs::symlink(&elsewhere, folder.join("effect-3")).unwrap();
    // as a power cut may leave it
    std::fs::create_dir(folder.join(".effect-8.gone")).unwrap();
    std::fs::write(folder.join(".effect-8.gone/effect.ttl"), "").unwrap();
    bundle.graph.version += 1;
    bundle.save(&Disk).unwrap();
    let left = |name: &str| folder.join(name).symlink_metadata().is_ok();
    assert!(!left("effect-3") && !left(".effect-3.gone") && !left(".effect-8.gone"));
    assert!(elsewhere.join("effect.ttl").exists());
}
