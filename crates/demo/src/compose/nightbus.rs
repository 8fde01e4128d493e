//! "Letzte Fahrt": a soft four-on-the-floor night in four tracks without a gap.

use super::harmony::{A, C, Chord, D, E, F, G, lead, maj9, min7, min9, six9, sus9};
use super::sheet::Tempo;
use super::tune::{Rhythm, Singer};
use super::{Album, spans};
use crate::synth::{Instrument, Note, Part, Score};
use std::ops::Range;

const BAR: f64 = 4.0;
/// Bars of each track.
const BARS: usize = 20;

/// One chord for every two bars.
const DEPART: &[Chord] =
    &[min9(A), maj9(F), min9(A), maj9(F), min9(A), maj9(F), six9(C), sus9(G), min9(A), maj9(F)];
const NEON: &[Chord] =
    &[min9(A), maj9(F), six9(C), sus9(G), min9(A), maj9(F), six9(C), sus9(G), min9(D), min7(E)];
const BRIDGE: &[Chord] =
    &[maj9(F), six9(G), min7(E), min9(A), maj9(F), six9(G), maj9(F), sus9(G), min9(A), sus9(G)];
const DEPOT: &[Chord] =
    &[maj9(F), six9(C), sus9(G), min9(A), maj9(F), six9(C), sus9(G), six9(C), maj9(F), six9(C)];

const CALL: Rhythm = &[(0.0, 0.75), (0.75, 0.75), (1.5, 1.0), (3.0, 0.5), (3.5, 1.0), (5.5, 0.5), (6.0, 1.5)];
const ANSWER: Rhythm = &[(0.5, 0.5), (1.5, 0.5), (2.0, 1.0), (3.5, 0.5), (4.0, 2.5)];

pub(super) fn compose() -> Album {
    let tempo = Tempo::new(118.0, 0.02);
    let chords = [DEPART, NEON, BRIDGE, DEPOT].concat();
    let voicings = lead(&chords, 61);
    let at = |bar: usize| tempo.frame(bar as f64 * BAR);
    let beats: Vec<Range<usize>> = vec![8..19, 20..39, 52..72];
    let kick: Vec<Note> = bars(&beats)
        .flat_map(|bar| (0..4).map(move |beat| tempo.note(place(bar, f64::from(beat)), 0.4, 36, 0.9)))
        .collect();
    let kicks = kick.iter().map(|note| note.start).collect();
    let singer = Singer {
        tempo,
        seed: 0xb05,
        rhythms: [CALL, ANSWER],
        phrase: 8.0,
        centre: 74,
        reach: 8,
        velocity: 0.6,
    };
    let mut tune = singer.sing("--abab-abb", place(20, 0.0), NEON, 2.0 * BAR);
    tune.extend(singer.sing("------abab", place(40, 0.0), BRIDGE, 2.0 * BAR));
    tune.extend(singer.sing("abab-b-b", place(60, 0.0), DEPOT, 2.0 * BAR));

    // The filters open towards each track's height and close again where it rests.
    let pad_sweep = vec![
        (0, 68.0),
        (at(12), 88.0),
        (at(24), 92.0),
        (at(40), 80.0),
        (at(52), 96.0),
        (at(64), 92.0),
        (at(80), 74.0),
    ];
    let arp_sweep =
        vec![(0, 70.0), (at(8), 84.0), (at(20), 98.0), (at(38), 86.0), (at(52), 102.0), (at(80), 80.0)];
    let pad = Instrument::Pad { attack: 0.25, release: 0.9, harmonics: 30 };
    let stab = Instrument::Saws { open: 1_500.0, fall: 0.35, release: 0.18 };
    let arp = Instrument::Saws { open: 2_400.0, fall: 0.22, release: 0.12 };
    let bass = Instrument::Saws { open: 420.0, fall: 0.30, release: 0.06 };
    let sub = Instrument::Sub { attack: 0.012, release: 0.07 };
    let lead_keys = Instrument::Keys { ratio: 1.0, glow: 0.22, ring: 2.2 };
    let line = bass_line(tempo, &chords);
    let score = Score {
        parts: vec![
            Part::new(Instrument::Kick, 0.42, kick),
            Part::new(Instrument::Hat { fall: 0.09 }, 0.22, hats(tempo)).hall(0.06).pan(0.12),
            Part::new(Instrument::Hat { fall: 0.32 }, 0.15, open_hats(tempo)).hall(0.1).pan(-0.1),
            Part::new(Instrument::Clap, 0.42, claps(tempo)).hall(0.25),
            Part::new(sub, 0.19, line.clone()).duck(0.6),
            Part::new(bass, 0.15, line).duck(0.5),
            Part::new(pad, 0.085, pads(tempo, &voicings)).hall(0.4).duck(0.72).tone(pad_sweep, 0.3, 8.13),
            Part::new(stab, 0.085, stabs(tempo, &voicings)).hall(0.3).echo(0.3).duck(0.3),
            Part::new(arp, 0.12, arps(tempo, &voicings))
                .hall(0.3)
                .echo(0.35)
                .duck(0.4)
                .pan(-0.15)
                .tone(arp_sweep, 0.25, 5.3),
            Part::new(lead_keys, 0.21, tune).hall(0.45).echo(0.4).duck(0.2).pan(0.1),
        ],
        kicks,
        hall: 2.4,
        echo: 60.0 / 118.0 * 0.75,
        gain: 1.0,
    };
    let cuts: Vec<u32> = (0..5).map(|track| at(track * BARS)).collect();
    Album { score, spans: spans(&cuts, 0.4, 6.0) }
}

