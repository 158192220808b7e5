//! The board of the machine.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};

use anyhow::{Context, Result};

use super::Builder;

/// The board of the machine: an amplifier at -6 dB, so that what went through the engine can be told from what did not. Its
/// bypass is on the first footswitch, by the controller that pi-stomp's own configuration sends.
const BOARD: [(&str, &str); 2] = [
    (
        "manifest.ttl",
        "@prefix ingen: <http://drobilla.net/ns/ingen#> .\n@prefix lv2: <http://lv2plug.in/ns/lv2core#> .\n\
         @prefix pedal: <http://moddevices.com/ns/modpedal#> .\n\
         @prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .\n\
         <vm.ttl> lv2:prototype ingen:GraphPrototype ; a lv2:Plugin , ingen:Graph , pedal:Pedalboard ; rdfs:seeAlso <vm.ttl> .\n",
    ),
    (
        "vm.ttl",
        "@prefix doap: <http://usefulinc.com/ns/doap#> .\n@prefix ingen: <http://drobilla.net/ns/ingen#> .\n\
         @prefix lv2: <http://lv2plug.in/ns/lv2core#> .\n@prefix pedal: <http://moddevices.com/ns/modpedal#> .\n\
         @prefix midi: <http://lv2plug.in/ns/ext/midi#> .\n\
         _:b1 ingen:tail <capture_1> ; ingen:head <amp/input> .\n\
         _:b2 ingen:tail <amp/output> ; ingen:head <playback_1> .\n\
         <amp> ingen:canvasX 0.0 ; ingen:canvasY 0.0 ; ingen:enabled true ; ingen:polyphonic false ;\n\
         lv2:port <amp/input> , <amp/output> , <amp/gain> , <amp/:bypass> ;\n\
         lv2:prototype <http://plugin.org.uk/swh-plugins/amp> ; pedal:instanceNumber 1 ; a ingen:Block .\n\
         <amp/input> a lv2:AudioPort , lv2:InputPort .\n<amp/output> a lv2:AudioPort , lv2:OutputPort .\n\
         <amp/gain> ingen:value -6.0 ; a lv2:ControlPort , lv2:InputPort .\n\
         <amp/:bypass> ingen:value 0 ; a lv2:ControlPort , lv2:InputPort ;\n\
         midi:binding [ midi:channel 13 ; midi:controllerNumber 60 ; a midi:Controller ] .\n\
         <capture_1> lv2:index 0 ; lv2:name \"Capture 1\" ; lv2:symbol \"capture_1\" ; a lv2:AudioPort , lv2:InputPort .\n\
         <playback_1> lv2:index 1 ; lv2:name \"Playback 1\" ; lv2:symbol \"playback_1\" ; a lv2:AudioPort , lv2:OutputPort .\n\
         <> doap:name \"vm\" ; pedal:width 2000 ; pedal:height 1000 ; pedal:version 1 ; ingen:polyphony 1 ;\n\
         ingen:arc _:b1 , _:b2 ; ingen:block <amp> ; lv2:port <capture_1> , <playback_1> ;\n\
         a lv2:Plugin , ingen:Graph , pedal:Pedalboard .\n",
    ),
];

impl Builder<'_> {
    /// The board, and that it was the last one; with the owners and modes of the pedal's data.
    pub(super) fn board(&self) -> Result<()> {
        let data = "home/pistomp/data";
        let bundle = format!("{data}/.pedalboards/vm.pedalboard");
        for (name, text) in BOARD {
            self.put(&format!("{bundle}/{name}"), text.as_bytes(), 0o660)?;
        }
        let last = format!("{{\"bank\": -2, \"pedalboard\": \"/{bundle}\", \"supportsDividers\": true}}\n");
        self.put(&format!("{data}/last.json"), last.as_bytes(), 0o660)?;
        let home = fs::metadata(self.root.join("home/pistomp")).context("the owner has no home folder")?;
        let files = BOARD.map(|(name, _)| format!("{bundle}/{name}"));
        let folders = [data.to_owned(), format!("{data}/.pedalboards"), bundle.clone()];
        for (path, mode) in folders
            .iter()
            .map(|path| (path, 0o2770))
            .chain(files.iter().chain([&format!("{data}/last.json")]).map(|path| (path, 0o660)))
        {
            let path = self.root.join(path);
            chown(&path, Some(home.uid()), Some(home.gid())).context("cannot give the board away")?;
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).context("cannot set permissions")?;
        }
        Ok(())
    }
}
