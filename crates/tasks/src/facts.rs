//! Facts: one file per subject.
