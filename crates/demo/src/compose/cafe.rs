//! The trio: plucked guitar, walking bass and brushes.

use super::harmony::{
    A, B, C, Chord, D, E, F, G, add9, dom_flat9, dom9, half_diminished, lead, maj9, min6, min7, min9, six9,
    sus9,
};
use super::sheet::{Tempo, humanise};
use super::tune::{Rhythm, Singer};
use super::{Album, spans};
use crate::math::Seeded;
use crate::synth::{Instrument, Note, Part, Score};

const BAR: f64 = 4.0;
const GUITAR: Instrument = Instrument::Plucked { ring: 2.6, bright: 0.42 };
const SOLO: Instrument = Instrument::Plucked { ring: 3.2, bright: 0.55 };
const UPRIGHT: Instrument = Instrument::Plucked { ring: 2.2, bright: 0.16 };

const SWING_CALL: Rhythm =
    &[(0.0, 1.0), (1.0, 0.5), (1.5, 1.0), (2.5, 0.5), (3.0, 1.0), (4.0, 1.5), (5.5, 1.5)];
const SWING_ANSWER: Rhythm = &[(0.5, 0.5), (1.0, 0.5), (1.5, 0.5), (2.0, 1.0), (3.5, 0.5), (4.0, 3.0)];

/// A cheerful swing of 20 bars: introduction, theme, bridge, and a last look back.
pub(super) fn long_way_home() -> Album {
    const CHORDS: &[Chord] = &[
        six9(G),
        dom9(D), //
        six9(G),
        min7(E),
        min9(A),
        dom9(D),
        min7(B),
        dom_flat9(E),
        min9(A),
        dom9(D), //
        maj9(C),
        min6(C),
        min7(B),
        min7(E),
        dom9(A),
        min9(A),
        min9(A),
        dom9(D), //
        six9(G),
        six9(G),
    ];
    let tempo = Tempo::new(116.0, 0.13);
    let singer = Singer {
        tempo,
        seed: 0x90e,
        rhythms: [SWING_CALL, SWING_ANSWER],
        phrase: 2.0 * BAR,
        centre: 71,
        reach: 9,
        velocity: 0.78,
    };
    let mut tune = singer.sing("-abababab", 0.0, CHORDS, BAR);
    humanise(&mut tune, 0.008, 2);
    let mut comp = Vec::new();
    for (bar, voicing) in lead(CHORDS, 57).iter().enumerate().take(18) {
        let rhythm: &[(f64, f64)] =
            if bar % 2 == 0 { &[(1.0, 0.4), (2.5, 0.8)] } else { &[(0.0, 0.6), (1.5, 0.5), (3.0, 0.4)] };
        for &(beat, length) in rhythm {
            comp.extend(strum(tempo, bar as f64 * BAR + beat, length, voicing, 0.5));
        }
    }
    comp.extend(strum(tempo, 18.0 * BAR, 7.0, &lead(CHORDS, 57)[18], 0.6));
    humanise(&mut comp, 0.006, 7);
    let mut bass = walk(tempo, &CHORDS[..18]);
    bass.push(tempo.note(18.0 * BAR, 6.0, 31, 0.8));
    humanise(&mut bass, 0.005, 9);
    band(tempo, [tune, comp, bass, swing_brushes(tempo, 18)], 1.3, 20.0 * BAR + 1.0)
}

