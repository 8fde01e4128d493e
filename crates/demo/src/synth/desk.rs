//! The desk: parts, their way through filters, hall and echo, and the frames that come out.

use super::room::{Echo, Hall};
use super::wave::{Filter, RATE, hertz};
use super::{BLOCK, Instrument, Note, Voice};
use crate::math::{sine, smooth};

/// A whole piece. A gapless album is one piece, cut into spans.
pub(crate) struct Score {
    pub(crate) parts: Vec<Part>,
    /// First frames of the bass drum's strokes; ducked parts make way for them.
    pub(crate) kicks: Vec<u32>,
    /// Seconds in which the hall falls silent.
    pub(crate) hall: f32,
    /// Seconds between echoes.
    pub(crate) echo: f32,
    /// The gain that brings the piece to its loudness.
    pub(crate) gain: f32,
}

/// Notes on one instrument and their place in the mix.
pub(crate) struct Part {
    pub(crate) instrument: Instrument,
    /// In order of time.
    pub(crate) notes: Vec<Note>,
    pub(crate) level: f32,
    /// -1.0 is left, 1.0 is right.
    pub(crate) pan: f32,
    /// How much goes to the hall.
    pub(crate) hall: f32,
    /// How much goes to the echo.
    pub(crate) echo: f32,
    /// How far the part makes way for the bass drum, `0.0..=1.0`.
    pub(crate) duck: f32,
    pub(crate) tone: Option<Tone>,
}

/// A low-pass over a part, whose cut-off follows a line and sways around it.
pub(crate) struct Tone {
    /// Frames and cut-offs as MIDI pitches, in order; straight lines between them.
    pub(crate) line: Vec<(u32, f32)>,
    /// Octaves by which the cut-off sways up and down.
    pub(crate) sway: f32,
    /// Seconds of one sway.
    pub(crate) period: f32,
}

/// A stretch of a piece, in frames, and how long its ends fade.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Span {
    pub(crate) from: u32,
    pub(crate) to: u32,
    pub(crate) fade_in: u32,
    pub(crate) fade_out: u32,
}

impl Part {
    pub(crate) fn new(instrument: Instrument, level: f32, mut notes: Vec<Note>) -> Self {
        notes.sort_by_key(|note| note.start);
        Self { instrument, notes, level, pan: 0.0, hall: 0.0, echo: 0.0, duck: 0.0, tone: None }
    }

    pub(crate) fn pan(self, pan: f32) -> Self {
        Self { pan, ..self }
    }

    pub(crate) fn hall(self, hall: f32) -> Self {
        Self { hall, ..self }
    }

    pub(crate) fn echo(self, echo: f32) -> Self {
        Self { echo, ..self }
    }

    pub(crate) fn duck(self, duck: f32) -> Self {
        Self { duck, ..self }
    }

    /// A low-pass that stays at the MIDI pitch `cutoff`.
    pub(crate) fn muffled(self, cutoff: f32) -> Self {
        self.tone(vec![(0, cutoff)], 0.0, 1.0)
    }

    /// A low-pass that moves; see [`Tone`].
    pub(crate) fn tone(self, line: Vec<(u32, f32)>, sway: f32, period: f32) -> Self {
        Self { tone: Some(Tone { line, sway, period }), ..self }
    }
}

impl Score {
    /// Renders a span as interleaved stereo.
    ///
    /// Whatever the span, a frame of the piece comes out the same to within the last bit: rendering begins
    /// early enough that every note which still sounds was struck, and the hall has filled up.
    pub(crate) fn render(&self, span: Span) -> Vec<i16> {
        let start = self.start_for(span.from);
        let mut channels: Vec<Channel> = self.parts.iter().map(|part| Channel::new(part, start)).collect();
        let mut hall = Hall::new(self.hall);
        let mut echo = Echo::new(self.echo, 0.42);
        let mut master = [Master::default(), Master::default()];
        let mut samples = Vec::with_capacity(2 * (span.to - span.from) as usize);
        let mut at = start;
        while at < span.to {
            let mut bus = Bus::default();
            let kick = [at, at + BLOCK as u32].map(|frame| duck(&self.kicks, frame));
            for channel in &mut channels {
                channel.add(at, kick, &mut bus);
            }
            let mut mixed = [[0.0; 2]; BLOCK];
            for (i, frame) in mixed.iter_mut().enumerate() {
                let wet = echo.next(bus.echo[0][i], bus.echo[1][i]);
                // The echoes ring in the hall too, or they would stand in front of everything.
                let room = hall.next(bus.hall[0][i] + 0.3 * wet.0, bus.hall[1][i] + 0.3 * wet.1);
                let sums = [bus.dry[0][i] + wet.0 + room.0, bus.dry[1][i] + wet.1 + room.1];
                for (side, master) in master.iter_mut().enumerate() {
                    frame[side] = master.next(sums[side] * self.gain);
                }
            }
            for (frame, values) in (at..span.to).zip(mixed).filter(|(frame, _)| *frame >= span.from) {
                let fade = span.fade(frame);
                samples.extend(values.map(|value| sixteen_bits(value * fade)));
            }
            at += BLOCK as u32;
        }
        samples
    }

    /// The frame from which to render so that everything at `from` is as in the whole piece: a multiple of
    /// the block, since slow things move at blocks.
    fn start_for(&self, from: u32) -> u32 {
        let settled = from.saturating_sub(((self.hall * 1.2).max(self.echo * 9.0) * RATE) as u32);
        let sounding = self.parts.iter().flat_map(|part| {
            let release = (part.instrument.release() * RATE) as u32;
            part.notes.iter().filter(move |n| n.start < settled && n.start + n.length + release > settled)
        });
        let first = sounding.map(|note| note.start).min().unwrap_or(settled);
        first / BLOCK as u32 * BLOCK as u32
    }
}

