//! `random` and `shuffle`, with the numbers that Python gives for the same seed.

use minijinja::Error;
use minijinja::Value;
use sha2::Digest;
use sha2::Sha512;

use crate::template::call::Call;
use crate::template::container::list;
use crate::template::convert::integer;
use crate::template::frame;
use crate::template::marker::Unknown;
use crate::template::python;
use crate::template::python::Number;
use crate::template::python::Shape;

/// How many numbers the generator makes at once.
const SIZE: usize = 624;

/// How far apart the numbers stand that are mixed.
const SHIFT: usize = 397;

/// What stands for a value that is drawn only in a real run.
pub(in crate::template) const DRAWN: &str = "a random choice";

/// Where numbers come from.
pub(in crate::template) enum Random {
    /// The generator that Python has for a seed.
    Seeded(Box<Twister>),
    /// The controller's kernel.
    System,
}

/// Python's generator, the Mersenne Twister (Matsumoto and Nishimura, 1998): MT19937 with 32 bits.
pub(in crate::template) struct Twister {
    state: [u32; SIZE],
    used: usize,
}

impl Random {
    /// The numbers of a seed, or those of the kernel; none where these would differ from the run's, in a forecast.
    pub(in crate::template) fn of(seed: Option<&Value>) -> Result<Option<Random>, Error> {
        match seed.filter(|seed| !seed.is_none()) {
            Some(seed) => Ok(Some(Random::Seeded(Box::new(Twister::seeded(seed)?)))),
            None => Random::drawn(),
        }
    }

    /// The numbers of the kernel; none in a forecast.
    pub(in crate::template) fn drawn() -> Result<Option<Random>, Error> {
        let draws = frame::context().is_some_and(|context| context.templar.settings().draws);
        Ok(draws.then_some(Random::System))
    }

    /// The next 32 bits.
    fn next(&mut self) -> Result<u32, Error> {
        match self {
            Random::Seeded(twister) => Ok(twister.next()),
            Random::System => {
                getrandom::u32().map_err(|error| python::error(format!("no random numbers: {error}")))
            }
        }
    }

    /// `getrandbits` of at most 64 bits: the low word comes first.
    fn bits(&mut self, count: u32) -> Result<u64, Error> {
        Ok(match count {
            0 => 0,
            1..=32 => u64::from(self.next()? >> (32 - count)),
            _ => u64::from(self.next()?) | u64::from(self.next()? >> (64 - count)) << 32,
        })
    }

    /// `_randbelow`: a number below `limit`, which is not zero.
    pub(in crate::template) fn below(&mut self, limit: u64) -> Result<u64, Error> {
        let bits = u64::BITS - limit.leading_zeros();
        loop {
            let number = self.bits(bits)?;
            if number < limit {
                return Ok(number);
            }
        }
    }

    /// An index into so many items, of which there is at least one.
    pub(in crate::template) fn index(&mut self, count: usize) -> Result<usize, Error> {
        Ok(usize::try_from(self.below(count as u64)?).unwrap_or(0))
    }

    /// A text of so many of these characters.
    pub(in crate::template) fn text(&mut self, characters: &[char], length: usize) -> Result<String, Error> {
        (0..length)
            .map(|_| Ok(characters[self.index(characters.len())?]))
            .collect()
    }
}

impl Twister {
    /// A generator with a seed, as `random.Random(seed)`.
    fn seeded(seed: &Value) -> Result<Twister, Error> {
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
        Ok(Twister::new(&key))
    }

    /// `init_by_array` of the reference implementation.
    fn new(key: &[u32]) -> Twister {
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
        Twister { state, used: SIZE }
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
}

fn mixed(word: u32) -> u32 {
    word ^ (word >> 30)
}

fn generator(call: &Call<'_, '_, '_>) -> Result<Option<Random>, Error> {
    Random::of(call.some("seed"))
}

/// `random`: an item, or a number below a limit.
pub(super) fn random(call: &mut Call<'_, '_, '_>) -> Result<Value, Error> {
    let end = call.need("end")?;
    if let Some(Number::Int(end)) = python::number(end) {
        let (start, step) = (call.int_or("start", 0)?, call.int_or("step", 1)?.max(1));
        let count =
            u64::try_from((end - i128::from(start) + i128::from(step) - 1) / i128::from(step)).unwrap_or(0);
        if count == 0 {
            return Err(call.error("there is no number in this range"));
        }
        let Some(mut random) = generator(call)? else {
            return Ok(Unknown::value(&DRAWN.into()));
        };
        return Ok(integer(
            i128::from(start) + i128::from(random.below(count)?) * i128::from(step),
        ));
    }
    if !matches!(python::shape(end), Shape::Seq(_) | Shape::Map(_) | Shape::Str(_)) {
        return Err(call.error("random can only be used on sequences and integers"));
    }
    if call.some("start").is_some() || call.some("step").is_some() {
        return Err(call.error("start and step can only be used with integer values"));
    }
    let items = python::items(end)?;
    if items.is_empty() {
        return Err(call.error("the list is empty"));
    }
    match generator(call)? {
        Some(mut random) => Ok(items[random.index(items.len())?].clone()),
        None => Ok(Unknown::value(&DRAWN.into())),
    }
}

/// `shuffle`; what is no list stays as it is.
pub(super) fn shuffle(call: &mut Call<'_, '_, '_>) -> Result<Value, Error> {
    let value = call.need("mylist")?;
    if !matches!(
        python::shape(value),
        Shape::Seq(_) | Shape::Map(_) | Shape::Str(_)
    ) {
        return Ok(value.clone());
    }
    let mut items = python::items(value)?;
    let Some(mut random) = generator(call)? else {
        return Ok(Unknown::value(&DRAWN.into()));
    };
    for last in (1..items.len()).rev() {
        let other = random.index(last + 1)?;
        items.swap(last, other);
    }
    Ok(list(items))
}
