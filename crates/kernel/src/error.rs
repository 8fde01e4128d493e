//! Errors as callers see them: a code that clients translate, and an RFC 9457 problem.
//!
//! Each module has its own `thiserror` enum and implements [`Fault`] for it; the code decides status and
//! title, the `Display` text is the detail. What is not the caller's fault is [`ErrorCode::Internal`]: its
//! text goes to the log, never to the caller.

use std::{fmt, time::Duration};

use serde::Serialize;

use crate::Cap;

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $code:literal, $status:literal, $title:literal $(, $retry:ident)?;)+) => {
        /// Every error code of the public API. The documentation of a variant says when it is answered.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
        pub enum ErrorCode {
            $($(#[$doc])* #[serde(rename = $code)] $name,)+
        }

        impl ErrorCode {
            /// All codes, in the order of the table.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// The code on the wire.
            pub const fn code(self) -> &'static str {
                match self { $(Self::$name => $code,)+ }
            }

            /// The HTTP status.
            pub const fn status(self) -> u16 {
                match self { $(Self::$name => $status,)+ }
            }

            /// A short sentence that is the same every time.
            pub const fn title(self) -> &'static str {
                match self { $(Self::$name => $title,)+ }
            }

            /// Whether the same request may succeed later.
            pub const fn retryable(self) -> bool {
                match self { $(Self::$name => codes!(@retry $($retry)?),)+ }
            }
        }
    };
    (@retry) => { false };
    (@retry retry) => { true };
}