impl Span {
    fn fade(&self, frame: u32) -> f32 {
        let level = |distance: u32, fade: u32| {
            if distance >= fade { 1.0 } else { smooth((distance as f32 + 0.5) / fade as f32) }
        };
        level(frame - self.from, self.fade_in) * level(self.to - 1 - frame, self.fade_out)
    }
}

/// The nearest 16-bit value of a sample in ±1 (`round` is a slow call on older processors).
fn sixteen_bits(value: f32) -> i16 {
    ((value * 32_767.0 + 32_768.5) as i32 - 32_768) as i16
}

/// How far the bass drum has pushed others down at a frame: 0 not at all, 1 fully. It begins a little
/// before the stroke, since a sudden step would click.
fn duck(kicks: &[u32], frame: u32) -> f32 {
    let next = kicks.partition_point(|&kick| kick <= frame);
    let coming = kicks.get(next).map_or(1.0, |&kick| (kick - frame) as f32 / (0.006 * RATE));
    let gone = next.checked_sub(1).map_or(1.0, |last| (frame - kicks[last]) as f32 / (0.30 * RATE));
    1.0 - smooth(coming).min(smooth(gone))
}

/// What the parts feed, for one block: two channels each.
struct Bus {
    dry: [[f32; BLOCK]; 2],
    hall: [[f32; BLOCK]; 2],
    echo: [[f32; BLOCK]; 2],
}

impl Default for Bus {
    fn default() -> Self {
        let silence = [[0.0; BLOCK]; 2];
        Self { dry: silence, hall: silence, echo: silence }
    }
}

/// A part while it is rendered.
struct Channel<'a> {
    part: &'a Part,
    next: usize,
    voices: Vec<Box<dyn Voice>>,
    filters: [Filter; 2],
}

impl<'a> Channel<'a> {
    fn new(part: &'a Part, start: u32) -> Self {
        let next = part.notes.partition_point(|note| note.start < start);
        Self { part, next, voices: Vec::new(), filters: [Filter::default(), Filter::default()] }
    }

    fn add(&mut self, at: u32, kick: [f32; 2], bus: &mut Bus) {
        let mut block = [[0.0; BLOCK]; 2];
        let [left, right] = &mut block;
        self.voices.retain_mut(|voice| voice.add(left, right));
        while let Some(note) = self.part.notes.get(self.next).filter(|note| note.start < at + BLOCK as u32) {
            let offset = (note.start - at) as usize;
            let mut voice = self.part.instrument.strike(note);
            if voice.add(&mut left[offset..], &mut right[offset..]) {
                self.voices.push(voice);
            }
            self.next += 1;
        }
        if self.voices.is_empty() && block[0].iter().all(|&sample| sample == 0.0) {
            // At rest: what is left in the filters is far below hearing.
            self.filters = Default::default();
            return;
        }
        if let Some(tone) = &self.part.tone {
            let cutoff = tone.cutoff(at);
            for filter in &mut self.filters {
                filter.set(cutoff, 1.3);
            }
            // Copies in registers, and both channels in one loop: the two chains of sums run side by side.
            let [mut left, mut right] = self.filters.clone();
            let [lefts, rights] = &mut block;
            for (l, r) in lefts.iter_mut().zip(rights) {
                (*l, *r) = (left.next(*l).0, right.next(*r).0);
            }
            self.filters = [left, right];
        }
        let part = self.part;
        let [before, after] = kick.map(|amount| 1.0 - part.duck * amount);
        for (side, samples) in block.iter_mut().enumerate() {
            let lean = if side == 0 { 1.0 - part.pan } else { 1.0 + part.pan };
            let gain = before * lean * part.level;
            let change = (after - before) * lean * part.level / BLOCK as f32;
            for (i, sample) in samples.iter_mut().enumerate() {
                *sample *= gain + change * i as f32;
            }
            send(samples, 1.0, &mut bus.dry[side]);
            send(samples, part.hall, &mut bus.hall[side]);
            send(samples, part.echo, &mut bus.echo[side]);
        }
    }
}

fn send(samples: &[f32; BLOCK], amount: f32, to: &mut [f32; BLOCK]) {
    if amount > 0.0 {
        for (sum, sample) in to.iter_mut().zip(samples) {
            *sum += amount * sample;
        }
    }
}

impl Tone {
    fn cutoff(&self, frame: u32) -> f32 {
        let next = self.line.partition_point(|&(at, _)| at <= frame);
        let after = self.line.get(next).or(self.line.last()).map_or((frame, 130.0), |&point| point);
        let before = if next == 0 { after } else { self.line[next - 1] };
        let way =
            if after.0 > before.0 { (frame - before.0) as f32 / (after.0 - before.0) as f32 } else { 0.0 };
        let sway = self.sway * sine(f64::from(frame) / f64::from(self.period * RATE)) as f32;
        hertz(before.1 + (after.1 - before.1) * way + 12.0 * sway)
    }
}

/// The end of one channel: no constant, and no peak above -1 dB.
#[derive(Default)]
struct Master {
    input: f32,
    output: f32,
}

impl Master {
    fn next(&mut self, input: f32) -> f32 {
        // A high-pass at about 18 Hz.
        self.output = input - self.input + 0.997_4 * self.output;
        self.input = input;
        soften(self.output)
    }
}

/// Bends what is louder than `KNEE` towards `CEILING`, without a corner.
fn soften(value: f32) -> f32 {
    const KNEE: f32 = 0.55;
    const CEILING: f32 = 0.885;
    let size = value.abs();
    if size <= KNEE {
        return value;
    }
    let over = (size - KNEE) / (CEILING - KNEE);
    value.signum() * (KNEE + (CEILING - KNEE) * over / (1.0 + over))
}
