//! What plugins do and do not say.

/// They write an output before they have read all of the input, and do not say `lv2:inPlaceBroken`: in place they give another
/// sound. Found by running every plugin of Debian 12 both ways; the test `no_plugin_lies_about_running_in_place`
/// does it again with what is installed.
const BROKEN_IN_PLACE: [&str; 6] = [
    "http://plugin.org.uk/swh-plugins/bodeShifterCV",
    "http://plugin.org.uk/swh-plugins/bwxover_iir",
    "http://plugin.org.uk/swh-plugins/gverb",
    "http://plugin.org.uk/swh-plugins/matrixMSSt",
    "http://plugin.org.uk/swh-plugins/matrixStMS",
    "http://plugin.org.uk/swh-plugins/plate",
];

/// Whether a plugin must have its outputs apart from its inputs although its description allows otherwise.
pub(crate) fn is_broken_in_place(uri: &str) -> bool {
    BROKEN_IN_PLACE.contains(&uri)
}
