/** The reducers of console and widget as they are shipped, for tests in Python: one JSON list of orders a line, one of answers. */
import { createInterface } from "node:readline";
import * as consoleSide from "../../frontend/console/src/state/reduce.ts";
import * as widgetSide from "../../frontend/widget/src/state/reduce.ts";

const states = new Map();

const orders = {
  begin: ({ id, side }) => void states.set(id, { side, state: side === "console" ? consoleSide.EMPTY : widgetSide.EMPTY }),
  forget: ({ id }) => void states.delete(id),
  reduce({ id, frames }) {
    const held = states.get(id);
    const { reduce } = held.side === "console" ? consoleSide : widgetSide;
    for (const frame of frames) held.state = reduce(held.state, frame);
  },
  position: ({ id }) => states.get(id).state.position,
  show({ id }) {
    const { side, state } = states.get(id);
    if (side === "widget") return state;
    return { ...consoleSide.snapshotOf(state), transcripts: [...state.transcripts.keys()].sort() };
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  const answers = JSON.parse(line).map((order) => orders[order.do](order) ?? null);
  process.stdout.write(JSON.stringify(answers) + "\n");
}
