//! Holds the real program against its budgets on a made-up history: `cargo bench --bench budgets -- --bytes 1GB`.

mod corpus;
mod measure;

use std::process::ExitCode;

use measure::options::{HELP, Options, Wish};
use measure::report::Report;
use measure::scene::Scene;
use measure::{Failure, answering, checks, floors, importing, live, rivals};

fn main() -> ExitCode {
    let outcome = match Options::parse(std::env::args().skip(1)) {
        Ok(Wish::Run(options)) => run(&options),
        Ok(Wish::Explain) => {
            println!("{HELP}");
            Ok(())
        }
        Err(problem) => Err(problem),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("budgets: {problem}");
            ExitCode::FAILURE
        }
    }
}

fn run(options: &Options) -> Result<(), Failure> {
    let mut report = Report::new();
    eprintln!("writing the corpus …");
    let mut scene = Scene::set(options, "history", options.amount)?;
    report.corpus(&scene.counts);

    eprintln!("measuring what is underneath …");
    let floors = floors::measure(&scene)?;
    eprintln!("importing …");
    importing::measure(&mut scene, options, &floors, &mut report)?;
    if options.wants("totals") {
        eprintln!("comparing totals …");
        checks::compare(&scene, &mut report)?;
    }
    eprintln!("asking …");
    answering::measure(&scene, options, &floors, &mut report);
    eprintln!("living through it …");
    live::measure(&scene, options, &floors, &mut report)?;
    scene.clear()?;
    if options.agentsview.is_some() || options.ccusage.is_some() {
        eprintln!("timing the others …");
        rivals::measure(options, &mut report)?;
    }
    println!("{report}");
    Ok(())
}
