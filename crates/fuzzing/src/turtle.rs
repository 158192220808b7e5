//! A board's graph: no panic; our own text is readable, and it is the same from the second time on, whatever was odd in
//! the first.

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
    let again = |text: String| {
        files.write(Path::new("/b/x.ttl"), text.as_bytes()).expect("a folder");
        Bundle::read(&files, folder).expect("our own text is readable").graph.to_turtle()
    };
    let second = again(bundle.graph.to_turtle());
    assert_eq!(again(second.clone()), second);
}
