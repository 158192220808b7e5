//! Small LV2 plugins for tests, built from C when they are first asked for.
