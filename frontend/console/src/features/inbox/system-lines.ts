/** The sentences of system lines. */
import type { Message } from "../../../../protocol/generated.ts";
import { currentLanguage, t } from "../../i18n.svelte.ts";

/** An amount as decimal text with its currency, in the way of the language; never through binary fractions longer than it has. */
export function money(value: string, currency: string): string {
  try {
    const format = new Intl.NumberFormat(currentLanguage(), { style: "currency", currency });
    return format.format(value as `${number}`);
  } catch {
    return `${value} ${currency}`;
  }
}

export function systemText(message: Message): string {
  const fact = message.fact;
  switch (fact?.line) {
    case "operator_joined":
    case "operator_left":
      return t(`system.${fact.line}`, { name: fact.name ?? t("conversation.gone_author") });
    case "closed_by_operator":
      return fact.name ? t("system.closed_by_operator", { name: fact.name }) : t("system.closed_by_nobody");
    case "closed_by_visitor":
    case "reopened":
      return t(`system.${fact.line}`);
    case "rated":
      return t("system.rated", { score: fact.score ?? 0 });
    case "order_reported":
      return t("system.order_reported", { value: money(fact.value ?? "0", fact.currency ?? "") });
    case "contact_identified":
      return fact.name ? t("system.contact_identified", { name: fact.name }) : t("system.contact_identified_unnamed");
    default:
      return message.text;
  }
}
