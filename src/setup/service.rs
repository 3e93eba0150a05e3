//! The sidecar as a service of its user, for those who want it from login on. Hooks start it as well.

use std::path::PathBuf;

use super::ours::Program;
use super::wanted::{Part, Piece, Surroundings};

const SYSTEMD: &str = include_str!("../../adapters/services/tma1.service");
const LAUNCHD: &str = include_str!("../../adapters/services/dev.tma1.sidecar.plist");

/// What a system calls its services.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Manager {
    Systemd,
    Launchd,
}

impl Manager {
    pub const HERE: Self = if cfg!(target_os = "macos") { Self::Launchd } else { Self::Systemd };

    /// How its user starts it.
    pub fn start(self) -> &'static str {
        match self {
            Self::Systemd => "systemctl --user enable --now tma1",
            Self::Launchd => "launchctl bootstrap gui/$(id -u) ~/Library/LaunchAgents/dev.tma1.sidecar.plist",
        }
    }

    /// How its user stops it, before or after its file has gone.
    pub fn stop(self) -> &'static str {
        match self {
            Self::Systemd => "systemctl --user disable --now tma1",
            Self::Launchd => "launchctl bootout gui/$(id -u)/dev.tma1.sidecar",
        }
    }

    fn text(self, program: &Program, data_dir: &str) -> String {
        let (text, escape): (&str, fn(&str) -> String) = match self {
            Self::Systemd => {
                (SYSTEMD, |word| word.replace('\\', "\\\\").replace('"', "\\\"").replace('%', "%%").replace('$', "$$"))
            }
            Self::Launchd => (LAUNCHD, |word| word.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")),
        };
        // What explains the template is not for the file.
        let text: String = match self {
            Self::Systemd => text.split_once("\n\n").map_or(text, |(_, rest)| rest).to_owned(),
            Self::Launchd => match (text.find("<!-- The sidecar"), text.find("-->\n")) {
                (Some(from), Some(to)) => format!("{}{}", &text[..from], &text[to + 4..]),
                _ => text.to_owned(),
            },
        };
        text.replace("@TMA1@", &escape(&program.name())).replace("@DATA_DIR@", &escape(data_dir))
    }
}

/// The file of the service; taken back with the last agent.
pub fn piece(manager: Manager, around: &Surroundings, program: &Program, data_dir: &str) -> Piece {
    let path: PathBuf = match manager {
        Manager::Systemd => around.dir(around.xdg_config_home.as_deref(), ".config").join("systemd/user/tma1.service"),
        Manager::Launchd => around.home.join("Library/LaunchAgents/dev.tma1.sidecar.plist"),
    };
    let text = manager.text(program, data_dir);
    Piece::own_file(Part::Service, path, text, true)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(manager: Manager) -> String {
        let program = Program { path: "/opt/a \"b\" 100%/tma1".into(), data_dir: None };
        let piece = piece(manager, &Surroundings::default(), &program, "/d&<ta>");
        piece.own.unwrap_or_default()
    }

    #[test]
    fn a_unit_of_systemd_names_both_and_nothing_of_the_template() {
        let unit = text(Manager::Systemd);
        assert!(unit.contains("ExecStart=\"/opt/a \\\"b\\\" 100%%/tma1\" serve\n"), "{unit}");
        assert!(unit.contains("Environment=\"TMA1_DATA_DIR=/d&<ta>\"\n") && unit.starts_with("[Unit]"), "{unit}");
        assert!(!unit.contains('@'), "{unit}");
    }

    #[test]
    fn an_agent_of_launchd_is_xml() {
        let plist = text(Manager::Launchd);
        assert!(plist.contains("<string>/opt/a \"b\" 100%/tma1</string>"), "{plist}");
        assert!(plist.contains("<string>/d&amp;&lt;ta&gt;</string>") && !plist.contains('@'), "{plist}");
        assert_eq!(plist.matches("<?xml").count(), 1);
    }
}
