//! How much of each picture fits: every wished-for picture small before any of them large, in the order of the wishes.

/// One picture that a receiver wants, and what it would cost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// Bits a second of each layer, from the smallest; `None`: nothing comes of it now.
    pub rates: Vec<Option<u64>>,
    /// The layer that is wished for: that, or the next one below it that comes, or the next above.
    pub wish: usize,
    /// What is sent now.
    pub now: Option<usize>,
}

/// What was decided.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Decision {
    /// A layer for each, or none where there is no room.
    pub layers: Vec<Option<usize>>,
    /// What these take together.
    pub used: u64,
    /// What they would take with one step more.
    pub next: u64,
    /// What they would take if there were room for every wish.
    pub wished: u64,
}

/// What is free has to be this much more than a step up takes, in hundredths: or the picture would go up and down.
const SLACK: u64 = 115;

/// Chooses. `room` is in bits a second. `may_rise`: whether steps up are taken now.
pub fn choose(choices: &[Choice], room: u64, may_rise: bool) -> Decision {
    let mut decision = Decision { layers: vec![None; choices.len()], ..Decision::default() };
    for (choice, layer) in choices.iter().zip(&mut decision.layers) {
        let Some((lowest, rate)) = choice.lowest() else { continue };
        let rises = choice.now.is_none();
        if fits(decision.used, rate, room, rises) {
            *layer = Some(lowest);
            decision.used += rate;
        }
    }
    decision.next = decision.used;
    for (choice, layer) in choices.iter().zip(&mut decision.layers) {
        let Some((wish, wished)) = choice.wished() else { continue };
        decision.wished += wished;
        let have = layer.and_then(|layer| choice.rates[layer]).unwrap_or(0);
        let mut best = *layer;
        for (at, rate) in choice.steps(wish).filter(|(at, _)| layer.is_some_and(|layer| *at > layer)) {
            let rises = choice.now.is_none_or(|now| at > now);
            if (!rises || may_rise) && fits(decision.used - have, rate, room, rises) {
                best = Some(at);
            }
        }
        if best != *layer {
            let rate = best.and_then(|best| choice.rates[best]).unwrap_or(have);
            decision.used = decision.used - have + rate;
            *layer = best;
        }
        // The first that did not get its wish says what is to be tried next.
        if decision.next <= decision.used && *layer != Some(wish) {
            let have = layer.and_then(|layer| choice.rates[layer]).unwrap_or(0);
            let above = choice.steps(wish).find(|(at, _)| layer.is_none_or(|layer| *at > layer));
            decision.next = decision.used - have + above.map_or(have, |(_, rate)| rate);
        }
    }
    decision.next = decision.next.max(decision.used);
    decision
}

fn fits(used: u64, rate: u64, room: u64, rises: bool) -> bool {
    let needed = used.saturating_add(rate);
    if rises { needed_for(needed) <= room } else { needed <= room }
}

/// How much has to be free for a step up to so many bits a second.
pub fn needed_for(rate: u64) -> u64 {
    rate.saturating_mul(SLACK) / 100
}

impl Choice {
    /// What it takes in its smallest.
    pub fn least(&self) -> Option<u64> {
        self.lowest().map(|(_, rate)| rate)
    }

    fn lowest(&self) -> Option<(usize, u64)> {
        self.rates.iter().enumerate().find_map(|(at, rate)| rate.map(|rate| (at, rate)))
    }

    /// The layer that comes nearest to the wish.
    fn wished(&self) -> Option<(usize, u64)> {
        let below = self.steps(self.wish).last();
        below.or_else(|| self.lowest())
    }

    fn steps(&self, up_to: usize) -> impl Iterator<Item = (usize, u64)> {
        let rates = self.rates.iter().enumerate().take(up_to + 1);
        rates.filter_map(|(at, rate)| rate.map(|rate| (at, rate)))
    }
}

/// The layer for a picture of a height, of so many. Whoever sends two sends about 180 and 720 lines.
pub fn layer_for(height: u32, layers: usize) -> usize {
    let wanted = match height {
        0..=270 => 0,
        271..=480 => 1,
        _ => 2,
    };
    wanted.min(layers.saturating_sub(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn choice(wish: usize, now: Option<usize>) -> Choice {
        Choice { rates: vec![Some(100), Some(1_000)], wish, now }
    }

    #[test]
    fn small_before_large_and_the_first_wish_first() {
        let three = [choice(1, None), choice(1, None), choice(0, None)];
        let layers = |room| choose(&three, room, true).layers;
        assert_eq!(layers(50), [None, None, None]);
        assert_eq!(layers(240), [Some(0), Some(0), None]);
        assert_eq!(layers(400), [Some(0), Some(0), Some(0)]);
        assert_eq!(layers(1_400), [Some(1), Some(0), Some(0)]);
        assert_eq!(layers(2_500), [Some(1), Some(1), Some(0)]);
        let decision = choose(&three, u64::MAX, true);
        assert_eq!((decision.used, decision.wished, decision.next), (2_100, 2_100, 2_100));
        let decision = choose(&three, 400, true);
        assert_eq!((decision.used, decision.next, decision.wished), (300, 1_200, 2_100));
    }

    #[test]
    fn what_is_sent_stays_where_a_step_up_would_not_be_taken() {
        assert_eq!(choose(&[choice(1, Some(1))], 1_050, true).layers, [Some(1)]);
        assert_eq!(choose(&[choice(1, Some(0))], 1_050, true).layers, [Some(0)]);
        assert_eq!(choose(&[choice(1, Some(0))], 9_000, false).layers, [Some(0)]);
        assert_eq!(choose(&[choice(1, Some(1))], 999, true).layers, [Some(0)]);
    }

    #[test]
    fn a_layer_that_does_not_come_is_replaced_by_one_that_does() {
        let only = |rates: [Option<u64>; 3], wish| {
            let choice = Choice { rates: rates.to_vec(), wish, now: None };
            choose(&[choice], u64::MAX, true).layers[0]
        };
        assert_eq!(only([None, Some(5), None], 2), Some(1));
        assert_eq!(only([None, Some(5), None], 0), Some(1));
        assert_eq!(only([Some(1), None, Some(9)], 1), Some(0));
        assert_eq!(only([None, None, None], 1), None);
    }

    #[test]
    fn heights() {
        assert_eq!([180, 360, 720].map(|height| layer_for(height, 3)), [0, 1, 2]);
        assert_eq!([180, 360, 720].map(|height| layer_for(height, 2)), [0, 1, 1]);
        assert_eq!(layer_for(2_160, 1), 0);
    }
}
