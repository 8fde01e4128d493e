//! "Slow Boats, Still Water": pads, bells and surf; four tracks that flow into one another.

use super::harmony::{A, B, B_FLAT, C, Chord, D, E, F, G, add9, lead, maj9, min6, min7, min9, six9, sus9};
use super::sheet::{Tempo, humanise};
use super::tune::{Rhythm, Singer};
use super::{Album, spans};
use crate::synth::{Instrument, Note, Part, Score};

/// Beats of one chord.
const CHORD: f64 = 4.0;

const FERRIES: &[Chord] = &[six9(D), maj9(G), six9(D), min9(B), maj9(G), sus9(A), min9(B), maj9(G), sus9(A)];
const TIDEWATER: &[Chord] =
    &[six9(D), maj9(G), min9(E), sus9(A), min7(F_SHARP), min9(B), maj9(G), min9(E), maj9(G), sus9(A)];
const ETUDE: &[Chord] =
    &[min9(B), maj9(G), six9(D), sus9(A), min9(B), min9(E), maj9(G), min6(G), six9(D).over(A), sus9(A)];
const LANTERNS: &[Chord] = &[
    six9(D),
    maj9(B_FLAT),
    add9(C),
    six9(D),
    min9(B),
    maj9(G),
    maj9(B_FLAT),
    six9(F),
    maj9(G),
    min6(G),
    six9(D),
    six9(D),
];
const F_SHARP: i32 = 6;

const LONG_CALL: Rhythm = &[(0.0, 1.5), (1.5, 0.5), (2.0, 3.0)];
const LONG_ANSWER: Rhythm = &[(1.0, 1.0), (2.0, 0.5), (2.5, 0.5), (3.0, 4.0)];
const HANDS_CALL: Rhythm = &[(0.0, 1.0), (1.0, 0.5), (1.5, 0.5), (2.0, 1.5), (3.5, 0.5)];
const HANDS_ANSWER: Rhythm = &[(0.0, 1.5), (1.5, 0.5), (2.0, 2.0)];

pub(super) fn compose() -> Album {
    let tempo = Tempo::new(57.0, 0.0);
    let chapters = [FERRIES, TIDEWATER, ETUDE, LANTERNS];
    let chords: Vec<Chord> = chapters.concat();
    let mut starts = vec![0.0];
    for chapter in chapters {
        starts.push(starts[starts.len() - 1] + CHORD * chapter.len() as f64);
    }
    let end = starts[4];
    let voicings = lead(&chords, 59);
    let sing = |seed, rhythms, centre, velocity| Singer {
        tempo,
        seed,
        rhythms,
        phrase: CHORD,
        centre,
        reach: 7,
        velocity,
    };
    let bells = sing(0x5ea, [LONG_CALL, LONG_ANSWER], 76, 0.5);
    let hands = sing(9, [HANDS_CALL, HANDS_ANSWER], 73, 0.62);
    let lanterns = sing(0x5ea, [LONG_CALL, LONG_ANSWER], 74, 0.62);
    let mut tune = bells.sing("---ab-ab-", starts[0], FERRIES, CHORD);
    tune.extend(bells.sing("--ab--ab--", starts[1], TIDEWATER, CHORD));
    tune.extend(lanterns.sing("abab-aabb-", starts[3], LANTERNS, CHORD));
    let mut felt = hands.sing("aabbaab-bb", starts[2], ETUDE, CHORD);
    humanise(&mut felt, 0.012, 11);

    let at = |beat: f64| tempo.frame(beat);
    let sweep = vec![
        (0, 74.0),
        (at(starts[1]), 88.0),
        (at(starts[2]), 84.0),
        (at(starts[3]), 86.0),
        (at(starts[3] + 24.0), 95.0),
        (at(end), 76.0),
    ];
    let pad = Instrument::Pad { attack: 1.9, release: 2.8, harmonics: 20 };
    let bell = Instrument::Keys { ratio: 3.0, glow: 0.075, ring: 5.0 };
    let piano = Instrument::Keys { ratio: 1.0, glow: 0.2, ring: 3.4 };
    let ripple = Instrument::Keys { ratio: 2.0, glow: 0.06, ring: 2.0 };
    let score = Score {
        parts: vec![
            Part::new(pad, 0.084, pads(tempo, &voicings)).hall(0.55).tone(sweep, 0.45, 13.0),
            Part::new(Instrument::Sub { attack: 0.7, release: 1.8 }, 0.16, basses(tempo, &chords)).hall(0.1),
            Part::new(bell, 0.15, tune).hall(0.8).echo(0.35),
            Part::new(piano, 0.26, felt).hall(0.45).echo(0.12),
            Part::new(piano, 0.17, left_hand(tempo, &voicings, starts[2], ETUDE.len())).hall(0.4).pan(-0.15),
            Part::new(ripple, 0.15, ripples(tempo, &voicings, &starts)).hall(0.6).echo(0.4).pan(0.2),
            Part::new(Instrument::Surf, 0.27, surf(tempo, &starts)).hall(0.25),
        ],
        kicks: Vec::new(),
        hall: 4.2,
        echo: 60.0 / 57.0 * 0.75,
        gain: 0.88,
    };
    let cuts: Vec<u32> = starts.iter().map(|&start| at(start)).collect();
    Album { score, spans: spans(&cuts, 1.2, 7.0) }
}

