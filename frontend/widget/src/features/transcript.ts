/** The visitor's own conversation as a file. */
import type { Id } from "../../../protocol/generated.ts";
import { h } from "../kit/dom.ts";
import type { Widget } from "../widget.ts";

export async function saveTranscript({ tag, memory, t }: Widget, conversation_id: Id): Promise<void> {
  const answer = await fetch(tag.url("w/transcript"), {
    method: "POST",
    headers: { "Content-Type": "text/plain" },
    body: JSON.stringify({ site: tag.key, token: memory.get("token"), conversation_id }),
  });
  if (!answer.ok) throw new Error(String(answer.status));
  const file = URL.createObjectURL(await answer.blob());
  h("a", { href: file, download: `${t("transcript.file")}-${new Date().toISOString().slice(0, 10)}.txt` }).click();
  setTimeout(() => URL.revokeObjectURL(file), 60_000);
}
