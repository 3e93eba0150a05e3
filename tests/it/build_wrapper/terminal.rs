//! In a terminal: what a person sees, types and sends is as without us.

use super::Shell;
use crate::support::Home;

fn shell() -> (Home, Shell) {
    let home = Home::new();
    let shell = Shell::open(&home);
    (home, shell)
}

#[test]
fn the_command_has_a_terminal_of_the_same_size() {
    let (home, mut shell) = shell();
    home.script("look.py", "#!/usr/bin/env python3\nimport os\nprint([os.isatty(n) for n in (0, 1, 2)], os.get_terminal_size(1), os.get_terminal_size(2))\n");
    let bare = shell.line("./look.py");
    assert!(bare.contains("[True, True, True]") && bare.contains("columns=101, lines=33"), "{bare}");
    assert_eq!(shell.line("$T build -- ./look.py"), bare);
    // What is no terminal without us is none with us.
    for elsewhere in ["2>e", ">o 2>/dev/null; cat o", "</dev/null", "| cat", "2>&1 | cat"] {
        assert_eq!(
            shell.line(&format!("$T build -- ./look.py {elsewhere}")),
            shell.line(&format!("./look.py {elsewhere}")),
            "{elsewhere}"
        );
    }
}

#[test]
fn output_is_shown_byte_for_byte_and_at_once() {
    let (_home, mut shell) = shell();
    for command in
        ["printf 'a\\nb\\r\\nc\\td\\033[31mred\\033[0m\\n'", "sh -c 'echo 1; echo 2 >&2; echo 3; echo 4 >&2'"]
    {
        assert_eq!(shell.line(&format!("$T build -- {command}")), shell.line(command));
    }
    // A prompt without a line's end is there before anything is typed.
    shell.keys("$T build -- sh -c 'printf \"na\"me:; read x; echo hello $x'\n");
    shell.until("name:");
    shell.keys("you\n");
    shell.until("hello you");
}

#[test]
fn keys_arrive_one_by_one_whichever_way_they_are_asked_for() {
    let (home, mut shell) = shell();
    for descriptor in [0, 1] {
        let text = format!(
            "import os, termios, tty\nold = termios.tcgetattr({descriptor})\ntty.setraw({descriptor})\nos.write(1, b'now')\n\
             keys = os.read(0, 1) + os.read(0, 1)\ntermios.tcsetattr({descriptor}, termios.TCSADRAIN, old)\nprint(keys)\n"
        );
        home.write("keys.py", text);
        let modes = shell.line("stty -a");
        shell.keys("$T build -- python3 keys.py\n");
        shell.until("\n");
        shell.until("now");
        // Until the modes set on standard output have come through.
        crate::support::eventually("raw mode", || {
            let modes = rustix::termios::tcgetattr(&shell.master).ok()?;
            (!modes.local_modes.contains(rustix::termios::LocalModes::ICANON)).then_some(())
        });
        shell.keys("\u{3}x");
        shell.until("b'\\x03x'");
        shell.until(super::PROMPT);
        assert_eq!(shell.line("stty -a"), modes);
    }
}

#[test]
fn what_is_typed_ahead_is_left_for_the_shell() {
    let (_home, mut shell) = shell();
    shell.keys("$T build -- sleep 0.3\necho type''ahead\n");
    shell.until("typeahead");
}

#[test]
fn the_window_changes() {
    let (home, mut shell) = shell();
    home.write(
        "size.py",
        "import os, signal, time\nsignal.signal(signal.SIGWINCH, lambda *_: os.write(1, b'size %d %d\\n' % os.get_terminal_size(1)))\n\
         os.write(1, b'watch' + b'ing\\n')\nwhile True: time.sleep(1)\n",
    );
    shell.keys("$T build -- python3 size.py\n");
    shell.until("watching");
    shell.resize(50, 77);
    shell.until("size 77 50");
    shell.keys("\u{3}");
    shell.until(super::PROMPT);
}