/// A quiet bossa in A minor.
pub(super) fn sluice() -> Album {
    const CHORDS: &[Chord] = &[
        min9(A),
        min9(A), //
        min9(A),
        min9(D),
        dom9(G),
        maj9(C),
        maj9(F),
        half_diminished(B),
        dom_flat9(E),
        min9(A), //
        min9(D),
        dom9(G),
        maj9(C),
        maj9(F),
        half_diminished(B),
        dom_flat9(E),
        min9(A),
        min9(A), //
        maj9(F),
        dom_flat9(E),
        min9(A),
        min9(A),
    ];
    const CALL: Rhythm = &[(0.0, 1.5), (1.5, 0.5), (2.0, 1.0), (3.0, 1.0), (4.5, 0.5), (5.0, 2.5)];
    const ANSWER: Rhythm = &[(0.5, 1.0), (1.5, 1.0), (2.5, 1.0), (3.5, 0.5), (4.0, 3.5)];
    let tempo = Tempo::new(126.0, 0.0);
    let singer = Singer {
        tempo,
        seed: 0x51c,
        rhythms: [CALL, ANSWER],
        phrase: 2.0 * BAR,
        centre: 72,
        reach: 8,
        velocity: 0.72,
    };
    let mut tune = singer.sing("-abababab-b", 0.0, CHORDS, BAR);
    humanise(&mut tune, 0.010, 4);
    let voicings = lead(CHORDS, 58);
    let mut comp = Vec::new();
    let mut bass = Vec::new();
    for (bar, (voicing, chord)) in voicings.iter().zip(CHORDS).enumerate().take(21) {
        let start = bar as f64 * BAR;
        let rhythm: &[f64] = if bar % 2 == 0 { &[0.0, 1.0, 2.5] } else { &[0.5, 1.5, 3.0] };
        for &beat in rhythm {
            comp.extend(strum(tempo, start + beat, 0.7, voicing, 0.46));
        }
        let root = chord.bass_from(33);
        let fifth = Chord::nearest(root + 6, |p| chord.holds(p) && p > root + 4);
        for (beat, length, pitch, velocity) in
            [(0.0, 1.4, root, 0.8), (1.5, 0.4, fifth, 0.55), (2.0, 1.4, fifth, 0.75), (3.5, 0.4, root, 0.5)]
        {
            bass.push(tempo.note(start + beat, length, pitch, velocity));
        }
    }
    comp.extend(strum(tempo, 21.0 * BAR, 6.0, &voicings[21], 0.55));
    bass.push(tempo.note(21.0 * BAR, 5.0, 33, 0.75));
    humanise(&mut comp, 0.006, 8);
    humanise(&mut bass, 0.005, 6);
    let shaker = (0..21 * 8)
        .map(|eighth| {
            let velocity = if eighth % 2 == 1 { 0.32 } else { 0.2 };
            tempo.note(f64::from(eighth) * 0.5, 0.2, eighth % 7, velocity)
        })
        .collect();
    band(tempo, [tune, comp, bass, shaker], 1.35, 22.0 * BAR + 2.0)
}

/// A slow picked song in C.
pub(super) fn umbrella() -> Album {
    const CHORDS: &[Chord] = &[
        add9(C),
        add9(C), //
        add9(C),
        add9(G).over(B),
        min7(A),
        maj9(F),
        add9(C).over(E),
        min9(D),
        sus9(G), //
        min7(A),
        add9(C).over(G),
        maj9(F),
        min6(F),
        add9(C),
        add9(C),
    ];
    const CALL: Rhythm = &[(0.0, 1.0), (1.0, 0.5), (1.5, 0.5), (2.0, 2.0)];
    const ANSWER: Rhythm = &[(0.0, 0.5), (0.5, 0.5), (1.0, 1.0), (2.0, 0.5), (2.5, 1.5)];
    let tempo = Tempo::new(80.0, 0.04);
    let singer = Singer {
        tempo,
        seed: 0xdab,
        rhythms: [CALL, ANSWER],
        phrase: BAR,
        centre: 72,
        reach: 8,
        velocity: 0.7,
    };
    let mut tune = singer.sing("--aabaabaabbb", 0.0, CHORDS, BAR);
    humanise(&mut tune, 0.010, 12);
    let voicings = lead(CHORDS, 60);
    let mut picking = Vec::new();
    let mut bass = Vec::new();
    for (bar, (voicing, chord)) in voicings.iter().zip(CHORDS).enumerate().take(14) {
        let start = bar as f64 * BAR;
        for (step, voice) in [1, 2, 3, 2, 1, 3, 2, 3].into_iter().enumerate() {
            let beat = start + step as f64 * 0.5;
            picking.push(tempo.note(beat, 1.3, voicing[voice], if step % 2 == 0 { 0.52 } else { 0.42 }));
        }
        let root = chord.bass_from(36);
        bass.push(tempo.note(start, 1.9, root, 0.75));
        let other = Chord::nearest(root + 6, |p| chord.holds(p) && p > root + 2);
        bass.push(tempo.note(start + 2.0, 1.8, other, 0.6));
    }
    picking.extend(strum(tempo, 14.0 * BAR, 6.0, &voicings[14], 0.6));
    bass.push(tempo.note(14.0 * BAR, 5.0, 36, 0.75));
    humanise(&mut picking, 0.008, 13);
    humanise(&mut bass, 0.006, 14);
    let brushes = (2..14)
        .flat_map(|bar| [1.0, 3.0].map(|beat| tempo.note(f64::from(bar) * BAR + beat, 0.4, 60 + bar, 0.4)))
        .collect();
    band(tempo, [tune, picking, bass, brushes], 1.7, 15.0 * BAR + 2.0)
}

