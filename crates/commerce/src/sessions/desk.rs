//! The way to a node's task: what it is asked, and who hears of it.

use std::sync::Arc;

use kernel::{AccountId, SessionId};
use money::meter::{Adoption, Input, PauseReason, Refusal, Summary, View};
use tokio::sync::{mpsc, oneshot};
use uuid::Uuid;

use super::{
    SessionError,
    known::Known,
    model::{Agreement, Started, Told},
};

/// Where a client is told of its session. One that does not read is given up. Boxed, as a channel makes room for 32 at once.
pub(super) type Seat = mpsc::Sender<Box<Told>>;

/// What is asked of a node.
pub(super) enum Command {
    /// Begin a session.
    Start { wanted: Box<Wanted>, seat: Option<Seat>, reply: oneshot::Sender<Result<Started, SessionError>> },
    /// Go on with a session from elsewhere.
    Adopt {
        agreement: Arc<Agreement>,
        adoption: Box<Adoption>,
        seat: Option<Seat>,
        reply: oneshot::Sender<Result<Started, SessionError>>,
    },
    /// Sit down at a session that is here already.
    Attach {
        session: SessionId,
        account: AccountId,
        seat: Option<Seat>,
        reply: oneshot::Sender<Option<Started>>,
    },
    /// Release the bytes of a session's track, as long as it is here: `known` is what of it was paid for and sent before.
    Admit { session: SessionId, account: AccountId, known: Known, reply: oneshot::Sender<()> },
    /// The client is gone; if it still sits there.
    Leave { session: SessionId, seat: Seat },
    /// Hand this to the meter.
    Tell { input: Input, session: SessionId, account: AccountId, reply: Reply },
    /// Stop, and say what it came to; `None` if it is not here.
    End { session: SessionId, account: AccountId, reply: oneshot::Sender<Option<Summary>> },
    /// Say when all that is due by now is done.
    Quiet { reply: oneshot::Sender<()> },
    /// How it stands.
    Look { session: SessionId, account: AccountId, reply: oneshot::Sender<Option<Standing>> },
}

/// Who hears what the meter says to an input.
pub(super) enum Reply {
    /// Somebody waits for it.
    Waits(oneshot::Sender<Result<View, Refusal>>),
    /// A client on its socket, and only if it is refused: each acknowledges each second. One that leaves refusals lying
    /// about is not told of more.
    IfRefused(Seat),
}

/// A session to be begun.
pub(super) struct Wanted {
    pub(super) agreement: Agreement,
    /// The session that the account had open when the caps were worked out, and what of it was counted as spent. It ends
    /// where this one begins, and may have charged more by then.
    pub(super) counted: Option<(SessionId, i64)>,
}

/// What a session agreed on, how it stands, and why it does not run, if so.
pub(super) type Standing = (Arc<Agreement>, View, Option<PauseReason>);

/// The way to a node's task.
#[derive(Clone)]
pub(super) struct Desk {
    pub(super) commands: mpsc::Sender<Command>,
    /// Told when the clock was moved by hand.
    pub(super) turned: Arc<tokio::sync::Notify>,
    /// The node's name, another one after each start.
    pub(super) node: Uuid,
}

impl Desk {
    /// Asks, and waits for the answer.
    pub(super) async fn ask<T>(
        &self,
        command: impl FnOnce(oneshot::Sender<T>) -> Command,
    ) -> Result<T, SessionError> {
        let (reply, answer) = oneshot::channel();
        self.send(command(reply)).await?;
        answer.await.map_err(|_| SessionError::Away)
    }

    /// Says, and does not wait.
    pub(super) async fn send(&self, command: Command) -> Result<(), SessionError> {
        self.commands.send(command).await.map_err(|_| SessionError::Away)
    }

    /// Says, unless there is no room now: then the command comes back.
    pub(super) fn try_send(&self, command: Command) -> Result<Option<Command>, SessionError> {
        match self.commands.try_send(command) {
            Ok(()) => Ok(None),
            Err(mpsc::error::TrySendError::Full(command)) => Ok(Some(command)),
            Err(mpsc::error::TrySendError::Closed(_)) => Err(SessionError::Away),
        }
    }

    /// Says that a client is gone, whether or not anybody listens.
    pub(super) async fn leave(&self, session: SessionId, seat: Seat) {
        let _ = self.commands.send(Command::Leave { session, seat }).await;
    }
}
