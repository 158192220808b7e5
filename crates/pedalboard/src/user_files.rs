//! The user's files by type: loops, impulse responses, models, …

use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::files::{Files, Kind};

const SOUND: &[&str] = &[
    "aif", "aifc", "aiff", "au", "bwf", "flac", "htk", "iff", "mat4", "mat5", "oga", "ogg", "opus", "paf",
    "pvf", "pvf5", "sd2", "sf", "snd", "svx", "vcc", "w64", "wav", "xi", "3g2", "3gp", "aac", "ac3", "amr",
    "ape", "mp2", "mp3", "mpc", "wma",
];
const IMPULSE: &[&str] = &["aif", "aifc", "aiff", "flac", "w64", "wav"];

/// A type of user files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FileType {
    /// Its name in the interface.
    pub name: &'static str,
    /// Its folder among the user files.
    pub folder: &'static str,
    /// Extensions in lower case.
    pub extensions: &'static [&'static str],
}

/// All types.
pub const FILE_TYPES: [FileType; 13] = [
    FileType { name: "audioloop", folder: "Audio Loops", extensions: SOUND },
    FileType { name: "audiorecording", folder: "Audio Recordings", extensions: SOUND },
    FileType { name: "audiosample", folder: "Audio Samples", extensions: SOUND },
    FileType { name: "audiotrack", folder: "Audio Tracks", extensions: SOUND },
    FileType { name: "cabsim", folder: "Speaker Cabinets IRs", extensions: IMPULSE },
    FileType { name: "h2drumkit", folder: "Hydrogen Drumkits", extensions: &["h2drumkit"] },
    FileType { name: "ir", folder: "Reverb IRs", extensions: IMPULSE },
    FileType { name: "midiclip", folder: "MIDI Clips", extensions: &["mid", "midi"] },
    FileType { name: "midisong", folder: "MIDI Songs", extensions: &["mid", "midi"] },
    FileType { name: "sf2", folder: "SF2 Instruments", extensions: &["sf2", "sf3"] },
    FileType { name: "sfz", folder: "SFZ Instruments", extensions: &["sfz"] },
    FileType { name: "aidadspmodel", folder: "Aida DSP Models", extensions: &["aidax", "json"] },
    FileType { name: "nammodel", folder: "NAM Models", extensions: &["nam"] },
];

/// The type of this name.
pub fn file_type(name: &str) -> Option<&'static FileType> {
    FILE_TYPES.iter().find(|file_type| file_type.name == name)
}

impl FileType {
    /// Whether a file's name has an extension of this type, in upper or lower case.
    pub fn accepts(&self, path: &Path) -> bool {
        let extension = path.extension().and_then(|extension| extension.to_str()).map(str::to_lowercase);
        extension.is_some_and(|extension| self.extensions.contains(&extension.as_str()))
    }
}

/// A user file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct UserFile {
    /// Absolute path.
    pub fullname: PathBuf,
    /// Name with the folders below the type's.
    pub basename: String,
    /// Name of its type.
    pub filetype: &'static str,
}

/// The files of these types below `root`, each type sorted by path. Unknown types have none. Folders are followed to a
/// depth of 16; what cannot be listed is left out.
pub fn user_files(files: &dyn Files, root: &Path, types: &[&str]) -> Vec<UserFile> {
    let mut found = Vec::new();
    for file_type in types.iter().filter_map(|name| file_type(name)) {
        let mut paths = Vec::new();
        let folder = root.join(file_type.folder);
        gather(files, &folder, file_type, 0, &mut paths);
        paths.sort();
        found.extend(paths.into_iter().map(|path| UserFile {
            basename: path.strip_prefix(&folder).unwrap_or(&path).display().to_string(),
            fullname: path,
            filetype: file_type.name,
        }));
    }
    found
}

fn gather(files: &dyn Files, folder: &Path, file_type: &FileType, depth: usize, into: &mut Vec<PathBuf>) {
    let Ok(entries) = files.list(folder) else { return };
    for (name, kind) in entries.into_iter().filter(|(name, _)| !name.starts_with('.')) {
        let path = folder.join(name);
        match kind {
            Kind::Folder if depth < 16 => gather(files, &path, file_type, depth + 1, into),
            Kind::File if file_type.accepts(&path) => into.push(path),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::{make_folders, recorder::Recorder};

    #[test]
    fn files_are_found_by_type_below_their_folder() {
        let files = Recorder::new();
        let root = Path::new("/user");
        make_folders(&files, &root.join("NAM Models/Fender")).unwrap();
        make_folders(&files, &root.join("Reverb IRs")).unwrap();
        for name in
            ["NAM Models/b.NAM", "NAM Models/Fender/a.nam", "NAM Models/readme.txt", "Reverb IRs/hall.wav"]
        {
            files.write(&root.join(name), b"").unwrap();
        }
        let names = |types: &[&str]| {
            user_files(&files, root, types).into_iter().map(|file| file.basename).collect::<Vec<_>>()
        };
        assert_eq!(names(&["nammodel", "nonsense"]), ["Fender/a.nam", "b.NAM"]);
        assert_eq!(names(&["cabsim", "ir"]), ["hall.wav"]);
    }
}