fn pads(tempo: Tempo, voicings: &[[i32; 4]]) -> Vec<Note> {
    let bars = voicings.iter().enumerate();
    bars.flat_map(|(n, voicing)| {
        let beat = n as f64 * CHORD;
        // The first chords come in one voice at a time, from below.
        voicing.iter().enumerate().map(move |(voice, &pitch)| {
            let late = if n < 2 { 0.5 * voice as f64 } else { 0.04 * voice as f64 };
            tempo.note(beat + late, CHORD - late, pitch, 0.85 - 0.06 * voice as f32)
        })
    })
    .collect()
}

fn basses(tempo: Tempo, chords: &[Chord]) -> Vec<Note> {
    let bars = chords.iter().enumerate().skip(1);
    bars.map(|(n, chord)| tempo.note(n as f64 * CHORD, CHORD - 0.5, chord.bass_from(33), 0.8)).collect()
}

/// The étude's left hand: the chord broken upwards in quiet eighths.
fn left_hand(tempo: Tempo, voicings: &[[i32; 4]], start: f64, count: usize) -> Vec<Note> {
    let first = (start / CHORD) as usize;
    let mut notes: Vec<Note> = (first..first + count)
        .flat_map(|n| {
            let order = [0, 1, 2, 3, 2, 1, 2, 1];
            order.into_iter().enumerate().map(move |(step, voice)| {
                let beat = n as f64 * CHORD + step as f64 * 0.5;
                let weight = if step == 0 { 0.7 } else { 0.48 };
                tempo.note(beat, 1.4, voicings[n][voice], weight)
            })
        })
        .collect();
    humanise(&mut notes, 0.010, 5);
    notes
}

/// Drops of light over the second and the fourth track: chord notes two octaves up, in threes over four.
fn ripples(tempo: Tempo, voicings: &[[i32; 4]], starts: &[f64]) -> Vec<Note> {
    let mut notes = Vec::new();
    for (from, to, strength) in
        [(starts[1], starts[2] - CHORD, 0.5), (starts[3] + 8.0, starts[4] - 12.0, 0.6)]
    {
        let mut beat = from;
        let mut turn = 0;
        while beat < to {
            let voicing = &voicings[(beat / CHORD) as usize];
            let pitch = voicing[[1, 2, 3, 2, 3, 1][turn % 6]] + if turn % 4 == 3 { 24 } else { 12 };
            // Comes and goes over each half minute.
            let way = ((beat - from) / (to - from)) as f32;
            notes.push(tempo.note(beat, 0.7, pitch, strength * (0.45 + 2.2 * way * (1.0 - way))));
            beat += 0.75;
            turn += 1;
        }
    }
    humanise(&mut notes, 0.014, 3);
    notes
}

fn surf(tempo: Tempo, starts: &[f64]) -> Vec<Note> {
    let waves = (starts[4] / 7.0) as i32;
    (0..waves)
        .map(|n| {
            let beat = f64::from(n) * 7.0;
            let near = beat < starts[1] || beat > starts[3] + 20.0;
            tempo.note(beat, 9.0, n, if near { 0.9 } else { 0.45 })
        })
        .collect()
}