#[test]
fn control_c_ends_the_command_and_a_loop_around_it() {
    let (home, mut shell) = shell();
    shell.keys("while true; do $T build -- sh -c 'echo go''ing; exec sleep 100'; echo aga''in; done\n");
    shell.until("going");
    shell.keys("\u{3}");
    let shown = shell.until(super::PROMPT);
    assert!(!shown.contains("again"), "{shown}");
    assert_eq!(shell.code(), "130");
    let run = home.build();
    assert_eq!((run["status"].as_str(), run["exit_code"].as_i64()), (Some("stopped"), Some(130)));
    // One that handles it ends as it likes.
    shell.keys("$T build -- sh -c 'trap \"echo caught; exit 7\" INT; echo go''ing; while :; do sleep 0.1; done'\n");
    shell.until("going");
    shell.keys("\u{3}");
    assert_eq!(shell.until(super::PROMPT).matches("caught").count(), 1);
    assert_eq!(shell.code(), "7");
    assert_eq!(home.build()["status"], "stopped");
}

#[test]
fn control_backslash_quits() {
    let (home, mut shell) = shell();
    shell.keys("$T build -- sh -c 'echo go''ing; exec sleep 100'\n");
    shell.until("going");
    shell.keys("\u{1c}");
    shell.until(super::PROMPT);
    assert_eq!(shell.code(), "131");
    assert_eq!(home.build()["exit_code"], 131);
}

#[test]
fn control_z_stops_it_and_it_goes_on_where_it_was() {
    let (home, mut shell) = shell();
    shell.keys("$T build -- sh -c 'echo go''ing; read x; echo x=$x'\n");
    shell.until("going");
    shell.keys("\u{1a}");
    let shown = shell.until(super::PROMPT);
    assert!(shown.contains("Stopped"), "{shown}");
    assert_eq!(shell.code(), "148");
    shell.keys("fg\n");
    shell.until("build -- sh");
    shell.until("\n");
    shell.keys("5\n");
    shell.until("x=5");
    shell.until(super::PROMPT);
    assert_eq!((shell.code().as_str(), home.build()["status"].as_str()), ("0", Some("passed")));
}

#[test]
fn a_program_that_cleans_up_before_it_stops_is_given_the_time() {
    let (home, mut shell) = shell();
    home.write(
        "stop.py",
        "import os, signal, time\ndone = []\ndef stop(*_):\n    os.write(1, b'clean')\n    time.sleep(0.2)\n    os.write(1, b'ed up\\n')\n    \
         os.kill(os.getpid(), signal.SIGSTOP)\n    done.append(1)\nsignal.signal(signal.SIGTSTP, stop)\nprint('run' + 'ning', flush=True)\n\
         while not done:\n    time.sleep(0.01)\nprint('back', flush=True)\n",
    );
    shell.keys("$T build -- python3 stop.py\n");
    shell.until("running");
    shell.keys("\u{1a}");
    let shown = shell.until(super::PROMPT);
    let (cleaned, stopped) = (shown.find("cleaned up"), shown.find("Stopped"));
    assert!(cleaned.is_some() && cleaned < stopped, "{shown}");
    shell.keys("fg\n");
    shell.until("back");
    shell.until(super::PROMPT);
}

#[test]
fn in_the_background_it_prints_and_may_not_read() {
    let (_home, mut shell) = shell();
    shell.keys("$T build -- sh -c 'echo pri''nted; read x; echo got=$x' &\n");
    shell.until("printed");
    crate::support::eventually("a stopped job", || shell.line("jobs").contains("Stopped").then_some(()));
    shell.keys("fg\n");
    shell.until("build -- sh");
    shell.until("\n");
    shell.keys("9\n");
    shell.until("got=9");
    shell.until(super::PROMPT);
}

#[test]
fn a_pager_beside_it_has_the_keys() {
    let (home, mut shell) = shell();
    home.write("pager.py", "import os, sys, tty\nsys.stdin.readline()\nkeys = open('/dev/tty', 'rb', buffering=0)\ntty.setcbreak(keys.fileno())\nprint('pa' + 'ging', flush=True)\nprint('key', keys.read(1))\nos.system('stty sane < /dev/tty')\n");
    shell.keys("$T build -- sh -c 'echo line; exec sleep 0.5' | python3 pager.py\n");
    shell.until("paging");
    shell.keys("k");
    shell.until("key b'k'");
    shell.until(super::PROMPT);
}
