#![no_main]

lethe_fuzz::program!("file_name");
