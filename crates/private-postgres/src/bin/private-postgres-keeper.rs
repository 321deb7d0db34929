//! A keeper of its own, for applications (and tests) whose own program cannot be one.

fn main() {
    let mut arguments = std::env::args_os().skip(1);
    if arguments
        .next()
        .is_none_or(|first| first != private_postgres::KEEPER_ARGUMENT)
    {
        // The library ignores the exit code; by hand there is nothing to do here.
        std::process::exit(2);
    }
    std::process::exit(private_postgres::keeper_main(arguments));
}
