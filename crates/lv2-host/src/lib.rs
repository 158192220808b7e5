//! LV2 host over lilv.
