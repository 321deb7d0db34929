//! docs/reference/exit-codes.md.

use std::fmt::Write as _;

use lethe::cli::Outcome;

use super::{compare, generated_from};

/// What an outcome means. A new outcome needs a line here.
fn meaning(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Done => {
            "Done. No contact was answered with an error. Also if there was nothing to do, or the run was paused."
        }
        Outcome::Errors => {
            "Done, but something was answered with an error, refused or missed, or waits for an EXPORT. `verify`, `scrub`, `census`, `certificate`: something is left or could not be checked. `check`: something would be refused. `receipt verify`: something is not genuine or missing."
        }
        Outcome::Usage => {
            "Nothing was done: a wrong option, configuration or catalogue, a missing privilege, or a database that Lethe cannot use. It does not go away by itself."
        }
        Outcome::Failed => {
            "Something could not be done. The reason is on standard error. Nothing is lost or half done: run it again."
        }
    }
}

#[test]
fn the_page_lists_every_exit_code() {
    let mut page = format!(
        "# Exit codes\n\n{}\n{}\n\n| exit code | meaning |\n|---|---|\n",
        generated_from("`src/cli/outcome.rs`"),
        "The same for every command. If several apply, the most severe one counts: 1, then 2, then 3."
    );
    for outcome in [
        Outcome::Done,
        Outcome::Errors,
        Outcome::Usage,
        Outcome::Failed,
    ] {
        let _ = writeln!(page, "| {} | {} |", outcome.code(), meaning(outcome));
    }
    page.push_str(
        "\nFor systemd set `SuccessExitStatus=3`, as [lethe.service](../../packaging/lethe.service) does. \
         [Handle exit codes](../how-to/dba.md#9-handle-exit-codes) says what to do.\n",
    );
    compare("exit-codes.md", &page);
}
