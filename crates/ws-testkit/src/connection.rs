//! Two connections joined by a wire, and a program of operations on both ends.
//!
//! For any program, no message is lost, reordered or invented. Each end writes at most one Close,
//! and nothing after it. Every call answers as the state demands, and an error writes nothing. Both
//! ends reach their end.

mod end;
pub mod program;

use end::End;
use program::{Operation, Program};

use crate::event::Role;

/// Runs a program. Panics if a property does not hold.
pub fn run(data: &[u8]) {
    let mut program = Program::new(data);
    let streaming = program.byte();
    let mut wire = Wire {
        ends: [
            End::new(Role::Server, streaming & 1 != 0),
            End::new(Role::Client, streaming & 2 != 0),
        ],
        cut: false,
    };
    while let Some((side, operation)) = program.next() {
        wire.operate(side, operation);
    }
    wire.finish();
}

struct Wire {
    ends: [End; 2],
    cut: bool,
}

impl Wire {
    fn operate(&mut self, side: usize, operation: Operation) {
        match operation {
            Operation::Deliver(bytes) => self.deliver(side, bytes),
            Operation::DeliverAll => self.deliver(side, usize::MAX),
            Operation::Cut(bytes) => self.cut(side, bytes),
            operation => self.ends[side].send(&operation),
        }
    }

    /// Delivers bytes that this side wrote to the other side.
    fn deliver(&mut self, side: usize, bytes: usize) {
        if !self.cut {
            let piece = self.ends[side].take_output(bytes);
            self.ends[1 - side].receive(&piece);
        }
    }

    /// Delivers the last `bytes` to the other side. Neither side gets anything after that.
    fn cut(&mut self, side: usize, bytes: usize) {
        self.deliver(side, bytes);
        self.cut = true;
    }

    /// Closes both ends if they are open, delivers everything, and lets both find the end.
    fn finish(&mut self) {
        for side in [0, 1] {
            self.deliver_until_quiet();
            if !self.cut {
                self.ends[side].check_answered();
            }
            self.ends[side].send(&Operation::Close(1000, 0));
        }
        self.deliver_until_quiet();
        for side in [0, 1] {
            let (end, other) = (&self.ends[side], &self.ends[1 - side]);
            end.check_received(other, self.cut);
            end.check_written();
        }
        for end in &mut self.ends {
            end.receive_eof(self.cut);
        }
    }

    fn deliver_until_quiet(&mut self) {
        while !self.cut && self.ends.iter_mut().any(End::has_output) {
            self.deliver(0, usize::MAX);
            self.deliver(1, usize::MAX);
        }
    }
}
