//! `random` and `shuffle`, with the numbers that Python gives for the same seed.

use minijinja::Error;
use minijinja::Value;
use sha2::Digest;
use sha2::Sha512;

use crate::template::call::Call;
use crate::template::container::list;
use crate::template::convert::integer;
use crate::template::python;
use crate::template::python::Number;

/// How many numbers the generator makes at once.
const SIZE: usize = 624;

/// How far apart the numbers stand that are mixed.
const SHIFT: usize = 397;

/// Python's generator, the Mersenne Twister (Matsumoto and Nishimura, 1998): MT19937 with 32 bits.
struct Random {
    state: [u32; SIZE],
    used: usize,
}

impl Random {
    /// A generator with the call's seed; without a seed there would be no stable forecast, so one is needed.
    fn seeded(call: &Call<'_, '_, '_>) -> Result<Random, Error> {
        let seed = call.some("seed").ok_or_else(|| {
            call.error("give a seed, such as `seed=inventory_hostname`: without one every run would differ from its forecast")
        })?;
        let mut bytes = match (seed.as_str(), python::number(seed)) {
            (None, Some(Number::Int(number))) => number.unsigned_abs().to_be_bytes().to_vec(),
            _ => {
                let text = python::text(seed)?;
                [text.as_bytes(), &Sha512::digest(text.as_bytes())].concat()
            }
        };
        bytes.reverse();
        while bytes.len() > 4 && bytes.ends_with(&[0]) {
            bytes.pop();
        }
        let word = |bytes: &[u8]| {
            bytes
                .iter()
                .rev()
                .fold(0, |word, byte| word << 8 | u32::from(*byte))
        };
        let key: Vec<u32> = bytes.chunks(4).map(word).collect();
        Ok(Random::new(&key))
    }

    /// `init_by_array` of the reference implementation.
    fn new(key: &[u32]) -> Random {
        let mut state = [19_650_218; SIZE];
        for at in 1..SIZE {
            state[at] = mixed(state[at - 1])
                .wrapping_mul(1_812_433_253)
                .wrapping_add(at as u32);
        }
        let mut at = 1;
        let step = |state: &mut [u32; SIZE], at: &mut usize| {
            *at += 1;
            if *at == SIZE {
                (state[0], *at) = (state[SIZE - 1], 1);
            }
        };
        for round in 0..SIZE.max(key.len()) {
            let index = round % key.len();
            let word = state[at] ^ mixed(state[at - 1]).wrapping_mul(1_664_525);
            state[at] = word.wrapping_add(key[index]).wrapping_add(index as u32);
            step(&mut state, &mut at);
        }
        for _ in 1..SIZE {
            let word = state[at] ^ mixed(state[at - 1]).wrapping_mul(1_566_083_941);
            state[at] = word.wrapping_sub(at as u32);
            step(&mut state, &mut at);
        }
        state[0] = 0x8000_0000;
        Random { state, used: SIZE }
    }

    fn renew(&mut self) {
        for at in 0..SIZE {
            let word = (self.state[at] & 0x8000_0000) | (self.state[(at + 1) % SIZE] & 0x7fff_ffff);
            let odd = if word & 1 == 1 { 0x9908_b0df } else { 0 };
            self.state[at] = self.state[(at + SHIFT) % SIZE] ^ (word >> 1) ^ odd;
        }
        self.used = 0;
    }

    /// The next 32 bits.
    fn next(&mut self) -> u32 {
        if self.used == SIZE {
            self.renew();
        }
        let mut word = self.state[self.used];
        self.used += 1;
        word ^= word >> 11;
        word ^= (word << 7) & 0x9d2c_5680;
        word ^= (word << 15) & 0xefc6_0000;
        word ^ (word >> 18)
    }

    /// `getrandbits` of at most 64 bits: the low word comes first.
    fn bits(&mut self, count: u32) -> u64 {
        match count {
            0 => 0,
            1..=32 => u64::from(self.next() >> (32 - count)),
            _ => u64::from(self.next()) | u64::from(self.next() >> (64 - count)) << 32,
        }
    }

    /// `_randbelow`: a number below `limit`, which is not zero.
    fn below(&mut self, limit: u64) -> u64 {
        let bits = u64::BITS - limit.leading_zeros();
        loop {
            let number = self.bits(bits);
            if number < limit {
                return number;
            }
        }
    }
}

fn mixed(word: u32) -> u32 {
    word ^ (word >> 30)
}

/// `random`: an item, or a number below a limit.
pub(super) fn random(call: &mut Call<'_, '_, '_>) -> Result<Value, Error> {
    let mut random = Random::seeded(call)?;
    let end = call.need("end")?;
    if let Some(Number::Int(end)) = python::number(end) {
        let (start, step) = (call.int_or("start", 0)?, call.int_or("step", 1)?.max(1));
        let count =
            u64::try_from((end - i128::from(start) + i128::from(step) - 1) / i128::from(step)).unwrap_or(0);
        if count == 0 {
            return Err(call.error("there is no number in this range"));
        }
        return Ok(integer(
            i128::from(start) + i128::from(random.below(count)) * i128::from(step),
        ));
    }
    let items = python::items(end)?;
    if items.is_empty() {
        return Err(call.error("the list is empty"));
    }
    let index = usize::try_from(random.below(items.len() as u64)).unwrap_or(0);
    Ok(items[index].clone())
}

/// `shuffle`.
pub(super) fn shuffle(call: &mut Call<'_, '_, '_>) -> Result<Value, Error> {
    let mut random = Random::seeded(call)?;
    let mut items = call.items("mylist")?;
    for last in (1..items.len()).rev() {
        let other = usize::try_from(random.below(last as u64 + 1)).unwrap_or(0);
        items.swap(last, other);
    }
    Ok(list(items))
}
