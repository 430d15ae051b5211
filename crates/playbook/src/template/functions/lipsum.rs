//! `lipsum`: text that says nothing, for trying a layout.

use minijinja::Error;
use minijinja::Value;

use crate::template::call::Call;
use crate::template::filters::DRAWN;
use crate::template::filters::Random;
use crate::template::marker::Unknown;

const WORDS: [&str; 40] = [
    "lorem",
    "ipsum",
    "dolor",
    "sit",
    "amet",
    "consectetur",
    "adipiscing",
    "elit",
    "sed",
    "do",
    "eiusmod",
    "tempor",
    "incididunt",
    "ut",
    "labore",
    "et",
    "dolore",
    "magna",
    "aliqua",
    "enim",
    "ad",
    "minim",
    "veniam",
    "quis",
    "nostrud",
    "exercitation",
    "ullamco",
    "laboris",
    "nisi",
    "aliquip",
    "ex",
    "ea",
    "commodo",
    "consequat",
    "duis",
    "aute",
    "irure",
    "in",
    "voluptate",
    "velit",
];

/// `lipsum(n=5, html=True, min=20, max=100)`: paragraphs with so many words each, drawn anew each time.
pub(super) fn lipsum(call: &mut Call<'_, '_, '_>) -> Result<Value, Error> {
    let count = call.int_or("n", 5)?;
    let html = call.flag("html", true)?;
    let (least, most) = (call.int_or("min", 20)?, call.int_or("max", 100)?);
    let Some(mut random) = Random::drawn()? else {
        return Ok(Unknown::value(&DRAWN.into()));
    };
    let range = u64::try_from(most - least)
        .ok()
        .filter(|range| *range > 0 && least >= 0);
    let range = range.ok_or_else(|| call.error("`max` must be above `min`"))?;
    let mut paragraphs = Vec::new();
    for _ in 0..count {
        let words = u64::try_from(least).unwrap_or(0) + random.below(range)?;
        let text = paragraph(words, &mut random)?;
        paragraphs.push(if html { format!("<p>{text}</p>") } else { text });
    }
    Ok(Value::from(paragraphs.join(if html { "\n" } else { "\n\n" })))
}

/// Sentences of four to twelve words.
fn paragraph(words: u64, random: &mut Random) -> Result<String, Error> {
    let mut text = String::new();
    let mut left = 0;
    for at in 0..words {
        let index = usize::try_from(random.below(WORDS.len() as u64)?).unwrap_or(0);
        let word = WORDS[index % WORDS.len()];
        if left == 0 {
            left = 4 + random.below(9)?;
            let (first, rest) = word.split_at(1);
            text.push_str(&first.to_uppercase());
            text.push_str(rest);
        } else {
            text.push_str(word);
        }
        left -= 1;
        text.push_str(match (left, at + 1 == words) {
            (_, true) => ".",
            (0, false) => ". ",
            (_, false) => " ",
        });
    }
    Ok(text)
}
