//! A board's graph: no panic; our own text is readable and is written again letter by letter, whatever was odd in what it was
//! made of. So all that a first reading understands is told by the text that follows from it, and a board that is saved
//! twice means what it meant after the first time.

use std::path::Path;

use pedalboard::recorder::Recorder;
use pedalboard::{Bundle, Files};

pub(crate) fn check(data: &[u8]) {
    let (files, folder) = (Recorder::new(), Path::new("/b"));
    let manifest = b"<x.ttl> a <http://moddevices.com/ns/modpedal#Pedalboard> .";
    files.make_folder(folder).expect("an empty file system");
    files.write(Path::new("/b/manifest.ttl"), manifest).expect("a folder");
    files.write(Path::new("/b/x.ttl"), data).expect("a folder");
    let Ok(bundle) = Bundle::read(&files, folder) else { return };
    let once = bundle.graph.to_turtle();
    files.write(Path::new("/b/x.ttl"), once.as_bytes()).expect("a folder");
    let again = Bundle::read(&files, folder).expect("our own text is readable");
    assert_eq!(again.graph.to_turtle(), once);
    assert_eq!(again.graph, bundle.graph);
}
