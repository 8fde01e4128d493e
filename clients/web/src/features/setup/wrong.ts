import { ApiError } from "@resonance/sdk";

type Wrong = Partial<{
  token: "token";
  username: "username";
  email: "email";
  password: "password" | "weak";
}>;

/** Which fields of the form the server refused, and for what. */
export function wrongWith(error: unknown): Wrong {
  if (!(error instanceof ApiError)) {
    return {};
  }
  if (error.code === "setup_token_invalid") {
    return { token: "token" };
  }
  if (error.code === "weak_password") {
    return { password: "weak" };
  }
  return {
    ...(error.field("/token") ? { token: "token" } : {}),
    ...(error.field("/username") ? { username: "username" } : {}),
    ...(error.field("/email") ? { email: "email" } : {}),
    ...(error.field("/password") ? { password: "password" } : {}),
  };
}
