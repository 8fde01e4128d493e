import type { components } from "./schema.gen.ts";

export type ErrorCode = components["schemas"]["ErrorCode"];
export type Problem = components["schemas"]["Problem"];
export type FieldError = components["schemas"]["FieldError"];

/** The server refused or failed: act on `code`, show `message`, and quote `requestId` to the operator. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  readonly code: ErrorCode;
  readonly status: number;
  readonly requestId: string;
  /** Which fields of the request were wrong, by JSON pointer. */
  readonly fields: readonly FieldError[];
  /** Seconds to wait before asking again, when the server said so. */
  readonly retryAfter: number | undefined;

  constructor(problem: Problem, retryAfter?: number) {
    super(problem.detail || problem.title);
    this.code = problem.code;
    this.status = problem.status;
    this.requestId = problem.requestId;
    this.fields = problem.errors ?? [];
    this.retryAfter = retryAfter;
  }

  /** What was wrong with the field at `pointer`, as `/email`. */
  field(pointer: string): FieldError | undefined {
    return this.fields.find((field) => field.pointer === pointer);
  }
}

/** The server was not reached: no network, no server, or an answer that is not the server's. */
export class NetworkError extends Error {
  override readonly name = "NetworkError";
}

/** Whether a request of this status may be answered better another time. */
export function isRetryableStatus(status: number): boolean {
  // A full disk stays full.
  return (status >= 500 && status !== 507) || status === 429;
}

/** The problem that an answer carries, or a {@link NetworkError} when something between us and the server answered. */
export async function errorOf(response: Response): Promise<ApiError | NetworkError> {
  const type = response.headers.get("content-type") ?? "";
  if (!type.startsWith("application/problem+json")) {
    return new NetworkError(`unexpected answer: ${response.status} ${type}`);
  }
  try {
    return errorFrom(await response.json(), response);
  } catch (cause) {
    return new NetworkError("the answer was cut off", { cause });
  }
}

/** The same of a body that was read already. */
export function errorFrom(body: unknown, response: Response): ApiError | NetworkError {
  if (!isProblem(body)) {
    return new NetworkError(`unexpected answer: ${response.status}`);
  }
  const wait = Number(response.headers.get("retry-after"));
  return new ApiError(body, Number.isFinite(wait) && wait > 0 ? wait : undefined);
}

function isProblem(body: unknown): body is Problem {
  return typeof body === "object" && body !== null && "code" in body && "status" in body && "title" in body;
}
