#![no_main]

lethe_fuzz::program!("recogniser");