/// Seats the trio: tune, guitar, bass and brushes; the last note rings out until beat `end`.
fn band(tempo: Tempo, [tune, guitar, bass, brushes]: [Vec<Note>; 4], gain: f32, end: f64) -> Album {
    let score = Score {
        parts: vec![
            Part::new(SOLO, 0.42, tune).hall(0.22).echo(0.06).pan(0.18).muffled(112.0),
            Part::new(GUITAR, 0.26, guitar).hall(0.16).pan(-0.25).muffled(104.0),
            Part::new(UPRIGHT, 0.50, bass).hall(0.06).muffled(90.0),
            Part::new(Instrument::Brush { swell: 0.035 }, 0.27, brushes).hall(0.12).pan(0.1),
        ],
        kicks: Vec::new(),
        hall: 1.5,
        echo: 0.31,
        gain,
    };
    Album { score, spans: spans(&[0, tempo.frame(end)], 0.01, 3.0) }
}

/// A chord from the lowest string to the highest, a few hundredths of a second apart.
fn strum(tempo: Tempo, beat: f64, length: f64, voicing: &[i32; 4], velocity: f32) -> [Note; 4] {
    std::array::from_fn(|string| {
        let mut note = tempo.note(beat, length, voicing[string], velocity);
        note.start += 560 * string as u32;
        note
    })
}

/// Four quarters to the bar: the root, then towards the next root through the chord, and a last step that
/// leans into it from a semitone or a tone away.
fn walk(tempo: Tempo, chords: &[Chord]) -> Vec<Note> {
    let mut chance = Seeded::new(0xba55);
    let mut root = chords[0].bass_from(31);
    let mut notes = Vec::new();
    for (bar, chord) in chords.iter().enumerate() {
        let next = chords.get(bar + 1).unwrap_or(chord);
        let target = Chord::nearest(root + 1, |p| p.rem_euclid(12) == next.bass && (28..46).contains(&p));
        let up = if (root - target).abs() < 3 { root < 36 } else { target > root };
        let far = if up { 4 } else { -4 };
        let second = Chord::nearest(root + far, |p| chord.holds(p) && p != root);
        let third = Chord::nearest(root + far * 2 - far / 4, |p| chord.holds(p) && p != second);
        let lean = if chance.below(2) == 0 { -1 } else { 1 };
        let fourth = if (third - target).abs() == 1 { target + 2 * lean } else { target + lean };
        for (beat, pitch) in [root, second, third, fourth].into_iter().enumerate() {
            let weight = if beat % 2 == 0 { 0.8 } else { 0.7 };
            notes.push(tempo.note((bar * 4 + beat) as f64, 0.92, pitch, weight));
        }
        root = target;
    }
    notes
}

/// A sweep on every beat, a tap on two and four, and now and then the eighth before.
fn swing_brushes(tempo: Tempo, bars: i32) -> Vec<Note> {
    let mut notes = Vec::new();
    for beat in 0..bars * 4 {
        let back = beat % 2 == 1;
        notes.push(tempo.note(f64::from(beat), 0.4, beat % 11, if back { 0.55 } else { 0.28 }));
        if beat % 4 == 1 || beat % 8 == 7 {
            notes.push(tempo.note(f64::from(beat) + 0.5, 0.2, 20 + beat % 5, 0.25));
        }
    }
    notes
}
