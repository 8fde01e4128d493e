export { ask, isRetryable, Resonance, type ResonanceOptions } from "./client.ts";
export { ApiError, type ErrorCode, type FieldError, NetworkError, type Problem } from "./errors.ts";
export * as money from "./money.ts";
export { type Price, priceOf, restOf } from "./price.ts";
export * as queue from "./queue.ts";
export type { components, paths } from "./schema.gen.ts";
export type { TokenStore, Tokens } from "./session.ts";
export { type ChannelListener, Socket, type SocketOptions } from "./socket.ts";
export type { SocketStatus } from "./socketstate.ts";
