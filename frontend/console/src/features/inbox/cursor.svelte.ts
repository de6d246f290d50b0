/** The row that the keys are on; the list that is drawn says how to move it. */
import type { Id } from "../../../../protocol/generated.ts";

let id = $state<Id | null>(null);
let move: ((step: number) => void) | null = null;

export const cursor = {
  get id() {
    return id;
  },
  set id(next: Id | null) {
    id = next;
  },
  /** The list takes the movements as long as it is drawn. */
  attach(mover: (step: number) => void): () => void {
    move = mover;
    return () => {
      if (move === mover) move = null;
    };
  },
  /** Go some rows on; 0 gives the focus to the row that the cursor is on. */
  step(step: number): void {
    move?.(step);
  },
};
