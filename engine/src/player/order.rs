//! In which order the items of a round come.

/// A walk over the indices `0..len`, in order or shuffled anew each round.
#[derive(Clone, Debug)]
pub(super) struct Order {
    round: Vec<usize>,
    place: usize,
    shuffle: bool,
    random: u64,
}

impl Order {
    /// A walk that stands on `first`. `len` is not zero, `first` below it.
    pub(super) fn starting_at(len: usize, first: usize, shuffle: bool, seed: u64) -> Self {
        let mut order = Self { round: (0..len).collect(), place: first, shuffle, random: seed | 1 };
        if shuffle {
            order.shuffle_round();
            // The round begins with what was asked for, so that all others come before it again.
            if let Some(found) = order.round.iter().position(|&index| index == first) {
                order.round.swap(0, found);
            }
            order.place = 0;
        }
        order
    }

    /// The index it stands on.
    pub(super) fn current(&self) -> usize {
        self.round[self.place]
    }

    /// Whether the round has an item after this one.
    pub(super) fn at_end(&self) -> bool {
        self.place + 1 >= self.round.len()
    }

    /// One step on. At the end of the round a new one begins.
    pub(super) fn forward(&mut self) {
        if !self.at_end() {
            self.place += 1;
            return;
        }
        let last = self.current();
        self.place = 0;
        if self.shuffle && self.round.len() > 1 {
            self.shuffle_round();
            // Nothing is shown twice in a row.
            if self.round[0] == last {
                let end = self.round.len() - 1;
                self.round.swap(0, end);
            }
        }
    }

    /// One step back; from the start of the round to its end if `wrap`, else nowhere.
    pub(super) fn back(&mut self, wrap: bool) {
        if self.place > 0 {
            self.place -= 1;
        } else if wrap {
            self.place = self.round.len() - 1;
        }
    }

    /// Fisher-Yates with a xorshift generator: fair enough for pictures, the same for a seed.
    fn shuffle_round(&mut self) {
        for upper in (1..self.round.len()).rev() {
            self.random ^= self.random << 13;
            self.random ^= self.random >> 7;
            self.random ^= self.random << 17;
            let pick = (self.random >> 11) as usize % (upper + 1);
            self.round.swap(upper, pick);
        }
    }

    /// The seed for a walk that goes on from this one.
    pub(super) fn seed(&self) -> u64 {
        self.random
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn walk(len: usize, first: usize, shuffle: bool, steps: usize) -> Vec<usize> {
        let mut order = Order::starting_at(len, first, shuffle, 42);
        (0..steps)
            .map(|_| {
                let index = order.current();
                order.forward();
                index
            })
            .collect()
    }

    #[test]
    fn an_unshuffled_walk_goes_round_from_where_it_starts() {
        assert_eq!(walk(3, 1, false, 5), [1, 2, 0, 1, 2]);
    }

    #[test]
    fn a_shuffled_round_shows_everything_once_and_nothing_twice_in_a_row() {
        let walked = walk(7, 3, true, 7 * 20);
        assert_eq!(walked[0], 3);
        for round in walked.chunks(7) {
            let mut sorted = round.to_vec();
            sorted.sort_unstable();
            assert_eq!(sorted, [0, 1, 2, 3, 4, 5, 6]);
        }
        assert!(walked.windows(2).all(|pair| pair[0] != pair[1]));
        assert_ne!(walked[7..14], walked[14..21]);
    }
}
