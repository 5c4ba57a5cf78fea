#![cfg_attr(fuzzing, no_main)]

ws_fuzz::target!(encoder_round_trip);
