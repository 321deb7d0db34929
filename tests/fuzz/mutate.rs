//! Mutations of seeds, the same in every run.

/// The words of a dictionary as libFuzzer reads it: one quoted word a line, `\\`, `\"` and `\xAB` escaped.
pub fn dictionary(text: &str) -> Vec<Vec<u8>> {
    let lines = text
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines
        .map(|line| word(line).unwrap_or_else(|| panic!("no word: {line}")))
        .collect()
}

fn word(line: &str) -> Option<Vec<u8>> {
    let mut rest = line.strip_prefix('"')?.strip_suffix('"')?.bytes();
    let mut word = Vec::new();
    while let Some(byte) = rest.next() {
        word.push(match byte {
            b'\\' => match rest.next()? {
                b'x' => {
                    let digits = [rest.next()?, rest.next()?];
                    u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?
                }
                other => other,
            },
            other => other,
        });
    }
    Some(word)
}

/// An endless sequence of inputs, each a seed with one to eight changes.
pub struct Mutations<'a> {
    seeds: &'a [&'a [u8]],
    words: &'a [Vec<u8>],
    state: u64,
}

impl<'a> Mutations<'a> {
    pub fn new(seeds: &'a [&'a [u8]], words: &'a [Vec<u8>]) -> Mutations<'a> {
        Mutations {
            seeds,
            words,
            state: 0x1e7e,
        }
    }

    /// A number below `limit` (splitmix64).
    fn below(&mut self, limit: usize) -> usize {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % limit.max(1) as u64) as usize
    }

    fn change(&mut self, data: &mut Vec<u8>) {
        let at = self.below(data.len() + 1);
        let end = at + self.below((data.len() - at).min(32) + 1);
        match self.below(7) {
            0 => drop(data.drain(at..end)),
            1 => {
                let copy = data[at..end].to_vec();
                let to = self.below(data.len() + 1);
                data.splice(to..to, copy);
            }
            2 | 3 if !self.words.is_empty() => {
                let word = self.words[self.below(self.words.len())].clone();
                let end = if self.below(2) == 0 { at } else { end };
                data.splice(at..end, word);
            }
            4 => {
                let other = self.seeds[self.below(self.seeds.len())];
                let from = self.below(other.len() + 1);
                let to = from + self.below((other.len() - from).min(256) + 1);
                data.splice(at..at, other[from..to].iter().copied());
            }
            5 => data.insert(at, self.below(256) as u8),
            _ if at < data.len() => data[at] ^= 1 << self.below(8),
            _ => data.push(self.below(128) as u8),
        }
    }
}

impl Iterator for Mutations<'_> {
    type Item = Vec<u8>;

    fn next(&mut self) -> Option<Vec<u8>> {
        let mut data = self.seeds[self.below(self.seeds.len())].to_vec();
        for _ in 0..=self.below(8) {
            self.change(&mut data);
        }
        data.truncate(16 * 1024);
        Some(data)
    }
}
