import { expect, test, vi } from "vitest";
import { EMPTY } from "../state/reduce.ts";
import type { Widget } from "../widget.ts";
import { follow } from "./visit.ts";

const problem = { code: "sign_in_required", message: "expired: sign a new one", field: "identity" };

test.each([
  [null, ["klepet: expired: sign a new one"]],
  ["client-1", []],
])("what is refused of the page itself is said to its developer: %s", (client_id, said) => {
  const error = vi.spyOn(console, "error").mockImplementation(() => undefined);
  const emit = vi.fn();
  follow({ emit } as unknown as Widget, EMPTY, { type: "refused", error: problem, client_id });
  expect(emit).toHaveBeenCalledWith("error", problem);
  expect(error.mock.calls.flat()).toEqual(said);
  error.mockRestore();
});
