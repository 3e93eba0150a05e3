//! Our block in texts that also talk about it.

use super::super::markers::{Markers, is_in, put, take_out};
use super::generate::Hand;
use super::{seeds, worst};

#[test]
fn any_text_survives_us() {
    let markers = Markers::markdown();
    let mut failed = Vec::new();
    for seed in seeds() {
        let mut hand = Hand::new(seed);
        let text = hand.markdown().unwrap_or_default();
        let body = "# tma1\n\n```sh\n~~~\ntma1\n";
        let story = || {
            let old = put(&text, &markers, "old body").map_err(|fault| format!("{fault:?}"))?;
            let new = put(&old, &markers, body).map_err(|fault| format!("{fault:?}"))?;
            let again = put(&new, &markers, body).map_err(|fault| format!("{fault:?}"))?;
            let edited = format!("{new}More of the user's\n");
            let out = take_out(&new, &markers).map_err(|fault| format!("{fault:?}"))?;
            let ended = text.is_empty() || text.ends_with(['\n', '\r']) || text == "\u{feff}";
            let kept = if ended { take_out(&edited, &markers) } else { Ok(format!("{text}More of the user's\n")) };
            let kept = kept.map_err(|fault| format!("{fault:?}"))?;
            let good = new == again && out == text && kept == format!("{text}More of the user's\n");
            if good && is_in(&new, &markers) == Ok(true) && is_in(&out, &markers) == Ok(false) {
                Ok(())
            } else {
                Err(format!("{text:?}\n{new:?}\n{again:?}\n{out:?}\n{kept:?}"))
            }
        };
        // A fence left open swallows what follows, also for those who render it.
        let open = text.lines().filter(|line| line.starts_with("```") || line.starts_with("~~~~")).count() % 2 == 1;
        if let Err(what) = story()
            && !open
        {
            failed.push(format!("seed {seed}: {text:?}\n{what}"));
        }
    }
    worst(&failed, 0);
}

#[test]
fn half_a_block_is_an_error_that_names_its_line() {
    let markers = Markers::markdown();
    let place = |text: &str| take_out(text, &markers).map_err(|fault| (fault.offset, fault.unfit));
    assert_eq!(place("a\n<!-- tma1:begin -->\nb\n"), Err((2, true)));
    assert_eq!(place("a\n<!-- tma1:end -->\n"), Err((2, true)));
    assert_eq!(place("<!-- tma1:begin -->\n<!-- tma1:begin -->\n<!-- tma1:end -->"), Err((0, true)));
    assert_eq!(put("a\n```sh\nb\n", &markers, "x").map_err(|f| f.offset), Err(2));
    assert_eq!(put("<!-- tma1:end -->\nx\n<!-- tma1:begin -->\n", &markers, "b").map_err(|f| f.offset), Err(0));
}

#[test]
fn the_block_of_an_older_version_is_replaced_in_its_place() {
    let old = "a\r\n<!-- tma1:start -->\r\nold\r\n<!-- tma1:end -->\r\nb\r\n";
    let new = put(old, &Markers::markdown(), "x\ny").unwrap();
    assert_eq!(new, "a\r\n<!-- tma1:begin -->\r\nx\r\ny\r\n<!-- tma1:end -->\r\nb\r\n");
}
