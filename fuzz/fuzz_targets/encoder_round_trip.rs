#![cfg_attr(fuzzing, no_main)]

ws_testkit::target!(encoder_round_trip);