codes! {
    // What any request can meet.
    /// Something broke here; the log has the rest under the request id.
    Internal = "internal", 500, "Something went wrong on the server", retry;
    /// A part that is needed is away or overloaded.
    Unavailable = "unavailable", 503, "The service cannot do this right now", retry;
    /// The disk is full.
    InsufficientStorage = "insufficient_storage", 507, "The server has no room left", retry;
    /// The request is not well formed: broken JSON, a wrong header, an unreadable query.
    InvalidRequest = "invalid_request", 400, "The request cannot be read";
    /// Fields are missing, unknown or out of range; `errors` names each.
    ValidationFailed = "validation_failed", 422, "Some fields are not right";
    /// The cursor belongs to another list, or to none.
    InvalidCursor = "invalid_cursor", 400, "The cursor is not valid here";
    /// Nobody is logged in, or the log-in ended.
    Unauthenticated = "unauthenticated", 401, "Log in first";
    /// Logged in, but this account may not.
    Forbidden = "forbidden", 403, "This account may not do that";
    /// A browser request that comes from another site.
    OriginRefused = "origin_refused", 403, "The request comes from another site";
    /// The operator asks for HTTPS.
    HttpsRequired = "https_required", 403, "This server is reached over HTTPS only";
    /// No such thing, or not visible to this caller.
    NotFound = "not_found", 404, "Not found";
    /// The path exists, the method does not.
    MethodNotAllowed = "method_not_allowed", 405, "This method is not allowed here";
    /// The thing changed in the meantime, or its state forbids this.
    Conflict = "conflict", 409, "This conflicts with the current state";
    /// It was there once and will not come back.
    Gone = "gone", 410, "No longer available";
    /// `If-Match` or `If-Unmodified-Since` names something else than is there.
    PreconditionFailed = "precondition_failed", 412, "It is not what the request expects";
    /// A write must say with `If-Match` what it was made from.
    PreconditionRequired = "precondition_required", 428, "Say what this was made from";
    /// The body is larger than allowed.
    PayloadTooLarge = "payload_too_large", 413, "The body is too large";
    /// The body has the wrong content type.
    UnsupportedMediaType = "unsupported_media_type", 415, "This content type is not accepted";
    /// The range lies outside the file.
    RangeNotSatisfiable = "range_not_satisfiable", 416, "The range lies outside the file";
    /// An `Idempotency-Key` came again with another request.
    IdempotencyKeyReused = "idempotency_key_reused", 422, "The idempotency key belongs to another request";
    /// The address speaks WebSocket alone.
    UpgradeRequired = "upgrade_required", 426, "Open a WebSocket here";
    /// As many as are allowed are open, or followed, already.
    TooMany = "too_many", 429, "There are too many of these at once";
    /// Too many requests; `Retry-After` says how long to wait.
    RateLimited = "rate_limited", 429, "Too many requests", retry;

    // Accounts.
    /// Unknown name or wrong password; which of the two is not said.
    InvalidCredentials = "invalid_credentials", 401, "Name or password is wrong";
    /// The current password given with a change is wrong.
    WrongPassword = "wrong_password", 403, "The current password is wrong";
    /// Too short, too common or too close to the account's own names.
    WeakPassword = "weak_password", 422, "The password is too weak";
    /// The e-mail address has an account.
    EmailTaken = "email_taken", 409, "This e-mail address has an account already";
    /// The username is in use.
    UsernameTaken = "username_taken", 409, "This username is taken";
    /// The refresh token is unknown, expired or revoked.
    InvalidRefreshToken = "invalid_refresh_token", 401, "Log in again";
    /// An operator suspended the account.
    AccountSuspended = "account_suspended", 403, "This account is suspended";
    /// Registration is closed on this server.
    RegistrationClosed = "registration_closed", 403, "Registration is closed";
    /// The first admin exists already.
    SetupDone = "setup_done", 410, "Setup is done";
    /// Not the token that the server printed.
    SetupTokenInvalid = "setup_token_invalid", 403, "The setup token is wrong";
    /// No such device of this account.
    DeviceNotFound = "device_not_found", 404, "No such device";
    /// The last admin who can log in cannot be taken away.
    LastAdmin = "last_admin", 409, "At least one admin must remain";
    /// Not a log-in message for this server and this time.
    WalletMessageInvalid = "wallet_message_invalid", 401, "This message logs nobody in";
    /// Not a signature in its canonical form, or not that of the wallet that the message names.
    WalletSignatureInvalid = "wallet_signature_invalid", 401, "The signature is not valid";
    /// The nonce is unknown, used up or expired, or was given out for something else.
    WalletNonceInvalid = "wallet_nonce_invalid", 401, "Ask for another nonce";
    /// The server does not know the address that people reach it under, which is in what wallets sign.
    WalletLoginUnavailable = "wallet_login_unavailable", 403, "Wallets cannot log in here";
    /// The wallet logs in to another account.
    WalletTaken = "wallet_taken", 409, "This wallet belongs to another account";
    /// No such wallet of this account.
    WalletNotFound = "wallet_not_found", 404, "No such wallet";
    /// Without it nobody could log in to the account any more.
    LastCredential = "last_credential", 409, "At least one way to log in must remain";
    /// The account has a password: changing it takes the current one.
    PasswordSet = "password_set", 409, "This account has a password already";
    /// No such account.
    AccountNotFound = "account_not_found", 404, "No such account";

    // Catalogue.
    /// No such artist page, or not visible to this caller.
    ArtistNotFound = "artist_not_found", 404, "No such artist";
    /// No such album, or not visible to this caller.
    AlbumNotFound = "album_not_found", 404, "No such album";
    /// No such track, or not visible to this caller.
    TrackNotFound = "track_not_found", 404, "No such track";
    /// No such picture.
    ImageNotFound = "image_not_found", 404, "No such picture";
    /// Shares do not add up to 10,000 basis points.
    SplitsUnbalanced = "splits_unbalanced", 422, "Splits must add up to 10,000 basis points";
    /// The last owner of an artist page cannot be removed.
    LastOwner = "last_owner", 409, "An artist page keeps at least one owner";
    /// The account owns as many artist pages as it may.
    TooManyPages = "too_many_pages", 409, "This account owns as many artist pages as it may";
    /// The track lacks what a published track needs.
    TrackIncomplete = "track_incomplete", 409, "The track is not ready to be published";

    // Paid listening.
    /// No such session of this caller.
    SessionNotFound = "session_not_found", 404, "No such session";
    /// The session is settled, or the time for a late acknowledgement is over.
    SessionEnded = "session_ended", 409, "The session has ended";
    /// The session goes on.
    SessionOpen = "session_open", 409, "The session is still open";
    /// It has been paused for longer than a late acknowledgement may take.
    SessionPaused = "session_paused", 409, "The session is paused";
    /// The account has a session open that could not be ended, or this one is with another node or about to settle there.
    SessionBusy = "session_busy", 409, "A session of this account is busy", retry;
    /// The session cost nothing, is too old, or is contested already.
    NotContestable = "not_contestable", 409, "This cannot be contested";
    /// No such dispute.
    DisputeNotFound = "dispute_not_found", 404, "No such dispute";
    /// A spending cap leaves no beat.
    CapReached = "cap_reached", 409, "The spending cap is reached";
    /// What is asked for cannot be paid for that way here.
    RailUnavailable = "rail_unavailable", 422, "This cannot be paid for that way here";
    /// Not the session key's signature over the voucher.
    VoucherInvalid = "voucher_invalid", 422, "This is not the session key's signature";
    /// The voucher is for a beat that was not issued, or for another sum.
    VoucherWrong = "voucher_wrong", 409, "This is not what the beat costs";

    // Bytes.
    /// Not a sound file that is accepted here.
    UnsupportedAudio = "unsupported_audio", 415, "This is not a sound file that is accepted";
    /// The file claims to be sound but cannot be decoded.
    CorruptAudio = "corrupt_audio", 422, "The sound file is damaged";
    /// The artist has this recording already.
    DuplicateAudio = "duplicate_audio", 409, "This recording is here already";
    /// Not a picture that is accepted here, or damaged.
    UnsupportedPicture = "unsupported_picture", 422, "This is not a picture that is accepted";
    /// The picture has too many pixels.
    PictureTooLarge = "picture_too_large", 413, "The picture is too large";
    /// The artist's storage quota is used up.
    QuotaExceeded = "quota_exceeded", 413, "The storage quota is used up";
    /// A signed URL with any part changed.
    StreamUrlInvalid = "stream_url_invalid", 403, "This stream address is not valid";
    /// A signed URL past its time.
    StreamUrlExpired = "stream_url_expired", 403, "This stream address has expired";
    /// The sound file behind the track is away at the moment.
    AudioMissing = "audio_missing", 503, "The sound file is not there at the moment", retry;
    /// Rights or plan allow no listening here.
    PlaybackRefused = "playback_refused", 403, "This track cannot be played by this account";

    // Money.
    /// The balance does not suffice.
    InsufficientFunds = "insufficient_funds", 402, "The balance does not suffice";
    /// This server has nobody who moves money in.
    PaymentsUnavailable = "payments_unavailable", 403, "No payments are taken here";

    /// No such perk, or it was withdrawn.
    PerkNotFound = "perk_not_found", 404, "No such perk";
    /// The last piece of the perk is gone.
    PerkSoldOut = "perk_sold_out", 409, "None of these are left";
    /// The account has this perk already.
    AlreadyRedeemed = "already_redeemed", 409, "This was redeemed already";
    /// Points are not exchanged for this here.
    NotRedeemable = "not_redeemable", 409, "Points are not exchanged for this here";

    /// The artist page is nobody's.
    ArtistUnmanaged = "artist_unmanaged", 409, "Nobody manages this artist page";

    // Import and jobs.
    /// The folder lies outside `import.roots`.
    ImportRootRefused = "import_root_refused", 403, "This folder may not be imported";
    /// Another import of this folder is running.
    ImportRunning = "import_running", 409, "This folder is being imported already", retry;
    /// No such job of this caller.
    JobNotFound = "job_not_found", 404, "No such job";
}

