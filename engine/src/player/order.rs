//! In which order the items of a round come.

/// Stands in a round for the item that is lit and was taken out of the list.
pub(super) const GONE: usize = usize::MAX;

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
            order.shuffle_from(0);
            // The round begins with what was asked for, so that all others come before it again.
            if let Some(found) = order.round.iter().position(|&index| index == first) {
                order.round.swap(0, found);
            }
            order.place = 0;
        }
        order
    }

    /// The same walk over an edited list: what was played in this round stays played, what is lit
    /// stays lit. `to` tells the new index of an old one, if it is still there; `len` is the new
    /// length and not zero.
    pub(super) fn edited(
        &self,
        to: impl Fn(usize) -> Option<usize>,
        len: usize,
        shuffle: bool,
    ) -> Self {
        let here = to(self.current());
        if shuffle != self.shuffle {
            let mut order = Self::starting_at(len, here.unwrap_or(0), shuffle, self.random);
            if here.is_none() {
                order.round.insert(order.place, GONE);
            }
            return order;
        }
        let mut order = Self { round: Vec::with_capacity(len + 1), ..self.clone() };
        if shuffle {
            for (place, &old) in self.round.iter().enumerate() {
                if place == self.place {
                    order.place = order.round.len();
                    order.round.push(here.unwrap_or(GONE));
                } else if let Some(new) = to(old) {
                    order.round.push(new);
                }
            }
            // What is new comes at a place of chance among what is left of the round.
            let known = order.round.clone();
            order.round.extend((0..len).filter(|index| !known.contains(index)));
            if order.round.len() > known.len() {
                order.shuffle_from(order.place + 1);
            }
            return order;
        }
        order.round.extend(0..len);
        order.place = here.unwrap_or_else(|| {
            // Where it was: before the first of those after it that is still there, or after the
            // last of those before it.
            let after = self.round[self.place + 1..].iter().find_map(|&old| to(old));
            let before = || self.round[..self.place].iter().rev().find_map(|&old| to(old));
            let place = after.or_else(|| before().map(|index| index + 1)).unwrap_or(0);
            order.round.insert(place, GONE);
            place
        });
        order
    }

    /// The index it stands on, or [`GONE`].
    pub(super) fn current(&self) -> usize {
        self.round[self.place]
    }

    /// Whether the round has an item after this one.
    pub(super) fn at_end(&self) -> bool {
        self.place + 1 >= self.round.len()
    }

    /// One step on. At the end of the round a new one begins.
    pub(super) fn forward(&mut self) {
        let ends = self.at_end();
        let last = self.current();
        if last == GONE {
            self.round.remove(self.place);
        } else {
            self.place += 1;
        }
        if !ends {
            return;
        }
        self.place = 0;
        if self.shuffle && self.round.len() > 1 {
            self.shuffle_from(0);
            // Nothing is shown twice in a row.
            if self.round[0] == last {
                let end = self.round.len() - 1;
                self.round.swap(0, end);
            }
        }
    }

    /// One step back; from the start of the round to its end if `wrap`, else to the start.
    pub(super) fn back(&mut self, wrap: bool) {
        if self.current() == GONE {
            self.round.remove(self.place);
        }
        if self.place > 0 {
            self.place -= 1;
        } else if wrap {
            self.place = self.round.len() - 1;
        }
    }

    /// Fisher-Yates with a xorshift generator: fair enough for pictures, the same for a seed.
    fn shuffle_from(&mut self, start: usize) {
        for upper in (start + 1..self.round.len()).rev() {
            self.random ^= self.random << 13;
            self.random ^= self.random >> 7;
            self.random ^= self.random << 17;
            let pick = start + (self.random >> 11) as usize % (upper - start + 1);
            self.round.swap(upper, pick);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn walk(order: &Order, steps: usize) -> Vec<usize> {
        let mut order = order.clone();
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
        assert_eq!(walk(&Order::starting_at(3, 1, false, 42), 5), [1, 2, 0, 1, 2]);
    }

    #[test]
    fn a_shuffled_round_shows_everything_once_and_nothing_twice_in_a_row() {
        let walked = walk(&Order::starting_at(7, 3, true, 42), 7 * 20);
        assert_eq!(walked[0], 3);
        for round in walked.chunks(7) {
            let mut sorted = round.to_vec();
            sorted.sort_unstable();
            assert_eq!(sorted, [0, 1, 2, 3, 4, 5, 6]);
        }
        assert!(walked.windows(2).all(|pair| pair[0] != pair[1]));
        assert_ne!(walked[7..14], walked[14..21]);
    }

    #[test]
    fn an_edit_goes_on_where_the_walk_was() {
        // Old items 0, 1, 2; what each has become, the new length, the walk from there.
        let check = |at: usize, to: [Option<usize>; 3], len: usize, expect: &[usize]| {
            let order = Order::starting_at(3, at, false, 1).edited(|old| to[old], len, false);
            assert_eq!(walk(&order, expect.len()), expect, "at {at}, {to:?}");
        };
        check(1, [Some(0), Some(1), Some(2)], 3, &[1, 2, 0]);
        check(0, [None, Some(0), Some(1)], 2, &[GONE, 0, 1, 0]);
        check(1, [Some(0), None, Some(1)], 2, &[GONE, 1, 0]);
        check(2, [Some(0), Some(1), None], 2, &[GONE, 0, 1]);
        check(2, [Some(0), Some(1), None], 3, &[GONE, 2, 0]);
        check(0, [None, None, None], 2, &[GONE, 0, 1, 0]);
    }

    #[test]
    fn the_last_item_taken_out_leaves_the_end_of_the_list() {
        let order = Order::starting_at(3, 2, false, 1);
        assert!(order.edited(|old| (old < 2).then_some(old), 2, false).at_end());
        let first = Order::starting_at(3, 0, false, 1);
        assert!(!first.edited(|old| old.checked_sub(1), 2, false).at_end());
    }

    #[test]
    fn an_edit_of_a_shuffled_round_plays_nothing_twice() {
        for seed in 1..200 {
            let mut order = Order::starting_at(5, 2, true, seed);
            let mut played = vec![order.current()];
            for _ in 0..2 {
                order.forward();
                played.push(order.current());
            }
            // The one that is lit is taken out, and a new one comes: number 4 of the new list.
            let lit = order.current();
            let to = |old: usize| match old.cmp(&lit) {
                std::cmp::Ordering::Less => Some(old),
                std::cmp::Ordering::Equal => None,
                std::cmp::Ordering::Greater => Some(old - 1),
            };
            let edited = order.edited(to, 5, true);
            let rest: Vec<usize> = walk(&edited, 4)[1..].to_vec();
            let mut all: Vec<usize> = played[..2].iter().filter_map(|&old| to(old)).collect();
            all.extend(&rest);
            all.sort_unstable();
            assert_eq!(all, [0, 1, 2, 3, 4], "seed {seed}: played {played:?}, then {rest:?}");
        }
    }

    #[test]
    fn a_step_back_from_what_is_gone_is_to_the_one_before_it() {
        let mut order = Order::starting_at(3, 1, false, 1).edited(
            |old| [Some(0), None, Some(1)][old],
            2,
            false,
        );
        order.back(true);
        assert_eq!(order.current(), 0);
    }
}
