//! A waltz for the pads of one band and the guitar of another.

use super::harmony::{A, B_FLAT, C, Chord, D, F, G, add9, dom9, lead, maj9, min6, min7, min9, six9, sus9};
use super::sheet::{Tempo, humanise};
use super::tune::{Rhythm, Singer};
use super::{Album, spans};
use crate::synth::{Instrument, Note, Part, Score};

const BAR: f64 = 3.0;
const CHORDS: &[Chord] = &[
    six9(F),
    six9(F), //
    six9(F),
    min7(D),
    min9(G),
    sus9(C),
    min7(A),
    min9(D),
    min9(G),
    sus9(C), //
    maj9(B_FLAT),
    min6(B_FLAT),
    min7(A),
    min9(D),
    dom9(G),
    min9(G),
    sus9(C),
    dom9(C), //
    six9(F),
    min7(D),
    min9(G),
    sus9(C),
    add9(F),
    add9(F),
];
const CALL: Rhythm = &[(0.0, 2.0), (2.0, 1.0), (3.0, 1.5), (4.5, 0.5), (5.0, 1.0)];
const ANSWER: Rhythm = &[(0.0, 1.0), (1.0, 1.0), (2.0, 1.0), (3.0, 3.0)];

pub(super) fn compose() -> Album {
    let tempo = Tempo::new(100.0, 0.0);
    let voicings = lead(CHORDS, 60);
    let singer = |centre, velocity| Singer {
        tempo,
        seed: 0x3a1,
        rhythms: [CALL, ANSWER],
        phrase: 2.0 * BAR,
        centre,
        reach: 9,
        velocity,
    };
    let mut keys = singer(77, 0.65).sing("-abab---abb-", 0.0, CHORDS, BAR);
    humanise(&mut keys, 0.010, 21);
    let mut solo = singer(70, 0.75).sing("-----ababb", 0.0, CHORDS, BAR);
    humanise(&mut solo, 0.010, 22);
    let last = CHORDS.len() - 1;
    let mut guitar = Vec::new();
    let mut bass = Vec::new();
    let mut pads = Vec::new();
    for (bar, (voicing, chord)) in voicings.iter().zip(CHORDS).enumerate() {
        let start = bar as f64 * BAR;
        bass.push(tempo.note(start, 2.6, chord.bass_from(33), 0.75));
        pads.extend(voicing.map(|pitch| tempo.note(start, BAR, pitch, 0.7)));
        let beats: &[f64] = if bar == last { &[] } else { &[1.0, 2.0] };
        for (n, &beat) in beats.iter().enumerate() {
            let strings = &voicing[1..];
            guitar.extend(strings.iter().enumerate().map(|(string, &pitch)| {
                let mut note = tempo.note(start + beat, 0.9, pitch, 0.5 - 0.08 * n as f32);
                note.start += 420 * string as u32;
                note
            }));
        }
    }
    humanise(&mut guitar, 0.008, 23);
    let brushes: Vec<Note> = (2..23)
        .flat_map(|bar| {
            [(1.0, 0.35), (2.0, 0.28)]
                .map(|(beat, velocity)| tempo.note(f64::from(bar) * BAR + beat, 0.3, bar, velocity))
        })
        .collect();
    let score = Score {
        parts: vec![
            Part::new(Instrument::Keys { ratio: 1.0, glow: 0.2, ring: 3.2 }, 0.24, keys)
                .hall(0.4)
                .echo(0.1)
                .pan(0.12),
            Part::new(Instrument::Plucked { ring: 3.2, bright: 0.55 }, 0.42, solo)
                .hall(0.3)
                .pan(-0.1)
                .muffled(112.0),
            Part::new(Instrument::Plucked { ring: 2.4, bright: 0.40 }, 0.26, guitar)
                .hall(0.25)
                .pan(-0.28)
                .muffled(104.0),
            Part::new(Instrument::Plucked { ring: 2.6, bright: 0.16 }, 0.55, bass).hall(0.08).muffled(90.0),
            Part::new(Instrument::Pad { attack: 0.7, release: 1.1, harmonics: 14 }, 0.05, pads)
                .hall(0.5)
                .tone(vec![(0, 82.0)], 0.4, 9.0),
            Part::new(Instrument::Brush { swell: 0.05 }, 0.2, brushes).hall(0.15),
        ],
        kicks: Vec::new(),
        hall: 2.4,
        echo: 0.45,
        gain: 1.3,
    };
    let end = CHORDS.len() as f64 * BAR + 3.0;
    Album { score, spans: spans(&[0, tempo.frame(end)], 0.3, 4.0) }
}