impl utoipa::PartialSchema for ErrorCode {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
        utoipa::openapi::ObjectBuilder::new()
            .schema_type(utoipa::openapi::schema::Type::String)
            .enum_values(Some(Self::ALL.iter().map(|code| code.code())))
            .description(Some("What went wrong, to act upon and to translate by."))
            .into()
    }
}

impl utoipa::ToSchema for ErrorCode {}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// What every module's error can say of itself.
pub trait Fault: std::error::Error {
    /// The code that the caller sees.
    fn code(&self) -> ErrorCode;

    /// Which fields were wrong, for [`ErrorCode::ValidationFailed`] and its like.
    fn fields(&self) -> Vec<FieldError> {
        Vec::new()
    }

    /// Which limit of the listener it was, for [`ErrorCode::CapReached`].
    fn reached_cap(&self) -> Option<Cap> {
        None
    }

    /// How long to wait before trying again.
    fn retry_after(&self) -> Option<Duration> {
        None
    }
}

/// One wrong field of a body.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct FieldError {
    /// JSON Pointer (RFC 6901) to the field.
    #[schema(example = "/title")]
    pub pointer: String,
    /// What is wrong with it, as a code.
    #[schema(example = "too_long")]
    pub code: String,
    /// The same in words.
    pub detail: String,
}

impl FieldError {
    /// An error at `pointer`.
    pub fn new(pointer: impl Into<String>, code: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { pointer: pointer.into(), code: code.into(), detail: detail.into() }
    }
}

/// An error answer by RFC 9457, served as `application/problem+json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Problem {
    /// Always `about:blank`: the meaning is in `code`.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// The title of the code.
    pub title: &'static str,
    /// The HTTP status again.
    pub status: u16,
    /// What happened this time and what to do, in one sentence.
    pub detail: String,
    /// The code to act upon.
    pub code: ErrorCode,
    /// Quote it when asking the operator.
    pub request_id: String,
    /// Which fields were wrong.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    pub errors: Vec<FieldError>,
    /// Which spending cap is in the way, for `cap_reached`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false)]
    pub reached_cap: Option<Cap>,
}

impl Problem {
    /// The problem that `code` stands for.
    pub fn new(code: ErrorCode, detail: String, request_id: String, errors: Vec<FieldError>) -> Self {
        Self {
            kind: "about:blank",
            title: code.title(),
            status: code.status(),
            detail,
            code,
            request_id,
            errors,
            reached_cap: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn codes_are_unique_and_statuses_are_errors() {
        let codes: HashSet<_> = ErrorCode::ALL.iter().map(|c| c.code()).collect();
        assert_eq!(codes.len(), ErrorCode::ALL.len());
        assert!(ErrorCode::ALL.iter().all(|c| (400..600).contains(&c.status())));
    }

    #[test]
    fn the_wire_code_is_the_table_code() {
        for code in ErrorCode::ALL {
            assert_eq!(serde_json::to_value(code).unwrap(), code.code());
        }
    }
}
