// @vitest-environment happy-dom
import { beforeEach, expect, test } from "vitest";
import { focusWhenDrawn } from "./focus.ts";

let box: HTMLElement;

beforeEach(() => {
  document.body.innerHTML = '<input id="elsewhere"><div id="box"></div>';
  box = document.getElementById("box") as HTMLElement;
});

function draw(id: string): void {
  box.insertAdjacentHTML("beforeend", `<a href="#" id="${id}"></a>`);
}

async function frames(count: number): Promise<void> {
  for (let frame = 0; frame < count; frame += 1) await new Promise((resolve) => requestAnimationFrame(resolve));
}

test("a row that is drawn late gets the focus all the same", async () => {
  const done = focusWhenDrawn(box, "#late");
  await frames(30);
  draw("late");
  await done;
  expect(document.activeElement?.id).toBe("late");
});

test("who went elsewhere meanwhile is not brought back", async () => {
  const done = focusWhenDrawn(box, "#late");
  await frames(2);
  document.getElementById("elsewhere")?.focus();
  await done;
  draw("late");
  await frames(2);
  expect(document.activeElement?.id).toBe("elsewhere");
});

test("of two wishes the newer one counts", async () => {
  const first = focusWhenDrawn(box, "#first");
  draw("second");
  await focusWhenDrawn(box, "#second");
  draw("first");
  await first;
  expect(document.activeElement?.id).toBe("second");
});
