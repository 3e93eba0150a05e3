//! The services: what they start is what the program understands, and their holes are where they should be.

use super::read;
use crate::support::{Home, project_dir};

#[test]
fn both_name_the_program_and_the_data_directory() {
    for (name, programs) in [("tma1.service", 2), ("dev.tma1.sidecar.plist", 1)] {
        let text = read(&project_dir().join("adapters/services").join(name));
        // What is explained on top names both once.
        assert_eq!(text.matches("@TMA1@").count(), programs + 1, "{name}");
        assert_eq!(text.matches("@DATA_DIR@").count(), 2, "{name}");
        assert!(text.contains("TMA1_DATA_DIR"), "{name}");
    }
}

#[test]
fn what_they_run_is_there() {
    let home = Home::new();
    for command in ["serve", "stop"] {
        home.ok(&[command, "--help"]);
    }
}
