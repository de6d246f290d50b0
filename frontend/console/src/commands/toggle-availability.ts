import { showToast } from "../../../ui/toasts.svelte.ts";
import { t } from "../i18n.svelte.ts";
import { session, setAvailability } from "../state/session.svelte.ts";
import type { Command } from "./command.ts";

export default {
  label: "command.toggle_availability",
  group: "everywhere",
  place: 4,
  keys: "g a",
  run: () => {
    const next = session.me?.operator.availability === "accepting" ? "away" : "accepting";
    setAvailability(next).then(
      () => showToast(t(`availability.${next}`)),
      () => showToast(t("availability.failed"), { kind: "bad" }),
    );
  },
} satisfies Command;