fn place(bar: usize, beat: f64) -> f64 {
    bar as f64 * BAR + beat
}

fn bars(ranges: &[Range<usize>]) -> impl Iterator<Item = usize> {
    ranges.iter().cloned().flatten()
}

fn hats(tempo: Tempo) -> Vec<Note> {
    let mut notes = Vec::new();
    for bar in bars(&[4..39, 48..72]) {
        for step in 0..16 {
            let beat = place(bar, f64::from(step) * 0.25);
            let velocity = match step % 4 {
                2 => 0.85,
                0 => 0.35,
                _ if (20..38).contains(&bar) || (52..68).contains(&bar) => 0.28,
                _ => continue,
            };
            notes.push(tempo.note(beat, 0.1, 60 + step % 4, velocity));
        }
    }
    notes
}

fn open_hats(tempo: Tempo) -> Vec<Note> {
    let bars = bars(&[24..38, 56..68]);
    bars.flat_map(|bar| (0..4).map(move |beat| tempo.note(place(bar, f64::from(beat) + 0.5), 0.2, 62, 0.6)))
        .collect()
}

fn claps(tempo: Tempo) -> Vec<Note> {
    let bars = bars(&[12..19, 20..38, 52..68]);
    bars.flat_map(|bar| [1.0, 3.0].map(|beat| tempo.note(place(bar, beat), 0.2, 60, 0.7))).collect()
}

fn bass_line(tempo: Tempo, chords: &[Chord]) -> Vec<Note> {
    const STEPS: [(f64, f64, i32, f32); 5] = [
        (0.5, 0.4, 0, 0.9),
        (1.5, 0.4, 0, 0.8),
        (2.5, 0.4, 0, 0.9),
        (3.25, 0.2, 12, 0.6),
        (3.5, 0.45, 7, 0.75),
    ];
    let mut notes = Vec::new();
    for bar in bars(&[12..19, 20..39, 52..72]) {
        let root = chords[bar / 2].bass_from(33);
        for (beat, length, above, velocity) in STEPS {
            // The jump to the octave and the fifth only in every second bar.
            let above = if bar % 2 == 0 { 0 } else { above };
            notes.push(tempo.note(place(bar, beat), length, root + above, velocity));
        }
    }
    // Long notes carry the quiet bars.
    for bar in bars(&[4..12, 40..52, 72..78]).filter(|bar| bar % 2 == 0) {
        notes.push(tempo.note(place(bar, 0.0), 7.5, chords[bar / 2].bass_from(33), 0.6));
    }
    notes
}

fn pads(tempo: Tempo, voicings: &[[i32; 4]]) -> Vec<Note> {
    let two_bars = voicings.iter().enumerate();
    two_bars
        .flat_map(|(n, voicing)| voicing.map(|pitch| tempo.note(place(2 * n, 0.0), 2.0 * BAR, pitch, 0.75)))
        .collect()
}

fn stabs(tempo: Tempo, voicings: &[[i32; 4]]) -> Vec<Note> {
    let mut notes = Vec::new();
    for bar in bars(&[20..39, 52..68]) {
        let rhythm: &[(f64, f32)] =
            if bar % 2 == 0 { &[(0.75, 0.7), (2.5, 0.6)] } else { &[(0.75, 0.7), (2.25, 0.5), (3.5, 0.55)] };
        for &(beat, velocity) in rhythm {
            notes.extend(voicings[bar / 2].map(|pitch| tempo.note(place(bar, beat), 0.3, pitch, velocity)));
        }
    }
    notes
}

fn arps(tempo: Tempo, voicings: &[[i32; 4]]) -> Vec<Note> {
    // Three against four, so that the figure falls differently in every bar and comes home after three.
    const ORDER: [usize; 12] = [0, 2, 3, 1, 3, 2, 0, 3, 1, 2, 3, 2];
    let mut notes = Vec::new();
    for bar in bars(&[0..38, 40..78]) {
        for step in 0..16_usize {
            let turn = bar * 16 + step;
            if turn % 3 == 1 && step % 4 != 0 {
                continue;
            }
            let pitch = voicings[bar / 2][ORDER[turn % 12]] + 12;
            let accent = if step % 4 == 0 { 0.7 } else { 0.5 };
            let rise = if bar < 8 { 0.5 + bar as f32 / 16.0 } else { 1.0 };
            notes.push(tempo.note(place(bar, step as f64 * 0.25), 0.2, pitch, accent * rise));
        }
    }
    notes
}
