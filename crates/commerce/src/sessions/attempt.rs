//! One question of the meter after the other to the database, and what becomes of those that nobody answers.

use std::time::Duration;

use infra::App;
use kernel::EventId;
use money::{
    ledger::LedgerError,
    meter::{Input, Output},
};
use uuid::Uuid;

use super::store::{self, Answers, Batch, Here};
use crate::ledger::PostError;

/// How long a transaction may take before nobody knows what became of it.
const PATIENCE: Duration = Duration::from_secs(10);
/// How often a question is asked whose answer was overtaken.
const TRIES: usize = 5;

/// What the database says to a batch: to all of it at once, or if that is refused, to each question alone.
pub(super) async fn answers(app: &App, node: Uuid, batch: &Batch) -> Answers {
    match attempt(app, node, batch).await {
        Ok(answers) => return answers,
        answer if is_overtaken(&answer) => {
            tracing::debug!("money was spent elsewhere meanwhile: each part of a batch is asked for alone");
        }
        Err(Some(PostError::Ledger(error))) => {
            tracing::warn!(%error, "a batch is refused by the ledger: each of its parts is asked for alone");
        }
        Err(error) => {
            let error = error.map(|error| error.to_string());
            tracing::warn!(error, "nobody knows what became of a batch");
            return Answers::unknown(batch.questions.iter().filter_map(unknown));
        }
    }
    let mut all = Answers::default();
    for question in &batch.questions {
        let alone = Batch {
            questions: vec![question.clone()],
            agreements: batch.agreements.clone(),
            sent: batch.sent.clone(),
        };
        let mut answer = attempt(app, node, &alone).await;
        for _ in 1..TRIES {
            if is_overtaken(&answer) {
                answer = attempt(app, node, &alone).await;
            }
        }
        match answer {
            Ok(answers) => {
                all.inputs.extend(answers.inputs);
                all.refused.extend(answers.refused);
            }
            Err(error) => {
                tracing::error!(?error, ?question, "what the meter asks for is refused");
                all.inputs.extend(unknown(question));
            }
        }
    }
    all
}

/// Whether the balance that a question was answered from was spent elsewhere before its hold was posted: asked again, it is
/// answered from what is left.
fn is_overtaken(answer: &Result<Answers, Option<PostError>>) -> bool {
    matches!(answer, Err(Some(PostError::Ledger(LedgerError::Insufficient { .. }))))
}

/// Without an error, it took too long.
async fn attempt(app: &App, node: Uuid, batch: &Batch) -> Result<Answers, Option<PostError>> {
    let here = Here { node, now: app.now() };
    let events: Vec<EventId> = batch.questions.iter().map(|_| app.id()).collect();
    let work = async { db::write!(app.db, |tx| store::answer(tx, here, batch, &events).await) };
    match tokio::time::timeout(PATIENCE, work).await {
        Ok(result) => result.map_err(Some),
        Err(_) => Err(None),
    }
}

/// What the meter is told when nobody knows the answer.
fn unknown(question: &Output) -> Option<Input> {
    Some(match question {
        Output::Open { terms, .. } => Input::OpenFailed { session: terms.session },
        Output::RequestHold { session, part, .. } => Input::HoldFailed { session: *session, part: *part },
        Output::Commit { batch, .. } => Input::CommitFailed { batch: *batch },
        Output::Capture(capture) => {
            Input::CaptureFailed { session: capture.session, beats: capture.to.beats }
        }
        Output::Settle(settlement) => Input::SettleFailed { session: settlement.row.session },
        _ => return None,
    })
}
